"""What was asked about a slice, and what the last answer leaves for the next question.

An increment asks only for changes since a moment. That is enough only if the same question, or a
wider one, was asked before: a currency or a product that is new in the question needs its whole
past.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict

from config.asking import Request, Variable
from tasks.landing.land import Receipt
from tasks.slices import Slice

ListedValues = Mapping[str, tuple[Variable, tuple[str, ...]]]
"""Variable name → its declaration and its values, in the partner's codes."""


@dataclass(frozen=True)
class Question:
    """What was asked: the request's template, since when, and the values it was split by.

    Values that follow the calendar (`from: periods`) are not part of it: the partner's signal and
    increments include a new month.
    """

    request: str  # SHA-256 of host, path and parameters, before their variables are filled in
    since: date
    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, request: Request, slice_: Slice, lists: ListedValues) -> Question:
        template = json.dumps([request.host, request.path, request.params], sort_keys=True)
        return cls(
            hashlib.sha256(template.encode()).hexdigest(),
            slice_.start,
            {
                name: tuple(sorted(values))
                for name, (variable, values) in lists.items()
                if variable.origin != "periods"
            },
        )

    def covers(self, other: Question) -> bool:
        """True when everything that the other question asks was asked by this one."""
        return (
            self.request == other.request
            and self.since <= other.since
            and self.values.keys() == other.values.keys()
            and all(set(other.values[n]) <= set(values) for n, values in self.values.items())
        )

    def as_dict(self) -> dict[str, Any]:
        values = {name: list(items) for name, items in self.values.items()}
        return {"request": self.request, "since": self.since.isoformat(), "values": values}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Question:
        values = {name: tuple(items) for name, items in raw["values"].items()}
        return cls(raw["request"], date.fromisoformat(raw["since"]), values)


class Validator(TypedDict):
    """What a conditional request sends, and the receipt that replaces an answer of 304."""

    etag: str | None
    last_modified: str | None
    receipt: dict[str, Any]


@dataclass(frozen=True)
class LastAnswer:
    """What the last answer to a slice leaves for the next fetch."""

    asked_at: str = ""  # ISO 8601, UTC; increments are asked from here on
    question: Question | None = None
    signal: str = ""
    declaration: str = ""  # SHA-256 of the declaration that asked
    validators: Mapping[str, Validator] = field(default_factory=dict)

    def covers(self, question: Question | None) -> bool:
        """True when the question is not wider than the one that was answered. Built-in lists and
        files have no question: their bytes are always received whole."""
        if question is None:
            return True
        return self.question is not None and self.question.covers(question)

    def forget_all_but_time(self) -> LastAnswer:
        """What still holds after other loads of the scope: only since when to ask."""
        return LastAnswer(self.asked_at, self.question)


def validators_of(receipts: tuple[Receipt, ...]) -> dict[str, Validator]:
    """What a later conditional request can send, by label of the question."""
    return {
        r.label: {
            "etag": r.headers.get("etag"),
            "last_modified": r.headers.get("last-modified"),
            "receipt": r.as_dict(),
        }
        for r in receipts
        if r.label and (r.headers.get("etag") or r.headers.get("last-modified"))
    }
