"""The server warehouse: PostgreSQL through SQLAlchemy, rows by COPY, schema `penataran`.

Readers see a load at the commit of its one transaction. A query logs in as a role that can only
read (`reader_role`); its one statement is checked by what the server parsed (`statement`), and
runs in a read-only transaction with a timeout (docs/decisions/0037).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from schemas.catalogue import TABLES
from schemas.derive import metadata, stored
from schemas.errors import ConfigurationError, StorageError
from schemas.model import Table
from schemas.score import Score
from schemas.sql import identifier, literal
from warehouse import marts
from warehouse.base import (
    WRITER_TABLE,
    Result,
    TransientStorageError,
    Warehouse,
    current_view_sql,
    fingerprint,
)
from warehouse.calculated import Calculation, from_postgres, into_postgres
from warehouse.engine import connect
from warehouse.known_on import calculated, needed_known_on, within
from warehouse.leases import Held
from warehouse.limits import OWN_SECONDS, Deadline
from warehouse.reader_role import (
    IDLE_SECONDS,
    Login,
    Power,
    grant,
    known_role,
    login_of,
    powers,
    refuse_strong,
    superuser_powers,
)
from warehouse.remade import has_same_rows
from warehouse.statement import SCHEMA, check, failures, first_line, milliseconds, prepare
from warehouse.transaction import NO_SCORE, Transaction

if TYPE_CHECKING:
    import duckdb
    import psycopg

BATCH = 2048
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "600s"
CONNECT_SECONDS = 10
COPY_CHUNK = 1 << 20
WRITER_LOCK = 350502
PLANS_FOR_MARTS = (
    "enable_nestloop = off",
    "enable_mergejoin = off",
    "jit = off",
    "work_mem = '64MB'",
)
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
    def __init__(self, connection: sa.Connection, reader: str | None) -> None:
        self.connection = connection
        self.reader = reader
        self.temp: Path | None = None

    def _driver(self) -> psycopg.Connection[Any]:
        """The same connection, in the same transaction, without SQLAlchemy."""
        return cast("psycopg.Connection[Any]", self.connection.connection.driver_connection)

    def execute(self, sql: str) -> None:
        self.connection.exec_driver_sql(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.connection.exec_driver_sql(sql)]

    @contextmanager
    def lake_connection(self, temp: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        self.temp = temp
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
        with tempfile.TemporaryDirectory(prefix="penataran-copy-", dir=self.temp) as folder:
            path = Path(folder) / "rows.csv"
            con.execute(
                f"COPY (SELECT {listed} FROM {view}) TO {literal(path)} "
                "(FORMAT csv, HEADER false, NULLSTR '\\N')"
            )
            driver = self._driver()
            statement = f"COPY {SCHEMA}.{name} ({listed}) FROM STDIN (FORMAT csv, NULL '\\N')"
            with (
                driver.cursor() as cursor,
                cursor.copy(statement) as sent,
                path.open("rb") as rows,
            ):
                while chunk := rows.read(COPY_CHUNK):
                    sent.write(chunk)

    def ensure_schema(self, *, rebuild: bool, edition: str) -> bool:
        self.execute(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
        exists = self.has(WRITER_TABLE)
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
            self.execute(f"CREATE TABLE {WRITER_TABLE} (made_by TEXT NOT NULL, score TEXT)")
            self.execute(f"INSERT INTO {WRITER_TABLE} (made_by) VALUES ({literal(made_by)})")
            grant(self._driver(), known_role(self._driver(), self.reader))
            for table in TABLES.values():
                if table.has_vintages:
                    self.execute(current_view_sql(table))
        return rebuild or not same

    def has(self, name: str) -> bool:
        """Whether the schema has a table or view of this name."""
        qualified = literal(f"{SCHEMA}.{name}")
        return bool(self.rows(f"SELECT to_regclass({qualified}) IS NOT NULL")[0][0])

    def _made_by(self) -> str:
        """Fingerprint of what made the schema; earlier versions have other columns."""
        row = self.rows(f"SELECT to_jsonb(t) ->> 'made_by' FROM {SCHEMA}.{WRITER_TABLE} AS t")
        return str(row[0][0]) if row else ""

    def plan_for_marts(self) -> None:
        """Joins by hash until the end of the transaction. Of rows that it has just written, and of
        joins by seven columns, the server expects one: two hundred thousand then meet each other
        one by one, which took minutes where a hash takes seconds."""
        for setting in PLANS_FOR_MARTS:
            self.execute(f"SET LOCAL {setting}")

    def make_mart(self, mart: marts.Mart, score: Score = NO_SCORE) -> bool:
        """Refill by DELETE and INSERT, which block no reader; recreate when columns changed."""
        if mart.is_view:
            self._make_view(mart)
            return True
        if mart.calculation is not None:
            self._calculate(mart.calculation, score)
        else:
            self.execute(f"CREATE TEMP TABLE mart_now ON COMMIT DROP AS {mart.sql}")
        columns = (
            "SELECT attname, atttypid, atttypmod FROM pg_attribute "
            "WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        )
        stored_columns = self.rows(columns.format(literal(f"{SCHEMA}.{mart.name}")))
        changed = True
        if stored_columns == self.rows(columns.format(literal("mart_now"))):
            changed = not has_same_rows(self, mart.name, "mart_now", mart.name)
            if changed:
                self.execute(f"DELETE FROM {mart.name}")
                self.execute(f"INSERT INTO {mart.name} SELECT * FROM mart_now")
        else:
            self.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{mart.name}")
            self.execute(f"CREATE TABLE {SCHEMA}.{mart.name} AS SELECT * FROM mart_now")
        self.execute("DROP TABLE mart_now")
        return changed

    def _calculate(self, calculation: Calculation, score: Score) -> None:
        con = self._driver()
        inputs = {key: from_postgres(con, sql) for key, sql in calculation.queries(score).items()}
        self.execute(f"CREATE TEMP TABLE mart_now ({calculation.declared()}) ON COMMIT DROP")
        into_postgres(con, "mart_now", calculation.run(inputs, score))

    def _make_view(self, mart: marts.Mart) -> None:
        """Made once: its columns follow the tables; when those change, the schema is recreated."""
        if not self.has(mart.name):
            self.execute(f"CREATE VIEW {mart.name} AS {mart.sql}")

    def columns(self, mart: str) -> list[str]:
        sql = (
            "SELECT column_name FROM information_schema.columns "
            f"WHERE table_schema = {literal(SCHEMA)} AND table_name = {literal(mart)}"
        )
        return [name for (name,) in self.rows(sql)]

    def comment(self, texts: Iterable[tuple[str, str, str]]) -> None:
        """All in one message: a server far away would be asked a thousand times."""
        lines = [f"COMMENT ON {kind} {SCHEMA}.{name} IS {literal(text)}"
                 for kind, name, text in texts]  # fmt: skip
        if lines:
            alone = self.connection.execution_options(no_parameters=True)
            alone.exec_driver_sql("; ".join(lines))


class PostgresWarehouse(Warehouse):
    """A PostgreSQL database of the installation's own."""

    def __init__(
        self, url: str, *, reader_url: str | None = None, production: bool = False
    ) -> None:
        self.engine = engine_for(url)
        self.production = production
        self._reader = engine_for(reader_url).url if reader_url else None
        self._reader_name = self._reader.username if self._reader else None
        self.kept: psycopg.Connection[Any] | None = None  # of `at_one_moment`

    @contextmanager
    def begin(self, *, rebuild: bool, held: Held = lambda: None) -> Iterator[Transaction]:
        import psycopg

        try:
            with self.engine.begin() as connection:
                if self.production:
                    driver = connection.connection.driver_connection
                    self._refuse_superuser(cast("psycopg.Connection[Any]", driver))
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {literal(LOCK_TIMEOUT)}")
                connection.exec_driver_sql(
                    f"SET LOCAL statement_timeout = {literal(STATEMENT_TIMEOUT)}"
                )
                connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
                yield _PostgresTransaction(connection, self._reader_name)
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
        """VACUUM FULL of every table that is there, marts among them: plain VACUUM leaves the old
        bytes in reused pages."""
        listed = f"SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}' ORDER BY 1"
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for (name,) in connection.exec_driver_sql(listed).fetchall():
                connection.exec_driver_sql(f"VACUUM FULL {SCHEMA}.{identifier(name)}")

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

    def refuse_superuser(self) -> None:
        """In production the pipeline's own login may not be able to do all on the server."""
        if self.production:
            with self._connected(self.engine.url) as con:
                self._refuse_superuser(con)

    def _refuse_superuser(self, con: psycopg.Connection[Any]) -> None:
        found = superuser_powers(con) if self.production else []
        if found:
            raise ConfigurationError(
                "warehouse_superuser",
                f"the login of PENATARAN_WAREHOUSE_URL is too strong: {', '.join(found)}",
                where=self.engine.url.render_as_string(hide_password=True),
                hint="make a role that owns the database and may make roles: docs/configuration.md",
            )

    @contextmanager
    def _connected(self, url: sa.URL) -> Iterator[psycopg.Connection[Any]]:
        """A connection of its own, in autocommit; failures of the server are ours."""
        import psycopg

        try:
            with closing(_open(url)) as con:
                yield con
        except psycopg.Error as error:
            raise self._failure(error) from None

    def query(
        self, sql: str, *, as_known_on: datetime | None = None, deadline: Deadline | None = None
    ) -> Result:
        """One SELECT, checked by what the server parsed, in a session of the reader role."""
        deadline = deadline or Deadline(OWN_SECONDS)
        if self.kept is not None and as_known_on is None:
            with failures(deadline), deadline.running(self.kept.cancel_safe):
                found = self.kept.execute(sql.encode())
            return Result(tuple(c.name for c in found.description or ()), iter([found.fetchall()]))
        asked = sql.rstrip("; \n\t")
        known = [] if as_known_on is None else needed_known_on(as_known_on, asked)
        with self._connected(self.engine.url) as con:
            self._refuse_superuser(con)
            login = self._login(con)
            check(con, asked, within(known, asked), deadline)
        with ExitStack() as opening:
            reader = opening.enter_context(closing(self._reader_session(login)))
            with failures(deadline), deadline.running(reader.cancel_safe):
                reader.execute("BEGIN READ ONLY")
                prepare(reader, deadline)
                known = calculated(reader, known, self.score)
                _declare(reader, within(known, asked), deadline)
                head = reader.execute(f"FETCH {BATCH} FROM answer")
            columns = tuple(c.name for c in head.description or ())
            return Result(columns, _batches(reader, head, deadline, opening.pop_all()))

    @contextmanager
    def at_one_moment(self) -> Iterator[Warehouse]:
        """In one session of the reader role, whose statements are ours and are not checked."""
        deadline = Deadline(OWN_SECONDS)
        with self._connected(self.engine.url) as con:
            self._refuse_superuser(con)
            login = self._login(con)
        with closing(self._reader_session(login)) as reader:
            with failures(deadline):
                reader.execute("BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ")
                prepare(reader, deadline)
            same = copy(self)
            same.kept = reader
            yield same

    def _login(self, con: psycopg.Connection[Any]) -> Login:
        """The login of readers. Raises ConfigurationError where there is nothing to read yet."""
        row = con.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{WRITER_TABLE}"]).fetchone()
        if row == (None,):
            raise ConfigurationError(
                "nothing_published", "no warehouse yet", hint="penataran run first"
            )
        with con.transaction():
            return login_of(con, self._reader_name)

    def _reader_session(self, login: Login) -> psycopg.Connection[Any]:
        """A session that the reader logged in to: it has no other role to go back to."""
        import psycopg

        url = self._reader or self.engine.url.set(username=login.role, password=login.password)
        try:
            con = _open(url)
        except psycopg.Error as error:
            raise StorageError(
                "reader_login",
                f"the reader role could not log in: {first_line(error)}",
                where=url.render_as_string(hide_password=True),
                hint=f"let {login.role} log in with its password (pg_hba.conf), or set "
                "PENATARAN_READER_URL; the server may also have no connection left",
            ) from None
        with ExitStack() as opening:  # a role that is refused leaves no session open
            opening.callback(con.close)
            refuse_strong(con, login.role)
            opening.pop_all()
        return con

    def reader_powers(self) -> tuple[str, list[Power]]:
        """The role that readers log in as, and what it can do besides reading."""
        with self._connected(self.engine.url) as con:
            login = self._login(con)
            self._reader_session(login).close()
            return login.role, powers(con, login.role)

    def own_powers(self) -> list[str]:
        """What makes the pipeline's own login as strong as the server."""
        with self._connected(self.engine.url) as con:
            return superuser_powers(con)

    def close(self) -> None:
        self.engine.dispose()


def _open(url: sa.URL) -> psycopg.Connection[Any]:
    """A connection past SQLAlchemy: what runs on it is sent as it is."""
    import psycopg

    dialect = url.get_dialect()()
    places, names = dialect.create_connect_args(url)
    return psycopg.connect(
        *places, **{"connect_timeout": CONNECT_SECONDS, **names}, autocommit=True
    )


def _declare(con: psycopg.Connection[Any], statement: str, deadline: Deadline) -> None:
    """The checked statement as a cursor of the open transaction, sent by the extended protocol
    (binary): the server takes one statement."""
    prepare(con, deadline)
    con.execute(
        "SET LOCAL cursor_tuple_fraction TO 1;"
        f"SET LOCAL idle_in_transaction_session_timeout TO '{IDLE_SECONDS}s'"
    )
    con.execute(f"DECLARE answer NO SCROLL CURSOR FOR {statement}".encode(), binary=True)


def _batches(
    con: psycopg.Connection[Any], head: Any, deadline: Deadline, opened: ExitStack
) -> Iterator[Sequence[tuple[Any, ...]]]:
    with opened:
        with failures(deadline):
            rows = head.fetchall()
        while rows:
            yield rows
            with failures(deadline), deadline.running(con.cancel_safe):
                con.execute(f"SET LOCAL statement_timeout TO {milliseconds(deadline)}")
                rows = con.execute(f"FETCH {BATCH} FROM answer").fetchall()
