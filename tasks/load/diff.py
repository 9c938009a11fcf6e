"""Diff: which rows of a staged slice are new or revised, and which known figures are withdrawn.

The lake holds millions of versions, and nearly every key has just one. So keys are compared by
a number first: a key whose number only one version has is compared only with that version,
and only the few others go through the rules of release stages and withdrawals. Different numbers
prove different keys; equal ones prove nothing, and the keys themselves are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from config.source import Source
from schemas.errors import DataError
from schemas.model import Table
from tasks.landing.manifest import Generation
from tasks.outcome import Counts
from tasks.read.staging import Staged, bad_rows, good_rows, scope_sql
from warehouse import engine
from warehouse.current import current_sql, since_withdrawal_sql
from warehouse.engine import first_row
from warehouse.lake import Views

if TYPE_CHECKING:
    import duckdb

PASS_ROWS = 1_500_000


def diff(
    con: duckdb.DuckDBPyConnection,
    lake: Views,
    source: Source,
    staged: Staged,
    generations: Sequence[Generation],
    *,
    accept_deletions: bool = False,
) -> Counts:
    """Relation `delta`: new and revised rows of `typed`, and withdrawals, with their kind.

    Keys that a complete generation lacks are withdrawn, if the declaration wants that. Raises
    DataError if more would be withdrawn than the declaration allows, unless that is accepted.
    """
    table = source.warehouse_table
    con.execute("DROP VIEW IF EXISTS temp.delta")  # of a diff that is made again
    lake.view(con, table, "versions", source=source.code)
    body = ", ".join(f"s.{c}" for c in staged.columns)
    if first_row(con.execute("SELECT 1 FROM versions LIMIT 1")) is None:
        con.execute(
            f"CREATE TEMP VIEW delta AS SELECT s._raw, {body}, false AS is_deleted, "
            f"'first' AS kind FROM typed AS s WHERE {good_rows(staged)}"
        )
        return _counts(staged, staged.good, 0, 0)
    _number_keys(con, table)
    passes = _passes(con, staged)
    for part in range(passes):
        _compare(con, table, staged, body, f"_key % {passes} = {part}", first=part == 0)
    claims = [g for g in generations if g.complete and source.coverage.absence == "withdrawn"]
    deleted = 0
    if claims:
        deleted = _withdraw(con, source, staged, claims, passes, accept_deletions=accept_deletions)
    row = first_row(
        con.execute(
            "SELECT count(*) FILTER (kind = 'first'), count(*) FILTER (kind = 'revised') FROM delta"
        )
    )
    new, revised = (int(row[0]), int(row[1])) if row else (0, 0)
    return _counts(staged, new, revised, deleted)


def _keys(table: Table) -> list[str]:
    """The key within one source; `versions` holds no other."""
    return [f.name for f in table.key]


def _counts(staged: Staged, new: int, revised: int, deleted: int) -> Counts:
    return Counts(
        staged.fetched,
        new,
        revised,
        staged.good - new - revised,
        deleted,
        staged.quarantined,
        staged.duplicates,
        staged.ignored,
    )


def _number_keys(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Table `shared_numbers`: numbers that several versions have. View `sole`: versions whose
    number no other version has; view `others`: all other versions."""
    number = engine.number_of(_keys(table))
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE shared_numbers AS SELECT _key FROM "
        f"(SELECT {number} AS _key FROM versions) GROUP BY _key HAVING count(*) > 1"
    )
    for name, verb in (("sole", "ANTI"), ("others", "SEMI")):
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM "
            f"(SELECT *, {number} AS _key FROM versions) {verb} JOIN shared_numbers USING (_key)"
        )


def _passes(con: duckdb.DuckDBPyConnection, staged: Staged) -> int:
    """In how many parts, by key number, the rows are compared. A join of ten million rows with
    as many versions did not fit a connection's memory, though it may spill."""
    row = first_row(con.execute("SELECT count(*) FROM versions"))
    most = max(staged.good, int(row[0]) if row else 0)
    return max(1, -(-most // PASS_ROWS))


def _compare(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    staged: Staged,
    body: str,
    part: str,
    *,
    first: bool,
) -> None:
    """The part of `delta` whose key numbers meet the condition.

    A row is compared with the newest version of its own release stage since the key was
    last withdrawn; without one it is new, or, if the key was ever known, revised.
    """
    keys = _keys(table)
    by = ", ".join(keys)
    compared = [*table.measure_names, "value_status"]
    same_key = " AND ".join(f"k.{c} = s.{c}" for c in keys)
    differs = " OR ".join(f"k.{c} IS DISTINCT FROM s.{c}" for c in compared)
    con.execute(f"CREATE OR REPLACE TEMP VIEW others_in_part AS SELECT * FROM others WHERE {part}")
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW latest AS SELECT {by}, release_stage, "
        f"{', '.join(compared)} FROM ({since_withdrawal_sql(table, 'others_in_part')}) "
        f"QUALIFY row_number() OVER (PARTITION BY {by}, release_stage ORDER BY load_seq DESC) = 1"
    )
    good = f"(SELECT *, {engine.number_of(keys)} AS _key FROM typed WHERE {good_rows(staged)})"
    good = f"(SELECT * FROM {good} WHERE {part})"
    row = f"s._raw, {body}, false AS is_deleted"
    known = "k._key IS NOT NULL"
    ever = " AND ".join(f"v.{c} = s.{c}" for c in keys)
    con.execute(
        f"{'CREATE OR REPLACE TABLE delta AS' if first else 'INSERT INTO delta'} "
        f"SELECT {row}, CASE WHEN {known} AND {same_key} THEN 'revised' ELSE 'first' END AS kind "
        f"FROM (SELECT * FROM {good} ANTI JOIN shared_numbers USING (_key)) AS s "
        f"LEFT JOIN (SELECT * FROM sole WHERE {part}) AS k ON k._key = s._key "
        f"WHERE NOT coalesce({known} AND {same_key} "
        f"AND k.release_stage = s.release_stage AND NOT k.is_deleted AND NOT ({differs}), false) "
        f"UNION ALL "
        f"SELECT {row}, CASE WHEN k.release_stage IS NOT NULL OR EXISTS "
        f"(SELECT 1 FROM others_in_part AS v WHERE {ever}) THEN 'revised' ELSE 'first' END AS kind "
        f"FROM (SELECT * FROM {good} SEMI JOIN shared_numbers USING (_key)) AS s "
        f"LEFT JOIN latest AS k ON {same_key} AND k.release_stage = s.release_stage "
        f"WHERE k.release_stage IS NULL OR {differs}"
    )


def _withdraw(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    staged: Staged,
    claims: Sequence[Generation],
    passes: int,
    *,
    accept_deletions: bool,
) -> int:
    """Withdraw the keys that complete answers no longer hold; returns how many. A refused row
    counts as present; if the key of one cannot be read, nothing is withdrawn."""
    table = source.warehouse_table
    keys = _keys(table)
    nameless = " OR ".join(f"{k} IS NULL" for k in keys)
    row = first_row(
        con.execute(f"SELECT count(*) FROM typed WHERE {bad_rows(staged)} AND ({nameless})")
    )
    if staged.ragged or (row and row[0]):
        return 0
    scope = " OR ".join(f"({scope_sql(source, g)})" for g in claims)
    by, number = ", ".join(keys), engine.number_of(keys)
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW covered AS "
        f"SELECT * FROM sole WHERE NOT is_deleted AND ({scope}) UNION ALL BY NAME "
        f"SELECT *, {number} AS _key FROM "
        f"(SELECT * EXCLUDE (_key) FROM ({current_sql(table, 'others')})) WHERE {scope}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW present AS SELECT {by}, {number} AS _key FROM typed "
        f"WHERE NOT _ignored AND NOT _duplicate"
    )
    other_key = " OR ".join(f"k.{c} IS DISTINCT FROM s.{c}" for c in keys)
    for part in range(passes):
        in_part = f"_key % {passes} = {part}"
        con.execute(
            f"{'INSERT INTO missing' if part else 'CREATE OR REPLACE TEMP TABLE missing AS'} "
            f"SELECT DISTINCT * FROM (SELECT k.* FROM (SELECT * FROM covered WHERE {in_part}) AS k "
            f"LEFT JOIN (SELECT * FROM present WHERE {in_part}) AS s ON s._key = k._key "
            f"WHERE s._key IS NULL OR {other_key}) "
            f"ANTI JOIN (SELECT {by} FROM present WHERE {in_part}) USING ({by})"
        )
    counts = first_row(
        con.execute("SELECT (SELECT count(*) FROM missing), (SELECT count(*) FROM covered)")
    )
    missing, covered = (int(counts[0]), int(counts[1])) if counts else (0, 0)
    if missing > source.coverage.max_deleted_share * covered and not accept_deletions:
        raise DataError(
            "large_deletion",
            f"the answer lacks {missing} of {covered} known rows",
            where=f"{source.code}/{claims[-1].slice.name}",
            hint="readers keep the last good figures. If the partner really withdrew the rows: "
            f"penataran run {source.code} --accept-deletions",
        )
    if missing:
        body = ", ".join(staged.columns)
        con.execute(f"INSERT INTO delta SELECT 0, {body}, true, 'withdrawn' FROM missing")
    return missing
