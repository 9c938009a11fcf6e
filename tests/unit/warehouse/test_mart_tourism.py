"""Tourism in the marts: the same months, the total or its classes, countries and groups."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import shared
from tests.unit.warehouse.conftest import Small

ALL = range(1, 13)


def golden(path: str) -> list[dict[str, str]]:
    """Published results with their input; they are not part of this repository."""
    with shared(f"golden/{path}").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def countries(small: Small, *areas: str, groups: Iterable[str] = ("WLD",)) -> None:
    for area in (*areas, *groups):
        small.insert("ref_area", scheme="iso3", code=area, area=area, is_country=area in areas)


def arrive(small: Small, origin: str, year: int, month: int | None, visitors: int | None,
           **more: Any) -> None:  # fmt: skip
    """Arrivals of a month, or of a year."""
    small.insert("core_tourism__arrivals", **{
        "source": "office", "frequency": "M" if month else "A", "origin_area": origin,
        "period_start": date(year, month or 1, 1), "destination_area": "IDN",
        "region_code": "TOTAL", "concept": "visit", "breakdown_type": "TOTAL",
        "breakdown_code": "TOTAL", "visitors": visitors,
        "value_status": "observed" if visitors is not None else "suppressed", **more})  # fmt: skip


def lodge(small: Small, month: int | None, class_code: str, **measures: Any) -> None:
    small.insert("core_tourism__accommodation", **{
        "source": "office", "source_org": "Dinas", "region_code": "3505",
        "frequency": "M" if month else "A", "class_code": class_code,
        "period_start": date(2025, month or 1, 1), **measures})  # fmt: skip


MARKETS = (
    "SELECT extract(YEAR FROM year_start), visitors, periods, months, is_complete, share, "
    "visitors_year_before, change_on_year FROM mart_tourism_source_markets "
    "WHERE origin_area = 'JPN' ORDER BY year_start"
)


def test_other_months_are_not_compared(either: Small) -> None:
    """Three months stand on each side, and not one of them on both."""
    countries(either, "JPN")
    for month, visitors in ((10, 100), (11, 100), (12, 400)):
        arrive(either, "JPN", 2024, month, visitors)
        arrive(either, "WLD", 2024, month - 1, 1000)
    for month in (1, 2, 3):
        arrive(either, "JPN", 2025, month, 90)
    assert either.rows(MARKETS) == [
        (2024, 600, 3, "10,11,12", False, None, None, None),
        (2025, 270, 3, "1,2,3", False, None, None, None),
    ]


def test_the_same_months_are_compared(either: Small) -> None:
    countries(either, "JPN")
    for year, visitors in ((2024, 100), (2025, 90)):
        for month in (1, 2, 3):
            arrive(either, "JPN", year, month, visitors)
            arrive(either, "WLD", year, month, 10_000)
    assert either.rows(MARKETS) == [
        (2024, 300, 3, "1,2,3", False, Decimal("0.01"), None, None),
        (2025, 270, 3, "1,2,3", False, Decimal("0.009"), 300, Decimal("-0.1")),
    ]


def test_a_suppressed_month_makes_no_complete_year(either: Small) -> None:
    countries(either, "JPN")
    for year in (2024, 2025):
        for month in ALL:
            arrive(either, "JPN", year, month, None if (year, month) == (2025, 3) else 10)
    assert either.rows(MARKETS) == [
        (2024, 120, 12, "1,2,3,4,5,6,7,8,9,10,11,12", True, None, None, None),
        (2025, 110, 11, "1,2,4,5,6,7,8,9,10,11,12", False, None, None, None),
    ]
    assert either.rows("SELECT DISTINCT year_start FROM mart_tourism_seasonality") == [
        (date(2024, 1, 1),)
    ]


def test_a_group_is_no_country_and_has_no_share(either: Small) -> None:
    """A year with 30 visitors of the European Union and 30 of Japan, of 60 in all."""
    countries(either, "JPN", groups=("WLD", "EUU"))
    for origin, visitors in (("EUU", 30), ("JPN", 30), ("WLD", 60), ("XYZ", 1)):
        arrive(either, origin, 2025, None, visitors)
    assert either.rows(
        "SELECT origin_area, is_country, share FROM mart_tourism_source_markets ORDER BY 1"
    ) == [
        ("EUU", False, None), ("JPN", True, Decimal("0.5")), ("WLD", False, None),
        ("XYZ", False, None),
    ]  # fmt: skip


def test_a_share_that_is_empty_has_a_reason(either: Small) -> None:
    countries(either, "JPN")
    for year, world in ((2021, 60), (2022, 0), (2023, None), (2024, 5)):
        arrive(either, "JPN", year, None, 30)
        arrive(either, "WLD", year, 1 if year == 2024 else None, world)
    arrive(either, "XYZ", 2021, None, 1)
    assert either.rows(
        "SELECT origin_area, extract(YEAR FROM year_start), share, share_reason "
        "FROM mart_tourism_source_markets WHERE origin_area <> 'WLD' ORDER BY 1, 2"
    ) == [
        ("JPN", 2021, Decimal("0.5"), None), ("JPN", 2022, None, "total_zero"),
        ("JPN", 2023, None, "total_missing"), ("JPN", 2024, None, "coverage_differs"),
        ("XYZ", 2021, None, "not_a_country"),
    ]  # fmt: skip


def test_no_group_of_the_list_of_areas_has_a_share(either: Small) -> None:
    """Every area of the project's own list: the world and 54 groups are not countries."""
    from tasks.ask.builtin import areas

    listed = [r for r in csv.DictReader(areas().decode().splitlines()) if r["scheme"] == "iso3"]
    arrive(either, "WLD", 2025, None, 10_000)
    for row in listed:
        is_country = row["is_country"] == "true"
        either.insert("ref_area", scheme="iso3", code=row["code"], area=row["area"],
                      is_country=is_country)  # fmt: skip
        if row["area"] != "WLD":
            arrive(either, row["area"], 2025, None, 1)
    found = either.rows("SELECT origin_area, is_country, share FROM mart_tourism_source_markets")
    groups = {r["area"] for r in listed if r["is_country"] != "true"}
    assert len(groups) > 50
    assert {area for area, is_country, _ in found if not is_country} == groups
    assert {area for area, _, share in found if share is None} == groups


def test_a_small_share_is_not_zero(either: Small) -> None:
    countries(either, "JPN")
    arrive(either, "JPN", 2025, None, 4)
    arrive(either, "WLD", 2025, None, 100_000)
    assert either.rows("SELECT share FROM mart_tourism_source_markets WHERE is_country") == [
        (Decimal("0.00004"),)
    ]


def test_a_part_of_a_year_is_not_compared_with_a_year(either: Small) -> None:
    """A figure "of the year" that ends in July."""
    countries(either, "JPN")
    arrive(either, "JPN", 2024, None, 120, period_end=date(2024, 12, 31))
    arrive(either, "JPN", 2025, None, 100, period_end=date(2025, 7, 31))
    assert either.rows(MARKETS) == [
        (2024, 120, 1, "1-12", True, None, None, None),
        (2025, 100, 1, "1-7", False, None, None, None),
    ]


COMPARED = (
    "SELECT measure, value, periods, is_complete, method FROM mart_tourism_compared ORDER BY 1"
)


def test_the_total_stands_for_its_classes(either: Small) -> None:
    """100 guests a month, 60 of them in star hotels: 1,200 a year, not 2,400."""
    for month in ALL:
        lodge(either, month, "TOTAL", guests_foreign=100, room_occupancy_percent=Decimal(40))
        lodge(either, month, "star", guests_foreign=60, room_occupancy_percent=Decimal(60))
        lodge(either, month, "other", guests_foreign=40, room_occupancy_percent=Decimal(30))
    assert either.rows(COMPARED) == [
        ("guests_foreign", 1200, 12, True, "sum of the periods"),
        ("room_occupancy", 40, 12, True, "mean of the periods"),
    ]


def test_without_a_total_the_classes_are_added_up(either: Small) -> None:
    for month in ALL:
        lodge(either, month, "star", guests_foreign=60, room_occupancy_percent=Decimal(60))
        lodge(either, month, "other", guests_foreign=40, room_occupancy_percent=Decimal(30))
    assert either.rows(COMPARED) == [
        ("guests_foreign", 1200, 12, True, "sum of the periods, classes added up"),
        ("room_occupancy", 45, 12, True, "mean of the periods, plain mean of the classes"),
    ]


def test_a_total_that_is_given_for_some_months(either: Small) -> None:
    for month in ALL:
        lodge(either, month, "TOTAL", guests_foreign=100 if month <= 6 else None)
        lodge(either, month, "star", guests_foreign=60)
        lodge(either, month, "other", guests_foreign=40)
    assert either.rows(COMPARED) == [
        ("guests_foreign", 1200, 12, True, "sum of the periods, classes added up")
    ]


@pytest.mark.parametrize("has_both", [True, False])
def test_classes_that_are_not_all_of_it_do_not_stand_for_the_total(
    either: Small, has_both: bool
) -> None:
    """Star hotels alone, beside the TOTAL of the first half: the second half is not known."""
    for month in ALL:
        if month <= 6:
            lodge(either, month, "TOTAL", guests_foreign=100, room_occupancy_percent=Decimal(40))
        if month > 6 or has_both:
            lodge(either, month, "star", guests_foreign=60, room_occupancy_percent=Decimal(60))
    assert either.rows(COMPARED.replace(", method", "")) == [
        ("guests_foreign", 960, 6, False), ("room_occupancy", 40, 6, False),
    ]  # fmt: skip


@pytest.mark.parametrize("is_row_there", [True, False])
def test_a_month_without_one_class_is_not_known(either: Small, is_row_there: bool) -> None:
    """Foreign guests of March are suppressed in one class; domestic guests are all known."""
    for month in ALL:
        lodge(either, month, "star", guests_foreign=60, guests_domestic=10)
        if month != 3:
            lodge(either, month, "other", guests_foreign=40, guests_domestic=10)
        elif is_row_there:
            lodge(either, month, "other", guests_domestic=10, value_status="suppressed")
    foreign, domestic = either.rows(COMPARED)[::-1]
    assert foreign[:4] == ("guests_foreign", 1160, 11, False)
    assert domestic[:4] == (
        ("guests_domestic", 240, 12, True) if is_row_there else ("guests_domestic", 230, 11, False)
    )


def test_two_organisations_are_not_added(either: Small) -> None:
    for org in ("Dinas", "BPS"):
        for month in ALL:
            lodge(either, month, "TOTAL", source_org=org, guests_foreign=100)
    assert either.rows("SELECT source_org, value FROM mart_tourism_compared ORDER BY 1") == [
        ("BPS", 1200), ("Dinas", 1200),
    ]  # fmt: skip


def test_growth_as_published_by_the_tourism_organisation_of_japan(either: Small) -> None:
    """60 published rates; 2025 ends in July and has none."""
    expected = {}
    for row in golden("growth_jnto/input_and_expected.csv"):
        year = int(row["Year"])
        months = [m.strip(" .") for m in row["Term"].split("-")]
        end = date(year, 7, 31) if months[1].startswith("Jul") else date(year, 12, 31)
        arrive(either, "WLD", year, None, int(row["Total_Visitors"]), period_end=end)
        expected[year] = row["YoY_Growth_Percent"]
    found = dict(
        either.rows(
            "SELECT CAST(extract(YEAR FROM year_start) AS INTEGER), change_on_year "
            "FROM mart_tourism_source_markets"
        )
    )
    assert sum(1 for rate in expected.values() if rate) == 60
    assert found.keys() == expected.keys()
    assert [y for y, rate in expected.items() if not rate and found[y] is not None] == []
    wrong = [y for y, rate in expected.items()
             if rate and abs(float(found[y]) * 100 - float(rate)) > 0.003]  # fmt: skip
    assert wrong == []


def gini(values: list[float]) -> float:
    """Without the finite-sample correction n/(n-1), as `ineq` has it."""
    n = len(values)
    ranked = sum(place * value for place, value in enumerate(sorted(values), 1))
    return 2 * ranked / (n * sum(values)) - (n + 1) / n


def test_seasonality_has_the_gini_of_a_published_result(either: Small) -> None:
    """The result is of ten values and a year has twelve months: the formula is held by the
    result, the mart by the formula."""
    incomes = [float(row["x"]) for row in golden("ineq_usa1968/input.csv")]
    assert abs(gini(incomes) - 0.4620911) < 5e-8
    visitors = [int(v) for v in (*incomes, 0, 7)]
    for month, value in enumerate(visitors, 1):
        arrive(either, "JPN", 2025, month, value)
    found = either.rows("SELECT DISTINCT gini FROM mart_tourism_seasonality")
    assert [round(float(g), 9) for (g,) in found] == [round(gini(list(map(float, visitors))), 9)]
