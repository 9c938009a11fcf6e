"""Trade of all countries with the world, markets by supplier, and capitals: answers to rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from config import declarations
from flows.declare import stage_specimen
from sandbox.server import serve
from sandbox.world import World
from tasks.outcome import Report
from tasks.slices import window
from tests.conftest import rows, settings_for
from tests.faultserver import Route, replay

Run = Callable[..., Report]
pytestmark = pytest.mark.slow
TODAY = date(2026, 11, 24)
DECLARED = declarations.load_all().sources


@pytest.fixture(scope="module")
def partners() -> Iterator[str]:
    with serve(1, TODAY) as base:
        yield base


def load(run: Run, base: str, *sources: str) -> Report:
    return run(*sources, hosts={"comtrade": base}, window=window("2024", "2024"),
               COMTRADE_API_KEY="not-to-be-kept")  # fmt: skip


# Great circles between capitals, in kilometres, as a mart may ask for them.
DISTANCES = """SELECT b.area, CAST(2 * 6371.0088 * asin(sqrt(
    power(sin(radians(b.latitude_deg - a.latitude_deg) / 2), 2)
    + cos(radians(a.latitude_deg)) * cos(radians(b.latitude_deg))
    * power(sin(radians(b.longitude_deg - a.longitude_deg) / 2), 2))) AS INTEGER)
  FROM ref_capital AS a, ref_capital AS b
  WHERE a.area = 'IDN' AND b.area IN ('AUS', 'JPN') ORDER BY 1"""


def test_a_simulated_year_of_the_world_and_of_the_markets(
    run: Run, home: Path, partners: str
) -> None:
    report = load(run, partners, "comtrade_world", "comtrade_markets")
    assert {o.status for o in report.sources} == {"loaded"}, report.sources
    world = World(1, TODAY)

    def value(where: str) -> Decimal:
        ((found,),) = rows(home, f"SELECT value FROM core_trade__flows WHERE {where}")
        assert isinstance(found, Decimal)
        return found

    for product in ("TOTAL", "090111", "4602"):
        assert value(f"source = 'comtrade_world' AND reporter_area = 'IDN' AND flow = 'export' "
                     f"AND product_code = '{product}'") == Decimal(
            str(world.trade_value("2024", 0, product)))  # fmt: skip
    assert value("source = 'comtrade_markets' AND reporter_area = 'JPN' AND partner_area = 'IDN' "
                 "AND product_code = 'TOTAL'") == Decimal(
        str(round(world.import_value("2024", 392, "TOTAL"), 3)))  # fmt: skip
    # One figure, wherever it stands: the market's imports from the world.
    other = rows(home, "SELECT count(*), count(*) FILTER (w.value <> m.value) "
                 "FROM core_trade__flows AS w JOIN core_trade__flows AS m USING (reporter_area, "
                 "partner_area, flow, product_code, period_start) WHERE w.source = "
                 "'comtrade_world' AND m.source = 'comtrade_markets'")  # fmt: skip
    assert other[0][0] > 500
    assert other[0][1] == 0
    # Suppliers are parts of the world's row, and make it up where none was refused.
    assert rows(home, "SELECT count(*) FROM (SELECT sum(value) FILTER (partner_area = 'WLD') AS "
                "whole, sum(value) FILTER (partner_area <> 'WLD') AS parts FROM core_trade__flows "
                "WHERE source = 'comtrade_markets' GROUP BY reporter_area, product_code) "
                "WHERE parts > whole + 0.01") == [(0,)]  # fmt: skip
    assert rows(home, "SELECT count(DISTINCT reporter_area), bool_and(partner_area = 'WLD'), "
                "count(DISTINCT product_code) FILTER (length(product_code) = 4) "
                "FROM core_trade__flows WHERE source = 'comtrade_world'") == [
        (33, True, 85)]  # fmt: skip
    assert rows(home, "SELECT DISTINCT reporter_area FROM core_trade__flows WHERE source = "
                "'comtrade_world' AND product_classification = 'HS2017' ORDER BY 1") == [
        ("LAO",), ("MMR",), ("TLS",)]  # fmt: skip
    urls = [u for (u,) in rows(home, "SELECT url FROM ops_raw WHERE source LIKE 'comtrade_%' "
                               "AND url LIKE '%/get/%'")]  # fmt: skip
    assert len(urls) == 5
    assert not any("not-to-be-kept" in u for u in urls)
    assert rows(home, DISTANCES) == [("AUS", 5391), ("JPN", 5786)]
    # Nothing was released since: no data are asked for.
    again = load(run, partners, "comtrade_world", "comtrade_markets")
    assert {o.status for o in again.sources} == {"unchanged"}


REPORTERS = (36, 76, 124, 156, 251, 276, 360, 392, 410, 842)


def released(japan: str) -> Callable[[str], Route]:
    """Two headings of ten countries; Japan reports them by this revision."""
    path = Path(__file__).parents[1] / "specimens" / "comtrade_world" / "annual.json"
    base = json.loads(path.read_text(encoding="utf-8"))["data"][1]

    def find(path: str) -> Route:
        query = parse_qs(urlsplit(path).query)
        data: list[dict[str, Any]] = []
        if "Reporters.json" in path:
            results = [{"reporterCode": code} for code in REPORTERS]
            return Route(json.dumps({"results": results}).encode())
        if "getDa" in path:
            data = [{"period": 2024, "reporterCode": 392, "classificationCode": japan}]
        elif query["cmdCode"] == ["AG4"]:
            data = [
                base | {"reporterCode": reporter, "cmdCode": code,
                        "classificationCode": japan if reporter == 392 else "H6"}
                for reporter in REPORTERS for code in ("0901", "8542")
            ]  # fmt: skip
        return Route(json.dumps({"count": len(data), "data": data, "error": ""}).encode())

    return find


def test_a_year_that_is_reported_again_in_another_revision_stands_once(
    run: Run, home: Path
) -> None:
    """Both revisions side by side would double a country's total."""
    for revision in ("H5", "H6"):
        with replay(released(japan=revision)) as base:
            (outcome,) = load(run, base, "comtrade_world").sources
        assert outcome.status == "loaded", outcome
    assert outcome.counts.deleted == 2
    assert rows(home, "SELECT product_classification, count(*) FROM core_trade__flows "
                "WHERE source = 'comtrade_world' GROUP BY 1") == [("HS2022", 20)]  # fmt: skip


def test_a_recorded_answer_with_all_partners_reads_whole(samples: Path, tmp_path: Path) -> None:
    """226 partners of Switzerland, the world beside them."""
    path = samples / "comtrade/recorded/get/partners_ch_total_2023.json"
    body = json.loads(path.read_text(encoding="utf-8"))["response"]["body"]
    (tmp_path / "annual.json").write_text(body, encoding="utf-8")
    source = DECLARED["comtrade_markets"]
    text, refused = stage_specimen(
        settings_for(tmp_path), DECLARED, source, tmp_path / "annual.json"
    )
    head, *lines = text.splitlines()
    assert (len(lines), refused) == (226, [])
    at = head.split(",").index
    values = {r.split(",")[at("partner_area")]: Decimal(r.split(",")[at("value")]) for r in lines}
    whole = values.pop("WLD")
    assert abs(sum(values.values()) - whole) < whole / 1000
