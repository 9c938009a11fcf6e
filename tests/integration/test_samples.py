"""Recorded answers of the partners, replayed over HTTP through the whole pipeline."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from config.declarations import BUILT_IN
from tasks.outcome import Report
from tasks.slices import window
from tests.conftest import first_row_of, rows
from tests.faultserver import Route, recorded, replay

YEAR_2023 = window("2023", "2023")


def only(path_part: str, route: Route) -> Callable[[str], Route | None]:
    return lambda path: route if path_part in urlsplit(path).path else None


@pytest.fixture
def comtrade(run: Callable[..., Report], tmp_path: Path) -> Callable[..., Report]:
    """The real declaration as a source of its own name, for one question and one answer."""

    def go(route: Route, *, since: str = "2023", until: str = "2023", **changes: Any) -> Report:
        raw = yaml.safe_load((BUILT_IN / "comtrade.yml").read_text(encoding="utf-8"))
        raw["provider"]["code"] = "recorded"
        raw["limits"] = {"requests_per_second": 1000, "tries": 2, "max_wait_seconds": 1}
        raw["datasets"] = {"annual": {"frequency": "A", "slice_by": "all", "start": 2000}}
        asked = {"product": "TOTAL", "period": "2023", "partner": "0", "reporter": "757"}
        raw["variables"] = {name: {"values": [value]} for name, value in asked.items()}
        raw["coverage"] = {"absence": "nothing"}
        raw.pop("signal")
        raw.update(changes)
        folder = tmp_path / "recorded"
        folder.mkdir(exist_ok=True)
        (folder / "recorded.yml").write_text(yaml.safe_dump(raw), encoding="utf-8")
        with replay(only("/preview/", route)) as base:
            return run(
                "recorded", hosts={"recorded": base}, window=window(since, until),
                PENATARAN_SOURCES_PATH=str(folder),
            )  # fmt: skip

    return go


def unwrapped(path: Path) -> bytes:
    """The body inside a recorder's envelope."""
    body: str = json.loads(path.read_text(encoding="utf-8"))["response"]["body"]
    return body.encode()


def error_code(report: Report) -> str:
    error = report.sources[0].error
    assert error is not None, report.sources[0]
    return error["code"]


class TestComtrade:
    @pytest.mark.slow
    def test_pinned_total(self, samples: Path, comtrade: Callable[..., Report], home: Path) -> None:
        report = comtrade(recorded(samples / "comtrade/recorded/get/ch_exports_2023_totals.json"))
        assert report.sources[0].counts.new == 1
        found = rows(
            home,
            "SELECT reporter_area, partner_area, flow, valuation, product_classification, "
            "product_code, value, currency, period_start, period_end FROM core_trade__flows",
        )
        (row,) = found
        assert row[:6] == ("CHE", "WLD", "export", "FOB", "HS2022", "TOTAL")
        assert row[6] == Decimal("419922543423.5090")
        assert row[7] == "USD"
        assert (str(row[8]), str(row[9])) == ("2023-01-01", "2023-12-31")

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["include_desc", "breakdown_mode_plus"])
    def test_unpinned_answer_does_not_multiply_the_total(
        self, samples: Path, comtrade: Callable[..., Report], home: Path, name: str
    ) -> None:
        report = comtrade(recorded(samples / f"comtrade/recorded/get/ch_exports_2023_{name}.json"))
        counts = report.sources[0].counts
        assert (counts.fetched, counts.new, counts.ignored) == (32, 1, 31)
        assert rows(home, "SELECT sum(value) FROM core_trade__flows")[0][0] == Decimal(
            "419922543423.5090"
        )

    @pytest.mark.slow
    def test_all_partners(self, samples: Path, comtrade: Callable[..., Report], home: Path) -> None:
        report = comtrade(recorded(samples / "comtrade/recorded/get/partners_ch_total_2023.json"))
        counts = report.sources[0].counts
        assert (counts.fetched, counts.new) == (226, 226)
        body = json.loads(
            recorded(samples / "comtrade/recorded/get/partners_ch_total_2023.json").body
        )
        for sign, world in (("=", True), ("<>", False)):
            expected = sum(
                Decimal(str(r["primaryValue"])).quantize(Decimal("0.0001"))
                for r in body["data"]
                if (r["partnerCode"] == 0) is world
            )
            found = rows(
                home, f"SELECT sum(value) FROM core_trade__flows WHERE partner_area {sign} 'WLD'"
            )
            assert found[0][0] == expected
        assert rows(home, "SELECT count(*) FROM core_trade__flows WHERE partner_area = 'S19'")

    def test_series_keeps_the_revision_of_each_row(
        self, samples: Path, comtrade: Callable[..., Report], home: Path
    ) -> None:
        comtrade(
            recorded(samples / "comtrade/recorded/get/series_ch_27_2010_2021.json"),
            since="2010", until="2021",
        )  # fmt: skip
        found = rows(
            home,
            "SELECT product_classification, count(*) FROM core_trade__flows GROUP BY 1 ORDER BY 1",
        )
        assert sum(n for _, n in found) == 12
        assert {c for c, _ in found} == {"HS2007", "HS2012", "HS2017"}

    @pytest.mark.slow
    def test_two_products_two_years(
        self, samples: Path, comtrade: Callable[..., Report], home: Path
    ) -> None:
        comtrade(recorded(samples / "comtrade/recorded/get/bilateral_ch_us_2022_2023.json"))
        found = rows(
            home,
            "SELECT partner_area, product_code, period_start FROM core_trade__flows ORDER BY 2",
        )
        assert len(found) == 4
        assert {(r[0], r[1]) for r in found} == {("USA", "TOTAL"), ("USA", "27")}

    def test_over_limit_answer_is_refused_as_truncated(
        self, samples: Path, comtrade: Callable[..., Report]
    ) -> None:
        route = recorded(samples / "comtrade/recorded/get/over_limit_max_records.json")
        raw = yaml.safe_load((BUILT_IN / "comtrade.yml").read_text(encoding="utf-8"))["request"]
        report = comtrade(route, request={**raw, "cap_rows": 5})
        assert error_code(report) == "truncated"

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["get_S_A_EB_empty.json"])
    def test_empty(self, samples: Path, comtrade: Callable[..., Report], name: str) -> None:
        route = Route((samples / "comtrade" / name).read_bytes())
        report = comtrade(route)
        assert report.sources[0].status == "not_published"
        assert report.sources[0].counts.fetched == 0

    @pytest.mark.parametrize(
        ("name", "code"),
        first_row_of(
            ("get/count_13_periods", "http_400"),
            ("get/count_period_malformed", "http_400"),
            ("get/invalid_key", "http_401"),
            ("get/count_rate_limited", "http_429"),
            ("get/count_cl_code_h6", "http_500"),
            ("get_da/services_ebsdmx", "http_400"),
            ("get/count_ch_exports_2023", "records_missing"),
            ("get/count_over_limit", "records_missing"),
            ("get/count_zero_ch_1900", "records_missing"),
        ),
    )
    def test_error_bodies(
        self, samples: Path, comtrade: Callable[..., Report], name: str, code: str
    ) -> None:
        report = comtrade(recorded(samples / f"comtrade/recorded/{name}.json"))
        assert error_code(report) == code

    def test_absent_reference_file_is_not_published(
        self, samples: Path, comtrade: Callable[..., Report]
    ) -> None:
        report = comtrade(recorded(samples / "comtrade/recorded/reference/be_absent.json"))
        assert report.sources[0].status == "not_published"

    def test_truncated_gzip(self, samples: Path, comtrade: Callable[..., Report]) -> None:
        raw = (samples / "comtrade/bulk_file_truncated.txt.gz").read_bytes()
        report = comtrade(Route(raw, 200, {"Content-Encoding": "gzip"}))
        assert error_code(report) in ("gzip_cut", "gzip_corrupt")

    @pytest.mark.slow
    def test_retired_and_current_code_of_germany(
        self, samples: Path, comtrade: Callable[..., Report], home: Path
    ) -> None:
        """280 ended in 1990: by the service's own list it is quarantined in 2010."""
        partners = samples / "comtrade/reference/partnerAreas.csv"
        assert partners.exists()
        route = Route((samples / "comtrade/get_C_A_HS_CHN_2010_TOTAL_raw.json").read_bytes())
        report = comtrade(route, since="2010", until="2010")
        counts = report.sources[0].counts
        assert counts.fetched == counts.new + counts.quarantined == 4

    @pytest.mark.slow
    def test_service_lists_feed_the_reference_tables(
        self, samples: Path, run: Callable[..., Report], home: Path
    ) -> None:
        with (samples / "comtrade/reference/partnerAreas.csv").open(encoding="utf-8") as handle:
            partners = [
                {
                    **{k: v for k, v in row.items() if v != ""},
                    "id": int(row["id"]),
                    "PartnerCode": int(row["id"]),
                    "isGroup": row["isGroup"] == "true",
                }
                for row in csv.DictReader(handle)
            ]
        bodies = {
            "Reporters.json": (samples / "comtrade/reference/Reporters.json").read_bytes(),
            "partnerAreas.json": json.dumps({"results": partners}).encode(),
            "HS.json": (samples / "large/comtrade_HS.json").read_bytes(),
            "B5.json": unwrapped(samples / "comtrade/recorded/reference/b4.json"),
        }
        names = ("comtrade_reporters", "comtrade_partners", "comtrade_products")
        with replay(lambda p: Route(bodies.get(p.rsplit("/", 1)[-1], b""))) as base:
            report = run(*names, hosts={"comtrade": base})
        counts = {o.slice if o.source.endswith("products") else o.source: o.counts
                  for o in report.sources}  # fmt: skip
        assert {k: (v.new, v.quarantined) for k, v in counts.items() if v.fetched} == {
            "comtrade_reporters": (255, 0),
            "comtrade_partners": (310, 0),
            "list/all": (8262, 0),
            "bec5/all": (30, 0),
        }
        found = rows(
            home,
            "SELECT area, valid_until FROM ref_area WHERE source = 'comtrade_partners' "
            "AND code = '280'",
        )
        assert [(a, str(d)) for a, d in found] == [("DEU", "1990-12-31")]
        assert rows(home, "SELECT area FROM ref_area WHERE source='comtrade_partners' AND code='0'"
                    ) == [("WLD",)]  # fmt: skip


class TestWorldBank:
    def get(self, run: Callable[..., Report], body: bytes, tmp_path: Path) -> Report:
        raw = yaml.safe_load((BUILT_IN / "worldbank.yml").read_text(encoding="utf-8"))
        raw["provider"]["code"] = "recorded"
        raw["variables"] = {"indicator": {"values": ["EG.ELC.RNEW.ZS"]},
                            "country": {"values": ["CAN"]}}  # fmt: skip
        raw["limits"] = {"requests_per_second": 1000, "tries": 1}
        (tmp_path / "wb").mkdir()
        (tmp_path / "wb" / "recorded.yml").write_text(yaml.safe_dump(raw), encoding="utf-8")
        with replay(lambda _: Route(body)) as base:
            return run("recorded", hosts={"recorded": base},
                       PENATARAN_SOURCES_PATH=str(tmp_path / "wb"))  # fmt: skip

    def test_values_and_nulls(
        self, samples: Path, run: Callable[..., Report], home: Path, tmp_path: Path
    ) -> None:
        path = samples / "worldbank/EG.ELC.RNEW.ZS_CAN_FIN_IRL.json"
        report = self.get(run, path.read_bytes(), tmp_path)
        assert report.sources[0].counts.new == 198
        body = json.loads(path.read_text(encoding="utf-8"))[1]
        nulls = sum(r["value"] is None for r in body)
        found = dict(
            rows(home, "SELECT value_status, count(*) FROM core_context__indicators GROUP BY 1")
        )
        assert found == {"missing": nulls, "observed": 198 - nulls}
        expected = next(
            r["value"] for r in body if r["date"] == "2015" and r["countryiso3code"] == "FIN"
        )
        value = rows(
            home,
            "SELECT value, frequency, period_end FROM core_context__indicators "
            "WHERE area = 'FIN' AND period_start = '2015-01-01'",
        )
        assert value[0][0] == Decimal(str(expected))

    def test_error_list_with_status_200(
        self, samples: Path, run: Callable[..., Report], tmp_path: Path
    ) -> None:
        body = (samples / "worldbank/error_120_invalid_value.json").read_bytes()
        report = self.get(run, body, tmp_path)
        assert error_code(report) == "provider_error"
        error = report.sources[0].error
        assert error is not None
        assert "Invalid value" in error["message"]


class TestEcb:
    @pytest.mark.slow
    def test_daily_csv(self, samples: Path, run: Callable[..., Report], home: Path) -> None:
        body = (samples / "ecb/EXR_D_csvdata_2026-02-17.csv").read_bytes()
        with replay(only("/service/data/EXR/", Route(body))) as base:
            report = run("ecb", hosts={"ecb": base}, window=window("2026-02-17", None))
        counts = report.sources[0].counts
        assert (counts.fetched, counts.new, counts.quarantined) == (638, 638, 0)
        found = rows(
            home,
            "SELECT base_currency, rate FROM core_exchange__rates "
            "WHERE quote_currency = 'AUD' AND rate_date = '2026-02-17'",
        )
        assert found == [("EUR", Decimal("1.6776000000"))]

    def test_history_zip_then_increment(
        self, samples: Path, run: Callable[..., Report], home: Path
    ) -> None:
        history = (samples / "large/ecb_eurofxref-hist.zip").read_bytes()
        asked: list[str] = []

        def find(path: str) -> Route | None:
            asked.append(path)
            if path.endswith(".zip"):
                return Route(history)
            body = "FREQ,CURRENCY,TIME_PERIOD,OBS_VALUE\nD,IDR,2026-10-30,20275.17\n"
            return Route((body + "D,IDR,2026-10-29,20200\nD,IDR,2026-11-02,20300\n").encode())

        with replay(find) as base:
            first = run("ecb", hosts={"ecb": base}).sources[0].counts
            second = run("ecb", hosts={"ecb": base}).sources[0].counts
        with zipfile.ZipFile(samples / "large/ecb_eurofxref-hist.zip") as archive:
            lines = archive.read("eurofxref-hist.csv").decode().splitlines()
        cells = [cell for line in lines[1:] for cell in line.split(",")[1:-1]]
        assert first.fetched == len(cells) == 7126 * 41
        assert first.ignored == sum(c == "N/A" for c in cells)
        assert first.new + first.quarantined == first.fetched - first.ignored
        assert first.quarantined == 0, rows(home, "SELECT reasons FROM ops_quarantine LIMIT 3")
        assert (second.new, second.revised, second.unchanged) == (1, 1, 1)
        assert "updatedAfter=" in asked[-1]
        found = rows(
            home,
            "SELECT rate, change_reason, superseded_at IS NULL FROM core_exchange__rates__vintages "
            "WHERE quote_currency = 'IDR' AND rate_date = '2026-10-29' ORDER BY load_seq",
        )
        assert [(str(r[0]), r[1], r[2]) for r in found] == [
            ("20193.1600000000", "first", False),
            ("20200.0000000000", "revised_by_source", True),
        ]
        assert "updatedAfter" not in asked[0]


def timber(samples: Path, tmp_path: Path) -> str:
    """The two large files as sources: YAML alone, other column names than the API's."""
    base = yaml.safe_load((BUILT_IN / "comtrade.yml").read_text(encoding="utf-8"))
    for name in ("signal", "keyed_request", "key", "select", "variables"):
        base.pop(name)
    base |= {
        "provider": {"code": "timber", "name": "UN Comtrade", "url": "https://timber.example"},
        "hosts": {"main": "https://timber.example"},
        "limits": {"requests_per_second": 1000},
        "datasets": {"annual": {"frequency": "A", "start": 2000}},
        "coverage": {"absence": "nothing"},
    }
    small = base | {
        "request": {"path": "/small.csv"},
        "reader": {"format": "csv"},
        "columns": {
            "period": "period",
            "reporter_code": {"to": "reporter_area", "lookup": "comtrade"},
            "partner_code": {"to": "partner_area", "lookup": "comtrade"},
            "flow_code": [
                {"to": "flow", "values": {"M": "import", "X": "export"}},
                {"to": "valuation", "values": {"M": "CIF", "X": "FOB"}},
            ],
            "classification_code": base["columns"]["classificationCode"],
            "cmd_code": "product_code",
            "primary_value": "value",
            "net_wgt": "net_weight_kg",
            "qty": "quantity",
            "qty_unit_code": "quantity_unit",
        },
        "select": {"partner2code": ["0"], "customs_code": ["C00"], "mot_code": ["0"]},
    }
    with (samples / "large/comtrade_eu_timber_imports_world_5004rows.csv").open() as handle:
        names = next(csv.reader(handle))
    used = set(small["columns"]) | set(small["select"])
    small["ignore"] = [n for n in names if n not in used]
    big = base | {
        "request": {"path": "/big.zip"},
        "reader": {"format": "csv", "member": _member(samples)},
        "columns": {
            "ref_year": "period",
            "reporter_iso": {"to": "reporter_area", "lookup": "comtrade_iso"},
            "partner_iso": {"to": "partner_area", "lookup": "comtrade_iso"},
            "flow_desc": {"to": "flow", "values": {"Import": "import"}},
            "cmd_code": "product_code",
            "primary_value": "value",
        },
        "constants": {**base["constants"], "valuation": "CIF", "product_classification": "HS"},
        "ignore": ["reporter_desc", "partner_desc", "cmd_desc"],
        "rows": {"max_refused_share": 0.5},
    }
    big["columns"]["reporter_iso"]["lookup"] = "iso3"
    big["columns"]["partner_iso"]["lookup"] = "iso3"
    folder = tmp_path / "timber"
    folder.mkdir()
    (folder / "timber_small.yml").write_text(yaml.safe_dump(small), encoding="utf-8")
    (folder / "timber_big.yml").write_text(yaml.safe_dump(big), encoding="utf-8")
    return str(folder)


def _member(samples: Path) -> str:
    with zipfile.ZipFile(samples / "large/comtrade_eu_timber_imports_173358rows.csv.zip") as found:
        return found.namelist()[0]


@pytest.mark.slow
def test_5004_rows_load_whole(
    samples: Path, run: Callable[..., Report], home: Path, tmp_path: Path
) -> None:
    path = samples / "large/comtrade_eu_timber_imports_world_5004rows.csv"
    with replay(lambda _: Route(path.read_bytes())) as base:
        report = run("timber_small", hosts={"timber": base},
                     PENATARAN_SOURCES_PATH=timber(samples, tmp_path))  # fmt: skip
    counts = report.sources[0].counts
    assert counts.fetched == 5004
    assert counts.is_balanced
    with path.open(encoding="utf-8") as handle:
        total = sum(
            Decimal(r["primary_value"]).quantize(Decimal("0.0001"))
            for r in csv.DictReader(handle)
            if r["partner2code"] == "0" and r["customs_code"] == "C00" and r["mot_code"] == "0"
        )
    assert counts.new == 5004 - counts.ignored
    assert rows(home, "SELECT sum(value) FROM core_trade__flows")[0][0] == total


@pytest.mark.slow
def test_173358_rows_load_whole(
    samples: Path, run: Callable[..., Report], home: Path, tmp_path: Path
) -> None:
    path = samples / "large/comtrade_eu_timber_imports_173358rows.csv.zip"
    with replay(lambda _: Route(path.read_bytes())) as base:
        report = run("timber_big", hosts={"timber": base},
                     PENATARAN_SOURCES_PATH=timber(samples, tmp_path))  # fmt: skip
    counts = report.sources[0].counts
    assert counts.fetched == 173_358
    assert counts.is_balanced
    stored = rows(home, "SELECT count(*) FROM core_trade__flows")[0][0]
    refused = rows(home, "SELECT count(*) FROM ops_quarantine")[0][0]
    assert stored + refused + counts.duplicates == 173_358
    # Rest areas (S19, E19 ...) have no ISO code; the file carries nothing but ISO codes.
    codes = rows(
        home, "SELECT DISTINCT reasons[2:] FROM (SELECT substr(reasons, 1, 40) AS reasons "
        "FROM ops_quarantine)",
    )  # fmt: skip
    assert len(codes) <= 3
