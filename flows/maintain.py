"""Maintenance: joining small files, removing what is not needed, erasing on request.

Figures never change. What is removed: files that no snapshot names, rows of loads that
crashed, landed bytes whose licence limits their keeping, and, by `erase`, what the law demands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flows import erasure
from flows.erasure import Erased
from flows.originals import Files, replace_originals
from flows.run import publish
from flows.verify import InspectedFiles, verify_part
from schemas.catalogue import TABLES
from tasks.failpoints import failpoint
from tasks.landing.land import held_path
from tasks.session import Session
from warehouse.engine import connect
from warehouse.files import read_json

COMPACT_FROM_FILES = 16


@dataclass
class Kept:
    """What maintenance did."""

    files_joined: int = 0
    files_removed: int = 0
    leavings: list[int] = field(default_factory=list)
    raw_removed: list[str] = field(default_factory=list)
    files: Files = field(default_factory=Files)
    verified: InspectedFiles = field(default_factory=InspectedFiles)

    def as_dict(self) -> dict[str, Any]:
        own = {n: value for n, value in vars(self).items() if n not in ("files", "verified")}
        looked = self.verified.as_dict()
        return {
            **own,
            **self.files.as_dict(),
            **{name: looked[name] for name in ("verified_files", "verified_bytes", "damaged")},
        }


def maintain(session: Session, *, at_least: int = COMPACT_FROM_FILES) -> Kept:
    """Join small lake files, drop leavings of crashes, vacuum, remove expired raw bytes and the
    files that earlier versions kept whole; look at the files whose turn it is today."""
    done = Kept()
    con = connect(session.temp / "duckdb")
    try:
        with session.ledger.lease("maintenance") as lease:

            def held() -> None:
                session.ledger.require(lease)

            done.leavings = leavings(session)
            for table in TABLES.values():
                done.files_joined += session.lake.compact(
                    con, table, at_least=at_least, leavings=done.leavings, held=held
                )
                failpoint("compacted")
                held()
                done.files_removed += session.lake.vacuum(table)
            held()
            done.raw_removed = _end_of_keeping(session)
            held()
            done.files = replace_originals(session)
        done.verified = verify_part(session.settings.home, session.today().toordinal())
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
        receipt = read_json(path)
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


def erase(session: Session, sha256: str, reason: str) -> Erased:
    """Remove some bytes and everything read from them: landing, lake, warehouse, published
    files. What remains is that they were erased, when, and why.

    Repeatable: killed in the middle, the same command finishes, and so does the next one that
    publishes. Other runs are shut out.
    """
    erasure.begin(session, sha256, reason)
    done = erasure.erase_record(session, sha256, reason)
    publish(session, erased=[sha256])
    return done
