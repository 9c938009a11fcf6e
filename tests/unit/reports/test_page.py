"""The page shows one source for one figure: the first in rank that has it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from reports.drawn import Drawn
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import drawn, facts_in, rows_in

pytestmark = pytest.mark.fast
YEAR = date(2025, 1, 1)


def declare(tables: SmallWarehouse, code: str, rank: int | None) -> None:
    tables.insert("ref_source", source_code=code, preference=rank, attribution_id=f"Sumber: {code}")


def source_of(figure: Drawn) -> str:
    return facts_in(figure)["Sumber"]


def test_rates_of_a_central_bank_that_quotes_rupiah_directly(tables: SmallWarehouse) -> None:
    """A regency without the euro's rates has those of its own central bank."""
    for base, rate in (("USD", 16000), ("JPY", 105), ("AUD", 10500)):
        tables.insert(
            "core_exchange__rates", source="bi", rate_date=YEAR, base_currency=base,
            quote_currency="IDR", rate_type="middle", rate=Decimal(rate),
        )  # fmt: skip
    declare(tables, "euro", 1)
    declare(tables, "bi", 2)
    rates = drawn(tables, "rates")
    assert source_of(rates) == "bi"
    assert rows_in(rates) == [
        ("AUD", "Januari 2025", "10.500,00", "–", "–", "1"),
        ("JPY", "Januari 2025", "105,00", "–", "–", "1"),
        ("USD", "Januari 2025", "16.000,00", "–", "–", "1"),
    ]


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
    figure = drawn(tables, "exports", "JPN")
    assert source_of(figure) == source
    assert [row[1] for row in rows_in(figure)] == [total, total]


MEMBERS = ("MYS", "MMR", "SGP")


def sold(tables: SmallWarehouse, area: str, year: int, value: int | None, product: str = "060290",
         **more: Any) -> None:  # fmt: skip
    tables.insert("core_trade__flows", **{
        "source": "world", "frequency": "A", "period_start": date(year, 1, 1), "flow": "export",
        "reporter_area": "IDN", "partner_area": area, "region_code": "TOTAL", "currency": "USD",
        "breakdown_type": "TOTAL", "product_classification": "HS2022", "product_code": product,
        "value": value, "valuation": "FOB", "release_stage": "final", **more})  # fmt: skip


def exports_to(tables: SmallWarehouse, *areas: str) -> Drawn:
    for area in areas:
        tables.insert("ref_area", scheme="iso3", code=area, area=area, name_id=f"Negara {area}")
    return drawn(tables, "exports", "ASEAN", areas=areas)


def test_the_change_of_a_group_is_of_the_same_members(tables: SmallWarehouse) -> None:
    """Myanmar is not in 2024: two members of three are compared, and the page says so."""
    for area in MEMBERS:
        sold(tables, area, 2025, 1500)
        if area != "MMR":
            sold(tables, area, 2024, 1000)
    figure = exports_to(tables, *MEMBERS)
    assert rows_in(figure) == [("060290 (060290)", "4,5", "+50,0%", "Negara MMR 2024")]


def test_a_member_that_is_missing_makes_the_sum_a_least_value(tables: SmallWarehouse) -> None:
    for area in MEMBERS:
        sold(tables, area, 2024, 1000)
        if area != "MMR":
            sold(tables, area, 2025, 1500)
    figure = exports_to(tables, *MEMBERS)
    assert rows_in(figure) == [("060290 (060290)", "≥ 3,0", "+50,0%", "Negara MMR 2025")]
    assert [c.is_number for c in figure.columns] == [False, True, True, False]


def test_one_country_without_the_year_before_says_so(tables: SmallWarehouse) -> None:
    sold(tables, "AUS", 2025, 1500)
    sold(tables, "AUS", 2024, None, value_status="suppressed")
    figure = exports_to(tables, "AUS")
    assert rows_in(figure) == [("060290 (060290)", "1,5", "–", "Negara AUS 2024")]


def test_a_code_of_another_revision_is_not_compared(tables: SmallWarehouse) -> None:
    for product in ("06", "060290"):
        sold(tables, "AUS", 2025, 1500, product)
        sold(tables, "AUS", 2024, 1000, product, product_classification="HS2017")
    figure = exports_to(tables, "AUS")
    assert [row[1:] for row in rows_in(figure)] == [
        ("1,5", "+50,0%", "–"), ("1,5", "–", "Negara AUS 2024 (HS2017)"),
    ]  # fmt: skip


def test_other_sources_of_the_mart_do_not_enter_the_page(tables: SmallWarehouse) -> None:
    sold(tables, "AUS", 2025, 1500)
    sold(tables, "AUS", 2025, 9999, source="other", frequency="M")
    sold(tables, "AUS", 2025, 9999, source="other", product_classification="SITC4")
    shown = rows_in(exports_to(tables, "AUS"))
    assert shown == [("060290 (060290)", "1,5", "–", "Negara AUS 2024")]


def test_a_revised_value_says_what_it_was(tables: SmallWarehouse) -> None:
    sold(tables, "AUS", 2025, 1500)
    for load, value in ((1, 1200), (2, 1500)):
        tables.insert_version("core_trade__flows", **{
            "source": "world", "frequency": "A", "period_start": YEAR, "flow": "export",
            "reporter_area": "IDN", "partner_area": "AUS", "region_code": "TOTAL",
            "currency": "USD", "breakdown_type": "TOTAL", "product_classification": "HS2022",
            "product_code": "060290", "value": Decimal(value), "valuation": "FOB",
            "load_seq": load, "recorded_at": datetime(2026, 1, load, tzinfo=UTC),
            "change_reason": "first" if load == 1 else "revised_by_source", "is_deleted": False,
            "superseded_at": datetime(2026, 1, 2, tzinfo=UTC) if load == 1 else None})  # fmt: skip
    assert rows_in(exports_to(tables, "AUS"))[0][1] == "1,5 (semula 1,2)"
    assert rows_in(exports_to(tables, "JPN")) == []


def visits(tables: SmallWarehouse, origin: str, year: int, unknown: int = 0) -> None:
    for month in range(1, 13):
        tables.insert(
            "core_tourism__arrivals", source="office", frequency="M", origin_area=origin,
            period_start=date(year, month, 1), destination_area="IDN", region_code="TOTAL",
            concept="visit", breakdown_type="TOTAL", visitors=None if month == unknown else 100,
            release_stage="final", value_status="suppressed" if month == unknown else "observed",
        )  # fmt: skip


def test_an_origin_with_an_unknown_month_is_a_least_value(tables: SmallWarehouse) -> None:
    for origin in ("JPN", "AUS"):
        tables.insert("ref_area", scheme="iso3", code=origin, area=origin, is_country=True)
        visits(tables, origin, 2024)
    visits(tables, "JPN", 2025)
    visits(tables, "AUS", 2025, unknown=3)
    figure = drawn(tables, "markets")
    assert [(row[0], row[2], row[4]) for row in rows_in(figure)] == [
        ("JPN", "1.200", "0,0%"), ("AUS", "≥ 1.100 (11/12)", "–"),
    ]  # fmt: skip


def test_a_year_of_guests_with_a_suppressed_month_is_marked(tables: SmallWarehouse) -> None:
    for year, month in [(y, m) for y in (2024, 2025) for m in range(1, 13)]:
        is_hidden = (year, month) == (2025, 3)
        tables.insert(
            "core_tourism__accommodation", source="office", source_org="Dinas", frequency="M",
            region_code="3505", period_start=date(year, month, 1), class_code="TOTAL",
            guests_foreign=None if is_hidden else 60, release_stage="final",
            room_occupancy_percent=None if is_hidden else Decimal(40),
        )  # fmt: skip
    figure = drawn(tables, "compared")
    assert [row[1:4] for row in rows_in(figure)] == [
        ("Tamu mancanegara di penginapan", "2024", "720 tamu"),
        ("Tamu mancanegara di penginapan", "2025", "≥ 660 tamu (11/12)"),
        ("Tingkat penghunian kamar (TPK)", "2024", "40,0%"),
        ("Tingkat penghunian kamar (TPK)", "2025", "40,0% (11/12)"),
    ]
