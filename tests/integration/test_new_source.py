"""The sources of docs/new-source.md, run as they stand: a YAML file each and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tasks.outcome import Report
from tests.conftest import rows
from tests.faultserver import Route, replay
from tests.test_docs import blocks


def test_a_ckan_portal_is_one_yaml_file(
    run: Callable[..., Report], home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "portal_visits.yml").write_text(blocks("yaml")[1], encoding="utf-8")
    first = json.loads(blocks("json")[0])
    last = {"_id": 3, "tahun": "2023", "negara": "NEGERI DONGENG", "kunjungan": "5"}
    second = {**first, "result": {**first["result"], "records": [last]}}

    def page(path: str) -> Route:
        offset = parse_qs(urlsplit(path).query).get("offset", ["0"])[0]
        return Route(json.dumps({"0": first, "2": second}[offset]).encode())

    with replay(page) as base:
        report = run("portal_visits", hosts={"portal": base}, PENATARAN_SOURCES_PATH=str(folder))
    counts = report.sources[0].counts
    assert (counts.new, counts.quarantined) == (2, 1)
    found = rows(
        home, "SELECT origin_area, visitors FROM core_tourism__arrivals ORDER BY visitors DESC"
    )
    assert found == [("JPN", 1204), ("AUS", 310)]


@pytest.mark.slow
def test_an_sdmx_source_is_one_yaml_file(
    run: Callable[..., Report], home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "agency_accounts.yml").write_text(blocks("yaml")[2], encoding="utf-8")
    asked = []

    def answer(path: str) -> Route:
        asked.append(path)
        return Route(blocks("xml")[0].encode())

    with replay(answer) as base:
        report = run("agency_accounts", hosts={"agency": base}, PENATARAN_SOURCES_PATH=str(folder))
    assert report.sources[0].counts.new == 2
    assert urlsplit(asked[0]).path == "/rest/data/NA/A.IDN.GDP_PC"
    found = rows(
        home,
        "SELECT value, release_stage FROM core_context__indicators WHERE source = "
        "'agency_accounts' ORDER BY period_start",
    )
    assert found == [(Decimal("4940.0000"), "final"), (Decimal("5030.0000"), "preliminary")]


HEAD = """
title: {id: Rekaman, en: Recorded}
provider: {code: recorded, name: Recorded, url: "https://recorded.example"}
licence:
  name: open
  redistribution: open
  attribution: {id: Rekaman, en: Recorded}
calendar: {cadence: yearly, cron: "0 8 5 * *"}
hosts: {main: "https://recorded.example"}
request: {path: /data}
"""
OECD = """
domain: tourism
table: core_tourism__arrivals
datasets: {annual: {frequency: A, start: 2008}}
reader: {format: sdmx-json}
columns:
  COUNTRY: {to: destination_area, lookup: iso3}
  VARIABLE: {to: origin_area, extract: "^INB_ARRIVALS_TOTAL$", as: WLD, lookup: iso3}
  TIME_PERIOD: period
  OBS_VALUE: {to: visitors, power: POWERCODE, missing: {"": missing}}
  OBS_STATUS:
    to: value_status
    optional: true
    values: {P: observed, B: observed, E: estimated, B; E: estimated}
select: {COUNTRY: ["[A-Z][A-Z][A-Z]"], VARIABLE: [INB_ARRIVALS_TOTAL, "[A-Z][A-Z][A-Z]"]}
ignore: [COUNTRY.name, VARIABLE.name, TIME_PERIOD.name, OBS_STATUS.name, UNIT, POWERCODE.name,
  TIME_FORMAT]
constants: {region_code: TOTAL, concept: visitor, breakdown_type: TOTAL, breakdown_code: TOTAL}
"""
BPS = """
domain: context
table: core_context__indicators
datasets: {monthly: {frequency: M, start: 2017}}
reader: {format: json, module: bps_dynamic, records: vervar}
columns:
  row_label: {to: region_code, values: {Ambon: "8171", Tual: "8172"}}
  "{year}-{period}": period
  value: value
  unit: {to: unit, values: {Persen: percent}}
select: {period: ["0*", "10", "11", "12"]}
ignore: [variable, variable_label, unit_power, row, column, column_label, year, period,
  period_label]
constants: {area: IDN, indicator: inflation_year_to_date}
"""


def recorded(
    run: Callable[..., Report], folder: Path, declaration: str, answer: Path
) -> tuple[int, int, int]:
    """Counts of a run of one declared source whose partner gives this recorded answer."""
    folder.mkdir()
    (folder / "recorded.yml").write_text(HEAD + declaration, encoding="utf-8")
    with replay(lambda _: Route(answer.read_bytes())) as base:
        report = run("recorded", hosts={"recorded": base}, PENATARAN_SOURCES_PATH=str(folder))
    assert report.sources[0].error is None
    counts = report.sources[0].counts
    return counts.new, counts.ignored, counts.quarantined


@pytest.mark.slow
def test_a_recorded_sdmx_json_answer(
    samples: Path, run: Callable[..., Report], home: Path, tmp_path: Path
) -> None:
    """The OECD's inbound tourism of 2018: groups, nights and regions of Belgium are no rows."""
    new, ignored, refused = recorded(
        run, tmp_path / "more", OECD, samples / "sdmx/OECD/TOURISM_INBOUND.json"
    )
    assert (new + ignored, refused) == (4604, 0)
    japan = "FROM core_tourism__arrivals WHERE destination_area = 'JPN'"
    assert rows(home, f"SELECT visitors {japan} AND origin_area = 'WLD' AND "
                "period_start = DATE '2015-01-01'") == [(19737409,)]  # fmt: skip
    assert rows(home, "SELECT count(*) FROM core_tourism__arrivals WHERE "
                "length(destination_area) <> 3 OR length(origin_area) <> 3") == [(0,)]  # fmt: skip


@pytest.mark.slow
def test_a_recorded_dynamic_table_of_bps(
    samples: Path, run: Callable[..., Report], home: Path, tmp_path: Path
) -> None:
    """Keys such as 1218011710 are built, never split; the year's figure (13) is no month."""
    new, ignored, refused = recorded(
        run, tmp_path / "more", BPS, samples / "bps/data_var218_Ambon_monthly.json"
    )
    assert (new, refused) == (54, 0)
    assert ignored == 2
    sql = "SELECT region_code, value, unit FROM core_context__indicators WHERE period_start = "
    assert rows(home, f"{sql} DATE '2017-10-01' ORDER BY 1") == [
        ("8171", Decimal("0.2100"), "percent"), ("8172", Decimal("10.7800"), "percent"),
    ]  # fmt: skip
