"""Schedules: a Prefect server with UI, and one deployment per source on its own calendar."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from threading import Event, Thread

from config import declarations
from config.settings import Settings, refuse_insecure
from schemas.errors import ConfigurationError

HOST, PORT = "127.0.0.1", 4200
MAINTENANCE_CRON = "30 2 * * *"  # before the day's first releases


def serve(settings: Settings) -> int:
    """Start server and schedules and stay; Ctrl-C ends both."""
    from flows.orchestration.server import prepare, wait_for

    if settings.production:
        refuse_insecure(settings)
        if not os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
            raise ConfigurationError(
                "insecure",
                "the server would answer everybody",
                hint="set PREFECT_SERVER_API_AUTH_STRING (and PREFECT_API_AUTH_STRING)",
            )
    prepare(settings)
    port = int(os.environ.get("PREFECT_SERVER_API_PORT", PORT))
    url = f"http://{HOST}:{port}/api"
    os.environ["PREFECT_API_URL"] = url
    os.environ["PREFECT_UI_API_URL"] = url
    # Prefect's own defaults let any page in a browser call the server.
    os.environ.setdefault("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", f"http://{HOST}:{port}")
    os.environ.setdefault("PREFECT_SERVER_CSRF_PROTECTION_ENABLED", "true")
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

    from flows.orchestration.deployments import inbox, maintenance, scheduled
    from flows.orchestration.watch import watch_inbox

    declared = declarations.load_all(settings.sources_paths)
    for code, broken in declared.broken.items():
        print(f"penataran: {code}: {broken}", file=sys.stderr, flush=True)
    deployments = []
    for source in declared.sources.values():
        if source.is_builtin:
            continue
        try:
            schedule = Cron(source.calendar.cron, timezone=source.calendar.timezone)
        except ValueError as error:  # what Prefect cannot schedule stops no other source
            print(f"penataran: {source.code}: calendar: {error}", file=sys.stderr, flush=True)
            continue
        deployments.append(
            scheduled.to_deployment(
                name=source.code,
                parameters={"source": source.code},
                schedule=schedule,
                description=source.title.in_language(settings.language),
                tags=[source.domain],
            )
        )
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
