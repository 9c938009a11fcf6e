"""Readers: bytes of a known format to a relation of text columns with row numbers.

Nothing here builds Python objects per row. Text stays text (`NA`, `0901`, `1.50`): what it
means is the declaration's business. Each reader gives SQL of a relation with `_row`, the
1-based place of the record, and one VARCHAR column per declared source column, which
DuckDB streams from the spooled bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from config.source import Reader
from tasks.formats.common import RawRelation, check_columns, first_line
from tasks.formats.csv_rows import looks_like_markup, ragged_lines, read_csv
from tasks.formats.json_rows import (
    at_path,
    declared_rows,
    envelope_of,
    provider_error,
    read_json,
)
from tasks.formats.workbook_rows import read_workbook

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "RawRelation",
    "at_path",
    "check_columns",
    "declared_rows",
    "envelope_of",
    "first_line",
    "looks_like_markup",
    "provider_error",
    "ragged_lines",
    "read",
    "read_csv",
    "read_json",
    "read_workbook",
]


def read(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    reader: Reader,
    declared: Collection[str],
    ignored: Collection[str],
    where: str,
) -> RawRelation:
    """Prepare one spooled file for reading. Raises DataError with the place of the fault."""
    if reader.format == "json":
        return read_json(con, path, reader, declared, ignored, where)
    if reader.workbook is not None:
        return read_workbook(path, reader.workbook, where)
    return read_csv(path, reader, where)
