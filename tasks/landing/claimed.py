"""Files in folders that others write to: moved aside before they are read.

A sender may replace a file while it is taken in, or put a link, a pipe or a device in its place.
So a file gets a name of ours in the same folder first, and is read through one open descriptor
from then on. What is found there instead of the expected file is put back, unread. A claim is
locked while its process lives; what a killed process left aside is put back by the next.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PREFIX = ".taken-"
ASIDE = re.compile(rf"{re.escape(PREFIX)}[0-9a-f]{{8}}-(.+)", re.DOTALL)
OPEN_FILES = Path("/dev/fd")
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NO_FILE = (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.EISDIR)
NO_FOLDER = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
LONGEST_NAME = 255 - len(PREFIX) - 9  # bytes


def identity(found: os.stat_result) -> str:
    """What tells a file from another one, and from itself after a change."""
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def is_plain(found: os.stat_result) -> bool:
    """True for a regular file with one name. A second name may be anybody's."""
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


@contextmanager
def opened_folder(*steps: str | Path) -> Iterator[int | None]:
    """Descriptor of a folder: the first step, then folders in it, none through a link; None where
    one is missing or is not a folder."""
    folder: int | None = None
    try:
        for step in steps:
            found = os.open(step, FOLDER_FLAGS, dir_fd=folder)
            if folder is not None:
                os.close(folder)
            folder = found
        opened = folder
    except OSError as error:
        if error.errno not in NO_FOLDER:
            raise
        opened = None
    try:
        yield opened
    finally:
        if folder is not None:
            os.close(folder)


@dataclass
class ClaimedFile:
    """A file that was moved aside, and is open."""

    folder: int
    name: str  # as its sender wrote it
    aside: str
    file: int
    expected: str
    is_done: bool = False  # it may be removed

    @property
    def path(self) -> Path:
        """Leads to the open file, whatever stands under its name."""
        return OPEN_FILES / str(self.file)

    def sha256(self) -> str:
        with self.path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()

    def is_unchanged(self) -> bool:
        return identity(os.fstat(self.file)) == self.expected


def _end(claim: ClaimedFile) -> None:
    """Remove a file that is done and was not written to meanwhile; put back any other."""
    if not (claim.is_done and claim.is_unchanged()):
        _put_back(claim.folder, claim.aside, claim.name)
    elif _is_still(claim.folder, claim.aside, claim.file):
        os.unlink(claim.aside, dir_fd=claim.folder)


@contextmanager
def claimed(folder: int, name: str, expected: str) -> Iterator[ClaimedFile | None]:
    """Move a file aside; None if it is not the expected one any more. At the end it is removed
    where it is done, else put back."""
    aside = f"{PREFIX}{secrets.token_hex(4)}-{_short(name)}"
    try:
        os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)
    except FileNotFoundError:  # its sender took it away, or another process has it
        yield None
        return
    try:
        file = _opened(folder, aside)
    except OSError:  # no permission, no descriptor
        _put_back(folder, aside, name)
        raise
    if file is None or not (
        identity(os.fstat(file)) == expected
        and is_plain(os.fstat(file))
        and _is_still(folder, aside, file)
    ):
        _put_back(folder, aside, name)
        if file is not None:
            os.close(file)
        yield None
        return
    claim = ClaimedFile(folder, name, aside, file, expected)
    try:
        yield claim
    finally:
        try:
            _end(claim)
        finally:
            os.close(file)


def names_in(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries]


def put_back_forgotten(folder: int) -> None:
    """Put back what a killed process left aside."""
    for aside in names_in(folder):
        known = ASIDE.fullmatch(aside)
        if known is None:
            continue
        try:
            regular = stat.S_ISREG(os.stat(aside, dir_fd=folder, follow_symlinks=False).st_mode)
        except FileNotFoundError:
            continue
        file = _opened(folder, aside) if regular else None
        if file is None and regular:
            continue  # a living process has it
        _put_back(folder, aside, known[1])
        if file is not None:
            os.close(file)


def _opened(folder: int, name: str) -> int | None:
    """Descriptor of a regular file, locked; None for anything else, and where another process
    has the lock."""
    try:
        if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            return None
        file = os.open(name, FILE_FLAGS, dir_fd=folder)
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
        return None
    if stat.S_ISREG(os.fstat(file).st_mode) and _locked(file):
        return file
    os.close(file)
    return None


def _locked(file: int) -> bool:
    """Lock a file; False where another process has it. Some network folders know no locks."""
    with suppress(OSError):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _is_still(folder: int, name: str, file: int) -> bool:
    """True while the name leads to the open file."""
    with suppress(FileNotFoundError):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return os.path.samestat(found, os.fstat(file))
    return False


def _put_back(folder: int, aside: str, name: str) -> None:
    """Give a file, link or folder its name back; where a newer one has it, a name beside it."""
    with suppress(FileNotFoundError):
        if _is_same(folder, aside, name):  # a process ended between the two steps below
            os.unlink(aside, dir_fd=folder)
            return
        try:
            os.link(aside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError:  # the name is taken, or this cannot have two names
            free = name if not _exists(folder, name) else _beside(name)
            os.rename(aside, free, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            os.unlink(aside, dir_fd=folder)


def _is_same(folder: int, one: str, other: str) -> bool:
    try:
        return os.path.samestat(
            os.stat(one, dir_fd=folder, follow_symlinks=False),
            os.stat(other, dir_fd=folder, follow_symlinks=False),
        )
    except FileNotFoundError:
        return False


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _beside(name: str) -> str:
    stem, dot, suffix = _short(name).rpartition(".")
    token = secrets.token_hex(4)
    return f"{stem}-{token}{dot}{suffix}" if stem else f"{suffix}-{token}"


def _short(name: str) -> str:
    """A name that leaves room for a prefix, with its suffix."""
    if len(os.fsencode(name)) <= LONGEST_NAME:
        return name
    suffix = Path(name).suffix
    stem = name.removesuffix(suffix)
    while stem and len(os.fsencode(stem + suffix)) > LONGEST_NAME:
        stem = stem[:-1]
    return stem + suffix
