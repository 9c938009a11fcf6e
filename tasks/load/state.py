"""The state of a slice: what its last load was read from, and what the next run may skip.

A state is valid only while the lake's last load of the scope is the one that it names. After a
crash, a refused load or a load of another range of the same figures it is void.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from config.source import Source
from tasks.ask.fetch import Fetched
from tasks.ask.question import LastAnswer, Question, validators_of
from tasks.landing.manifest import slice_as_dict, slice_from
from tasks.outcome import Counts
from tasks.read.codes import CodeLists
from tasks.read.identity import reader_of
from tasks.slices import Slice

ChangeReason = Literal[
    "revised_by_source",
    "declaration_changed",
    "correction",
    "reference_changed",
]


@dataclass(frozen=True)
class Rules:
    """Identity of everything that decides what bytes mean: declaration, code, code lists."""

    declaration: str
    reader: str
    codes: str

    @classmethod
    def of(cls, source: Source, lists: CodeLists) -> Rules:
        codes = "" if source.domain == "reference" else lists.sha256
        return cls(source.reading_sha256, reader_of(source), codes)

    def change_reason(self, now: Rules) -> ChangeReason:
        """Why the same bytes may have other figures by the present rules."""
        if self.declaration != now.declaration:
            return "declaration_changed"
        return "correction" if self.reader != now.reader else "reference_changed"


@dataclass(frozen=True)
class SliceState:
    """What is known of a slice's last load. An empty one knows nothing."""

    slice: Slice | None = None
    load_seq: int = 0  # the lake's last load of the scope; 0 in a void state
    rules: Rules | None = None
    shas: tuple[str, ...] | None = None  # the bytes that `counts` are of
    complete: bool = False
    counts: Counts | None = None
    last: LastAnswer = field(default_factory=LastAnswer)
    is_known: bool = True

    @classmethod
    def unknown(cls) -> SliceState:
        return cls(is_known=False)

    # --- what the next run may skip ---

    @property
    def last_answer(self) -> LastAnswer | None:
        """What the next fetch may rely on; None if the slice was never asked for."""
        return self.last if self.is_known else None

    def may_skip(self, fetched: Fetched, rules: Rules) -> bool:
        """True when the received bytes need not be read: there are none, or they are the same
        answer as in the last load and the rules are the same."""
        if fetched.unchanged or not fetched.receipts:
            return True
        return self.is_same_answer(fetched) and self.rules == rules

    def is_same_answer(self, fetched: Fetched) -> bool:
        """True when the last load read the same bytes as an answer to this question. A complete
        answer and an increment are different answers, even with the same bytes."""
        return (
            self.counts is not None
            and self.shas == fetched.shas
            and self.complete == fetched.complete
            and self.last.covers(fetched.question)
        )

    def same_rules(self, source: Source, rules: Rules) -> bool:
        """True when the source's signal may end a fetch: rules and declaration are the same."""
        return self.rules == rules and self.last.declaration == source.sha256

    def needs_reread(self, rules: Rules) -> bool:
        """True when the slice was loaded by other rules than the present ones."""
        return bool(self.load_seq) and self.rules is not None and self.rules != rules

    def needs_reread_unasked(self, rules: Rules) -> bool:
        """The same for a slice that no run asks for. A changed declaration or reader concerns every
        such slice; changed code lists only those with refused rows, which may pass now."""
        if not self.needs_reread(rules) or self.slice is None:
            return False
        assert self.rules is not None
        if replace(self.rules, codes=rules.codes) != rules:
            return True
        return bool(self.counts and self.counts.quarantined)

    def change_reason(self, fetched: Fetched, rules: Rules) -> ChangeReason:
        """Why figures of this answer may differ from what is known."""
        if self.rules is not None and self.is_same_answer(fetched):
            return self.rules.change_reason(rules)
        return "revised_by_source"

    def reread_reason(self, rules: Rules) -> ChangeReason:
        """Why figures may differ when the landed bytes are read again."""
        return self.rules.change_reason(rules) if self.rules else "declaration_changed"

    # --- what a run leaves behind ---

    def void(self) -> SliceState:
        """The state after other loads of the scope: only since when to ask still holds."""
        return SliceState(slice=self.slice, last=self.last.forget_all_but_time())

    def after_nothing_new(self, fetched: Fetched) -> SliceState:
        """The partner was asked and nothing was received."""
        last = replace(self.last, asked_at=fetched.asked_at, question=fetched.question)
        return replace(self, last=last, is_known=True)

    def set_aside(self, rules: Rules) -> SliceState:
        """The landed bytes do not fit these rules: not tried again until one of them changes."""
        last = replace(self.last, signal="", validators={})
        return replace(self, rules=rules, shas=(), last=last)

    def after_answer(
        self, slice_: Slice, source: Source, fetched: Fetched, rules: Rules, counts: Counts
    ) -> SliceState:
        """The state after an answer was read. The caller sets the number of its load."""
        return SliceState(
            slice=slice_,
            rules=rules,
            shas=fetched.shas,
            complete=fetched.complete,
            counts=counts,
            last=LastAnswer(
                asked_at=fetched.asked_at,
                question=fetched.question,
                signal=fetched.signal,
                declaration=source.sha256,
                validators=validators_of(fetched.receipts),
            ),
        )

    def after_reread(
        self, slice_: Slice, rules: Rules, counts: Counts, *, answers: int
    ) -> SliceState:
        """The state after landed bytes were read again; the partner was not asked. Counts of
        several answers together are not the counts of one answer, so `shas` is empty then."""
        shas = self.shas if answers == 1 else ()
        return replace(self, slice=slice_, rules=rules, counts=counts, shas=shas, is_known=True)

    # --- as text in the ledger ---

    def to_json(self) -> str:
        if not self.is_known:
            return "{}"
        last = self.last
        return json.dumps(
            {
                "slice": slice_as_dict(self.slice) if self.slice else None,
                "load_seq": self.load_seq,
                "rules": asdict(self.rules) if self.rules else None,
                "shas": list(self.shas) if self.shas is not None else None,
                "complete": self.complete,
                "counts": self.counts.as_dict() if self.counts else None,
                "asked_at": last.asked_at,
                "question": last.question.as_dict() if last.question else None,
                "signal": last.signal,
                "declaration": last.declaration,
                "validators": dict(last.validators),
            },
            sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str | None) -> SliceState:
        """A state as the ledger has it. Homes of older versions lack the question, call the
        slice `piece`, and leave out what is not known."""
        raw: Mapping[str, Any] = json.loads(text) if text else {}
        if not raw:
            return cls.unknown()
        slice_ = raw.get("slice") or raw.get("piece")
        shas, question = raw.get("shas"), raw.get("question")
        return cls(
            slice=slice_from(slice_) if slice_ else None,
            load_seq=raw.get("load_seq") or 0,
            rules=Rules(**raw["rules"]) if raw.get("rules") else None,
            shas=tuple(shas) if shas is not None else None,
            complete=bool(raw.get("complete")),
            counts=Counts(**raw["counts"]) if raw.get("counts") else None,
            last=LastAnswer(
                asked_at=raw.get("asked_at") or "",
                question=Question.from_dict(question) if question else None,
                signal=raw.get("signal") or "",
                declaration=raw.get("declaration") or "",
                validators=raw.get("validators") or {},
            ),
        )
