"""Maintenance: joining small files, removing what is not needed, erasing on request.

Figures never change. What is removed: files that no snapshot names, rows of loads that
crashed, landed bytes whose licence limits their keeping, and, by `erase`, what the law demands.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.originals import Files, answers_of, replace_originals
from flows.rebuild import old_lakes, rebuild_warehouse
from flows.run import publish
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.model import Table
from schemas.sql import literal
from tasks.failpoints import failpoint
from tasks.landing.land import erased_path, held_path, raw_path, write_whole
from tasks.outcome import Counts
from tasks.session import Session
from warehouse.engine import connect
from warehouse.lake import from_rows

COMPACT_FROM_FILES = 16


@dataclass
class Kept:
    """What maintenance did."""

    files_joined: int = 0
    files_removed: int = 0
    leavings: list[int] = field(default_factory=list)
    raw_removed: list[str] = field(default_factory=list)
    files: Files = field(default_factory=Files)

    def as_dict(self) -> dict[str, Any]:
        own = {name: value for name, value in vars(self).items() if name != "files"}
        return {**own, **self.files.as_dict()}


def maintain(session: Session, *, at_least: int = COMPACT_FROM_FILES) -> Kept:
    """Join small lake files, drop leavings of crashes, vacuum, remove expired raw bytes and the
    files that earlier versions kept whole."""
    done = Kept()
    con = connect(session.temp / "duckdb")
    try:
        with session.ledger.lease("maintenance"):
            done.leavings = leavings(session)
            for table in TABLES.values():
                done.files_joined += session.lake.compact(
                    con, table, at_least=at_least, leavings=done.leavings
                )
                failpoint("compacted")
                done.files_removed += session.lake.vacuum(table)
            done.raw_removed = _end_of_keeping(session)
            done.files = replace_originals(session)
    finally:
        con.close()
    return done


def leavings(session: Session) -> list[int]:
    """Numbers of loads that left rows and never finished, of runs that are over (P11).

    Looked for twice: what was unfinished before the living runs were counted, is of none of
    them, and is still unfinished, will never finish.
    """
    found = _unfinished(session)
    if not found:
        return []
    alive = session.ledger.leases.live_runs()
    runs = session.ledger.run_of(sorted(found))
    over = {n for n in found if runs.get(n, "") not in alive}
    return sorted(over & _unfinished(session))


def _unfinished(session: Session) -> set[int]:
    with session.connection() as con:
        return {n for table in TABLES.values() for n in session.lake.unfinished(con, table)}


def _end_of_keeping(session: Session) -> list[str]:
    """Remove landed bytes that their licence lets us keep for a time only.

    Receipt and figures stay. Bytes that another source landed too, with a longer time, stay as
    well.
    """
    landing = session.settings.landing
    until: dict[str, datetime | None] = {}
    for path in landing.glob("??/*.json"):
        receipt = json.loads(path.read_text(encoding="utf-8"))
        source = session.sources.get(receipt["source"])
        days = source.licence.keep_raw_days if source else None
        end = datetime.fromisoformat(receipt["fetched_at"]) + timedelta(days=days) if days else None
        sha = receipt["sha256"]
        before = until.get(sha, datetime.min.replace(tzinfo=UTC))
        until[sha] = None if end is None or before is None else max(before, end)
    removed = []
    for sha, end in sorted(until.items()):
        if end is not None and end < datetime.now(UTC) and held_path(landing, sha).exists():
            held_path(landing, sha).unlink()
            removed.append(sha)
    return removed


# --- erasure ------------------------------------------------------------------------------


@dataclass
class Erased:
    """What an erasure removed."""

    sha256: str
    versions: int = 0
    refused_rows: int = 0
    raw: bool = False

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def erase(session: Session, sha256: str, reason: str) -> Erased:
    """Remove some bytes and everything read from them: landing, lake, warehouse, published
    files. What remains is that they were erased, when, and why.

    Repeatable: killed in the middle, the same command finishes. Other runs are shut out.
    """
    landing = session.settings.landing
    receipts = sorted(landing.glob(f"{sha256[:2]}/{sha256}.*.json"))
    if not receipts and not erased_path(landing, sha256).exists():
        raise ConfigurationError(
            "no_such_bytes",
            f"nothing landed with SHA-256 {sha256}",
            hint="penataran trace names the raw_sha256 of a figure",
        )
    with session.ledger.leases.exclusive(session.run_id):
        # First the marker: from here on these bytes are not taken in or read again.
        write_whole(
            erased_path(landing, sha256),
            json.dumps({"erased_at": datetime.now(UTC).isoformat(), "reason": reason}),
        )
        done = Erased(sha256, raw=held_path(landing, sha256).exists())
        for path in (held_path(landing, sha256), raw_path(landing, sha256)):
            path.unlink(missing_ok=True)
        for receipt in receipts:
            receipt.unlink()
        failpoint("raw_erased")
        con = connect(session.temp / "duckdb")
        try:
            loads = _forget_checks(session, con, sha256)
            for table in TABLES.values():
                condition = _derived_from(table, sha256, loads)
                count = session.lake.erase(con, table, condition) if condition else 0
                failpoint("table_erased")
                if table.has_vintages:
                    done.versions += count
                elif table.name == "ops_quarantine":
                    done.refused_rows += count
        finally:
            con.close()
        for lake in old_lakes(session.settings.home):
            shutil.rmtree(lake)
        for path in answers_of(session.settings.home, sha256):
            path.unlink()
        _record(session, done, reason)
        session.ledger.forget(sha256)
    rebuild_warehouse(session)
    session.warehouse.reclaim()
    publish(session)
    for leftover in session.settings.state.glob("working.duckdb*.damaged"):
        leftover.unlink()
    return done


def _derived_from(table: Table, sha256: str, loads: Sequence[int]) -> str:
    """SQL condition of a table's rows that hold something of the bytes; empty if none can."""
    if "raw_sha256" in {f.name for f in table.lake_fields()}:
        return f"raw_sha256 = {literal(sha256)}"
    if table.name == "ops_check" and loads:  # details of checks may quote values
        return f"load_seq IN ({', '.join(str(n) for n in loads)})"
    return ""


def _forget_checks(session: Session, con: Any, sha256: str) -> list[int]:
    """Loads that read the bytes; landing's copies of them lose checks and receipts."""
    session.lake.view(con, TABLES["ops_load"], "loads_by_bytes")
    rows = con.execute(
        f"SELECT load_seq FROM loads_by_bytes WHERE contains(raw_sha256s, {literal(sha256)})"
    ).fetchall()
    numbers = sorted(int(n) for (n,) in rows)
    for number in numbers:
        path = session.settings.landing / "loads" / f"{number:010d}.json"
        if path.exists():
            copy = json.loads(path.read_text(encoding="utf-8"))
            copy.pop("ops_check", None)
            copy["ops_raw"] = [r for r in copy.get("ops_raw", []) if r["raw_sha256"] != sha256]
            write_whole(path, json.dumps(copy, ensure_ascii=False, sort_keys=True))
    return numbers


def _record(session: Session, done: Erased, reason: str) -> None:
    number, moment = session.ledger.next_load(session.run_id, "", "erasure")
    application = f"run/{session.run_id}"
    erasure = {
        "erased_sha256": done.sha256,
        "load_seq": number,
        "run_id": session.run_id,
        "reason": reason,
        "versions": done.versions,
        "refused_rows": done.refused_rows,
        "recorded_at": moment,
    }
    load = {
        "load_seq": number,
        "run_id": session.run_id,
        "source": "",
        "slice": "erasure",
        "table_name": "ops_erasure",
        "status": "closing",
        **Counts().as_dict(),
        "recorded_at": moment,
    }
    for name, row in (("ops_erasure", erasure), ("ops_load", load)):
        table = TABLES[name]
        session.lake.append(
            table, from_rows(table, [row]), application=application, load_seq=number
        )
