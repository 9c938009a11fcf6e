"""The state of a home in Prometheus' text format, for a collector that reads files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from flows.status import is_troubled

PREFIX = "penataran_"
OF_RUN = {
    "last_run_exit_code": ("exit_code", "Exit code of the last run: 0 if all is current."),
    "last_run_slices": ("slices", "Slices of the last run."),
    "last_run_failed_slices": ("failed", "Slices of the last run that failed."),
    "last_run_finished_timestamp_seconds": ("finished_at", "When the last run ended."),
}
OF_SOURCE = {
    "source_rows": ("rows", "Rows of the source that readers see."),
    "source_rows_quarantined": ("rows_quarantined", "Refused rows that are open."),
    "source_failures_last_run": ("failures_last_run", "Slices that failed in the last run."),
    "source_last_success_timestamp_seconds": ("last_success_at", "When it last answered well."),
    "source_last_loaded_timestamp_seconds": ("last_loaded_at", "When its figures last changed."),
    "source_next_due_timestamp_seconds": ("next_due_on", "The day its next period is due."),
    "source_troubled": ("troubled", "1 if it is late, fails or has ended."),
}


def metrics(found: Mapping[str, Any]) -> str:
    """What `status` found, as gauges. What is not known has no sample."""
    sources = [{**s, "troubled": is_troubled(s)} for s in found["sources"]]
    broken = [{"source": s["source"], "broken": True} for s in found["broken"]]
    lines = [
        *_gauges(OF_RUN, [found["last_run"] or {}]),
        *_gauges(OF_SOURCE, sources),
        *_gauges({"source_broken": ("broken", "1 if its declaration is broken.")}, broken),
    ]
    return "".join(f"{line}\n" for line in lines)


def _gauges(
    kinds: Mapping[str, tuple[str, str]], records: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    for name, (field, words) in kinds.items():
        samples = [
            f"{PREFIX}{name}{_labels(record)} {_number(record[field])}"
            for record in records
            if record.get(field) is not None
        ]
        if samples:
            yield f"# HELP {PREFIX}{name} {words}"
            yield f"# TYPE {PREFIX}{name} gauge"
            yield from samples


def _labels(record: Mapping[str, Any]) -> str:
    """Codes of sources have letters, digits and underscores alone."""
    return f'{{source="{record["source"]}"}}' if "source" in record else ""


def _number(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.timestamp():.0f}"
    if isinstance(value, date):
        return f"{datetime.combine(value, time(), UTC).timestamp():.0f}"
    return str(int(value))
