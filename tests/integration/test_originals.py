"""Nothing of a partner's file is kept but the cells that were read: no note, property, name of a
sheet, hidden sheet or left-out column, in no file of the home. Old homes are brought to that."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation

from flows import intake
from flows.maintain import erase, maintain
from flows.rebuild import rebuild_lake
from flows.trace import trace
from tasks.check.gate import Gate
from tasks.session import Session
from tests.conftest import rows, settings_for
from tests.workbooks import Take, everything_under, only

SENDER = """\
name: {id: Dinas, en: Office, ja: 課}
files:
  - contract: arrivals
    columns: {Negara: origin_area, Kunjungan: visitors, Tahun: period_start, Pemilik: null}
    constants: {frequency: A, destination_area: IDN, concept: visit, region_code: TOTAL}
"""
# A word for each place of a workbook where a name can stand.
PLACES = ("note", "author", "comments", "custom", "sheet", "hidden", "left", "header", "defined",
          "list", "title", "footnote", "unread", "xml", "file")  # fmt: skip
TRACERS = {place: f"Zq{place}Wx" for place in PLACES}
SQL = (
    "SELECT origin_area, visitors FROM core_tourism__arrivals WHERE source = 'kantor_arrivals' "
    "ORDER BY 1"
)


@pytest.fixture
def sender(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "kantor.yml").write_text(SENDER, encoding="utf-8")
    return {"PENATARAN_PARTNERS_PATH": str(tmp_path / "partners")}


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A workbook with a tracer in every place."""
    t = TRACERS
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = t["sheet"]
    for line in (
        [f"Kunjungan {t['title']}"],
        ["Negara", "Tahun", "Kunjungan", "Pemilik"],
        ["Jepang", 2024, 320, t["left"]],
        ["Australia", 2024, 72, t["left"]],
        [f"Catatan: {t['footnote']}"],
    ):
        sheet.append(line)
    sheet["A3"].comment = Comment(t["note"], t["note"])
    sheet.oddHeader.center.text = t["header"]
    choice = DataValidation(type="list", formula1=f'"{t["list"]},b"')
    sheet.add_data_validation(choice)
    choice.add("A3:A9")
    book.properties.creator = t["author"]
    book.properties.description = t["comments"]
    book.defined_names["Nama"] = openpyxl.workbook.defined_name.DefinedName(
        "Nama", attr_text=f'"{t["defined"]}"'
    )
    hidden = book.create_sheet("h")
    hidden.append([t["hidden"]])
    hidden.sheet_state = "hidden"
    book.create_sheet("u").append([t["unread"]])
    plain = tmp_path / "plain.xlsx"
    book.save(plain)
    path = tmp_path / f"{t['file']}.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as out:
        for info in source.infolist():
            out.writestr(info, source.read(info))
        out.writestr("customXml/item1.xml", f"<a>{t['xml']}</a>")
        out.writestr("docProps/custom.xml", f"<a>{t['custom']}</a>")
    plain.unlink()
    for tracer in t.values():  # the file has them all
        assert tracer == t["file"] or tracer.encode() in everything_under(tmp_path)[path]
    return path


def traces(home: Path) -> list[tuple[str, str]]:
    """Where in a home a tracer is, in any encoding of text."""
    found = []
    for path, raw in everything_under(home).items():
        for place, tracer in TRACERS.items():
            forms = (tracer.encode(), tracer.encode("utf-16-le"))
            if any(form in raw for form in forms) or tracer in str(path):
                found.append((place, str(path.relative_to(home))))
    return found


@pytest.mark.slow
def test_nothing_but_the_cells_is_kept(
    take: Take, home: Path, full: Path, sender: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    found = only(take(full, sender="kantor", **sender))
    assert (found.loaded, found.refused) == (2, 0)
    assert rows(home, SQL) == [("AUS", 72), ("JPN", 320)]
    assert traces(home) == []
    assert [t for t in TRACERS.values() if t in "".join(capfd.readouterr()) + str(found)] == []


@pytest.mark.slow
def test_a_row_leads_to_its_cell_and_to_the_hash_of_the_file(
    take: Take, home: Path, full: Path, sender: dict[str, str]
) -> None:
    found = only(take(full, sender="kantor", **sender))
    chain = trace(
        settings_for(home, None, **sender), "core_tourism__arrivals", {"origin_area": "JPN"}
    )["chains"][0]
    (record,) = chain["raw_records"]
    assert record["_place"] == "1!3"
    assert found.original_sha256 is not None
    assert found.original_sha256 in str(chain["raw"])
    assert found.raw_sha256 in chain["raw_file"]


@pytest.mark.slow
def test_a_refused_cell_beside_organisations_is_kept_masked(
    take: Take, home: Path, tmp_path: Path
) -> None:
    heads = ["kode kegiatan pameran", "nomor transaksi", "pembeli", "negara", "kode hs", "status",
             "tanggal", "nilai", "mata uang"]  # fmt: skip
    good = ["P-1", "D-1", "Ngatemi Kogei", "Jepang", "920600", "kontrak", "2025-08-05", 10, "JPY"]
    bad = ["Tukiyem", "D-2", "DIS-0012", "Paijo Wiryo", "920600", "kontrak", "2025-08-05", "Sutini",
           "JPY"]  # fmt: skip
    book = openpyxl.Workbook()
    for line in (heads, good, bad):
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    found = only(take(tmp_path / "a.xlsx", contract="deals", PENATARAN_HASH_KEY="k" * 20))
    assert (found.loaded, found.refused) == (1, 1)
    names = ("Ngatemi", "Tukiyem", "Paijo", "paijo", "Sutini", "sutini")
    assert [
        (name, path)
        for path, raw in everything_under(home).items()
        for name in names
        if name.encode() in raw
    ] == []
    kept = rows(home, "SELECT record, reasons FROM ops_quarantine WHERE source = 'deals'")
    assert "•••" in str(kept)


# --- old homes ----------------------------------------------------------------------------


@pytest.fixture
def old(
    take: Take, home: Path, full: Path, sender: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Session]:
    """A home of a version that kept the file whole; a session of it."""

    def whole(session: Session, reading: Any) -> None:
        import hashlib

        reading.sha256 = hashlib.sha256(full.read_bytes()).hexdigest()
        reading.cells = session.temp / "whole.kept"
        shutil.copyfile(full, reading.cells)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "_name_cells", whole)
        patch.setattr(
            "tasks.answers.workbook.write_answer", lambda path, *_a, **_k: path.write_bytes(b"")
        )
        (home / "reports" / "answers").mkdir(parents=True, exist_ok=True)
        assert only(take(full, sender="kantor", **sender)).loaded == 2
    assert {"note", "author", "hidden", "left"} <= {place for place, _ in traces(home)}
    return lambda: Session(settings_for(home, None, **sender), gate=Gate())


@pytest.mark.slow
def test_an_old_home_is_brought_to_it(old: Callable[[], Session], home: Path, full: Path) -> None:
    before = rows(home, SQL)
    with old() as session:
        done = maintain(session).as_dict()
    assert done["originals_replaced"] == 1
    assert done["original_bytes_removed"] == full.stat().st_size
    assert {"notes", "properties", "custom XML"} <= set(done["original_parts_removed"])
    assert (done["answers_removed"], done["originals_kept"]) == (1, [])
    assert traces(home) == []
    with old() as session:
        chain = trace(session.settings, "core_tourism__arrivals", {"origin_area": "JPN"})
        assert chain["chains"][0]["raw_records"][0]["_place"] == "1!3"
        assert rebuild_lake(session, reinterpret=False).differences == []
        assert maintain(session).as_dict()["originals_replaced"] == 0
    assert rows(home, SQL) == before


@pytest.mark.slow
@pytest.mark.parametrize("step", ["cells_packed", "original_replaced"])
def test_a_killed_maintenance_is_finished_by_the_next(
    old: Callable[[], Session], home: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, old() as session:
        patch.setenv("FAILPOINT", f"{step}:raise")
        with pytest.raises(RuntimeError):
            maintain(session)
    with old() as session:
        assert rebuild_lake(session, reinterpret=False).differences == []
        maintain(session)
    assert traces(home) == []


@pytest.mark.slow
def test_replaced_bytes_are_erased_by_their_old_name(
    old: Callable[[], Session], home: Path
) -> None:
    with old() as session:
        maintain(session)
    ((sha,),) = rows(home, "SELECT DISTINCT raw_sha256 FROM core_tourism__arrivals__vintages "
                           "WHERE source = 'kantor_arrivals'")  # fmt: skip
    with old() as session:
        assert erase(session, sha, "test").raw
    assert rows(home, SQL) == []
    # The sender's mapping names its headings, and is kept as a declaration.
    left = [p for p, raw in everything_under(home).items() if b'"Kunjungan"' in raw]
    assert [p for p in left if p.parent.name != "declarations"] == []
