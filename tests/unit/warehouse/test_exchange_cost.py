"""What a day of exchange costs, and whom the partners' languages need."""

from __future__ import annotations

import random
import statistics
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.registers import (
    agreement,
    cohort,
    course,
    deal,
    exhibition,
    forum,
    indicator,
    lead,
    rate,
    today,
)

MEAN = "cost_idr_per_participant_day"
NO_INDEX = "price_index_missing"


def costs(small: Small, columns: str) -> list[tuple[Any, ...]]:
    return small.rows(f"SELECT {columns} FROM mart_exchange_cost ORDER BY direction, year_start")


def priced(small: Small, number: str, cost: Any, people: int | None = 10, **more: Any) -> None:
    cohort(small, number, people, cost=Decimal(cost), **{"currency": "IDR", **more})


def test_the_median_is_of_cohorts_and_the_mean_of_days(either: Small) -> None:
    """Ten pupils for ten days: 100 participant-days a cohort. Question 8."""
    for number, cost in enumerate((100, 300, 5000)):
        priced(either, str(number), cost)
    assert costs(either, f"{MEAN}, median_{MEAN}, cohorts_costed, participant_days") == [
        (Decimal(18), Decimal(3), 3, 300)
    ]
    priced(either, "4", 500)
    assert costs(either, f"median_{MEAN}") == [(Decimal(4),)]


@pytest.mark.parametrize("n", range(1, 8))
def test_the_median_is_that_of_the_standard_library(tables: Any, n: int) -> None:
    chance = random.Random(n)
    found = [chance.randint(1, 9) * 100 for _ in range(n)]
    for number, cost in enumerate(found):
        priced(tables, str(number), cost)
    assert costs(tables, f"median_{MEAN}") == [
        (Decimal(str(statistics.median(found))) / 100,)
    ]  # fmt: skip


def test_hidden_cohorts_have_no_cost(either: Small) -> None:
    priced(either, "1", 500, None)
    columns = f"cohorts, cohorts_hidden, cohorts_costed, {MEAN}, median_{MEAN}, cost_note"
    hidden = "cohort_hidden"
    assert costs(either, columns) == [(1, 1, 0, None, None, hidden)]
    priced(either, "2", 700)
    priced(either, "3", 900, cancelled=True)
    assert costs(either, columns) == [(2, 1, 1, Decimal(7), Decimal(7), None)]
    priced(either, "4", 900, direction="in", days=None)
    priced(either, "5", 900, direction="virtual", currency="JPY")
    assert costs(either, "direction, cost_note") == [
        ("in", "cost_incomplete"), ("out", None),
        ("virtual", "rate_missing"),
    ]  # fmt: skip
    rate(either, "JPY", 100)
    assert costs(either, MEAN)[2] == (Decimal(900),)


def test_real_costs_are_in_prices_of_the_newest_year(either: Small) -> None:
    priced(either, "1", 500, start_date=date(2023, 7, 1))
    priced(either, "2", 500)
    columns = f"price_factor, real_{MEAN}, median_real_{MEAN}, real_note, price_region_code"
    assert costs(either, columns) == [(None, None, None, NO_INDEX, None)] * 2
    indicator(either, "consumer_price_index", 2023, 100)
    indicator(either, "consumer_price_index", 2024, 110)
    assert costs(either, columns) == [
        (Decimal("1.1"), Decimal("5.5"), Decimal("5.5"), None, "TOTAL"),
        (None, None, None, "price_year_missing", "TOTAL"),
    ]
    for year, value in ((2023, 50), (2025, 100)):
        indicator(either, "consumer_price_index", year, value, region_code="3505", source="own")
    assert costs(either, columns) == [
        (Decimal(2), Decimal(10), Decimal(10), None, "3505"),
        (Decimal(1), Decimal(5), Decimal(5), None, "3505"),
    ]


# --- the capacity gap ---------------------------------------------------------------------


GAP = ("SELECT skill_kind, skill, people_needed, passed_three_years, gap, coverage_share, gap_note "
       "FROM mart_capacity_gap WHERE year_start = DATE '2025-01-01' ORDER BY 1, 2")  # fmt: skip
AT_LEAST = "need_at_least"


def languages(small: Small) -> list[tuple[Any, ...]]:
    return [row[1:] for row in small.rows(GAP) if row[0] == "language"]


def test_languages_of_partners_against_people_who_passed(either: Small) -> None:
    today(either)
    agreement(either)
    for number in range(3):
        forum(either, f"F-{number}")
    course(either, passed=1, period_start=date(2023, 5, 1))
    course(either, "L-2", passed=2, language="Bahasa Jepang")
    course(either, "L-3", passed=9, period_start=date(2022, 5, 1))  # too long ago
    assert languages(either) == [("ja", 4, 3, 1, Decimal("0.75"), AT_LEAST)]
    course(either, "L-4", passed=5, language="ja-JP")
    assert languages(either) == [("ja", 4, 8, 0, Decimal(1), AT_LEAST)]


def test_a_hidden_course_makes_the_gap_unknown_unless_others_suffice(either: Small) -> None:
    today(either)
    forum(either)
    forum(either, "F-2")
    course(either, passed=None, value_status="suppressed")
    note = f"count_hidden; {AT_LEAST}"
    assert languages(either) == [("ja", 2, None, None, None, note)]
    course(either, "L-2", passed=1)
    assert languages(either) == [("ja", 2, 1, None, None, note)]
    course(either, "L-3", passed=1)
    assert languages(either) == [("ja", 2, 2, 0, Decimal(1), note)]


def test_without_a_register_of_training_the_gap_is_unknown(either: Small) -> None:
    today(either)
    forum(either)
    forum(either, "F-2", place_area="ABW")
    lead(either, investor_area="NLD")  # needs nobody yet
    assert languages(either) == [
        ("ja", 1, None, None, None, f"training_not_registered; {AT_LEAST}"),
        ("und", 1, None, None, None,
         f"language_unlisted; {AT_LEAST}"),
    ]  # fmt: skip
    course(either, language="en", passed=3)
    assert languages(either) == [
        ("en", None, 3, None, None, "not_needed"),
        ("ja", 1, None, 1, Decimal(0), AT_LEAST),
        ("und", 1, None, None, None,
         f"language_unlisted; {AT_LEAST}"),
    ]  # fmt: skip


def test_years_before_the_register_of_training_are_unknown(either: Small) -> None:
    today(either)
    forum(either, start_date=date(2023, 7, 1))
    forum(either, "F-2")
    course(either, topic=None, passed=None, value_status="suppressed")
    assert either.rows("SELECT year_start, courses, courses_hidden, gap, gap_note "
                       "FROM mart_capacity_gap ORDER BY 1") == [
        (date(2023, 1, 1), None, None, None, f"training_begins_later; {AT_LEAST}"),
        (date(2025, 1, 1), 1, 1, None, f"count_hidden; {AT_LEAST}"),
    ]  # fmt: skip
    course(either, "L-2", topic=None, passed=2, period_start=date(2023, 5, 1))
    assert either.rows("SELECT year_start, courses, gap FROM mart_capacity_gap ORDER BY 1") == [
        (date(2023, 1, 1), 1, 0), (date(2025, 1, 1), 1, 0),
    ]  # fmt: skip


def test_an_event_needs_one_person_for_a_language_of_many_countries(either: Small) -> None:
    today(either)
    exhibition(either)
    for number, area in enumerate(("AUS", "USA", "USA", "JPN")):
        deal(either, str(number), 1, buyer_area=area)
    course(either, language="en", passed=1)
    assert languages(either) == [("en", 1, 1, 0, Decimal(1), AT_LEAST),
                                 ("ja", 1, None, 1, Decimal(0), AT_LEAST)]  # fmt: skip


def test_topics_have_people_and_no_need(either: Small) -> None:
    course(either, topic="Diplomasi ", language=None)
    course(either, "L-2", topic="diplomasi", language=None, level_after="B1", passed=2)
    assert either.rows(GAP) == [
        ("topic", "diplomasi", None, 12, None, None,
         "topic_without_need"),
    ]  # fmt: skip
