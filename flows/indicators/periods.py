"""Periods of a user's table as numbers: how many of its frequency lie between two of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

PER_YEAR = {"A": 1.0, "S": 2.0, "Q": 4.0, "M": 12.0, "W": 365.2425 / 7, "D": 365.2425, "N": 1.0}
YEAR = r"(\d{4})[-/ ]?"
FORMS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], int]], ...] = (
    ("A", re.compile(r"(\d{4})"), lambda m: int(m[1])),
    ("M", re.compile(rf"{YEAR}M?(0[1-9]|1[0-2])"), lambda m: int(m[1]) * 12 + int(m[2]) - 1),
    ("Q", re.compile(rf"{YEAR}[QK]([1-4])"), lambda m: int(m[1]) * 4 + int(m[2]) - 1),
    ("Q", re.compile(r"[QK]([1-4])[-/ ]?(\d{4})"), lambda m: int(m[2]) * 4 + int(m[1]) - 1),
    ("S", re.compile(rf"{YEAR}[SH]([12])"), lambda m: int(m[1]) * 2 + int(m[2]) - 1),
    ("W", re.compile(rf"{YEAR}W(\d{{2}})"), lambda m: _week(int(m[1]), int(m[2]))),
    ("D", re.compile(r"(\d{4}-\d\d-\d\d)"), lambda m: date.fromisoformat(m[1]).toordinal()),
    ("N", re.compile(r"(\d{1,3}|\d{5})"), lambda m: int(m[1])),
)


def numbered(texts: Sequence[str]) -> tuple[str, list[int]]:
    """The frequency of the periods and the number of each.

    Dates that all begin a year, a quarter or a month are those. `ValueError` has the place of a
    text that is not a period, or not of the frequency of the first one.
    """
    found: list[int] = []
    frequency = ""
    for place, text in enumerate(texts):
        form, number = _read(text)
        frequency = frequency or form
        if not form or form != frequency:
            raise ValueError(place)
        found.append(number)
    return _widened(found) if frequency == "D" else (frequency or "A", found)


def _read(text: str) -> tuple[str, int]:
    for frequency, pattern, number in FORMS:
        if match := pattern.fullmatch(text.upper()):
            try:
                return frequency, number(match)
            except ValueError:
                return "", 0
    return "", 0


def _week(year: int, week: int) -> int:
    return date.fromisocalendar(year, week, 1).toordinal() // 7


def _widened(days: list[int]) -> tuple[str, list[int]]:
    """Dates as months, quarters or years where each is the first day of one."""
    dates = [date.fromordinal(day) for day in days]
    if any(d.day != 1 for d in dates):
        return "D", days
    months = {d.month for d in dates}
    if months == {1}:
        return "A", [d.year for d in dates]
    if months <= {1, 4, 7, 10}:
        return "Q", [d.year * 4 + d.month // 3 for d in dates]
    return "M", [d.year * 12 + d.month - 1 for d in dates]
