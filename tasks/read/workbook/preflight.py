"""Checks of a partner's file before it is opened: size, macros, links, span, encryption.

While an XLSX is unpacked for them, what its reader does not return is noted: cells shown as
percentages, formulas without a value, hidden rows.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tasks.read.workbook.grid import column_index, position
from tasks.read.workbook.number_formats import ever_scales
from tasks.read.workbook.problem import Problem

MAX_FILE_BYTES = 50 << 20
MAX_ENTRIES = 2000
MAX_UNPACKED_BYTES = 400 << 20
MAX_RATIO = 200
RATIO_FROM_BYTES = 1 << 20
MAX_COLUMNS = 16_384  # of Excel
MAX_ROWS = 300_000
# A reader holds every cell of the rectangle around the filled ones, so this is its memory.
MAX_AREA = 6_000_000
CHUNK = 1 << 19
LOOKED_AT = 1 << 18  # of a sheet, to know how it is written
OVERLAP = 4096  # of two chunks, so that a formula across their border is found
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
LAST_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
# What the patterns below need of a chunk, in a third of its length: digits and capitals as one sign
# each, quotes, `=`, `e` and `h`. What is not in these shapes is not in the chunk.
SHAPES = bytes(
    ord("0") if chr(n).isdigit() else ord("A") if chr(n).isupper() else n for n in range(128)
) + bytes(128)
OTHERS = bytes(
    n
    for n in range(256)
    if n > 127 or not (chr(n).isdigit() or chr(n).isupper() or chr(n) in '"=eh')
)
SIX_DIGITS, TWO_CAPITALS, ERROR_SHAPE, HIDDEN_SHAPE = b'000000"', b'="AA', b'="e"', b'he="'
WIDE = re.compile(rb'<c r="([A-Z]{2,3})\d')
HIGH = re.compile(rb' r="[A-Z]{0,3}(?:[3-9]\d{5}|\d{7})"')
# A formula without a computed value. One whose text is empty (`t="str"`) has been computed.
UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]{1,3}\d{1,7})"((?: [a-z]+="[^"]*")*)>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)'
    rb"\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
# A cell whose formula has an error such as #REF!: the reader returns an empty cell.
ERROR_TYPE = b't="e"'
BROKEN = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"[^>]*? t="e"[^>]*>')
HIDDEN_ROW = re.compile(rb'<row r="(\d+)"[^>]*? hidden="(?:1|true)"')
# Elements of cells and rows in any form, and in the common one.
ANY_CELL, ANY_ROW = re.compile(rb"<(?:\w+:)?c[ />]"), re.compile(rb"<(?:\w+:)?row[ />]")
COMMON_CELL = re.compile(rb'<c r="[A-Z]{1,3}\d{1,7}"(?: s="\d+")?(?: t="\w+")?/?>')
FAR = Problem("span", facts=(str(MAX_ROWS), str(MAX_COLUMNS)))
PERCENT_FORMATS = {"9": "0%", "10": "0.00%"}  # which no file declares
Places = list[tuple[int, int]]


@dataclass
class Facts:
    """What a sheet's reader does not return, by 0-based row and column."""

    percents: list[tuple[int, int, str]] = field(default_factory=list)  # with the format
    broken: Places = field(default_factory=list)
    uncomputed: Places = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)


@dataclass
class Inspected:
    """A file that may be opened; of an XLSX the facts of each sheet's part."""

    facts: dict[str, Facts] = field(default_factory=dict)


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith((ZIP, OLE))


def refusal(path: Path) -> Problem | None:
    """Why a file is not opened at all, or None."""
    found = inspect(path)
    return found if isinstance(found, Problem) else None


def inspect(path: Path) -> Inspected | Problem:
    """What may be known of a file before it is opened, or why it is not opened at all."""
    size = path.stat().st_size
    if size == 0:
        return Problem("empty_file")
    if size > MAX_FILE_BYTES:
        return Problem("too_large", facts=(str(MAX_FILE_BYTES >> 20),))
    with path.open("rb") as file:
        head = file.read(8)
        if head == OLE:
            file.seek(0)
            return _old_binary(file.read()) or Inspected()
    if head.startswith(ZIP):
        return _archive(path)
    return _other_file(head) or Inspected()


# What people send by mistake, by its first bytes.
OTHER_FILES = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"{\\rtf": "RTF",
               b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip"}  # fmt: skip


# And by a part of an archive. Of a binary workbook no format and no hidden row would be known.
OTHER_PARTS = {"word/document.xml": "Word", "xl/workbook.bin": "XLSB"}


def _other_file(head: bytes) -> Problem | None:
    kind = next((name for mark, name in OTHER_FILES.items() if head.startswith(mark)), None)
    return Problem("other_file", facts=(kind,)) if kind else None


def _old_binary(raw: bytes) -> Problem | None:
    """Compound files: XLS, or an encrypted XLSX. Names in them are UTF-16."""
    if "EncryptedPackage".encode("utf-16-le") in raw:
        return Problem("encrypted")
    if "_VBA_PROJECT".encode("utf-16-le") in raw:
        return Problem("macros")
    if "WordDocument".encode("utf-16-le") in raw:
        return Problem("other_file", facts=("Word",))
    return None


def _archive(path: Path) -> Inspected | Problem:
    found = Inspected()
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_ENTRIES or sum(i.file_size for i in infos) > MAX_UNPACKED_BYTES:
                return Problem("bomb")
            for info in infos:
                if problem := _entry(info):
                    return problem
            styles = _percent_styles(archive)
            for info in infos:
                if info.filename.lower().endswith((".xml", ".rels")):
                    scan = _Scan(styles)
                    if problem := scan.part(archive, info):
                        return problem
                    if SHEET.fullmatch(info.filename):
                        facts = scan.facts if scan.is_common else _parsed(archive, info, styles)
                        if isinstance(facts, Problem):
                            return facts
                        found.facts[info.filename] = facts
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError,
            ElementTree.ParseError):  # fmt: skip
        # zipfile raises RuntimeError for an unknown compression method, ValueError for impossible
        # sizes and dates.
        return Problem("not_a_workbook")
    return found


def _entry(info: zipfile.ZipInfo) -> Problem | None:
    """Why one entry of the archive refuses the file, or None."""
    packed = max(info.compress_size, 1)
    if info.file_size > RATIO_FROM_BYTES and info.file_size / packed > MAX_RATIO:
        return Problem("bomb")
    if info.flag_bits & 1:
        return Problem("encrypted")
    name = info.filename.lower()
    if name.endswith("vbaproject.bin") or name.startswith("basic/"):
        return Problem("macros")
    if name in OTHER_PARTS:
        return Problem("other_file", facts=(OTHER_PARTS[name],))
    return Problem("links") if "externallink" in name else None


def _percent_styles(archive: zipfile.ZipFile) -> dict[str, str]:
    """Numbers of the cell styles that show some number as a percentage, with their formats."""
    name = next((n for n in archive.namelist() if n.lower() == "xl/styles.xml"), None)
    if name is None:
        return {}
    raw = archive.read(name)
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        return {}  # the scan of its part refuses the file
    try:
        root = ElementTree.fromstring(raw)  # noqa: S314 - no DOCTYPE
    except ElementTree.ParseError:
        return {}  # its reader refuses the file
    own = {f.get("numFmtId", ""): f.get("formatCode", "") for f in _named(root, "numFmt")}
    percents = PERCENT_FORMATS | {n: code for n, code in own.items() if ever_scales(code)}
    forms = [f.get("numFmtId", "0") for block in _named(root, "cellXfs") for f in block]
    return {str(n): percents[form] for n, form in enumerate(forms) if form in percents}


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (found for found in root.iter() if found.tag.rpartition("}")[2] == name)


class _Scan:
    """One part of the archive, unpacked once. One cell in the last corner makes a reader use all
    memory, so the rectangle of the cells is limited."""

    def __init__(self, percents: Mapping[str, str]) -> None:
        self._percents = None
        self._formats = {style.encode(): code for style, code in percents.items()}
        if percents:
            styles = "|".join(percents).encode()
            self._percents = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})" s="(%s)"' % styles)
        self.facts = Facts()
        self.is_common = True  # as most programs write a sheet
        self._last_row = self._last_column = 0

    def part(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Problem | None:
        is_sheet = "worksheets/" in info.filename or info.filename == "content.xml"
        rest = b""
        size = 0
        with archive.open(info) as part:
            while chunk := part.read(CHUNK):
                if is_sheet and not size:
                    self.is_common = _is_common(chunk)
                size += len(chunk)
                if size > info.file_size:
                    return Problem("bomb")  # it unpacks to more than it declares
                text = rest + chunk
                if b"!" in text and (b"<!DOCTYPE" in text or b"<!ENTITY" in text):
                    return Problem("doctype")
                if is_sheet and (problem := self._sheet(text)):
                    return problem
                rest = text[-OVERLAP:]
        return None

    def _sheet(self, text: bytes) -> Problem | None:
        shapes = text.translate(SHAPES, OTHERS)
        if problem := self._span(text, shapes):
            return problem
        facts = self.facts
        if ERROR_SHAPE in shapes and ERROR_TYPE in text:
            facts.broken += _places(BROKEN.finditer(text))
        # One byte is found far faster than two.
        if b"f" in text and b"<f" in text:
            found = (m for m in UNCOMPUTED.finditer(text) if b't="str"' not in m[2])
            facts.uncomputed += _places(found)
        if b"h" in text and HIDDEN_SHAPE in shapes and b" hidden" in text:
            facts.hidden_rows |= {int(n) - 1 for n in HIDDEN_ROW.findall(text)}
        if self._percents:
            facts.percents += [
                (*position(m[1].decode()), self._formats[m[2]])
                for m in self._percents.finditer(text)
            ]
        return None

    def _span(self, text: bytes, shapes: bytes) -> Problem | None:
        if SIX_DIGITS in shapes and HIGH.search(text):
            return FAR
        wide = set(WIDE.findall(text)) if TWO_CAPITALS in shapes else ()
        columns = [column_index(c.decode()) for c in wide]
        last = text.rfind(b'<c r="')
        cell = LAST_CELL.match(text, last) if last >= 0 else None
        if cell:
            self._last_row = max(self._last_row, int(cell[2]))
            columns.append(column_index(cell[1].decode()))
        self._last_column = max(self._last_column, *columns, 0)
        too_wide = self._last_column >= MAX_COLUMNS
        return FAR if too_wide or self._last_row * self._last_column > MAX_AREA else None


def _is_common(text: bytes) -> bool:
    """Whether the cells and rows of a sheet are written as most programs do; else every element is
    parsed, whatever its prefix and the order of its attributes."""
    text = text[:LOOKED_AT]
    cells, rows = len(ANY_CELL.findall(text)), len(ANY_ROW.findall(text))
    return cells <= len(COMMON_CELL.findall(text)) + 1 and rows <= text.count(b'<row r="') + 1


def _parsed(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, percents: Mapping[str, str]
) -> Facts | Problem:
    """The facts of a sheet, from every element of it."""
    facts, row, column = Facts(), -1, -1
    with archive.open(info) as part:
        for event, found in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
            tag = found.tag.rpartition("}")[2]
            if tag == "row" and event == "start":
                row, column = int(found.get("r") or row + 2) - 1, -1
                if found.get("hidden") in ("1", "true"):
                    facts.hidden_rows.add(row)
            elif tag == "row":
                found.clear()
            elif tag == "c" and event == "end":
                reference = found.get("r")
                row, column = position(reference) if reference else (row, column + 1)
                if row >= MAX_ROWS or column >= MAX_COLUMNS or row * column > MAX_AREA:
                    return FAR
                _note(facts, found, percents, (row, column))
    return facts


def _note(
    facts: Facts, found: ElementTree.Element, percents: Mapping[str, str], at: tuple[int, int]
) -> None:
    inner = {child.tag.rpartition("}")[2]: child.text for child in found}
    kind = found.get("t", "n")
    if kind == "e":
        facts.broken.append(at)
    elif "f" in inner and not inner.get("v") and kind != "str":
        facts.uncomputed.append(at)
    if code := percents.get(found.get("s", "")):
        facts.percents.append((*at, code))


def _places(found: Iterator[re.Match[bytes]]) -> Places:
    return [position(m[1].decode()) for m in found]
