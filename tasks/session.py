"""What is open during one run, and what a run says of itself.

Outcome and Report are the answers of `run --json`; Session holds the lake, the warehouse, the
ledger, the gateway and the gate.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from config import contract as contracts
from config import partner as partners
from config import region as regions
from config import source as declarations
from config.settings import Settings
from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import BusyError, ConfigurationError, StorageError
from tasks.ask.gateway import Gateway
from tasks.check.gate import Gate
from tasks.landing.land import write_whole
from tasks.load.commit import Counts
from tasks.read.codes import CodeLists
from tasks.slices import Slice
from warehouse.base import Warehouse
from warehouse.duck import DuckWarehouse
from warehouse.engine import connect
from warehouse.lake import Lake
from warehouse.leases import EXCLUSIVE, RUN_PREFIX, Lease
from warehouse.ledger import Ledger

PROFILE_FACT = "profile"
HOME_FORMAT = 2  # 2: lake files named by content, manifests, leases with their process


@dataclass(frozen=True)
class Task:
    """One unit of work: a slice of a source, from the partner or from landed bytes."""

    source: str
    slice: Slice
    reread: bool = False  # only the bytes that are here already, by today's rules


@dataclass(frozen=True)
class Outcome:
    """What became of one slice in one run; one entry of `run --json`."""

    source: str
    period: str
    status: str  # loaded|unchanged|not_published|deferred|busy|skipped|failed
    counts: Counts = field(default_factory=Counts)
    raw_sha256: tuple[str, ...] = ()
    error: dict[str, str] | None = None
    seconds: float = 0.0
    slice: str = ""
    checked_at: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "period": self.period,
            "status": self.status,
            **self.counts.as_dict(),
            "raw_sha256": list(self.raw_sha256),
            "error": self.error,
            "seconds": round(self.seconds, 3),
        }

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Outcome:
        return cls(
            **{
                **raw,
                "counts": Counts(**raw["counts"]),
                "raw_sha256": tuple(raw["raw_sha256"]),
            }
        )


@dataclass(frozen=True)
class Report:
    """What a run did: printed, or given as `--json`."""

    run_id: str
    profile: str
    started_at: str
    finished_at: str
    exit_code: int
    sources: tuple[Outcome, ...]
    published: dict[str, str]
    error: dict[str, str] | None = None  # why nothing could be published

    def as_dict(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "profile": self.profile,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "exit_code": self.exit_code,
            "sources": [o.as_dict() for o in self.sources],
            "published": self.published,
            "error": self.error,
        }


@dataclass
class Session:
    """Everything open during one run. Use as a context manager."""

    settings: Settings
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    gate: Gate = field(default_factory=Gate)
    owns_gate: bool = True
    accept_deletions: bool = False

    def __post_init__(self) -> None:
        self.tasks: dict[tuple[str, str], Task] = {}
        self.leases: dict[tuple[str, str], Lease] = {}
        self.codes: tuple[CodeLists, Path] | None = None
        self.codes_lock = Lock()
        self.alone = False  # the orchestrator failed; the rest of the run does not ask it
        self.owns_process = False  # nobody else's code runs here, so SIGTERM may end it at once
        self.progress: Callable[[Outcome], None] = lambda _: None
        self.report: Report | None = None
        self.region = regions.load(self.settings.region)
        self.sources = declared_sources(self.settings)
        try:
            for folder in self.settings.folders:
                folder.mkdir(parents=True, exist_ok=True)
            self.temp = self.settings.state / "tmp" / self.run_id
            self.temp.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                "home", f"the home folder cannot be used: {error.strerror}",
                where=str(error.filename), hint="check space and permissions; PENATARAN_HOME",
            ) from error  # fmt: skip
        claim_format(self.settings)
        self.lake = Lake(self.settings.lake)
        self.warehouse = open_warehouse(self.settings)
        with ExitStack() as opening:  # what was opened is closed again if the rest cannot be
            self._open = opening
            self._enter()
            self._open = opening.pop_all()

    def _enter(self) -> None:
        self._open.callback(shutil.rmtree, self.temp, ignore_errors=True)
        self._open.callback(self.warehouse.close)
        self.ledger = open_ledger(self.settings, self.warehouse)
        self._open.callback(self.ledger.close)
        # The run's own lease says that it is alive; whoever needs the home alone looks for it.
        self._open.enter_context(self.ledger.lease(f"{RUN_PREFIX}{self.run_id}"))
        if EXCLUSIVE in self.ledger.leases.live():
            raise BusyError(
                "busy", "the home is being rebuilt or erased from", hint="wait until that ends"
            )
        claim_profile(self.settings, self.ledger)
        with self.ledger.lease("lake", wait_seconds=120):
            self.lake.create_missing()
            self._raise_floor()
            _sweep(self.temp.parent, self.ledger.leases.live_runs())
        self.gateway = Gateway(self.settings, self.temp)
        self._open.callback(self.gateway.close)
        if self.owns_gate:
            self._open.callback(self.gate.close)

    def _raise_floor(self) -> None:
        """A ledger that is lost, or older than the lake, must not give a number twice."""
        con = connect(self.temp / "duckdb")
        try:
            if self.lake.highest_load(con, everywhere=False) > self.ledger.highest_load():
                self.lake.view(con, TABLES["ops_load"], "finished")
                row = con.execute("SELECT max(recorded_at) FROM finished").fetchall()[0]
                self.ledger.raise_floor(self.lake.highest_load(con, everywhere=True), row[0])
        finally:
            con.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def today(self) -> date:
        return datetime.now(ZoneInfo(self.region.timezone)).date()


def declared_sources(settings: Settings) -> dict[str, Source]:
    """Every source of the installation: what is asked, and what arrives as files."""
    found = declarations.load_all(settings.sources_paths)
    region = regions.load(settings.region)
    senders = partners.load_all(settings.partners_paths)
    files = contracts.sources(region) | partners.sources(senders, region)
    return {**found, **{code: s for code, s in files.items() if code not in found}}


def _sweep(folder: Path, alive: set[str]) -> None:
    """Remove what killed runs left in the temporary folder."""
    for leftover in folder.iterdir():
        if leftover.name not in alive:
            shutil.rmtree(leftover, ignore_errors=True)


def open_warehouse(settings: Settings) -> Warehouse:
    if settings.postgres:
        from warehouse.postgres import PostgresWarehouse

        assert settings.warehouse_url is not None
        return PostgresWarehouse(settings.warehouse_url)
    return DuckWarehouse(settings.state / "working.duckdb", settings.published_duckdb)


def open_ledger(settings: Settings, warehouse: Warehouse) -> Ledger:
    """The ledger lives where the warehouse does."""
    if settings.postgres:
        from warehouse.postgres import PostgresWarehouse

        assert isinstance(warehouse, PostgresWarehouse)
        return Ledger.in_postgres(warehouse.engine)
    return Ledger.in_folder(settings.state)


def claim_format(settings: Settings) -> None:
    """Refuse a home that a newer version wrote; mark it with this one's format (P13).

    An older home needs no step of its own: missing columns are added to the lake, and the
    warehouse, being derived, is made anew.
    """
    marker = settings.home / "FORMAT"
    found = int(marker.read_text()) if marker.exists() else 1
    if found > HOME_FORMAT:
        raise ConfigurationError(
            "newer_home",
            f"{settings.home} has format {found}, this version knows {HOME_FORMAT}",
            hint="use the newer version of penataran again; nothing was touched",
        )
    if found < HOME_FORMAT:
        write_whole(marker, f"{HOME_FORMAT}\n")


def claim_profile(settings: Settings, ledger: Ledger) -> None:
    """A home belongs to one profile: simulated and real figures never meet."""
    marker = settings.home / "PROFILE"
    if not marker.exists():
        marker.write_text(settings.profile + "\n", encoding="utf-8")
    owner = marker.read_text(encoding="utf-8").strip()
    if owner != settings.profile:
        raise ConfigurationError(
            "other_profile",
            f"{settings.home} belongs to profile {owner}, this run is {settings.profile}",
            hint="use another PENATARAN_HOME for it",
        )
    if ledger.fact(PROFILE_FACT) is None:
        ledger.set_fact(PROFILE_FACT, settings.profile)
