"""The region's own figures on the page: with what is unknown of them, and without waiting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from config import region as regions
from reports import outlook, register
from reports.figure import Figure
from tests.unit.conftest import SmallWarehouse

YEAR, SUMMER = date(2025, 1, 1), date(2025, 8, 1)
REGION = regions.load("3505")


def cells(figure: Figure, row: int = 0) -> dict[str, str]:
    return dict(zip(figure.head, figure.rows[row], strict=True))


def outcomes(tables: SmallWarehouse, code: str = "3505", language: str = "id") -> Figure:
    return outlook._outcomes(cast("Any", tables), regions.load(code), language)


def sold(tables: SmallWarehouse, value: int, **more: Any) -> None:
    tables.insert("core_trade__local_exports", **{
        "source": "office", "region_code": "3505", "frequency": "A", "period_start": YEAR,
        "partner_area": "JPN", "product_code": "44", "value": Decimal(value), "currency": "USD",
        **more})  # fmt: skip


def test_own_exports_show_before_anybody_publishes_welfare(tables: SmallWarehouse) -> None:
    sold(tables, 1_678_000)
    shown = cells(outcomes(tables))
    assert shown["Ekspor daerah (ribu USD)"] == "1.678"
    assert shown["PDRB riil"] == "–"
    assert shown["Laporan ekspor; tamu"] == "1 laporan"


def test_statements_that_differ_are_said(tables: SmallWarehouse) -> None:
    for source, value in (("a", 1_357_000), ("b", 1_781_000)):
        sold(tables, value, source=source, load_seq=1 if source == "b" else 2)
    words = "2 laporan, berbeda 31,2%, urutan belum ditetapkan"
    assert cells(outcomes(tables))["Laporan ekspor; tamu"] == words
    tables.insert("ref_source", source_code="b", preference=1)
    shown = cells(outcomes(tables, language="en"))
    assert shown["Statements of exports; guests"] == "2 statements, differ by 31.2%"
    assert shown["Own exports (thousand USD)"] == "1,781"


def test_hidden_months_are_marked(tables: SmallWarehouse) -> None:
    for month in range(1, 13):
        tables.insert(
            "core_tourism__accommodation", source="office", region_code="3505", frequency="M",
            period_start=date(2025, month, 1), class_code="TOTAL",
            guests_foreign=None if month == 3 else 10, guests_domestic=5,
        )  # fmt: skip
    assert cells(outcomes(tables))["Tamu asing"] == "≥ 110 (11/12)"


def test_a_region_without_figures_is_shown_as_such(tables: SmallWarehouse) -> None:
    sold(tables, 5000, region_code="35")
    figure = outcomes(tables, "3507")
    assert figure.rows[0][0] == "Kabupaten Malang"
    assert set(figure.rows[0][1:]) == {"–"}
    assert len(figure.rows) == 2


def test_hidden_cohorts_make_participants_a_lower_bound(tables: SmallWarehouse) -> None:
    for number, people in (("1", 20), ("2", None)):
        tables.insert(
            "core_exchange__programmes", region_code="3505", programme_id="X", cohort_id=number,
            partner_area="JPN", direction="out", start_date=SUMMER, days=10,
            participants_female=people, participants_male=people,
            value_status="observed" if people else "suppressed",
        )  # fmt: skip
    assert cells(outcomes(tables))["Peserta keluar / masuk"] == "≥ 40 / –"
    exchanges = register._exchanges(cast("Any", tables), "id")
    assert cells(exchanges)["Timbal balik"] == "–"


def exhibition(tables: SmallWarehouse, realised: list[int | None], currency: str = "USD") -> None:
    tables.insert(
        "core_promotion__exhibitions", source="exhibitions", region_code="3505", event_id="P-900",
        title="Pameran kendang di Shanghai", start_date=SUMMER, release_stage="final",
        currency="IDR", cost=Decimal(450_000_000),
    )  # fmt: skip
    for number, value in enumerate(realised):
        tables.insert(
            "core_promotion__deals", source="deals", region_code="3505", event_id="P-900",
            deal_id=str(number), status="paid", status_date=SUMMER, currency=currency,
            value=Decimal(50_000), realised_value=None if value is None else Decimal(value),
        )  # fmt: skip


def shown(tables: SmallWarehouse) -> tuple[str, ...]:
    return register._exhibitions(cast("Any", tables), "id").rows[0]


def test_whether_an_exhibition_paid(tables: SmallWarehouse) -> None:
    tables.insert(
        "core_exchange__rates", source="bank", rate_date=SUMMER, base_currency="USD",
        quote_currency="IDR", rate_type="middle", rate=Decimal(16_500),
    )  # fmt: skip
    exhibition(tables, [30_000, 25_000])
    assert shown(tables) == (
        "Pameran kendang di Shanghai", "1 Agu 2025", "450,0", "2", "1.650,0", "907,5", "55,0%",
        "2,02", "komitmen USD 100.000; realisasi USD 55.000",
    )  # fmt: skip


def test_what_is_unknown_of_an_exhibition_is_marked(tables: SmallWarehouse) -> None:
    exhibition(tables, [30_000, None], "IDR")
    assert shown(tables)[4:8] == ("0,1", "≥ 0,03", "≥ 30,0%", "≥ 0,000067")


def test_without_a_rate_no_rupiah(tables: SmallWarehouse) -> None:
    exhibition(tables, [30_000, 25_000])
    assert shown(tables)[2:8] == ("450,0", "2", "tanpa kurs", "tanpa kurs", "–", "–")
