"""The template that a partner fills in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from xlsxwriter.utility import xl_col_to_name

from config import contract as contracts
from tasks.answers.template import write_lists, write_template
from tasks.read.workbook import privacy
from tasks.read.workbook.layout import column_letter

pytestmark = pytest.mark.fast


class Sheet:
    """Cells by their place, as xlsxwriter is asked to write them."""

    def __init__(self) -> None:
        self.cells: dict[str, str] = {}

    def write_string(self, row: int, column: int, text: str) -> None:
        self.cells[f"{xl_col_to_name(column)}{row + 1}"] = text


def test_each_of_thirty_lists_has_the_range_of_its_own_column() -> None:
    sheet: Any = Sheet()
    ranges = write_lists(sheet, "Kode", {f"list {n}": [f"a{n}", f"b{n}"] for n in range(30)})
    assert ranges["list 0"] == "='Kode'!$A$2:$A$3"
    assert ranges["list 25"] == "='Kode'!$Z$2:$Z$3"
    assert ranges["list 26"] == "='Kode'!$AA$2:$AA$3"
    assert (sheet.cells["AA1"], sheet.cells["AA3"]) == ("list 26", "b26")
    assert ranges["list 29"] == "='Kode'!$AD$2:$AD$3"


def test_column_letters_are_those_of_the_workbook() -> None:
    assert all(column_letter(n) == xl_col_to_name(n) for n in range(800))


@pytest.mark.parametrize("language", ["id", "en", "ja"])
def test_no_word_of_a_template_announces_a_person(tmp_path: Path, language: str) -> None:
    for code, contract in contracts.load_all().items():
        write_template(tmp_path / "t.xlsx", contract, language, {"area": [], "currency": []})
        for sheet in openpyxl.load_workbook(tmp_path / "t.xlsx"):
            for column in sheet.iter_cols(values_only=True):
                cells = {cell for cell in column if cell is not None}
                found = {cell: privacy.column_kind(cell, cells) for cell in cells}
                assert not any(found.values()), (code, sheet.title, found)
                assert not privacy.kinds_in(cells), (code, sheet.title)
