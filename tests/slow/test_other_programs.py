"""Workbooks that other programs wrote: LibreOffice's XLSX, XLS, ODS and CSV read as one table."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tasks.read.workbook import preflight
from tasks.read.workbook.grid import Percent
from tasks.read.workbook.opening import sheets_of
from tasks.read.workbook.problem import Problem
from tests.conftest import rows
from tests.workbooks import Take, only, reasons, workbook

pytestmark = pytest.mark.slow
LINES = [
    ["DAFTAR PAMERAN"], [],
    ["No", "event_id", "title", "start_date", "visitors", "cost", "currency"],
    [1, "P-1", "Pameran kendang", date(2025, 8, 1), 12500, 450000000.5, "IDR"],
    [2, "P-2", "展示会", "令和7年4月1日", "1.500.000", "Rp 1,2 juta", "IDR"],
    ["Jumlah", None, None, None, 1512500, None, None],
    ["Catatan: angka sementara"],
]  # fmt: skip
SQL = (
    "SELECT event_id, title, start_date, visitors, CAST(cost AS VARCHAR) "
    "FROM core_promotion__exhibitions ORDER BY 1"
)
EXPECTED = [
    ("P-1", "Pameran kendang", date(2025, 8, 1), 12500, "450000000.5000"),
    ("P-2", "展示会", date(2025, 4, 1), 1500000, "1200000.0000"),
]


def converted(path: Path, kind: str) -> Path:
    """The same table as LibreOffice writes it."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not here: apt-get install libreoffice-calc")
    out = path.parent / "made"
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    command = [office, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    (made,) = out.iterdir()
    return made


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_the_same_table_whatever_wrote_it(
    take: Take, home: Path, tmp_path: Path, kind: str
) -> None:
    found = only(take(converted(workbook(tmp_path / "a.xlsx", LINES), kind)))
    assert (found.status, found.fetched, found.refused) == ("loaded", 2, 0)
    assert [text.split(":")[0] for text in found.said] == [
        "Dibaca sebagai jumlah, tidak dimuat", "Dibaca sebagai catatan, tidak disimpan",
    ]  # fmt: skip
    assert rows(home, SQL) == EXPECTED


def test_csv_as_offices_in_japan_save_it(take: Take, home: Path, tmp_path: Path) -> None:
    """Semicolons and Shift_JIS (64 in LibreOffice's filter): a question, unless declared."""
    made = converted(
        workbook(tmp_path / "a.xlsx", LINES), "csv:Text - txt - csv (StarCalc):59,34,64"
    )
    found = only(take(made))
    assert found.status == "refused"
    assert "UTF-8" in found.said[0]
    folder = tmp_path / "partners"
    folder.mkdir()
    (folder / "kota.yml").write_text(
        "name: {id: Kota, en: City, ja: 市}\nlanguage: ja\n"
        "files: [{contract: exhibitions, encoding: cp932}]\n", encoding="utf-8",
    )  # fmt: skip
    again = only(take(made, sender="kota", PENATARAN_PARTNERS_PATH=str(folder)))
    # LibreOffice writes the date as the machine's locale shows it: read, or asked about.
    assert again.status == "loaded"
    assert again.fetched == 2
    assert ("P-2", "展示会", date(2025, 4, 1)) in [r[:3] for r in rows(home, SQL)]


def test_a_filled_template_saved_by_another_program_loads(
    take: Take, home: Path, tmp_path: Path
) -> None:
    from config import contract as contracts
    from flows.intake import template_lists
    from tasks.answers import template

    contract = contracts.load_all()["exhibitions"]
    template.write_template(tmp_path / "t.xlsx", contract, "ja", template_lists("ja"))
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book.worksheets[0]
    for column in range(2, sheet.max_column + 1):
        sheet.cell(3, column, sheet.cell(2, column).value)
    book.save(tmp_path / "t.xlsx")
    found = only(take(converted(tmp_path / "t.xlsx", "ods"), contract=None))
    assert (found.contract, found.status, found.fetched) == ("exhibitions", "loaded", 1)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_formulas_that_another_program_computed_are_values(
    take: Take, home: Path, tmp_path: Path, kind: str
) -> None:
    """A broken one refuses its row."""
    lines = [["event_id", "title", "visitors"], ["P-1", "x", "=1000+234"], ["P-2", "y", "=1/0"]]
    found = only(take(converted(workbook(tmp_path / "a.xlsx", lines), kind)))
    assert (found.status, found.loaded, found.refused) == ("loaded", 1, 1)
    assert [reason[0] for reason in reasons(found)] == ["3"]
    assert rows(home, "SELECT visitors FROM core_promotion__exhibitions") == [(1234,)]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_formats_and_spans_whatever_wrote_them(tmp_path: Path, kind: str) -> None:
    """Percentages, merged cells and hidden rows; a quoted % is no percentage."""
    path = workbook(tmp_path / "a.xlsx", [["Kelas", "", "TPK"], [1, 0.475, 47.5], [2, 0.5, 3]])
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.merge_cells("A1:B1")
    sheet["B2"].number_format, sheet["C2"].number_format = "0.0%", '0.0"%"'
    sheet.row_dimensions[3].hidden = True
    book.save(path)
    made = converted(path, kind)
    inspected = preflight.inspect(made)
    assert not isinstance(inspected, Problem)
    (found,) = sheets_of(made, inspected=inspected)
    assert found.rows[1][1:] == [0.475, 47.5]
    assert [type(cell) is Percent for cell in found.rows[1]] == [False, True, False]
    assert list(found.merged) == [(0, 0, 0, 1)]
    assert found.hidden_rows == {2}
