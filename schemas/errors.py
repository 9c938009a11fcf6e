"""One root error, few children. Each says where, what was expected, what was received, what to do.

`code` is stable (runs, `ops_attempt` and `--json` carry it); `transient` says whether the
same call may succeed later. Texts hold no secret, and no sign that a screen would obey: what
partners say is part of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from schemas.texts import shortened, visible

MOST_CHARS = 4000  # of one text of an error


class ErrorFacts(TypedDict):
    """An error as runs report it and `--json` prints it."""

    code: str
    message: str
    where: str
    hint: str


class PenataranError(Exception):
    """Root of all errors that this project raises on purpose."""

    exit_code = 1
    transient = False

    def __init__(self, code: str, message: str, *, where: str = "", hint: str = "") -> None:
        self.code = code
        self.message = shortened(visible(message), MOST_CHARS)
        self.where = shortened(visible(where), MOST_CHARS)
        self.hint = shortened(visible(hint), MOST_CHARS)
        super().__init__(self.message)

    def __str__(self) -> str:
        parts = [f"[{self.code}] {self.message}"]
        if self.where:
            parts.append(f"at {self.where}")
        if self.hint:
            parts.append(f"hint: {self.hint}")
        return "; ".join(parts)

    def as_dict(self) -> ErrorFacts:
        return {
            "code": self.code,
            "message": self.message,
            "where": self.where,
            "hint": self.hint,
        }


class ConfigurationError(PenataranError):
    """Usage, environment or declaration is wrong: exit 2."""

    exit_code = 2


class SourceError(PenataranError):
    """A partner did not give what it should; nothing of it was stored as data."""

    exit_code = 3


class TransientSourceError(SourceError):
    """The same request may succeed later (network, 5xx, throttling)."""

    transient = True


class NotPublished(SourceError):
    """The partner has nothing for this period yet: a state, not a failure."""


class Deferred(SourceError):
    """The partner asked us to wait longer than a run may: try in a later run."""


class DataError(PenataranError):
    """The bytes were received, but their content may not be loaded. `counts` are those of the
    refused batch, once its rows were read."""

    exit_code = 3
    counts: Mapping[str, int] | None = None


class BusyError(PenataranError):
    """Another run holds the lease: exit 5."""

    exit_code = 5


class StorageError(PenataranError):
    """Lake, warehouse or ledger could not be read or written, so nothing is published: exit 4."""

    exit_code = 4
