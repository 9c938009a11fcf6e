"""Small counts of people: hidden before they are stored, with all that would tell them (0034).

`shown` hides the counts of a row as it is read. `protect` then compares the good rows of a load
with each other and with every version that was published before. All that readers can see is made
from what these two leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from schemas.model import SMALL, Table
from schemas.sql import literal
from warehouse.current import current_sql
from warehouse.engine import first_row

if TYPE_CHECKING:
    import duckdb

TOTAL = "TOTAL"
SAME_ROW = "typed._raw = found._raw AND typed._row = found._row"
FINEST_LAST = "ASQMWD"
"""Frequencies: a year of each holds the years of all that follow it."""


def shown(table: Table, column: str) -> str:
    """SQL of a column as it is stored: a small count of people is null, and says suppressed."""
    groups = []
    for cells in table.small_cells:
        if column == "value_status" or column in cells.hidden:
            groups.append(cells.condition("typed."))
        elif column == cells.whole:
            groups.append(f"(({cells.condition('typed.')}) AND typed.{column} <= {SMALL})")
    if not groups:
        return f"typed.{column}"
    instead = "'suppressed'" if column == "value_status" else "NULL"
    return f"CASE WHEN {' OR '.join(groups)} THEN {instead} ELSE typed.{column} END AS {column}"


def protect(
    con: duckdb.DuckDBPyConnection, table: Table, good: str, withdrawn: str = "false"
) -> None:
    """Hide in table `typed` what would tell a hidden count, or a change of fewer than `SMALL`.

    `versions` is the relation of all that was published of this source, `good` the condition of
    the rows that may be loaded, `withdrawn` that of the known rows that end if no row is of them.
    Rows that were loaded before come out as before.
    """
    if not table.small_cells:
        return
    if first_row(con.execute("SELECT 1 FROM versions LIMIT 1")) is not None:
        _keep_numbers(con, table, good)
        _hide_rows(con, table, good)
    if not table.total_of:
        return
    for name in sorted(table.people_fields):
        some = con.execute(f"SELECT 1 FROM typed WHERE {good} AND {name} IS NOT NULL LIMIT 1")
        if first_row(some) is None:
            continue  # nothing to hide
        _make_past(con, table, name)
        _make_cells(con, table, name, good, withdrawn)
        _hide_cells(con, name, _was_hidden_beside_total(table))
        _hide_cells(con, name, _telling_sql(table))
        # A class that tells a change leaves another remainder when it is hidden, and so on.
        while _hide_cells(con, name, _telling_changes_sql(table)):
            _hide_cells(con, name, _telling_sql(table))
        if "frequency" in table.key_names:
            _hide_cells(con, name, _second_frequency_sql(table, name))


def _hide_cells(con: duckdb.DuckDBPyConnection, name: str, rows: str) -> bool:
    """Hide a count, in `cells` too; whether there was one to hide."""
    hidden = _hide(con, [name], rows)
    if hidden:
        con.execute(
            f"UPDATE cells SET x = NULL, is_hidden = true FROM typed AS found "
            f"WHERE cells._raw = found._raw AND cells._row = found._row "
            f"AND cells.x IS NOT NULL AND found.{name} IS NULL"
        )
    return hidden


def _is_hidden(name: str) -> str:
    return f"({name} IS NULL AND value_status = 'suppressed')"


def _hide(con: duckdb.DuckDBPyConnection, names: Sequence[str], rows: str) -> bool:
    """Hide counts of rows that are found; whether one of them was shown."""
    sets = ", ".join(f"{name} = NULL" for name in names)
    shown_now = " OR ".join(f"typed.{name} IS NOT NULL" for name in names)
    found = con.execute(
        f"UPDATE typed SET {sets}, value_status = 'suppressed' FROM ({rows}) AS found "
        f"WHERE {SAME_ROW} AND ({shown_now})"
    )
    return first_row(found) != (0,)


def _keys(table: Table) -> list[str]:
    return [f.name for f in table.key]


def _group(table: Table) -> str:
    return ", ".join(k for k in _keys(table) if k != table.total_of)


# --- one row and its own versions ---------------------------------------------------------


def _keep_numbers(con: duckdb.DuckDBPyConnection, table: Table, good: str) -> None:
    """A count that moved by fewer than `SMALL` from a published one keeps that number. So any two
    published numbers of a cell are the same, or at least `SMALL` apart."""
    keys = ", ".join(_keys(table))
    for name in sorted(table.counted_fields):
        distance = f"abs(known.{name} - typed.{name})"
        nearest = f"{distance} * 2 + CASE WHEN known.{name} > typed.{name} THEN 1 ELSE 0 END"
        con.execute(
            f"UPDATE typed SET {name} = found.known FROM (SELECT typed._raw, typed._row, "
            f"arg_min(known.{name}, {nearest}) AS known FROM typed JOIN "
            f"(SELECT DISTINCT {keys}, {name} FROM versions WHERE {name} IS NOT NULL) AS known "
            f"USING ({keys}) WHERE {good} AND typed.{name} IS NOT NULL GROUP BY ALL "
            f"HAVING min({distance}) BETWEEN 1 AND {SMALL - 1}) AS found WHERE {SAME_ROW}"
        )


def _hide_rows(con: duckdb.DuckDBPyConnection, table: Table, good: str) -> None:
    """Kept numbers beside new ones may leave a small complement; and a complement may move too."""
    keys = ", ".join(_keys(table))
    for cells in table.small_cells:
        moved = " OR ".join(
            f"abs({cells.qualified(count, 'typed.')} - {cells.qualified(count, 'known.')}) "
            f"BETWEEN 1 AND {SMALL - 1}"
            for count in cells.counts
        )
        with_past = f"FROM typed JOIN versions AS known USING ({keys}) WHERE {good}"
        rows = (
            f"SELECT typed._raw, typed._row FROM typed WHERE {good} "
            f"AND ({cells.condition('typed.')}) "
            f"UNION SELECT typed._raw, typed._row {with_past} AND ({moved})"
        )
        part, whole = cells.hidden[0], cells.whole
        if whole:  # a part that was hidden beside its whole stays hidden, or it tells the earlier
            rows += (
                f" UNION SELECT typed._raw, typed._row {with_past} AND known.{part} IS NULL "
                f"AND known.value_status = 'suppressed' AND known.{whole} IS NOT NULL"
            )
        _hide(con, cells.hidden, rows)
        if whole:  # a hidden part that was once shown may still have that number
            is_hidden = f"typed.{part} IS NULL AND typed.value_status = 'suppressed'"
            rows = (
                f"SELECT typed._raw, typed._row FROM typed WHERE {good} AND {is_hidden} "
                f"AND typed.{whole} <= {SMALL} UNION SELECT typed._raw, typed._row {with_past} "
                f"AND {is_hidden} AND known.{part} IS NOT NULL"
            )
            _hide(con, [whole], rows)


# --- classes and their total --------------------------------------------------------------


def _make_cells(
    con: duckdb.DuckDBPyConnection, table: Table, name: str, good: str, withdrawn: str
) -> None:
    """Table `cells`: a count of people in every row as readers will see it after this load."""
    keys = ", ".join(_keys(table))
    hidden = _is_hidden(name)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE cells AS "
        f"WITH here AS (SELECT _raw, _row, {keys}, {name} AS x, {hidden} AS is_hidden "
        f"FROM typed WHERE {good}), "
        f"past AS (SELECT {keys}, {name} AS x, {hidden} AS is_hidden FROM "
        f"(SELECT * FROM ({current_sql(table, 'versions')}) AS v ANTI JOIN here USING ({keys})) "
        f"WHERE NOT ({withdrawn}) OR ({keys}) IN (SELECT ({keys}) FROM typed WHERE NOT _ignored)), "
        f"ever AS (SELECT {keys}, list(DISTINCT {name}) AS numbers FROM versions "
        f"WHERE {name} IS NOT NULL GROUP BY ALL), "
        f"present AS (SELECT *, true AS is_here FROM here "
        f"UNION ALL BY NAME SELECT *, false AS is_here FROM past) "
        f"SELECT present.*, {table.total_of} = {literal(TOTAL)} AS is_total, "
        f"numbers IS NOT NULL AS was_shown, "
        f"coalesce(list_contains(numbers, x), false) AS is_old_number "
        f"FROM present LEFT JOIN ever USING ({keys})"
    )


def _make_past(con: duckdb.DuckDBPyConnection, table: Table, name: str) -> None:
    """Table `then_known`: the count in every row as it was known after each earlier load."""
    by, keys = _group(table), ", ".join(_keys(table))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE then_known AS "
        f"WITH loads AS (SELECT DISTINCT {by}, load_seq AS until FROM versions) "
        f"SELECT until, {keys}, CASE WHEN NOT is_deleted THEN {name} END AS x, "
        f"NOT is_deleted AND {_is_hidden(name)} AS is_hidden, "
        f"{table.total_of} = {literal(TOTAL)} AS is_total "
        f"FROM loads JOIN versions USING ({by}) WHERE load_seq <= until QUALIFY row_number() "
        f"OVER (PARTITION BY until, {keys} ORDER BY load_seq DESC) = 1"
    )


def _was_hidden_beside_total(table: Table) -> str:
    """A class that was hidden beside a shown total stays hidden: if it has not changed since, it
    would tell the class with which it was hidden."""
    by, keys = _group(table), ", ".join(_keys(table))
    return (
        f"SELECT _raw, _row FROM cells WHERE is_here AND NOT is_total AND ({keys}) IN "
        f"(SELECT ({keys}) FROM then_known WHERE is_hidden AND ({by}, until) IN "
        f"(SELECT ({by}, until) FROM then_known WHERE is_total AND x IS NOT NULL))"
    )


def _telling_sql(table: Table) -> str:
    """Rows to hide so that a total minus its shown classes tells nothing.

    What is left must be of two hidden classes or more, and so large that each may have `SMALL`
    people: one is in each, or it would be shown. The smallest classes that were never shown are
    hidden until this holds. If they cannot make it hold, or a hidden class was once shown (it may
    still have that number), the total is hidden. A total that is already known, of another load,
    leaves only to hide classes, those too that were once shown: first those with a number that
    was never published, for one that was hides nobody else.
    """
    by = _group(table)
    return (
        f"WITH totals AS (SELECT {by}, max(x) FILTER (is_total) AS total, "
        f"bool_or(is_total AND is_here) AS is_total_here, "
        f"coalesce(sum(x) FILTER (NOT is_total), 0) AS shown, "
        f"count(*) FILTER (NOT is_total AND is_hidden) AS hidden, "
        f"bool_or(NOT is_total AND is_hidden AND was_shown) AS is_known "
        f"FROM cells GROUP BY {by} HAVING total IS NOT NULL AND bool_or(is_here)), "
        f"candidates AS (SELECT cells.*, row_number() OVER smallest AS nth, "
        f"count(*) FILTER (NOT is_old_number) OVER smallest AS added, "
        f"coalesce(sum(x) FILTER (NOT is_old_number) OVER smallest, 0) AS freed "
        f"FROM cells JOIN totals USING ({by}) "
        f"WHERE is_here AND NOT is_total AND x > 0 AND NOT (was_shown AND is_total_here) "
        f"WINDOW smallest AS (PARTITION BY {by} ORDER BY is_old_number, x, {table.total_of} "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)), "
        f"tries AS (SELECT {by}, 0 AS nth, hidden AS n, total - shown AS rest FROM totals "
        f"UNION ALL SELECT {by}, nth, hidden + added, total - shown + freed FROM totals "
        f"JOIN candidates USING ({by})), "
        f"safe AS (SELECT {by}, min(nth) AS enough FROM tries "
        f"WHERE (n = 0 AND rest NOT BETWEEN 1 AND {SMALL - 1}) "
        f"OR (n >= 2 AND rest >= {SMALL - 1} + n) GROUP BY {by}), "
        f"decided AS (SELECT *, is_total_here AND (is_known OR enough IS NULL) AS hides_total "
        f"FROM totals LEFT JOIN safe USING ({by})) "
        f"SELECT _raw, _row FROM candidates JOIN decided USING ({by}) "
        f"WHERE NOT hides_total AND nth <= coalesce(enough, nth) "
        f"UNION ALL SELECT _raw, _row FROM cells JOIN decided USING ({by}) "
        f"WHERE is_total AND is_here AND hides_total"
    )


def _telling_changes_sql(table: Table) -> str:
    """Totals whose remainder moved by fewer than `SMALL` since any earlier load, or that stand
    still while their classes move.

    A total that is already known leaves only to hide the classes beside it: also one
    that is what it was then, for it may have been another when the total came.
    """
    by, keys = _group(table), ", ".join(_keys(table))
    return (
        f"WITH moves AS (SELECT {keys}, until, now._raw, now._row, is_here, now.is_total, "
        f"now.x - past.x AS moved FROM cells AS now JOIN then_known AS past USING ({keys}) "
        f"WHERE moved IS NOT NULL), "
        f"changes AS (SELECT {by}, until, max(moved) FILTER (is_total) AS of_total, "
        f"bool_or(is_total AND is_here) AS is_total_here, "
        f"coalesce(sum(moved) FILTER (NOT is_total), 0) AS of_classes "
        f"FROM moves GROUP BY {by}, until) "
        f"SELECT _raw, _row FROM moves JOIN changes USING ({by}, until) WHERE is_here "
        f"AND is_total = is_total_here "
        f"AND (abs(of_total - of_classes) BETWEEN 1 AND {SMALL - 1} "
        f"OR (is_total AND of_total = 0 AND of_classes <> 0))"
    )


# --- months and their year ----------------------------------------------------------------


def _second_frequency_sql(table: Table, name: str) -> str:
    """Of a year in which a count is hidden one frequency is shown: that which was known first,
    else the finest."""
    by = ", ".join(
        k for k in _keys(table) if k not in (table.total_of, "frequency", "period_start")
    )
    year = "year(period_start) AS in_year"
    fineness = f"strpos({literal(FINEST_LAST)}, frequency)"
    return (
        f"WITH years AS (SELECT {by}, {year} FROM cells GROUP BY ALL "
        f"HAVING bool_or(is_hidden) AND count(DISTINCT frequency) > 1), "
        f"first_known AS (SELECT {by}, {year}, frequency, min(load_seq) AS since FROM versions "
        f"WHERE {name} IS NOT NULL GROUP BY ALL), "
        f"kept AS (SELECT *, row_number() OVER (PARTITION BY {by}, in_year "
        f"ORDER BY since NULLS LAST, {fineness} DESC) AS nth FROM "
        f"(SELECT DISTINCT {by}, {year}, frequency FROM cells) "
        f"LEFT JOIN first_known USING ({by}, in_year, frequency)) "
        f"SELECT _raw, _row FROM (SELECT *, {year} FROM cells) JOIN kept "
        f"USING ({by}, in_year, frequency) SEMI JOIN years USING ({by}, in_year) "
        f"WHERE is_here AND nth > 1"
    )
