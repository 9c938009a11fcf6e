"""The same few rows on each of the two databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import pytest
import sqlalchemy as sa

from schemas.catalogue import TABLES
from tests.conftest import first_of, new_database, on_server
from tests.unit.conftest import (
    SmallWarehouse,
    create_all,
    filled,
    made_for,
    version_of,
)
from warehouse import marts
from warehouse.base import Result
from warehouse.calculated import from_postgres, into_postgres
from warehouse.postgres import engine_for


class SmallPostgres:
    """As `SmallWarehouse`: every table, empty at first, and every mart as a view or calculated."""

    score = SmallWarehouse.score

    def __init__(self, empty: sa.Engine) -> None:
        """In a transaction that is never committed, on a database that has them all."""
        self.con = empty.connect()
        self.con.exec_driver_sql("SET TIME ZONE 'UTC'")

    def insert(self, name: str, **values: Any) -> None:
        self._insert(name, filled(name, values))

    def insert_version(self, name: str, **values: Any) -> None:
        self._insert(TABLES[name].vintages_name, version_of(name, values))

    def _insert(self, name: str, row: list[Any]) -> None:
        marks = ", ".join(["%s"] * len(row))
        self.con.exec_driver_sql(f"INSERT INTO {name} VALUES ({marks})", tuple(row))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for batch in self.query(sql).batches for row in batch]

    def query(self, sql: str, **_: Any) -> Result:
        """As `Warehouse.query`, for what reads the published warehouse."""
        made = [self._make(mart) for mart in made_for(sql)]
        result = self.con.exec_driver_sql(sql)
        names, found = tuple(result.keys()), [tuple(row) for row in result]
        for name in filter(None, made):
            self.con.exec_driver_sql(f"DROP TABLE pg_temp.{name}")
        return Result(names, iter([found]))

    def _make(self, mart: marts.Mart) -> str:
        """Calculate a mart, or make it a table; returns the name of such a table."""
        if mart.calculation is None:
            self.con.exec_driver_sql(f"CREATE TEMP TABLE {mart.name} AS {mart.sql}")
            return mart.name
        driver = cast("psycopg.Connection[Any]", self.con.connection.driver_connection)
        queries = mart.calculation.queries(self.score)
        inputs = {key: from_postgres(driver, query) for key, query in queries.items()}
        self.con.exec_driver_sql(f"DELETE FROM {mart.name}")
        into_postgres(driver, mart.name, mart.calculation.run(inputs, self.score))
        return ""

    @contextmanager
    def at_one_moment(self) -> Iterator[SmallPostgres]:
        yield self

    def close(self) -> None:
        self.con.close()


Small = SmallWarehouse | SmallPostgres


@pytest.fixture(scope="session")
def empty_on_server(postgres_url: str) -> Iterator[sa.Engine]:
    with new_database(postgres_url) as name:
        engine = engine_for(on_server(postgres_url, name)["PENATARAN_WAREHOUSE_URL"])
        with engine.begin() as connection:
            create_all(connection.exec_driver_sql)
        yield engine
        engine.dispose()


@pytest.fixture(params=first_of("duckdb", "postgresql"))
def either(request: pytest.FixtureRequest) -> Iterator[Small]:
    """A few rows on DuckDB, and in the slow suites on PostgreSQL."""
    small: Small
    if request.param == "duckdb":
        small = SmallWarehouse()
    else:
        small = SmallPostgres(request.getfixturevalue("empty_on_server"))
    yield small
    small.close()


@pytest.fixture(scope="module")
def small() -> Iterator[SmallWarehouse]:
    """One for many random rows: a test of properties empties it itself."""
    found = SmallWarehouse()
    yield found
    found.close()
