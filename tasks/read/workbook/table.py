"""Columns of cells to columns of canonical text, each distinct cell read once.

This applies what a mapping declares: constants, months as columns, periods made of parts, units. A
cell that has more than one reading, or none, is left empty, and its problem is kept with the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from tasks.read.workbook import values
from tasks.read.workbook.grid import Cell, Sheet, cell_at, text_of
from tasks.read.workbook.layout import LEFT_OUT, PIVOT, Layout, heading_of
from tasks.read.workbook.lines import Column, is_one, texts_in
from tasks.read.workbook.pseudonym import Pseudonyms
from tasks.read.workbook.readers import STAGE, STATUS, Read, Readers, period_of
from tasks.read.workbook.rows import Found, Numbers, is_close, title_of
from tasks.read.workbook.values import Unclear, plain

HIDDEN = "…"
STATES = {STATUS: "value_status", STAGE: "release_stage"}
LENGTHS = {"A": 12, "S": 6, "Q": 3, "M": 1}  # months of a period


@dataclass
class SheetRows:
    """Canonical text by field; and for each row its place in the sheet and its problems."""

    texts: dict[str, list[str]]
    rows: list[int]  # 0-based rows of the sheet
    columns: list[int]  # column of the row's value where months are columns, else empty
    problems: dict[int, list[dict[str, Any]]] = field(default_factory=dict)


def fill_merged(sheet: Sheet, here: Layout, fields: Mapping[str, str]) -> None:
    """Write the text of a cell that is merged down into all the rows that it covers. Numbers are
    not repeated: one number over two rows is one number; nor is a heading of a further page, which
    is merged as the first one."""
    keep = {
        n
        for n, name in here.columns.items()
        if name not in (LEFT_OUT, PIVOT) and fields.get(name) not in ("number", "percent")
    }
    for top, left, bottom, right in sheet.merged:
        if bottom == top or top < here.first_row:
            continue
        sheet.forget_columns()
        if _is_heading(sheet, here, top, left):
            continue
        for column in keep & set(range(left, right + 1)):
            for row in sheet.rows[top + 1 : bottom + 1]:
                if column < len(row):
                    row[column] = cell_at(sheet.rows[top], left)


def _is_heading(sheet: Sheet, here: Layout, row: int, column: int) -> bool:
    heads = sheet.rows[here.header.first : here.header.end]
    text = heading_of(cell_at(sheet.rows[row], column))
    return bool(text) and any(heading_of(cell_at(head, column)) == text for head in heads)


def read_rows(
    sheet: Sheet,
    here: Layout,
    found: Found,
    contract: Mapping[str, Any],
    pseudonyms: Pseudonyms,
) -> SheetRows:
    """The data rows of a sheet. `contract` is a `config.workbook.Workbook` as JSON."""
    rows = found.data
    places = {n: index for index, n in here.columns.items() if n not in (LEFT_OUT, PIVOT)}
    cells = {name: sheet.column(index, rows) for name, index in places.items()}
    given = dict(cells)
    for name in contract["titles"]:
        cells[name] = [parts.get(name, "") for parts in title_of(found.titles, rows)]
    for name in contract["fill"]:
        if name in cells:
            cells[name] = _filled_down(cells[name])
    columns: list[int] = []
    if contract["unpivot"]:
        rows, columns = _unpivot(sheet, here, rows, cells)
    _compose(cells, contract["compose"], len(rows))
    cells |= {name: [value] * len(rows) for name, value in contract["constants"].items()}
    read = SheetRows({}, rows, columns)
    readers = Readers(contract, pseudonyms)
    for name in contract["fields"]:
        if name in cells:
            is_given = cells[name] is given.get(name)  # as the sheet has it
            known = _known(sheet, places[name], rows) if is_given else (texts_in(cells[name]), None)
            _fill(read, name, cells[name], readers, contract, known)
        else:
            read.texts[name] = [contract["defaults"].get(name, "")] * len(rows)
    _blame_titles(read, cells, contract)
    _say_states(read, cells, contract)
    if "period_start" in cells and "frequency" in read.texts:
        _check_frequencies(read, cells["period_start"], contract)
    _finish_periods(read, contract, has_end="period_end" in cells)
    return read


def _known(sheet: Sheet, index: int, rows: Sequence[int]) -> tuple[set[str], Column | None]:
    """What a sheet knows of a column as a whole: its distinct texts, or its numbers."""
    texts = sheet.texts(index, rows)
    return texts, None if texts else sheet.digits(index, rows)


def _say_states(
    read: SheetRows, cells: Mapping[str, Sequence[Any]], contract: Mapping[str, Any]
) -> None:
    """The states that a file says by columns, titles or marks. What a cell says of itself stands
    before what its row says. A row with a word that is not declared is refused."""
    for state in contract["states"]:
        own = read.texts.setdefault(state, [""] * len(read.rows))
        name = STATES[state]
        if name in cells:
            labels = {"": "", **contract["labels"].get(name, {})}
            said = [values.clean_text(text_of(cell)) for cell in cells[name]]
            codes = {text: labels.get(values.folded(text), "") for text in set(said)}
            read.texts[state] = [o or codes[text] for o, text in zip(own, said, strict=True)]
            unknown = {t: Unclear("not_allowed", tuple(labels)[1:]) for t, c in codes.items()
                       if not c and t}  # fmt: skip
            _add_problems(read, name, said, said, unknown, contract)


def _check_frequencies(read: SheetRows, cells: Sequence[Any], contract: Mapping[str, Any]) -> None:
    """Refuse a period that is longer than its frequency says: a year is not its first month. A
    month may name what it begins, but no quarter or half year does. And a year that begins in
    another month than the declared one."""
    texts = read.texts["period_start"]
    marks = tuple(contract["marks"])
    frequencies = read.texts["frequency"]
    if is_one(frequencies):  # most tables
        distinct = {(*pair, frequencies[0]) for pair in set(zip(cells, texts, strict=True))}
    else:
        distinct = set(zip(cells, texts, frequencies, strict=True))
    wrong = {key for key in distinct if key[1] and _is_wrong(*key, marks, contract)}
    if not wrong:
        return
    keys = zip(cells, list(texts), frequencies, strict=True)
    for place, key in enumerate(keys):
        if key in wrong:
            texts[place] = ""
            received, expected = text_of(key[0])[:200], key[2]
            read.problems.setdefault(place, []).append(
                {"code": "frequency_differs", "field": "period_start", "received": received,
                 "expected": expected, "severity": "quarantine"}
            )  # fmt: skip


def _is_wrong(
    cell: Cell, start: str, frequency: str, marks: tuple[str, ...], contract: Mapping[str, Any]
) -> bool:
    stated = values.frequency_of(cell, marks)
    if stated in LENGTHS and frequency in LENGTHS and stated not in ("M", frequency):
        return True
    shifted = _shifted(start, contract["shift_months"])
    return frequency == "A" and not values.begins_period(shifted, "A", contract["year_begins"])


def _filled_down(cells: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for cell in cells:
        found.append(found[-1] if found and cell in (None, "") else cell)
    return found


def _compose(cells: dict[str, Sequence[Any]], patterns: Mapping[str, str], count: int) -> None:
    for name, pattern in patterns.items():
        parts = {n: [text_of(c) for c in column] for n, column in cells.items()}
        cells[name] = [
            pattern.format_map({n: column[i] for n, column in parts.items()}).strip()
            for i in range(count)
        ]


def _blame_titles(
    read: SheetRows, cells: Mapping[str, Sequence[Any]], contract: Mapping[str, Any]
) -> None:
    """Say of a field that cannot be read where a title is to blame: a part that was in none, or
    that is a range."""
    for name, pattern in contract["compose"].items():
        parts = [part for part in contract["titles"] if f"{{{part}}}" in pattern]
        for place, problems in read.problems.items() if parts else ():
            blame = next(filter(None, (_of_title(p, cells[p][place], contract) for p in parts)), {})
            for problem in problems:
                if problem["field"] == name:
                    problem |= blame


def _of_title(part: str, text: str, contract: Mapping[str, Any]) -> dict[str, Any]:
    """What is wrong with a part of a title alone, as a problem says it."""
    if not text:
        return {"code": "title_missing", "expected": part, "received": "", "is_title": True}
    try:
        period_of(text, contract)
    except Unclear as unclear:
        if unclear.code == "a_range":
            expected = " | ".join(unclear.readings)
            return {"code": "a_range", "expected": expected, "received": text, "is_title": True}
    return {}


def _finish_periods(read: SheetRows, contract: Mapping[str, Any], *, has_end: bool) -> None:
    if months := contract["shift_months"]:
        starts = read.texts["period_start"]
        read.texts["period_start"] = [_shifted(start, months) for start in starts]
    if "period_end" in contract["fields"] and not has_end:
        pairs = zip(read.texts["period_start"], read.texts.get("frequency", ()), strict=False)
        ends = [_end(start, frequency) for start, frequency in pairs]
        read.texts["period_end"] = ends or [""] * len(read.rows)


@lru_cache(maxsize=4096)
def _end(start: str, frequency: str) -> str:
    """Last day of a period that begins on a day; empty where that is not known."""
    months = LENGTHS.get(frequency)
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
    sheet: Sheet, here: Layout, contract: Mapping[str, Any], found: Found
) -> list[tuple[int, int, str]]:
    """Row, column and right sum of every wrong total (D11). A total is right if it is the sum of
    all rows above it, or of those since the total before."""
    if not found.totals:
        return []
    numbers = Numbers(sheet, here, contract)
    wrong = []
    for row in found.totals:
        for column in numbers.columns:
            total = numbers.at(row, column)
            if total is None or not numbers.is_clear(column, found.data):
                continue
            sums = numbers.sums(row, column, found.data, found.totals)
            if min(found.data, default=row) >= row:
                continue  # above all its rows: it may count more than the rows that are shown
            if not any(is_close(total, s) for s in sums):
                wrong.append((row, column, plain(max(sums))))
    return wrong


def _unpivot(
    sheet: Sheet, here: Layout, rows: Sequence[int], cells: dict[str, Sequence[Any]]
) -> tuple[list[int], list[int]]:
    """One row for each group of filled cells of the pivoted columns: those whose headings name the
    same parts. Changes `cells`; returns the row and the first column of each new row."""
    groups: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for n, pivot in here.pivots.items():
        groups.setdefault(tuple(sorted(pivot.parts.items())), {})[pivot.field] = n
    places = [
        (number, row, parts, fields)
        for number, row in enumerate(rows)
        for parts, fields in groups.items()
        if any(cell_at(sheet.rows[row], n) not in (None, "") for n in fields.values())
    ]
    for name in list(cells):
        column = cells[name]
        cells[name] = [column[number] for number, *_ in places]
    for name in {name for parts in groups for name, _ in parts}:
        cells[name] = [dict(parts).get(name, "") for _, _, parts, _ in places]
    for name in {name for fields in groups.values() for name in fields}:
        cells[name] = [
            cell_at(sheet.rows[row], fields[name]) if name in fields else None
            for _, row, _, fields in places
        ]
    columns = [min(fields.values()) for *_, fields in places]
    return [row for _, row, _, _ in places], columns


def _fill(
    found: SheetRows,
    name: str,
    cells: Sequence[Cell],
    readers: Readers,
    contract: Mapping[str, Any],
    whole: tuple[set[str], Column | None],
) -> None:
    default = contract["defaults"].get(name, "")
    distinct, digits = whole
    types = {str} if distinct else {float} if digits else set(map(type, cells))
    if len(types) == 1 and (texts := readers.whole_column(name, cells, distinct, digits)):
        found.texts[name] = list(texts)
        return
    reader = readers.of(name, cells)
    keyed = len(types - {str, type(None)}) > 1  # True equals 1, and 0.5 equals 50%
    keys: Sequence[Any] = [(type(c), c) for c in cells] if keyed else cells
    known: dict[Any, str] = {}
    states: dict[Any, tuple[str, str]] = {}
    unread: dict[Any, Unclear] = {}
    for key in distinct or set(keys):
        cell = key[1] if keyed else key
        try:
            text = None if cell is None or cell == "" else reader(cell)
        except Unclear as unclear:
            unread[key], text = unclear, ""
        if isinstance(text, Read):
            states[key] = (text.state, text.value)
            text = text.text
        known[key] = default if text is None else text
    found.texts[name] = list(map(known.__getitem__, keys))
    _add_states(found, keys, states, contract["states"])
    _add_problems(found, name, cells, keys, unread, contract)


def _add_states(
    found: SheetRows,
    keys: Sequence[Any],
    states: Mapping[Any, tuple[str, str]],
    wanted: Sequence[str],
) -> None:
    """What a cell says beside its value: the stage of a marked figure, why a value is missing."""
    if not states:
        return
    for state in {state for state, _ in states.values()} & {*wanted}:
        column = found.texts.setdefault(state, [""] * len(keys))
        for place, key in enumerate(keys):
            if key in states and states[key][0] == state:
                column[place] = states[key][1]


def _add_problems(
    found: SheetRows,
    name: str,
    cells: Sequence[Cell],
    keys: Sequence[Any],
    unread: Mapping[Any, Unclear],
    contract: Mapping[str, Any],
) -> None:
    if not unread:
        return
    hidden = HIDDEN if name in contract["hidden"] else ""
    for place, key in enumerate(keys):
        if key in unread:
            found.problems.setdefault(place, []).append(
                {
                    "code": unread[key].code,
                    "field": name,
                    "received": hidden or text_of(cells[place])[:200],
                    "expected": "" if hidden else " | ".join(unread[key].readings),
                    "severity": "quarantine",
                }
            )
