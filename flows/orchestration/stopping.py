"""How a run is stopped (P02): at once, at whatever point it is.

Every point is a safe one, and leases of a process that ended are free. Waiting for partners'
answers first would only lead people to kill the process.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

_notice = "stopped"


def end_on_sigterm(notice: str | None = None) -> None:
    """Let SIGTERM end this process and its children, with a notice on stderr. Called again inside
    a Prefect flow, which installs a handler of its own, one that waits for every thread."""
    global _notice
    _notice = notice or _notice
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _end)


def _end(number: int, _frame: object) -> None:
    os.write(2, f"penataran: {_notice}\n".encode())
    for child in _children():  # the batch gate, and a Prefect server of this run's own
        os.kill(child, signal.SIGTERM)
    os._exit(128 + number)


def _children() -> list[int]:
    """Process ids of our children, where the system lists them (Linux); elsewhere they end by
    themselves when their parent has ended."""
    try:
        threads = list(Path("/proc/self/task").iterdir())
        return [int(pid) for t in threads for pid in (t / "children").read_text().split()]
    except OSError:
        return []
