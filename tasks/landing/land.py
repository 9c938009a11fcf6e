"""Landing: a partner's bytes as they were received, packed with zstd, named by their SHA-256.

Each has a receipt: request without key, status, headers, time, hash of the declaration. A file is
written under another name, synced and renamed, so it exists whole or not at all; it never changes.
Files that partners sent, of homes before 2026-12, are replaced by their cells: `replaced/<sha>`
names these, and whoever asks for the old bytes gets them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from schemas.errors import DataError, StorageError
from warehouse.files import damaged, read_json, sync, write_whole

CHUNK = 1 << 20
LEVEL = 3
UNPACKED_ROOM = 10  # unpacked bytes are kept while so many times their size is free on disk


@dataclass(frozen=True)
class Receipt:
    """From where bytes were received. JSON-able, so that flows can pass it on."""

    sha256: str
    source: str
    slice: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    fetched_at: str  # ISO 8601, UTC
    size: int
    declaration_sha256: str
    run_id: str
    first: bool = False  # answered the first_request, whose reader differs
    group: str = ""  # pages of one question share it
    label: str = ""  # the question, for conditional requests
    stamp: str = ""  # when the partner changed it, by its own list (`found.stamp`)

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def raw_path(landing: Path, sha256: str) -> Path:
    return landing / sha256[:2] / f"{sha256}.zst"


def receipt_path(landing: Path, receipt: Receipt) -> Path:
    name = hashlib.sha256(f"{receipt.run_id}{receipt.url}".encode()).hexdigest()[:16]
    return landing / receipt.sha256[:2] / f"{receipt.sha256}.{name}.json"


def read_receipt(path: Path) -> dict[str, Any]:
    """A receipt as it was kept. Raises StorageError for one that is damaged, or of other bytes
    than its name says."""
    receipt = read_json(path)
    try:
        datetime.fromisoformat(receipt["fetched_at"])
        is_whole = receipt["sha256"] == path.name.split(".")[0] and bool(receipt["source"])
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise damaged(path, "it is not the receipt of the bytes in its name")
    return receipt


def erased_path(landing: Path, sha256: str) -> Path:
    """Marker of bytes that were erased on request (`penataran erase`)."""
    return landing / "erased" / sha256


def replaced_path(landing: Path, sha256: str) -> Path:
    """Marker of a file whose cells took the place of its bytes: JSON with their `sha256`."""
    return landing / "replaced" / sha256


def replacement(landing: Path, sha256: str) -> str | None:
    """SHA-256 of the cells that took the place of some bytes, or None."""
    path = replaced_path(landing, sha256)
    if not path.exists():
        return None
    found = read_json(path).get("sha256")
    if not isinstance(found, str):
        raise damaged(path, "it names no cells")
    return found


def held_path(landing: Path, sha256: str) -> Path:
    """Where the bytes are, or the cells that took their place."""
    return raw_path(landing, replacement(landing, sha256) or sha256)


def land(landing: Path, spooled: Path, receipt: Receipt) -> Path:
    """Store the spooled bytes and their receipt; the same bytes are stored once. Raises DataError
    for bytes that were erased on request."""
    if erased_path(landing, receipt.sha256).exists():
        raise DataError(
            "erased_bytes",
            "these bytes were erased on request and are not accepted again",
            where=receipt.url,
            hint="ask the sender for a file without the data that had to be erased",
        )
    target = pack(landing, spooled, receipt.sha256)
    write_whole(
        receipt_path(landing, receipt), json.dumps(receipt.as_dict(), sort_keys=True, indent=1)
    )
    return target


def pack(landing: Path, spooled: Path, sha256: str) -> Path:
    """Store bytes under their SHA-256; the same bytes are stored once."""
    target = raw_path(landing, sha256)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{uuid.uuid4().hex}.tmp")
        try:
            with spooled.open("rb") as source, partial.open("wb") as out:
                zstandard.ZstdCompressor(level=LEVEL, threads=0).copy_stream(source, out)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(target)
            sync(target.parent)
        finally:
            partial.unlink(missing_ok=True)
    return target


def keep_unpacked(spool: Path, spooled: Path, receipt: Receipt) -> None:
    """Keep bytes that were just landed unpacked for the load that follows; not where the disk is
    nearly full."""
    if shutil.disk_usage(spool).free > UNPACKED_ROOM * receipt.size:
        spooled.replace(_unpacked_path(spool, receipt.sha256))


def drop_unpacked(spool: Path, sha256: str) -> None:
    """Remove what `keep_unpacked` left, if no load took it."""
    _unpacked_path(spool, sha256).unlink(missing_ok=True)


def copy_landed(landing: Path, spool: Path, sha256: str, out: Path) -> None:
    """Landed bytes as a private copy `out`: moved if they are still unpacked, else unpacked."""
    try:
        _unpacked_path(spool, sha256).rename(out)
    except FileNotFoundError:
        unpack(landing, sha256, out)


def _unpacked_path(spool: Path, sha256: str) -> Path:
    return spool / f"{sha256}.landed"


def unpack(landing: Path, sha256: str, out: Path) -> None:
    """Copy landed bytes to `out`, or the cells that took their place; raises StorageError if they
    are missing or damaged (P12)."""
    sha256 = replacement(landing, sha256) or sha256
    source = raw_path(landing, sha256)
    if not source.exists():
        raise StorageError(
            "raw_missing",
            f"the landed bytes {sha256} are missing",
            where=str(source),
            hint="they were erased, or removed after the time that their licence allows",
        )
    digest = hashlib.sha256()
    try:
        with source.open("rb") as packed, out.open("wb") as target:
            for chunk in zstandard.ZstdDecompressor().read_to_iter(packed, read_size=CHUNK):
                digest.update(chunk)
                target.write(chunk)
    except zstandard.ZstdError as error:
        raise StorageError(
            "raw_damaged", f"landed bytes cannot be unpacked: {error}", where=str(source)
        ) from error
    if digest.hexdigest() != sha256:
        raise StorageError(
            "raw_damaged",
            "the SHA-256 of landed bytes differs from their name",
            where=str(source),
            hint="restore them from a backup; the warehouse was not changed",
        )


def now_iso() -> str:
    return datetime.now(UTC).isoformat()
