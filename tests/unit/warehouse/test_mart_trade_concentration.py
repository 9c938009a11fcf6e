"""Concentration by product and by market: members are one level, countries, and nearly all."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from tests.golden import Floats
from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.trade_rows import AREAS, amounts, codes, export, load, near
from warehouse.indicators import concentration

MART = "mart_trade_concentration"


def found_in(small: Small, columns: str) -> list[tuple[Any, ...]]:
    return small.rows(
        f"SELECT over, product_code, product_level, {columns} FROM {MART} "
        "ORDER BY over, product_level, product_code"
    )


def test_by_market_the_world_and_groups_are_no_members(either: Small) -> None:
    load(either, [
        export(100), export(60, partner="JPN"), export(40, partner="AUS"),
        export(70, partner="EUU"),
    ])  # fmt: skip
    columns = "members, whole_value, known_share, hhi, hhi_normalised, top_share, reason"
    assert found_in(either, columns) == [
        ("market", "TOTAL", 0, 2, 100, 1, Decimal("0.52"), Decimal("0.04"), Decimal("0.6"), None),
    ]  # fmt: skip
    ((theil,),) = either.rows(f"SELECT theil FROM {MART}")
    assert near(theil, 0.6 * math.log(1.2) + 0.4 * math.log(0.8))


def test_by_product_levels_stand_apart_and_what_is_unspecified_is_no_product(
    either: Small,
) -> None:
    load(either, [
        export(100), export(50, "09"), export(30, "44"), export(20, "99"),
        export(50, "0901"), export(30, "4420"), export(20, "9999"),
    ])  # fmt: skip
    columns = "members, members_total_value, unspecified_value, known_share, hhi, top_share"
    assert found_in(either, columns) == [
        ("product", "TOTAL", level, 2, 80, 20, 1, Decimal("0.53125"), Decimal("0.5"))
        for level in (2, 4)
    ]


def test_a_selection_of_the_members_has_no_concentration(either: Small) -> None:
    """The largest share is of the whole, so it is known all the same."""
    load(either, [export(100), export(50, partner="JPN"), export(39, partner="AUS"),
                  export(50, "0901")])  # fmt: skip
    assert found_in(either, "hhi, hhi_normalised, theil, known_share, top_share, reason") == [
        ("market", "TOTAL", 0, None, None, None, Decimal("0.89"), Decimal("0.5"),
         "members_missing"),
        ("product", "TOTAL", 4, None, None, None, Decimal("0.5"), Decimal("0.5"),
         "members_missing"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "reason"),
    [([0, 0], "total_zero"), ([None, None], "no_values"), ([5, -1], "negative")],
)
def test_what_has_no_shares_has_a_reason(
    either: Small, values: list[float | None], reason: str
) -> None:
    load(either, [export(v, partner=a) for v, a in zip(values, ("JPN", "AUS"), strict=True)])
    columns = "hhi, hhi_normalised, theil, top_share, reason"
    assert found_in(either, columns) == [("market", "TOTAL", 0, None, None, None, None, reason)]


def test_one_member_has_no_normalised_index_and_an_unknown_one_is_counted(either: Small) -> None:
    load(either, [export(5), export(5, partner="JPN"), export(None, partner="AUS")])
    columns = "members, members_unknown, hhi, hhi_normalised, theil, known_share"
    assert found_in(either, columns) == [
        ("market", "TOTAL", 0, 1, 1, 1, None, 0, 1)
    ]  # fmt: skip


def test_a_source_that_asks_for_one_partner_has_no_concentration(either: Small) -> None:
    """What Japan buys from Indonesia alone says nothing of its other suppliers."""
    load(either, [export(5, partner="JPN")])
    assert found_in(either, "members, hhi, theil, top_share, reason") == [
        ("market", "TOTAL", 0, 1, None, None, None, "members_missing")
    ]


@pytest.mark.parametrize("apart", [
    {"source": "other"}, {"product_classification": "HS2017"}, {"valuation": "CIF"},
    {"flow": "import"}, {"flow": "re-export"}, {"frequency": "M"}, {"region_code": "3505"},
    {"breakdown_type": "port", "breakdown_code": "P"},
])  # fmt: skip
def test_what_stands_apart_is_not_mixed_in(small: SmallWarehouse, apart: dict[str, Any]) -> None:
    rows = [export(60, partner="JPN"), export(40, partner="AUS")]
    load(small, [*rows, export(900, partner="VNM", **apart)])
    assert small.rows(f"SELECT hhi FROM {MART} WHERE members = 2") == [(Decimal("0.52"),)]


def test_two_currencies_are_not_added(either: Small) -> None:
    load(either, [export(60, partner="JPN"), export(40, partner="AUS", currency="AUD")])
    assert found_in(either, "hhi, top_share, reason") == [
        ("market", "TOTAL", 0, None, None, "currency_differs")
    ]


def of_products(values: Floats) -> list[dict[str, Any]]:
    return [export(float(v), code) for v, code in zip(values, codes(len(values)), strict=True)]


@pytest.mark.parametrize("seed", range(6))
def test_numpy_agrees(small: SmallWarehouse, seed: int) -> None:
    values = amounts(seed, 12)
    markets = [export(float(v), "4420", partner=a) for v, a in zip(values, AREAS[1:], strict=False)]
    load(small, [*of_products(values), *markets])
    for over, members in (("product", values), ("market", values[: len(AREAS) - 1])):
        ((hhi, normalised, theil),) = small.rows(
            f"SELECT hhi, hhi_normalised, theil FROM {MART} WHERE over = '{over}'"
        )
        assert near(hhi, concentration.hhi(members))
        assert near(normalised, concentration.hhi_normalised(members))
        assert near(theil, concentration.theil(members))


@settings(max_examples=20)
@given(values=npst.arrays(float, st.integers(2, 8), elements=st.integers(0, 10**6).map(float)))
def test_bounds(small: SmallWarehouse, values: Floats) -> None:
    load(small, of_products(values))
    ((hhi, normalised, theil, top, reason),) = small.rows(
        f"SELECT hhi, hhi_normalised, theil, top_share, reason FROM {MART}"
    )
    if not values.any():
        assert (hhi, normalised, theil, top, reason) == (None, None, None, None, "total_zero")
        return
    n = len(values)
    assert 1 / n - 1e-9 <= hhi <= 1
    assert 0 <= normalised <= 1
    assert 0 <= theil <= math.log(n) + 1e-9
    assert hhi <= top <= 1
    load(small, of_products(np.full(n, values.max())))
    ((hhi, normalised, theil),) = small.rows(f"SELECT hhi, hhi_normalised, theil FROM {MART}")
    assert near(hhi, 1 / n)
    assert (normalised, theil) == (0, 0)
