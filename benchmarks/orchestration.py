"""What Prefect adds: per run and per slice, with a server of the run's own and a running one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import small
from benchmarks.measure import run
from benchmarks.scaling import ROOT, environment

SLICES = (1, 100)
BACKFILL_DATASETS = 10
BACKFILL_YEARS = 100
PORT = 4299


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A Prefect server as an operator would run it."""
    url = f"http://127.0.0.1:{PORT}/api"
    folder.mkdir(parents=True)
    settings = {
        **environment(folder, folder, "", []), "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }  # fmt: skip
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(PORT)]
    process = subprocess.Popen(
        command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(900):
            with suppress(OSError):
                urllib.request.urlopen(f"{url}/health").read()  # noqa: S310  our own address
                break
            time.sleep(0.2)
        else:
            raise RuntimeError("the Prefect server did not start within three minutes")
        yield url
    finally:
        process.terminate()
        process.wait()


def measure(work: Path) -> dict[str, Any]:
    folder = work / "orchestration"
    shutil.rmtree(folder, ignore_errors=True)
    small.declare(folder / "declared", "many", BACKFILL_DATASETS)
    small.declare(folder / "declared", "few")
    found: dict[str, Any] = {}
    with small.partner() as url, server(folder / "server") as api:
        ways = {
            "direct": (["--direct"], {}),
            "own_server": ([], {}),
            "running_server": ([], {"PREFECT_API_URL": api}),
        }
        for way, (options, more) in ways.items():
            for count in SLICES:
                cost = _run(folder, f"{way}{count}", url, "few", count, options=options, more=more)
                found.setdefault(way, {})[count] = {
                    "wall": round(cost.wall_seconds, 2), "cpu": round(cost.cpu_seconds, 2),
                }  # fmt: skip
        for way in ("direct", "running_server"):
            options, more = ways[way]
            cost = _run(
                folder, f"backfill_{way}", url, "many", BACKFILL_YEARS, options=options, more=more
            )
            found[f"backfill_{way}"] = {
                "slices": BACKFILL_DATASETS * BACKFILL_YEARS,
                "wall": round(cost.wall_seconds, 1), "cpu": round(cost.cpu_seconds, 1),
                "peak_mb": round(cost.peak_mb),
            }  # fmt: skip
    return found


def _run(
    folder: Path,
    home: str,
    url: str,
    code: str,
    years: int,
    *,
    options: list[str],
    more: dict[str, str],
) -> Any:
    settings = {**environment(folder / home, folder / "declared", url, ["many", "few"]), **more}
    since = str(small.LAST_YEAR - years + 1)
    command = [sys.executable, "-m", "flows.cli", "run", code, *options,
               "--since", since, "--until", str(small.LAST_YEAR)]  # fmt: skip
    return run(command, settings, ROOT)
