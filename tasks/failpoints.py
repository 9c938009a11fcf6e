"""Places where a test may kill, stop, raise or fill the disk: `FAILPOINT=step:action`.

Armed only where PENATARAN_UNDER_TEST is set too, as the tests do. Otherwise, and in production
always, settings refuse a process that has FAILPOINT in its environment (`config.settings`).
"""

from __future__ import annotations

import errno
import os
import signal
import time

from config.settings import failpoints_allowed


def failpoint(step: str) -> None:
    """Do what the variable FAILPOINT orders for this step; without it, nothing."""
    armed = os.environ.get("FAILPOINT", "")
    if not armed or not failpoints_allowed(os.environ):
        return
    name, _, action = armed.partition(":")
    if name != step:
        return
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            del os.environ["FAILPOINT"]  # once: then it goes on to the end
            os.kill(os.getpid(), signal.SIGSTOP)
        case "enospc":
            raise OSError(errno.ENOSPC, "no space left (failpoint)")
        case "sleep":
            time.sleep(3600)
        case _:
            raise RuntimeError(f"failpoint {step}")
