"""The server warehouse: PostgreSQL through SQLAlchemy, rows by COPY, schema `penataran`.

Readers see a load at the commit of its one transaction. Role `penataran_reader` can only
read; queries run as it, in a read-only transaction, one statement at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schemas.catalogue import TABLES
from schemas.derive import metadata, stored
from schemas.errors import ConfigurationError, StorageError
from schemas.model import Table
from warehouse import marts
from warehouse.base import (
    WRITER_TABLE,
    Result,
    Transaction,
    Warehouse,
    current_view_sql,
    known_on_sql,
    log_known_on_sql,
)

if TYPE_CHECKING:
    import duckdb

SCHEMA = "penataran"
READER = "penataran_reader"
BATCH = 2048
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "600s"
CONNECT_SECONDS = 10
COPY_CHUNK = 1 << 20


def engine_for(url: str) -> sa.Engine:
    """Engine of a warehouse URL; the password shows in no message."""
    address = sa.make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    return sa.create_engine(
        address,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )


class _PostgresTransaction(Transaction):
    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def execute(self, sql: str) -> None:
        self.connection.exec_driver_sql(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.exec_driver_sql(sql)]

    def insert(
        self, con: duckdb.DuckDBPyConnection, table: Table, view: str, columns: Sequence[str]
    ) -> None:
        """COPY from a CSV file that DuckDB streams out: bounded memory at any size."""
        name, _ = stored(table)
        listed = ", ".join(columns)
        with tempfile.TemporaryDirectory(prefix="penataran-copy-") as folder:
            path = Path(folder) / "rows.csv"
            con.execute(
                f"COPY (SELECT {listed} FROM {view}) TO '{path}' "
                "(FORMAT csv, HEADER false, NULLSTR '\\N')"
            )
            driver = self.connection.connection.driver_connection
            assert driver is not None
            statement = f"COPY {SCHEMA}.{name} ({listed}) FROM STDIN (FORMAT csv, NULL '\\N')"
            with (
                driver.cursor() as cursor,
                cursor.copy(statement) as copy,
                path.open("rb") as rows,
            ):
                while chunk := rows.read(COPY_CHUNK):
                    copy.write(chunk)

    def ensure_schema(self) -> None:
        exists = self.rows(f"SELECT to_regclass('{SCHEMA}.{WRITER_TABLE}') IS NOT NULL")
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        self.execute(f"SET LOCAL search_path TO {SCHEMA}")
        metadata(TABLES.values(), SCHEMA).create_all(self.connection)
        if not exists[0][0]:
            self.execute(f"CREATE TABLE {WRITER_TABLE} (version INTEGER NOT NULL)")
            self.execute(f"INSERT INTO {WRITER_TABLE} VALUES (1)")
            self._make_reader()
            for table in TABLES.values():
                if table.has_vintages:
                    self.execute(current_view_sql(table))
        # Two writers would apply the same loads: this row is the lock.
        self.execute(f"SELECT version FROM {WRITER_TABLE} FOR UPDATE")

    def _make_reader(self) -> None:
        self.execute(
            f"DO $$ BEGIN CREATE ROLE {READER} NOLOGIN; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        self.execute(f"GRANT {READER} TO CURRENT_USER")
        self.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {READER}")
        self.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {READER}"
        )
        self.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {READER}")

    def make_mart(self, mart: marts.Mart) -> None:
        """Refill by DELETE and INSERT, which block no reader; make anew when columns changed."""
        self.execute(f"CREATE TEMP TABLE mart_now ON COMMIT DROP AS {mart.sql}")
        columns = (
            "SELECT attname, atttypid, atttypmod FROM pg_attribute "
            "WHERE attrelid = to_regclass('{}') AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        there = self.rows(columns.format(f"{SCHEMA}.{mart.name}"))
        if there == self.rows(columns.format("mart_now")):
            self.execute(f"DELETE FROM {mart.name}")
            self.execute(f"INSERT INTO {mart.name} SELECT * FROM mart_now")
        else:
            self.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{mart.name}")
            self.execute(f"CREATE TABLE {SCHEMA}.{mart.name} AS SELECT * FROM mart_now")
        self.execute("DROP TABLE mart_now")

    def comment(self, kind: str, name: str, text: str) -> None:
        safe = text.replace("'", "''").replace("%", "%%")
        self.execute(f"COMMENT ON {kind} {SCHEMA}.{name} IS '{safe}'")


class PostgresWarehouse(Warehouse):
    """A PostgreSQL database of the installation's own."""

    def __init__(self, url: str) -> None:
        self.engine = engine_for(url)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        try:
            with self.engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
                connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
                yield _PostgresTransaction(connection)
        except sa.exc.OperationalError as error:
            raise StorageError(
                "warehouse_write",
                f"PostgreSQL could not be written ({type(error.orig).__name__})",
                where=self.engine.url.render_as_string(hide_password=True),
                hint="check that the server is up; the lake is whole, the next run applies it",
            ) from None

    def publish(self) -> str:
        """Committed is published."""
        return self.engine.url.render_as_string(hide_password=True)

    def is_published(self) -> bool:
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(
                f"SELECT to_regclass('{SCHEMA}.{WRITER_TABLE}') IS NOT NULL"
            ).scalar()
        return bool(found)

    def query(self, sql: str, *, as_known_on: datetime | None = None) -> Result:
        """One statement as the reader role, in a read-only transaction."""
        if not self.is_published():
            raise ConfigurationError(
                "nothing_published", "no warehouse yet", hint="penataran run first"
            )
        connection = self.engine.connect()
        try:
            connection.exec_driver_sql(f"SET search_path TO {SCHEMA}")
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
            if as_known_on is not None:
                _views_known_on(connection, as_known_on)
                connection.exec_driver_sql(f"SET search_path TO pg_temp, {SCHEMA}")
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
            connection.exec_driver_sql(f"SET LOCAL ROLE {READER}")
            # A cursor takes one SELECT and nothing else, so no second statement slips in.
            statement = sql.rstrip("; \n").replace("%", "%%")
            connection.exec_driver_sql(f"DECLARE answer NO SCROLL CURSOR FOR {statement}")
            head = connection.exec_driver_sql(f"FETCH {BATCH} FROM answer")
        except sa.exc.DBAPIError as error:
            connection.close()
            raise ConfigurationError("bad_sql", str(error.orig).splitlines()[0]) from None
        return Result(tuple(head.keys()), _batches(connection, head))

    def close(self) -> None:
        self.engine.dispose()


def _batches(connection: sa.Connection, head: Any) -> Iterator[Sequence[tuple[Any, ...]]]:
    try:
        rows = [tuple(r) for r in head]
        while rows:
            yield rows
            rows = [tuple(r) for r in connection.exec_driver_sql(f"FETCH {BATCH} FROM answer")]
    finally:
        connection.rollback()
        connection.close()


def _views_known_on(connection: sa.Connection, moment: datetime) -> None:
    """Temporary views of this connection shadow the tables; rolled back afterwards."""
    prefix = f"{SCHEMA}."
    for table in TABLES.values():
        sql = (
            known_on_sql(table, moment, prefix)
            if table.has_vintages
            else log_known_on_sql(table, moment, prefix)
        )
        connection.exec_driver_sql(f"CREATE TEMP VIEW {table.name} AS {sql}")
        connection.exec_driver_sql(f"GRANT SELECT ON pg_temp.{table.name} TO {READER}")
    connection.exec_driver_sql(f"SET search_path TO pg_temp, {SCHEMA}")
    for mart in marts.load().values():
        connection.exec_driver_sql(f"CREATE TEMP VIEW {mart.name} AS {mart.sql}")
        connection.exec_driver_sql(f"GRANT SELECT ON pg_temp.{mart.name} TO {READER}")
