"""DuckDB as the embedded engine: bounded memory, no network, settings in one place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "400MB"
STORAGE_VERSION = "v1.2.0"  # a default 2.0 file does not open in 1.4


def quote(name: str) -> str:
    """An SQL identifier, whatever a partner put into a column name (X07)."""
    return '"' + name.replace('"', '""') + '"'


def connect(temp: Path, *, memory_limit: str = MEMORY_LIMIT) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that spills to `temp` above its memory limit."""
    import duckdb

    temp.mkdir(parents=True, exist_ok=True)
    return duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(temp),
            "threads": "2",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "TimeZone": "UTC",
        }
    )


def error_types() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.Error,)


def to_parquet_scan(files: list[str]) -> str:
    """SQL that scans the given Parquet files of one Delta snapshot, never a folder."""
    listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
    return (
        f"read_parquet([{listed}], hive_partitioning=true, "
        "hive_types={'source': VARCHAR}, union_by_name=true)"
    )
