"""A small world of trade: twelve reporters of twelve products, and markets of two of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

YEAR = date(2024, 1, 1)
REPORTERS = ("AUS", "BRA", "CHN", "DEU", "FRA", "GBR", "IDN", "IND", "JPN", "KOR", "MYS", "USA")
PRODUCTS = tuple(
    f"{n:04d}" for n in (302, 901, 902, 1801, 3301, 4407, 4602, 6110, 8703, 9403, 9506, 9999)
)
FLOW: dict[str, Any] = {
    "source": "world", "frequency": "A", "period_start": YEAR, "region_code": "TOTAL",
    "breakdown_type": "TOTAL", "breakdown_code": "TOTAL", "product_classification": "HS2022",
    "currency": "USD",
}  # fmt: skip


def exports() -> dict[tuple[str, str], Decimal]:
    """Exports in USD: the later a country in the list, the fewer of the products."""
    random = np.random.default_rng(3)
    found = {}
    for i, country in enumerate(REPORTERS):
        for j, product in enumerate(PRODUCTS):
            if j <= 11 - i or random.random() < 0.2:
                amount = Decimal(int(random.integers(60_000_000, 900_000_000)))
                found[country, product] = amount / 7
    return {key: value.quantize(Decimal("0.0001")) for key, value in found.items()}


def export_rows(**changes: Any) -> list[dict[str, Any]]:
    return [
        {**FLOW, "reporter_area": country, "partner_area": "WLD", "flow": "export",
         "valuation": "FOB", "product_code": product, "value": value, **changes}
        for (country, product), value in exports().items()
    ]  # fmt: skip


MARKETS = ("AUS", "CHN", "DEU", "JPN", "USA")


def market_rows(products: tuple[str, ...] = ("460212", "090111")) -> list[dict[str, Any]]:
    """What five markets import, by supplier, in three years."""
    random = np.random.default_rng(8)
    rows = []
    for place, market in enumerate(MARKETS):
        for product in products:
            for year in (2022, 2023, 2024):
                parts = {a: int(random.integers(1_000, 90_000) * (1 + place) * 7)
                         for a in ("IDN", "VNM", "IND", "BRA") if a != market}  # fmt: skip
                for partner, value in {**parts, "WLD": sum(parts.values())}.items():
                    rows.append(
                        {**FLOW, "source": "markets", "period_start": date(year, 1, 1),
                         "reporter_area": market, "partner_area": partner, "flow": "import",
                         "valuation": "CIF", "product_code": product, "value": Decimal(value)}
                    )  # fmt: skip
    return rows


AREAS = [
    {"scheme": "iso3", "code": code, "area": code, "is_country": code != "WLD"}
    for code in sorted({*REPORTERS, "VNM", "WLD"})
]
