"""Schedules: a Prefect server with UI, and one deployment per source on its own calendar."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

from config import source as declarations
from config.settings import Settings, refuse_insecure
from config.source import Source
from schemas.errors import ConfigurationError, StorageError

INBOX_SECONDS = 10.0
HOST, PORT = "127.0.0.1", 4200
MAINTENANCE_CRON = "30 2 * * *"  # before the day's first releases


def next_release(source: Source) -> str | None:
    """When the source is next looked at, by its calendar: ISO 8601 with zone. None for what
    arrives as files, whenever somebody sends one."""
    if source.is_file:
        return None
    from cronsim import CronSim

    zone = ZoneInfo(source.calendar.timezone)
    found: datetime = next(CronSim(source.calendar.cron, datetime.now(zone)))
    return found.isoformat()


def run_as_child(settings: Settings, named: Sequence[str]) -> int:
    """A scheduled run as a process of its own: killed or out of memory, it ends alone."""
    return verb_as_child("run", *named, "--profile", settings.profile)


def inbox_as_child() -> dict[str, Any]:
    """What `penataran inbox` did, in a process of its own; raises if it could not."""
    command = [sys.executable, "-m", "flows.cli", "inbox", "--json"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if not done.stdout:
        raise StorageError(
            "inbox", f"the folders could not be taken in (exit code {done.returncode})",
            hint="penataran inbox says why; the files wait where they are",
        )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def watch_inbox(settings: Settings, start: Callable[[], Any], stop: Event) -> None:
    """Start the deployment when files wait, so that an empty inbox costs no run."""
    from flows.inbox import make_folders, waiting

    make_folders(settings)
    while not stop.wait(INBOX_SECONDS):
        try:
            if waiting(settings):
                start()
        except Exception as error:  # noqa: BLE001  the next look may be luckier; say it and go on
            print(f"penataran: inbox: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


def verb_as_child(*words: str) -> int:
    """Exit code of a verb of the command line in a process of its own."""
    return subprocess.run([sys.executable, "-m", "flows.cli", *words], check=False).returncode


def serve(settings: Settings) -> int:
    """Start server and schedules and stay; Ctrl-C ends both."""
    from flows.orchestration.server import prepare, wait_for

    if settings.production:
        refuse_insecure(settings)
        if not os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
            raise ConfigurationError(
                "insecure",
                "the server would answer anybody",
                hint="set PREFECT_SERVER_API_AUTH_STRING (and PREFECT_API_AUTH_STRING)",
            )
    prepare(settings)
    port = int(os.environ.get("PREFECT_SERVER_API_PORT", PORT))
    url = f"http://{HOST}:{port}/api"
    os.environ["PREFECT_API_URL"] = url
    os.environ["PREFECT_UI_API_URL"] = url
    os.environ["PENATARAN_PROFILE"] = settings.profile
    settings.state.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "flows.orchestration.server", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"{url}/health", server)
        print(f"UI: http://{HOST}:{port}", flush=True)
        _deploy(settings)
    finally:
        server.terminate()
        server.wait(timeout=30)
    return 0


def _deploy(settings: Settings) -> None:
    from prefect import serve as serve_deployments
    from prefect.deployments import run_deployment
    from prefect.schedules import Cron

    from flows.orchestration.pipeline import inbox, maintenance, scheduled

    deployments = [
        scheduled.to_deployment(
            name=source.code,
            parameters={"source": source.code},
            schedule=Cron(source.calendar.cron, timezone=source.calendar.timezone),
            description=source.title.in_language(settings.language),
            tags=[source.domain],
        )
        for source in declarations.load_all(settings.sources_paths).values()
        if not source.builtin
    ]
    deployments.append(
        maintenance.to_deployment(
            name="daily", schedule=Cron(MAINTENANCE_CRON, timezone="Asia/Jakarta")
        )
    )
    deployments.append(
        scheduled.to_deployment(name="everything", parameters={"source": ""}, tags=["manual"])
    )
    deployments.append(
        inbox.to_deployment(name="folders", description="inbox/<sender> to outbox/<sender>")
    )
    stop = Event()
    start = partial(run_deployment, "inbox/folders", timeout=600, as_subflow=False)
    Thread(target=watch_inbox, args=(settings, start, stop), daemon=True).start()
    try:
        serve_deployments(*deployments, pause_on_shutdown=False)
    finally:
        stop.set()
