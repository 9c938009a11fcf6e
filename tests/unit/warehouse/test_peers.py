"""The region beside others: one source, one unit, one level."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.registers import YEAR, forum


def figure(small: Small, region: str, value: Any, **more: Any) -> None:
    small.insert("core_context__indicators", **{
        "source": "bps", "indicator": "poverty_rate", "area": "IDN", "region_code": region,
        "frequency": "A", "period_start": YEAR, "unit": "percent",
        "value": None if value is None else Decimal(value), **more})  # fmt: skip


def peers(small: Small, columns: str = "region_code, value, rank, regions, ratio_to_home") -> Any:
    return small.rows(f"SELECT {columns} FROM mart_peers ORDER BY indicator, region_code, value")


def test_ranks_and_ratios_among_regions_of_one_level(either: Small) -> None:
    forum(either)
    for region, value in (("3504", 12), ("3505", 8), ("3506", 8), ("3572", 6), ("35", 10)):
        figure(either, region, value)
    figure(either, "3507", None)
    figure(either, "TOTAL", 9)
    assert peers(either) == [
        ("35", Decimal(10), 1, 1, None),
        ("3504", Decimal(12), 1, 4, Decimal("1.5")),
        ("3505", Decimal(8), 2, 4, Decimal(1)),
        ("3506", Decimal(8), 2, 4, Decimal(1)),
        ("3572", Decimal(6), 4, 4, Decimal("0.75")),
    ]
    notes = dict(peers(either, "region_code, ratio_note"))
    assert notes["35"] == "level_differs"
    assert notes["3504"] is None


def test_all_regions_are_of_the_first_source_in_rank(either: Small) -> None:
    either.insert("ref_source", source_code="bps", preference=1)
    figure(either, "3504", 12)
    figure(either, "3505", 99, source="office")
    figure(either, "3505", 8)
    figure(either, "3572", 7, source="office")
    assert peers(either, "region_code, source, value") == [
        ("3504", "bps", Decimal(12)), ("3505", "bps", Decimal(8)),
    ]  # fmt: skip


def test_other_units_are_not_ranked_together(either: Small) -> None:
    forum(either)
    figure(either, "3505", 8)
    figure(either, "3506", 80_000, unit="persons")
    assert peers(either, "region_code, rank, regions, ratio_to_home, ratio_note") == [
        ("3505", 1, 1, Decimal(1), None),
        ("3506", 1, 1, None, "home_missing"),
    ]


def test_without_a_home_there_is_no_ratio(either: Small) -> None:
    figure(either, "3505", 8)
    figure(either, "3506", 4)
    assert peers(either, "region_code, rank, ratio_to_home, ratio_note") == [
        ("3505", 1, None, "no_home_region"),
        ("3506", 2, None, "no_home_region"),
    ]


def test_the_home_is_the_region_with_the_most_entries(either: Small) -> None:
    for number, region in enumerate(("3505", "3572", "3572")):
        forum(either, str(number), region_code=region)
        figure(either, region, 8, period_start=YEAR.replace(year=2023 + number))
    assert set(peers(either, "home_region_code")) == {("3572",)}


def test_a_home_value_of_zero_has_no_ratio(either: Small) -> None:
    forum(either)
    figure(either, "3505", 0)
    figure(either, "3506", 4)
    assert peers(either, "ratio_to_home, ratio_note") == [
        (None, "home_not_positive")
    ] * 2  # fmt: skip


def test_guests_and_exports_are_statements_of_whole_years(either: Small) -> None:
    for region, guests in (("3505", 10), ("3572", 40)):
        for month in range(1, 13):
            either.insert(
                "core_tourism__accommodation", source="bps", source_org="office",
                region_code=region, frequency="M", period_start=YEAR.replace(month=month),
                class_code="TOTAL", guests_foreign=guests if region == "3505" or month < 12
                else None,
            )  # fmt: skip
    for region in ("3505", "3506"):
        either.insert(
            "core_trade__local_exports", source=f"of_{region}", source_org="office",
            region_code=region, frequency="A", period_start=YEAR, partner_area="JPN",
            product_code="TOTAL", value=Decimal(int(region)), currency="USD",
        )  # fmt: skip
    assert peers(either, "indicator, region_code, value, rank, unit, comparison_note") == [
        ("exports_usd", "3505", Decimal(3505), 2, "USD", "own_statements"),
        ("exports_usd", "3506", Decimal(3506), 1, "USD", "own_statements"),
        ("guests_foreign", "3505", Decimal(120), 1, "guests", "own_statements"),
    ]


def test_ranks_of_different_values_add_up(either: Small) -> None:
    for number in range(5):
        figure(either, f"35{number:02d}", number * 3)
    assert sum(row[2] for row in peers(either)) == 15
