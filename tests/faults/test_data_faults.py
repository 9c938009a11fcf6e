"""D01, D02, D06, D09: rows that are wrong, set aside with every reason, never dropped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.outcome import Report
from tests.conftest import first_of, rows
from tests.faultserver import FaultServer, answer

FLOWS: dict[str, Any] = {
    "domain": "trade",
    "table": "core_trade__flows",
    "datasets": {"annual": {"frequency": "A", "start": 2000}},
    "columns": {
        "year": "period",
        "reporter": {"to": "reporter_area", "lookup": "comtrade"},
        "partner": {"to": "partner_area", "lookup": "comtrade"},
        "hs": "product_code",
        "value": "value",
    },
    "constants": {
        "flow": "export", "valuation": "FOB", "product_classification": "HS2022",
        "currency": "USD", "region_code": "TOTAL", "breakdown_type": "TOTAL",
        "breakdown_code": "TOTAL",
    },
}  # fmt: skip


@pytest.fixture
def load(run: Callable[..., Report], toy: Callable[..., str]) -> Callable[..., Report]:
    def go(data: list[dict[str, Any]], **changes: Any) -> Report:
        body = json.dumps({"count": len(data), "data": data})
        with FaultServer([answer(body)]) as server:
            return run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy(**changes))

    return go


def flow(**changes: Any) -> dict[str, Any]:
    base = {"year": "2024", "reporter": 360, "partner": 392, "hs": "090111", "value": 12.5}
    return {**base, **changes}


def reasons(home: Path) -> list[tuple[int, set[str]]]:
    found = rows(home, "SELECT row_number, reasons FROM ops_quarantine ORDER BY row_number")
    return [(n, {r["code"] for r in json.loads(text)}) for n, text in found]


@pytest.mark.slow
@pytest.mark.parametrize("text", first_of("NA", "None", "null", "nan", "-"))
def test_d01_words_that_look_missing_are_text(
    load: Callable[..., Report], home: Path, text: str
) -> None:
    """Namibia is NA: no default list of missing words."""
    changes = {
        "table": "core_context__indicators",
        "datasets": {"annual": {"frequency": "A"}},
        "columns": {"name": "indicator", "iso": "area", "year": "period", "v": "value"},
        "constants": {"region_code": "TOTAL"},
    }
    report = load([{"name": text, "iso": "NAM", "year": "2024", "v": "1"}], **changes)
    assert report.sources[0].counts.new == 1
    assert rows(home, "SELECT indicator, area FROM core_context__indicators") == [(text, "NAM")]


@pytest.mark.slow
def test_d02_hs_code_that_lost_its_zero(load: Callable[..., Report], home: Path) -> None:
    report = load([flow(), flow(hs=901)], **FLOWS)
    assert (report.sources[0].counts.new, report.sources[0].counts.quarantined) == (1, 1)
    ((_, codes),) = reasons(home)
    assert "malformed" in codes
    text = rows(home, "SELECT reasons FROM ops_quarantine")[0][0]
    assert "leading zero" in text
    assert '"received":"901"' in text


@pytest.mark.slow
def test_d06_null_key_is_named_before_uniqueness(load: Callable[..., Report], home: Path) -> None:
    data = [flow(), flow(hs=None), flow(hs=None), flow(year=None), flow(value="Infinity")]
    report = load([*data, flow(hs="0901", value="NaN")], **FLOWS)
    counts = report.sources[0].counts
    assert (counts.fetched, counts.new, counts.quarantined) == (6, 1, 5)
    found = dict(reasons(home))
    assert found[2] == found[3] == {"key_missing"}
    assert found[4] >= {"key_missing"}
    assert found[5] == {"not_a_number"}
    assert found[6] >= {"not_a_number"}


@pytest.mark.parametrize("value", first_of("1_000", "1_000.5", "1.5_5", "1e1_0"))
def test_d06_an_underscore_is_in_no_number(
    load: Callable[..., Report], home: Path, value: str
) -> None:
    """DuckDB's cast leaves them out, and 1_000 would be one thousand."""
    load([flow(), flow(partner=36, value=value)], **FLOWS)
    assert reasons(home) == [(2, {"not_a_number"})]


def test_d06_equal_rows_count_once_and_different_ones_are_all_refused(
    load: Callable[..., Report], home: Path
) -> None:
    data = [flow(), flow(), flow(partner=36, value=1), flow(partner=36, value=2), flow(partner=702)]
    report = load(data, **FLOWS)
    counts = report.sources[0].counts
    assert (counts.new, counts.duplicates, counts.quarantined) == (2, 1, 2)
    assert counts.is_balanced
    assert reasons(home) == [(3, {"conflicting_key"}), (4, {"conflicting_key"})]


class TestD09Codes:
    @pytest.mark.slow
    def test_unknown_area(self, load: Callable[..., Report], home: Path) -> None:
        load([flow(), flow(partner=9999)], **FLOWS)
        ((row, codes),) = reasons(home)
        assert row == 2
        assert "unknown_code" in codes

    @pytest.mark.slow
    def test_service_codes_that_are_not_iso_numbers(
        self, load: Callable[..., Report], home: Path
    ) -> None:
        load([flow(partner=p) for p in (842, 251, 699, 757, 579, 490, 0)], **FLOWS)
        assert {r[0] for r in rows(home, "SELECT partner_area FROM core_trade__flows")} == {
            "USA", "FRA", "IND", "CHE", "NOR", "S19", "WLD",
        }  # fmt: skip

    @pytest.mark.slow
    def test_currency_is_checked_against_its_dates(
        self, load: Callable[..., Report], home: Path
    ) -> None:
        data = [
            {"date": "2000-05-05", "currency": "DEM", "rate": "1.95583"},
            {"date": "2020-05-05", "currency": "DEM", "rate": "1.95583"},
        ]
        report = load(data)
        assert (report.sources[0].counts.new, report.sources[0].counts.quarantined) == (1, 1)
        assert reasons(home) == [(2, {"retired_code"})]

    @pytest.mark.slow
    def test_a_rate_outside_a_lifetime_is_refused_and_its_neighbour_is_loaded(
        self, load: Callable[..., Report], home: Path
    ) -> None:
        inside = [("1999-01-01", "EUR"), ("2002-02-28", "ATS"), ("2022-12-30", "HRK"),
                  ("2025-12-31", "BGN"), ("2006-12-29", "SIT"), ("2005-01-03", "TRY"),
                  ("2018-08-20", "VES"), ("2026-01-05", "SVC"), ("1998-06-01", "XEU")]  # fmt: skip
        outside = [("1998-12-31", "EUR"), ("2002-03-01", "ATS"), ("2023-01-02", "HRK"),
                   ("2026-01-01", "BGN"), ("2007-01-02", "SIT"), ("2004-12-31", "TRY"),
                   ("2018-08-17", "VES"), ("1999-01-04", "XEU"), ("2006-01-02", "ITL")]  # fmt: skip
        data = [{"date": d, "currency": c, "rate": "2"} for d, c in inside + outside]
        report = load(data, rows={"max_refused_share": 0.9})
        counts = report.sources[0].counts
        assert (counts.new, counts.quarantined) == (len(inside), len(outside))
        assert {r for _, codes in reasons(home) for r in codes} == {"retired_code"}

    @pytest.mark.slow
    def test_the_base_has_a_lifetime_too(self, load: Callable[..., Report], home: Path) -> None:
        constants = {"base_currency": "BGN", "rate_type": "reference"}
        data = [{"date": d, "currency": "USD", "rate": "2"} for d in ("2025-12-30", "2026-01-05")]
        report = load(data, constants=constants, rows={"max_refused_share": 0.9})
        assert (report.sources[0].counts.new, report.sources[0].counts.quarantined) == (1, 1)


@pytest.mark.slow
def test_too_many_refused_rows_stop_the_load_and_keep_the_reasons(
    load: Callable[..., Report], home: Path
) -> None:
    load([flow()], **FLOWS)
    bad = [flow(value=99)] + [flow(partner=9000 + i) for i in range(5)]
    report = load(bad, **{**FLOWS, "rows": {"max_refused_share": 0.1}})
    assert report.exit_code == 3
    assert report.sources[0].error is not None
    assert report.sources[0].error["code"] == "too_many_refused"
    words = report.sources[0].error["message"]
    assert "5 of 6 rows were refused" in words
    assert "for example row 2, partner: expected a code of comtrade in list area" in words
    assert "received '9000'" in words
    counts = report.sources[0].counts
    assert (counts.fetched, counts.quarantined, counts.ignored) == (6, 5, 1)
    assert rows(home, "SELECT value FROM core_trade__flows")[0][0] == 12.5
    assert len(reasons(home)) == 5
    status = rows(home, "SELECT status FROM ops_load WHERE source = 'toy' ORDER BY load_seq")
    assert status == [("loaded",), ("refused",)]


@pytest.mark.slow
def test_row_rules_and_expectations_agree_on_every_row(tmp_path: Path, gate: Any) -> None:
    """The complete rules and Great Expectations find the same rows of a dirty batch."""
    import random

    import pandas as pd

    from schemas.catalogue import TABLES
    from schemas.checks import suite
    from schemas.rules import table_rules
    from tasks.check.gate_request import GateRequest
    from warehouse.engine import connect

    table = TABLES["core_trade__flows"]
    chooser = random.Random(20261124)
    good: dict[str, Any] = {
        "frequency": "A", "period_start": "2024-01-01", "reporter_area": "IDN",
        "region_code": "TOTAL", "partner_area": "JPN", "flow": "export",
        "product_classification": "HS2022", "product_code": "090111", "valuation": "FOB",
        "breakdown_type": "TOTAL", "breakdown_code": "TOTAL", "period_end": "2024-12-31",
        "value": 5.0, "currency": "USD", "net_weight_kg": 1.0, "quantity": 1.0,
        "quantity_unit": "kg",
    }  # fmt: skip
    bad = {
        "frequency": "X", "region_code": "35x", "flow": "exports", "valuation": "CAF",
        "product_classification": "HSX", "product_code": "901", "value": -1.0,
        "net_weight_kg": -2.0, "partner_area": None, "breakdown_code": None,
    }  # fmt: skip
    data = []
    for _ in range(100_000):
        row = dict(good)
        if chooser.random() < 0.03:
            name = chooser.choice(list(bad))
            row[name] = bad[name]
        data.append(row)
    frame = pd.DataFrame(data)
    frame.to_parquet(tmp_path / "sample.parquet")
    wanted = [
        e
        for e in suite(table, rows_min=None, rows_max=None, max_refused_share=1)
        if e.frame == "sample"
    ]
    request = GateRequest({}, tmp_path / "sample.parquet", tuple(wanted))
    by_column: dict[str, int] = {}
    for result in gate.check(request):
        by_column[result["column"]] = by_column.get(result["column"], 0) + result["rows_failed"]
    con = connect(tmp_path / "duckdb")
    con.execute(
        f"CREATE TABLE t AS SELECT * REPLACE (period_start::DATE AS period_start, "
        f"period_end::DATE AS period_end) FROM '{tmp_path / 'sample.parquet'}'"
    )
    rules: dict[str, int] = {}
    for rule in table_rules(table, frozenset()):
        if len(rule.columns) > 1:
            continue  # a rule of the row: no column has it
        if rule.code in ("key_missing", "out_of_range", "not_allowed", "malformed"):
            count = con.execute(f"SELECT count(*) FILTER ({rule.broken}) FROM t").fetchall()[0][0]
            rules[rule.field] = rules.get(rule.field, 0) + count
    assert sum(rules.values()) > 2000
    assert {k: v for k, v in rules.items() if v} == {k: v for k, v in by_column.items() if v}
