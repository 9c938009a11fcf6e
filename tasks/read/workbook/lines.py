"""Columns of cells as lines of CSV: what can be done once a column is not done for each cell.

A writer of the standard library looks at every character of every cell; here a column is searched
as one text, and what stands around all its cells is written between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

BLOCK = 2_000  # rows that are in memory as text
FEW, SEEN = 8, 800  # of so many numbers, seen in the first ones, one differs from the others
QUOTE, SEPARATOR = '"', "\x00"
SPECIAL = ('"', ",", "\r", "\n")
MOST_DIGITS = 10**15  # what a cell's number holds exactly
# The texts of a column, and what stands before and after each of them.
Column = tuple[str, Sequence[str], str]


def blocks(columns: Sequence[Column], count: int) -> Iterator[list[Column]]:
    """The columns in parts of some rows."""
    for first in range(0, count, BLOCK):
        last = first + BLOCK
        yield [(before, texts[first:last], after) for before, texts, after in columns]


def lines_of(columns: Iterable[Column]) -> str:
    """Lines of columns that have as many texts. What is the same in all rows is joined once."""
    varying: list[Sequence[str]] = []
    gaps = [""]  # before, between and after the texts that vary
    count = 0
    for number, (before, texts, after) in enumerate(columns):
        count = len(texts)
        gaps[-1] += f",{before}" if number else before
        if is_one(texts):
            gaps[-1] += texts[0] + after
        else:
            varying.append(texts)
            gaps.append(after)
    gaps[-1] += "\n"
    if not varying:
        return gaps[0] * count
    first, gaps[-1] = gaps[0], gaps[-1] + gaps[0]
    width = 2 * len(varying)
    parts = [""] * (width * count)
    for number, texts in enumerate(varying):
        parts[2 * number :: width] = texts
        parts[2 * number + 1 :: width] = [gaps[number + 1]] * count
    parts[-1] = parts[-1][: len(parts[-1]) - len(first)]
    return first + "".join(parts)


def is_one(column: Sequence[Any]) -> bool:
    """Whether a column has the same text in all rows."""
    return bool(column) and column[0] is column[-1] and column.count(column[0]) == len(column)


def as_needed(texts: Sequence[str]) -> Column:
    """Fields in quotes where they have a comma, a quote or the end of a line."""
    if is_one(texts) and is_special(texts[0]):
        return "", [quoted(texts[0])] * len(texts), ""
    if is_one(texts) or not is_special("".join(texts)):
        return "", texts, ""
    known = {text: quoted(text) if is_special(text) else text for text in set(texts)}
    return "", list(map(known.__getitem__, texts)), ""


def is_special(text: str) -> bool:
    return any(sign in text for sign in SPECIAL)


def with_numbers(cells: Sequence[Any]) -> Column:
    """Fields of which all but numbers are in quotes."""
    if are_floats(cells):
        return digits_of(cells)
    if cells and type(cells[0]) is str:
        try:
            text = "".join(cells)
        except TypeError:  # other cells are among them
            return "", list(map(_field, cells)), ""
        doubled = list(map(quoted, cells)) if QUOTE in text else ()
        return ("", doubled, "") if doubled else (QUOTE, cells, QUOTE)
    return "", list(map(_field, cells)), ""


def are_floats(cells: Sequence[Any]) -> bool:
    """Whether all cells are numbers and nothing more: no flag, no percentage."""
    return bool(cells) and type(cells[0]) is float and set(map(type, cells)) == {float}


def digits_of(numbers: Sequence[float]) -> Column:
    """Numbers as they are written: `0.5`, and `12` with `.0` after it where all are whole.
    A zero may be one below zero, which equals it."""
    if 0.0 in numbers:
        return "", list(map(repr, numbers)), ""
    is_small = -MOST_DIGITS < min(numbers) <= max(numbers) < MOST_DIGITS
    is_whole = is_small and all(map(float.is_integer, numbers))
    after = ".0" if is_whole else ""
    if len(set(numbers[:SEEN])) < len(numbers[:SEEN]) // FEW:
        known = {n: repr(n).removesuffix(after) for n in set(numbers)}
        return "", list(map(known.__getitem__, numbers)), after
    return "", list(map(str, map(int, numbers)) if is_whole else map(repr, numbers)), after


@lru_cache(maxsize=1)
def counted(first: int, last: int) -> list[str]:
    """Whole numbers from one to another, in digits: both files of a sheet name its rows."""
    return list(map(str, range(first, last + 1)))


def numbers_of(rows: Sequence[int]) -> list[str]:
    """Numbers, from 1, of 0-based rows, which rise."""
    if rows and rows[-1] - rows[0] == len(rows) - 1:
        return counted(rows[0] + 1, rows[-1] + 1)
    return [str(row + 1) for row in rows]


def texts_in(cells: Sequence[Any]) -> set[str]:
    """The distinct cells of a column of texts; empty for every other column. No text equals a
    number, so the types of all cells need no look."""
    if not cells or type(cells[0]) is not str or type(cells[-1]) is not str:
        return set()
    distinct = set(cells)
    return distinct if set(map(type, distinct)) == {str} else set()


def _field(cell: Any) -> str:
    if type(cell) is float:
        return repr(cell)
    if isinstance(cell, int | float):
        return str(cell)
    return quoted("" if cell is None else str(cell))


def quoted(text: str) -> str:
    """A field in quotes."""
    doubled = text.replace(QUOTE, QUOTE * 2)
    return f'"{doubled}"'
