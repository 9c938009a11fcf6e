"""Limits of a reader's query: time in the database, memory of the process, and its folder.

None of them is held by the session that the query runs in, so no query can lift one.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from schemas.errors import ConfigurationError

OWN_SECONDS = 600.0  # of the queries of reports and verbs
GRACE_SECONDS = 5.0
OVER_LIMIT = frozenset({"query_time", "query_memory"})
"""Codes of errors of a query that needs more than a reader has."""
FOLDER_PREFIX = "held-"


class Deadline:
    """How long a query may work. Only time in the database counts: a reader may page slowly.

    `stuck` is called when the query goes on although it was stopped.
    """

    def __init__(self, seconds: float, stuck: Callable[[], None] | None = None) -> None:
        self.seconds = seconds
        self.left = seconds
        self.has_passed = False
        self._stuck = stuck

    @contextmanager
    def running(self, stop: Callable[[], object]) -> Iterator[None]:
        """Around work in the database; `stop` is called from a thread when the time is over."""
        if self.left <= 0:
            raise self.error()
        ended = Event()
        started = time.monotonic()
        watch = Thread(target=self._watch, args=(ended, self.left, stop), daemon=True)
        watch.start()
        try:
            yield
        finally:
            ended.set()
            self.left -= time.monotonic() - started

    def _watch(self, ended: Event, seconds: float, stop: Callable[[], object]) -> None:
        if ended.wait(seconds):
            return
        self.has_passed = True
        stop()
        if not ended.wait(GRACE_SECONDS) and self._stuck is not None:
            self._stuck()

    def error(self) -> ConfigurationError:
        return ConfigurationError(
            "query_time",
            f"the query took longer than {self.seconds:g} s and was stopped",
            hint="narrow it, or set PENATARAN_QUERY_SECONDS to more seconds",
        )


def memory_error(detail: str) -> ConfigurationError:
    """A query that needs more memory or disk than readers have."""
    return ConfigurationError(
        "query_memory",
        f"the query needs more memory or disk than a reader has: {detail}",
        hint="select fewer rows or columns, or group and filter first",
    )


@contextmanager
def bounded_process(more_bytes: int) -> Iterator[None]:
    """This process may take so much more memory, and no more: an allocation above it fails.

    The engine's own limit leaves out some allocations: the texts of a result, for example
    (DuckDB 2.0.0). On Linux only.
    """
    import resource

    try:
        used = re.search(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())
        before = resource.getrlimit(resource.RLIMIT_DATA)
    except OSError:
        used = None
    if used is None:
        yield
        return
    soft = int(used[1]) * 1024 + more_bytes
    highest = [n for n in before if n != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([soft, *highest]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Hold the lock of a folder; it ends with the process, however that ends."""
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems lock no folders
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(folder: Path) -> bool:
    """Whether a living process works in this folder of `held_folder`; it does where the file
    system cannot tell."""
    import fcntl

    if not folder.name.startswith(FOLDER_PREFIX):
        return False
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def sweep_folders(parent: Path, *, keep: Callable[[str], bool]) -> None:
    """Remove what dead processes left in the parent of held folders, but for names to keep."""
    with _locked(parent):
        _sweep(parent, keep)


def _sweep(parent: Path, keep: Callable[[str], bool]) -> None:
    for leftover in parent.iterdir():
        if keep(leftover.name) or is_held(leftover):
            continue
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


@contextmanager
def held_folder(parent: Path) -> Iterator[Path]:
    """A private folder (0700) for temporary files. What a killed process left of its own is
    removed by the next one. Raises OSError where the parent cannot be written."""
    parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with _locked(parent):
            _sweep(parent, lambda name: not name.startswith(FOLDER_PREFIX))
            folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=parent))
            held.enter_context(_locked(folder))
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder
