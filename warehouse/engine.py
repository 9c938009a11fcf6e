"""DuckDB as the embedded engine: bounded memory, no network, settings in one place."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import StorageError
from schemas.sql import literal, literals

if TYPE_CHECKING:
    import duckdb

MEGABYTES = 160  # for one load: a million rows then stay below 450 MB in all
MEMORY_LIMIT = f"{MEGABYTES}MB"
READER_MEMORY_LIMIT = "400MB"
READER_SPILL_LIMIT = "2GB"
# For a warehouse that is rebuilt or large: an update among ten million rows did not fit 160 MB,
# in parts or not (DuckDB 2.0.0).
WRITER_MEMORY_LIMIT = "320MB"
THREADS = 2
STORAGE_VERSION = "v1.2.0"  # a default 2.0 file does not open in 1.4


def connect(
    temp: Path | None, *, memory_limit: str = MEMORY_LIMIT, spill_limit: str | None = None
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that spills to `temp` above its memory limit; without a folder what
    needs more memory fails."""
    import duckdb

    if temp is not None:
        temp.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(temp or ""),
            **({"max_temp_directory_size": spill_limit} if spill_limit else {}),
            "threads": str(THREADS),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        }
    )
    con.execute("SET GLOBAL TimeZone = 'UTC'")  # of its cursors too
    return con


@dataclass(frozen=True)
class Database:
    """A database whose ordinary tables live, compressed, in a file of their own.

    In memory a million typed rows do not fit the limit; in a file they are evicted as
    they are written. The file is deleted with the run's temporary folder.
    """

    con: duckdb.DuckDBPyConnection
    path: Path

    def cursor(self, schema: str) -> duckdb.DuckDBPyConnection:
        """A connection with a schema and temporary tables of its own; it also sees `main`."""
        con = self.con.cursor()
        con.execute(f"CREATE SCHEMA IF NOT EXISTS stage.{schema}")
        con.execute(f"SET search_path = 'stage.{schema},stage.main'")
        return con

    def drop(self, schema: str) -> None:
        with closing(self.con.cursor()) as con:
            con.execute(f"DROP SCHEMA stage.{schema} CASCADE")

    def close(self) -> None:
        self.con.close()
        self.path.unlink(missing_ok=True)


def spilling_database(temp: Path, *, loads: int = 1) -> Database:
    """A new database in a folder, with memory for so many loads at a time. It writes no log: a
    crash ends its use."""
    con = connect(temp, memory_limit=f"{loads * MEGABYTES}MB")
    path = temp / f"stage-{uuid.uuid4().hex}.duckdb"
    con.execute(f"ATTACH {literal(path)} AS stage (RECOVERY_MODE NO_WAL_WRITES)")
    con.execute("USE stage")
    # The size of a text file is guessed low, and the rows would become the build side of
    # the joins with the small code lists: the whole file in memory.
    con.execute("SET GLOBAL disabled_optimizers = 'join_order,build_side_probe_side'")
    return Database(con, path)


def number_of(columns: Sequence[str]) -> str:
    """SQL of a 64-bit number of some columns. Different numbers prove different values; equal
    ones prove nothing (the tests run with a number of three values)."""
    return f"hash({', '.join(columns)})"


def is_out_of_memory(error: Exception) -> bool:
    import duckdb

    return isinstance(error, duckdb.OutOfMemoryException)


def first_row(result: duckdb.DuckDBPyConnection) -> tuple[Any, ...] | None:
    """The first row, with the result read to its end: DuckDB 2.0 refuses other work on a
    connection whose last result is unfinished."""
    rows = result.fetchall()
    return rows[0] if rows else None


def error_types() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.Error,)


def file_errors() -> tuple[type[Exception], ...]:
    """Errors of the system, and of the engine, about reading or writing files: no room, no
    permission, no descriptor (P03, P05)."""
    import duckdb

    return (OSError, duckdb.IOException)


def storage_error(error: Exception, where: str = "") -> StorageError | None:
    """The error of ours that one of `file_errors` is; None for any other."""
    if not isinstance(error, file_errors()):
        return None
    if isinstance(error, OSError):
        said, at = error.strerror or str(error), str(error.filename or where)
    else:
        said, at = (str(error).splitlines() or ["the engine could not use a file"])[0], where
    return StorageError(
        "storage",
        said,
        where=at,
        hint="check space, permissions and limits; what readers see is whole",
    )


def to_parquet_scan(files: list[str], *, by_source: bool) -> str:
    """SQL that scans the given Parquet files of one Delta snapshot, never a folder."""
    hive = ", hive_partitioning=true, hive_types={'source': VARCHAR}" if by_source else ""
    return f"read_parquet([{literals(files)}], union_by_name=true{hive})"
