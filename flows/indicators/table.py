"""A user's CSV as columns: read liberally, and refused with the row where it cannot be right."""

from __future__ import annotations

import csv
import gzip
import io
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from schemas.errors import ConfigurationError
from warehouse.indicators.reasons import Floats

DELIMITERS = (",", ";", "\t", "|")
LOCAL = (";", "\t")  # of programs that write a decimal comma
MISSING = frozenset({"", "na", "n/a", "nan", "null"})
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
COMMA = re.compile(r"[+-]?(\d+(,\d*)?|,\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
MOST_BYTES = 1 << 30
MOST_COLUMNS = 16_384  # of a sheet
LARGEST = 1e100  # so that products of two figures are numbers
SHOWN = 40  # characters of a cell, or headings, in a message

Decimal = Literal["point", "comma"]


@dataclass
class Table:
    """Cells by column, and the row of the file that each stands in (1 is the heading)."""

    path: str
    columns: dict[str, list[str]]
    rows: list[int]
    delimiter: str = ","
    decimal: Decimal | None = None
    _numbers: dict[str, Floats] = field(default_factory=dict)

    def column(self, name: str, hint: str = "") -> str:
        """The heading of a column, whatever its capitals; refused where there is not one."""
        wanted = _folded(name)
        found = [heading for heading in self.columns if _folded(heading) == wanted]
        if name in found:
            return name
        if len(found) == 1:
            return found[0]
        if found:
            raise ConfigurationError(
                "no_column", f"{name!r} is {len(found)} columns", where=self.path
            )
        from schemas.nearest import near

        there = ", ".join(list(self.columns)[:SHOWN]) + (", …" if len(self.columns) > SHOWN else "")
        raise ConfigurationError(
            "no_column",
            f"there is no column {name!r}{near(name, self.columns)}; the columns are: {there}",
            where=self.path,
            hint=hint,
        )

    def texts(self, name: str) -> list[str]:
        """The cells of a column, without space around them."""
        return self.columns[name]

    def numbers(self, name: str) -> Floats:
        """The cells of a column as numbers, NaN where one is empty."""
        if name not in self._numbers:
            found = self._read(name)
            if (np.abs(found) > LARGEST).any():
                place = int(np.argmax(np.abs(found) > LARGEST))
                raise self._no_number(name, place, "; it is too large")
            self._numbers[name] = found
        return self._numbers[name]

    def holds_numbers(self, name: str) -> bool:
        """True where any cell of the column is a number, so that all should be."""
        return any(_is_number(cell) for cell in self.columns[name])

    def _read(self, name: str) -> Floats:
        cells = self.columns[name]
        if (quick := _quick(cells)) is not None:
            return quick
        plain = [unicodedata.normalize("NFKC", c).replace("−", "-").strip() for c in cells]
        decimal = self.decimal or self._decimal_of(name, plain)
        pattern = COMMA if decimal == "comma" else NUMBER
        found = np.full(len(cells), np.nan)
        for place, cell in enumerate(plain):
            if cell.casefold() in MISSING:
                continue
            if not pattern.fullmatch(cell):
                raise self._no_number(name, place)
            found[place] = float(cell.replace(",", "."))
            if not np.isfinite(found[place]):
                raise self._no_number(name, place)
        return found

    def _decimal_of(self, name: str, cells: Sequence[str]) -> Decimal:
        """Comma in a file of a program that writes it so, if the column shows that it cannot mean
        thousands."""
        commas = [cell for cell in cells if "," in cell]
        if not commas or self.delimiter not in LOCAL or any("." in cell for cell in cells):
            return "point"
        if all(THOUSANDS.fullmatch(cell) for cell in commas):
            place = next(i for i, cell in enumerate(cells) if "," in cell)
            raise self._no_number(name, place, "; it could mean thousands or a decimal comma")
        return "comma"

    def _no_number(self, name: str, place: int, why: str = "") -> ConfigurationError:
        cell = self.columns[name][place]
        shown = cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}…"
        return ConfigurationError(
            "bad_number",
            f"{shown!r} in column {name!r} is not a number{why}",
            where=f"{self.path}, row {self.rows[place]}",
            hint="write numbers without separators of thousands and leave missing ones empty; "
            "--set decimal=comma reads 12,5",
        )


def read_table(path: str, decimal: Decimal | None = None) -> Table:
    """The table of a file, `-` for the standard input: CSV with its headings in the first row."""
    text = _text(path)
    delimiter, text, skipped = _delimiter(text, ";" if decimal == "comma" else ",")
    columns: dict[str, list[str]] = {}
    rows: list[int] = []
    lists: list[list[str]] = []
    for row, cells in _records(text, delimiter, path, skipped):
        if not columns:
            columns = _headed(cells, path)
            lists = list(columns.values())
            continue
        if len(cells) > len(lists) and any(cells[len(lists) :]):
            raise ConfigurationError(
                "bad_table",
                f"{len(cells)} cells where there are {len(lists)} headings",
                where=f"{path}, row {row}",
                hint="a text that holds the delimiter stands in quotation marks",
            )
        cells += [""] * (len(lists) - len(cells))
        rows.append(row)
        for column, cell in zip(lists, cells, strict=False):
            column.append(cell)
    if not columns:
        raise ConfigurationError("empty_file", "the file has no row", where=path)
    return Table(path, columns, rows, delimiter, decimal)


def groups_of(keys: Sequence[Sequence[str]], length: int) -> list[npt.NDArray[np.intp]]:
    """The rows that have the same texts in all of these columns, ordered by those texts."""
    if not keys:
        return [np.arange(length)]
    found: dict[tuple[str, ...], list[int]] = {}
    for place, key in enumerate(zip(*keys, strict=True)):
        found.setdefault(key, []).append(place)
    return [np.array(found[key]) for key in sorted(found)]


def _text(path: str) -> str:
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1) if path == "-" else _bytes(Path(path))
        if raw.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
                raw = packed.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError("no_file", f"the file cannot be read: {why}", where=path) from None
    if len(raw) > MOST_BYTES:
        raise ConfigurationError("bad_table", "the file is larger than 1 GiB", where=path)
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            "undecodable", f"the text is not UTF-8: {error}", where=path, hint="save it as UTF-8"
        ) from None
    if "\0" in text:
        raise ConfigurationError("bad_table", "the file is not a text", where=path)
    return text


def _bytes(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(MOST_BYTES + 1)


def _delimiter(text: str, otherwise: str) -> tuple[str, str, int]:
    """The delimiter, the text after a line that names it (`sep=;`), and how many lines that is."""
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=.", first.strip("\r")):
        return first[4], rest, 1
    best = max(DELIMITERS, key=lambda sign: _fit(text, sign))
    return best if _fit(text, best) > (False, 1) else otherwise, text, 0


def _fit(text: str, delimiter: str) -> tuple[bool, int]:
    """How well a delimiter fits: the first two rows have as many cells as each other, and more than
    one; and how many that is."""
    widths: list[int] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in record):
                widths.append(len(record))
            if len(widths) == 2:
                break
    except csv.Error:
        return False, 0
    wide = max(widths, default=0)
    return wide > 1 and len(set(widths)) == 1, wide


def _records(text: str, delimiter: str, path: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with its number in the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        row = reader.line_num + 1 + skipped
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise ConfigurationError(
                "bad_table", f"not CSV: {error}", where=f"{path}, row {row}"
            ) from None
        if record is None:
            return
        cells = [cell.strip() for cell in record]
        if any(cells):
            yield row, cells


def _headed(cells: Sequence[str], path: str) -> dict[str, list[str]]:
    end = next((n for n in range(len(cells), 0, -1) if cells[n - 1]), 0)
    if end > MOST_COLUMNS:
        raise ConfigurationError(
            "bad_table",
            f"{end} columns where at most {MOST_COLUMNS} are read",
            where=f"{path}, row 1",
            hint="keep the columns that the indicator needs",
        )
    columns: dict[str, list[str]] = {}
    for name in cells[:end]:
        if name in columns:
            raise ConfigurationError(
                "bad_table", f"two columns have the heading {name!r}", where=f"{path}, row 1"
            )
        columns[name] = []
    return columns


def _quick(cells: Sequence[str]) -> Floats | None:
    """The numbers of a column without anything unusual in it; None sends it to the careful way."""
    together = "".join(cells)
    if not together.isascii() or "_" in together:
        return None
    try:
        found = np.array([float(cell) if cell else np.nan for cell in cells], dtype=float)
    except ValueError:
        return None
    filled = sum(map(bool, cells))
    return found if int(np.isfinite(found).sum()) == filled else None


def _is_number(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or COMMA.fullmatch(cell))


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
