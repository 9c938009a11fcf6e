"""Checks of a partner's file before it is opened: size, macros, links, span, encryption."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from tasks.read.workbook.layout import Problem

MAX_FILE_BYTES = 50 << 20
MAX_ENTRIES = 2000
MAX_UNPACKED_BYTES = 400 << 20
MAX_RATIO = 200
RATIO_FROM_BYTES = 1 << 20
MAX_COLUMNS = 256
MAX_ROWS = 300_000
CHUNK = 1 << 20
OVERLAP = 4096  # of two chunks, so that a formula across their border is found
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A cell or row beyond the limits: columns after IV (256), rows from 300,000.
FAR = re.compile(rb' r="(?:(?:I[W-Z]|[J-Z][A-Z]|[A-Z]{3})\d|[A-Z]{0,3}(?:[3-9]\d{5}|\d{7}))')


# A formula without a computed value: the reader returns an empty cell.
UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)'
    rb"\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
# A cell whose formula has an error such as #REF!: the reader returns an empty cell.
ERROR_TYPE = b't="e"'
BROKEN = re.compile(rb'<c r="([A-Z]{1,3}\d{1,7})"[^>]*? t="e"[^>]*>')


def is_workbook(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8).startswith((ZIP, OLE))


def refusal(path: Path) -> Problem | None:
    """Why a file is not opened at all, or None."""
    size = path.stat().st_size
    if size == 0:
        return Problem("empty_file")
    if size > MAX_FILE_BYTES:
        return Problem("too_large", facts=(str(MAX_FILE_BYTES >> 20),))
    with path.open("rb") as file:
        head = file.read(8)
        if head == OLE:
            file.seek(0)
            return _old_binary(file.read())
    if head.startswith(ZIP):
        return _archive(path)
    return None


def _old_binary(raw: bytes) -> Problem | None:
    """Compound files: XLS, or an encrypted XLSX. Names in them are UTF-16."""
    if "EncryptedPackage".encode("utf-16-le") in raw:
        return Problem("encrypted")
    if "_VBA_PROJECT".encode("utf-16-le") in raw:
        return Problem("macros")
    return None


def _archive(path: Path) -> Problem | None:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_ENTRIES:
                return Problem("bomb")
            if sum(i.file_size for i in infos) > MAX_UNPACKED_BYTES:
                return Problem("bomb")
            for info in infos:
                if problem := _entry(info):
                    return problem
            for info in infos:
                if info.filename.lower().endswith(".xml") and (found := _part(archive, info)):
                    return found
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        # zipfile raises RuntimeError for an unknown compression method, ValueError for impossible
        # sizes and dates.
        return Problem("not_a_workbook")
    return None


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
    return Problem("links") if "externallink" in name else None


def _part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Problem | None:
    """Refuse a DOCTYPE in any part, and in a sheet cells far from the others, broken formulas and
    formulas without a value. One cell in the last corner makes a reader use all memory."""
    is_sheet = "worksheets/" in info.filename or info.filename == "content.xml"
    rest = b""
    read = 0
    with archive.open(info) as part:
        while chunk := part.read(CHUNK):
            read += len(chunk)
            if read > info.file_size:
                return Problem("bomb")  # it unpacks to more than it declares
            text = rest + chunk
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                return Problem("doctype")
            if is_sheet and FAR.search(text):
                return Problem("span", facts=(str(MAX_ROWS), str(MAX_COLUMNS)))
            if is_sheet and ERROR_TYPE in text and (found := BROKEN.search(text)):
                return Problem("broken_formula", where=found[1].decode())
            if is_sheet and b"<f" in text and (found := UNCOMPUTED.search(text)):
                return Problem("uncomputed", where=found[1].decode())
            rest = text[-OVERLAP:]
    return None
