"""Verbs for copies of a home: backup, restore, verify."""

from __future__ import annotations

import argparse
from pathlib import Path

from flows.cli.verbs.common import print_facts, reading_settings, settings_of
from schemas.errors import ConfigurationError


def backup(options: argparse.Namespace) -> int:
    from flows.backup import backup as back_up
    from tasks.session import Session

    with Session(reading_settings(options)) as session:
        done = back_up(session, Path(options.folder).resolve())
    print_facts(done.as_dict(), as_json=options.json)
    return 3 if done.damaged else 0


def restore(options: argparse.Namespace) -> int:
    from flows.restore import restore as restore_home

    done = restore_home(settings_of(options), Path(options.folder).resolve(), older=options.older)
    print_facts(done.as_dict(), as_json=options.json)
    return 0


def verify(options: argparse.Namespace) -> int:
    from flows.healing import beside_runs, heal
    from flows.verify import verify as verify_home
    from warehouse.limits import held_folder

    settings = reading_settings(options)
    backup = Path(options.backup).resolve() if options.backup else None
    if backup is not None and not (backup / "landing").is_dir():
        raise ConfigurationError(
            "no_backup",
            f"{backup} has no folder landing, so it is not a copy of a home",
            hint="name the folder that penataran backup wrote",
        )
    if options.heal and backup is None and settings.backup is None:
        raise ConfigurationError(
            "usage", "--heal needs a copy", hint="--backup DIR, or PENATARAN_BACKUP"
        )
    heals = options.heal or (backup is None and settings.backup is not None)
    with held_folder(settings.state / "tmp") as spill:
        found = verify_home(settings, spill, backup=backup)
        if heals and found.damaged:
            with beside_runs(settings):
                heal(settings, found, backup or settings.backup, spill)
    print_facts(found.as_dict(), as_json=options.json)
    return 0 if found.is_whole else 3
