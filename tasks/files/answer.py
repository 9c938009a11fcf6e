"""The answer to a partner's file: a copy with the bad cells marked, and a sheet of reasons."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.files.layout import letter
from tasks.files.words import CELLS, LABELS, say

MAX_REASONS = 20_000


@dataclass(frozen=True)
class Reason:
    """One cell, or one row without a cell of its own, that stopped a row."""

    sheet: int
    row: int  # 0-based, as in the sheet
    column: int | None
    heading: str
    came: str
    text: str


def reasons_of(
    refused: Sequence[tuple[int, str]],
    report: Mapping[str, Any],
    headings: Mapping[str, str],
    language: str,
) -> list[Reason]:
    """Reasons cell by cell. `refused` gives row number (from 1) and its reasons as JSON."""
    found: list[Reason] = []
    for number, text in refused:
        sheet, row = report["positions"][number - 1]
        columns = report["columns"][sheet]
        listed = json.loads(text)
        unread = {r["field"] for r in listed if r["code"] in CELLS and "hint" not in r}
        for reason in listed:
            field = reason["field"]
            if reason.get("severity") == "warn" or ("hint" in reason and field in unread):
                continue  # a cell that could not be read is empty for the rules; once is enough
            found.append(
                Reason(
                    sheet, row, columns.get(field), headings.get(field, field),
                    str(reason.get("came") or ""),
                    say(CELLS, reason["code"], language, hint=str(reason.get("hint") or ""),
                        expected=str(reason.get("expected") or "")),
                )
            )  # fmt: skip
    return sorted(found, key=lambda r: (r.sheet, r.row, -1 if r.column is None else r.column))


def write(
    path: Path,
    grid: Sequence[Mapping[str, Any]],
    reasons: Sequence[Reason],
    counts: Mapping[str, int],
    language: str,
    title: str,
    *,
    simulated: bool,
) -> None:
    """Write the answer workbook whole. Every cell is text: nothing that came is a formula."""
    import xlsxwriter

    label = {name: say(LABELS, name, language) for name in LABELS}
    partial = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(str(partial), options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        bad = book.add_format({"bg_color": "#F8D7DA", "border": 1, "border_color": "#A4262C"})
        summary = book.add_worksheet(label["summary"])
        summary.set_column(0, 1, 40)
        lines = [(title, ""), (label["loaded"], str(counts["loaded"])),
                 (label["refused"], str(counts["refused"])),
                 (label["next"] if reasons else label["all_well"], "")]  # fmt: skip
        if simulated:
            lines.append(("data simulasi / simulated data", ""))
        for number, (name, value) in enumerate(lines):
            summary.write_string(number, 0, name, bold if number == 0 else wrap)
            summary.write_string(number, 1, value, wrap)
        sheet = book.add_worksheet(label["reasons"])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 1, 12)
        sheet.set_column(2, 4, 40)
        for column, name in enumerate(("row", "column", "came", "mend")):
            sheet.write_string(0, column, label[name], bold)
        for number, reason in enumerate(reasons[:MAX_REASONS], start=1):
            place = f"{letter(reason.column)}: " if reason.column is not None else ""
            cells = (str(reason.row + 1), place + reason.heading, reason.came, reason.text)
            for column, text in enumerate(cells):
                sheet.write_string(number, column, text, wrap)
        for number, part in enumerate(grid):
            _copy(book, label["data"] if number == 0 else f"{label['data']} {number + 1}",
                  part["rows"], [r for r in reasons if r.sheet == number], bad)  # fmt: skip
    partial.replace(path)


def _copy(
    book: Any, name: str, rows: Sequence[Sequence[str]], reasons: Sequence[Reason], bad: Any
) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 40, 18)
    marked: dict[tuple[int, int], list[str]] = {}
    for reason in reasons:
        column = 0 if reason.column is None else reason.column
        marked.setdefault((reason.row, column), []).append(reason.text)
    for number, row in enumerate(rows):
        width = max([len(row), *(c + 1 for r, c in marked if r == number)]) if marked else len(row)
        for column in range(width):
            text = row[column] if column < len(row) else ""
            notes = marked.get((number, column))
            if notes:
                sheet.write_string(number, column, text, bad)
                sheet.write_comment(number, column, "\n".join(notes)[:1000], {"x_scale": 2})
            elif text:
                sheet.write_string(number, column, text)
