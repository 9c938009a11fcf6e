"""Periods as sources write them: first and last day by frequency, or nothing."""

from __future__ import annotations

import duckdb
import pytest

from tasks.read.mapping import period_sql

pytestmark = pytest.mark.fast


def days(text: str, frequency: str) -> tuple[str, str] | None:
    start, end = period_sql("raw.t", frequency)
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT ({start})::VARCHAR, ({end})::VARCHAR FROM (SELECT ? AS t) AS raw", [text]
        ).fetchone()
    assert found is not None
    return None if found[0] is None else (found[0], found[1])


@pytest.mark.parametrize(
    ("frequency", "text", "start", "end"),
    [
        ("A", "2024", "2024-01-01", "2024-12-31"),
        ("A", "2024-A1", "2024-01-01", "2024-12-31"),
        ("S", "2024-S1", "2024-01-01", "2024-06-30"),
        ("S", "2024S2", "2024-07-01", "2024-12-31"),
        ("Q", "2024-Q3", "2024-07-01", "2024-09-30"),
        ("Q", "2024Q1", "2024-01-01", "2024-03-31"),
        ("M", "2024-M03", "2024-03-01", "2024-03-31"),
        ("M", "2024M02", "2024-02-01", "2024-02-29"),
        ("M", "2024-03", "2024-03-01", "2024-03-31"),
        ("M", "202403", "2024-03-01", "2024-03-31"),
        ("W", "2014-W05", "2014-01-27", "2014-02-02"),
        ("W", "2014W06", "2014-02-03", "2014-02-09"),
        ("W", "2014-W01", "2013-12-30", "2014-01-05"),
        ("W", "2015-W53", "2015-12-28", "2016-01-03"),
        ("W", "2020-W53", "2020-12-28", "2021-01-03"),
        ("W", "2014-01-27", "2014-01-27", "2014-02-02"),
        ("D", "2024-D001", "2024-01-01", "2024-01-01"),
        ("D", "2024-D366", "2024-12-31", "2024-12-31"),
        ("D", "2023-D060", "2023-03-01", "2023-03-01"),
        ("D", "2024-02-29", "2024-02-29", "2024-02-29"),
    ],
)
def test_periods(frequency: str, text: str, start: str, end: str) -> None:
    assert days(text, frequency) == (start, end)


@pytest.mark.parametrize(
    ("frequency", "text"),
    [
        ("A", "2024-A2"), ("A", "2024-01"), ("A", "2024-W01"), ("A", "20240"),
        ("S", "2024-S3"), ("S", "2024-T1"), ("Q", "2024-Q5"), ("Q", "2024-T1"), ("Q", "2024-Q0"),
        ("M", "2024-M13"), ("M", "2024-M00"), ("M", "2024-T1"), ("M", "2024-Q1"),
        ("W", "2014-W53"), ("W", "2014-W54"), ("W", "2014-W00"), ("W", "2014-Q1"), ("W", "2014"),
        ("W", "2014-05"), ("D", "2023-D366"), ("D", "2024-D000"), ("D", "2024-D367"),
        ("D", "2024-W01"), ("D", "2023-02-29"), ("D", "2024"),
    ],
)  # fmt: skip
def test_what_is_no_period_of_that_frequency(frequency: str, text: str) -> None:
    assert days(text, frequency) is None


def test_every_week_of_many_years_begins_on_a_monday_and_follows_the_one_before() -> None:
    start, end = period_sql("t", "W")
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT count(*), count(*) FILTER (isodow(s) = 1 AND e = s + 6), max(s) - min(s) FROM "
            f"(SELECT {start} AS s, {end} AS e FROM (SELECT printf('%04d-W%02d', y, w) AS t "
            "FROM range(1990, 2040) AS a(y), range(1, 54) AS b(w))) WHERE s IS NOT NULL"
        ).fetchone()
    assert found == (2609, 2609, 2608 * 7)
