"""What is kept of a file whose bytes are not: hash, size and kind, and no name of anything."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

CHUNK = 1 << 20
KINDS = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"<", "markup"),
)
PARTS = (("xl/workbook.bin", "xlsb"), ("xl/", "xlsx"), ("content.xml", "ods"))


def described(path: Path) -> dict[str, str]:
    """SHA-256, size in bytes and kind of a file, as headers of its receipt. The sender can prove
    the original by them."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return {
        "original-sha256": digest.hexdigest(),
        "original-size": str(size),
        "original-kind": _kind(path, head),
    }


# Parts of a workbook that nobody reads, by what their names contain.
UNREAD_PARTS = {
    "docProps/": "properties", "meta.xml": "properties", "comments": "notes",
    "persons/": "notes", "drawings/": "drawings", "media/": "images", "Pictures/": "images",
    "pivot": "pivot tables", "customXml/": "custom XML", "printerSettings": "printer settings",
    "charts/": "charts", "embeddings/": "embedded files", "Thumbnails/": "images",
}  # fmt: skip


def unread_parts(path: Path) -> list[str]:
    """Kinds of the parts of a workbook that are not kept, without any name."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return []
    return sorted({kind for part, kind in UNREAD_PARTS.items() if any(part in n for n in names)})


def _kind(path: Path, head: bytes) -> str:
    kind = next((name for mark, name in KINDS if head.startswith(mark)), "text")
    if kind != "zip":
        return kind
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return kind
    return next((k for part, k in PARTS if any(n.startswith(part) for n in names)), kind)
