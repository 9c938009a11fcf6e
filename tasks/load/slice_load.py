"""One slice on its way from landed bytes to the lake: read, check, diff, commit.

A run takes all four steps. A preview stops after the first, a rebuild uses an old load number, and
trace asks for the raw records of a key. No other module puts these steps together.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from config.source import Source
from schemas.checks import CheckResult
from schemas.errors import DataError
from schemas.sql import literal
from tasks.check.compare import cross_check, unit_error
from tasks.check.events import event_order
from tasks.check.gate import Gate
from tasks.check.gate_request import gate_error, gate_request
from tasks.check.jumps import has_past, series_jump
from tasks.check.quarantine import RefusedRow, first_refused, refused_rows, suggest_codes
from tasks.failpoints import failpoint
from tasks.landing.land import copy_landed
from tasks.landing.manifest import Generation
from tasks.load.commit import Delta, Fence, Overlap, Prepared, write_alone
from tasks.load.diff import diff
from tasks.load.record import Evidence, Load, Provenance, Record, prepare
from tasks.outcome import Counts
from tasks.read import codes
from tasks.read.codes import CodeLists
from tasks.read.small_counts import protect
from tasks.read.staging import Staged, answer_of, good_rows, read_answer, stage, withdrawn_sql
from tasks.slots import LARGE_ROWS
from warehouse.connections import Connections
from warehouse.data_files import local_path
from warehouse.engine import number_of
from warehouse.lake import Lake
from warehouse.leases import Lease

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Stores:
    """Where a load finds landed bytes, known figures and code lists. `spool` is a folder for its
    temporary files."""

    landing: Path
    spool: Path
    lake: Lake
    make_code_lists: Callable[[duckdb.DuckDBPyConnection], CodeLists]
    connections: Connections
    write: Callable[[Prepared], None]  # commits a load; a run commits those that wait together
    waiting: Callable[[int], AbstractContextManager[None]] = lambda _rows: nullcontext()

    @classmethod
    def of(
        cls,
        landing: Path,
        spool: Path,
        lake: Lake,
        make_code_lists: Callable[[duckdb.DuckDBPyConnection], CodeLists] | None = None,
        *,
        kept: Path | None = None,
    ) -> Stores:
        """Stores of single loads; without a function, code lists are made from the lake, and kept
        in a folder for the next one (half a second of CPU)."""
        folder = kept or spool / "codes"
        return cls(
            landing,
            spool,
            lake,
            make_code_lists or (lambda con: codes.build_once(con, lake, folder)),
            Connections(spool / "duckdb", lake, share=1),
            lambda prepared: write_alone(lake, prepared),
        )


class SliceLoad:
    """One slice's load. Use as a context manager; the steps in their order.

    It owns a database connection, the code lists in it, and the fence: the check that no other
    run wrote the same figures meanwhile.
    """

    def __init__(self, stores: Stores, source: Source, generations: Sequence[Generation]) -> None:
        self.stores = stores
        self.source = source
        self.generations = tuple(generations)
        self.results: list[CheckResult] = []
        self._staged: Staged | None = None
        self._fence: Fence | None = None
        self._counts: Counts | None = None
        self._known_files: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        size = sum(r.size for g in self.generations for r in g.receipts)
        with ExitStack() as opening:  # what was opened is closed again if the lists cannot be made
            self.con, self.known = opening.enter_context(self.stores.connections.one(size))
            self.lists = self.stores.make_code_lists(self.con)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @property
    def staged(self) -> Staged:
        assert self._staged is not None, "read() comes first"
        return self._staged

    @property
    def where(self) -> str:
        return f"{self.source.code}/{self.generations[-1].slice.name}"

    @property
    def known_load(self) -> int:
        """Number of the scope's last load when the bytes were read: what the diff is against."""
        assert self._fence is not None, "read() comes first"
        return self._fence.loads

    # --- the steps ---

    def read(self) -> Staged:
        """Landed bytes to typed rows, each with the row rules that it breaks. Raises DataError
        if a whole answer cannot be used, StorageError if its bytes are missing."""
        stores = self.stores
        self._fence = Fence.of(stores.lake, self.source, self.generations[-1].slice)
        self._staged = stage(
            self.con, stores.landing, stores.spool, self.source, self.generations, self.lists
        )
        self._protect()
        suggest_codes(self.con, self._staged)
        return self._staged

    def _protect(self) -> None:
        """Hide what the good rows would tell of few people beside what is known already."""
        table, staged = self.source.warehouse_table, self.staged
        if table.small_cells:
            self.known.view(self.con, table, "versions", source=self.source.code)
            ending = withdrawn_sql(self.source, self.generations)
            protect(self.con, table, good_rows(staged), "false" if staged.ragged else ending)

    def check(self, gate: Gate) -> DataError | None:
        """Check the batch by the gate and against known figures; returns the error that refuses
        it, or None. Raises PenataranError if the gate itself fails."""
        staged = self.staged
        warning = cross_check(self.con, self.known, self.source, staged)
        staged.warnings += [warning] if warning else []
        staged.warnings += event_order(self.con, self.known, self.source, staged)
        failpoint("staged")
        name = f"{self.source.code}-{uuid.uuid4().hex}"
        request = gate_request(self.con, self.source, staged, self.stores.spool, name)
        with self.stores.waiting(staged.fetched):
            self.results = gate.check(request)
        failpoint("validated")
        error = gate_error(
            self.results,
            staged,
            self.where,
            lambda: first_refused(self.con, self.source, staged),
        )
        return error or unit_error(self.con, self.known, self.source, staged)

    def diff(self, *, accept_deletions: bool = False) -> Counts:
        """What is new, revised or withdrawn. Raises DataError where more would be withdrawn than
        the declaration allows, unless that is accepted. It may be made again."""
        files = self.stores.lake.files(self.source.warehouse_table, self.source.code)
        self._known_files = frozenset(local_path(f).name for f in files)
        self._counts = diff(
            self.con,
            self.known,
            self.source,
            self.staged,
            self.generations,
            accept_deletions=accept_deletions,
        )
        return self._counts

    def compare(self, *, may_stop: bool) -> DataError | None:
        """Each series against its own past: the error that stops the load, where the declaration
        says so and there is a past; otherwise a warning."""
        error = series_jump(self.con, self.source)
        if error is None:
            return None
        if may_stop and self.source.series_jump.action == "stop" and has_past(self.con):
            return error
        self.staged.warnings.append(f"{error.code}: {error.message}")
        return None

    def commit(
        self,
        load: Load,
        provenance: Provenance,
        *,
        evidence: Evidence | None = None,
        refused: Counts | None = None,
        lease: Lease | None = None,
    ) -> Counts:
        """Write the load to the lake; returns its counts. A refused batch is written without
        figures, with the counts given. Raises BusyError if another run wrote meanwhile, or has
        the lease; Overlap if the diff must be made again."""
        counts = refused if refused is not None else self._counts
        assert counts is not None, "diff() comes first"
        assert self._fence is not None
        if evidence is None:
            evidence = Evidence.of(self.source, self.staged, self.generations, load, self.results)
        record = Record(load, counts, evidence, provenance, refused=refused is not None)
        prepared = prepare(
            self.con,
            self.stores.lake,
            self.source,
            self.staged,
            self._fence,
            record,
            delta=self._delta(counts, refused=record.refused),
            lease=lease,
        )
        try:
            with self.stores.waiting(self.staged.fetched):
                self.stores.write(prepared)
        except Overlap:
            for file in (prepared.refused_rows, prepared.figures):
                if file is not None:
                    file.path.unlink(missing_ok=True)
            raise
        return counts

    def _delta(self, counts: Counts, *, refused: bool) -> Delta:
        """What the commit compares with the loads that others wrote since the diff."""
        if refused or not counts.changed or counts.changed > LARGE_ROWS:
            return Delta(self.source.code, self._known_files)
        number = number_of([f.name for f in self.source.warehouse_table.key])
        rows = self.con.execute(f"SELECT {number} FROM delta").fetchall()
        return Delta(self.source.code, self._known_files, frozenset(n for (n,) in rows))

    # --- for previews and trace ---

    def refused_counts(self) -> Counts:
        """Counts of a batch that is refused whole: its good rows count as ignored."""
        staged = self.staged
        return Counts(
            fetched=staged.fetched,
            quarantined=staged.quarantined,
            duplicates=staged.duplicates,
            ignored=staged.ignored + staged.good,
        )

    def refused_rows(self) -> list[RefusedRow]:
        """Rows that `read` refused, with their reasons; for previews."""
        return refused_rows(self.con, self.source, self.staged)

    def write_good_rows(self, out: Path, columns: Sequence[str]) -> None:
        """Good rows as CSV, ordered by key; for previews."""
        order = ", ".join(f.name for f in self.source.warehouse_table.key)
        self.con.execute(
            f"COPY (SELECT {', '.join(columns)} FROM typed WHERE {good_rows(self.staged)} "
            f"ORDER BY {order}) TO {literal(str(out))} (FORMAT csv, HEADER true)"
        )

    def raw_of(self, sha256: str, keys: Sequence[Mapping[str, str]]) -> list[list[dict[str, Any]]]:
        """For each key the source's own records, in landed bytes of this slice, that become its
        row. The bytes are read once.

        Raises StorageError if the bytes were erased or are kept no longer. A count that is hidden
        in the warehouse is hidden here too.
        """
        answer = next(
            answer_of(self.source, g, r)
            for g in self.generations
            for r in g.receipts
            if r.sha256 == sha256
        )
        path = self.stores.spool / f"{self.source.code}-{uuid.uuid4().hex}"
        copy_landed(self.stores.landing, self.stores.spool, sha256, path)
        try:
            raw, projection = read_answer(self.con, path, answer, self.lists)
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE source_rows AS {raw.sql}")
            self.con.execute(
                "CREATE OR REPLACE TEMP TABLE typed_again AS WITH raw AS "
                f"(SELECT * FROM source_rows) {projection.sql}"
            )
        finally:
            for leftover in self.stores.spool.glob(f"{path.name}*"):
                leftover.unlink()
        hidden = sorted(self.source.warehouse_table.counted_fields & set(raw.columns))
        shown = f"* EXCLUDE ({', '.join(hidden)})" if hidden else "*"
        found = []
        for key in keys:
            wanted = " AND ".join(f"typed.{name} = {literal(text)}" for name, text in key.items())
            records = self.con.execute(
                f"SELECT to_json(s) FROM (SELECT {shown} FROM source_rows) AS s "
                "JOIN typed_again AS typed ON typed._row = s._row "
                f"WHERE {wanted or 'true'} AND NOT typed._ignored ORDER BY s._row"
            ).fetchall()
            found.append([json.loads(text) for (text,) in records])
        return found
