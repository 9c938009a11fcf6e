"""Load: what a staged slice changes, as one load of the lake.

Only rows that are new, revised or withdrawn are appended. The order of the writes is the
promise: refused rows, checks and receipts first, figures next, the load's own row last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import DataError
from schemas.model import Table
from schemas.rules import literal
from tasks.codes import CodeLists
from tasks.failpoints import failpoint
from tasks.land import Receipt
from tasks.slices import Slice
from tasks.validate import Staged, bad_rows, good_rows, quarantine_sql
from warehouse.engine import first_row
from warehouse.lake import Lake, arrow_rows, current_sql

if TYPE_CHECKING:
    import duckdb

BATCH_ROWS = 100_000


@dataclass(frozen=True)
class Counts:
    """Every row that came is one of these: fetched is the sum of the rest but deleted (I3)."""

    fetched: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    ignored: int = 0

    def as_dict(self) -> dict[str, int]:
        return dict(vars(self))

    def balanced(self) -> bool:
        return self.fetched == (
            self.new
            + self.revised
            + self.unchanged
            + self.quarantined
            + self.duplicates
            + self.ignored
        )


@dataclass(frozen=True)
class Load:
    """The number of a load and everything its rows carry."""

    load_seq: int
    recorded_at: datetime
    run_id: str
    slice: str
    reason: str  # change_reason of a row that differs from what was known

    @property
    def application(self) -> str:
        return self.slice


def diff(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    source: Source,
    piece: Slice,
    staged: Staged,
    asked: Mapping[str, Sequence[str]],
    *,
    claims_absence: bool,
) -> Counts:
    """Table `delta`: new and revised rows of `typed`, and withdrawals, with their kind.

    `asked` narrows what absence means: field → the codes that were asked for. Raises
    DataError when more would be withdrawn than the declaration allows.
    """
    table = source.warehouse_table
    lake.view(con, table, "versions", source=source.code)
    keys = [f.name for f in table.key]
    compared = [*table.measure_names, "value_status"]
    known = first_row(con.execute("SELECT 1 FROM versions LIMIT 1")) is not None
    body = ", ".join(f"s.{c}" for c in staged.columns)
    con.execute("DROP TABLE IF EXISTS delta")
    if not known:
        con.execute(
            f"CREATE TABLE delta AS SELECT s._raw, {body}, false AS is_deleted, 'first' AS kind "
            f"FROM typed AS s WHERE {good_rows(staged)}"
        )
    else:
        _diff_known(con, table, staged, keys, compared, body)
    deleted = 0
    if known and claims_absence:
        deleted = _withdraw(con, source, piece, staged, asked, keys)
    row = first_row(
        con.execute(
            "SELECT count(*) FILTER (kind = 'first'), count(*) FILTER (kind = 'revised') FROM delta"
        )
    )
    new, revised = (int(row[0]), int(row[1])) if row else (0, 0)
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


def _diff_known(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    staged: Staged,
    keys: list[str],
    compared: list[str],
    body: str,
) -> None:
    by = ", ".join(keys)
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW latest AS SELECT {by}, release_stage, is_deleted, "
        f"{', '.join(compared)} FROM versions QUALIFY row_number() OVER "
        f"(PARTITION BY {by}, release_stage ORDER BY load_seq DESC) = 1"
    )
    same = " AND ".join(f"k.{c} = s.{c}" for c in (*keys, "release_stage"))
    differs = " OR ".join(f"k.{c} IS DISTINCT FROM s.{c}" for c in compared)
    any_stage = " AND ".join(f"v.{c} = s.{c}" for c in keys)
    con.execute(
        f"CREATE TABLE delta AS SELECT s._raw, {body}, false AS is_deleted, "
        f"CASE WHEN k.release_stage IS NOT NULL OR EXISTS (SELECT 1 FROM versions AS v WHERE "
        f"{any_stage}) THEN 'revised' ELSE 'first' END AS kind "
        f"FROM (SELECT * FROM typed WHERE {good_rows(staged)}) AS s "
        f"LEFT JOIN latest AS k ON {same} "
        f"WHERE k.release_stage IS NULL OR k.is_deleted OR {differs}"
    )


def _withdraw(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    piece: Slice,
    staged: Staged,
    asked: Mapping[str, Sequence[str]],
    keys: list[str],
) -> int:
    """Keys that a complete answer no longer holds. A refused row counts as present; where
    its key cannot be told, nothing is withdrawn."""
    table = source.warehouse_table
    nameless = " OR ".join(f"{k} IS NULL" for k in keys)
    row = first_row(
        con.execute(f"SELECT count(*) FROM typed WHERE {bad_rows(staged)} AND ({nameless})")
    )
    if staged.ragged or (row and row[0]):
        return 0
    scope = _scope(source, piece, asked, table)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE covered AS SELECT * FROM ({current_sql(table, 'versions')}) "
        f"WHERE NOT is_deleted AND {scope}"
    )
    by = ", ".join(keys)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE gone AS SELECT * FROM covered ANTI JOIN "
        f"(SELECT {by} FROM typed WHERE NOT _ignored) AS present USING ({by})"
    )
    counts = first_row(
        con.execute("SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM covered)")
    )
    gone, covered = (int(counts[0]), int(counts[1])) if counts else (0, 0)
    if gone > source.coverage.max_deleted_share * covered:
        raise DataError(
            "large_deletion",
            f"the answer lacks {gone} of {covered} known rows",
            where=piece.name,
            hint="if the partner really withdrew them, raise coverage.max_deleted_share for "
            "one run; until then readers keep the last good figures",
        )
    if gone:
        body = ", ".join(staged.columns)
        con.execute(f"INSERT INTO delta SELECT 0, {body}, true, 'withdrawn' FROM gone")
    return gone


def _scope(source: Source, piece: Slice, asked: Mapping[str, Sequence[str]], table: Table) -> str:
    names = {f.name for f in table.body()}
    parts = ["true"]
    if "frequency" in names:
        parts.append(f"frequency = {literal(source.datasets[piece.dataset].frequency)}")
    period = next((n for n in ("period_start", "rate_date") if n in names), None)
    if period:
        parts.append(f"{period} BETWEEN DATE '{piece.start}' AND DATE '{piece.end}'")
    for field, codes in asked.items():
        parts.append(f"{field} IN ({', '.join(literal(c) for c in codes)})")
    return " AND ".join(parts)


def commit(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    source: Source,
    piece: Slice,
    staged: Staged,
    receipts: Sequence[Receipt],
    load: Load,
    counts: Counts,
    lists: CodeLists,
    gate_results: Sequence[Mapping[str, Any]],
    *,
    signal: str,
    refused: bool,
) -> None:
    """Write one load to the lake. With `refused`, everything but figures."""
    moment = f"TIMESTAMPTZ '{load.recorded_at.isoformat()}'"
    head = (
        f"{load.load_seq}::BIGINT AS load_seq, {literal(load.run_id)} AS run_id, "
        f"{literal(piece.name)} AS slice, {moment} AS recorded_at"
    )
    name = f"{source.code}/{piece.name}"
    _append_quarantine(con, lake, source, staged, load, head, name)
    failpoint("quarantine_written")
    _append(lake, "ops_check", _check_rows(source, staged, load, gate_results), name, load)
    _append(lake, "ops_raw", _raw_rows(receipts, load), name, load)
    failpoint("before_commit")
    if not refused and counts.new + counts.revised + counts.deleted:
        table = source.warehouse_table
        lake.append(
            table,
            lambda: _delta_reader(con, source, table, staged, load, moment),
            application=name,
            load_seq=load.load_seq,
        )
    failpoint("figures_written")
    row = {
        "load_seq": load.load_seq,
        "run_id": load.run_id,
        "source": source.code,
        "slice": piece.name,
        "table_name": source.table,
        "status": "refused" if refused else "loaded",
        **counts.as_dict(),
        "recorded_at": load.recorded_at,
        "declaration_sha256": source.sha256,
        "codes_sha256": lists.sha256,
        "signal": signal,
        "raw_sha256s": json.dumps(list(staged.shas)),
    }
    _append(lake, "ops_load", [row], name, load)
    failpoint("after_commit")


def _append(
    lake: Lake, table_name: str, rows: Sequence[dict[str, Any]], name: str, load: Load
) -> None:
    if rows:
        table = TABLES[table_name]
        lake.append(
            table, lambda: arrow_rows(table, rows), application=name, load_seq=load.load_seq
        )


def _append_quarantine(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    source: Source,
    staged: Staged,
    load: Load,
    head: str,
    name: str,
) -> None:
    if not staged.quarantined:
        return
    table = TABLES["ops_quarantine"]
    columns = ", ".join(f.name for f in table.lake_fields())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE refused AS SELECT {columns} FROM "
        f"({quarantine_sql(staged, source, head)})"
    )
    for sha, line, why, text in staged.ragged:
        reasons = [{"code": "ragged_line", "field": "line", "came": text, "expected": why}]
        con.execute(
            f"INSERT INTO refused BY NAME SELECT {head}, ? AS raw_sha256, ? AS row_number, "
            f"? AS source, ? AS table_name, ? AS reasons, ? AS record",
            [sha, line, source.code, source.table, json.dumps(reasons), json.dumps(text)],
        )
    lake.append(
        table,
        lambda: con.sql(f"SELECT {columns} FROM refused").to_arrow_reader(BATCH_ROWS),
        application=name,
        load_seq=load.load_seq,
    )


def _check_rows(
    source: Source, staged: Staged, load: Load, gate_results: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    base = {
        "load_seq": load.load_seq,
        "run_id": load.run_id,
        "source": source.code,
        "slice": load.slice,
    }
    kept = staged.fetched - staged.ignored
    rows = [
        {
            **base,
            "check_id": f"rule:{i}:{rule.code}:{rule.field}",
            "engine": "rules",
            "column_name": rule.field,
            "severity": str(rule.severity),
            "success": failed == 0,
            "rows_checked": kept,
            "rows_failed": failed,
            "detail": json.dumps({"expected": rule.expected}),
        }
        for i, (rule, failed) in enumerate(zip(staged.rules, staged.failed_by_rule, strict=True))
    ]
    rows += [
        {
            **base,
            "check_id": f"gate:{r['check_id']}",
            "engine": "great_expectations",
            "column_name": r["column"],
            "severity": r["severity"],
            "success": r["success"],
            "rows_checked": r["rows_checked"],
            "rows_failed": r["rows_failed"],
            "detail": json.dumps(r["detail"], ensure_ascii=False),
        }
        for r in gate_results
    ]
    rows += [
        {
            **base,
            "check_id": f"warning:{i}",
            "engine": "rules",
            "column_name": "",
            "severity": "warn",
            "success": False,
            "rows_checked": kept,
            "rows_failed": 0,
            "detail": json.dumps({"warning": text}, ensure_ascii=False),
        }
        for i, text in enumerate(staged.warnings)
    ]
    return rows


def _raw_rows(receipts: Sequence[Receipt], load: Load) -> list[dict[str, Any]]:
    return [
        {
            "raw_sha256": r.sha256,
            "load_seq": load.load_seq,
            "run_id": load.run_id,
            "source": r.source,
            "slice": r.slice,
            "method": r.method,
            "url": r.url,
            "status": r.status,
            "headers": json.dumps(dict(r.headers), ensure_ascii=False, sort_keys=True),
            "bytes": r.size,
            "fetched_at": datetime.fromisoformat(r.fetched_at),
            "declaration_sha256": r.declaration_sha256,
        }
        for r in receipts
    ]


def _delta_reader(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    table: Table,
    staged: Staged,
    load: Load,
    moment: str,
) -> Any:
    shas = ", ".join(literal(s) for s in staged.shas)
    computed = {
        "source": literal(source.code),
        "recorded_at": moment,
        "load_seq": f"{load.load_seq}::BIGINT",
        "run_id": literal(load.run_id),
        "raw_sha256": f"[{shas}][_raw + 1]",
        "change_reason": (
            f"CASE kind WHEN 'first' THEN 'first' WHEN 'withdrawn' THEN 'withdrawn_by_source' "
            f"ELSE {literal(load.reason)} END"
        ),
    }
    columns = ", ".join(
        f"{computed[f.name]} AS {f.name}" if f.name in computed else f.name
        for f in table.lake_fields()
    )
    return con.sql(f"SELECT {columns} FROM delta").to_arrow_reader(BATCH_ROWS)
