"""The child that opens a partner's file: cells in, rows of canonical text out.

A workbook can abort its reader or ask for all memory, so this runs as a process of its own with
limits (`python -m tasks.files.convert`): a JSON request on stdin, `rows.csv`, `grid.json` and a
JSON report out. Nothing is guessed: a cell that has no single reading stays out of its row, with
the question in `_problems`.
"""

from __future__ import annotations

import csv
import io
import json
import resource
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tasks.files import layout, preflight, privacy, values
from tasks.files.values import Unclear

MEMORY_BYTES = 512 << 20
CPU_SECONDS = 120
GUIDES = frozenset(
    {"petunjuk", "guide", "説明", "kode", "codes", "コード"}
)  # a template's own sheets
ERRORS = ("#ref!", "#n/a", "#value!", "#div/0!", "#name?", "#null!", "#num!")
Sheets = list[tuple[str, bool, list[list[Any]]]]


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = json.loads(sys.stdin.read())
    report = convert(Path(request["path"]), Path(request["folder"]), request["contract"])
    sys.stdout.write(json.dumps(report))


def convert(path: Path, folder: Path, contract: Mapping[str, Any]) -> dict[str, Any]:
    """Write `rows.csv` and `grid.json` into `folder`; the report says what was found.

    `problems` stop the whole file (code, sheet, where, told); `kinds` are kinds of personal
    data by column and stop it too, and then nothing is written.
    """
    refusal = preflight.refusal(path)
    if refusal:
        return {"problems": [[refusal.code, "", refusal.where, list(refusal.told)]]}
    try:
        sheets = _sheets(path, contract)
    except Unclear as unclear:
        return {"problems": [[unclear.code, "", "", list(unclear.readings)]]}
    found, problems = _layouts(sheets, contract)
    kinds = _personal(sheets, found)
    if kinds:
        return {"problems": [], "kinds": kinds}
    if problems:
        return {"problems": problems}
    return _rows(sheets, found, contract, folder)


# --- opening ----------------------------------------------------------------------------------


def _sheets(path: Path, contract: Mapping[str, Any]) -> Sheets:
    if preflight.is_workbook(path):
        return _workbook(path)
    return [("", True, _delimited(path, contract.get("encoding")))]


def _workbook(path: Path) -> Sheets:
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_path(str(path))
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


def _delimited(path: Path, declared: str | None) -> list[list[Any]]:
    raw = path.read_bytes()
    text = _decoded(raw, declared)
    head = text[:10_000]
    first = head.splitlines()[:10]
    counts = {d: sum(line.count(d) for line in first) for d in (";", "\t", ",")}
    delimiter = max(counts, key=lambda d: (counts[d], d == ";"))
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _decoded(raw: bytes, declared: str | None) -> str:
    """Text of a CSV file: by its mark, as UTF-8, or as declared; anything else is a question."""
    if declared:
        tried: tuple[str, ...] = (declared,)
    elif raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tried = ("utf-16",)
    else:
        tried = ("utf-8-sig",)
    for encoding in tried:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            raise Unclear("undecodable", (encoding, str(error.start))) from None
    if "\x00" in text:
        raise Unclear("undecodable", (tried[0], str(text.index("\x00"))))
    return text


# --- where the tables are ---------------------------------------------------------------------


def _layouts(
    sheets: Sheets, contract: Mapping[str, Any]
) -> tuple[dict[int, layout.Layout], list[list[Any]]]:
    """The layout of each sheet that has the contract's table, and what stops the file."""
    found: dict[int, layout.Layout] = {}
    problems: list[list[Any]] = []
    for number, (name, visible, grid) in enumerate(sheets):
        filled = any(cell not in (None, "") for row in grid for cell in row)
        if not filled or values.folded(name) in GUIDES:
            continue
        if not visible:
            problems.append(["hidden_sheet", f"#{number + 1}", "", []])
            continue
        here = layout.find(grid, contract["headings"], contract["required"])
        if here is None:
            problems.append(["no_header", f"#{number + 1}", "", []])
            continue
        found[number] = here
        problems += [[p.code, f"#{number + 1}", p.where, list(p.told)] for p in here.problems]
    if not found and not problems:
        problems.append(["empty_file", "", "", []])
    return found, problems


def _personal(sheets: Sheets, found: Mapping[int, layout.Layout]) -> list[list[Any]]:
    """Kinds of personal data by sheet and column. Declared columns may have any header, and no
    cell anywhere may look like a person's number."""
    kinds: list[list[Any]] = []
    for number, (_, _, grid) in enumerate(sheets):
        known = found[number].columns if number in found else {}
        width = max((len(row) for row in grid), default=0)
        for index in range(width):
            cells = [row[index] for row in grid if index < len(row)]
            texts = {_text(c) for c in cells if c not in (None, "")}
            here = {kind for text in texts if (kind := privacy.text_kind(text))}
            if index not in known:
                here |= {kind for text in texts if (kind := privacy.header_kind(text))}
            kinds += [[kind, f"#{number + 1}", layout.letter(index)] for kind in sorted(here)]
    return kinds


# --- rows -------------------------------------------------------------------------------------


def _rows(
    sheets: Sheets, found: Mapping[int, layout.Layout], contract: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    fields: Mapping[str, str] = contract["fields"]
    read = _readers(contract)
    positions: list[list[int]] = []
    periods: set[str] = set()
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["_problems", *fields])
        for number, here in found.items():
            for row, cells in layout.data_rows(sheets[number][2], here):
                line, problems = _canonical(cells, fields, read, contract["defaults"])
                writer.writerow(
                    [json.dumps(problems, ensure_ascii=False) if problems else "", *line]
                )
                positions.append([number, row])
                period = dict(zip(fields, line, strict=True)).get("period_start")
                if period:
                    periods.add(period)
    shown = [
        {"sheet": name, "rows": [[_text(c) for c in row] for row in grid]}
        for number, (name, _, grid) in enumerate(sheets)
        if number in found
    ]
    (folder / "grid.json").write_text(json.dumps(shown, ensure_ascii=False), encoding="utf-8")
    order = {number: n for n, number in enumerate(found)}
    return {
        "problems": [] if positions else [["empty_file", "", "", []]],
        "positions": [[order[sheet], row] for sheet, row in positions],
        "columns": [{field: n for n, field in here.columns.items()} for here in found.values()],
        "headers": [here.header_row for here in found.values()],
        "periods": sorted(periods),
    }


def _canonical(
    cells: Mapping[str, Any],
    fields: Mapping[str, str],
    read: Mapping[str, Callable[[Any], str | None]],
    defaults: Mapping[str, str],
) -> tuple[list[str], list[dict[str, Any]]]:
    line: list[str] = []
    problems: list[dict[str, Any]] = []
    for name in fields:
        cell = cells.get(name)
        try:
            found = None if cell in (None, "") else read[name](cell)
        except Unclear as unclear:
            found = None
            problems.append(
                {
                    "code": unclear.code,
                    "field": name,
                    "came": _text(cell)[:200],
                    "expected": " | ".join(unclear.readings),
                    "severity": "quarantine",
                }
            )
        else:
            found = found if found is not None else defaults.get(name)
        line.append(found or "")
    return line, problems


def _readers(contract: Mapping[str, Any]) -> dict[str, Callable[[Any], str | None]]:
    """One reader a field, each remembering what it has read: columns repeat themselves."""
    locale = contract.get("locale")
    made: dict[str, Callable[[Any], str | None]] = {}
    for name, kind in contract["fields"].items():
        labels = contract["labels"].get(name)
        made[name] = _remembering(_reader(kind, locale, labels))
    return made


def _reader(
    kind: str, locale: Any, labels: Mapping[str, str] | None
) -> Callable[[Any], str | None]:
    match kind:
        case "number":
            return lambda cell: values.number(_checked(cell), locale)
        case "date":
            return lambda cell: values.day(_checked(cell), locale)
        case "period":
            return lambda cell: values.period(_checked(cell), locale)
        case "flag":
            return lambda cell: values.flag(_checked(cell))
        case "area":
            return lambda cell: _word(cell).casefold()
    if labels:
        return lambda cell: _labelled(cell, labels)
    return lambda cell: _word(cell) or None


def _remembering(read: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    known: dict[tuple[type, Any], str | None] = {}

    def remembered(cell: Any) -> str | None:
        key = (type(cell), cell)
        if key not in known:
            known[key] = read(cell)
        return known[key]

    return remembered


def _checked(cell: Any) -> Any:
    if isinstance(cell, str) and values.folded(cell) in ERRORS:
        raise Unclear("formula_error")
    return values.tidy(cell) if isinstance(cell, str) else cell


def _word(cell: Any) -> str:
    """Text, a number as its digits. Excel keeps 15 of them; a longer one is already rounded."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**15:
        raise Unclear("rounded_number")
    text = values.folded(_text(_checked(cell)))
    if text in values.EMPTY:
        return ""
    return values.tidy(_text(cell))


def _labelled(cell: Any, labels: Mapping[str, str]) -> str | None:
    """The code that a label stands for; a text that is no label stays, and is refused by rule."""
    word = _word(cell)
    return labels.get(values.folded(word), word) or None


def _text(cell: Any) -> str:
    """A cell as it is shown: whole numbers without a point, days without a time."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell == int(cell) and abs(cell) < 10**15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date() | time() | timedelta():
            return str(cell)
    return str(cell)


if __name__ == "__main__":
    main()
