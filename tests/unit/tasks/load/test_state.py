"""What the next run may skip: the truth table of a slice's state, and its text in the ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source import Source
from tasks.ask.fetch import Fetched
from tasks.ask.question import LastAnswer, Question
from tasks.landing.land import Receipt
from tasks.landing.manifest import slice_as_dict
from tasks.load.state import ChangeReason, Rules, SliceState
from tasks.outcome import Counts
from tasks.slices import Slice
from tests.conftest import TOY

pytestmark = pytest.mark.fast

TOY_SOURCE = Source(code="toy", **TOY)
WHOLE = Slice("toy", "daily", "all", date(2020, 1, 1), date(2026, 11, 24), ())
RULES = Rules("declaration", "reader", "codes")
OTHER_RULES = [
    Rules("another", "reader", "codes"),
    Rules("declaration", "another", "codes"),
    Rules("declaration", "reader", "another"),
]
COUNTS = Counts(fetched=3, new=2, quarantined=1)


def question(*currencies: str, since: int = 2020, request: str = "template") -> Question:
    return Question(request, date(since, 1, 1), {"currency": currencies})


def receipt(sha: str, **more: Any) -> Receipt:
    return Receipt(sha, "toy", "daily/all", "GET", "/rates", 200, {}, "2026-11-24T08:00:00+00:00",
                   9, "declaration", "run", **more)  # fmt: skip


def answer(*shas: str, **more: Any) -> Fetched:
    """What a fetch brought: whole, to the question that the known state answered."""
    told = {"signal": "", "complete": True, "asked_at": "2026-11-24T08:00:00+00:00",
            "question": question("JPY"), **more}  # fmt: skip
    return Fetched(tuple(receipt(sha) for sha in shas), **told)


KNOWN = SliceState(
    slice=WHOLE,
    load_seq=7,
    rules=RULES,
    shas=("a", "b"),
    complete=True,
    counts=COUNTS,
    last=LastAnswer(
        asked_at="2026-11-23T08:00:00+00:00",
        question=question("JPY"),
        signal="signal",
        declaration=TOY_SOURCE.sha256,
        validators={"/rates": {"etag": '"1"', "last_modified": None, "receipt": {}}},
    ),
)
SAME = answer("a", "b")
UNASKED = replace(KNOWN, last=replace(KNOWN.last, question=None))  # by a version without questions


class TestMaySkip:
    """One row a case: what is known, what was received, today's rules, and the answer."""

    @pytest.mark.parametrize(
        ("known", "received", "rules", "expected"),
        [
            pytest.param(*case, id=name)
            for name, *case in [
                # Nothing was received: there is nothing to read, whatever is known.
                ("no receipts", KNOWN, answer(), RULES, True),
                ("no receipts, other rules", KNOWN, answer(), OTHER_RULES[0], True),
                ("no receipts, nothing known", SliceState.unknown(), answer(), RULES, True),
                ("signal unchanged", KNOWN, answer(unchanged=True), RULES, True),
                ("signal unchanged, bytes or not", KNOWN, answer("c", unchanged=True), RULES, True),
                ("signal unchanged, other rules", KNOWN, answer(unchanged=True), OTHER_RULES[0],
                 True),
                # The very bytes of the last load.
                ("same answer", KNOWN, SAME, RULES, True),
                ("never loaded", SliceState.unknown(), SAME, RULES, False),
                ("loads came in between", KNOWN.void(), SAME, RULES, False),
                ("set aside", KNOWN.set_aside(RULES), SAME, RULES, False),
                ("counts unknown", replace(KNOWN, counts=None), SAME, RULES, False),
                ("bytes unknown", replace(KNOWN, shas=None), SAME, RULES, False),
                ("rules unknown", replace(KNOWN, rules=None), SAME, RULES, False),
                # Other bytes.
                ("other bytes", KNOWN, answer("a", "c"), RULES, False),
                ("one answer more", KNOWN, answer("a", "b", "c"), RULES, False),
                ("one answer less", KNOWN, answer("a"), RULES, False),
                ("in another order", KNOWN, answer("b", "a"), RULES, False),
                # The same bytes stand for something else.
                ("all, was a change", replace(KNOWN, complete=False), SAME, RULES, False),
                ("a change, was all", KNOWN, answer("a", "b", complete=False), RULES, False),
                ("a change both times", replace(KNOWN, complete=False),
                 answer("a", "b", complete=False), RULES, True),
                # They answer another question.
                ("one value more", KNOWN, answer("a", "b", question=question("AUD", "JPY")),
                 RULES, False),
                ("no value", KNOWN, answer("a", "b", question=question()), RULES, True),
                ("another value", KNOWN, answer("a", "b", question=question("AUD")), RULES, False),
                ("an earlier start", KNOWN, answer("a", "b", question=question("JPY", since=2019)),
                 RULES, False),
                ("a later start", KNOWN, answer("a", "b", question=question("JPY", since=2021)),
                 RULES, True),
                ("another request", KNOWN, answer("a", "b", question=question("JPY", request="x")),
                 RULES, False),
                ("a question, was none", UNASKED, SAME, RULES, False),
                ("no question, as of files", UNASKED, answer("a", "b", question=None), RULES, True),
                # They mean something else.
                ("another declaration", KNOWN, SAME, OTHER_RULES[0], False),
                ("another reader", KNOWN, SAME, OTHER_RULES[1], False),
                ("other code lists", KNOWN, SAME, OTHER_RULES[2], False),
            ]
        ],
    )  # fmt: skip
    def test_received_bytes_are_read_unless(
        self, known: SliceState, received: Fetched, rules: Rules, expected: bool
    ) -> None:
        assert known.may_skip(received, rules) is expected

    @pytest.mark.parametrize("same", list(product([True, False], repeat=5)))
    def test_every_condition_must_hold_at_once(self, same: tuple[bool, ...]) -> None:
        counts, shas, complete, asked, rules = same
        known = replace(KNOWN, counts=COUNTS if counts else None)
        received = answer(
            *(("a", "b") if shas else ("c",)),
            complete=complete,
            question=question("JPY") if asked else question("AUD", "JPY"),
        )
        assert known.may_skip(received, RULES if rules else OTHER_RULES[0]) is all(same)


class TestLastAnswer:
    def test_a_slice_that_was_never_asked_for_has_no_last_answer(self) -> None:
        assert SliceState.unknown().last_answer is None

    def test_a_void_state_still_says_since_when_to_ask(self) -> None:
        assert KNOWN.void().last_answer == LastAnswer(KNOWN.last.asked_at, question("JPY"))

    @pytest.mark.parametrize(
        ("rules", "source", "expected"),
        [
            (RULES, TOY_SOURCE, True),
            (OTHER_RULES[0], TOY_SOURCE, False),
            (OTHER_RULES[1], TOY_SOURCE, False),
            (OTHER_RULES[2], TOY_SOURCE, False),
            (RULES, TOY_SOURCE.model_copy(update={"quirks_id": "baru"}), False),
        ],
    )
    def test_a_signal_may_end_a_fetch_only_while_nothing_here_changed(
        self, rules: Rules, source: Source, expected: bool
    ) -> None:
        assert KNOWN.same_rules(source, rules) is expected


class TestNeedsReread:
    @pytest.mark.parametrize("rules", OTHER_RULES)
    def test_other_rules_than_those_of_the_load(self, rules: Rules) -> None:
        assert KNOWN.needs_reread(rules)

    @pytest.mark.parametrize(
        "known",
        [KNOWN, SliceState.unknown(), KNOWN.void(), replace(KNOWN, load_seq=0),
         replace(KNOWN, rules=None), KNOWN.set_aside(OTHER_RULES[0])],
    )  # fmt: skip
    def test_no_load_by_other_rules_is_known(self, known: SliceState) -> None:
        rules = RULES if known is KNOWN else OTHER_RULES[0]
        assert not known.needs_reread(rules)

    @pytest.mark.parametrize(
        ("rules", "refused", "expected"),
        [
            (RULES, 1, False),
            (OTHER_RULES[0], 0, True),  # declaration
            (OTHER_RULES[1], 0, True),  # reader
            (OTHER_RULES[2], 0, False),  # code lists: every row passed
            (OTHER_RULES[2], 1, True),  # the refused row may now pass
        ],
    )
    def test_a_slice_that_no_run_asks_for(self, rules: Rules, refused: int, expected: bool) -> None:
        known = replace(KNOWN, counts=Counts(fetched=3, new=3 - refused, quarantined=refused))
        assert known.needs_reread_unasked(rules) is expected

    def test_without_counts_no_refused_row_waits_for_other_code_lists(self) -> None:
        known = replace(KNOWN, counts=None)
        assert not known.needs_reread_unasked(OTHER_RULES[2])
        assert known.needs_reread_unasked(OTHER_RULES[1])

    def test_a_slice_whose_range_is_not_known_cannot_be_read_again(self) -> None:
        assert not replace(KNOWN, slice=None).needs_reread_unasked(OTHER_RULES[0])


class TestReasons:
    """Why a figure may differ: the partner, or we."""

    BY_RULES = [
        (OTHER_RULES[0], "declaration_changed"),
        (OTHER_RULES[1], "correction"),
        (OTHER_RULES[2], "reference_changed"),
        (Rules("another", "another", "another"), "declaration_changed"),
        (Rules("declaration", "another", "another"), "correction"),
    ]

    @pytest.mark.parametrize(("rules", "reason"), BY_RULES)
    def test_the_same_answer_differs_by_our_rules(self, rules: Rules, reason: ChangeReason) -> None:
        assert KNOWN.change_reason(SAME, rules) == reason
        assert KNOWN.reread_reason(rules) == reason

    @pytest.mark.parametrize(
        ("known", "received"),
        [
            (KNOWN, answer("c")),
            (KNOWN, answer("a", "b", complete=False)),
            (KNOWN, answer("a", "b", question=question("AUD", "JPY"))),
            (KNOWN.void(), SAME),
            (replace(KNOWN, rules=None), SAME),
            (SliceState.unknown(), SAME),
        ],
    )
    def test_another_answer_differs_by_the_partner(
        self, known: SliceState, received: Fetched
    ) -> None:
        assert known.change_reason(received, OTHER_RULES[1]) == "revised_by_source"

    def test_bytes_of_unknown_rules_are_read_again_by_a_new_declaration(self) -> None:
        assert KNOWN.void().reread_reason(RULES) == "declaration_changed"


class TestWhatARunLeaves:
    def test_other_loads_in_between_leave_only_since_when_to_ask(self) -> None:
        assert KNOWN.void() == SliceState(
            slice=WHOLE, last=LastAnswer(KNOWN.last.asked_at, question("JPY"))
        )

    def test_nothing_new_moves_only_the_time_and_the_question(self) -> None:
        later = answer(asked_at="2026-11-30T08:00:00+00:00", question=question("JPY", since=2021))
        after = KNOWN.after_nothing_new(later)
        assert after.last.asked_at == "2026-11-30T08:00:00+00:00"
        assert after.last.question == question("JPY", since=2021)
        back = replace(after.last, asked_at=KNOWN.last.asked_at, question=KNOWN.last.question)
        assert replace(after, last=back) == KNOWN

    def test_nothing_at_the_first_question_is_known_too(self) -> None:
        after = SliceState.unknown().after_nothing_new(answer())
        assert after.last_answer == LastAnswer(answer().asked_at, question("JPY"))

    def test_bytes_that_do_not_fit_are_set_aside_until_rules_or_answer_change(self) -> None:
        after = KNOWN.set_aside(OTHER_RULES[0])
        assert not after.needs_reread(OTHER_RULES[0])
        assert after.needs_reread(RULES)
        assert (after.shas, after.last.signal, after.last.validators) == ((), "", {})
        assert (after.load_seq, after.last.question) == (7, question("JPY"))

    def test_an_answer_is_all_that_is_known_afterwards(self) -> None:
        received = answer("c", signal="later", complete=False, question=question("AUD", "JPY"))
        counts = Counts(fetched=1, unchanged=1)
        after = KNOWN.after_answer(WHOLE, TOY_SOURCE, received, OTHER_RULES[1], counts)
        assert after == SliceState(
            slice=WHOLE,
            load_seq=0,  # who writes to the lake knows it
            rules=OTHER_RULES[1],
            shas=("c",),
            complete=False,
            counts=counts,
            last=LastAnswer(received.asked_at, question("AUD", "JPY"), "later", TOY_SOURCE.sha256),
        )
        assert after.may_skip(received, OTHER_RULES[1])

    def test_only_what_a_partner_marks_can_be_asked_for_conditionally(self) -> None:
        marked = replace(receipt("c"), headers={"etag": '"2"'}, label="/rates?c=JPY")
        nameless = replace(receipt("d"), headers={"etag": '"3"'})
        unmarked = replace(receipt("e"), label="/rates?c=AUD")
        received = Fetched((marked, nameless, unmarked), "", complete=True)
        after = SliceState.unknown().after_answer(WHOLE, TOY_SOURCE, received, RULES, COUNTS)
        assert after.last.validators == {
            "/rates?c=JPY": {"etag": '"2"', "last_modified": None, "receipt": marked.as_dict()}
        }

    def test_landed_bytes_read_again_teach_nothing_of_the_partner(self) -> None:
        counts = Counts(fetched=3, revised=3)
        after = KNOWN.after_reread(WHOLE, OTHER_RULES[1], counts, answers=1)
        assert after == replace(KNOWN, rules=OTHER_RULES[1], counts=counts)
        assert after.may_skip(SAME, OTHER_RULES[1])

    def test_counts_of_several_answers_are_those_of_no_single_one(self) -> None:
        after = KNOWN.after_reread(WHOLE, OTHER_RULES[1], COUNTS, answers=2)
        assert after.shas == ()
        assert not after.may_skip(SAME, OTHER_RULES[1])


TEXTS = st.text(max_size=4)
DATES = st.dates(date(1990, 1, 1), date(2030, 1, 1))
QUESTIONS = st.builds(
    Question, TEXTS, DATES, st.dictionaries(TEXTS, st.lists(TEXTS, max_size=2).map(tuple))
)
VALIDATORS = st.fixed_dictionaries(
    {"etag": st.none() | TEXTS, "last_modified": st.none() | TEXTS,
     "receipt": st.just(receipt("a").as_dict())}
)  # fmt: skip
SLICES = st.builds(
    Slice, TEXTS, TEXTS, TEXTS, DATES, DATES, st.lists(TEXTS, max_size=2).map(tuple),
    st.booleans(), st.booleans(),
)  # fmt: skip
STATES = st.builds(
    SliceState,
    slice=st.none() | SLICES,
    load_seq=st.integers(0, 9),
    rules=st.none() | st.builds(Rules, TEXTS, TEXTS, TEXTS),
    shas=st.none() | st.lists(TEXTS, max_size=2).map(tuple),
    complete=st.booleans(),
    counts=st.none() | st.builds(Counts, *[st.integers(0, 9)] * 8),
    last=st.builds(
        LastAnswer, TEXTS, st.none() | QUESTIONS, TEXTS, TEXTS,
        st.dictionaries(TEXTS, VALIDATORS, max_size=2),
    ),
    is_known=st.just(True),
)  # fmt: skip


class TestText:
    @given(STATES)
    def test_a_state_comes_back_from_the_ledger_as_it_was(self, state: SliceState) -> None:
        assert SliceState.from_json(state.to_json()) == state

    @pytest.mark.parametrize("text", [None, "", "{}"])
    def test_no_text_is_a_slice_that_was_never_asked_for(self, text: str | None) -> None:
        assert SliceState.from_json(text) == SliceState.unknown()

    def test_what_was_never_asked_for_stays_so(self) -> None:
        set_aside = SliceState.unknown().set_aside(RULES)
        assert SliceState.from_json(set_aside.to_json()).last_answer is None


OLD_LOADED: dict[str, Any] = {
    "load_seq": 7,
    "rules": {"declaration": "declaration", "reader": "reader", "codes": "codes"},
    "piece": slice_as_dict(WHOLE),
    "asked_at": "2026-11-23T08:00:00+00:00",
    "signal": "signal",
    "declaration": TOY_SOURCE.sha256,
    "shas": ["a", "b"],
    "complete": True,
    "validators": {"/rates": {"etag": '"1"', "last_modified": None, "receipt": {}}},
    "counts": COUNTS.as_dict(),
}


class TestStatesOfOlderVersions:
    """They say `piece`, do not know what was asked, and leave out what is not known."""

    def read(self, raw: dict[str, Any]) -> SliceState:
        return SliceState.from_json(json.dumps(raw))

    def test_a_loaded_slice_is_the_same_but_for_its_question(self) -> None:
        assert self.read(OLD_LOADED) == UNASKED

    def test_its_next_answer_is_read_since_nobody_knows_what_was_asked(self) -> None:
        assert not self.read(OLD_LOADED).may_skip(SAME, RULES)

    def test_its_file_is_not_read_again(self) -> None:
        assert self.read(OLD_LOADED).may_skip(answer("a", "b", question=None), RULES)

    def test_a_void_state_knows_since_when_to_ask(self) -> None:
        void = {k: OLD_LOADED[k] for k in ("asked_at", "piece")} | {"void": True}
        assert self.read(void) == SliceState(
            slice=WHOLE, last=LastAnswer("2026-11-23T08:00:00+00:00")
        )

    def test_nothing_was_received_yet(self) -> None:
        assert self.read({"asked_at": "2026-11-23T08:00:00+00:00"}) == SliceState(
            last=LastAnswer("2026-11-23T08:00:00+00:00")
        )

    def test_bytes_that_were_set_aside(self) -> None:
        set_aside = {**OLD_LOADED, "shas": [], "signal": "", "validators": {}}
        known = self.read(set_aside)
        assert known == UNASKED.set_aside(RULES)
        assert not known.may_skip(answer("a", "b", question=None), RULES)

    def test_bytes_read_again_that_nobody_asked_for(self) -> None:
        known = self.read({k: OLD_LOADED[k] for k in ("load_seq", "rules", "piece", "counts")})
        assert (known.shas, known.complete, known.last) == (None, False, LastAnswer())
        assert not known.may_skip(answer("a", "b", question=None), RULES)
