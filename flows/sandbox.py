"""The sandbox profile: simulated partners on loopback, and simulated files, around one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config import declarations
from config.settings import Settings

if TYPE_CHECKING:
    from tasks.outcome import Report

EDITION = "sandbox-edition"


def run_in_sandbox(settings: Settings, run: Callable[[Settings], Report]) -> Report:
    """Take in the simulated senders' files, start the simulator, point every provider at it, run,
    and let time pass there.

    The edition grows with each run of the home, so that partners restate between runs.
    """
    from flows.inbox import take_in_folders
    from sandbox.files import write_clean
    from sandbox.server import serve

    write_clean(settings.home / "inbox", datetime.now(UTC).date())
    take_in_folders(settings)
    marker = settings.state / EDITION
    edition = int(marker.read_text(encoding="utf-8")) + 1 if marker.exists() else 1
    sources = declarations.load_all(settings.sources_paths).sources.values()
    # Simulated partners take any key; one that is really set would be sent to nobody but them.
    keys = {s.key.variable: "sandbox" for s in sources if s.key and not s.key.optional}
    with serve(edition, datetime.now(UTC).date()) as base:
        hosts = dict.fromkeys((s.provider.code for s in sources), base)
        environment = {**settings.environment, **keys}
        report = run(replace(settings, hosts=hosts, environment=environment))
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(str(edition), encoding="utf-8")
    return report
