"""Folders and files of a home are for their owner; what is published is for its readers."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import READERS, load
from flows.cli.main import main
from flows.declare import check_source
from flows.doctor import doctor
from flows.maintain import maintain
from reports import declared, layout
from schemas.errors import ConfigurationError
from tests.conftest import ROOT, Home, first_row_of, settings_for
from warehouse import modes
from warehouse.lake import Lake


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def walk(home: Path) -> Iterator[Path]:
    yield from (p for p in home.rglob("*") if not p.is_symlink())


def open_everything(home: Path) -> None:
    for path in (home, *walk(home)):
        path.chmod(0o777 if path.is_dir() else 0o666)


def test_the_words_of_the_setting_have_modes() -> None:
    assert set(READERS) == set(modes.READERS)
    with pytest.raises(ConfigurationError, match="unknown_readers"):
        load({"PENATARAN_READERS": "everybody"})


@pytest.mark.parametrize(
    ("readers", "passage", "folder", "file"),
    [("all", 0o711, 0o755, 0o644), ("group", 0o710, 0o750, 0o640), ("owner", 0o700, 0o700, 0o600)],
)
def test_a_new_home(tmp_path: Path, readers: str, passage: int, folder: int, file: int) -> None:
    home = tmp_path / "home"
    modes.make_folders(home, load({"PENATARAN_HOME": str(home)}).folders, readers)
    assert mode(home) == passage
    for name in ("landing", "lake", "state", "inbox", "outbox"):
        assert mode(home / name) == 0o700, name
    for name in ("warehouse", "reports", "exports"):
        assert mode(home / name) == folder, name
    assert modes.file_mode(readers) == file


@pytest.mark.slow
def test_every_file_of_a_run_is_private_whatever_the_umask_was(tmp_path: Path) -> None:
    home = tmp_path / "home"

    def command(*words: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "flows.cli", *words],
            env={**os.environ, "PENATARAN_HOME": str(home)},
            cwd=ROOT, capture_output=True, umask=0o000, check=False,
        ).returncode  # fmt: skip

    assert command("run", "reference_area", "--direct") == 4  # lists alone are not published
    assert command("publish") == 0
    assert list(modes.too_open(home, "all")) == []
    shared = {str(p.relative_to(home)) for p in walk(home) if mode(p) & 0o077}
    names = (*declared.pages(), "index", "kamus")
    reports = {f"reports/{name}.{x}.html" for name in names for x in ("id", "en")}
    reports |= {f"reports/{name}.{x}.pdf" for name in declared.pages() for x in ("id", "en")}
    reports |= {
        f"reports/{n}.{x}.xlsx" for n in (layout.ANNEX, layout.PUBLIC_ANNEX) for x in ("id", "en")
    }
    assert shared - reports == {
        "warehouse", "reports", "exports", "warehouse/penataran.duckdb", "PROFILE",
    }  # fmt: skip


@pytest.mark.parametrize(
    "module",
    ["tasks.check.gate_worker", "tasks.read.workbook.convert", "tasks.read.workbook.sheet"],
)
def test_children_set_their_own_umask(module: str) -> None:
    text = f"import {module} as child, os, sys, io\nsys.stdin = io.StringIO('')\n" + (
        "child._Gate = lambda: None\n" if "gate" in module else ""
    )
    text += "try:\n    child.main()\nexcept Exception: pass\nprint(oct(os.umask(0)))\n"
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, umask=0, check=True
    )
    assert done.stdout.strip() == "0o77"


@pytest.mark.slow
def test_a_home_that_is_open_is_named_and_closed(
    duck: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    duck.load(("2026-01-05", "IDR", "16700"))
    (duck.home / "reports" / "answers").mkdir()
    (duck.home / "reports" / "answers" / "a.xlsx").write_bytes(b"cells")
    (duck.home / "outbox" / "dinas").mkdir()
    open_everything(duck.home)
    outside = duck.home.parent / "outside"
    outside.write_text("not ours", encoding="utf-8")
    outside.chmod(0o666)
    (duck.home / "state" / "link").symlink_to(outside)
    monkeypatch.setenv("PENATARAN_HOME", str(duck.home))
    monkeypatch.setenv("PENATARAN_ENV", "production")
    (finding,) = [f for f in doctor() if "open to other accounts" in f.what.en]
    assert finding.state == "unsafe"
    assert "penataran maintain" in finding.fix.en
    monkeypatch.setenv("PENATARAN_ENV", "")
    with duck.session() as session:
        assert maintain(session).closed_to_others > 50
    assert not [f for f in doctor() if "open to other accounts" in f.what.en]
    assert mode(duck.home) == 0o711
    assert mode(duck.home / "state") == 0o700
    assert mode(duck.home / "state" / "ledger.sqlite") == 0o600
    assert mode(duck.home / "warehouse" / "penataran.duckdb") == 0o644
    assert mode(duck.home / "reports" / "answers" / "a.xlsx") == 0o600
    assert mode(duck.home / "outbox" / "dinas") == 0o777  # the operator's
    assert mode(outside) == 0o666


def test_closing_opens_nothing(duck: Home) -> None:
    duck.home.chmod(0o700)
    (duck.home / "warehouse").chmod(0o700)
    modes.close_to_others(duck.home, "all")
    assert mode(duck.home) == mode(duck.home / "warehouse") == 0o700


@pytest.mark.slow
@pytest.mark.parametrize(
    ("readers", "file"), first_row_of(("group", 0o640), ("owner", 0o600), ("all", 0o644))
)
def test_what_is_published_is_readable_as_declared(
    duck: Home, pages: None, readers: str, file: int
) -> None:
    duck.variables["PENATARAN_READERS"] = readers
    duck.load(("2026-01-05", "IDR", "16700"))
    assert mode(duck.home / "warehouse" / "penataran.duckdb") == file
    assert mode(duck.home / "reports" / "laporan.id.html") == file


def test_a_file_that_was_asked_for_is_its_users(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duck.load(("2026-01-05", "IDR", "16700"))
    monkeypatch.setenv("PENATARAN_HOME", str(duck.home))
    monkeypatch.setattr(modes._Process, "umask", 0o027)
    out = tmp_path / "out.csv"
    assert main(["query", "SELECT 1 AS a", "--format", "csv", "-o", str(out)]) == 0
    assert mode(out) == 0o640
    assert main(["template", "exhibitions", "-o", str(tmp_path / "t.xlsx")]) == 0
    assert mode(tmp_path / "t.xlsx") == 0o640


def test_an_answer_is_as_open_as_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "answer.xlsx"
    path.touch(mode=0o600)
    for folder, expected in ((0o700, 0o600), (0o750, 0o640), (0o775, 0o644)):
        tmp_path.chmod(folder)
        modes.open_as_folder(path)
        assert mode(path) == expected


def test_temporary_files_lie_in_the_home(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a dry run and of a lake whose types change: none in the system's folder."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    spills: list[Path] = []
    monkeypatch.setattr("tasks.home.widen", lambda lake, spill: spills.append(spill))
    monkeypatch.setattr("flows.declare._lists", lambda *_: Lake(duck.home / "lake"))
    declared = tmp_path / "held"
    monkeypatch.setattr(
        "flows.declare._landed", lambda folder, *_: declared.write_text(str(folder)) and 1 / 0
    )
    mark = duck.home / "lake" / "IDENTITY"
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "columns": "of another version"}))
    duck.session().__exit__()
    with pytest.raises(ZeroDivisionError):
        check_source(settings_for(duck.home), "ecb", accept=False)
    inside = str(duck.home / "state" / "tmp")
    assert str(spills[0]).startswith(inside)
    assert declared.read_text().startswith(inside)
    assert list(elsewhere.iterdir()) == []
