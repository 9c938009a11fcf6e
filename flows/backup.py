"""A backup of the home's record into another folder, at one moment, beside runs that go on.

Copied are landing, lake, ledger and what says whose home it is. The order makes the moment: states
and landing's copies of loads, then the log of loads, then the other logs, then load numbers, data
and landed bytes. A load counts by its row in the log of loads; what it needs was written before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from config.settings import Settings
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError, StorageError
from tasks.failpoints import failpoint
from tasks.home import HOME_FORMAT, IN_STATE, record_of
from tasks.session import Session
from warehouse import backups
from warehouse.backups import Backup, BackupFile
from warehouse.ledger_copy import dump_numbers, dump_states

LEDGER = "ledger.jsonl"  # in a backup; a home has a database
ENTRY = re.compile(r"(\d{20})\.")
DECLARATIONS = (".yml", ".yaml")
LOG = "_delta_log"


@dataclass
class KeptBackup:
    """What a backup has, what was copied for it, and landed files that are damaged here: it keeps
    its own older copy of them, or lacks them."""

    backup: str = ""
    backup_files: int = 0
    files_copied: int = 0
    bytes_copied: int = 0
    files_pruned: int = 0
    loads: int = 0
    damaged: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def backup(session: Session, folder: Path) -> KeptBackup:
    """Bring a folder to the home's state of this moment. Runs may go on; erasures, rebuilds and
    maintenance wait or are refused, since they remove files."""
    settings = session.settings
    refuse_place(settings.home, folder)
    record = record_of(settings, session.ledger)
    with session.ledger.lease("maintenance", wait_seconds=120) as lease:

        def held() -> None:
            session.ledger.require(lease)

        before = backups.begin(folder, record)
        copying = _Copying(session, folder, before, held)
        loads = copying.everything()
        held()
        failpoint("backup_copied")
        facts = {
            "record": record,
            "profile": settings.profile,
            "home_format": HOME_FORMAT,
            "made_at": datetime.now(UTC).isoformat(),
            "made_by": version("penataran"),
            "loads": sorted({(number, run) for number, run, *_ in loads}),
        }
        backups.finish(folder, facts, copying.files, held)
        failpoint("backup_marked")
        done = copying.done
        done.files_pruned = backups.prune(Backup.read(folder), held)
    done.backup, done.backup_files, done.loads = str(folder), len(copying.files), len(loads)
    return done


def refuse_place(home: Path, folder: Path) -> None:
    """A copy inside of what it copies, or around it, is lost with it."""
    if folder == home or home in folder.parents or folder in home.parents:
        raise ConfigurationError(
            "backup_place",
            f"{folder} and the home {home} contain one another",
            where=str(folder),
            hint="name a folder beside the home, better on another disk",
        )


class _Copying:
    """One backup under way."""

    def __init__(
        self, session: Session, folder: Path, before: Backup | None, held: Callable[[], None]
    ) -> None:
        self.session, self.folder, self.before, self.held = session, folder, before, held
        self.home = session.settings.home
        self.files: dict[str, BackupFile] = {}
        self.done = KeptBackup()

    def everything(self) -> list[tuple[int, str, str, str]]:
        """Copy in the order that makes one moment; returns the loads of that moment."""
        ledger = self.session.temp / LEDGER
        dump_states(self.session.ledger, ledger)
        for path in sorted((self.home / "landing" / "loads").glob("*.json")):
            self._keep(self._name(path), path)
        log_of_loads, *logs = sorted(TABLES, key=lambda name: name != "ops_load")
        newest = self._log(log_of_loads)
        for name in logs:
            self._log(name)
        dump_numbers(self.session.ledger, ledger)
        self._keep(LEDGER, ledger)
        failpoint("backup_logs")
        for path in self._others():
            self.held()
            self._keep(self._name(path), path)
        with self.session.connection() as con:
            return self.session.lake.loads_at(con, newest)

    def _log(self, table: str) -> int:
        """Copy the log of a table as it is now; returns its newest entry."""
        try:
            return self._log_now(table)
        except FileNotFoundError:  # the library removes entries a month after a checkpoint
            return self._log_now(table)

    def _log_now(self, table: str) -> int:
        """An entry that appears while the folder is listed may be seen without the one before it,
        so the highest number comes from an earlier look."""
        folder = self.home / "lake" / table / LOG
        checkpoint = folder / "_last_checkpoint"  # before the list: what it names is there already
        if checkpoint.exists():
            self._keep(self._name(checkpoint), checkpoint)
        newest = max(_entries(folder))
        for number, path in _numbered(folder):
            if number <= newest:
                self._keep(self._name(path), path)
        return newest

    def _others(self) -> Iterator[Path]:
        home = self.home
        for path in sorted((home / "lake").rglob("*")):
            if LOG not in path.parts and _is_kept(path):
                yield path
        for path in sorted((home / "landing").rglob("*")):
            if path.parent.name != "loads" and _is_kept(path):
                yield path
        for path in (home / "FORMAT", home / "PROFILE", *(home / name for name in IN_STATE)):
            if _is_kept(path):
                yield path
        yield from declarations_in(self.session.settings)

    def _keep(self, name: str, source: Path) -> None:
        found = backups.store(self.folder, name, source, self.before)
        if found is not None:
            self.files[name], copied = found
            self.done.files_copied += copied
            self.done.bytes_copied += self.files[name].bytes * copied
            failpoint("backup_file")
            return
        if name.startswith("lake/"):
            raise StorageError(
                "lake_damaged",
                "a file of the lake has other bytes than its name promises",
                where=str(source),
                hint="the backup stays as it was. penataran verify --heal, or penataran rebuild "
                "--from landing",
            )
        self.done.damaged.append(name)
        if self.before and name in self.before.files:
            self.files[name] = self.before.files[name]

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self.home))


def declarations_in(settings: Settings) -> Iterator[Path]:
    """Declarations of sources and senders that the operator keeps inside the home."""
    for folder in (*settings.sources_paths, *settings.more_partners_paths):
        if settings.home in folder.resolve().parents:
            for path in sorted(folder.resolve().rglob("*")):
                if path.suffix in DECLARATIONS and _is_kept(path):
                    yield path


def _is_kept(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and not path.name.endswith(".tmp")


def _numbered(folder: Path) -> Iterator[tuple[int, Path]]:
    for path in sorted(folder.rglob("*")):
        number = ENTRY.match(path.name)
        if number and _is_kept(path):
            yield int(number[1]), path


def _entries(folder: Path) -> list[int]:
    return [number for number, _ in _numbered(folder)]
