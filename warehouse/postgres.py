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
from schemas.sql import literal
from warehouse import marts
from warehouse.base import (
    WRITER_TABLE,
    Held,
    Result,
    Transaction,
    TransientStorageError,
    Warehouse,
    current_view_sql,
    fingerprint,
    views_known_on,
)
from warehouse.engine import connect

if TYPE_CHECKING:
    import duckdb

SCHEMA = "penataran"
READER = "penataran_reader"
BATCH = 2048
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "600s"
CONNECT_SECONDS = 10
COPY_CHUNK = 1 << 20
WRITER_LOCK = 350502
# Connection lost (08), serialization and deadlock (40), server going down or coming up (57P).
TRANSIENT_STATES = ("08", "40", "57P")


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

    @contextmanager
    def lake_connection(self, temp: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        con = connect(temp)
        try:
            yield con
        finally:
            con.close()

    def insert(
        self, con: duckdb.DuckDBPyConnection, table: Table, view: str, columns: Sequence[str]
    ) -> None:
        """COPY from a CSV file that DuckDB streams out: bounded memory at any size."""
        name, _ = stored(table)
        listed = ", ".join(columns)
        with tempfile.TemporaryDirectory(prefix="penataran-copy-") as folder:
            path = Path(folder) / "rows.csv"
            con.execute(
                f"COPY (SELECT {listed} FROM {view}) TO {literal(path)} "
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

    def ensure_schema(self, *, rebuild: bool, edition: str) -> bool:
        self.execute(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
        exists = self._has(WRITER_TABLE)
        made_by = f"{fingerprint()} {edition}".strip()
        same = exists and self._made_by() == made_by
        if exists and not same:
            # Another version of the software: everything in the schema is derived, so it is
            # dropped and applied from the lake again in this same transaction.
            self.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
            exists = False
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        self.execute(f"SET LOCAL search_path TO {SCHEMA}")
        if exists and rebuild:
            # DELETE takes no lock that a reader waits for; readers see the old rows until commit.
            for table in TABLES.values():
                self.execute(f"DELETE FROM {stored(table)[0]}")
        if not exists:
            metadata(TABLES.values(), SCHEMA).create_all(self.connection)
            self.execute(f"CREATE TABLE {WRITER_TABLE} (made_by TEXT NOT NULL)")
            self.execute(f"INSERT INTO {WRITER_TABLE} VALUES ({literal(made_by)})")
            self._make_reader()
            for table in TABLES.values():
                if table.has_vintages:
                    self.execute(current_view_sql(table))
        return rebuild or not same

    def _has(self, name: str) -> bool:
        """Whether the schema has a table or view of this name."""
        qualified = literal(f"{SCHEMA}.{name}")
        return bool(self.rows(f"SELECT to_regclass({qualified}) IS NOT NULL")[0][0])

    def _made_by(self) -> str:
        """Fingerprint of what made the schema; the first version stored a number."""
        row = self.rows(f"SELECT CAST(t AS TEXT) FROM {SCHEMA}.{WRITER_TABLE} AS t")
        return str(row[0][0]).strip('()"') if row else ""

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
        """Refill by DELETE and INSERT, which block no reader; recreate when columns changed."""
        if mart.is_view:
            self._make_view(mart)
            return
        self.execute(f"CREATE TEMP TABLE mart_now ON COMMIT DROP AS {mart.sql}")
        columns = (
            "SELECT attname, atttypid, atttypmod FROM pg_attribute "
            "WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        stored_columns = self.rows(columns.format(literal(f"{SCHEMA}.{mart.name}")))
        if stored_columns == self.rows(columns.format(literal("mart_now"))):
            self.execute(f"DELETE FROM {mart.name}")
            self.execute(f"INSERT INTO {mart.name} SELECT * FROM mart_now")
        else:
            self.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{mart.name}")
            self.execute(f"CREATE TABLE {SCHEMA}.{mart.name} AS SELECT * FROM mart_now")
        self.execute("DROP TABLE mart_now")

    def _make_view(self, mart: marts.Mart) -> None:
        """Made once: its columns follow the tables; when those change, the schema is recreated."""
        if not self._has(mart.name):
            self.execute(f"CREATE VIEW {mart.name} AS {mart.sql}")

    def comment(self, kind: str, name: str, text: str) -> None:
        safe = literal(text).replace("%", "%%")
        self.execute(f"COMMENT ON {kind} {SCHEMA}.{name} IS {safe}")


class PostgresWarehouse(Warehouse):
    """A PostgreSQL database of the installation's own."""

    def __init__(self, url: str) -> None:
        self.engine = engine_for(url)

    @contextmanager
    def begin(self, *, rebuild: bool, held: Held = lambda: None) -> Iterator[Transaction]:
        import psycopg

        try:
            with self.engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {literal(LOCK_TIMEOUT)}")
                connection.exec_driver_sql(
                    f"SET LOCAL statement_timeout = {literal(STATEMENT_TIMEOUT)}"
                )
                connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
                yield _PostgresTransaction(connection)
                held()
        except sa.exc.DBAPIError as error:
            raise self._failure(error.orig) from None
        except psycopg.Error as error:  # COPY goes past SQLAlchemy
            raise self._failure(error) from None

    def _failure(self, error: BaseException | None) -> StorageError:
        state = getattr(error, "sqlstate", None)
        # Without a state the connection broke before the server could answer.
        transient = state is None or str(state).startswith(TRANSIENT_STATES)
        words = str(error).splitlines()[0] if error and str(error) else ""
        return (TransientStorageError if transient else StorageError)(
            "warehouse_write",
            f"PostgreSQL could not be written ({type(error).__name__} {state or ''}): {words}",
            where=self.engine.url.render_as_string(hide_password=True),
            hint="check that the server is up and has room, and that no session holds its "
            "tables; the lake is whole, the next run applies it",
        )

    def reclaim(self) -> None:
        """VACUUM FULL: plain VACUUM leaves the old bytes in reused pages."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in TABLES.values():
                connection.exec_driver_sql(f"VACUUM FULL {SCHEMA}.{stored(table)[0]}")

    def set_damaged_aside(self) -> None:
        """A database server repairs itself, or its administrator does."""

    def publish(self, held: Held = lambda: None) -> str:
        """Committed is published."""
        return self.engine.url.render_as_string(hide_password=True)

    def is_published(self) -> bool:
        try:
            with self.engine.connect() as connection:
                found = connection.exec_driver_sql(
                    f"SELECT to_regclass({literal(f'{SCHEMA}.{WRITER_TABLE}')}) IS NOT NULL"
                ).scalar()
        except sa.exc.DBAPIError as error:
            raise self._failure(error.orig) from None
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
            connection.exec_driver_sql(
                f"SET LOCAL statement_timeout = {literal(STATEMENT_TIMEOUT)}"
            )
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
    connection.exec_driver_sql(f"SET search_path TO pg_temp, {SCHEMA}")
    for name, sql in views_known_on(moment, f"{SCHEMA}."):
        connection.exec_driver_sql(f"CREATE TEMP VIEW {name} AS {sql}")
        connection.exec_driver_sql(f"GRANT SELECT ON pg_temp.{name} TO {READER}")
