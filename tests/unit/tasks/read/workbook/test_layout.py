"""Where the table is in a sheet: headings of any height, what each column names, what stops."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tasks.read.workbook.grid import Merged, Percent
from tests.workbooks import declared, read_sheet

pytestmark = pytest.mark.fast
Cells = list[list[Any]]
CONSTANTS = {"destination_area": "IDN", "concept": "visit", "region_code": "TOTAL"}
MONTHS = "(januari|februari|april|mei)"


def arrivals(pattern: str, frequency: str = "A", **more: Any) -> dict[str, Any]:
    """A mapping of arrivals with periods in columns."""
    unpivot = {"columns": pattern, "into": "period_start", "value": "visitors"}
    mapping: dict[str, Any] = {
        "columns": {"Negara": "origin_area"}, "unpivot": unpivot,
        "constants": {**CONSTANTS, "frequency": frequency},
    }  # fmt: skip
    return declared("arrivals", **mapping | more)


def values(cells: Cells, contract: dict[str, Any], merged: tuple[Merged, ...] = ()) -> list[str]:
    """The figures of a sheet that reads without a question: `period visitors`."""
    found = read_sheet(cells, contract, merged)
    assert (found.stops, found.asked) == ([], [])
    return [" ".join(pair) for pair in found.of("period_start", "visitors")]


NAMES = ["", "Januari", "Februari", "Januari", "Februari"]
UNDER_YEARS = ["2024-01-01 1", "2024-02-01 2", "2025-01-01 3", "2025-02-01 4"]


@pytest.mark.parametrize("title", [[], [["Tabel 8.1"]], [["Tabel 8.1"], []]])
@pytest.mark.parametrize(
    ("cells", "merged"),
    [
        ([["Negara", 2024, "", 2025, ""], NAMES], ()),
        ([["Negara", 2024, 2024, 2025, 2025], NAMES],
         ()),
        ([["", "2024*", "", "2025**", ""],
          ["Negara", *NAMES[1:]]],
         ()),
        ([["Negara", 2024.0, "", 2025.0, ""], NAMES],
         ((0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4))),
        ([["Negara", "Jumlah kunjungan", "", "", ""], ["", "Tahun 2024", "", "Tahun 2025", ""],
          NAMES], ()),
        ([["Negara", "Kunjungan", "", "", ""], ["", 2024, "", 2025, ""],
          NAMES],
         ((0, 0, 2, 0), (0, 1, 0, 4), (1, 1, 1, 2), (1, 3, 1, 4))),
    ],
)  # fmt: skip
def test_years_over_months_are_months(
    title: Cells, cells: Cells, merged: tuple[Merged, ...]
) -> None:
    moved = tuple((t + len(title), left, b + len(title), r) for t, left, b, r in merged)
    contract = arrivals(rf"(?=.*\d{{4}}).*{MONTHS}.*", "M")
    assert values([*title, *cells, ["Jepang", 1, 2, 3, 4]], contract, moved) == UNDER_YEARS


def test_the_name_of_a_series_may_stand_under_its_months() -> None:
    head: Cells = [["Negara", 2024, "", 2025, ""], NAMES,
            ["", "Tamu", "Tamu", "Tamu", "Tamu"]]  # fmt: skip
    contract = arrivals(rf"\d{{4}} {MONTHS} tamu", "M")
    assert values([*head, ["Jepang", 1, 2, 3, 4]], contract) == UNDER_YEARS


def test_a_pattern_that_months_alone_fit_takes_their_years_too() -> None:
    """Without the year, `Januari` of 2025 would hide that of 2024."""
    head: Cells = [["", 2024, "", 2025, ""], ["Negara", *NAMES[1:]]]
    assert values([*head, ["Jepang", 1, 2, 3, 4]], arrivals(rf".*{MONTHS}", "M")) == UNDER_YEARS
    single: Cells = [["", 2024, ""], ["Negara", "Januari", "Februari"], ["Jepang", 1, 2]]
    assert values(single, arrivals(rf".*{MONTHS}", "M")) == UNDER_YEARS[:2]


def test_two_columns_of_one_period_stop() -> None:
    cells: Cells = [["Negara", "2024", "Tahun", "2024"], ["Jepang", 1, "x", None]]
    contract = arrivals(r"\d{4}", columns={"Negara": "origin_area", "Tahun": None})
    found = read_sheet(cells, contract)
    assert found.stops == [("column_twice", "B", "visitors"), ("column_twice", "D", "visitors")]


@pytest.mark.parametrize(
    "heading",
    [2024, 2024.0, "2024", "2024*", "2024*)", "2024 *)", "Tahun 2024", "2024年", "R6年", "令和6年",
     date(2024, 1, 1), datetime(2024, 1, 1), "２０２４"],
)  # fmt: skip
def test_years_in_headings_are_written_in_many_ways(heading: Any) -> None:
    cells: Cells = [["Negara", heading], ["Jepang", 7]]
    assert values(cells, arrivals(r".*\d.*", locale="ja")) == ["2024-01-01 7"]


@pytest.mark.parametrize(
    "heading",
    [date(2024, 4, 1), datetime(2024, 4, 1), "2024-04", "2024年4月", "April 2024", "Apr-24",
     "2024M04", "R6年4月", "Apr 2024", "2024/04"],
)  # fmt: skip
def test_months_in_headings_are_written_in_many_ways(heading: Any) -> None:
    cells: Cells = [["Negara", heading], ["Jepang", 7]]
    assert values(cells, arrivals(r".*\d.*", "M")) == ["2024-04-01 7"]


def test_fiscal_years_begin_where_it_is_declared() -> None:
    months = [f"{m}月" for m in (4, 5, 12, 1, 3)]
    head: Cells = [["Negara", "2024年度", "", "", "", ""], ["", *months]]
    cells = [*head, ["Jepang", 1, 2, 3, 4, 5]]
    contract = arrivals(r"2024年度 \d+月", "M", year_begins=4, locale="ja")
    assert values(cells, contract) == [
        "2024-04-01 1", "2024-05-01 2", "2024-12-01 3", "2025-01-01 4", "2025-03-01 5",
    ]  # fmt: skip
    years: Cells = [["Negara", "2023年度", "2024年度"], ["Jepang", 1, 2]]
    assert values(years, arrivals(r"\d+年度", year_begins=4)) == ["2023-04-01 1", "2024-04-01 2"]


def test_a_fiscal_year_that_is_not_declared_is_asked_back() -> None:
    found = read_sheet([["Negara", "2024年度"], ["Jepang", 1]], arrivals(r"\d+年度"))
    assert [(field, n) for n, _, field in found.asked] == [("period_start", 0)]
    assert found.texts["period_start"] == [""]


@pytest.mark.parametrize("merged", [(), ((0, 1, 0, 2), (0, 3, 0, 4))])
def test_two_measures_under_each_year(merged: tuple[Merged, ...]) -> None:
    cells: Cells = [["Kelas", 2023, "", 2024, ""], ["", "TPK", "Tamu", "TPK", "Tamu"],
             ["Bintang 1", 40.5, 120, 45, 130], ["Bintang 2", None, 7, 50.5, None]]  # fmt: skip
    contract = declared(
        "accommodation", columns={"Kelas": "class_code"}, constants={"frequency": "A"},
        unpivot={"columns": r"(?P<tahun>\d{4}) (?P<value>tpk|tamu)",
                 "value": {"tpk": "room_occupancy_percent", "tamu": "guests_foreign"}},
        compose={"period_start": "{tahun}"},
    )  # fmt: skip
    found = read_sheet(cells, contract, merged)
    assert (found.stops, found.asked) == ([], [])
    fields = ("class_code", "period_start", "room_occupancy_percent", "guests_foreign")
    assert found.of(*fields) == [
        ("Bintang 1", "2023-01-01", "40.5", "120"), ("Bintang 1", "2024-01-01", "45", "130"),
        ("Bintang 2", "2023-01-01", "", "7"), ("Bintang 2", "2024-01-01", "50.5", ""),
    ]  # fmt: skip


def test_series_over_periods_and_under_them_are_one() -> None:
    over: Cells = [["Kelas", "TPK", "", "Tamu", ""], ["", 2023, 2024, 2023, 2024]]
    contract = declared(
        "accommodation", columns={"Kelas": "class_code"}, constants={"frequency": "A"},
        unpivot={"columns": r"(?P<value>tpk|tamu) (?P<tahun>\d{4})",
                 "value": {"tpk": "room_occupancy_percent", "tamu": "guests_foreign"}},
        compose={"period_start": "{tahun}"},
    )  # fmt: skip
    found = read_sheet([*over, ["Bintang 1", Percent(0.405), 45, 120, 130]], contract)
    fields = ("period_start", "room_occupancy_percent", "guests_foreign")
    assert found.of(*fields) == [("2023-01-01", "40.5", "120"), ("2024-01-01", "45", "130")]


def test_a_column_without_a_heading_may_be_declared() -> None:
    cells: Cells = [["2019年 訪日外客数"], [], ["", "1月", "2月"], ["韓国", 10, 20]]
    contract = arrivals(
        r"\d+月", "M", columns={"": "origin_area"}, compose={"period_start": "2019-{bulan}"},
        unpivot={"columns": r"\d+月", "into": "bulan", "value": "visitors"},
    )  # fmt: skip
    assert values(cells, contract) == ["2019-01-01 10", "2019-02-01 20"]


def test_a_broad_pattern_takes_no_row_of_data_for_headings() -> None:
    cells: Cells = [["Periode", "Jepang", "Dunia"], ["2024-01", "na", 7], ["2024-02", 3, 9]]
    contract = declared(
        "arrivals", columns={"Periode": "period_start", "Dunia": None},
        unpivot={"columns": "(?!dunia).+", "into": "origin_area", "value": "visitors"},
        constants={**CONSTANTS, "frequency": "M"},
    )  # fmt: skip
    assert values(cells, contract) == ["2024-01-01 ", "2024-02-01 3"]


def test_columns_are_left_out_by_heading_or_by_pattern() -> None:
    cells: Cells = [["Negara", "2024", "Catatan", "Pertumbuhan 2024", "Pertumbuhan 2025"],
             ["Jepang", 7, "rahasia", 1.5, 2.5]]  # fmt: skip
    contract = arrivals(
        r"\d{4}", columns={"Negara": "origin_area", "Catatan": None},
        leave_out=[r"pertumbuhan \d{4}"],
    )  # fmt: skip
    assert values(cells, contract) == ["2024-01-01 7"]


def test_a_column_that_nobody_declared_stops() -> None:
    cells: Cells = [["Negara", "2024", "Hotel"], ["Jepang", 7, "Puri"]]
    assert read_sheet(cells, arrivals(r"\d{4}")).stops == [("unknown_column", "C", "")]
    unheaded: Cells = [["Negara", "2024", ""], ["Jepang", 7, "Puri"]]
    assert read_sheet(unheaded, arrivals(r"\d{4}")).stops == [("unknown_column", "C", "")]


def test_a_missing_and_a_repeated_column_stop() -> None:
    mapping = {"columns": {"Negara": "origin_area", "Asal": "origin_area", "Tamu": "visitors"},
               "constants": {**CONSTANTS, "frequency": "A"}}  # fmt: skip
    contract = declared("arrivals", **mapping)
    cells: Cells = [["Negara", "Asal", "Tamu", "Tahun"], ["Jepang", "Jepang", 7, 2024]]
    assert read_sheet(cells, contract).stops == [
        ("column_twice", "A", "origin_area"), ("column_twice", "B", "origin_area"),
    ]  # fmt: skip
    assert ("column_missing", "", "period_start") in read_sheet(
        [["Negara", "Tamu"], ["Jepang", 7]], contract
    ).stops


def test_declared_rows_of_headings_hold() -> None:
    cells: Cells = [["Negara", "2023"], ["", ""], ["Negara", "2024"], ["Jepang", 7]]
    assert values(cells, arrivals(r"\d{4}", header_rows=[3])) == ["2024-01-01 7"]
    found = read_sheet(cells, arrivals(r"\d{4}", header_rows=[9]))
    assert found.stops == [("no_header", "", "")]


def test_a_column_of_numbering_needs_no_declaration() -> None:
    for heading in ("No", "No.", "Nomor", "番号", ""):
        cells: Cells = [[heading, "Negara", "2024"], [1, "Jepang", 7], [2, "Australia", 8]]
        assert values(cells, arrivals(r"\d{4}")) == ["2024-01-01 7", "2024-01-01 8"]


@pytest.mark.parametrize(
    ("head", "fits"),
    [([["Negara", "Kunjungan (ribu)"]], True), ([["Negara", "KUNJUNGAN (Ribu)"]], True),
     ([["Negara", "Kunjungan"]], True), ([["Negara", "Kunjungan"], ["", "(ribu)"]], True),
     ([["Negara", "Kunjungan (juta)"]], False)],
)  # fmt: skip
def test_a_unit_in_brackets_is_compared_where_the_mapping_names_it(head: Cells, fits: bool) -> None:
    contract = declared(
        "arrivals",
        columns={"Negara": "origin_area", "Kunjungan (ribu)": "visitors"},
        constants={**CONSTANTS, "frequency": "A", "period_start": "2024-01-01"},
    )
    found = read_sheet([*head, ["Jepang", 150]], contract)
    assert (found.stops == []) is fits


def test_headings_that_only_their_brackets_tell_apart_are_two_columns() -> None:
    contract = declared(
        "arrivals",
        columns={"Negara": "origin_area", "Tamu (asing)": "visitors", "Tamu (domestik)": None},
        constants={**CONSTANTS, "frequency": "A", "period_start": "2024-01-01"},
    )
    cells: Cells = [["Negara", "Tamu (asing)", "Tamu (domestik)"], ["Jepang", 150, 160]]
    assert values(cells, contract) == ["2024-01-01 150"]


def test_capitals_of_a_pattern_make_no_difference() -> None:
    contract = arrivals(rf"\d{{4}} {MONTHS.title()}", "M", leave_out=["Tumbuh"])
    cells: Cells = [["Negara", "2024 Januari", "Tumbuh"], ["Jepang", 5, 1]]
    assert values(cells, contract) == ["2024-01-01 5"]


YEAR_OF_MONTHS = ["Januari", "Februari", "Maret", "April", "Mei", "Juni"]


def over(*places: tuple[int, Any], width: int = 13) -> list[Any]:
    """A row of headings with texts at some columns."""
    return [dict(places).get(n, "") for n in range(width)]


CENTRED = [f"{y}-{m:02d}-01 {(y - 2024) * 6 + m}" for y in (2024, 2025) for m in range(1, 7)]


@pytest.mark.parametrize("pattern", [r"\d{4}年? \w+", r".*(januari|februari|maret|april|mei|juni)"])
@pytest.mark.parametrize(
    "years",
    [[(1, 2024), (7, 2025)], [(3, 2024), (9, 2025)], [(4, "2024*"), (10, "2025")],
     [(6, "2024年"), (12, 2025.0)]],
)  # fmt: skip
def test_a_year_over_the_middle_of_its_months_is_of_all_of_them(
    years: list[tuple[int, Any]], pattern: str
) -> None:
    cells: Cells = [["Negara", *over(*years)[1:]], ["", *YEAR_OF_MONTHS, *YEAR_OF_MONTHS],
                    ["Jepang", *range(1, 13)]]  # fmt: skip
    assert values(cells, arrivals(pattern, "M")) == CENTRED


def test_a_centred_year_holds_for_the_total_of_its_months_and_for_fiscal_years() -> None:
    months = [f"{m}月" for m in (10, 11, 12, 1, 2, 3)]
    cells: Cells = [["", *over((4, "2024年度"), (11, "2025年度"), width=15)[1:]],
                    ["国籍", *months, "計", *months, "計"], ["日本", *range(1, 15)]]  # fmt: skip
    contract = arrivals(r"\d{4}年度 \d+月", "M", columns={"国籍": "origin_area"}, locale="ja",
                        leave_out=[r"\d{4}年度 計"], year_begins=4)  # fmt: skip
    assert values(cells, contract)[::6] == ["2024-10-01 1", "2025-10-01 8"]
    assert values(cells, contract)[5::6] == ["2025-03-01 6", "2026-03-01 13"]


def test_centred_years_over_quarters() -> None:
    quarters = [f"Triwulan {n}" for n in ("I", "II", "III", "IV")]
    cells: Cells = [["", "", "", 2024, "", "", "", 2025, ""], ["Negara", *quarters, *quarters],
                    ["Jepang", *range(1, 9)]]  # fmt: skip
    found = values(cells, arrivals(r"\d{4} triwulan \w+", "Q"))
    assert found[3:5] == ["2024-10-01 4", "2025-01-01 5"]


@pytest.mark.parametrize(
    "years", [[(3, 2024)], [(3, 2024), (5, 2025)], [(3, 2024), (8, 2025), (10, 2026)]]
)
def test_years_that_stand_over_no_run_of_months_are_asked_back(
    years: list[tuple[int, Any]],
) -> None:
    cells: Cells = [["", *over(*years)[1:]], ["Negara", *YEAR_OF_MONTHS, *YEAR_OF_MONTHS],
                    ["Jepang", *range(1, 13)]]  # fmt: skip
    stops = read_sheet(cells, arrivals(r".*\w+", "M")).stops
    assert ("year_misplaced", "D", "") in stops


def test_months_of_the_first_year_may_be_fewer() -> None:
    cells: Cells = [["Negara", 2024, "", 2025, ""], ["", "Mei", "Juni", "Januari", "Februari"],
                    ["Jepang", 1, 2, 3, 4]]  # fmt: skip
    assert values(cells, arrivals(r"\d{4} \w+", "M")) == [
        "2024-05-01 1", "2024-06-01 2", "2025-01-01 3", "2025-02-01 4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "units",
    [["", "(orang)", "(orang)"], ["", "（人）", "[人]"], ["Satuan", "orang", "Orang"],
     ["", "(ribu orang)", ""], ["", "%", "(%)"]],
)  # fmt: skip
def test_a_row_of_units_under_the_headings_is_no_data(units: list[str]) -> None:
    cells: Cells = [["Negara", 2023, 2024], units, ["Jepang", 1, 2]]
    found = read_sheet(cells, arrivals(r"\d{4}"))
    assert (found.stops, found.asked) == ([], [])
    assert found.left_out == {"units": [2]}
    assert found.texts["visitors"] == ["1", "2"]


@pytest.mark.parametrize("row", [["Jepang", "(orang)", ""], ["", "(orang)", 5], ["", "(1)", "(x)"]])
def test_other_rows_under_the_headings_stay_data(row: list[Any]) -> None:
    cells: Cells = [["Negara", 2023, 2024], row, ["Jepang", 1, 2]]
    assert "units" not in read_sheet(cells, arrivals(r"\d{4}")).left_out
