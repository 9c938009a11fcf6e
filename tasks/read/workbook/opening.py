"""Sheets of a partner's file: every cell as it is, nothing interpreted."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

from tasks.read.workbook import preflight
from tasks.read.workbook.values import Unclear

Sheets = list[tuple[str, bool, list[list[Any]]]]  # name, visible, rows of cells
UTF16 = (b"\xff\xfe", b"\xfe\xff")


def sheets_of(path: Path, encoding: str | None) -> Sheets:
    """All sheets of a workbook, or the one table of a CSV file. Raises Unclear."""
    if preflight.is_workbook(path):
        return _workbook(path)
    return [("", True, _delimited(path.read_bytes(), encoding))]


def _workbook(path: Path) -> Sheets:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
        return [
            (
                meta.name,
                meta.visible == SheetVisibleEnum.Visible,
                book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False),
            )
            for meta in book.sheets_metadata
        ]
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise Unclear("not_a_workbook") from error


def _delimited(raw: bytes, declared: str | None) -> list[list[Any]]:
    text = _decoded(raw, declared)
    first = text[:10_000].splitlines()[:10]
    counts = {d: sum(line.count(d) for line in first) for d in (";", "\t", ",")}
    delimiter = max(counts, key=lambda d: (counts[d], d == ";"))
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:  # a field beyond the reader's limit
        raise Unclear("undecodable", ("CSV", "0")) from None


def _decoded(raw: bytes, declared: str | None) -> str:
    """Text of a CSV file: as declared, by its byte order mark, or as UTF-8. Raises Unclear."""
    encoding = declared or ("utf-16" if raw[:2] in UTF16 else "utf-8-sig")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unclear("undecodable", (encoding, str(error.start))) from None
    if "\x00" in text:
        raise Unclear("undecodable", (encoding, str(text.index("\x00"))))
    return text
