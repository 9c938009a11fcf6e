"""A partner is asked no faster than its declaration says, and by so many at a time."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import pytest

from config.asking import Limits
from tasks.ask.gateway import Gateway
from tasks.ask.transport import Pace
from tests.conftest import settings_for

pytestmark = pytest.mark.fast


class _Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace(clock: _Clock, per_second: float, concurrency: int = 1) -> Pace:
    limits = Limits(requests_per_second=per_second, concurrency=concurrency)
    return Pace(limits, clock, clock.sleep)


@pytest.mark.parametrize("per_second", [0.5, 1, 4])
def test_requests_are_a_gap_apart(per_second: float) -> None:
    clock = _Clock()
    asked, begun = pace(clock, per_second), []
    for _ in range(4):
        with asked.turn():
            begun.append(clock.now)
    gaps = [after - before for before, after in pairwise(begun)]
    assert gaps == [pytest.approx(1 / per_second)] * 3


def test_who_was_busy_for_longer_than_the_gap_does_not_wait() -> None:
    clock = _Clock()
    asked = pace(clock, 1)
    for _ in range(3):
        with asked.turn():
            clock.now += 1.5
    assert clock.slept == []


def test_no_more_than_so_many_ask_at_a_time() -> None:
    clock, entered = _Clock(), Event()
    asked = pace(clock, 1000, concurrency=2)

    def third() -> None:
        with asked.turn():
            entered.set()

    with asked.turn():
        with asked.turn():
            Thread(target=third, daemon=True).start()
            assert not entered.wait(0.2)
        assert entered.wait(30)


def test_outside_of_tests_a_pause_is_one(tmp_path: Path) -> None:
    gateway = Gateway(settings_for(tmp_path), tmp_path)
    assert (gateway.clock, gateway.sleep) == (time.monotonic, time.sleep)
