"""Small files of a home: whole or not there, and read with an error that names them."""

from __future__ import annotations

import json
import os
import uuid
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from schemas.errors import BusyError, StorageError

CHUNK = 1 << 20


def write_whole(
    path: Path, content: str | bytes, *, mode: int = 0o600, held: Callable[[], None] = lambda: None
) -> None:
    """Write a file so that it exists whole or not at all, with this mode whatever the umask says.
    Writers of one path do not meet: each has a partial file of its own. `held` is asked before the
    file gets its name, and raises BusyError if another has taken over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with partial.open("wb") as out:
            os.fchmod(out.fileno(), mode)
            out.write(content.encode() if isinstance(content, str) else content)
            out.flush()
            os.fsync(out.fileno())
        held()
        partial.replace(path)
        sync(path.parent)
    except BusyError:
        partial.unlink(missing_ok=True)
        raise
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise not_written(path, error) from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises StorageError for a file that is damaged or unreadable."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
        problem = "it holds no object"
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no JSON, no UTF-8
        problem = str(error)
    raise damaged(path, problem)


def not_written(
    path: Path, error: OSError, what: str = "a file", kept: str = "readers see nothing of it"
) -> StorageError:
    """The error of what could not be written; `kept` says what readers have instead."""
    return StorageError(
        "file_write",
        f"{what} could not be written: {error.strerror or error}",
        where=str(path),
        hint=f"check space and permissions; {kept}",
    )


def damaged(path: Path, problem: str) -> StorageError:
    """The error of a small file that cannot be used."""
    return StorageError(
        "damaged_file",
        f"a file cannot be used: {problem}",
        where=str(path),
        hint="restore it from a backup; nothing was changed",
    )


def checksum_of(path: Path) -> str:
    """CRC-32 of a file: against a disk that forgets, not against a forger, and five times as fast
    as a hash."""
    found = 0
    with path.open("rb") as data:
        while chunk := data.read(CHUNK):
            found = zlib.crc32(chunk, found)
    return f"{found:08x}"


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
