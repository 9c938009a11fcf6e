"""Every recorded file and what becomes of it: loaded, read, refused with a reason, or no data.

Files whose whole way is tested elsewhere are named with the module that does. A file that is new
in the samples fails the first test until somebody has said what it is.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config import declarations
from config.reading import reader_from
from flows.declare import stage_specimen
from schemas.errors import DataError
from tasks.ask import builtin
from tasks.read import formats
from tests.conftest import ROOT, settings_for
from warehouse.engine import connect

DECLARED = declarations.load_all().sources
Row = dict[str, str | None]


@dataclass(frozen=True)
class Loads:
    """Good rows of a source's dry run, a total, and cells checked by hand in the file."""

    source: str
    rows: int
    value: str = ""
    total: str = ""
    cells: dict[str, str] | None = None
    dataset: str = "x"


@dataclass(frozen=True)
class Reads:
    """Rows that a reader gives, and one of them."""

    rows: int
    reader: dict[str, Any]
    first: dict[str, str | None] | None = None


@dataclass(frozen=True)
class Refused:
    code: str
    reader: dict[str, Any] | None = None
    source: str = ""
    dataset: str = "x"


@dataclass(frozen=True)
class Elsewhere:
    module: str


@dataclass(frozen=True)
class NoData:
    why: str


def bps(records: str, rows: int) -> Reads:
    return Reads(rows, {"format": "json", "records": records, "one_is_list": True})


CSV = {"format": "csv"}
BPS_TABLE = {"format": "json", "records": "vervar", "module": "bps_dynamic"}
ML, SDMX_JSON = {"format": "sdmx-ml"}, {"format": "sdmx-json"}
SAMPLES, SENDERS = Elsewhere("test_samples.py"), Elsewhere("test_senders.py")
WDI = {"format": "csv", "skip_lines": 4, "trailing_delimiter": True, "wide": {
    "id_columns": ["Country Name", "Country Code", "Indicator Name", "Indicator Code"],
    "names_to": "year", "values_to": "value"}}  # fmt: skip
OUTCOMES: dict[str, Loads | Reads | Refused | Elsewhere | NoData] = {
    "README.md": NoData("about the samples"),
    "abs/640101.xlsx": SENDERS,
    "abs/LF_dsd.xml": Reads(233, {"format": "xml", "records": "Code"},
                            {"Codelist@id": "CL_DECIMALS", "@id": "0", "Name": "Zero"}),
    "abs/LF_generic_one_obs.xml": Reads(786, ML, {
        "SEX": "3", "TIME_PERIOD": "2026-03", "OBS_VALUE": "3196.48734658", "UNIT_MULT": "3"}),
    # 26 currencies bought and sold, of the day above the table.
    "bank_indonesia/transaksi-bi_default.html": Loads(
        "bank_indonesia", 52, cells={"rate_date": "2026-04-02", "base_currency": "AED",
                                     "rate_type": "sell", "rate": "4653.4500000000"},
        dataset="page"),
    "bank_indonesia/transaksi-bi_post_AUD_2026-03.html": Reads(
        4, {"format": "html", "records": "Sell"},
        {"Value": "1.00", "Sell": "11,949.58", "Buy": "11,827.30", "Date": "5 Mar 2026"}),
    "bank_indonesia/wskursbi_getSubKursLokal_USD.xml": Loads(
        "bank_indonesia", 8, "rate", "134356.0100000000",
        {"rate_date": "2026-02-06", "rate_type": "sell", "rate": "16910.1300000000"},
        "transaction"),
    "bps/data_var218_Ambon_monthly.json": Reads(56, BPS_TABLE, {
        "row_label": "Ambon", "year": "2017", "period": "01", "value": "0.28", "unit": "Persen"}),
    "bps/data_var2_Luwuk_Palu_empty.json": Loads("bps_tourism", 0, dataset="entry_gate"),
    "bps/tourism/asean_data_tourism_visitors.csv": SENDERS,
    "bps/tourism/kunjungan_wisman_menurut_kebangsaan.csv": SENDERS,
    "bps/tourism/kunjungan_wisman_per_pintu_masuk.csv": SENDERS,
    "bps/tourism/wisman_pintu_masuk_gabung.xlsx": SENDERS,
    "bps/webapi/census_data_list.json": bps("data.1.data", 1),
    "bps/webapi/derived_variable_list.json": bps("data.1", 10),
    "bps/webapi/domain_list.json": bps("data.1", 5),
    "bps/webapi/dynamic_table_detail.json": Reads(3, BPS_TABLE, {
        "row": "7315", "row_label": "Pinrang", "year": "1999", "value": "308669"}),
    "bps/webapi/error.json": Refused("provider_error", source="bps_trade", dataset="exports"),
    "bps/webapi/list_unavailable.json": Loads("bps_trade", 0, dataset="exports"),
    "bps/webapi/period_list.json": bps("data.1", 10),
    "bps/webapi/press_release_list.json": bps("data.1", 2),
    "bps/webapi/publication_list.json": bps("data.1", 1),
    # The heading of the first column spans two rows, "Status" four columns.
    "bps/webapi/static_table_detail.json": Reads(
        24, {"format": "html", "module": "bps_static", "records": "DEP. KESEHATAN"},
        {"Tenaga Kesehatan": "Dokter", "DIKBUD": "-", "DEP. KESEHATAN": "48", "Jumlah": "48"}),
    "bps/webapi/strategic_indicator_list.json": bps("data.1", 10),
    # Written by an SDK's author: a list within a list, which the service does not send.
    "bps/webapi/trade.json": Refused("column_missing", source="bps_trade", dataset="exports"),
    "bps/webapi/unavailable.json": Loads("bps_trade", 0, dataset="exports"),
    "bps/webapi/unit_list.json": bps("data.1", 10),
    "bps/webapi/variable_list.json": bps("data.1", 10),
    "comtrade/TradeData_THA_8542_2014-2024.csv": Reads(
        1178, {"format": "csv", "encoding": "cp1252", "trailing_delimiter": True},
        {"period": "2014", "reporterCode": "764"}),
    "comtrade/apidocs/comtrade.json": NoData("documentation of the interface"),
    "comtrade/apidocs/comtradebulk.json": NoData("documentation of the interface"),
    "comtrade/apidocs/public.json": NoData("documentation of the interface"),
    "comtrade/bulk_file_truncated.txt.gz": SAMPLES,
    "comtrade/bulk_get_C_A_HS_ARG_1962.json": Reads(1, {"format": "json", "records": "data"}),
    "comtrade/get_C_A_HS_CHN_2010_TOTAL.json": Loads(
        "comtrade", 4, "value", "155218297800.0000",
        {"partner_area": "DEU", "value": "74251272075.0000", "valuation": "CIF"}),
    "comtrade/get_C_A_HS_CHN_2010_TOTAL_raw.json": SAMPLES,
    "comtrade/get_S_A_EB_empty.json": SAMPLES,
    **{f"comtrade/recorded/{name}": SAMPLES for name in (
        "get/bilateral_ch_us_2022_2023.json", "get/ch_exports_2023_breakdown_mode_plus.json",
        "get/ch_exports_2023_include_desc.json", "get/ch_exports_2023_totals.json",
        "get/count_13_periods.json", "get/count_ch_exports_2023.json",
        "get/count_cl_code_h6.json", "get/count_over_limit.json",
        "get/count_period_malformed.json", "get/count_rate_limited.json",
        "get/count_zero_ch_1900.json", "get/invalid_key.json",
        "get/over_limit_max_records.json", "get/partners_ch_total_2023.json",
        "get/series_ch_27_2010_2021.json", "get_da/services_ebsdmx.json",
        "reference/b4.json", "reference/be_absent.json")},
    **{f"comtrade/recorded/{name}": NoData(why) for name, why in {
        "get/ch_exports_2023_breakdown_mode_classic.json": "the same row as ch_exports_2023_totals",
        "get/unknown_reporter.json": "an error of status 400, as count_cl_code_h6",
        "get_da/ch_2023.json": "a change signal: its fields are declared in comtrade.yml",
        "get_live_update/latest.json": "a list of publications: getDa is the signal",
        "get_metadata/ch_2023.json": "publication notes"}.items()},
    "comtrade/reference/ListofReferences.json": Reads(
        28, {"format": "json", "records": "results"}),
    "comtrade/reference/Reporters.json": SAMPLES,
    "comtrade/reference/TradeDataItems.json": Refused("column_missing", source="comtrade_products"),
    "comtrade/reference/partnerAreas.csv": SAMPLES,
    "ecb/EXR_D_csvdata_2026-02-17.csv": SAMPLES,
    "ecb/eurofxref.csv": SAMPLES,
    "estat/error_status100_getStatsList.json": Refused(
        "provider_error", {"format": "json", "records": "GET_STATS_LIST.DATALIST_INF.TABLE_INF",
                           "errors": [{"path": "GET_STATS_LIST.RESULT.STATUS", "ok": ["0"]}]}),
    "estat/getStatsData_0000020202.json": Reads(
        10, {"format": "json", "records": "GET_STATS_DATA.STATISTICAL_DATA.DATA_INF.VALUE"},
        {"@cat01": "B1101", "@time": "1981100000", "$": "111801"}),
    "frankfurter/openapi_v1.json": NoData("documentation of the interface"),
    "frankfurter/openapi_v2.json": NoData("documentation of the interface"),
    "frankfurter/v1_latest_USD.json": Refused("records_missing", source="frankfurter"),
    "frankfurter/v2_rates_SGD_TWD.json": Loads(
        "frankfurter", 1, "rate", "24.9080000000", {"base_currency": "SGD"}),
    "japan_customs/country_codes.csv": Reads(235, CSV, {"Code": "103"}),
    "jnto/japan_visitors_amount_1964_2025_clean.csv": SENDERS,
    "jnto/japan_visitors_nationality_2024_clean.csv": SENDERS,
    "large/abs_dataflows.xml": Reads(1223, {"format": "xml", "records": "Dataflow"}),
    "large/comtrade_HS.json": SAMPLES,
    "large/comtrade_eu_timber_imports_173358rows.csv.zip": SAMPLES,
    "large/comtrade_eu_timber_imports_world_5004rows.csv": SAMPLES,
    "large/ecb_eurofxref-hist.zip": SAMPLES,
    "large/idn_villages.csv": Reads(83763, CSV),
    "large/insee_IPI-2010-A21.xml": Reads(3230, ML, {
        "PRODUIT": "B", "TIME_PERIOD": "2015-10", "OBS_VALUE": "105.61"}),
    "other_fx/bnm_latest.json": Loads(
        "bnm", 79, cells={"base_currency": "INR", "rate_type": "buy", "rate": "0.0422000000"}),
    "other_fx/boj_FM08_2026-03.json": Loads(
        "boj", 38, cells={"rate_date": "2026-03-02", "quote_currency": "JPY",
                          "rate": "156.9900000000"}),
    # The direction of the quotation differs by country and stands in no column: no source.
    "other_fx/fred_monthly_datasets_exchange-rates.csv": Reads(17237, CSV),
    # Header blocks repeat within the file, and "(1)" turns a quotation round: no source.
    "other_fx/imf_rms_rep_2026-03.tsv": Refused(
        "column_missing", {"format": "csv", "delimiter": "\t", "wide": {
            "id_columns": ["Currency"], "names_to": "day", "values_to": "rate"}}),
    "other_fx/rba_f11.1-data.csv": Loads(
        "rba", 14896, cells={"rate_date": "2023-01-03", "quote_currency": "IDR",
                             "rate": "10635.0000000000"}),
    "reference/harmonized-system.csv": Reads(6940, CSV, {"hscode": "01", "parent": "TOTAL"}),
    "reference/hs_sections.csv": Reads(21, CSV),
    "reference/idn_districts.csv": Reads(7277, CSV),
    "reference/idn_provinces.csv": Reads(38, CSV, {"code": "11"}),
    "reference/idn_regencies.csv": Reads(514, CSV, {"code": "11.01"}),
    "reference/unwto_country_names.json": NoData("names: see test_names_of_un_tourism"),
    "reference/world_atlas_countries-110m.json": NoData("shapes of countries"),
    "reference/world_countries.csv": Reads(250, CSV, {"cca3": "ABW"}),
    "sdmx/ECB_EXR/1/M.USD.EUR.SP00.A.xml": Reads(252, ML, {
        "TIME_PERIOD": "1999-01", "OBS_VALUE": "1.16078", "UNIT": "USD"}),
    "sdmx/ECB_EXR/1/structure.xml": Refused("records_missing", ML),
    "sdmx/ECB_EXR/flat.json": Reads(4, SDMX_JSON, {
        "CURRENCY": "NZD", "TIME_PERIOD": "2013-01-18", "OBS_VALUE": "1.5931"}),
    "sdmx/ECB_EXR/ng-ts-ss.xml": Reads(12, ML, {"TIME_PERIOD": "2010-08", "OBS_VALUE": "1.3413"}),
    "sdmx/ECB_EXR/ng-ts.xml": Reads(12, ML, {"TIME_PERIOD": "2010-08", "OBS_VALUE": "1.3413"}),
    "sdmx/ECB_EXR/ts.json": Reads(4, SDMX_JSON, {
        "CURRENCY": "NZD", "TIME_PERIOD": "2013-01-18", "OBS_VALUE": "1.5931"}),
    "sdmx/ESTAT/footer.xml": Refused("provider_error", ML),
    "sdmx/ESTAT/footer2.zip": Refused("member_missing", {**ML, "member": "none.xml"}),
    "sdmx/IMF_RES/WEO-data.xml": Reads(1, ML, {"COUNTRY": "SVK", "SCALE": "9"}),
    "sdmx/IMF_STA/availableconstraint_CPI.xml": Refused("records_missing", ML),
    "sdmx/OECD/QNA_AUS_AUT.json": Reads(60, SDMX_JSON, {
        "LOCATION": "AUS", "TIME_PERIOD": "2009-Q1", "OBS_VALUE": "1321158.283224"}),
    "sdmx/OECD/TOURISM_INBOUND.json": Reads(4604, SDMX_JSON, {
        "COUNTRY": "AUS", "TIME_PERIOD": "2008", "OBS_VALUE": "5574600.0"}),
    "sdmx/WB/gh-78.xml": Reads(1, ML, {"PRODUCTCODE": "020110", "TARIFFTYPE": "MFN"}),
    "sdmx/recorded/b1957b05ba522041.json": NoData("a recorder's copy, base64, of an SDMX answer"),
    "sdmx/v3/csv/example-01.csv": Reads(2, CSV, {"ACTION": "I", "OBS_VALUE": "12.4"}),
    "sdmx/v3/csv/example-09A.csv": Reads(3, CSV, {"ACTION": "I", "OBS_VALUE": "12.4"}),
    "sister_cities/sister_cities.csv": Reads(25817, CSV, {"column_1": "0"}),
    "unesco_uis/export_inbound_glossary-terms.csv": Reads(2, CSV),
    "unesco_uis/export_inbound_indicators.csv": Reads(3, CSV),
    "unesco_uis/export_inbound_intl.csv": Reads(6879, CSV, {"geoUnit": "ABW", "value": "91"}),
    "unesco_uis/uis_data_empty.json": Loads("uis_students", 0, dataset="inbound"),
    # A percentage in the envelope of students: the rows of the answer, not students.
    "unesco_uis/uis_data_records.json": Reads(
        14, {"format": "json", "records": "records"}, {"value": "97.72"}),
    "unesco_uis/uis_data_unknown_geounit.json": Refused(
        "provider_error", source="uis_students", dataset="inbound"),
    "unesco_uis/uis_definitions_geounits.json": Reads(44, {"format": "json"}),
    "unesco_uis/uis_versions.json": Reads(15, {"format": "json"}),
    "worldbank/API_ST.INT.ARVL_DS2_en_csv_v2_103871.csv": Reads(
        15576, WDI, {"Country Code": "ABW", "year": "1960", "value": None}),
    "worldbank/EG.ELC.RNEW.ZS_CAN_FIN_IRL.json": SAMPLES,
    "worldbank/Metadata_Country_API_ST.INT.ARVL_DS2_en_csv_v2_103871.csv": Reads(
        263, {"format": "csv", "trailing_delimiter": True}),
    "worldbank/Metadata_Indicator_API_ST.INT.ARVL_DS2_en_csv_v2_103871.csv": Reads(
        1, {"format": "csv", "trailing_delimiter": True}),
    "worldbank/error_120_invalid_value.json": SAMPLES,
    "worldbank/v1_countries.json": Reads(50, {"format": "json", "records": "1"}),
    "worldbank/v1_indicators.json": Reads(50, {"format": "json", "records": "1"}),
    "worldbank/v1_lending_types.json": Reads(4, {"format": "json", "records": "1"}),
    "worldbank/v1_sources.json": Reads(14, {"format": "json", "records": "1"}),
}  # fmt: skip


def test_every_file_has_an_outcome(samples: Path) -> None:
    found = {str(p.relative_to(samples)) for p in samples.rglob("*") if p.is_file()}
    assert found == set(OUTCOMES)


def of(kind: type) -> list[str]:
    return [name for name, outcome in OUTCOMES.items() if isinstance(outcome, kind)]


def read(path: Path, spec: dict[str, Any], folder: Path, declared: list[str]) -> list[Row]:
    copy = folder / "file"
    shutil.copyfile(path, copy)
    con = connect(folder / "duckdb")
    try:
        reader = reader_from(**spec)
        raw = formats.raw_relation(con, copy, reader, declared or ["_none"], [], path.name)
        if declared == [] and reader.format == "json" and raw.columns:
            shutil.copyfile(path, copy)
            raw = formats.raw_relation(con, copy, reader, raw.columns, [], path.name)
        found = con.execute(f"SELECT * FROM ({raw.sql}) ORDER BY _row")
        names = [d[0] for d in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    finally:
        con.close()


@pytest.mark.parametrize("name", of(Reads))
def test_file_is_read(samples: Path, tmp_path: Path, name: str) -> None:
    outcome = OUTCOMES[name]
    assert isinstance(outcome, Reads)
    rows = read(samples / name, outcome.reader, tmp_path, [])
    assert len(rows) == outcome.rows
    for column, value in (outcome.first or {}).items():
        assert rows[0][column] == value, column


def dry_run(path: Path, source: str, dataset: str, folder: Path) -> list[dict[str, str]]:
    copy = folder / f"{dataset}{path.suffix}"
    shutil.copyfile(path, copy)
    text, refused = stage_specimen(settings_for(folder), DECLARED, DECLARED[source], copy)
    assert refused == []
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", of(Loads))
def test_file_is_loaded_by_its_source(samples: Path, tmp_path: Path, name: str) -> None:
    outcome = OUTCOMES[name]
    assert isinstance(outcome, Loads)
    rows = dry_run(samples / name, outcome.source, outcome.dataset, tmp_path)
    assert len(rows) == outcome.rows
    if outcome.value:
        assert sum(Decimal(r[outcome.value]) for r in rows) == Decimal(outcome.total)
    if outcome.cells:
        assert any(all(r[k] == v for k, v in outcome.cells.items()) for r in rows)


@pytest.mark.parametrize("name", of(Refused))
def test_file_is_refused_with_its_reason(samples: Path, tmp_path: Path, name: str) -> None:
    outcome = OUTCOMES[name]
    assert isinstance(outcome, Refused)

    def go() -> None:
        if outcome.reader is not None:
            read(samples / name, outcome.reader, tmp_path, ["_none"])
        else:
            dry_run(samples / name, outcome.source, outcome.dataset, tmp_path)

    with pytest.raises(DataError) as caught:
        go()
    assert caught.value.code == outcome.code


@pytest.mark.parametrize("name", of(Elsewhere))
def test_file_is_tested_where_it_says(name: str) -> None:
    outcome = OUTCOMES[name]
    assert isinstance(outcome, Elsewhere)
    text = (ROOT / "tests" / "integration" / outcome.module).read_text(encoding="utf-8")
    stem = Path(name).name
    words = [stem, stem.removesuffix(".json"), stem.removeprefix("ch_exports_2023_").split(".")[0]]
    assert any(word in text for word in words), name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["areas", "currencies", "regions"])
def test_lists_are_the_same_bytes_in_every_process(name: str) -> None:
    """Else each run would load them anew. Sets have another order in each process."""
    code = f"import sys; from tasks.ask import builtin; sys.stdout.buffer.write(builtin.{name}())"
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2", "3")
    }  # fmt: skip
    assert len(found) == 1


class TestReferenceLists:
    """Our own lists against the partners' and the ministries'."""

    @staticmethod
    def of_scheme(scheme: str) -> dict[str, str]:
        rows = csv.DictReader(io.StringIO(builtin.areas().decode()))
        return {r["code"]: r["area"] for r in rows if r["scheme"] == scheme}

    @staticmethod
    def table(path: Path) -> list[dict[str, str]]:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return list(csv.DictReader(handle))

    def test_every_code_of_japans_customs_is_an_area(self, samples: Path) -> None:
        ours = self.of_scheme("japan_customs")
        theirs = {r["Code"] for r in self.table(samples / "japan_customs/country_codes.csv")}
        assert theirs == set(ours)
        assert {ours[c] for c in ("118", "601", "304", "103")} == {"IDN", "AUS", "USA", "KOR"}

    def test_names_of_un_tourism(self, samples: Path) -> None:
        import json
        import unicodedata

        names = json.loads((samples / "reference/unwto_country_names.json").read_text("utf-8"))
        ours = self.of_scheme("name")
        missing = [n for n in names if unicodedata.normalize("NFKC", n).casefold() not in ours]
        # Islands that ISO counts together with others.
        assert set(missing) <= {"Bonaire", "Saba", "St. Eustatius"}

    def test_provinces_regencies_and_cities(self, samples: Path) -> None:
        ours = {r["kemendagri_code"]: r for r in self.table(ROOT / "config/codes/region.csv")}
        provinces = {r["code"] for r in self.table(samples / "reference/idn_provinces.csv")}
        assert provinces <= set(ours)
        theirs = self.table(samples / "reference/idn_regencies.csv")
        missing = [r for r in theirs if r["code"] not in ours]
        # The four provinces of 2022: their regencies' new BPS codes are not verified.
        assert {r["province_code"] for r in missing} == {"93", "94", "95", "96"}
        assert len(theirs) - len(missing) == len(ours) - len(provinces) == 488
        for row in theirs:
            if row["code"] in ours:
                found = ours[row["code"]]
                assert found["name_id"].upper() == row["name"]
                assert found["region_code"][:2] == found["parent_code"]
                assert ours[row["province_code"]]["region_code"] == found["parent_code"]

    def test_regions_of_bps_have_its_own_codes(self, samples: Path) -> None:
        import json

        listed = json.loads((samples / "bps/webapi/domain_list.json").read_text("utf-8"))["data"][1]
        ours = {r["region_code"]: r["name_id"] for r in self.table(
            ROOT / "config/codes/region.csv")}  # fmt: skip
        for row in listed:
            assert ours[row["domain_id"]].partition(" ")[2] == row["domain_name"]

    def test_iso_numbers_are_m49(self, samples: Path) -> None:
        ours = {area: code for code, area in self.of_scheme("m49").items()}
        rows = self.table(samples / "reference/world_countries.csv")
        assert len(rows) == 250
        for row in rows:
            if row["ccn3"]:
                assert ours[row["cca3"]] == row["ccn3"]

    def test_chapters_are_those_of_the_system(self, samples: Path) -> None:
        theirs = {r["hscode"] for r in self.table(samples / "reference/harmonized-system.csv")
                  if r["level"] == "2"}  # fmt: skip
        ours = {r["product_code"] for r in self.table(ROOT / "config/codes/chapter.csv")}
        assert ours == theirs - {"99"}


def test_every_outcome_is_one_that_is_tested() -> None:
    kinds: list[Callable[..., Any]] = [Loads, Reads, Refused, Elsewhere, NoData]
    assert all(type(outcome) in kinds for outcome in OUTCOMES.values())
