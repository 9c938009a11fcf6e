"""What an exhibition cost and led to, in rupiah, whatever currencies its money is in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.warehouse.conftest import Small

OPENING, LATER = date(2025, 8, 1), date(2025, 9, 15)


def rate(small: Small, day: date, value: str, source: str = "bank", base: str = "USD") -> None:
    small.insert(
        "core_exchange__rates", source=source, rate_date=day, base_currency=base,
        quote_currency="IDR", rate_type="middle", rate=Decimal(value),
    )  # fmt: skip


def event(small: Small, **more: Any) -> None:
    small.insert("core_promotion__exhibitions", **{
        "source": "office_exhibitions", "region_code": "3505", "event_id": "P-001",
        "title": "Pameran", "start_date": OPENING, "cost": Decimal(450_000_000),
        "currency": "IDR", **more})  # fmt: skip


def deal(small: Small, number: str, value: Any, realised: Any, **more: Any) -> None:
    small.insert("core_promotion__deals", **{
        "source": "office_deals", "region_code": "3505", "event_id": "P-001", "deal_id": number,
        "buyer_ref": f"B-{number}", "status": "paid", "status_date": LATER, "currency": "USD",
        "value": None if value is None else Decimal(value),
        "realised_value": None if realised is None else Decimal(realised), **more})  # fmt: skip


def one(small: Small, columns: str) -> tuple[Any, ...]:
    (found,) = small.rows(f"SELECT {columns} FROM mart_promotion_conversion")
    return found


def test_the_cost_stays_when_deals_are_in_another_currency(either: Small) -> None:
    rate(either, LATER, "16500")
    rate(either, OPENING, "1")  # of another day: must not be used for the deals
    event(either)
    deal(either, "1", 60_000, 33_000)
    deal(either, "2", 40_000, 22_000)
    assert one(either, "cost, currency, cost_idr, committed_idr, realised_idr, committed_written, "
               "realised_written, realised_per_cost, realised_share, rupiah_note") == (
        Decimal(450_000_000), "IDR", Decimal(450_000_000), Decimal(1_650_000_000),
        Decimal(907_500_000), "USD 100000.0000", "USD 55000.0000",
        Decimal("2.0166666667"), Decimal("0.55"), None,
    )  # fmt: skip


def test_a_cost_in_another_currency_is_converted_too(either: Small) -> None:
    rate(either, date(2025, 7, 29), "110", base="JPY")  # a weekend: the last rate before
    event(either, cost=Decimal(1_000_000), currency="JPY")
    deal(either, "1", 55_000_000, 55_000_000, currency="IDR")
    assert one(either, "cost_idr, cost_rate_method, realised_per_cost") == (
        Decimal(110_000_000), "last rate before the day", Decimal("0.5"),
    )  # fmt: skip


def test_currencies_are_never_added_as_they_are(either: Small) -> None:
    rate(either, LATER, "16000")
    event(either, cost=Decimal(1_600_000))
    deal(either, "1", 50, 50)
    deal(either, "2", 800_000, 800_000, currency="IDR")
    assert one(either, "committed_idr, committed_written, realised_per_cost") == (
        Decimal(1_600_000), "IDR 800000.0000; USD 50.0000", Decimal(1),
    )  # fmt: skip


def test_without_a_rate_there_is_no_sum_and_a_note(either: Small) -> None:
    event(either)
    deal(either, "1", 50, 50)
    deal(either, "2", 800_000, 800_000, currency="IDR")
    assert one(either, "cost_idr, committed_idr, realised_idr, realised_per_cost, rupiah_note") == (
        Decimal(450_000_000), None, None, None, "rate_missing_in_part",
    )  # fmt: skip


def test_two_senders_that_use_one_code_keep_their_deals_apart(either: Small) -> None:
    for sender, value in (("", 100), ("office_", 200), ("fair_", 400)):
        event(either, source=f"{sender}exhibitions", title=f"Pameran {sender}")
        deal(either, "1", value, value, source=f"{sender}deals", currency="IDR")
    found = either.rows(
        "SELECT source, committed_idr, deals FROM mart_promotion_conversion ORDER BY source"
    )
    assert found == [
        ("exhibitions", Decimal(100), 1),
        ("fair_exhibitions", Decimal(400), 1),
        ("office_exhibitions", Decimal(200), 1),
    ]


def test_deals_of_an_event_that_nobody_lists_are_not_lost(either: Small) -> None:
    event(either)
    deal(either, "1", 7, 7, source="fair_deals", currency="IDR")
    assert either.rows(
        "SELECT source, title, cost_idr, realised_idr, event_note FROM mart_promotion_conversion "
        "ORDER BY source"
    ) == [
        ("fair_deals", None, None, Decimal(7), "event_not_listed"),
        ("office_exhibitions", "Pameran", Decimal(450_000_000), None, None),
    ]


@pytest.mark.parametrize(
    ("realised", "share", "at_least", "note"),
    [
        ((None, None), None, None, "realised_missing"),
        ((30, None), None, "0.3", "realised_in_part"),
        ((0, 0), "0", "0", None),
        ((30, 20), "0.5", "0.5", None),
    ],
)
def test_an_unknown_realised_value_is_no_zero(
    either: Small, realised: tuple[Any, Any], share: Any, at_least: Any, note: str | None
) -> None:
    event(either, cost=Decimal(100))
    for number, value in enumerate(realised):
        deal(either, str(number), 50, value, currency="IDR", status="contract")
    found = one(either, "realised_share, realised_share_at_least, realised_per_cost, realised_note")
    decimals = [None if v is None else Decimal(v) for v in (share, at_least, share)]
    assert found == (*decimals, note)


def test_a_share_of_four_thousandths_of_a_percent_is_not_zero(either: Small) -> None:
    event(either)
    deal(either, "1", 1_000_000, 40, currency="IDR")
    assert one(either, "realised_share") == (Decimal("0.00004"),)


def test_what_was_committed_for_a_rupiah_of_cost(either: Small) -> None:
    event(either, cost=Decimal(50))
    assert one(either, "committed_per_cost") == (None,)
    for number in ("1", "2"):
        deal(either, number, 50, 20, currency="IDR")
    deal(either, "3", 50, None, currency="IDR", status="inquiry")
    assert one(either, "committed_per_cost, realised_per_cost") == (Decimal(2), Decimal("0.8"))
    deal(either, "4", None, 20, currency="IDR", status="contract")
    assert one(either, "committed_per_cost") == (None,)
