"""Healing: what is damaged or missing here, and whole in another copy, is put back and reported.

Nothing is replaced by bytes whose SHA-256 is not the one that a name or a backup promises. Landed
bytes, declarations and data files of the lake are taken from a backup by their names, receipts by
the hash in its file `BACKUP`, landing's copies of loads from the lake.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from zstandard import ZstdError

from config.settings import Settings
from flows.verify import InspectedFiles
from schemas.errors import BusyError, PenataranError, StorageError
from tasks.home import open_ledger, open_warehouse
from tasks.landing.land import erased_path
from tasks.landing.manifest import mirror
from warehouse import backups
from warehouse.backups import Backup, content_sha256, copy_file, promised
from warehouse.engine import connect
from warehouse.lake import Lake
from warehouse.leases import EXCLUSIVE, RUN_PREFIX

FROM_LANDING = "penataran rebuild --from landing makes the lake again"


@contextmanager
def beside_runs(settings: Settings) -> Iterator[None]:
    """As a run: an erasure or a rebuild waits until this ends, or this is refused."""
    with (
        closing(open_warehouse(settings)) as warehouse,
        closing(open_ledger(settings, warehouse)) as ledger,
        ledger.lease(f"{RUN_PREFIX}{uuid.uuid4().hex}"),
    ):
        if EXCLUSIVE in ledger.leases.live():
            raise BusyError(
                "busy",
                "another command rebuilds the home or erases from it",
                hint="wait until it ends",
            )
        yield


def heal(settings: Settings, found: InspectedFiles, backup: Path | None, spill: Path) -> None:
    """Put back what can be put back; the rest stays in `found.damaged`. Beside runs only."""
    known = _read(backup)
    for name in sorted(found.damaged):
        if backup is not None and _from_backup(settings, name, backup, known):
            del found.damaged[name]
            found.different = [n for n in found.different if n != name]  # they are equal now
            found.healed.append(f"{name}: {backup}")
    _copies_of_loads(settings, found, spill)
    for name in found.damaged:
        if name.startswith("lake/"):
            found.damaged[name] += f"; {FROM_LANDING}"


def _read(backup: Path | None) -> Backup | None:
    """What a backup says of its files; None for a plain copy of a home."""
    if backup is None or not (backup / backups.MARK).exists():
        return None
    return Backup.read(backup)


def _from_backup(settings: Settings, name: str, backup: Path, known: Backup | None) -> bool:
    target = settings.home / name
    if _is_erased(settings, target):
        return False
    try:
        if sha256 := promised(name):
            source = backup / name
            if content_sha256(source) != sha256:
                return False
            copy_file(source, target)
            healed = content_sha256(target) == sha256
        elif known is not None and name in known.files and not name.startswith("lake/"):
            known.copy(name, target)
            healed = True
        else:
            healed = False
    except (OSError, ZstdError, StorageError):
        return False
    if _is_erased(settings, target):  # meanwhile
        target.unlink(missing_ok=True)
        return False
    return healed


def _is_erased(settings: Settings, path: Path) -> bool:
    return erased_path(settings.landing, path.name.split(".")[0]).exists()


def _copies_of_loads(settings: Settings, found: InspectedFiles, spill: Path) -> None:
    """Write landing's damaged copies of loads again from the lake, which has all that they had."""
    damaged = {
        name: settings.home / name for name in found.damaged if name.startswith("landing/loads/")
    }
    if not damaged:
        return
    for path in damaged.values():
        path.replace(path.with_suffix(".damaged"))
    with suppress(PenataranError), closing(connect(spill)) as con:
        mirror(con, Lake(settings.lake, settings.landing / "erased"), settings.landing)
    for name, path in damaged.items():
        aside = path.with_suffix(".damaged")
        if path.exists():
            aside.unlink()
            del found.damaged[name]
            found.healed.append(f"{name}: lake")
        else:
            aside.replace(path)
