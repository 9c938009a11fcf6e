"""SDMX from a declaration to typed rows: units by every level, actions, periods, missing values.

The messages are made here, in the shapes that services send. Recorded ones of the same kinds are
tried where they are at hand (`../shared/cases`, or beside PENATARAN_SAMPLES).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config import declarations
from flows.declare import stage_specimen
from schemas.errors import DataError
from tasks.outcome import Report
from tests.conftest import first_of, rows, settings_for, shared
from tests.faultserver import Route, replay

HEAD = """
title: {id: Percobaan, en: Trial}
provider: {code: trial, name: Trial, url: "https://trial.example"}
domain: context
table: core_context__indicators
licence: {name: open, redistribution: open, attribution: {id: a, en: a}}
calendar: {cadence: yearly, cron: "0 8 5 * *"}
hosts: {main: "https://trial.example"}
request: {path: /data}
coverage: {absence: nothing}
"""


def declaration(**changes: Any) -> str:
    own: dict[str, Any] = {
        "datasets": {"annual": {"frequency": "A", "start": 2000}},
        "reader": {"format": "sdmx-ml"},
        "columns": {
            "AREA": {"to": "area", "lookup": "iso3"},
            "MEASURE": "indicator",
            "TIME_PERIOD": "period",
            "OBS_VALUE": {"to": "value", "power": "UNIT_MULT?"},
            "UNIT": {"to": "unit", "optional": True},
        },
        "ignore": ["FREQ", "TITLE", "DECIMALS", "STRUCTURE", "STRUCTURE_ID", "ACTION", "DATAFLOW",
                   "REPORTING_YEAR_START_DAY"],
        "constants": {"region_code": "TOTAL"},
        **changes,
    }  # fmt: skip
    return HEAD + "".join(f"{key}: {json.dumps(value)}\n" for key, value in own.items())


def staged(folder: Path, text: str, body: str | bytes) -> tuple[list[dict[str, str]], str]:
    """Good rows and the reasons of refused ones. Raises DataError for what is refused whole."""
    sources = folder / "sources"
    sources.mkdir(exist_ok=True)
    (sources / "trial.yml").write_text(f"# A trial.\n{text}", encoding="utf-8")
    settings = settings_for(folder, PENATARAN_SOURCES_PATH=str(sources))
    declared = declarations.load_all(settings.sources_paths)
    assert not declared.broken, declared.broken
    path = folder / "answer"
    path.write_bytes(body.encode() if isinstance(body, str) else body)
    found, refused = stage_specimen(settings, declared.sources, declared.sources["trial"], path)
    return list(csv.DictReader(io.StringIO(found))), " ".join(r.reasons for r in refused)


def values(found: list[dict[str, str]]) -> list[str]:
    """Values with four decimals; none of the specimens has more."""
    return [
        row["value"] and str(Decimal(row["value"]).quantize(Decimal("0.0001"))) for row in found
    ]


def refused(folder: Path, text: str, body: str | bytes) -> str:
    """Code of the refusal of a whole answer, or the reasons of its rows, where none is taken."""
    try:
        found, reasons = staged(folder, text, body)
    except DataError as error:
        return error.code
    assert found == []
    return reasons


ML = (
    '<m:StructureSpecificData xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message">'
    "<m:DataSet>{}</m:DataSet></m:StructureSpecificData>"
)
SERIES = '<Series FREQ="A" AREA="IDN" MEASURE="INV"{}><Obs TIME_PERIOD="2023" OBS_VALUE="{}"{}/></Series>'  # noqa: E501
REQUIRED = {"to": "value", "power": "UNIT_MULT"}


def columns(**changes: Any) -> dict[str, Any]:
    """Columns of the trial, some of them changed; None takes one away."""
    own = {
        "AREA": {"to": "area", "lookup": "iso3"}, "MEASURE": "indicator", "TIME_PERIOD": "period",
        "OBS_VALUE": {"to": "value", "power": "UNIT_MULT?"},
        "UNIT": {"to": "unit", "optional": True}, **changes,
    }  # fmt: skip
    return {name: column for name, column in own.items() if column is not None}


class TestUnits:
    @pytest.mark.parametrize("value", first_of(REQUIRED, {"to": "value", "power": "UNIT_MULT?"}))
    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            (ML.format(SERIES.format(' UNIT_MULT="6"', "12.75", "")), "12750000.0000"),
            (ML.format(SERIES.format("", "12.75", ' UNIT_MULT="3"')), "12750.0000"),
            (
                ML.format(
                    '<Group AREA="IDN" MEASURE="INV" UNIT_MULT="6" DECIMALS="1" UNIT="USD"/>'
                    + SERIES.format(' DECIMALS="2"', "12.75", "")
                ),
                "12750000.0000",
            ),
            (
                ML.replace("<m:DataSet>", '<m:DataSet UNIT_MULT="9">').format(
                    SERIES.format("", "12.75", "")
                ),
                "12750000000.0000",
            ),
        ],
        ids=["series", "observation", "group", "data set"],
    )
    def test_the_multiplier_of_any_level(
        self, tmp_path: Path, value: dict[str, str], message: str, expected: str
    ) -> None:
        found, reasons = staged(tmp_path, declaration(columns=columns(OBS_VALUE=value)), message)
        assert (values(found), reasons) == ([expected], "")

    def test_a_message_that_names_it_nowhere_is_in_units(self, tmp_path: Path) -> None:
        message = ML.format(SERIES.format("", "12.75", ""))
        assert values(staged(tmp_path, declaration(), message)[0]) == ["12.7500"]
        required = declaration(columns=columns(OBS_VALUE=REQUIRED))
        assert refused(tmp_path, required, message) == "column_missing"

    def test_where_one_series_has_it_the_others_are_not_in_units(self, tmp_path: Path) -> None:
        message = ML.format(
            SERIES.format(' UNIT_MULT="6"', "12.75", "")
            + SERIES.format("", "9", "").replace("IDN", "JPN")
        )
        found, reasons = staged(tmp_path, declaration(), message)
        assert values(found) == ["12750000.0000"]
        assert '"unit_unresolved"' in reasons
        assert "UNIT_MULT" in reasons

    def test_where_it_is_only_listed_nothing_is_in_units(self, tmp_path: Path) -> None:
        message = ML.format(
            '<Series FREQ="A" AREA="JPN" MEASURE="INV" UNIT_MULT="6"/>'
            + SERIES.format("", "12.75", "")
        )
        assert refused(tmp_path, declaration(), message) == "unit_unresolved"

    def test_a_missing_value_needs_no_unit(self, tmp_path: Path) -> None:
        text = (
            "DATAFLOW,FREQ,AREA,MEASURE,TIME_PERIOD,OBS_VALUE,UNIT_MULT\n"
            "X:Y(1.0),A,IDN,INV,2022,NaN,\nX:Y(1.0),A,IDN,INV,2023,5,3\n"
        )
        found, reasons = staged(tmp_path, declaration(reader={"format": "csv"}), text)
        assert (values(found), reasons) == (["", "5000.0000"], "")


def sdmx_json(**attributes: Any) -> str:
    """GDP of an area by the shape of the IMF's portal, with attributes on one level."""
    level, components = next(iter(attributes.items()))
    dataset: dict[str, Any] = {"structure": 0, "action": "Replace"}
    one: dict[str, Any] = {"observations": {"0": ["871.5"], "1": [902]}}
    indexes = [0] * len(components)
    if level == "dimensionGroup":
        dataset["dimensionGroupAttributes"] = {":0::": indexes}
    elif level == "series":
        one["attributes"] = indexes
    elif level == "observation":
        one["observations"] = {k: [*v, *indexes] for k, v in one["observations"].items()}
    else:
        dataset["attributes"] = indexes
    dataset["series"] = {"0:0:0": one}
    ids = {"AREA": ["IDN"], "MEASURE": ["GDP"], "FREQ": ["A"], "TIME_PERIOD": ["2022", "2023"]}
    of = [
        {"id": name, "keyPosition": n, "values": [{"id": code} for code in codes]}
        for n, (name, codes) in enumerate(ids.items())
    ]
    structure = {
        "dimensions": {"dataset": [], "series": of[:3], "observation": of[3:]},
        "attributes": {
            level: [{"id": k, "values": [{"id": v}]} for k, v in components.items()]
        },
        "measures": {"observation": [{"id": "OBS_VALUE", "values": []}]},
    }  # fmt: skip
    return json.dumps({"data": {"dataSets": [dataset], "structures": [structure]}})


@pytest.mark.parametrize(
    "level", first_of("dataSet", "dataset", "dimensionGroup", "series", "observation")
)
@pytest.mark.parametrize("power", ["UNIT_MULT", "UNIT_MULT?"])
def test_json_units_of_any_level(tmp_path: Path, level: str, power: str) -> None:
    text = declaration(
        reader={"format": "sdmx-json"},
        columns=columns(OBS_VALUE={"to": "value", "power": power}, UNIT="unit"),
    )
    found, reasons = staged(tmp_path, text, sdmx_json(**{level: {"UNIT": "USD", "UNIT_MULT": "9"}}))
    assert values(found) == ["871500000000.0000", "902000000000.0000"]
    assert {r["unit"] for r in found} == {"USD"}
    assert reasons == ""


def test_names_of_codes_that_are_read_are_no_new_columns(tmp_path: Path) -> None:
    """Those of other codes are: the codes themselves are new then."""
    body = json.loads(sdmx_json(series={"UNIT_MULT": "9", "UNIT": "USD"}))
    levels = body["data"]["structures"][0]["dimensions"]
    levels["series"][0]["values"] = [{"id": "IDN", "name": "Indonesia"}]
    text = declaration(reader={"format": "sdmx-json"})
    assert len(staged(tmp_path, text, json.dumps(body))[0]) == 2
    levels["dataset"] = [{"id": "SEX", "keyPosition": 4, "values": [{"id": "T", "name": "Total"}]}]
    assert refused(tmp_path, text, json.dumps(body)) == "column_added"


def test_a_listed_multiplier_without_a_value_is_refused(tmp_path: Path) -> None:
    body = json.loads(sdmx_json(dimensionGroup={"UNIT_MULT": "9"}))
    del body["data"]["dataSets"][0]["dimensionGroupAttributes"]
    text = declaration(reader={"format": "sdmx-json"})
    assert refused(tmp_path, text, json.dumps(body)) == "unit_unresolved"


CSV_2 = "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,AREA,MEASURE,TIME_PERIOD,OBS_VALUE\n"


def csv_2(*lines: str) -> str:
    return CSV_2 + "".join(f"dataflow,X:Y(1.0),{line}\n" for line in lines)


class TestActions:
    CSV = declaration(reader={"format": "csv"})
    ROWS = csv_2("I,A,IDN,INV,2021,6.5", "D,A,IDN,INV,2022,8", "R,A,IDN,INV,2023,9")

    @pytest.mark.slow
    def test_figures_that_are_taken_back_are_not_loaded(self, tmp_path: Path) -> None:
        assert refused(tmp_path, self.CSV, self.ROWS) == "delete_action"

    def test_a_declaration_may_leave_them_out_by_name(self, tmp_path: Path) -> None:
        chosen = declaration(reader={"format": "csv"}, select={"ACTION": ["I", "R", "A", "M"]})
        assert values(staged(tmp_path, chosen, self.ROWS)[0]) == ["6.5000", "9.0000"]

    @pytest.mark.slow
    def test_a_run_ends_with_the_code_and_keeps_what_was_known(
        self, run: Callable[..., Report], home: Path, tmp_path: Path
    ) -> None:
        folder = tmp_path / "more"
        folder.mkdir()
        (folder / "trial.yml").write_text(f"# A trial.\n{self.CSV}", encoding="utf-8")
        answers = [csv_2("I,A,IDN,INV,2022,7"), self.ROWS]
        sql = "SELECT value FROM core_context__indicators WHERE source = 'trial'"
        for body, code in zip(answers, (None, "delete_action"), strict=True):
            with replay(lambda _, b=body: Route(b.encode())) as base:
                report = run("trial", hosts={"trial": base}, PENATARAN_SOURCES_PATH=str(folder))
            error = report.sources[0].error
            assert (error["code"] if error else None) == code
            assert [v for (v,) in rows(home, sql)] == [7]


class TestMissing:
    @pytest.mark.parametrize("text", first_of("NaN", "#N/A", ""))
    @pytest.mark.parametrize("kind", ["csv", "sdmx-ml", "sdmx-json"])
    def test_a_value_that_is_not_there(self, tmp_path: Path, kind: str, text: str) -> None:
        body = {
            "csv": csv_2(f"R,A,IDN,GDP,2022,{text}"),
            "sdmx-ml": ML.format(SERIES.format("", text, "")),
            "sdmx-json": sdmx_json(series={"FREQ2": "A"}).replace('"871.5"', f'"{text}"'),
        }[kind]
        own = declaration(reader={"format": kind}, ignore=["FREQ", "FREQ2", "STRUCTURE",
                          "STRUCTURE_ID", "ACTION"])  # fmt: skip
        found, reasons = staged(tmp_path, own, body)
        assert (found[0]["value"], found[0]["value_status"], reasons) == ("", "missing", "")

    @pytest.mark.parametrize("text", first_of("nan", "N/A", "-", "Infinity", "n.a."))
    def test_other_words_are_no_numbers(self, tmp_path: Path, text: str) -> None:
        own = declaration(reader={"format": "csv"})
        assert '"not_a_number"' in refused(tmp_path, own, csv_2(f"R,A,IDN,GDP,2022,{text}"))

    def test_a_bare_nan_of_json(self, tmp_path: Path) -> None:
        body = sdmx_json(series={"TITLE": "t"}).replace('"871.5"', "NaN")
        found, _ = staged(tmp_path, declaration(reader={"format": "sdmx-json"}), body)
        assert values(found) == ["", "902.0000"]

    def test_a_declared_state_of_nan_holds(self, tmp_path: Path) -> None:
        own = columns(OBS_VALUE={"to": "value", "missing": {"NaN": "suppressed"}})
        text = declaration(reader={"format": "csv"}, columns=own)
        found, _ = staged(tmp_path, text, csv_2("R,A,IDN,GDP,2022,NaN", "R,A,IDN,GDP,2023,#N/A"))
        assert [r["value_status"] for r in found] == ["suppressed", "missing"]


class TestPeriods:
    def test_weeks(self, tmp_path: Path) -> None:
        text = declaration(
            reader={"format": "csv"}, datasets={"weekly": {"frequency": "W", "start": 2000}}
        )
        lines = (f"R,W,IDN,X,{week},5" for week in ("2019-W01", "2020-W53", "2019-W53"))
        found, reasons = staged(tmp_path, text, csv_2(*lines))
        assert [(r["frequency"], r["period_start"], r["period_end"]) for r in found] == [
            ("W", "2018-12-31", "2019-01-06"), ("W", "2020-12-28", "2021-01-03"),
        ]  # fmt: skip
        assert '"bad_period"' in reasons
        assert "2019-W53" in reasons

    @pytest.mark.parametrize("day", ["--01-01", "--04-01"])
    def test_another_reporting_year_has_other_quarters(self, tmp_path: Path, day: str) -> None:
        text = declaration(
            reader={"format": "csv"}, datasets={"q": {"frequency": "Q", "start": 2000}}
        )
        body = f"FREQ,AREA,MEASURE,TIME_PERIOD,OBS_VALUE,REPORTING_YEAR_START_DAY\nQ,IDN,X,2023-Q1,5,{day}\n"  # noqa: E501
        found, reasons = staged(tmp_path, text, body)
        assert (len(found), '"reporting_year"' in reasons) == (
            (1, False) if day == "--01-01" else (0, True)
        )


def test_a_field_that_begins_with_a_mark_is_named(tmp_path: Path) -> None:
    """As CKAN gives it for a file that was uploaded with one."""
    body = json.dumps({"records": [{"\ufefftahun": "2023", "nilai": "5"}]}, ensure_ascii=False)
    own = {"tahun": "period", "nilai": "value"}
    constants = {"region_code": "TOTAL", "area": "IDN", "indicator": "x", "unit": "x"}
    text = declaration(
        reader={"format": "json", "records": "records"}, columns=own, constants=constants
    )
    with pytest.raises(DataError) as caught:
        staged(tmp_path, text, body)
    assert "columns missing: tahun; new columns: \\ufefftahun" in caught.value.message
    assert "(begins with a byte-order mark)" in caught.value.message
    added = body.replace('"\ufefftahun"', '"tahun": "2023", "\u200bnilai"')
    with pytest.raises(DataError, match="column_added") as caught:
        staged(tmp_path, text, added)
    assert "\\u200bnilai (begins with a zero-width space)" in caught.value.message


# --- the same kinds, recorded -----------------------------------------------------------------

RECORDED: list[tuple[str, str, str, list[str] | str]] = [
    ("s01-json-group-attributes", "c01_opt.yml", "c01.json",
     ["5.0000", "5.1000", "1371171000000.0000", "1396300000000.0000"]),
    ("s01-json-group-attributes", "c01_req.yml", "c01.json",
     ["5.0000", "5.1000", "1371171000000.0000", "1396300000000.0000"]),
    ("s04-group-and-series-share-an-attribute", "c02b.yml", "c02b.xml",
     ["262500000.0000", "271250000.0000", "19.9000"]),
    ("s05-compact-2.0-sibling-group", "c02c.yml", "c02c.xml", ["262500000.0000"]),
    ("s05-compact-2.0-sibling-group", "c02c_req.yml", "c02c.xml", ["262500000.0000"]),
    ("s06-generic-without-value", "c03.yml", "c03.xml", ["17.5000", "", ""]),
    ("s08-csv-action-delete", "c06.yml", "c06.csv", "delete_action"),
    ("s08-csv-action-delete", "c06_doc.yml", "c06.csv", ["6.0000", "7.0000", "9.0000"]),
    ("s09-weeks", "c07.yml", "c07.csv", ["1.5000", "1.6000"]),
    ("s13-ckan-bom-in-field", "c12.yml", "answer.json", "column_missing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "text", "answer", "expected"), RECORDED, ids=[f"{c[0][:3]}-{c[1]}" for c in RECORDED]
)
def test_a_recorded_case(
    tmp_path: Path, case: str, text: str, answer: str, expected: list[str] | str
) -> None:
    folder = shared(f"cases/sources/{case}")
    own, body = (folder / text).read_text(encoding="utf-8"), (folder / answer).read_bytes()
    if isinstance(expected, str):
        assert refused(tmp_path, own, body) == expected
    else:
        assert sorted(values(staged(tmp_path, own, body)[0])) == sorted(expected)


def test_a_recorded_json_stat_answer(tmp_path: Path) -> None:
    folder = shared("cases/sources/s11-json-stat-real")
    body = (folder / "js_cso_ie-NQQ25.json").read_bytes()
    found, reasons = staged(tmp_path, (folder / "c09_cso.yml").read_text(encoding="utf-8"), body)
    assert (len(found), reasons) == (1216, "")
