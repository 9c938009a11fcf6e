"""The last step of a restore: what lies ready beside lake and landing takes their place.

Everything in `restore.next` was compared with the backup before its file COMPLETE was written. A
restore that was killed after that is finished by the next command that opens the home to write, and
one that was killed before it leaves nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tasks.failpoints import failpoint
from warehouse.files import sync
from warehouse.ledger import Ledger
from warehouse.ledger_copy import put_back

READY = "restore.next"
COMPLETE = "COMPLETE"
LEDGER = "ledger.jsonl"
PARTS = ("landing", "lake")
ASIDE = "before"


def is_ready(home: Path) -> bool:
    return (home / READY / COMPLETE).exists()


def drop_unready(home: Path) -> None:
    """Remove what a killed restore copied."""
    if not is_ready(home):
        shutil.rmtree(home / READY, ignore_errors=True)


def finish_restore(
    home: Path, ledger: Ledger, held: Callable[[], None] = lambda: None
) -> list[str]:
    """Put landing, lake, ledger and small files in place; returns where the old folders are now.
    Repeatable. Only while no other run is under way."""
    ready, kept = home / READY, []
    for name in PARTS:
        if (ready / name).exists():
            held()
            kept += _set_aside(home / name)
            failpoint("restore_aside")
            held()
            (ready / name).rename(home / name)
            sync(home)
            failpoint(f"restore_{name}")
    held()
    if (ready / LEDGER).exists():
        put_back(ledger, ready / LEDGER)
    failpoint("restore_ledger")
    for path in sorted(p for p in ready.rglob("*") if p.is_file()):
        target = home / path.relative_to(ready)
        if path.name not in (COMPLETE, LEDGER):
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.replace(target)
    shutil.rmtree(home / "state" / "codes", ignore_errors=True)
    (ready / COMPLETE).unlink()
    failpoint("restore_swapped")
    shutil.rmtree(ready, ignore_errors=True)
    return kept


def _set_aside(folder: Path) -> list[str]:
    """Put a folder out of the way; one that holds no file is removed."""
    if not folder.exists():
        return []
    if not any(p.is_file() for p in folder.rglob("*")):
        shutil.rmtree(folder)
        return []
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside = folder.with_name(f"{folder.name}.{ASIDE}-{moment}")
    folder.rename(aside)
    return [str(aside)]
