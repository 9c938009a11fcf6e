"""The region's own figures on the page: with what is unknown of them, and without waiting."""

from __future__ import annotations

import shlex
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from reports.drawings import chart_of
from reports.traced import command_of
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import TODAY, drawn, facts_in, row_in, rows_in

YEAR, SUMMER = date(2025, 1, 1), date(2025, 8, 1)


def sold(tables: SmallWarehouse, value: int, **more: Any) -> None:
    tables.insert("core_trade__local_exports", **{
        "source": "office", "region_code": "3505", "frequency": "A", "period_start": YEAR,
        "partner_area": "JPN", "product_code": "44", "value": Decimal(value), "currency": "USD",
        **more})  # fmt: skip


def test_own_exports_show_before_anybody_publishes_welfare(tables: SmallWarehouse) -> None:
    sold(tables, 1_678_000)
    assert row_in(drawn(tables, "own_results"))["exports_usd"] == "1.678"
    assert row_in(drawn(tables, "outcomes"))["grdp_growth"] == "–"
    assert row_in(drawn(tables, "own_statements"))["statements"] == "1"


def test_statements_that_differ_are_said(tables: SmallWarehouse) -> None:
    for source, value in (("a", 1_357_000), ("b", 1_781_000)):
        sold(tables, value, source=source, load_seq=1 if source == "b" else 2)
    shown = row_in(drawn(tables, "own_statements"))
    assert (shown["statements"], shown["difference_share"]) == ("2", "31,2%")
    assert shown["choice"].startswith("urutan belum ditetapkan")
    tables.insert("ref_source", source_code="b", preference=1)
    shown = row_in(drawn(tables, "own_statements"), "en")
    assert (shown["statements"], shown["difference_share"]) == ("2", "31.2%")
    assert shown["choice"] == "in the region's own order"
    assert row_in(drawn(tables, "own_results"), "en")["exports_usd"] == "1,781"


def test_hidden_months_are_marked(tables: SmallWarehouse) -> None:
    for month in range(1, 13):
        tables.insert(
            "core_tourism__accommodation", source="office", region_code="3505", frequency="M",
            period_start=date(2025, month, 1), class_code="TOTAL",
            guests_foreign=None if month == 3 else 10, guests_domestic=5,
        )  # fmt: skip
    figure = drawn(tables, "own_results")
    assert row_in(figure)["guests_foreign"] == "≥ 110 (11/12)"


def test_a_region_without_figures_is_shown_as_such(tables: SmallWarehouse) -> None:
    sold(tables, 5000, region_code="35")
    shown = rows_in(drawn(tables, "own_results", region="3507"))
    assert shown[0][0] == "Kabupaten Malang"
    assert set(shown[0][1:]) == {"–"}
    assert len(shown) == 2


def test_hidden_cohorts_make_participants_a_lower_bound(tables: SmallWarehouse) -> None:
    for number, people in (("1", 20), ("2", None)):
        tables.insert(
            "core_exchange__programmes", region_code="3505", programme_id="X", cohort_id=number,
            partner_area="JPN", direction="out", start_date=SUMMER, days=10,
            participants_female=people, participants_male=people,
            value_status="observed" if people else "suppressed",
        )  # fmt: skip
    shown = row_in(drawn(tables, "own_results"))
    assert (shown["exchange_participants_out"], shown["exchange_participants_in"]) == ("≥ 40", "–")
    shown = row_in(drawn(tables, "exchanges"))
    assert shown["reciprocity"] == "satu angkatan kecil dirahasiakan"
    assert shown["cohorts_hidden"] == "1"


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
    return rows_in(drawn(tables, "exhibitions"))[0]


def test_whether_an_exhibition_paid(tables: SmallWarehouse) -> None:
    tables.insert(
        "core_exchange__rates", source="bank", rate_date=SUMMER, base_currency="USD",
        quote_currency="IDR", rate_type="middle", rate=Decimal(16_500),
    )  # fmt: skip
    exhibition(tables, [30_000, 25_000])
    assert shown(tables) == (
        "Pameran kendang di Shanghai", "1 Agu 2025", "450,0", "2", "1.650,0", "907,5", "55,0%",
        "2,02", "USD 100.000", "USD 55.000",
    )  # fmt: skip


def test_what_is_unknown_of_an_exhibition_is_marked(tables: SmallWarehouse) -> None:
    exhibition(tables, [30_000, None], "IDR")
    assert shown(tables)[4:8] == ("0,1", "≥ 0,03", "≥ 30,0%", "≥ 0,000067")


def test_without_a_rate_no_rupiah(tables: SmallWarehouse) -> None:
    exhibition(tables, [30_000, 25_000])
    assert shown(tables)[2:8] == ("450,0", "2", "tanpa kurs", "tanpa kurs", "–", "–")


def test_days_on_a_page_are_counted_from_one_day(tables: SmallWarehouse) -> None:
    """The newest load may be older than the page."""
    tables.insert("ops_load", recorded_at="2026-11-20 03:00:00+00")
    ended, key = date(2026, 10, 31), {"region_code": "3505", "agreement_id": "A-1"}
    tables.insert("core_cooperation__agreements", source="agreements", auto_renew=False, **key)
    tables.insert(
        "core_cooperation__stage_events",
        source="stage_events",
        event_id="1",
        stage="penandatanganan",
        event_date=date(2020, 1, 1),
        valid_to=ended,
        **key,
    )
    tables.insert("core_investment__leads", source="leads", lead_id="L-1", stage="enquiry",
                  stage_date=ended, region_code="3505")  # fmt: skip
    assert row_in(drawn(tables, "decisions"))["days_left"] == "−30"
    assert row_in(drawn(tables, "breaks"))["open_days"] == "30"
    assert row_in(drawn(tables, "pipeline"))["stage_days"] == "30"


def version(tables: SmallWarehouse, value: int, seq: int, **more: Any) -> None:
    last = more.pop("last", False)
    tables.insert_version(
        "core_trade__flows",
        **{
            "source": "bank",
            "frequency": "A",
            "period_start": YEAR,
            "reporter_area": "IDN",
            "region_code": "TOTAL",
            "partner_area": "JPN",
            "flow": "export",
            "currency": "USD",
            "product_classification": "HS2022",
            "product_code": "920600",
            "valuation": "FOB",
            "breakdown_type": "TOTAL",
            "breakdown_code": "TOTAL",
            "load_seq": seq,
            "value": Decimal(value),
            "recorded_at": datetime(2026, 11, 20, seq, tzinfo=UTC),
            "superseded_at": None if last else datetime(2026, 11, 20, seq + 1, tzinfo=UTC),
            "change_reason": "first" if seq == 1 else "revised_by_source",
            "is_deleted": False,
            **more,
        },
    )


def test_versions_of_one_day_have_their_hour_and_equals_go_by_size(tables: SmallWarehouse) -> None:
    for partner, size in (("AUS", 1), ("JPN", 1000), ("SGP", 10)):
        version(tables, 100 * size, 1, partner_area=partner)
        version(tables, 104 * size, 2, partner_area=partner, last=True)
    figure = drawn(tables, "vintages")
    assert figure.sentence.id.startswith("Revisi terbesar: JPN")
    assert [r["partner_area"] for r in figure.rows] == ["JPN", "JPN", "SGP", "SGP", "AUS", "AUS"]
    assert [row_in(figure, row=n)["recorded_at"] for n in (0, 1)] == [
        "20 Nov 2026 01:00 UTC", "20 Nov 2026 02:00 UTC",
    ]  # fmt: skip
    assert "(+4,0%)" in chart_of(figure, "id", TODAY)[0]


@pytest.mark.parametrize(
    ("frequency", "code", "texts"),
    [
        ("M", "920600999", ("(920600999) · JPN · Agustus 2025", "(920600999) · JPN · August 2025")),
        ("A", "920600", ("Kendang · JPN · 2025", "Drums · JPN · 2025")),
    ],
)
def test_a_revision_says_which_product_and_month(
    tables: SmallWarehouse, frequency: str, code: str, texts: tuple[str, str]
) -> None:
    tables.insert("ref_product", classification="HS2022", product_code="920600",
                  name_id="Kendang", name_en="Drums")  # fmt: skip
    more = {"frequency": frequency, "period_start": SUMMER, "product_code": code}
    version(tables, 100, 1, **more)
    version(tables, 104, 2, **more, last=True)
    figure = drawn(tables, "revisions")
    for language, text in zip(("id", "en"), texts, strict=True):
        assert row_in(figure, language)["figure"].endswith(text)
        assert row_in(figure, language)["figure"].startswith(("Kendang", "Drums"))


def test_a_revision_is_traced_to_the_row_that_was_revised(tables: SmallWarehouse) -> None:
    version(tables, 100, 1, breakdown_code="SOEKARNO-HATTA (U)")
    version(tables, 104, 2, breakdown_code="SOEKARNO-HATTA (U)", last=True)
    figure = drawn(tables, "revisions")
    verb, *pairs = shlex.split(command_of(figure.tables, figure.rows))[1:]
    assert (verb, pairs[:3]) == ("trace", ["core_trade__flows", "source=bank", "frequency=A"])
    assert pairs[-1] == "breakdown_code=SOEKARNO-HATTA (U)"


def test_partners_of_one_language_have_names(tables: SmallWarehouse) -> None:
    for area, name in (("AUS", "Australia"), ("USA", "Amerika Serikat")):
        tables.insert("ref_area", scheme="iso3", code=area, area=area, name_id=name, name_en=area)
        tables.insert("core_cooperation__agreements", source="agreements", region_code="3505",
                      agreement_id=area, partner_area=area)  # fmt: skip
        tables.insert("core_cooperation__stage_events", source="stage_events", region_code="3505",
                      agreement_id=area, event_id="1", stage="penandatanganan",
                      event_date=date(2025, 3, 1), valid_to=date(2027, 1, 1))  # fmt: skip
    tables.insert("ops_load", recorded_at="2026-11-20 03:00:00+00")
    assert row_in(drawn(tables, "capacity"))["partner"] == "Amerika Serikat, Australia"


def test_days_of_moments_are_the_regions(tables: SmallWarehouse) -> None:
    """20:00 UTC is 3:00 of the next morning in Blitar."""
    moment = datetime(2026, 11, 29, 20, tzinfo=UTC)
    version(tables, 100, 1, recorded_at=moment, superseded_at=moment)
    version(tables, 104, 2, recorded_at=moment, last=True)
    figure = drawn(tables, "revisions")
    assert row_in(figure)["recorded_at"] == "30 Nov 2026"
    assert facts_in(figure)["Tanggal pengambilan data"] == "30 Nov 2026"
    assert figure.rows[0]["recorded_at"] == moment


def test_one_region_is_no_comparison(tables: SmallWarehouse) -> None:
    tables.insert("core_promotion__forums", source="forums", region_code="3505", forum_id="F-1")
    poor = {"source": "bps", "indicator": "poverty_rate", "area": "IDN", "frequency": "A",
            "period_start": YEAR, "unit": "percent", "value": Decimal(8)}  # fmt: skip
    tables.insert("core_context__indicators", region_code="3505", **poor)
    assert drawn(tables, "peers").sentence.id == "Belum ada daerah lain yang dapat dibandingkan."
    tables.insert("core_context__indicators", region_code="3504", **{**poor, "value": Decimal(9)})
    assert row_in(drawn(tables, "peers"))["rank"] == "2 / 2"
