"""What names erased bytes outside of the record: Prefect's own database, logs, exports, answers.

A text names some bytes if it has the first characters of their SHA-256, as names of answers do.
Rows of Prefect's database are deleted while no server has it open. Files that somebody asked for
are named, and left to whoever made them.
"""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from schemas.sql import identifier

NAMED_BY = 12  # characters of a SHA-256
CHUNK = 1 << 20
PREFECT = "state/prefect"
# The record names what it erased; its files, and databases, are looked at by their own rules.
RECORD = ("landing", "lake", "warehouse")
DATABASES = (".duckdb", ".parquet", ".db", ".sqlite")
SIDE_FILES = ("-wal", "-shm", "-journal", ".wal")
SECONDS = 2.0


def partial_files(home: Path) -> list[Path]:
    """What killed writers left of unfinished files. Only while no run is under way."""
    return sorted(p for n in RECORD for p in (home / n).rglob("*.tmp") if p.is_file())


def files_that_name(home: Path, sha256: str) -> list[Path]:
    """Files outside of the record with a text that names the bytes, packed or not."""
    needle = sha256[:NAMED_BY].encode()
    return [path for path in _loose_files(home) if _has(path, needle)]


def rows_that_name(home: Path, sha256: str) -> list[str]:
    """Tables of the home's own Prefect database with rows that name the bytes, and how many."""
    found = []
    for path in _databases(home):
        try:
            with closing(_opened(path)) as con:
                counts = {table: _count(con, table, sha256) for table in _tables(con)}
        except sqlite3.Error as error:
            found.append(f"{path.relative_to(home)}: {error}")
            continue
        found += [f"{path.relative_to(home)}: {t}, {n}" for t, n in counts.items() if n]
    return found


def forget_rows(home: Path, sha256: str) -> int:
    """Delete these rows, and their pages; returns how many. A database that a server has open is
    left as it is: `rows_that_name` says so."""
    return sum(_forget(path, sha256) for path in _databases(home))


def _databases(home: Path) -> list[Path]:
    return sorted((home / PREFECT).glob("*.db"))


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=SECONDS, isolation_level=None)


def _tables(con: sqlite3.Connection) -> list[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(str(name) for (name,) in con.execute(sql))


def _condition(con: sqlite3.Connection, table: str) -> str:
    columns = con.execute(f"PRAGMA table_info({identifier(table)})").fetchall()
    tests = (f"instr(CAST({identifier(c[1])} AS TEXT), :needle) > 0" for c in columns)
    return " OR ".join(tests) or "false"


def _count(con: sqlite3.Connection, table: str, sha256: str) -> int:
    sql = f"SELECT count(*) FROM {identifier(table)} WHERE {_condition(con, table)}"
    return int(con.execute(sql, {"needle": sha256[:NAMED_BY]}).fetchone()[0])


def _forget(path: Path, sha256: str) -> int:
    deleted = 0
    try:
        with closing(_opened(path)) as con:
            if not any(_count(con, table, sha256) for table in _tables(con)):
                return 0
        with closing(_opened(path)) as con:
            con.execute("PRAGMA locking_mode = EXCLUSIVE")  # refused while anybody has it open
            con.execute("PRAGMA foreign_keys = ON")
            con.execute("PRAGMA secure_delete = ON")
            con.execute("BEGIN EXCLUSIVE")
            for table in _tables(con):
                sql = f"DELETE FROM {identifier(table)} WHERE {_condition(con, table)}"
                deleted += con.execute(sql, {"needle": sha256[:NAMED_BY]}).rowcount
            con.execute("COMMIT")
            con.execute("VACUUM")
            con.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return deleted
    return deleted


def _loose_files(home: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(home):
        if Path(folder) == home:
            names[:] = [n for n in names if n not in RECORD and ".before-" not in n]
        for name in sorted(files):
            path = Path(folder) / name
            if path.suffix not in DATABASES and not name.endswith(SIDE_FILES):
                yield path


def _has(path: Path, needle: bytes) -> bool:
    try:
        if path.is_symlink() or not path.is_file():
            return False
        if zipfile.is_zipfile(path):  # a workbook
            with zipfile.ZipFile(path) as archive:
                return any(_in(archive.open(info), needle) for info in archive.infolist())
        return _in(path.open("rb"), needle)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        # No longer there, locked with a password, or (NotImplementedError) packed in a way that
        # the library does not know: nothing that Penataran wrote.
        return False


def _in(stream: IO[bytes], needle: bytes) -> bool:
    with stream:
        end = b""
        while chunk := stream.read(CHUNK):
            if needle in end + chunk:
                return True
            end = chunk[-len(needle) :]
    return False
