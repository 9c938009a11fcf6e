"""Prefect's environment: quiet, local, nothing phones home; and a server for one run.

Nothing here imports Prefect: the environment must be right before that happens.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import settings as environment
from config.settings import Settings
from flows.orchestration.prepared import keep, prepared, put_prepared
from schemas.errors import ConfigurationError
from tasks.home import make_home
from warehouse.modes import keep_private

HOST = "127.0.0.1"
START_SECONDS = 180
COLLECT_SECONDS = 5.0
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
    # A hundred slices at once keep SQLite's one writer busy for more than the default ten
    # seconds, and the API then answers 503 (seen in a backfill on two cores). More tries of the
    # client do not help: each waits twice as long, also for a server that has ended (P09).
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    # Lines of each slice reach the API; the terminal has the run's own lines.
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
}
PR_SET_PDEATHSIG = 1


def prepare(settings: Settings) -> None:
    """Switch telemetry off whatever the environment says; give the rest sane defaults."""
    os.environ.update(SWITCHES)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    make_home(settings)
    home = settings.state / "prefect"
    home.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str(home))
    put_prepared(Path(os.environ["PREFECT_HOME"]), os.environ)


@contextmanager
def server() -> Iterator[None]:
    """The running server that PREFECT_API_URL names, or one for the length of the block.

    Prefect would start one by itself, which outlives a killed run and holds its output open.
    """
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://{HOST}:{port}/api"
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.orchestration.server", str(port)],
        # Prefect's own default lets any page in a browser call the server.
        env={"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://{HOST}:{port}", **os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.environ["PREFECT_API_URL"] = url
    try:
        wait_for(f"{url}/health", process)
        yield
    finally:
        del os.environ["PREFECT_API_URL"]
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; ConfigurationError if it ends or takes too long."""
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if server.poll() is not None:
            raise ConfigurationError(
                "server",
                "the Prefect server did not start",
                hint="check its port and its database; penataran run --direct needs no server",
            )
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own loopback address
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise ConfigurationError(
        "server", f"the Prefect server did not answer within {START_SECONDS} s"
    )


def _end_with_parent() -> None:
    """End when the run that started this has ended, in whatever way."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _collect_garbage_elsewhere() -> None:
    """Never collect garbage on the thread of the server's event loop.

    A cursor of SQLite that an error left in a cycle is reset when it is collected, and waits for
    its connection's mutex. That connection may be waiting for the database's write lock, whose
    holder waits for the event loop: all stood still until the database's timeout, a minute, in
    every second run (Prefect 3.8, aiosqlite, CPython 3.11). On another thread the wait harms
    nobody, since it is without the interpreter's lock.
    """
    gc.disable()

    def collect() -> None:
        time.sleep(COLLECT_SECONDS)
        gc.freeze()  # what was imported stays, and need not be looked at again: two seconds of it
        for round_ in itertools.count(1):
            time.sleep(COLLECT_SECONDS)
            gc.collect(2 if round_ % 12 == 0 else 1)

    threading.Thread(target=collect, daemon=True).start()


def make_prepared() -> Path:
    """Start a server on an empty home once, for the database that new homes get."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PREFECT_HOME"] = folder
        prepared().unlink(missing_ok=True)
        prepare(environment.load({"PENATARAN_HOME": folder}))
        with server():
            pass
        return keep(Path(folder))


def main(port: str) -> None:
    """Serve until the process that started this ends."""
    import uvicorn

    keep_private()
    _end_with_parent()
    _collect_garbage_elsewhere()
    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host=HOST,
        port=int(port),
        log_level="error",
        lifespan="on",
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        print(make_prepared())
    else:
        main(sys.argv[1])
