"""Comparative advantage: which totals, which reference set, and where nothing can be said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
from tests.unit.warehouse.trade_rows import AREAS, Row, amounts, codes, export, grid, load, near
from warehouse.indicators import advantage
from warehouse.marts.world_exports import LEAST_REPORTERS

MART = "mart_trade_advantage"


SMALL = tuple(f"S{n:02d}" for n in range(LEAST_REPORTERS - 1))


def world(small: Small, rows: Iterable[Row], others: Sequence[str] = SMALL) -> Small:
    """These rows, and countries that export nothing, so that a set of reference is large enough."""
    known = list(rows)
    some_total = any(row["product_code"] == "TOTAL" for row in known)
    alike = {repr(like): like for row in known
             if row["product_code"] == "TOTAL" or not some_total
             for like in [{**row, "reporter_area": "", "value": Decimal(0)}]}  # fmt: skip
    return load(small, [*known, *({**like, "reporter_area": other} for like in alike.values()
                                  for other in others)])  # fmt: skip


def found_in(small: Small, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return small.rows(
        f"SELECT reporter_area, product_code, {columns} FROM {MART} "
        f"WHERE {where} AND reporter_area NOT IN {SMALL} "
        "ORDER BY product_classification, period_start, reporter_area, product_code"
    )


def test_share_in_the_country_over_share_in_the_reference_set(either: Small) -> None:
    world(either, [
        export(100), export(60, "0901"), export(1, "0902"),
        export(300, reporter="JPN"), export(20, "0901", "JPN"), export(79, "0902", "JPN"),
    ])  # fmt: skip
    assert found_in(either, "rca, rsca, has_advantage, country_total_value, product_total_value, "
                            "world_total_value, reporters, total_is_summed, reason") == [
        ("IDN", "0901", 3, Decimal("0.5"), True, 100, 80, 400, 11, False, None),
        ("IDN", "0902", Decimal("0.05"), Decimal("-0.9047619048"), False, 100, 80, 400, 11, False,
         None),
        ("JPN", "0901", Decimal("0.3333333333"), Decimal("-0.5"), False, 300, 80, 400, 11, False,
         None),
        ("JPN", "0902", Decimal("1.3166666667"), Decimal("0.1366906475"), True, 300, 80, 400, 11,
         False, None),
    ]  # fmt: skip


def test_without_any_total_the_products_of_a_level_are_added(either: Small) -> None:
    """Levels stand apart: headings are not added to their chapter."""
    world(either, [
        export(60, "0901"), export(40, "0902"), export(100, "09"),
        export(20, "0901", "JPN"), export(180, "0902", "JPN"), export(200, "09", "JPN"),
    ])  # fmt: skip
    assert found_in(either, "rca, country_total_value, total_is_summed", "product_level = 4 "
                    "AND reporter_area = 'IDN'") == [
        ("IDN", "0901", Decimal("2.25"), 100, True),
        ("IDN", "0902", Decimal("0.5454545455"), 100, True),
    ]  # fmt: skip
    assert found_in(either, "rca", "product_level = 2") == [("IDN", "09", 1), ("JPN", "09", 1)]


def test_what_is_undefined_has_a_reason_and_no_zero(either: Small) -> None:
    world(either, [
        export(100), export(0, "0901"), export(None, "0902"), export(0, "0903"),
        export(300, reporter="JPN"), export(20, "0901", "JPN"), export(0, "0903", "JPN"),
        export(0, reporter="AUS"), export(0, "0901", "AUS"),
        export(7, "0901", "VNM"),  # without a TOTAL it is in no sum
        export(500, reporter="CHN", product_classification="HS2017"),
        export(50, "0901", "CHN", product_classification="HS2017"),
    ])  # fmt: skip
    assert found_in(either, "rca, rsca, product_total_value, reason") == [
        ("CHN", "0901", Decimal(1), Decimal(0), 50, None),  # the only one in its revision
        ("AUS", "0901", None, None, 20, "total_zero"),
        ("IDN", "0901", 0, -1, 20, None),  # reported as nothing
        ("IDN", "0902", None, None, None, "value_missing"),
        ("IDN", "0903", None, None, 0, "world_zero"),
        ("JPN", "0901", Decimal("1.3333333333"), Decimal("0.1428571429"), 20, None),
        ("JPN", "0903", None, None, 0, "world_zero"),
        ("VNM", "0901", None, None, 20, "total_missing"),
    ]


OTHERS = [
    {"flow": "re-export"}, {"flow": "import"}, {"partner_area": "JPN"}, {"frequency": "M"},
    {"product_code": "9999"}, {"product_code": "9999AA"},
    {"breakdown_type": "port", "breakdown_code": "P"},
]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS)
def test_what_else_there_is_changes_nothing(small: SmallWarehouse, other: dict[str, str]) -> None:
    """Re-exports, partners, months, ports, and goods not specified by kind."""
    rows = [export(100), export(60, "0901"), export(300, reporter="JPN"), export(20, "0901", "JPN")]
    before = small_rows(world(small, rows))
    assert small_rows(world(small, [*rows, {**export(5, "0901"), **other}])) == before
    assert len(before) == 2


def small_rows(small: Small) -> list[tuple[Any, ...]]:
    return small.rows(
        f"SELECT * FROM {MART} WHERE reporter_area NOT IN {SMALL} "
        "ORDER BY reporter_area, product_code"
    )


@pytest.mark.parametrize("apart", [{"source": "other"}, {"product_classification": "HS2017"},
                                   {"valuation": "CIF"}, {"currency": "IDR"}])  # fmt: skip
def test_sets_of_reference_are_never_mixed(small: SmallWarehouse, apart: dict[str, Any]) -> None:
    rows = [export(100), export(60, "0901"), export(300, reporter="JPN"), export(20, "0901", "JPN")]
    world(small, rows)
    before = small.rows(f"SELECT rca FROM {MART} WHERE reporter_area = 'IDN'")
    others = [export(900, reporter="AUS", **apart), export(900, "0901", "AUS", **apart)]
    world(small, [*rows, *others])
    assert small.rows(f"SELECT rca FROM {MART} WHERE reporter_area = 'IDN'") == before


def test_the_mean_of_three_years_says_how_many_and_stays_in_its_revision(either: Small) -> None:
    rows = []
    for year, own in ((2020, 40), (2021, 20), (2022, 10), (2024, 5)):
        rows += [export(100, year=year), export(own, "0901", year=year),
                 export(100, reporter="JPN", year=year),
                 export(10, "0901", "JPN", year=year)]  # fmt: skip
    rows += [{**row, "product_classification": "HS2017", "period_start": date(2023, 1, 1)}
             for row in rows[:4]]  # fmt: skip
    world(either, rows)
    assert found_in(either, "period_start, rca, rca_mean_three_years, rca_years",
                    "reporter_area = 'IDN' AND product_classification = 'HS2022'") == [
        ("IDN", "0901", when, Decimal(rca), Decimal(mean), years)
        for when, rca, mean, years in (
            (rows[0]["period_start"], "1.6", "1.6", 1),
            (rows[4]["period_start"], "1.3333333333", "1.4666666667", 2),
            (rows[8]["period_start"], "1", "1.3111111111", 3),
            (rows[12]["period_start"], "0.6666666667", "0.8333333334", 2),
        )
    ]  # fmt: skip


def test_sizes_stand_beside_a_minimum_that_is_of_dollars(either: Small) -> None:
    world(either, [
        export(10**9), export(10**7 - 1, "0901"),
        export(10**9 - 1, reporter="JPN"), export(1, "0901", "JPN"),
        export(10**9, reporter="AUS", currency="AUD"),
        export(10**7, "0901", "AUS", currency="AUD"),
    ])  # fmt: skip
    assert found_in(either, "country_meets_minimum, product_meets_minimum") == [
        ("AUS", "0901", None, None), ("IDN", "0901", True, True), ("JPN", "0901", False, True),
    ]  # fmt: skip


@pytest.mark.parametrize(("few", "reason"), [(1, "few_reporters"), (0, None)])
def test_it_takes_as_many_reporters_as_the_product_space(
    either: Small, few: int, reason: str | None
) -> None:
    world(either, [export(100), export(60, "0901")], SMALL[few:])
    assert found_in(either, "reporters, rca IS NULL, rsca IS NULL, has_advantage IS NULL, "
                    "rca_mean_three_years IS NULL, reason") == [
        ("IDN", "0901", LEAST_REPORTERS - few, *[few == 1] * 4, reason)
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_numpy_agrees(small: SmallWarehouse, seed: int) -> None:
    values = amounts(seed, 6, 9)
    world(small, grid(values, AREAS[:6], codes(9)))
    expected = advantage.rca(values)
    found = {(r, p): (rca, rsca) for r, p, rca, rsca in found_in(small, "rca, rsca")}
    for i, reporter in enumerate(AREAS[:6]):
        for j, code in enumerate(codes(9)):
            rca, rsca = found[reporter, code]
            assert near(rca, expected[i, j])
            assert near(rsca, advantage.rsca(expected)[i, j])


TABLES = npst.arrays(float, st.tuples(st.integers(2, 5), st.integers(1, 5)),
                     elements=st.integers(0, 10_000).map(float))  # fmt: skip


@settings(max_examples=20)
@given(values=TABLES)
def test_weighted_by_the_set_the_mean_is_one_and_rsca_has_bounds(
    small: SmallWarehouse, values: Floats
) -> None:
    world(small, grid(values, AREAS[: len(values)], codes(values.shape[1])))
    rows = found_in(small, "rca, rsca, product_total_value, world_total_value, reason")
    for reporter in {row[0] for row in rows}:
        own = [row for row in rows if row[0] == reporter]
        if all(row[6] is None or row[6] == "world_zero" for row in own) and values.sum():
            mean = sum(float(r[2] * r[4] / r[5]) for r in own if r[2] is not None)
            assert math.isclose(mean, 1, abs_tol=1e-6)
    assert all(row[3] is None or -1 <= row[3] < 1 for row in rows)
    assert all((row[2] is None) == (row[6] is not None) for row in rows)


@settings(max_examples=10)
@given(values=TABLES, power=st.integers(1, 4))
def test_a_unit_changes_nothing(small: SmallWarehouse, values: Floats, power: int) -> None:
    names = AREAS[: len(values)], codes(values.shape[1])
    world(small, grid(values, *names))
    before = found_in(small, "rca, reason")
    world(small, grid(values * 10**power, *names))
    assert found_in(small, "rca, reason") == before


def test_nothing_is_no_error(either: Small) -> None:
    world(either, [])
    assert either.rows(f"SELECT * FROM {MART}") == []
    world(either, [export(0), export(0, "0901")])
    assert found_in(either, "rca, reason") == [("IDN", "0901", None, "total_zero")]
    assert np.isnan(advantage.rca(np.zeros((1, 1)))).all()
