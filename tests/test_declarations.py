"""Declarations: one place to edit, nothing unknown in it, every key of its table filled."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import declarations
from config.declarations import BUILT_IN
from flows.declare import check_source, new_source, specimen_folder, stage_specimen
from schemas.errors import ConfigurationError
from tasks.outcome import Report
from tests.conftest import rows, settings_for
from tests.faultserver import FaultServer, answer

ALL = declarations.load_all().sources


@pytest.mark.fast
@pytest.mark.parametrize("code", ALL)
def test_declaration_says_what_a_reader_must_know(code: str) -> None:
    source = ALL[code]
    text = (BUILT_IN / f"{code}.yml").read_text(encoding="utf-8")
    assert text.startswith("#"), "a declaration begins with what must be known of the source"
    assert source.title.id
    assert source.title.en
    assert source.licence.attribution.id
    assert source.licence.redistribution in ("none", "derived", "open")


@pytest.mark.fast
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"colour": "blue"}, "colour"),
        ({"request": {"path": "/x", "parms": {}}}, "parms"),
        ({"table": "core_nowhere"}, "core_nowhere"),
        ({"columns": {"date": "rate_date", "rate": "rate"}}, "quote_currency"),
        ({"columns": {"a": "rate_date", "b": "rate_date"}}, "filled twice"),
        ({"columns": {"a": "no_such_field"}}, "no_such_field"),
        ({"release_stage": "maybe"}, "release_stage"),
        ({"key": {"variable": "K"}}, "parameter or a header"),
        ({"request": None}, "one of request, builtin"),
    ],
)
def test_mistakes_are_named_with_their_place(
    toy: Callable[..., str], change: dict[str, Any], words: str
) -> None:
    path = Path(toy(**change)) / "toy.yml"
    with pytest.raises(ConfigurationError) as caught:
        declarations.read(path)
    assert words in str(caught.value)
    assert "toy.yml" in caught.value.where


@pytest.mark.fast
def test_same_code_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ecb.yml").write_text((BUILT_IN / "ecb.yml").read_text(encoding="utf-8"))
    found = declarations.load_all([tmp_path])
    assert "ecb" in found.sources
    assert "twice" in found.broken["ecb"].message
    assert found.broken["ecb"].where == str(tmp_path / "ecb.yml")


def with_specimen() -> list[str]:
    settings = settings_for(Path("unused"))
    return [c for c in ALL if specimen_folder(settings, c).is_dir()]


@pytest.mark.parametrize("code", with_specimen())
def test_specimen_reads_as_reviewed(code: str, tmp_path: Path) -> None:
    text, fine = check_source(settings_for(tmp_path), code, accept=False)
    assert fine, text


def test_every_partner_source_has_a_specimen() -> None:
    assert {c for c, s in ALL.items() if not s.is_builtin} == set(with_specimen())


def test_a_fourth_source_is_one_yaml_file(
    run: Callable[..., Report], toy: Callable[..., str], home: Path
) -> None:
    body = json.dumps(
        {"count": 1, "data": [{"date": "2026-01-05", "currency": "JPY", "rate": 150}]}
    )
    with FaultServer([answer(body)]) as server:
        report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy())
    assert report.exit_code == 0
    assert rows(home, "SELECT quote_currency FROM core_exchange__rates") == [("JPY",)]
    assert rows(home, "SELECT count(*) FROM ref_source WHERE source_code = 'toy'") == [(1,)]


def test_new_source_is_valid_as_written(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, PENATARAN_SOURCES_PATH=str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    text = new_source(settings, "bank_rates")
    assert "check-source bank_rates --accept" in text
    source = declarations.read(tmp_path / "mine" / "bank_rates.yml")
    assert source.code == "bank_rates"
    with pytest.raises(ConfigurationError):
        new_source(settings, "bank_rates")
    specimen = tmp_path / "mine" / "specimens" / "bank_rates"
    specimen.mkdir(parents=True)
    (specimen / "day.csv").write_text("date,currency,rate\n2026-01-05,JPY,150\n")
    text, fine = check_source(settings, "bank_rates", accept=True)
    assert fine
    assert "150" in (specimen / "expected.csv").read_text()
    (specimen / "day.csv").write_text("date,currency,rate\n2026-01-05,JPY,151\n")
    _, fine = check_source(settings, "bank_rates", accept=False)
    assert not fine


@pytest.mark.slow
def test_a_changed_declaration_reads_the_same_bytes_again(
    run: Callable[..., Report], toy: Callable[..., str], home: Path
) -> None:
    body = json.dumps(
        {"count": 1, "data": [{"date": "2026-01-05", "currency": "JPY", "rate": 150}]}
    )
    with FaultServer([answer(body)]) as server:
        run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=toy())
        columns = {"date": "rate_date", "currency": "quote_currency",
                   "rate": {"to": "rate", "scale": 0.01}}  # fmt: skip
        folder = toy(columns=columns)
        report = run("toy", hosts={"toy": server.url}, PENATARAN_SOURCES_PATH=folder)
    assert report.sources[0].counts.revised == 1
    found = rows(home, "SELECT change_reason FROM core_exchange__rates__vintages ORDER BY load_seq")
    assert found == [("first",), ("declaration_changed",)]


@pytest.mark.parametrize(
    ("power", "visitors"), [(None, "18450"), ("0", "18450"), ("3", "18450000"), ("x", None)]
)
def test_a_multiplier_is_read_where_the_answer_has_one(
    tmp_path: Path, power: str | None, visitors: str | None
) -> None:
    """UNIT_MULT of SDMX: without the attribute a flow is in units; one that cannot be read is
    never taken for none."""
    specimen = specimen_folder(settings_for(tmp_path), "abs_arrivals") / "residence.csv"
    head, *lines = specimen.read_text(encoding="utf-8").splitlines()
    if power is not None:
        head, lines = f"{head},UNIT_MULT", [f"{line},{power}" for line in lines]
    path = tmp_path / "residence.csv"
    path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    text, refused = stage_specimen(settings_for(tmp_path), ALL, ALL["abs_arrivals"], path)
    found = {r["visitors"] for r in csv.DictReader(io.StringIO(text))
             if (r["origin_area"], r["period_start"]) == ("IDN", "2026-08-01")}  # fmt: skip
    assert found == ({visitors} if visitors else set())
    assert bool(refused) == (visitors is None)


@pytest.mark.parametrize(
    ("month", "classification"),
    [("[12] Desember 2016", "HS2012"), ("[01] Januari 2017", "HS2017"),
     ("[03] Maret 2022", "HS2017"), ("[04] April 2022", "HS2022"), ("[01] Januari 2028", None)],
)  # fmt: skip
def test_a_classification_is_the_one_in_force(
    tmp_path: Path, month: str, classification: str | None
) -> None:
    """Indonesia took HS 2022 over in April; what comes in 2028 has to be said by then."""
    specimen = specimen_folder(settings_for(tmp_path), "bps_trade") / "exports.json"
    body = json.loads(specimen.read_text(encoding="utf-8"))
    name, _, year = month.rpartition(" ")
    body["data"] = [{**body["data"][0], "bulan": name, "tahun": year}]
    path = tmp_path / "exports.json"
    path.write_text(json.dumps(body), encoding="utf-8")
    text, refused = stage_specimen(settings_for(tmp_path), ALL, ALL["bps_trade"], path)
    found = [r["product_classification"] for r in csv.DictReader(io.StringIO(text))]
    assert found == ([classification] if classification else [])
    assert bool(refused) == (classification is None)


@pytest.mark.fast
def test_yaml_of_declarations_is_safe() -> None:
    for path in BUILT_IN.glob("*.yml"):
        yaml.safe_load(path.read_text(encoding="utf-8"))
