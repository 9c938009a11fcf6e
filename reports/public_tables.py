"""Tables for the public: what of the warehouse and of the figures passes the licence gate, with
what every column means. All files of the open data are written from these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reports.declared import figures
from reports.declared_columns import Column
from reports.drawn import Drawn, Studio
from reports.facts import Publisher
from reports.licence_gate import MARKED, LicenceGate, indicators, leaves, public_figures
from schemas.catalogue import TABLES
from schemas.model import Words
from warehouse.dictionary import ColumnWords, TableWords, described_tables

NUMBER = re.compile(r"DECIMAL\((\d+), ?(\d+)\)")
DIGITS = 38
ROW_FACTS = ("source", "release_stage", "recorded_at")
MARK_WORDS = Words(
    "open: baris utuh; derived: hanya indikator, kolom lain dikosongkan menurut lisensi sumbernya",
    "open: the whole row; derived: indicators only, other columns are empty by its licence",
)
FACT_WORDS = {
    "source": Words("kode sumber", "source code"),
    "release_stage": Words("tahap rilis", "release stage"),
    "recorded_at": Words(
        "kapan versi ini diketahui di sini", "when this version became known here"
    ),
}


@dataclass(frozen=True)
class PublicColumn:
    name: str
    type: str  # string | integer | number | boolean | date | datetime
    description: Words
    unit: str = ""
    digits: tuple[int, int] = (38, 15)  # of a number
    is_key: bool = False


@dataclass(frozen=True)
class PublicTable:
    """Rows that may leave, with what they mean and where they are from."""

    name: str
    kind: str  # figure | mart | core | ref | changes
    title: Words
    columns: tuple[PublicColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    publishers: tuple[Publisher, ...]
    note: Words | None = None

    @property
    def key(self) -> list[str]:
        return [c.name for c in self.columns if c.is_key]

    def place(self, column: str) -> int:
        return [c.name for c in self.columns].index(column)


def public_tables(studio: Studio, gate: LicenceGate) -> Iterator[PublicTable]:
    """Every figure that leaves, and every table and mart of which a row does."""
    for name, figure in figures().items():
        if figure.public:
            drawn = public_figures(studio, gate, name)
            yield from (_of_figure(d) for d in drawn if leaves(d) and d.rows)
    names = [n for n, t in TABLES.items() if t.kind in ("core", "ref")]
    for name in (*names, *indicators()):
        found = public_table(name, studio, gate)
        if found.rows:
            yield found


def public_table(name: str, studio: Studio, gate: LicenceGate) -> PublicTable:
    """The part of a table or mart that leaves; it may have no row."""
    words = described_tables()[name]
    order = ", ".join(c.name for c in words.columns if c.is_key)
    result = gate.warehouse.query(
        f"SELECT * FROM ({gate.marked(words.name)}) AS t ORDER BY {order}"
    )
    rows = tuple(tuple(row) for batch in result.batches for row in batch)
    columns = columns_of(words, (n for n in result.columns if n != MARKED))
    mark = PublicColumn(MARKED, "string", MARK_WORDS)
    codes = {s for table in _sourced(rows, result.columns) for s in table}
    publishers = tuple(studio.publisher(code) for code in sorted(codes))
    return PublicTable(words.name, words.kind, words.title, (*columns, mark), rows, publishers)


def _sourced(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> Iterator[set[str]]:
    """Codes of the sources that the columns name."""
    for place, name in enumerate(names):
        if name == "source" or name.endswith(("_source", "_sources")):
            yield {c for row in rows for c in str(row[place] or "").split(", ") if c}


def columns_of(words: TableWords, names: Iterable[str]) -> tuple[PublicColumn, ...]:
    """These columns of a table or mart, with what the dictionary says of them."""
    known = {c.name: c for c in words.columns}
    return tuple(_of_words(known[name]) for name in names)


def _of_words(column: ColumnWords) -> PublicColumn:
    kind, digits = _type(column.type)
    return PublicColumn(
        column.name, kind, column.description, column.unit or "", digits, column.is_key
    )


def _type(duck: str) -> tuple[str, tuple[int, int]]:
    if found := NUMBER.match(duck):
        return "number", (int(found[1]), int(found[2]))
    simple = {"BIGINT": "integer", "INTEGER": "integer", "BOOLEAN": "boolean", "DATE": "date",
              "TIMESTAMP WITH TIME ZONE": "datetime"}  # fmt: skip
    return simple.get(duck, "string"), (38, 15)


def _of_figure(drawn: Drawn) -> PublicTable:
    """The columns of the figure's table as the query has them, and the facts of each row."""
    by_name: dict[str, PublicColumn] = {}
    for part in (p for column in drawn.columns for p in _columns(column, drawn)):
        by_name.setdefault(part.name, part)
    names, shown = set(by_name), list(by_name.values())
    shown += [PublicColumn(n, _type_of(_values(drawn, n)), FACT_WORDS[n])
              for n in ROW_FACTS if n not in names]  # fmt: skip
    rows = tuple(tuple(row.get(c.name) for c in shown) for row in drawn.rows)
    name = f"figure_{drawn.name}".lower().replace("-", "_")
    return PublicTable(
        name, "figure", drawn.title, tuple(shown), rows, drawn.facts.sources, drawn.note
    )


def _columns(column: Column, drawn: Drawn) -> Iterator[PublicColumn]:
    """A text that differs by language is two columns; one with a second value has that too."""
    present = drawn.rows[0].keys()
    names = [column.name] if column.name in present else [f"{column.name}_id", f"{column.name}_en"]
    names += [n for n in (column.second, column.least, column.months, column.instead) if n]
    unit = "unit" if column.format in ("unit", "measure") else column.unit
    if column.format in ("percent", "change"):
        unit = "share"
    heading = column.heading or Words(column.name, column.name)
    for name in dict.fromkeys([*names, *(["unit"] if unit == "unit" else [])]):
        values = _values(drawn, name)
        yield PublicColumn(name, _type_of(values), heading, unit if name == column.name else "",
                           (DIGITS, _scale(values)))  # fmt: skip


def _values(drawn: Drawn, name: str) -> list[Any]:
    return [row.get(name) for row in drawn.rows]


def _scale(values: Iterable[Any]) -> int:
    """The most decimals of the values."""
    exponents = [Decimal(str(v)).as_tuple().exponent for v in values if _kind(v) == "number"]
    return max((-e for e in exponents if isinstance(e, int)), default=0)


def _type_of(values: Iterable[Any]) -> str:
    """The type of a column of a figure, from its values: text where none is or they differ."""
    kinds = {_kind(value) for value in values if value is not None}
    if kinds == {"integer", "number"}:
        return "number"
    return kinds.pop() if len(kinds) == 1 else "string"


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case Decimal() | float():
            return "number"
        case datetime():
            return "datetime"
        case date():
            return "date"
    return "string"
