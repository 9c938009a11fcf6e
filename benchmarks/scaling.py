"""How each step grows: with slices, sources and versions. Rows are in the tools' table."""

from __future__ import annotations

import math
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import small
from benchmarks.measure import run

ROOT = Path(__file__).parent.parent
SLICES = (1, 10, 100)
SOURCES = (1, 10, 40)
VERSIONS = (1, 10, 100)
VERSION_ROWS = 20_000


def environment(home: Path, folder: Path, url: str, codes: list[str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PENATARAN_", "PREFECT_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    hosts = {f"PENATARAN_HOST_{code.upper()}": url for code in codes}
    return {
        **kept, **hosts, "PENATARAN_HOME": str(home), "PENATARAN_SOURCES_PATH": str(folder),
        "DO_NOT_TRACK": "1",
    }  # fmt: skip


def exponent(points: Mapping[int, float], least: float = 0.0) -> float:
    """Slope between the first and the last point, both less what a run costs anyway."""
    (first, low), *_, (last, high) = sorted(points.items())
    low, high = max(low - least, 1e-3), max(high - least, 1e-3)
    return round(math.log(high / low) / math.log(last / first), 2)


def measure(work: Path) -> dict[str, Any]:
    return {
        "slices": _slices(work / "slices"),
        "sources": _sources(work / "sources"),
        "versions": _versions(work / "versions"),
    }


def _slices(work: Path) -> dict[str, Any]:
    shutil.rmtree(work, ignore_errors=True)
    small.declare(work / "declared", "many")
    first: dict[int, float] = {}
    again: dict[int, float] = {}
    with small.partner() as url:
        for count in SLICES:
            home = work / f"home{count}"
            settings = environment(home, work / "declared", url, ["many"])
            since = str(small.LAST_YEAR - count + 1)
            command = [sys.executable, "-m", "flows.cli", "run", "many", "--direct",
                       "--since", since, "--until", str(small.LAST_YEAR)]  # fmt: skip
            first[count] = run(command, settings, ROOT).cpu_seconds
            again[count] = run(command, settings, ROOT).cpu_seconds
    return {"first": first, "again": again}


def _sources(work: Path) -> dict[str, Any]:
    shutil.rmtree(work, ignore_errors=True)
    year = str(small.LAST_YEAR)
    first: dict[int, float] = {}
    again: dict[int, float] = {}
    with small.partner() as url:
        for count in SOURCES:
            codes = [f"s{n:03d}" for n in range(count)]
            folder = work / f"declared{count}"
            for code in codes:
                small.declare(folder, code)
            settings = environment(work / f"home{count}", folder, url, codes)
            command = [sys.executable, "-m", "flows.cli", "run", *codes, "--direct",
                       "--since", year, "--until", year]  # fmt: skip
            first[count] = run(command, settings, ROOT).cpu_seconds
            again[count] = run(command, settings, ROOT).cpu_seconds
    return {"first": first, "again": again}


def _versions(work: Path) -> dict[str, Any]:
    """Every load restates every row, the worst that a partner can do."""
    from config import settings as environment_settings
    from flows import run as direct
    from flows.rebuild import rebuild_warehouse
    from tasks.check.gate import Gate
    from tasks.home import open_warehouse
    from tasks.session import Session
    from tasks.slices import window

    shutil.rmtree(work, ignore_errors=True)
    small.declare(work / "declared", "many")
    gate = Gate()
    steps: dict[str, dict[int, float]] = {}
    moment: datetime | None = None
    with small.partner(VERSION_ROWS) as url:
        settings = environment_settings.load(
            environment(work / "home", work / "declared", url, ["many"])
        )
        year = window(str(small.LAST_YEAR), str(small.LAST_YEAR))
        for version in range(1, max(VERSIONS) + 1):
            small.Rates.factor = version
            spent = _cpu(partial(direct.run_direct, settings, ["many"], year, gate=gate))
            moment = moment or datetime.now(UTC)
            if version not in VERSIONS:
                continue
            warehouse = open_warehouse(settings)
            with Session(settings, gate=gate, owns_gate=False) as session:
                rebuilt = _cpu(partial(rebuild_warehouse, session))
            found = {
                "load": spent,
                "query_current": _cpu(partial(_ask, warehouse, None)),
                "query_as_first_known": _cpu(partial(_ask, warehouse, moment)),
                "rebuild_warehouse": rebuilt,
                "published_mb": settings.published_duckdb.stat().st_size / 2**20,
            }
            for name, value in found.items():
                steps.setdefault(name, {})[version] = round(value, 3)
    gate.close()
    return {"rows": VERSION_ROWS, **steps}


def _ask(warehouse: Any, at: datetime | None) -> None:
    sql = "SELECT count(*), sum(rate) FROM core_exchange__rates"
    rows = [r for batch in warehouse.query(sql, as_known_on=at).batches for r in batch]
    if not rows[0][0]:
        raise RuntimeError("the benchmark's rows are not there")


def _cpu(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
