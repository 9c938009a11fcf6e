"""One slice of one source, from the partner to the lake, without an orchestrator.

`flows.orchestration.pipeline` hands in its own wrappers of the two steps; take them away and
this is left.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.errors import (
    BusyError,
    ConfigurationError,
    DataError,
    Deferred,
    NotPublished,
    PenataranError,
    StorageError,
)
from tasks.ask import builtin
from tasks.ask.fetch import Fetched, Fetcher
from tasks.ask.plan import Codes
from tasks.load.commit import Counts
from tasks.load.loading import (
    code_lists_in,
    known_state,
    load_slice,
    needs_reread,
    rules_now,
    set_aside_reread,
)
from tasks.read import codes as code_lists
from tasks.session import Outcome, Session, Task
from warehouse.engine import connect

# Signs that the partner's data changed while it was paged: asked once more, then refused (S12).
SHIFTED = ("total_changed", "pages_incomplete", "page_repeated")


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
            task.slice.label,
            status,
            seconds=time.monotonic() - begun,
            slice=task.slice.name,
            checked_at=datetime.now(UTC).isoformat(),
            **more,
        )

    has_key = not source.key or session.settings.secret(source.key.variable)
    if source.key and not source.key.optional and not has_key and not task.reread:
        error = ConfigurationError(
            "key_missing", f"no key in {source.key.variable}", hint="set it to use this source"
        )
        return outcome("skipped", error=error.as_dict())
    try:
        with session.ledger.lease(f"{source.code}/{task.slice.scope}") as lease:
            session.leases[(source.code, task.slice.name)] = lease
            counts, status, shas = _ingest(session, task, steps)
            return outcome(status, counts=counts, raw_sha256=shas)
    except BusyError as error:
        return outcome("busy", error=error.as_dict())
    except NotPublished as error:
        return outcome("not_published", error=error.as_dict())
    except Deferred as error:
        return outcome("deferred", error=error.as_dict())
    except PenataranError as error:
        return outcome("failed", error=error.as_dict())
    except OSError as error:  # no room, no permission, no descriptor (P03, P05)
        fault = StorageError(
            "storage",
            error.strerror or str(error),
            where=str(error.filename or f"{source.code}/{task.slice.name}"),
            hint="check space, permissions and limits; what readers see is whole",
        )
        return outcome("failed", error=fault.as_dict())
    except Exception as error:  # noqa: BLE001  a fault of ours in one source must not stop the rest
        traceback.print_exc(file=sys.stderr)
        bug = PenataranError(
            "internal",
            f"a fault of ours: {type(error).__name__}",
            where=f"{source.code}/{task.slice.name}",
            hint="the traceback is on stderr; other sources went on",
        )
        return outcome("failed", error=bug.as_dict())


Loaded = tuple[Counts, str, tuple[str, ...]]


def _ingest(session: Session, task: Task, steps: Steps) -> Loaded:
    """Old bytes by new rules first, where the rules changed; then what the partner says."""
    if task.reread:
        return _reread_alone(session, task, steps)
    first: Loaded = (Counts(), "unchanged", ())
    state = known_state(session, task)
    if needs_reread(session, task, state):
        try:
            first = steps.load(session, task, state, Fetched.again())
        except DataError:
            # The bytes of old do not fit the new declaration, as after a renamed column. The
            # figures stay as they were read; the partner's answer now is what must fit.
            set_aside_reread(session, task)
        state = known_state(session, task)
    for last_try in (False, True):
        try:
            fetched = Fetched.from_dict(steps.fetch(session, task, state))
            second = steps.load(session, task, state, fetched)
            break
        except DataError as error:
            if last_try or error.code not in SHIFTED:
                raise
    status = "loaded" if "loaded" in (first[1], second[1]) else "unchanged"
    return first[0] + second[0], status, (*first[2], *second[2])


def _reread_alone(session: Session, task: Task, steps: Steps) -> Loaded:
    try:
        return steps.load(session, task, known_state(session, task), Fetched.again())
    except DataError:
        set_aside_reread(session, task)  # said once; `quarantine retry` says it again
        raise


def fetch_slice(session: Session, task: Task, state: dict[str, Any]) -> dict[str, Any]:
    """The fetch step: JSON in, JSON out, so that an orchestrator can repeat it."""
    source = session.sources[task.source]
    if source.builtin:  # asks nobody, so it needs no code lists
        return (
            _fetcher(session, lambda _scheme, areas: list(areas))
            .fetch(source, task.slice, state, same_rules=False)
            .as_dict()
        )
    con = connect(session.temp / "duckdb")
    try:
        lists = code_lists_in(con, session)
        fetcher = _fetcher(session, lambda s, areas: code_lists.to_partner(con, s, areas))
        same = (
            state.get("rules") == rules_now(source, lists)
            and state.get("declaration") == source.sha256
        )
        return fetcher.fetch(source, task.slice, state, same_rules=same).as_dict()
    finally:
        con.close()


def _fetcher(session: Session, codes: Codes) -> Fetcher:
    return Fetcher(
        session.gateway,
        session.settings,
        session.region,
        codes,
        session.run_id,
        lambda name: builtin.content(name, session.settings, session.sources),
    )


@dataclass(frozen=True)
class Steps:
    """The two steps of a slice; an orchestrator hands in its own wrappers of them."""

    fetch: Callable[[Session, Task, dict[str, Any]], dict[str, Any]] = fetch_slice
    load: Callable[[Session, Task, dict[str, Any], Fetched], Loaded] = load_slice
