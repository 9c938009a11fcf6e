"""`penataran digest`: text and HTML in both languages, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import digest as rows
from flows.cli.main import main
from schemas.marks import SIMULATED

QUIET = {"id": "tidak ada yang berubah sejak", "en": "nothing changed since"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize("language", ["id", "en"])
def test_with_nothing_published_it_is_one_quiet_line(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert main(["digest", "--language", language, "--since", "2026-01-31"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert len(said.out.splitlines()) == 1
    assert f"{QUIET[language]} 31 Jan 2026" in said.out


def test_the_language_is_that_of_the_environment_unless_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENATARAN_LANGUAGE", "en")
    assert main(["digest"]) == 0
    assert QUIET["en"] in capsys.readouterr().out
    assert main(["digest", "--language", "id"]) == 0
    assert QUIET["id"] in capsys.readouterr().out


def test_html_is_whole_and_marked_where_data_is_simulated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digest", "--format", "html"]) == 0
    live = capsys.readouterr().out
    assert live.startswith("<")
    assert SIMULATED not in live
    monkeypatch.setenv("PENATARAN_PROFILE", "sandbox")
    for format_ in ("text", "html"):
        assert main(["digest", "--format", format_]) == 0
        assert SIMULATED in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--since", "yesterday"], "bad_time"), (["--since", "2026-02-30"], "bad_time")],
)
def test_a_wrong_day_is_wrong_use(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    assert main(["digest", *arguments]) == 2
    said = capsys.readouterr()
    assert f"[{code}]" in said.err
    assert said.out == ""


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_damaged_warehouse_is_an_error_of_storage(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    (home / "warehouse").mkdir(parents=True)
    (home / "warehouse" / "penataran.duckdb").write_bytes(b"x" * 5000)
    monkeypatch.setenv("PENATARAN_LANGUAGE", language)
    assert main(["digest"]) == 4
    said = capsys.readouterr()
    assert "[warehouse_read]" in said.err
    assert "penataran.duckdb" in said.err
    assert said.out == ""


def test_a_full_disk_is_an_error_of_storage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rows, "today_of", full)
    assert main(["digest"]) == 4
    assert "No space left" in capsys.readouterr().err
