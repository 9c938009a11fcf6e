"""One slice of one source, from the partner to the lake, without an orchestrator.

`flows.orchestration.pipeline` passes its own wrappers of the steps (`Steps`).
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.errors import (
    BusyError,
    ConfigurationError,
    DataError,
    Deferred,
    NotPublished,
    PenataranError,
)
from schemas.texts import visible_lines
from tasks.ask.fetch import Fetched
from tasks.ingest.steps import fetch_slice, load_answer, reread_slice, set_aside_reread
from tasks.load.state import SliceState
from tasks.outcome import Counts, Loaded, Outcome, Status, Task
from tasks.session import Session
from warehouse.engine import storage_error

# Signs that the partner's data changed while it was paged: asked once more, then refused (S12).
SHIFTED = ("total_changed", "pages_incomplete", "page_repeated", "page_empty")
STATUS_OF: tuple[tuple[type[PenataranError], Status], ...] = (
    (BusyError, "busy"),
    (NotPublished, "not_published"),
    (Deferred, "deferred"),
)
"""Errors that are a state of the slice, not a failure."""


@dataclass(frozen=True)
class Steps:
    """The steps of a slice; an orchestrator replaces them with its own wrappers."""

    fetch: Callable[[Session, Task, SliceState], Fetched] = fetch_slice
    load: Callable[[Session, Task, SliceState, Fetched], Loaded] = load_answer
    reread: Callable[[Session, Task, SliceState], Loaded] = reread_slice


def ingest(session: Session, task: Task, steps: Steps | None = None) -> Outcome:
    """Fetch, land, read, check and load one slice; every failure becomes its outcome.

    One failing source never stops the others, whatever the failure is.
    """
    begun = time.monotonic()
    try:
        _require_key(session, task)
        with session.ledger.lease(f"{task.source}/{task.slice.scope}") as lease:
            session.leases[task.key] = lease
            loaded = _ingest(session, task, steps or Steps())
        return _outcome(task, begun, loaded.status, loaded)
    except DataError as error:
        refused = Loaded(Counts(**error.counts)) if error.counts else None
        return _outcome(task, begun, _status_of(error), refused, error)
    except PenataranError as error:
        return _outcome(task, begun, _status_of(error), error=error)
    except Exception as error:  # noqa: BLE001  our own bug in one source must not stop the rest
        fault = _fault(session, task, error)
        return _outcome(task, begun, _status_of(fault), error=fault)


def _fault(session: Session, task: Task, error: Exception) -> PenataranError:
    """The error of ours that an unexpected one is."""
    try:
        session.ledger.require(session.lease)
    except PenataranError as overtaken:  # found asleep, and its folder was cleared up
        return overtaken
    if (storage := storage_error(error, task.where)) is not None:
        return storage
    print(visible_lines("".join(traceback.format_exception(error))), file=sys.stderr)
    return PenataranError(
        "internal",
        f"an internal error: {type(error).__name__}",
        where=task.where,
        hint="the traceback is on stderr; the other sources were not affected",
    )


def _status_of(error: PenataranError) -> Status:
    if error.code == "key_missing":
        return "skipped"
    for kind, status in STATUS_OF:
        if isinstance(error, kind):
            return status
    return "failed"


def _outcome(
    task: Task,
    begun: float,
    status: Status,
    loaded: Loaded | None = None,
    error: PenataranError | None = None,
) -> Outcome:
    loaded = loaded or Loaded()
    return Outcome(
        task.source,
        task.slice.label,
        status,
        counts=loaded.counts,
        raw_sha256=loaded.raw_sha256,
        error=error.as_dict() if error else None,
        seconds=time.monotonic() - begun,
        slice=task.slice.name,
        checked_at=datetime.now(UTC).isoformat(),
    )


def _require_key(session: Session, task: Task) -> None:
    """Raise if the partner needs a key and none is set. Landed bytes are read without one."""
    key = session.sources[task.source].key
    if key and not key.optional and not task.reread and not session.settings.secret(key.variable):
        raise ConfigurationError(
            "key_missing", f"the key {key.variable} is not set", hint="set it to use this source"
        )


def _ingest(session: Session, task: Task, steps: Steps) -> Loaded:
    """Read landed bytes again if the rules changed; then ask the partner."""
    if task.reread:
        return _reread_alone(session, task, steps)
    first = Loaded()
    state = session.state_of(task)
    source = session.sources[task.source]
    if not source.is_builtin and state.rules and state.needs_reread(session.rules(source)):
        try:
            first = steps.reread(session, task, state)
        except DataError:
            # The landed bytes do not fit the new declaration, for example after a renamed column.
            # The figures stay as they are; only the partner's next answer must fit.
            set_aside_reread(session, task)
        state = session.state_of(task)
    return first + _ask(session, task, state, steps)


def _ask(session: Session, task: Task, state: SliceState, steps: Steps) -> Loaded:
    try:
        return steps.load(session, task, state, steps.fetch(session, task, state))
    except DataError as error:
        if error.code not in SHIFTED:
            raise
    return steps.load(session, task, state, steps.fetch(session, task, state))


def _reread_alone(session: Session, task: Task, steps: Steps) -> Loaded:
    try:
        return steps.reread(session, task, session.state_of(task))
    except DataError:
        set_aside_reread(session, task)  # reported once; `quarantine retry` reports it again
        raise
