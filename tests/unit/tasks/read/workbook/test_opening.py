"""Files as programs write them: their cells, and what only formats, spans and formulas say."""

from __future__ import annotations

import csv
import json
import zipfile
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tasks.read.workbook import cells, convert, number_formats, preflight
from tasks.read.workbook.grid import BROKEN, EITHER, UNCOMPUTED, Percent, Sheet
from tasks.read.workbook.opening import delimiter_of, sheets_of
from tasks.read.workbook.problem import Problem
from tasks.read.workbook.values import Unclear
from tests.workbooks import declared, workbook

pytestmark = pytest.mark.fast
HOTELS = {
    "constants": {"frequency": "A", "period_start": "2024"},
    "columns": {"Kelas": "class_code", "TPK": "room_occupancy_percent", "Tamu": "guests_foreign"},
}  # fmt: skip
HEAD = ["Kelas", "TPK", "Tamu"]


def opened(path: Path, encoding: str | None = None) -> list[Sheet]:
    found = preflight.inspect(path)
    assert not isinstance(found, Problem), found
    return sheets_of(path, encoding, inspected=found)


def grid(tmp_path: Path, raw: bytes, encoding: str | None = None) -> list[list[Any]]:
    (tmp_path / "a.xls").write_bytes(raw)
    return opened(tmp_path / "a.xls", encoding)[0].rows


def hotels(path: Path, folder: Path, **more: Any) -> tuple[dict[str, Any], list[tuple[str, ...]]]:
    """The report on a file of hotels, and its rows: class, rooms, guests, codes of problems."""
    contract = declared("accommodation", **HOTELS | more)
    report = convert.convert_file(path, folder, {"it": contract})
    if not report["readings"]:
        return report, []
    with (folder / "it" / "rows.csv").open(encoding="utf-8", newline="") as file:
        found = [
            (row["class_code"], row["room_occupancy_percent"], row["guests_foreign"],
             *(p["code"] for p in json.loads(row["_problems"] or "[]")))
            for row in csv.DictReader(file)
        ]  # fmt: skip
    return report, found


# --- CSV ----------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [";", "\t", ",", "|"])
def test_a_delimiter_is_seen_through_titles_and_decimal_commas(delimiter: str) -> None:
    lines = [["Ekspor, impor, dan lain-lain"], ["Negara", "Tahun", "Nilai"]]
    lines += [[f"Korea{',' if delimiter != ',' else ''} Rep.", "2024", "1.5"] for _ in range(3)]
    text = "\n".join(delimiter.join(line) for line in lines)
    assert delimiter_of(text) == delimiter


def test_decimal_commas_are_no_delimiters() -> None:
    assert delimiter_of("a;b\n1,5;2,5\n3,5;4,5\n") == ";"
    assert delimiter_of("satu kolom\n1\n2\n") in ";\t,|"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_lines_end_in_four_ways(tmp_path: Path, end: str) -> None:
    raw = end.join(["a,b", "1,x", '2,"y z"', ""]).encode()
    assert grid(tmp_path, raw) == [["a", "b"], ["1", "x"], ["2", "y z"]]


def test_a_cell_may_have_lines(tmp_path: Path) -> None:
    raw = b'a,b\r\n"Negara\r\nasal",1\r\n'
    assert grid(tmp_path, raw) == [["a", "b"], ["Negara\nasal", "1"]]


@pytest.mark.parametrize(
    ("encoding", "declaration"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("cp932", "cp932"),
     ("utf-8", "cp932"), ("utf-8-sig", "cp932"), ("utf-16", "cp932"), ("euc-jp", "euc-jp")],
)  # fmt: skip
def test_letters_are_decoded_by_mark_or_declaration(
    tmp_path: Path, encoding: str, declaration: str | None
) -> None:
    raw = "国籍,人数\n韓国,7\n".encode(encoding)
    assert grid(tmp_path, raw, declaration) == [["国籍", "人数"], ["韓国", "7"]]


def test_a_quotation_mark_that_is_not_closed_is_asked_back(tmp_path: Path) -> None:
    """It would hide all rows below it, in a column that nobody reads without a word."""
    for end in ("", "\n", "\r\n"):
        raw = f'a,b,c\n"x\ny",1,ok\n\nz,2,"note\nv,3,ok{end}'.encode()
        with pytest.raises(Unclear) as caught:
            grid(tmp_path, raw)
        assert (caught.value.code, caught.value.readings) == ("open_quotation", ("5",))
        between = f'a,b\n1,"note\n2,x\n3,"y"{end}'.encode()
        with pytest.raises(Unclear) as caught:
            grid(tmp_path, between)
        assert (caught.value.code, caught.value.readings) == ("open_quotation", ("2",))
        whole = f'a,"b\n""c"""{end}'.encode()
        assert grid(tmp_path, whole) == [["a", 'b\n"c"']]
        assert grid(tmp_path, f'a,12" pipe,"c ""x"""{end}'.encode()) == [["a", '12" pipe', 'c "x"']]


@pytest.mark.parametrize(
    ("raw", "facts"),
    [("Côte,1\n".encode("cp1252"), ("utf-8", "1")), (b"a,\x00b\n", ("utf-8", "2"))],
)
def test_letters_of_an_unknown_encoding_are_asked_back(
    tmp_path: Path, raw: bytes, facts: tuple[str, ...]
) -> None:
    with pytest.raises(Unclear) as caught:
        grid(tmp_path, raw)
    assert (caught.value.code, caught.value.readings) == ("undecodable", facts)


# --- web pages and Excel's XML that are named .xls ---------------------------------------


def test_a_web_page_is_read_with_its_spans(tmp_path: Path) -> None:
    page = """<html><head><meta charset="utf-8"></head><body><p>Judul</p>
        <table><tr><th rowspan=2>Kelas</th><th colspan="2">2024</th></tr>
        <tr><th>TPK</th><th>Tamu&nbsp;Asing</th></tr>
        <tr><td>Bintang&nbsp;1</td><td>40,5</td><td>1 200</td></tr></table></body></html>"""
    (tmp_path / "a.xls").write_text(page, encoding="utf-8")
    (sheet,) = opened(tmp_path / "a.xls")
    assert [list(row) for row in sheet.rows] == [
        ["Kelas", "2024", ""], ["", "TPK", "Tamu Asing"], ["Bintang 1", "40,5", "1 200"],
    ]  # fmt: skip
    assert sorted(sheet.merged) == [(0, 0, 1, 0), (0, 1, 0, 2)]


def test_each_table_of_a_page_is_a_sheet(tmp_path: Path) -> None:
    raw = b"<table><tr><td>a</td></tr></table><table></table><table><tr><td>b</td></tr></table>"
    (tmp_path / "a.xls").write_bytes(raw)
    assert [(s.number, s.rows) for s in opened(tmp_path / "a.xls")] == [(1, [["a"]]), (2, [["b"]])]


def test_a_page_says_its_encoding(tmp_path: Path) -> None:
    page = '<html><meta content="text/html; charset=windows-1252"><table><tr><td>Côte</td></tr>'
    assert grid(tmp_path, page.encode("cp1252")) == [["Côte"]]


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"<html><body>Login</body></html>", "other_file"),
     (b"<table><tr>" + b"<td colspan=1000>a</td>" * 17 + b"</tr></table>", "span"),
     (b'<?xml version="1.0"?><data/>', "other_file"),
     (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>'
      b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "doctype"),
     (b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><a></Workbook>',
      "not_a_workbook")],
)  # fmt: skip
def test_other_markup_is_refused_by_name(tmp_path: Path, raw: bytes, code: str) -> None:
    with pytest.raises(Unclear) as caught:
        grid(tmp_path, raw)
    assert caught.value.code == code


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="p"><NumberFormat ss:Format="Percent"/></Style>
<Style ss:ID="q"><NumberFormat ss:Format="0.0%"/></Style>
<Style ss:ID="r"><NumberFormat ss:Format="0.0\\%"/></Style></Styles>
<Worksheet ss:Name="Data"><Table>
<Row><Cell ss:MergeAcross="1" ss:MergeDown="1"><Data ss:Type="String">Judul</Data></Cell></Row>
<Row ss:Index="3"><Cell ss:StyleID="p"><Data ss:Type="Number">0.475</Data></Cell>
<Cell ss:StyleID="q"><Data ss:Type="Number">0.5</Data></Cell>
<Cell ss:StyleID="r"><Data ss:Type="Number">47.5</Data></Cell>
<Cell ss:Index="5"><Data ss:Type="DateTime">2024-04-01T00:00:00.000</Data></Cell>
<Cell><Data ss:Type="Boolean">1</Data></Cell><Cell/></Row></Table></Worksheet>
<Worksheet ss:Name="Lain"><Table/><x:WorksheetOptions><x:Visible>SheetHidden</x:Visible>
</x:WorksheetOptions></Worksheet></Workbook>"""


def test_xml_of_2003_is_read_as_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_text(XML, encoding="utf-8")
    data, hidden = opened(tmp_path / "a.xls")
    assert (data.visible, hidden.visible) == (True, False)
    assert data.merged == [(0, 0, 1, 1)]
    assert data.rows[0] == ["Judul", ""]
    assert data.rows[1] == []
    assert data.rows[2] == [0.475, 0.5, 47.5, "", datetime(2024, 4, 1), True, ""]
    assert [type(c) is Percent for c in data.rows[2][:3]] == [True, True, False]


# --- workbooks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "is_percent"),
    [("0%", True), ("0.00%", True), ("#,##0.0 %", True), ("[Red]0.0%;-0.0%", True),
     ("0.0\\%", False), ('0.0"%"', False), ('0.0" %"', False), ("0.0", False), ("General", False)],
)  # fmt: skip
def test_a_percentage_is_what_its_cell_shows(tmp_path: Path, form: str, is_percent: bool) -> None:
    value, other = (0.475, 0.452) if is_percent else (47.5, 45.2)
    book = openpyxl.Workbook()
    for line in (HEAD, ["Bintang 1", value, 120], ["Bintang 2", other, 300]):
        book.active.append(line)
    for row in (2, 3):
        book.active.cell(row, 2).number_format = form
    book.save(tmp_path / "a.xlsx")
    _, rows = hotels(tmp_path / "a.xlsx", tmp_path)
    assert rows == [("Bintang 1", "47.5", "120"), ("Bintang 2", "45.2", "300")]


def rewritten(path: Path, part: str, old: str, new: str) -> None:
    """Change one part of an XLSX, as its program would have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in parts.items():
            archive.writestr(name, raw)


FORMULAS = [
    ("<c r=\"C2\" t=\"e\"><f>A9/0</f><v>#REF!</v></c>", BROKEN, "formula_error"),
    ("<c r=\"C2\" t=\"e\"><v>#N/A</v></c>", BROKEN, "formula_error"),
    ("<c r=\"C2\"><f>SUM(A1:A2)</f><v></v></c>", UNCOMPUTED, "formula_pending"),
    ("<c r=\"C2\"><f>SUM(A1:A2)</f></c>", UNCOMPUTED, "formula_pending"),
    ("<c r=\"C2\" t=\"str\"><f>IF(A1=1,1,&quot;&quot;)</f><v></v></c>", "", ""),
]  # fmt: skip
SHEET = "xl/worksheets/sheet{}.xml"
CELL = '<c r="C2" t="n"><v>120</v></c>'


@pytest.mark.parametrize(("xml", "mark", "code"), FORMULAS)
def test_a_formula_without_a_value_refuses_its_row(
    tmp_path: Path, xml: str, mark: str, code: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["Bintang 1", 40.5, 120], ["Bintang 2", 45, 300]])
    rewritten(path, SHEET.format(1), CELL, xml)
    assert opened(path)[0].rows[1][2] == mark
    _, rows = hotels(path, tmp_path)
    first = ("Bintang 1", "40.5", "", code) if code else ("Bintang 1", "40.5", "")
    assert rows == [first, ("Bintang 2", "45", "300")]


@pytest.mark.parametrize("xml", [xml for xml, *_ in FORMULAS])
def test_a_broken_formula_where_nobody_reads_is_no_matter(tmp_path: Path, xml: str) -> None:
    """On another sheet, and in a column that is left out."""
    lines: list[list[Any]] = [HEAD, ["Bintang 1", 40.5, 120]]
    path = workbook(tmp_path / "a.xlsx", lines, [["x", "y", "z"], ["1", 2, 120]])
    rewritten(path, SHEET.format(2), CELL, xml)
    _, rows = hotels(path, tmp_path)
    assert rows == [("Bintang 1", "40.5", "120")]
    path = workbook(tmp_path / "b.xlsx", [["Kelas", "Tamu", "Ket"], ["Bintang 1", 7, 120]])
    rewritten(path, SHEET.format(1), CELL, xml)
    columns = {"Kelas": "class_code", "Tamu": "guests_foreign", "Ket": None}
    _, rows = hotels(path, tmp_path, columns=columns)
    assert rows == [("Bintang 1", "", "7")]


def test_hidden_rows_are_read_and_said_and_hidden_sheets_only_said(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(
        workbook(tmp_path / "a.xlsx", [HEAD, ["Bintang 1", 40, 1], ["Bintang 2", 50, 2]],
                 [HEAD, ["Bintang 3", 60, 3]])
    )  # fmt: skip
    book.worksheets[0].row_dimensions[3].hidden = True
    book.worksheets[1].sheet_state = "hidden"
    book.save(tmp_path / "b.xlsx")
    report, rows = hotels(tmp_path / "b.xlsx", tmp_path)
    assert [row[0] for row in rows] == ["Bintang 1", "Bintang 2"]
    assert report["hidden"] == [2]
    assert report["readings"][0]["sheets"][0]["hidden_rows"] == [2]


def test_a_table_may_be_as_wide_as_excel_allows(tmp_path: Path) -> None:
    """Two rows of 16,384 cells are read; one cell in the last corner is not opened."""
    width = preflight.MAX_COLUMNS
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Kelas", *(f"Hotel {n}" for n in range(1, width))])
    sheet.append(["Tamu", *range(1, width)])
    book.save(path)
    assert [len(row) for row in opened(path)[0].rows] == [width, width]


@pytest.mark.parametrize("place", ["XFD400", "A300001", "ZZ20000", "XFE1"])
def test_a_lone_cell_far_away_is_refused(tmp_path: Path, place: str) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEAD, ["Bintang 1", 40.5, 120]])
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    far = f'<row r="{row}"><c r="{place}" t="n"><v>1</v></c></row></sheetData>'
    rewritten(path, SHEET.format(1), "</sheetData>", far)
    found = preflight.inspect(path)
    assert isinstance(found, Problem)
    assert found.code == "span"


ODS = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="A">
<table:table-row><table:table-cell office:value-type="string" table:number-columns-spanned="2">
<text:p>Judul</text:p></table:table-cell><table:covered-table-cell/></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
<table:table-row table:visibility="filter"><table:table-cell office:value-type="percentage"
 office:value="0.475">
<text:p>47,5%</text:p></table:table-cell>
<table:table-cell office:value-type="float" office:value="47.5"><text:p>47,5</text:p>
</table:table-cell><table:table-cell table:formula="of:=1/0" office:value-type="string"
 office:string-value=""><text:p>#DIV/0!</text:p></table:table-cell></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def test_formats_spans_hidden_rows_and_broken_formulas_of_ods_are_known(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS.replace(">\n", ">").replace("\n", " "))
    (sheet,) = opened(tmp_path / "a.ods")
    assert sheet.rows[3] == [0.475, 47.5, BROKEN]
    assert [type(c) is Percent for c in sheet.rows[3]] == [True, False, False]
    assert list(sheet.merged) == [(0, 0, 0, 1)]
    assert sheet.hidden_rows == {3}


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_percentages_of_other_workbooks_are_what_their_cells_show(
    tmp_path: Path, kind: str
) -> None:
    """LibreOffice wrote them: 0.00%, [Red]0.0%;-0.0%, 0.0"%" and 0%."""
    _, rows = hotels(Path(__file__).parent / "specimens" / f"hotels.{kind}", tmp_path)
    assert rows == [
        ("Bintang 1", "47.5", "120"), ("Bintang 2", "45.2", "300"), ("Bintang 3", "47.5", "80"),
        ("Bintang 4", "100", "90"),
    ]  # fmt: skip


STYLED = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:automatic-styles><number:percentage-style style:name="N1"/>
<number:number-style style:name="N2"/><number:percentage-style style:name="N3">
<style:map style:condition="value()&gt;=0" style:apply-style-name="N2"/></number:percentage-style>
<style:style style:name="share" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="plain" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="signed" style:family="table-cell" style:data-style-name="N3"/>
<style:style style:name="red" style:family="table-cell" style:parent-style-name="bold"/>
<style:style style:name="bold" style:family="table-cell" style:parent-style-name="share"/>
</office:automatic-styles>
<office:body><office:spreadsheet><table:table table:name="A">
<table:table-column/><table:table-column table:default-cell-style-name="share"/>
<table:table-column table:number-columns-repeated="2"/>{rows}</table:table></office:spreadsheet>
</office:body></office:document-content>"""
NUMBER = '<table:table-cell{} office:value-type="float" office:value="0.5"/>'


@pytest.mark.parametrize(
    ("row", "styles", "shown"),
    [
        ("", ["share", "plain", "red", "negative"], [[True, False, True, True]]),
        ("", ["share", "plain", "red", "signed"], [[True, False, True, False]]),
        ("", ["plain", "", "", ""], [[False, True, False, False]]),  # as its column
        (' table:default-cell-style-name="share"', ["", "plain", "", ""],
         [[True, False, True, True]]),
        (' table:number-rows-repeated="3"', ["share", "", "", ""],
         [[True, True, False, False]] * 3),
    ],
)  # fmt: skip
def test_a_percentage_of_ods_is_known_by_the_style_of_its_cell(
    tmp_path: Path, row: str, styles: list[str], shown: list[list[bool]]
) -> None:
    cells = [NUMBER.format(f' table:style-name="{name}"' if name else "") for name in styles]
    cells = [
        c.replace("negative", "signed").replace("0.5", "-0.5") if "negative" in c else c
        for c in cells
    ]
    rows = f"<table:table-row{row}>{''.join(cells)}</table:table-row>"
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        text = STYLED.format(rows=rows).replace(">\n", ">").replace("\n", " ")
        archive.writestr("content.xml", text)
    (sheet,) = opened(tmp_path / "a.ods")
    assert [[type(c) is Percent for c in line] for line in sheet.rows] == shown


def test_a_binary_workbook_is_refused_since_its_formats_are_not_known(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    assert preflight.refusal(tmp_path / "a.xlsx") == Problem("other_file", facts=("XLSB",))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<c r="B2" s="1"', '<c s="1" r="B2"'),
        ('<c r="B2" s="1"', '<c  r="B2"  s="1"'),
        ('<c r="B2" s="1"', '<c r="B2" cm="0" s="1"'),
        ('<c r="B2" s="1"', "<c r='B2' s='1'"),
        ('<c r="B2" s="1"', '<c s="1"'),
    ],
)
def test_a_percentage_is_known_however_its_cell_is_written(
    tmp_path: Path, old: str, new: str
) -> None:
    book = openpyxl.Workbook()
    for line in (HEAD, ["Bintang 1", 0.475, 120], ["Bintang 2", 0.452, 300]):
        book.active.append(line)
    for row in (2, 3):
        book.active.cell(row, 2).number_format = "0.0%"
    path = tmp_path / "a.xlsx"
    book.save(path)
    for cell in ("B2", "B3"):
        rewritten(path, "xl/worksheets/sheet1.xml", old.replace("B2", cell),
                  new.replace("B2", cell))  # fmt: skip
    _, rows = hotels(path, tmp_path)
    assert [row[1] for row in rows] == ["47.5", "45.2"]


@pytest.mark.parametrize(("code", "scaled"), [
    ("0%", True), ("0.00%;-0.00%", True), ('0.0"%"', False), (r"0.0\%", False),
    ("#,##0.0_%", False), ("0.0*%", False), ("#,##0;0%", False), ("General", False),
])  # fmt: skip
def test_a_format_scales_by_a_percent_sign_of_its_own(code: str, scaled: bool) -> None:
    assert number_formats.scales(code, 0.475) is scaled


@pytest.mark.parametrize(("code", "number", "scaled"), [
    ("[>1000]0.0%;0", 0.475, False), ("[>1000]0.0%;0", 2000.0, True),
    ("[<1]0%;0.0", 0.475, True), ("[<1]0%;0.0", 47.5, False), ("[<=1]0%;0.0", 1.0, True),
    ("[Red][<0.5]0%;[Blue]0.0", 0.475, True), ("[Red]0%;[Blue]-0%", -0.5, True),
    ("0%;0", -0.5, False), ("0%;-0%;0", 0.5, True), ("0%;-0%;\"-\"", 0.0, True),
    ("[=0]0;[<1]0%;0.0", 0.475, True), ("[=0]0;[<1]0%;0.0", 47.5, False),
    ("[<0.05]\"<5%\";0%", 0.01, True), ("0%;;", -0.5, True), ("[>=1]0;0%", 0.475, True),
    # Programs differ in which section of these counts, or show nothing.
    ("[>1]0;0%;0", 0.475, None), ("[>1]0;0%;0", -0.475, True), ("[>1]0%;0%;0%", 0.5, True),
    ("[>1]0%", 0.5, True), ("[>1]0;[<0]0%", 0.5, None), ("0;[<1]0%", 0.5, None),
])  # fmt: skip
def test_a_format_by_condition_scales_the_numbers_that_it_holds_for(
    code: str, number: float, scaled: bool | None
) -> None:
    assert number_formats.scales(code, number) is scaled


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_format_by_condition_is_resolved_for_each_cell(tmp_path: Path, kind: str) -> None:
    """Below one a share, shown as a percentage; from one on a number of percents."""
    path = tmp_path / f"a.{kind}"
    forms = ("[<=1]0.0%;0.0", "[>1]0.0;[<0]0.0;0.0%", "[>1]0;0.0%;0")
    values = (0.475, 45.2, 0.385, 47.1, 0.5)
    codes = (forms[0], forms[0], forms[1], forms[1], forms[2])
    if kind == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(HEAD)
        for n, (value, code) in enumerate(zip(values, codes, strict=True), start=2):
            book.active.append([f"Bintang {n}", value, 100 + n])
            book.active.cell(n, 2).number_format = code
        book.save(path)
    else:
        page = "".join(
            f'<ss:Style ss:ID="s{n}"><ss:NumberFormat ss:Format="{escape(code)}"/></ss:Style>'
            for n, code in enumerate(codes)
        )
        rows = "".join(
            f'<ss:Row><ss:Cell><ss:Data ss:Type="String">Bintang {n}</ss:Data></ss:Cell>'
            f'<ss:Cell ss:StyleID="s{n}"><ss:Data ss:Type="Number">{value}</ss:Data></ss:Cell>'
            f'<ss:Cell><ss:Data ss:Type="Number">{100 + n}</ss:Data></ss:Cell></ss:Row>'
            for n, value in enumerate(values)
        )
        head = "".join(f'<ss:Cell><ss:Data ss:Type="String">{h}</ss:Data></ss:Cell>' for h in HEAD)
        path.write_text(
            '<?xml version="1.0"?><ss:Workbook'
            ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
            f'<ss:Styles>{page}</ss:Styles><ss:Worksheet ss:Name="A"><ss:Table>'
            f"<ss:Row>{head}</ss:Row>{rows}</ss:Table></ss:Worksheet></ss:Workbook>",
            encoding="utf-8",
        )
    _, found = hotels(path, tmp_path)
    assert [row[1] for row in found] == ["47.5", "45.2", "38.5", "47.1", ""]
    assert [row[3:] for row in found] == [(), (), (), (), ("share_or_percent",)]
    (again,) = cells.read_cells((tmp_path / "it" / "cells").read_bytes())
    assert again.rows[5][1] == f"0.5{EITHER}"


def test_a_raised_digit_of_a_page_is_no_part_of_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text("<div><table><tr><td>a</td><td>10<sup>1</sup></td></tr></table></div>",
                    encoding="utf-8")  # fmt: skip
    assert sheets_of(path)[0].rows == [["a", "10¹"]]


def test_a_raised_digit_of_a_workbook_is_no_part_of_its_number(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        up = book.add_format({"font_script": 1})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, ["Bintang 1", 40.5])
        sheet.write_rich_string(1, 2, "1250", up, "1")
    _, rows = hotels(tmp_path / "a.xlsx", tmp_path)
    assert rows == [("Bintang 1", "40.5", "", "marked_number")]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        (b'<c r="AA1"><v>1</v>', preflight.TWO_CAPITALS),
        (b'<row r="300000" spans="1:2">', preflight.SIX_DIGITS),
        (b'<c r="B2" s="1" t="e"><v>#REF!</v>', preflight.ERROR_SHAPE),
        (b'<row r="2" hidden="1">', preflight.HIDDEN_SHAPE),
    ],
)
def test_the_quick_first_look_at_a_sheet_sees_what_is_looked_for(text: bytes, shape: bytes) -> None:
    ordinary = (
        b'<row r="2" ht="15"><c r="A2" t="inlineStr"><is><t>IDR</t></is></c><c r="B2" t="s">'
        b'<v>123456</v></c><c r="C2" s="12"><v>0.5</v></c></row>'
    )
    shapes = {t: t.translate(preflight.SHAPES, preflight.OTHERS) for t in (ordinary, text)}
    assert (shape in shapes[text], shape in shapes[ordinary]) == (True, False)
