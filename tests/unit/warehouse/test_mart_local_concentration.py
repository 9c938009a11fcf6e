"""Concentration of what a region's own firms export: each good once, levels apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.trade_rows import AREAS, amounts, export, load, near
from warehouse.indicators import concentration
from warehouse.marts.mart_local_concentration import once

MART = "mart_local_concentration"


def sold(value: float | None, code: str = "442011", partner: str = "JPN", month: int | None = None,
         **more: Any) -> dict[str, Any]:  # fmt: skip
    return {
        "source": "local_exports", "source_org": "Dinas", "region_code": "3505",
        "frequency": "M" if month else "A", "period_start": date(2025, month or 1, 1),
        "partner_area": partner, "product_code": code, "currency": "IDR",
        "value": None if value is None else Decimal(str(value)),
        "value_status": "suppressed" if value is None else "observed",
        "release_stage": "final", "recorded_at": "2026-01-01 00:00:00+00", "load_seq": 1, **more,
    }  # fmt: skip


def given(small: Small, *rows: dict[str, Any]) -> None:
    load(small, rows, "core_trade__local_exports")


def found_in(small: Small, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return small.rows(
        f"SELECT over, product_level, {columns} FROM {MART} WHERE {where} "
        "ORDER BY region_code, source_org, year_start, over, product_level"
    )


def test_by_product_and_by_market(either: Small) -> None:
    given(either, sold(50), sold(30, "090111"), sold(20, "090111", "AUS"))
    columns = (
        "members, members_total_value, whole_value, known_share, hhi, hhi_normalised, top_share"
    )
    expected = [("market", 0, 2, 100, 100, 1, Decimal("0.68"), Decimal("0.36"), Decimal("0.8"))]
    expected += [("product", level, 2, 100, 100, 1, Decimal("0.5"), 0, Decimal("0.5"))
                 for level in (2, 4, 6)]  # fmt: skip
    assert found_in(either, columns) == expected


@pytest.mark.parametrize("seed", range(4))
def test_the_national_mart_and_the_functions_agree(either: Small, seed: int) -> None:
    """The same exports as a statement of the region and of the country."""
    values = amounts(seed, len(AREAS) - 1)
    pairs = list(zip(values.tolist(), AREAS[1:], strict=True))
    given(either, *(sold(value, "TOTAL", area) for value, area in pairs),
          sold(values.sum(), "TOTAL", "WLD"))  # fmt: skip
    load(either, [*(export(value, partner=area) for value, area in pairs), export(values.sum())])
    columns = "hhi, hhi_normalised, theil, top_share, known_share, members, reason"
    own, national = (
        either.rows(f"SELECT {columns} FROM {mart} WHERE over = 'market'")
        for mart in (MART, "mart_trade_concentration")
    )
    assert own == national
    ((hhi, _, theil, *_),) = own
    assert near(hhi, concentration.hhi(values))
    assert near(theil, concentration.theil(values))


def test_a_code_and_what_refines_it_count_once(either: Small) -> None:
    """Headings that are not split are no products of six digits, and part of the whole."""
    given(either, sold(60, "4420"), sold(45, "442011"), sold(15, "442019"), sold(40, "0901"),
          sold(10, "6110"), sold(7, "611020"))  # fmt: skip
    columns = "members, members_total_value, whole_value, reason"
    assert found_in(either, columns, "over = 'product'") == [
        ("product", 2, 3, 110, 110, None), ("product", 4, 3, 110, 110, None),
        ("product", 6, 2, 60, 110, "members_missing"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"44": 9, "4420": 5, "442011": 5}, {"44": 9}),
        ({"44": 9, "4420": 5, "4412": 4}, {"4420": 5, "4412": 4}),
        ({"4420": None, "442011": 5}, {"442011": 5}),
        ({"TOTAL": 9, "4420": 5}, {"TOTAL": 9, "4420": 5}),
    ],
)
def test_the_finest_codes_unless_the_shortest_is_more(
    codes: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert once({c: None if v is None else Decimal(v) for c, v in codes.items()}) == expected


def test_the_world_is_the_whole_and_groups_are_no_market(either: Small) -> None:
    given(either, sold(100, "TOTAL", "WLD"), sold(80, "4420", "WLD"), sold(20, "9999", "WLD"),
          sold(30, "TOTAL"), sold(50, "TOTAL", "AUS"), sold(70, "TOTAL", "EUU"))  # fmt: skip
    columns = "members, whole_value, unspecified_value, known_share, hhi, top_share, reason"
    assert found_in(either, columns) == [
        ("market", 0, 2, 100, None, Decimal("0.8"), None, Decimal("0.5"), "members_missing"),
        ("product", 2, 1, 100, 20, 1, 1, Decimal("0.8"), None),
        ("product", 4, 1, 100, 20, 1, 1, Decimal("0.8"), None),
    ]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([sold(0), sold(0, partner="AUS")], "total_zero"),
        ([sold(None), sold(None, partner="AUS")], "no_values"),
        ([sold(5), sold(-1, partner="AUS")], "negative"),
        ([sold(5), sold(5, partner="AUS", currency="USD")], "currency_differs"),
    ],
)
def test_what_has_no_shares_has_a_reason(
    either: Small, more: list[dict[str, Any]], reason: str
) -> None:
    given(either, *more)
    columns = "hhi, hhi_normalised, theil, top_share, reason"
    assert found_in(either, columns, "over = 'market'")[0][2:] in {
        (None, None, None, None, reason), (None, None, None, 0, reason),
    }  # fmt: skip


def test_months_are_a_year_where_there_is_no_annual_row(either: Small) -> None:
    """Statements of two offices and two years stand apart."""
    given(either, *(sold(10, month=m) for m in range(1, 13)), sold(40, partner="AUS", month=3),
          sold(7, partner="AUS", source_org="Other", month=2), sold(9, source_org="Other"),
          sold(1, period_start=date(2024, 1, 1)))  # fmt: skip
    assert found_in(either, "year_start, frequency, periods, is_complete, members, hhi",
                    "over = 'market'") == [
        ("market", 0, date(2024, 1, 1), "A", 1, True, 1, 1),
        ("market", 0, date(2025, 1, 1), "M", 12, True, 2, Decimal("0.625")),
        ("market", 0, date(2025, 1, 1), "A", 1, True, 1, 1),
    ]  # fmt: skip


def test_an_unknown_member_is_counted_and_makes_the_whole_unknown(either: Small) -> None:
    given(either, sold(60), sold(40, partner="AUS"), sold(None, partner="VNM"))
    columns = "members, members_unknown, whole_value, known_share, hhi, reason"
    assert found_in(either, columns, "over = 'market'") == [
        ("market", 0, 2, 1, None, None, Decimal("0.52"), None)
    ]
    given(either, sold(60), sold(40, partner="AUS"),
          sold(None, partner="VNM", value_status="below_unit"))  # fmt: skip
    assert found_in(either, "members, whole_value", "over = 'market'") == [("market", 0, 3, 100)]


def test_amounts_are_exact(tables: SmallWarehouse) -> None:
    given(tables, sold(Decimal("12345678901234567.8901")), sold(Decimal("0.0001"), "090111"))
    assert tables.rows(f"SELECT DISTINCT members_total_value FROM {MART} WHERE over = 'product'"
                       ) == [(Decimal("12345678901234567.8902"),)]  # fmt: skip


def test_nothing_is_no_error(either: Small) -> None:
    given(either)
    assert either.rows(f"SELECT * FROM {MART}") == []
