"""What the shipped senders' mappings make of the editions that their senders publish."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from config import partner, region
from config.reading import WorkbookReader
from tasks.read.workbook import convert
from tests.workbooks import text_file, workbook

pytestmark = pytest.mark.fast
Rows = list[dict[str, str]]
Lines = list[list[Any]]
Read = Callable[..., dict[str, Rows]]


@lru_cache(maxsize=8)
def contracts(sender: str) -> dict[str, dict[str, Any]]:
    found = partner.read(partner.FOLDER / f"{sender}.yml")
    readers = {
        code: source.reader
        for code, source in partner.sources({sender: found}, region.load("3505")).items()
    }
    return {
        code: reader.workbook.model_dump(mode="json")
        for code, reader in readers.items()
        if isinstance(reader, WorkbookReader)
    }


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The rows of a file by the way in which it was read, without the sender's prefix. What is
    landed of it must give the same rows."""

    def go(sender: str, path: Path) -> dict[str, Rows]:
        known = contracts(sender)
        report = convert.convert_file(path, tmp_path / "out", known)
        assert (report["problems"], report["kinds"]) == ([], [])
        found = {}
        for reading in report["readings"]:
            code = reading["contract"]
            rows = rows_of(tmp_path / "out" / code)
            landed = tmp_path / "out" / code / "cells"
            convert.convert_file(landed, tmp_path / "again", {code: known[code]})
            assert rows_of(tmp_path / "again" / code) == rows
            found[code.removeprefix(f"{sender}_")] = rows
        return found

    return go


def rows_of(folder: Path) -> Rows:
    with (folder / "rows.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def taken(rows: Rows, *names: str) -> list[tuple[str, ...]]:
    """Some fields of rows that have no problem."""
    assert [row["_problems"] for row in rows if row["_problems"]] == []
    return [tuple(row[name] for name in names) for row in rows]


# --- ABS -----------------------------------------------------------------------------------

SERIES_NAME = "Number of movements ;  Overseas arrivals ;"
ABS_FIELDS = ("indicator", "period_start", "period_end", "value", "unit", "series_name",
              "series_type")  # fmt: skip


def time_series(*series: tuple[Any, ...], days: Sequence[date]) -> Lines:
    """A sheet `Data1`: ten rows of metadata, then days. A series is its unit, type, frequency,
    month of collection, identifier and values."""
    labels = ("Unit", "Series Type", "Data Type", "Frequency", "Collection Month", "Series Start",
              "Series End", "No. Obs", "Series ID")  # fmt: skip
    lines: Lines = [["", *(SERIES_NAME for _ in series)]]
    above = [(u, t, "FLOW", e, m, days[0], days[-1], len(days), i) for u, t, e, m, i, *_ in series]
    lines += [[label, *cells] for label, *cells in zip(labels, *above, strict=True)]
    lines += [[day, *(s[5 + n] for s in series)] for n, day in enumerate(days)]
    return lines


def spreadsheet(path: Path, *data: Lines) -> Path:
    index = [["", "Time Series Workbook"], ["Data Item Description", "", "", "Series ID"]]
    names = ["Index", *(f"Data{n}" for n in range(1, len(data) + 1))]
    return workbook(path, index, *data, names=names)


def test_abs_months_keep_unit_name_and_type(tmp_path: Path, read: Read) -> None:
    data = time_series(
        ("Number", "Original", "Month", 1, "A85232568L", 1500, ""),
        ("000", "Seasonally Adjusted", "Month", 1, "A85232569R", 1.6, 1.7),
        ("Percent", "Trend", "Month", 1, "A85232570X", -0.5, 2),
        days=[date(2024, 1, 1), date(2024, 2, 1)],
    )
    found = read("abs", spreadsheet(tmp_path / "a.xlsx", data))
    assert list(found) == ["indicators_monthly"]
    name = "Number of movements ; Overseas arrivals ;"
    january, february = ("2024-01-01", "2024-01-31"), ("2024-02-01", "2024-02-29")
    assert sorted(taken(found["indicators_monthly"], *ABS_FIELDS)) == [
        ("A85232568L", *january, "1500", "Number", name, "Original"),
        ("A85232569R", *january, "1.6", "000", name, "Seasonally Adjusted"),
        ("A85232569R", *february, "1.7", "000", name, "Seasonally Adjusted"),
        ("A85232570X", *january, "-0.5", "Percent", name, "Trend"),
        ("A85232570X", *february, "2", "Percent", name, "Trend"),
    ]


YEARS: dict[str, tuple[str, int, date, tuple[str, ...]]] = {
    "quarterly": ("Quarter", 3, date(2024, 9, 1), ("Q", "2024-07-01", "2024-09-30")),
    "annual": ("Annual", 12, date(2024, 12, 1), ("A", "2024-01-01", "2024-12-31")),
    "annual_to_june": ("Annual", 6, date(2024, 6, 1), ("A", "2023-07-01", "2024-06-30")),
}


@pytest.mark.parametrize("way", YEARS)
def test_an_abs_period_is_named_by_its_last_month(tmp_path: Path, read: Read, way: str) -> None:
    every, month, day, period = YEARS[way]
    data = time_series(("Number", "Original", every, month, "A1B", 7), days=[day])
    found = read("abs", spreadsheet(tmp_path / "a.xlsx", data))
    assert list(found) == [f"indicators_{way}"]
    fields = ("frequency", "period_start", "period_end", "value")
    assert taken(found[f"indicators_{way}"], *fields) == [(*period, "7")]


def test_an_abs_sheet_of_two_frequencies_is_read_in_two_ways(tmp_path: Path, read: Read) -> None:
    data = time_series(
        ("Number", "Original", "Month", 1, "A1B", 1, 2),
        ("Number", "Original", "Quarter", 3, "A2B", "", 9),
        days=[date(2024, 2, 1), date(2024, 3, 1)],
    )
    months = time_series(("Number", "Trend", "Month", 1, "A3B", 5), days=[date(2024, 1, 1)])
    found = read("abs", spreadsheet(tmp_path / "a.xlsx", data, months))
    fields = ("indicator", "period_start", "value")
    assert taken(found["indicators_quarterly"], *fields) == [("A2B", "2024-01-01", "9")]
    assert taken(found["indicators_monthly"], *fields) == [
        ("A1B", "2024-02-01", "1"), ("A1B", "2024-03-01", "2"), ("A3B", "2024-01-01", "5"),
    ]  # fmt: skip


# --- JNTO ----------------------------------------------------------------------------------


def year_of_jnto(year: int, *, title: str = "訪日外客数") -> Lines:
    return [
        [f"国籍/月別 {title}（2003年～2024年）"],
        ["日本政府観光局（JNTO）"],
        ["国・地域", "1月", "伸率", "2月", "伸率", "累計", "伸率"],
        ["総数", 330, 0.1, 150, -0.2, 480, 0.01],
        ["アジア計", 300, 0.1, 120, -0.2, 420, 0.01],
        ["　韓国", 100 + year, 0.1, "20*", -0.2, 120, 0.01],
        ["　インドネシア", 200, 0.1, "-", -0.2, 200, 0.01],
        ["　その他アジア", 0, 0, 0, 0, 0, 0],
        ["ヨーロッパ計", 30, 0, 30, 0, 60, 0],
        ["　英国", 30, 0, 30, 0, 60, 0],
        ["　北欧地域", 30, 0, 30, 0, 60, 0],
        ["無国籍・その他", 1, 0, 1, 0, 2, 0],
        ["注：本資料を引用される際は、出典名を明示してください。"],
    ]


JNTO_FIELDS = ("origin_area", "frequency", "period_start", "visitors")


def test_every_year_of_the_jnto_workbook(tmp_path: Path, read: Read) -> None:
    sheets = [year_of_jnto(2003), year_of_jnto(2019), year_of_jnto(2024)]
    path = workbook(tmp_path / "since2003.xlsx", *sheets, names=["2003", "2019", "2024"])
    found = read("jnto", path)
    assert list(found) == ["arrivals_by_month"]
    rows = taken(found["arrivals_by_month"], *JNTO_FIELDS)
    assert len(rows) == 18
    assert rows[:6] == [
        ("韓国", "M", "2003-01-01", "2103"), ("韓国", "M", "2003-02-01", "20"),
        ("インドネシア", "M", "2003-01-01", "200"), ("インドネシア", "M", "2003-02-01", ""),
        ("英国", "M", "2003-01-01", "30"), ("英国", "M", "2003-02-01", "30"),
    ]  # fmt: skip
    assert ("韓国", "M", "2019-01-01", "2119") in rows
    assert ("韓国", "M", "2024-01-01", "2124") in rows


@pytest.mark.parametrize(
    ("title", "stage"),
    [
        ("訪日外客数（推計値）", "preliminary"),
        ("訪日外客数（暫定値）", "provisional"),
        ("訪日外客数（確定値）", "final"),
        ("訪日外客数", ""),
        ("訪日外客数（1月は暫定値、2月は推計値）", ""),
    ],
)
def test_the_stage_that_a_jnto_title_says(
    tmp_path: Path, read: Read, title: str, stage: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", year_of_jnto(2024, title=title), names=["2024"])
    found = taken(read("jnto", path)["arrivals_by_month"], "origin_area", "visitors", "_stage")
    assert ("韓国", "2124", stage) in found
    assert ("韓国", "20", "preliminary") in found  # its own mark


def test_jnto_names_in_two_languages(tmp_path: Path, read: Read) -> None:
    lines: Lines = [["2019年 訪日外客数"],
             ["国・地域 Country/Area", "1月 Jan.", "伸率(%)", "2月 Feb.", "伸率(%)"],
             ["総数 Grand Total", 30, 1, 40, 1], ["アジア計 Asia", 30, 1, 40, 1],
             ["韓国 South Korea", 30, 1, 40, 1]]  # fmt: skip
    rows = read("jnto", workbook(tmp_path / "a.xlsx", lines))["arrivals_by_month"]
    assert taken(rows, *JNTO_FIELDS) == [
        ("韓国", "M", "2019-01-01", "30"), ("韓国", "M", "2019-02-01", "40"),
    ]  # fmt: skip


def test_jnto_months_in_english(tmp_path: Path, read: Read) -> None:
    lines: Lines = [["Visitor Arrivals"],
             ["Country/Area", "Jan.", "Change %", "Feb.", "Change %", "Total"],
             ["Grand Total", 3, 1, 4, 1, 7], ["Asia Total", 3, 1, 4, 1, 7],
             ["South Korea", 3, 1, 4, 1, 7]]  # fmt: skip
    path = workbook(tmp_path / "a.xlsx", lines, names=["2019"])
    rows = read("jnto", path)["arrivals_by_month_english"]
    assert taken(rows, *JNTO_FIELDS) == [
        ("south korea", "M", "2019-01-01", "3"), ("south korea", "M", "2019-02-01", "4"),
    ]  # fmt: skip


def test_jnto_years_in_columns(tmp_path: Path, read: Read) -> None:
    lines: Lines = [["年別 訪日外客数"], ["国・地域", "2022年", "伸率", "2023年", "伸率"],
             ["総数", 50, 0.1, 70, 0.4], ["韓国", 50, 0.1, 70, 0.4]]  # fmt: skip
    rows = read("jnto", workbook(tmp_path / "a.xlsx", lines))["arrivals_by_year"]
    assert taken(rows, *JNTO_FIELDS) == [
        ("韓国", "A", "2022-01-01", "50"), ("韓国", "A", "2023-01-01", "70"),
    ]  # fmt: skip


def test_a_part_of_a_year_in_jnto_columns_is_no_year(tmp_path: Path, read: Read) -> None:
    lines: Lines = [["国・地域", "2023年", "2024年(1-7月)"], ["韓国", 50, 70]]
    rows = read("jnto", workbook(tmp_path / "a.xlsx", lines))["arrivals_by_year"]
    assert [bool(row["_problems"]) for row in rows] == [False, True]


# --- BPS -----------------------------------------------------------------------------------

TITLE = "Jumlah Kunjungan Wisatawan Mancanegara ke Indonesia menurut Pintu Masuk"
BPS_FIELDS = ("breakdown_code", "frequency", "period_start", "visitors", "_stage")


def test_bps_months_under_years(tmp_path: Path, read: Read) -> None:
    lines: Lines = [
        [f"Tabel 1. {TITLE}, 2022-2023"],
        ["Table 1. Number of Foreign Visitor Arrivals by Entry Point, 2022-2023"],
        ["Pintu Masuk", 2022, "", "", "2023*", "", ""],
        ["", "Januari", "Februari", "Tahunan", "Januari", "Februari", "Tahunan"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
        ["A. Pintu Udara", 30, 40, 70, 50, 60, 110],
        ["Juanda", 10, 15, 25, 20, "25 r)", 45],
        ["Ngurah Rai", 20, 25, 45, "30**", 35, 65],
        ["Total", 30, 40, 70, 50, 60, 110],
        ["Catatan: *) angka sementara"],
    ]
    rows = read("bps", workbook(tmp_path / "a.xlsx", lines))["arrivals_entry_gate_by_month"]
    assert taken(rows, *BPS_FIELDS) == [
        ("Juanda", "M", "2022-01-01", "10", ""), ("Juanda", "M", "2022-02-01", "15", ""),
        ("Juanda", "M", "2023-01-01", "20", "provisional"),
        ("Juanda", "M", "2023-02-01", "25", "provisional"),
        ("Ngurah Rai", "M", "2022-01-01", "20", ""), ("Ngurah Rai", "M", "2022-02-01", "25", ""),
        ("Ngurah Rai", "M", "2023-01-01", "30", "preliminary"),
        ("Ngurah Rai", "M", "2023-02-01", "35", "provisional"),
    ]  # fmt: skip


def test_bps_months_of_the_year_in_the_title(tmp_path: Path, read: Read) -> None:
    lines: Lines = [[f"{TITLE}, 2023"], [], ["Pintu Masuk", "Januari", "Februari", "Tahunan"],
             ["Juanda", 10, 15, 25], ["Ngurah Rai", 20, 25, 45], ["Total", 30, 40, 70]]  # fmt: skip
    rows = read("bps", workbook(tmp_path / "a.xlsx", lines))["arrivals_entry_gate_of_title"]
    assert [row[:4] for row in taken(rows, *BPS_FIELDS)] == [
        ("Juanda", "M", "2023-01-01", "10"), ("Juanda", "M", "2023-02-01", "15"),
        ("Ngurah Rai", "M", "2023-01-01", "20"), ("Ngurah Rai", "M", "2023-02-01", "25"),
    ]  # fmt: skip


def test_bps_years(tmp_path: Path, read: Read) -> None:
    lines: Lines = [[f"{TITLE}, 2022-2023"], ["Pintu Masuk", "Jumlah Kunjungan (orang)", ""],
             ["", 2022, "2023*)"], ["(1)", "(2)", "(3)"], ["A. Pintu Udara", 30, 40],
             ["Juanda", "1.234", 15], ["Ngurah Rai", 20, 25], ["Total", 1254, 40]]  # fmt: skip
    rows = read("bps", workbook(tmp_path / "a.xlsx", lines))["arrivals_entry_gate_by_year"]
    assert taken(rows, *BPS_FIELDS) == [
        ("Juanda", "A", "2022-01-01", "1234", ""),
        ("Juanda", "A", "2023-01-01", "15", "provisional"),
        ("Ngurah Rai", "A", "2022-01-01", "20", ""),
        ("Ngurah Rai", "A", "2023-01-01", "25", "provisional"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "way", "period"),
    [
        ([["Kunjungan menurut Kebangsaan, 2023"], ["Kebangsaan", "Januari"]], "of_title",
         ("M", "2023-01-01")),
        ([["Kebangsaan", 2023, ""], ["", "Januari", "Tahunan"]], "by_month", ("M", "2023-01-01")),
        ([["Kebangsaan", 2023]], "by_year", ("A", "2023-01-01")),
    ],
)  # fmt: skip
def test_bps_nationalities(
    tmp_path: Path, read: Read, head: Lines, way: str, period: tuple[str, str]
) -> None:
    lines: Lines = [*head, ["ASEAN", 12, 12], ["Malaysia", 10, 10], ["ASEAN Lainnya", 2, 2],
             ["Afrika", 7, 7], ["Afrika Selatan", 7, 7], ["Total", 19, 19]]  # fmt: skip
    lines = [line[: len(head[-1])] for line in lines]
    rows = read("bps", workbook(tmp_path / "a.xlsx", lines))[f"arrivals_nationality_{way}"]
    assert taken(rows, "origin_area", "frequency", "period_start", "visitors") == [
        ("malaysia", *period, "10"), ("afrika selatan", *period, "7"),
    ]  # fmt: skip


def test_bps_indicators_of_regions(tmp_path: Path, read: Read) -> None:
    lines: Lines = [
        ["Tabel 4.1.2 Tingkat Pengangguran Terbuka menurut Kabupaten/Kota (persen), 2022-2023"],
        ["Table 4.1.2 Unemployment Rate by Regency/Municipality (percent), 2022-2023"],
        ["Kabupaten/Kota Regency/Municipality", 2022, "2023*"],
        ["(1)", "(2)", "(3)"],
        ["Kabupaten Blitar", "5,45", "4,91"],
        ["Kota Blitar", "5,39", "5,24"],
        ["Jawa Timur", "5,49", "4,88"],
    ]
    rows = read("bps", workbook(tmp_path / "a.xlsx", lines))["indicators_regions"]
    fields = ("region_code", "period_start", "value", "unit", "indicator", "_stage")
    rate = ("persen", "tingkat pengangguran terbuka")
    assert taken(rows, *fields) == [
        ("3505", "2022-01-01", "5.45", *rate, ""),
        ("3505", "2023-01-01", "4.91", *rate, "provisional"),
        ("3572", "2022-01-01", "5.39", *rate, ""),
        ("3572", "2023-01-01", "5.24", *rate, "provisional"),
        ("35", "2022-01-01", "5.49", *rate, ""), ("35", "2023-01-01", "4.88", *rate, "provisional"),
    ]  # fmt: skip


# --- UIS, World Bank, ASEANstats, JASSO ----------------------------------------------------

UIS = ["indicatorId", "geoUnit", "year", "value", "qualifier", "magnitude"]


def test_uis_estimates_are_estimates_and_heads_are_whole(tmp_path: Path, read: Read) -> None:
    lines: Lines = [UIS, [26637, "IDN", 2018, 7677, "", ""],
             [26637, "IDN", 2019, "8120.5714", "UIS_EST", ""],
             [26637, "IDN", 2020, "9000", "NAT_EST", ""], [26637, "IDN", 2021, 0, "", "NA"],
             [26637, "IDN", 2022, 0, "", "NIL"],
             [26637, "SDG: Southern Asia", 2020, 5, "UIS_EST", ""],
             ["OE.5T8.40510", "IDN", 2018, 50000, "UIS_EST", ""]]  # fmt: skip
    found = read("uis", text_file(tmp_path / "a.csv", lines))
    fields = ("origin_area", "destination_area", "period_start", "students", "_status")
    assert taken(found["students_inbound"], *fields) == [
        ("wld", "idn", "2018-01-01", "7677", ""), ("wld", "idn", "2019-01-01", "8121", "estimated"),
        ("wld", "idn", "2020-01-01", "9000", "estimated"), ("wld", "idn", "2022-01-01", "0", ""),
    ]  # fmt: skip
    assert taken(found["students_outbound"], *fields) == [
        ("idn", "wld", "2018-01-01", "50000", "estimated")
    ]


def test_a_uis_qualifier_that_is_not_declared_is_refused(tmp_path: Path, read: Read) -> None:
    lines: Lines = [UIS, [26637, "IDN", 2018, 7677, "NEW", ""]]
    rows = read("uis", text_file(tmp_path / "a.csv", lines))["students_inbound"]
    assert [row["_status"] for row in rows] == [""]
    assert '"not_allowed"' in rows[0]["_problems"]


def test_world_bank_years_keep_the_name(tmp_path: Path, read: Read) -> None:
    lines: Lines = [["Data Source", "World Development Indicators", ""], [],
             ["Last Updated Date", "2024-07-10", ""], [],
             ["Country Name", "Country Code", "Indicator Name", "Indicator Code", "2019",
              "2020", ""],
             ["Indonesia", "IDN", "Arrivals", "ST.INT.ARVL", "16107000", "4053000", ""],
             ["IDA only", "TMN", "Arrivals", "ST.INT.ARVL", "1", "2", ""]]  # fmt: skip
    rows = read("worldbank", text_file(tmp_path / "a.csv", lines))["indicators_travellers"]
    fields = ("area", "frequency", "period_start", "value", "unit", "series_name")
    assert taken(rows, *fields) == [
        ("idn", "A", "2019-01-01", "16107000", "persons", "Arrivals"),
        ("idn", "A", "2020-01-01", "4053000", "persons", "Arrivals"),
    ]


VISITORS = "visitors_arrival_in_person"
ASEAN: dict[str, tuple[Lines, list[tuple[str, str, str]]]] = {
    "visitors": (
        [["country", "year", VISITORS], ["Indonesia", 2023, 5], ["ASEAN", 2023, 5]],
        [("A", "2023-01-01", "5")],
    ),
    "visitors_quarterly": (
        [["country", "year", "quarter", VISITORS], ["Indonesia", 2023, "Q2", 5]],
        [("Q", "2023-04-01", "5")],
    ),
    "visitors_monthly": (
        [["country", "year", "month", VISITORS], ["Indonesia", 2023, "February", 5]],
        [("M", "2023-02-01", "5")],
    ),
    "visitors_by_year": (
        [["Country", 2022, 2023], ["Indonesia", 5, 6], ["ASEAN", 5, 6]],
        [("A", "2022-01-01", "5"), ("A", "2023-01-01", "6")],
    ),
    "visitors_by_quarter": (
        [["Country", "2022Q4", "2023Q1"], ["Indonesia", 5, "1,234"]],
        [("Q", "2022-10-01", "5"), ("Q", "2023-01-01", "1234")],
    ),
    "visitors_by_month": (
        [["Country", "Dec-22", "Jan-23"], ["Indonesia", 5, 6]],
        [("M", "2022-12-01", "5"), ("M", "2023-01-01", "6")],
    ),
}


@pytest.mark.parametrize("way", ASEAN)
def test_the_editions_of_aseanstats(tmp_path: Path, read: Read, way: str) -> None:
    lines, expected = ASEAN[way]
    found = read("aseanstats", text_file(tmp_path / "a.csv", lines))
    assert list(found) == [f"arrivals_{way}"]
    rows = taken(found[f"arrivals_{way}"], "frequency", "period_start", "visitors")
    assert rows == expected


JASSO: dict[str, Lines] = {
    "origins": [["国・地域名", "年度", "留学生数", "構成比"],
                ["インドネシア", "2024年度", "7,805", "2.3%"]],
    "origins_by_year": [["国・地域名", "令和6年度", "増減率"], ["インドネシア", "7,805", "2.3%"]],
    "origins_of_title": [["2024（令和6）年5月1日現在"], ["国・地域名", "留学生数", "構成比"],
                         ["インドネシア", "7,805", "2.3%"]],
}  # fmt: skip


@pytest.mark.parametrize("way", JASSO)
def test_a_year_of_jasso_begins_in_april(tmp_path: Path, read: Read, way: str) -> None:
    lines: Lines = [*JASSO[way], ["アジア地域計", *["9"] * (len(JASSO[way][-1]) - 1)]]
    rows = read("jasso", workbook(tmp_path / "a.xlsx", lines))[f"students_{way}"]
    fields = ("origin_area", "destination_area", "period_start", "students")
    assert taken(rows, *fields) == [("インドネシア", "jpn", "2024-04-01", "7805")]
