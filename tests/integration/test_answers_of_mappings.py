"""What the answer says of a mapping: what it looked for, which of its own values is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from tests.workbooks import Take, only, reasons, workbook

NAME = {"id": "Mitra", "en": "Partner", "ja": "提携先"}
CONSTANTS = {"frequency": "A", "destination_area": "IDN", "concept": "visit",
             "region_code": "TOTAL"}  # fmt: skip
ARRIVALS = {"contract": "arrivals", "columns": {"Negara": "origin_area", "Tamu": "visitors",
            "Thn Data": "period_start"}, "constants": CONSTANTS}  # fmt: skip
GOOD = [["Negara", "Thn Data", "Tamu"], ["Jepang", 2024, 320], ["Australia", 2024, 72]]


@pytest.fixture
def mapped(tmp_path: Path, take: Take) -> Any:
    """Try files of a sender with some mappings: mapped(sheets, mapping, ...)."""

    def go(sheets: dict[str, list[list[Any]]], *mappings: dict[str, Any]) -> Any:
        folder = tmp_path / "partners"
        folder.mkdir(exist_ok=True)
        text = yaml.safe_dump({"name": NAME, "files": list(mappings)}, allow_unicode=True)
        (folder / "mitra.yml").write_text(text, encoding="utf-8")
        path = workbook(tmp_path / "a.xlsx", *sheets.values(), names=list(sheets))
        return only(take(path, sender="mitra", dry_run=True, PENATARAN_PARTNERS_PATH=str(folder)))

    return go


def test_a_dry_run_shows_the_first_rows_with_their_cells(mapped: Any) -> None:
    more = [[f"N{n}", 2024, 9] for n in range(3)]  # not known, so refused
    lines = [["Laos", 2024, 30], ["Brunei", 2024, 45], ["Vietnam", 2024, 9], ["Italia", 2024, 8]]
    unit = {"contract": "indicators", "columns": {"Negara": "area"}, "sheets": ["B"],
            "unpivot": {"columns": r"\d{4}", "into": "period_start", "value": "value"},
            "constants": {"frequency": "A", "indicator": "ekspor", "unit": "USD",
                          "region_code": "TOTAL"}}  # fmt: skip
    cells = {"A": [*GOOD, *more, *lines], "B": [["Negara", 2023, 2024], ["Jepang", 1.5, 2]]}
    beginning = "frequency=A period_start=2024-01-01"
    assert mapped(cells, {**ARRIVALS, "sheets": ["A"]}, unit).first_rows == (
        f"1!A2:C2: {beginning} origin_area=JPN visitors=320",
        f"1!A3:C3: {beginning} origin_area=AUS visitors=72",
        f"1!A7:C7: {beginning} origin_area=LAO visitors=30",
        f"1!A8:C8: {beginning} origin_area=BRN visitors=45",
        f"1!A9:C9: {beginning} origin_area=VNM visitors=9",
        "2!B2: area=JPN frequency=A period_start=2023-01-01 value=1.5 unit=USD",
        "2!C2: area=JPN frequency=A period_start=2024-01-01 value=2 unit=USD",
    )


def test_the_first_rows_are_masked_as_everything_is(mapped: Any) -> None:
    deals = {"contract": "deals", "columns": {
        "Acara": "event_id", "No": "deal_id", "Pembeli": "buyer_ref", "Negara": "buyer_area",
        "HS": "product_code", "Status": "status", "Tanggal": "status_date", "Nilai": "value",
    }, "constants": {"currency": "USD"}}  # fmt: skip
    pupils = {"contract": "exchange_programmes", "columns": {
        "Kode": "programme_id", "Angkatan": "cohort_id", "Putri": "participants_female",
        "Putra": "participants_male", "Judul": "title", "Arah": "direction", "Mulai": "start_date",
        "Negara": "partner_area",
    }}  # fmt: skip
    cells = {
        "A": [[*deals["columns"]],
              ["P-1", "D-1", "DIS-0012", "Jepang", "920600", "kontrak", "2025-08-05", 5]],
        "B": [[*pupils["columns"]],
              ["X-1", "2025", 3, 12, "Pertukaran", "keluar", "2025-07-01", "Jepang"]],
    }  # fmt: skip
    buyer, school = mapped(
        cells, {**deals, "sheets": ["A"]}, {**pupils, "sheets": ["B"]}
    ).first_rows
    assert "DIS-0012" not in buyer
    assert "buyer_ref=••• buyer_area=JPN" in buyer
    assert "value=5 " in buyer
    assert "participants_" not in school
    assert school.endswith("value_status=suppressed")


def test_a_wrong_constant_is_one_line_that_names_it(mapped: Any) -> None:
    mapping = {**ARRIVALS, "constants": {**CONSTANTS, "destination_area": "Indonesai"}}
    found = mapped({"S": GOOD}, mapping)
    ((rows, column, received, text),) = reasons(found)
    assert (rows, column, received) == (
        "2–3", "pemetaan, constants: destination_area", "Indonesai"
    )  # fmt: skip
    assert "indonesia" in text.casefold()
    assert "pemetaan kami" in text


@pytest.mark.parametrize(
    ("title", "received", "expected"),
    [
        ("Tamu hotel", "", "Bagian tahun tidak ditemukan dalam judul"),
        ("Tamu hotel 2020-2023", "2020-2023", "Ini rentang (2020 | 2023)"),
    ],
)
def test_a_title_is_one_line_not_one_for_each_figure(
    mapped: Any, title: str, received: str, expected: str
) -> None:
    mapping = {
        **ARRIVALS, "constants": {**CONSTANTS, "frequency": "M"}, "titles": {"tahun": r"\d{4}"},
        "columns": {"Negara": "origin_area"}, "compose": {"period_start": "{bulan} {tahun}"},
        "unpivot": {"columns": r"(?P<bulan>januari|maret)", "value": "visitors"},
    }  # fmt: skip
    cells = [[title], ["Negara", "Januari", "Maret"], ["Jepang", 40, 120], ["Laos", 45, 130]]
    ((rows, column, was, text),) = reasons(mapped({"S": cells}, mapping))
    assert (rows, column, was or "") == ("3–4", "judul: awal periode", received)
    assert text.startswith(expected)


def test_an_unknown_region_without_similar_ones_lists_none(mapped: Any) -> None:
    mapping = {**ARRIVALS, "columns": {**ARRIVALS["columns"], "Kab": "region_code"},  # type: ignore[dict-item]
               "constants": {k: v for k, v in CONSTANTS.items() if k != "region_code"}}  # fmt: skip
    cells = [[*line, place] for line, place in zip(GOOD, ["Kab", "Xqzwy", "Kab. Blitra"],
                                                   strict=True)]  # fmt: skip
    texts = [text for *_, text in reasons(mapped({"S": cells}, mapping))]
    assert [text.partition(". ")[2][:10] for text in texts] == ["Isi nama k", "Yang mirip"]


def test_a_dry_run_says_why_rows_are_refused(mapped: Any) -> None:
    """A cell, the same cell in several rows, and two rows of one key in two sheets."""
    more = [["Narnia", 2024, 9], ["Narnia", 2023, 9], ["Laos", 2024, "banyak"]]
    cells = {"A": [*GOOD, *more], "B": [["Negara", "Thn Data", "Tamu"], ["Jepang", 2024, 9]]}
    found = mapped(cells, ARRIVALS)
    assert (found.loaded, found.refused) == (1, 5)
    key, country, number, other = found.first_reasons
    same = "awal periode: 2024-01-01, negara asal: JPN"
    assert key.startswith(f"1!2: seluruh baris: {same}: Baris 1!2, 2!2 memakai kunci yang sama ")
    assert country.startswith("1!A4–5: negara asal: Narnia: ")
    assert number.startswith("1!C6: kedatangan: banyak: ")
    assert other.startswith("2!2: seluruh baris: ")
    answer = openpyxl.load_workbook(found.answer)["Alasan"]
    shown = {row[2:4] for row in answer.iter_rows(values_only=True)}
    assert (same, "satu baris untuk setiap kunci") in shown


def test_the_first_reasons_show_no_cell_of_a_file_with_organisations(mapped: Any) -> None:
    deals = {"contract": "deals", "columns": {
        "Acara": "event_id", "No": "deal_id", "Pembeli": "buyer_ref", "Negara": "buyer_area",
        "HS": "product_code", "Status": "status", "Tanggal": "status_date", "Nilai": "value",
    }, "constants": {"currency": "USD"}}  # fmt: skip
    good = ["P-1", "D-1", "DIS-0012", "Jepang", "920600", "kontrak", "2025-08-05", 5]
    bad = ["P-1", "D-2", "DIS-0013", "Jepang", "920600", "kontrak", "kemarin", 5]
    lines = [[*deals["columns"]], good, [*good[:7], 6], bad]
    key, day = mapped({"A": lines}, deals).first_reasons
    assert key.startswith("1!2–3: seluruh baris: •••: ")
    assert day.startswith("1!G4: ")
    assert ": •••: " in day
    assert not {"DIS", "D-1", "kemarin"} & {word for line in (key, day) for word in line.split()}
