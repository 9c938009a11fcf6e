"""A lake and a warehouse of a few rows for each test, in milliseconds."""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from config import score as scores
from schemas.catalogue import TABLES
from schemas.derive import duckdb_columns
from schemas.model import Field, Type
from warehouse import marts
from warehouse.base import Result
from warehouse.calculated import from_duck, into_duck
from warehouse.engine import connect
from warehouse.lake import Lake

FILLERS = {
    Type.TEXT: "x",
    Type.DATE: date(2025, 1, 1),
    Type.TIMESTAMP: "2026-01-01 00:00:00+00",
    Type.INTEGER: 1,
    Type.BOOLEAN: False,
    Type.DECIMAL: Decimal(1),
    Type.RATE: Decimal(1),
    Type.FIGURE: Decimal(1),
}


class SmallWarehouse:
    """Every table of the catalogue, empty at first, and every mart as a view; those that are
    calculated, or read by others, are made again for each query that names them.

    All of a process are one database, each in a transaction that is never committed: to make the
    views costs more than most tests.
    """

    score = scores.load("3505")

    def __init__(self) -> None:
        self.con = empty_database().cursor()
        self.con.execute("BEGIN")

    def close(self) -> None:
        self.con.execute("ROLLBACK")
        self.con.close()

    def insert(self, name: str, **values: Any) -> None:
        """One row. A column that must not be empty has a filler if `values` does not name it."""
        row = filled(name, values)
        self.con.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)

    def insert_version(self, name: str, **values: Any) -> None:
        """One row of the versions behind a table."""
        row = version_of(name, values)
        marks = ", ".join("?" * len(row))
        self.con.execute(f"INSERT INTO {TABLES[name].vintages_name} VALUES ({marks})", row)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for batch in self.query(sql).batches for row in batch]

    def query(self, sql: str, **_: Any) -> Result:
        """As `Warehouse.query`, for what reads the published warehouse."""
        made = [self._make(mart) for mart in made_for(sql)]
        cursor = self.con.execute(sql)
        names = tuple(d[0] for d in cursor.description or ())
        found = cursor.fetchall()
        for name in filter(None, made):
            self.con.execute(f"DROP TABLE temp.{name}")
        return Result(names, iter([found]))

    def _make(self, mart: marts.Mart) -> str:
        """Calculate a mart, or make it a table; returns the name of such a table."""
        if mart.calculation is None:
            self.con.execute(f"CREATE TEMP TABLE {mart.name} AS {mart.sql}")
            return mart.name
        queries = mart.calculation.queries(self.score)
        inputs = {key: from_duck(self.con, query) for key, query in queries.items()}
        into_duck(self.con, mart.name, mart.calculation.run(inputs, self.score))
        return ""

    @contextmanager
    def at_one_moment(self) -> Iterator[SmallWarehouse]:
        yield self


@lru_cache(maxsize=1)
def empty_database() -> duckdb.DuckDBPyConnection:
    con = connect(None, memory_limit="2GB")  # rows of all tests of a process, until rolled back
    atexit.register(con.close)
    create_all(con.execute)
    return con


def reads(mart: marts.Mart, names: Collection[str]) -> bool:
    """Whether the mart, or a mart it reads, is made from one of the named tables (or `SCORE`)."""
    every = marts.all_marts()
    return any(every[name].is_made_from(names) for name in marts.upstream([mart.name]))


def made_for(sql: str) -> list[marts.Mart]:
    """The marts to make before a query: those that are calculated, and those that others read, as a
    warehouse has them: views of views would be evaluated again and again."""
    every = marts.all_marts()
    wanted = marts.upstream([name for name in every if name in sql])
    read = {name for mart in wanted for name in every[mart].mentioned()}
    return [
        mart
        for name, mart in every.items()
        if name in wanted and (mart.calculation is not None or (name in read and not mart.is_view))
    ]


def create_all(execute: Callable[[str], Any]) -> None:
    """Every table, and every mart as a view or an empty table, in SQL that both databases read."""
    for table in TABLES.values():
        execute(f"CREATE TABLE {table.name} ({duckdb_columns(table.reader_fields())})")
        if table.has_vintages:
            columns = duckdb_columns(table.vintage_fields())
            execute(f"CREATE TABLE {table.vintages_name} ({columns})")
    for mart in marts.all_marts().values():
        execute(mart.made_empty())


def filled(name: str, values: dict[str, Any]) -> list[Any]:
    """A row of a table. A column that must not be empty has a filler where no value is named."""
    return _filled(TABLES[name].reader_fields(), values)


def version_of(name: str, values: dict[str, Any]) -> list[Any]:
    """As `filled`, a row of the versions behind the table."""
    return _filled(TABLES[name].vintage_fields(), values)


def _filled(fields: Sequence[Field], values: dict[str, Any]) -> list[Any]:
    assert values.keys() <= {f.name for f in fields}
    return [values.get(f.name, None if f.nullable else FILLERS[f.type]) for f in fields]


@pytest.fixture
def tables() -> Iterator[SmallWarehouse]:
    found = SmallWarehouse()
    yield found
    found.close()


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "lake"
    Lake(folder).create_missing()
    return folder


@pytest.fixture
def lake(empty_lake: Path, tmp_path: Path) -> Lake:
    """A lake with every table and no row."""
    return Lake(Path(shutil.copytree(empty_lake, tmp_path / "lake")))
