"""Which rows of a table are data, and what the others are."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.read.workbook import layout, rows
from tasks.read.workbook.grid import Sheet
from tests.workbooks import SheetRead, declared, read_sheet

pytestmark = pytest.mark.fast
Cells = list[list[Any]]
ALL = {"destination_area": "IDN", "concept": "visit", "region_code": "TOTAL", "frequency": "A"}
HOTELS = declared(
    "accommodation", constants={"frequency": "A", "period_start": "2024"},
    columns={"Kelas": "class_code", "TPK": "room_occupancy_percent", "Tamu": "guests_foreign"},
)  # fmt: skip
INDICATORS = declared(
    "indicators", constants={"area": "IDN", "frequency": "A", "unit": "persons"},
    columns={"Indikator": "indicator"},
    unpivot={"columns": r"\d{4}", "into": "period_start", "value": "value"},
)  # fmt: skip
ARRIVALS = declared(
    "arrivals", constants=ALL, columns={"Negara": "origin_area", "Tamu": "visitors"}
)
HEAD: list[Any] = ["Kelas", "TPK", "Tamu"]
STARS: Cells = [["Bintang 1", 40, 120], ["Bintang 2", 50, 300]]


def hotels(*lines: list[Any]) -> SheetRead:
    return read_sheet([HEAD, *STARS, *lines], HOTELS)


def labels(found: SheetRead, name: str = "class_code") -> list[str]:
    assert found.stops == []
    return found.texts[name]


@pytest.mark.parametrize(
    "word",
    ["Jumlah", "JUMLAH", "Jumlah/Total", "Total", "Total:", "Jml.", "Sub Total", "Grand Total",
     "J u m l a h", "合計", "合　計", "計", "総数", "Jumlah / Total", "Sub-Jumlah", "TOTAL*"],
)  # fmt: skip
@pytest.mark.parametrize("cell", ["n/a", "-", 45, None, "45,0", "x", "***"])
def test_a_total_is_known_by_its_word(word: str, cell: Any) -> None:
    found = hotels([word, cell, 420])
    assert (labels(found), found.left_out) == (["Bintang 1", "Bintang 2"], {"total": [4]})
    assert found.wrong_totals == 0


@pytest.mark.parametrize("word", ["Jumlah", "Total", "Jumlah/Total", "合計"])
def test_a_total_behind_its_period_is_one(word: str) -> None:
    contract = declared(
        "accommodation", constants={"frequency": "A"},
        columns={"Tahun": "period_start", "Kelas": "class_code", "Tamu": "guests_foreign"},
    )  # fmt: skip
    years: Cells = [[2023, "Bintang 1", 120], [2023, "Bintang 2", 300], [2023, word, 420],
                    ["2024", "Bintang 1", 130], ["2024", word, 130]]  # fmt: skip
    found = read_sheet([["Tahun", "Kelas", "Tamu"], *years], contract)
    assert (labels(found), found.left_out) == (
        ["Bintang 1", "Bintang 2", "Bintang 1"], {"total": [4, 6]})  # fmt: skip
    assert found.wrong_totals == 0


def test_marked_figures_count_in_a_total() -> None:
    contract = declared(
        "indicators", constants={"area": "IDN", "frequency": "A", "unit": "unit"}, locale="id",
        columns={"Uraian": "indicator"}, marks={"*": "preliminary", "r": ""}, missing=["tad"],
        unpivot={"columns": r"\d{4}", "into": "period_start", "value": "value"},
    )  # fmt: skip
    head: list[Any] = ["Uraian", "2023", "2024"]
    lines: Cells = [["Hotel", 60, "1.060*"], ["Losmen", "40r", 40], ["Villa", "tad", 0]]
    for word in ("Jumlah penginapan", "Jumlah"):
        found = read_sheet([head, *lines, [word, 100, "1.100*"]], contract)
        assert (set(found.texts["indicator"]), found.left_out, found.wrong_totals) == (
            {"Hotel", "Losmen", "Villa"}, {"total": [5]}, 0)  # fmt: skip


def test_a_total_over_a_figure_that_is_asked_back_is_not_called_wrong() -> None:
    assert hotels(["Bintang 3", 60, "± 80"], ["Jumlah", None, 500]).wrong_totals == 0


def test_a_wrong_total_is_said() -> None:
    assert hotels(["Jumlah", None, 421]).wrong_totals == 1


@pytest.mark.parametrize(
    "word",
    [
        "Rata-rata",
        "Rerata",
        "Average",
        "平均",
        "RATA-RATA",
        "Rata-rata/Average",
        "Average (平均)",
        "Rata-rata Total",
        "Avg.",
    ],
)
def test_an_average_is_no_data(word: str) -> None:
    assert hotels([word, 45, 210]).left_out == {"average": [4]}


@pytest.mark.parametrize(
    "name",
    ["Total Solution", "Jumlah hotel", "Subuh Inn", "Sumber Rejeki", "Sumber Rejeki Hotel",
     "Catatan Hati", "合計ホテル", "Totalindo", "Kethek Ogleng", "Tabel Inn", "Note Cafe"],
)  # fmt: skip
def test_names_that_begin_like_totals_and_notes_are_data(name: str) -> None:
    found = hotels([name, 45, 77])
    assert (labels(found)[-1], found.left_out) == (name, {})


def test_a_longer_name_of_a_total_is_known_by_its_sum() -> None:
    """`Jumlah seluruh hotel` is data unless it adds up."""
    assert hotels(["Jumlah seluruh hotel", None, 420]).left_out == {"total": [4]}
    assert hotels(["Jumlah seluruh hotel", None, 419]).left_out == {}


def test_the_name_of_the_region_below_its_parts_is_their_total() -> None:
    more: Cells = [["Bintang 3", 60, 80]]
    assert hotels(*more, ["Kabupaten Blitar", 50, 500]).left_out == {"total": [5]}
    assert hotels(*more, ["Kabupaten Blitar", 50, 501]).left_out == {}
    assert hotels(["Jumlah", None, 420], ["Kabupaten Blitar", 45, 420]).left_out == {
        "total": [4, 5]
    }


def test_subtotals_and_the_total_of_all() -> None:
    lines: Cells = [["Jumlah", None, 420], ["Losmen", 20, 10], ["Villa", 30, 5],
                    ["Jumlah", None, 15], ["Total", None, 435]]  # fmt: skip
    found = hotels(*lines)
    assert found.left_out == {"total": [4, 7, 8]}
    assert (labels(found)[2:], found.wrong_totals) == (["Losmen", "Villa"], 0)


def test_lines_of_indicators_that_begin_with_totals_are_data() -> None:
    lines: Cells = [["Jumlah wisatawan", 1100, 1204], ["Jumlah hotel", 35, 37],
                    ["Rata-rata lama menginap", 1.5, 1.6], ["Total belanja", 800, 900]]  # fmt: skip
    found = read_sheet([["Indikator", "2023", "2024"], *lines], INDICATORS)
    assert (len(labels(found, "indicator")), found.left_out) == (8, {})


@pytest.mark.parametrize(
    "line",
    [["Sumber: Dinas Pariwisata"], ["Sumber", "Dinas Pariwisata"], ["Catatan:", "angka sementara"],
     ["Source: BPS"], ["*) Angka sementara"], ["Dicetak tanggal", "3 Januari 2025"],
     ["Diunduh", "03/01/2025"], ["注", "速報"],
     ["出典：観光庁"], ["Keterangan: r direvisi"], ["※ 速報値"], ["1) termasuk losmen"],
     [None, "Sumber: BPS"]],
)  # fmt: skip
def test_a_note_stands_in_one_cell_or_two(line: list[Any]) -> None:
    assert hotels(line).left_out == {"note": [4]}


def test_a_note_with_figures_is_a_row() -> None:
    """It may be a hotel: nothing is dropped that has numbers."""
    assert labels(hotels(["Sumber Rejeki", 40, 7]))[-1] == "Sumber Rejeki"


@pytest.mark.parametrize(
    "line",
    [["(1)", "(2)", "(3)"], [1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"], [-1, -2, -3],
     ["[1]", "[2]", "[3]"], ["(0)", "(1)", "(2)"], ["1.", "2.", "3."],
     ["(a)", "(b)", "(c)"], ["A", "B", "C"], ["I", "II", "III"], ["①", "②", "③"],
     ["(1)", "(2)", "(3)=(1)/(2)"], ["(1)", "(2)", "(3 = 1 + 2)"]],
)  # fmt: skip
def test_a_row_that_numbers_the_columns_is_none(line: list[Any]) -> None:
    found = read_sheet([HEAD, line, *STARS], HOTELS)
    assert (labels(found), found.left_out) == (["Bintang 1", "Bintang 2"], {"numbering": [2]})


def test_figures_that_count_up_below_are_data() -> None:
    found = hotels(["1", 2, 3])
    assert (labels(found)[-1], found.left_out) == ("1", {})


def test_headings_that_are_repeated_on_each_page_are_none() -> None:
    lines: Cells = [["Lanjutan Tabel 8.1"], HEAD, ["(1)", "(2)", "(3)"], ["Bintang 3", 60, 80]]
    found = hotels(*lines)
    assert found.left_out == {"note": [4], "heading": [5], "numbering": [6]}
    assert labels(found) == ["Bintang 1", "Bintang 2", "Bintang 3"]


def test_headings_of_two_rows_are_repeated_with_their_merged_cells() -> None:
    contract = declared(
        "arrivals", columns={"Negara": "origin_area"}, constants=ALL,
        unpivot={"columns": r"tamu \d{4}", "into": "period_start", "value": "visitors"},
    )  # fmt: skip
    head: Cells = [["Negara", "Tamu", ""], ["", 2023, 2024]]
    cells: Cells = [*head, ["Jepang", 5, 6], *head, ["Laos", 7, 8]]
    merged = [(0, 0, 1, 0), (0, 1, 0, 2), (3, 0, 4, 0), (3, 1, 3, 2)]
    found = read_sheet(cells, contract, merged)
    assert found.stops == []
    assert found.left_out == {"heading": [4, 5]}
    assert found.of("origin_area", "visitors") == [
        ("jepang", "5"), ("jepang", "6"), ("laos", "7"), ("laos", "8")]  # fmt: skip


def test_several_tables_below_each_other_have_a_title_each() -> None:
    contract = declared(
        "arrivals", columns={"Negara": "origin_area", "Tamu": "visitors"}, constants=ALL,
        titles={"tahun": r"tahun (\d{4})"}, compose={"period_start": "{tahun}"},
    )  # fmt: skip
    cells: Cells = [["Kunjungan tahun 2023"], ["Negara", "Tamu"], ["Jepang", 7], [],
                    ["Kunjungan tahun 2024"], ["Negara", "Tamu"], ["Jepang", 8],
                    ["Jumlah", 8]]  # fmt: skip
    found = read_sheet(cells, contract)
    assert (found.stops, found.asked) == ([], [])
    assert found.of("period_start", "visitors") == [("2023-01-01", "7"), ("2024-01-01", "8")]
    assert found.left_out == {"title": [5], "heading": [6], "total": [8]}


def test_a_title_is_found_in_the_name_of_the_sheet() -> None:
    contract = declared(
        "arrivals", columns={"Negara": "origin_area", "Tamu": "visitors"}, constants=ALL,
        titles={"period_start": r"\d{4}"},
    )  # fmt: skip
    cells: Cells = [["Negara", "Tamu"], ["Jepang", 7]]
    assert read_sheet(cells, contract, name="Tahun 2023").texts["period_start"] == ["2023-01-01"]
    nearer = [["Data 2024"], *cells]
    assert read_sheet(nearer, contract, name="Tahun 2023").texts["period_start"] == ["2024-01-01"]
    unknown = read_sheet(cells, contract, name="Lembar")
    assert unknown.texts["period_start"] == [""]


def test_rows_are_dropped_by_what_they_say() -> None:
    contract = declared(
        "accommodation", constants={"frequency": "A", "period_start": "2024"},
        columns={"Kelas": "class_code", "TPK": "room_occupancy_percent", "Tamu": "guests_foreign"},
        drop={"class_code": r"bintang$"},
    )  # fmt: skip
    found = read_sheet([HEAD, ["Bintang", 45, 420], *STARS], contract)
    assert (labels(found), found.left_out) == (["Bintang 1", "Bintang 2"], {"dropped": [2]})


def test_a_row_without_values_is_said() -> None:
    found = read_sheet([["Indikator", "2023"], ["Pariwisata", None], ["Hotel", 7]], INDICATORS)
    assert (labels(found, "indicator"), found.left_out) == (["Hotel"], {"no_values": [2]})


@pytest.mark.parametrize("word", ["contoh", "Contoh", "example", "例"])
def test_the_example_of_a_template_is_no_data(word: str) -> None:
    cells: Cells = [["#", *HEAD], [word, *STARS[0]], ["", *STARS[1]]]
    found = read_sheet(cells, HOTELS)
    assert (labels(found), found.left_out) == (["Bintang 2"], {"example": [2]})


def test_blank_rows_are_nothing() -> None:
    found = read_sheet([HEAD, [], STARS[0], ["", None, ""], STARS[1]], HOTELS)
    assert (labels(found), found.left_out) == (["Bintang 1", "Bintang 2"], {})


# --- what stands below the first table ------------------------------------------------------


def found_in(cells: list[list[Any]], contract: dict[str, Any]) -> rows.Found:
    sheet = Sheet(1, "", True, cells)
    here = layout.find_layout(sheet, contract)
    assert here is not None
    return rows.find_rows(sheet, here, contract)


LOWER = {
    "other years": [["Negara", 2022, 2023], ["Jepang", 1, 2], [], ["Negara", 2023, 2024],
                    ["Australia", 3, 4]],
    "a year over the same months": [["", 2023, ""], ["Negara", "Januari", "Februari"],
                                    ["Jepang", 1, 2], [], ["", 2024, ""],
                                    ["Negara", "Januari", "Februari"], ["Jepang", 3, 4]],
}  # fmt: skip


@pytest.mark.parametrize("cells", LOWER.values(), ids=LOWER)
def test_a_lower_table_with_other_headings_stops_the_file(cells: list[list[Any]]) -> None:
    """Its cells would be read under the upper headings: a value of 2024 as one of 2023."""
    is_monthly = len(cells) == 7
    mapping = {
        "columns": {"Negara": "origin_area"},
        "unpivot": {"columns": r"\d{4}( \w+)?", "into": "period_start", "value": "visitors"},
        "constants": {"destination_area": "IDN", "concept": "visit", "region_code": "TOTAL",
                      "frequency": "M" if is_monthly else "A"},
    }  # fmt: skip
    found = found_in(cells, declared("arrivals", **mapping))
    assert "other_table" in {kind for _, kind in found.left_out}


def test_who_signed_a_table_is_no_data() -> None:
    cells = [["Negara", "Tahun", "Kunjungan"], ["Jepang", 2024, 320], [], ["Blitar"],
             ["Kepala Dinas"], ["(Seseorang)"]]  # fmt: skip
    contract = declared(
        "arrivals",
        columns={"Negara": "origin_area", "Kunjungan": "visitors"},
        constants={"frequency": "A", "destination_area": "IDN", "concept": "visit",
                   "region_code": "TOTAL"},
    )  # fmt: skip
    found = found_in(cells, contract)
    assert (found.data, {kind for _, kind in found.left_out}) == ([1], {"note"})


@pytest.mark.parametrize("pattern", [r"\d{4}", r"tahun (\d{4})"])
def test_a_count_that_looks_like_a_year_is_no_title(pattern: str) -> None:
    cells = [["Kunjungan tahun 2024"], ["Negara", "Kunjungan"], ["Australia", 72],
             ["Jepang", 2000], ["Singapura", "1999"], ["Malaysia", 55]]  # fmt: skip
    contract = declared(
        "arrivals",
        columns={"Negara": "origin_area", "Kunjungan": "visitors"},
        titles={"period_start": pattern},
        constants={"frequency": "A", "destination_area": "IDN", "concept": "visit",
                   "region_code": "TOTAL"},
    )  # fmt: skip
    found = found_in(cells, contract)
    assert (found.data, found.left_out) == ([2, 3, 4, 5], [])


def test_a_row_of_two_texts_that_lacks_one_is_data() -> None:
    cells = [["Kode", "Judul"], ["P-1", "Pameran"], [None, "Pameran kopi"]]
    contract = declared("exhibitions", columns={"Kode": "event_id", "Judul": "title"})
    assert found_in(cells, contract).data == [1, 2]


def test_a_title_that_no_pattern_knows_ends_the_old_one() -> None:
    cells = [["Tahun 2023"], ["Negara", "Kunjungan"], ["Jepang", 10], ["Th. 2024"],
             ["Australia", 20], ["Tahun", 2025], ["Malaysia", 30]]  # fmt: skip
    contract = declared(
        "arrivals",
        columns={"Negara": "origin_area", "Kunjungan": "visitors"},
        titles={"period_start": r"^tahun (\d{4})$"},
        constants={"frequency": "A", "destination_area": "IDN", "concept": "visit",
                   "region_code": "TOTAL"},
    )  # fmt: skip
    found = found_in(cells, contract)
    years = [parts["period_start"] for parts in rows.title_of(found.titles, found.data)]
    assert years == ["2023", "", "2025"]


def test_classes_that_happen_to_add_up_are_data() -> None:
    for cells in (
        [["Kelas", "Tamu Asing"], ["Bintang 1", 5], ["Bintang 2", 5], ["Bintang 3", 5],
         ["Bintang 4", 15]],
        [["Kelas", "Tamu Asing"], ["Jumlah", 15], ["Bintang 1", 15]],
    ):  # fmt: skip
        sheet = Sheet(1, "", True, cells)
        contract = declared(
            "accommodation",
            columns={"Kelas": "class_code", "Tamu Asing": "guests_foreign"},
            constants={"frequency": "A", "period_start": "2024"},
        )
        here = layout.find_layout(sheet, contract)
        assert here is not None
        labels = [cells[row][0] for row in rows.find_rows(sheet, here, contract).data]
        assert labels == [line[0] for line in cells[1:] if line[0] != "Jumlah"]


def test_a_column_of_figures_without_a_heading_is_not_the_numbering() -> None:
    """A comma of thousands in a CSV file makes one."""
    cells = [["Negara", "Tahun", "Kunjungan"], ["Jepang", "2023", "1", "250"],
             ["Australia", "2023", "2", "340"]]  # fmt: skip
    contract = declared(
        "arrivals",
        columns={"Negara": "origin_area", "Kunjungan": "visitors"},
        constants={"frequency": "A", "destination_area": "IDN", "concept": "visit",
                   "region_code": "TOTAL"},
    )  # fmt: skip
    here = layout.find_layout(Sheet(1, "", True, cells), contract)
    assert here is not None
    assert [(p.code, p.where) for p in here.problems] == [("unknown_column", "D")]


@pytest.mark.parametrize(
    "label", ["Jumlah akhir", "Jumlah Seluruh", "Total Semua", "合計（人）", "計（再掲）", "全体"]
)
def test_words_beside_a_total_leave_it_one(label: str) -> None:
    cells = [["Kelas", "Tamu Asing"], ["Bintang 1", 5], ["Bintang 2", 6], [label, 12]]
    contract = declared(
        "accommodation",
        columns={"Kelas": "class_code", "Tamu Asing": "guests_foreign"},
        constants={"frequency": "A", "period_start": "2024"},
    )
    sheet = Sheet(1, "", True, cells)
    here = layout.find_layout(sheet, contract)
    assert here is not None
    assert rows.find_rows(sheet, here, contract).left_out == [(3, "total")]
