"""What a sender reads of a whole file: what its mapping looked for, and what did not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.contract import load_all
from tasks.answers.words_of_file import left_out, why_not
from tasks.read.workbook.convert import convert_file
from tests.workbooks import Cells, declared, workbook

pytestmark = pytest.mark.fast
CONSTANTS = {"frequency": "A", "destination_area": "IDN", "concept": "visit",
             "region_code": "TOTAL"}  # fmt: skip
COLUMNS = {"Negara": "origin_area", "Tamu": "visitors", "Thn Data": "period_start"}
GOOD = [["Negara", "Thn Data", "Tamu"], ["Jepang", 2024, 320], ["Australia", 2024, 72]]


def arrivals(**more: Any) -> dict[str, Any]:
    return declared("arrivals", **{"columns": COLUMNS, "constants": CONSTANTS, **more})


def report(folder: Path, cells: Cells, *contracts: dict[str, Any]) -> dict[str, Any]:
    known = {f"m{n}": contract for n, contract in enumerate(contracts)}
    return convert_file(workbook(folder / "a.xlsx", cells), folder / "cells", known)


def said(folder: Path, cells: Cells, *contracts: dict[str, Any]) -> list[str]:
    """Why a file is not taken in."""
    return why_not(report(folder, cells, *contracts), load_all()["arrivals"], "id")


def test_an_unknown_column_names_the_headings_that_are_missing(tmp_path: Path) -> None:
    cells = [["Asal", "Catatan", "Thn Data", "Tamu"], ["Jepang", "x", 2024, 320]]
    assert said(tmp_path, cells, arrivals()) == [
        "Kolom A, B tidak dikenal. Judul yang dicari tetapi tidak ada: Negara.",
        "Kolom yang wajib tidak ada: Negara.",
    ]


def test_an_unknown_column_beside_all_that_are_declared(tmp_path: Path) -> None:
    (text,) = said(tmp_path, [[*line, "x"] for line in GOOD], arrivals())
    assert text.startswith("Kolom D tidak dikenal; semua kolom yang terdaftar sudah ada.")


def test_an_unknown_column_of_a_template_speaks_of_the_template(tmp_path: Path) -> None:
    template = declared("exhibitions")
    cells = [["event_id", "judul", "mulai", "Sponsor"], ["P-1", "Kopi", "2025-08-01", "x"]]
    found = why_not(report(tmp_path, cells, template), load_all()["exhibitions"], "id")
    assert found == ["Kolom D tidak ada dalam templat. Hapus, atau pakai judul kolom dari templat."]


def test_a_pattern_that_fits_no_heading_is_named(tmp_path: Path) -> None:
    unpivot = {"columns": r"tahun \d{4}", "into": "period_start", "value": "visitors"}
    contract = arrivals(columns={"Negara": "origin_area"}, unpivot=unpivot, header_rows=[1])
    texts = said(tmp_path, [["Negara", "2024"], ["Jepang", 320]], contract)
    assert texts[1:] == [
        r"Tidak ada kolom yang judulnya cocok dengan pola tahun \d{4} (unpivot)."
    ]  # fmt: skip


def test_headings_that_are_not_found_are_named(tmp_path: Path) -> None:
    cells = [["a", "b"], ["c", 1]]
    assert said(tmp_path, cells, arrivals()) == [
        "Judul kolom tidak ditemukan di lembar 1. Yang dicari: Negara, Tamu, Thn Data."
    ]
    assert said(tmp_path, cells, arrivals(), arrivals()) == [
        "Judul kolom tidak ditemukan. Yang dicari: Negara, Tamu, Thn Data."
    ]


HOTEL: dict[str, Any] = {
    "constants": {"frequency": "A"}, "sheets": ["S1"],
    "columns": {"Kelas": "class_code", "Thn": "period_start", "Kamar": "guests_foreign"},
}  # fmt: skip


def test_a_mapping_that_misfits_its_sheet_beside_another_is_said(tmp_path: Path) -> None:
    hotel = declared("accommodation", **HOTEL)
    found = report(tmp_path, GOOD, arrivals(sheets=["S1"]), hotel)
    assert found["problems"] == []
    assert left_out(found, "id") == (
        "Lembar 1: Pemetaan yang menyebut lembar ini tetapi tidak cocok dengannya: m1.",
    )


def test_mappings_that_share_a_sheet_by_what_they_drop_are_no_misfits(tmp_path: Path) -> None:
    cells = [["Negara", "Tahun 2024"], ["", "month"], ["Jepang", 320]]
    contracts = [
        arrivals(
            columns={"Negara": "origin_area"}, sheets=["S1"], header_rows=[1], first_row=3,
            drop={"every": f"(?!{every}$).*"},
            unpivot={"columns": r"tahun \d{4}", "into": "period_start", "value": "visitors",
                     "rows": {"every": 2}},
        )
        for every in ("month", "quarter")
    ]  # fmt: skip
    found = report(tmp_path, cells, *contracts)
    assert (found["problems"], left_out(found, "id")) == ([], ())
