"""Rebuilding: the SQL warehouse from the lake, the lake from the landed bytes.

Both are the ordinary code from load 0. What comes out is compared with what each load's own
record says; a rebuild that differs names the load.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.source import Source
from flows.erasure import restore_markers
from flows.run import apply_lake, keep_copies
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError, DataError, PenataranError, StorageError
from schemas.model import Table, Type, Words
from tasks.failpoints import failpoint
from tasks.home import record_of
from tasks.landing import manifest
from tasks.landing.land import erased_path
from tasks.landing.manifest import Copy, Generation, copies_in, read_copy
from tasks.load.record import Evidence, Load, Provenance, record_operations
from tasks.load.slice_load import SliceLoad, Stores
from tasks.load.state import Rules
from tasks.outcome import Counts
from tasks.session import Session
from warehouse.base import rows_of
from warehouse.connections import Connections
from warehouse.lake import COMPLETE, NEXT, Lake
from warehouse.leases import Held, overtaken

Row = Mapping[str, Any]
"""A row of an `ops_*` table, by column: of any type that the table declares."""

OPERATIONS = ("ops_run", "ops_attempt", "ops_erasure")


@dataclass
class Rebuilt:
    """What a rebuild did: loads written again, and how any of them differ from their record."""

    loads: int = 0
    differences: list[Words] = field(default_factory=list)
    kept: str = ""  # where the lake from before is

    def as_dict(self) -> dict[str, Any]:
        return {
            "loads": self.loads,
            "differences": [d.en for d in self.differences],
            "kept": self.kept,
        }


def rebuild_warehouse(session: Session) -> Rebuilt:
    """Rebuild the SQL warehouse from the lake; readers have the old one until the new is whole."""
    with session.ledger.lease("warehouse", wait_seconds=120) as lease:
        return Rebuilt(apply_lake(session, lambda: session.ledger.require(lease), rebuild=True))


def rebuild_lake(
    session: Session, *, reinterpret: bool, progress: Callable[[Words], None] = lambda _: None
) -> Rebuilt:
    """Rebuild the lake from landing: every load again, in order, from its bytes.

    Each by the declaration of its time, or, with `reinterpret`, by today's. Raises
    StorageError when bytes are missing; then the existing lake stays.
    """
    landing, ledger = session.settings.landing, session.ledger
    before = _keep_newest(session)
    copies = copies_in(landing)
    if not copies:
        raise ConfigurationError(
            "nothing_landed",
            f"no loads are recorded in {landing / 'loads'}",
            hint="penataran run first; homes of older versions get their records with the next run",
        )
    _require_copies(session, copies)
    for path in copies.values():
        restore_markers(landing, read_copy(path).get("ops_erasure", []))
    with ledger.leases.exclusive(session.run_id) as lease:
        folder = session.settings.home / NEXT
        if folder.exists():
            shutil.rmtree(folder)
        lake = Lake(folder)
        lake.create_missing()
        lake.set_identity(record_of(session.settings, ledger), uuid.uuid4().hex)
        done = Rebuilt()
        with closing(_Replay(session, lake, reinterpret=reinterpret)) as replay:
            for number, path in copies.items():
                ledger.require(lease)
                found = replay.load(read_copy(path))
                done.loads += 1
                if found:
                    done.differences.append(
                        Words(f"muatan {number}: {found.id}", f"load {number}: {found.en}")
                    )
                    progress(done.differences[-1])
        failpoint("lake_replayed")
        done.kept = _swap(session, folder, before, lambda: ledger.require(lease))
        failpoint("lake_swapped")
        session.adopt_lake()
    return done


def _require_copies(session: Session, copies: Mapping[int, Path]) -> None:
    """Raise StorageError where readers saw a load of which landing has no copy."""
    lost: set[int] = set()
    with suppress(PenataranError):  # a warehouse that cannot be read has nothing to compare
        if session.warehouse.is_published():
            seen = rows_of(session.warehouse, "SELECT load_seq FROM ops_load")
            lost = {int(row["load_seq"]) for row in seen} - set(copies)
    if lost:
        raise StorageError(
            "copy_missing",
            f"readers saw load {min(lost)} and {len(lost) - 1} more of which landing has no copy",
            where=str(session.settings.landing / "loads"),
            hint="restore landing/loads from a backup; the lake was not touched",
        )


def _keep_newest(session: Session) -> int | None:
    """Copy to landing what only the lake knows of its newest loads. Returns the version of its log
    of loads; None for a lake that cannot be read."""
    try:
        if not session.lake.exists:
            return None
        keep_copies(session)
        return session.lake.version(TABLES["ops_load"])
    except StorageError:
        return None


def _swap(session: Session, folder: Path, before: int | None, held: Held) -> str:
    """Put the new lake where the old one is; returns where that one is now. A load that another
    run wrote meanwhile takes it back: the old lake is looked at when no writer finds it any more.
    """
    lake, home = session.settings.lake, session.settings.home
    old = home / f"lake.before-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    held()
    (folder / COMPLETE).touch()
    if lake.exists():
        lake.rename(old)
        try:
            held()
            if before is not None and Lake(old).version(TABLES["ops_load"]) != before:
                raise overtaken("lake")
        except PenataranError:
            (folder / COMPLETE).unlink(missing_ok=True)
            old.rename(lake)
            raise
    failpoint("lake_aside")
    held()  # else another command has finished this, or makes a new one
    try:
        folder.rename(lake)
    except OSError:
        if lake.exists() or not folder.exists():
            raise overtaken("lake") from None
        raise
    session.lake.reopen()
    return str(old)


class _Replay:
    """Loads of the past, one after another, into a new lake."""

    def __init__(self, session: Session, lake: Lake, *, reinterpret: bool) -> None:
        self.session = session
        self.lake = lake
        self.reinterpret = reinterpret
        self.settings = session.settings
        self.stores = replace(
            Stores.of(session.settings.landing, session.temp, lake),
            connections=Connections(session.temp / "duckdb", lake),
        )

    def close(self) -> None:
        self.stores.connections.close()

    def load(self, copy: Copy) -> Words | None:
        """Write one load again; None, or how it differs from its record."""
        (row,) = [typed_row(TABLES["ops_load"], r) for r in copy["ops_load"]]
        if row["status"] not in ("loaded", "refused"):
            self._operations(copy, row)
            return None
        if not row["manifest"]:
            raise StorageError(
                "no_manifest",
                f"load {row['load_seq']} was written by a version that kept no manifest",
                hint="this home's lake cannot be made from landing alone; back the lake up",
            )
        generations = manifest.generations_in(row["manifest"])
        source = self._source(row)
        left = [self._without_erased(g) for g in generations]
        erased = left != generations
        generations = [g for g in left if g.receipts]
        if not generations:
            application = f"{row['source']}/{left[-1].slice.scope}"
            record_operations(self.lake, application, {}, row)
            return Words("byte mentahnya sudah dihapus", "its bytes were erased")
        try:
            found = self._again(copy, row, source, generations)
        except DataError as error:
            if not self.reinterpret:
                raise
            source = self._declared(row)
            self._again(copy, row, source, generations)
            found = Words(
                f"deklarasi sekarang tidak cocok ({error.code}); dipakai deklarasi lama",
                f"today's declaration does not fit these bytes ({error.code}); the old was used",
            )
        partly = Words("sebagian byte mentahnya sudah dihapus", "some of its bytes were erased")
        return found or (partly if erased else None)

    def _again(
        self,
        copy: Copy,
        row: Row,
        source: Source,
        generations: list[Generation],
    ) -> Words | None:
        """Load these answers again under their old number; None, or how the counts differ."""
        refused = row["status"] == "refused"
        before = Counts.from_row(row)
        with SliceLoad(self.stores, source, generations) as slice_load:
            slice_load.read()
            if self.reinterpret:
                error = slice_load.check(self.session.gate)
                if error is not None and not refused:
                    raise error
            if not refused:
                # What was accepted then is accepted again, large withdrawals too.
                slice_load.diff(accept_deletions=True)
            provenance, evidence = Provenance.from_row(row), None
            if self.reinterpret:
                rules = Rules.of(source, slice_load.lists)
                provenance = replace(
                    provenance,
                    declaration_sha256=source.sha256,
                    reader_sha256=rules.reader,
                    codes_sha256=slice_load.lists.sha256,
                )
            else:
                evidence = Evidence(
                    [typed_row(TABLES["ops_check"], r) for r in copy.get("ops_check", [])],
                    [typed_row(TABLES["ops_raw"], r) for r in copy.get("ops_raw", [])],
                )
            load = Load(
                row["load_seq"],
                row["recorded_at"],
                row["run_id"],
                generations[-1].slice,
                row["change_reason"],
                reread=json.loads(row["manifest"])["reread"],
            )
            counts = slice_load.commit(
                load, provenance, evidence=evidence, refused=before if refused else None
            )
        if refused or counts == before:
            return None
        text = f"{source.code}/{row['slice']}: {', '.join(before.differences(counts))}"
        return Words(text, text)

    def _source(self, row: Row) -> Source:
        if self.reinterpret and row["source"] in self.session.sources:
            return self.session.sources[row["source"]]
        return self._declared(row)

    def _declared(self, row: Row) -> Source:
        source = manifest.declaration(self.settings.landing, row["declaration_sha256"])
        if source is None:
            raise StorageError(
                "no_declaration",
                f"the declaration of load {row['load_seq']} is not in landing",
                where=str(self.settings.landing / "declarations"),
                hint="restore it from a backup; the lake was not touched",
            )
        return source

    def _without_erased(self, generation: Generation) -> Generation:
        left = tuple(
            r
            for r in generation.receipts
            if not erased_path(self.settings.landing, r.sha256).exists()
        )
        if left == generation.receipts:
            return generation
        # With a part of an answer erased, a row that it lacks is not a withdrawn row.
        return Generation(generation.slice, left, False, generation.asked)

    def _operations(self, copy: Copy, row: Row) -> None:
        application = f"run/{row['run_id']}"
        rows = {n: [typed_row(TABLES[n], r) for r in copy.get(n, [])] for n in OPERATIONS}
        record_operations(self.lake, application, rows, row)


def typed_row(table: Table, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A row of landing's JSON copy with its moments as moments."""
    moments = {f.name for f in table.lake_fields() if f.type is Type.TIMESTAMP}
    return {
        k: datetime.fromisoformat(v).astimezone(UTC) if k in moments and v else v
        for k, v in raw.items()
        if k in {f.name for f in table.lake_fields()}
    }
