"""Tourism, students and context: whole runs, and that no aggregate ever enters a sum."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config import region as regions
from config.settings import Settings
from reports.drawn import Drawn, Studio
from sandbox.server import serve
from sandbox.services import Ask
from sandbox.services.bps import dynamic
from sandbox.world import World
from tasks.home import open_warehouse
from tasks.outcome import Report
from tasks.slices import window
from tests.conftest import rows, settings_for
from tests.unit.reports.drawing import rows_in
from tests.workbooks import Take, only, workbook

Run = Callable[..., Report]
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("marts")]
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def partners() -> Iterator[str]:
    with serve(1, TODAY) as base:
        yield base


def partner_table(number: int, domain: str, year: int) -> dict[str, Any]:
    """What the simulated office answers, to compare with what was loaded."""
    path = f"/v1/api/list/model/data/lang/ind/domain/{domain}/var/{number}/th/{year - 1900}"
    found: dict[str, Any] = json.loads(dynamic(World(1, TODAY), Ask(path, {"key": "x"}, {})).body)
    return found


def load(run: Run, partners: str, *sources: str, of: str, since: str = "2025") -> None:
    report = run(*sources, hosts={of: partners}, window=window(since, "2025"), BPS_API_KEY="x")
    assert {o.status for o in report.sources} == {"loaded"}, report.sources


def test_neither_subtotals_nor_the_years_total_enter_a_sum(
    run: Run, home: Path, partners: str
) -> None:
    load(run, partners, "bps_tourism", of="bps")
    table = partner_table(1150, "0000", 2025)
    (total,) = (v["val"] for v in table["vervar"] if v["label"] == "Total")
    year = table["datacontent"][f"{total}1150012513"]
    gates = "FROM core_tourism__arrivals WHERE breakdown_type = 'entry_gate'"
    assert rows(home, f"SELECT sum(visitors) {gates}") == [(year,)]
    assert rows(home, f"SELECT count(DISTINCT breakdown_code), count(*) {gates}") == [(5, 60)]
    # Nationalities: ASEAN is no country, and the world is a row of its own.
    assert rows(home, "SELECT sum(visitors) FILTER (origin_area <> 'WLD') - "
                "sum(visitors) FILTER (origin_area = 'WLD') FROM core_tourism__arrivals "
                "WHERE breakdown_type = 'TOTAL'") == [(0,)]  # fmt: skip
    shares = rows(home, "SELECT sum(share), count(share), bool_and(is_complete) "
                  "FROM mart_tourism_source_markets WHERE source = 'bps_tourism'")  # fmt: skip
    assert abs(shares[0][0] - 1) < Decimal("0.001")
    assert shares[0][1:] == (6, True)
    assert rows(home, "SELECT origin_area FROM mart_tourism_source_markets "
                "WHERE source = 'bps_tourism' AND NOT is_country") == [("WLD",)]  # fmt: skip


def test_tables_are_found_by_their_titles_over_all_pages(
    run: Run, home: Path, partners: str
) -> None:
    load(run, partners, "bps_context", of="bps")
    urls = [u for (u,) in rows(home, "SELECT url FROM ops_raw WHERE source = 'bps_context'")]
    assert sorted(u.split("/var/")[1].split("/")[0] for u in urls) == ["330", "416", "421", "536"]
    assert all("/domain/3500/" in u and u.endswith("/th/125") for u in urls)  # the key is not kept
    # A province's row holds its regencies; it is one row more, never one of them.
    where = "FROM core_context__indicators WHERE indicator = 'grdp_constant_prices'"
    regions_of = [r for (r,) in rows(home, f"SELECT region_code {where} ORDER BY 1")]
    assert regions_of == ["35", "3504", "3505", "3506", "3572"]
    value = partner_table(330, "3500", 2025)["datacontent"]["350533001250"]
    assert rows(home, f"SELECT value, unit {where} AND region_code = '3505'") == [
        (Decimal(str(value)) * 10**9, "IDR")
    ]
    # Employment has a total among the sectors; the sectors alone are rows.
    assert rows(home, "SELECT count(*) FROM core_context__indicators "
                "WHERE indicator LIKE 'employed%'") == [(15,)]  # fmt: skip
    # Totals and other tables' rows are left out by declaration, not as refused rows.
    assert rows(home, "SELECT count(*) FROM ops_quarantine WHERE source = 'bps_context'") == [(0,)]


def test_a_region_without_such_tables_is_not_published(run: Run, home: Path, partners: str) -> None:
    report = run("bps_context", hosts={"bps": partners}, window=window("2025", "2025"),
                 BPS_API_KEY="x", PENATARAN_REGION="34")  # fmt: skip
    assert {o.status for o in report.sources} == {"not_published"}


def test_occupancy_and_stay_do_not_overwrite_each_other(
    run: Run, home: Path, partners: str
) -> None:
    load(run, partners, "bps_accommodation", "bps_stay", of="bps")
    assert rows(home, "SELECT source, count(room_occupancy_percent), count(average_stay_nights), "
                "count(*) FILTER (value_status = 'observed') FROM core_tourism__accommodation "
                "GROUP BY source ORDER BY 1") == [
        ("bps_accommodation", 36, 0, 36), ("bps_stay", 0, 36, 36),
    ]  # fmt: skip
    assert rows(home, "SELECT DISTINCT region_code FROM core_tourism__accommodation "
                "ORDER BY 1") == [("34",), ("35",), ("51",)]  # not Indonesia (9999)  # fmt: skip
    assert rows(home, "SELECT measure, is_complete, method FROM mart_tourism_compared "
                "WHERE region_code = '35' ORDER BY 1") == [
        ("average_stay", True, "mean of the periods"),
        ("room_occupancy", True, "mean of the periods"),
    ]  # fmt: skip


def test_codes_of_the_abs_are_read_by_name_and_only_original_figures(
    run: Run, home: Path, partners: str
) -> None:
    load(run, partners, "abs_arrivals", of="abs")
    found = rows(home, "SELECT count(DISTINCT origin_area), count(*) FROM core_tourism__arrivals")
    # Six rows a month: no returns, nothing adjusted, no trend, no region, nobody "not stated".
    assert found == [(6, 72)]
    assert rows(home, "SELECT count(*) FROM ops_quarantine WHERE source = 'abs_arrivals'") == [(0,)]
    index = rows(home, "SELECT sum(seasonal_index), count(*), min(gini), max(gini) "
                 "FROM mart_tourism_seasonality WHERE origin_area = 'JPN'")  # fmt: skip
    assert abs(index[0][0] - 1200) < Decimal("0.01")
    assert index[0][1] == 12
    assert index[0][2] == index[0][3] > 0


def test_students_not_available_are_not_zero(run: Run, home: Path, partners: str) -> None:
    report = run("uis_students", hosts={"uis": partners})
    assert {o.status for o in report.sources} == {"loaded"}
    missing, zero = rows(home, "SELECT count(*) FILTER (value_status = 'missing' "
                         "AND students IS NULL), count(*) FILTER (students = 0) "
                         "FROM core_exchange__students")[0]  # fmt: skip
    assert missing > 5
    assert zero == 0
    (url,) = rows(home, "SELECT url FROM ops_raw WHERE source = 'uis_students' LIMIT 1")[0]
    assert "version=20260507-91260335" in url  # the newest release, pinned


def test_levels_of_the_oecd_are_not_added(run: Run, home: Path, partners: str) -> None:
    report = run("oecd_students", "oecd_tourism", hosts={"oecd": partners})
    assert {o.status for o in report.sources} == {"loaded"}
    assert rows(home, "SELECT DISTINCT level FROM mart_student_flows WHERE area = 'IDN' "
                "ORDER BY 1") == [("ISCED11_6",), ("ISCED11_7",), ("tertiary",)]  # fmt: skip


def test_visitors_tourists_and_guests_of_the_oecd_stand_apart(
    run: Run, home: Path, partners: str
) -> None:
    report = run("oecd_tourism", hosts={"oecd": partners})
    assert {o.status for o in report.sources} == {"loaded"}
    found = rows(home, "SELECT concept, origin_area, release_stage FROM core_tourism__arrivals "
                 "WHERE destination_area = 'JPN' AND period_start = DATE '2025-01-01' "
                 "ORDER BY 1, 2")  # fmt: skip
    # No same-day visitors, nights, continents or groups; the last year is provisional.
    assert found == [
        ("guest", "WLD", "provisional"), ("tourist", "AUS", "provisional"),
        ("tourist", "SGP", "provisional"), ("tourist", "USA", "provisional"),
        ("tourist", "WLD", "provisional"), ("visitor", "WLD", "provisional"),
    ]  # fmt: skip
    assert rows(home, "SELECT count(*) FROM core_tourism__arrivals "
                "WHERE destination_area NOT IN ('JPN', 'AUS', 'USA', 'IDN')") == [(0,)]  # fmt: skip
    shares = rows(home, "SELECT concept, round(sum(share), 4) FROM mart_tourism_source_markets "
                  "WHERE destination_area = 'JPN' AND year_start = DATE '2025-01-01' "
                  "AND is_country GROUP BY 1")  # fmt: skip
    assert shares == [("tourist", Decimal("0.2875"))]  # (0.1 + 0.05 + 0.08) of 0.8


def test_a_series_that_stopped_is_told_by_its_newest_value(
    run: Run, home: Path, partners: str
) -> None:
    """Years without a value are rows too, so the newest row says nothing."""
    report = run("worldbank", hosts={"worldbank": partners})
    assert {o.status for o in report.sources} == {"loaded"}
    found = rows(home, "SELECT indicator, CAST(newest_period_start AS VARCHAR), years_behind "
                 "FROM mart_indicator_freshness WHERE indicator IN ('ST.INT.ARVL', "
                 "'NY.GDP.MKTP.CD') ORDER BY 1")  # fmt: skip
    assert found == [("NY.GDP.MKTP.CD", "2024-01-01", 0), ("ST.INT.ARVL", "2020-01-01", 4)]


def students(take: Take, path: Path) -> None:
    lines = [["period_start", "origin_area", "destination_area", "level", "students"],
             [2024, "IDN", "JPN", "tertiary", 80], [2024, "JPN", "IDN", "tertiary", 20],
             [2024, "IDN", "AUS", "tertiary", 50], [2024, "IDN", "JPN", "master", 30]]  # fmt: skip
    assert only(take(workbook(path, lines), contract="students")).loaded == 4


def test_reciprocity_is_of_one_source_and_says_what_it_lacks(
    take: Take, home: Path, tmp_path: Path
) -> None:
    students(take, tmp_path / "students.xlsx")
    assert rows(home, "SELECT partner_area, level, students_out, students_in, reciprocity, "
                "reciprocity_note FROM mart_student_flows WHERE area = 'IDN' ORDER BY 1, 2") == [
        ("AUS", "tertiary", 50, None, None, "one_direction"),
        ("JPN", "master", 30, None, None, "one_direction"),
        ("JPN", "tertiary", 80, 20, Decimal("0.4000"), None),
    ]  # fmt: skip


def figures_of(settings: Settings, *names: str) -> list[Drawn]:
    studio = Studio(open_warehouse(settings), regions.load("3505"), TODAY)
    return [figure for name in names for figure in studio.draw(name)]


def test_outcomes_stand_beside_and_say_what_cannot_be_concluded(
    run: Run, home: Path, partners: str
) -> None:
    load(run, partners, "bps_context", of="bps", since="2024")
    found = rows(home, "SELECT region_code, is_province, relation, poverty_change_points "
                 "FROM mart_outcomes WHERE year_start = DATE '2025-01-01' ORDER BY 1")  # fmt: skip
    assert [r[:3] for r in found][:3] == [
        ("35", True, "association"), ("3504", False, "association"), ("3505", False, "association"),
    ]  # fmt: skip
    old = partner_table(421, "3500", 2024)["datacontent"]["350542101240"]
    new = partner_table(421, "3500", 2025)["datacontent"]["350542101250"]
    assert found[2][3] == Decimal(str(new)) - Decimal(str(old))
    words = rows(home, "SELECT DISTINCT cannot_conclude_id, cannot_conclude_en FROM mart_outcomes")
    assert words[0][0].startswith("Asosiasi, bukan sebab")
    assert words[0][1].startswith("Association, not cause")
    settings: Settings = settings_for(home)
    for language, title in (("id", "Kesejahteraan"), ("en", "How people live")):
        (outcomes,) = figures_of(settings, "outcomes")
        assert outcomes.title.in_language(language).startswith(title)
        places = {row[0] for row in rows_in(outcomes, language)}
        assert len(places) == 3  # the regency, the city of the same name, the province


def test_exports_are_one_statement_in_dollars(
    run: Run, take: Take, home: Path, partners: str, tmp_path: Path
) -> None:
    run("ecb", hosts={"ecb": partners})
    lines = [["source_org", "region_code", "frequency", "period_start", "partner_area",
              "product_code", "value", "currency"],
             ["Disperindag", "3505", "A", 2025, "JPN", "442011", 1000000000, "IDR"],
             ["Disperindag", "3505", "A", 2025, "AUS", "442011", 5000, "USD"],
             ["Disperindag", "3505", "A", 2025, "WLD", "442011", 9000000000, "IDR"]]  # fmt: skip
    path = workbook(tmp_path / "exports.xlsx", lines)
    assert only(take(path, contract="local_exports")).loaded == 3
    annual = "SELECT rate FROM mart_rates_annual WHERE is_first AND year = 2025 "
    ((rate,),) = rows(home, f"{annual} AND base_currency = 'USD' AND quote_currency = 'IDR'")
    found = rows(home, "SELECT exports_usd, exports_statements, exports_rows_left_out "
                 "FROM mart_outcomes WHERE region_code = '3505'")  # fmt: skip
    assert abs(float(found[0][0]) - (1e9 / float(rate) + 5000)) < 0.01
    assert found[0][1:] == (1, 0)


MARTS = {
    "tourism_source_markets": "source, origin_area, year_start, visitors, periods, share, "
    "change_on_year",
    "tourism_seasonality": "source, origin_area, breakdown_code, month_start, seasonal_index, gini",
    "tourism_compared": "source, region_code, year_start, measure, value, periods, method",
    "student_flows": "source, area, partner_area, year_start, students_out, students_in, "
    "reciprocity, reciprocity_note",
    "indicator_freshness": "source, indicator, newest_period_start, places, years_behind",
    "outcomes": "region_code, year_start, grdp_growth, spending_growth, poverty_change_points, "
    "welfare_sources, cannot_conclude_id",
    "rates_annual": "source, year, base_currency, quote_currency, rate, months, is_complete, "
    "method",
    "rates_monthly": "source, month_start, base_currency, quote_currency, average_rate, days",
    "rates_paired": "source, preference, month_start, base_currency, quote_currency, rate, method, "
    "days, release_stage",
}


def test_marts_and_page_are_the_same_on_both_databases(
    run: Run, home: Path, partners: str, postgres_url: str
) -> None:
    load(run, partners, "bps_tourism", "bps_context", "bps_stay", of="bps", since="2024")
    run("ecb", hosts={"ecb": partners}, window=window("2025", "2025"))
    run("reference_source")
    run("uis_students", hosts={"uis": partners})
    other = {"PENATARAN_WAREHOUSE_URL": postgres_url}
    run("uis_students", hosts={"uis": partners}, **other)
    for mart, columns in MARTS.items():
        sql = f"SELECT {columns} FROM mart_{mart} ORDER BY {columns}"
        found = sorted(rows(home, sql), key=str)
        assert found, mart
        assert sorted(rows(home, sql, **other), key=str) == found, mart
    one, two = (figures_of(settings_for(home, None, **v), "markets", "compared", "students",
                           "outcomes") for v in ({}, other))  # fmt: skip
    assert [rows_in(f) for f in one] == [rows_in(f) for f in two]
    assert len(one) == 4
    assert all(f.rows for f in one)
