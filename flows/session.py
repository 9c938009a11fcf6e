"""What is open during one run, and what a run says of itself.

Outcome and Report are the answers of `run --json`; Session holds the lake, the warehouse, the
ledger, the gateway and the gate.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config import region as regions
from config import source as declarations
from config.settings import Settings
from schemas.errors import ConfigurationError
from tasks.gate import Gate
from tasks.http import Gateway
from tasks.load import Counts
from tasks.slices import Slice
from warehouse.base import Warehouse
from warehouse.duck import DuckWarehouse
from warehouse.lake import Lake
from warehouse.ledger import Ledger

PROFILE_FACT = "profile"


@dataclass(frozen=True)
class Task:
    """One unit of work: a slice of a source."""

    source: str
    piece: Slice


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

    def as_dict(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "profile": self.profile,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "exit_code": self.exit_code,
            "sources": [o.as_dict() for o in self.sources],
            "published": self.published,
        }


@dataclass
class Session:
    """Everything open during one run. Use as a context manager."""

    settings: Settings
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    gate: Gate = field(default_factory=Gate)
    owns_gate: bool = True

    def __post_init__(self) -> None:
        self.tasks: dict[tuple[str, str], Task] = {}
        self.progress: Callable[[Outcome], None] = lambda _: None
        self.report: Report | None = None
        self.sources = declarations.load_all(self.settings.sources_paths)
        self.region = regions.load(self.settings.region)
        for folder in self.settings.folders:
            folder.mkdir(parents=True, exist_ok=True)
        self.temp = self.settings.state / "tmp" / self.run_id
        self.temp.mkdir(parents=True, exist_ok=True)
        self.lake = Lake(self.settings.lake)
        self.warehouse = open_warehouse(self.settings)
        self.ledger = open_ledger(self.settings, self.warehouse)
        claim_profile(self.settings, self.ledger)
        with self.ledger.lease("lake", wait_seconds=120):
            self.lake.create_missing()
        self.gateway = Gateway(self.settings, self.temp)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        if self.owns_gate:
            self.gate.close()
        self.gateway.close()
        self.ledger.close()
        self.warehouse.close()
        shutil.rmtree(self.temp, ignore_errors=True)

    def today(self) -> date:
        return datetime.now(ZoneInfo(self.region.timezone)).date()


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
