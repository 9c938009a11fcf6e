"""The state as figures for Prometheus, read back by its own parser."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from flows.metrics import metrics

SOURCE: dict[str, Any] = {
    "source": "ecb",
    "rows": 34,
    "rows_quarantined": 2,
    "failures_last_run": 0,
    "state": "current",
    "late_since": None,
    "last_success_at": datetime(2026, 1, 5, 8, tzinfo=UTC),
    "last_loaded_at": None,
    "next_due_on": date(2026, 1, 6),
}
RUN = {"exit_code": 3, "slices": 92, "failed": 1,
       "finished_at": datetime(2026, 1, 5, 9, tzinfo=UTC)}  # fmt: skip


def samples(found: dict[str, Any]) -> dict[tuple[str, str], float]:
    return {
        (s.name.removeprefix("penataran_"), s.labels.get("source", "")): s.value
        for family in text_string_to_metric_families(metrics(found))
        for s in family.samples
    }


def test_figures_of_the_run_and_of_each_source() -> None:
    late = {**SOURCE, "source": "jnto", "late_since": date(2026, 1, 2)}
    found = samples(
        {"last_run": RUN, "sources": [SOURCE, late], "broken": [{"source": "bps", "code": "x"}]}
    )
    assert found["last_run_exit_code", ""] == 3
    assert found["last_run_finished_timestamp_seconds", ""] == RUN["finished_at"].timestamp()  # type: ignore[attr-defined]
    assert found["source_rows", "ecb"] == 34
    assert found["source_next_due_timestamp_seconds", "ecb"] == 1767657600
    assert found["source_troubled", "ecb"] == 0
    assert found["source_troubled", "jnto"] == 1
    assert found["source_broken", "bps"] == 1
    assert ("source_last_loaded_timestamp_seconds", "ecb") not in found


def test_a_home_without_a_run_has_no_figures_of_one() -> None:
    assert metrics({"last_run": None, "sources": [], "broken": []}) == ""
