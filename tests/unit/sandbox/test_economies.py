"""The simulated world economy agrees with itself and has the shape that marts look for."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from config import region as regions
from sandbox.economies import ECONOMIES, INDONESIA, Year, heading_codes, year_of
from sandbox.services.comtrade import rows_of
from sandbox.world import PRODUCTS, World
from warehouse.indicators.complexity import eigenvector

pytestmark = pytest.mark.fast
TODAY = date(2026, 11, 24)
JAPAN, LAOS = 392, 418


@pytest.fixture(scope="module")
def year() -> Year:
    return year_of(1, 2024, TODAY.year)


def asked(period: str, products: str, **more: str) -> list[dict[str, object]]:
    reporters = ",".join(str(code) for code in ECONOMIES)
    query = {"period": period, "cmdCode": products, "reporterCode": reporters, **more}
    return rows_of(World(1, TODAY), "A", query)


def test_indonesia_sells_what_it_says_elsewhere(year: Year) -> None:
    world = World(1, TODAY)
    for product in PRODUCTS:
        assert year.exports(INDONESIA, product) == world.trade_value("2024", 0, product)
    from_indonesia = year.suppliers(JAPAN, "920600")[INDONESIA]
    assert from_indonesia == round(world.import_value("2024", JAPAN, "920600"), 3)


def test_parts_are_within_their_whole(year: Year) -> None:
    for country in ECONOMIES:
        for of in (year.exports, year.imports):
            assert sum(of(country, h) for h in heading_codes()) < of(country, "TOTAL")
            assert of(country, "442011") + of(country, "442019") < of(country, "4420")
        found = year.suppliers(country, "090111")
        assert sum(found.values()) == pytest.approx(year.imports(country, "090111"))
        assert country not in found


def test_its_product_space_is_connected_and_rich_in_differences(year: Year) -> None:
    sold = np.array([[year.exports(c, h) for h in heading_codes()] for c in ECONOMIES])
    shares = sold / sold.sum(axis=1, keepdims=True)
    matrix = shares >= sold.sum(axis=0) / sold.sum()
    assert matrix.sum(axis=0).min() >= 3  # every heading has countries that are strong in it
    assert 10 <= matrix.sum(axis=1).min() < matrix.sum(axis=1).max() <= 50
    found = eigenvector(matrix)
    assert not found.reason
    ability = [e[3] for e in ECONOMIES.values()]
    assert np.corrcoef(found.countries, ability)[0, 1] > 0.7


def test_answers_are_of_the_size_that_a_run_can_bear() -> None:
    region = regions.load("3505")
    code_of = {e[0]: str(code) for code, e in ECONOMIES.items()}
    basket = ",".join(p for p in region.products if len(p) == 6)
    markets = ",".join(code_of[area] for area in region.markets)
    number = 0
    for period in ("2023", "2024", "2025"):
        for products in ("TOTAL", "AG4", basket):
            number += len(asked(period, products, partnerCode="0", flowCode="X,M"))
        products = ",".join(region.products)
        number += len(asked(period, products, flowCode="M", reporterCode=markets))
    assert 25_000 < number <= 40_000
    assert 60 <= len(heading_codes()) <= 150
    assert not asked("2026", "TOTAL", partnerCode="0", flowCode="X,M")


def test_some_report_late_and_by_an_older_revision() -> None:
    def of_laos(period: str, products: str) -> list[dict[str, object]]:
        found = asked(period, products, partnerCode="0", flowCode="X,M")
        return [r for r in found if r["reporterCode"] == LAOS]

    assert {r["classificationCode"] for r in of_laos("2024", "4420,442011")} == {"H5"}
    assert {r["cmdCode"] for r in of_laos("2024", "4420,442011")} == {"4420"}
    assert of_laos("2025", "TOTAL") == []
