"""Investment leads: where they are from, how long they take, what they are worth."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.registers import SUMMER, exhibition, forum, lead, rate, today


def pipeline(small: Small, columns: str) -> list[tuple[Any, ...]]:
    return small.rows(f"SELECT {columns} FROM mart_investment_pipeline ORDER BY source, lead_id")


def version(small: Small, stage: str, when: date, number: int) -> None:
    """An earlier state of the lead I-1."""
    small.insert_version(
        "core_investment__leads", source="investment_leads", region_code="3505", lead_id="I-1",
        stage=stage, stage_date=when, change_reason="first", load_seq=number,
        recorded_at="2025-01-01 00:00:00+00", superseded_at="2025-02-01 00:00:00+00",
    )  # fmt: skip


def test_leads_of_an_event_in_rupiah(either: Small) -> None:
    """Question 13."""
    today(either)
    rate(either, "USD", 16000)
    exhibition(either, "P-1")
    lead(either, "1", 100, source_event_id="P-1", stage="LKPM realised")
    lead(either, "2", 10, source_event_id="P-1", currency="USD", stage="lost")
    lead(either, "3", 7, stage="NIB")
    lead(either, "4", 7, source_event_id="P-9", currency="AUD")
    lead(either, "5", None, source_event_id="P-1")
    assert pipeline(either, "event_title, event_note, value_idr, realised_idr, rupiah_note") == [
        ("Pameran", None, Decimal(100), Decimal(100), None),
        ("Pameran", None, Decimal(160_000), None, None),
        (None, "event_not_named", Decimal(7), None, None),
        (None, "event_not_single", None, None, "rate_missing"),
        ("Pameran", None, None, None, "value_missing"),
    ]
    third = Decimal("0.3333333333")
    assert pipeline(either, "origin_leads, origin_realised, conversion_share, is_open, "
                    "is_converted, stage_level") == [
        (3, 1, third, False, True, 5), (3, 1, third, False, False, None),
        (1, 0, Decimal(0), True, None, 4), (1, 0, Decimal(0), True, None, 2),
        (3, 1, third, True, None, 2),
    ]  # fmt: skip


def test_the_event_is_the_senders_own_or_the_only_one(either: Small) -> None:
    exhibition(either, "X", source="fair_exhibitions", title="Fair")
    lead(either, "1", source_event_id="X")
    assert pipeline(either, "event_kind, event_source") == [("exhibition", "fair_exhibitions")]
    exhibition(either, "X", source="other_exhibitions")
    assert pipeline(either, "event_kind, event_source") == [(None, None)]
    forum(either, "X", source="forums")
    assert pipeline(either, "event_kind, event_source") == [("forum", "forums")]


def test_how_long_stages_took_is_what_versions_say(either: Small) -> None:
    today(either)
    lead(either, load_seq=4)
    assert pipeline(either, "stage_days, lead_days, visit_days, enquiry_days") == [
        (184, 184, None, None)
    ]
    assert pipeline(either, "duration_note") == [("one_stage",)]
    version(either, "enquiry", date(2025, 2, 1), 1)
    version(either, "enquiry", date(2025, 3, 1), 2)  # corrected
    version(either, "visit", SUMMER, 4)  # the version that is current
    assert pipeline(either, "enquiry_on, enquiry_days, visit_on, visit_days, lead_days, "
                    "duration_note") == [
        (date(2025, 3, 1), 122, SUMMER, None, 306, None)
    ]  # fmt: skip


def test_a_lead_that_is_decided_ages_no_more(either: Small) -> None:
    today(either, "2030-01-01")
    lead(either, stage="LKPM realised", stage_date=date(2025, 3, 3), load_seq=9)
    version(either, "LoI", date(2025, 3, 1), 1)
    assert pipeline(either, "stage_days, lead_days, loi_days, realised_on") == [
        (None, 2, 2, date(2025, 3, 3))
    ]
