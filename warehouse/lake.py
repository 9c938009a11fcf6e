"""The lake: one append-only Delta table per warehouse table. It is the record.

A load writes its rows first and its `ops_load` row last: that last commit is the point at
which the load exists. Rows of a load without it are leavings of a crash and never read.
Every data file carries the SHA-256 of its bytes in its name and is checked when it is read.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from schemas.catalogue import TABLES
from schemas.derive import arrow_schema
from schemas.errors import BusyError, PenataranError, StorageError
from schemas.model import Table
from schemas.sql import literal
from warehouse.contents import Part, check_rows
from warehouse.data_files import (
    File,
    Writer,
    are_small,
    local_path,
    log_entry,
    no_rows,
    partition_of,
    scan_of,
    sha_of,
    unwritable,
    verify,
    write_file,
)
from warehouse.engine import first_row, to_parquet_scan
from warehouse.files import read_json, sync, write_whole
from warehouse.leases import Held
from warehouse.log import Log

if TYPE_CHECKING:
    import duckdb

APPEND_TRIES = 8
NEXT = "lake.next"
MARK = "IDENTITY"
COMPLETE = "COMPLETE"


@dataclass(frozen=True)
class Identity:
    """Identity of a lake: of the record that it belongs to, and of this making of it; the tables
    it has, and their columns by hash ("" where they may be of an older version)."""

    record: str
    edition: str
    tables: tuple[str, ...]
    columns: str = ""

    @property
    def is_of_today(self) -> bool:
        return self.columns == _columns_of_today()


@dataclass(frozen=True)
class Addition:
    """One load's rows for one table, in a file that other loads may share.

    `expected` is what `Lake.last` returned before the diff: another number means that a second
    writer has taken over, and this one must not write (BusyError).
    """

    application: str
    load_seq: int
    file: File
    rows: int
    expected: int | None = None

    def part(self, table: Table) -> Part:
        return Part(table.name, self.rows, sha_of(self.file.path))


class Views(Protocol):
    """Who makes views of the versions of a table: the lake, or what a run knows of it."""

    def view(
        self, con: duckdb.DuckDBPyConnection, table: Table, name: str, *, source: str | None = None
    ) -> bool:
        """A temporary relation `name` of the versions of finished loads; False without any."""


class Lake:
    """Delta tables below one folder. Writers hold the slice's lease."""

    def __init__(self, folder: Path, erased: Path | None = None) -> None:
        """`erased` is the folder whose files are named by the bytes that were erased."""
        self.folder = folder
        self._erased = erased
        self._logs: dict[str, Log] = {}
        self._place = (0, 0)  # of the folder on the disk
        self._logs_lock = threading.Lock()

    def path(self, table: Table) -> Path:
        return self.folder / table.name

    def _log(self, table: Table) -> Log:
        with self._logs_lock:
            found = self.folder.stat()
            if self._place != (found.st_dev, found.st_ino):  # a rebuild put another folder here
                self._logs, self._place = {}, (found.st_dev, found.st_ino)
            return self._logs.setdefault(table.name, Log(self.path(table)))

    def _open(self, table: Table) -> Any | None:
        """A handle on the newest snapshot; None without a log."""
        return self._log(table).handle() if self.has(table.name) else None

    # --- identity ---

    def has(self, table: str) -> bool:
        return (self.folder / table / "_delta_log").is_dir()

    @property
    def exists(self) -> bool:
        return any(self.has(name) for name in TABLES)

    def identity(self) -> Identity | None:
        """Whose lake this is; None where a version before marks made it."""
        path = self.folder / MARK
        if not path.exists():
            return None
        raw = read_json(path)
        columns = str(raw.get("columns", ""))  # marks before 2026-12 do not say
        return Identity(str(raw["record"]), str(raw["edition"]), tuple(raw["tables"]), columns)

    def set_identity(self, record: str, edition: str, *, is_of_today: bool = False) -> None:
        """Say whose lake this is, and which tables it has; `is_of_today` after `create_missing`."""
        tables = tuple(name for name in TABLES if self.has(name))
        mark = Identity(record, edition, tables, _columns_of_today() if is_of_today else "")
        if mark != self.identity():
            write_whole(self.folder / MARK, json.dumps(vars(mark)))

    def reopen(self) -> None:
        """Forget what is known of the folder: another folder has replaced it."""
        with self._logs_lock:
            self._logs = {}

    def must_open(self, table: Table) -> Any:
        """A handle on the newest snapshot; raises StorageError without a log."""
        handle = self._open(table)
        if handle is None:
            raise StorageError("lake_missing", "no such log", where=str(self.path(table)))
        return handle

    # --- making and changing the tables ---

    def create_missing(self) -> None:
        """Make the log of every declared table that has none, and columns that are new. Those that
        became wider are `rewrites.widen`'s.

        Two first appends would each create the table, and the later one fails with a
        changed protocol; so tables are made before any writer starts, under one lease.
        """
        from deltalake import DeltaTable, Schema

        self.finish_swap()
        for table in TABLES.values():
            handle = self._open(table)
            wanted = arrow_schema(table.lake_fields())
            if handle is None:
                DeltaTable.create(
                    str(self.path(table)),
                    schema=wanted,
                    mode="ignore",
                    partition_by=partition_of(table),
                )
                continue
            known = {f.name: f.type for f in handle.schema().fields}
            fields = Schema.from_arrow(wanted).fields
            missing = [f for f in fields if f.name not in known]
            if missing:
                handle.alter.add_columns(missing)

    def finish_swap(self) -> None:
        """A rebuild that was killed between its two renames is finished here."""
        ready = self.folder.with_name(NEXT)
        if (ready / COMPLETE).exists() and not any(self.folder.glob("*/_delta_log")):
            if self.folder.exists():
                (self.folder / MARK).unlink(missing_ok=True)
                self.folder.rmdir()
            ready.rename(self.folder)

    # --- writing ---

    def last(self, table: Table, application: str) -> int:
        """Number of the application's last load in this table; 0 if there is none."""
        self.must_open(table)
        return self._log(table).last(application)

    def append(
        self,
        table: Table,
        write: Writer,
        *,
        application: str,
        load_seq: int,
        source: str = "",
        expected: int | None = None,
        held: Held = lambda: None,
    ) -> Part:
        """Append the rows of one load, once; returns what was written. See `commit`."""
        file = self.write(table, write, (load_seq, load_seq), source)
        addition = Addition(application, load_seq, file, file.rows, expected)
        (found,) = self.commit(table, [addition], held=held)
        if isinstance(found, PenataranError):
            raise found
        return found

    def write(self, table: Table, write: Writer, loads: tuple[int, int], source: str = "") -> File:
        """A file of rows of the loads from one number to another. No reader sees it before
        `commit`."""
        try:
            path = write_file(self.path(table), table, write, loads[1], source)
            action = log_entry(path, table, source, loads, self.path(table))
        except OSError as error:
            raise unwritable(error, self.path(table)) from error
        return File(path, json.loads(action.stats)["numRecords"], action)

    def commit(
        self, table: Table, additions: Sequence[Addition], *, held: Held = lambda: None
    ) -> list[Part | PenataranError]:
        """Make the rows of some loads part of the table, all at one moment and each once. For each
        load: what was written, or the error that kept it out. `held` raises BusyError if a lease of
        theirs is in other hands; then nothing is written.

        Delta accepts a repeated application version, so the last one is read first, and the
        commit starts from the same handle: a commit of the same application by another writer
        conflicts, and all is tried again.
        """
        from deltalake.exceptions import CommitFailedError

        for attempt in range(1, APPEND_TRIES + 1):
            with self._log(table).lock:
                found = [self._standing(table, a, is_again=attempt > 1) for a in additions]
                due = [a for a, f in zip(additions, found, strict=True) if f is None]
                if not due:
                    break
                held()
                try:
                    self._commit_actions(table, due)
                    break
                except CommitFailedError as error:
                    if attempt == APPEND_TRIES:
                        raise StorageError(
                            "lake_conflict",
                            f"the lake was written by others {attempt} times meanwhile: {error}",
                            where=str(self.path(table)),
                            hint="the next run tries again; nothing was published",
                        ) from error
                except OSError as error:
                    raise unwritable(error, self.path(table)) from error
        self.sync_log(table, self.must_open(table).version())
        return [f or a.part(table) for a, f in zip(additions, found, strict=True)]

    def _standing(
        self, table: Table, addition: Addition, *, is_again: bool
    ) -> Part | PenataranError | None:
        """None where an addition may be committed, its part where the commit that seemed to fail
        has succeeded, or the error that keeps it out."""
        application, number = addition.application, addition.load_seq
        last, expected = self.last(table, application), addition.expected
        if expected is not None and last not in (expected, number):
            return overtaken_by(last, application)
        if last == number and is_again:
            return addition.part(table)
        if last >= number:
            return StorageError(
                "number_used",
                f"load {number} was written after load {last} of {application}",
                where=str(self.path(table)),
                hint="the ledger is older than the lake; the next run takes a later number",
            )
        return None

    def _commit_actions(self, table: Table, additions: Sequence[Addition]) -> None:
        from deltalake import CommitProperties, Transaction

        handle = self.must_open(table)
        files = {a.file.path: a.file.action for a in additions}
        handle.create_write_transaction(
            list(files.values()),
            "append",
            handle.schema(),
            partition_by=partition_of(table),
            commit_properties=CommitProperties(
                app_transactions=[Transaction(a.application, a.load_seq) for a in additions]
            ),
        )

    def sync_log(self, table: Table, version: int) -> None:
        """Put the newest entries of a log on the disk: the library does not."""
        log = self.path(table) / "_delta_log"
        for number in (version, version + 1):
            entry = log / f"{number:020d}.json"
            if entry.exists():
                sync(entry)
        sync(log)

    # --- reading ---

    def files(self, table: Table, source: str | None = None, since_load: int = 0) -> list[str]:
        """Checked files of the current snapshot, those that may hold the source and loads."""
        handle = self._open(table)
        if handle is None:
            return []
        conditions = []
        if source is not None and table.has_vintages:
            conditions.append(f"source = {literal(source)}")
        if since_load:
            conditions.append(f"load_seq >= {since_load}")
        found = (
            handle.file_uris(file_pruning_predicate=" AND ".join(conditions))
            if conditions
            else handle.file_uris()
        )
        names = [str(local_path(uri)) for uri in found]
        for name in names:
            verify(name)
        return names

    def view(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        name: str,
        *,
        source: str | None = None,
        loads: Sequence[int] | None = None,
        finished: str | None = None,
    ) -> bool:
        """A temporary relation `name` of the versions of finished loads, or of the named ones
        among them; False (and empty) without any. `finished` is what `finished_loads` returned, for
        callers that make several views of one moment."""
        finished = finished or self.finished_loads(con)  # first: a load's own row is written last
        files = self.files(table, source, min(loads) if loads else 0)
        if table.name != "ops_load":
            check_rows(con, self.folder, table, finished, files=files, source=source, loads=loads)
        fields = table.lake_fields()
        columns = ", ".join(f.name for f in fields)
        if not files or loads == []:
            con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {no_rows(fields)}")
            return False
        wheres = [f"(load_seq, run_id) IN (SELECT (load_seq, run_id) FROM {finished})"]
        if loads is not None:
            wheres.append(f"load_seq IN ({', '.join(str(n) for n in loads)})")
        if source is not None:
            wheres.append(f"source = {literal(source)}")
        rows = f"SELECT {columns} FROM ({scan_of(table, files)}) WHERE {' AND '.join(wheres)}"
        if are_small(files):
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name}__rows AS {rows}")
            rows = f"SELECT * FROM {name}__rows"
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")
        return True

    def finished_loads(self, con: duckdb.DuckDBPyConnection) -> str:
        """Name of a temporary table of every finished load: number, run, source, table and what it
        wrote, and whether bytes of it were erased."""
        name = "finished_loads"
        table = TABLES["ops_load"]
        scan = f"({scan_of(table, self.files(table))})"
        loads = self.loads_sql(scan, self.erased_shas(con))
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {loads}")
        return name

    @staticmethod
    def loads_sql(rows: str, erased: Sequence[str]) -> str:
        """SQL of what `finished_loads` has of each row of `ops_load`; `erased` are the bytes that
        were erased."""
        named = " OR ".join(f"contains(raw_sha256s, {literal(s)})" for s in erased) or "false"
        return (
            "SELECT load_seq, run_id, source, table_name, contents, "
            "CASE status WHEN 'loaded' THEN \"new\" + revised + deleted "
            f"WHEN 'refused' THEN 0 END AS figures, coalesce({named}, false) AS is_erased "
            f"FROM {rows} AS loads"
        )

    def erased_shas(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Bytes that were erased, or are about to be."""
        names = {p.name for p in self._erased.glob("*")} if self._erased else set()
        if files := self.files(TABLES["ops_erasure"]):
            scan = to_parquet_scan(files, by_source=False)
            names |= {s for (s,) in con.execute(f"SELECT erased_sha256 FROM {scan}").fetchall()}
        return sorted(names)

    def loads_until(self, con: duckdb.DuckDBPyConnection, number: int | None) -> tuple[int, int]:
        """How many finished loads there are, up to a number, and the highest number of them."""
        files = self.files(TABLES["ops_load"])
        if not files:
            return 0, 0
        where = "true" if number is None else f"load_seq <= {number}"
        scan = to_parquet_scan(files, by_source=False)
        row = first_row(con.execute(f"SELECT count(*), max(load_seq) FROM {scan} WHERE {where}"))
        return (int(row[0]), int(row[1] or 0)) if row else (0, 0)

    def load_numbers(self, con: duckdb.DuckDBPyConnection) -> set[int]:
        """Numbers of all finished loads."""
        files = self.files(TABLES["ops_load"])
        if not files:
            return set()
        scan = to_parquet_scan(files, by_source=False)
        return {int(n) for (n,) in con.execute(f"SELECT load_seq FROM {scan}").fetchall()}

    def highest_load(self, con: duckdb.DuckDBPyConnection, *, everywhere: bool) -> int:
        """The highest load number in `ops_load`, or in any table (leavings too)."""
        highest = 0
        for table in TABLES.values() if everywhere else [TABLES["ops_load"]]:
            files = self.files(table)
            if files:
                scan = to_parquet_scan(files, by_source=False)
                row = first_row(con.execute(f"SELECT max(load_seq) FROM {scan}"))
                highest = max(highest, int(row[0]) if row and row[0] else 0)
        return highest

    def version(self, table: Table) -> int:
        """Number of the log's newest entry."""
        return int(self.must_open(table).version())

    def loads_at(
        self, con: duckdb.DuckDBPyConnection, version: int
    ) -> list[tuple[int, str, str, str]]:
        """Number, run, source and slice of every finished load, as the log of loads was at an
        entry."""
        from deltalake import DeltaTable

        files = DeltaTable(str(self.path(TABLES["ops_load"])), version=version).file_uris()
        if not files:
            return []
        scan = to_parquet_scan([str(local_path(uri)) for uri in files], by_source=False)
        rows = con.execute(f"SELECT load_seq, run_id, source, slice FROM {scan} ORDER BY 1")
        return [(int(n), str(run), str(s), str(name)) for n, run, s, name in rows.fetchall()]

    def named_files(self, table: Table) -> list[Path]:
        """Files that the newest snapshot names, whether they are there or not."""
        handle = self._open(table)
        return [local_path(uri) for uri in handle.file_uris()] if handle else []

    def is_crowded(self, table: Table, files: int) -> bool:
        """True of a table with more than so many files. The folder has all that the log names, and
        is the faster to look at."""
        there = sum(1 for p in self.path(table).rglob("*.parquet") if "_delta_log" not in p.parts)
        return there > files and len(self.must_open(table).file_uris()) > files

    def unfinished(self, con: duckdb.DuckDBPyConnection, table: Table) -> set[int]:
        """Numbers of loads with rows here that never finished."""
        files, manifests = self.files(table), self.files(TABLES["ops_load"])
        if not files or not manifests or table.name == "ops_load":
            return set()
        scan = to_parquet_scan(files, by_source=False)
        finished = to_parquet_scan(manifests, by_source=False)
        rows = con.execute(
            f"SELECT DISTINCT load_seq FROM {scan} WHERE (load_seq, run_id) NOT IN "
            f"(SELECT (load_seq, run_id) FROM {finished})"
        ).fetchall()
        return {int(n) for (n,) in rows}


def overtaken_by(load_seq: int, application: str) -> BusyError:
    return BusyError(
        "overtaken",
        f"load {load_seq} of {application} was written meanwhile",
        where=application,
        hint="another run took over; its figures are kept, and the next run continues",
    )


@cache
def _columns_of_today() -> str:
    """Identity of the columns of every table."""
    columns = {name: str(arrow_schema(t.lake_fields())) for name, t in TABLES.items()}
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()
