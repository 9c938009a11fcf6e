"""One run, without an orchestrator: which slices, how it ends, what it publishes.

`flows.orchestration.pipeline` wraps these same functions in Prefect flows and tasks. Take the
decorators away and this is what is left (`penataran run --direct`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from config.declarations import Declared
from config.settings import Settings
from config.source import Source
from flows import erasure, open_data
from reports.inputs import forget
from schemas.catalogue import TABLES
from schemas.errors import BusyError, ConfigurationError, ErrorFacts, StorageError
from schemas.nearest import near
from tasks.check.gate import Gate
from tasks.failpoints import failpoint
from tasks.home import note_loads
from tasks.ingest.order import in_turn
from tasks.ingest.rereads import slices_by_old_rules, slices_with_refusals
from tasks.ingest.slices import ingest
from tasks.landing.manifest import mirror
from tasks.load.record import closing_row, record_operations
from tasks.outcome import Outcome, Progress, Report, Silent, Task
from tasks.session import Session
from tasks.slices import Window, slices_of
from warehouse.leases import Held
from warehouse.rewrites import compact

SLICES_UNDER_WAY = 32
SLICES_OF_PROVIDER = 16
CROWDED_FILES = 64

Beside = Callable[[Session], None]
"""What else is done while partners answer, once the built-in lists are loaded."""


def check_named(settings: Settings, declared: Declared, named: Sequence[str]) -> None:
    """Raise ConfigurationError unless each named source exists, has its key and is asked for. One
    whose declaration is broken fails in the run itself (`broken_outcomes`)."""
    sources = declared.sources
    named = [code for code in named if code in sources or code not in declared.broken]
    unknown = [code for code in named if code not in sources]
    if unknown:
        raise ConfigurationError(
            "unknown_source",
            f"source {', '.join(unknown)} does not exist{near(unknown[0], sources)}",
            hint="penataran sources lists them",
        )
    for code in named:
        key = sources[code].key
        if key and not key.optional and not settings.secret(key.variable):
            raise ConfigurationError(
                "key_missing", f"{code} needs {key.variable}", hint="see docs/configuration.md"
            )
    files = [code for code in named if sources[code].is_file]
    if files:
        raise ConfigurationError(
            "arrives_as_files",
            f"{', '.join(files)} arrives as files",
            hint="penataran intake FILE",
        )


def chosen_sources(session: Session, named: Sequence[str]) -> list[Source]:
    """The sources of a run, reference first; a named one must exist and have its key."""
    check_named(session.settings, Declared(session.sources, session.broken), named)
    return [
        s
        for s in session.sources.values()
        if not s.is_file and (not named or s.code in named or s.is_builtin)
    ]


def batches(
    session: Session, named: Sequence[str], window: Window, progress: Progress | None = None
) -> Iterator[list[Task]]:
    """Tasks in batches: reference lists before what is checked by them.

    The last is made when it is asked for, when those before are loaded: it holds the slices outside
    today's window that were read by rules which no longer hold. `progress` hears how many follow.
    """
    progress = progress or Silent()
    chosen = chosen_sources(session, named)
    today = session.today()

    def tasks(sources: Iterable[Source]) -> list[Task]:
        return [
            Task(s.code, slice_)
            for s in sources
            for slice_ in slices_of(s, Window() if s.is_builtin else window, today)
        ]

    built_in = tasks(s for s in chosen if s.is_builtin)
    lists = tasks(s for s in chosen if s.domain == "reference" and not s.is_builtin)
    due = tasks(s for s in chosen if s.domain != "reference")
    progress.begin(len(built_in) + len(lists) + len(due))
    yield built_in
    yield lists
    yield due
    if window.is_open:
        names = {(t.source, t.slice.name) for t in due}
        old = [
            task
            for s in chosen
            for task in slices_by_old_rules(session, s, {n for c, n in names if c == s.code})
        ]
        progress.begin(len(old))
        yield old


def broken_outcomes(session: Session, named: Sequence[str]) -> list[Outcome]:
    """An outcome for each broken declaration that the run is about: a failure of that source,
    which stops no other."""
    return [
        Outcome(
            code,
            "",
            "failed",
            error=error.as_dict(),
            slice="declaration",
            checked_at=session.started_at.isoformat(),
        )
        for code, error in session.broken.items()
        if not named or code in named
    ]


# --- the end of a run -------------------------------------------------------------------------


def exit_code(outcomes: Sequence[Outcome], *, published: bool) -> int:
    """0 all current; 3 some failed; 4 nothing could be published; 5 all held by another. What
    another run holds beside it is no failure: that run loads and publishes it."""
    if outcomes and all(o.status == "busy" for o in outcomes):
        return 5
    if not published:
        return 4
    return 3 if any(o.status in ("failed", "deferred") for o in outcomes) else 0


def close_run(session: Session, outcomes: Sequence[Outcome], code: int) -> None:
    """The run's own rows, as the last load of the run."""
    load_seq, moment = session.ledger.next_load(session.run_id, "", "run")
    attempts = [
        {
            "run_id": session.run_id,
            "source": o.source,
            "slice": o.slice,
            "load_seq": load_seq,
            "status": o.status,
            **o.counts.as_dict(),
            "error_code": o.error_code or None,
            "error_message": o.error["message"] if o.error else None,
            "checked_at": datetime.fromisoformat(o.checked_at),
        }
        for o in outcomes
    ]
    run = {
        "run_id": session.run_id,
        "load_seq": load_seq,
        "profile": session.settings.profile,
        "started_at": session.started_at,
        "finished_at": moment,
        "exit_code": code,
        "slices": len(outcomes),
        "failed": sum(o.status == "failed" for o in outcomes),
        "version": version("penataran"),
    }
    record_operations(
        session.lake,
        f"run/{session.run_id}",
        {"ops_attempt": attempts, "ops_run": [run]},
        closing_row(load_seq, session.run_id, "run", "ops_run", moment),
    )


def publish(session: Session, erased: Sequence[str] = ()) -> dict[str, str]:
    """Apply every finished load, derive marts, show it all at one moment, write the page. After an
    erasure the warehouse is made again: its old file still holds the rows."""
    from reports.page import write_pages

    erased = erased or erasure.resume(session)
    failpoint("publish")
    with session.ledger.lease("warehouse", wait_seconds=120) as lease:

        def held() -> None:
            session.ledger.require(lease)

        apply_lake(session, held, rebuild=bool(erased))
        failpoint("applied")
        if erased:
            session.warehouse.reclaim()
        where = session.warehouse.publish(held)
        failpoint("published")
        keep_copies(session)
        held()
        pages = write_pages(session.warehouse, session.settings, session.region)
        if erased:
            open_data.withdraw(session.settings)
            for leftover in session.settings.state.glob("working.duckdb*.damaged"):
                leftover.unlink()
        for sha256 in erased:
            erasure.finish(session, sha256)
    return {"warehouse": where, **{f"report_{k}": v for k, v in pages.items()}}


def apply_lake(session: Session, held: Held = lambda: None, *, rebuild: bool = False) -> int:
    """Apply every finished load of the lake to the warehouse, marts with it. Returns how many."""
    if rebuild:
        forget(session.settings)
    loads = session.warehouse.apply(
        session.lake,
        session.temp / "duckdb",
        simulated=session.settings.profile == "sandbox",
        rebuild=rebuild,
        held=held,
    )
    with session.connection() as con:
        note_loads(session.ledger, session.lake, con, session.settings.landing)
    return loads


def keep_copies(session: Session) -> None:
    """Landing's own copy of every finished load: what `rebuild --from landing` needs."""
    with session.connection() as con:
        mirror(con, session.lake, session.settings.landing)


def tidy(session: Session) -> None:
    """Join the small files of tables that have many; another run doing it is as good."""
    crowded = [t for t in TABLES.values() if session.lake.is_crowded(t, CROWDED_FILES)]
    if not crowded:
        return
    try:
        with session.connection() as con, session.ledger.lease("maintenance") as lease:
            for table in crowded:
                compact(
                    session.lake,
                    con,
                    table,
                    at_least=CROWDED_FILES // 2,
                    leavings=(),
                    held=lambda: session.ledger.require(lease),
                )
    except BusyError:
        return


def nothing_to_publish(session: Session, outcomes: Sequence[Outcome]) -> bool:
    """True when no slice succeeded and nothing was ever published."""
    fine = any(
        o.status in ("loaded", "unchanged", "not_published")
        and not session.sources[o.source].is_builtin
        for o in outcomes
    )
    return not fine and not session.warehouse.is_published()


def finish(session: Session, outcomes: Sequence[Outcome], named: Sequence[str]) -> Report:
    """Close the run and publish; the report names what was asked for."""
    shown = tuple(
        o
        for o in outcomes
        if not named or o.source in named or o.status not in ("loaded", "unchanged")
    )
    published: dict[str, str] = {}
    unpublished: ErrorFacts | None = None
    if shown and all(o.status == "busy" for o in shown):
        code = 5
    elif nothing_to_publish(session, outcomes):
        code = 4
    else:
        code = exit_code(shown, published=True)
        close_run(session, outcomes, code)
        try:
            published = publish(session)
            tidy(session)
        except StorageError as error:
            # The lake has the loads; readers keep what they had, the next run applies the rest.
            code, unpublished = 4, error.as_dict()
    return Report(
        session.run_id,
        session.settings.profile,
        session.started_at.isoformat(),
        datetime.now(UTC).isoformat(),
        code,
        shown,
        published,
        unpublished,
    )


def run_direct(
    settings: Settings,
    named: Sequence[str],
    window: Window,
    progress: Progress | None = None,
    gate: Gate | None = None,
    *,
    accept_deletions: bool = False,
    beside: Beside | None = None,
) -> Report:
    """A whole run in this process, without Prefect. A gate that is given stays open."""
    progress = progress or Silent()
    with Session(
        settings, gate=gate or Gate(), owns_gate=gate is None, accept_deletions=accept_deletions
    ) as session:
        batch = partial(ingest_all, session, progress=progress)
        outcomes = ingest_due(session, named, window, progress, batch, beside=beside)
        return finish(session, outcomes, named)


def ingest_due(
    session: Session,
    named: Sequence[str],
    window: Window,
    progress: Progress,
    batch: Callable[[list[Task]], list[Outcome]],
    *,
    beside: Beside | None = None,
) -> list[Outcome]:
    """The outcomes of all that is due, batch by batch; `beside` is done while partners answer."""
    outcomes = broken_outcomes(session, named)
    progress.begin(len(outcomes))
    for outcome in outcomes:
        progress.one(outcome)
    with ThreadPoolExecutor(1) as pool:
        waiting: list[Future[None]] = []
        for tasks in batches(session, named, window, progress):
            asks = any(not session.sources[t.source].is_builtin for t in tasks)
            if beside and asks and not waiting:
                waiting.append(pool.submit(copy_context().run, beside, session))
            outcomes += batch(tasks)
        for done in waiting:
            done.result()
    return outcomes


def ingest_all(
    session: Session,
    tasks: Sequence[Task],
    progress: Progress,
    one: Callable[[Session, Task], Outcome] = ingest,
) -> list[Outcome]:
    """The outcomes of some slices, in their order. Many are under way at once, a few of each
    provider, so that a slow partner does not keep the others waiting."""
    queues: dict[str, deque[Task]] = {}
    for task in in_turn(tasks, session.loaded_slices):
        queues.setdefault(session.provider_of(task), deque()).append(task)
    running: dict[Future[Outcome], Task] = {}
    found: dict[tuple[str, str], Outcome] = {}
    with ThreadPoolExecutor(SLICES_UNDER_WAY) as pool:
        while len(found) < len(tasks):
            for task in _next_ones(queues, [session.provider_of(t) for t in running.values()]):
                running[pool.submit(copy_context().run, one, session, task)] = task
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(done)
                found[task.key] = done.result()
                progress.one(found[task.key])
    return [found[task.key] for task in tasks]


def _next_ones(queues: dict[str, deque[Task]], under_way: list[str]) -> Iterator[Task]:
    """Take from the queues what may begin beside the slices of these providers."""
    for provider, queue in queues.items():
        while (
            queue
            and len(under_way) < SLICES_UNDER_WAY
            and under_way.count(provider) < SLICES_OF_PROVIDER
        ):
            under_way.append(provider)
            yield queue.popleft()


def retry_quarantine(
    settings: Settings,
    named: Sequence[str],
    progress: Progress | None = None,
    gate: Gate | None = None,
) -> Report:
    """Read the landed bytes of every slice with refused rows again, by today's rules."""
    progress = progress or Silent()
    with Session(settings, gate=gate or Gate(), owns_gate=gate is None) as session:
        chosen = [s for s in chosen_sources(session, named) if not s.is_builtin]
        tasks = [t for s in chosen for t in slices_with_refusals(session, s)]
        progress.begin(len(tasks))
        outcomes = broken_outcomes(session, named) + ingest_all(session, tasks, progress)
        return finish(session, outcomes, named)
