"""What a run says while it goes on: the number of slices stands from the first one on."""

from __future__ import annotations

from tasks.outcome import Outcome
from tests.conftest import Home


class Heard:
    def __init__(self) -> None:
        self.expected: list[int] = []
        self.ended: list[Outcome] = []

    def begin(self, slices: int) -> None:
        assert not slices or not self.ended
        self.expected.append(slices)

    def one(self, outcome: Outcome) -> None:
        self.ended.append(outcome)


def test_all_slices_are_expected_before_the_first_ends(duck: Home) -> None:
    heard = Heard()
    duck.load(("2026-01-05", "IDR", "16500"), progress=heard)
    assert sum(heard.expected) == len(heard.ended) > 1
    assert {o.source for o in heard.ended} > {"toy", "reference_area"}
