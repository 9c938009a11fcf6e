"""What a command costs as a whole process tree: CPU, wall, peak memory, bytes written."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """One run. Memory is the peak of the tree's proportional set size; pages that processes
    share count once. Written is what reached the block layer, files deleted in time left out."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float
    largest_mb: float  # of the largest process of the tree
    written_mb: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Cost:
    """Run a command to its end; raises RuntimeError with its last words if it fails."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command, env=dict(environment), cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    watch = _Watch(process.pid)
    watch.start()
    err: list[str] = []
    assert process.stderr is not None
    assert process.stdout is not None
    reading = threading.Thread(target=lambda: err.append(process.stderr.read()), daemon=True)  # type: ignore[union-attr]
    reading.start()
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begun
    watch.stop()
    reading.join(5)
    if process.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ended with {process.returncode}: {err}{out[-2000:]}"
        )
    return Cost(
        usage.ru_utime + usage.ru_stime,
        wall,
        watch.peak / 2**20,
        watch.largest / 2**20,
        watch.written / 2**20,
        out,
    )


class _Watch(threading.Thread):
    """Looks at the tree below a process until it is stopped."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.peak = 0
        self.largest = 0
        self._written: dict[int, int] = {}
        self._ended = threading.Event()

    @property
    def written(self) -> int:
        return sum(self._written.values())

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            memory = 0
            for pid in _tree(self.root):
                one = _pss(pid)
                memory += one
                self.largest = max(self.largest, one)
                written = _written(pid)
                if written is not None:
                    self._written[pid] = written
            self.peak = max(self.peak, memory)


def _tree(root: int) -> list[int]:
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                todo += [int(n) for n in children.read_text().split()]
            except OSError:
                continue
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it ended meanwhile
    return 0


def _written(pid: int) -> int | None:
    try:
        lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    except OSError:
        return None
    return int(lines["write_bytes"]) - int(lines["cancelled_write_bytes"])
