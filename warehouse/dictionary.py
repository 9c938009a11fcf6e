"""The data dictionary: what every table, mart and column means, in both languages.

A column of a core, reference or operations table is described where the table is declared. A
mart's column is described in `marts/columns.csv`, for that mart or for every mart, or else
inherits the description of the column of its name in what the mart reads. Codes that say why a
mart's figure is empty, or how it is known, have words in `marts/codes.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from schemas.catalogue import TABLES
from schemas.derive import duckdb_columns
from schemas.model import Field, Table, Words
from warehouse import marts
from warehouse.engine import connect

COLUMNS = Path(marts.__file__).with_name("columns.csv")
CODES = COLUMNS.with_name("codes.csv")
CODES_JOINED, STAGE_SEPARATOR = "; ", ":"  # of several codes in a cell, and of a stage and its code


@dataclass(frozen=True)
class ColumnWords:
    name: str
    type: str  # as DuckDB names it
    unit: str | None
    description: Words
    is_key: bool
    codes: tuple[tuple[str, Words], ...] = ()


class ColumnFacts(NamedTuple):
    """What is known of a column of a result."""

    name: str
    unit: str | None
    description: Words
    codes: tuple[tuple[str, Words], ...] = ()


@dataclass(frozen=True)
class TableWords:
    """A table, its versions or a mart; `reads` names the tables that a mart is made from."""

    name: str
    kind: str  # core | ref | ops | mart
    title: Words
    columns: tuple[ColumnWords, ...]
    reads: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def described_tables() -> dict[str, TableWords]:
    """Every table that readers see, by name, with the types of DuckDB; it needs no warehouse."""
    return described(dict(_types()))


def reader_tables() -> tuple[str, ...]:
    """Names of all that readers see: tables, their versions, marts."""
    versions = (t.vintages_name for t in TABLES.values() if t.has_vintages)
    return (*TABLES, *versions, *marts.all_marts())


def described(types: Mapping[str, Mapping[str, str]]) -> dict[str, TableWords]:
    """The same, from the columns of each table and their types. Raises KeyError for a column
    without a description, which a test forbids."""
    found = {}
    for table in TABLES.values():
        found[table.name] = _of_table(table, table.name, table.reader_fields(), types)
        if table.has_vintages:
            versions = table.vintages_name
            found[versions] = _of_table(table, versions, table.vintage_fields(), types)
    for mart in marts.all_marts().values():
        reads = _read_by(mart)
        columns = tuple(
            ColumnWords(name, kind, *in_marts(mart.name, name), name in mart.key,
                        codes_of(mart.name, name))
            for name, kind in types[mart.name].items()
        )  # fmt: skip
        title = Words(mart.title_id, mart.title_en)
        found[mart.name] = TableWords(mart.name, "mart", title, columns, reads)
    return found


def _of_table(
    table: Table, name: str, fields: tuple[Field, ...], types: Mapping[str, Mapping[str, str]]
) -> TableWords:
    columns = tuple(
        ColumnWords(f.name, types[name][f.name], f.unit, f.description, f.name in table.key_names)
        for f in fields
    )
    return TableWords(name, table.kind, table.title, columns)


def in_marts(mart: str, column: str) -> tuple[str | None, Words]:
    """Unit and description of a mart's column. Raises KeyError where nothing describes it, which
    a test forbids."""
    found = _described_in(mart, column)
    if found is None:
        raise KeyError(f"{mart}.{column} is described nowhere; write it in {COLUMNS.name}")
    return found


def _described_in(name: str, column: str) -> tuple[str | None, Words] | None:
    if mart := marts.all_marts().get(name):
        written = _written()
        own = written.get((name, column)) or written.get(("", column))
        inherited = (_described_in(table, column) for table in _read_by(mart))
        return own or next((found for found in inherited if found), None)
    table = TABLES.get(name.removesuffix(marts.VINTAGES))
    fields = table.vintage_fields() if table and table.has_vintages else ()
    fields = (*table.reader_fields(), *fields) if table else ()
    return next(((f.unit, f.description) for f in fields if f.name == column), None)


def codes_of(mart: str, column: str) -> tuple[tuple[str, Words], ...]:
    """The codes that a mart's column can hold, with words."""
    return tuple(
        (code, words) for code, columns, words in _codes() if f"{mart}.{column}" in columns
    )


def in_words(codes: str, language: str) -> str:
    """The codes of a cell in words; a stage stays before its code."""
    words = {code: words.in_language(language) for code, _, words in _codes()}
    parts = (part.rpartition(STAGE_SEPARATOR) for part in codes.split(CODES_JOINED))
    return CODES_JOINED.join(f"{stage}{': ' if stage else ''}{words[code]}"
                             for stage, _, code in parts)  # fmt: skip


def words_of(sql: str, columns: Sequence[str]) -> list[ColumnFacts]:
    """What the columns of a query's result mean that are those of a table in it: of the first
    table that has a column of that name. What a query names itself has no words."""
    read = [name for name in marts.mentioned_in(sql) if name in reader_tables()]
    found = []
    for column in columns:
        said = next(((table, f) for table in read if (f := _described_in(table, column))), None)
        if said:
            table, (unit, description) = said
            found.append(ColumnFacts(column, unit, description, codes_of(table, column)))
    return found


Comment = tuple[str, str, str]
"""Kind (TABLE, VIEW, COLUMN), name, text."""


def comments(columns: Mapping[str, Sequence[str]], mark: str) -> Iterator[Comment]:
    """What is said of marts and of their columns. `mark` ends what is said of a mart."""
    for name, names in columns.items():
        mart = marts.all_marts()[name]
        kind = "VIEW" if mart.is_view else "TABLE"
        yield kind, name, f"{_both(Words(mart.title_id, mart.title_en))}.{mark}"
        for column in names:
            yield _on_column(name, column, *in_marts(name, column))


def comments_on_tables(mark: str) -> Iterator[Comment]:
    """The same of every declared table and its versions."""
    for table in TABLES.values():
        title = f"{_both(table.title)}.{mark}"
        parts = [("VIEW" if table.has_vintages else "TABLE", table.name, table.reader_fields())]
        if table.has_vintages:
            parts.append(("TABLE", table.vintages_name, table.vintage_fields()))
        for kind, name, fields in parts:
            yield kind, name, title
            yield from (_on_column(name, f.name, f.unit, f.description) for f in fields)


def _on_column(table: str, column: str, unit: str | None, said: Words) -> Comment:
    return "COLUMN", f"{table}.{column}", f"{_both(said)}{f' [{unit}]' if unit else ''}"


def _both(words: Words) -> str:
    return f"{words.id} / {words.en}"


def _read_by(mart: marts.Mart) -> tuple[str, ...]:
    """What the mart reads: first what it names as behind its rows."""
    behind = [table for table, _ in mart.behind]
    return tuple(dict.fromkeys([*behind, *sorted(mart.mentioned())]))


@cache
def _codes() -> tuple[tuple[str, frozenset[str], Words], ...]:
    """Each code with the columns that hold it, as `mart.column`, and its words."""
    with CODES.open(encoding="utf-8", newline="") as handle:
        return tuple(
            (row["code"], frozenset(row["columns"].split()), Words(row["id"], row["en"]))
            for row in csv.DictReader(handle)
        )


@cache
def _written() -> dict[tuple[str, str], tuple[str | None, Words]]:
    """Unit and description by mart (empty for every mart) and column."""
    with COLUMNS.open(encoding="utf-8", newline="") as handle:
        return {
            (row["mart"], row["column"]): (row["unit"] or None, Words(row["id"], row["en"]))
            for row in csv.DictReader(handle)
        }


def _types() -> Iterator[tuple[str, dict[str, str]]]:
    """The columns of each table with their types, from an empty database in memory."""
    with closing(connect(None)) as con:
        for table in TABLES.values():
            con.execute(f"CREATE TABLE {table.name} ({duckdb_columns(table.reader_fields())})")
            names = [table.name]
            if table.has_vintages:
                columns = duckdb_columns(table.vintage_fields())
                con.execute(f"CREATE TABLE {table.vintages_name} ({columns})")
                names.append(table.vintages_name)
            for name in names:
                yield name, _columns(con.execute(f"DESCRIBE {name}").fetchall())
        for mart in marts.all_marts().values():
            con.execute(mart.made_empty())
            yield mart.name, _columns(con.execute(f"DESCRIBE {mart.name}").fetchall())


def _columns(rows: list[tuple[str, ...]]) -> dict[str, str]:
    return {name: kind for name, kind, *_ in rows}
