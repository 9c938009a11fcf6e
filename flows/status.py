"""The state of a home: freshness, refused rows, and the moment of `--as-known-on`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from config import region as regions
from config.declarations import Declared
from config.settings import Settings
from reports.freshness import TROUBLES, fresh_rows, late_since, standing
from schemas.errors import ConfigurationError, PenataranError
from warehouse.base import Warehouse, rows_of

# Refused rows of the newest load of each slice: what is still open.
QUARANTINE_SQL = (
    "SELECT q.load_seq, q.source, q.slice, q.table_name, q.raw_sha256, q.row_number, q.reasons, "
    "q.record, q.recorded_at FROM ops_quarantine AS q JOIN (SELECT source, slice, "
    "max(load_seq) AS load_seq FROM ops_load WHERE source <> '' GROUP BY source, slice) AS newest "
    "ON newest.load_seq = q.load_seq"
)


def moment(text: str, settings: Settings) -> datetime:
    """`--as-known-on`: a bare date is the end of that day in the region's zone; a time
    without a zone is refused."""
    try:
        if len(text) == 10:
            day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
            zone = ZoneInfo(regions.load(settings.region).timezone)
            return datetime.combine(day, time.max, zone).astimezone(UTC)
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(
            "bad_time",
            f"{text!r} is not a date or time",
            hint="2026-01-31 or 2026-01-31T10:00+07:00",
        ) from None
    raise ConfigurationError("naive_time", f"{text!r} has no time zone", hint="add it: +07:00 or Z")


def status(warehouse: Warehouse, found: Declared, today: date) -> dict[str, Any]:
    """Freshness, rows, quarantine and next run of every source; the last run; what is broken."""
    declared = found.sources
    known: dict[str, dict[str, Any]] = {}
    last: list[dict[str, Any]] = []
    counts: dict[tuple[str, str], int] = {}
    why: dict[str, str] = {}
    if warehouse.is_published():
        with warehouse.at_one_moment() as published:
            known = fresh_rows(published)
            why = last_failures(published)
            last = rows_of(published, "SELECT * FROM ops_run ORDER BY started_at DESC LIMIT 1")
            for table in {s.table for s in declared.values()}:
                by_source = f"SELECT source, count(*) AS n FROM {table} GROUP BY source"
                for row in rows_of(published, by_source):
                    counts[(table, row["source"])] = row["n"]
    sources = []
    for source in declared.values():
        fresh = known.get(source.code, {})
        sources.append(
            {
                "source": source.code,
                "table": source.table,
                "last_checked_at": fresh.get("last_checked_at"),
                "last_success_at": fresh.get("last_success_at"),
                "last_loaded_at": fresh.get("last_loaded_at"),
                "rows": counts.get((source.table, source.code), 0),
                "rows_quarantined": fresh.get("rows_quarantined", 0),
                "failures_last_run": fresh.get("failures_last_run", 0),
                "state": standing(fresh, today),
                "late_since": late_since(fresh, today),
                "reason": why.get(source.code),
                "newest_period_start": fresh.get("newest_period_start"),
                "next_due_on": fresh.get("next_due_on"),
                "next_run": source.next_release(),
                "next_release": source.next_release(),
            }
        )
    return {
        "last_run": last[0] if last else None,
        "sources": sources,
        "broken": broken_sources(found),
    }


def last_failures(warehouse: Warehouse) -> dict[str, str]:
    """The error of each source's newest run, where a slice of it failed."""
    sql = (
        "SELECT source, min(error_code) AS code, min(error_message) AS message "
        "FROM ops_attempt AS a WHERE status = 'failed' AND load_seq = "
        "(SELECT max(load_seq) FROM ops_attempt AS b WHERE b.source = a.source) GROUP BY source"
    )
    try:
        return {r["source"]: f"{r['code']}: {r['message']}" for r in rows_of(warehouse, sql)}
    except PenataranError:
        return {}


def is_troubled(source: Mapping[str, Any]) -> bool:
    """Whether a source of `status` is late, fails or has ended."""
    return source["state"] in TROUBLES or bool(source["late_since"])


def broken_sources(found: Declared) -> list[dict[str, Any]]:
    """Sources and senders whose declarations are broken, each with its error."""
    return [{"source": code, **error.as_dict()} for code, error in found.broken.items()]
