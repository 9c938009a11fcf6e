"""The answer workbook for a partner's file: a copy with bad cells marked, and all reasons."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.marks import SIMULATED
from tasks.answers.words import LABELS, cell_reason, phrase
from tasks.check.quarantine import RefusedRow
from tasks.read.workbook.layout import column_letter

WHOLE = re.compile(r"-?\d+\.0")
MAX_REASONS = 20_000
# A file of so many rows is copied whole; of a larger file only the header and the refused rows.
COPIED_ROWS = 5_000
REASON_COLUMNS = ("row", "column", "received", "expected", "fix")
WITHHELD = "•••"


@dataclass(frozen=True)
class Reason:
    """Why a row was refused: one cell, or, where `column` is None, the row itself."""

    sheet: int
    row: int  # 0-based, as in the sheet
    column: int | None
    heading: str
    received: str
    expected: str
    text: str


@dataclass(frozen=True)
class Grid:
    """The cells of the file: one CSV file a sheet, read row by row. `withheld` are columns, by
    sheet, that the answer does not show: names of organisations."""

    folder: Path
    withheld: Sequence[frozenset[int]] = ()

    def sheets(self) -> range:
        return range(len(list(self.folder.glob("grid-*.csv"))))

    def rows(self, sheet: int) -> Iterator[list[str]]:
        withheld = self.withheld[sheet] if sheet < len(self.withheld) else frozenset()
        with (self.folder / f"grid-{sheet}.csv").open(encoding="utf-8", newline="") as file:
            for cells in csv.reader(file):
                for column in withheld:
                    if column < len(cells) and cells[column]:
                        cells[column] = WITHHELD
                yield cells

    def count(self, sheet: int) -> int:
        return sum(1 for _ in self.rows(sheet))


def shown(text: str) -> str:
    """A cell as a person sees it: a whole number has no decimal point."""
    return text[:-2] if WHOLE.fullmatch(text) else text


@dataclass(frozen=True)
class ColumnWords:
    """Headings and expectations of a contract's fields in one language."""

    headings: Mapping[str, str]
    expected: Mapping[str, str]


def reasons_of(
    refused: Sequence[RefusedRow], report: Mapping[str, Any], columns: ColumnWords, language: str
) -> list[Reason]:
    """Reasons of each cell, and wrong totals, which do not refuse a row."""
    reasons: list[Reason] = []

    def add(sheet: int, row: int, column: int | None, field: str, reason: Any) -> None:
        want = columns.expected.get(field, "")
        expected = str(reason.get("expected") or "")
        text = cell_reason(reason["code"], language, want=want, expected=expected)
        heading = columns.headings.get(field, field)
        # Refused rows of versions before 2026-12 call it `came`.
        received = str(reason.get("received", reason.get("came")) or "")
        reasons.append(Reason(sheet, row, column, heading, received, want, text))

    for refused_row in refused:
        sheet, row, *pivot = report["positions"][refused_row.number - 1]
        places = report["columns"][sheet]
        listed = [r for r in json.loads(refused_row.reasons) if r.get("severity") != "warn"]
        unread = {r["field"] for r in listed if r["code"] != "key_missing"}
        for reason in listed:
            field = reason["field"]
            if field in unread and (reason["code"] == "key_missing" or _is_echo(reason, listed)):
                continue  # the rules see an empty cell where one could not be read: one reason
            column = pivot[0] if pivot and field == report["pivot"] else places.get(field)
            add(sheet, row, column, field, reason)
    for sheet, row, column, total in report.get("totals", ()):
        field = next((f for f, n in report["columns"][sheet].items() if n == column), "")
        add(sheet, row, column, field, {"code": "wrong_total", "expected": total})
    return sorted(reasons, key=lambda r: (r.sheet, r.row, -1 if r.column is None else r.column))


def _is_echo(reason: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a reason is only a consequence: the rule saw no value in an unreadable cell."""
    same = [r for r in listed if r["field"] == reason["field"] and r is not reason]
    return "hint" in reason and any("hint" not in r for r in same)


@dataclass(frozen=True)
class Heading:
    """The first lines of an answer: the contract's title, the counts, and messages about the whole
    file."""

    title: str
    loaded: int
    refused: int
    messages: Sequence[str] = ()


def write_answer(
    path: Path,
    grid: Grid,
    report: Mapping[str, Any],
    reasons: Sequence[Reason],
    heading: Heading,
    language: str,
    *,
    simulated: bool,
) -> None:
    """Write the answer workbook. Every cell is text: nothing that was received is a formula."""
    label = {name: phrase(LABELS, name, language) for name in LABELS}
    marked: dict[tuple[int, int], dict[int, list[str]]] = {}
    for reason in reasons:
        cell = marked.setdefault((reason.sheet, reason.row), {})
        cell.setdefault(reason.column or 0, []).append(reason.text)
    lines = [
        (heading.title, ""),
        (label["loaded"], str(heading.loaded)),
        (label["refused"], str(heading.refused)),
        *((text, "") for text in heading.messages),
    ]
    if reasons or not heading.messages:
        lines.append((label["next"] if reasons else label["all_well"], ""))
    with _book(path, lines, label["summary"], simulated=simulated) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        bad = book.add_format({"bg_color": "#F8D7DA", "border": 1, "border_color": "#A4262C"})
        if reasons:  # a file without them has nothing to be corrected
            sheet = book.add_worksheet(label["reasons"])
            _write_reasons(sheet, grid, reasons, [label[n] for n in REASON_COLUMNS], bold, wrap)
            for number in grid.sheets():
                whole = grid.count(number) <= COPIED_ROWS
                name = label["data"] if number == 0 else f"{label['data']} {number + 1}"
                kept = {report["headers"][number], *(r for s, r in marked if s == number)}
                chosen = (
                    (row, cells, marked.get((number, row), {}))
                    for row, cells in enumerate(grid.rows(number))
                    if whole or row in kept
                )
                _copy(book.add_worksheet(name), chosen, bad, whole=whole)


def write_refusal(
    path: Path, messages: Sequence[str], language: str, title: str, *, simulated: bool
) -> None:
    """Write the answer to a file that is not accepted: why, and nothing of its content."""
    lines = [(title, ""), *((text, "") for text in messages)]
    with _book(path, lines, phrase(LABELS, "summary", language), simulated=simulated):
        pass


@contextmanager
def _book(
    path: Path, lines: list[tuple[str, str]], summary: str, *, simulated: bool
) -> Iterator[Any]:
    """A workbook with its summary. The file exists whole or not at all."""
    import xlsxwriter

    partial = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(partial), options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(summary)
        sheet.set_column(0, 0, 60)
        for number, (name, value) in enumerate([*lines, *([(SIMULATED, "")] if simulated else [])]):
            sheet.write_string(number, 0, name, bold if number == 0 else wrap)
            sheet.write_string(number, 1, value, wrap)
        yield book
    partial.replace(path)


def _write_reasons(
    sheet: Any, grid: Grid, reasons: Sequence[Reason], heads: Sequence[str], bold: Any, wrap: Any
) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 8)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 24)
    sheet.set_column(3, 4, 48)
    for column, name in enumerate(heads):
        sheet.write_string(0, column, name, bold)
    wanted = {(r.sheet, r.row) for r in reasons[:MAX_REASONS]}
    cells_of = {
        (number, row): cells
        for number in grid.sheets()
        for row, cells in enumerate(grid.rows(number))
        if (number, row) in wanted
    }
    for number, reason in enumerate(reasons[:MAX_REASONS], start=1):
        cells = cells_of[reason.sheet, reason.row]
        place, stood = "", reason.received
        if reason.column is not None:
            place = f"{column_letter(reason.column)}: "
            stood = shown(cells[reason.column]) if reason.column < len(cells) else ""
        texts = (str(reason.row + 1), place + reason.heading, stood, reason.expected, reason.text)
        for column, text in enumerate(texts):
            sheet.write_string(number, column, text, wrap)


def _copy(
    sheet: Any,
    rows: Iterator[tuple[int, list[str], dict[int, list[str]]]],
    bad: Any,
    *,
    whole: bool,
) -> None:
    """Copy cells to their places. Of a large file the rows between the shown ones are hidden."""
    sheet.set_column(0, 40, 18)
    if not whole:
        sheet.set_default_row(hide_unused_rows=True)
    for row, cells, notes in rows:
        for column in range(max([len(cells), *(c + 1 for c in notes)])):
            text = shown(cells[column]) if column < len(cells) else ""
            if column in notes:
                sheet.write_string(row, column, text, bad)
                note = "\n".join(notes[column])[:1000]
                sheet.write_comment(row, column, note, {"x_scale": 2})
            elif text:
                sheet.write_string(row, column, text)
