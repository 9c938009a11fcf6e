"""The canonical cells of a file: what was read of it, and the only thing of it that is landed.

Line 1 is JSON: format, and for each sheet its number, the letters of its columns, the rows of its
headings, parts found in titles, and the cells that are shown as percentages or dates. Then one CSV
line a row: sheet, row, cells. Texts are in quotes and numbers are not, so that both read back as
they were. Names of sheets, notes, properties and columns that nobody reads have no place here.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tasks.read.workbook import lines
from tasks.read.workbook.grid import Header, Percent, Sheet, column_index, column_letter

FORMAT = "penataran cells 1"
BEGINNING = b'{"format": "penataran cells '
MASK = "•••"
Runs = list[tuple[int, int]]


@dataclass
class Kept:
    """What is kept of a sheet: some columns of some rows, from 0. `replaced` are cells in other
    words: references of organisations, by row and column."""

    sheet: Sheet
    columns: Sequence[int]
    rows: Sequence[int]
    header: Header
    titles: Sequence[tuple[int, Mapping[str, str]]] = ()
    replaced: Mapping[tuple[int, int], str] = field(default_factory=dict)


def is_cells(raw: bytes) -> bool:
    """Whether bytes are canonical cells."""
    return raw.startswith(BEGINNING)


def write_cells(path: Path, kept: Iterable[Kept]) -> None:
    """Write canonical cells of some sheets."""
    kept = list(kept)
    columns = [_columns(k) for k in kept]
    described = [_described(k, found) for k, found in zip(kept, columns, strict=True)]
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(json.dumps({"format": FORMAT, "sheets": described}, ensure_ascii=False) + "\n")
        for k, found in zip(kept, columns, strict=True):
            head = _head(k)
            for first, last in ((0, head), (head, len(k.rows))):
                for block in lines.blocks(_written(k, found, first, last), last - first):
                    out.write(lines.lines_of(block))


def _written(
    kept: Kept, columns: Sequence[Sequence[Any]], first: int, last: int
) -> list[lines.Column]:
    """Some of the kept rows, each with its place, as columns of fields."""
    rows = kept.rows[first:last]
    changed = {column for _, column in kept.replaced}
    written: list[lines.Column] = [(f"{kept.sheet.number},", lines.numbers_of(rows), "")]
    for index, column in zip(kept.columns, columns, strict=True):
        cells = column[first:last]
        digits = None if index in changed else kept.sheet.digits(index, rows)
        written.append(digits or lines.with_numbers(cells))
    return written


def _columns(kept: Kept) -> list[Sequence[Any]]:
    """Cells of each kept column. A flag becomes a word: the writer takes it for a number."""
    found: list[Sequence[Any]] = []
    for index in kept.columns:
        cells = kept.sheet.column(index, kept.rows)
        if bool in _types(kept, index):
            cells = [str(c).upper() if isinstance(c, bool) else c for c in cells]
        found.append(cells)
    place_of = {row: n for n, row in enumerate(kept.rows)} if kept.replaced else {}
    changed = {index: list(found[n]) for n, index in enumerate(kept.columns)
               if index in {column for _, column in kept.replaced}}  # fmt: skip
    for (row, index), text in kept.replaced.items():
        if row in place_of and index in changed:
            changed[index][place_of[row]] = text
    return [changed.get(index, cells) for index, cells in zip(kept.columns, found, strict=True)]


def _types(kept: Kept, index: int) -> set[type]:
    """The types of a column's cells: of those that it is read by, and of its headings."""
    head = _head(kept)
    types = kept.sheet.types(index, kept.rows[head:])
    return types.union(map(type, kept.sheet.column(index, kept.rows[:head])))


def _head(kept: Kept) -> int:
    """How many of the kept rows stand before the data."""
    return sum(1 for row in kept.rows if row < kept.header.end)


def _described(kept: Kept, columns: Sequence[Sequence[Any]]) -> dict[str, Any]:
    letters = [column_letter(index) for index in kept.columns]
    percents, dates = {}, {}
    for index, letter, cells in zip(kept.columns, letters, columns, strict=True):
        types = _types(kept, index)
        if Percent in types:
            percents[letter] = _runs(kept.rows, [type(c) is Percent for c in cells])
        if types & {date, datetime}:
            dates[letter] = _runs(kept.rows, [isinstance(c, date) for c in cells])
    return {
        "sheet": kept.sheet.number,
        "columns": letters,
        "header": [kept.header.first + 1, kept.header.end],
        "titles": [[row + 1, dict(parts)] for row, parts in kept.titles],
        "percents": percents,
        "dates": dates,
    }


def _runs(rows: Sequence[int], chosen: Sequence[bool]) -> Runs:
    """First and last row, from 1, of each run of chosen rows."""
    runs: Runs = []
    ongoing = False
    for row, is_chosen in zip(rows, chosen, strict=True):
        if is_chosen and ongoing:
            runs[-1] = (runs[-1][0], row + 1)
        elif is_chosen:
            runs.append((row + 1, row + 1))
        ongoing = is_chosen
    return runs


def read_cells(raw: bytes) -> list[Sheet]:
    """The sheets, every cell at its place."""
    head, _, _ = raw.partition(b"\n")
    sheets = {}
    columns = {}
    described = json.loads(head)["sheets"]
    for found in described:
        first, end = found["header"]
        titles = [(row - 1, parts) for row, parts in found["titles"]]
        sheets[found["sheet"]] = Sheet(
            found["sheet"], "", True, [], header=Header(first - 1, end), titles=titles
        )
        columns[found["sheet"]] = [column_index(letter) for letter in found["columns"]]
    for number, row, cells in _lines(raw):
        rows = sheets[number].rows
        rows.extend([] for _ in range(row - len(rows)))
        line: list[Any] = [""] * (max(columns[number], default=-1) + 1)
        for index, cell in zip(columns[number], cells, strict=True):
            line[index] = cell
        rows[row - 1] = line
    for found in described:
        _put_formats(sheets[found["sheet"]].rows, found)
    return list(sheets.values())


def _lines(raw: bytes) -> Iterator[tuple[int, int, list[Any]]]:
    text = io.StringIO(raw.decode(), newline="")
    text.readline()
    for number, row, *cells in csv.reader(text, quoting=csv.QUOTE_NONNUMERIC):
        yield int(number), int(row), cells


def _put_formats(rows: list[list[Any]], found: Mapping[str, Any]) -> None:
    """Percentages and dates, in the cells that had them."""
    for letter, runs in found["percents"].items():
        for row, index in _cells(letter, runs):
            if rows[row] and isinstance(rows[row][index], float):  # a run goes over blank rows
                rows[row][index] = Percent(rows[row][index])
    for letter, runs in found["dates"].items():
        for row, index in _cells(letter, runs):
            if rows[row] and rows[row][index] != MASK:
                text = str(rows[row][index])
                kind = date if len(text) == len("2026-01-01") else datetime
                rows[row][index] = kind.fromisoformat(text)


def _cells(letter: str, runs: Runs) -> Iterator[tuple[int, int]]:
    index = column_index(letter)
    for first, last in runs:
        for row in range(first - 1, last):
            yield row, index


def masked(raw: bytes, places: Collection[tuple[int, int, int]]) -> bytes:
    """The cells with a mask in some places: sheet, 0-based row and column."""
    head, _, _ = raw.partition(b"\n")
    columns = {
        found["sheet"]: [column_index(letter) for letter in found["columns"]]
        for found in json.loads(head)["sheets"]
    }
    out = io.StringIO(newline="")
    out.write(head.decode() + "\n")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    for number, row, cells in _lines(raw):
        shown = [
            MASK if (number, row - 1, index) in places else cell
            for index, cell in zip(columns[number], cells, strict=True)
        ]
        writer.writerow([number, row, *shown])
    return out.getvalue().encode()


def lines_in(path: Path) -> Iterator[tuple[int, int, dict[int, Any]]]:
    """Sheet, 0-based row, and cells by column of a file of canonical cells, line by line."""
    with path.open(encoding="utf-8", newline="") as file:
        columns = {
            found["sheet"]: [column_index(letter) for letter in found["columns"]]
            for found in json.loads(file.readline())["sheets"]
        }
        for number, row, *cells in csv.reader(file, quoting=csv.QUOTE_NONNUMERIC):
            yield int(number), int(row) - 1, dict(zip(columns[int(number)], cells, strict=True))
