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
from schemas.texts import visible

HOST, PORT = "127.0.0.1", 4200


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

    from flows.orchestration import deployments as flows
    from flows.orchestration.events import keep_automations
    from flows.orchestration.schedules import deployments
    from flows.orchestration.watch import watch_inbox

    declared = declarations.load_all(settings.sources_paths)
    for code, broken in declared.broken.items():
        print(f"penataran: {code}: {broken}", file=sys.stderr, flush=True)
    served = []
    for wanted in deployments(declared.sources.values()):
        try:
            schedule = Cron(wanted.cron, timezone=wanted.timezone) if wanted.cron else None
        except ValueError as error:  # what Prefect cannot schedule stops no other source
            print(f"penataran: {wanted.name}: calendar: {error}", file=sys.stderr, flush=True)
            continue
        served.append(
            getattr(flows, wanted.flow).to_deployment(
                name=wanted.name,
                parameters=dict(wanted.parameters),
                schedule=schedule,
                description=wanted.description,
                tags=list(wanted.tags),
            )
        )
    if block := os.environ.get("PENATARAN_NOTIFY"):
        try:
            keep_automations(block)
        except ValueError as error:  # schedules do not need it
            print(visible(f"penataran: PENATARAN_NOTIFY: {error}"), file=sys.stderr, flush=True)
    stop = Event()
    start = partial(run_deployment, "inbox/folders", timeout=600, as_subflow=False)
    Thread(target=watch_inbox, args=(settings, start, stop), daemon=True).start()
    try:
        serve_deployments(*served, pause_on_shutdown=False)
    finally:
        stop.set()
