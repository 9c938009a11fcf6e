"""Columns of cells as lines of CSV: what can be done once a column is not done for each cell.

A writer of the standard library looks at every character of every cell; here a column is searched
as one text, and only its different texts are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

BLOCK = 20_000  # rows that are in memory as text
FEW = 8  # of so many texts of a column one differs from the others
QUOTE, SEPARATOR = '"', "\x00"
BETWEEN = QUOTE + SEPARATOR + QUOTE
SPECIAL = re.compile('[",\r\n]')


def blocks(columns: Sequence[Sequence[Any]], count: int) -> Iterator[list[Sequence[Any]]]:
    """The columns in parts of some rows."""
    for first in range(0, count, BLOCK):
        yield [column[first : first + BLOCK] for column in columns]


def lines_of(columns: Iterable[Sequence[str]]) -> str:
    """Lines of fields that are quoted where they need it. Neighbours that are the same in all rows
    are joined once."""
    parts: list[Sequence[str]] = []
    fixed: list[str] = []
    count = 0
    for column in columns:
        count = len(column)
        if is_one(column):
            fixed.append(column[0])
            continue
        if fixed:
            parts.append([",".join(fixed)] * count)
            fixed = []
        parts.append(column)
    if fixed:
        parts.append([",".join(fixed)] * count)
    text = "\n".join(map(",".join, zip(*parts, strict=True)))
    return f"{text}\n" if text else ""


def is_one(column: Sequence[Any]) -> bool:
    """Whether a column has the same text in all rows."""
    return bool(column) and column[0] is column[-1] and column.count(column[0]) == len(column)


def as_needed(texts: Sequence[str]) -> Sequence[str]:
    """Fields in quotes where they have a comma, a quote or the end of a line."""
    if is_one(texts) or not SPECIAL.search("".join(texts)):
        return [quoted(texts[0])] * len(texts) if SPECIAL.search(texts[0]) else texts
    known = {text: quoted(text) if SPECIAL.search(text) else text for text in set(texts)}
    return list(map(known.__getitem__, texts))


def with_numbers(cells: Sequence[Any]) -> list[str]:
    """Fields of which all but numbers are in quotes."""
    distinct = texts_in(cells)
    if not distinct:
        if set(map(type, cells)) == {float}:
            return list(map(repr, cells))
        return [repr(c) if type(c) is float else _field(c) for c in cells]
    if len(distinct) < len(cells) // FEW:
        known = {cell: quoted(cell) for cell in distinct}
        return list(map(known.__getitem__, cells))
    text = SEPARATOR.join(cells)
    if QUOTE in text or text.count(SEPARATOR) != len(cells) - 1:
        return list(map(quoted, cells))
    return f'"{text.replace(SEPARATOR, BETWEEN)}"'.split(SEPARATOR)


def texts_in(cells: Sequence[Any]) -> set[str]:
    """The distinct cells of a column of texts; empty for every other column. No text equals a
    number, so the types of all cells need no look."""
    if not cells or type(cells[0]) is not str or type(cells[-1]) is not str:
        return set()
    distinct = set(cells)
    return distinct if set(map(type, distinct)) == {str} else set()


def _field(cell: Any) -> str:
    if isinstance(cell, int | float):
        return str(cell)
    return quoted("" if cell is None else str(cell))


def quoted(text: str) -> str:
    """A field in quotes."""
    doubled = text.replace(QUOTE, QUOTE * 2)
    return f'"{doubled}"'
