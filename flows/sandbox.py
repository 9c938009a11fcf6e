"""The sandbox profile: simulated partners on loopback, and simulated files, around one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config import declarations
from config.settings import Settings
from tasks.home import IN_STATE, make_home
from warehouse.files import damaged, write_whole

if TYPE_CHECKING:
    from tasks.outcome import Report
    from tasks.session import Session

(EDITION,) = IN_STATE


def run_in_sandbox(
    settings: Settings, run: Callable[[Settings, Callable[[Session], None]], Report]
) -> Report:
    """Start the simulator, point every provider at it, run, and let time pass there. The files of
    the simulated senders are taken in while the partners answer.

    The edition grows with each run of the home, so that partners restate between runs.
    """
    from sandbox.files import write_clean
    from sandbox.server import serve

    make_home(settings)
    write_clean(settings.home / "inbox", datetime.now(UTC).date())
    marker = settings.home / EDITION
    text = marker.read_text(errors="replace").strip() if marker.exists() else "0"
    if not (text.isascii() and text.isdecimal()):
        raise damaged(marker, "it is no number of an edition")
    edition = int(text) + 1
    sources = declarations.load_all(settings.sources_paths).sources.values()
    # Simulated partners take any key; one that is really set would be sent to nobody but them.
    keys = {s.key.variable: "sandbox" for s in sources if s.key and not s.key.optional}
    with serve(edition, datetime.now(UTC).date()) as base:
        hosts = dict.fromkeys((s.provider.code for s in sources), base)
        environment = {**settings.environment, **keys}
        report = run(replace(settings, hosts=hosts, environment=environment), _take_in_files)
    write_whole(marker, str(edition))
    return report


def _take_in_files(session: Session) -> None:
    """The run itself publishes them."""
    from flows.inbox import take_in_folders

    take_in_folders(session.settings, session.gate, publishes=False)
