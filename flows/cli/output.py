"""Query results as table, CSV, JSON, Parquet or XLSX, streamed batch by batch.

Machine files use ISO dates and decimal points. Cells that a spreadsheet would run as a
formula are written as text (X06). A file of simulated data says so.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from schemas.errors import ConfigurationError
from schemas.marks import SIMULATED
from schemas.texts import is_formula, visible
from warehouse.limits import held_folder
from warehouse.modes import hand_over

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.base import Result

WIDTH = 60
ROWS = 2048  # at a time
LARGEST_INTEGER = 2**63
# What a sheet holds. The library leaves out or cuts what is more, and says nothing.
SHEET_ROWS, SHEET_COLUMNS, CELL_CHARS = 1_048_576, 16_384, 32_767
SHEET_DIGITS = 15  # of a number; a longer one is written as text
SHEET_BEGINS = 1900
# Where a sheet begins a new cell in a text, if it splits lines at semicolons or tabs: it knows
# quotes only where they begin a cell, and the quotes of a CSV file may stand after a comma.
CELL_BEGINS = re.compile(r"(?<=[;\t\r\n])(?=[^;\t\r\n])")


class Part:
    """Some of a result's rows, in its order: at most `limit` after the first `offset`."""

    def __init__(self, limit: int | None, offset: int) -> None:
        for option, number in (("--limit", limit), ("--offset", offset)):
            if number is not None and number < 0:
                raise ConfigurationError("usage", f"{option} {number} is below 0")
        self.limit, self.offset, self.is_cut = limit, offset, False

    def of(self, result: Result) -> Result:
        if self.limit is None and not self.offset:
            return result
        return replace(result, batches=self._batches(chain.from_iterable(result.batches)))

    def _batches(self, rows: Iterator[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
        wanted = islice(rows, self.offset, None)
        left = self.limit
        while batch := list(islice(wanted, ROWS if left is None else min(left, ROWS))):
            yield batch
            left = None if left is None else left - len(batch)
        self.is_cut = left == 0 and next(wanted, None) is not None


def write(
    result: Result, kind: str, output: str | None, *, simulated: bool, temp: Path | None = None
) -> None:
    """Write a result to a file or, for texts, to stdout. In `temp` workbooks and Parquet have their
    partial files; without it a workbook's are in memory."""
    if kind in ("parquet", "xlsx") and output is None:
        raise ConfigurationError("needs_output", f"--format {kind} needs -o FILE")
    if kind in ("parquet", "json"):
        _require_different(result.columns)
    with _folder_in(temp if kind in ("xlsx", "parquet") else None) as folder:
        if output is None:
            _text(result, kind, sys.stdout)
        else:
            with _file(Path(os.path.realpath(output))) as out:
                _write(result, kind, out, folder, simulated=simulated)


def _require_different(columns: Sequence[str]) -> None:
    """Records and Parquet have one value for a name, and would lose the others."""
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise ConfigurationError(
            "same_columns",
            f"two columns of the result have the same name: {visible(twice[0])!r}",
            hint="name each with AS, or use csv",
        )


def _unfit(kind: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        "unfit_result",
        f"the result does not fit {kind}: {problem}",
        hint="select or cast what fits, or use csv",
    )


@contextmanager
def _folder_in(temp: Path | None) -> Iterator[Path | None]:
    """A folder of our own in the home, which the next command clears if we are killed; none where
    a reader may not write there."""
    with ExitStack() as opened:
        folder = None
        if temp is not None:
            with suppress(OSError):
                folder = opened.enter_context(held_folder(temp))
        yield folder


@contextmanager
def _file(path: Path) -> Iterator[IO[bytes]]:
    """What is written becomes the file when it is whole; until then, and after a failure, an
    earlier file stays. It has no name before, so a killed export leaves nothing of it."""
    if path.exists() and not path.is_file():  # a pipe or a device
        with path.open("wb") as out:
            yield out
        return
    with tempfile.TemporaryFile(dir=path.parent) as out:
        yield out
        out.seek(0)
        partial = path.with_name(f".{uuid.uuid4().hex}.tmp")
        try:
            with partial.open("xb") as copy:
                shutil.copyfileobj(out, copy)
            hand_over(partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def _write(
    result: Result, kind: str, out: IO[bytes], folder: Path | None, *, simulated: bool
) -> None:
    match kind:
        case "parquet":
            _parquet(result, out, folder, simulated=simulated)
        case "xlsx":
            _xlsx(result, out, folder, simulated=simulated)
        case _:
            text = io.TextIOWrapper(out, encoding="utf-8", newline="")
            _text(result, kind, text)
            text.detach()


def _text(result: Result, kind: str, out: IO[str]) -> None:
    match kind:
        case "csv":
            write_csv(result.columns, result.batches, out)
        case "json":
            _json(result, out)
        case _:
            table(result.columns, result.batches, out)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def _guarded(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a leading apostrophe; so does what
    it would take for one after it has split the text."""
    match value:
        case str() | bytes() | list() | tuple() | Mapping():
            text = str(value)
            first, *rest = CELL_BEGINS.split(text)
            cells = [f"'{first}" if is_formula(text) else first]
            return "".join([*cells, *(f"'{part}" if is_formula(part) else part for part in rest)])
        case _:
            return _plain(value)


class _Lines:
    """Ends lines with a line feed. The writer quotes only the signs of its own line end (Python
    3.11): an unquoted carriage return, semicolon or tab would begin a new cell."""

    END = "\r\n;\t"

    def __init__(self, out: IO[str]) -> None:
        self.out = out

    def write(self, line: str) -> None:
        self.out.write(line.removesuffix(self.END) + "\n")


def write_csv(
    columns: Sequence[str], batches: Iterable[Iterable[Sequence[Any]]], out: IO[str]
) -> None:
    """Rows as CSV; null is empty, numbers have all their digits."""
    writer = csv.writer(_Lines(out), lineterminator=_Lines.END)
    writer.writerow(_guarded(name) for name in columns)
    for batch in batches:
        writer.writerows([_guarded(v) for v in row] for row in batch)


def _json(result: Result, out: IO[str]) -> None:
    out.write("[")
    first = True
    for batch in result.batches:
        for row in batch:
            record = dict(zip(result.columns, (_number(v) for v in row), strict=True))
            out.write(("" if first else ",") + "\n" + json.dumps(record, ensure_ascii=False))
            first = False
    out.write("\n]\n")


def _number(value: Any) -> Any:
    """A value as JSON has it. Decimals are numbers where that loses nothing, and texts where it
    would; so is what JSON has no sign for."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Decimal():
            return _decimal(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): _number(held) for key, held in value.items()}
        case list() | tuple():
            return [_number(held) for held in value]
        case _:
            return str(_plain(value))


def _decimal(value: Decimal) -> int | float | str:
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def table(
    columns: Sequence[str],
    batches: Iterable[Sequence[tuple[Any, ...]]],
    out: IO[str] | None = None,
) -> None:
    """A plain text table; widths come from the first batch."""
    out = out or sys.stdout
    widths: list[int] | None = None
    for batch in batches:
        rows = [[_cell(v) for v in row] for row in batch]
        if widths is None:
            widths = [
                min(WIDTH, max([len(name), *(len(r[i]) for r in rows)]))
                for i, name in enumerate(columns)
            ]
            _line(out, [_cell(c) for c in columns], widths)
            _line(out, ["-" * w for w in widths], widths)
        for row in rows:
            _line(out, row, widths)
    if widths is None:
        _line(out, [_cell(c) for c in columns], [len(c) for c in columns])


def _cell(value: Any) -> str:
    text = "" if value is None else str(_plain(value))
    return visible(text)


def _line(out: IO[str], cells: list[str], widths: list[int]) -> None:
    out.write("  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip() + "\n")


def _parquet(result: Result, out: IO[bytes], folder: Path | None, *, simulated: bool) -> None:
    """Types are known when all rows are: the first ones may all be empty, or small. Until then
    the rows are in a file without a name, which nothing can leave behind."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    note = {b"penataran_notice": SIMULATED.encode()} if simulated else {}
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
        with pq.ParquetWriter(out, schema.with_metadata(note)) as writer:
            for _ in range(count):
                with pa.ipc.open_stream(kept) as stream:
                    writer.write_table(stream.read_all().cast(writer.schema))


def _arrow(columns: Sequence[str], batch: Sequence[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    try:
        cells = [_integers(column) for column in zip(*batch, strict=True)]
        return pa.table(dict(zip(columns, cells, strict=True)))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as e:
        raise _unfit("Parquet", str(e).splitlines()[0]) from None


def _common(one: pa.Schema, other: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    try:
        return pa.unify_schemas([one, other], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise _unfit("Parquet", str(error).splitlines()[0]) from None


def _integers(column: Sequence[Any]) -> list[Any]:
    """A column with numbers that do not fit 64 bits becomes one of decimals."""
    if any(type(v) is int and not -LARGEST_INTEGER <= v < LARGEST_INTEGER for v in column):
        return [Decimal(v) if type(v) is int else v for v in column]
    return list(column)


def _xlsx(result: Result, out: IO[bytes], folder: Path | None, *, simulated: bool) -> None:
    import xlsxwriter

    options = {
        "constant_memory": folder is not None,
        "in_memory": folder is None,
        "tmpdir": None if folder is None else str(folder),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    if len(result.columns) > SHEET_COLUMNS:
        raise _unfit("a sheet", f"it has more than {SHEET_COLUMNS} columns")
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
                raise _unfit("a sheet", f"it has more than {SHEET_ROWS - 1} rows")
            for column, value in enumerate(map(_cell_of_sheet, row)):
                _write_cell(sheet, (line, column), value, formats)
        if simulated:
            book.add_worksheet("keterangan").write_string(0, 0, SIMULATED)


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


def _cell_of_sheet(value: Any) -> Any:
    """The value, or its text where a sheet would show another number or day."""
    match value:
        case bool():
            return value
        case date():
            return value if value.year >= SHEET_BEGINS else value.isoformat()
        case float():
            return value if math.isfinite(value) else str(value)
        case int() | Decimal():
            exact = Decimal(value)
            if not exact.is_finite() or len(exact.normalize().as_tuple().digits) > SHEET_DIGITS:
                return str(value)
            return value
        case _:
            return value


def _fitting(text: str) -> str:
    if len(text) > CELL_CHARS:
        raise _unfit("a sheet", f"a cell has more than {CELL_CHARS} characters")
    return text
