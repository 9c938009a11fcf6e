"""Columns of cells to columns of canonical text, each distinct cell read once.

This applies what a mapping declares: constants, months as columns, periods made of parts, units. A
cell that has more than one reading, or none, is left empty, and its problem is kept with the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from tasks.read.workbook import layout, values
from tasks.read.workbook.layout import LEFT_OUT, PIVOT, Layout
from tasks.read.workbook.pseudonym import Pseudonyms
from tasks.read.workbook.values import Unclear

ERRORS = ("#ref!", "#n/a", "#value!", "#div/0!", "#name?", "#null!", "#num!")
HIDDEN = "…"
MOST_DIGITS = 10**15  # what a cell's number holds exactly
CellReader = Callable[[Any], str | None]


@dataclass
class SheetRows:
    """Canonical text by field; and for each row its place in the sheet and its problems."""

    texts: dict[str, list[str]]
    rows: list[int]  # 0-based rows of the sheet
    pivots: list[int]  # column of the row's value where months are columns, else empty
    problems: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


def read_rows(
    grid: layout.Grid, here: Layout, contract: Mapping[str, Any], pseudonyms: Pseudonyms
) -> SheetRows:
    """The data rows of a sheet. `contract` is a `config.source.Workbook` as JSON."""
    rows = list(layout.data_rows(grid, here, contract["drop"]))
    columns: list[Sequence[Any]] = list(zip_longest(*(grid[row] for row in rows)))
    cells = {
        name: columns[index] if index < len(columns) else [None] * len(rows)
        for index, name in here.columns.items()
        if name not in (LEFT_OUT, PIVOT)
    }
    pivots: list[int] = []
    if contract["unpivot"]:
        rows, pivots = _unpivot(grid, here, contract["unpivot"], rows, cells)
    for name, pattern in contract["compose"].items():
        parts = {n: [text_of(c) for c in column] for n, column in cells.items()}
        cells[name] = [
            pattern.format_map({n: column[i] for n, column in parts.items()})
            for i in range(len(rows))
        ]
    cells |= {name: [value] * len(rows) for name, value in contract["constants"].items()}
    read = SheetRows({}, rows, pivots)
    for name, kind in contract["fields"].items():
        if name not in cells:
            read.texts[name] = [contract["defaults"].get(name, "")] * len(rows)
        else:
            reader = _reader(kind, contract, name, pseudonyms)
            _fill(read, name, cells[name], reader, contract)
    if months := contract["shift_months"]:
        starts = read.texts["period_start"]
        read.texts["period_start"] = [_shifted(start, months) for start in starts]
    if "period_end" in contract["fields"] and "period_end" not in cells:
        pairs = zip(read.texts["period_start"], read.texts.get("frequency", ()), strict=False)
        ends = [_end(start, frequency) for start, frequency in pairs]
        read.texts["period_end"] = ends or [""] * len(rows)
    return read


@lru_cache(maxsize=4096)
def _end(start: str, frequency: str) -> str:
    """Last day of a period that begins on a day; empty where that is not known."""
    months = {"A": 12, "S": 6, "Q": 3, "M": 1}.get(frequency)
    if not start or months is None:
        return ""
    return (date.fromisoformat(_shifted(start, months)) - timedelta(days=1)).isoformat()


@lru_cache(maxsize=4096)
def _shifted(start: str, months: int) -> str:
    """The first day of the month that is so many months after a day; empty for an empty start."""
    if not start:
        return ""
    first = date.fromisoformat(start)
    month = first.year * 12 + first.month - 1 + months
    return date(month // 12, month % 12 + 1, 1).isoformat()


def wrong_totals(
    grid: layout.Grid, here: Layout, contract: Mapping[str, Any], found: SheetRows
) -> list[tuple[int, int, str]]:
    """Row, column and right sum of every wrong total (D11). A total is right if it is the sum of
    all rows above it, or of those since the total before. Tables with months in columns are not
    checked."""
    if contract["unpivot"] or contract["factors"]:
        return []
    columns = [(n, f) for n, f in here.columns.items() if contract["fields"].get(f) == "number"]
    wrong, before = [], -1
    for row in layout.total_rows(grid, here):
        for index, name in columns:
            try:
                total = values.number_text(
                    _checked(_at(grid[row], index) or ""), contract["locale"]
                )
            except Unclear:
                continue
            if total is None:
                continue
            texts = zip(found.rows, found.texts[name], strict=True)
            numbers = [(r, Decimal(text)) for r, text in texts if text and r < row]
            sums = {sum((v for r, v in numbers if r > since), Decimal(0)) for since in (-1, before)}
            if Decimal(total) not in sums:
                wrong.append((row, index, values.plain(max(sums))))
        before = row
    return wrong


def _at(row: Sequence[Any], index: int) -> Any:
    return row[index] if index < len(row) else None


def _unpivot(
    grid: layout.Grid,
    here: Layout,
    unpivot: Mapping[str, str],
    rows: list[int],
    cells: dict[str, Sequence[Any]],
) -> tuple[list[int], list[int]]:
    """One row for each filled cell of the pivoted columns. Changes `cells`; returns the row and the
    column of each new row."""
    columns = [n for n, name in here.columns.items() if name == PIVOT]
    places = [
        (place, row, n)
        for place, row in enumerate(rows)
        for n in columns
        if _at(grid[row], n) not in (None, "")
    ]
    for name in list(cells):
        cells[name] = [cells[name][place] for place, _, _ in places]
    cells[unpivot["into"]] = [here.headings[n] for _, _, n in places]
    cells[unpivot["value"]] = [grid[row][n] for _, row, n in places]
    return [row for _, row, _ in places], [n for _, _, n in places]


def _fill(
    found: SheetRows,
    name: str,
    cells: Sequence[Any],
    reader: CellReader,
    contract: Mapping[str, Any],
) -> None:
    default = contract["defaults"].get(name, "")
    keyed = bool in set(map(type, cells))  # True equals 1, and means something else
    keys: Sequence[Any] = [(type(c), c) for c in cells] if keyed else cells
    known: dict[Any, str] = {}
    unread: dict[Any, Unclear] = {}
    for key in set(keys):
        cell = key[1] if keyed else key
        try:
            text = None if cell is None or cell == "" else reader(cell)
        except Unclear as unclear:
            unread[key], text = unclear, ""
        known[key] = default if text is None else text
    found.texts[name] = list(map(known.__getitem__, keys))
    if not unread:
        return
    for place, key in enumerate(keys):
        if key in unread:
            received = HIDDEN if name in contract["hidden"] else text_of(cells[place])[:200]
            found.problems.setdefault(place, []).append(
                {
                    "code": unread[key].code,
                    "field": name,
                    "received": received,
                    "expected": " | ".join(unread[key].readings),
                    "severity": "quarantine",
                }
            )


def _reader(
    kind: str, contract: Mapping[str, Any], name: str, pseudonyms: Pseudonyms
) -> CellReader:
    locale: Any = contract["locale"]
    labels: Mapping[str, str] | None = contract["labels"].get(name)
    factor = contract["factors"].get(name)
    match kind:
        case "number":
            return _number_reader(locale, Decimal(factor) if factor else None)
        case "date":
            return lambda cell: values.date_text(_checked(cell), locale)
        case "period":
            return lambda cell: values.period_text(_checked(cell), locale)
        case "flag":
            return lambda cell: values.flag_text(_checked(cell))
        case "area":
            return lambda cell: _word(cell).casefold()
        case "reference":
            return lambda cell: pseudonyms.of(word) if (word := _word(cell)) else None
    if labels:
        return lambda cell: _labelled(cell, labels)
    return lambda cell: _word(cell) or None


def _number_reader(locale: Any, factor: Decimal | None) -> CellReader:
    def read(cell: Any) -> str | None:
        if type(cell) is float and factor is None and abs(cell) < MOST_DIGITS:
            return str(int(cell)) if cell.is_integer() else values.number_text(cell)
        text = values.number_text(_checked(cell), locale)
        if text is None or factor is None:
            return text
        return values.plain(Decimal(text) * factor)

    return read


def _checked(cell: Any) -> Any:
    if isinstance(cell, str) and values.folded(cell) in ERRORS:
        raise Unclear("formula_error")
    return values.clean_text(cell) if isinstance(cell, str) else cell


def _word(cell: Any) -> str:
    text = published_text(cell)
    return "" if values.folded(text) in values.EMPTY_TEXT else values.clean_text(text)


def published_text(cell: Any) -> str:
    """A cell as text; a number as its digits. Raises Unclear for an error of a formula, and for a
    number that Excel has rounded: it keeps 15 digits."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= MOST_DIGITS:
        raise Unclear("rounded_number")
    return text_of(_checked(cell))


def _labelled(cell: Any, labels: Mapping[str, str]) -> str | None:
    """The code of a label. Another text stays as it is, and its row is refused by a rule."""
    word = _word(cell)
    return labels.get(values.folded(word), word) or None


def text_of(cell: Any) -> str:
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
        case date() | time() | timedelta():
            return str(cell)
    return str(cell)
