"""One run, without an orchestrator: what each step does, in order.

`flows.pipeline` wraps these same functions in Prefect flows and tasks. Take the decorators
away and this is what is left (`penataran run --direct`).
"""

from __future__ import annotations

import shutil
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from config import region as regions
from config import source as declarations
from config.settings import Settings
from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import (
    BusyError,
    ConfigurationError,
    Deferred,
    NotPublished,
    PenataranError,
)
from tasks import builtin
from tasks import codes as code_lists
from tasks.failpoints import failpoint
from tasks.fetch import Fetched, Fetcher, validators_of
from tasks.gate import Gate
from tasks.http import Gateway
from tasks.load import Counts, Load, commit, diff
from tasks.plan import origin_values
from tasks.slices import Slice, Window, slices_of
from tasks.validate import gate_error, gate_request, stage
from warehouse.base import Warehouse
from warehouse.duck import DuckWarehouse
from warehouse.engine import connect
from warehouse.engine import stage as stage_connection
from warehouse.lake import Lake, arrow_rows
from warehouse.ledger import Ledger

PARALLEL_SLICES = 4
PROFILE_FACT = "profile"
VERSION = "0.1.0"


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


def chosen_sources(session: Session, named: Sequence[str]) -> list[Source]:
    """The sources of a run, reference first; a named one must exist and have its key."""
    unknown = [code for code in named if code not in session.sources]
    if unknown:
        raise ConfigurationError(
            "unknown_source",
            f"no source {', '.join(unknown)}",
            hint="penataran sources lists them",
        )
    for code in named:
        key = session.sources[code].key
        if key and not key.optional and not session.settings.secret(key.variable):
            raise ConfigurationError(
                "key_missing", f"{code} needs {key.variable}", hint="see docs/configuration.md"
            )
    return [s for s in session.sources.values() if not named or s.code in named or s.builtin]


@dataclass(frozen=True)
class Task:
    """One unit of work: a slice of a source."""

    source: str
    piece: Slice


def stages(session: Session, named: Sequence[str], window: Window) -> list[list[Task]]:
    """Slices to ingest, in stages: reference lists before what is checked by them."""
    chosen = chosen_sources(session, named)
    today = session.today()

    def tasks(sources: Iterable[Source]) -> list[Task]:
        return [
            Task(s.code, piece)
            for s in sources
            for piece in slices_of(s, Window() if s.builtin else window, today)
        ]

    return [
        tasks(s for s in chosen if s.builtin),
        tasks(s for s in chosen if s.domain == "reference" and not s.builtin),
        tasks(s for s in chosen if s.domain != "reference"),
    ]


# --- one slice ----------------------------------------------------------------------------


def ingest(session: Session, task: Task, steps: Steps | None = None) -> Outcome:
    """Fetch, land, validate and load one slice; every failure becomes its outcome.

    One failing source never stops the others: only a bug of ours leaves this function as
    an exception.
    """
    steps = steps or Steps()
    source = session.sources[task.source]
    begun = time.monotonic()

    def outcome(status: str, **more: Any) -> Outcome:
        return Outcome(
            source.code,
            task.piece.label,
            status,
            seconds=time.monotonic() - begun,
            slice=task.piece.name,
            checked_at=datetime.now(UTC).isoformat(),
            **more,
        )

    if source.key and not source.key.optional and not session.settings.secret(source.key.variable):
        error = ConfigurationError(
            "key_missing", f"no key in {source.key.variable}", hint="set it to use this source"
        )
        return outcome("skipped", error=error.as_dict())
    try:
        with session.ledger.lease(f"{source.code}/{task.piece.name}"):
            state = session.ledger.state(source.code, task.piece.name)
            fetched = Fetched.from_dict(steps.fetch(session, task, state))
            counts, status, shas = steps.load(session, task, state, fetched)
            return outcome(status, counts=counts, raw_sha256=shas)
    except BusyError as error:
        return outcome("busy", error=error.as_dict())
    except NotPublished as error:
        return outcome("not_published", error=error.as_dict())
    except Deferred as error:
        return outcome("deferred", error=error.as_dict())
    except PenataranError as error:
        return outcome("failed", error=error.as_dict())
    except Exception as error:  # noqa: BLE001  a fault of ours in one source must not stop the rest
        traceback.print_exc(file=sys.stderr)
        fault = PenataranError(
            "internal",
            f"a fault of ours: {type(error).__name__}",
            where=f"{source.code}/{task.piece.name}",
            hint="the traceback is on stderr; other sources went on",
        )
        return outcome("failed", error=fault.as_dict())


def fetch_slice(session: Session, task: Task, state: dict[str, Any]) -> dict[str, Any]:
    """The fetch step: JSON in, JSON out, so that an orchestrator can repeat it."""
    source = session.sources[task.source]
    con = connect(session.temp / "duckdb")
    try:
        lists = code_lists.build(con, session.lake)
        fetcher = Fetcher(
            session.gateway,
            session.settings,
            session.region,
            lambda scheme, areas: code_lists.to_partner(con, scheme, areas),
            session.run_id,
            lambda name: builtin.content(name, session.settings, session.sources),
        )
        same = state.get("declaration") == source.sha256 and state.get("codes") == lists.sha256
        return fetcher.fetch(source, task.piece, state, same_rules=same).as_dict()
    finally:
        con.close()


def load_slice(
    session: Session, task: Task, state: dict[str, Any], fetched: Fetched
) -> tuple[Counts, str, tuple[str, ...]]:
    """The step from landed bytes to a load of the lake: counts, status, raw hashes."""
    source, piece = session.sources[task.source], task.piece
    shas = tuple(r.sha256 for r in fetched.receipts)
    if fetched.unchanged or not fetched.receipts:
        _remember(session, task, {**state, "asked_at": fetched.asked_at})
        return Counts(), "unchanged", shas
    con = stage_connection(session.temp / "duckdb")
    try:
        lists = code_lists.build(con, session.lake)
        lists_matter = source.domain != "reference"
        after = {
            "signal": fetched.signal,
            "declaration": source.sha256,
            "codes": lists.sha256,
            "shas": list(shas),
            "asked_at": fetched.asked_at,
            "validators": validators_of(fetched.receipts),
        }
        same_bytes = state.get("shas") == list(shas)
        same_declaration = state.get("declaration") == source.sha256
        same_codes = state.get("codes") == lists.sha256 or not lists_matter
        if same_bytes and same_declaration and same_codes and "counts" in state:
            _remember(session, task, {**after, "counts": state["counts"]})
            return _all_unchanged(state["counts"]), "unchanged", shas
        staged = stage(
            con, session.settings.landing, session.temp, source, piece, fetched.receipts, lists
        )
        failpoint("staged")
        request = gate_request(
            con, source, staged, session.temp, f"{source.code}-{uuid.uuid4().hex}"
        )
        results = session.gate.check(request)
        failpoint("validated")
        error: PenataranError | None = gate_error(results, f"{source.code}/{piece.name}")
        counts = Counts()
        if error is None:
            try:
                asked = origin_values(source, piece, session.region)
                claims = fetched.complete and source.coverage.absence == "withdrawn"
                counts = diff(
                    con, session.lake, source, piece, staged, asked, claims_absence=claims
                )
            except PenataranError as found:
                error = found
        reason = "revised_by_source"
        if same_bytes:
            reason = "reference_changed" if same_declaration else "declaration_changed"
        changed = counts.new + counts.revised + counts.deleted
        refused_before = state.get("counts", {}).get("quarantined", 0)
        if error is None and not changed and counts.quarantined == refused_before and state:
            _remember(session, task, {**after, "counts": counts.as_dict()})
            return counts, "unchanged", shas
        if error is not None:
            counts = Counts(
                staged.fetched, 0, 0, 0, 0, staged.quarantined, staged.duplicates,
                staged.ignored + staged.good,
            )  # fmt: skip
        load_seq, moment = session.ledger.next_load(session.run_id, source.code, piece.name)
        load = Load(load_seq, moment, session.run_id, piece.name, reason)
        commit(
            con, session.lake, source, piece, staged, fetched.receipts, load, counts, lists,
            results, signal=fetched.signal, refused=error is not None,
        )  # fmt: skip
        if error is not None:
            raise error
        _remember(session, task, {**after, "counts": counts.as_dict()})
        return counts, "loaded", shas
    finally:
        con.close()


def _remember(session: Session, task: Task, state: dict[str, Any]) -> None:
    failpoint("state")
    session.ledger.set_state(task.source, task.piece.name, state)


def _all_unchanged(before: dict[str, int]) -> Counts:
    """The same bytes again: what was good is unchanged, the rest is as it was."""
    good = before["new"] + before["revised"] + before["unchanged"]
    return Counts(
        before["fetched"], 0, 0, good, 0, before["quarantined"], before["duplicates"],
        before["ignored"],
    )  # fmt: skip


@dataclass(frozen=True)
class Steps:
    """The two steps of a slice; an orchestrator hands in its own wrappers of them."""

    fetch: Callable[[Session, Task, dict[str, Any]], dict[str, Any]] = fetch_slice
    load: Callable[
        [Session, Task, dict[str, Any], Fetched], tuple[Counts, str, tuple[str, ...]]
    ] = load_slice


# --- the whole run ------------------------------------------------------------------------


def exit_code(outcomes: Sequence[Outcome], *, published: bool) -> int:
    """0 all current; 3 some failed; 4 nothing could be published; 5 all held by another."""
    if outcomes and all(o.status == "busy" for o in outcomes):
        return 5
    if not published:
        return 4
    return 3 if any(o.status in ("failed", "deferred", "busy") for o in outcomes) else 0


def close_run(session: Session, outcomes: Sequence[Outcome], code: int) -> None:
    """The run's own rows, as the last load of the run."""
    load_seq, moment = session.ledger.next_load(session.run_id, "", "run")
    application = f"run/{session.run_id}"

    def append(name: str, rows: list[dict[str, Any]]) -> None:
        table = TABLES[name]
        session.lake.append(
            table,
            lambda: arrow_rows(table, rows),
            application=application,
            load_seq=load_seq,
        )

    if outcomes:
        append(
            "ops_attempt",
            [
                {
                    "run_id": session.run_id,
                    "source": o.source,
                    "slice": o.slice,
                    "load_seq": load_seq,
                    "status": o.status,
                    **o.counts.as_dict(),
                    "error_code": (o.error or {}).get("code"),
                    "error_message": (o.error or {}).get("message"),
                    "checked_at": datetime.fromisoformat(o.checked_at),
                }
                for o in outcomes
            ],
        )
    append(
        "ops_run",
        [
            {
                "run_id": session.run_id,
                "load_seq": load_seq,
                "profile": session.settings.profile,
                "started_at": session.started_at,
                "finished_at": moment,
                "exit_code": code,
                "slices": len(outcomes),
                "failed": sum(o.status == "failed" for o in outcomes),
                "version": VERSION,
            }
        ],
    )
    append(
        "ops_load",
        [
            {
                "load_seq": load_seq,
                "run_id": session.run_id,
                "source": "",
                "slice": "run",
                "table_name": "ops_run",
                "status": "closing",
                **Counts().as_dict(),
                "recorded_at": moment,
            }
        ],
    )


def publish(session: Session) -> dict[str, str]:
    """Apply every finished load, derive marts, show it all at one moment, write the page."""
    from reports.page import write_pages

    failpoint("publish")
    with session.ledger.lease("warehouse", wait_seconds=120):
        session.warehouse.apply(
            session.lake, session.temp / "duckdb", simulated=session.settings.profile == "sandbox"
        )
        failpoint("applied")
        where = session.warehouse.publish()
        failpoint("published")
        pages = write_pages(session.warehouse, session.settings, session.region)
    return {"warehouse": where, **{f"report_{k}": str(v) for k, v in pages.items()}}


def nothing_to_publish(session: Session, outcomes: Sequence[Outcome]) -> bool:
    """True when no slice succeeded and nothing was ever published."""
    fine = any(
        o.status in ("loaded", "unchanged", "not_published")
        and not session.sources[o.source].builtin
        for o in outcomes
    )
    return not fine and not session.warehouse.is_published()


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


def finish(session: Session, outcomes: Sequence[Outcome], named: Sequence[str]) -> Report:
    """Close the run and publish; the report names what was asked for."""
    shown = tuple(
        o
        for o in outcomes
        if not named or o.source in named or o.status not in ("loaded", "unchanged")
    )
    published: dict[str, str] = {}
    if shown and all(o.status == "busy" for o in shown):
        code = 5
    elif nothing_to_publish(session, outcomes):
        code = 4
    else:
        code = exit_code(shown, published=True)
        close_run(session, outcomes, code)
        published = publish(session)
    return Report(
        session.run_id,
        session.settings.profile,
        session.started_at.isoformat(),
        datetime.now(UTC).isoformat(),
        code,
        shown,
        published,
    )


def run_direct(
    settings: Settings,
    named: Sequence[str],
    window: Window,
    progress: Callable[[Outcome], None] = lambda _: None,
    gate: Gate | None = None,
) -> Report:
    """A whole run in this process, without Prefect. A gate that is given stays open."""
    with Session(settings, gate=gate or Gate(), owns_gate=gate is None) as session:
        session.gate.start()
        outcomes: list[Outcome] = []
        for tasks in stages(session, named, window):
            with ThreadPoolExecutor(PARALLEL_SLICES) as pool:
                for outcome in pool.map(lambda t: ingest(session, t), tasks):
                    progress(outcome)
                    outcomes.append(outcome)
        return finish(session, outcomes, named)
