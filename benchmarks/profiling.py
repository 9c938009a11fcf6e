"""Where the CPU time of one run goes, by step and by SQL statement.

`python -m benchmarks.profiling --rows 1000000` loads the workload into a fresh home and prints
what took longer than a tenth of a CPU second, as it happens. Times of threads that work at once
are counted in each step that was open, so only steps that ran alone add up.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from benchmarks import comparison as bench
from benchmarks import workload

LEAST_CPU_SECONDS = 0.1
STEPS = (
    ("tasks.ingest.slices", "fetch_slice"),
    ("tasks.ask.fetch", "land"),
    ("tasks.read.formats.json_rows", "_json_columns"),
    ("tasks.read.staging", "_insert"),
    ("tasks.load.slice_load", "stage"),
    ("tasks.load.slice_load", "gate_request"),
    ("tasks.load.slice_load", "diff"),
    ("tasks.load.slice_load", "commit"),
    ("flows.run", "apply_lake"),
    ("flows.run", "publish"),
    ("reports.page", "write_pages"),
)


class _Timed:
    """A DuckDB connection that reports which statements were long."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: Any, *arguments: Any) -> Any:
        words = " ".join(str(sql).split())[:100]
        return _timed(f"    {words}", self._connection.execute)(sql, *arguments)


def _timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        begun = time.process_time()
        try:
            return work(*arguments, **options)
        finally:
            spent = time.process_time() - begun
            if spent >= LEAST_CPU_SECONDS:
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
                sys.stdout.write(f"{spent:7.2f} CPU s  {peak:5d} MB  {name}\n")

    return timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", default="json", choices=workload.FORMATS)
    options = parser.parse_args()
    data = bench.WORK / "data" / str(options.rows)
    workload.make(data, options.rows, options.format)
    home = bench.WORK / "profiled"
    shutil.rmtree(home, ignore_errors=True)
    with bench.partner(data) as url:
        os.environ.update(bench.environment(home, url))
        _watch()
        from tasks.ingest.slices import Steps

        fetch = import_module("tasks.ingest.slices").fetch_slice
        Steps.__init__.__defaults__ = (fetch, *Steps.__init__.__defaults__[1:])  # type: ignore[index]
        from flows.cli.main import parser as verbs

        name = f"bench_{options.format.split('-')[0]}"
        for step in workload.STEPS:
            bench.choose(url, step)
            sys.stdout.write(f"{step}\n")
            chosen = verbs().parse_args(["run", name, "--direct"])
            chosen.perform(chosen)
    for who, what in (("this process", resource.RUSAGE_SELF), ("gate", resource.RUSAGE_CHILDREN)):
        used = resource.getrusage(what)
        sys.stdout.write(f"{used.ru_utime + used.ru_stime:7.2f} CPU s  {who}, both steps\n")


def _watch() -> None:
    import duckdb

    connect = duckdb.connect
    duckdb.connect = lambda *a, **k: _Timed(connect(*a, **k))
    for module_name, function in STEPS:
        module = import_module(module_name)
        setattr(module, function, _timed(function, getattr(module, function)))


if __name__ == "__main__":
    main()
