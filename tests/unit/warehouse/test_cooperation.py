"""Agreements of several senders, and budgets in several currencies."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from tests.unit.warehouse.conftest import Small
from warehouse.marts import FOLDER

KEY = {"region_code": "3505", "agreement_id": "A-1"}


def agreement(small: Small, sender: str) -> None:
    small.insert("core_cooperation__agreements", source=f"{sender}agreements", **KEY)


def stage(small: Small, sender: str, name: str, number: str = "1") -> None:
    small.insert(
        "core_cooperation__stage_events", source=f"{sender}stage_events", event_id=number,
        stage=name, event_date=date(2025, 3, 1), **KEY,
    )  # fmt: skip


def activity(small: Small, sender: str, number: str, budget: int, **more: Any) -> None:
    small.insert("core_cooperation__activities", **{
        "source": f"{sender}activities", "activity_id": number, "planned_date": date(2025, 6, 1),
        "status": "done", "budget": Decimal(budget), "currency": "IDR", **KEY, **more})  # fmt: skip


def today(small: Small) -> None:
    small.insert("ops_load", recorded_at="2026-01-01 00:00:00+00")


def test_one_code_of_two_senders_is_two_agreements(either: Small) -> None:
    today(either)
    for sender, name, budget in (("", "prakarsa", 1), ("office_", "monev", 2)):
        agreement(either, sender)
        stage(either, sender, name)
        activity(either, sender, "1", budget)
    assert either.rows(
        "SELECT source, stage, activities_done_12m, budget_idr_12m FROM mart_cooperation_status "
        "ORDER BY source"
    ) == [
        ("agreements", "prakarsa", 1, Decimal(1)),
        ("office_agreements", "monev", 1, Decimal(2)),
    ]


def test_events_of_another_sender_count_where_the_code_is_of_one_agreement(either: Small) -> None:
    today(either)
    agreement(either, "office_")
    stage(either, "assembly_", "persetujuan_dprd")
    activity(either, "school_", "1", 5)
    found = "SELECT stage, budget_idr_12m, stage_sources FROM mart_cooperation_status"
    assert either.rows(found) == [("persetujuan_dprd", Decimal(5), "assembly_stage_events")]
    agreement(either, "second_")
    assert either.rows(found) == [(None, None, None), (None, None, None)]


def test_a_budget_in_another_currency_is_not_left_out(either: Small) -> None:
    today(either)
    agreement(either, "")
    activity(either, "", "1", 1_000_000)
    activity(either, "", "2", 10_000, currency="JPY")
    found = "SELECT budget_idr_12m, activities_without_rate_12m FROM mart_cooperation_status"
    assert either.rows(found) == [(None, 1)]
    either.insert(
        "core_exchange__rates", source="bank", rate_date=date(2025, 6, 1), base_currency="JPY",
        quote_currency="IDR", rate_type="middle", rate=Decimal(110),
    )  # fmt: skip
    assert either.rows(found) == [(Decimal(2_100_000), 0)]


def test_the_day_of_the_count_is_the_regions(either: Small) -> None:
    """20:00 UTC is the next morning in the region."""
    either.insert("ops_load", recorded_at="2025-12-31 20:00:00+00")
    agreement(either, "")
    either.insert("core_cooperation__stage_events", source="stage_events", event_id="1",
                  stage="penandatanganan", event_date=date(2025, 3, 1),
                  valid_to=date(2026, 1, 31), **KEY)  # fmt: skip
    assert either.rows("SELECT as_of, days_left FROM mart_cooperation_status") == [
        (date(2026, 1, 1), 30)
    ]


def test_no_mart_takes_its_day_from_a_moment_in_utc() -> None:
    for path in sorted(FOLDER.glob("*.sql")):
        assert not re.search(r"CAST\(max\(\w+_at\) AS DATE\)", path.read_text(encoding="utf-8")), (
            path.name
        )
