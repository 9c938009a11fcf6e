"""Verbs of the command line as separate processes: killed or out of memory, one ends alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from config.settings import Settings
from schemas.errors import StorageError


def run_as_child(settings: Settings, named: Sequence[str]) -> int:
    """A scheduled run as a separate process: killed or out of memory, it ends alone."""
    return verb_as_child("run", *named, "--profile", settings.profile)


def inbox_as_child() -> dict[str, Any]:
    """The result of `penataran inbox`, in a separate process; raises if it could not."""
    command = [sys.executable, "-m", "flows.cli", "inbox", "--json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        raise StorageError(
            "inbox",
            f"the senders' folders could not be processed (exit code {done.returncode})",
            hint="penataran inbox shows why; the files stay where they are",
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def verb_as_child(*words: str) -> int:
    """Exit code of a verb of the command line in a separate process."""
    return subprocess.run([sys.executable, "-m", "flows.cli", *words], check=False).returncode
