"""What readers share: the relation that they return, limits, and the check of columns."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.reading import Wide
from schemas.errors import DataError
from schemas.sql import identifier, literal, literals

CHUNK = 1 << 20
MAX_RECORD_BYTES = 4 << 20
MAX_COLUMNS = 2000
MOST_DIGITS = 15  # of a count: no answer has as many rows
# What Python raises over content that is not built as expected.
MISUNDERSTOOD = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, csv.Error,
)  # fmt: skip


@dataclass(frozen=True)
class RawRelation:
    """A relation to stream: its SQL, all columns of the source, and its envelope.

    `declared_rows` is the number of rows that the answer declares. `fault` is code and message for
    an error in the rows, which appears only when they are read. `skipped_lines` is the number of
    lines before the rows. `listed` are the names that the answer's own structure has, whether or
    not a row has them too.
    """

    sql: str
    columns: tuple[str, ...]
    fault: tuple[str, str]
    envelope: Any = None
    declared_rows: int | None = None
    skipped_lines: int = 0
    listed: frozenset[str] = frozenset()


REFUSED = "refused as "
"""Begins the text of an error that a relation raises while it is read (`refusal_sql`)."""


def refusal_sql(code: str, words: str) -> str:
    """SQL that stops the relation with a code of its own. `words` is SQL of a text."""
    return f"error({literal(f'{REFUSED}{code}: ')} || {words})"


def refusal(failure: object) -> tuple[str, str] | None:
    """Code and words of an error that the relation itself raised, if it did."""
    found = re.search(rf"{REFUSED}(\w+): (.*)", str(failure))
    return (found[1], found[2][:300]) if found else None


UNSEEN = {
    "\ufeff": "a byte-order mark",
    "\u200b": "a zero-width space",
    "\u200c": "a zero-width non-joiner",
    "\u200d": "a zero-width joiner",
    "\u2060": "a word joiner",
    "\u00a0": "a no-break space",
    "\u202f": "a narrow no-break space",
    "\u00ad": "a soft hyphen",
    " ": "a space",
    "\t": "a tab",
}


def _is_unseen(sign: str) -> bool:
    return sign != " " and unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp", "Co", "Cn")


def shown(name: str) -> str:
    """A name from outside as it can be told from others: what cannot be seen is written out and
    named, since two names that look alike are the hardest error to find."""
    ends = [sign for sign in (name[:1], name[-1:]) if sign == " "]
    odd = [sign for sign in name if _is_unseen(sign)] or ends
    if not odd:
        return name if unicodedata.is_normalized("NFC", name) else f"{name} (not in form NFC)"
    written = "".join(ascii(sign)[1:-1] if _is_unseen(sign) else sign for sign in name)
    sign = odd[0]
    place = (
        "begins with"
        if name.startswith(sign)
        else "ends with"
        if name.endswith(sign)
        else "contains"
    )
    return f"{written} ({place} {UNSEEN.get(sign, 'a sign that cannot be seen')})"


def all_shown(names: Iterable[str]) -> str:
    return ", ".join(map(shown, names))


def check_columns(
    found: Iterable[str],
    mapped: Collection[str],
    optional: Collection[str],
    ignored: Collection[str],
    where: str,
) -> list[str]:
    """Columns that are neither mapped nor ignored; raises DataError if a mapped one is missing.

    A renamed column is one missing and one added column: the error names both (S14).
    """
    present = list(found)
    known = set(mapped) | set(ignored)
    added = [c for c in present if c not in known and c.split(".", 1)[0] not in ignored]
    missing = [c for c in mapped if c not in present and c not in optional]
    if missing:
        new = f"; new columns: {all_shown(added[:20])}" if added else ""
        raise DataError(
            "column_missing",
            f"columns missing: {all_shown(sorted(missing))}{new}",
            where=where,
            hint="if the partner renamed it, map the new name in the declaration",
        )
    return added


def check_units(raw: RawRelation, optional: Collection[str], where: str) -> None:
    """Raises DataError where the answer's structure lists a multiplier that no row has: only one
    that is listed nowhere means that values are in units."""
    unresolved = sorted({*optional} & raw.listed - {*raw.columns})
    if unresolved and raw.columns:
        raise DataError(
            "unit_unresolved",
            f"the message lists {all_shown(unresolved)}, but no observation has it",
            where=where,
            hint="without it the unit of the values is not known; ask for it at another level",
        )


BATCH_ROWS = 20_000
MAX_CELLS = 50_000_000  # of one answer, in all its columns


class TextTable:
    """Writes rows of text to Parquet files, so many rows at a time, to bound the memory.

    Columns keep the order of their first appearance; a column that appears later is null in earlier
    rows. An answer with more than `MAX_COLUMNS` columns or `MAX_CELLS` cells is refused (X13).
    """

    def __init__(self, out: Path, where: str) -> None:
        self.out, self.where = out, where
        self.names: dict[str, None] = {}
        self.rows: list[dict[str, str | None]] = []
        self.parts: list[Path] = []
        self.listed: set[str] = set()
        self.cells = 0

    def add(self, row: dict[str, str | None]) -> None:
        self.rows.append(row)
        if len(self.rows) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        for row in self.rows:
            if row.keys() - self.names.keys():
                self.names.update(dict.fromkeys(row))
        self.cells += len(self.rows) * len(self.names)
        if len(self.names) > MAX_COLUMNS or self.cells > MAX_CELLS:
            raise DataError(
                "too_many_columns" if len(self.names) > MAX_COLUMNS else "too_many_cells",
                f"the answer has {len(self.names)} columns and {self.cells} cells",
                where=self.where,
                hint="split the request by one more variable in the declaration",
            )
        columns = {
            name: pa.array([r.get(name) for r in self.rows], pa.string()) for name in self.names
        }
        part = self.out.with_suffix(f".{len(self.parts)}.parquet")
        pq.write_table(pa.table(columns), part, compression="none", use_dictionary=True)
        self.parts.append(part)
        self.rows = []

    def close(self) -> Columns:
        """Write the last rows; returns the names of all columns."""
        if self.rows or not self.parts:
            self._flush()
        return Columns(list(self.names), frozenset(self.listed))


@dataclass(frozen=True)
class Columns:
    """Names that rows have, and those that the answer's own structure lists."""

    names: list[str]
    listed: frozenset[str] = frozenset()


def rows_of_parquet(out: Path, found: Columns, wide: Wide | None, where: str) -> RawRelation:
    """The relation over the parts that `TextTable` wrote, in their order."""
    names = found.names
    if not names:
        return RawRelation("SELECT 0::BIGINT AS _row WHERE false", (), ("no_rows", "no rows"))
    parts = sorted(out.parent.glob(f"{out.stem}.*.parquet"), key=lambda p: int(p.suffixes[-2][1:]))
    listed = literals(parts)
    scan = f"read_parquet([{listed}], union_by_name = true)"
    if wide:
        names, scan = unpivoted(names, scan, wide, where)
    columns = ", ".join(identifier(n) for n in names)
    sql = f"SELECT row_number() OVER () AS _row, {columns} FROM {scan}"
    fault = ("rows_malformed", "the rows cannot be read")
    return RawRelation(sql, tuple(names), fault, listed=found.listed)


def counted(value: object, path: str, where: str) -> int:
    """The number of rows that an answer announces at a path; 0 if it announces none."""
    number = 0 if value is None else whole_number(value)
    if number is None:
        raise DataError(
            "count_unreadable",
            f"expected a number of rows at {path!r}, found {type(value).__name__} "
            f"{str(value)[:80] if isinstance(value, str | int | float) else ''}".rstrip(),
            where=where,
            hint="the partner changed its answer: compare count and total with it",
        )
    return number


def whole_number(value: object) -> int | None:
    """A count that a partner announces, as a number or as text; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(rf"\s*[0-9]{{1,{MOST_DIGITS}}}\s*", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < 10**MOST_DIGITS else None


@contextmanager
def understood(where: str) -> Iterator[None]:
    """Content that is not built as the reader expects ends as a DataError, whatever Python
    raises over it."""
    try:
        yield
    except MISUNDERSTOOD as error:
        raise DataError(
            "reader_failed",
            f"the answer cannot be read: {type(error).__name__}",
            where=where,
            hint="the partner changed its answer, or sends one that nothing can read",
        ) from error


def first_line(error: object) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else "unknown error")[:300]


def unpivoted(names: list[str], scan: str, wide: Wide, where: str) -> tuple[list[str], str]:
    """Turn columns into rows: the columns of the new relation, and its SQL."""
    missing = [n for n in wide.id_columns if n not in names]
    if missing:
        others = all_shown(n for n in names if n not in wide.id_columns)[:200]
        raise DataError(
            "column_missing",
            f"columns missing: {all_shown(missing)}; new columns: {others}",
            where=where,
        )
    turned = [
        n
        for n in names
        if n not in wide.id_columns and (not wide.columns or re.search(wide.columns, n))
    ]
    if not turned:
        raise DataError("column_missing", f"no column matches {wide.columns}", where=where)
    rest = [n for n in names if n not in turned]
    listed = ", ".join(identifier(n) for n in names)
    return [*rest, wide.names_to, wide.values_to], (
        f"(SELECT {listed} FROM {scan}) UNPIVOT INCLUDE NULLS "
        f"({identifier(wide.values_to)} FOR {identifier(wide.names_to)} IN "
        f"({', '.join(identifier(n) for n in turned)}))"
    )
