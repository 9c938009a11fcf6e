"""Every stored byte against its name, and a home against its backup.

Landing and lake name files by the SHA-256 of their bytes, so a disk that forgets is found without a
second copy. `maintain` looks at a part each day (`verify_part`); `penataran verify` at everything.
What a second copy can heal is in `flows.healing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard

from config.settings import Settings
from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import PenataranError, StorageError
from schemas.model import Table
from tasks.home import declared_sources, open_ledger, open_warehouse, require_loads
from tasks.landing.land import erased_path, held_path, read_receipt
from tasks.landing.manifest import copies_in, read_copy
from warehouse import backups
from warehouse.backups import Backup, content_sha256, promised
from warehouse.engine import connect
from warehouse.lake import Lake

DAYS = 28
"""In so many days `maintain` looks at every file once."""
ABSENT = "is not there"


@dataclass
class InspectedFiles:
    """How many files were looked at, and what is wrong: a path below the home, and why."""

    files: int = 0
    bytes: int = 0
    damaged: dict[str, str] = field(default_factory=dict)
    healed: list[str] = field(default_factory=list)
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
            "healed": self.healed,
            "only_here": self.only_here,
            "only_in_backup": self.only_there,
            "different_in_backup": self.different,
        }


def verify(settings: Settings, spill: Path, *, backup: Path | None = None) -> InspectedFiles:
    """Look at every file of landing and lake, and count the rows of every load. `spill` is a
    folder for temporary files. With `backup`, a copy of the home, say where the two differ."""
    found = InspectedFiles()
    for path, sha256 in _named_by_content(settings.home):
        _look(settings.home, path, sha256, found)
    _look_for_missing(settings.landing, declared_sources(settings).sources, found)
    _count_rows(settings, spill, found)
    _read_json_files(settings.home, found)
    if backup is not None:
        _compare(settings.home, backup, found)
    return found


def verify_part(home: Path, day: int, sources: Mapping[str, Source]) -> InspectedFiles:
    """Look at the files whose turn it is on a day, a number that grows by one a day; and every day
    whether landed bytes are missing, and whether receipts and copies of loads can be read."""
    found = InspectedFiles()
    for path, sha256 in _named_by_content(home):
        if int(sha256[:8], 16) % DAYS == day % DAYS:
            _look(home, path, sha256, found)
    _look_for_missing(home / "landing", sources, found)
    files = found.files
    _read_json_files(home, found)
    found.files = files  # those whose bytes were looked at
    return found


def past_keeping(landing: Path, sources: Mapping[str, Source]) -> set[str]:
    """Landed bytes whose licence lets us keep them for a time only, which is over. Bytes that
    another source landed too, with a longer time, are not; nor are those of unreadable receipts."""
    until: dict[str, datetime | None] = {}
    for path in landing.glob("??/*.json"):
        sha256 = path.name.split(".")[0]
        try:
            receipt = read_receipt(path)
        except StorageError:
            until[sha256] = None
            continue
        source = sources.get(receipt["source"])
        days = source.licence.keep_raw_days if source else None
        end = datetime.fromisoformat(receipt["fetched_at"]) + timedelta(days=days) if days else None
        before = until.get(sha256, datetime.min.replace(tzinfo=UTC))
        until[sha256] = None if end is None or before is None else max(before, end)
    now = datetime.now(UTC)
    return {sha for sha, end in until.items() if end is not None and end < now}


def _named_by_content(home: Path) -> Iterator[tuple[Path, str]]:
    """Files and the hash that each name promises: landed bytes, declarations, the lake's data."""
    for folder in ("landing", "lake"):
        for path in sorted((home / folder).rglob("*")):
            if sha256 := promised(_below(home, path)):
                yield path, sha256


def _look(home: Path, path: Path, sha256: str, found: InspectedFiles) -> None:
    try:
        actual = content_sha256(path)
        found.bytes += path.stat().st_size
    except FileNotFoundError:
        return  # removed meanwhile, as a compaction or an erasure does
    except (OSError, zstandard.ZstdError) as error:
        actual = ""
        found.damaged[_below(home, path)] = str(error)
    found.files += 1
    if actual and actual != sha256:
        found.damaged[_below(home, path)] = f"has the SHA-256 {actual}"


def _look_for_missing(landing: Path, sources: Mapping[str, Source], found: InspectedFiles) -> None:
    """Receipts whose bytes are missing, though nobody erased them and their licence lets us keep
    them."""
    received = {path.name.split(".")[0] for path in landing.glob("??/*.json")}
    missing = []
    for sha256 in received:
        try:
            path = held_path(landing, sha256)
        except StorageError:  # a marker that cannot be read is named as such
            continue
        if not path.exists() and not erased_path(landing, sha256).exists():
            missing.append((sha256, path))
    ended = past_keeping(landing, sources) if missing else set()
    for sha256, path in missing:
        if sha256 not in ended:
            found.damaged[_below(landing.parent, path)] = ABSENT


def _count_rows(settings: Settings, spill: Path, found: InspectedFiles) -> None:
    """Every load against its own count."""
    home, lake = settings.home, Lake(settings.lake, settings.landing / "erased")
    con = connect(spill)
    try:
        for table in TABLES.values():
            _count_table(con, lake, table, home, found)
        if lake.exists:
            _look_for_loads(con, lake, settings, found)
    finally:
        con.close()


def _look_for_loads(con: Any, lake: Lake, settings: Settings, found: InspectedFiles) -> None:
    """Loads that landing or the ledger knows and the lake has not: an older one was put back, or
    its log was cut, and each load that it still has agrees with its count."""
    try:
        with (
            closing(open_warehouse(settings)) as warehouse,
            closing(open_ledger(settings, warehouse)) as ledger,
        ):
            require_loads(ledger, lake, con, settings.landing)
    except PenataranError as error:
        found.damaged.setdefault(_below(settings.home, settings.lake), error.message)


def _read_json_files(home: Path, found: InspectedFiles) -> None:
    """Receipts and landing's copies of loads against their names."""
    receipts = (home / "landing").glob("??/*.json")
    copies = copies_in(home / "landing").values()
    for read, paths in ((read_receipt, receipts), (read_copy, copies)):
        for path in paths:
            try:
                read(path)
                found.files += 1
            except StorageError as error:
                if path.exists():  # else an erasure removed it meanwhile
                    found.damaged[_below(home, path)] = error.message


def _count_table(con: Any, lake: Lake, table: Table, home: Path, found: InspectedFiles) -> None:
    try:
        if not lake.has(table.name):
            found.damaged[_below(home, lake.path(table))] = ABSENT
            return
        for path in lake.named_files(table):
            if not path.exists():
                found.damaged[_below(home, path)] = ABSENT
        lake.view(con, table, "rows_to_count")
    except PenataranError as error:
        found.damaged.setdefault(_below(home, lake.path(table)), error.message)


def _compare(home: Path, backup: Path, found: InspectedFiles) -> None:
    """Files that only one of the two has, and files of one name with other bytes. A backup that
    lacks what is newer than itself is no fault. One of `penataran backup` has the hash of each of
    its files."""
    here = {_below(home, path): path for path, _ in _named_by_content(home)}
    there = {_below(backup, path): path for path, _ in _named_by_content(backup)}
    found.only_here = sorted(set(here) - set(there))
    found.only_there = sorted(set(there) - set(here))
    for name in sorted(set(here) & set(there)):
        try:
            if content_sha256(there[name]) != content_sha256(here[name]):
                found.different.append(name)
        except (OSError, zstandard.ZstdError):
            found.different.append(name)
    if (backup / backups.MARK).exists():
        damaged = set(Backup.read(backup).problems())
        found.different = sorted(damaged.union(found.different))


def _below(home: Path, path: Path) -> str:
    return str(path.relative_to(home))
