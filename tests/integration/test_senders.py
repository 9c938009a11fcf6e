"""Files that look their own way, read by what their sender's mapping declares."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import rows
from tests.workbooks import Take, only, reasons, text_file, workbook

NAME = {"id": "Mitra", "en": "Partner", "ja": "提携先"}


@pytest.fixture
def mapped(tmp_path: Path, take: Take) -> Any:
    """Take in a file of a sender with one mapping: mapped(path, contract=..., ...)."""

    def go(path: Path, **mapping: Any) -> Any:
        folder = tmp_path / "partners"
        folder.mkdir(exist_ok=True)
        text = yaml.safe_dump({"name": NAME, "files": [mapping]}, allow_unicode=True)
        (folder / "mitra.yml").write_text(text, encoding="utf-8")
        return only(take(path, sender="mitra", PENATARAN_PARTNERS_PATH=str(folder)))

    return go


GATES = [
    ["Pintu Masuk", "Januari", "Februari", "Tahunan", "Tahun"],
    ["A. Pintu Udara", 30, 40, 70, 2017.0],
    ["Juanda", 10, 15, 25, 2017.0],
    ["Ngurah Rai", 20, 25, 45, 2017.0],
    ["Lainnya", "-", "-", "-", 2017.0],
    ["Total", 30, 40, 70, 2017.0],
]
ARRIVALS = (
    "SELECT breakdown_code, period_start, period_end, visitors, value_status "
    "FROM core_tourism__arrivals ORDER BY 1, 2"
)


def test_months_in_columns_become_rows_and_subtotals_none(
    take: Take, home: Path, tmp_path: Path
) -> None:
    found = only(take(workbook(tmp_path / "a.xlsx", GATES), sender="bps"))
    assert (found.contract, found.loaded, found.refused) == ("bps_arrivals_entry_gate", 6, 0)
    january, february = (date(2017, 1, 1), date(2017, 1, 31)), (date(2017, 2, 1), date(2017, 2, 28))
    assert rows(home, ARRIVALS) == [
        ("Juanda", *january, 10, "observed"), ("Juanda", *february, 15, "observed"),
        ("Lainnya", *january, None, "missing"), ("Lainnya", *february, None, "missing"),
        ("Ngurah Rai", *january, 20, "observed"), ("Ngurah Rai", *february, 25, "observed"),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_bad_cell_among_months_is_marked_where_it_stands(take: Take, tmp_path: Path) -> None:
    bad = [*GATES[:2], ["Juanda", 10, "1.234", 25, 2017.0]]
    found = only(take(workbook(tmp_path / "a.xlsx", bad), sender="bps"))
    (reason,) = reasons(found)
    assert (reason[0], reason[1][:3], reason[2]) == ("3", "C: ", "1.234")


@pytest.mark.slow
def test_large_figures_in_columns_of_months_are_no_phone_numbers(
    take: Take, home: Path, tmp_path: Path
) -> None:
    lines = [GATES[0], ["Juanda", "62812345678", 628123456, "-", 2017.0]]
    found = only(take(workbook(tmp_path / "a.xlsx", lines), sender="bps"))
    assert (found.status, found.loaded) == ("loaded", 2)
    named = [GATES[0], ["hubungi 0812-3456-7890", 1, 2, 3, 2017.0]]
    assert only(take(workbook(tmp_path / "b.xlsx", named), sender="bps")).status == "stopped"


@pytest.mark.slow
def test_a_new_column_stops_a_mapped_file_too(take: Take, tmp_path: Path) -> None:
    wide = [[*row, extra] for row, extra in zip(GATES, ["Hotel", *[1] * 5], strict=True)]
    found = only(take(workbook(tmp_path / "a.xlsx", wide), sender="bps"))
    assert found.status == "refused"
    assert "Kolom F" in found.said[0]


@pytest.mark.slow
def test_units_are_declared_and_resolved(mapped: Any, home: Path, tmp_path: Path) -> None:
    lines = [["tahun", "negara", "kode hs", "金額（千円）"], [2024, "日本", "920600", "1,250"]]
    found = mapped(
        workbook(tmp_path / "a.xlsx", lines), contract="local_exports", locale="ja",
        columns={"金額": "value"}, factors={"value": "1000"},
        constants={"currency": "JPY", "frequency": "A"},
    )  # fmt: skip
    assert (found.loaded, found.refused) == (1, 0)
    sql = "SELECT source_org, partner_area, value, currency FROM core_trade__local_exports"
    assert rows(home, sql) == [("mitra", "JPN", Decimal("1250000.0000"), "JPY")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "delimiter", "title"),
    [("cp932", ",", "展示会"), ("cp1252", ";", "Exposição – 2025"), ("utf-16", "\t", "展示会")],
)
def test_a_declared_encoding_is_read(
    mapped: Any, home: Path, tmp_path: Path, encoding: str, delimiter: str, title: str
) -> None:
    cells = [["event_id", "title", "start_date", "visitors"], ["P-1", title, "2025-08-01", "7"]]
    path = text_file(tmp_path / "a.csv", cells, encoding=encoding, delimiter=delimiter)
    declared = {} if encoding == "utf-16" else {"encoding": encoding}
    assert mapped(path, contract="exhibitions", **declared).loaded == 1
    assert rows(home, "SELECT title FROM core_promotion__exhibitions") == [(title,)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("locale", "cell", "value"),
    [
        ("id", "1.234", 1234),
        ("en", "1,234", 1234),
        ("ja", "１，２３４", 1234),
        (None, "1.234", None),
    ],
)
def test_only_a_declared_locale_decides(
    mapped: Any, home: Path, tmp_path: Path, locale: str | None, cell: str, value: int | None
) -> None:
    lines = [["event_id", "title", "visitors"], ["P-1", "x", cell]]
    found = mapped(workbook(tmp_path / "a.xlsx", lines), contract="exhibitions", locale=locale)
    assert found.refused == (value is None)
    kept = rows(home, "SELECT visitors FROM core_promotion__exhibitions")
    assert kept == ([] if value is None else [(value,)])


@pytest.mark.slow
def test_only_the_sheets_and_rows_that_are_declared(
    mapped: Any, home: Path, tmp_path: Path
) -> None:
    """The layout of a time series spreadsheet: series in columns under rows of metadata."""
    data = [["", "a1a", "a2b"], ["Unit", "x", "x"], ["Series ID", "A11A", "A22B"],
            [date(2024, 3, 1), 1.5, ""], [date(2024, 6, 1), 2.5, 9]]  # fmt: skip
    path = workbook(tmp_path / "a.xlsx", [["anything"]], data, names=["Index", "Data1"])
    found = mapped(
        path, contract="indicators", sheets=[r"Data\d"], header_rows=[3], shift_months=-2,
        columns={"Series ID": "period_start"},
        unpivot={"columns": r"a\d+[a-z]", "into": "indicator", "value": "value"},
        constants={"area": "AUS", "frequency": "Q", "region_code": "TOTAL", "unit": "index"},
    )  # fmt: skip
    assert found.loaded == 3
    sql = "SELECT indicator, period_start, period_end, value FROM core_context__indicators"
    assert rows(home, f"{sql} ORDER BY 1, 2") == [
        ("A11A", date(2024, 1, 1), date(2024, 3, 31), Decimal("1.5")),
        ("A11A", date(2024, 4, 1), date(2024, 6, 30), Decimal("2.5")),
        ("A22B", date(2024, 4, 1), date(2024, 6, 30), Decimal("9")),
    ]


def test_the_age_of_a_jnto_figure_is_its_stage(take: Take, home: Path, tmp_path: Path) -> None:
    year = datetime.now(UTC).year
    lines = [["Region", "Country", "Year", "Visitor_Count", "Visitor_Share_Percent"],
             ["Asia", "Indonesia", year - 2, "517,500", "1"],
             ["Asia", "Indonesia", year - 1, "600,100", "1"]]  # fmt: skip
    assert only(take(workbook(tmp_path / "a.xlsx", lines), sender="jnto")).loaded == 2
    sql = "SELECT release_stage FROM core_tourism__arrivals ORDER BY period_start"
    days = (datetime.now(UTC).date() - date(year - 1, 12, 31)).days
    newer = "provisional" if 60 <= days < 365 else "preliminary" if days < 60 else "final"
    assert rows(home, sql) == [("final",), (newer,)]


@pytest.mark.slow
def test_students_by_origin_as_jasso_lists_them(take: Take, home: Path, tmp_path: Path) -> None:
    lines = [["国・地域名", "年度", "留学生数", "構成比"], ["中国", 2024, "123,485", "36.6%"],
             ["インドネシア", 2024, "7,805", "2.3%"], ["アジア地域計", 2024, "300,000", ""],
             ["計", 2024, "336,708", "100%"]]  # fmt: skip
    found = only(take(workbook(tmp_path / "a.xlsx", lines), sender="jasso"))
    assert (found.loaded, found.refused) == (2, 0)
    sql = "SELECT origin_area, destination_area, students FROM core_exchange__students ORDER BY 1"
    assert rows(home, sql) == [("CHN", "JPN", 123485), ("IDN", "JPN", 7805)]


def test_an_estimate_is_one_and_a_new_qualifier_is_returned(
    take: Take, home: Path, tmp_path: Path
) -> None:
    lines: list[list[Any]] = [["indicatorId", "geoUnit", "year", "value", "qualifier", "magnitude"],
             [26637, "IDN", 2018, 7677, "NEW", ""],
             [26637, "IDN", 2019, "8120.6", "UIS_EST", ""]]  # fmt: skip
    found = only(take(text_file(tmp_path / "a.csv", lines), sender="uis"))
    assert (found.contract, found.loaded, found.refused) == ("uis_students_inbound", 1, 1)
    wrong = ("2", "value_status", "NEW", "Write uis_est | nat_est.")
    assert reasons(found, "Reasons") == [wrong]
    sql = "SELECT students, value_status FROM core_exchange__students"
    assert rows(home, sql) == [(8121, "estimated")]


# --- real files -------------------------------------------------------------------------------

GATES_SUM = "SELECT sum(visitors), count(*) FROM core_tourism__arrivals"


@pytest.mark.slow
class TestRecordedFiles:
    def test_entry_gates_sum_to_the_tables_own_totals(
        self, samples: Path, take: Take, home: Path
    ) -> None:
        found = only(take(samples / "bps/tourism/wisman_pintu_masuk_gabung.xlsx", sender="bps"))
        assert (found.status, found.refused) == ("loaded", 0)
        # The sum of the file's eight rows "Total", and 30 gates in 96 months.
        assert rows(home, GATES_SUM) == [(83036787, 2880)]
        juanda = "SELECT visitors FROM core_tourism__arrivals WHERE breakdown_code = 'Juanda'"
        january = "AND period_start = DATE '2017-01-01'"
        assert rows(home, f"{juanda} {january}") == [(17279,)]

    def test_nationalities_by_month(self, samples: Path, take: Take, home: Path) -> None:
        path = samples / "bps/tourism/kunjungan_wisman_menurut_kebangsaan.csv"
        found = only(take(path, sender="bps"))
        assert (found.contract, found.loaded, found.refused) == (
            "bps_arrivals_nationality", 9911, 0,
        )  # fmt: skip
        where = "WHERE origin_area = 'BRN' AND period_start = DATE '2023-01-01'"
        sql = f"SELECT visitors FROM core_tourism__arrivals {where}"
        assert rows(home, sql) == [(603,)]

    def test_gates_as_a_list_are_the_same_gates(
        self, samples: Path, take: Take, home: Path
    ) -> None:
        path = samples / "bps/tourism/kunjungan_wisman_per_pintu_masuk.csv"
        found = only(take(path, sender="bps"))
        assert (found.contract, found.loaded, found.refused) == (
            "bps_arrivals_entry_gate_list", 2436, 0,
        )  # fmt: skip
        where = "WHERE breakdown_code = 'Ngurah Rai' AND period_start = DATE '2023-01-01'"
        assert rows(home, f"SELECT visitors FROM core_tourism__arrivals {where}") == [(329909,)]

    def test_asean_visitors(self, samples: Path, take: Take, home: Path) -> None:
        path = samples / "bps/tourism/asean_data_tourism_visitors.csv"
        found = only(take(path, sender="aseanstats"))
        assert (found.loaded, found.refused) == (80, 0)
        where = "WHERE destination_area = 'BRN' AND period_start = DATE '2015-01-01'"
        assert rows(home, f"SELECT visitors FROM core_tourism__arrivals {where}") == [(218213,)]

    def test_jnto(self, samples: Path, take: Take, home: Path) -> None:
        for name in (
            "jnto/japan_visitors_nationality_2024_clean.csv",
            "jnto/japan_visitors_amount_1964_2025_clean.csv",
        ):
            found = only(take(samples / name, sender="jnto"))
            assert found.refused == 0
        year = "WHERE period_start = DATE '2024-01-01'"
        sql = (
            "SELECT sum(visitors) FILTER (origin_area <> 'WLD'), "
            f"sum(visitors) FILTER (origin_area = 'WLD') FROM core_tourism__arrivals {year}"
        )
        assert rows(home, sql) == [(36870148, 36870148)]
        # 2025 had seven months when the file was made: no year yet.
        assert rows(home, "SELECT max(period_start) FROM core_tourism__arrivals") == [
            (date(2024, 1, 1),)
        ]

    def test_students_of_the_uis_browser(self, samples: Path, take: Take, home: Path) -> None:
        found = only(take(samples / "unesco_uis/export_inbound_intl.csv", sender="uis"))
        # Countries but for 121 rows "not available"; 47 broken numbers of heads are rounded.
        assert (found.loaded, found.refused) == (2270, 0)
        where = "WHERE destination_area = 'IDN' AND period_start = DATE '2018-01-01'"
        assert rows(home, f"SELECT students FROM core_exchange__students {where}") == [(7677,)]
        stated = "SELECT count(*) FROM core_exchange__students WHERE value_status = 'estimated'"
        assert rows(home, stated) == [(33,)]  # 9 of the institute, 24 of the countries
        zeros = "FROM core_exchange__students WHERE students = 0"
        assert rows(home, f"SELECT count(*) {zeros}") == [(66,)]  # NIL
        anguilla = "destination_area = 'AIA' AND period_start = DATE '2000-01-01'"  # NA
        assert rows(home, f"SELECT count(*) {zeros} AND {anguilla}") == [(0,)]

    def test_arrivals_of_the_world_bank(self, samples: Path, take: Take, home: Path) -> None:
        path = samples / "worldbank/API_ST.INT.ARVL_DS2_en_csv_v2_103871.csv"
        found = only(take(path, sender="worldbank"))
        assert (found.status, found.refused) == ("loaded", 0)
        sql = "SELECT value, unit FROM core_context__indicators WHERE indicator = 'ST.INT.ARVL'"
        where = "AND area = 'IDN' AND period_start = DATE '2017-01-01'"
        assert rows(home, f"{sql} {where}") == [(Decimal("14040000"), "persons")]

    def test_abs_time_series(self, samples: Path, take: Take, home: Path) -> None:
        found = only(take(samples / "abs/640101.xlsx", sender="abs"))
        assert (found.status, found.refused) == ("loaded", 0)
        sql = (
            "SELECT count(*), count(DISTINCT indicator), min(period_start), max(period_end) "
            "FROM core_context__indicators"
        )
        assert rows(home, sql) == [(7914, 27, date(1948, 7, 1), date(2025, 9, 30))]
        described = (
            "SELECT DISTINCT unit, series_type, series_name FROM core_context__indicators "
            "WHERE indicator IN ('A2325806K', 'A2325850V') ORDER BY 1"
        )
        assert rows(home, described) == [
            ("Index Numbers", "Original", "Index Numbers ; All groups CPI ; Sydney ;"),
            ("Percent", "Original",
             "Percentage Change from Previous Period ; All groups CPI ; Australia ;"),
        ]  # fmt: skip
