"""`penataran indicator`: published results from their own files, and what people's tables look
like."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.cli import words
from flows.cli.main import main
from flows.indicators.register import INDICATORS
from tests.conftest import ROOT
from tests.golden import golden, records

FAST = pytest.mark.fast

Table = str | bytes | Path
Answer = list[dict[str, str]]
Ask = Callable[..., Answer]
Refuse = Callable[..., str]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Ask:
    """ask("hhi", "a,b\\n1,2\\n", by=[…], value="x"): the answer's rows."""

    def go(name: str, table: Table, by: tuple[str, ...] = (), **settings: Any) -> Answer:
        path = table if isinstance(table, Path) else tmp_path / "input.csv"
        if not isinstance(table, Path):
            path.write_bytes(table if isinstance(table, bytes) else table.encode())
        more = [f"{key}={value}" for key, value in settings.items()]
        arguments = ["indicator", name, "--input", str(path)]
        arguments += [*(["--by", *by] if by else []), *(["--set", *more] if more else [])]
        code = main(arguments)
        found = capsys.readouterr()
        assert (code, found.err) == (0, "")
        return list(csv.DictReader(io.StringIO(found.out)))

    return go


@pytest.fixture
def refuse(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Refuse:
    """The error of the same, on stderr; nothing on stdout, and exit code 2."""
    monkeypatch.setenv("PENATARAN_LANGUAGE", "en")

    def go(name: str, table: str | bytes, *settings: str, by: tuple[str, ...] = ()) -> str:
        path = tmp_path / "input.csv"
        path.write_bytes(table if isinstance(table, bytes) else table.encode())
        arguments = ["indicator", name, "--input", str(path)]
        arguments += [*(["--by", *by] if by else []), *(["--set", *settings] if settings else [])]
        code = main(arguments)
        found = capsys.readouterr()
        assert (code, found.out) == (2, "")
        return found.err

    return go


def near(text: str, expected: float, within: float) -> bool:
    return abs(float(text) - expected) <= within


class TestLargeGoldens:
    def test_complexity(self, ask: Ask) -> None:
        path = golden("complexity_eci/trade.csv.gz")
        eci = {r["country"]: r for r in ask("complexity", path)}
        for row in records("complexity_eci/countries.csv"):
            found = eci[row["country"]]
            assert math.isclose(float(found["eci"]), float(row["eci_eigen"]), rel_tol=1e-7)
            assert found["diversity"] == row["diversity"]
        pci = {r["product"]: r for r in ask("complexity", path, of="product")}
        for row in records("complexity_eci/products.csv"):
            found = pci[row["product"]]
            assert math.isclose(float(found["pci"]), float(row["pci_eigen"]), rel_tol=1e-7)
            assert found["ubiquity"] == row["ubiquity"]
        reflected = ask("complexity", path, method="reflections")
        assert near(reflected[0]["eci"], -0.5788151, 5e-8)

    def test_rca(self, ask: Ask) -> None:
        found = ask("rca", golden("complexity_eci/trade.csv.gz"))
        assert len(found) == 177_410
        rca = {(r["country"], r["product"]): float(r["rca"]) for r in found}
        for row in records("complexity_eci/rca_published.csv"):
            expected = float(row["value"])
            assert math.isclose(rca[row["country"], row["product"]], expected, rel_tol=1e-7)


@FAST
class TestGoldens:
    def test_shares(self, ask: Ask) -> None:
        incomes = golden("ineq_usa1968/input.csv")
        (gini,), (hhi,) = ask("gini", incomes, value="x"), ask("hhi", incomes, value="x")
        assert near(gini["gini"], 0.4620911, 5e-8)
        assert near(gini["atkinson"], 0.1796591, 5e-8)
        assert near(hhi["hhi"], 0.1840812, 5e-8)
        assert near(hhi["hhi_normalised"], 0.0934236, 5e-8)
        assert near(hhi["rosenbluth"], 0.1859051, 5e-8)
        doj = ask(
            "hhi", golden("hhi_doj/input.csv"), by=("market",), value="share_percent", scale=10000
        )
        assert [float(r["hhi"]) for r in doj] == [2600, 1296]

    def test_theil(self, ask: Ask) -> None:
        path = golden("pysal_mexico_theil/input.csv")
        (found,) = ask("theil", path, value="pcgdp1940", group="hanson98")
        assert near(found["theil"], 0.20894344, 1e-7)
        assert near(found["between"], 0.0345889, 1e-7)
        groups = ask("theil", path, by=("hanson98",), value="pcgdp1940")
        assert len(groups) == 5
        for row in groups:
            assert near(row["total"], 0.20894344, 1e-7)
            assert near(row["between"], 0.0345889, 1e-7)

    def test_growth(self, ask: Ask) -> None:
        path = golden("growth_jnto/input_and_expected.csv")
        found = ask("growth", path, period="Year", value="Total_Visitors", coverage="Term")
        for row, expected in zip(found, records("growth_jnto/input_and_expected.csv"), strict=True):
            assert row["period"] == expected["Year"]
            if expected["YoY_Growth_Percent"]:
                rate = float(expected["YoY_Growth_Percent"])
                assert near(row["growth_percent"], rate, 0.003)
                assert near(row["growth"], rate / 100, 0.00003)
            else:
                assert row["growth"] == ""
        assert found[-1]["reason"] == "coverage_differs"
        (cagr,) = ask("cagr", golden("cagr_reference/input.csv"))
        assert near(cagr["cagr_percent"], 24.93, 0.01)

    def test_outliers_and_agreement(self, ask: Ask) -> None:
        found = ask("mad", golden("leys_mad/input.csv"), value="x")
        assert [r["x"] for r in found if r["flag"] == "true"] == ["1000"]
        assert near(found[0]["lower"], -8.57, 0.005)
        assert near(found[0]["upper"], 22.57, 0.005)
        (tau,) = ask("kendall", golden("oecd_kendall/input.csv"), a="height", b="weight")
        assert near(tau["tau"], 4 / 7, 1e-15)
        assert tau["concordant"] == "22"

    def test_composite_by_goalposts(self, ask: Ask) -> None:
        posts = golden("oecd_tai_equal_weights/goalposts.csv")
        found = ask("composite", golden("oecd_tai_equal_weights/input.csv"), goalposts=posts)
        scores = {r["country"]: r for r in found}
        for row in records("oecd_tai_equal_weights/expected.csv"):
            assert scores[row["country"]]["rank"] == row["EW"]
            if row["tai_published_2_decimals"]:
                published = float(row["tai_published_2_decimals"])
                assert near(scores[row["country"]]["score"], published, 0.006)

    @pytest.mark.parametrize(
        ("method", "column"),
        [
            ("zscore", "z_score"), ("minmax", "min_max"), ("ratio_mean", "ratio_to_mean"),
            ("ratio_best", "ratio_to_best"), ("ratio_worst", "ratio_to_worst"),
            ("rank", "rank_low_first"), ("percentile", "percentile"),
            ("above_mean", "above_below_mean_20pct"),
        ],
    )  # fmt: skip
    def test_normalisations(self, ask: Ask, method: str, column: str) -> None:
        found = ask("composite", golden("oecd_normalisation/input.csv"), method=method)
        scores = {r["country"]: r["score"] for r in found}
        for row in records("oecd_normalisation/expected.csv"):
            within = 0.05 if method == "percentile" else 0.0051
            assert near(scores[row["country"]], float(row[column]), within)

    def test_human_development(self, ask: Ask, tmp_path: Path) -> None:
        posts = tmp_path / "goalposts.csv"
        posts.write_text(
            "indicator,low,high,transform,group\nle,20,85,,health\neys,0,18,,education\n"
            "mys,0,15,,education\ngnipc,100,75000,log,income\n"
        )
        path = golden("hdi_2022/input_and_expected.csv")
        found = ask("composite", path, goalposts=posts, aggregate="geometric", draws=10)
        scores = {r["iso3"]: r["score"] for r in found}
        for row in records("hdi_2022/input_and_expected.csv"):
            assert near(scores[row["iso3"]], float(row["hdi"]), 0.0006)


TRADE = "country,product,value\nIDN,0901,10\nIDN,9206,5\nNA,0901,30\nJPN,9206,2\nJPN,8703,50\n"


@FAST
class TestReading:
    def test_what_a_spreadsheet_writes(self, ask: Ask) -> None:
        """Its mark, its delimiters, blank lines, further columns, another order, capitals."""
        base = ask("rca", TRADE)
        assert {r["country"] for r in base} == {"IDN", "JPN", "NA"}
        assert {r["product"] for r in base} == {"0901", "8703", "9206"}
        turned = "\ufeffnote;Value;PRODUCT; Country \r\n\r\n"
        for line in TRADE.splitlines()[1:]:
            country, product, value = line.split(",")
            turned += f'a, b;"{value}";{product};{country}\r\n\r\n;;;\r\n'
        assert ask("rca", turned) == base
        assert ask("rca", "\ufeff" + TRADE) == base
        assert ask("rca", TRADE.encode("utf-16")) == base
        assert ask("rca", gzip.compress(TRADE.encode())) == base
        assert ask("rca", "sep=;\r\n" + TRADE.replace(",", ";")) == base
        assert ask("rca", TRADE.replace(",", "\t")) == base
        assert ask("rca", TRADE.replace("value", "export_value"), value="export_value") == base

    def test_decimal_commas(self, ask: Ask) -> None:
        base = ask("gini", "value\n1.5\n12.25\n1.125\n")
        assert ask("gini", "x;value\na;1,5\nb;12,25\nc;1,125\n") == base
        assert ask("gini", 'value\n"1,5"\n"12,25"\n"1,125"\n', decimal="comma") == base
        assert ask("gini", "value\n１.5\n 12.25 \n+1125e-3\n") == base

    def test_missing_is_not_zero(self, ask: Ask) -> None:
        (some,) = ask("hhi", "p,value\na,1\nb,\nc,NA\nd,1\ne,n/a\nf,null\ng,NaN\nh\n")
        assert (some["n"], some["hhi"]) == ("2", "0.5")
        (zero,) = ask("hhi", "value\n1\n0\n1\n")
        assert zero["n"] == "3"
        rows = {
            (r["country"], r["product"]): r for r in ask("rca", TRADE + "NA,9206,\nNA,8703,0\n")
        }
        assert rows["NA", "9206"]["rca"] == ""
        assert rows["NA", "9206"]["reason"] == "value_missing"
        assert rows["NA", "8703"]["rca"] == "0.0"
        assert rows["NA", "8703"]["rsca"] == "-1.0"

    def test_every_digit_is_written(self, ask: Ask) -> None:
        (found,) = ask("hhi", "value\n1\n2\n3.3\n")
        shares = [1 / 6.3, 2 / 6.3, 3.3 / 6.3]
        assert float(found["hhi"]) == pytest.approx(sum(s * s for s in shares), abs=1e-16)
        assert len(found["hhi"]) > 14

    def test_groups(self, ask: Ask) -> None:
        table = "year,who,value\n2025,b,1\n2024,a,3\n2025,a,1\n2024,a,1\n2025,b,1\n"
        found = ask("hhi", table, by=("year", "WHO"))
        assert [(r["year"], r["who"], r["n"]) for r in found] == [
            ("2024", "a", "2"), ("2025", "a", "1"), ("2025", "b", "2"),
        ]  # fmt: skip
        assert found[1]["hhi_normalised"] == ""
        assert found[1]["reason"] == "few_values"

    @pytest.mark.parametrize("name", sorted(INDICATORS))
    def test_a_table_without_rows(self, ask: Ask, name: str) -> None:
        table = "country,product,value,period,a,b,item,x\n"
        named = {"indicators": "x"} if name == "composite" else {}
        found = ask(name, table, **named)
        assert all(row["reason"] in ("no_values", "few_values") for row in found)
        assert ask(name, table, by=("period",), **named) == []

    def test_a_text_that_a_spreadsheet_would_run_is_guarded(self, ask: Ask) -> None:
        assert ask("mad", "name,value\n=cmd|x,1\n")[0]["name"] == "'=cmd|x"


@FAST
class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "table", "settings", "parts"),
        [
            ("hhii", "value\n1\n", (), ["unknown_indicator", "did you mean hhi?"]),
            ("rca", "negara,product,value\n", (), ["no_column", "negara, product, value"]),
            ("rca", "contry,product,value\n", (), ["mean contry?", "--set country=COLUMN"]),
            ("hhi", "value\n1\n", ("value=nilai",), ["no_column", "'nilai'"]),
            ("hhi", "value\n1\n\nx1\n", (), ["bad_number", "'x1'", "row 4"]),
            ("hhi", "value\n1\ninf\n", (), ["bad_number", "'inf'", "row 3"]),
            ("hhi", "value\n1_000\n", (), ["bad_number", "row 2"]),
            ("hhi", "value\n1e999\n", (), ["bad_number", "row 2"]),
            ("rca", "country,product,value\na,b,1e200\n", (), ["bad_number", "too large"]),
            ("hhi", "a;value\nx;1,234\n", (), ["bad_number", "thousands", "decimal=comma"]),
            ("hhi", 'value\n"1,5"\n', (), ["bad_number", "decimal=comma"]),
            ("hhi", "", (), ["empty_file"]),
            ("hhi", "\n\n", (), ["empty_file"]),
            ("hhi", "value,value\n1,2\n", (), ["bad_table", "'value'"]),
            ("hhi", "value\n1,2\n", (), ["bad_table", "row 2"]),
            ("hhi", b"value\n\xff1\n", (), ["undecodable", "UTF-8"]),
            ("hhi", b"\x1f\x8bnot gzip", (), ["no_file"]),
            ("hhi", b"value\n1\0\n", (), ["bad_table"]),
            ("hhi", 'value\n"1"2\n', (), ["bad_table", "row 2"]),
            ("hhi", "value\n1\n", ("scal=3",), ["bad_setting", "did you mean scale?"]),
            ("hhi", "value\n1\n", ("scale",), ["bad_setting", "KEY=VALUE"]),
            ("hhi", "value\n1\n", ("scale=0",), ["bad_setting", "above 0"]),
            ("hhi", "value\n1\n", ("scale=1", "scale=2"), ["bad_setting", "twice"]),
            ("growth", "period,value\n2024,1\n", ("lag=0",), ["bad_setting", "from 1"]),
            ("growth", "period,value\n2024,1\n2025-01,1\n", (), ["unclear_period", "row 3"]),
            ("growth", "period,value\nlast,1\n", (), ["unclear_period", "row 2"]),
            ("growth", "period,value\n2024,1\n2024,2\n", (), ["doubled_rows", "row 3"]),
            ("growth", "period,value\n2024-02-30,1\n", (), ["unclear_period"]),
            ("rca", TRADE + "IDN,0901,1\n", (), ["doubled_rows", "row 2", "row 7", "=sum"]),
            ("rca", TRADE + ",0901,1\n", (), ["bad_table", "row 7"]),
            ("complexity", TRADE, ("of=people",), ["bad_setting", "country, product"]),
            ("composite", "item,x\na,1\na,2\n", (), ["doubled_rows"]),
            ("composite", "item,x\na,1\nb,c\n", (), ["bad_number", "row 3"]),
            ("composite", "item,x\na,b\n", (), ["no_column", "no column of numbers"]),
            ("composite", "item,x\na,1\n", ("method=goalposts",), ["bad_setting", "=FILE"]),
            ("composite", "item,x\na,1\n", ("weights=nowhere.csv",), ["no_file", "nowhere.csv"]),
            (
                "composite", "item,x\na,1\nb,2\n", ("method=zscore", "aggregate=geometric"),
                ["geometric_negative", "goalposts"],
            ),
        ],
    )  # fmt: skip
    def test_says_what_and_where(
        self, refuse: Refuse, name: str, table: str, settings: tuple[str, ...], parts: list[str]
    ) -> None:
        found = refuse(name, table, *settings)
        assert all(part in found for part in parts), found
        assert "Traceback" not in found

    @pytest.mark.parametrize(
        ("weights", "parts"),
        [
            ("indicator,weight\nx,-1\ny,2\n", ["bad_weights", "below 0"]),
            ("indicator,weight\nx,0\ny,0\n", ["bad_weights", "all weights are 0"]),
            ("indicator,weight\nx,\n", ["bad_weights"]),
            ("indicator,weight\n", ["bad_setting", "no weight for 'x'"]),
            ("indicator,weight\nz,1\n", ["no_column", "'z'"]),
            ("indicator,weight\nx,1\nX,1\n", ["bad_setting", "twice"]),
            ("name,weight\nx,1\n", ["no_column", "'indicator'"]),
            ("indicator,weight,direction\nx,1,up\n", ["bad_setting", "'up'"]),
        ],
    )  # fmt: skip
    def test_weights(self, refuse: Refuse, tmp_path: Path, weights: str, parts: list[str]) -> None:
        path = tmp_path / "weights.csv"
        path.write_text(weights)
        table = "item,x,y,t\nq,1,2,a\nr,2,1,3\n"
        found = refuse("composite", table, f"weights={path}")
        assert all(part in found for part in parts), found

    @pytest.mark.parametrize("posts", ["x,1,1\n", "y,0,1\n", "x,,1\n"])
    def test_goalposts(self, refuse: Refuse, tmp_path: Path, posts: str) -> None:
        path = tmp_path / "posts.csv"
        path.write_text("indicator,low,high\n" + posts)
        assert refuse("composite", "item,x\na,1\n", f"goalposts={path}")

    def test_no_file_and_a_folder(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for path in (tmp_path / "none.csv", tmp_path):
            assert main(["indicator", "hhi", "--input", str(path)]) == 2
        assert capsys.readouterr().err.count("[no_file]") == 2

    def test_a_million_columns(self, refuse: Refuse) -> None:
        headings = ",".join(f"c{n}" for n in range(10**6))
        before = time.process_time()
        assert "1000000 columns" in refuse("hhi", f"{headings}\n1\n")
        assert "'value'" in refuse("hhi", "a" + "," * 10**6 + "\n1\n")
        assert time.process_time() - before < 30
        few = refuse("hhi", ",".join(f"c{n}" for n in range(16_384)) + "\n1\n")
        assert "c39, …" in few
        assert "c40" not in few

    def test_by_names_columns(self, refuse: Refuse) -> None:
        assert "did you mean year?" in refuse("hhi", "year,value\n1,1\n", by=("yeer",))


@FAST
class TestCalculations:
    def test_growth_goes_by_the_calendar(self, ask: Ask) -> None:
        table = "period,value\n2026-01,12\n2025-10,9\n2025-11,10\n2025-12,\n2025-01,6\n"
        found = {r["period"]: r for r in ask("growth", table)}
        assert list(found) == ["2025-01", "2025-10", "2025-11", "2025-12", "2026-01"]
        assert float(found["2025-11"]["growth"]) == pytest.approx(1 / 9)
        assert found["2025-10"]["reason"] == "base_missing"
        assert found["2025-12"]["reason"] == "value_missing"
        assert found["2026-01"]["growth"] == ""
        lagged = {r["period"]: r for r in ask("growth", table, lag=12)}
        assert float(lagged["2026-01"]["growth"]) == 1

    @pytest.mark.parametrize(
        "periods",
        [
            ("2024", "2025"), ("2024-Q4", "2025-Q1"), ("2024Q4", "2025Q1"), ("2024-12", "2025-01"),
            ("202412", "202501"), ("2024-S2", "2025-S1"), ("2024-W52", "2025-W01"),
            ("2024-12-31", "2025-01-01"), ("2024-01-01", "2025-01-01"),
            ("2024-10-01", "2025-01-01"), ("Q4 2024", "Q1 2025"), ("2024/12", "2025/01"),
            ("2024-11-01", "2024-12-01"), ("9", "10"),
        ],
    )  # fmt: skip
    def test_periods_that_follow_each_other(self, ask: Ask, periods: tuple[str, str]) -> None:
        first, second = periods
        found = ask("growth", f"period,value\n{second},3\n{first},2\n")
        assert [r["growth"] for r in found] == ["", "0.5"]

    def test_growth_on_equal_sets(self, ask: Ask) -> None:
        table = "period,month,value\n2024,1,10\n2024,2,10\n2025,1,12\n"
        found = ask("growth", table, members="month")
        assert [r["growth"] for r in found] == ["", str(12 / 10 - 1)]
        assert found[1]["members_in_both"] == "1"

    def test_compound_growth_of_a_series(self, ask: Ask) -> None:
        table = "who,period,value\na,2020,100\na,2021,5\na,2022,121\na,2023,\nb,2020,0\nb,2021,1\n"
        a, b = ask("cagr", table, by=("who",))
        assert float(a["cagr"]) == pytest.approx(0.1)
        assert (a["first"], a["last"], a["years"]) == ("2020", "2022", "2.0")
        assert (b["cagr"], b["reason"]) == ("", "base_zero")

    def test_duplicates_may_be_added_up(self, ask: Ask) -> None:
        halves = TRADE.replace("IDN,0901,10\n", "IDN,0901,4\nIDN,0901,6\n")
        assert ask("rca", halves, duplicates="sum") == ask("rca", TRADE)

    def test_small_exporters_may_be_left_out(self, ask: Ask) -> None:
        """As if their rows were not there."""
        small = TRADE + "AIA,0901,0.1\nAIA,9206,0.2\n"
        kept = [r for r in ask("rca", small, min_country=1) if r["country"] != "AIA"]
        assert kept == ask("rca", TRADE)
        left = [r for r in ask("rca", small, min_country=1) if r["country"] == "AIA"]
        assert {(r["rca"], r["reason"]) for r in left} == {("", "below_minimum")}

    def test_what_has_no_order_is_empty(self, ask: Ask) -> None:
        parts = "country,product,value\na,p,1\na,q,1\nb,p,1\nc,r,1\nc,s,2\nd,r,3\n"
        found = ask("complexity", parts)
        assert {(r["eci"], r["reason"]) for r in found} == {("", "disconnected")}
        assert all(r["fitness"] for r in ask("fitness", parts))

    def test_density(self, ask: Ask) -> None:
        for row in ask("density", TRADE, gain="true"):
            assert float(row["density"]) + float(row["distance"]) == pytest.approx(1)
            assert row["advantage"] in ("0", "1")
            if row["advantage"] == "1":
                assert row["opportunity_gain"] == ""

    def test_composite(self, ask: Ask, tmp_path: Path) -> None:
        """Weights with directions, a missing cell, an item without enough, ties."""
        weights = tmp_path / "weights.csv"
        weights.write_text("indicator;weight;direction\nSize;3;\ntariff;1;lower\n")
        table = "market,size,tariff,note\nJPN,10,0,9\nCHN,10,0,8\nAUS,5,,1\nUSA,0,5,1\nXXX,,5,1\n"
        found = {r["market"]: r for r in ask("composite", table, weights=weights)}
        assert [r["rank"] for r in found.values()] == ["1", "1", "3", "4", ""]
        assert list(found) == ["CHN", "JPN", "AUS", "USA", "XXX"]
        assert found["AUS"]["score"] == "0.5"
        assert found["AUS"]["weight_present"] == "0.75"
        assert found["XXX"]["reason"] == "weight_missing"
        assert found["XXX"]["rank_low"] == ""
        assert found["JPN"]["rank_low"] == "1" == found["CHN"]["rank_high"]

    def test_a_component_that_is_the_same_everywhere(self, ask: Ask) -> None:
        found = ask("composite", "item,x,y\na,1,1\nb,1,2\n")
        assert {(r["score"], r["reason"]) for r in found} == {("", "weight_missing")}

    def test_the_same_bytes_again(self, ask: Ask) -> None:
        rows = "".join(f"i{n},{n * 37 % 101},{n * n % 97},{n * 11 % 89}\n" for n in range(40))
        table = f"item,x,y,z\n{rows}"
        assert ask("composite", table) == ask("composite", table)
        assert ask("composite", table) != ask("composite", table, seed=1)
        sure = ask("composite", table, concentration="1e14")
        assert all(r["rank"] == r["rank_low"] == r["rank_high"] for r in sure)


COMMAND = [sys.executable, "-m", "flows.cli", "indicator"]


def environment(**variables: str) -> dict[str, str]:
    """Neither a home of ours nor one of the user's."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **variables}


def test_as_a_process_from_the_standard_input(tmp_path: Path) -> None:
    """UTF-8 whatever the machine's encoding is; nothing is made where it runs."""
    table = gzip.compress("negara,value\nCôte,1\n".encode())
    found = subprocess.run(
        [*COMMAND, "mad", "--input", "-"], input=table, capture_output=True, cwd=tmp_path,
        env=environment(LC_ALL="C", PYTHONIOENCODING="ascii"), check=True,
    )  # fmt: skip
    assert found.stderr == b""
    assert "Côte,1,".encode() in found.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("value\n" + "1\n" * 200_000)
    with subprocess.Popen(
        [*COMMAND, "mad", "--input", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(), cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"value,flag")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@FAST
def test_the_help_names_every_indicator() -> None:
    assert words.INDICATORS.split(", ") == list(INDICATORS)


@FAST
def test_every_indicator_and_option_is_documented() -> None:
    text = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    for name, indicator in INDICATORS.items():
        assert f"| `{name}` |" in text
        assert [o for o in indicator.known_choices() if f"`{o}" not in text] == []


@FAST
def test_every_reason_is_documented() -> None:
    from warehouse.indicators import reasons

    text = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    codes = [v for n, v in vars(reasons).items() if n.isupper() and isinstance(v, str) and v]
    assert len(codes) > 15
    assert [code for code in codes if f"`{code}`" not in text] == []
