"""Query results as table, CSV, JSON, Parquet or XLSX, streamed batch by batch.

Machine files use ISO dates and decimal points. Cells that a spreadsheet would run as a
formula are written as text (X06). A file of simulated data says so.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from schemas.errors import ConfigurationError
from schemas.marks import SIMULATED
from schemas.texts import is_formula, visible
from warehouse.base import Result

WIDTH = 60


def write(result: Result, kind: str, output: str | None, *, simulated: bool) -> None:
    """Write a result to a file or, for texts, to stdout."""
    if kind in ("parquet", "xlsx") and output is None:
        raise ConfigurationError("needs_output", f"--format {kind} needs -o FILE")
    match kind:
        case "parquet":
            _parquet(result, Path(str(output)), simulated=simulated)
        case "xlsx":
            _xlsx(result, Path(str(output)), simulated=simulated)
        case "csv":
            with _text(output) as out:
                _csv(result, out)
        case "json":
            with _text(output) as out:
                _json(result, out)
        case _:
            with _text(output) as out:
                table(result.columns, result.batches, out)


@contextmanager
def _text(output: str | None) -> Iterator[IO[str]]:
    if output is None:
        yield sys.stdout
    else:
        with Path(output).open("w", encoding="utf-8", newline="") as handle:
            yield handle


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def _guarded(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a leading apostrophe."""
    return f"'{value}" if isinstance(value, str) and is_formula(value) else _plain(value)


class _Lines:
    """Ends lines with a line feed. The writer quotes only the signs of its own line end (Python
    3.11), and an unquoted carriage return would begin a new cell."""

    def __init__(self, out: IO[str]) -> None:
        self.out = out

    def write(self, line: str) -> None:
        self.out.write(line.removesuffix("\r\n") + "\n")


def _csv(result: Result, out: IO[str]) -> None:
    writer = csv.writer(_Lines(out), lineterminator="\r\n")
    writer.writerow(_guarded(name) for name in result.columns)
    for batch in result.batches:
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
    """Decimals as JSON numbers where that loses nothing, as text where it would."""
    if isinstance(value, Decimal):
        if value == value.to_integral_value() and abs(value) < 2**53:
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)
    return _plain(value)


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


def _parquet(result: Result, path: Path, *, simulated: bool) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    note = {b"penataran_notice": SIMULATED.encode()} if simulated else {}
    for batch in result.batches:
        columns = [list(c) for c in zip(*batch, strict=True)]
        rows = pa.table(dict(zip(result.columns, columns, strict=True)))
        if writer is None:
            schema = rows.schema.with_metadata(note)
            writer = pq.ParquetWriter(path, schema)
        writer.write_table(rows.cast(writer.schema))
    if writer is None:
        empty = pa.table({name: pa.array([], pa.string()) for name in result.columns})
        pq.write_table(empty.replace_schema_metadata(note), path)
    else:
        writer.close()


def _xlsx(result: Result, path: Path, *, simulated: bool) -> None:
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("data")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, result.columns)
        line = 0
        for batch in result.batches:
            for row in batch:
                line += 1
                for column, value in enumerate(row):
                    match value:
                        case None:
                            continue
                        case bool():
                            sheet.write_boolean(line, column, value)
                        case datetime():
                            sheet.write_datetime(line, column, value, time)
                        case date():
                            sheet.write_datetime(line, column, value, day)
                        case int() | float() | Decimal():
                            sheet.write_number(line, column, value)
                        case _:
                            sheet.write_string(line, column, str(value))
        if simulated:
            book.add_worksheet("keterangan").write_string(0, 0, SIMULATED)
