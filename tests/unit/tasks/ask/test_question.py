"""Which question holds another: only then is an increment, or the same answer, enough."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from config.asking import Request, Variable
from tasks.ask.question import LastAnswer, Question
from tasks.slices import Slice

pytestmark = pytest.mark.fast

PARAMS = {"c": "{currency}", "from": "{since}", "updatedAfter": "{updated_after}"}
LISTED = Variable(values=("JPY", "AUD"))
OF_REGION = Variable(**{"from": "region.products"})
OF_CALENDAR = Variable(**{"from": "periods"})


def asked(
    *currencies: str, since: int = 2020, params: dict[str, str] = PARAMS, **more: Any
) -> Question:
    """The question of a request that is split by currency, and by more variables."""
    slice_ = Slice("toy", "daily", "all", date(since, 1, 1), date(2026, 11, 24), ())
    lists = {"currency": (LISTED, currencies), **more}
    return Question.of(Request(path="/rates", params=params), slice_, lists)


BEFORE = asked("AUD", "JPY")


class TestCovers:
    @pytest.mark.parametrize(
        ("now", "covered"),
        [
            pytest.param(*case, id=name)
            for name, *case in [
                ("the same", asked("AUD", "JPY"), True),
                ("in another order", asked("JPY", "AUD"), True),
                ("a value removed", asked("JPY"), True),
                ("all values removed", asked(), True),
                ("a value added", asked("AUD", "JPY", "SGD"), False),
                ("a value for another", asked("AUD", "SGD"), False),
                ("a later start", asked("AUD", "JPY", since=2021), True),
                ("an earlier start", asked("AUD", "JPY", since=2019), False),
                ("earlier, with fewer values", asked("JPY", since=2019), False),
                ("another template", asked("AUD", "JPY", params={"c": "{currency}"}), False),
                ("a variable added", asked("AUD", "JPY", area=(OF_REGION, ("IDN",))), False),
                ("the calendar went on", asked("AUD", "JPY", month=(OF_CALENDAR, ("202611",))),
                 True),
            ]
        ],
    )  # fmt: skip
    def test_what_was_asked_holds_what_is_asked_now(self, now: Question, covered: bool) -> None:
        assert BEFORE.covers(now) is covered

    def test_a_variable_removed_is_another_question(self) -> None:
        before = asked("JPY", area=(OF_REGION, ("IDN",)))
        assert not before.covers(asked("JPY"))

    def test_a_new_month_is_news_and_no_wider_question(self) -> None:
        before = asked("JPY", month=(OF_CALENDAR, ("202610",)))
        assert before.covers(asked("JPY", month=(OF_CALENDAR, ("202610", "202611"))))

    @pytest.mark.parametrize("changed", [{"host": "other"}, {"path": "/other"}])
    def test_another_place_is_another_question(self, changed: dict[str, str]) -> None:
        slice_ = Slice("toy", "daily", "all", date(2020, 1, 1), date(2026, 11, 24), ())
        one = Question.of(Request(path="/rates"), slice_, {})
        other = Question.of(Request(**{"path": "/rates", **changed}), slice_, {})
        assert not one.covers(other)

    def test_a_question_as_json_is_the_same_question(self) -> None:
        assert Question.from_dict(BEFORE.as_dict()) == BEFORE


class TestLastAnswer:
    @pytest.mark.parametrize(
        ("answered", "now", "covered"),
        [
            pytest.param(*case, id=name)
            for name, *case in [
                ("answered", BEFORE, asked("JPY"), True),
                ("wider now", BEFORE, asked("AUD", "JPY", "SGD"), False),
                ("not known what was asked", None, asked("JPY"), False),
                ("files and built-in lists ask nothing", None, None, True),
                ("a file where a partner was asked", BEFORE, None, True),
            ]
        ],
    )
    def test_it_covers(
        self, answered: Question | None, now: Question | None, covered: bool
    ) -> None:
        assert LastAnswer(question=answered).covers(now) is covered

    def test_it_may_forget_all_but_since_when_what_was_asked(self) -> None:
        last = LastAnswer("2026-11-23T08:00:00+00:00", BEFORE, "signal", "declaration", {})
        assert last.forget_all_but_time() == LastAnswer("2026-11-23T08:00:00+00:00", BEFORE)
