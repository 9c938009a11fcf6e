"""New figures against known ones: has the unit changed, does another source differ?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.source import Source
from schemas.errors import DataError
from schemas.model import NUMBERS, Table
from tasks.read.staging import Staged, good_rows
from warehouse.current import current_sql
from warehouse.engine import first_row, number_of
from warehouse.lake import Views

if TYPE_CHECKING:
    import duckdb

PERIODS = ("frequency", "period_start", "period_end", "rate_date")
FEWEST = 5  # values from which a change of unit can be judged
MEMORY_DAYS = 800  # how far back a series is remembered for this


def number_field(table: Table) -> str | None:
    """The field of a table whose unit can change: its value, if that is a number."""
    if not table.value_field:
        return None
    kind = table.field(table.value_field).type
    return table.value_field if kind in NUMBERS else None


def unit_error(
    con: duckdb.DuckDBPyConnection, lake: Views, source: Source, staged: Staged
) -> DataError | None:
    """The error of a batch whose values are many times larger or smaller than before, or None.

    The medians of each series are compared, and the median of those ratios decides: one large
    order has no effect. A ratio of 1000 looks like a change from units to thousands.
    """
    table, limit = source.warehouse_table, source.rows.max_jump
    value = number_field(table)
    period = next((n for n in ("rate_date", "period_start") if n in table.key_names), None)
    if value is None or period is None or limit is None:
        return None
    lake.view(con, table, "known_values", source=source.code)
    if first_row(con.execute("SELECT 1 FROM known_values LIMIT 1")) is None:
        return None
    series = number_of([n for n in table.key_names if n not in (*PERIODS, "source")])
    row = first_row(
        con.execute(
            f"WITH fresh AS (SELECT {series} AS series, median({value}) AS here, "
            f"count(*) AS n, min({period}) AS since FROM typed "
            f"WHERE {good_rows(staged)} AND {value} > 0 GROUP BY 1), "
            f"known AS (SELECT {series} AS series, median({value}) AS there FROM known_values "
            f"WHERE {value} > 0 AND NOT is_deleted AND {period} >= (SELECT min(since) FROM fresh) "
            f"- INTERVAL {MEMORY_DAYS} DAY GROUP BY 1) "
            "SELECT sum(n), median(here / there) FROM fresh JOIN known USING (series)"
        )
    )
    if not row or not row[0] or row[0] < FEWEST:
        return None
    ratio = float(row[1])
    if 1 / limit < ratio < limit:
        return None
    return DataError(
        "unit_changed",
        f"values are about {ratio:,.6g} times the known values of the same series",
        where=source.code,
        hint="the partner may have changed its unit (thousands, millions): correct scale: or the "
        "currency in the declaration; if the figures are right, raise rows.max_jump there",
    )


def cross_check(
    con: duckdb.DuckDBPyConnection, lake: Views, source: Source, staged: Staged
) -> str | None:
    """A warning if figures differ from another source's by more than the tolerance, or None."""
    check, table = source.cross_check, source.warehouse_table
    value = number_field(table)
    if check is None or value is None:
        return None
    lake.view(con, table, "other_versions", source=check.source)
    keys = [n for n in table.key_names if n != "source"]
    shown = " || ' ' || ".join(f"CAST({k} AS VARCHAR)" for k in keys)
    row = first_row(
        con.execute(
            f"SELECT count(*), count(*) FILTER (gap > {check.tolerance}), arg_max(words, gap) "
            f"FROM (SELECT abs(t.{value} - o.{value}) / o.{value} AS gap, "
            f"concat({shown}, ': ', t.{value}, ' against ', o.{value}) AS words "
            f"FROM typed AS t JOIN ({current_sql(table, 'other_versions')}) AS o "
            f"USING ({', '.join(keys)}) WHERE {good_rows(staged)} AND o.{value} > 0 "
            f"AND t.{value} IS NOT NULL)"
        )
    )
    if not row or not row[1]:
        return None
    return (
        f"cross_check: {row[1]} of {row[0]} figures differ from {check.source} by more than "
        f"{check.tolerance:.2%}; worst: {row[2]}"
    )
