"""The pipeline as a Prefect flow over one task for each slice.

Thin on purpose: what a run does is in `flows.run` and `tasks.ingest`. Parameters, states and
artifacts are readable by all who reach the API, so they carry names and counts, never data or keys.

Prefect keeps the states of tasks by events, so that a slice costs no call of its API; its flows
and concurrency limits cost a dozen. So a slice is a task, and a run takes a provider's turn once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from httpx import HTTPError
from prefect import flow
from prefect import task as step
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException
from prefect.flow_engine import run_flow
from prefect.logging import get_run_logger
from prefect.logging.handlers import APILogHandler
from prefect.states import Crashed, Pending, State

from config.settings import Settings
from flows import run as direct
from flows.orchestration import artifacts, events, states
from flows.orchestration.stopping import end_on_sigterm
from flows.orchestration.turns import NO_TURN, Turns
from schemas.errors import PenataranError
from schemas.model import Words
from tasks.ingest import slices
from tasks.outcome import Outcome, Progress, Report, Silent, Task
from tasks.session import Session
from tasks.slices import window

_sessions: dict[str, Session] = {}
_turns: dict[str, Turns] = {}
_outcomes: dict[tuple[str, str, str], Outcome] = {}
PARENT = "PENATARAN_PARENT_RUN"
"""Environment of a run that a scheduled flow started: the id of that flow run."""
# What is raised where Prefect's server has ended or refuses: Prefect's errors and those of its
# HTTP client, which have no common root.
UNREACHABLE = (HTTPError, PrefectException, *NO_TURN)


class Unreachable(PenataranError):
    """Prefect's server has ended or does not answer; the data do not need it."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__(
            "orchestration",
            f"Prefect's server does not answer ({type(error).__name__})",
            hint="data already loaded are safe; penataran run --direct works without Prefect",
        )


@step(name="slice", cache_policy=NO_CACHE, persist_result=False, task_run_name="{title}")
def slice_(run_id: str, source: str, slice_name: str, title: str) -> State[Any]:
    """One slice of one source, from the partner to the lake."""
    session = _sessions[run_id]
    task = session.tasks[source, slice_name]
    outcome = slices.ingest(session, task)
    _outcomes[run_id, source, slice_name] = outcome
    language = session.settings.language
    level, text = states.log_line(outcome, language)
    get_run_logger().log(level, "%s: %s", title, text)
    return states.of_slice(outcome, language)


def _one(session: Session, task: Task) -> Outcome:
    """A slice as a task of Prefect; once Prefect's server fails the run continues without it."""
    key = (session.run_id, *task.key)
    title = states.title(session.sources[task.source], task.slice)
    with _turns[session.run_id].of(session.provider_of(task)):
        if not session.alone:
            try:
                slice_(*key, title, return_state=True)
            except UNREACHABLE as error:
                _go_on_alone(session, error)
        outcome = _outcomes.pop(key, None)
        return outcome if outcome is not None else slices.ingest(session, task)


def _go_on_alone(session: Session, error: Exception) -> None:
    if not session.alone:
        session.alone = True
        notice = Words(
            "Server Prefect tidak menjawab. Proses berlanjut tanpa Prefect.",
            f"Prefect's server does not answer ({type(error).__name__}). "
            "The run continues without it.",
        )
        print(notice.in_language(session.settings.language), file=sys.stderr)


def _mark_dead_runs(client: SyncPrefectClient, session: Session) -> None:
    """Runs that the orchestrator still shows as running although their process has ended (P08).

    Every run holds a lease with a heartbeat; without it nothing will ever report an end.
    """
    alive = session.ledger.leases.live_runs()
    shown = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["pipeline"])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(
                type=FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
            )
        ),
    )
    for found in shown:
        if found.parameters.get("run_id") not in alive:
            crashed = Crashed(message="its process has ended; the next run continues")
            client.set_flow_run_state(found.id, crashed, force=True)


@flow(name="pipeline", flow_run_name="{title}", validate_parameters=False, persist_result=False)
def pipeline(
    run_id: str, title: str, named: list[str], since: str | None, until: str | None
) -> State[Any]:
    """All due slices, reference lists first; one failing source never stops the others."""
    session, turns = _sessions[run_id], _turns[run_id]
    if session.owns_process:
        end_on_sigterm()
    with get_client(sync_client=True) as client:
        turns.make(client)
        _mark_dead_runs(client, session)
    progress = artifacts.RunProgress(session)

    def batch(tasks: list[Task]) -> list[Outcome]:
        session.tasks.update({t.key: t for t in tasks})
        turns.begin([session.provider_of(t) for t in tasks])
        return direct.ingest_all(session, tasks, progress, _one)

    outcomes = direct.ingest_due(
        session, named, window(since, until), progress, batch, beside=session.beside
    )
    report = direct.finish(session, outcomes, named)
    session.report = report
    if not session.alone:
        artifacts.write(session, report)
        events.emit(report.sources, artifacts.late_sources(session, report))
    return states.of_run(report, session.settings.language)


def _start(session: Session, title: str, parameters: dict[str, Any]) -> State[Any]:
    """The flow, beneath the scheduled flow run that started this process, if one did."""
    parent = os.environ.get(PARENT)
    if not parent:
        state: State[Any] = pipeline(**parameters, return_state=True)
        return state
    with get_client(sync_client=True) as client:
        in_parent = client.create_task_run(
            slice_, UUID(parent), dynamic_key=uuid4().hex, name=title, state=Pending()
        )
        flow_run = client.create_flow_run(
            pipeline, parameters=parameters, name=title, parent_task_run_id=in_parent.id
        )
    state = run_flow(pipeline, flow_run=flow_run, parameters=parameters, return_type="state")
    return state


def run(
    settings: Settings,
    named: Sequence[str],
    since: str | None,
    until: str | None,
    progress: Progress | None = None,
    *,
    accept_deletions: bool = False,
    owns_process: bool = False,
    beside: direct.Beside | None = None,
) -> Report:
    """A whole run under Prefect, whose server PREFECT_API_URL names."""
    with Session(settings, accept_deletions=accept_deletions, shares_partners=True) as session:
        session.owns_process, session.beside = owns_process, beside
        session.progress = progress or Silent()
        direct.chosen_sources(session, named)  # wrong use ends before a server starts
        title = states.run_title(named, since, until, settings.language)
        parameters = {
            "run_id": session.run_id, "title": title, "named": list(named),
            "since": since, "until": until,
        }  # fmt: skip
        _sessions[session.run_id] = session
        _turns[session.run_id] = Turns(session, lambda error: _go_on_alone(session, error))
        cause: Any = None
        try:
            cause = _start(session, title, parameters).result(raise_on_failure=False)
        except UNREACHABLE as error:  # the end of the run could not be reported to Prefect
            cause = error
        finally:
            _turns.pop(session.run_id).close()
            del _sessions[session.run_id]
            # The run's own server ends next; logs that were still on their way would wait a
            # minute for nobody (seen with Prefect 3.8).
            APILogHandler().flush()
        if session.report is None:
            raise cause if isinstance(cause, PenataranError) else Unreachable(cause)
        return session.report
