"""Growth: like with like, contributions that add up, and where a base is none."""

from __future__ import annotations

from datetime import date
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
from tests.unit.warehouse.trade_rows import Row, amounts, codes, export, load, near
from warehouse.indicators import growth

MART = "mart_trade_growth"


def found_in(small: Small, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return small.rows(
        f"SELECT {columns} FROM {MART} WHERE {where} "
        "ORDER BY over, period_start, product_code, partner_area"
    )


def to(partner: str, values: dict[int, float | None], code: str = "TOTAL", **more: Any
       ) -> list[Row]:  # fmt: skip
    return [export(v, code, partner=partner, year=year, **more) for year, v in values.items()]


NOW = "period_start = DATE '2024-01-01'"


def test_the_total_grows_over_those_who_are_known_in_both_years(either: Small) -> None:
    """Vietnam reports for the first time and Australia not yet: neither is growth."""
    load(either, [
        *to("JPN", {2023: 100, 2024: 120}), *to("MYS", {2023: 100, 2024: 90}),
        *to("VNM", {2024: 500}), *to("AUS", {2023: 500, 2024: None}),
        *to("WLD", {2023: 700, 2024: 710}), *to("EUU", {2023: 1, 2024: 9}),
    ])  # fmt: skip
    columns = ("partner_area, growth, reason, growth_contribution, set_members, set_value, "
               "set_value_year_before, set_growth, set_reason")  # fmt: skip
    of_set = (2, 210, 200, Decimal("0.05"), None)
    found = either.rows(f"SELECT {columns} FROM {MART} WHERE {NOW} AND currency IS NOT NULL "
                        "ORDER BY partner_area")  # fmt: skip
    assert found == [
        ("JPN", Decimal("0.2"), None, Decimal("0.1"), *of_set),
        ("MYS", Decimal("-0.1"), None, Decimal("-0.05"), *of_set),
        ("VNM", None, "base_missing", None, *of_set),
    ]
    assert found_in(either, "growth, reason", f"{NOW} AND partner_area = 'AUS'") == [
        (None, "value_missing")
    ]
    assert found_in(either, "partner_area", "partner_area IN ('WLD', 'EUU')") == []


def test_products_are_of_one_level_in_trade_with_the_world(either: Small) -> None:
    load(either, [
        *to("WLD", {2023: 60, 2024: 90}, "0901"), *to("WLD", {2023: 40, 2024: 40}, "4420"),
        *to("WLD", {2023: 60, 2024: 90}, "09"), *to("WLD", {2023: 100, 2024: 130}),
        *to("JPN", {2023: 7, 2024: 1}, "0901"),
    ])  # fmt: skip
    found = found_in(either, "product_code, growth_contribution, set_growth",
                     f"{NOW} AND over = 'product'")  # fmt: skip
    assert found == [
        ("09", Decimal("0.5"), Decimal("0.5")),
        ("0901", Decimal("0.3"), Decimal("0.3")),
        ("4420", 0, Decimal("0.3")),
    ]


def test_a_code_does_not_grow_across_revisions_but_the_total_does(either: Small) -> None:
    old = {"product_classification": "HS2017"}
    load(either, [
        *to("JPN", {2022: 10, 2023: 20}, "0901", **old), *to("JPN", {2024: 40}, "0901"),
        *to("JPN", {2022: 100, 2023: 110}, **old), *to("JPN", {2024: 121}),
    ])  # fmt: skip
    assert found_in(either, "product_code, growth, reason, set_growth, set_reason, cagr, "
                            "cagr_years, cagr_reason", NOW) == [
        ("0901", None, "revision_changed", None, "revision_changed", None, 0, "no_years"),
        ("TOTAL", Decimal("0.1"), None, Decimal("0.1"), None, Decimal("0.1"), 2, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "more", "reason"),
    [
        (0, {}, "base_zero"),
        (-5, {}, "base_negative"),
        (None, {}, "base_missing"),
        (5, {"period_end": date(2023, 7, 31)}, "coverage_differs"),
        (5, {"currency": "AUD"}, "currency_differs"),
        (5, {"period_start": date(2022, 1, 1)}, "base_missing"),
        (5, {"source": "other"}, "base_missing"),
        (5, {"valuation": "CIF"}, "base_missing"),
        (5, {"flow": "re-export"}, "base_missing"),
        (5, {"frequency": "M"}, "base_missing"),
    ],
)
def test_a_base_that_is_none_leaves_growth_empty(
    either: Small, base: float | None, more: dict[str, Any], reason: str
) -> None:
    load(either, [export(base, "0901", partner="JPN", year=2023, **more),
                  export(9, "0901", partner="JPN", period_end=date(2024, 12, 31))])  # fmt: skip
    assert found_in(either, "growth, reason, set_growth, growth_contribution", NOW) == [
        (None, reason, None, None)
    ]


def test_a_year_to_april_is_compared_with_the_same_months(either: Small) -> None:
    load(either, [export(v, "0901", partner="JPN", period_start=date(year, 4, 1),
                         period_end=date(year + 1, 3, 31))
                  for year, v in ((2023, 10), (2024, 15))])  # fmt: skip
    assert found_in(either, "growth, reason") == [(None, "base_missing"), (Decimal("0.5"), None)]


def test_the_annual_rate_is_over_the_years_between(either: Small) -> None:
    load(either, to("JPN", {2019: None, 2020: 100, 2022: 144, 2023: 0, 2024: -1}))
    assert found_in(either, "cagr, cagr_years, cagr_reason", "true") == [
        (None, None, "value_missing"), (None, 0, "no_years"), (Decimal("0.2"), 2, None),
        (-1, 3, None), (None, 4, "negative"),
    ]  # fmt: skip
    load(either, to("JPN", {2020: 0, 2022: 144}))
    assert found_in(either, "cagr, cagr_reason") == [(None, "no_years"), (None, "base_zero")]


def years_of(values: Floats) -> list[Row]:
    """Years × products, an unknown one without a row."""
    names = codes(values.shape[1])
    return [export(float(v), code, year=2015 + t) for t, row in enumerate(values)
            for v, code in zip(row, names, strict=True) if not np.isnan(v)]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_numpy_agrees(small: SmallWarehouse, seed: int) -> None:
    values = amounts(seed, 5, 7)
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = np.nan
    load(small, years_of(values))
    own, sets = growth.growth(values), growth.growth_on_equal_sets(values)
    parts = growth.contributions(values)
    found = {(row[0] - 2015, row[1]): row[2:] for row in found_in(
        small, "extract(YEAR FROM period_start), product_code, growth, set_growth, "
        "growth_contribution, cagr")}  # fmt: skip
    for j, code in enumerate(codes(7)):
        first = int(np.argmax(~np.isnan(values[:, j])))
        for t in range(5):
            if np.isnan(values[t, j]):
                continue
            rate = growth.cagr(values[first, j], values[t, j], t - first)
            expected = (own[t, j], sets[t], parts[t, j], float(rate))
            assert all(near(a, b) for a, b in zip(found[t, code], expected, strict=True)), (t, code)


@settings(max_examples=20)
@given(values=npst.arrays(float, st.tuples(st.just(2), st.integers(1, 7)),
                          elements=st.integers(0, 10**6).map(float)))  # fmt: skip
def test_contributions_add_up(small: SmallWarehouse, values: Floats) -> None:
    load(small, years_of(values))
    rows = found_in(small, "growth_contribution, set_growth, set_reason",
                    "period_start = DATE '2016-01-01'")  # fmt: skip
    assert {row[1:] for row in rows} == {rows[0][1:]}
    if values[0].sum() == 0:
        assert rows[0] == (None, None, "base_zero")
    else:
        assert near(sum(row[0] for row in rows), float(rows[0][1]))


def test_nothing_is_no_error(either: Small) -> None:
    load(either, [])
    assert found_in(either, "growth") == []
