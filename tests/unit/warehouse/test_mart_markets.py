"""Markets for one country's exports: how attractive, how fitting, and what is possible there."""

from __future__ import annotations

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
from tests.unit.warehouse.trade_rows import AREAS, Row, amounts, bought, codes, export, load, near
from warehouse.indicators import concentration, growth, trade

SIZE = "mart_market_attractiveness"
POTENTIAL = "mart_export_potential"
FIT = "mart_trade_complementarity"
MARKETS = AREAS[1:5]


def found_in(small: Small, mart: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    order = "period_start, market_area" + ("" if mart == FIT else ", product_code")
    return small.rows(f"SELECT {columns} FROM {mart} WHERE {where} ORDER BY {order}")


def test_size_growth_suppliers_and_share(either: Small) -> None:
    rows = []
    for year, world in ((2021, 100), (2022, 120), (2023, None), (2024, 172.8)):
        rows += [bought(world, "0901", year=year), bought(50, "0901", partner="IDN", year=year)]
    rows += [bought(122.8, "0901", partner="VNM"), bought(900, "0901", partner="EUU"),
             bought(50, "0901", "IDN"), bought(50, "0901", "IDN", "VNM")]  # fmt: skip
    load(either, rows)
    columns = ("market_area, exporter_area, import_value, import_mean_value, import_years, "
               "import_cagr, cagr_years, suppliers, exporter_share, share_reason")  # fmt: skip
    assert found_in(either, SIZE, columns, "period_start = DATE '2024-01-01'") == [
        ("JPN", "IDN", Decimal("172.8"), Decimal("146.4"), 2, Decimal("0.2"), 3, 2,
         Decimal("0.2893518519"), None)
    ]  # fmt: skip
    ((hhi, known, reason),) = found_in(
        either, SIZE, "suppliers_hhi, suppliers_known_share, suppliers_reason",
        "period_start = DATE '2024-01-01'")  # fmt: skip
    assert near(hhi, concentration.hhi(np.array([50, 122.8])))
    assert (known, reason) == (1, None)


def test_what_is_not_known_of_a_market_is_empty_with_a_reason(either: Small) -> None:
    load(either, [
        bought(100, "0901"), bought(50, "0901", partner="VNM"),  # no Indonesia, half unknown
        bought(None, "0902"), bought(5, "0902", partner="IDN"),
        bought(0, "0903"), bought(0, "0903", partner="IDN"),
        bought(10, "0904"), bought(None, "0904", partner="IDN"),
        bought(10, "0901", "AUS"),  # this source names no supplier of Australia
    ])  # fmt: skip
    columns = ("market_area, product_code, import_value, exporter_share, share_reason, "
               "suppliers_hhi, suppliers_reason, import_cagr, cagr_reason")  # fmt: skip
    assert found_in(either, SIZE, columns) == [
        ("JPN", "0901", 100, None, "partner_missing", None, "members_missing", None, "no_years"),
        ("JPN", "0902", None, None, "value_missing", None, "members_missing", None,
         "value_missing"),
        ("JPN", "0903", 0, None, "total_zero", None, "total_zero", None, "no_years"),
        ("JPN", "0904", 10, None, "partner_missing", None, "no_values", None, "no_years"),
    ]  # fmt: skip


def test_growth_of_a_market_stays_within_a_revision(either: Small) -> None:
    load(either, [
        bought(100, "0901", year=2023, product_classification="HS2017"),
        bought(9, "0901", partner="VNM", year=2023, product_classification="HS2017"),
        bought(300, "0901"), bought(9, "0901", partner="VNM"),
    ])  # fmt: skip
    assert found_in(either, SIZE, "import_mean_value, import_years, cagr_reason") == [
        (100, 1, "no_years"), (300, 1, "no_years")
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_numpy_agrees_on_markets(small: SmallWarehouse, seed: int) -> None:
    """Years × suppliers of one product."""
    values = amounts(seed, 5, 6)
    suppliers = [a for a in AREAS if a != "JPN"]
    rows = [bought(float(values[t].sum().round(4)), "0901", year=2015 + t) for t in range(5)]
    for t in range(5):
        rows += [bought(float(v), "0901", partner=a, year=2015 + t)
                 for v, a in zip(values[t], suppliers, strict=False)]  # fmt: skip
    load(small, rows)
    world = values.sum(axis=1)
    found = found_in(small, SIZE, "import_mean_value, import_cagr, suppliers_hhi, exporter_share")
    for t, (mean, rate, hhi, share) in enumerate(found):
        assert float(mean) == pytest.approx(world[max(0, t - 2) : t + 1].mean(), abs=1e-4)
        assert near(rate, float(growth.cagr(world[0], world[t], t)))
        assert near(hhi, concentration.hhi(values[t]))
        assert near(share, values[t, 0] / world[t])


def of_supply(own: float, others: float, code: str, **more: Any) -> list[Row]:
    """What Indonesia and the other reporters sell to the world."""
    return [export(own, code, **more), export(others, code, "VNM", **more)]


def of_market(world: float | None, own: float | None, code: str, market: str = "JPN",
              **more: Any) -> list[Row]:  # fmt: skip
    return [bought(world, code, market, source="markets", **more),
            bought(own, code, market, "IDN", source="markets", **more)]  # fmt: skip


ALL = ("product_code, supply_share, demand_value, ease_index, ease_products, actual_value, "
       "potential_neutral_value, potential_value, unrealised_value, reason")  # fmt: skip


def test_potential_is_supply_by_ease_by_demand(either: Small) -> None:
    """Japan buys half of what its demand and Indonesia's supply would lead to: 30 of 20 + 40."""
    load(either, [*of_supply(20, 80, "0901"), *of_supply(10, 10, "4420"),
                  *of_market(100, 25, "0901"), *of_market(80, 5, "4420")])  # fmt: skip
    half = Decimal("0.5")
    assert found_in(either, POTENTIAL, ALL) == [
        ("0901", Decimal("0.2"), 100, half, 2, 25, 20, 10, 0, None),
        ("4420", half, 80, half, 2, 5, 40, 20, 15, None),
    ]
    assert found_in(either, POTENTIAL, "source, supply_source, supply_reporters, valuation, "
                                       "supply_valuation")[0] == (
        "markets", "un", 2, "CIF", "FOB")  # fmt: skip


def test_where_a_part_is_unknown_potential_is_empty_with_a_reason(either: Small) -> None:
    load(either, [
        *of_supply(20, 80, "0901"), *of_supply(20, 80, "0902"), *of_supply(20, 80, "0903"),
        *of_market(100, 10, "0901"),
        *of_market(None, 10, "0902"),  # demand
        bought(100, "0903", source="markets"),  # Indonesia is not among the suppliers
        *of_market(100, 10, "0904"),  # nobody's exports are known
        *of_market(100, None, "0901", "AUS"),
        *of_market(100, 10, "0901", "CHN", product_classification="HS2017"),
    ])  # fmt: skip
    columns = ("market_area, product_code, ease_index, potential_neutral_value, "
               "potential_value, unrealised_value, reason")  # fmt: skip
    found = found_in(either, POTENTIAL, columns)
    half = Decimal("0.5")
    assert found == [
        ("AUS", "0901", None, 20, None, None, "partner_missing"),
        ("CHN", "0901", None, None, None, None, "revision_differs"),
        ("JPN", "0901", half, 20, 10, 0, None),
        ("JPN", "0902", None, None, None, None, "value_missing"),
        ("JPN", "0903", half, 20, 10, None, "partner_missing"),
        ("JPN", "0904", half, None, None, None, "supply_missing"),
    ]


@pytest.mark.parametrize(
    ("supply", "market", "reason"),
    [
        ([export(20, "0901")], of_market(100, 10, "0901"), "supply_undefined"),  # one reporter
        (of_supply(0, 0, "0901"), of_market(100, 10, "0901"), "supply_undefined"),
        (of_supply(0, 5, "0901"), of_market(100, 10, "0901"), "total_zero"),
        (of_supply(5, 5, "0901"), of_market(0, 0, "0901"), "total_zero"),
        (of_supply(5, 5, "0901"), of_market(-1, 0, "0901"), "negative"),
    ],
)
def test_nothing_to_divide_by_is_no_potential(
    either: Small, supply: list[Row], market: list[Row], reason: str
) -> None:
    load(either, [*supply, *market])
    assert found_in(either, POTENTIAL, "ease_index, potential_value, reason") == [
        (None, None, reason)
    ]


def some_market(values: Floats, world: Floats, own: Floats) -> list[Row]:
    names = codes(len(values))
    rows = [row for v, code in zip(values, names, strict=True) for row in
            of_supply(float(v[0]), float(v[1]), code)]  # fmt: skip
    return rows + [row for w, o, code in zip(world, own, names, strict=True)
                   for row in of_market(float(w), float(o), code)]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_numpy_agrees_on_potential(small: SmallWarehouse, seed: int) -> None:
    values = amounts(seed, 6, 2) + 1
    world, own = amounts(seed + 50, 6), amounts(seed + 90, 6)
    load(small, some_market(values, world, own))
    supply = values[:, 0] / values.sum(axis=1)
    ease = trade.ease(float(own.sum()), supply, world)
    neutral = trade.potential(supply, world)
    expected = trade.potential(supply, world, ease)
    found = found_in(small, POTENTIAL, "potential_neutral_value, potential_value, unrealised_value")
    for i, row in enumerate(found):
        wanted = (neutral[i], expected[i], trade.unrealised(expected, own)[i])
        assert [float(v) for v in row] == pytest.approx(wanted, rel=1e-6, abs=1e-3)


SIX = npst.arrays(float, st.just((4, 4)), elements=st.integers(1, 10**6).map(float))


@settings(max_examples=20)
@given(values=SIX)
def test_with_a_neutral_ease_potential_is_supply_by_demand(
    small: SmallWarehouse, values: Floats
) -> None:
    load(small, some_market(values[:, :2], values[:, 2], values[:, 3]))
    rows = found_in(small, POTENTIAL, "supply_share, demand_value, potential_neutral_value, "
                    "unrealised_value, potential_value, ease_index")  # fmt: skip
    for share, demand, neutral, unrealised, potential, ease in rows:
        assert abs(share * demand - neutral) <= Decimal("0.0001")
        assert unrealised >= 0
        assert abs(potential - neutral * ease) <= Decimal("0.0001")
    known = sum(row[4] for row in rows)
    assert float(known) == pytest.approx(
        values[:, 3].sum(), rel=1e-6, abs=1e-3
    )  # it only moves the sum


def sides(exports: list[float | None], imports: list[float | None], **more: Any) -> list[Row]:
    """Indonesia's exports and Japan's imports by product."""
    names = codes(len(exports))
    return [*(export(v, c) for v, c in zip(exports, names, strict=True)),
            *(bought(v, c, **more) for v, c in zip(imports, names, strict=True))]  # fmt: skip


@pytest.mark.parametrize(
    ("exports", "imports", "index", "reason"),
    [
        ([1, 2, 3], [10, 20, 30], 100, None),
        ([1, 0, 3], [0, 5, 0], 0, None),
        ([1, 1, 0], [1, 3, 0], 75, None),
        ([0, 0, 0], [1, 3, 0], None, "total_zero"),
        ([1, 2, 3], [None, None, None], None, "no_values"),
    ],
)
def test_complementarity(
    either: Small, exports: list[Any], imports: list[Any], index: int | None, reason: str | None
) -> None:
    load(either, sides(exports, imports))
    assert found_in(either, FIT, "market_area, complementarity_index, reason") == [
        ("JPN", index, reason)
    ]


def test_complementarity_is_of_one_revision_and_nearly_all_products(either: Small) -> None:
    load(either, [*sides([1, 2], [1, 2], product_classification="HS2017")])
    assert found_in(either, FIT, "complementarity_index, reason") == [(None, "revision_differs")]
    load(either, [*sides([1, 2], [1, 2]), bought(4)])
    assert found_in(either, FIT, "complementarity_index, import_known_share, reason") == [
        (None, Decimal("0.75"), "members_missing")
    ]
    load(either, [*sides([1, 2], [1, 2]), bought(4), bought(1, "9999"), export(5, "9999")])
    assert found_in(either, FIT, "complementarity_index, import_known_share, reason") == [
        (100, 1, None)
    ]
    load(either, [bought(1, "0901"), export(1, "0901", year=2023)])
    assert found_in(either, FIT, "complementarity_index, reason") == [(None, "no_values")]


def test_a_source_without_exports_of_the_exporter_says_nothing_of_fit(either: Small) -> None:
    load(either, [*sides([1, 2], [1, 2]), *sides([1, 2], [1, 2], source="markets")])
    assert found_in(either, FIT, "source, complementarity_index") == [("un", 100)]


@pytest.mark.parametrize("seed", range(4))
def test_numpy_agrees_on_complementarity(small: SmallWarehouse, seed: int) -> None:
    exports, imports = amounts(seed, 9), amounts(seed + 50, len(MARKETS), 9)
    load(small, [row for i, m in enumerate(MARKETS) for row in
                 (bought(float(v), c, m) for v, c in zip(imports[i], codes(9), strict=True))]
         + [export(float(v), c) for v, c in zip(exports, codes(9), strict=True)])  # fmt: skip
    found = dict(found_in(small, FIT, "market_area, complementarity_index"))
    for i, market in enumerate(MARKETS):
        assert near(found[market], trade.complementarity(exports, imports[i]))
        assert 0 <= found[market] <= 100


@pytest.mark.parametrize("mart", [SIZE, POTENTIAL, FIT])
def test_nothing_is_no_error(either: Small, mart: str) -> None:
    load(either, [])
    assert either.rows(f"SELECT * FROM {mart}") == []


def test_distance_is_the_great_circle_between_capitals(either: Small) -> None:
    """Jakarta to Tokyo is 5,780 km or so; a market without a capital has no distance."""
    load(
        either,
        [
            bought(100, "0901"),
            bought(50, "0901", partner="IDN"),
            bought(9, "0901", reporter="AUS"),
            bought(9, "0901", reporter="AUS", partner="IDN"),
        ],
    )
    for area, latitude, longitude in (
        ("IDN", "-6.2146", "106.8451"),
        ("JPN", "35.6895", "139.6917"),
    ):
        either.insert("ref_capital", area=area, latitude_deg=Decimal(latitude),
                      longitude_deg=Decimal(longitude))  # fmt: skip
    found = dict(either.rows(f"SELECT market_area, distance_km FROM {SIZE}"))
    assert found["JPN"] == pytest.approx(5780, abs=15)
    assert found["AUS"] is None
