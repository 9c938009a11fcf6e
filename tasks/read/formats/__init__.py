"""Readers: bytes of a known format to a relation of text columns with row numbers.

No reader builds Python objects per row. Text stays text (`NA`, `0901`, `1.50`): the declaration
defines what it means. Each reader returns SQL of a relation with `_row`, the 1-based place of the
record, and one VARCHAR column per declared source column. DuckDB streams it from the spooled bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from config.reading import (
    CsvReader,
    HtmlReader,
    JsonReader,
    Reader,
    SdmxJsonReader,
    SdmxMlReader,
    WorkbookReader,
    XmlReader,
)
from schemas.errors import DataError
from tasks.read.formats.common import (
    Columns,
    RawRelation,
    all_shown,
    check_columns,
    check_units,
    counted,
    first_line,
    refusal,
    rows_of_parquet,
    understood,
    whole_number,
)
from tasks.read.formats.csv_rows import (
    looks_like_markup,
    looks_like_page,
    ragged_lines,
    read_csv,
    unzip,
)
from tasks.read.formats.json_rows import (
    at_path,
    declared_rows,
    envelope_of,
    provider_error,
    read_json,
)
from tasks.read.formats.workbook_rows import read_workbook

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "RawRelation",
    "all_shown",
    "at_path",
    "check_columns",
    "check_kind",
    "check_units",
    "counted",
    "declared_rows",
    "envelope_of",
    "first_line",
    "looks_like_markup",
    "provider_error",
    "ragged_lines",
    "raw_relation",
    "read_csv",
    "read_json",
    "read_workbook",
    "refusal",
    "understood",
    "whole_number",
]


def raw_relation(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    reader: Reader,
    declared: Collection[str],
    ignored: Collection[str],
    where: str,
) -> RawRelation:
    """The relation of a spooled file's rows. Readers may change the file: it must be a private
    copy. Raises DataError with the place of the fault."""
    if isinstance(reader, WorkbookReader):
        return read_workbook(path, reader.workbook, where)
    if reader.module:
        # The source's own reader brings odd bytes into the declared format.
        own = import_module(f"tasks.read.sources.{reader.module}")
        try:
            path.write_bytes(own.read(path.read_bytes()))
        except READER_FAILURES as error:
            raise DataError(
                "reader_failed",
                f"{reader.module} cannot read the answer: {type(error).__name__}: {error}"[:400],
                where=where,
                hint="the transfer was cut or the partner changed its format",
            ) from error
    if isinstance(reader, JsonReader):
        return read_json(con, path, reader, declared, ignored, where)
    if isinstance(reader, CsvReader):
        return read_csv(path, reader, where, declared, ignored)
    if reader.member:
        unzip(path, reader.member, where)
    convert = import_module(f"tasks.read.formats.{CONVERTED[reader.format]}").convert
    found = convert(path, path.with_suffix(".parquet"), reader, where)
    if isinstance(reader, SdmxJsonReader):
        found = _without_names(found, {*declared, *ignored}, declared)
    return rows_of_parquet(path.with_suffix(".parquet"), found, reader.wide, where)


def _without_names(found: Columns, known: set[str], declared: Collection[str]) -> Columns:
    """Columns without the names of codes that are read themselves: they are no dimension, and a
    message has them or not as it likes."""
    names = [
        n
        for n in found.names
        if n in known or not (n.endswith(".name") and n.removesuffix(".name") in declared)
    ]
    return Columns(names, found.listed)


# Errors of a source's own reader for bytes that are not in the expected form.
READER_FAILURES = (ValueError, LookupError, TypeError, AttributeError, RecursionError, csv.Error)
CONVERTED = {
    "xml": "xml_rows",
    "html": "html_rows",
    "xlsx": "xlsx_rows",
    "sdmx-ml": "sdmx_ml_rows",
    "sdmx-json": "sdmx_json_rows",
    "json-stat": "json_stat_rows",
}
"""Formats that one pass turns into a Parquet file of text, and the module that does."""


def check_kind(path: Path, reader: Reader, where: str) -> None:
    """Refuse an answer of another format than the declared one, before it is landed (S10)."""
    if isinstance(reader, WorkbookReader) or getattr(reader, "member", None):
        return  # a partner's own file, or an archive
    markup = looks_like_markup(path)
    # A source's own reader may take another format, such as HTML within JSON.
    wanted = isinstance(reader, XmlReader | HtmlReader | SdmxMlReader) and not reader.module
    is_page = not isinstance(reader, HtmlReader) and looks_like_page(path)
    if markup and (not wanted or is_page):
        received = "HTML or XML" if not wanted else "an HTML page"
    elif wanted and not markup:
        received = "no markup" if path.stat().st_size else "nothing"
    else:
        return
    raise DataError(
        f"not_{reader.format.replace('-', '_')}",
        f"expected {reader.format.upper()}, received {received}",
        where=where,
        hint="the partner may be down or blocking; nothing was stored as data",
    )
