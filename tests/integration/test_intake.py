"""Partners' files from sheet to warehouse, and the answers that they get."""

from __future__ import annotations

import csv
import errno
import json
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from config import contract as contracts
from flows.erasure import remains
from flows.intake import template_lists
from flows.maintain import erase
from tasks.answers import template
from tasks.check.gate import Gate
from tasks.session import Session
from tests.conftest import first_row_of, rows, settings_for
from tests.workbooks import Take, everything_under, only, workbook

HEADER = ["kode peristiwa", "judul", "tempat", "mulai", "selesai", "cara", "peran",
          "peserta pameran", "pengunjung", "pengunjung asing", "biaya", "mata uang"]  # fmt: skip
GOOD = ["P-1", "Pameran kendang", "Blitar", date(2025, 8, 1), date(2025, 8, 5), "luring",
        "tuan rumah", 40, 12500, 85, 450000000, "IDR"]  # fmt: skip
OTHER = ["P-2", "Pameran kopi", "Osaka", "令和7年4月1日", "2025年4月5日", "オンライン", "peserta",
         "12", "1.500.000", "3", "Rp 1,2 juta", "IDR"]  # fmt: skip
SQL = "SELECT event_id, visitors FROM core_promotion__exhibitions ORDER BY event_id"


def table(path: Path, *lines: Sequence[Any]) -> Path:
    return workbook(path, [HEADER, *lines])


# --- what is taken in ---------------------------------------------------------------------


def test_good_rows_are_loaded_and_bad_cells_are_marked(
    take: Take, home: Path, tmp_path: Path
) -> None:
    bad = [*GOOD]
    bad[0], bad[4], bad[7], bad[11] = "P-3", "03/04/2025", "1.234", "XXQ"
    found = only(take(table(tmp_path / "a.xlsx", GOOD, OTHER, bad)))
    assert (found.status, found.fetched, found.loaded, found.refused) == ("loaded", 3, 2, 1)
    assert rows(home, SQL) == [("P-1", 12500), ("P-2", 1500000)]
    assert found.answer is not None
    answer = openpyxl.load_workbook(found.answer)
    reasons = list(answer["Alasan"].iter_rows(min_row=2, values_only=True))
    assert [r[:4] for r in reasons] == [
        ("4", "E: selesai", "03/04/2025", "tanggal"),
        ("4", "H: peserta pameran", "1.234", "angka (perusahaan); ≥ 0"),
        ("4", "L: mata uang ISO 4217", "XXQ", "kode mata uang, misalnya IDR"),
    ]
    assert "2025-04-03 | 2025-03-04" in reasons[0][4]
    marked = [c.coordinate for line in answer["Data"].iter_rows() for c in line if c.comment]
    assert marked == ["E4", "H4", "L4"]
    assert answer["Data"]["A2"].value == "P-1"


def test_copies_of_cells_lie_in_the_home_alone(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed while it writes an answer leaves nothing elsewhere."""
    bad = [*GOOD]
    bad[4] = "03/04/2025"
    marked = table(tmp_path / "a.xlsx", bad)
    bad[1] = f"Pameran {NIK}"
    stopped = table(tmp_path / "b.xlsx", bad)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert only(take(marked)).refused == 1
    assert only(take(stopped)).status == "stopped"


@pytest.mark.slow
def test_the_answer_to_erased_bytes_brings_nothing_back(
    take: Take, home: Path, tmp_path: Path
) -> None:
    path = table(tmp_path / "a.xlsx", GOOD)
    sha = only(take(path)).raw_sha256
    with Session(settings_for(home)) as session:
        erase(session, sha, "asked for")
    again = only(take(path))
    assert again.error is not None
    assert again.error["code"] == "erased_bytes"
    assert again.answer is not None
    assert openpyxl.load_workbook(again.answer).sheetnames == ["Ringkasan"]
    assert remains(settings_for(home), sha, tmp_path / "spill") == []


@pytest.mark.slow
def test_an_answer_may_lie_on_another_disk(
    take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def far(self: Path, target: Path) -> Path:
        if self.parent != target.parent and target.suffix == ".xlsx":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", far)
    found = only(take(table(tmp_path / "a.xlsx", GOOD)))
    assert found.answer is not None
    assert [p.name for p in Path(found.answer).parent.iterdir()] == [Path(found.answer).name]


@pytest.mark.slow
def test_the_status_and_the_page_name_what_somebody_sent(
    pages: None, take: Take, home: Path, tmp_path: Path
) -> None:
    from flows.status import status
    from tasks.home import declared_sources, open_warehouse

    take(table(tmp_path / "a.xlsx", GOOD))
    settings = settings_for(home)
    found = {
        s["source"]: s
        for s in status(open_warehouse(settings), declared_sources(settings), date(2026, 11, 29))[
            "sources"
        ]
    }
    assert (found["exhibitions"]["rows"], found["exhibitions"]["next_run"]) == (1, None)
    page = (home / "reports" / "laporan.id.html").read_text(encoding="utf-8")
    assert "Pameran" in page  # in the table of freshness
    assert "Forum internasional" not in page  # nobody sent one


@pytest.mark.slow
def test_the_reasons_are_kept_with_the_row(take: Take, home: Path, tmp_path: Path) -> None:
    take(table(tmp_path / "a.xlsx", GOOD, ["P-9", "x", "y", "17/08/25"]))
    found = rows(home, "SELECT reasons FROM ops_quarantine WHERE source = 'exhibitions'")
    assert [r["code"] for r in json.loads(found[0][0])] == ["short_year"]


@pytest.mark.slow
def test_the_same_file_again_is_unchanged(take: Take, home: Path, tmp_path: Path) -> None:
    path = table(tmp_path / "a.xlsx", GOOD, OTHER)
    take(path)
    loads = rows(home, "SELECT count(*) FROM ops_load WHERE source = 'exhibitions'")
    assert only(take(path)).status == "unchanged"
    assert rows(home, "SELECT count(*) FROM ops_load WHERE source = 'exhibitions'") == loads


@pytest.mark.slow
def test_a_corrected_file_is_a_new_version(take: Take, home: Path, tmp_path: Path) -> None:
    take(table(tmp_path / "a.xlsx", GOOD, OTHER))
    again = [*GOOD]
    again[8] = 13000
    take(table(tmp_path / "b.xlsx", again, OTHER))
    assert rows(home, SQL) == [("P-1", 13000), ("P-2", 1500000)]
    versions = rows(
        home,
        "SELECT visitors, change_reason FROM core_promotion__exhibitions__vintages "
        "WHERE event_id = 'P-1' ORDER BY recorded_at",
    )
    assert versions == [(12500, "first"), (13000, "revised_by_source")]


@pytest.mark.slow
def test_a_file_that_lacks_rows_asks_first(take: Take, home: Path, tmp_path: Path) -> None:
    take(table(tmp_path / "a.xlsx", GOOD, OTHER))
    less = table(tmp_path / "b.xlsx", GOOD)
    found = only(take(less))
    assert found.status == "asks"
    assert "--confirm-deletions" in found.said[0]
    assert len(rows(home, SQL)) == 2
    assert only(take(less, confirm_deletions=True)).status == "loaded"
    assert rows(home, SQL) == [("P-1", 12500)]


@pytest.mark.slow
def test_a_period_that_a_file_does_not_name_stays(take: Take, home: Path, tmp_path: Path) -> None:
    head = ["frekuensi", "tahun", "negara", "kode hs", "nilai", "mata uang"]
    first = workbook(tmp_path / "a.xlsx", [head, ["tahunan", 2023, "Jepang", "920600", 5, "IDR"]])
    second = workbook(tmp_path / "b.xlsx", [head, ["A", "2024", "中国", "920600", 7, "IDR"]])
    assert only(take(first, contract="local_exports")).status == "loaded"
    assert only(take(second, contract="local_exports")).status == "loaded"
    sql = "SELECT partner_area, value FROM core_trade__local_exports ORDER BY 1"
    assert [(a, int(v)) for a, v in rows(home, sql)] == [("CHN", 7), ("JPN", 5)]


@pytest.mark.slow
def test_dry_run_answers_and_keeps_nothing(take: Take, home: Path, tmp_path: Path) -> None:
    before = {p for p in (home / "landing").rglob("*")}
    found = only(take(table(tmp_path / "a.xlsx", GOOD), dry_run=True))
    assert (found.status, found.loaded) == ("checked", 1)
    assert {p for p in (home / "landing").rglob("*.zst")} <= before
    assert not settings_for(home).published_duckdb.exists()


@pytest.mark.slow
def test_the_contract_is_found_by_its_headings(take: Take, tmp_path: Path) -> None:
    assert only(take(table(tmp_path / "a.xlsx", GOOD), contract=None)).contract == "exhibitions"
    odd = only(take(workbook(tmp_path / "b.xlsx", [["warna", "rasa"], ["merah", "pedas"]]),
                    contract=None))  # fmt: skip
    assert "templat" in odd.said[0]
    assert odd.contract is None  # not the first one that was tried
    assert Path(str(odd.answer)).name.startswith("file-")
    damaged = tmp_path / "c.xlsx"
    damaged.write_bytes(b"PK\x03\x04 no workbook")
    assert only(take(damaged, contract=None)).contract is None
    assert only(take(damaged)).contract == "exhibitions"  # as the sender said


@pytest.mark.slow
def test_landed_bytes_rebuild_the_same(take: Take, home: Path, gate: Gate, tmp_path: Path) -> None:
    from flows.rebuild import rebuild_lake

    bad = [*OTHER]
    bad[8] = "banyak"
    take(table(tmp_path / "a.xlsx", GOOD, bad))
    with Session(settings_for(home), gate=gate, owns_gate=False) as session:
        assert rebuild_lake(session, reinterpret=False).differences == []


# --- layouts ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_titles_merged_headers_totals_and_footnotes(take: Take, home: Path, tmp_path: Path) -> None:
    upper = ["No", "Kode peristiwa", "Judul", "Tempat", "Mulai", "Selesai", "Cara", "Peran",
             "Peserta pameran", "Pengunjung", None, "Biaya (Rp)", "Mata uang"]  # fmt: skip
    lower = [None] * 9 + ["", "asing", None, None]
    lower[9] = None
    lines = [
        ["PEMERINTAH KABUPATEN BLITAR"],
        ["Daftar pameran tahun 2025"],
        [],
        upper,
        lower,
        [1, *GOOD],
        [],
        [2, *OTHER],
        ["Jumlah", None, None, None, None, None, None, None, 52, 1512500, 88, 451200000, None],
        ["Catatan: angka sementara"],
    ]
    found = only(take(workbook(tmp_path / "a.xlsx", lines)))
    assert (found.status, found.fetched, found.refused) == ("loaded", 2, 0)
    assert found.said == (
        "Dibaca sebagai jumlah, tidak dimuat: baris 9.",
        "Dibaca sebagai catatan, tidak disimpan: baris 10.",
    )
    assert rows(home, SQL) == [("P-1", 12500), ("P-2", 1500000)]


@pytest.mark.slow
def test_rows_of_several_sheets_come_together(take: Take, home: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER, GOOD], [HEADER, OTHER], names=["2024", "2025"])
    assert only(take(path)).loaded == 2


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t")],
)
@pytest.mark.slow
def test_csv_in_the_encodings_that_say_what_they_are(
    take: Take, home: Path, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows([HEADER, GOOD, OTHER])
    assert only(take(path)).loaded == 2
    assert rows(home, SQL) == [("P-1", 12500), ("P-2", 1500000)]


@pytest.mark.slow
def test_csv_that_does_not_say_its_encoding_is_a_question(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="cp932", newline="") as out:
        csv.writer(out).writerows([HEADER, OTHER])
    found = only(take(path))
    assert found.status == "refused"
    assert "UTF-8" in found.said[0]


def test_an_undeclared_column_stops_the_file(take: Take, home: Path, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[*HEADER, "kesan"], [*GOOD, "meriah"]])
    found = only(take(path))
    assert found.status == "refused"
    assert "Kolom M" in found.said[0]
    assert not list((home / "landing").rglob(f"{found.raw_sha256}*"))


@pytest.mark.slow
def test_a_missing_column_is_named(take: Take, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [HEADER[1:], GOOD[1:]])
    assert "kode peristiwa" in only(take(path)).said[0]


@pytest.mark.slow
def test_a_hidden_sheet_is_said_and_not_read(take: Take, home: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (HEADER, GOOD):
        book.active.append(line)
    book.create_sheet("rahasia").append(["isi"])
    book["rahasia"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    found = only(take(tmp_path / "a.xlsx"))
    assert found.said == ("Lembar tersembunyi, tidak dibaca dan tidak disimpan: 2.",)
    assert rows(home, SQL) == [("P-1", 12500)]


# --- templates --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["id", "en", "ja"])
@pytest.mark.parametrize("code", sorted(contracts.load_all()))
@pytest.mark.slow
def test_a_filled_template_loads(take: Take, tmp_path: Path, code: str, language: str) -> None:
    contract = contracts.load_all()[code]
    path = tmp_path / "t.xlsx"
    template.write_template(path, contract, language, template_lists(language))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for column in range(2, sheet.max_column + 1):  # the example again, as a row of data
        sheet.cell(3, column, sheet.cell(2, column).value)
    book.save(path)
    found = only(take(path, contract=None, language=language))
    assert (found.contract, found.status, found.fetched, found.refused) == (code, "loaded", 1, 0)


@pytest.mark.slow
def test_an_empty_template_says_so(take: Take, tmp_path: Path) -> None:
    contract = contracts.load_all()["exhibitions"]
    template.write_template(tmp_path / "t.xlsx", contract, "id", template_lists("id"))
    assert "tidak berisi" in only(take(tmp_path / "t.xlsx")).said[0]


# --- privacy ----------------------------------------------------------------------------------

NIK = "3505116403090002"


@pytest.mark.parametrize(
    ("header", "value", "kind"),
    first_row_of(
        ("nama siswa", "Siti Rahmawati", "nama orang"),
        ("氏名", "Siti Rahmawati", "nama orang"),
        ("catatan", NIK, "NIK"),
        ("tanggal lahir", "2009-03-24", "tanggal lahir"),
        ("kontak", "0812-3456-7890", "nomor telepon"),
        ("kontak", "siti.rahmawati@contoh.example", "surel"),
        ("nomor", "C1234567", "paspor"),
    ),
)
def test_personal_data_leaves_no_trace(
    take: Take, home: Path, tmp_path: Path, header: str, value: str, kind: str
) -> None:
    path = workbook(tmp_path / "Siti Rahmawati.xlsx", [[*HEADER, header], [*GOOD, value]])
    found = only(take(path))
    assert found.status == "stopped"
    assert kind in found.said[0]
    assert "kolom M" in found.said[0]
    planted = value.encode()
    for file, raw in everything_under(home).items():
        assert planted not in raw, file
        assert "Rahmawati" not in file.name
    assert found.answer is not None  # what kind of thing stood in which column, and no copy
    assert openpyxl.load_workbook(found.answer).sheetnames == ["Ringkasan"]
    assert value not in json.dumps(found.said, ensure_ascii=False)


def test_an_nik_in_a_declared_column_stops_too(take: Take, tmp_path: Path) -> None:
    bad = [*GOOD]
    bad[1] = f"Pameran {NIK}"
    assert only(take(table(tmp_path / "a.xlsx", bad))).status == "stopped"


# --- hostile files ------------------------------------------------------------------------------


def _with(path: Path, **parts: bytes) -> Path:
    """A good workbook with parts added or replaced."""
    good = table(path.with_suffix(".good.xlsx"), GOOD)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for info in source.infolist():
            if info.filename not in parts:
                out.writestr(info, source.read(info))
        for name, body in parts.items():
            out.writestr(name, body)
    return path


SHEET = "xl/worksheets/sheet1.xml"
XMLNS = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LONE = (b"<worksheet " + XMLNS + b'><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c>'
        b"</row></sheetData></worksheet>")  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"xl/vbaProject.bin": b"x"}, "makro"),
        ({"xl/externalLinks/externalLink1.xml": b"<a/>"}, "tautan"),
        ({"xl/media/big.bin": b"\0" * (30 << 20)}, "terlalu besar"),
        ({SHEET: b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'}, "tidak diizinkan"),
        ({SHEET: LONE}, "jauh di luar"),
    ],
)
@pytest.mark.slow
def test_hostile_workbooks_are_refused_before_they_are_opened(
    take: Take, home: Path, tmp_path: Path, parts: dict[str, bytes], said: str
) -> None:
    found = only(take(_with(tmp_path / "a.xlsx", **parts)))
    assert found.status == "refused"
    assert said in found.said[0]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04broken", OLE + b"\0" * 600])
@pytest.mark.slow
def test_broken_files_are_refused(take: Take, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(body)
    assert only(take(tmp_path / "a.xlsx")).status == "refused"


@pytest.mark.slow
def test_formulas_that_came_are_text_in_the_answer(take: Take, tmp_path: Path) -> None:
    bad = [*OTHER]
    bad[1], bad[8] = "=HYPERLINK(1)", "=cmd|' /C calc'!A0"
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, bad])
    found = only(take(path))
    assert found.answer is not None
    for sheet in openpyxl.load_workbook(found.answer):
        assert not [c for line in sheet.iter_rows() for c in line if c.data_type == "f"]


@pytest.mark.slow
def test_one_bad_file_does_not_hold_the_others_up(take: Take, home: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04broken")
    found = take(tmp_path / "bad.xlsx", table(tmp_path / "a.xlsx", GOOD))
    assert [f.status for f in found] == ["refused", "loaded"]
    assert rows(home, SQL) == [("P-1", 12500)]
