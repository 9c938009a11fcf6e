"""Parts of the gateway that know no HTTP library: pace, gzip, waits."""

from __future__ import annotations

import email.utils
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from config.asking import Limits
from schemas.errors import TransientSourceError

CHUNK = 1 << 16


class Pace:
    """At most so many requests a second and at a time to one host."""

    def __init__(self, limits: Limits, clock: Callable[[], float], sleep: Callable[[float], None]):
        self.gap = 1.0 / limits.requests_per_second if limits.requests_per_second > 0 else 0.0
        self.slots = threading.Semaphore(limits.concurrency)
        self.lock = threading.Lock()
        self.next_at = 0.0
        self.clock = clock
        self.sleep = sleep

    @contextmanager
    def turn(self) -> Iterator[None]:
        with self.slots:
            with self.lock:
                now = self.clock()
                wait = max(0.0, self.next_at - now)
                self.next_at = max(now, self.next_at) + self.gap
            if wait:
                self.sleep(wait)
            yield


class Gunzip:
    """Gzip with its end and checksum checked; several members are one stream."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(31)
        self.ended = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._member.eof:
                self._member = zlib.decompressobj(31)
            try:
                yield self._member.decompress(chunk, CHUNK)
                while self._member.unconsumed_tail:
                    yield self._member.decompress(self._member.unconsumed_tail, CHUNK)
            except zlib.error as error:
                raise TransientSourceError(
                    "gzip_corrupt", f"the gzip stream is broken: {error}"
                ) from error
            self.ended = self._member.eof
            chunk = self._member.unused_data if self._member.eof else b""


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait from a `Retry-After` in seconds or as a date; None if unreadable."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
