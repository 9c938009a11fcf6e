"""Every stored byte against its name, and a home against its backup.

Landing and lake name files by the SHA-256 of their bytes, so a disk that forgets is found without a
second copy. `maintain` looks at a part each day (`part`); `penataran verify` looks at everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

from config.settings import Settings
from schemas.catalogue import TABLES
from schemas.errors import PenataranError
from schemas.model import Table
from warehouse.engine import connect
from warehouse.lake import NAMED_BY_CONTENT, Lake

DAYS = 28
"""In so many days `maintain` looks at every file once."""
CHUNK = 1 << 20


@dataclass
class InspectedFiles:
    """How many files were looked at, and what is wrong: a path below the home, and why."""

    files: int = 0
    bytes: int = 0
    damaged: dict[str, str] = field(default_factory=dict)
    only_here: list[str] = field(default_factory=list)
    only_there: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not (self.damaged or self.different)

    def as_dict(self) -> dict[str, Any]:
        return {
            "verified_files": self.files,
            "verified_bytes": self.bytes,
            "damaged": [f"{path}: {why}" for path, why in sorted(self.damaged.items())],
            "only_here": self.only_here,
            "only_in_backup": self.only_there,
            "different_in_backup": self.different,
        }


def verify(settings: Settings, spill: Path, *, backup: Path | None = None) -> InspectedFiles:
    """Look at every file of landing and lake, and count the rows of every load. `spill` is a
    folder for temporary files. With `backup`, a copy of the home, say where the two differ."""
    found = InspectedFiles()
    for path, promised in _named_by_content(settings.home):
        _look(settings.home, path, promised, found)
    _count_rows(settings, spill, found)
    if backup is not None:
        _compare(settings.home, backup, found)
    return found


def verify_part(home: Path, day: int) -> InspectedFiles:
    """Look at the files whose turn it is on a day, a number that grows by one a day."""
    found = InspectedFiles()
    for path, promised in _named_by_content(home):
        if int(promised[:8], 16) % DAYS == day % DAYS:
            _look(home, path, promised, found)
    return found


def _named_by_content(home: Path) -> Iterator[tuple[Path, str]]:
    """Files and the hash that each name promises: landed bytes, declarations, the lake's data."""
    for path in sorted((home / "landing").glob("??/*.zst")):
        yield path, path.stem
    for path in sorted((home / "landing" / "declarations").glob("*.json")):
        yield path, path.stem
    for path in sorted((home / "lake").rglob("*.parquet")):
        named = NAMED_BY_CONTENT.search(path.name)
        if named and "_delta_log" not in path.parts:
            yield path, named.group(1)


def _look(home: Path, path: Path, promised: str, found: InspectedFiles) -> None:
    try:
        actual = _sha256(path)
        found.bytes += path.stat().st_size
    except FileNotFoundError:
        return  # removed meanwhile, as a compaction or an erasure does
    except (OSError, zstandard.ZstdError) as error:
        actual = ""
        found.damaged[_below(home, path)] = str(error)
    found.files += 1
    if actual and actual != promised:
        found.damaged[_below(home, path)] = f"has the SHA-256 {actual}"


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as raw:
        data = zstandard.ZstdDecompressor().stream_reader(raw) if path.suffix == ".zst" else raw
        while chunk := data.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _count_rows(settings: Settings, spill: Path, found: InspectedFiles) -> None:
    """Every load against its own count, and the receipts and copies of loads as JSON."""
    home, lake = settings.home, Lake(settings.lake, settings.landing / "erased")
    con = connect(spill)
    try:
        for table in TABLES.values():
            _count_table(con, lake, table, home, found)
    finally:
        con.close()
    for pattern in ("??/*.json", "loads/*.json"):
        for path in settings.landing.glob(pattern):
            try:
                json.loads(path.read_text(encoding="utf-8"))
                found.files += 1
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                found.damaged[_below(home, path)] = str(error)


def _count_table(con: Any, lake: Lake, table: Table, home: Path, found: InspectedFiles) -> None:
    try:
        if not lake.has(table.name):
            found.damaged[_below(home, lake.path(table))] = "is not there"
            return
        lake.view(con, table, "rows_to_count")
    except PenataranError as error:
        found.damaged.setdefault(_below(home, lake.path(table)), error.message)


def _compare(home: Path, backup: Path, found: InspectedFiles) -> None:
    """Files that only one of the two has, and files of one name with other bytes. A backup that
    lacks what is newer than itself is no fault."""
    here = {_below(home, path): path for path, _ in _named_by_content(home)}
    there = {_below(backup, path): path for path, _ in _named_by_content(backup)}
    found.only_here = sorted(set(here) - set(there))
    found.only_there = sorted(set(there) - set(here))
    for name in sorted(set(here) & set(there)):
        try:
            if _sha256(there[name]) != _sha256(here[name]):
                found.different.append(name)
        except (OSError, zstandard.ZstdError):
            found.different.append(name)


def _below(home: Path, path: Path) -> str:
    return str(path.relative_to(home))
