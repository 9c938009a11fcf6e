"""Query results as files that hold types: Parquet and workbooks, with what their columns mean.

What a sheet would cut or change is refused or written as text.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from schemas.errors import ConfigurationError
from schemas.marks import SIMULATED
from schemas.sheets import AS_TEXT, CELL_CHARS, SHEET_COLUMNS, SHEET_ROWS, cell_of_sheet

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.base import Result
    from warehouse.dictionary import ColumnFacts

LARGEST_INTEGER = 2**63


class Facts(NamedTuple):
    """What a file says of itself."""

    simulated: bool
    about: Sequence[ColumnFacts]


def unfit(kind: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        "unfit_result",
        f"the result does not fit {kind}: {problem}",
        hint="select or cast what fits, or use csv",
    )


def write_parquet(result: Result, out: IO[bytes], folder: Path | None, notes: Facts) -> None:
    """Types are known when all rows are: the first ones may all be empty, or small. Until then
    the rows are in a file without a name, which nothing can leave behind."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    note = {b"penataran_notice": SIMULATED.encode()} if notes.simulated else {}
    schema = pa.schema([(name, pa.null()) for name in result.columns])
    count = 0
    with tempfile.TemporaryFile(dir=folder) as kept:
        for batch in result.batches:
            rows = _arrow(result.columns, batch)
            with pa.ipc.new_stream(kept, rows.schema) as stream:
                stream.write_table(rows)
            schema = _common(schema, rows.schema)
            count += 1
        kept.seek(0)
        described = _described(schema, notes.about).with_metadata(note)
        with pq.ParquetWriter(out, described) as writer:
            for _ in range(count):
                with pa.ipc.open_stream(kept) as stream:
                    writer.write_table(stream.read_all().cast(writer.schema))


def _described(schema: pa.Schema, about: Sequence[ColumnFacts]) -> pa.Schema:
    """The schema with description and unit as metadata of its columns."""
    import pyarrow as pa

    said = {
        column.name: {
            "description_id": column.description.id,
            "description_en": column.description.en,
            "unit": column.unit or "",
        }
        for column in about
    }
    return pa.schema([f.with_metadata(said[f.name]) if f.name in said else f for f in schema])


def _arrow(columns: Sequence[str], batch: Sequence[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    try:
        cells = [_integers(column) for column in zip(*batch, strict=True)]
        return pa.table(dict(zip(columns, cells, strict=True)))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as e:
        raise unfit("Parquet", str(e).splitlines()[0]) from None


def _common(one: pa.Schema, other: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    try:
        return pa.unify_schemas([one, other], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise unfit("Parquet", str(error).splitlines()[0]) from None


def _integers(column: Sequence[Any]) -> list[Any]:
    """A column with numbers that do not fit 64 bits becomes one of decimals."""
    if any(type(v) is int and not -LARGEST_INTEGER <= v < LARGEST_INTEGER for v in column):
        return [Decimal(v) if type(v) is int else v for v in column]
    return list(column)


def write_xlsx(result: Result, out: IO[bytes], folder: Path | None, notes: Facts) -> None:
    import xlsxwriter

    options = {
        "constant_memory": folder is not None,
        "in_memory": folder is None,
        "tmpdir": None if folder is None else str(folder),
        **AS_TEXT,
    }
    if len(result.columns) > SHEET_COLUMNS:
        raise unfit("a sheet", f"it has more than {SHEET_COLUMNS} columns")
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("data")
        formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        for column, name in enumerate(result.columns):
            sheet.write_string(0, column, _fitting(name))
        for line, row in enumerate(chain.from_iterable(result.batches), 1):
            if line >= SHEET_ROWS:
                raise unfit("a sheet", f"it has more than {SHEET_ROWS - 1} rows")
            for column, value in enumerate(map(cell_of_sheet, row)):
                _write_cell(sheet, (line, column), value, formats)
        _write_notes(book, notes)


def _write_notes(book: Any, notes: Facts) -> None:
    """A sheet that says what the data is, and what each column and code means."""
    lines: list[tuple[str, ...]] = [(SIMULATED,)] if notes.simulated else []
    if notes.about:
        lines += [("kolom / column", "satuan / unit", "arti", "meaning")]
        lines += [(c.name, c.unit or "", c.description.id, c.description.en) for c in notes.about]
    codes = [(c.name, code, words.id, words.en) for c in notes.about for code, words in c.codes]
    if codes:
        lines += [(), ("kolom / column", "kode / code", "arti", "meaning"), *codes]
    if not lines:
        return
    sheet = book.add_worksheet("keterangan")
    for line, cells in enumerate(lines):
        for column, text in enumerate(cells):
            sheet.write_string(line, column, text)


def _write_cell(
    sheet: Any, place: tuple[int, int], value: Any, formats: Mapping[type[date], Any]
) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(*place, value)
        case date():
            sheet.write_datetime(*place, value, formats[type(value)])
        case int() | float() | Decimal():
            sheet.write_number(*place, value)
        case _:
            sheet.write_string(*place, _fitting(str(value)))


def _fitting(text: str) -> str:
    if len(text) > CELL_CHARS:
        raise unfit("a sheet", f"a cell has more than {CELL_CHARS} characters")
    return text
