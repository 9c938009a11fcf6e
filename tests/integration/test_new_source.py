"""The sources of docs/new-source.md, run as they stand: a YAML file each and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flows.run import Report
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
