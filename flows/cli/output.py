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
from datetime import date, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from flows.cli.exports import Facts, write_parquet, write_xlsx
from schemas.errors import ConfigurationError
from schemas.texts import is_formula, visible
from warehouse.limits import held_folder
from warehouse.modes import hand_over

if TYPE_CHECKING:
    from warehouse.base import Result
    from warehouse.dictionary import ColumnFacts

WIDTH = 60
ROWS = 2048  # at a time
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
    result: Result,
    kind: str,
    output: str | None,
    *,
    simulated: bool,
    temp: Path | None = None,
    about: Sequence[ColumnFacts] = (),
) -> None:
    """Write a result to a file or, for texts, to stdout. In `temp` workbooks and Parquet have their
    partial files; without it a workbook's are in memory. They also hold what is known `about`
    columns."""
    if kind in ("parquet", "xlsx") and output is None:
        raise ConfigurationError("needs_output", f"--format {kind} needs -o FILE")
    if kind in ("parquet", "json"):
        _require_different(result.columns)
    with _folder_in(temp if kind in ("xlsx", "parquet") else None) as folder:
        if output is None:
            _text(result, kind, sys.stdout)
        else:
            with _file(Path(os.path.realpath(output))) as out:
                _write(result, kind, out, folder, Facts(simulated, about))


def _require_different(columns: Sequence[str]) -> None:
    """Records and Parquet have one value for a name, and would lose the others."""
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise ConfigurationError(
            "same_columns",
            f"two columns of the result have the same name: {visible(twice[0])!r}",
            hint="name each with AS, or use csv",
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


def _write(result: Result, kind: str, out: IO[bytes], folder: Path | None, notes: Facts) -> None:
    match kind:
        case "parquet":
            write_parquet(result, out, folder, notes)
        case "xlsx":
            write_xlsx(result, out, folder, notes)
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
        return format(value, "f")
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
