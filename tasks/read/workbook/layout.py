"""Where the table is in a sheet: its rows of headings, and the field of each column.

Sheets have titles, logos, blank rows, and headings of up to three rows: years over months, a merged
cell over several series. Headings are found by the columns that a contract knows. An unknown column
stops the file, since its content is not declared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from schemas import headings
from tasks.read.workbook import values
from tasks.read.workbook.calendar_words import MONTH
from tasks.read.workbook.centred import spread_years
from tasks.read.workbook.grid import (
    Cell,
    Header,
    Rows,
    Sheet,
    cell_at,
    column_letter,
    text_of,
)
from tasks.read.workbook.problem import Problem
from tasks.read.workbook.readers import period_of
from tasks.read.workbook.values import folded

SEARCHED_ROWS = 40
TALLEST = 3  # rows of headings that are looked for
FOLDED_CHARACTERS = 200  # of a cell: enough to know a heading, a total or a note
NUMBERING = frozenset({"", "#", "no", "no.", "nomor", "nr", "番号", "№", "no urut", "nomor urut"})
LEFT_OUT, PIVOT = "-", "*"  # columns that a mapping leaves out, or turns into rows
VALUE_GROUP = "value"
# What a text of a heading has that is part of a period.
PERIODIC = re.compile(rf"\d|年|月|期|\b(?:{MONTH}|triwulan|tw|kuartal|semester|smt|quarter|half)\b")


@dataclass(frozen=True)
class Pivot:
    """A column that becomes rows: the parts that its heading names, and the field of its cells."""

    parts: Mapping[str, str]
    field: str


@dataclass(frozen=True)
class Layout:
    """A table found in a sheet. `columns` maps 0-based columns to fields or parts (or LEFT_OUT,
    PIVOT); `headings` are the headings of all their rows as they are written; `known` counts the
    columns that are known by name and in all; `is_dropped` where the mapping drops each of the
    columns that become rows, as one of several that share a sheet does."""

    columns: Mapping[int, str]
    header: Header
    first_row: int
    headings: Sequence[str]
    pivots: Mapping[int, Pivot] = field(default_factory=dict)
    marker: int | None = None  # the column of numbering and example marks
    problems: tuple[Problem, ...] = ()
    known: tuple[int, int] = (0, 0)
    is_dropped: bool = False

    def columns_of(self, fields: Mapping[str, str], *kinds: str) -> list[int]:
        """Columns whose cells become fields of these kinds."""
        return [
            n
            for n, name in self.columns.items()
            if fields.get(self.pivots[n].field if name == PIVOT else name) in kinds
        ]


def heading_of(cell: Cell) -> str:
    return headings.heading(fold(text_of(cell)))


def fold(cell: Cell) -> str:
    """The start of a cell, folded, to compare it with headings and words of totals and notes."""
    return folded(str(cell)[:FOLDED_CHARACTERS])


def _short(text: str) -> str:
    """A folded heading without what is in brackets."""
    return headings.heading(text)


class Names:
    """The field or part that a heading names."""

    def __init__(self, contract: Mapping[str, Any]) -> None:
        self._contract = contract
        known: dict[str, str] = {**contract["headings"]}
        left_out = set(contract["leave_out"])
        units = Counter(_short(text) for text in (*known, *left_out) if _short(text) != text)
        # A heading without its unit is known too, where only one column has that name.
        self._units = {short for short, n in units.items()
                       if n > 1 or (short not in known and short not in left_out)}  # fmt: skip
        alone = {short for short in self._units if units[short] == 1}
        self._names = {_short(t): n for t, n in known.items() if _short(t) in alone} | known
        self._left_out = frozenset({_short(t) for t in left_out if _short(t) in alone} | left_out)
        self._patterns = [re.compile(p, re.I) for p in contract["leave_patterns"]]
        self._unpivot = contract["unpivot"]
        self._pivot = re.compile(self._unpivot["columns"], re.I) if self._unpivot else None
        self._dropped = {part: re.compile(p, re.I) for part, p in contract["drop"].items()}
        self._folded: dict[Any, str] = {}

    def heading(self, cell: Cell) -> str:
        """A heading for comparison; each distinct cell is folded once."""
        key = (type(cell), cell)
        if key not in self._folded:
            self._folded[key] = "" if cell is None or cell == "" else self._heading(cell)
        return self._folded[key]

    def _heading(self, cell: Cell) -> str:
        """With what is in brackets where the contract names it so, or another in its place."""
        short, whole = heading_of(cell), headings.whole_heading(fold(text_of(cell)))
        known = whole in self._names or whole in self._left_out
        return whole if known or (whole != short and short in self._units) else short

    def of(self, text: str) -> str | None:
        """A field, a part, LEFT_OUT or PIVOT; None for an unknown heading."""
        if text in self._left_out or (text and any(p.fullmatch(text) for p in self._patterns)):
            return LEFT_OUT
        if text and self._pivot and self._pivot.fullmatch(text) and text not in self._names:
            return PIVOT
        return self._names.get(text)

    def pivot(self, text: str, shown: Sequence[str], above: Mapping[str, str]) -> Pivot:
        """What the heading of a column that becomes rows says, from its texts in all rows of
        headings and in the rows `above`. A heading that is one part as a whole keeps its letters.
        """
        match = self._pivot.fullmatch(text) if self._pivot else None
        found = {k: v or "" for k, v in match.groupdict().items()} if match else {}
        series = found.pop(VALUE_GROUP, "")
        value = self._unpivot["value"]
        if isinstance(value, Mapping):
            value = value.get(series, "")
        if into := self._unpivot["into"]:
            is_period = self._contract["fields"].get(into) == "period"
            found[into] = self._period(shown) if is_period else " ".join(shown)
        return Pivot({**found, **above}, value)

    def rows(self) -> Mapping[str, int]:
        """The parts that stand above each column that becomes rows, and their rows, from 1."""
        return self._unpivot["rows"] if self._unpivot else {}

    def spread_years(self, lines: list[list[Cell]]) -> list[int]:
        """Write each year over its months; returns the columns of years that have no place."""
        contract = self._contract
        return spread_years(lines, contract["year_begins"], contract["marks"])

    def drops(self, pivot: Pivot) -> bool:
        """Whether a part of a column says that it is left out."""
        return any(p.match(fold(pivot.parts.get(part, ""))) for part, p in self._dropped.items()
                   if part in pivot.parts)  # fmt: skip

    def _period(self, shown: Sequence[str]) -> str:
        """The period in a heading: all of its texts, or those that are left without the names of
        series. Nothing of a period is left out: a year over a month is that month, and what a
        declared mark of either says holds for it."""
        if len(shown) < 2:
            return " ".join(shown)
        split = [values.split_marks(text, self._contract["marks"]) for text in shown]
        mark = next((declared for _, declared, _ in reversed(split) if declared), "")
        texts = [values.without_marks(text) for text, _, _ in split]
        while len(texts) > 1 and not self._reads(" ".join(texts)):
            outer = [n for n in (0, len(texts) - 1) if not PERIODIC.search(values.folded(texts[n]))]
            if not outer:
                break
            del texts[outer[0]]
        return " ".join(texts) + mark

    def periods(self, stacks: Collection[Sequence[str]]) -> int:
        """How many of the headings are periods, where headings name periods."""
        into = self._unpivot["into"] if self._unpivot else None
        if self._contract["fields"].get(into) != "period":
            return 0
        return sum(1 for shown in stacks if self._reads(self._period(shown)))

    def _reads(self, text: str) -> bool:
        try:
            return bool(period_of(text, self._contract))
        except values.Unclear:
            return False


def find_layout(sheet: Sheet, contract: Mapping[str, Any]) -> Layout | None:
    """The layout of a sheet, or None if no rows look like the contract's headings.

    The headings are in the declared rows (`header_rows`, from 1), else in the rows with most known
    columns; columns known by their own name count before those that fit a pattern.
    """
    names, rows = Names(contract), sheet.rows
    if header := sheet.header or _declared(contract):
        if header.end > len(rows):
            return None
        declared = _Headings(sheet, header, names)
        return declared.layout(contract) if declared.columns else None
    best, widest = _best(sheet, names)
    if best is None or best.known[1] < max(2, len(contract["required"]) // 2):
        return None
    here = best.layout(contract)
    if here.problems and widest is not None and widest is not best:
        other = widest.layout(contract)
        return here if other.problems else other
    return here


def _best(sheet: Sheet, names: Names) -> tuple[_Headings | None, _Headings | None]:
    """The upper rows that are best as headings, and those that know most columns in any way, where
    a series over its years has the name of a field."""
    best: _Headings | None = None
    widest: _Headings | None = None
    for first in range(min(len(sheet.rows), SEARCHED_ROWS)):
        for height in range(1, min(TALLEST, len(sheet.rows) - first) + 1):
            found = _Headings(sheet, Header(first, first + height), names)
            if best is None or found.is_better_than(best, is_widest=False):
                best = found
            if widest is None or found.is_better_than(widest, is_widest=True):
                widest = found
    return best, widest


def _declared(contract: Mapping[str, Any]) -> Header | None:
    numbers = contract["header_rows"]
    return Header(numbers[0] - 1, numbers[-1]) if numbers else None


class _Headings:
    """Some rows read as headings: the text of each column, and what it names."""

    def __init__(self, sheet: Sheet, header: Header, names: Names) -> None:
        self.sheet, self.header, self.names = sheet, header, names
        lines = [list(row) for row in sheet.rows[header.first : header.end]]
        width = max((len(line) for line in lines), default=0)
        for line in lines:
            line += [""] * (width - len(line))
        self._spread_merged(lines)
        self.misplaced = names.spread_years(lines)
        folded_lines = [[names.heading(cell) for cell in line] for line in lines]
        self._lines, self._folded = lines, folded_lines
        self.texts = [" ".join(stack) for stack in _stacks(folded_lines, folded_lines)]
        self.columns: dict[int, str] = {}
        for n, text in enumerate(self.texts):
            name = names.of(text)
            if name and (text or name == LEFT_OUT or name not in self.columns.values()):
                self.columns[n] = name

    @cached_property
    def stacks(self) -> list[list[str]]:
        """The headings of each column as they are written, from the upper rows to the lowest."""
        written = [[text_of(c).strip() for c in line] for line in self._lines]
        return _stacks(written, self._folded)

    def is_better_than(self, other: _Headings, *, is_widest: bool) -> bool:
        """Whether these rows are rather the headings. Of equal ones the fewest and the first."""
        mine, its = self.known, other.known
        if mine != its:
            return mine[::-1] > its[::-1] if is_widest else mine > its
        here, there = self.header, other.header
        return (self.whole, here.first - here.end, -here.first) > (
            other.whole, there.first - there.end, -there.first
        )  # fmt: skip

    @cached_property
    def whole(self) -> int:
        """How many different periods the headings of columns that become rows name."""
        stacks = {tuple(self.stacks[n]) for n, name in self.columns.items() if name == PIVOT}
        return self.names.periods(stacks)

    @cached_property
    def known(self) -> tuple[int, int]:
        """Columns known by their own name, and in all. Empty headings prove nothing."""
        found = [name for n, name in self.columns.items() if self.texts[n]]
        by_name = {name for name in found if name not in (LEFT_OUT, PIVOT)}
        left_out = found.count(LEFT_OUT)
        return len(by_name) + left_out, len(by_name) + left_out + found.count(PIVOT)

    def _spread_merged(self, lines: list[list[Cell]]) -> None:
        first = self.header.first
        for top, left, bottom, right in self.sheet.merged:
            if top == bottom and first <= top < self.header.end and left < len(lines[top - first]):
                line = lines[top - first]
                for column in range(left + 1, min(right + 1, len(line))):
                    line[column] = line[left]

    def _above(self, column: int) -> dict[str, str]:
        """Parts of a column in declared rows."""
        rows = self.sheet.rows
        return {
            part: text_of(cell_at(rows[number - 1], column)).strip() if number <= len(rows) else ""
            for part, number in self.names.rows().items()
        }

    def layout(self, contract: Mapping[str, Any]) -> Layout:
        rows, header = self.sheet.rows, self.header
        first = max(header.end, (contract["first_row"] or 1) - 1)
        pivots = {
            n: self.names.pivot(self.texts[n], self.stacks[n], self._above(n))
            for n, name in self.columns.items()
            if name == PIVOT
        }
        dropped = {n: pivot for n, pivot in pivots.items() if self.names.drops(pivot)}
        self.columns |= dict.fromkeys(dropped, LEFT_OUT)
        pivots = {n: pivot for n, pivot in pivots.items() if n not in dropped}
        marker, unknown = _others(rows, first, self.columns, self.texts)
        named = [name for name in self.columns.values() if name not in (LEFT_OUT, PIVOT)]
        fields = {*named, *(p.field for p in pivots.values())}
        missing = [text for text, name in contract["own"].items() if name not in fields]
        problems = [Problem("unknown_column", column_letter(n), tuple(missing)) for n in unknown]
        problems += [
            Problem("column_twice", column_letter(n), (name,))
            for n, name in self.columns.items()
            if named.count(name) > 1
        ]
        problems += [Problem("year_misplaced", column_letter(n)) for n in self.misplaced]
        problems += _same(pivots)
        problems += [
            Problem("column_missing", "", (" / ".join(of_field(contract, name)),))
            for name in contract["required"]
            if name not in fields
        ]
        if contract["unpivot"] and not pivots:
            problems.append(Problem("pattern_missing", "", (contract["unpivot"]["columns"],)))
        return Layout(
            self.columns,
            header,
            first,
            [" ".join(stack) for stack in self.stacks],
            pivots,
            marker,
            tuple(problems),
            self.known,
            is_dropped=bool(dropped and not pivots),
        )


def of_field(contract: Mapping[str, Any], name: str) -> list[str]:
    """The headings that a sender's mapping has for a field, else the field."""
    return [text for text, named in contract["own"].items() if named == name] or [name]


def _same(pivots: Mapping[int, Pivot]) -> list[Problem]:
    """Columns that become the same value of a row: one would hide the other."""
    keys = {n: (p.field, *sorted(p.parts.items())) for n, p in pivots.items()}
    counts = Counter(keys.values())
    return [
        Problem("column_twice", column_letter(n), (pivots[n].field,))
        for n, key in keys.items()
        if counts[key] > 1
    ]


def _stacks(
    lines: Sequence[Sequence[str]], folded_lines: Sequence[Sequence[str]]
) -> list[list[str]]:
    """The heading of each column, from the upper rows to the lowest. An upper heading holds for the
    columns to its right until a new one stands there or above."""
    if not lines:
        return []
    carried = [list(line) for line in lines]
    for number in range(len(lines) - 1):
        line, marks = carried[number], folded_lines[number]
        for column in range(1, len(line)):
            below = any(lower[column] for lower in folded_lines[number + 1 :])
            begins = any(upper[column] for upper in folded_lines[:number])
            if not marks[column] and below and not begins and not line[column]:
                line[column] = line[column - 1]
    return [_distinct(texts) for texts in zip(*carried, strict=True)]


def _distinct(texts: Sequence[str]) -> list[str]:
    """Texts without the empty ones and those that only repeat the one above."""
    found: list[str] = []
    for text in texts:
        if text and (not found or found[-1] != text):
            found.append(text)
    return found


def _others(
    rows: Rows, first: int, known: Mapping[int, str], texts: Sequence[str]
) -> tuple[int | None, list[int]]:
    """The column of numbering, and columns with cells that nothing is known of."""
    marker: int | None = None
    unknown = []
    width = max(map(len, rows[max(first - 1, 0) :]), default=0)
    for index in range(max(width, len(texts))):
        if index in known:
            continue
        text = texts[index] if index < len(texts) else ""
        if text in NUMBERING:
            filled = any(cell_at(row, index) not in (None, "") for row in rows[first:])
            is_left = index < min(known, default=0)
            counts = text or (marker is None and is_left and _only_numbers(rows, first, index))
            if filled and counts:
                marker = index if marker is None else marker
                continue
            if not filled:
                continue
        unknown.append(index)
    return marker, unknown


def _only_numbers(rows: Rows, first: int, index: int) -> bool:
    """Whether a column without a heading counts the rows: 1, 2, 3; it may begin again."""
    cells = [text_of(c) for row in rows[first:] if (c := cell_at(row, index)) not in (None, "")]
    if not all(re.fullmatch(r"\d{1,6}", c.strip()) for c in cells):
        return False
    numbers = [int(c) for c in cells]
    return numbers[:1] in ([0], [1]) and all(b in (a + 1, 1) for a, b in pairwise(numbers))
