"""The nouns of a run: a task, the counts of a load, the outcome of a slice, the report.

Outcome and Report are the answers of `run --json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from schemas.errors import ErrorFacts
from tasks.slices import Slice

Status = Literal["loaded", "unchanged", "not_published", "deferred", "busy", "skipped", "failed"]
LoadedStatus = Literal["loaded", "unchanged", "not_published"]


@dataclass(frozen=True)
class Counts:
    """Rows of a load. `fetched` is the sum of all others except `deleted` (I3)."""

    fetched: int = 0
    new: int = 0
    revised: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    ignored: int = 0

    def as_dict(self) -> dict[str, int]:
        return dict(vars(self))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Counts:
        """Counts from a row that has them among other columns, such as one of `ops_load`."""
        return cls(**{name: int(row[name]) for name in vars(cls())})

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            *(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True))
        )

    @property
    def changed(self) -> int:
        """Versions that a load with these counts adds."""
        return self.new + self.revised + self.deleted

    @property
    def good(self) -> int:
        return self.new + self.revised + self.unchanged

    @property
    def is_empty(self) -> bool:
        """Not one row that counts: none is good, none refused, none withdrawn."""
        return not (self.good or self.quarantined or self.deleted)

    @property
    def is_balanced(self) -> bool:
        return self.fetched == self.good + self.quarantined + self.duplicates + self.ignored

    def all_unchanged(self) -> Counts:
        """The counts of the same bytes again: what was good is unchanged, the rest stays."""
        return Counts(
            fetched=self.fetched,
            unchanged=self.good,
            quarantined=self.quarantined,
            duplicates=self.duplicates,
            ignored=self.ignored,
        )

    def differences(self, other: Counts) -> list[str]:
        """`name ours -> theirs` for each count that differs."""
        ours, theirs = self.as_dict(), other.as_dict()
        return [f"{n} {ours[n]} -> {theirs[n]}" for n in ours if ours[n] != theirs[n]]


@dataclass(frozen=True)
class Task:
    """One slice that a run has to ingest, from the partner or from landed bytes."""

    source: str
    slice: Slice
    reread: bool = False  # only the landed bytes, by today's rules

    @property
    def key(self) -> tuple[str, str]:
        return (self.source, self.slice.name)

    @property
    def where(self) -> str:
        """The slice's place in messages: `comtrade/annual/2024`."""
        return f"{self.source}/{self.slice.name}"


@dataclass(frozen=True)
class Loaded:
    """What the load step did with a slice: its counts, and the bytes that it read."""

    counts: Counts = field(default_factory=Counts)
    status: LoadedStatus = "unchanged"
    raw_sha256: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, so that an orchestrator can pass it on."""
        return {
            "counts": self.counts.as_dict(),
            "status": self.status,
            "raw_sha256": list(self.raw_sha256),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Loaded:
        return cls(Counts(**raw["counts"]), raw["status"], tuple(raw["raw_sha256"]))

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            self.counts + other.counts,
            "loaded" if self.status == "loaded" else other.status,
            (*self.raw_sha256, *other.raw_sha256),
        )


@dataclass(frozen=True)
class Outcome:
    """The result of one slice in one run; one entry of `run --json`."""

    source: str
    period: str
    status: Status
    counts: Counts = field(default_factory=Counts)
    raw_sha256: tuple[str, ...] = ()
    error: ErrorFacts | None = None
    seconds: float = 0.0
    slice: str = ""
    checked_at: str = ""

    @property
    def error_code(self) -> str:
        return self.error["code"] if self.error else ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "period": self.period,
            "status": self.status,
            **self.counts.as_dict(),
            "raw_sha256": list(self.raw_sha256),
            "error": self.error,
            "seconds": round(self.seconds, 3),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Outcome:
        """An entry of `run --json`, from a run in another process."""
        counts = Counts(**{name: raw[name] for name in Counts().as_dict()})
        return cls(
            raw["source"],
            raw["period"],
            raw["status"],
            counts,
            tuple(raw["raw_sha256"]),
            raw["error"],
            raw["seconds"],
        )


@dataclass(frozen=True)
class Report:
    """What a run did: printed, or written as `--json`."""

    run_id: str
    profile: str
    started_at: str
    finished_at: str
    exit_code: int
    sources: tuple[Outcome, ...]
    published: dict[str, str]
    error: ErrorFacts | None = None  # why nothing could be published

    def as_dict(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "profile": self.profile,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "exit_code": self.exit_code,
            "sources": [o.as_dict() for o in self.sources],
            "published": self.published,
            "error": self.error,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Report:
        """What `run --json` prints, from a run in another process."""
        outcomes = tuple(Outcome.from_dict(o) for o in raw["sources"])
        return cls(**{**raw, "sources": outcomes})


class Progress(Protocol):
    """Who follows a run."""

    def begin(self, slices: int) -> None:
        """So many more slices follow."""

    def one(self, outcome: Outcome) -> None:
        """A slice has ended."""


class Silent:
    """Follows a run and shows nothing."""

    def begin(self, slices: int) -> None:
        """Nothing is shown."""

    def one(self, outcome: Outcome) -> None:
        """Nothing is shown."""
