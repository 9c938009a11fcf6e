"""How a run is stopped (P02): at once, at whatever point it is.

Any point is a safe one, and leases of a process that is gone are free. Waiting for partners'
answers first would only make the asker use force.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path


def end_on_sigterm() -> None:
    """Let SIGTERM end this process and its children. Called again inside a Prefect flow, which
    puts a handler of its own in place, one that waits for every thread."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: object) -> None:
    os.write(2, b"penataran: stopped / dihentikan\n")
    for child in _children():  # the batch gate, and a Prefect server of this run's own
        os.kill(child, signal.SIGTERM)
    os._exit(128 + number)


def _children() -> list[int]:
    """Process ids of our children, where the system tells (Linux); elsewhere they end by
    themselves when they find their parent gone."""
    try:
        threads = list(Path("/proc/self/task").iterdir())
        return [int(pid) for t in threads for pid in (t / "children").read_text().split()]
    except OSError:
        return []
