"""The pipeline as Prefect flows: `pipeline` over stages, `ingest` for each slice.

Thin on purpose: every step is a function of `tasks.ingest` and `flows.run`. Parameters,
results and artifacts are readable by all who reach the API, so they carry names and counts,
never data or keys.
"""

from __future__ import annotations

import asyncio
import html
import sys
from collections.abc import Callable, Sequence
from typing import Any

from httpx import HTTPError
from prefect import flow
from prefect import task as step
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.concurrency._asyncio import (  # no public names
    AcquireConcurrencySlotTimeoutError,
    ConcurrencySlotAcquisitionError,
)
from prefect.concurrency.sync import concurrency
from prefect.exceptions import PrefectException
from prefect.logging.handlers import APILogHandler
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Crashed, Failed
from prefect.tasks import exponential_backoff

from config.settings import Settings
from flows import run as direct
from flows.orchestration.stopping import end_on_sigterm
from reports.freshness import TROUBLES, fresh_rows, in_words, late_since, standing
from reports.words import word
from schemas.errors import NotPublished, PenataranError
from schemas.marks import SIMULATED
from schemas.model import Words
from tasks.ask.fetch import Fetched
from tasks.ingest import slices
from tasks.ingest.steps import fetch_slice, load_answer, reread_slice
from tasks.load.state import SliceState
from tasks.outcome import Loaded, Outcome, Report, Task
from tasks.session import Session
from tasks.slices import window

_sessions: dict[str, Session] = {}
_outcomes: dict[tuple[str, str, str], Outcome] = {}
STATE_WORDS = 300
TURN_SECONDS = 600.0  # for a provider's turn among all runs; then the run asks Prefect no more
# What is raised where Prefect's server has ended or refuses: Prefect's errors and those of its
# HTTP client, which have no common root.
UNREACHABLE = (
    HTTPError,
    PrefectException,
    ConcurrencySlotAcquisitionError,
    AcquireConcurrencySlotTimeoutError,
)


class Unreachable(PenataranError):
    """Prefect's server has ended or does not answer; the data do not need it."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__(
            "orchestration",
            f"Prefect's server does not answer ({type(error).__name__})",
            hint="data already loaded are safe; penataran run --direct works without Prefect",
        )


def _find(session: Session, source: str, slice_name: str) -> Task:
    return session.tasks[(source, slice_name)]


def _is_transient(_task: Any, _run: Any, state: Any) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, PenataranError) and error.transient


@step(
    name="fetch",
    retries=1,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_transient,
    cache_policy=NO_CACHE,
    persist_result=False,
    task_run_name="fetch {source}/{slice_name}",
)
def fetch(run_id: str, source: str, slice_name: str) -> dict[str, Any]:
    """Ask the partner; returns receipts, not data."""
    session = _sessions[run_id]
    task = _find(session, source, slice_name)
    provider = session.sources[source].provider.code
    with concurrency(limit_name(provider), occupy=1, strict=True, timeout_seconds=TURN_SECONDS):
        try:
            return fetch_slice(session, task, session.state_of(task)).as_dict()
        except NotPublished as error:  # a state, not a failure: no red task for it
            return {"not_published": error.as_dict()}


@step(
    name="load",
    cache_policy=NO_CACHE,
    persist_result=False,
    task_run_name="load {source}/{slice_name}",
)
def load(
    run_id: str, source: str, slice_name: str, fetched: dict[str, Any] | None
) -> dict[str, Any]:
    """Validate the landed bytes and write one load. Without an answer, those of the past."""
    session = _sessions[run_id]
    task = _find(session, source, slice_name)
    state = session.state_of(task)
    if fetched is None:
        return reread_slice(session, task, state).as_dict()
    return load_answer(session, task, state, Fetched.from_dict(fetched)).as_dict()


def _by_prefect(of_prefect: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """A step as a task of Prefect; `Unreachable` if Prefect's server does not take it."""
    try:
        return of_prefect(*given)
    except UNREACHABLE as error:
        raise Unreachable(error) from error


def _fetch_step(session: Session, task: Task, _state: SliceState) -> Fetched:
    found = _by_prefect(fetch, session.run_id, *task.key)
    if "not_published" in found:
        raise NotPublished(**found["not_published"])
    return Fetched.from_dict(found)


def _load_step(session: Session, task: Task, _state: SliceState, fetched: Fetched) -> Loaded:
    return Loaded.from_dict(_by_prefect(load, session.run_id, *task.key, fetched.as_dict()))


def _reread_step(session: Session, task: Task, _state: SliceState) -> Loaded:
    return Loaded.from_dict(_by_prefect(load, session.run_id, *task.key, None))


STEPS = slices.Steps(fetch=_fetch_step, load=_load_step, reread=_reread_step)


@flow(
    name="ingest",
    flow_run_name="{source}/{slice_name}",
    validate_parameters=False,
    persist_result=False,
)
def ingest(run_id: str, source: str, slice_name: str) -> Any:
    """One slice of one source, from the partner to the lake."""
    session = _sessions[run_id]
    outcome = slices.ingest(session, _find(session, source, slice_name), STEPS)
    _outcomes[(run_id, source, slice_name)] = outcome
    if outcome.status == "failed" and outcome.error:
        return Failed(message=f"{outcome.error['code']}: {outcome.error['message']}"[:STATE_WORDS])
    return Completed(message=outcome.status)


def _one(session: Session, task: Task) -> Outcome:
    """A slice as a separate flow; once Prefect's server fails the run continues without it."""
    key = (session.run_id, *task.key)
    if not session.alone:
        try:
            ingest(*key, return_state=True)
        except UNREACHABLE as error:
            _go_on_alone(session, error)
    outcome = _outcomes.pop(key, None)
    if outcome is None or outcome.error_code == "orchestration":
        return slices.ingest(session, task)
    return outcome


def _go_on_alone(session: Session, error: Exception) -> None:
    if not session.alone:
        session.alone = True
        notice = Words(
            "Server Prefect tidak menjawab. Proses berlanjut tanpa Prefect.",
            f"Prefect's server does not answer ({type(error).__name__}). "
            "The run continues without it.",
        )
        print(notice.in_language(session.settings.language), file=sys.stderr)


def limit_name(provider: str) -> str:
    return f"provider-{provider}"


def _limits(session: Session) -> dict[str, int]:
    """How many slices of each provider are asked for at a time."""
    found: dict[str, int] = {}
    for source in session.sources.values():
        provider = source.provider.code
        found[provider] = max(2, source.limits.concurrency, found.get(provider, 0))
    return found


async def _make_limits(session: Session) -> None:
    """Concurrency limits must exist: a missing one would pass in silence.

    A killed run's turns stay taken: the server that would have ended them ended with it (Prefect
    keeps leases in memory). Where no other run lives, none is taken.
    """
    none_taken = GlobalConcurrencyLimitUpdate(active_slots=0)
    is_alone = session.ledger.leases.live_runs() <= {session.run_id}
    async with get_client() as client:
        for provider, limit in _limits(session).items():
            name = limit_name(provider)
            await client.upsert_global_concurrency_limit_by_name(name, limit=limit)
            if is_alone:
                await client.update_global_concurrency_limit(name, none_taken)


async def _mark_dead_runs(session: Session) -> None:
    """Runs that the orchestrator still shows as running although their process has ended (P08).

    Every run holds a lease with a heartbeat; without it nothing will ever report an end.
    """
    alive = session.ledger.leases.live_runs()
    async with get_client() as client:
        shown = await client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=["pipeline", "ingest"])),
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(
                    type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
                )
            ),
        )
        for found in shown:
            if found.parameters.get("run_id") not in alive:
                crashed = Crashed(message="its process has ended; the next run continues")
                await client.set_flow_run_state(found.id, crashed, force=True)


@flow(name="pipeline", flow_run_name="{run_id}", validate_parameters=False, persist_result=False)
async def pipeline(run_id: str, named: list[str], since: str | None, until: str | None) -> Any:
    """All due slices, reference lists first; one failing source never stops the others."""
    session = _sessions[run_id]
    if session.owns_process:
        end_on_sigterm()
    await _make_limits(session)
    await _mark_dead_runs(session)
    outcomes = direct.broken_outcomes(session, named)
    for broken in outcomes:
        session.progress(broken)
    gate = asyncio.Semaphore(direct.PARALLEL_SLICES)
    # A slice that waits for its provider's turn takes nobody's place here. Prefect's limit is for
    # runs side by side: who meets it waits for whole seconds (Prefect 3.8 answers 423).
    turns = {provider: asyncio.Semaphore(limit) for provider, limit in _limits(session).items()}

    async def one(task: Task) -> Outcome:
        async with turns[session.sources[task.source].provider.code], gate:
            outcome = await asyncio.to_thread(_one, session, task)
        session.progress(outcome)
        return outcome

    # Each slice's end would wait for the thread of its heartbeat, which sleeps by whole seconds
    # (Prefect 3.8). The run keeps its own; the run's lease shows whether a slice still runs.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        for tasks in direct.batches(session, named, window(since, until)):
            session.tasks.update({t.key: t for t in tasks})
            outcomes += await asyncio.gather(*(one(t) for t in tasks))
    report = await asyncio.to_thread(direct.finish, session, outcomes, named)
    session.report = report
    await _artifacts(session, report)
    failed = sum(o.status == "failed" for o in outcomes)
    if failed:
        return Failed(message=f"{failed} of {len(outcomes)} slices failed; the rest is published")
    return Completed(message=f"exit code {report.exit_code}")


def _cell(value: object) -> str:
    """A text for a table or Markdown: escaped, one line (X08)."""
    text = html.escape(str(value if value is not None else ""), quote=True)
    return text.replace("|", "&#124;").replace("\n", " ").replace("`", "&#96;")


async def _artifacts(session: Session, report: Report) -> None:
    """Run summary, rejects and freshness, for operators in the UI."""
    mark = f" ({SIMULATED})" if report.profile == "sandbox" else ""
    summary = [
        {k: _cell(v) for k, v in o.as_dict().items() if k not in ("raw_sha256", "error")}
        | {"error": _cell(o.error_code)}
        for o in report.sources
    ]
    await create_table_artifact(
        key="run-summary", table=summary, description=f"Run {report.run_id}{mark}"
    )
    rejects = [
        {"source": o.source, "period": o.period, "rows set aside": str(o.counts.quarantined)}
        for o in report.sources
        if o.counts.quarantined
    ]
    await create_table_artifact(
        key="rejects",
        table=rejects,
        description=f"Refused rows; reasons: penataran quarantine list{mark}",
    )
    await create_markdown_artifact(
        key="freshness", markdown=_freshness(session, report), description=f"Freshness{mark}"
    )


def _freshness(session: Session, report: Report) -> str:
    """Slices of the run, then every source whose figures are not what its calendar promises."""
    lines = ["| source | status | checked |", "|---|---|---|"]
    lines += [
        f"| {_cell(o.source)} | {_cell(o.status)} | {_cell(o.checked_at)} |" for o in report.sources
    ]
    today, language = session.today(), session.settings.language
    lines += ["", f"| {word('source', language)} | {word('state', language)} |", "|---|---|"]
    for code, row in _fresh_rows(session).items():
        state = standing(row, today)
        if state in TROUBLES:
            text = in_words(state, late_since(row, today), language)
            lines.append(f"| {_cell(code)} | {_cell(text)} |")
    return "\n".join(lines)


def _fresh_rows(session: Session) -> dict[str, dict[str, Any]]:
    """Rows of the mart of freshness; none where nothing can be read: the run has ended well or
    badly before this."""
    try:
        return fresh_rows(session.warehouse)
    except PenataranError:
        return {}


def run(
    settings: Settings,
    named: Sequence[str],
    since: str | None,
    until: str | None,
    progress: Callable[[Outcome], None] = lambda _: None,
    *,
    accept_deletions: bool = False,
    owns_process: bool = False,
) -> Report:
    """A whole run under Prefect, whose server PREFECT_API_URL names."""
    with Session(settings, accept_deletions=accept_deletions) as session:
        session.owns_process = owns_process
        session.progress = progress
        direct.chosen_sources(session, named)  # wrong use ends before a server starts
        _sessions[session.run_id] = session
        try:
            state = asyncio.run(
                pipeline(session.run_id, list(named), since, until, return_state=True)
            )
            cause = state.result(raise_on_failure=False)
        except UNREACHABLE as error:  # the end of the run could not be reported to Prefect
            cause = error
        finally:
            del _sessions[session.run_id]
            # The run's own server ends next; logs that were still on their way would wait a
            # minute for nobody (seen with Prefect 3.8).
            APILogHandler().flush()
        if session.report is None:
            raise cause if isinstance(cause, PenataranError) else Unreachable(cause)
        return session.report
