"""From landed bytes to one load of the lake, and the state that lets the next run skip.

A slice's state says what its last load was read from and by which rules. It counts only while
the lake's last load of the scope is the one that the state names: whatever came in between, a
crash, a refusal, another range of the same figures, makes it void.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import DataError, PenataranError
from tasks.ask.fetch import Fetched, validators_of
from tasks.ask.plan import origin_values
from tasks.check.compare import cross_check, unit_error
from tasks.failpoints import failpoint
from tasks.landing import manifest
from tasks.landing.land import let_cool
from tasks.landing.manifest import Generation
from tasks.load.commit import Counts, Evidence, Fence, Load, commit
from tasks.load.diff import diff
from tasks.read import codes as code_lists
from tasks.read.codes import CodeLists
from tasks.read.staging import gate_error, gate_request, stage
from tasks.session import Session, Task
from warehouse.engine import connect
from warehouse.engine import stage as stage_connection

if TYPE_CHECKING:
    import duckdb


def rules_now(source: Source, lists: CodeLists) -> dict[str, str]:
    """Identity of everything that decides what bytes mean: declaration, code, code lists."""
    return {
        "declaration": source.reading_sha256,
        "reader": manifest.reader_of(source),
        "codes": "" if source.domain == "reference" else lists.sha256,
    }


def change_reason(before: dict[str, str], now: dict[str, str]) -> str:
    """Why the same bytes may give other figures."""
    if before.get("declaration") != now["declaration"]:
        return "declaration_changed"
    return "correction" if before.get("reader") != now["reader"] else "reference_changed"


def known_state(session: Session, task: Task) -> dict[str, Any]:
    """The slice's state, or, if it is void, only since when to ask for increments."""
    source = session.sources[task.source]
    state = session.ledger.state(task.source, task.slice.name)
    last = session.lake.last(TABLES["ops_load"], f"{source.code}/{task.slice.scope}")
    if state and state.get("load_seq") == last:
        return state
    return {k: v for k, v in state.items() if k in ("asked_at", "piece", "void")} | (
        {"void": True} if state else {}
    )


def code_lists_in(con: duckdb.DuckDBPyConnection, session: Session) -> CodeLists:
    """Table `codes` in a connection, as this run knows the lists: built from the lake once,
    and again after a reference list was loaded."""
    with session.codes_lock:
        if session.codes is None:
            lists = code_lists.build(con, session.lake)
            path = session.temp / f"codes-{uuid.uuid4().hex}.parquet"
            code_lists.keep(con, path)
            session.codes = (lists, path)
            return lists
        lists, path = session.codes
    code_lists.again(con, path)
    return lists


def _lists(session: Session) -> CodeLists:
    if session.codes is None:
        con = connect(session.temp / "duckdb")
        try:
            return code_lists_in(con, session)
        finally:
            con.close()
    return session.codes[0]


def needs_reread(session: Session, task: Task, state: dict[str, Any]) -> bool:
    """True when the slice was loaded by other rules than today's, from bytes that are here."""
    source = session.sources[task.source]
    if source.builtin or not state.get("rules"):
        return False
    before = state["rules"]
    lists = _lists(session)
    return bool(before != rules_now(source, lists) and state.get("load_seq"))


def set_aside_reread(session: Session, task: Task) -> None:
    """Do not try these bytes by these rules again until either changes."""
    source = session.sources[task.source]
    state = session.ledger.state(task.source, task.slice.name)
    rules = rules_now(source, _lists(session))
    _store(session, task, {**state, "rules": rules, "shas": [], "signal": "", "validators": {}})


def load_slice(
    session: Session, task: Task, state: dict[str, Any], fetched: Fetched
) -> tuple[Counts, str, tuple[str, ...]]:
    """The step from landed bytes to a load of the lake: counts, status, raw hashes.

    Raises DataError when the batch is refused, BusyError when another run wrote meanwhile.
    """
    source = session.sources[task.source]
    shas = tuple(r.sha256 for r in fetched.receipts)
    if not fetched.reread and (fetched.unchanged or not fetched.receipts):
        _store(session, task, {**state, "asked_at": fetched.asked_at})
        return Counts(), "unchanged", shas
    con = stage_connection(session.temp / "duckdb")
    try:
        lists = code_lists_in(con, session)
        rules = rules_now(source, lists)
        # The same bytes say something else when they stand for all, not for what changed.
        same_bytes = (
            "counts" in state
            and state.get("shas") == list(shas)
            and state.get("complete") == fetched.complete
        )
        if not fetched.reread and same_bytes and state.get("rules") == rules:
            after = _state_after(session, task, state, fetched, rules)
            _store(session, task, {**after, "counts": state["counts"]})
            return _all_unchanged(state["counts"]), "unchanged", shas
        if fetched.reread:
            reason = change_reason(state.get("rules", {}), rules)
        else:
            reason = change_reason(state["rules"], rules) if same_bytes else "revised_by_source"
        return _load(con, session, task, state, fetched, lists, reason)
    finally:
        con.close()
        for sha in shas:
            let_cool(session.temp, sha)


def _load(
    con: duckdb.DuckDBPyConnection,
    session: Session,
    task: Task,
    state: dict[str, Any],
    fetched: Fetched,
    lists: CodeLists,
    reason: str,
) -> tuple[Counts, str, tuple[str, ...]]:
    source, slice_ = session.sources[task.source], task.slice
    fence = Fence.of(session.lake, source, slice_)
    session.gate.start()  # it imports for seconds, so it does while the rows are staged
    generations = _generations(con, session, task, fetched)
    shas = tuple(r.sha256 for g in generations for r in g.receipts)
    staged = stage(con, session.settings.landing, session.temp, source, generations, lists)
    warning = cross_check(con, session.lake, source, staged)
    staged.warnings += [warning] if warning else []
    failpoint("staged")
    request = gate_request(con, source, staged, session.temp, f"{source.code}-{uuid.uuid4().hex}")
    results = session.gate.check(request)
    failpoint("validated")
    error: PenataranError | None = gate_error(results, f"{source.code}/{slice_.name}")
    error = error or unit_error(con, session.lake, source, staged)
    counts = Counts()
    if error is None:
        try:
            counts = diff(
                con, session.lake, source, staged, generations,
                accept_deletions=session.accept_deletions,
            )  # fmt: skip
        except DataError as found:
            error = found
    rules = rules_now(source, lists)
    after = _state_after(session, task, state, fetched, rules)
    changed = counts.new + counts.revised + counts.deleted
    refused_before = state.get("counts", {}).get("quarantined")
    if error is None and not changed and counts.quarantined == refused_before:
        _store(session, task, {**after, "counts": counts.as_dict()})
        return counts, "unchanged", shas
    if error is not None:
        counts = Counts(
            staged.fetched, 0, 0, 0, 0, staged.quarantined, staged.duplicates,
            staged.ignored + staged.good,
        )  # fmt: skip
    manifest.keep_declaration(session.settings.landing, source)
    lease = session.leases.get((source.code, slice_.name))
    number, moment = session.ledger.next_load(session.run_id, source.code, slice_.name, lease)
    load = Load(number, moment, session.run_id, slice_, reason, fetched.reread)
    commit(
        con, session.lake, source, staged, load, fence, counts,
        Evidence.of(source, staged, generations, load, results),
        {
            "declaration_sha256": source.sha256,
            "reader_sha256": rules["reader"],
            "codes_sha256": lists.sha256,
            "signal": fetched.signal,
            "manifest": manifest.manifest_text(generations, reread=fetched.reread),
        },
        refused=error is not None,
    )  # fmt: skip
    if error is not None:
        raise error
    if source.domain == "reference":
        session.codes = None
    if fetched.reread and len(generations) > 1:
        after["shas"] = []  # the counts below are of all of them together
    _store(session, task, {**after, "load_seq": number, "counts": counts.as_dict()})
    return counts, "loaded", shas


def _generations(
    con: duckdb.DuckDBPyConnection, session: Session, task: Task, fetched: Fetched
) -> list[Generation]:
    source, slice_ = session.sources[task.source], task.slice
    if fetched.reread:
        found = manifest.known_generations(con, session.lake, source, slice_)
        if not found:
            raise DataError(
                "nothing_to_reread", "no landed bytes are known for this slice", where=slice_.name,
                hint="it was loaded by a version that kept no manifest; the next run fetches it",
            )  # fmt: skip
        return found
    asked = origin_values(source, slice_, session.region)
    return [Generation(slice_, fetched.receipts, fetched.complete, asked)]


def _state_after(
    session: Session, task: Task, state: dict[str, Any], fetched: Fetched, rules: dict[str, str]
) -> dict[str, Any]:
    """What the next run may rely on. Re-reading old bytes learns nothing new of the partner,
    so what was asked and signalled stays; a changed request drops it in `fetch_slice`."""
    source = session.sources[task.source]
    application = f"{source.code}/{task.slice.scope}"
    base = {
        "load_seq": session.lake.last(TABLES["ops_load"], application),
        "rules": rules,
        "piece": Generation(task.slice, (), False, {}).as_dict()["piece"],
    }
    if fetched.reread:
        kept = ("asked_at", "signal", "declaration", "shas", "complete", "validators")
        return {**base, **{k: state[k] for k in kept if k in state}}
    return {
        **base,
        "asked_at": fetched.asked_at,
        "signal": fetched.signal,
        "declaration": source.sha256,
        "shas": [r.sha256 for r in fetched.receipts],
        "complete": fetched.complete,
        "validators": validators_of(fetched.receipts),
    }


def _store(session: Session, task: Task, state: dict[str, Any]) -> None:
    failpoint("state")
    session.ledger.set_state(task.source, task.slice.name, state)


def _all_unchanged(before: dict[str, int]) -> Counts:
    """The same bytes again: what was good is unchanged, the rest is as it was."""
    good = before["new"] + before["revised"] + before["unchanged"]
    return Counts(
        before["fetched"], 0, 0, good, 0, before["quarantined"], before["duplicates"],
        before["ignored"],
    )  # fmt: skip


def slices_by_old_rules(session: Session, source: Source, due: set[str]) -> list[Task]:
    """Slices that no due run touches, and whose figures were read by other rules than today's.

    A changed declaration or reader concerns all of them; changed code lists those with refused
    rows, which may now pass.
    """
    if source.builtin:
        return []
    lists = _lists(session)
    now = rules_now(source, lists)
    found = []
    for name, state in sorted(session.ledger.states(source.code).items()):
        before = state.get("rules")
        if name in due or not before or "piece" not in state or not state.get("load_seq"):
            continue
        refused = state.get("counts", {}).get("quarantined", 0)
        other_code = (before["declaration"], before["reader"]) != (
            now["declaration"], now["reader"],
        )  # fmt: skip
        if other_code or (refused and before["codes"] != now["codes"]):
            found.append(Task(source.code, manifest.slice_from(state["piece"]), reread=True))
    return found


def slices_with_refusals(session: Session, source: Source) -> list[Task]:
    """Slices whose newest load refused rows, or was refused whole."""
    con = connect(session.temp / "duckdb")
    try:
        session.lake.view(con, TABLES["ops_load"], "loads_of_source")
        rows = con.execute(
            "SELECT manifest FROM loads_of_source WHERE source = ? AND manifest IS NOT NULL "
            "QUALIFY row_number() OVER (PARTITION BY slice ORDER BY load_seq DESC) = 1 "
            "AND quarantined > 0",
            [source.code],
        ).fetchall()
    finally:
        con.close()
    return [
        Task(source.code, manifest.generations_in(text)[-1].slice, reread=True) for (text,) in rows
    ]
