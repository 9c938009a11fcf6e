"""What python-calamine does not return of a workbook: number formats, hidden rows, broken cells.

XLSX: noted by `preflight` while it was unpacked. ODS: from `content.xml`. XLS: by xlrd.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tasks.read.workbook.grid import BROKEN, EITHER, UNCOMPUTED, Merged, Percent, Sheet
from tasks.read.workbook.number_formats import ever_scales, scales
from tasks.read.workbook.preflight import MAX_COLUMNS, OLE, Facts, Inspected
from tasks.read.workbook.text import raised

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RAISED_RUN = b"superscript"
RELATION = "Relationship"
OFFICE, TABLE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}", (
    "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
)  # fmt: skip
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
DATA_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"
DEFAULT_STYLE = f"{TABLE}default-cell-style-name"
PERCENTAGE = b'value-type="percentage"'
SPANS = b"-spanned="
HIDDEN = b':visibility="'
# A broken formula of ODS as LibreOffice and other programs write it.
ERRORS = (b'value-type="error"', b">#", b">Err:")
ERROR = re.compile(r"#(?:REF|DIV/0|N/A|NAME|VALUE|NULL|NUM)[!?]?|Err:\d+")
FORMULA = f"{TABLE}formula"
VALUE = re.compile(r"value\(\)(<=|>=|!=|<|>|=)(-?[\d.]+(?:[eE][+-]?\d+)?)")
SIGNS = {"!=": "<>"}
UNKNOWN = "0%;[=0]0"  # nobody knows which section counts
XLS_ERROR = 5  # the type of a cell in xlrd


def add_facts(path: Path, sheets: Sequence[Sheet], inspected: Inspected) -> None:
    """Put into the sheets what their reader left out."""
    with path.open("rb") as file:
        is_old = file.read(8) == OLE
    if is_old:
        _of_xls(path, sheets)
        return
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "content.xml" in names:
            _of_ods(archive, sheets)
        elif inspected.facts:
            parts = _parts(archive)
            texts = _raised_texts(archive)
            for sheet in sheets:
                facts = inspected.facts.get(parts.get(sheet.number, ""))
                if facts:
                    _apply(sheet, facts)
            for sheet in sheets if texts else ():
                sheet.rows = [[texts.get(c, c) if type(c) is str else c for c in row]
                              for row in sheet.rows]  # fmt: skip


def _raised_texts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Texts with raised digits (footnotes: `1250` and a raised 1), with these as raised signs. The
    reader joins the runs of a text, which would make 12501 of it."""
    name = next((n for n in archive.namelist() if n.endswith("sharedStrings.xml")), None)
    raw = archive.read(name) if name else b""
    if RAISED_RUN not in raw:
        return {}
    found = {}
    for text in ElementTree.fromstring(raw):  # noqa: S314 - preflight refuses a DOCTYPE
        runs = [run for run in text if run.tag.rpartition("}")[2] == "r"]
        plain = "".join(_text(run) for run in runs)
        marked = "".join(raised(_text(run)) if _is_raised(run) else _text(run) for run in runs)
        if marked != plain:
            found[plain] = marked
    return found


def _text(run: ElementTree.Element) -> str:
    return "".join(t.text or "" for t in run if t.tag.rpartition("}")[2] == "t")


def _is_raised(run: ElementTree.Element) -> bool:
    return any(f.get("val") == "superscript" for f in run.iter() if f.tag.endswith("vertAlign"))


def _apply(sheet: Sheet, facts: Facts) -> None:
    for row, column, code in facts.percents:
        _as_percent(sheet.rows, row, column, code)
    for places, mark in ((facts.broken, BROKEN), (facts.uncomputed, UNCOMPUTED)):
        for row, column in places:
            _put(sheet.rows, row, column, mark)
    sheet.hidden_rows = frozenset(facts.hidden_rows)


def _as_percent(rows: list[list[Any]], row: int, column: int, code: str) -> None:
    """Say of a cell whether it is a percentage, by its format."""
    if row < len(rows) and column < len(rows[row]):
        cell = rows[row][column]
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            is_percent = scales(code, cell)
            if is_percent is None:
                rows[row][column] = f"{float(cell)!r}{EITHER}"
            elif is_percent:
                rows[row][column] = Percent(cell)


def _put(rows: list[list[Any]], row: int, column: int, mark: str) -> None:
    """Put a mark into a cell; the reader may have left the cell's row or column out."""
    rows.extend([] for _ in range(row + 1 - len(rows)))
    cells = rows[row]
    cells.extend("" for _ in range(column + 1 - len(cells)))
    cells[column] = mark


def _parts(archive: zipfile.ZipFile) -> dict[int, str]:
    """Name of each sheet's part in an XLSX, by the sheet's number from 1."""
    book = next((n for n in archive.namelist() if n.endswith("workbook.xml")), None)
    if book is None:
        return {}
    folder, _, name = book.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return {}
    targets = {
        found.get("Id", ""): found.get("Target", "")
        for found in ElementTree.fromstring(archive.read(relations))  # noqa: S314 - no DOCTYPE
        if found.tag.endswith(RELATION)
    }
    root = ElementTree.fromstring(archive.read(book))  # noqa: S314 - preflight refuses a DOCTYPE
    sheets = [found for found in root.iter() if found.tag.rpartition("}")[2] == "sheet"]
    names = {}
    for number, sheet in enumerate(sheets, start=1):
        target = next((targets.get(v, "") for k, v in sheet.items() if k.endswith("}id")), "")
        names[number] = target[1:] if target.startswith("/") else f"{folder}/{target}"
    return names


def _of_ods(archive: zipfile.ZipFile, sheets: Sequence[Sheet]) -> None:
    raw = archive.read("content.xml")
    percents = _percent_styles(archive)
    if not percents and not any(mark in raw for mark in (PERCENTAGE, SPANS, HIDDEN, *ERRORS)):
        return
    number, row = -1, 0
    columns: list[str] = []
    with archive.open("content.xml") as part:
        for event, found in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
            tag = found.tag
            if event == "start" and tag == f"{TABLE}table":
                number, row, columns = number + 1, 0, []
            elif event == "start" and tag == f"{TABLE}table-column":
                times = min(_repeated(found, "columns"), MAX_COLUMNS - len(columns))
                columns += [found.get(DEFAULT_STYLE, "")] * times
            elif event == "end" and tag == f"{TABLE}table-row":
                if number < len(sheets):
                    _ods_row(found, sheets[number], row, columns, percents)
                row += _repeated(found, "rows")
                found.clear()


def _percent_styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Names of the styles of cells that show some number as a percentage, by themselves or as the
    style that they are made from, with the format as XLSX writes it: of each condition the part
    that it applies, then the one of all other numbers."""
    percentages: set[str] = set()
    maps: dict[str, list[tuple[str, str]]] = {}
    styles: dict[str, tuple[str | None, str]] = {}
    form = ""
    for found in _styles_of(archive):
        name = found.get(f"{STYLE}name", "")
        if found.tag.startswith(DATA_STYLE) and name:
            form = name
            percentages |= {name} if found.tag == f"{DATA_STYLE}percentage-style" else set()
        elif found.tag == f"{STYLE}style":
            form = ""
            own = found.get(f"{STYLE}data-style-name")
            styles[name] = (own, found.get(f"{STYLE}parent-style-name", ""))
        elif found.tag == f"{STYLE}map" and form:
            applied = found.get(f"{STYLE}apply-style-name", "")
            maps.setdefault(form, []).append((found.get(f"{STYLE}condition", ""), applied))
    codes = {
        name: code
        for name, (own, _) in styles.items()
        if own and ever_scales(code := _code(own, maps.get(own, ()), percentages))
    }
    for _ in styles:  # as many as the longest line of parents can have
        more = {
            name: codes[parent]
            for name, (own, parent) in styles.items()
            if own is None and parent in codes and name not in codes
        }
        if not more:
            break
        codes |= more
    return codes


def _code(name: str, maps: Sequence[tuple[str, str]], percentages: set[str]) -> str:
    """A format of ODS as one of XLSX. The first condition that holds counts."""
    forms = ["0%" if style in percentages else "0" for style in (*(s for _, s in maps), name)]
    found = [VALUE.fullmatch(condition.replace(" ", "")) for condition, _ in maps]
    limits = [f"[{SIGNS.get(m[1], m[1])}{m[2]}]" for m in found if m]
    if len(limits) < len(maps):  # another kind of condition
        return UNKNOWN if len(set(forms)) > 1 else forms[0]
    return ";".join(limit + form for limit, form in zip([*limits, ""], forms, strict=True))


def _styles_of(archive: zipfile.ZipFile) -> Iterator[ElementTree.Element]:
    """The elements before the cells."""
    for name in {"content.xml", "styles.xml"}.intersection(archive.namelist()):
        with archive.open(name) as part:
            for _, found in ElementTree.iterparse(part, events=("start",)):  # noqa: S314
                if found.tag == f"{OFFICE}body":
                    break
                yield found


def _repeated(found: ElementTree.Element, what: str) -> int:
    return int(found.get(f"{TABLE}number-{what}-repeated", "1"))


def _ods_row(
    found: ElementTree.Element,
    sheet: Sheet,
    row: int,
    columns: Sequence[str],
    percents: Mapping[str, str],
) -> None:
    rows = range(row, min(row + _repeated(found, "rows"), len(sheet.rows)))
    if found.get(f"{TABLE}visibility") in ("collapse", "filter"):
        sheet.hidden_rows |= frozenset(rows)
    own, column = found.get(DEFAULT_STYLE, ""), 0
    for cell in found:
        if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            continue
        default = own or (columns[column] if column < len(columns) else "")
        is_percent = cell.get(f"{OFFICE}value-type") == "percentage"
        code = percents.get(cell.get(f"{TABLE}style-name", default), "0%" if is_percent else "")
        times = min(_repeated(cell, "columns"), MAX_COLUMNS)
        for at in rows if code else ():
            for n in range(times):
                _as_percent(sheet.rows, at, column + n, code)
        _ods_cell(cell, sheet, rows, column)
        column += times


def _ods_cell(found: ElementTree.Element, sheet: Sheet, rows: range, column: int) -> None:
    if found.get(FORMULA) and ERROR.fullmatch("".join(found.itertext())):
        for row in rows:
            _put(sheet.rows, row, column, BROKEN)
    down = int(found.get(f"{TABLE}number-rows-spanned", "1"))
    across = int(found.get(f"{TABLE}number-columns-spanned", "1"))
    if (down > 1 or across > 1) and rows:
        first = rows[0]
        sheet.merged = (*sheet.merged, (first, column, first + down - 1, column + across - 1))


def _of_xls(path: Path, sheets: Sequence[Sheet]) -> None:
    """XLS keeps formats, spans, hidden rows and broken formulas in records that xlrd reads."""
    import xlrd

    book = xlrd.open_workbook(
        file_contents=path.read_bytes(), formatting_info=True, on_demand=True, logfile=_Silent()
    )
    percents = {
        index: code
        for index, form in enumerate(book.xf_list)
        if not form.is_style and ever_scales(code := book.format_map[form.format_key].format_str)
    }
    for sheet in sheets:
        found = book.sheet_by_index(sheet.number - 1)
        sheet.merged = tuple((r, c, r2 - 1, c2 - 1) for r, r2, c, c2 in found.merged_cells)
        sheet.hidden_rows = frozenset(n for n, info in found.rowinfo_map.items() if info.hidden)
        for row, column, code in _xls_percents(found, percents):
            _as_percent(sheet.rows, row, column, code)
        for row in range(found.nrows):
            for column in _errors(found.row_types(row)):
                _put(sheet.rows, row, column, BROKEN)
        book.unload_sheet(sheet.number - 1)


def _errors(types: Sequence[int]) -> Iterator[int]:
    if XLS_ERROR in types:
        yield from (n for n, kind in enumerate(types) if kind == XLS_ERROR)


def _xls_percents(sheet: Any, percents: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    if not percents:
        return
    for row in range(sheet.nrows):
        for column, index in enumerate(sheet._cell_xf_indexes[row]):  # noqa: SLF001 - 50x faster
            if index in percents:
                yield row, column, percents[index]


class _Silent:
    """xlrd writes what it finds odd; a sender's cells must not reach a log."""

    def write(self, text: str) -> None:
        """Drop a text."""


def merged_of(found: Sequence[tuple[tuple[int, int], tuple[int, int]]] | None) -> list[Merged]:
    """Merged ranges as calamine returns them, in rows and columns."""
    return [(top, left, bottom, right) for (top, left), (bottom, right) in found or ()]
