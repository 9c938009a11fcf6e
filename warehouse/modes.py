"""Who may open the folders and files of a home: its owner alone, but for what is published.

A process that writes sets its umask first (`keep_private`). What readers get has the mode that
`PENATARAN_READERS` declares. The modes inside `inbox` and `outbox` are the operator's: senders
write and read there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

UMASK = 0o077
OTHERS = 0o077
READERS = {"all": 0o055, "group": 0o050, "owner": 0o000}
"""What others may do in a folder of readers, by who the readers are."""
FOR_READERS = ("warehouse", "reports", "exports")
PRIVATE_IN_THEM = ("reports/answers",)  # copies of partners' cells
FOR_SENDERS = ("inbox", "outbox")
PROFILE = "PROFILE"  # `query` looks which data these are


class _Process:
    umask = 0o022  # of whoever started it


def keep_private() -> None:
    """Files and folders of this process, and of its children, are for their owner alone."""
    _Process.umask = os.umask(UMASK)


def hand_over(path: Path) -> None:
    """A file that was asked for by name gets the mode that its user's umask says."""
    path.chmod(0o666 & ~_Process.umask)


def folder_mode(readers: str) -> int:
    return 0o700 | READERS[readers]


def file_mode(readers: str) -> int:
    return 0o600 | (READERS[readers] & 0o044)


def make_folders(home: Path, folders: tuple[Path, ...], readers: str) -> None:
    """Make what is missing of a home. Readers may pass the home itself and list nothing there. The
    modes of a home that exists stay as they are: `close_to_others` changes them."""
    is_new = not any(folder.exists() for folder in folders)
    home.mkdir(parents=True, exist_ok=True)
    if is_new:
        home.chmod(0o700 | (READERS[readers] & 0o011))
    for folder in folders:
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700 | _allowed(folder.relative_to(home), READERS[readers]))


def open_as_folder(path: Path) -> None:
    """A file for senders may be read by whoever may read its folder."""
    with suppress(FileNotFoundError):
        path.chmod(0o600 | (stat.S_IMODE(path.parent.stat().st_mode) & 0o044))


def too_open(home: Path, readers: str) -> Iterator[tuple[Path, int]]:
    """Folders and files that others may use more than declared, each with the mode that it should
    have. Links are not followed."""
    more = READERS[readers]
    if home.is_dir():
        yield from _excess(home, home.stat(), more & 0o011)
    for folder, names, files in os.walk(home):
        place = Path(folder)
        if place == home:
            names[:] = [n for n in names if n not in FOR_SENDERS]
        for name in (*names, *files):
            path = place / name
            with suppress(FileNotFoundError):
                yield from _excess(path, path.lstat(), _allowed(path.relative_to(home), more))


def close_to_others(home: Path, readers: str) -> int:
    """Take from others what is not declared; returns from how many folders and files. Nothing is
    opened further, and what belongs to another user stays."""
    done = 0
    for path, mode in too_open(home, readers):
        with suppress(PermissionError, FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                os.fchmod(descriptor, mode)
            finally:
                os.close(descriptor)
            done += 1
    return done


def _allowed(relative: Path, more: int) -> int:
    """What others may do with a folder or file of a home."""
    name = str(relative)
    if name == PROFILE:
        return more & 0o044
    private = any(name == p or name.startswith(f"{p}/") for p in PRIVATE_IN_THEM)
    return more if relative.parts[0] in FOR_READERS and not private else 0


def _excess(path: Path, found: os.stat_result, allowed: int) -> Iterator[tuple[Path, int]]:
    if not (stat.S_ISDIR(found.st_mode) or stat.S_ISREG(found.st_mode)):
        return
    mode = stat.S_IMODE(found.st_mode)
    if mode & OTHERS & ~allowed:
        yield path, mode & ~(OTHERS & ~allowed)
