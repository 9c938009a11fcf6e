"""Personal data is known by structure, shape and heading; figures are not taken for it."""

from __future__ import annotations

import pytest

from config.reading import Workbook
from tasks.read.workbook import layout, privacy

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("3505112403090002", True),
        ("3505116403090002", True),  # a woman's day of birth has 40 added
        ("3505112902000001", True),  # 29 February 2000
        ("3505112902010001", False),  # and none in 2001 or 1901
        ("9905112403090002", False),  # no such province
        ("3505113503090002", False),  # day 35
        ("3505112403090000", False),  # no serial number
        ("350511240309000", False),
    ],
)
def test_nik_by_structure(digits: str, expected: bool) -> None:
    assert privacy.is_nik(digits) is expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NIK: 3505 1164 0309 0002", "nik"),
        ("hubungi 0812-3456-7890", "phone"),
        ("+62 812 3456 7890", "phone"),
        ("+81 90-1234-5678", "phone"),
        ("siti@contoh.example", "e_mail"),
        ("paspor C1234567", "passport"),
    ],
)
def test_texts_that_hold_personal_data(text: str, kind: str) -> None:
    assert privacy.text_kind(text) == kind


@pytest.mark.parametrize(
    "text",
    ["450000000", "Rp 1.250.000.000,00", "2025-08-17", "KSD-001", "415/123/2025", "920600",
     "Pameran kendang 2025", "9999999999999999", "0812", "12.500.000.000.000", "H6 2022"],
)  # fmt: skip
def test_figures_and_codes_are_not_taken_for_it(text: str) -> None:
    assert privacy.text_kind(text) is None


@pytest.mark.parametrize(
    ("header", "kind"),
    [("Nama Siswa", "name"), ("氏名", "name"), ("DATE OF BIRTH", "birth_date"), ("No. HP", "phone"),
     ("生年月日", "birth_date"), ("judul", None), ("nama pameran", None), ("jumlah siswa", None)],
)  # fmt: skip
def test_headings_announce_it(header: str, kind: str | None) -> None:
    assert privacy.header_kind(header) == kind


def test_a_note_is_not_a_row_and_a_total_is_not_either() -> None:
    names = {"kode": "code", "nilai": "value"}
    grid = [
        ["Judul besar"],
        ["Kode", "Nilai (Rp)"],
        ["a", 1],
        ["Jumlah", 3],
        ["b", 2],
        ["Catatan: x"],
    ]
    plain = Workbook(headings=names, required=("code",), fields={"code": "text", "value": "number"})
    found = layout.find_layout(grid, plain.model_dump())
    assert found is not None
    assert list(layout.data_rows(grid, found, {})) == [2, 4]


@pytest.mark.parametrize(
    ("index", "text"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_column_letters(index: int, text: str) -> None:
    assert layout.column_letter(index) == text
