"""A region's own exports, guests and deals: one statement, and nothing counts twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.warehouse.conftest import Small

YEAR = date(2025, 1, 1)


def sold(small: Small, product: str, value: Any, **more: Any) -> None:
    small.insert("core_trade__local_exports", **{
        "source": "office", "source_org": "office", "region_code": "3505", "frequency": "A",
        "period_start": YEAR, "partner_area": "JPN", "product_code": product, "currency": "USD",
        "value": None if value is None else Decimal(value), **more})  # fmt: skip


def hosted(small: Small, month: int, kind: str, foreign: int | None, **more: Any) -> None:
    small.insert("core_tourism__accommodation", **{
        "source": "office", "source_org": "office", "region_code": "3505", "frequency": "M",
        "period_start": date(2025, month, 1), "class_code": kind, "guests_foreign": foreign,
        "guests_domestic": 10, "value_status": "observed" if foreign is not None else "suppressed",
        **more})  # fmt: skip


def one(small: Small, columns: str) -> tuple[Any, ...]:
    (found,) = small.rows(f"SELECT {columns} FROM mart_outcomes WHERE region_code = '3505'")
    return found


@pytest.mark.parametrize(
    ("rows", "total", "detail"),
    [
        ([("JPN", "09", 1000), ("JPN", "090111", 1000), ("JPN", "44", 500)], 1500, "products"),
        ([("JPN", "09", 1000), ("JPN", "0901", 700), ("JPN", "090111", 600)], 1000, "products"),
        ([("JPN", "09", 1000), ("JPN", "090111", 600), ("JPN", "0904", 400)], 1000, "products"),
        ([("JPN", "090111", 300), ("JPN", "090121", 200)], 500, "products"),
        ([("JPN", "09", 1000), ("AUS", "090111", 300)], 1300, "products"),
        ([("JPN", "TOTAL", 1000)], 1000, "TOTAL"),
        ([("JPN", "TOTAL", 1000), ("JPN", "44", 1000)], 1000, "products"),
        ([("JPN", "TOTAL", 900), ("AUS", "44", 100)], 1000, "products, in part TOTAL"),
        ([("JPN", "TOTAL", 900), ("JPN", "44", None)], 900, "TOTAL"),
    ],
)
def test_a_heading_and_what_refines_it_count_once(
    either: Small, rows: list[tuple[str, str, Any]], total: int, detail: str
) -> None:
    for partner, product, value in rows:
        sold(either, product, value, partner_area=partner)
    assert one(either, "exports_usd, exports_detail, exports_is_complete") == (
        Decimal(total), f"{detail} to destinations", True,
    )  # fmt: skip


def test_a_statement_of_the_world_alone_counts_and_says_so(either: Small) -> None:
    sold(either, "TOTAL", 700, partner_area="WLD")
    assert one(either, "exports_usd, exports_detail") == (Decimal(700), "TOTAL to the world")


def test_the_world_and_groups_are_never_added_to_destinations(either: Small) -> None:
    for code in ("JPN", "SGP"):
        either.insert("ref_area", scheme="iso3", code=code, area=code, is_country=True)
    for code in ("WLD", "ASEAN"):
        either.insert("ref_area", scheme="iso3", code=code, area=code, is_country=False)
    for partner, value in (("JPN", 100), ("SGP", 50), ("ASEAN", 60), ("WLD", 400)):
        sold(either, "44", value, partner_area=partner)
    assert one(either, "exports_usd, exports_own_total_usd") == (Decimal(150), Decimal(400))


def test_a_hidden_export_makes_a_year_incomplete(either: Small) -> None:
    for month in range(1, 13):
        sold(either, "44", 100, frequency="M", period_start=date(2025, month, 1))
    sold(either, "09", None, frequency="M", period_start=YEAR, value_status="suppressed")
    assert one(either, "exports_usd, exports_periods, exports_is_complete, exports_unknown") == (
        Decimal(1200), 11, False, 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("classes", "guests", "months"),
    [
        ({"TOTAL": 100, "star": 60, "other": 40}, 1200, 12),
        ({"star": 60, "other": 40}, 1200, 12),
        ({"TOTAL": 100, "star": None, "other": 40}, 1200, 12),
        ({"TOTAL": None, "star": 60, "other": 40}, 1200, 12),
        ({"star": None, "other": 40}, 480, 0),
        ({"TOTAL": 100}, 1200, 12),
    ],
)
def test_accommodation_is_total_or_its_classes(
    either: Small, classes: dict[str, int | None], guests: int, months: int
) -> None:
    for month in range(1, 13):
        for kind, foreign in classes.items():
            hosted(either, month, kind, foreign)
    assert one(either, "guests_foreign, guests_foreign_periods, guests_domestic_periods") == (
        guests, months, 12,
    )  # fmt: skip


def test_a_month_that_lacks_a_value_or_a_class_is_not_complete(either: Small) -> None:
    for month in range(1, 13):
        hosted(either, month, "star", None if month == 3 else 60)
        if month != 11:
            hosted(either, month, "other", 40)
    assert one(either, "guests_foreign, guests_months, guests_periods_sent") == (
        11 * 60 + 11 * 40, 10, 12,
    )  # fmt: skip


STATEMENTS = "exports_source, exports_usd, exports_statements, exports_choice"
DIFFERENCE = "CAST(exports_difference_share AS VARCHAR)"
UNDECLARED = "no order is declared: a whole year, then the first code"


def three_senders(small: Small, *loads: int) -> None:
    for source, value, load in zip(("b", "a", "c"), (1357, 1781, 1678), loads, strict=True):
        sold(small, "44", value, source=source, load_seq=load)


@pytest.mark.parametrize("loads", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_who_sends_last_is_not_the_region(either: Small, loads: tuple[int, int, int]) -> None:
    three_senders(either, *loads)
    found = one(either, f"{STATEMENTS}, {DIFFERENCE}")
    assert found == ("a", Decimal(1781), 3, UNDECLARED, "0.3124539425")


def test_the_declared_order_decides(either: Small) -> None:
    three_senders(either, 1, 2, 3)
    either.insert("ref_source", source_code="c", preference=2)
    assert one(either, STATEMENTS) == ("c", Decimal(1678), 3, "declared order")
    either.insert("ref_source", source_code="b", preference=1)
    assert one(either, STATEMENTS) == ("b", Decimal(1357), 3, "declared order")


def test_without_an_order_a_whole_year_comes_before_a_part(either: Small) -> None:
    sold(either, "44", 10, source="a", frequency="M")
    sold(either, "44", 120, source="b")
    assert one(either, f"{STATEMENTS}, {DIFFERENCE}") == (
        "b", Decimal(120), 2, UNDECLARED, None,
    )  # fmt: skip


def test_guests_are_of_the_same_order(either: Small) -> None:
    for source, load in (("b", 9), ("a", 1)):
        hosted(either, 1, "TOTAL", 100 if source == "a" else 150, source=source, load_seq=load)
    found = "guests_source, guests_foreign, guests_choice, guests_statements"
    assert one(either, found) == ("a", 100, UNDECLARED, 2)
    either.insert("ref_source", source_code="b", preference=1)
    assert one(either, found) == ("b", 150, "declared order", 2)


def rate(small: Small, day: date, base: str, value: str) -> None:
    small.insert(
        "core_exchange__rates", source="bank", rate_date=day, base_currency=base,
        quote_currency="IDR", rate_type="middle", rate=Decimal(value),
    )  # fmt: skip


def test_exports_of_any_currency_take_the_rate_of_the_year(either: Small) -> None:
    for month in range(1, 13):
        rate(either, date(2025, month, 1), "USD", "16000")
        rate(either, date(2025, month, 1), "AUD", "10000")
    sold(either, "44", 160_000, currency="IDR")
    sold(either, "09", 16, currency="AUD")
    sold(either, "62", 5, currency="EUR")
    columns = "exports_usd, exports_idr_per_usd, exports_rate_months, exports_rows_left_out"
    assert one(either, columns) == (Decimal(20), Decimal(16000), 12, 1)


def deal(small: Small, number: str, realised: Any, currency: str, day: date = YEAR) -> None:
    small.insert(
        "core_promotion__deals", source="office_deals", region_code="3505", event_id="P",
        deal_id=number, status="paid", status_date=day, currency=currency,
        value=Decimal(1), realised_value=None if realised is None else Decimal(realised),
    )  # fmt: skip


DEALS = "deals_realised_idr, deals_realised_usd, deals_realised_unknown, deals_without_rate"


def test_deals_of_every_currency_are_in_rupiah_and_dollars(either: Small) -> None:
    summer = date(2025, 7, 1)
    for day, dollars in ((YEAR, "16000"), (summer, "17000")):
        rate(either, day, "USD", dollars)
    rate(either, summer, "JPY", "110")
    deal(either, "1", 16_000, "IDR")
    deal(either, "2", 10, "USD", summer)
    deal(either, "3", 1700, "JPY", summer)
    deal(either, "4", None, "IDR")
    assert one(either, DEALS) == (
        Decimal(16_000 + 170_000 + 187_000), Decimal(1 + 10 + 11), 1, 0,
    )  # fmt: skip


def test_deals_without_a_rate_are_no_smaller_sum(either: Small) -> None:
    deal(either, "1", 16_000, "IDR")
    deal(either, "2", 10, "USD")
    found = one(either, DEALS)
    assert found[:3] == (None, None, 0)
    assert found[3] == 2


def test_own_figures_need_no_other_source(either: Small) -> None:
    sold(either, "44", 100)
    assert one(either, "exports_usd, grdp_constant_prices_idr") == (Decimal(100), None)


def test_growth_keeps_its_decimals(either: Small) -> None:
    for year, value in ((2024, "100000"), (2025, "100004")):
        either.insert(
            "core_context__indicators", source="s", indicator="grdp_constant_prices", area="IDN",
            region_code="3505", frequency="A", period_start=date(year, 1, 1),
            value=Decimal(value),
        )  # fmt: skip
    (found,) = either.rows("SELECT grdp_growth FROM mart_outcomes WHERE grdp_growth IS NOT NULL")
    assert found == (Decimal("0.00004"),)
