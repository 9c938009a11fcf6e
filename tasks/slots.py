"""How many slices of a run are read and compared at a time.

A slice that waits for others (for the batch gate, for the commit) takes no slot meanwhile, so that
many small ones wait together. A large one keeps its slot: its rows take memory and disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock, Semaphore

LARGE_ROWS = 20_000


class Slots:
    def __init__(self, number: int) -> None:
        self._free = Semaphore(number)
        self._lock = Lock()
        self._at_work = 0

    def is_busy(self) -> bool:
        """True while a slice is at work that may soon wait for the same as others."""
        return self._at_work > 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        with self._more(1), self._free:
            yield

    @contextmanager
    def waiting(self, rows: int) -> Iterator[None]:
        """Within `taken`: others may work while this slice of so many rows waits."""
        with self._more(-1), self._released() if rows <= LARGE_ROWS else nullcontext():
            yield

    @contextmanager
    def _more(self, number: int) -> Iterator[None]:
        with self._lock:
            self._at_work += number
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= number

    @contextmanager
    def _released(self) -> Iterator[None]:
        self._free.release()
        try:
            yield
        finally:
            self._free.acquire()
