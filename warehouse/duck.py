"""The embedded warehouse: a DuckDB working file, published as a copy by atomic rename.

A DuckDB file shuts out every other process while a writer has it open, readers too: so the
writer works on `state/working.duckdb`, and `warehouse/penataran.duckdb` is replaced whole.
"""

from __future__ import annotations

import os
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.catalogue import TABLES
from schemas.derive import duckdb_columns, stored
from schemas.errors import ConfigurationError, StorageError
from schemas.model import Table
from schemas.nearest import near
from schemas.score import Score
from schemas.sql import identifier, literal
from warehouse import marts
from warehouse.base import (
    WRITER_TABLE,
    DamagedWarehouseError,
    Result,
    Warehouse,
    current_view_sql,
    fingerprint,
    views_known_on,
)
from warehouse.calculated import Calculation, from_duck, into_duck
from warehouse.engine import (
    MEMORY_LIMIT,
    READER_MEMORY_LIMIT,
    READER_SPILL_LIMIT,
    STORAGE_VERSION,
    WRITER_MEMORY_LIMIT,
    connect,
)
from warehouse.files import checksum_of, sync, write_whole
from warehouse.leases import Held
from warehouse.limits import OWN_SECONDS, Deadline, held_folder, memory_error
from warehouse.only_reads import require_reading
from warehouse.remade import has_same_rows
from warehouse.transaction import NO_SCORE, Transaction

if TYPE_CHECKING:
    import duckdb

NEXT = "mart_now"  # a mart until its rows are compared
BATCH = 2048
ATTACH_SECONDS = 30.0  # of trying, while the file is replaced again and again
LARGE_FILE_BYTES = 128 << 20  # ten million rows are 450 MB, and need the larger limit
LOCKED = re.compile(r"\block", re.IGNORECASE)  # a block is none
SUGGESTIONS = ("Did you mean", "Candidate bindings")  # of DuckDB's messages
NO_COLUMN = re.compile(r'column named "(\w+)"')
DAMAGE = re.compile(r"read enough bytes|corrupt|checksum|deserializ", re.IGNORECASE)


class _DuckTransaction(Transaction):
    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def execute(self, sql: str) -> None:
        self.con.execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.con.execute(sql).fetchall()
        return found

    @contextmanager
    def lake_connection(self, temp: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """This one: rows go from Parquet into the tables without leaving the engine."""
        yield self.con

    def insert(
        self, con: duckdb.DuckDBPyConnection, table: Table, view: str, columns: Sequence[str]
    ) -> None:
        listed = ", ".join(columns)
        con.execute(f"INSERT INTO {stored(table)[0]} ({listed}) SELECT {listed} FROM {view}")

    def ensure_schema(self, *, rebuild: bool, edition: str) -> bool:
        names = {
            n
            for (n,) in self.rows(
                "SELECT table_name FROM duckdb_tables() "
                "WHERE database_name = 'warehouse' AND NOT temporary"
            )
        }
        stamped = WRITER_TABLE in names and self.rows(f"SELECT made_by FROM {WRITER_TABLE}")
        made_by = f"{fingerprint()} {edition}".strip()
        if stamped and stamped[0][0] == made_by and not rebuild:
            return False
        if names:
            for (name,) in self.rows(
                "SELECT view_name FROM duckdb_views() WHERE database_name = 'warehouse' "
                "AND NOT internal AND NOT temporary"
            ):
                self.execute(f"DROP VIEW {identifier(name)}")
            for name in names:
                self.execute(f"DROP TABLE {identifier(name)}")
        self.execute(f"CREATE TABLE {WRITER_TABLE} (made_by VARCHAR NOT NULL, score VARCHAR)")
        self.execute(f"INSERT INTO {WRITER_TABLE} (made_by) VALUES ({literal(made_by)})")
        for table in TABLES.values():
            name, fields = stored(table)
            self.con.execute(f"CREATE TABLE IF NOT EXISTS {name} ({duckdb_columns(fields)})")
            if table.has_vintages:
                self.con.execute(current_view_sql(table))
        return True

    def plan_for_marts(self) -> None:
        """Its plans are for this."""

    def make_mart(self, mart: marts.Mart, score: Score = NO_SCORE) -> bool:
        if mart.is_view:
            self.con.execute(f"CREATE OR REPLACE VIEW {mart.name} AS {mart.sql}")
            return True
        self.con.execute(f"DROP TABLE IF EXISTS {NEXT}")
        if mart.calculation is not None:
            _calculate(self.con, NEXT, mart.calculation, score)
        else:
            self.con.execute(f"CREATE TABLE {NEXT} AS {mart.sorted_sql}")
        if self.has(mart.name):
            if has_same_rows(self, mart.name, NEXT, mart.name):
                self.con.execute(f"DROP TABLE {NEXT}")
                return False
            self.con.execute(f"DROP TABLE {mart.name}")
        self.con.execute(f"ALTER TABLE {NEXT} RENAME TO {mart.name}")
        return True

    def has(self, name: str) -> bool:
        sql = "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND "
        return bool(self.con.execute(f"{sql} table_name = {literal(name)}").fetchall())

    def columns(self, mart: str) -> list[str]:
        return [name for name, *_ in self.con.execute(f"DESCRIBE {mart}").fetchall()]

    def comment(self, texts: Iterable[tuple[str, str, str]]) -> None:
        for kind, name, text in texts:
            self.con.execute(f"COMMENT ON {kind} {name} IS {literal(text)}")


class DuckWarehouse(Warehouse):
    """Working file for the one writer, published file for everybody."""

    def __init__(self, working: Path, published: Path, *, mode: int = 0o600) -> None:
        """`mode` is that of the published file."""
        self.working = working
        self.published = published
        self.mode = mode
        self.kept: duckdb.DuckDBPyConnection | None = None  # of `at_one_moment`
        self._checksum = working.with_suffix(".crc32")

    @contextmanager
    def begin(self, *, rebuild: bool, held: Held = lambda: None) -> Iterator[Transaction]:
        """One transaction on the working file; with `rebuild`, on a new one that replaces
        it when it is complete. `held` raises BusyError if another has taken over."""
        import duckdb

        unwritten = (
            duckdb.IOException,
            duckdb.FatalException,
            duckdb.SerializationException,
            duckdb.OutOfMemoryException,
        )
        self.working.parent.mkdir(parents=True, exist_ok=True)
        target = self.working
        if not rebuild:
            self._require_whole()
        self._checksum.unlink(missing_ok=True)  # until it is written again, nothing is known
        if rebuild:
            for old in self.working.parent.glob(f"{self.working.stem}.*next.duckdb*"):
                old.unlink(missing_ok=True)
            target = self.working.with_suffix(f".{uuid.uuid4().hex}.next.duckdb")
        opened = ExitStack()
        try:
            con = opened.enter_context(closing(self._writing_connection(opened, rebuild=rebuild)))
            try:
                con.execute(
                    f"ATTACH {literal(target)} AS warehouse "
                    f"(STORAGE_VERSION {literal(STORAGE_VERSION)})"
                )
            except duckdb.Error as error:
                raise _unopened(error, target) from error
            con.execute("USE warehouse")
            con.execute("BEGIN")
            yield _DuckTransaction(con)
            held()
            con.execute("COMMIT")
            con.execute("CHECKPOINT warehouse")
            con.execute("USE memory")
            con.execute("DETACH warehouse")
            if rebuild:
                held()
                _remove(self.working.with_name(self.working.name + ".wal"))
                target.replace(self.working)
            write_whole(self._checksum, checksum_of(self.working))
        except unwritten as error:
            if DAMAGE.search(str(error)):
                raise _damaged(error, target) from error
            raise StorageError(
                "warehouse_write",
                f"the warehouse could not be written: {str(error).splitlines()[0]}",
                where=str(self.working),
                hint="check space, memory and permissions; the published file was not touched",
            ) from error
        finally:
            opened.close()

    def _require_whole(self) -> None:
        """Raise for a working file that changed since the last transaction: the engine looks at
        the blocks that it needs, and the others would be published as they are."""
        try:
            promised = self._checksum.read_text(errors="replace")
            actual = checksum_of(self.working)
        except OSError:
            return  # none is known, or the file cannot be opened either
        if actual != promised:
            raise _damaged(ValueError("its checksum differs"), self.working)

    def _writing_connection(self, opened: ExitStack, *, rebuild: bool) -> duckdb.DuckDBPyConnection:
        try:
            temp = opened.enter_context(held_folder(self.working.parent / "tmp"))
        except OSError as error:
            raise StorageError(
                "warehouse_write",
                f"the warehouse could not be written: {error.strerror}",
                where=str(error.filename),
                hint="check space and permissions; the published file was not touched",
            ) from error
        return connect(temp, memory_limit=self._memory_limit(rebuild=rebuild))

    def _memory_limit(self, *, rebuild: bool) -> str:
        large = self.working.exists() and self.working.stat().st_size > LARGE_FILE_BYTES
        return WRITER_MEMORY_LIMIT if rebuild or large else MEMORY_LIMIT

    def reclaim(self) -> None:
        """A rebuilt file never held the deleted rows."""

    def set_damaged_aside(self) -> None:
        for path in (self.working, self.working.with_name(self.working.name + ".wal")):
            if path.exists():
                path.replace(path.with_name(f"{path.name}.damaged"))

    def publish(self, held: Held = lambda: None) -> str:
        """Copy beside, sync, rename: readers have the old file or the new one (B06)."""
        self.published.parent.mkdir(parents=True, exist_ok=True)
        for old in self.published.parent.glob(f"{self.published.stem}*.duckdb.tmp"):
            old.unlink(missing_ok=True)
        partial = self.published.with_suffix(f".{uuid.uuid4().hex}.duckdb.tmp")
        try:
            shutil.copyfile(self.working, partial)
            partial.chmod(self.mode)
            descriptor = os.open(partial, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            held()
            partial.replace(self.published)
            sync(self.published.parent)
        except OSError as error:
            held()  # another that took over has removed the copy
            raise StorageError(
                "publish_write",
                f"the published file could not be replaced: {error.strerror}",
                where=str(self.published),
                hint="check space and permissions; readers keep the previous file",
            ) from error
        finally:
            partial.unlink(missing_ok=True)
        return str(self.published)

    def is_published(self) -> bool:
        return self.published.exists()

    def query(
        self, sql: str, *, as_known_on: datetime | None = None, deadline: Deadline | None = None
    ) -> Result:
        """One statement on the published file; no file, network or setting is in reach (X07)."""
        _require_text(sql)
        deadline = deadline or Deadline(OWN_SECONDS)
        with ExitStack() as opening:
            if self.kept is not None and as_known_on is None:
                con = opening.enter_context(closing(self.kept.cursor()))
                con.execute("USE penataran")
                with _failures(deadline), deadline.running(con.interrupt):
                    cursor = con.execute(sql)
            else:
                con = self._opened(opening)
                with _failures(deadline), deadline.running(con.interrupt):
                    cursor = _answer(con, sql, as_known_on, self.score)
            columns = tuple(d[0] for d in cursor.description or ())
            return Result(columns, _batches(cursor, deadline, opening.pop_all()))

    @contextmanager
    def at_one_moment(self) -> Iterator[Warehouse]:
        """To open the file costs 10 ms, more than most queries of a page (DuckDB 2.0.0)."""
        with ExitStack() as opening:
            same = copy(self)
            same.kept = self._opened(opening)
            yield same

    def _opened(self, opening: ExitStack) -> duckdb.DuckDBPyConnection:
        """A connection for readers, with the published file attached as `penataran`."""
        import duckdb

        if not self.is_published():
            raise ConfigurationError(
                "nothing_published", "no warehouse yet", hint="penataran run first"
            )
        con = opening.enter_context(closing(self._reading_connection(opening)))
        try:
            opening.callback(os.close, _attach_whole(con, self.published))
        except duckdb.Error as error:
            raise StorageError(
                "warehouse_read",
                f"the warehouse could not be opened: {str(error).splitlines()[0]}",
                where=str(self.published),
                hint="penataran rebuild recreates it from the lake",
            ) from error
        return con

    def _reading_connection(self, opening: ExitStack) -> duckdb.DuckDBPyConnection:
        """A connection with the limits of readers. Where a reader may not write in the home it
        has no disk to spill to, and leaves nothing elsewhere."""
        spill: Path | None = None
        with suppress(OSError):
            spill = opening.enter_context(held_folder(self.working.parent / "tmp"))
        return connect(spill, memory_limit=READER_MEMORY_LIMIT, spill_limit=READER_SPILL_LIMIT)

    def close(self) -> None:
        """Nothing stays open between calls."""


def _attach_whole(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Attach one and the same file, even if another replaces it meanwhile; returns its descriptor.

    DuckDB 2.0 opens a database by its path more than once. With 20 readers and 50 publications
    one of them had the header of one file and the blocks of the next; a path by way of
    /proc/self/fd does not help, since DuckDB resolves it first. So the name must lead to the same
    file before and after: the descriptor keeps its inode from being used again.
    """
    import duckdb

    end = time.monotonic() + ATTACH_SECONDS
    while True:
        held = os.open(path, os.O_RDONLY)
        failed: duckdb.Error | None = None
        try:
            con.execute(f"ATTACH {literal(path)} AS penataran (READ_ONLY)")
        except duckdb.Error as error:
            failed = error
        is_same = os.path.samestat(os.fstat(held), path.stat())
        if is_same and failed is None:
            return held
        os.close(held)
        if failed is None:
            con.execute("DETACH penataran")
        elif is_same or time.monotonic() > end:
            raise failed


def _require_text(sql: str) -> None:
    """Refuse bytes that are not UTF-8, which Python hands over as half characters."""
    try:
        sql.encode()
    except UnicodeEncodeError:
        raise ConfigurationError("bad_sql", "the statement is not valid text") from None


def _answer(
    con: duckdb.DuckDBPyConnection, sql: str, as_known_on: datetime | None, score: Score
) -> duckdb.DuckDBPyConnection:
    import duckdb

    if as_known_on is None:
        con.execute("USE penataran")
    else:
        _views_known_on(con, as_known_on, sql, score)
    con.execute("SET enable_external_access=false")
    con.execute("SET lock_configuration=true")
    statements = con.extract_statements(sql)
    if [_kind(s) for s in statements] != [duckdb.StatementType.SELECT]:
        raise ConfigurationError(
            "read_only", "query takes one SELECT", hint="the warehouse is read-only"
        )
    require_reading(con, sql)
    return con.execute(statements[0])


def _kind(statement: duckdb.Statement) -> duckdb.StatementType | None:
    """None for a kind that the engine's Python package has no name for (DuckDB 2.0.0: UPDATE
    EXTENSIONS)."""
    try:
        return statement.type
    except ValueError:
        return None


@contextmanager
def _failures(deadline: Deadline) -> Iterator[None]:
    """What goes wrong in a reader's query, as errors of ours."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise deadline.error() from None
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise memory_error((str(error).splitlines() or ["out of memory"])[0]) from None
    except duckdb.Error as error:
        words = str(error).splitlines()[0]
        if not (
            isinstance(error, duckdb.IOException | duckdb.FatalException)
            or words.startswith("Corrupt database file")
        ):
            raise ConfigurationError("bad_sql", _with_near_names(error)) from None
        raise StorageError(
            "warehouse_read",
            f"the warehouse could not be read: {words}",
            hint="penataran publish makes the published file again",
        ) from None


def _with_near_names(error: Exception) -> str:
    """The first line of the engine's message, and the line of it that names what is near."""
    first, *others = str(error).splitlines()
    if suggested := [line for line in others if line.startswith(SUGGESTIONS)]:
        return " ".join([first, *suggested]).replace(": :", ":")
    if missing := NO_COLUMN.search(first):
        known = {f.name for t in TABLES.values() for f in t.reader_fields()}
        return first + near(missing[1], known)
    return first


def _batches(
    cursor: duckdb.DuckDBPyConnection, deadline: Deadline, opened: ExitStack
) -> Iterator[Sequence[tuple[Any, ...]]]:
    with opened:
        while True:
            with _failures(deadline), deadline.running(cursor.interrupt):
                rows = cursor.fetchmany(BATCH)
            if not rows:
                return
            yield rows


def _views_known_on(
    con: duckdb.DuckDBPyConnection, moment: datetime, asked: str, score: Score
) -> None:
    """Every table as it was known at a moment, under its own name, and the marts of that; those
    that are calculated only where the statement needs them."""
    for name, sql in views_known_on(moment, "penataran."):
        con.execute(f"CREATE VIEW {identifier(name)} AS {sql}")
    for mart in marts.needed_by(asked):
        if mart.calculation is not None:
            _calculate(con, mart.name, mart.calculation, score)
        else:
            con.execute(f"CREATE VIEW {identifier(mart.name)} AS {mart.sql}")


def _calculate(
    con: duckdb.DuckDBPyConnection, name: str, calculation: Calculation, score: Score
) -> None:
    """Make the table of a calculation from what the connection sees."""
    inputs = {key: from_duck(con, sql) for key, sql in calculation.queries(score).items()}
    into_duck(con, name, calculation.run(inputs, score))


def _remove(database: Path) -> None:
    for path in (database, database.with_name(database.name + ".wal")):
        path.unlink(missing_ok=True)


def _unopened(error: Exception, path: Path) -> StorageError:
    """A file that exists and is not a valid database is damaged; other failures are not."""
    words = str(error).splitlines()[0]
    busy = LOCKED.search(words)
    readable = path.exists() and os.access(path, os.R_OK | os.W_OK)
    if readable and not busy and "space" not in words.lower():
        return _damaged(error, path)
    return StorageError(
        "warehouse_write",
        f"the warehouse could not be opened: {words}",
        where=str(path),
        hint="check space and permissions, or which process holds it",
    )


def _damaged(error: Exception, path: Path) -> DamagedWarehouseError:
    return DamagedWarehouseError(
        "warehouse_damaged",
        f"the working file is damaged: {str(error).splitlines()[0]}",
        where=str(path),
        hint="it is rebuilt from the lake",
    )
