"""Where the table is in a sheet: headers of one or two rows, and which rows are data.

Sheets have titles, logos, blank rows, merged two-row headers, subtotals and footnotes. A header is
found by the columns that a contract knows. An unknown column stops the file, since its content is
not declared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas import headings
from tasks.read.workbook.values import folded

Cell = Any
Grid = Sequence[Sequence[Cell]]

SEARCHED_ROWS = 40
FOLDED_CHARACTERS = 200  # of a cell: enough to know a heading, a total or a note
NUMBERING = frozenset({"", "#", "no", "no.", "nomor", "nr", "番号", "№"})
TOTALS = re.compile(
    r"^(jumlah|total|sub ?-?total|grand total|jumlah total|合計|小計|総計|計)( .*|:)?$"
)
NOTES = re.compile(r"^(\*|※|注|catatan|keterangan|sumber|note|notes|source|remarks?|出典|備考)")
LEFT_OUT, PIVOT = "-", "*"  # columns that a mapping leaves out, or turns into rows
EXAMPLES = re.compile(r"^(contoh|example|例)$")


@dataclass(frozen=True)
class Problem:
    """Why a sheet cannot be accepted. `where` is a cell or a column letter, never a value; `facts`
    are headings or limits for the text."""

    code: str
    where: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """A table found in a sheet. `columns` maps 0-based columns to fields (or LEFT_OUT, PIVOT);
    `headings` are the headings as they are written."""

    columns: Mapping[int, str]
    first_row: int
    header_row: int
    headings: Sequence[str]
    marker: int | None = None  # the column of numbering and example marks
    problems: tuple[Problem, ...] = field(default=())


def heading_of(cell: Cell) -> str:
    return headings.heading(_fold("" if cell is None else cell))


def _fold(cell: Cell) -> str:
    """The start of a cell, folded, to compare it with headings and words of totals and notes."""
    return folded(str(cell)[:FOLDED_CHARACTERS])


def column_letter(index: int) -> str:
    """Column letter of a 0-based index."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def find_layout(grid: Grid, contract: Mapping[str, Any]) -> Layout | None:
    """The layout of a sheet, or None if no row looks like the contract's header.

    The header is in the declared rows (`header_rows`, from 1), else in the row with most known
    columns. Two rows are read together if that finds more columns than one row.
    """
    name_of, required = _names(contract), contract["required"]
    if contract["header_rows"]:
        first, last = contract["header_rows"][0] - 1, contract["header_rows"][-1]
        if last > len(grid):
            return None
        known = _known(_headings(grid, first, last - first), name_of)
        if not known:
            return None
        begin = max(last, (contract["first_row"] or 1) - 1)
        return _checked(grid, first, begin, known, required)
    best: tuple[int, int, int, dict[int, str]] | None = None
    for row in range(min(len(grid), SEARCHED_ROWS)):
        for height in (1, 2):
            if row + height > len(grid):
                continue
            known = _known(_headings(grid, row, height), name_of)
            if best is None or len(known) > best[0]:
                best = (len(known), row, height, known)
    if best is None or best[0] < max(2, len(required) // 2):
        return None
    _, row, height, known = best
    return _checked(grid, row, row + height, known, required)


def _names(contract: Mapping[str, Any]) -> Callable[[str], str | None]:
    """A function from a heading to its field or part, LEFT_OUT or PIVOT; None if unknown."""
    names: Mapping[str, str] = contract["headings"]
    left_out = frozenset(contract["leave_out"])
    pivot = re.compile(contract["unpivot"]["columns"]) if contract["unpivot"] else None

    def name_of(text: str) -> str | None:
        if text in left_out:
            return LEFT_OUT
        if text and pivot and pivot.fullmatch(text):
            return PIVOT
        return names.get(text)

    return name_of


def _headings(grid: Grid, row: int, height: int) -> list[str]:
    """Headings of the columns; a merged upper cell counts for the columns to its right."""
    if height == 1:
        return [heading_of(c) for c in grid[row]]
    upper, lower = list(grid[row]), list(grid[row + height - 1])
    width = max(len(upper), len(lower))
    upper += [None] * (width - len(upper))
    lower += [None] * (width - len(lower))
    headings, above = [], ""
    for top, below in zip(upper, lower, strict=True):
        above = heading_of(top) or (above if heading_of(below) else "")
        headings.append(f"{above} {heading_of(below)}".strip())
    return headings


def _known(headings: Sequence[str], name_of: Callable[[str], str | None]) -> dict[int, str]:
    return {n: name for n, h in enumerate(headings) if (name := name_of(h))}


def _checked(
    grid: Grid, row: int, first: int, known: dict[int, str], required: Sequence[str]
) -> Layout:
    headings = _headings(grid, row, min(first - row, 2) or 1)
    shown = [str("" if c is None else c).strip() for c in grid[row]]
    problems: list[Problem] = []
    marker = None
    for index in range(max((len(r) for r in grid[row:]), default=0)):
        if index in known:
            continue
        text = headings[index] if index < len(headings) else ""
        if text in NUMBERING:
            filled = any(_filled(r, index) for r in grid[first:])
            if filled and (text or marker is None) and (text or _only_numbers(grid, first, index)):
                marker = index if marker is None else marker
                continue
            if not filled:
                continue
        problems.append(Problem("unknown_column", column_letter(index)))
    fields = [name for name in known.values() if name not in (LEFT_OUT, PIVOT)]
    problems += [
        Problem("column_twice", column_letter(n), (name,))
        for n, name in known.items()
        if fields.count(name) > 1
    ]
    problems += [Problem("column_missing", "", (name,)) for name in required if name not in fields]
    return Layout(known, first, row, shown, marker, tuple(problems))


def _filled(row: Sequence[Cell], index: int) -> bool:
    return index < len(row) and row[index] not in (None, "")


def _only_numbers(grid: Grid, first: int, index: int) -> bool:
    cells = [str(r[index]) for r in grid[first:] if _filled(r, index)]
    return all(re.fullmatch(r"\d{1,6}(\.0)?", c.strip()) for c in cells)


def data_rows(  # noqa: C901 - one pass over a million rows: calls would double its time
    grid: Grid, layout: Layout, drop: Mapping[str, str]
) -> Iterator[int]:
    """0-based rows of data: without blanks, examples, totals and footnotes.

    `drop` has patterns by column: rows whose folded text matches are not data. A mapping declares
    so the subtotals that have no word such as "total".
    """
    dropped = [
        (index, re.compile(pattern))
        for name, pattern in drop.items()
        for index, field in layout.columns.items()
        if field == name
    ]
    fields = [n for n, name in layout.columns.items() if name != LEFT_OUT]
    all_count = len(fields) == max((len(r) for r in grid[layout.first_row :]), default=0)
    marker = layout.marker
    words: dict[str, str] = {}
    kinds: dict[str, str] = {}

    def word(cell: Cell) -> str:
        if not isinstance(cell, str):
            return "" if cell is None else "0"
        if cell not in words:
            words[cell] = _fold(cell)
        return words[cell]

    for number in range(layout.first_row, len(grid)):
        row = grid[number]
        first = ""
        for cell in row:
            if first := word(cell):
                break
        if not first:
            continue
        width = len(row)
        if not all_count and not any(n < width and row[n] not in (None, "") for n in fields):
            continue
        if marker is not None and marker < width and EXAMPLES.match(word(row[marker])):
            continue
        kind = kinds.get(first)
        if kind is None:
            kind = kinds[first] = _kind(first)
        if kind == "total" and _is_total([w for c in row if (w := word(c))]):
            continue
        if kind == "note" and sum(1 for c in row if word(c)) == 1:
            continue
        if dropped and any(n < width and p.match(word(row[n])) for n, p in dropped):
            continue
        yield number


def total_rows(grid: Grid, layout: Layout) -> Iterator[int]:
    """0-based rows with the totals of other rows."""
    known: dict[str, bool] = {}
    for number in range(layout.first_row, len(grid)):
        first = next((c for c in grid[number] if c not in (None, "")), None)
        if not isinstance(first, str):
            continue
        if first not in known:
            known[first] = bool(TOTALS.match(_fold(first)))
        if known[first] and _is_total([_fold(c) for c in grid[number] if c not in (None, "")]):
            yield number


def _kind(first: str) -> str:
    """The kind of a row that begins with this text: total, note or data."""
    if TOTALS.match(first):
        return "total"
    return "note" if NOTES.match(first) else "data"


def _is_total(texts: Sequence[str]) -> bool:
    """Whether all texts after the first are numbers, as in a row of totals."""
    return all(re.match(r"^[\d(rp¥$-]", t) for t in texts[1:])
