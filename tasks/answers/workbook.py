"""The answer workbook for a partner's file: one line a cause, and a copy with bad cells marked.

The copy is made of the canonical cells, so it repeats nothing that was not read.
"""

from __future__ import annotations

import csv
import errno
import json
import re
import shutil
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from config.contract import Contract
from schemas.marks import SIMULATED
from tasks.answers.expect import expected
from tasks.answers.words import LABELS, cell_reason, phrase
from tasks.answers.words_of_file import runs
from tasks.check.quarantine import RefusedRow
from tasks.read.workbook.cells import lines_in
from tasks.read.workbook.grid import column_letter, position

WHOLE = re.compile(r"-?\d+\.0")
MAX_CAUSES = 20_000
# A sheet of so many rows is copied whole; of a larger one only the headings and the refused rows.
COPIED_ROWS = 5_000
REASON_COLUMNS = ("row", "column", "received", "expected", "fix")
WITHHELD = "•••"
NAMED_CODE = re.compile(r"(.+?) \(([A-Z]+)\)(?:, |$)")
ROW_REASONS = frozenset({"conflicting_key"})  # about a row and another one, not about a cell


@dataclass(frozen=True)
class ColumnWords:
    """Headings and expectations of a contract's fields in one language."""

    headings: Mapping[str, str]
    expected: Mapping[str, str]

    @classmethod
    def of(cls, contract: Contract, language: str) -> ColumnWords:
        """The words of a contract's fields."""
        fields = contract.fields()
        return cls(
            {f.name: contract.heading(f, language) for f in fields},
            {f.name: expected(contract, f, language) for f in fields},
        )


class Place(NamedTuple):
    """Where a row stands: sheet from 1, row from 0, and the column of its value where values of
    several columns become rows."""

    sheet: int
    row: int
    column: int | None


def places_of(rows: Path, wanted: Collection[int]) -> dict[int, Place]:
    """The places of some rows, by their numbers from 1, from the converted rows."""
    found = {}
    if wanted:
        with rows.open(encoding="utf-8", newline="") as file:
            for number, line in enumerate(csv.reader(file)):
                if number in wanted:
                    found[number] = _place(line[1])
    return found


def _place(text: str) -> Place:
    sheet, _, cell = text.partition("!")
    if cell.isdigit():
        return Place(int(sheet), int(cell) - 1, None)
    return Place(int(sheet), *position(cell))


@dataclass(frozen=True)
class Part:
    """What one contract read of the file: its cells, its part of the report, its refused rows.
    With `secret`, organisations stand in it, and refused cells are not repeated."""

    cells: Path
    report: Mapping[str, Any]
    columns: ColumnWords
    refused: Sequence[RefusedRow] = ()
    places: Mapping[int, Place] = field(default_factory=dict)
    secret: bool = False

    def sheet(self, number: int) -> Mapping[str, Any]:
        """The report on a sheet, by its number in the file."""
        found: Mapping[str, Any] = next(s for s in self.report["sheets"] if s["sheet"] == number)
        return found


@dataclass(frozen=True)
class Reason:
    """Why a row was refused: one cell, or, where `column` is None, the row itself, or what holds
    for all rows alike: a constant of the mapping, a title."""

    sheet: int  # its number in the file, from 1
    row: int  # 0-based, as in the sheet
    column: int | None
    heading: str
    received: str
    expected: str
    text: str
    about: Literal["cell", "row", "all"] = "cell"


@dataclass(frozen=True)
class Cause:
    """Reasons that are the same but for their place."""

    sheet: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    reason: Reason


def shown(text: object) -> str:
    """A cell as a person sees it: a whole number has no decimal point."""
    text = str(text)
    return text[:-2] if WHOLE.fullmatch(text) else text


def reasons_of(part: Part, language: str) -> list[Reason]:
    """Reasons of each cell, and wrong totals, which do not refuse a row."""
    reasons = []
    partners = _partners(part)
    for refused_row in part.refused:
        place = part.places[refused_row.number]
        for reason, column in _cells_of(part, refused_row):
            at = Place(place.sheet, place.row, column)
            if reason["code"] in ROW_REASONS:
                reason = {**reason, **partners.get(refused_row.number, {})}
            reasons.append(_reason(part, at, reason, language))
    for sheet, row, column, total in part.report.get("totals", ()):
        columns = part.sheet(sheet)["columns"]
        field = next((f for f, n in columns.items() if n == column), "")
        wrong = {"code": "wrong_total", "expected": total, "field": field}
        reasons.append(_reason(part, Place(sheet, row, column), wrong, language))
    reasons = _with_cells(part, reasons)
    return sorted(reasons, key=lambda r: (r.sheet, r.row, -1 if r.column is None else r.column))


def _with_cells(part: Part, reasons: Sequence[Reason]) -> list[Reason]:
    """Reasons with the cells as they are written: a reader may have folded their text."""
    wanted = {(r.sheet, r.row) for r in reasons}
    cells_of = {}
    if wanted:
        cells_of = {(n, row): c for n, row, c in lines_in(part.cells) if (n, row) in wanted}
    found = []
    for reason in reasons:
        cells = cells_of.get((reason.sheet, reason.row), {})
        if reason.column in cells and not part.secret and reason.about == "cell":
            reason = replace(reason, received=shown(cells[reason.column]))
        found.append(reason)
    return found


def _reason(
    part: Part,
    at: Place,
    reason: Mapping[str, Any],
    language: str,
) -> Reason:
    sheet, row, column = at
    field = str(reason.get("field") or "")
    want = part.columns.expected.get(field, str(reason.get("expected") or ""))
    # Refused rows of versions before 2026-12 call it `came`.
    received = shown(reason.get("received", reason.get("came")) or "")
    text = cell_reason(
        reason["code"],
        language,
        want=want,
        expected=str(reason.get("expected") or ""),
        nearest=_names(str(reason.get("nearest") or "")),
        rows=str(reason.get("rows") or ""),
    )
    heading = part.columns.headings.get(field, field)
    described = part.sheet(sheet)
    if reason["code"] in ROW_REASONS:
        whole, want = (phrase(LABELS, name, language) for name in ("whole_row", "one_of_key"))
        return Reason(sheet, row, column, whole, received, want, text, "row")
    if field in described["constants"]:
        heading = f"{phrase(LABELS, 'mapping', language)}, constants: {field}"
        text = f"{text} {cell_reason('wrong_constant', language)}"
        received = described["constants"][field]
        return Reason(sheet, row, None, heading, received, want, text, "all")
    received = WITHHELD if part.secret else received
    if reason.get("is_title") or field in described["titled"]:
        heading = f"{phrase(LABELS, 'title', language)}: {heading}"
        return Reason(sheet, row, None, heading, received, want, text, "all")
    return Reason(sheet, row, column, heading, received, want, text)


def _names(nearest: str) -> str:
    """Similar names for a sender: of `jepang (JPN), jpn (JPN)` the name alone."""
    listed = NAMED_CODE.findall(nearest)
    if not listed:
        return nearest
    return ", ".join(dict.fromkeys(name.title() for name, code in listed if len(name) > len(code)))


def _cells_of(part: Part, refused: RefusedRow) -> Iterator[tuple[Mapping[str, Any], int | None]]:
    """Each reason of a refused row with the column of its cell."""
    place = part.places[refused.number]
    sheet = part.sheet(place.sheet)
    group = sheet["groups"].get(str(place.column), {})
    listed = [r for r in json.loads(refused.reasons) if r.get("severity") != "warn"]
    unread = {r["field"] for r in listed if r["code"] != "key_missing"}
    for reason in listed:
        field = reason["field"]
        if field in unread and (reason["code"] == "key_missing" or _is_echo(reason, listed)):
            continue  # the rules see an empty cell where one could not be read: one reason
        if reason["code"] == "key_missing" and field in sheet["titled"]:
            absent = ", ".join(sheet["titled"][field])
            reason = {**reason, "code": "title_missing", "expected": absent}
        if reason["code"] in ROW_REASONS or field in sheet["constants"]:
            yield reason, None
            continue
        # A field that is made of parts is blamed on the first, one of a heading on its column.
        parts = sheet["sources"].get(field, ())
        places = (group.get(field), sheet["columns"].get(field), *parts, place.column)
        yield reason, next((n for n in places if n is not None), None)


def _is_echo(reason: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a reason is only a consequence: the rule saw no value in an unreadable cell."""
    same = [r for r in listed if r["field"] == reason["field"] and r is not reason]
    return "hint" in reason and any("hint" not in r for r in same)


def _partners(part: Part) -> dict[int, dict[str, str]]:
    """Of each refused row that shares its key: all rows of that key, and what the key is."""
    by_key: dict[str, list[RefusedRow]] = {}
    for refused in part.refused:
        if refused.key and any(r["code"] in ROW_REASONS for r in json.loads(refused.reasons)):
            by_key.setdefault(refused.key, []).append(refused)
    found: dict[int, dict[str, str]] = {}
    for key, same in by_key.items():
        places = [part.places[refused.number] for refused in same]
        said = {"rows": _rows_of(places), "received": _key_words(part, places[0], key)}
        found |= {refused.number: said for refused in same}
    return found


def _rows_of(places: Sequence[Place]) -> str:
    """Rows in short, with the numbers of their sheets (`1!3, 2!3`) where they are of several."""
    sheets = sorted({place.sheet for place in places})
    rows = {n: runs(p.row + 1 for p in places if p.sheet == n) for n in sheets}
    if len(sheets) == 1:
        return rows[sheets[0]]
    return ", ".join(f"{number}!{listed}" for number, listed in rows.items())


def _key_words(part: Part, place: Place, key: str) -> str:
    """The parts of a key that the sheet says, as they were read: `origin: JPN`."""
    if part.secret:
        return WITHHELD
    sheet = part.sheet(place.sheet)
    group = sheet["groups"].get(str(place.column), {})
    said = {*sheet["columns"], *sheet["sources"], *sheet["titled"], *group}
    return ", ".join(
        f"{part.columns.headings.get(name, name)}: {value}"
        for name, value in json.loads(key).items()
        if name in said
    )


def refused_cells(part: Part) -> set[tuple[int, int, int]]:
    """Sheet (from 1), row and column (from 0) of every cell of a refused row that may hold a name:
    those that refused it, all parts of a composed field, and texts that no list knows."""
    found = set()
    for refused in part.refused:
        place = part.places[refused.number]
        sheet = part.sheet(place.sheet)
        columns = {*sheet["texts"]}
        for reason, column in _cells_of(part, refused):
            columns |= {*sheet["sources"].get(reason["field"], ())}
            columns |= set() if column is None else {column}
        found |= {(place.sheet, place.row, column) for column in columns}
    return found


def causes_of(reasons: Sequence[Reason]) -> list[Cause]:
    """One cause for all reasons that say the same of the same column, or of the same rows."""
    by_column: dict[tuple[Any, ...], list[Reason]] = {}
    for r in reasons:
        key = (r.sheet, r.column, r.heading, r.received, r.expected, r.text)
        by_column.setdefault(key, []).append(r)
    by_rows: dict[tuple[Any, ...], list[Reason]] = {}
    for same in by_column.values():
        r = same[0]
        rows = tuple(sorted({x.row for x in same}))
        of_rows = (r.sheet, rows, r.heading, r.received, r.expected, r.text)
        by_rows.setdefault(of_rows, []).append(r)
    found = []
    for (sheet, rows, *_), columns in by_rows.items():
        listed = tuple(sorted({r.column for r in columns if r.column is not None}))
        found.append(Cause(sheet, rows, listed, columns[0]))
    return sorted(found, key=lambda c: (c.sheet, c.rows[0], c.columns[:1]))


@dataclass(frozen=True)
class Heading:
    """The first lines of an answer: the contract's title, the counts, messages about the whole
    file, and what was not read."""

    title: str
    loaded: int
    refused: int
    messages: Sequence[str] = ()
    left_out: Sequence[str] = ()


def write_answer(
    path: Path,
    parts: Sequence[Part],
    heading: Heading,
    language: str,
    temp: Path,
    *,
    simulated: bool,
) -> None:
    """Write the answer workbook. Every cell is text: nothing that was received is a formula. In
    `temp` are copies of the cells meanwhile."""
    label = {name: phrase(LABELS, name, language) for name in LABELS}
    reasons = [reasons_of(part, language) for part in parts]
    lines_ = [
        (heading.title, ""),
        (label["loaded"], str(heading.loaded)),
        (label["refused"], str(heading.refused)),
        *((text, "") for text in heading.messages),
    ]
    if any(reasons) or not heading.messages:
        lines_.append((label["next"] if any(reasons) else label["all_well"], ""))
    lines_ += [(text, "") for text in heading.left_out]
    with _book(path, lines_, label["summary"], temp, simulated=simulated) as book:
        if any(reasons):  # a file without them has nothing to be corrected
            sheet = book.add_worksheet(label["reasons"])
            names = _sheet_names(parts, label["data"])
            causes = [cause for found in reasons for cause in causes_of(found)]
            _write_causes(book, sheet, causes, names, [label[n] for n in REASON_COLUMNS])
            written: set[str] = set()
            for part, found in zip(parts, reasons, strict=True):
                for number in _numbers(part):
                    if names[number] not in written:
                        written.add(names[number])
                        _copy(book, names[number], part, number, found)


def _numbers(part: Part) -> list[int]:
    return [int(sheet["sheet"]) for sheet in part.report["sheets"]]


def _sheet_names(parts: Sequence[Part], data: str) -> dict[int, str]:
    """Name of each copied sheet: of the only one, or with its number in the file."""
    numbers = dict.fromkeys(n for part in parts for n in _numbers(part))
    return {n: data if len(numbers) == 1 else f"{data} {n}" for n in numbers}


def write_refusal(
    path: Path, messages: Sequence[str], language: str, title: str, temp: Path, *, simulated: bool
) -> None:
    """Write the answer to a file that is not accepted: why, and nothing of its content."""
    lines_ = [(title, ""), *((text, "") for text in messages)]
    with _book(path, lines_, phrase(LABELS, "summary", language), temp, simulated=simulated):
        pass


@contextmanager
def _book(
    path: Path, lines_: list[tuple[str, str]], summary: str, temp: Path, *, simulated: bool
) -> Iterator[Any]:
    """A workbook with its summary. The file exists whole or not at all."""
    import xlsxwriter

    partial = temp / f"{uuid.uuid4().hex}.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {
        "constant_memory": True,
        "tmpdir": str(temp),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(partial), options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(summary)
        sheet.set_column(0, 0, 60)
        marked = [(SIMULATED, "")] if simulated else []
        for number, (name, value) in enumerate([*lines_, *marked]):
            sheet.write_string(number, 0, name, bold if number == 0 else wrap)
            sheet.write_string(number, 1, value, wrap)
        yield book
    _move(partial, path)


def _move(partial: Path, path: Path) -> None:
    """Give a whole file its place; a sender's folder may be another disk."""
    try:
        partial.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = path.with_suffix(".tmp")
        shutil.copyfile(partial, beside)
        beside.replace(path)


def _write_causes(
    book: Any,
    sheet: Any,
    causes: Sequence[Cause],
    names: Mapping[int, str],
    heads: Sequence[str],
) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 24)
    sheet.set_column(3, 4, 48)
    for column, name in enumerate(heads):
        sheet.write_string(0, column, name, bold)
    for number, cause in enumerate(causes[:MAX_CAUSES], start=1):
        rows = runs(row + 1 for row in cause.rows)
        place = _letters(cause.columns)
        texts = (
            f"{names[cause.sheet]}: {rows}" if len(names) > 1 else rows,
            f"{place}: {cause.reason.heading}" if place else cause.reason.heading,
            cause.reason.received,
            cause.reason.expected,
            cause.reason.text,
        )
        for column, text in enumerate(texts):
            sheet.write_string(number, column, text, wrap)


def _letters(columns: Sequence[int]) -> str:
    if len(columns) > 2 and columns[-1] - columns[0] == len(columns) - 1:
        return f"{column_letter(columns[0])}–{column_letter(columns[-1])}"
    return ", ".join(column_letter(c) for c in columns)


def _notes(reasons: Sequence[Reason], number: int) -> dict[int, dict[int, list[str]]]:
    """The texts of a sheet's reasons by row and column, each once."""
    marked: dict[int, dict[int, list[str]]] = {}
    for reason in reasons:
        if reason.sheet == number and reason.about != "all":
            texts = marked.setdefault(reason.row, {}).setdefault(reason.column or 0, [])
            if reason.text not in texts:
                texts.append(reason.text)
    return marked


def _copy(book: Any, name: str, part: Part, number: int, reasons: Sequence[Reason]) -> None:
    """Copy a sheet's cells to their places. Of a large sheet the rows between are hidden."""
    bad = book.add_format({"bg_color": "#F8D7DA", "border": 1, "border_color": "#A4262C"})
    marked = _notes(reasons, number)
    described = part.sheet(number)
    first, end = described["header"]
    whole = part.report["rows"] <= COPIED_ROWS
    kept = {*range(first, end), *marked}
    secret = set(described["secret"])
    masks = refused_cells(part) if part.secret else set()
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 40, 18)
    if not whole:
        sheet.set_default_row(hide_unused_rows=True)
    for of, row, cells in lines_in(part.cells):
        if of != number or not (whole or row in kept):
            continue
        notes = marked.get(row, {})
        for column in sorted({*cells, *notes}):
            text = shown(cells.get(column, ""))
            if text and row >= end and (column in secret or (of, row, column) in masks):
                text = WITHHELD
            if column in notes:
                sheet.write_string(row, column, text, bad)
                note = "\n".join(notes[column])[:1000]
                sheet.write_comment(row, column, note, {"x_scale": 2})
            elif text:
                sheet.write_string(row, column, text)
