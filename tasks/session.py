"""What is open during one run: the lake, the warehouse, the ledger, the gateway and the gate."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from threading import Lock, Semaphore
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
    make_home,
    note_loads,
    open_ledger,
    open_record,
    open_warehouse,
    partial_files,
    remove_partial,
    require_loads,
    sweep,
)
from tasks.landing.manifest import Generation, copies_in, known_generations
from tasks.load.commit import write_together
from tasks.load.slice_load import Stores
from tasks.load.state import Rules, SliceState
from tasks.outcome import Progress, Report, Silent, Task
from tasks.read import codes, identity
from tasks.read.codes import CodeLists
from tasks.restored import drop_unready, finish_restore, is_ready
from tasks.slots import Slots
from tasks.together import Together
from warehouse.connections import Connections
from warehouse.engine import connect
from warehouse.lake import Lake
from warehouse.leases import EXCLUSIVE, RUN_PREFIX, Lease

if TYPE_CHECKING:
    import duckdb

PARALLEL_SLICES = 4


def requests_at_a_time(sources: Iterable[Source]) -> dict[str, int]:
    """How many slices of each provider are asked for at a time."""
    found: dict[str, int] = {}
    for source in sources:
        provider = source.provider.code
        found[provider] = max(2, source.limits.concurrency, found.get(provider, 0))
    return found


def shared_requests(limit: int) -> int:
    """How many of them one run may have, so that two runs go on side by side."""
    return max(1, limit // 2)


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
    shares_partners: bool = False  # other runs may ask the same partners meanwhile
    remakes_lake: bool = False  # the lake as it is may be missing, damaged or another home's

    def __post_init__(self) -> None:
        self.tasks: dict[tuple[str, str], Task] = {}
        self.leases: dict[tuple[str, str], Lease] = {}
        self.slots = Slots(PARALLEL_SLICES)
        self._code_lists: tuple[CodeLists, Path] | None = None
        self._code_lists_lock = Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._database_lock = Lock()
        self.alone = False  # the orchestrator failed: the rest of the run does without it
        self.owns_process = False  # only our code runs here, so SIGTERM may end it at once
        self.progress: Progress = Silent()
        self.beside: Callable[[Session], None] | None = None  # done while partners answer
        self.report: Report | None = None
        self.region = regions.load(self.settings.region)
        declared = declared_sources(self.settings)
        self.sources, self.broken = declared.sources, declared.broken
        self._turns: dict[str, Semaphore] = {}
        try:
            make_home(self.settings)
            self.temp = self.settings.state / "tmp" / self.run_id
            self.temp.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                "home",
                f"the home folder cannot be used: {error.strerror}",
                where=str(error.filename),
                hint="check space and permissions, and PENATARAN_HOME",
            ) from error
        claim_format(self.settings)
        self._readers = self.settings.state / "readers.json"
        identity.use_kept(self._readers)
        self.lake = Lake(self.settings.lake, self.settings.landing / "erased")
        self.warehouse = open_warehouse(self.settings)
        with ExitStack() as opening:  # closes what is open already if a later part fails
            self._open = opening
            self._enter()
            self._open = opening.pop_all()

    def _enter(self) -> None:
        self._open.callback(shutil.rmtree, self.temp, ignore_errors=True)
        self._open.callback(self.warehouse.close)
        self._open.callback(identity.keep, self._readers)
        self.ledger = open_ledger(self.settings, self.warehouse)
        self._open.callback(self.ledger.close)
        # This lease shows that the run is alive; commands that need the home alone look for it.
        self.lease = self._open.enter_context(self.ledger.lease(f"{RUN_PREFIX}{self.run_id}"))
        self.ledger.leases.end_dead(EXCLUSIVE)
        if EXCLUSIVE in self.ledger.leases.live():
            raise BusyError(
                "busy",
                "another command rebuilds the home or erases from it",
                hint="wait until it ends",
            )
        claim_profile(self.settings, self.ledger)
        with self.ledger.lease("lake", wait_seconds=120) as lease:
            if is_ready(self.settings.home):
                finish_restore(self.settings.home, self.ledger, lambda: self.ledger.require(lease))
            drop_unready(self.settings.home)
            if not self.remakes_lake:
                open_record(self.settings, self.ledger, self.lake)
                self.check_loads()
            self.ledger.leases.end_dead(RUN_PREFIX)  # their folders go, so they must not go on
            self.clear(partial_files(self.settings))
            sweep(self.temp.parent, self.ledger.leases.live_runs())
        self.gateway = Gateway(self.settings, self.temp)
        self._open.callback(self.gateway.close)
        if self.owns_gate:
            self._open.callback(self.gate.close)

    def clear(self, partial: Iterable[Path]) -> None:
        """Remove unfinished files, unless another run is under way. They were looked for before:
        who began one of them was alive then."""
        if not self.ledger.leases.live_runs() - {self.run_id}:
            remove_partial(partial)

    def adopt_lake(self) -> None:
        """The lake was made again from landing: from now on it is this home's."""
        open_record(self.settings, self.ledger, self.lake)
        with self.connection() as con:
            note_loads(self.ledger, self.lake, con, self.settings.landing)
        self.check_loads()

    def check_loads(self) -> None:
        """A lake that is older than the ledger is refused. A ledger that was lost, or is older
        than the lake, must not use a load number twice."""
        with self.connection() as con:
            if not self.accepts_older:
                require_loads(self.ledger, self.lake, con, self.settings.landing)
            if self.lake.highest_load(con, everywhere=False) > self.ledger.highest_load():
                self.lake.view(con, TABLES["ops_load"], "finished")
                row = con.execute("SELECT max(recorded_at) FROM finished").fetchall()[0]
                self.ledger.raise_floor(self.lake.highest_load(con, everywhere=True), row[0])
            copied = max(copies_in(self.settings.landing), default=0)
            if copied > self.ledger.highest_load():  # an older lake was accepted
                self.ledger.raise_floor(copied, datetime.now(UTC))

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, _kind: object = None, error: BaseException | None = None, _trace: object = None
    ) -> None:
        """A run that slept and was overtaken ends as such, whatever it stumbled over when it went
        on: its temporary folder, for one, was cleared up."""
        with self._open:
            if isinstance(error, Exception) and not isinstance(error, BusyError):
                with suppress(StorageError):
                    self.ledger.require(self.lease)

    def turn_of(self, provider: str) -> Semaphore:
        """Held while a slice of the provider is asked for."""
        with self._database_lock:
            if provider not in self._turns:
                limit = requests_at_a_time(self.sources.values())[provider]
                own = shared_requests(limit) if self.shares_partners else limit
                self._turns[provider] = Semaphore(own)
            return self._turns[provider]

    def provider_of(self, task: Task) -> str:
        return self.sources[task.source].provider.code

    def loaded_slices(self, source: str) -> set[str]:
        """Names of the slices of a source that were loaded."""
        states = self.ledger.states(source).items()
        return {name for name, text in states if SliceState.from_json(text).load_seq}

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

    def _lost(self, leases: Sequence[Lease]) -> set[str]:
        """Holders of those leases that are in other hands; all of them where this run's own is."""
        lost = self.ledger.leases.lost([self.lease, *leases])
        return {x.holder for x in leases} if self.lease.holder in lost else lost

    # --- code lists: built from the lake once a run, and again after a reference list was loaded

    @cached_property
    def stores(self) -> Stores:
        """Where this run's slices are read from and loaded to."""
        stores = Stores(
            self.settings.landing,
            self.temp,
            self.lake,
            self.code_lists_in,
            Connections(self.temp / "duckdb", self.lake, share=PARALLEL_SLICES),
            Together(
                partial(write_together, self.lake, lost=self._lost, written={}),
                more_to_come=self.slots.is_busy,
            ),
            self.slots.waiting,
        )
        self._open.callback(stores.connections.close)
        return stores

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

    def to_partner(self, scheme: str, areas: Sequence[str]) -> list[str]:
        """A partner's codes of our areas (`codes.to_partner`)."""
        with self.connection() as con:
            self.code_lists_in(con)
            return codes.to_partner(con, scheme, areas)

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
