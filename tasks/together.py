"""Calls of several threads, done together.

Where each call costs much and ten at once cost little more (a commit, a check by a library with a
large overhead), whoever finds nobody at work does what all the others are waiting for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

GATHER_SECONDS = 0.3
PAUSE_SECONDS = 0.005


class _Call(Generic[Item, Result]):
    def __init__(self, item: Item) -> None:
        self.item = item
        self.is_done = False
        self.error: Exception | None = None
        self.result: Result | None = None


class Together(Generic[Item, Result]):
    """A function of one item that waits for others and is done for all of them at once.

    `work` has one result or error for each item. What it raises is raised in every call. While
    `more_to_come` says so, what waits is given a moment for others to join.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Sequence[Result | Exception]],
        most: int = 32,
        more_to_come: Callable[[], bool] = lambda: False,
    ) -> None:
        self._work = work
        self.more_to_come = more_to_come
        self._most = most
        self._waiting: list[_Call[Item, Result]] = []
        self._list = Lock()
        self._turn = Lock()

    def __call__(self, item: Item) -> Result:
        call = _Call[Item, Result](item)
        with self._list:
            self._waiting.append(call)
        while not call.is_done:
            with self._turn:
                if not call.is_done:
                    self._gather()
                    self._do(self._next())
        if call.error is not None:
            raise call.error
        return call.result  # type: ignore[return-value]

    def _gather(self) -> None:
        end = time.monotonic() + GATHER_SECONDS
        while len(self._waiting) < self._most and time.monotonic() < end and self.more_to_come():
            time.sleep(PAUSE_SECONDS)

    def _next(self) -> list[_Call[Item, Result]]:
        with self._list:
            calls, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        return calls

    @staticmethod
    def _end(call: _Call[Item, Result], found: Result | Exception) -> None:
        if isinstance(found, Exception):
            call.error = found
        else:
            call.result = found
        call.is_done = True

    def _do(self, calls: Sequence[_Call[Item, Result]]) -> None:
        try:
            found = self._work([c.item for c in calls])
        except Exception as error:  # noqa: BLE001  raised again, in every thread that waits
            found = [error] * len(calls)
        for call, result in zip(calls, found, strict=True):
            self._end(call, result)
