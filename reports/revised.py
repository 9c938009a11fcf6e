"""What values of a figure were before they were revised.

A figure that names what tells its rows apart (`revised_by`) is asked a second time, as known just
before the first revision of the last days of a table behind it. So no figure has SQL of its own for
it, and sums are compared with sums.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from reports.declared import Figure
from reports.declared_columns import Column
from reports.rows import rows_of
from schemas.catalogue import TABLES
from schemas.sql import literal
from warehouse import marts
from warehouse.base import Warehouse

Row = Mapping[str, Any]
DAYS = 30  # for which a revised value says what it was
SECONDS = 60.0  # that a figure may take to ask for it
SIZES = frozenset({"integer", "decimal", "unit", "measure"})
"""Formats of columns whose earlier value is shown: no ranks, shares and changes, which move with
every other row."""
MOMENT = timedelta(microseconds=1)


def first_revisions(warehouse: Warehouse, today: date) -> dict[str, datetime]:
    """When figures of each core table were first revised within the last days."""
    since = datetime.combine(today - timedelta(days=DAYS), time.min, UTC)
    parts = [
        f"SELECT {literal(table.name)} AS name, min(recorded_at) AS at FROM {table.vintages_name} "
        f"WHERE change_reason <> 'first' AND recorded_at >= TIMESTAMPTZ {literal(str(since))}"
        for table in TABLES.values()
        if table.kind == "core"
    ]
    rows = rows_of(warehouse, " UNION ALL ".join(parts))
    return {row["name"]: row["at"] for row in rows if row["at"] is not None}


def moment_before(tables: Sequence[str], revisions: Mapping[str, datetime]) -> datetime | None:
    """The moment just before the first revision of what a query reads; None without one."""
    read = tables_behind(tables)
    found = [at for name, at in revisions.items() if name in read]
    return min(found) - MOMENT if found else None


def tables_behind(tables: Collection[str]) -> set[str]:
    """Core tables that are read, also through marts."""
    every = marts.all_marts()
    names = [*tables, *(n for mart in marts.upstream(tables) for n in every[mart].mentioned())]
    return {name.removesuffix(marts.VINTAGES) for name in names}


def with_before(figure: Figure, rows: Iterable[Row], earlier: Iterable[Row]) -> tuple[Row, ...]:
    """The rows, each with what its values were in the row of the same key, where they differ."""
    before = {_key(figure, row): row for row in earlier}
    found = [(row, _were(figure, row, before.get(_key(figure, row)))) for row in rows]
    every = dict.fromkeys(name for _, were in found for name in were)  # all rows have the same
    return tuple({**row, **every, **were} for row, were in found)


def _key(figure: Figure, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in figure.revised_by)


def _were(figure: Figure, row: Row, before: Row | None) -> dict[str, Any]:
    if before is None:
        return {}
    return {
        was_name(c): before[c.name]
        for c in figure.columns
        if _has_before(c)
        and (row[c.name] is not None and before[c.name] is not None)
        and row[c.name] != before[c.name]
        and _is_least(c, row) == _is_least(c, before)
    }


def marked(column: Column, rows: Sequence[Row]) -> Column:
    """The column with its column of earlier values, where a row has one."""
    name = was_name(column)
    if _has_before(column) and any(name in row for row in rows):
        return column.model_copy(update={"was": name})
    return column


def was_name(column: Column) -> str:
    return f"{column.name}_was"


def _has_before(column: Column) -> bool:
    return column.format in SIZES and not column.was


def _is_least(column: Column, row: Row) -> bool:
    return bool(column.least and row[column.least])
