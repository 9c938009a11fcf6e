"""Maintenance: joining small files, removing what is not needed, erasing on request.

Figures never change. What is removed: files that no snapshot names, rows of loads that
crashed, landed bytes whose licence limits their keeping, and, by `erase`, what the law demands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flows import erasure
from flows.erasure import Erased
from flows.healing import heal
from flows.leftovers import partial_files
from flows.originals import Files, replace_originals
from flows.run import publish
from flows.verify import InspectedFiles, past_keeping, verify_part
from schemas.catalogue import TABLES
from tasks.failpoints import failpoint
from tasks.landing.land import held_path
from tasks.session import Session
from warehouse.engine import connect
from warehouse.modes import close_to_others
from warehouse.rewrites import compact, vacuum

COMPACT_FROM_FILES = 16
LOOKED_AT = ("verified_files", "verified_bytes", "damaged", "healed")


@dataclass
class Kept:
    """What maintenance did."""

    files_joined: int = 0
    files_removed: int = 0
    leavings: list[int] = field(default_factory=list)
    raw_removed: list[str] = field(default_factory=list)
    closed_to_others: int = 0
    files: Files = field(default_factory=Files)
    verified: InspectedFiles = field(default_factory=InspectedFiles)

    def as_dict(self) -> dict[str, Any]:
        own = {n: value for n, value in vars(self).items() if n not in ("files", "verified")}
        looked = self.verified.as_dict()
        return {
            **own,
            **self.files.as_dict(),
            **{name: looked[name] for name in LOOKED_AT},
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
                done.files_joined += compact(
                    session.lake, con, table, at_least=at_least, leavings=done.leavings, held=held
                )
                failpoint("compacted")
                held()
                done.files_removed += vacuum(session.lake, table)
            held()
            done.raw_removed = _end_of_keeping(session)
            held()
            done.files = replace_originals(session)
        session.clear(partial_files(session.settings.home))
        done.closed_to_others = close_to_others(session.settings.home, session.settings.readers)
        settings = session.settings
        done.verified = verify_part(settings.home, session.today().toordinal(), session.sources)
        if done.verified.damaged:
            heal(settings, done.verified, settings.backup, session.temp / "duckdb")
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
    """Remove landed bytes that their licence lets us keep for a time only. Receipt and figures
    stay."""
    landing = session.settings.landing
    removed = []
    for sha256 in sorted(past_keeping(landing, session.sources)):
        if held_path(landing, sha256).exists():
            held_path(landing, sha256).unlink()
            removed.append(sha256)
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
