"""The steps of one slice: fetch, load what was received, read landed bytes again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from schemas.errors import BusyError, DataError, NotPublished
from tasks.ask import builtin
from tasks.ask.fetch import Fetched, Fetcher
from tasks.ask.plan import Codes, origin_values
from tasks.failpoints import failpoint
from tasks.ingest import held
from tasks.landing.land import drop_unpacked
from tasks.landing.manifest import Generation, keep_declaration, manifest_text
from tasks.load.commit import Overlap
from tasks.load.record import Load, Provenance
from tasks.load.slice_load import SliceLoad
from tasks.load.state import ChangeReason, Rules, SliceState
from tasks.outcome import Counts, Loaded, LoadedStatus, Task
from tasks.read.staging import Staged
from tasks.session import Session

DIFFS = 5  # how often a slice is compared again while other slices write the same keys
_After = Callable[[Counts], SliceState]


def fetch_slice(session: Session, task: Task, state: SliceState) -> Fetched:
    """Ask the partner and land every answer. Raises SourceError, DataError or NotPublished; of a
    partner that has nothing any more, the error `gone`."""
    source = session.sources[task.source]
    if source.is_builtin:  # no partner is asked, so no code lists are needed
        fetcher = _fetcher(session, lambda _scheme, areas: list(areas))
        return fetcher.fetch(source, task.slice, state.last_answer, same_rules=False)
    fetcher = replace(
        _fetcher(session, session.to_partner),
        newest_if_late=lambda: held.newest_if_late(session, task),
    )
    same_rules = state.same_rules(source, session.rules(source))
    try:
        with session.turn_of(source.provider.code):
            fetched = fetcher.fetch(source, task.slice, state.last_answer, same_rules=same_rules)
    except NotPublished as nothing:
        raise held.gone(session, task) or nothing from None
    if not fetched.receipts and not fetched.unchanged:
        error = held.gone(session, task)
        if error is not None:
            raise error
    return fetched


def _fetcher(session: Session, to_partner: Codes) -> Fetcher:
    return Fetcher(
        session.gateway,
        session.settings,
        session.region,
        to_partner,
        session.run_id,
        lambda name: builtin.content(name, session.settings, session.sources),
        all_declared=not session.broken,
    )


def load_answer(session: Session, task: Task, state: SliceState, fetched: Fetched) -> Loaded:
    """Load what was received as one load of the lake, or skip it if nothing can change.

    Raises DataError if the batch is refused, BusyError if another run wrote meanwhile.
    """
    source = session.sources[task.source]
    try:
        if state.may_skip(fetched, session.rules(source)):
            return _skip(session, task, state, fetched)
        asked = origin_values(source, task.slice, session.region)
        generation = Generation(task.slice, fetched.receipts, fetched.complete, asked)
        with session.slots.taken(), SliceLoad(session.stores, source, [generation]) as slice_load:
            rules = Rules.of(source, slice_load.lists)

            def after(counts: Counts) -> SliceState:
                return state.after_answer(task.slice, source, fetched, rules, counts)

            signal, reason = fetched.signal, state.change_reason(fetched, rules)
            known = state.counts.quarantined if state.counts else None
            step = _Load(session, task, slice_load, reason, signal, known_refused=known)
            return step.run(after)
    finally:
        for sha in fetched.shas:
            drop_unpacked(session.temp, sha)


def _skip(session: Session, task: Task, state: SliceState, fetched: Fetched) -> Loaded:
    if fetched.unchanged or not fetched.receipts:
        _store(session, task, state.after_nothing_new(fetched))
        status = "unchanged" if fetched.unchanged else _status_of_nothing(session, task)
        return Loaded(status=status, raw_sha256=fetched.shas)
    assert state.counts is not None
    assert state.rules is not None
    source = session.sources[task.source]
    after = state.after_answer(task.slice, source, fetched, state.rules, state.counts)
    _store(session, task, replace(after, load_seq=state.load_seq))
    counts = state.counts.all_unchanged()
    return Loaded(counts, _status(session, task, counts), fetched.shas)


def _status(session: Session, task: Task, counts: Counts) -> LoadedStatus:
    """What an answer without a change is: one without a single row is not even `unchanged`, where
    nothing of the slice is held."""
    return _status_of_nothing(session, task) if counts.is_empty else "unchanged"


def _status_of_nothing(session: Session, task: Task) -> LoadedStatus:
    return "unchanged" if held.has_figures(session, task) else "not_published"


def reread_slice(session: Session, task: Task, state: SliceState) -> Loaded:
    """Landed bytes of the slice, read again by today's rules.

    Raises DataError when there are none, or when they do not fit these rules.
    """
    source = session.sources[task.source]
    generations = session.landed(task)
    if not generations:
        raise DataError(
            "nothing_to_reread",
            "no landed bytes are known for this slice",
            where=task.where,
            hint="an old version loaded it without a manifest; the next run fetches it again",
        )
    with session.slots.taken(), SliceLoad(session.stores, source, generations) as slice_load:
        rules = Rules.of(source, slice_load.lists)

        def after(counts: Counts) -> SliceState:
            return state.after_reread(task.slice, rules, counts, answers=len(generations))

        reason = state.reread_reason(rules)
        known = state.counts.quarantined if state.counts else None
        step = _Load(session, task, slice_load, reason, "", known_refused=known, reread=True)
        return step.run(after)


def set_aside_reread(session: Session, task: Task) -> None:
    """Remember that these bytes do not fit these rules: not tried again until one changes."""
    state = SliceState.from_json(session.ledger.state(*task.key))
    rules = session.rules(session.sources[task.source])
    _store(session, task, state.set_aside(rules))


class _Load:
    """The four steps of a slice's load in a run, and what they leave in lake and ledger."""

    def __init__(
        self,
        session: Session,
        task: Task,
        slice_load: SliceLoad,
        reason: ChangeReason,
        signal: str,
        *,
        known_refused: int | None,
        reread: bool = False,
    ) -> None:
        self.session = session
        self.task = task
        self.slice_load = slice_load
        self.reason = reason
        self.signal = signal
        self.known_refused = known_refused  # refused rows of the last load
        self.reread = reread

    def run(self, after: _After) -> Loaded:
        session, task, slice_load = self.session, self.task, self.slice_load
        session.gate.gather_while(session.slots.is_busy)
        session.gate.start()  # its imports take seconds, so they run while rows are staged
        staged = slice_load.read()
        error = slice_load.check(session.gate)
        for _ in range(DIFFS):
            try:
                return self._decide(after, staged, error)
            except Overlap:
                continue
        raise BusyError(
            "overlap",
            f"{DIFFS} times another load of {task.source} wrote rows of the same keys meanwhile",
            where=task.where,
            hint="the next run continues; figures already loaded stay",
        )

    def _decide(self, after: _After, staged: Staged, error: DataError | None) -> Loaded:
        """Compare with what is known, and commit. Raises Overlap where that has changed."""
        session, task, slice_load = self.session, self.task, self.slice_load
        counts = Counts()
        if error is None:
            try:
                counts = slice_load.diff(accept_deletions=session.accept_deletions)
                # A changed declaration may correct a unit: landed bytes are not stopped.
                error = slice_load.compare(may_stop=not self.reread)
            except DataError as refusal:
                error = refusal
        if error is not None:
            refused = slice_load.refused_counts()
            self._commit(refused=refused)
            error.counts = refused.as_dict()
            raise error
        if counts.is_empty and slice_load.generations[-1].complete and not self.reread:
            gone = held.gone(session, task)
            if gone is not None:
                raise gone
        if self._is_nothing_new(counts):
            # Another run may have loaded meanwhile: then the state is void.
            _store(session, task, replace(after(counts), load_seq=slice_load.known_load))
            return Loaded(counts, _status(session, task, counts), staged.shas)
        number = self._commit()
        if slice_load.source.domain == "reference":
            session.forget_code_lists()
        _store(session, task, replace(after(counts), load_seq=number))
        return Loaded(counts, "loaded", staged.shas)

    def _is_nothing_new(self, counts: Counts) -> bool:
        """True when nothing changed, and as many rows are refused as before; of a first answer,
        when it has no row at all."""
        if counts.changed:
            return False
        if counts.is_empty and self.known_refused is None:
            return True
        return counts.quarantined == self.known_refused

    def _commit(self, refused: Counts | None = None) -> int:
        session, task, slice_load = self.session, self.task, self.slice_load
        source = slice_load.source
        keep_declaration(session.settings.landing, source)
        lease = session.leases.get(task.key)
        number, moment = session.ledger.next_load(session.run_id, *task.key, lease)
        load = Load(number, moment, session.run_id, task.slice, self.reason, self.reread)
        provenance = Provenance(
            declaration_sha256=source.sha256,
            reader_sha256=Rules.of(source, slice_load.lists).reader,
            codes_sha256=slice_load.lists.sha256,
            signal=self.signal,
            manifest=manifest_text(slice_load.generations, reread=self.reread),
            raw_sha256s=slice_load.staged.shas,
        )
        slice_load.commit(load, provenance, refused=refused, lease=lease)
        return number


def _store(session: Session, task: Task, state: SliceState) -> None:
    failpoint("state")
    session.ledger.set_state(*task.key, state.to_json())
