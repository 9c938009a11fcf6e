"""Where the table is in a sheet: headers of one or two rows, and which rows are data.

Sheets come with titles, logos, blank rows, merged two-row headers, subtotals and footnotes. A
header is found by the columns that a contract knows; a column that it does not know stops the
file, since nobody has said what stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas import headings
from tasks.files.values import folded

Cell = Any
Grid = Sequence[Sequence[Cell]]

SEARCHED_ROWS = 40
NUMBERING = frozenset({"", "#", "no", "no.", "nomor", "nr", "番号", "№"})
TOTALS = re.compile(
    r"^(jumlah|total|sub ?-?total|grand total|jumlah total|合計|小計|総計|計)( .*|:)?$"
)
NOTES = re.compile(r"^(\*|※|注|catatan|keterangan|sumber|note|notes|source|remarks?|出典|備考)")
EXAMPLES = re.compile(r"^(contoh|example|例)$")


@dataclass(frozen=True)
class Problem:
    """Why a sheet cannot be taken. `where` is a cell or a column letter, never a value."""

    code: str
    where: str = ""
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """A table found in a sheet: field by column index, and its first data row (0-based)."""

    columns: Mapping[int, str]
    first_row: int
    header_row: int
    marker: int | None = None  # the column of numbering and example marks
    problems: tuple[Problem, ...] = field(default=())


def heading(cell: Cell) -> str:
    return headings.heading(folded("" if cell is None else cell))


def letter(index: int) -> str:
    """Column letter of a 0-based index."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def find(grid: Grid, names: Mapping[str, str], required: Sequence[str]) -> Layout | None:
    """The layout of a sheet, or None if no row looks like the contract's header.

    `names` gives the field of each known heading. The best header is the one that knows most
    columns, two rows read together if that knows more than one alone.
    """
    best: tuple[int, int, int, dict[int, str]] | None = None
    for row in range(min(len(grid), SEARCHED_ROWS)):
        for height in (1, 2):
            if row + height > len(grid):
                continue
            known = _known(_headings(grid, row, height), names)
            if best is None or len(known) > best[0]:
                best = (len(known), row, height, known)
    if best is None or best[0] < max(2, len(required) // 2):
        return None
    _, row, height, known = best
    return _checked(grid, row, height, known, required)


def _headings(grid: Grid, row: int, height: int) -> list[str]:
    """Headings of the columns; a merged upper cell counts for the columns to its right."""
    if height == 1:
        return [heading(c) for c in grid[row]]
    upper, lower = list(grid[row]), list(grid[row + 1])
    width = max(len(upper), len(lower))
    upper += [None] * (width - len(upper))
    lower += [None] * (width - len(lower))
    found, above = [], ""
    for top, below in zip(upper, lower, strict=True):
        above = heading(top) or (above if heading(below) else "")
        found.append(f"{above} {heading(below)}".strip())
    return found


def _known(headings: Sequence[str], names: Mapping[str, str]) -> dict[int, str]:
    return {n: names[h] for n, h in enumerate(headings) if h in names}


def _checked(
    grid: Grid, row: int, height: int, known: dict[int, str], required: Sequence[str]
) -> Layout:
    headings = _headings(grid, row, height)
    first = row + height
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
        problems.append(Problem("unknown_column", letter(index)))
    fields = list(known.values())
    problems += [
        Problem("column_twice", letter(n), (name,))
        for n, name in known.items()
        if fields.count(name) > 1
    ]
    problems += [Problem("column_missing", "", (name,)) for name in required if name not in fields]
    return Layout(known, first, row, marker, tuple(problems))


def _filled(row: Sequence[Cell], index: int) -> bool:
    return index < len(row) and row[index] not in (None, "")


def _only_numbers(grid: Grid, first: int, index: int) -> bool:
    cells = [str(r[index]) for r in grid[first:] if _filled(r, index)]
    return all(re.fullmatch(r"\d{1,6}(\.0)?", c.strip()) for c in cells)


def data_rows(grid: Grid, layout: Layout) -> Iterator[tuple[int, dict[str, Cell]]]:
    """0-based row and its cells by field: without blanks, examples, totals and footnotes."""
    for number in range(layout.first_row, len(grid)):
        row = grid[number]
        cells = {name: row[n] for n, name in layout.columns.items() if n < len(row)}
        texts = [folded(c) for c in row if c not in (None, "")]
        texts = [t for t in texts if t]
        if not texts:
            continue
        mark = (
            folded(row[layout.marker])
            if layout.marker is not None
            and layout.marker < len(row)
            and row[layout.marker] is not None
            else ""
        )
        if EXAMPLES.match(mark) or _is_total(texts) or _is_note(texts):
            continue
        if not any(c not in (None, "") for c in cells.values()):
            continue
        yield number, cells


def _is_total(texts: Sequence[str]) -> bool:
    """A subtotal has its word as the first text of the row, and otherwise numbers."""
    return bool(TOTALS.match(texts[0])) and all(re.match(r"^[\d(rp¥$-]", t) for t in texts[1:])


def _is_note(texts: Sequence[str]) -> bool:
    return len(texts) == 1 and bool(NOTES.match(texts[0]))
