"""Unit values with their limits, and the real exchange rate beside exports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.trade_rows import AREAS, Row, execute, export, load, near
from warehouse import marts
from warehouse.indicators import outliers

PRICES = "mart_trade_unit_values"
REAL = "mart_real_exchange_rate"
COFFEE = "090111"


def sold(value: float | None, kilograms: float | None, partner: str = "JPN", **more: Any) -> Row:
    weight = None if kilograms is None else Decimal(str(kilograms))
    return export(value, **{"code": COFFEE, "partner": partner, "net_weight_kg": weight, **more})


def five(*prices: float) -> list[Row]:
    return [sold(p * 10, 10, a) for p, a in zip(prices, AREAS[1:], strict=False)]


def test_a_price_outside_of_three_deviations_is_flagged(either: Small) -> None:
    load(either, five(1, 2, 3, 4, 50))
    assert either.rows(
        "SELECT partner_area, unit_value_per_kg, unit_values, median_per_kg, mad_per_kg, "
        f"lower_limit_per_kg, upper_limit_per_kg, is_outlier, reason FROM {PRICES} ORDER BY 2"
    ) == [
        (partner, price, 5, 3, Decimal("1.4826"), Decimal("-1.4478"), Decimal("7.4478"),
         price == 50, None)
        for partner, price in zip(AREAS[1:], (1, 2, 3, 4, 50), strict=False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prices", "reason"), [((1, 2, 3, 90), "few_values"), ((2, 2, 2, 3, 90), "mad_zero")]
)
def test_without_limits_nothing_is_flagged(
    either: Small, prices: tuple[float, ...], reason: str
) -> None:
    load(either, five(*prices))
    assert set(either.rows(
        f"SELECT lower_limit_per_kg, upper_limit_per_kg, is_outlier, reason FROM {PRICES}"
    )) == {(None, None, None, reason)}  # fmt: skip


def test_prices_that_differ_as_rounding_does_are_usual(either: Small) -> None:
    """A MAD of 0.003 counts as 0.02, 1 percent of the median."""
    load(either, [*five(2, 2.001, 2.001, 1.999, 2.06), sold(20.61, 10, reporter="USA"),
                  sold(19.38, 10, "AUS", reporter="USA")])  # fmt: skip
    assert either.rows(
        "SELECT unit_value_per_kg, median_per_kg, mad_per_kg, lower_limit_per_kg, "
        f"upper_limit_per_kg, is_outlier FROM {PRICES} ORDER BY 1"
    ) == [
        (Decimal(price), Decimal("2.001"), Decimal("0.0029652"), Decimal("1.94097"),
         Decimal("2.06103"), price == "1.938")
        for price in ("1.938", "1.999", "2", "2.001", "2.001", "2.06", "2.061")
    ]  # fmt: skip


def test_prices_are_calculated_once() -> None:
    every = marts.all_marts()
    assert every["mart_trade_unit_limits"].mentioned() == {"mart_trade_unit_prices"}
    assert every["mart_trade_unit_values"].mentioned() == {
        "mart_trade_unit_prices", "mart_trade_unit_limits",
    }  # fmt: skip


NOT_PRICED = [
    sold(10, None), sold(10, 0), sold(None, 5), sold(10, 5, net_weight_estimated=True),
    sold(10, 5, value_status="estimated"), sold(10, 5, code="0901"), sold(10, 5, code="TOTAL"),
    sold(10, 5, "WLD"), sold(10, 5, "EUU"), sold(10, 5, flow="re-export"),
    sold(10, 5, breakdown_type="port", breakdown_code="P"), sold(10, 5, region_code="3505"),
]  # fmt: skip


def test_only_reported_weights_of_six_digits_have_a_unit_value(either: Small) -> None:
    """Zero is no weight, an estimate is no price, a heading is a mix."""
    load(either, [])
    for row in NOT_PRICED:
        apart = {**row, "reporter_area": "USA"}  # beside prices that have limits
        load(either, [*five(1, 2, 3, 4, 5), apart])
        assert either.rows(f"SELECT unit_value_per_kg FROM {PRICES} ORDER BY 1") == [
            (1,), (2,), (3,), (4,), (5,)
        ]  # fmt: skip
    load(either, [sold(10, 4, code="09011110"), sold(0, 4)])
    assert either.rows(f"SELECT unit_value_per_kg FROM {PRICES} ORDER BY 1") == [
        (0,), (Decimal("2.5"),)
    ]  # fmt: skip


@pytest.mark.parametrize("apart", [
    {"source": "other"}, {"frequency": "M"}, {"flow": "import"}, {"valuation": "CIF"},
    {"product_classification": "HS2017"}, {"currency": "AUD"}, {"code": "090112"},
    {"period_start": date(2023, 1, 1)},
])  # fmt: skip
def test_prices_are_compared_with_their_like(small: SmallWarehouse, apart: dict[str, Any]) -> None:
    load(small, [*five(1, 2, 3, 4, 5), sold(9000, 10, **apart)])
    assert dict(small.rows(
        f"SELECT median_per_kg, count(*) FROM {PRICES} GROUP BY 1"
    )) == {3: 5, 900: 1}  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_numpy_agrees(small: SmallWarehouse, seed: int) -> None:
    chance = np.random.default_rng(seed)
    count = 4 + seed
    values, weights = chance.lognormal(5, 1, count).round(4), chance.lognormal(2, 1, count).round(4)
    pairs = [(a, r) for r in ("IDN", "USA") for a in AREAS[1:5]]
    load(small, [sold(float(v), float(w), a, reporter=r)
                 for v, w, (a, r) in zip(values, weights, pairs, strict=False)])  # fmt: skip
    count = min(count, 8)
    prices = values[:count] / weights[:count]
    limits = outliers.mad_limits(prices, least=0.01)
    flags = outliers.is_outlier(prices, limits)
    rows = small.rows(
        "SELECT unit_value_per_kg, is_outlier, lower_limit_per_kg, upper_limit_per_kg, "
        f"median_per_kg, mad_per_kg FROM {PRICES} ORDER BY 1"
    )
    order = np.argsort(prices)
    for (price, flag, *found), i in zip(rows, order, strict=True):
        assert near(price, prices[i])
        assert bool(flag) == bool(flags[i])
        expected = (limits.lower, limits.upper, limits.median, limits.deviation)
        assert all(near(a, b) for a, b in zip(found, expected, strict=True))


def figure(indicator: str, area: str, year: int, value: float | None) -> Row:
    return {"source": "bank", "indicator": indicator, "area": area, "region_code": "TOTAL",
            "frequency": "A", "period_start": date(year, 1, 1), "unit": "x",
            "value": None if value is None else Decimal(str(value)), "release_stage": "final",
            "value_status": "observed", "recorded_at": "2026-02-01 00:00:00+00"}  # fmt: skip


def prices(area: str, per_usd: dict[int, float], cpi: dict[int, float | None]) -> list[Row]:
    return [*(figure("PA.NUS.FCRF", area, y, v) for y, v in per_usd.items()),
            *(figure("FP.CPI.TOTL", area, y, v) for y, v in cpi.items())]  # fmt: skip


def context(small: Small, *rows: Row) -> None:
    load(small, rows, "core_context__indicators")


def test_the_real_rate_beside_exports(either: Small) -> None:
    """The rupiah falls by a quarter and prices rise by a quarter more than in Japan: no gain."""
    context(either,
            *prices("IDN", {2023: 12000, 2024: 15000}, {2023: 100, 2024: 125}),
            *prices("JPN", {2023: 120, 2024: 120}, {2023: 100, 2024: 100}))  # fmt: skip
    load(either, [export(100, partner="JPN", year=2023), export(110, partner="JPN")])
    columns = ("exporter_area, partner_area, nominal_rate, real_rate, real_rate_index, "
               "real_rate_change, reason, export_value, export_growth, export_reason")  # fmt: skip
    assert either.rows(f"SELECT {columns} FROM {REAL} ORDER BY period_start") == [
        ("IDN", "JPN", 100, 100, 100, None, None, 100, None, "base_missing"),
        ("IDN", "JPN", 125, 100, 100, 0, None, 110, Decimal("0.1"), None),
    ]


def test_the_index_begins_in_2015_where_that_is_known(either: Small) -> None:
    years = (2014, 2015, 2016)
    context(either, *prices("IDN", dict.fromkeys(years, 10000), {2014: 100, 2015: 100, 2016: 80}),
            *prices("JPN", dict.fromkeys(years, 100), dict.fromkeys(years, 50)))  # fmt: skip
    load(either, [export(1, partner="JPN", year=y) for y in years])
    assert either.rows(
        f"SELECT index_base_start, real_rate_index FROM {REAL} ORDER BY period_start"
    ) == [(date(2015, 1, 1), 100), (date(2015, 1, 1), 100), (date(2015, 1, 1), 125)]


@pytest.mark.parametrize(
    ("per_usd", "cpi", "reason"),
    [
        ({2024: 120}, {}, "prices_missing"),
        ({2024: 120}, {2024: None}, "prices_missing"),
        ({}, {2024: 100}, "rate_missing"),
        ({}, {}, "rate_missing"),
        ({2024: 0}, {2024: 100}, "negative"),
    ],
)
def test_without_prices_or_a_rate_there_is_no_real_rate(
    either: Small, per_usd: dict[int, float], cpi: dict[int, float | None], reason: str
) -> None:
    context(either, *prices("IDN", {2024: 15000}, {2024: 100}), *prices("JPN", per_usd, cpi))
    load(either, [export(110, partner="JPN")])
    assert either.rows(
        f"SELECT real_rate, real_rate_index, real_rate_change, reason, export_value FROM {REAL}"
    ) == [(None, None, None, reason, 110)]


def test_nothing_is_no_error(either: Small) -> None:
    execute(either, "DELETE FROM core_context__indicators")
    load(either, [export(110, partner="JPN")])
    assert either.rows(f"SELECT * FROM {REAL}") == []
