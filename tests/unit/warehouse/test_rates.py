"""Rates by month and by year: one method, the same digits on both databases."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.conftest import shared
from tests.unit.warehouse.conftest import Small

EXACT = Decimal("1e-12")  # relative, as the golden's description has it


def rate(small: Small, day: date, value: str, source: str = "bank", **more: str) -> None:
    small.insert("core_exchange__rates", **{
        "source": source, "rate_date": day, "base_currency": "USD", "quote_currency": "IDR",
        "rate_type": "middle", "rate": Decimal(value), **more})  # fmt: skip


ANNUAL = (
    "SELECT source, rate, months, is_complete, is_first, method FROM mart_rates_annual "
    "WHERE year = 2025 AND base_currency = 'USD' AND quote_currency = 'IDR' ORDER BY source"
)
METHOD = "mean of the monthly means of daily rates, as quoted"


def test_a_year_is_the_mean_of_its_months_and_no_month_weighs_more(either: Small) -> None:
    """January has three days of 10 000, the other months one day each."""
    for day in (1, 2, 3):
        rate(either, date(2025, 1, day), "10000")
    for month in range(2, 13):
        rate(either, date(2025, month, 1), "16000")
    assert either.rows(ANNUAL) == [("bank", Decimal(15500), 12, True, True, METHOD)]


def test_a_year_that_is_not_over_is_not_complete(either: Small) -> None:
    for month in range(1, 13):
        rate(either, date(2026, month, 1), "16000")  # known here since January of 2026
    assert either.rows(ANNUAL.replace("2025", "2026")) == [
        ("bank", Decimal(16000), 12, False, True, METHOD)
    ]


def test_conversions_take_a_complete_year_before_the_first_in_rank(either: Small) -> None:
    rate(either, date(2025, 1, 1), "15000", source="first")
    for month in range(1, 13):
        rate(either, date(2025, month, 1), "16000", source="second")
        rate(either, date(2025, month, 1), "17000", source="third")
    either.insert("ref_source", source_code="first", preference=1)
    either.insert("ref_source", source_code="third", preference=2)
    assert [row[:5] for row in either.rows(ANNUAL)] == [
        ("first", Decimal(15000), 1, False, False),
        ("second", Decimal(16000), 12, True, False),
        ("third", Decimal(17000), 12, True, True),
    ]


def test_crosses_have_the_same_digits_on_both_databases(either: Small) -> None:
    """Rupiah and dollars for one euro on 40 days: what a binary division would round apart."""
    for n in range(40):
        day = date(2025, 1, 1) + timedelta(days=n)
        for quote, value in (("IDR", 17411 + n / 7), ("USD", 1.03 + n / 1100)):
            rate(either, day, f"{value:.4f}", base_currency="EUR", quote_currency=quote)
    found = either.rows(
        "SELECT rate FROM mart_rates_paired WHERE base_currency = 'USD' "
        "AND quote_currency = 'IDR' ORDER BY month_start"
    )
    sums = [[Decimal(0), Decimal(0)], [Decimal(0), Decimal(0)]]
    for n in range(40):
        month = sums[(date(2025, 1, 1) + timedelta(days=n)).month - 1]
        month[0] += Decimal(f"{17411 + n / 7:.4f}")
        month[1] += Decimal(f"{1.03 + n / 1100:.4f}")
    digits = Decimal("1e-14")
    expected = [
        (i / n).quantize(digits) / (u / n).quantize(digits)
        for (i, u), n in zip(sums, (31, 9), strict=True)
    ]
    assert [row[0] for row in found] == [e.quantize(digits) for e in expected]


def test_half_a_digit_is_rounded_alike_on_both_databases(either: Small) -> None:
    """The sum of the months is 12.66666666666666, so the year ends in a five that must go."""
    for month in range(1, 13):
        days = (1, 1, 2) if month < 3 else (1,)
        for day, value in enumerate(days, 1):
            rate(either, date(2025, month, day), str(value))
    assert [row[1] for row in either.rows(ANNUAL)] == [Decimal("1.05555555555556")]


@pytest.mark.slow
def test_months_are_those_that_the_european_central_bank_publishes(either: Small) -> None:
    golden = shared("golden/ecb_monthly_1999_2009")
    with (golden / "expected.csv").open(encoding="utf-8") as file:
        expected = {r["month"]: Decimal(r["average"]) for r in csv.DictReader(file)}
    with (golden / "daily.csv").open(encoding="utf-8") as file:
        for r in csv.DictReader(file):
            rate(either, date.fromisoformat(r["Date"]), r["USD"], rate_type="reference",
                 base_currency="EUR", quote_currency="USD")  # fmt: skip
    found = either.rows(
        "SELECT month_start, average_rate FROM mart_rates_monthly ORDER BY month_start"
    )
    months = {f"{start:%Y-%m}": value for start, value in found}
    assert len(expected) >= 132
    assert months.keys() == expected.keys()
    wrong = {m for m, v in months.items() if abs(v - expected[m]) > EXACT * expected[m]}
    assert wrong == set()
