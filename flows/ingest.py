"""One slice of one source, from the partner to the lake, without an orchestrator.

`flows.pipeline` hands in its own wrappers of the two steps; take them away and this is left.
"""

from __future__ import annotations

import sys
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.session import Outcome, Session, Task
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
from tasks.load import Counts, Load, commit, diff
from tasks.plan import Codes, origin_values
from tasks.validate import gate_error, gate_request, stage
from warehouse.engine import connect
from warehouse.engine import stage as stage_connection


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
    if source.builtin:  # asks nobody, so it needs no code lists
        return (
            _fetcher(session, lambda _scheme, areas: list(areas))
            .fetch(source, task.piece, state, same_rules=False)
            .as_dict()
        )
    con = connect(session.temp / "duckdb")
    try:
        lists = code_lists.build(con, session.lake)
        fetcher = _fetcher(session, lambda s, areas: code_lists.to_partner(con, s, areas))
        same = state.get("declaration") == source.sha256 and state.get("codes") == lists.sha256
        return fetcher.fetch(source, task.piece, state, same_rules=same).as_dict()
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


def load_slice(
    session: Session, task: Task, state: dict[str, Any], fetched: Fetched
) -> tuple[Counts, str, tuple[str, ...]]:
    """The step from landed bytes to a load of the lake: counts, status, raw hashes."""
    source, piece = session.sources[task.source], task.piece
    shas = tuple(r.sha256 for r in fetched.receipts)
    if fetched.unchanged or not fetched.receipts:
        _remember(session, task, {**state, "asked_at": fetched.asked_at})
        return Counts(), "unchanged", shas
    same_bytes = state.get("shas") == list(shas)
    same_declaration = state.get("declaration") == source.sha256
    lists_matter = source.domain != "reference"
    if same_bytes and same_declaration and not lists_matter and "counts" in state:
        _remember(session, task, {**state, "asked_at": fetched.asked_at})
        return _all_unchanged(state["counts"]), "unchanged", shas
    con = stage_connection(session.temp / "duckdb")
    try:
        lists = code_lists.build(con, session.lake)
        after = {
            "signal": fetched.signal,
            "declaration": source.sha256,
            "codes": lists.sha256,
            "shas": list(shas),
            "asked_at": fetched.asked_at,
            "validators": validators_of(fetched.receipts),
        }
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
