"""Small files of a home: whole or not there, and read with an error that names them."""

from __future__ import annotations

import json
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from schemas.errors import StorageError


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it exists whole or not at all. Writers of one path do not meet: each
    has a partial file of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with partial.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
        sync(path.parent)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise StorageError(
            "file_write",
            f"a file could not be written: {error.strerror}",
            where=str(path),
            hint="check space and permissions; readers see nothing of it",
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises StorageError for a file that is damaged or unreadable."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
        problem = "it holds no object"
    except (OSError, ValueError) as error:  # ValueError: no JSON, no UTF-8
        problem = str(error)
    raise StorageError(
        "damaged_file",
        f"a file cannot be used: {problem}",
        where=str(path),
        hint="restore it from a backup; nothing was changed",
    )


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
