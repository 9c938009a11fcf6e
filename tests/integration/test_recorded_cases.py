"""Answers that partners' services really gave, each with its right result: read from the folder of
recorded cases, where it is there. Own specimens of the same kinds are in the other tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tasks.outcome import Outcome, Report
from tasks.slices import window
from tests.conftest import rows
from tests.faultserver import Route, replay
from tests.integration.test_answers_as_asked import customs, error_of

Run = Callable[..., Report]

pytestmark = pytest.mark.slow


def declared(cases: Path, tmp_path: Path, case: str, name: str) -> str:
    folder = tmp_path / "cases"
    folder.mkdir(exist_ok=True)
    shutil.copy(next(cases.glob(f"{case}-*")) / name, folder / name)
    return str(folder)


def body(cases: Path, case: str, name: str) -> bytes:
    return (next(cases.glob(f"{case}-*")) / name).read_bytes()


def test_s14_codes_of_eurostat(run: Run, cases: Path, tmp_path: Path, home: Path) -> None:
    answer = body(cases, "s14", "answer.json")
    with replay(lambda _: Route(answer)) as base:
        folder = declared(cases, tmp_path, "s14", "c15.yml")
        run("c15", hosts={"bs": base}, PENATARAN_SOURCES_PATH=folder)
    assert rows(home, "SELECT area, value::INT FROM core_context__indicators ORDER BY value") == [
        ("GRC", 10), ("GBR", 20), ("NAM", 30), ("IDN", 40)
    ]  # fmt: skip


def test_s20_an_older_edition(run: Run, cases: Path) -> None:
    answer = body(cases, "s20", "syb64_head.csv")
    with replay(lambda _: Route(answer)) as base:
        outcome = run("un_tourism", hosts={"undata": base}).sources[0]
    assert (outcome.status, outcome.counts.quarantined) == ("loaded", 0)
    assert outcome.counts.new > 10


class TestS21:
    def load(self, run: Run, cases: Path, year: str) -> dict[str, Outcome]:
        answer = body(cases, "s21", "jp.csv")
        with customs(answer, answer) as base:
            report = run("japan_customs", hosts={"japan_customs": base}, window=window(year, year))
        return {o.slice: o for o in report.sources}

    def test_s21_the_months_of_the_file(self, run: Run, cases: Path, home: Path) -> None:
        assert self.load(run, cases, "2026")["exports/2026"].status == "loaded"
        found = rows(home, "SELECT value::BIGINT FROM core_trade__flows ORDER BY period_start")
        assert [v for (v,) in found] == [
            544_477_000, 92_551_000, 355_826_000, 664_647_000, 390_151_000
        ]  # fmt: skip

    def test_s21b_it_holds_no_imports_and_no_other_year(
        self, run: Run, cases: Path, home: Path
    ) -> None:
        assert error_of(self.load(run, cases, "2026")["imports/2026"]) == "other_answer"
        assert {error_of(o) for o in self.load(run, cases, "2025").values()} == {"other_answer"}
        assert rows(home, "SELECT DISTINCT flow, valuation FROM core_trade__flows") == [
            ("export", "FOB")
        ]


def estat(run: Run, cases: Path, case: str, tables: bytes) -> list[Outcome]:
    def find(path: str) -> Route:
        if "getStatsList" in path:
            return Route(tables)
        asked = parse_qs(urlsplit(path).query)["statsDataId"][0]
        name = "estat_right.json" if asked == "0003425294" else "estat_principal.json"
        return Route(body(cases, case, name))

    with replay(find) as base:
        report = run("estat_trade", hosts={"estat": base}, window=window("2026", "2026"),
                     ESTAT_APP_ID="x")  # fmt: skip
    return [o for o in report.sources if o.slice.startswith("exports")]


def test_s22_months_that_are_not_published(run: Run, cases: Path, home: Path) -> None:
    tables = json.loads(body(cases, "s23", "estat_list.json"))
    tables["GET_STATS_LIST"]["DATALIST_INF"]["TABLE_INF"].pop()
    (outcome,) = estat(run, cases, "s22", json.dumps(tables).encode())
    # 14 commodities, one of them twice, in nine months.
    assert (outcome.status, outcome.counts.new, outcome.counts.ignored) == ("loaded", 126, 45)
    assert rows(home, "SELECT max(period_start)::VARCHAR FROM core_trade__flows") == [
        ("2026-09-01",)
    ]


def test_s23_the_other_family(run: Run, cases: Path, home: Path) -> None:
    (outcome,) = estat(run, cases, "s23", body(cases, "s23", "estat_list.json"))
    assert (outcome.status, outcome.counts.new) == ("loaded", 126)
    assert rows(
        home, "SELECT count(*) FROM core_trade__flows WHERE product_code LIKE '701010%'"
    ) == [(0,)]  # fmt: skip


def test_s26_nothing_of_the_world_bank(run: Run, cases: Path) -> None:
    answer = body(cases, "s26", "answer.json")
    with replay(lambda _: Route(answer)) as base:
        report = run("worldbank", hosts={"worldbank": base})
    assert {o.counts.fetched for o in report.sources} == {0}
    assert report.exit_code == 0


def test_s30_an_earlier_day(run: Run, cases: Path, tmp_path: Path, home: Path) -> None:
    def find(path: str) -> Route:
        year = parse_qs(urlsplit(path).query)["y"][0]
        return Route(body(cases, "s30", f"{year}.json") if year < "2021" else b"[]")

    folder = declared(cases, tmp_path, "s30", "f31.yml")
    with replay(find) as base:
        report = run("f31", hosts={"bs": base}, PENATARAN_SOURCES_PATH=folder,
                     window=window("2019", "2020"))  # fmt: skip
    assert report.exit_code == 0
    found = rows(home, "SELECT rate_date::VARCHAR FROM core_exchange__rates__vintages ORDER BY 1")
    assert found == [("2019-12-31",), ("2020-01-02",)]


def test_s31_a_weight_of_zero(run: Run, cases: Path, home: Path) -> None:
    answer = body(cases, "s31", "answer.json")
    signal = b'{"data": [{"period": 1}]}'
    with replay(lambda path: Route(signal if "getD" in path else answer)) as base:
        report = run("comtrade", hosts={"comtrade": base}, window=window("2023", "2023"))
    assert "loaded" in {o.status for o in report.sources}
    found = rows(
        home,
        "SELECT product_code, net_weight_kg::INT, quantity::INT, quantity_unit "
        "FROM core_trade__flows WHERE frequency = 'A' ORDER BY 1",
    )
    assert found == [("090111", 456789, 456789, "8"), ("920600", None, None, None)]


def test_s32_a_new_column(run: Run, cases: Path) -> None:
    answer = body(cases, "s32", "answer.json")
    with replay(lambda _: Route(answer)) as base:
        report = run("bps_trade", hosts={"bps": base}, window=window("2026", "2026"),
                     BPS_API_KEY="x")  # fmt: skip
    assert {error_of(o) for o in report.sources} == {"column_added"}
    assert all("jenishs" in o.error["message"] for o in report.sources if o.error)
