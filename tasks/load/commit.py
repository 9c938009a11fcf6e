"""Loads become part of the lake, those that finish close together by the same commits: a commit
costs as much for twenty of them as for one.

The writes have a fixed order: refused rows, checks and receipts first, then the figures, then the
load's own row. A load without its own row does not exist for readers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import BusyError, PenataranError
from schemas.model import Table
from tasks.failpoints import failpoint
from tasks.slices import Slice
from warehouse.contents import Part, contents_of
from warehouse.data_files import File, from_rows, local_path
from warehouse.lake import Addition, Lake, overtaken_by
from warehouse.leases import Lease, overtaken

if TYPE_CHECKING:
    pass

Lost = Callable[[Sequence[Lease]], set[str]]
"""Holders of those leases that are in other hands."""


@dataclass(frozen=True)
class Fence:
    """Numbers of the scope's last loads when the diff began. The commit fails if they changed."""

    application: str
    figures: int
    loads: int

    @classmethod
    def of(cls, lake: Lake, source: Source, slice_: Slice) -> Fence:
        application = f"{source.code}/{slice_.scope}"
        return cls(
            application,
            lake.last(source.warehouse_table, application),
            lake.last(TABLES["ops_load"], application),
        )


@dataclass(frozen=True)
class Delta:
    """What a diff changes, and what it was made against."""

    source: str
    known: frozenset[str] = frozenset()  # names of the source's files when it was made
    keys: frozenset[int] | None = None  # numbers of its keys; None of too many

    def may_meet(self, other: Delta | None) -> bool:
        """True unless no row of one has a key of the other."""
        if other is None or self.keys is None or other.keys is None:
            return True
        return not self.keys.isdisjoint(other.keys)


class Overlap(Exception):
    """Another load of the source wrote rows of the same keys since the diff was made."""


@dataclass(frozen=True)
class Prepared:
    """A load with its files written, of which the lake knows nothing yet."""

    table: Table
    fence: Fence
    load_seq: int
    refused_rows: File | None
    figures: File | None
    operations: Mapping[str, Sequence[Mapping[str, Any]]]  # rows of `ops_check` and `ops_raw`
    row: Mapping[str, Any]  # of `ops_load`, without its contents
    delta: Delta
    lease: Lease | None = None  # of the slice, asked before each commit


Deltas = dict[str, Delta]
"""What this process wrote, by the name of the file of figures."""


def write_alone(lake: Lake, prepared: Prepared) -> None:
    """`write_together` for one load."""
    (error,) = write_together(lake, [prepared])
    if error is not None:
        raise error


def write_together(
    lake: Lake,
    loads: Sequence[Prepared],
    lost: Lost = lambda _: set(),
    written: Deltas | None = None,
) -> list[Exception | None]:
    """Make some loads part of the lake, with one commit for each table. For each load None, or the
    error that kept it out: BusyError if another run wrote the same scope since its fence was read,
    or has its lease; Overlap if its diff must be made again. `lost` finds the leases that are in
    other hands, `written` is what the process wrote before.
    """
    written = {} if written is None else written
    group = _Group(lake, [_Writing(load, _overtaken(lake, load)) for load in loads], lost)
    group.leave_out_overlaps(written)
    group.commit(TABLES["ops_quarantine"], lambda w: _whole(w.load.refused_rows))
    failpoint("quarantine_written")
    for name in ("ops_check", "ops_raw"):
        rows = {w.load.load_seq: w.load.operations[name] for w in group.left}
        group.commit(TABLES[name], _shared(lake, TABLES[name], rows))
    failpoint("before_commit")
    for table in {w.load.table.name: w.load.table for w in group.left}.values():
        group.commit(table, _figures_of(table), lambda fence: fence.figures)
    failpoint("figures_written")
    own = {w.load.load_seq: [{**w.load.row, "contents": contents_of(w.parts)}] for w in group.left}
    table = TABLES["ops_load"]
    group.commit(table, _shared(lake, table, own), lambda fence: fence.loads)
    for w in group.left:
        if w.load.figures is not None:
            written[w.load.figures.path.name] = w.load.delta
    failpoint("after_commit")
    return [w.error for w in group.writing]


class _Group:
    """Loads on their way into the lake; one that cannot go on is left out, the others go on."""

    def __init__(self, lake: Lake, writing: Sequence[_Writing], lost: Lost) -> None:
        self._lake = lake
        self._lost = lost
        self.writing = writing

    @property
    def left(self) -> list[_Writing]:
        return [w for w in self.writing if w.error is None]

    def commit(
        self,
        table: Table,
        file_of: Callable[[_Writing], tuple[File, int] | None],
        fence_of: Callable[[Fence], int | None] = lambda _: None,
    ) -> None:
        """Commit what the loads have for one table."""
        while True:
            chosen = [(w, file) for w in self.left if (file := file_of(w)) is not None]
            if not chosen:
                return
            additions = [
                Addition(w.load.fence.application, w.load.load_seq, *file, fence_of(w.load.fence))
                for w, file in chosen
            ]
            try:
                found = self._lake.commit(table, additions, held=self._held)
            except BusyError:
                if not self._leave_out():
                    raise
                continue
            for (w, _), part in zip(chosen, found, strict=True):
                w.take(part)
            return

    def leave_out_overlaps(self, written: Deltas) -> None:
        """Two slices may have rows of one key (an answer with the last day of the year before).
        The second is compared again, once the first is in the lake."""
        before: list[_Writing] = []
        for w in self.left:
            if w.load.figures is None:
                continue
            delta, table = w.load.delta, w.load.table
            now = {local_path(f).name for f in self._lake.files(table, delta.source)}
            others = [written.get(name) for name in now - delta.known]
            others += [
                x.load.delta
                for x in before
                if (x.load.table.name, x.load.delta.source) == (table.name, delta.source)
            ]
            if any(delta.may_meet(other) for other in others):
                w.error = Overlap()
            else:
                before.append(w)

    def _lost_ones(self) -> list[_Writing]:
        leases = [w.load.lease for w in self.left if w.load.lease is not None]
        lost = self._lost(leases) if leases else set()
        return [w for w in self.left if w.load.lease and w.load.lease.holder in lost]

    def _held(self) -> None:
        for w in self._lost_ones():
            raise overtaken(w.load.fence.application)

    def _leave_out(self) -> int:
        """Leave out the loads whose lease is lost; returns how many."""
        found = self._lost_ones()
        for w in found:
            w.error = overtaken(w.load.fence.application)
        return len(found)


def _overtaken(lake: Lake, load: Prepared) -> BusyError | None:
    """The error of a scope that has a later load than its fence. The commits of the figures and of
    the load's own row ask again; this leaves no rows of operations behind."""
    last = lake.last(TABLES["ops_load"], load.fence.application)
    return None if last == load.fence.loads else overtaken_by(last, load.fence.application)


class _Writing:
    """One load on its way into the lake."""

    def __init__(self, load: Prepared, error: Exception | None) -> None:
        self.load = load
        self.parts: list[Part] = []
        self.error = error

    def take(self, found: Part | PenataranError) -> None:
        if isinstance(found, Part):
            self.parts.append(found)
        else:
            self.error = found


def _whole(file: File | None) -> tuple[File, int] | None:
    return (file, file.rows) if file is not None else None


def _figures_of(table: Table) -> Callable[[_Writing], tuple[File, int] | None]:
    return lambda w: _whole(w.load.figures) if w.load.table.name == table.name else None


def _shared(
    lake: Lake, table: Table, rows: Mapping[int, Sequence[Mapping[str, Any]]]
) -> Callable[[_Writing], tuple[File, int] | None]:
    """One file of the rows of several loads, by number of the load."""
    every = [row for number in sorted(rows) for row in rows[number]]
    if not every:
        return lambda _: None
    file = lake.write(table, from_rows(table, every), (min(rows), max(rows)))
    return lambda w: (file, len(rows[w.load.load_seq])) if rows.get(w.load.load_seq) else None
