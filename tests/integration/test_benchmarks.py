"""The benchmarks' workload, small: what they time is also right."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks import comparison as bench
from benchmarks import readers, workload
from benchmarks.measure import run as measured
from tasks.outcome import Report
from tests.conftest import ROOT, rows

ROWS = 2400
FORMATS = workload.FORMATS
SQL = "SELECT count(*), CAST(sum(value) AS DECIMAL(38, 2)) FROM core_trade__flows"


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.slow
def test_every_format_ends_at_the_generators_truth(
    tmp_path: Path, home: Path, run: Callable[..., Report], format_: str
) -> None:
    truths = workload.make(tmp_path / "data", ROWS, format_)
    code = f"bench_{format_.split('-')[0]}"
    folder = str(ROOT / "benchmarks" / "sources")
    changed = []
    with bench.partner(tmp_path / "data") as url:
        for step in bench.STEPS:
            bench.choose(url, step)
            report = run(code, hosts={code: url}, PENATARAN_SOURCES_PATH=folder)
            (found,) = report.sources
            truth = truths["initial" if step == "initial" else "delta"]
            assert rows(home, SQL) == [(truth.rows, Decimal(truth.total_usd))]
            if found.counts.fetched:  # nothing is asked for when the partner's signal is the same
                assert found.counts.quarantined == truth.refused
            changed.append(found.counts.new + found.counts.revised)
    assert changed == [truths["initial"].changed, truths["delta"].changed, 0]


@pytest.mark.parametrize("format_", FORMATS)
def test_the_floor_ends_there_too(tmp_path: Path, format_: str) -> None:
    truths = workload.make(tmp_path / "data", ROWS, format_)
    with bench.partner(tmp_path / "data") as url:
        for step in ("initial", "delta"):
            bench.choose(url, step)
            command = [sys.executable, "-m", "benchmarks.tools.floor", f"{url}/answer.{format_}",
                       str(tmp_path / "floor"), format_, "wide"]  # fmt: skip
            cost = measured(command, bench.environment(tmp_path, url), ROOT)
            ends = json.loads(cost.output)
            truth = asdict(truths[step])
            assert (ends["rows"], ends["total_usd"]) == (truth["rows"], truth["total_usd"])
            assert cost.cpu_seconds > 0
            assert cost.largest_mb > 0


def test_a_failing_tool_fails_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        measured([sys.executable, "-c", "raise SystemExit(3)"], {}, tmp_path)


@pytest.mark.slow
def test_small_slices_bring_their_rows(
    tmp_path: Path, home: Path, run: Callable[..., Report]
) -> None:
    """What times many slices loads something in each of them."""
    from benchmarks import small
    from tasks.slices import window

    small.declare(tmp_path / "declared", "many")
    with small.partner() as url:
        report = run(
            "many", hosts={"many": url}, window=window("2018", "2020"),
            PENATARAN_SOURCES_PATH=str(tmp_path / "declared"),
        )  # fmt: skip
    assert [(o.status, o.counts.new) for o in report.sources] == [("loaded", 12)] * 3
    assert rows(home, "SELECT count(*) FROM core_exchange__rates") == [(36,)]


def test_a_list_of_periods_that_would_be_empty_is_refused(
    run: Callable[..., Report], toy: Callable[..., str]
) -> None:
    folder = toy(
        variables={"year": {"from": "periods"}},
        request={"path": "/rates", "params": {"year": "{year}"}},
    )
    error = run("toy", PENATARAN_SOURCES_PATH=folder).sources[0].error
    assert error is not None
    assert "only years and months can be listed" in error["message"]


@pytest.mark.slow
def test_the_file_benchmark_reads_every_row(tmp_path: Path) -> None:
    from benchmarks import files

    found = files.measure(tmp_path, rows=300, rounds=1)
    assert set(found["steps"]) == {"bare", "guarded", "answer"}
    assert (tmp_path / "files" / "cells" / "answer.xlsx").exists()


@pytest.mark.slow
def test_readers_agree_with_pandas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "ROWS", {"csv": 2000, "sdmx-csv": 1000})
    monkeypatch.setattr(readers, "ROUNDS", 1)
    found = readers.measure(tmp_path, sys.executable)  # raises where rows or totals differ
    assert {kind: of["rows"] for kind, of in found.items()} == {"csv": 2000, "sdmx-csv": 1000}
