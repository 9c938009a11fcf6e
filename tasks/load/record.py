"""What one load leaves: its figures, its refused rows, its checks and receipts, and its own row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.catalogue import TABLES
from schemas.checks import CheckResult
from schemas.errors import PenataranError
from schemas.model import Table
from schemas.sql import literal
from tasks.check.quarantine import quarantine_sql
from tasks.landing.land import Receipt
from tasks.landing.manifest import Generation
from tasks.load.commit import Delta, Fence, Prepared
from tasks.outcome import Counts
from tasks.read.staging import Staged
from tasks.slices import Slice
from warehouse.contents import contents_of
from warehouse.data_files import Writer, from_rows, from_sql
from warehouse.lake import Lake
from warehouse.leases import Lease

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Load:
    """The number of a load and everything its rows carry."""

    load_seq: int
    recorded_at: datetime
    run_id: str
    slice: Slice
    reason: str  # change_reason of a row that differs from what was known
    reread: bool = False  # landed bytes read again: the partner was not asked

    @property
    def slice_name(self) -> str:
        return self.slice.name


@dataclass(frozen=True)
class Evidence:
    """What a load leaves beside its figures: rows of `ops_check` and `ops_raw`."""

    checks: Sequence[Mapping[str, Any]]
    raws: Sequence[Mapping[str, Any]]

    @classmethod
    def of(
        cls,
        source: Source,
        staged: Staged,
        generations: Sequence[Generation],
        load: Load,
        gate_results: Sequence[CheckResult],
    ) -> Evidence:
        receipts = [r for g in generations for r in g.receipts]
        return cls(_check_rows(source, staged, load, gate_results), _raw_rows(receipts, load))


@dataclass(frozen=True)
class Provenance:
    """By what rules and from what bytes a load was read: the rest of its row in `ops_load`."""

    declaration_sha256: str
    reader_sha256: str
    codes_sha256: str
    signal: str
    manifest: str
    raw_sha256s: tuple[str, ...]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Provenance:
        """The provenance that a row of `ops_load` has."""
        return cls(
            row["declaration_sha256"],
            row["reader_sha256"],
            row["codes_sha256"],
            row["signal"],
            row["manifest"],
            tuple(json.loads(row["raw_sha256s"])),
        )

    def as_row(self) -> dict[str, Any]:
        return {**vars(self), "raw_sha256s": json.dumps(list(self.raw_sha256s))}


@dataclass(frozen=True)
class Record:
    """Everything that one load writes beside its figures. `refused` ones write no figures."""

    load: Load
    counts: Counts
    evidence: Evidence
    provenance: Provenance
    refused: bool = False


def prepare(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    source: Source,
    staged: Staged,
    fence: Fence,
    record: Record,
    *,
    delta: Delta,
    lease: Lease | None = None,
) -> Prepared:
    """Write the files of one load: refused rows, and relation `delta` of the connection."""
    load, counts = record.load, record.counts
    if not counts.is_balanced:
        raise PenataranError(
            "internal",
            f"the counts of a load do not add up: {counts.as_dict()}",
            where=f"{source.code}/{load.slice_name}",
            hint="nothing was written; please report this fault",
        )
    moment = f"TIMESTAMPTZ '{load.recorded_at.isoformat()}'"
    head = (
        f"{load.load_seq}::BIGINT AS load_seq, {literal(load.run_id)} AS run_id, "
        f"{literal(load.slice_name)} AS slice, {moment} AS recorded_at"
    )
    span = (load.load_seq, load.load_seq)
    refused = figures = None
    if staged.quarantined:
        write = _quarantine_writer(con, source, staged, head)
        refused = lake.write(TABLES["ops_quarantine"], write, span)
    if not record.refused and counts.changed:
        table = source.warehouse_table
        write = from_sql(con, _delta_sql(source, table, staged, load, moment))
        figures = lake.write(table, write, span, source.code)
    evidence = record.evidence
    return Prepared(
        source.warehouse_table,
        fence,
        load.load_seq,
        refused,
        figures,
        {"ops_check": evidence.checks, "ops_raw": evidence.raws},
        _load_row(source, record),
        delta,
        lease,
    )


def closing_row(
    load_seq: int, run_id: str, slice_name: str, table: str, moment: datetime
) -> dict[str, Any]:
    """The row of a load that holds operations alone."""
    return {
        "load_seq": load_seq,
        "run_id": run_id,
        "source": "",
        "slice": slice_name,
        "table_name": table,
        "status": "closing",
        **Counts().as_dict(),
        "recorded_at": moment,
    }


def record_operations(
    lake: Lake,
    application: str,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    load: Mapping[str, Any],
) -> None:
    """Write rows of operations by table as one load; its own row, `load`, comes last."""
    parts = [
        lake.append(
            TABLES[name],
            from_rows(TABLES[name], rows),
            application=application,
            load_seq=load["load_seq"],
        )
        for name, rows in tables.items()
        if rows
    ]
    table = TABLES["ops_load"]
    row = {**load, "contents": contents_of(parts)}
    lake.append(table, from_rows(table, [row]), application=application, load_seq=load["load_seq"])


def _load_row(source: Source, record: Record) -> dict[str, Any]:
    load = record.load
    return {
        "load_seq": load.load_seq,
        "run_id": load.run_id,
        "source": source.code,
        "slice": load.slice_name,
        "table_name": source.table,
        "status": "refused" if record.refused else "loaded",
        **record.counts.as_dict(),
        "recorded_at": load.recorded_at,
        "change_reason": load.reason,
        **record.provenance.as_row(),
    }


def _quarantine_writer(
    con: duckdb.DuckDBPyConnection, source: Source, staged: Staged, head: str
) -> Writer:
    columns = ", ".join(f.name for f in TABLES["ops_quarantine"].lake_fields())
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE refused AS SELECT {columns} FROM "
        f"({quarantine_sql(staged, source, head)})"
    )
    for sha, line, why, text in staged.ragged:
        reasons = [{"code": "ragged_line", "field": "line", "received": text, "expected": why}]
        con.execute(
            f"INSERT INTO refused BY NAME SELECT {head}, ? AS raw_sha256, ? AS row_number, "
            f"? AS source, ? AS table_name, ? AS reasons, ? AS record",
            [sha, line, source.code, source.table, json.dumps(reasons), json.dumps(text)],
        )
    return from_sql(con, "SELECT * FROM refused")


def _check_rows(
    source: Source, staged: Staged, load: Load, gate_results: Sequence[CheckResult]
) -> list[dict[str, Any]]:
    base = {
        "load_seq": load.load_seq,
        "run_id": load.run_id,
        "source": source.code,
        "slice": load.slice_name,
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


def _delta_sql(source: Source, table: Table, staged: Staged, load: Load, moment: str) -> str:
    """SQL of the rows of `delta` as the lake stores them. `source` is the partition, no column."""
    shas = ", ".join(literal(s) for s in staged.shas)
    withdrawn = load.reason if load.reread else "withdrawn_by_source"
    computed = {
        "recorded_at": moment,
        "load_seq": f"{load.load_seq}::BIGINT",
        "run_id": literal(load.run_id),
        "raw_sha256": f"[{shas}][_raw + 1]",
        "change_reason": (
            f"CASE kind WHEN 'first' THEN 'first' WHEN 'withdrawn' THEN {literal(withdrawn)} "
            f"ELSE {literal(load.reason)} END"
        ),
    }
    columns = ", ".join(
        f"{computed[f.name]} AS {f.name}" if f.name in computed else f.name
        for f in table.lake_fields()
        if f.name != "source"
    )
    return f"SELECT {columns} FROM delta"
