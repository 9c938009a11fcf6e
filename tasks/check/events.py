"""What follows an event against the event: a deal that comes before its exhibition opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config import contract as contracts
from config.source import Source
from schemas.catalogue import TABLES
from schemas.model import Follows, Table
from schemas.sql import literal
from tasks.read.staging import Staged, good_rows
from warehouse.current import current_sql
from warehouse.engine import first_row
from warehouse.lake import Views

if TYPE_CHECKING:
    import duckdb


def event_order(
    con: duckdb.DuckDBPyConnection, lake: Views, source: Source, staged: Staged
) -> list[str]:
    """A warning for each kind of row that comes before the event it names, as far as its sender's
    events are known. Either file may arrive first, so both are looked at."""
    return [
        warning
        for table, follows in _pairs(source.warehouse_table)
        if (warning := _before(con, lake, (source, staged), table, follows))
    ]


def _pairs(table: Table) -> Iterator[tuple[Table, Follows]]:
    """The tables with rows that follow events, of which this table is one side."""
    for other in TABLES.values():
        if other.follows and table.name in (other.name, other.follows.event_table):
            yield other, other.follows


def _before(
    con: duckdb.DuckDBPyConnection, lake: Views, new: tuple[Source, Staged], table: Table,
    follows: Follows,
) -> str | None:  # fmt: skip
    source, staged = new
    events = TABLES[follows.event_table]
    known = events if source.table == table.name else table
    other = f"{_sender(source)}{_contract(known)}"
    if not lake.view(con, known, "event_versions", source=other):
        return None
    fresh = f"(SELECT * FROM typed WHERE {good_rows(staged)})"
    held = (
        f"(SELECT * FROM ({current_sql(known, 'event_versions')}) WHERE source = {literal(other)})"
    )
    rows, starts = (fresh, held) if known is events else (held, fresh)
    found = first_row(
        con.execute(
            f"SELECT count(*), min(concat(r.{follows.key}, ': ', r.{follows.day}, ' before ', "
            f"e.{follows.event_day})) FROM {rows} AS r JOIN {starts} AS e "
            f"ON e.{follows.event_key} = r.{follows.key} AND e.region_code = r.region_code "
            f"WHERE r.{follows.day} < e.{follows.event_day}"
        )
    )
    if not found or not found[0]:
        return None
    return (
        f"event_order: {found[0]} rows of {table.name} have a {follows.day} before the "
        f"{follows.event_day} of their event; first: {found[1]}"
    )


def _contract(table: Table) -> str:
    """The contract that fills the table."""
    return next((c.code for c in contracts.load_all().values() if c.table == table.name), "")


def _sender(source: Source) -> str:
    """What stands before the contract in the code of a source: one sender for all its files."""
    return source.code.removesuffix(_contract(source.warehouse_table))
