"""Faults of partners' files by their number in the catalogue, each as CSV and as XLSX."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.conftest import rows
from tests.workbooks import Cells, Take, everything_under, only, reasons, text_file, workbook

pytestmark = pytest.mark.slow  # a hundred intakes; `make test` has the intake's own tests
EXPORTS = ["frekuensi", "periode", "negara", "kode hs", "nilai", "mata uang"]
GOOD = ["tahunan", "2024", "Jepang", "920600", 5, "IDR"]
EXHIBITIONS = ["event_id", "title", "start_date", "visitors"]
SHOWN = ["P-1", "Pameran", "2025-08-01", 7]
EXPORTED = "SELECT partner_area, product_code, value FROM core_trade__local_exports ORDER BY 1"
HELD = "SELECT title, start_date, visitors FROM core_promotion__exhibitions ORDER BY event_id"

Make = Callable[[Cells], Path]


@pytest.fixture(params=["csv", "xlsx"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    def go(cells: Cells) -> Path:
        path = tmp_path / f"a.{request.param}"
        return text_file(path, cells) if request.param == "csv" else workbook(path, cells)

    return go


def changed(good: list[Any], **cells: Any) -> list[Any]:
    return [cells.get(f"c{n}", value) for n, value in enumerate(good)]


@pytest.fixture
def exports(take: Take, make: Make) -> Callable[..., Any]:
    """Take in one row of exports with some cells changed: exports(c2="NA")."""

    def go(*, dry_run: bool = False, **cells: Any) -> Any:
        path = make([EXPORTS, changed(GOOD, **cells)])
        return only(take(path, contract="local_exports", dry_run=dry_run))

    return go


@pytest.fixture
def exhibition(take: Take, make: Make) -> Callable[..., Any]:
    def go(*, dry_run: bool = False, **cells: Any) -> Any:
        return only(take(make([EXHIBITIONS, changed(SHOWN, **cells)]), dry_run=dry_run))

    return go


def test_d01_na_is_namibia_and_none_is_a_title(
    exports: Callable[..., Any], exhibition: Callable[..., Any], home: Path
) -> None:
    assert exports(c2="NA").loaded == 1
    assert rows(home, "SELECT partner_area FROM core_trade__local_exports") == [("NAM",)]
    for title in ("None", "null", "NaN"):
        assert exhibition(c1=title).loaded == 1
        assert rows(home, "SELECT title FROM core_promotion__exhibitions") == [(title,)]


def test_d02_a_code_that_lost_its_zero_is_refused_with_the_hint(
    exports: Callable[..., Any],
) -> None:
    found = exports(dry_run=True, c3=90111)
    assert found.refused == 1
    ((_, column, came, mend),) = reasons(found)
    assert (column[:2], came) == ("D:", "90111")
    assert "nol di depan" in mend


def test_d03_a_long_number_is_already_rounded(take: Take, home: Path, tmp_path: Path) -> None:
    line = changed(SHOWN, c0=12345678901234567)
    found = only(take(workbook(tmp_path / "a.xlsx", [EXHIBITIONS, line])))
    assert found.refused == 1
    assert "dibulatkan" in reasons(found)[0][3]
    text = changed(SHOWN, c0="12345678901234567")  # as text it lost nothing
    assert only(take(text_file(tmp_path / "a.csv", [EXHIBITIONS, text]))).loaded == 1


@pytest.mark.parametrize("text", ["01/03/2025", "1-3-2025", "45870", "2025-13-01", "30/02/2025"])
def test_d04_dates_are_never_guessed(exhibition: Callable[..., Any], text: str) -> None:
    found = exhibition(dry_run=True, c2=text)
    assert found.refused == 1
    assert reasons(found)[0][2] == text


def test_d04_serials_of_both_epochs(take: Take, home: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    for line in (EXHIBITIONS, changed(SHOWN, c2=datetime(2025, 8, 1))):
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    assert only(take(tmp_path / "a.xlsx")).loaded == 1
    assert rows(home, HELD) == [("Pameran", date(2025, 8, 1), 7)]
    bare = workbook(tmp_path / "b.xlsx", [EXHIBITIONS, changed(SHOWN, c2=45870)])
    assert only(take(bare)).refused == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.5600"), ("Rp 1.250.000,-", "1250000.0000"), ("1,2 juta", "1200000.0000"),
        ("Rp 3 miliar", "3000000000.0000"), ("１２３", "123.0000"), ("3百万", "3000000.0000"),
    ],
)  # fmt: skip
def test_d05_numbers_as_people_write_them(
    exports: Callable[..., Any], home: Path, text: str, value: str
) -> None:
    assert exports(c4=text).loaded == 1
    assert [str(v) for _, _, v in rows(home, EXPORTED)] == [value]


@pytest.mark.parametrize("text", ["(5)", "-5", "1.234", "5 M", "NaN", "Infinity", "1e400", "12 x"])
def test_d05_d06_what_is_no_value_is_refused(exports: Callable[..., Any], text: str) -> None:
    assert exports(dry_run=True, c4=text).refused == 1


@pytest.mark.parametrize("place", ["c1", "c2", "c3"])
def test_d06_no_part_of_a_key_may_be_empty(exports: Callable[..., Any], place: str) -> None:
    assert exports(dry_run=True, **{place: ""}).refused == 1


def test_d06_two_rows_of_one_key(take: Take, make: Make, home: Path) -> None:
    same = only(take(make([EXPORTS, GOOD, GOOD]), contract="local_exports"))
    assert (same.loaded, same.refused) == (2, 0)
    assert len(rows(home, EXPORTED)) == 1
    other = only(take(make([EXPORTS, GOOD, changed(GOOD, c4=6)]), contract="local_exports"))
    assert other.refused == 2
    assert "kunci yang sama" in reasons(other)[0][3]


@pytest.mark.parametrize("text", ["#REF!", "#DIV/0!", "#N/A"])
def test_d07_a_broken_formula_is_named(exports: Callable[..., Any], text: str) -> None:
    """In CSV it is text in its row; a workbook's reader gives an empty cell, which is named."""
    found = exports(dry_run=True, c4=text)
    assert found.refused == 1
    assert reasons(found)[0][0] == "2"
    assert "rusak" in reasons(found)[0][3]


def test_d07_a_formula_that_nobody_computed(take: Take, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [EXPORTS, changed(GOOD, c4="=2+3")])
    found = only(take(path, contract="local_exports"))
    assert (found.loaded, found.refused) == (0, 1)
    assert "belum dihitung" in reasons(found)[0][3]


def test_d07_totals_are_no_rows(take: Take, make: Make) -> None:
    lines = [EXPORTS, GOOD, ["Jumlah", "", "", "", 5, ""], ["合計", "", "", "", 5, ""]]
    assert only(take(make(lines), contract="local_exports")).fetched == 1


def test_d08_a_dimension_that_lies_hides_nothing(take: Take, home: Path, tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", [EXPORTS, GOOD, changed(GOOD, c2="Belanda")])
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as out:
        for info in source.infolist():
            body = source.read(info)
            if "worksheets/" in info.filename:
                body = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', body)
                assert b'ref="A1"' in body
            out.writestr(info, body)
    assert only(take(tmp_path / "a.xlsx", contract="local_exports")).loaded == 2


@pytest.mark.parametrize(
    ("text", "area"),
    [("日本", "JPN"), ("Tiongkok", "CHN"), ("Korsel", "KOR"), ("belanda ", "NLD"), ("USA", "USA")],
)
def test_d09_names_of_countries(
    exports: Callable[..., Any], home: Path, text: str, area: str
) -> None:
    assert exports(c2=text).loaded == 1
    assert rows(home, "SELECT partner_area FROM core_trade__local_exports") == [(area,)]


@pytest.mark.parametrize(
    ("place", "text"), [("c2", "Atlantis"), ("c2", "Osaka"), ("c5", "XXQ"), ("c3", "12345x")]
)
def test_d09_codes_that_nobody_knows(exports: Callable[..., Any], place: str, text: str) -> None:
    found = exports(dry_run=True, **{place: text})
    assert found.refused == 1
    told = reasons(found)
    assert text in told[0][2]
    assert len(told) == 1 or place == "c3"  # not once more, as an empty part of the key


def test_d11_a_total_that_does_not_sum_is_said_and_refuses_nothing(take: Take, make: Make) -> None:
    parts = [EXPORTS, GOOD, changed(GOOD, c2="Belanda"), ["Jumlah", "", "", "", 10, ""],
             changed(GOOD, c2="RRT"), ["Sub total", "", "", "", 5, ""]]  # fmt: skip
    right = only(take(make([*parts, ["Total", "", "", "", 15, ""]]), contract="local_exports",
                      dry_run=True))  # fmt: skip
    assert (right.fetched, right.refused, reasons(right)) == (3, 0, [])
    wrong = only(take(make([*parts, ["Total", "", "", "", 16, ""]]), contract="local_exports"))
    assert (wrong.loaded, wrong.refused) == (3, 0)
    ((row, column, came, mend),) = reasons(wrong)
    assert (row, column[:2], came) == ("7", "E:", "16")
    assert "(15)" in mend


def test_d12_text_is_composed_and_cleaned(exhibition: Callable[..., Any], home: Path) -> None:
    parted = unicodedata.normalize("NFD", "Café")
    assert exhibition(c1=f"\u200b{parted}\u00ad  dan\u00a0kopi\ufeff").loaded == 1
    assert rows(home, "SELECT title FROM core_promotion__exhibitions") == [("Café dan kopi",)]


def test_d12_a_huge_cell_is_refused(exhibition: Callable[..., Any]) -> None:
    found = exhibition(dry_run=True, c1="kopi " * 5000)
    assert found.refused == 1
    assert "terlalu panjang" in reasons(found)[0][3]


@pytest.mark.parametrize("text", ["3505116403090002", "0812-3456-7890", "a.b@contoh.example"])
def test_d13_x15_people_in_any_cell(exhibition: Callable[..., Any], home: Path, text: str) -> None:
    assert exhibition(c1=f"Pameran {text}").status == "stopped"
    assert not [p for p, raw in everything_under(home).items() if text.encode() in raw]


def test_p04_a_file_that_asks_for_all_memory_ends_alone(
    take: Take, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [[f"P-{n}", f"Pameran {n} {'y' * 1800}", "2025-08-01", n] for n in range(9000)]
    large = workbook(tmp_path / "large.xlsx", [EXHIBITIONS, *lines])
    small = workbook(tmp_path / "small.xlsx", [EXHIBITIONS, SHOWN])
    monkeypatch.setenv("PENATARAN_INTAKE_MEMORY_MB", "40")
    found = take(large, small)
    assert found[0].status == "refused"
    assert "tidak dapat dibuka" in found[0].said[0]
    monkeypatch.delenv("PENATARAN_INTAKE_MEMORY_MB")
    assert only(take(small)).loaded == 1


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"\xff\xfe" + "event_id;title\nP-1;x\n".encode("utf-16-le")[:-1], "Huruf"),
        (b"event_id,title\nP-1,Caf\xe9\n", "posisi"),
        (b"event_id,title\nP-1,a\x00b\n", "Huruf"),
        (b'event_id,title\nP-1,"' + b"x" * 200_000 + b'"\n', "Huruf"),
    ],
)
def test_s15_x13_bytes_that_cannot_be_read(
    take: Take, tmp_path: Path, body: bytes, word: str
) -> None:
    (tmp_path / "a.csv").write_bytes(body)
    found = only(take(tmp_path / "a.csv"))
    assert found.status == "refused"
    assert word in found.said[0]


def test_s19_the_same_file_renamed_is_the_same(take: Take, make: Make, home: Path) -> None:
    path = make([EXHIBITIONS, SHOWN])
    take(path)
    again = path.rename(path.with_name("renamed" + path.suffix))
    assert only(take(again)).status == "unchanged"
    assert rows(home, "SELECT count(*) FROM ops_load WHERE source = 'exhibitions'") == [(1,)]


def test_x05_no_file_name_leads_anywhere(take: Take, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "..;rm -rf ~;$(id) \n\x1b[31m.xlsx"
    workbook(tmp_path / "a.xlsx", [EXHIBITIONS, SHOWN]).rename(path)
    found = only(take(path))
    assert found.answer is not None
    assert Path(found.answer).parent == home / "reports" / "answers"
    assert re.fullmatch(r"exhibitions-[0-9a-f]{12}\.id\.xlsx", Path(found.answer).name)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_x06_no_cell_of_the_answer_is_a_formula(take: Take, tmp_path: Path, start: str) -> None:
    line = changed(SHOWN, c1=f"{start}HYPERLINK(1)", c2="03/04/2025")
    found = only(take(text_file(tmp_path / "a.csv", [EXHIBITIONS, line])))
    assert found.answer is not None
    for sheet in openpyxl.load_workbook(found.answer):
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]


@pytest.mark.parametrize(
    "head", ['"; DROP TABLE x; --', "<script>alert(1)</script>", "{0.__class__}"]
)
def test_x07_hostile_headings_are_unknown_columns(take: Take, make: Make, head: str) -> None:
    found = only(take(make([[*EXHIBITIONS, head], [*SHOWN, 1]])))
    assert found.status == "refused"
    assert "Kolom E" in found.said[0]
    assert head not in found.said[0]


def test_x08_what_came_is_escaped_on_the_page(
    pages: None, take: Take, make: Make, home: Path
) -> None:
    script = "<script>alert(1)</script>"
    assert only(take(make([EXHIBITIONS, changed(SHOWN, c1=script)]))).loaded == 1
    page = (home / "reports" / "laporan.id.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert script not in page


@pytest.mark.parametrize("text", ["1" * 1900, "1.1" * 600, "(" * 1900, "0 8" * 600, "a@" * 900])
def test_x13_no_pattern_takes_long(exports: Callable[..., Any], text: str) -> None:
    found = exports(dry_run=True, c4=text)  # within the child's limit of time
    assert found.status == "stopped" or found.refused == 1


def test_x14_control_characters_end_in_no_line_of_the_answer(
    exhibition: Callable[..., Any], home: Path
) -> None:
    found = exhibition(c1="Pameran \u202emerah")
    assert found.loaded == 1
    assert rows(home, "SELECT title FROM core_promotion__exhibitions") == [("Pameran merah",)]
