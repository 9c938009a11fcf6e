"""`penataran publish open-data`: what it says in both languages, and how it ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import open_data
from flows.cli.main import main
from reports.drawn import Studio
from reports.licence_gate import LicenceGate
from reports.public_tables import PublicTable, public_table


@pytest.fixture(scope="module")
def with_lists(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse has the built-in lists and is published."""
    from tasks.session import Session
    from tests.conftest import settings_for

    home = tmp_path_factory.mktemp("published") / "home"
    shutil.copytree(prepared, home)
    with Session(settings_for(home)) as session:
        session.warehouse.publish()
    return home


@pytest.fixture
def published(with_lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def few(studio: Studio, gate: LicenceGate) -> Iterator[PublicTable]:
        yield public_table("ref_area", studio, gate)

    shutil.copytree(with_lists, tmp_path / "home")
    monkeypatch.setattr(open_data, "public_tables", few)
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


LINES = {
    "id": "data terbuka: {folder}\nversi: {version}\nversi baru: {new}\n",
    "en": "open data: {folder}\nversion: {version}\nnew version: {new}\n",
}


@pytest.mark.parametrize(("language", "new", "same"), [("id", "ya", "tidak"), ("en", "yes", "no")])
def test_a_release_says_where_it_is_and_whether_it_is_new(
    published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    language: str, new: str, same: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("PENATARAN_LANGUAGE", language)
    folder = published / "exports" / "open-data"
    for answer in (new, same):
        assert main(["publish", "open-data"]) == 0
        version = folder.resolve().name.removeprefix("open-data-").rpartition("-")[0]
        said = capsys.readouterr()
        assert said.out == LINES[language].format(folder=folder, version=version, new=answer)
        assert said.err == ""
    assert open_data.is_whole(folder)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("id", "Gudang data belum ada. Jalankan dulu: penataran run."), ("en", "no warehouse yet")],
)
def test_with_nothing_published_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    language: str, sentence: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PENATARAN_LANGUAGE", language)
    assert main(["publish", "open-data"]) == 2
    said = capsys.readouterr()
    assert f"[nothing_published] {sentence}" in said.err
    assert said.out == ""
    assert not (tmp_path / "home" / "exports" / "open-data").exists()


@pytest.mark.parametrize(
    ("language", "words"), [("id", "rincian: the open data"), ("en", "-> check space")]
)
def test_a_full_disk_leaves_the_version_before(
    published: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    language: str, words: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("PENATARAN_LANGUAGE", language)
    assert main(["publish", "open-data"]) == 0
    folder = published / "exports" / "open-data"
    before = folder.resolve()
    (folder / "README.md").unlink()  # so that it is written again
    monkeypatch.setenv("FAILPOINT", "open_data_written:enospc")
    capsys.readouterr()
    assert main(["publish", "open-data"]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert "[file_write]" in said.err
    assert "could not be written: no space left" in said.err
    assert str(folder) in said.err
    assert words in said.err
    assert "Traceback" not in said.err
    assert folder.resolve() == before
    assert list(published.glob("exports/open-data-*")) == [before]


def test_what_it_writes_has_one_of_two_names(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["publish", "open"])
    assert ended.value.code == 2
    assert "open-data" in capsys.readouterr().err
