"""Exchanges of pupils and students: what is hidden or hides in groups is never a number."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.warehouse.conftest import Small

SUMMER = date(2025, 7, 1)


def cohort(small: Small, number: str, direction: str, people: int | None, **more: Any) -> None:
    small.insert("core_exchange__programmes", **{
        "source": "school", "region_code": "3505", "programme_id": "X", "cohort_id": number,
        "partner_area": "JPN", "direction": direction, "start_date": SUMMER, "days": 10,
        "participants_female": people, "participants_male": None if people is None else 0,
        "value_status": "suppressed" if people is None else "observed", **more})  # fmt: skip


RECIPROCITY = (
    "SELECT reciprocity, reciprocity_note, cohorts_hidden, participants_out, participants_in "
    "FROM mart_exchange_reciprocity"
)
HIDDEN = "cohort_hidden"


def test_a_hidden_cohort_makes_reciprocity_unknown(either: Small) -> None:
    cohort(either, "1", "out", 20)
    cohort(either, "2", "in", None)
    assert either.rows(RECIPROCITY) == [(None, HIDDEN, 1, 20, None)]


def test_one_hidden_among_many_is_enough(either: Small) -> None:
    for n, direction in enumerate(("out", "in", "in")):
        cohort(either, str(n), direction, 10)
    assert either.rows(RECIPROCITY) == [(Decimal("0.6666666667"), None, 0, 10, 20)]
    cohort(either, "hidden", "out", None)
    assert either.rows(RECIPROCITY) == [(None, HIDDEN, 1, 10, 20)]


def test_a_cohort_without_days_is_said_too(either: Small) -> None:
    cohort(either, "1", "out", 20)
    cohort(either, "2", "in", 20, days=None)
    note = "cohort_incomplete"
    assert either.rows(RECIPROCITY) == [(None, note, 0, 20, 20)]


def test_costs_in_other_currencies_become_rupiah(either: Small) -> None:
    either.insert(
        "core_exchange__rates", source="bank", rate_date=SUMMER, base_currency="JPY",
        quote_currency="IDR", rate_type="middle", rate=Decimal(110),
    )  # fmt: skip
    cohort(either, "1", "out", 10, cost=Decimal(1_000_000), currency="JPY")
    cohort(either, "2", "in", 10, cost=Decimal(10_000_000), currency="IDR")
    cohort(either, "3", "in", 10, cost=Decimal(9), currency="AUD")
    assert either.rows(
        "SELECT cost_idr, cohorts_costed, cohorts_without_rate, cost_idr_per_participant "
        "FROM mart_exchange_reciprocity"
    ) == [(Decimal(120_000_000), 2, 1, Decimal(6_000_000))]


def students(small: Small, origin: str, destination: str, count: int | None, **more: Any) -> None:
    small.insert("core_exchange__students", **{
        "source": "statistics", "period_start": date(2024, 1, 1), "origin_area": origin,
        "destination_area": destination, "level": "tertiary", "students": count,
        **more})  # fmt: skip


def area(small: Small, code: str, *, is_country: bool) -> None:
    small.insert("ref_area", scheme="iso3", code=code, area=code, is_country=is_country)


def test_a_suppressed_direction_of_students_is_not_an_absent_one(either: Small) -> None:
    students(either, "IDN", "JPN", 80)
    students(either, "JPN", "IDN", None, value_status="suppressed")
    students(either, "IDN", "AUS", 50)
    assert either.rows(
        "SELECT partner_area, students_out, students_in, reciprocity, reciprocity_note "
        "FROM mart_student_flows WHERE area = 'IDN' ORDER BY 1"
    ) == [
        ("AUS", 50, None, None, "one_direction"),
        ("JPN", 80, None, None, "direction_suppressed"),
    ]


def test_groups_are_not_countries(either: Small) -> None:
    for code, is_country in (("IDN", True), ("JPN", True), ("EUU", False), ("WLD", False)):
        area(either, code, is_country=is_country)
    for partner in ("JPN", "EUU", "WLD"):
        students(either, "IDN", partner, 10)
        cohort(either, partner, "out", 10, partner_area=partner)
        either.insert(
            "core_context__indicators", source="bank", indicator="gdp", area=partner,
            region_code="TOTAL", frequency="A", period_start=date(2024, 1, 1), value=Decimal(1),
        )  # fmt: skip
    flags = [("EUU", False), ("JPN", True), ("WLD", False)]
    for mart in ("mart_student_flows WHERE area = 'IDN'", "mart_exchange_reciprocity"):
        sql = f"SELECT partner_area, partner_is_country FROM {mart} ORDER BY 1"
        assert either.rows(sql) == flags
    places = "SELECT places, places_grouped FROM mart_indicator_freshness"
    assert either.rows(places) == [(1, 2)]
