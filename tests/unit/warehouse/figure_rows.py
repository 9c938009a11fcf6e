"""Rows for every figure of the report: one in every table, and those that single figures need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from schemas.catalogue import TABLES
from schemas.model import Field
from tests.unit.reports.drawing import TODAY
from tests.unit.warehouse import trade_world
from tests.unit.warehouse.conftest import Small

YEAR = date(2025, 1, 1)
OWN: dict[str, Any] = {
    "region_code": "3505", "area": "JPN", "partner_area": "JPN", "reporter_area": "IDN",
    "importer_area": "JPN", "origin_area": "JPN", "destination_area": "IDN", "buyer_area": "JPN",
    "investor_area": "JPN", "place_area": "JPN", "frequency": "A", "currency": "IDR",
    "product_code": "920600", "product_classification": "HS2022", "base_currency": "USD",
    "quote_currency": "IDR", "flow": "export", "classification": "HS2022", "valid_to": TODAY,
    "stage": "penandatanganan", "status": "paid", "direction": "out", "value_status": "observed",
    "reasons": '[{"code":"unknown_code","field":"x"}]', "start_date": YEAR, "concept": "visit",
    "release_stage": "final", "code": "JPN", "scheme": "iso3", "state": "fine",
    "event_id": "E1", "agreement_id": "A1", "event_date": YEAR, "status_date": YEAR,
    "stage_date": YEAR, "planned_date": YEAR, "rate_date": YEAR, "breakdown_type": "TOTAL",
    "breakdown_code": "TOTAL", "redistribution": "open", "period_start": YEAR,
    "period_end": date(2025, 12, 31), "level": "tertiary", "source_code": "x", "cadence": "daily",
    "profile": "all", "valuation": "FOB", "rate_type": "middle",
}  # fmt: skip
"""Columns of a filled row that are no filler, so that figures find it."""
FILLS = {"integer": 7, "decimal": Decimal(9), "rate": Decimal(16_000), "figure": Decimal(3)}


def fill(tables: Small) -> None:
    for table in TABLES.values():
        row = {f.name: value for f in table.reader_fields() if (value := value_of(f)) is not None}
        if table.name == "core_investment__leads":
            row["stage"] = "visit"  # other stages than those of agreements
        tables.insert(table.name, **row)
        before = {"period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31)}
        for more in (before, {"product_code": "TOTAL"}, {"region_code": "TOTAL"},
                     {**before, "region_code": "TOTAL"}):  # fmt: skip
            if more.keys() <= row.keys():
                tables.insert(table.name, **{**row, **more})
    for name, row in more_rows():
        tables.insert(name, **row)
    for region in ("3504", "3505"):
        tables.insert("core_context__indicators", region_code=region, **POOR)
    for row in versions():
        tables.insert_version("core_trade__flows", **row)


def value_of(field: Field) -> Any:
    """What a field has; None leaves it to the filler of the fixture, or empty."""
    if field.name in ("is_country", "is_leaf"):
        return True
    own = OWN.get(field.name)
    if isinstance(own, str if field.type.value == "text" else date):
        return own
    return FILLS.get(field.type.value)


BASKET = ("920600", "090111")  # products of the region
SALE: dict[str, Any] = {
    **trade_world.FLOW, "source": "s1", "reporter_area": "IDN", "flow": "export",
    "valuation": "FOB",
}  # fmt: skip
POOR: dict[str, Any] = {
    "source": "x", "indicator": "poverty_rate", "area": "IDN", "frequency": "A",
    "period_start": YEAR, "unit": "percent", "value": Decimal(9),
}  # fmt: skip
AGREEMENT = {"source": "x", "region_code": "3505", "agreement_id": "A2"}


def more_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    """What one row in every table does not show: a world of trade, the months of a year, an
    agreement that lapsed, and sources in trouble."""
    for row in trade_world.AREAS:
        yield "ref_area", row
    for row in trade_world.export_rows():
        row["source"] = "s1"  # codes of sources are no words, so that pages have no foreign ones
        yield "core_trade__flows", row
        if row["product_code"] == trade_world.PRODUCTS[0]:
            for product in BASKET:
                yield "core_trade__flows", {**row, "product_code": product}
    for row in trade_world.market_rows(BASKET):
        yield "core_trade__flows", {**row, "source": "s2"}
    for year in (2024, 2025):
        for area in ("JPN", "AUS", "MYS"):
            for product in ("TOTAL", BASKET[0]):
                yield (
                    "core_trade__flows",
                    {**SALE, "period_start": date(year, 1, 1), "partner_area": area,
                     "product_code": product, "value": Decimal(year * 7)},
                )  # fmt: skip
    for month in range(1, 13):
        yield (
            "core_tourism__arrivals",
            {"source": "s3", "frequency": "M", "period_start": date(2025, month, 1),
             "origin_area": "JPN", "destination_area": "IDN", "region_code": "TOTAL",
             "concept": "visit", "breakdown_type": "TOTAL", "visitors": 100 + month,
             "release_stage": "final"},
        )  # fmt: skip
    yield "core_cooperation__agreements", {**AGREEMENT, "partner_area": "JPN", "title_id": "A2"}
    yield (
        "core_cooperation__stage_events",
        {**AGREEMENT, "stage": "penandatanganan", "event_date": date(2020, 1, 1),
         "valid_to": date(2025, 6, 30)},
    )  # fmt: skip
    yield (
        "core_cooperation__activities",
        {**AGREEMENT, "activity_id": "K2", "status": "planned", "planned_date": date(2025, 7, 1),
         "budget": Decimal(5_000_000), "currency": "IDR"},
    )  # fmt: skip
    yield "ops_load", {"recorded_at": "2026-01-01 00:00:00+00"}
    yield "ref_source", {"source_code": "s4", "cadence": "daily"}
    yield (
        "ops_attempt",
        {"source": "s4", "status": "failed", "error_code": "unreachable", "load_seq": 1,
         "checked_at": "2026-01-01 00:00:00+00"},
    )  # fmt: skip


def versions() -> Iterator[dict[str, Any]]:
    """Figures that their source revised: of a product, and of all products."""
    for product in (BASKET[0], "TOTAL"):
        yield from _versions_of(product)


def _versions_of(product: str) -> Iterator[dict[str, Any]]:
    for load, value in ((1, 1200), (2, 1500)):
        yield {
            **SALE, "period_start": YEAR, "partner_area": "JPN", "product_code": product,
            "value": Decimal(value), "load_seq": load, "is_deleted": False,
            "recorded_at": datetime(2026, 1, load, tzinfo=UTC),
            "change_reason": "first" if load == 1 else "revised_by_source",
            "superseded_at": datetime(2026, 1, 2, tzinfo=UTC) if load == 1 else None,
        }  # fmt: skip
