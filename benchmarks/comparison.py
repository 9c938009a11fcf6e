"""The comparison of tools on the same work.

Every tool does the same three steps (initial, delta, again) on the same answers from the same
loopback partner, tools interleaved, as processes of their own. What each ends with is checked
against the generator's truth."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import workload
from benchmarks.measure import Cost, run
from benchmarks.workload import Truth

ROOT = Path(__file__).parent.parent
WORK = Path(os.environ.get("PENATARAN_BENCH_FOLDER", ROOT / ".bench"))
STEPS = ("initial", "delta", "again")
ROWS = (100_000, 1_000_000, 10_000_000)


@dataclass(frozen=True)
class Tool:
    """A command line per format, and up to which size it is worth the wait."""

    name: str
    module: str
    way: str = ""
    most_rows: int = 1_000_000
    formats: tuple[str, ...] = ("json",)
    keeps_refused: bool = True


TOOLS = (
    Tool("Penataran", "", most_rows=10_000_000, formats=workload.FORMATS),
    Tool("floor, same columns", "floor", "narrow", formats=workload.FORMATS),
    Tool("floor, all columns", "floor", "wide", most_rows=10_000_000, formats=workload.FORMATS),
    Tool("dlt, Arrow", "dlt_pipeline", "arrow", keeps_refused=False),
    Tool("dlt, pydantic", "dlt_pipeline", "pydantic", most_rows=100_000, keeps_refused=False),
    Tool("dlt, dicts", "dlt_pipeline", "dicts", most_rows=100_000, keeps_refused=False),
    Tool("pandas + Great Expectations", "naive"),
)


@dataclass(frozen=True)
class Result:
    """What a tool cost in one step, and what it ended with beside the truth."""

    tool: str
    rows: int
    format: str
    step: str
    cost: dict[str, float]
    ends_with: dict[str, Any]
    truth: dict[str, Any]

    @property
    def is_true(self) -> bool:
        return all(self.ends_with[k] == self.truth[k] for k in ("rows", "total_usd"))


@contextmanager
def partner(folder: Path) -> Iterator[str]:
    """The loopback partner in a process of its own: its address."""
    command = [sys.executable, "-m", "benchmarks.partner", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


def choose(url: str, step: str) -> None:
    name = "delta" if step == "again" else step
    urllib.request.urlopen(f"{url}/step/{name}").read()  # noqa: S310  our own loopback address


def environment(home: Path, url: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PENATARAN_", "PREFECT_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    sources = ROOT / "benchmarks" / "sources"
    hosts = {f"PENATARAN_HOST_{p.stem.upper()}": url for p in sources.glob("*.yml")}
    return {
        **kept, **hosts, "PENATARAN_HOME": str(home), "PENATARAN_SOURCES_PATH": str(sources),
        "DO_NOT_TRACK": "1",
    }  # fmt: skip


def penataran(home: Path, url: str, format_: str) -> Cost:
    name = f"bench_{format_.split('-')[0]}"
    command = [sys.executable, "-m", "flows.cli", "run", name, "--direct", "--json"]
    return run(command, environment(home, url), ROOT)


def idle(home: Path, url: str) -> Cost:
    """A run that has nothing to do: the built-in lists, unchanged."""
    command = [sys.executable, "-m", "flows.cli", "run", "reference_area", "--direct", "--json"]
    return run(command, environment(home, url), ROOT)


def ends_with(home: Path) -> dict[str, Any]:
    """What Penataran's readers see, asked as an analyst would."""
    sql = (
        "SELECT (SELECT count(*) FROM core_trade__flows), "
        "(SELECT CAST(sum(value) AS DECIMAL(38, 2)) FROM core_trade__flows), "
        "(SELECT sum(quarantined) FROM ops_load WHERE load_seq = (SELECT max(load_seq) "
        "FROM ops_load WHERE source LIKE 'bench%'))"
    )
    command = [sys.executable, "-m", "flows.cli", "query", sql, "--format", "json"]
    found = subprocess.run(
        command, env=environment(home, ""), cwd=ROOT, capture_output=True, text=True, check=True
    )
    rows, total, refused = list(json.loads(found.stdout)[0].values())
    return {"rows": int(rows), "total_usd": f"{float(total):.2f}", "refused": int(refused or 0)}


def one(
    tool: Tool, peers: str, folder: Path, url: str, format_: str
) -> tuple[Cost, dict[str, Any]]:
    if not tool.module:
        cost = penataran(folder, url, format_)
        return cost, ends_with(folder)
    answer = f"{url}/answer.{format_}"
    command = [
        peers,
        "-m",
        f"benchmarks.tools.{tool.module}",
        answer,
        str(folder),
        format_,
        tool.way,
    ]
    cost = run(command, environment(folder, url), ROOT)
    return cost, json.loads(cost.output.splitlines()[-1])


def measured(rows: int, format_: str, peers: str, rounds: int) -> Iterator[Result]:
    """All tools on one workload, round by round, so that a busy minute hits them alike."""
    data = WORK / "data" / str(rows)
    truths = workload.make(data, rows, format_)
    tools = [t for t in TOOLS if t.most_rows >= rows and format_ in t.formats]
    costs: dict[tuple[str, str], list[Cost]] = {}
    ends: dict[tuple[str, str], dict[str, Any]] = {}
    with partner(data) as url:
        for number in range(rounds):
            for tool in tools:
                if number and tool.most_rows < 1_000_000:
                    continue  # minutes a step; one round says enough
                folder = WORK / "homes" / tool.module / tool.way if tool.module else WORK / "home"
                shutil.rmtree(folder, ignore_errors=True)
                for step in STEPS:
                    choose(url, step)
                    cost, end = one(tool, peers, folder, url, format_)
                    costs.setdefault((tool.name, step), []).append(cost)
                    ends[tool.name, step] = end
                    say(f"{rows} {format_} {tool.name} {step}: {cost.cpu_seconds:.1f} CPU s")
                if not tool.module and format_ == "json":
                    cost = idle(folder, url)
                    costs.setdefault((tool.name, "idle"), []).append(cost)
                    ends[tool.name, "idle"] = ends[tool.name, "again"]
    for (name, step), found in costs.items():
        truth: Truth = truths["initial" if step == "initial" else "delta"]
        yield Result(name, rows, format_, step, _median(found), ends[name, step], asdict(truth))


def _median(costs: list[Cost]) -> dict[str, float]:
    names = ("cpu_seconds", "wall_seconds", "peak_mb", "largest_mb", "written_mb")
    found = {n: round(statistics.median(getattr(c, n) for c in costs), 2) for n in names}
    return {**found, "runs": len(costs)}


def machine() -> Mapping[str, Any]:
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": model,
        "cpus": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "on": datetime.now(UTC).date().isoformat(),
    }


def say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
