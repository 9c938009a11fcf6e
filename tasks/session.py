"""What is open during one run: the lake, the warehouse, the ledger, the gateway and the gate."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config import region as regions
from config.settings import Settings
from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import BusyError, StorageError
from tasks.ask.gateway import Gateway
from tasks.check.gate import Gate
from tasks.home import (
    claim_format,
    claim_profile,
    declared_sources,
    note_loads,
    open_ledger,
    open_record,
    open_warehouse,
    require_loads,
    sweep,
)
from tasks.landing.manifest import Generation, known_generations
from tasks.load.slice_load import Stores
from tasks.load.state import Rules, SliceState
from tasks.outcome import Outcome, Report, Task
from tasks.read import codes
from tasks.read.codes import CodeLists
from warehouse.engine import connect
from warehouse.lake import Lake
from warehouse.leases import EXCLUSIVE, RUN_PREFIX, Lease

if TYPE_CHECKING:
    import duckdb


@dataclass
class Session:
    """Everything open during one run. Use as a context manager."""

    settings: Settings
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    gate: Gate = field(default_factory=Gate)
    owns_gate: bool = True
    accept_deletions: bool = False
    accepts_older: bool = False  # the lake may lack loads that readers saw
    remakes_lake: bool = False  # the lake as it is may be missing, damaged or another home's

    def __post_init__(self) -> None:
        self.tasks: dict[tuple[str, str], Task] = {}
        self.leases: dict[tuple[str, str], Lease] = {}
        self._code_lists: tuple[CodeLists, Path] | None = None
        self._code_lists_lock = Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._database_lock = Lock()
        self.alone = False  # the orchestrator failed: the rest of the run does without it
        self.owns_process = False  # only our code runs here, so SIGTERM may end it at once
        self.progress: Callable[[Outcome], None] = lambda _: None
        self.report: Report | None = None
        self.region = regions.load(self.settings.region)
        declared = declared_sources(self.settings)
        self.sources, self.broken = declared.sources, declared.broken
        try:
            for folder in self.settings.folders:
                folder.mkdir(parents=True, exist_ok=True)
            self.temp = self.settings.state / "tmp" / self.run_id
            self.temp.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                "home",
                f"the home folder cannot be used: {error.strerror}",
                where=str(error.filename),
                hint="check space and permissions, and PENATARAN_HOME",
            ) from error
        claim_format(self.settings)
        self.lake = Lake(self.settings.lake, self.settings.landing / "erased")
        self.warehouse = open_warehouse(self.settings)
        with ExitStack() as opening:  # closes what is open already if a later part fails
            self._open = opening
            self._enter()
            self._open = opening.pop_all()

    def _enter(self) -> None:
        self._open.callback(shutil.rmtree, self.temp, ignore_errors=True)
        self._open.callback(self.warehouse.close)
        self.ledger = open_ledger(self.settings, self.warehouse)
        self._open.callback(self.ledger.close)
        # This lease shows that the run is alive; commands that need the home alone look for it.
        self._open.enter_context(self.ledger.lease(f"{RUN_PREFIX}{self.run_id}"))
        if EXCLUSIVE in self.ledger.leases.live():
            raise BusyError(
                "busy",
                "another command rebuilds the home or erases from it",
                hint="wait until it ends",
            )
        claim_profile(self.settings, self.ledger)
        with self.ledger.lease("lake", wait_seconds=120):
            if not self.remakes_lake:
                open_record(self.settings, self.ledger, self.lake)
                self.check_loads()
            sweep(self.temp.parent, self.ledger.leases.live_runs())
        self.gateway = Gateway(self.settings, self.temp)
        self._open.callback(self.gateway.close)
        if self.owns_gate:
            self._open.callback(self.gate.close)

    def adopt_lake(self) -> None:
        """The lake was made again from landing: from now on it is this home's."""
        open_record(self.settings, self.ledger, self.lake)
        with self.connection() as con:
            note_loads(self.ledger, self.lake, con)
        self.check_loads()

    def check_loads(self) -> None:
        """A lake that is older than the ledger is refused. A ledger that was lost, or is older
        than the lake, must not use a load number twice."""
        with self.connection() as con:
            if not self.accepts_older:
                require_loads(self.ledger, self.lake, con)
            if self.lake.highest_load(con, everywhere=False) > self.ledger.highest_load():
                self.lake.view(con, TABLES["ops_load"], "finished")
                row = con.execute("SELECT max(recorded_at) FROM finished").fetchall()[0]
                self.ledger.raise_floor(self.lake.highest_load(con, everywhere=True), row[0])

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def today(self) -> date:
        return datetime.now(ZoneInfo(self.region.timezone)).date()

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for small work, with temporary tables of its own. All share one database,
        since to open one costs 20 ms (DuckDB 2.0.0)."""
        with self._database_lock:
            if self._database is None:
                self._database = connect(self.temp / "duckdb")
                self._open.callback(self._database.close)
            con = self._database.cursor()
        try:
            yield con
        finally:
            con.close()

    # --- code lists: built from the lake once a run, and again after a reference list was loaded

    @property
    def stores(self) -> Stores:
        """Where this run's slices are read from and loaded to."""
        return Stores(self.settings.landing, self.temp, self.lake, self.code_lists_in)

    def code_lists_in(self, con: duckdb.DuckDBPyConnection) -> CodeLists:
        """Table `codes` in a connection, as this run knows the lists."""
        with self._code_lists_lock:
            if self._code_lists is None:
                lists = codes.build_once(con, self.lake, self.settings.state / "codes")
                path = self.temp / f"codes-{uuid.uuid4().hex}.parquet"
                codes.save(con, path)
                self._code_lists = (lists, path)
                return lists
            lists, path = self._code_lists
        codes.restore(con, path)
        return lists

    def code_lists(self) -> CodeLists:
        """Identity of the lists, without a connection that has them."""
        known = self._code_lists
        if known is not None:
            return known[0]
        with self.connection() as con:
            return self.code_lists_in(con)

    def forget_code_lists(self) -> None:
        """A reference list was loaded: the next slice builds the lists again."""
        self._code_lists = None

    # --- states of slices ---

    def rules(self, source: Source) -> Rules:
        """Identity of what decides how a source's bytes are read today."""
        return Rules.of(source, self.code_lists())

    def state_of(self, task: Task) -> SliceState:
        """The slice's state. After other loads of the same scope only the part that still holds."""
        state = SliceState.from_json(self.ledger.state(*task.key))
        if state.is_known and state.load_seq != self.last_load(task):
            return state.void()
        return state

    def last_load(self, task: Task) -> int:
        """Number of the lake's last load of the task's scope; 0 if there is none."""
        return self.lake.last(TABLES["ops_load"], f"{task.source}/{task.slice.scope}")

    def landed(self, task: Task) -> list[Generation]:
        """The landed answers that made the slice's figures; empty if none are known."""
        with self.connection() as con:
            return known_generations(con, self.lake, self.sources[task.source], task.slice)
