"""Files are opened one ahead of the one that is loaded."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from flows.intake import one_ahead

pytestmark = pytest.mark.fast


def test_results_are_in_order() -> None:
    assert list(one_ahead(lambda n: n * 2, range(5))) == [0, 2, 4, 6, 8]
    assert list(one_ahead(str, ())) == []


def test_the_next_is_made_while_the_last_is_used_and_no_further() -> None:
    begun = [threading.Event() for _ in range(3)]

    def do(n: int) -> int:
        begun[n].set()
        return n

    with closing(one_ahead(do, range(3))) as results:
        assert next(results) == 0
        assert begun[1].wait(10)
        assert not begun[2].is_set()
        assert next(results) == 1
        assert begun[2].wait(10)


def test_an_error_stands_at_its_place() -> None:
    results = one_ahead(lambda n: 6 // n, [3, 0, 2])
    assert next(results) == 2
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_what_was_begun_is_waited_for_when_its_use_ends() -> None:
    ended, go_on = threading.Event(), threading.Event()

    def do(n: int) -> int:
        if n:
            go_on.wait(10)
            ended.set()
        return n

    with closing(one_ahead(do, range(2))) as results:
        assert next(results) == 0
        go_on.set()
    assert ended.is_set()
