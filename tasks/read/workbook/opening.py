"""Sheets of a partner's file: every cell as it is, nothing interpreted."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tasks.read.workbook import cells, facts, markup, preflight
from tasks.read.workbook.grid import Sheet
from tasks.read.workbook.preflight import Inspected
from tasks.read.workbook.values import Unclear

MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
DELIMITERS = (";", "\t", ",", "|")
SNIFFED = 64 << 10
LAST = "\0"  # no text has it
LINE_ENDS = {"\r\r\n": "\n", "\r\n": "\n", "\r": "\n"}


def sheets_of(
    path: Path,
    encoding: str | None = None,
    delimiter: str | None = None,
    inspected: Inspected | None = None,
) -> list[Sheet]:
    """All sheets of a workbook or a web page, or the one table of a CSV file. Raises Unclear."""
    if preflight.is_workbook(path):
        return _workbook(path, inspected or Inspected())
    raw = path.read_bytes()
    if cells.is_cells(raw):
        return cells.read_cells(raw)
    if markup.is_markup(raw):
        return markup.sheets_of_markup(raw)
    return [Sheet(1, "", True, _delimited(raw, encoding, delimiter))]


def _workbook(path: Path, inspected: Inspected) -> list[Sheet]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
        sheets = []
        for number, meta in enumerate(book.sheets_metadata, start=1):
            found = book.get_sheet_by_name(meta.name)
            sheets.append(
                Sheet(
                    number,
                    meta.name,
                    meta.visible == SheetVisibleEnum.Visible,
                    found.to_python(skip_empty_area=False),
                    facts.merged_of(found.merged_cell_ranges),
                )
            )
        facts.add_facts(path, sheets, inspected)
    except (CalamineError, zipfile.BadZipFile, OSError, ElementTree.ParseError) as error:
        raise Unclear("not_a_workbook") from error
    return sheets


def _delimited(raw: bytes, declared: str | None, delimiter: str | None) -> list[list[Any]]:
    text = _decoded(raw, declared)
    for end, line_end in LINE_ENDS.items():  # an export through two systems ends lines twice
        text = text.replace(end, line_end)
    try:
        chosen = delimiter or delimiter_of(text[:SNIFFED])
        end = "" if text.endswith("\n") else "\n"
        rows = list(csv.reader(io.StringIO(f"{text}{end}{LAST}", newline=""), delimiter=chosen))
    except csv.Error:  # a field beyond the reader's limit
        raise Unclear("undecodable", ("CSV", "0")) from None
    hiding = len(rows) - 1 if rows[-1] != [LAST] else _hiding(rows)
    if hiding is not None:
        lines = sum(1 + sum(cell.count("\n") for cell in row) for row in rows[:hiding])
        raise Unclear("open_quotation", (str(lines + 1),))
    return rows[:-1]


def _hiding(rows: list[list[str]]) -> int | None:
    """The first row with a cell of several lines and an odd number of quotation marks: one was not
    closed, and hides the rows below it up to the next."""
    for number, row in enumerate(rows):
        if any("\n" in cell and cell.count('"') % 2 for cell in row):
            return number
    return None


def delimiter_of(text: str) -> str:
    """The delimiter that gives most lines the same number of cells: decimal commas, commas in
    names and a title do not."""

    def agreement(delimiter: str) -> tuple[int, int]:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths:
            return (0, 0)
        width, lines = widths.most_common(1)[0]
        return (lines, width)

    return max(DELIMITERS, key=agreement)


def _decoded(raw: bytes, declared: str | None) -> str:
    """Text of a CSV file: by its byte order mark, as UTF-8 where it is valid and says so by more
    than ASCII, or as declared. Raises Unclear."""
    mark = next((encoding for sign, encoding in MARKS.items() if raw.startswith(sign)), None)
    if mark is None and declared and not raw.isascii() and _is_utf8(raw):
        mark = "utf-8"  # other encodings are hardly ever valid UTF-8
    encoding = mark or declared or "utf-8"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unclear("undecodable", (encoding, str(error.start))) from None
    if "\x00" in text:
        raise Unclear("undecodable", (encoding, str(text.index("\x00"))))
    return text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
