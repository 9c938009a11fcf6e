"""The prepared database of Prefect's server: copied into a home that has none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flows.orchestration import prepared

pytestmark = pytest.mark.fast


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a database; one was prepared from another home."""
    monkeypatch.setattr(prepared.sys, "prefix", str(tmp_path / "prefix"))
    made = tmp_path / "made"
    made.mkdir()
    with closing(sqlite3.connect(made / prepared.NAME)) as con:
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("CREATE TABLE flow (name TEXT)")
        con.commit()
        prepared.keep(made)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as con:
        return [name for (name,) in con.execute("SELECT name FROM sqlite_master")]


def test_a_new_home_gets_its_tables(home: Path) -> None:
    prepared.put_prepared(home, {})
    assert tables(home / prepared.NAME) == ["flow"]
    assert [p.name for p in home.iterdir()] == [prepared.NAME]
    assert [p.name for p in prepared.prepared().parent.iterdir()] == [prepared.prepared().name]


def test_a_folder_that_is_not_there_is_made(home: Path) -> None:
    prepared.put_prepared(home / "deep" / "er", {})
    assert tables(home / "deep" / "er" / prepared.NAME) == ["flow"]


def test_a_database_that_is_there_stays(home: Path) -> None:
    (home / prepared.NAME).write_bytes(b"")
    prepared.put_prepared(home, {})
    assert (home / prepared.NAME).read_bytes() == b""


def test_one_that_another_process_made_meanwhile_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = prepared.shutil.copyfile

    def slow(source: Path, target: Path) -> None:
        copy(source, target)
        (home / prepared.NAME).write_bytes(b"theirs")

    monkeypatch.setattr(prepared.shutil, "copyfile", slow)
    prepared.put_prepared(home, {})
    assert (home / prepared.NAME).read_bytes() == b"theirs"
    assert [p.name for p in home.iterdir()] == [prepared.NAME]


@pytest.mark.parametrize("name", sorted(prepared.ELSEWHERE))
def test_a_server_or_database_elsewhere_needs_none(home: Path, name: str) -> None:
    prepared.put_prepared(home, {name: "x"})
    assert list(home.iterdir()) == []


def test_without_a_prepared_one_prefect_makes_its_own(home: Path) -> None:
    prepared.prepared().unlink()
    prepared.put_prepared(home, {})
    assert list(home.iterdir()) == []


def test_what_set_up_prepared_has_no_key_and_no_run() -> None:
    if not prepared.prepared().is_file():
        pytest.skip("no prepared database: make .venv/.run")
    with closing(sqlite3.connect(prepared.prepared())) as con:
        filled = {
            name
            for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if con.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()
        }
    assert filled <= {"alembic_version", "block_schema", "block_schema_reference", "block_type"}
