"""Places where a test may kill, raise or fill the disk: `FAILPOINT=step:action`.

Refused in production when settings are read (`config.settings.refuse_insecure`).
"""

from __future__ import annotations

import errno
import os
import signal
import time


def failpoint(step: str) -> None:
    """Do what the variable FAILPOINT orders for this step; without it, nothing."""
    armed = os.environ.get("FAILPOINT", "")
    if not armed or os.environ.get("PENATARAN_ENV") == "production":
        return
    name, _, action = armed.partition(":")
    if name != step:
        return
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "enospc":
            raise OSError(errno.ENOSPC, "no space left (failpoint)")
        case "sleep":
            time.sleep(3600)
        case _:
            raise RuntimeError(f"failpoint {step}")
