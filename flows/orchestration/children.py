"""Verbs of the command line as separate processes: killed or out of memory, one ends alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.settings import Settings
from schemas.errors import StorageError

LAST_LINES = 20


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, the JSON that it printed, its last lines on stderr."""

    exit_code: int
    report: dict[str, Any] | None
    last_lines: tuple[str, ...]

    @property
    def why(self) -> str:
        """The last problem that it named, or else its last line; empty without any."""
        named = [line for line in self.last_lines if line.startswith("penataran: ")]
        return next(iter([*named[-1:], *self.last_lines[-1:]]), "")


def run_as_child(settings: Settings, named: Sequence[str], **environment: str) -> Ended:
    """A scheduled run as a separate process: killed or out of memory, it ends alone."""
    return verb_as_child("run", *named, "--profile", settings.profile, "--json", **environment)


def inbox_as_child() -> dict[str, Any]:
    """The result of `penataran inbox`, in a separate process; raises if it could not."""
    ended = verb_as_child("inbox", "--json")
    if ended.report is None:
        raise StorageError(
            "inbox",
            f"the senders' folders could not be processed (exit code {ended.exit_code})",
            hint="penataran inbox shows why; the files stay where they are",
        )
    return ended.report


def verb_as_child(*words: str, **environment: str) -> Ended:
    """A verb of the command line in a separate process; its lines appear here too."""
    child = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, **environment},
    )
    lines: list[str] = []
    assert child.stdout is not None
    assert child.stderr is not None
    with child:
        # A report is printed when all is done, so stderr is read to its end first.
        for line in child.stderr:
            sys.stderr.write(line)
            lines = [*lines[1 - LAST_LINES :], line.rstrip()]
        printed = child.stdout.read()
    try:
        report = json.loads(printed)
    except ValueError:
        report = None
    return Ended(child.returncode, report, tuple(lines))
