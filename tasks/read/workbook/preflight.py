"""Checks of a partner's file before it is opened: size, macros, links, span, encryption.

While an XLSX is unpacked for them, what its reader does not return is noted: cells shown as
percentages, formulas without a value, hidden rows.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tasks.read.workbook.grid import column_index, position
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
CHUNK = 1 << 20
OVERLAP = 4096  # of two chunks, so that a formula across their border is found
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
LAST_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
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
NUMBER_FORMAT = re.compile(rb'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"|'
                           rb'<numFmt formatCode="([^"]*)" numFmtId="(\d+)"')  # fmt: skip
CELL_FORMATS = re.compile(rb"<cellXfs[^>]*>(.*?)</cellXfs>", re.DOTALL)
FORMAT_OF = re.compile(rb'<xf [^>]*?numFmtId="(\d+)"|<xf\b')
LITERAL = re.compile(rb'"[^"]*"|\\.')
PERCENT_FORMATS = frozenset({9, 10})  # 0% and 0.00%, which no file declares
Places = list[tuple[int, int]]


@dataclass
class Facts:
    """What a sheet's reader does not return, by 0-based row and column."""

    percents: Places = field(default_factory=list)
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
    return _named(head) or Inspected()


# What people send by mistake, by its first bytes.
OTHER_FILES = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"{\\rtf": "RTF",
               b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip"}  # fmt: skip


def _named(head: bytes) -> Problem | None:
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
                    scan = _Scan(styles if SHEET.fullmatch(info.filename) else None)
                    if problem := scan.part(archive, info):
                        return problem
                    if SHEET.fullmatch(info.filename):
                        found.facts[info.filename] = scan.facts
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
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
    if name == "word/document.xml":
        return Problem("other_file", facts=("Word",))
    return Problem("links") if "externallink" in name else None


def _percent_styles(archive: zipfile.ZipFile) -> re.Pattern[bytes] | None:
    """A pattern of the cells that are shown as percentages; None if no format is one."""
    name = next((n for n in archive.namelist() if n.lower() == "xl/styles.xml"), None)
    if name is None:
        return None
    styles = archive.read(name)
    own = {int(a or d): b or c for a, b, c, d in NUMBER_FORMAT.findall(styles)}
    percents = PERCENT_FORMATS | {number for number, code in own.items() if scales(code)}
    block = CELL_FORMATS.search(styles)
    formats = [int(m[1] or 0) for m in FORMAT_OF.finditer(block[1])] if block else []
    used = [str(n).encode() for n, number in enumerate(formats) if number in percents]
    if not used:
        return None
    return re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"(?: t="n")? s="(?:%s)"' % b"|".join(used))


def scales(code: bytes) -> bool:
    """Whether a number format multiplies by 100: its % is neither quoted nor escaped."""
    return b"%" in LITERAL.sub(b"", code.replace(b"&quot;", b'"'))


class _Scan:
    """One part of the archive, unpacked once. One cell in the last corner makes a reader use all
    memory, so the rectangle of the cells is limited."""

    def __init__(self, percents: re.Pattern[bytes] | None) -> None:
        self._percents = percents
        self.facts = Facts()
        self._last_row = self._last_column = 0

    def part(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Problem | None:
        is_sheet = "worksheets/" in info.filename or info.filename == "content.xml"
        rest = b""
        size = 0
        with archive.open(info) as part:
            while chunk := part.read(CHUNK):
                size += len(chunk)
                if size > info.file_size:
                    return Problem("bomb")  # it unpacks to more than it declares
                text = rest + chunk
                if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                    return Problem("doctype")
                if is_sheet and (problem := self._sheet(text)):
                    return problem
                rest = text[-OVERLAP:]
        return None

    def _sheet(self, text: bytes) -> Problem | None:
        if problem := self._span(text):
            return problem
        facts = self.facts
        if ERROR_TYPE in text:
            facts.broken += _places(BROKEN.finditer(text))
        if b"<f" in text:
            found = (m for m in UNCOMPUTED.finditer(text) if b't="str"' not in m[2])
            facts.uncomputed += _places(found)
        if b' hidden="' in text:
            facts.hidden_rows |= {int(n) - 1 for n in HIDDEN_ROW.findall(text)}
        if self._percents:
            facts.percents += _places(self._percents.finditer(text))
        return None

    def _span(self, text: bytes) -> Problem | None:
        problem = Problem("span", facts=(str(MAX_ROWS), str(MAX_COLUMNS)))
        if HIGH.search(text):
            return problem
        columns = [column_index(c.decode()) for c in set(WIDE.findall(text))]
        last = text.rfind(b'<c r="')
        cell = LAST_CELL.match(text, last) if last >= 0 else None
        if cell:
            self._last_row = max(self._last_row, int(cell[2]))
            columns.append(column_index(cell[1].decode()))
        self._last_column = max(self._last_column, *columns, 0)
        too_wide = self._last_column >= MAX_COLUMNS
        return problem if too_wide or self._last_row * self._last_column > MAX_AREA else None


def _places(found: Iterator[re.Match[bytes]]) -> Places:
    return [position(m[1].decode()) for m in found]
