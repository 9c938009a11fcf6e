"""Prefect's environment: quiet, local, nothing phones home. Set before its import."""

from __future__ import annotations

import os

from config.settings import Settings

SWITCHES = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "GX_ANALYTICS_ENABLED": "false",
    # Results are JSON, never pickle (X10), and only where a flow asks for them.
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
}
DEFAULTS = {
    # A busy machine took 18-29 s to the first flow body; the library's limit is 20 s.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}


def prepare(settings: Settings) -> None:
    """Switch telemetry off whatever the environment says; give the rest sane defaults."""
    os.environ.update(SWITCHES)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    home = settings.state / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str(home))
