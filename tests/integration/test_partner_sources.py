"""Whole runs of the trade and rate sources: discovery, paging, cross-checks, the mirror."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config import declarations
from sandbox.server import serve
from tasks.outcome import Report
from tasks.slices import window
from tests.conftest import ROOT, rows
from tests.faultserver import Route, replay

Run = Callable[..., Report]
Toy = Callable[..., str]


@pytest.fixture(scope="module")
def partners() -> Iterator[str]:
    with serve(1, date(2026, 11, 24)) as base:
        yield base


def served(*bodies: Any) -> Iterator[Route]:
    return (Route(json.dumps(b).encode()) for b in bodies)


@pytest.mark.slow
def test_tables_are_found_and_pages_followed_to_the_end(
    run: Run, home: Path, partners: str
) -> None:
    report = run(
        "estat_trade", hosts={"estat": partners}, window=window("2025", "2025"), ESTAT_APP_ID="x"
    )
    assert {o.status for o in report.sources} == {"loaded"}
    assert sum(o.counts.new for o in report.sources) > 200  # a page holds 100
    urls = [u for (u,) in rows(home, "SELECT url FROM ops_raw WHERE source = 'estat_trade'")]
    assert any("startPosition=101" in u for u in urls)
    assert all("appId" not in u for u in urls)
    again = run(
        "estat_trade", hosts={"estat": partners}, window=window("2025", "2025"), ESTAT_APP_ID="x"
    )
    assert {o.status for o in again.sources} == {"unchanged"}


@pytest.mark.slow
def test_two_ways_to_one_office_say_the_same(run: Run, home: Path, partners: str) -> None:
    """The customs' files and e-Stat's tables are the same figures."""
    for source, host in (("estat_trade", "estat"), ("japan_customs", "japan_customs")):
        report = run(
            source, hosts={host: partners}, window=window("2025", "2025"), ESTAT_APP_ID="x"
        )
        assert {o.status for o in report.sources} == {"loaded"}, report.sources
    unequal = rows(
        home,
        "SELECT count(*), count(a.value), count(b.value), count(*) FILTER (a.value <> b.value) "
        "FROM (SELECT * FROM core_trade__flows WHERE source = 'estat_trade') AS a FULL JOIN "
        "(SELECT * FROM core_trade__flows WHERE source = 'japan_customs') AS b "
        "USING (period_start, partner_area, flow, product_code)",
    )
    (every, here, there, different) = unequal[0]
    assert every == here == there > 200
    assert different == 0
    stages = rows(home, "SELECT DISTINCT release_stage FROM core_trade__flows")
    settled = datetime.now(UTC).date() >= date(2026, 12, 1)  # 335 days after the year
    assert stages == [("final" if settled else "provisional",)]


@pytest.mark.slow
def test_ports_add_up_and_absence_is_no_failure(run: Run, home: Path, partners: str) -> None:
    report = run(
        "bps_trade", hosts={"bps": partners}, window=window("2013-01", "2014-03"), BPS_API_KEY="x"
    )
    found = {o.slice.split("/")[1][:4]: o.status for o in report.sources}
    assert found == {"2013": "not_published", "2014": "loaded"}
    assert rows(home, "SELECT count(*) FROM core_trade__flows WHERE breakdown_type = 'TOTAL'") == [
        (0,)
    ]
    assert rows(home, "SELECT min(period_start) FROM core_trade__flows")[0][0] == date(2014, 1, 1)


@pytest.mark.slow
def test_an_unknown_name_comes_back_with_the_nearest(run: Run, home: Path, partners: str) -> None:
    body = {"status": "OK", "data-availability": "available", "data": [
        {"value": n, "netweight": n, "kodehs": "[44] Kayu", "pod": "P", "ctr": name,
         "tahun": "2024", "bulan": "[01] Januari"}
        for n, name in enumerate([*["JAPAN"] * 1, "JAPN", "AUSTRALIA", "SINGAPORE", "MALAYSIA",
                                  "THAILAND", "CHINA", "VIET NAM", "FRANCE", "ITALY", "SPAIN",
                                  "GREECE", "POLAND", "NORWAY", "SWEDEN", "CANADA", "MEXICO",
                                  "BRAZIL", "PERU", "CHILE", "INDIA"], start=1)]}  # fmt: skip
    with replay(lambda _: Route(json.dumps(body).encode())) as base:
        run("bps_trade", hosts={"bps": base}, window=window("2024", "2024"), BPS_API_KEY="x")
    ((reasons,),) = rows(
        home, "SELECT reasons FROM ops_quarantine WHERE record LIKE '%JAPN%' LIMIT 1"
    )
    hint = json.loads(reasons)[0]["hint"]
    assert hint.startswith("nearest: japan (JPN)")


def rates(factor: float = 1.0, currency: str = "IDR") -> dict[str, Any]:
    data = [
        {"date": f"2026-01-{day:02d}", "currency": currency, "rate": str(16000 * factor + day)}
        for day in range(1, 11)
    ]
    return {"data": data, "count": len(data)}


@pytest.mark.slow
def test_a_unit_that_changed_stops_the_load(run: Run, home: Path, toy: Toy) -> None:
    folder = toy(coverage={"absence": "nothing"})
    bodies = iter([rates(), rates(0.001), rates(1.05)])
    reports = []
    for body in bodies:
        with replay(lambda _, b=body: Route(json.dumps(b).encode())) as base:
            reports.append(run("toy", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder))
    first, jumped, later = (r.sources[0] for r in reports)
    assert (first.status, jumped.status, later.status) == ("loaded", "failed", "loaded")
    assert jumped.error is not None
    assert jumped.error["code"] == "unit_changed"
    assert "unit" in jumped.error["hint"]
    assert "0.00" in jumped.error["message"]
    known = rows(home, "SELECT min(rate) FROM core_exchange__rates__vintages WHERE source = 'toy'")
    assert known[0][0] > 15000


@pytest.mark.slow
def test_a_cross_check_warns_and_loads(run: Run, home: Path, toy: Toy) -> None:
    folder = toy()
    toy("twin", cross_check={"source": "toy", "tolerance": 0.01})
    with replay(lambda _: Route(json.dumps(rates()).encode())) as base:
        run("toy", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder)
    wrong = rates()
    wrong["data"][3]["rate"] = "16500"
    with replay(lambda _: Route(json.dumps(wrong).encode())) as base:
        report = run("twin", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder)
    assert report.sources[0].counts.new == 10
    ((detail,),) = rows(
        home, "SELECT detail FROM ops_check WHERE source = 'twin' AND check_id LIKE 'warning%'"
    )
    assert "1 of 10 figures differ from toy" in detail
    assert "2026-01-04" in detail


@pytest.mark.slow
def test_a_stage_follows_from_the_age(run: Run, home: Path, toy: Toy) -> None:
    stages = [
        {"stage": "final", "days": 300, "after": "year"},
        {"stage": "provisional", "days": 30},
    ]
    folder = toy(stages=stages, release_stage="preliminary")
    today = datetime.now(UTC).date()
    days = [date(today.year - 2, 12, 31), today - timedelta(days=40), today - timedelta(days=5)]
    data = [{"date": str(d), "currency": "IDR", "rate": "16000"} for d in days]
    with replay(lambda _: Route(json.dumps({"data": data, "count": 3}).encode())) as base:
        run("toy", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder)
    found = rows(
        home, "SELECT release_stage FROM core_exchange__rates WHERE source='toy' ORDER BY rate_date"
    )
    assert found == [("final",), ("provisional",), ("preliminary",)]


FLOWS: dict[str, Any] = {
    "domain": "trade",
    "table": "core_trade__flows",
    "datasets": {"annual": {"frequency": "A", "start": 2020}},
    "columns": {
        "period": "period", "reporter": "reporter_area", "partner": "partner_area",
        "hs": "product_code", "class": "product_classification", "value": "value",
    },
}  # fmt: skip
SIDE = {"region_code": "TOTAL", "breakdown_type": "TOTAL", "breakdown_code": "TOTAL"}


@pytest.mark.usefixtures("marts")
@pytest.mark.slow
def test_every_difference_of_the_mirror_has_its_reason(
    run: Run, home: Path, toy: Toy, partners: str
) -> None:
    """Indonesia says 1,000 USD FOB; Japan books 169,600 yen CIF in two national lines."""
    folder = toy(
        "sold", **FLOWS,
        constants={**SIDE, "flow": "export", "valuation": "FOB", "currency": "USD"},
        release_stage="final",
    )  # fmt: skip
    toy(
        "bought", **FLOWS,
        constants={**SIDE, "flow": "import", "valuation": "CIF", "currency": "JPY"},
        release_stage="provisional",
    )  # fmt: skip
    run("ecb", hosts={"ecb": partners})
    ((rate,),) = rows(
        home,
        "SELECT CAST(sum(y) / count(*) AS DECIMAL(24,10)) FROM (SELECT j.average_rate / "
        "u.average_rate AS y FROM mart_rates_monthly AS j JOIN mart_rates_monthly AS u "
        "USING (source, month_start) WHERE year(month_start) = 2025 AND j.quote_currency = 'JPY' "
        "AND u.quote_currency = 'USD')",
    )
    yen = (Decimal(1060) * rate / 2).quantize(Decimal("0.0001"))
    line = {"period": "2025", "reporter": "JPN", "partner": "IDN", "class": "HS2022"}
    bodies = {
        "sold": [{"period": "2025", "reporter": "IDN", "partner": "JPN", "class": "HS2017",
                  "hs": "442011", "value": "1000"}],
        "bought": [{**line, "hs": "442011010", "value": str(yen)},
                   {**line, "hs": "442011090", "value": str(yen)}],
    }  # fmt: skip
    for code, data in bodies.items():
        body = json.dumps({"data": data, "count": len(data)}).encode()
        with replay(lambda _, b=body: Route(b)) as base:
            report = run(code, hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder)
            assert report.sources[0].status == "loaded", report.sources[0]
    ((*numbers, valuation, currency, stage, classification),) = rows(
        home,
        "SELECT export_value_usd, round(import_value_usd, 2), round(difference_usd, 2), "
        "round(valuation_difference_usd, 2), round(remaining_difference_usd, 2), mirror_gap, "
        "differs_in_valuation, differs_in_currency, differs_in_stage, differs_in_classification "
        "FROM mart_trade_mirror WHERE exporter_area = 'IDN' AND importer_area = 'JPN' "
        "AND product_code = '442011'",
    )
    assert [round(float(n), 2) for n in numbers] == [1000, 1060, 60, 60, 0, 0]
    assert (valuation, currency, stage, classification) == (True, True, True, True)


class TestDeclarations:
    def test_one_extends_another_and_takes_keys_away(self, tmp_path: Path) -> None:
        (tmp_path / "mirror2.yml").write_text(
            "extends: comtrade\nsignal: null\ndatasets: {monthly: null}\n"
            "request: {params: {flowCode: M}}\n"
        )
        found = declarations.load_all([tmp_path]).sources["mirror2"]
        assert found.signal is None
        assert list(found.datasets) == ["annual"]
        assert found.request is not None
        assert found.request.params["flowCode"] == "M"
        assert found.request.params["partner2Code"] == "0"

    def test_what_it_extends_must_exist(self, tmp_path: Path) -> None:

        (tmp_path / "mirror2.yml").write_text("extends: nowhere\n")
        assert "nowhere" in declarations.load_all([tmp_path]).broken["mirror2"].message

    def test_a_part_keeps_the_identity_of_the_whole(self) -> None:
        source = declarations.load_all().sources["abs_trade"]
        part = source.part("imports")
        assert part.constants["valuation"] == "customs"
        assert "COUNTRY_ORIGIN" in part.columns
        assert "COUNTRY_ORIGIN" not in source.part("exports").columns
        assert (part.sha256, part.reading_sha256) == (source.sha256, source.reading_sha256)

    def test_no_declaration_is_a_copy_of_another(self) -> None:
        """What two sources of one interface share stands once."""
        seen: dict[str, str] = {}
        for source in declarations.load_all().sources.values():
            if source.is_builtin or source.is_file:
                continue
            text = (declarations.BUILT_IN / f"{source.code}.yml").read_text(encoding="utf-8")
            if text.partition("extends:")[1]:
                continue
            key = json.dumps([str(source.request), str(sorted(source.columns))])
            assert key not in seen, (source.code, seen.get(key))
            seen[key] = source.code


@pytest.mark.slow
def test_a_page_that_is_gone_takes_nothing_from_the_service(run: Run, home: Path) -> None:
    folder = ROOT / "tests" / "specimens" / "bank_indonesia"

    def answer(path: str) -> Route:
        if "default.aspx" in path:
            return Route(b"<html>gone</html>", status=404)
        name = "jisdor.xml" if "Jisdor" in path else "transaction.xml"
        return Route((folder / name).read_bytes(), headers={"Content-Type": "text/xml"})

    with replay(answer) as base:
        report = run(
            "bank_indonesia", hosts={"bank_indonesia": base}, window=window("2026", "2026")
        )
    found = {o.slice.split("/")[0]: o for o in report.sources}
    assert found["page"].error is None
    assert found["page"].counts.fetched == 0
    assert found["jisdor"].status == "loaded"
