"""Calls of several threads, done together."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from schemas.errors import StorageError
from tasks.together import Together

pytestmark = pytest.mark.fast


class Slow:
    """Work that begins only when it is let, and remembers what was done together."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.entered, self.go_on = Event(), Event()

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(items))
        self.entered.set()
        assert self.go_on.wait(10)
        return [StorageError("odd", f"{n}") if n % 2 else n * 10 for n in items]


def test_what_waits_meanwhile_is_done_in_one_go() -> None:
    work = Slow()
    together = Together(work)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(together, 0)
        assert work.entered.wait(10)
        others = [pool.submit(together, n) for n in (2, 4, 6, 8)]
        while len(together._waiting) < 4:
            pass
        work.go_on.set()
        assert [first.result(), *(o.result() for o in others)] == [0, 20, 40, 60, 80]
    assert [len(group) for group in work.groups] == [1, 4]


def test_no_more_at_a_time_than_allowed() -> None:
    work = Slow()
    work.go_on.set()
    together = Together(work, most=2)
    start = Barrier(8)

    def call(n: int) -> int:
        start.wait()
        return together(n)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(0, 16, 2))) == [n * 10 for n in range(0, 16, 2)]
    assert max(map(len, work.groups)) <= 2


def test_the_error_of_one_is_not_the_error_of_another() -> None:
    work = Slow()
    work.go_on.set()
    together = Together(work)
    assert together(2) == 20
    with pytest.raises(StorageError, match="3"):
        together(3)


def test_what_the_work_raises_is_raised_in_every_call_and_the_next_call_works() -> None:
    results: list[Exception | None] = [OSError("no room"), None]

    def work(items: Sequence[int]) -> list[int | Exception]:
        error = results.pop(0)
        if error:
            raise error
        return list(items)

    together = Together(work)
    with pytest.raises(OSError, match="no room"):
        together(1)
    assert together(2) == 2


def test_while_more_may_come_it_waits_a_moment() -> None:
    work = Slow()
    work.go_on.set()
    at_work = [3]
    together = Together(work, more_to_come=lambda: at_work[0] > 0)

    def call(n: int) -> int:
        at_work[0] -= 1
        return together(n)

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(call, (2, 4, 6))) == [20, 40, 60]
    assert [sorted(group) for group in work.groups] == [[2, 4, 6]]


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.together.GATHER_SECONDS", 0.02)
    work = Slow()
    work.go_on.set()
    assert Together(work, more_to_come=lambda: True)(2) == 20
