"""The annex: typed cells, frozen heads, the mark, and no text that a spreadsheet would obey."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from reports import files, workbook
from reports.declared import figures, pages
from schemas.marks import SIMULATED
from schemas.model import LANGUAGES
from schemas.sheets import CELL_CHARS
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.test_layout import exhibition
from tests.unit.reports.test_paper import Figures, drawn_of, edition, of_filled_tables

pytestmark = pytest.mark.fast


@pytest.fixture(scope="module")
def filled() -> Figures:
    return of_filled_tables()


def annex(drawn: Figures, language: str = "id", *, simulated: bool = True) -> bytes:
    every = [d for found in drawn.values() for d in found]
    return workbook.annex(every, edition(simulated=simulated), language)


def opened(drawn: Figures, language: str = "id", **more: Any) -> Any:
    return openpyxl.load_workbook(BytesIO(annex(drawn, language, **more)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sheet_for_each_figure_and_three_more(filled: Figures, language: str) -> None:
    book = opened(filled, language)
    every = [d for found in filled.values() for d in found]
    contents, *sheets, codes, metadata = book.worksheets
    assert [contents.title, codes.title, metadata.title] == (
        ["Daftar isi", "Kode", "Metadata"]
        if language == "id"
        else ["Contents", "Codes", "Metadata"]
    )
    assert [s["A2"].value for s in sheets] == [d.title.in_language(language) for d in every]
    for number, sheet in enumerate(sheets, 1):
        assert contents.cell(workbook.HEAD_ROW + 1 + number, 1).hyperlink.location == (
            f"'{sheet.title}'!A1")  # fmt: skip
        assert sheet["A3"].hyperlink.location == f"'{contents.title}'!A1"
        assert sheet.freeze_panes == f"A{workbook.HEAD_ROW + 2}"
        assert metadata.cell(workbook.HEAD_ROW + 1 + number, 2).value == every[number - 1].name
    with_rows = {f"fig_{d.name.replace('-', '_')}" for d in every if d.rows}
    assert set(book.defined_names) == with_rows
    assert book.properties.title
    assert book.properties.created.date() == date(2026, 11, 30)


def test_codes_of_the_tables_have_words(filled: Figures) -> None:
    """Lists of the report, and reasons of marts; under the heading of their column."""
    sheet = opened(filled)["Kode"]
    found = {tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=5)}
    assert ("Status", "late", "terlambat") in found
    assert ("RCA", "value_missing", "nilainya tidak diketahui") in found


@pytest.mark.parametrize("simulated", [True, False])
def test_every_sheet_of_simulated_data_has_the_mark(filled: Figures, simulated: bool) -> None:
    for sheet in opened(filled, simulated=simulated).worksheets:
        assert (sheet["A1"].value == SIMULATED) == simulated
        assert (SIMULATED in str(sheet.oddHeader.right.text)) == simulated
    with ZipFile(BytesIO(annex(filled, simulated=simulated))) as parts:
        found = b"".join(map(parts.read, parts.namelist()))
    assert (SIMULATED.encode() in found) == simulated


def test_each_figure_says_its_facts(filled: Figures) -> None:
    every = [d for found in filled.values() for d in found]
    book = opened(filled)
    of_source = [(n, d) for n, d in enumerate(every, 1) if d.facts.sources]
    assert len(of_source) > 10
    for number, drawn in of_source:
        rows = list(book.worksheets[number].iter_rows(min_col=1, max_col=2))
        facts = {row[0].value: row[-1].value for row in rows[len(drawn.rows) :]}
        assert {"Sumber", "Lisensi", "Tanggal pengambilan data"} <= facts.keys(), drawn.name
        assert facts["Dibuat dari"] == ", ".join(drawn.tables)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "=HYPERLINK(1)", "http://x.test", "internal:'Kode'!A1"]
)
def test_a_text_stays_a_text(tables: SmallWarehouse, text: str) -> None:
    exhibition(tables, text)
    sheet = opened(drawn_of(tables, "exhibitions")).worksheets[1]
    cell = sheet.cell(workbook.HEAD_ROW + 2, 1)
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.hyperlink is None


def test_a_text_that_a_cell_cannot_hold_is_cut(tables: SmallWarehouse) -> None:
    exhibition(tables, "x" * (CELL_CHARS + 1))
    exhibition(tables, "a\u202eb\x00c", event_id="P2")
    sheet = opened(drawn_of(tables, "exhibitions")).worksheets[1]
    found = {sheet.cell(workbook.HEAD_ROW + 2 + n, 1).value for n in range(2)}
    assert found == {"x" * (CELL_CHARS - 1) + "…", "a\\u202eb\\x00c"}


def test_the_same_figures_are_the_same_bytes(filled: Figures) -> None:
    assert annex(filled) == annex(filled)


def test_the_workbook_for_the_public_has_figures_of_its_page_as_it_has_them() -> None:
    """Nothing that is kept from the public is in it; the other has each figure whole."""
    every: Any = {
        page.name: {name: [(name, page.name)] for name in page.figure_names}
        for page in pages().values()
    }
    found: Any = files.annexes(every)
    public = pages()["publik"].figure_names
    assert found["lampiran-publik"] == [(name, "publik") for name in public]
    assert all(figures()[name].public for name in public)
    whole = dict(found["lampiran"])
    assert whole.keys() == {n for p in pages().values() for n in p.figure_names}
    alone = {n for n in public if not any(n in every[p] for p in every if p != "publik")}
    assert {n for n, page in whole.items() if page == "publik"} == alone


def test_numbers_keep_as_many_digits_as_a_sheet_holds() -> None:
    assert workbook._rounded(Decimal("23287999999.412852")) == Decimal("23287999999.4129")
    assert workbook._rounded(12) == 12
    assert workbook._rounded(10**17 + 1) == 10**17 + 1  # written as text
