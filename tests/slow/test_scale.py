"""Many rows in bounded memory: each format of the benchmarks' workload, as a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import comparison as bench
from benchmarks import workload

pytestmark = pytest.mark.slow
ROWS = {"json": 1_000_000}
FEWER = 300_000  # the same path from staging on
MOST_MB = 520  # 450 when measured; the rest is other versions of libraries


@pytest.mark.parametrize("format_", workload.FORMATS)
def test_many_rows_load_in_bounded_memory(tmp_path: Path, format_: str) -> None:
    truths = workload.make(tmp_path / "data", ROWS.get(format_, FEWER), format_)
    with bench.partner(tmp_path / "data") as url:
        for step in ("initial", "delta"):
            bench.choose(url, step)
            cost = bench.penataran(tmp_path / "home", url, format_)
            assert cost.largest_mb < MOST_MB
            found = bench.ends_with(tmp_path / "home")
            truth = truths[step]
            assert (found["rows"], found["total_usd"], found["refused"]) == (
                truth.rows, truth.total_usd, truth.refused,
            )  # fmt: skip
