"""Slices: the parts in which a source is fetched, loaded and repeated.

A slice is one dataset and one year of it, or the whole series. Its name is stable, so that
the state of its last load can be found again. Pure; today's date is passed in.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from config.source import Dataset, Source
from schemas.errors import ConfigurationError

PERIOD = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


@dataclass(frozen=True)
class Window:
    """The days that a run was asked for; None means no limit on that side."""

    since: date | None = None
    until: date | None = None

    @property
    def is_open(self) -> bool:
        return self.since is None and self.until is None


@dataclass(frozen=True)
class Slice:
    """What one load covers: [start, end] of one dataset, as periods of its frequency."""

    source: str
    dataset: str
    label: str
    start: date
    end: date
    periods: tuple[str, ...]
    ranged: bool = False  # asked for by date, so it may be only a part of its scope
    yearly: bool = False  # its scope is one year of the dataset

    @property
    def name(self) -> str:
        return f"{self.dataset}/{self.label}"

    @property
    def scope(self) -> str:
        """The figures that slices may share: a year of the dataset, or all of it. One lease for
        each scope lets one slice write at a time, whatever range it was asked for."""
        return f"{self.dataset}/{self.start.year}" if self.yearly else self.dataset


def parse_period(text: str, *, end: bool) -> date:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`: its first day, or its last with `end`."""
    match = PERIOD.match(text)
    try:
        if not match:
            raise ValueError(text)
        year, month, day = (int(g) if g else None for g in match.groups())
        assert year is not None
        last_month = month or (12 if end else 1)
        last = calendar.monthrange(year, last_month)[1] if end else 1
        return date(year, last_month, day or last)
    except ValueError:
        raise ConfigurationError(
            "bad_period",
            f"{text!r} is not a valid period",
            hint="write YYYY, YYYY-MM or YYYY-MM-DD",
        ) from None


def window(since: str | None, until: str | None) -> Window:
    """The window between two periods as people write them; raises ConfigurationError."""
    asked = Window(
        parse_period(since, end=False) if since else None,
        parse_period(until, end=True) if until else None,
    )
    if asked.since and asked.until and asked.since > asked.until:
        raise ConfigurationError("bad_period", f"--since {since} is after --until {until}")
    return asked


def slice_values(slice_: Slice) -> dict[str, str]:
    """Variables of a request that a slice gives."""
    start, end = slice_.start, slice_.end
    return {
        "since": start.isoformat(),
        "until": end.isoformat(),
        "since_year": str(start.year),
        "until_year": str(end.year),
        "since_month": f"{start:%Y-%m}",
        "until_month": f"{end:%Y-%m}",
        "since_yyyymm": f"{start:%Y%m}",
        "until_yyyymm": f"{end:%Y%m}",
        "year": str(start.year),
        "year_id": str(start.year - 1900),  # of BPS: 2026 is 126
    }


def slices_of(source: Source, asked: Window, today: date) -> list[Slice]:
    """Slices that are due, oldest first; with a window, those inside it."""
    return [
        slice_
        for name, dataset in source.datasets.items()
        for slice_ in _dataset_slices(source, name, dataset, asked, today)
    ]


def _dataset_slices(
    source: Source, name: str, dataset: Dataset, asked: Window, today: date
) -> list[Slice]:
    earliest = date(dataset.start, 1, 1)
    if dataset.slice_by == "all":
        start = asked.since or earliest
        end = asked.until or today
        label = "all" if asked.is_open else f"{start}..{end}"
        return [Slice(source.code, name, label, start, end, (), not asked.is_open)]
    if asked.is_open:
        first_year, last_year = today.year - dataset.window + 1, today.year
    else:
        first_year = (asked.since or earliest).year
        last_year = (asked.until or today).year
    found = []
    for year in range(first_year, last_year + 1):
        start = max(date(year, 1, 1), asked.since or earliest)
        end = min(date(year, 12, 31), asked.until or date(year, 12, 31))
        if dataset.frequency == "A":
            start, end = date(year, 1, 1), date(year, 12, 31)
        whole = start == date(year, 1, 1) and end == date(year, 12, 31)
        periods = _periods(dataset.frequency, start, min(end, today))
        if periods or (dataset.frequency not in ("A", "M") and start <= min(end, today)):
            label = str(year) if whole or dataset.frequency == "A" else f"{start}..{end}"
            part = not whole and dataset.frequency != "A"
            found.append(Slice(source.code, name, label, start, end, periods, part, yearly=True))
    return found


def _periods(frequency: str, start: date, end: date) -> tuple[str, ...]:
    """Periods as Comtrade and others write them, where partners list them: `2023`, `202301`."""
    if start > end:
        return ()
    if frequency == "A":
        return tuple(str(y) for y in range(start.year, end.year + 1))
    if frequency == "M":
        months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
        return tuple(f"{m // 12}{m % 12 + 1:02d}" for m in months)
    return ()
