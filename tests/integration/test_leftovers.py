"""What names erased bytes outside of the record: Prefect's database, logs, exports, leavings."""

from __future__ import annotations

import os
import sqlite3
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from flows import inbox, leftovers
from flows.erasure import remains
from flows.maintain import erase, maintain
from tests.conftest import Home

SHA = "0123456789abcdef" * 4
OTHER = "f" * 64


def prefect(home: Path, sha256: str = SHA) -> Path:
    """A database like Prefect's: runs with states that end with them, and a log."""
    path = home / "state" / "prefect" / "prefect.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as con:
        con.executescript(
            f"""
            PRAGMA journal_mode = WAL;
            CREATE TABLE flow_run (id INTEGER PRIMARY KEY, name TEXT, parameters JSON);
            CREATE TABLE flow_run_state (
              id INTEGER PRIMARY KEY, data BLOB,
              flow_run_id INTEGER REFERENCES flow_run(id) ON DELETE CASCADE);
            CREATE TABLE log (id INTEGER PRIMARY KEY, message TEXT);
            INSERT INTO flow_run VALUES (1, 'erased', '{{"sha": "{sha256}"}}'), (2, 'kept', '{{}}');
            INSERT INTO flow_run_state VALUES (1, x'00', 1), (2, x'01', 2);
            INSERT INTO log VALUES (1, 'read {sha256[:12]}...'), (2, 'read {OTHER}');
            """
        )
    return path


def rows(path: Path, table: str) -> list[int]:
    with closing(sqlite3.connect(path)) as con:
        return [n for (n,) in con.execute(f"SELECT id FROM {table} ORDER BY 1")]


def bytes_of(path: Path) -> bytes:
    return b"".join(p.read_bytes() for p in path.parent.glob(f"{path.name}*"))


def test_rows_of_a_closed_database_are_deleted_with_their_pages(tmp_path: Path) -> None:
    path = prefect(tmp_path)
    name = "state/prefect/prefect.db"
    assert leftovers.rows_that_name(tmp_path, SHA) == [f"{name}: flow_run, 1", f"{name}: log, 1"]
    assert leftovers.forget_rows(tmp_path, SHA) == 2
    assert leftovers.rows_that_name(tmp_path, SHA) == []
    assert (rows(path, "flow_run"), rows(path, "flow_run_state"), rows(path, "log")) == (
        [2], [2], [2],
    )  # fmt: skip
    assert SHA[:12].encode() not in bytes_of(path)
    assert leftovers.forget_rows(tmp_path, SHA) == 0


def test_rows_of_a_database_that_is_open_stay_and_are_named(tmp_path: Path) -> None:
    path = prefect(tmp_path)
    with closing(sqlite3.connect(path)) as server:
        server.execute("SELECT * FROM log").fetchall()
        assert leftovers.forget_rows(tmp_path, SHA) == 0
        assert len(leftovers.rows_that_name(tmp_path, SHA)) == 2
    assert leftovers.forget_rows(tmp_path, SHA) == 2


def test_a_database_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = prefect(tmp_path)
    path.write_bytes(b"no database" * 1000)
    assert leftovers.forget_rows(tmp_path, SHA) == 0
    assert leftovers.rows_that_name(tmp_path, SHA)[0].startswith("state/prefect/prefect.db: ")


@pytest.mark.parametrize(
    "name", ["state/run.log", "exports/rows.csv", "outbox/dinas/note.txt", "state/tmp/held-x/rows"]
)
def test_texts_that_name_the_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * (leftovers.CHUNK - 6) + SHA.encode())  # over the end of a chunk
    (path.parent / "other").write_text(OTHER)
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "load.json").write_text(SHA)  # the record says what it erased
    assert leftovers.files_that_name(tmp_path, SHA) == [path]


def test_workbooks_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "exports" / "rows.xlsx"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", f"<t>{SHA}</t>" * 100)
    assert leftovers.files_that_name(tmp_path, SHA) == [path]


@pytest.mark.slow
def test_an_erasure_reaches_them(duck: Home, tmp_path: Path) -> None:
    duck.load(("2026-01-05", "IDR", "16700"))
    ((sha,),) = duck.query("SELECT max(raw_sha256) FROM core_exchange__rates WHERE source = 'toy'")
    prefect(duck.home, sha)
    partial = duck.home / "landing" / sha[:2] / f"{sha}.0.tmp"
    partial.write_bytes(b"half of it")
    export = duck.home / "exports" / "rows.csv"
    export.write_text(f"a,{sha}\n")
    with duck.session() as session:
        assert erase(session, sha, "asked for").prefect_rows == 2
    assert not partial.exists()
    assert remains(duck.settings(), sha, tmp_path / "spill") == ["exports/rows.csv"]
    export.unlink()
    assert remains(duck.settings(), sha, tmp_path / "spill") == []


def unfinished(home: Path, name: str, *, age_seconds: float = 60.0) -> Path:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half of it")
    os.utime(path, (time.time() - age_seconds,) * 2)
    return path


@pytest.mark.parametrize(
    "name", ["reports/.laporan.id.html.0.tmp", "state/.readers.json.0.tmp", ".FORMAT.0.tmp"]
)
def test_the_next_command_removes_what_a_killed_one_had_not_finished(duck: Home, name: str) -> None:
    path = unfinished(duck.home, name)
    young = unfinished(duck.home, f"{name}.tmp", age_seconds=-0.5)
    with duck.session():
        assert not path.exists()
        assert young.exists()  # its command may have no lease yet
        path = unfinished(duck.home, name)
        with duck.session():
            assert path.exists()  # the other run may be writing it


def test_maintenance_looks_below_the_folders_of_the_record(duck: Home) -> None:
    paths = [unfinished(duck.home, f"{n}/ab/.x.tmp") for n in ("landing", "lake")]
    with duck.session() as session, duck.session():
        maintain(session)
        assert all(path.exists() for path in paths)
    with duck.session() as session:
        maintain(session)
    assert not any(path.exists() for path in paths)


def test_an_inbox_with_nothing_to_take_in_is_cleared_up_too(duck: Home) -> None:
    path = unfinished(duck.home, "state/tmp/0123/bytes")
    assert inbox.take_in_folders(duck.settings(), duck.gate) == {}
    assert not path.exists()
