"""Tables that a web page or Excel's XML of 2003 holds: exports of offices name them `.xls`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from xml.etree import ElementTree

from tasks.read.workbook.grid import EITHER, Merged, Percent, Sheet
from tasks.read.workbook.html_tables import Tables
from tasks.read.workbook.number_formats import scales
from tasks.read.workbook.preflight import MAX_AREA, MAX_COLUMNS, MAX_ROWS
from tasks.read.workbook.values import Unclear

TAGS = re.compile(rb"<(?:!doctype html|html|table)\b", re.IGNORECASE)
SHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
HEAD = 4096
CHARSET = re.compile(rb"charset=[\"']?([\w-]+)", re.IGNORECASE)
NAMED = {"Percent": "0.00%", "Fixed Percent": "0.00%"}


def is_markup(raw: bytes) -> bool:
    """Whether a file that is no workbook is a web page or XML."""
    head = raw.removeprefix(b"\xef\xbb\xbf")[:HEAD]
    return _is_page(head) or head.lstrip().startswith((b"<?xml", b"<Workbook"))


def _is_page(head: bytes) -> bool:
    return head.lstrip().startswith(b"<") and bool(TAGS.search(head)) and SHEET_XML not in head


def sheets_of_markup(raw: bytes) -> list[Sheet]:
    """Sheets of Excel's XML, or one sheet a table of a web page. Raises Unclear."""
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if _is_page(raw[:HEAD]):
        return _pages(raw)
    if SHEET_XML not in raw[:HEAD]:
        raise Unclear("other_file", ("XML",))
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise Unclear("doctype")
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314 - a DOCTYPE was refused
    except ElementTree.ParseError as error:
        raise Unclear("not_a_workbook") from error
    try:
        return _books(root)
    except ValueError as error:  # a number of cells that is none
        raise Unclear("not_a_workbook") from error


def _pages(raw: bytes) -> list[Sheet]:
    charset = CHARSET.search(raw[:HEAD])
    try:
        text = raw.decode(charset[1].decode() if charset else "utf-8")
    except (UnicodeDecodeError, LookupError) as error:
        raise Unclear("undecodable", ("HTML", str(getattr(error, "start", 0)))) from None
    parser = Tables()
    parser.feed(text)
    parser.close()
    sheets: list[Sheet] = []
    for table in parser.tables:
        rows, merged = _spread(table)
        if any(cell for row in rows for cell in row):
            sheets.append(Sheet(len(sheets) + 1, "", True, rows, merged))
    if not sheets:
        raise Unclear("other_file", ("HTML",))
    return sheets


def _spread(table: list[list[tuple[str, int, int]]]) -> tuple[list[list[str]], list[Merged]]:
    """Cells at their places: those that a cell spans stay empty, as in a workbook."""
    taken: set[tuple[int, int]] = set()
    rows: list[list[str]] = []
    merged: list[Merged] = []
    area = 0
    for number, cells in enumerate(table):
        row: list[str] = []
        for text, across, down in cells:
            while (number, len(row)) in taken:
                row.append("")
            column = len(row)
            area += across * down
            if area > MAX_AREA or column + across > MAX_COLUMNS:
                raise Unclear("span", (str(MAX_ROWS), str(MAX_COLUMNS)))
            if across > 1 or down > 1:
                merged.append((number, column, number + down - 1, column + across - 1))
                taken |= {(number + d, column + a) for d in range(1, down) for a in range(across)}
            row += [" ".join(text.split()), *([""] * (across - 1))]
        rows.append(row)
    return rows, merged


def _books(root: ElementTree.Element) -> list[Sheet]:
    formats = {
        style.get(f"{SS}ID"): NAMED.get(code := form.get(f"{SS}Format", ""), code)
        for style in root.iter(f"{SS}Style")
        for form in style.iter(f"{SS}NumberFormat")
    }
    sheets = []
    for number, found in enumerate(root.iter(f"{SS}Worksheet"), start=1):
        rows: list[list[object]] = []
        merged: list[Merged] = []
        for row in found.iter(f"{SS}Row"):
            _skip(rows, row.get(f"{SS}Index"), MAX_ROWS)
            rows.append(_row(row, len(rows), formats, merged))
        hidden = any(
            text.tag.endswith("}Visible") and (text.text or "").startswith("Sheet")
            for text in found.iter()
        )
        sheets.append(Sheet(number, found.get(f"{SS}Name", ""), not hidden, rows, merged))
    return sheets


def _skip(cells: list[object] | list[list[object]], index: str | None, most: int) -> None:
    """Empty places before an element that says its own number, from 1."""
    if index is None:
        return
    if not index.isdigit() or int(index) > most:
        raise Unclear("span", (str(MAX_ROWS), str(MAX_COLUMNS)))
    cells.extend([] for _ in range(int(index) - 1 - len(cells)))


def _row(
    row: ElementTree.Element, number: int, formats: Mapping[str | None, str], merged: list[Merged]
) -> list[object]:
    cells: list[object] = []
    for cell in row.iter(f"{SS}Cell"):
        _skip(cells, cell.get(f"{SS}Index"), MAX_COLUMNS)
        cells[:] = ["" if c == [] else c for c in cells]
        column = len(cells)
        data = cell.find(f"{SS}Data")
        style = cell.get(f"{SS}StyleID")
        cells.append("" if data is None else _value(data, formats.get(style, "")))
        across = int(cell.get(f"{SS}MergeAcross", "0"))
        down = int(cell.get(f"{SS}MergeDown", "0"))
        if across or down:
            if column + across > MAX_COLUMNS or down > MAX_ROWS:
                raise Unclear("span", (str(MAX_ROWS), str(MAX_COLUMNS)))
            merged.append((number, column, number + down, column + across))
            cells += [""] * across
    return cells


def _value(data: ElementTree.Element, code: str) -> object:
    text = "".join(data.itertext())
    match data.get(f"{SS}Type"):
        case "Number":
            try:
                is_percent = scales(code, float(text))
                if is_percent is None:
                    return f"{float(text)!r}{EITHER}"
                return Percent(text) if is_percent else float(text)
            except ValueError:
                return text
        case "DateTime":
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                return text
        case "Boolean":
            return text == "1"
    return text
