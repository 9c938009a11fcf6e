"""Years that stand over the middle of their months, as an export leaves a merged heading.

A heading holds for the columns to its right. If months stand to the left of the first year above
them, each year is taken to hold for the run of months that it stands over, where every run has one;
else the years are asked back, since they would be read over months of another year.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from tasks.read.workbook.calendar_words import MONTHS
from tasks.read.workbook.grid import Cell, text_of
from tasks.read.workbook.periods import (
    HALF_WORDS,
    ORDINAL_WORDS,
    ORDINALS,
    QUARTER_WORDS,
    frequency_of,
)
from tasks.read.workbook.values import folded

Lines = list[list[Cell]]
LONGEST = 40  # characters of a heading that is a year, a month or a quarter
LIKE_YEAR = re.compile(r"\d\d|年")
MONTH_JA = re.compile(r"(\d{1,2})月")
PART = re.compile(
    rf"(?:{QUARTER_WORDS}|{HALF_WORDS})[ .-]*(?:ke[- ]?)?({ORDINAL_WORDS})|(i|ii|iii|iv)"
)


def spread_years(lines: Lines, year_begins: int, marks: Collection[str]) -> list[int]:
    """Write each year over all of its months. Changes the lines; returns the columns of years of
    which nobody can say where they hold."""
    for number, line in enumerate(lines[:-1]):
        years = [n for n, cell in enumerate(line) if _is_year(cell, tuple(marks))]
        if not years:
            continue
        below = ([_number(c, year_begins) for c in lower] for lower in lines[number + 1 :])
        parts = next((p for p in below if len(p) - p.count(None) > 1), [])
        runs = _runs(parts)
        if not runs or runs[0][0] >= years[0] or any(_filled(line[runs[0][0] : years[0]])):
            continue  # nothing stands to the left of the first year
        for first, last in runs:
            if [n for n in range(first, last + 1) if _filled([line[n]])] not in [
                [y] for y in years
            ]:
                return years
        for first, last in runs:
            year = next(n for n in years if first <= n <= last)
            line[first : last + 1] = [line[year]] * (last + 1 - first)
    return []


def _filled(cells: list[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell not in (None, "")]


def _is_year(cell: Cell, marks: tuple[str, ...]) -> bool:
    text = text_of(cell)
    is_short = 0 < len(text) < LONGEST
    return is_short and bool(LIKE_YEAR.search(text)) and _names_year(cell, marks)


@lru_cache(maxsize=1024)
def _names_year(cell: Cell, marks: tuple[str, ...]) -> bool:
    return frequency_of(cell, marks) == "A"


def _number(cell: Cell, year_begins: int) -> int | None:
    """The place of a month, quarter or half year in its year; None for other headings."""
    if not isinstance(cell, str) or not 0 < len(cell) < LONGEST:
        return None
    text = folded(cell).strip(" .*")
    match = MONTH_JA.fullmatch(text)
    if month := MONTHS.get(text) or (int(match[1]) if match else 0):
        return (month - year_begins) % 12
    part = PART.fullmatch(text)
    return ORDINALS[part[1] or part[2]] if part else None


def _runs(parts: list[int | None]) -> list[tuple[int, int]]:
    """First and last column of each run of months that follow each other; a total between two runs
    is of the first."""
    runs: list[tuple[int, int]] = []
    before: int | None = None
    for n, part in enumerate(parts):
        if part is None:
            continue
        if before is None or part <= before:
            runs = [*runs[:-1], *((first, n - 1) for first, _ in runs[-1:]), (n, n)]
        runs[-1] = (runs[-1][0], n)
        before = part
    return runs
