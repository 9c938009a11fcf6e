"""PDF and workbooks beside the pages: made when their data changed, linked when they are there."""

from __future__ import annotations

import os
import re
import shutil
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from config import region as regions
from config.settings import Settings
from flows.cli.verbs.common import print_published
from reports import dictionary, files, page, paper
from reports.declared import pages
from reports.drawn import Studio
from schemas.errors import StorageError
from tests.conftest import settings_for
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.test_paper import Figures, of_filled_tables

REGION = regions.load("3505")
OLD = 1_000_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = settings_for(tmp_path / "home")
    for folder in (found.reports, found.state):
        folder.mkdir(parents=True)
    return found


@dataclass
class Writer:
    """Writes the pages of figures that are drawn already: to draw them takes longest."""

    settings: Settings
    warehouse: SmallWarehouse
    kept: Path
    inputs: str = "first"

    def have_written(self) -> None:
        """As after a first publication, which takes seconds: made once, then copied."""
        there = (self.settings.reports, self.settings.state)
        if not self.kept.exists():
            self.write()
            for folder in there:
                shutil.copytree(folder, self.kept / folder.name)
        for folder in there:
            shutil.copytree(self.kept / folder.name, folder, dirs_exist_ok=True)

    def write(self) -> dict[str, str]:
        return page.write_pages(cast("Any", self.warehouse), self.settings, REGION)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written") / "home"


@pytest.fixture
def writer(
    settings: Settings, tables: SmallWarehouse, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> Writer:
    few = {name: pages()[name] for name in ("dprd", "publik")}
    monkeypatch.setattr(page, "pages", lambda: few)
    monkeypatch.setattr(files, "pages", lambda: few)
    monkeypatch.setattr(dictionary, "render", lambda *_: "<html></html>")
    found = Writer(settings, tables, kept)
    monkeypatch.setattr(page, "inputs", lambda *_: found.inputs)
    monkeypatch.setattr(page, "drawn", lambda *_: by_page(of_filled_tables()))
    return found


def by_page(figures: Figures) -> dict[str, Figures]:
    """As the pages have them, where nothing is kept from the public."""
    return {name: {n: figures[n] for n in own.figure_names} for name, own in pages().items()}


def made(settings: Settings) -> set[str]:
    """Names of files that were written since it was asked last."""
    found = {p for p in settings.reports.iterdir() if p.suffix in (".pdf", ".xlsx", ".html")}
    new = {p.name for p in found if p.stat().st_mtime != OLD}
    for path in found:
        os.utime(path, (OLD, OLD))
    return new


def test_each_page_has_its_files_and_links_them(writer: Writer, settings: Settings) -> None:
    writer.have_written()
    found = writer.write()
    assert {Path(path).name for path in found.values()} == {"index.id.html", "index.en.html"}
    there = {p.name for p in settings.reports.iterdir()}
    assert there >= set(files.names())
    for path in settings.reports.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
    linked = set()
    for path in settings.reports.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        links = set(re.findall(r'href="([^"#]+\.(?:pdf|xlsx))"', text))
        assert links <= there
        linked |= links
        annex = "lampiran-publik" if path.name.startswith("publik") else "lampiran"
        if path.name.split(".")[0] in pages():
            language = path.name.split(".")[1]
            assert links == {f"{path.name[:-5]}.pdf", f"{annex}.{language}.xlsx"}
    assert linked == set(files.names())


def test_files_of_the_same_data_stay(
    writer: Writer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.have_written()
    assert made(settings) >= set(files.names())
    writer.write()
    assert made(settings) == set()
    # Other inputs, the same figures: all is drawn, nothing is compiled.
    writer.inputs = "other"
    with monkeypatch.context() as patch:
        patch.setattr(files, "page_pdf", lambda *_: pytest.fail("compiled again"))
        writer.write()
    assert not made(settings) & set(files.names())


def test_only_pages_of_changed_figures_are_made_again(
    writer: Writer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.have_written()
    made(settings)
    figures = of_filled_tables()
    (exhibitions,) = figures["exhibitions"]
    fewer = replace(exhibitions, rows=exhibitions.rows[:-1])
    monkeypatch.setattr(page, "drawn", lambda *_: by_page({**figures, "exhibitions": (fewer,)}))
    writer.inputs = "other"
    writer.write()
    new = made(settings)
    assert new >= {"dprd.id.pdf", "dprd.en.pdf", "lampiran.id.xlsx"}
    assert not new & {"publik.id.pdf", "lampiran-publik.id.xlsx"}


@pytest.mark.parametrize("harm", ["removed", "altered", "note"])
def test_a_file_that_is_not_whole_is_made(writer: Writer, settings: Settings, harm: str) -> None:
    writer.have_written()
    made(settings)
    path = settings.reports / "dprd.en.pdf"
    if harm == "removed":
        path.unlink()
    elif harm == "altered":
        path.write_bytes(b"%PDF")
    else:
        (settings.state / "files.json").write_text('{"inputs": ')
    writer.write()
    new = made(settings) & set(files.names())
    assert new == (set(files.names()) if harm == "note" else {"dprd.en.pdf"})


def test_a_file_that_fails_stops_nothing_and_is_named(
    writer: Writer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An older file is removed, the pages do not link it, and the next publication tries again."""
    writer.have_written()
    made(settings)
    broken = paper.TEMPLATE.with_name("broken.typ")
    writer.inputs = "other"

    def page_pdf(data: Any) -> bytes:
        if data["title"] != "Lembar DPRD":
            return paper.page_pdf(data)
        with monkeypatch.context() as patch:
            patch.setattr(paper, "TEMPLATE", settings.reports / broken.name)
            (settings.reports / broken.name).write_text("#panic()")
            return paper.page_pdf(data)

    (settings.state / "files.json").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(files, "page_pdf", page_pdf)
        found = writer.write()
    assert "[page_pdf]" in found["failed"]
    assert "Lembar DPRD (id)" in found["failed"]
    print_published({f"report_{name}": text for name, text in found.items()})
    assert "[page_pdf]" in capsys.readouterr().out
    assert not (settings.reports / "dprd.id.pdf").exists()
    html = settings.reports / "dprd.id.html"
    assert "dprd.id.pdf" not in html.read_text(encoding="utf-8")
    assert "lampiran.id.xlsx" in html.read_text(encoding="utf-8")
    assert "failed" not in writer.write()
    assert (settings.reports / "dprd.id.pdf").exists()
    assert "dprd.id.pdf" in html.read_text(encoding="utf-8")


def test_figures_without_earlier_values_are_named(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    writer.inputs = "more than a reader has"

    def drawn(studio: Studio, _: object) -> dict[str, Figures]:
        studio.without_before |= {"rates": "query_time", "chain": "query_memory"}
        return by_page(of_filled_tables())

    monkeypatch.setattr(page, "drawn", drawn)
    found = writer.write()
    assert found["without_before"] == "chain [query_memory], rates [query_time]"
    print_published({f"report_{name}": text for name, text in found.items()})
    assert "tabel tanpa nilai semula: chain [query_memory]" in capsys.readouterr().out
    assert "without_before" not in writer.write()  # nothing is drawn again


def test_a_fault_of_the_compiler_is_an_error_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """As the compiler raises it."""

    def panic(*_: Any, **__: Any) -> None:
        raise PanicException("index out of bounds")

    monkeypatch.setattr("typst.Compiler", panic)
    data = {"title": "T", "language": "id", "date": {"year": 2026, "month": 1, "day": 1}}
    with pytest.raises(StorageError, match="index out of bounds"):
        paper.page_pdf(data)
    monkeypatch.setattr("typst.Compiler", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        paper.page_pdf(data)
