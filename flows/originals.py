"""Files that versions before 2026-12 kept whole: each is replaced by the cells that were read.

The name of the old bytes stays valid: it leads to the cells, so every figure still has its source.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.reading import WorkbookReader
from flows.erasure import answers_of
from schemas.errors import DataError, StorageError
from tasks.failpoints import failpoint
from tasks.landing import originals
from tasks.landing.land import (
    pack,
    raw_path,
    read_receipt,
    replaced_path,
    unpack,
)
from tasks.landing.manifest import declaration
from tasks.read.formats.workbook_rows import CELLS, CONVERTED, cells_folder, convert_in_child
from tasks.read.workbook.cells import is_cells
from tasks.read.workbook.pseudonym import VARIABLE
from tasks.session import Session
from warehouse.files import write_whole

HEAD = 64


@dataclass
class Files:
    """What became of the files that were kept whole. `removed` counts them, their bytes, the parts
    that nobody read, and the answers with copies of them; `personal` are those whose cells hold
    personal data (erase these); `kept` are those that could not be read again, with the reason."""

    replaced: int = 0
    removed_bytes: int = 0
    removed_parts: list[str] = field(default_factory=list)
    removed_answers: int = 0
    personal: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {
            "originals_replaced": self.replaced,
            "original_bytes_removed": self.removed_bytes,
            "original_parts_removed": self.removed_parts,
            "answers_removed": self.removed_answers,
            "originals_personal": [f"{s}: {', '.join(k)}" for s, k in self.personal.items()],
            "originals_kept": [f"{sha}: {reason}" for sha, reason in self.kept.items()],
        }


def replace_originals(session: Session) -> Files:
    """Replace every file that was kept whole by its cells. Repeatable: killed in the middle, the
    next maintenance finishes."""
    done = Files()
    landing = session.settings.landing
    for sha256, receipts in _files(landing).items():
        old = raw_path(landing, sha256)
        if replaced_path(landing, sha256).exists():
            old.unlink(missing_ok=True)  # killed before it was removed
            continue
        if not old.exists():
            continue
        copy = session.temp / f"{sha256}.original"
        try:
            unpack(landing, sha256, copy)
            if not _is_original(copy):
                continue
            if reason := _replace(session, sha256, receipts, copy, done):
                done.kept[sha256] = reason
        except StorageError as error:  # damaged bytes: they are named, and the others go on
            done.kept[sha256] = error.code
        finally:
            copy.unlink(missing_ok=True)
    return done


def _files(landing: Path) -> dict[str, list[dict[str, Any]]]:
    """Receipts of files, the newest last, by SHA-256."""
    found: dict[str, list[dict[str, Any]]] = {}
    for receipt in _receipts(landing):
        if receipt.get("method") == "FILE":
            found.setdefault(str(receipt["sha256"]), []).append(receipt)
    return {sha: sorted(rs, key=lambda r: str(r["fetched_at"])) for sha, rs in found.items()}


def _receipts(landing: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(landing.glob("??/*.json")):
        yield read_receipt(path)


def _is_original(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(HEAD)
    return not is_cells(head) and not head.startswith(CONVERTED)


def _replace(
    session: Session, sha256: str, receipts: list[dict[str, Any]], copy: Path, done: Files
) -> str:
    """Replace one file; returns why it cannot be replaced, or nothing."""
    landing = session.settings.landing
    if len({str(r["source"]) for r in receipts}) > 1:
        return "read by several contracts"
    source = declaration(landing, str(receipts[-1]["declaration_sha256"]))
    if source is None or not isinstance(source.reader, WorkbookReader):
        return "no declaration"
    folder = cells_folder(session.temp, f"{sha256}-original")
    shutil.rmtree(folder, ignore_errors=True)
    key = session.settings.secret(VARIABLE)
    books = {"it": source.reader.workbook}
    try:
        report = convert_in_child(copy, folder, books, key.reveal() if key else "", stops=False)
    except DataError as error:
        return error.code
    if report["problems"] or not report["readings"]:
        return ", ".join(sorted({str(p[0]) for p in report["problems"]})) or "empty_file"
    cells = folder / "it" / CELLS
    new = hashlib.sha256(cells.read_bytes()).hexdigest()
    original = originals.described(copy)
    pack(landing, cells, new)
    failpoint("cells_packed")
    marker = {"sha256": new, "at": datetime.now(UTC).isoformat(), **original}
    write_whole(replaced_path(landing, sha256), json.dumps(marker, sort_keys=True))
    failpoint("original_replaced")
    raw_path(landing, sha256).unlink()
    for answer in answers_of(session.settings.home, sha256):
        answer.unlink()
        done.removed_answers += 1
    done.replaced += 1
    done.removed_bytes += int(original["original-size"])
    done.removed_parts = sorted({*done.removed_parts, *originals.unread_parts(copy)})
    if report["kinds"]:
        done.personal[sha256] = sorted({str(kind) for kind, *_ in report["kinds"]})
    shutil.rmtree(folder, ignore_errors=True)
    return ""
