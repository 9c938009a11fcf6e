"""Files of the open data: faithful, described in both languages, read by the tools of others."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import jsonschema
import pyarrow.parquet as pq
import pytest
import sdmx.reader.xml.v30  # before any file adds its namespaces to what it copies

from config import region as regions
from reports import catalogues, release_texts
from reports.catalogues import Edition, OpenFile
from reports.drawn import Studio
from reports.facts import Publisher
from reports.licence_gate import LicenceGate, public_figures
from reports.open_files import csv_bytes, parquet_bytes, text_of
from reports.public_tables import PublicColumn, PublicTable, _of_figure, public_table
from reports.sdmx_files import SERIES, period_of, sdmx_csv, structures
from schemas.marks import SIMULATED
from schemas.model import Words
from tests.conftest import ROOT
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import TODAY

ODCS = ROOT / "tests" / "specimens" / "schemas" / "odcs-3.1.0.schema.json"
BANK = Publisher("bank", Words("Kurs", "Rates"), Words("Bank", "The Bank"), "CC BY 4.0", "open")
FORMULA = '=HYPERLINK("http://x","y")'
ROWS = (
    (FORMULA, Decimal("1.2300"), 3, True, date(2025, 1, 2), datetime(2025, 1, 2, 3, tzinfo=UTC)),
    ("a,b\r\n\"c\" \u202e", None, None, None, None, None),
)  # fmt: skip
RELEASED = (*(s.table for s in SERIES), "ref_source", "mart_rates_monthly", "mart_rates_annual")
COLUMNS = tuple(
    PublicColumn(name, kind, Words(f"arti {name}", f"meaning of {name}"), unit, (24, 4), key)
    for name, kind, unit, key in (
        ("name", "string", "", True), ("value", "number", "USD", False),
        ("n", "integer", "", False), ("yes", "boolean", "", False), ("day", "date", "", False),
        ("at", "datetime", "", False),
    )
)  # fmt: skip
TABLE = PublicTable("core_x", "core", Words("Judul", "Title"), COLUMNS, ROWS, (BANK,))
PATHS = [OpenFile("data/core_x.csv", "csv", "0" * 64, 12),
         OpenFile("data/core_x.parquet", "parquet", "1" * 64, 34)]  # fmt: skip


def edition(*, simulated: bool) -> Edition:
    return Edition(regions.load("3505"), "2026-11-30-abc", date(2026, 11, 30), simulated)


def test_csv_holds_what_the_table_holds() -> None:
    """A formula stays one: the file is for programs, and another text would be another value."""
    rows = list(csv.reader(io.StringIO(csv_bytes(TABLE).decode(), newline="")))
    assert rows == [
        ["name", "value", "n", "yes", "day", "at"],
        [FORMULA, "1.2300", "3", "true", "2025-01-02", "2025-01-02T03:00:00Z"],
        ["a,b\r\n\"c\" \u202e", "", "", "", "", ""],
    ]  # fmt: skip
    assert text_of(Decimal("1E+5")) == "100000"


@pytest.mark.parametrize("simulated", [True, False])
def test_parquet_has_types_and_meanings(simulated: bool) -> None:
    found = pq.read_table(io.BytesIO(parquet_bytes(TABLE, simulated=simulated)))
    assert [tuple(row.values()) for row in found.to_pylist()] == list(ROWS)
    types = ["string", "decimal128(24, 4)", "int64", "bool", "date32[day]", "timestamp[us, tz=UTC]"]
    assert [str(f.type) for f in found.schema] == types
    assert found.schema.field("value").metadata[b"unit"] == b"USD"
    assert (b"penataran_notice" in (found.schema.metadata or {})) is simulated


def test_a_table_without_values_has_a_file_too() -> None:
    empty = PublicTable("t", "figure", TABLE.title, COLUMNS, (ROWS[1],), ())
    assert pq.read_table(io.BytesIO(parquet_bytes(empty, simulated=False))).num_rows == 1


def test_the_data_package_says_types_units_licences_and_sources() -> None:
    found = catalogues.data_package([(TABLE, PATHS)], edition(simulated=False))
    (resource,) = found["resources"]
    assert resource["path"] == "data/core_x.csv"
    assert resource["hash"] == f"sha256:{'0' * 64}"
    value = resource["schema"]["fields"][1]
    assert (value["type"], value["unit"]) == ("number", "USD")
    assert (value["description_id"], value["description_en"]) == ("arti value", "meaning of value")
    assert resource["schema"]["primaryKey"] == ["name"]
    assert resource["licenses"] == [{"name": "cc-by-4.0", "title": "CC BY 4.0"}]
    assert resource["sources"][0]["title"] == "Bank / The Bank"


def descriptions(*, simulated: bool) -> dict[str, str]:
    entries, about = [(TABLE, PATHS)], edition(simulated=simulated)
    return {
        "datapackage": json.dumps(catalogues.data_package(entries, about)),
        "dcat": json.dumps(catalogues.dcat(entries, about)),
        "ckan": json.dumps(catalogues.ckan(entries, about)),
        "contract": json.dumps(catalogues.contract(entries, about)),
        "readme": release_texts.readme([TABLE], about),
        "changelog": release_texts.changelog({about.version: []}, about),
    }


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_data_is_marked_everywhere_and_live_data_nowhere(simulated: bool) -> None:
    for name, text in descriptions(simulated=simulated).items():
        assert (SIMULATED in text) is simulated, name
        assert ("imulated data" in text or "simulasi" in text.lower()) is simulated, name
    package = json.loads(descriptions(simulated=simulated)["datapackage"])
    for text in (package["title"], package["description"], package["resources"][0]["title"]):
        assert (SIMULATED in text) is simulated


def test_the_contract_is_one_of_the_standard() -> None:
    found = catalogues.contract([(TABLE, PATHS)], edition(simulated=True))
    jsonschema.validate(found, json.loads(ODCS.read_text(encoding="utf-8")))


def test_dcat_has_a_distribution_for_each_file() -> None:
    graph = catalogues.dcat([(TABLE, PATHS)], edition(simulated=False))["@graph"]
    (data_set,) = [node for node in graph if node["@type"] == "dcat:Dataset"]
    assert [d["dcat:downloadURL"]["@id"] for d in data_set["dcat:distribution"]] == [
        "data/core_x.csv", "data/core_x.parquet"]  # fmt: skip
    known = {node["@id"] for node in graph}
    (catalogue,) = [node for node in graph if node["@type"] == "dcat:Catalog"]
    assert {d["@id"] for d in catalogue["dcat:dataset"]} <= known
    assert catalogue["dct:publisher"]["@id"] in known
    prefixes = {key.split(":")[0] for node in graph for key in node if not key.startswith("@")}
    assert prefixes <= catalogues.CONTEXT.keys()


def test_ckan_has_a_resource_for_each_file() -> None:
    found = catalogues.ckan([(TABLE, PATHS)], edition(simulated=False))
    assert [r["format"] for r in found["resources"]] == ["CSV", "PARQUET"]
    assert found["name"] == found["name"].lower()


# --- SDMX -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "frequency", "expected"),
    [
        (date(2025, 1, 1), "A", "2025"), (date(2025, 4, 1), "A", "2025-04-01/P1Y"),
        (date(2025, 7, 1), "S", "2025-S2"), (date(2025, 4, 1), "Q", "2025-Q2"),
        (date(2025, 11, 1), "M", "2025-11"), (date(2025, 2, 1), "Q", "2025-02-01/P3M"),
        (date(2025, 3, 4), "D", "2025-03-04"), (date(2025, 3, 3), "W", "2025-03-03"),
    ],
)  # fmt: skip
def test_periods_as_sdmx_writes_them(start: date, frequency: str, expected: str) -> None:
    assert period_of(start, frequency) == expected


def small_release(tables: SmallWarehouse) -> Sequence[PublicTable]:
    studio = Studio(cast("Any", tables), regions.load("3505"), TODAY)
    gate = LicenceGate(cast("Any", tables))
    found = [public_table(name, studio, gate) for name in RELEASED]
    return [*found, *(_of_figure(d) for d in public_figures(studio, gate, "rates"))]


@pytest.fixture
def filled(tables: SmallWarehouse) -> SmallWarehouse:
    """Series of an open source, of one for indicators and of a closed one."""
    for code, found in {"bank": "open", "terms": "derived", "closed": "none",
                        "reference_source": "open"}.items():  # fmt: skip
        tables.insert("ref_source", source="reference_source", source_code=code, licence="L",
                      redistribution=found, attribution_en=f"Source: {code}")  # fmt: skip
        if code == "reference_source":
            continue
        value = {"bank": 16000, "terms": 77777, "closed": 88888}[code]
        for day in (3, 4):
            tables.insert(
                "core_exchange__rates", source=code, rate_date=date(2025, 3, day), rate=value + day,
                base_currency="USD", quote_currency="IDR", rate_type="middle",
                release_stage="final", value_status="observed",
            )  # fmt: skip
        tables.insert(
            "core_trade__flows", source=code, frequency="A", period_start=date(2025, 1, 1),
            flow="export", reporter_area="IDN", partner_area="JPN", region_code="TOTAL",
            currency="USD", breakdown_type="TOTAL", breakdown_code="TOTAL", valuation="FOB",
            product_classification="HS2022", product_code="920600", value=value,
            release_stage="final", value_status="observed",
        )  # fmt: skip
        tables.insert(
            "core_tourism__arrivals", source=code, frequency="M", period_start=date(2025, 2, 1),
            destination_area="IDN", region_code="3505", origin_area="JPN", concept="guest",
            breakdown_type="TOTAL", breakdown_code="TOTAL", visitors=None,
            release_stage="final", value_status="suppressed",
        )  # fmt: skip
    return tables


def test_other_tools_read_the_series(filled: SmallWarehouse, tmp_path: Path) -> None:
    from pysdmx.io import get_datasets

    by_name = {t.name: t for t in small_release(filled)}
    found = [(s, by_name[s.table]) for s in SERIES]
    xml = tmp_path / "structures.xml"
    xml.write_bytes(structures(found, "ID3505", TODAY, ""))
    read = sdmx.read_sdmx(xml)
    assert set(read.structure) == {"RATES", "ARRIVALS", "TRADE"}
    for series, table in found:
        path = tmp_path / f"{series.name}.csv"
        path.write_bytes(sdmx_csv(series, table, "ID3505"))
        (data_set,) = get_datasets(path, xml)
        structure = read.structure[series.name]
        assert [d.id for d in structure.dimensions] == [
            *(n.upper() for n in series.dimensions), "TIME_PERIOD"]  # fmt: skip
        assert set(data_set.data.columns) == {
            *(d.id for d in structure.dimensions), "OBS_VALUE",
            *(a.id for a in structure.attributes)}  # fmt: skip
        place = table.place(series.value)
        values = [None if row[place] is None else float(row[place]) for row in table.rows]
        got = [float(v) if v else None for v in data_set.data["OBS_VALUE"]]
        assert got == values
    assert b"simulasi" not in xml.read_bytes()
    assert b"<mes:Test>true" in structures(found, "ID3505", TODAY, f"[{SIMULATED}] ")


# --- what is in a release ---------------------------------------------------------------------


def test_no_value_of_a_closed_source_is_in_any_file(filled: SmallWarehouse) -> None:
    found = small_release(filled)
    assert {t.name for t in found} >= {"core_exchange__rates", "mart_rates_monthly", "ref_source"}
    for table in found:
        text = csv_bytes(table).decode()
        assert "8888" not in text, table.name
        if not table.name.startswith(("mart_", "figure_")):
            assert "7777" not in text, table.name
        rows = pq.read_table(io.BytesIO(parquet_bytes(table, simulated=False))).to_pylist()
        assert "8888" not in repr(rows), table.name


def test_of_a_source_for_indicators_only_these_are_there(filled: SmallWarehouse) -> None:
    monthly = next(t for t in small_release(filled) if t.name == "mart_rates_monthly")
    named = [dict(zip([c.name for c in monthly.columns], row, strict=True)) for row in monthly.rows]
    by_source = {row["source"]: row for row in named}
    assert by_source.keys() == {"bank", "terms"}
    assert by_source["bank"]["redistribution_of_row"] == "open"
    assert by_source["bank"]["end_rate"] == 16004
    assert by_source["terms"]["redistribution_of_row"] == "derived"
    assert by_source["terms"]["end_rate"] is None
    assert by_source["terms"]["average_rate"] is not None


def test_a_suppressed_count_is_empty_with_its_status(filled: SmallWarehouse) -> None:
    arrivals = next(t for t in small_release(filled) if t.name == "core_tourism__arrivals")
    (row,) = arrivals.rows
    assert row[arrivals.place("visitors")] is None
    assert row[arrivals.place("value_status")] == "suppressed"
    (line,) = list(csv.DictReader(io.StringIO(csv_bytes(arrivals).decode())))
    assert (line["visitors"], line["value_status"]) == ("", "suppressed")


def test_columns_of_a_figure_are_there_once_with_what_they_mean(filled: SmallWarehouse) -> None:
    for table in small_release(filled):
        names = [c.name for c in table.columns]
        assert len(names) == len(set(names)), table.name
        for column in table.columns:
            assert column.description.id, (table.name, column.name)
            assert column.description.en, (table.name, column.name)
