"""A sheet as it is opened: every cell as it is, with what only its number format says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from itertools import zip_longest
from typing import Any

from tasks.read.workbook import lines

Cell = Any
Rows = list[list[Cell]]
Merged = tuple[int, int, int, int]  # first row, first column, last row, last column; from 0
Run = tuple[int, int, int]  # column, first row, last row; from 0

REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# What stands in a cell for a formula that has no value: broken, or never computed.
BROKEN, UNCOMPUTED = "#REF!", "#PENDING!"
# What stands after a number of which its format does not say whether it is a percentage.
EITHER = " #%?"


class Percent(float):
    """A number that its file shows as a percentage: 0.475 is shown as 47.5%."""

    __slots__ = ()


@dataclass
class Header:
    """Rows of headings, from 0: the first, and the one after the last."""

    first: int
    end: int


@dataclass
class Sheet:
    """One sheet. `number` counts from 1; names are used to choose sheets and never kept.

    `header` and `titles` are known only of a sheet that was read before (`cells`): its rows of
    headings, and parts found in titles, each with the first row that it holds for.
    """

    number: int
    name: str
    visible: bool
    rows: Rows
    merged: Sequence[Merged] = ()
    hidden_rows: frozenset[int] = frozenset()
    header: Header | None = None
    titles: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    _digits: dict[Run, lines.Column | None] = field(default_factory=dict, repr=False)
    _texts: dict[Run, set[str]] = field(default_factory=dict, repr=False)

    @property
    def is_empty(self) -> bool:
        return not any(cell not in (None, "") for row in self.rows for cell in row)

    @cached_property
    def columns(self) -> list[Sequence[Cell]]:
        """The cells by column; empty where a row is shorter."""
        return list(zip_longest(*self.rows, fillvalue=""))

    def column(self, index: int, rows: Sequence[int]) -> Sequence[Cell]:
        """The cells of a column in some rows, which rise."""
        if index >= len(self.columns):
            return [""] * len(rows)
        cells = self.columns[index]
        if rows and rows[-1] - rows[0] == len(rows) - 1:  # most sheets: the data are one block
            return cells[rows[0] : rows[-1] + 1]
        return [cells[row] for row in rows]

    def digits(self, index: int, rows: Sequence[int]) -> lines.Column | None:
        """The numbers of a column in some rows as they are written; None if it has others."""
        run = _run(index, rows)
        if run in self._digits:
            return self._digits[run]
        cells = self.column(index, rows)
        found = lines.digits_of(cells) if lines.are_floats(cells) else None
        if run:
            self._digits[run] = found
        return found

    def texts(self, index: int, rows: Sequence[int]) -> set[str]:
        """The distinct texts of a column in some rows; empty if it has other cells."""
        run = _run(index, rows)
        if run in self._texts:
            return self._texts[run]
        found = lines.texts_in(self.column(index, rows))
        if run:
            self._texts[run] = found
        return found

    def types(self, index: int, rows: Sequence[int]) -> set[type]:
        """The types of a column's cells in some rows."""
        if self.texts(index, rows):
            return {str}
        return {float} if self.digits(index, rows) else set(map(type, self.column(index, rows)))

    def forget_columns(self) -> None:
        """Make the columns again: cells were changed."""
        self.__dict__.pop("columns", None)
        self._digits.clear()
        self._texts.clear()


def _run(index: int, rows: Sequence[int]) -> Run | None:
    """A column in rows that follow each other: most sheets have their data so."""
    is_run = bool(rows) and rows[-1] - rows[0] == len(rows) - 1
    return (index, rows[0], rows[-1]) if is_run else None


def column_letter(index: int) -> str:
    """Letter of a 0-based column."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def column_index(letters: str) -> int:
    """0-based column of a letter."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1


def place(row: int, column: int) -> str:
    """Name of a cell by its 0-based row and column: C7."""
    return f"{column_letter(column)}{row + 1}"


def position(reference: str) -> tuple[int, int]:
    """0-based row and column of a cell's name (C7)."""
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(reference)
    return int(match[2]) - 1, column_index(match[1])


def cell_at(row: Sequence[Cell], index: int) -> Cell:
    return row[index] if index < len(row) else None


def text_of(cell: Cell) -> str:
    """A cell as it is shown: whole numbers without a point, days without a time."""
    match cell:
        case str():
            return cell
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if abs(cell) < 10**15 and cell == int(cell):
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date():
            return str(cell)
    return str(cell)
