"""When the next period is due, and since when it is late: by table, in Python and in the mart."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config import declarations, due
from config.source import Source
from tests.conftest import TOY

pytestmark = pytest.mark.fast
DAY = date.fromisoformat

DUE = [
    # frequency, first day of the newest period, lag, due
    ("D", "2026-09-02", 3, "2026-09-06"),  # Wednesday: Thursday's rate
    ("D", "2026-09-04", 3, "2026-09-10"),  # Friday: Monday's rate
    ("D", "2026-09-05", 0, "2026-09-07"),  # of a Saturday too
    ("D", "2026-12-31", 0, "2027-01-01"),
    ("W", "2026-11-16", 2, "2026-12-01"),
    ("M", "2026-08-01", 45, "2026-11-14"),
    ("M", "2026-12-01", 0, "2027-01-31"),
    ("M", "2024-01-31", 0, "2024-03-28"),  # a month that begins late ends early
    ("Q", "2026-04-01", 60, "2026-11-29"),
    ("S", "2026-01-01", 0, "2026-12-31"),
    ("A", "2023-01-01", 300, "2025-10-27"),
    ("A", "2023-04-01", 0, "2025-03-31"),  # a fiscal year
    ("A", "2024-02-29", 0, "2026-02-27"),
]


@pytest.mark.parametrize(("frequency", "newest", "lag", "expected"), DUE)
def test_the_next_period_is_due_after_its_end_and_the_lag(
    frequency: str, newest: str, lag: int, expected: str
) -> None:
    assert due.due_on(frequency, DAY(newest), lag) == DAY(expected)


@pytest.mark.parametrize(("frequency", "newest", "lag", "expected"), DUE)
def test_it_is_late_only_after_the_grace_and_since_it_was_due(
    frequency: str, newest: str, lag: int, expected: str
) -> None:
    last = DAY(expected) + timedelta(days=due.GRACE_DAYS[frequency])
    assert due.late_since(frequency, DAY(newest), lag, last) is None
    assert due.late_since(frequency, DAY(newest), lag, last + timedelta(days=1)) == DAY(expected)


def test_a_long_weekend_of_a_daily_source_is_not_late() -> None:
    """Rates until Maundy Thursday; banks open again on the Wednesday after Easter."""
    assert due.late_since("D", DAY("2026-04-02"), 3, DAY("2026-04-08")) is None


def toy(**changes: object) -> Source:
    return Source(code="toy", **{**TOY, **changes})


def test_only_a_declared_lag_is_known() -> None:
    calendar = {"cadence": "daily", "cron": "0 8 * * *"}
    assert due.lag_days(toy(calendar={**calendar, "lag_days": 0})) == 0
    assert due.lag_days(toy(calendar=calendar)) is None


def test_what_promises_no_next_period_is_never_late() -> None:
    irregular = {"cadence": "irregular", "cron": "0 8 * * *", "lag_days": 3}
    assert due.lag_days(toy(calendar=irregular)) is None
    assert due.late_since("D", DAY("2020-01-01"), None, DAY("2026-01-01")) is None


@pytest.mark.parametrize("source", declarations.load_all().sources.values(), ids=lambda s: s.code)
def test_every_shipped_source_of_figures_says_when_it_is_late(source: Source) -> None:
    assert (due.lag_days(source) is None) == (source.domain == "reference")
    assert due.finest_frequency(source) in due.GRACE_DAYS
