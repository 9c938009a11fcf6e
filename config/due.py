"""When the next period of a source is due, and since when it is late. Pure: today is passed in.

The next period follows the newest that is held here; its figures are due `lag_days` after its last
day. A source is late when the grace has passed too: holidays and a late hour are not reported.
The mart `mart_source_freshness` has the same rules in SQL; a test compares them.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from config.source import Source

MONTHS = {"A": 12, "S": 6, "Q": 3, "M": 1}
GRACE_DAYS = {"D": 3, "W": 3, "M": 7, "Q": 14, "S": 14, "A": 30}
WITHOUT_RELEASES = frozenset({"irregular", "on_receipt"})
"""Cadences that promise no next period."""
FINEST_FIRST = "DWMQSA"


def lag_days(source: Source) -> int | None:
    """Days from the end of a period to its figures; None where no next period is promised, or the
    declaration does not say."""
    if source.is_file or source.domain == "reference":
        return None
    return None if source.calendar.cadence in WITHOUT_RELEASES else source.calendar.lag_days


def finest_frequency(source: Source) -> str:
    """The shortest periods among the datasets."""
    return min((d.frequency for d in source.datasets.values()), key=FINEST_FIRST.index)


def next_start(frequency: str, start: date) -> date:
    """First day of the period after the one that begins at `start`. Of days the next working
    day: rates of a Saturday are never due."""
    if frequency == "D":
        return start + timedelta(days={4: 3, 5: 2}.get(start.weekday(), 1))
    if frequency == "W":
        return start + timedelta(days=7)
    months = start.year * 12 + start.month - 1 + MONTHS[frequency]
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def due_on(frequency: str, newest: date, lag: int) -> date:
    """The day on which the figures of the next period are due."""
    start = next_start(frequency, newest)
    end = start if frequency == "D" else _following(frequency, start) - timedelta(days=1)
    return end + timedelta(days=lag)


def _following(frequency: str, start: date) -> date:
    return start + timedelta(days=7) if frequency == "W" else next_start(frequency, start)


def late_since(frequency: str, newest: date, lag: int | None, today: date) -> date | None:
    """The day since which the next period is late; None while it is not."""
    if lag is None:
        return None
    due = due_on(frequency, newest, lag)
    return due if today > due + timedelta(days=GRACE_DAYS[frequency]) else None
