"""The page shows one source for one figure: the first in rank that has it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from config import region as regions
from reports import page
from tests.unit.conftest import SmallWarehouse

pytestmark = pytest.mark.fast
YEAR = date(2025, 1, 1)


def declare(tables: SmallWarehouse, code: str, rank: int | None) -> None:
    tables.insert("ref_source", source_code=code, preference=rank, attribution_id=f"Sumber: {code}")


def source_of(figure: Any) -> str:
    assert figure is not None
    return dict(figure.facts)["Sumber"]


def test_rates_of_a_central_bank_that_quotes_rupiah_directly(tables: SmallWarehouse) -> None:
    """A regency without the euro's rates has those of its own central bank."""
    for base, rate in (("USD", 16000), ("JPY", 105), ("AUD", 10500)):
        tables.insert(
            "core_exchange__rates", source="bi", rate_date=YEAR, base_currency=base,
            quote_currency="IDR", rate_type="middle", rate=Decimal(rate),
        )  # fmt: skip
    declare(tables, "euro", 1)
    declare(tables, "bi", 2)
    rates = page._rates(cast("Any", tables), "id")
    assert source_of(rates) == "bi"
    assert rates is not None
    assert rates.rows == (("Jan 2025", "16.000,00", "105,00", "10.500,00", "1"),)


@pytest.mark.parametrize(
    ("ranks", "source", "total"),
    [
        ({"world": 1, "office": 2}, "world", "5,0"),
        ({"world": 2, "office": 1}, "office", "7,0"),
        ({"office": None, "world": 3}, "world", "5,0"),
        ({"nobody": 1, "office": 2}, "office", "7,0"),  # the first in rank has no figures
    ],
)
def test_exports_are_of_one_source(
    tables: SmallWarehouse, ranks: dict[str, int | None], source: str, total: str
) -> None:
    for code, value in (("world", 5000), ("office", 7000)):
        for product in ("TOTAL", "4602"):
            tables.insert(
                "core_trade__flows", source=code, frequency="A", period_start=YEAR, flow="export",
                reporter_area="IDN", partner_area="JPN", region_code="TOTAL", currency="USD",
                breakdown_type="TOTAL", product_classification="HS2022", product_code=product,
                value=Decimal(value), valuation="FOB", release_stage="final",
            )  # fmt: skip
    for code, rank in ranks.items():
        declare(tables, code, rank)
    region = regions.load("3505")
    figure = page._exports(cast("Any", tables), region, "JPN", ("JPN",), "id")
    assert source_of(figure) == source
    assert figure is not None
    assert [row[1] for row in figure.rows] == [total, total]
