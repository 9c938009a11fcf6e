"""The command line in real processes that are there at once: forked from one that has imported
everything (`tests.warm`), where an interpreter of its own would import for seconds of CPU. Signals,
limits, exit codes and what is said are those of any process. Only Great Expectations answers inside
it; that its gate is a process of its own has tests of its own, and so has the installed command."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).parent.parent  # what a forked process imports first has no pytest in it
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.warm"])


def _perform(
    words: Sequence[str],
    environment: dict[str, str],
    limits: dict[int, int],
    pages: bool,
    *said: Connection,
) -> None:
    from tests import warm  # in the forked process, which has it

    os.chdir(ROOT)
    for number, pipe in enumerate(said, start=1):
        os.dup2(pipe.fileno(), number)
        pipe.close()
    warm.perform(words, environment, limits, pages=pages)


class _Said(threading.Thread):
    """All that a process writes to one pipe."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._from, self.pipe = _PROCESSES.Pipe(duplex=False)
        self._pieces: list[bytes] = []

    def run(self) -> None:
        with self._from:
            while piece := os.read(self._from.fileno(), 65536):
                self._pieces.append(piece)

    def text(self, timeout: float) -> str:
        self.join(timeout)
        return b"".join(self._pieces).decode()


class Command:
    """A command under way; its methods are those of `subprocess.Popen`."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        limits: Mapping[int, int],
        *,
        pages: bool,
    ) -> None:
        self.words = list(words)
        self._said = (_Said(), _Said())
        pipes = [said.pipe for said in self._said]
        self._process = _PROCESSES.Process(
            target=_perform, args=(self.words, dict(environment), dict(limits), pages, *pipes)
        )
        self._process.start()
        for said in self._said:
            said.pipe.close()
            said.start()
        assert self._process.pid
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.words, timeout)
        return self._process.exitcode

    def communicate(self, timeout: float = 300) -> tuple[str, str]:
        self.wait(timeout)
        out, err = (said.text(timeout) for said in self._said)
        return out, err

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()


def start(
    words: Sequence[str],
    environment: Mapping[str, str],
    limits: Mapping[int, int] | None = None,
    *,
    pages: bool = False,
) -> Command:
    """Start `penataran` with these words, in this environment and no other. As in this process
    (`unread`) only a test that is about the page has it, and the marts, made."""
    return Command(words, environment, limits or {}, pages=pages)


def run(
    words: Sequence[str], environment: Mapping[str, str], timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """The same to its end."""
    command = start(words, environment)
    try:
        out, err = command.communicate(timeout)
    finally:
        command.kill()
    assert command.returncode is not None
    return subprocess.CompletedProcess(command.words, command.returncode, out, err)
