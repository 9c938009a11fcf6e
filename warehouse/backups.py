"""A backup: copies of the files of a home's record, with the SHA-256 of each.

Files whose names promise their bytes lie under the names that they have in the home, and are copied
once. All others lie in `small/`, named by their hash. The file `BACKUP` names all of them and is
replaced last, in one step: until then the folder is the backup that it was before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from schemas.errors import ConfigurationError, StorageError
from warehouse.files import read_json, sync, write_whole

MARK = "BACKUP"
BEGUN = "BACKUP.begun"
SMALL = "small"
FORMAT = 1
OURS = ("landing", "lake", SMALL)
CHUNK = 1 << 20
PROMISED = re.compile(
    r"landing/../([0-9a-f]{64})\.zst"
    r"|landing/declarations/([0-9a-f]{64})\.json"
    r"|lake/(?!.*_delta_log).*-([0-9a-f]{64})\.parquet"
)


def promised(name: str) -> str | None:
    """The SHA-256 that a name below the home promises of its content; None for other files."""
    found = PROMISED.fullmatch(name)
    return next((sha for sha in found.groups() if sha), None) if found else None


def content_sha256(path: Path) -> str:
    """SHA-256 of what a file holds: of landed bytes, unpacked."""
    digest = hashlib.sha256()
    with path.open("rb") as raw:
        data = zstandard.ZstdDecompressor().stream_reader(raw) if path.suffix == ".zst" else raw
        while chunk := data.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True)
class BackupFile:
    """One file as it is stored: hash and size of its bytes."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Backup:
    """A backup that is whole: what its file `BACKUP` says."""

    folder: Path
    record: str
    profile: str
    home_format: int
    made_at: str
    loads: frozenset[tuple[int, str]]
    files: Mapping[str, BackupFile]

    @classmethod
    def read(cls, folder: Path) -> Backup:
        """Raises ConfigurationError for a folder that is not a backup, or not a whole one."""
        mark = folder / MARK
        if not mark.exists():
            begun = (folder / BEGUN).exists()
            raise ConfigurationError(
                "backup_unfinished" if begun else "no_backup",
                f"{folder} has a backup that was never finished"
                if begun
                else f"{folder} has no file {MARK}",
                where=str(folder),
                hint="run penataran backup with this folder again"
                if begun
                else "name the folder that penataran backup wrote",
            )
        raw = read_json(mark)
        if raw.get("format") != FORMAT:
            raise ConfigurationError(
                "newer_backup",
                f"the backup has format {raw.get('format')}, this version knows {FORMAT}",
                where=str(folder),
                hint="use the newer version of penataran",
            )
        return cls(
            folder,
            str(raw["record"]),
            str(raw["profile"]),
            int(raw["home_format"]),
            str(raw["made_at"]),
            frozenset((int(n), str(run)) for n, run in raw["loads"]),
            {name: BackupFile(str(sha), int(size)) for name, (sha, size) in raw["files"].items()},
        )

    def path(self, name: str) -> Path:
        return place(self.folder, name, self.files[name].sha256)

    def copy(self, name: str, target: Path) -> None:
        """Copy one file, whole and synced; StorageError, and no file, if its bytes are not those
        that were stored."""
        expected = self.files[name]
        try:
            found = copy_file(self.path(name), target, expected=expected.sha256)
        except FileNotFoundError:
            found = None
        if found != expected:
            raise damaged_backup(self.path(name))

    def problems(self) -> list[str]:
        """Names of the files whose bytes are missing or are not those that were stored."""
        found = []
        for name, expected in self.files.items():
            try:
                is_fine = stored_file(self.path(name)) == expected
            except OSError:
                is_fine = False
            if not is_fine:
                found.append(name)
        return sorted(found)


def damaged_backup(path: Path) -> StorageError:
    return StorageError(
        "backup_damaged",
        "a file of the backup is missing or has other bytes than were stored",
        where=str(path),
        hint="nothing of the home was changed. Use another backup; penataran verify --backup DIR "
        "names every damaged file",
    )


def place(folder: Path, name: str, sha256: str) -> Path:
    """Where a backup keeps a file."""
    return folder / name if promised(name) else folder / SMALL / sha256[:2] / sha256


def stored_file(path: Path) -> BackupFile:
    with path.open("rb") as data:
        return BackupFile(hashlib.file_digest(data, "sha256").hexdigest(), path.stat().st_size)


def copy_file(source: Path, target: Path, *, expected: str = "") -> BackupFile | None:
    """Copy a file so that the copy exists whole or not at all; returns its hash and size. None, and
    no copy, if the hash is not the expected one."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with source.open("rb") as data, partial.open("wb") as out:
            found = _copy(data, out)
        if expected and found.sha256 != expected:
            return None
        partial.replace(target)
        sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return found


def _copy(data: BinaryIO, out: BinaryIO) -> BackupFile:
    digest, size = hashlib.sha256(), 0
    os.fchmod(out.fileno(), 0o600)
    while chunk := data.read(CHUNK):
        digest.update(chunk)
        out.write(chunk)
        size += len(chunk)
    out.flush()
    os.fsync(out.fileno())
    return BackupFile(digest.hexdigest(), size)


# --- writing ----------------------------------------------------------------------------------


def begin(folder: Path, record: str) -> Backup | None:
    """Take a folder for the backups of one record: a new one, an empty one, or its own. Returns the
    backup that is there."""
    if (folder / MARK).exists():
        before = Backup.read(folder)
        _refuse_other(folder, before.record, record)
        return before
    if (folder / BEGUN).exists():
        _refuse_other(folder, str(read_json(folder / BEGUN).get("record")), record)
        return None
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(
            "not_empty",
            f"{folder} has other files in it",
            where=str(folder),
            hint="name a new or empty folder, or the one of an earlier backup",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / BEGUN, json.dumps({"record": record}))
    return None


def _refuse_other(folder: Path, found: str, record: str) -> None:
    if found != record:
        raise ConfigurationError(
            "other_backup",
            f"{folder} has the backup of another home",
            where=str(folder),
            hint="name another folder for this home",
        )


def store(
    folder: Path, name: str, source: Path, before: Backup | None
) -> tuple[BackupFile, bool] | None:
    """Copy a file of the home into a backup, or find it there; says whether it was copied. None for
    a file whose content is not what its name promises."""
    sha = promised(name)
    known = before.files.get(name) if before else None
    target = place(folder, name, known.sha256 if known else "")
    if sha and known and target.exists() and target.stat().st_size == known.bytes:
        return known, False
    if sha is None:
        found = stored_file(source)
        target = place(folder, name, found.sha256)
        if target.exists() and target.stat().st_size == found.bytes:
            return found, False
        copied = copy_file(source, target)
        if copied != found:  # written meanwhile: what was copied is under a wrong name
            target.unlink()
            return store(folder, name, source, before)
        return found, True
    if not _keeps_promise(source, sha):
        return None
    copied = copy_file(source, target)
    assert copied is not None
    return copied, True


def _keeps_promise(path: Path, sha256: str) -> bool:
    try:
        return content_sha256(path) == sha256
    except zstandard.ZstdError:
        return False


def finish(
    folder: Path,
    facts: Mapping[str, Any],
    files: Mapping[str, BackupFile],
    held: Callable[[], None],
) -> None:
    """Write the mark: from here on the folder is this backup. `held` raises BusyError if another
    backup has begun meanwhile."""
    listed = {name: [f.sha256, f.bytes] for name, f in sorted(files.items())}
    mark = json.dumps({"format": FORMAT, **facts, "files": listed})
    write_whole(folder / MARK, mark, held=held)
    (folder / BEGUN).unlink(missing_ok=True)


def prune(backup: Backup, held: Callable[[], None]) -> int:
    """Remove files that the backup does not name: those of earlier ones, and of killed ones."""
    named = {backup.path(name) for name in backup.files}
    removed = 0
    for path in _files_in(backup.folder / part for part in OURS):
        if path not in named:
            held()
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _files_in(folders: Iterable[Path]) -> list[Path]:
    return sorted(p for folder in folders for p in folder.rglob("*") if p.is_file())
