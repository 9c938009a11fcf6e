"""What an answer says of itself is held against what was asked; a zero that means nothing known is
missing; of two tables the newest counts. Own specimens in the form of the partners' answers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tasks.outcome import Outcome, Report
from tasks.slices import window
from tests.conftest import first_of, first_row_of, rows
from tests.faultserver import Route, replay

Run = Callable[..., Report]
Toy = Callable[..., str]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FAMILY = "貿易統計_全国分 品別国別表 {}"
OTHER_FAMILY = "貿易統計_全国分 概況品別国別表 {}"


def error_of(outcome: Outcome) -> str:
    assert outcome.error is not None, outcome
    return str(outcome.error["code"])


# --- Japan Customs: files that are found by links ---


def customs_file(flow: str, year: str, months: int = 2) -> bytes:
    """A file of one product, in the customs' layout: `flow` is 1 for exports, 2 for imports."""
    head = ["Exp or Imp", "Year", "HS", "Country", "Unit1", "Unit2"]
    row = [flow, year, "'920590000", "118", "NO", "KG"]
    for month in MONTHS[:months]:
        head += [f"Quantity1-{month}", f"Quantity2-{month}", f"Value-{month}"]
        row += ["4", "9", "1250"]
    out = io.StringIO()
    csv.writer(out).writerows([head, row])
    return out.getvalue().encode()


@contextmanager
def customs(imports: bytes, exports: bytes) -> Iterator[str]:
    def find(path: str) -> Route | None:
        query = parse_qs(urlsplit(path).query)
        if path.startswith("/en/stat-search/file-download"):
            return Route(imports if query["statInfId"] == ["2"] else exports)
        if "month" in query:
            number = 2 if query["tclass2"] == ["000001013182"] else 1
            return Route(f'<a href="?statInfId={number}&fileKind=1">CSV</a>'.encode())
        return Route(b'<a href="?month=11010303">Mar.</a>')

    with replay(find) as base:
        yield base


class TestCustoms:
    def load(self, run: Run, imports: bytes, exports: bytes, year: str = "2026") -> Report:
        with customs(imports, exports) as base:
            return run("japan_customs", hosts={"japan_customs": base}, window=window(year, year))

    @pytest.mark.slow
    def test_the_files_that_were_asked_for_load(self, run: Run, home: Path) -> None:
        report = self.load(run, customs_file("2", "2026"), customs_file("1", "2026"))
        assert {o.status for o in report.sources} == {"loaded"}, report.sources
        assert rows(
            home, "SELECT flow, count(*), sum(value) FROM core_trade__flows GROUP BY 1 ORDER BY 1"
        ) == [("export", 2, 2_500_000), ("import", 2, 2_500_000)]

    @pytest.mark.slow
    def test_exports_are_not_taken_for_imports(self, run: Run, home: Path) -> None:
        report = self.load(run, customs_file("1", "2026"), customs_file("1", "2026"))
        by_slice = {o.slice: o for o in report.sources}
        assert error_of(by_slice["imports/2026"]) == "other_answer"
        assert by_slice["exports/2026"].status == "loaded"
        assert report.exit_code == 3
        assert rows(home, "SELECT DISTINCT flow FROM core_trade__flows") == [("export",)]
        error = by_slice["imports/2026"].error
        assert error is not None
        assert "column Exp or Imp, row 1: expected 2, received '1'" in error["message"]

    @pytest.mark.slow
    def test_a_file_of_another_year_is_refused(self, run: Run) -> None:
        report = self.load(run, customs_file("2", "2026"), customs_file("1", "2026"), year="2025")
        assert {error_of(o) for o in report.sources} == {"other_answer"}


# --- e-Stat: tables that are found by their name ---


def values(
    codes: dict[str, list[int]], *, step: int = 30, first: int = 170, year: str = "2026"
) -> list[dict[str, str]]:
    return [
        {"@cat01": code, "@cat02": str(first + step * month), "@area": "50118",
         "@time": f"{year}000000", "@unit": "千円", "$": str(number)}
        for code, numbers in codes.items()
        for month, number in enumerate(numbers)
    ]  # fmt: skip


def classes(names: dict[str, str]) -> dict[str, Any]:
    listed = [{"@code": code, "@name": name} for code, name in names.items()]
    return {"CLASS_OBJ": [{"@id": "cat02", "@name": "数量・金額", "CLASS": listed}]}


def table_of(number: str, found: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    inf = {"TOTAL_NUMBER": len(found), "FROM_NUMBER": 1, "TO_NUMBER": len(found)}
    data = {"RESULT_INF": inf, "TABLE_INF": {"@id": number}, "DATA_INF": {"VALUE": found}, **more}
    return {"GET_STATS_DATA": {"RESULT": {"STATUS": 0}, "STATISTICAL_DATA": data}}


def listed(*tables: tuple[str, str, str]) -> dict[str, Any]:
    found = [{"@id": i, "STATISTICS_NAME": name, "UPDATED_DATE": day} for i, name, day in tables]
    return {"GET_STATS_LIST": {"RESULT": {"STATUS": 0}, "DATALIST_INF": {"TABLE_INF": found}}}


def estat(run: Run, tables: Any, answers: dict[str, Any], year: str = "2026") -> Report:
    def find(path: str) -> Route | None:
        if "getStatsList" in path:
            return Route(json.dumps(tables).encode())
        asked = parse_qs(urlsplit(path).query)["statsDataId"][0]
        return Route(json.dumps(answers[asked]).encode())

    with replay(find) as base:
        return run("estat_trade", hosts={"estat": base}, window=window(year, year),
                   ESTAT_APP_ID="x")  # fmt: skip


EXPORTS = FAMILY.format("輸出")
ONE_EACH = (("11", EXPORTS, "2026-10-29"), ("12", FAMILY.format("輸入"), "2026-10-29"))
KNOWN = "SELECT month(period_start), CAST(value AS BIGINT) FROM core_trade__flows " \
        "WHERE flow = 'export' ORDER BY 1"  # fmt: skip


class TestTables:
    GOOD = [{"841391000": [5, 6, 7, 8]}][0]

    @pytest.mark.slow
    def test_a_family_whose_name_holds_the_name_is_another(self, run: Run, home: Path) -> None:
        """概況品別国別表 has principal commodities, and its months under other codes."""
        other = ("13", OTHER_FAMILY.format("輸出"), "2026-10-29")
        answers = {
            "11": table_of("11", values(self.GOOD)),
            "12": table_of("12", values(self.GOOD)),
            "13": table_of("13", values({"70101000": [1, 2, 3, 4]}, first=140, step=20)),
        }
        report = estat(run, listed(*ONE_EACH, other), answers)
        assert {o.status for o in report.sources} == {"loaded"}, report.sources
        assert rows(home, KNOWN) == [(1, 5000), (2, 6000), (3, 7000), (4, 8000)]
        assert rows(home, "SELECT DISTINCT product_code FROM core_trade__flows") == [("841391000",)]

    @pytest.mark.slow
    def test_a_list_with_other_names_alone_is_an_error(self, run: Run) -> None:
        tables = listed(("13", OTHER_FAMILY.format("輸出"), "2026-10-29"))
        report = estat(run, tables, {"13": table_of("13", values(self.GOOD))})
        assert {error_of(o) for o in report.sources} == {"none_fits"}
        assert all(
            OTHER_FAMILY.format("輸出") in o.error["message"] for o in report.sources if o.error
        )

    @pytest.mark.slow
    def test_an_answer_of_another_table_is_refused(self, run: Run) -> None:
        wrong = table_of("99", values(self.GOOD))
        report = estat(run, listed(*ONE_EACH), {"11": wrong, "12": wrong})
        assert {error_of(o) for o in report.sources} == {"other_answer"}

    @pytest.mark.slow
    def test_an_answer_of_another_flow_is_refused(self, run: Run) -> None:
        answers = {"11": table_of("11", values(self.GOOD)), "12": table_of("12", values(self.GOOD))}
        for answer in answers.values():
            data = answer["GET_STATS_DATA"]["STATISTICAL_DATA"]
            data["TABLE_INF"]["STATISTICS_NAME"] = FAMILY.format("輸入")
        report = estat(run, listed(*ONE_EACH), answers)
        by_slice = {o.slice: o for o in report.sources}
        assert by_slice["imports/2026"].status == "loaded"
        assert error_of(by_slice["exports/2026"]) == "other_answer"

    @pytest.mark.slow
    def test_months_come_from_the_table_s_own_names(self, run: Run, home: Path) -> None:
        """In this table 170 is a quantity and 180 February's value: only the names tell."""
        names = {"150": "1月 数量", "160": "１月 金額", "170": "2月 数量", "180": "2月 金額",
                 "190": "1月～2月 金額累計", "200": "金額 年計"}  # fmt: skip
        amounts = {"150": (3, "KG"), "160": (11, "千円"), "170": (4, "KG"), "180": (12, "千円"),
                   "190": (23, "千円"), "200": (23, "千円")}  # fmt: skip
        found = [
            {**values({"841391000": [amount]}, first=int(code))[0], "@unit": unit}
            for code, (amount, unit) in amounts.items()
        ]
        answers = {n: table_of(n, found, CLASS_INF=classes(names)) for n in ("11", "12")}
        report = estat(run, listed(*ONE_EACH), answers)
        assert {o.status for o in report.sources} == {"loaded"}, report.sources
        assert rows(home, KNOWN) == [(1, 11_000), (2, 12_000)]
        assert [o.counts.ignored for o in report.sources] == [4, 4]

    @pytest.mark.slow
    def test_names_without_a_month_are_refused(self, run: Run) -> None:
        unnamed = classes({"170": "金額", "200": "数量"})
        answers = {n: table_of(n, values(self.GOOD), CLASS_INF=unnamed) for n in ("11", "12")}
        report = estat(run, listed(*ONE_EACH), answers)
        assert {error_of(o) for o in report.sources} == {"reader_failed"}

    @pytest.mark.slow
    def test_months_that_are_not_published_have_no_figure(self, run: Run, home: Path) -> None:
        """A table lists all months of its year; the zero of March is one, that of May is none."""
        months = {"841391000": [5, 6, 0, 8, 0, 0, 0], "920590000": [1, 1, 1, 1, 0, 0, 0]}
        answers = {n: table_of(n, values(months)) for n in ("11", "12")}
        report = estat(run, listed(*ONE_EACH), answers)
        assert {o.status for o in report.sources} == {"loaded"}, report.sources
        assert [o.counts.ignored for o in report.sources] == [6, 6]
        assert rows(
            home, "SELECT max(period_start)::VARCHAR, "
            "count(*) FILTER (value_status = 'below_unit') FROM core_trade__flows "
            "WHERE flow = 'export'",
        ) == [("2026-04-01", 1)]  # fmt: skip

    @pytest.mark.slow
    def test_a_year_without_a_figure_has_none(self, run: Run) -> None:
        answers = {n: table_of(n, values({"841391000": [0] * 10})) for n in ("11", "12")}
        report = estat(run, listed(*ONE_EACH), answers)
        assert {(o.counts.new, o.counts.quarantined) for o in report.sources} == {(0, 0)}

    @pytest.mark.slow
    def test_of_two_tables_the_newest_counts(self, run: Run, home: Path) -> None:
        """The table of the fixed figures and that of the first ones hold the same months."""
        newer = ("10", EXPORTS, "2026-11-20")  # its number is smaller, its stamp is newer
        fixed = table_of("10", values({"841391000": [50, 60]}))
        answers = {n: table_of(n, values(self.GOOD)) for n in ("11", "12")} | {"10": fixed}
        report = estat(run, listed(*ONE_EACH, newer), answers)
        assert {o.status for o in report.sources} == {"loaded"}, report.sources
        assert rows(home, KNOWN) == [(1, 50_000), (2, 60_000), (3, 7000), (4, 8000)]
        assert sum(o.counts.duplicates for o in report.sources) == 2

    @pytest.mark.slow
    def test_two_tables_of_one_day_are_not_guessed_between(self, run: Run, home: Path) -> None:
        twin = ("10", EXPORTS, "2026-10-29")
        answers = {n: table_of(n, values(self.GOOD)) for n in ("11", "12")}
        answers["10"] = table_of("10", values({"841391000": [50, 60, 7, 8]}))
        report = estat(run, listed(*ONE_EACH, twin), answers)
        by_slice = {o.slice: o for o in report.sources}
        assert error_of(by_slice["exports/2026"]) == "too_many_refused"


# --- any source: the year, the codes, what is found ---


def toy_rates(days: list[str], currency: str = "JPY") -> bytes:
    found = [{"date": day, "currency": currency, "rate": 150} for day in days]
    return json.dumps({"count": len(found), "data": found}).encode()


class TestAnySource:
    YEARLY = {"daily": {"frequency": "D", "slice_by": "year", "start": 2020}}

    def load(self, run: Run, folder: str, body: bytes, **more: Any) -> Outcome:
        with replay(lambda _: Route(body)) as base:
            report = run("toy", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder, **more)
        return report.sources[0]

    @pytest.mark.slow
    def test_rows_of_another_year_are_left_out_and_counted(
        self, run: Run, toy: Toy, home: Path
    ) -> None:
        folder = toy(datasets=self.YEARLY)
        body = toy_rates(["2023-06-01", "2024-01-05", "2025-01-02"])
        outcome = self.load(run, folder, body, window=window("2024", "2024"))
        assert (outcome.status, outcome.counts.new, outcome.counts.ignored) == ("loaded", 1, 2)
        checks = rows(home, "SELECT * FROM ops_check WHERE check_id LIKE '%not_asked%'")
        assert checks, "the rows that were left out are told"

    def test_an_answer_of_another_year_alone_is_refused(self, run: Run, toy: Toy) -> None:
        outcome = self.load(
            run, toy(datasets=self.YEARLY), toy_rates(["2025-06-01"]), window=window("2024", "2024")
        )
        assert error_of(outcome) == "other_answer"

    @pytest.mark.slow
    def test_daily_figures_of_earlier_years_alone_are_nothing_new(self, run: Run, toy: Toy) -> None:
        outcome = self.load(
            run, toy(datasets=self.YEARLY), toy_rates(["2023-06-01"]), window=window("2024", "2024")
        )
        assert (outcome.status, outcome.counts.ignored) == ("not_published", 1)

    @pytest.mark.slow
    def test_the_last_working_day_before_the_year_stays(
        self, run: Run, toy: Toy, home: Path
    ) -> None:
        folder = toy(datasets=self.YEARLY)
        body = toy_rates(["2019-12-31", "2020-01-02"])
        outcome = self.load(run, folder, body, window=window("2020", "2020"))
        assert outcome.counts.new == 2
        assert rows(home, "SELECT count(*) FROM core_exchange__rates") == [(2,)]

    @pytest.mark.slow
    def test_a_declaration_may_keep_them(self, run: Run, toy: Toy) -> None:
        folder = toy(datasets=self.YEARLY, expects={"others": "keep"})
        body = toy_rates(["2023-06-01", "2024-01-05"])
        assert self.load(run, folder, body, window=window("2024", "2024")).counts.new == 2

    @pytest.mark.parametrize(
        ("column", "texts", "status"),
        first_row_of(
            ("currency", ["EUR"], "other_answer"),
            ("currency", ["{quote}"], "loaded"),
            ("currency", ["J*", "!JPX"], "loaded"),
            ("flow", ["x"], "column_missing"),
            ("flow?", ["x"], "loaded"),
            ("currency", ["{unknown_here}"], "loaded"),
        ),
    )
    def test_columns_are_compared(
        self, run: Run, toy: Toy, column: str, texts: list[str], status: str
    ) -> None:
        folder = toy(
            request={"path": "/rates", "params": {"quote": "JPY"}},
            expects={"columns": {column: texts}},
        )
        outcome = self.load(run, folder, toy_rates(["2024-01-05"]))
        assert (outcome.error["code"] if outcome.error else outcome.status) == status

    @pytest.mark.parametrize(
        ("path", "texts", "status"),
        [
            ("count", ["1"], "loaded"),
            ("count", ["2"], "other_answer"),
            ("version", ["1.0"], "other_answer"),
            ("version?", ["1.0"], "loaded"),
        ],
    )
    @pytest.mark.slow
    def test_the_envelope_is_compared(
        self, run: Run, toy: Toy, path: str, texts: list[str], status: str
    ) -> None:
        folder = toy(expects={"envelope": {path: texts}})
        outcome = self.load(run, folder, toy_rates(["2024-01-05"]))
        assert (outcome.error["code"] if outcome.error else outcome.status) == status

    @pytest.mark.slow
    def test_rows_that_are_left_out_are_compared_too(self, run: Run, toy: Toy) -> None:
        """A file of another flow is another file, though no row of it would have been read."""
        folder = toy(expects={"columns": {"currency": ["JPY"]}}, select={"date": ["1999*"]})
        outcome = self.load(run, folder, toy_rates(["2024-01-05"], currency="EUR"))
        assert error_of(outcome) == "other_answer"

    @pytest.mark.slow
    def test_codes_that_were_not_asked_for_are_left_out(self, run: Run, toy: Toy) -> None:
        folder = toy(
            variables={"quote": {"values": ["JPY"]}},
            request={"path": "/rates", "params": {"quote": "{quote}"}},
            coverage={"absence": "withdrawn", "keys": {"quote_currency": "quote"}},
        )
        body = json.loads(toy_rates(["2024-01-05"]))
        body["data"].append({**body["data"][0], "currency": "EUR"})
        body["count"] = 2
        outcome = self.load(run, folder, json.dumps(body).encode())
        assert (outcome.counts.new, outcome.counts.ignored) == (1, 1)
        body = toy_rates(["2024-01-05"], currency="EUR")
        assert error_of(self.load(run, folder, body)) == "other_answer"

    @pytest.mark.slow
    def test_one_of_a_list_is_one(self, run: Run, toy: Toy) -> None:
        found = {
            "request": {"path": "/list"}, "records": "tables", "field": "id", "pick": "one",
            "where": {"title": "Rates( of the bank)?"},
        }  # fmt: skip
        folder = toy(variables={"table": {"found": found}}, request={"path": "/rates/{table}"})
        titles = [["Rates", "Rates old"], ["Rates", "Rates of the bank"], ["Old rates"]]
        codes = []
        for names in titles:
            tables = [{"id": n, "title": name} for n, name in enumerate(names)]

            def find(path: str, tables: list[Any] = tables) -> Route:
                body = json.dumps({"tables": tables}).encode()
                return Route(body if "list" in path else toy_rates(["2024-01-05"]))

            with replay(find) as base:
                outcome = run("toy", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder).sources[0]
            codes.append(outcome.error["code"] if outcome.error else outcome.status)
        assert codes == ["loaded", "not_one", "none_fits"]


# --- a zero that means nothing known ---


class TestZeros:
    def row(self, **more: Any) -> dict[str, Any]:
        specimen = Path(__file__).parents[1] / "specimens" / "comtrade" / "annual.json"
        first = json.loads(specimen.read_text(encoding="utf-8"))["data"][0]
        return {**first, **more}

    def load(self, run: Run, data: list[dict[str, Any]]) -> Report:
        body = json.dumps({"count": len(data), "data": data, "error": ""}).encode()
        signal = json.dumps({"data": [{"period": 1}]}).encode()
        with replay(lambda path: Route(signal if "getD" in path else body)) as base:
            year = str(data[0]["period"])
            return run("comtrade", hosts={"comtrade": base}, window=window(year, year))

    @pytest.mark.parametrize("zero", first_of(0.0, 0, "0.000"))
    @pytest.mark.slow
    def test_no_weight_beside_a_value_is_unknown(self, run: Run, home: Path, zero: Any) -> None:
        self.load(run, [self.row(netWgt=zero, qty=zero, qtyUnitCode=-1)])
        assert rows(
            home, "SELECT net_weight_kg, quantity, quantity_unit, value > 0, value_status "
            "FROM core_trade__flows",
        ) == [(None, None, None, True, "observed")]  # fmt: skip

    @pytest.mark.slow
    def test_estimates_of_the_source_are_marked(self, run: Run, home: Path) -> None:
        self.load(run, [self.row(isNetWgtEstimated=True, isQtyEstimated=False)])
        assert rows(
            home, "SELECT net_weight_estimated, quantity_estimated FROM core_trade__flows"
        ) == [(True, False)]


@pytest.mark.slow
def test_iso2_codes_are_looked_up_with_those_of_eurostat(run: Run, toy: Toy, home: Path) -> None:
    columns = {"year": "period", "geo": {"to": "area", "lookup": "iso2"}, "value": "value"}
    folder = toy(
        domain="context", table="core_context__indicators", columns=columns,
        datasets={"a": {"frequency": "A", "start": 2000}}, reader={"format": "json"},
        constants={"indicator": "x", "region_code": "TOTAL", "unit": "x"},
        rows={"max_refused_share": 1},
    )  # fmt: skip
    codes = {"EL": "GRC", "GR": "GRC", "UK": "GBR", "NA": "NAM", "ID": "IDN", "ZZ": None}
    found = [{"year": str(2001 + n), "geo": c, "value": n} for n, c in enumerate(codes)]
    with replay(lambda _: Route(json.dumps(found).encode())) as base:
        outcome = run("toy", hosts={"toy": base}, PENATARAN_SOURCES_PATH=folder).sources[0]
    assert (outcome.counts.new, outcome.counts.quarantined) == (5, 1)
    areas = rows(home, "SELECT area FROM core_context__indicators ORDER BY period_start")
    assert [a for (a,) in areas] == [a for a in codes.values() if a]
