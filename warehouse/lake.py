"""The lake: one append-only Delta table per warehouse table. It is the record.

A load writes its rows first and its `ops_load` row last: that last commit is the point at
which the load exists. Rows of a load without it are leavings of a crash and never read.
Every data file carries the SHA-256 of its bytes in its name and is checked when it is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from schemas.catalogue import TABLES
from schemas.derive import SQL_TYPES, arrow_schema
from schemas.errors import BusyError, StorageError
from schemas.model import Field, Table, stage_rank_sql
from schemas.sql import literal
from warehouse.contents import check_rows
from warehouse.engine import connect, error_types, first_row, to_parquet_scan
from warehouse.files import read_json, sync, write_whole

if TYPE_CHECKING:
    import duckdb

Writer = Callable[[Path], None]
"""Writes the rows of one load as one Parquet file."""

APPEND_TRIES = 8
NAMED_BY_CONTENT = re.compile(r"-([0-9a-f]{64})\.parquet$")
CHUNK = 1 << 20
SMALL_FILE_BYTES = 32 * 2**20
SMALL_VIEW_BYTES = 2**20  # read once into memory; above it, a view that streams
VACUUM_HOURS = 168  # a reader that listed the files a week ago has long ended
NEXT = "lake.next"
MARK = "IDENTITY"
FROM_BACKUP = "restore the lake from a backup, or penataran rebuild --from landing"
COMPLETE = "COMPLETE"

_verified: set[tuple[str, int, int]] = set()


@dataclass(frozen=True)
class Identity:
    """Identity of a lake: of the record that it belongs to, and of this making of it."""

    record: str
    edition: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What a load wrote to one table: so many rows in a file with this hash."""

    table: str
    rows: int
    sha256: str


def contents_of(parts: Iterable[Part]) -> str:
    """The parts of a load as its row in `ops_load` keeps them."""
    return json.dumps(
        {p.table: {"rows": p.rows, "sha256": p.sha256} for p in parts}, sort_keys=True
    )


class Lake:
    """Delta tables below one folder. Writers hold the slice's lease."""

    def __init__(self, folder: Path, erased: Path | None = None) -> None:
        """`erased` is the folder whose files are named by the bytes that were erased."""
        self.folder = folder
        self._erased = erased
        self._handles = threading.local()

    def path(self, table: Table) -> Path:
        return self.folder / table.name

    def _open(self, table: Table) -> Any | None:
        """A handle on the newest snapshot: this thread's last one, brought up to date if the
        log has an entry after the one that it knows."""
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError

        path = self.path(table)
        if not self.has(table.name):
            return None
        known: dict[str, Any] = self._handles.__dict__
        handle = known.get(table.name)
        try:
            if handle is None:
                handle = known[table.name] = DeltaTable(str(path))
            elif (path / "_delta_log" / f"{handle.version() + 1:020d}.json").exists():
                handle.update_incremental()
        except (DeltaError, OSError) as error:
            raise StorageError(
                "lake_unreadable",
                f"the log of {table.name} cannot be read: {str(error).splitlines()[0]}",
                where=str(path),
                hint=FROM_BACKUP,
            ) from error
        return handle

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
        return Identity(str(raw["record"]), str(raw["edition"]), tuple(raw["tables"]))

    def set_identity(self, record: str, edition: str) -> None:
        """Say whose lake this is, and which tables it has."""
        mark = Identity(record, edition, tuple(name for name in TABLES if self.has(name)))
        if mark != self.identity():
            write_whole(self.folder / MARK, json.dumps(vars(mark)))

    def reopen(self) -> None:
        """Forget what is known of the folder: another folder has replaced it."""
        self._handles = threading.local()

    def _must_open(self, table: Table) -> Any:
        handle = self._open(table)
        if handle is None:
            raise StorageError("lake_missing", "no such log", where=str(self.path(table)))
        return handle

    # --- making and changing the tables ---

    def create_missing(self) -> None:
        """Make the log of every declared table that has none, and columns that are new or wider.

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
                    partition_by=_partition(table),
                )
                continue
            known = {f.name: f.type for f in handle.schema().fields}
            fields = Schema.from_arrow(wanted).fields
            missing = [f for f in fields if f.name not in known]
            if missing:
                handle.alter.add_columns(missing)
            if any(f.type != known[f.name] for f in fields if f.name in known):
                self._retype(table)

    def _retype(self, table: Table) -> None:
        """Write every file again with the types of today, and change the log's schema with them
        in one commit. Values stay as they are: columns only become wider."""
        handle = self._must_open(table)
        groups: dict[str, list[Path]] = {}
        for uri in handle.file_uris():
            groups.setdefault(local_path(uri).parent.name, []).append(local_path(uri))
        actions = []
        with (
            tempfile.TemporaryDirectory(prefix="penataran-retype-") as temp,
            closing(connect(Path(temp))) as con,
        ):
            for paths in groups.values():
                action = self._joined(con, table, paths, "true")
                actions += [action[1]] if action else []
        handle.create_write_transaction(
            actions,
            "overwrite",
            arrow_schema(table.lake_fields()),
            partition_by=_partition(table),
        )
        self.reopen()

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
        handle = self._must_open(table)
        lasts: dict[tuple[str, str], tuple[int, int]] = self._handles.__dict__.setdefault(
            "lasts", {}
        )  # by table and application: a search of the log takes milliseconds
        version, known = lasts.get((table.name, application), (-1, 0))
        if version != handle.version():
            known = int(handle.transaction_version(application) or 0)
            lasts[table.name, application] = (handle.version(), known)
        return known

    def append(
        self,
        table: Table,
        write: Writer,
        *,
        application: str,
        load_seq: int,
        source: str = "",
        expected: int | None = None,
    ) -> Part:
        """Append the rows of one load, once; returns what was written.

        Delta accepts a repeated application version, so the last one is read first, and the
        commit starts from the same handle: a commit by another writer conflicts and is tried
        again. `expected` is what `last` returned before the diff: another number means that a
        second writer has taken over, and this one must not write (BusyError).
        """
        from deltalake import CommitProperties, Transaction
        from deltalake.exceptions import CommitFailedError

        properties = CommitProperties(app_transactions=[Transaction(application, load_seq)])
        part: Part | None = None
        for attempt in range(1, APPEND_TRIES + 1):
            handle = self._must_open(table)
            last = handle.transaction_version(application) or 0
            if expected is not None and last != expected and last != load_seq:
                raise BusyError(
                    "overtaken",
                    f"load {last} of {application} was written meanwhile",
                    where=str(self.path(table)),
                    hint="another run took over; its figures are kept, and the next run continues",
                )
            if last == load_seq and part is not None:
                self._sync_log(table, handle.version())
                return part  # the commit that seemed to fail succeeded
            if last >= load_seq:
                raise StorageError(
                    "number_used",
                    f"load {load_seq} was written after load {last} of {application}",
                    where=str(self.path(table)),
                    hint="the ledger is older than the lake; the next run takes a later number",
                )
            try:
                if part is None:
                    path = self._write_file(table, write, load_seq, source)
                    span = (load_seq, load_seq)
                    action = _add_action(path, table, source, span, self.path(table))
                    part = Part(table.name, json.loads(action.stats)["numRecords"], sha_of(path))
                handle.create_write_transaction(
                    [action],
                    "append",
                    handle.schema(),
                    partition_by=_partition(table),
                    commit_properties=properties,
                )
                self._sync_log(table, handle.version())
                return part
            except CommitFailedError as error:
                if attempt == APPEND_TRIES:
                    raise StorageError(
                        "lake_conflict",
                        f"the lake was written by others {attempt} times meanwhile: {error}",
                        where=str(self.path(table)),
                        hint="the next run tries again; nothing was published",
                    ) from error
            except OSError as error:
                raise _unwritable(error, self.path(table)) from error
        raise AssertionError("unreachable")

    def _sync_log(self, table: Table, version: int) -> None:
        """Put the newest entries of a log on the disk: the library does not."""
        log = self.path(table) / "_delta_log"
        for number in (version, version + 1):
            entry = log / f"{number:020d}.json"
            if entry.exists():
                sync(entry)
        sync(log)

    def _write_file(self, table: Table, write: Writer, load_seq: int, source: str) -> Path:
        """One Parquet file, whole and synced, named by load and SHA-256."""
        folder = self.path(table) / f"source={source}" if _partition(table) else self.path(table)
        folder.mkdir(exist_ok=True)
        partial = folder / f".{uuid.uuid4().hex}.tmp"
        try:
            write(partial)
            digest = hashlib.sha256()
            with partial.open("rb") as written:
                while chunk := written.read(CHUNK):
                    digest.update(chunk)
                os.fsync(written.fileno())
            target = folder / f"{load_seq:010d}-{digest.hexdigest()}.parquet"
            partial.replace(target)
            sync(folder)
        except error_types() as error:
            raise _unwritable(error, folder) from error
        finally:
            partial.unlink(missing_ok=True)
        return target

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
        for name in found:
            verify(name)
        return list(found)

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
        files = self.files(table, source, min(loads) if loads else 0)
        finished = finished or self.finished_loads(con)
        if table.name != "ops_load":
            check_rows(con, self.folder, table, finished, files=files, source=source, loads=loads)
        fields = table.lake_fields()
        columns = ", ".join(f.name for f in fields)
        if not files or loads == []:
            con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_no_rows(fields)}")
            return False
        wheres = [f"(load_seq, run_id) IN (SELECT (load_seq, run_id) FROM {finished})"]
        if loads is not None:
            wheres.append(f"load_seq IN ({', '.join(str(n) for n in loads)})")
        if source is not None:
            wheres.append(f"source = {literal(source)}")
        rows = f"SELECT {columns} FROM ({_scan(table, files)}) WHERE {' AND '.join(wheres)}"
        if sum(local_path(f).stat().st_size for f in files) < SMALL_VIEW_BYTES:
            con.execute(f"CREATE OR REPLACE TEMP TABLE {name}__rows AS {rows}")
            rows = f"SELECT * FROM {name}__rows"
        con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")
        return True

    def finished_loads(self, con: duckdb.DuckDBPyConnection) -> str:
        """Name of a temporary table of every finished load: number, run, source, table and what it
        wrote, and whether bytes of it were erased."""
        name = "finished_loads"
        table = TABLES["ops_load"]
        shas = self._erased_shas(con)
        erased = " OR ".join(f"contains(raw_sha256s, {literal(s)})" for s in shas) or "false"
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT load_seq, run_id, source, table_name, "
            "contents, CASE status WHEN 'loaded' THEN \"new\" + revised + deleted "
            f"WHEN 'refused' THEN 0 END AS figures, coalesce({erased}, false) AS is_erased "
            f"FROM ({_scan(table, self.files(table))}) AS loads"
        )
        return name

    def _erased_shas(self, con: duckdb.DuckDBPyConnection) -> list[str]:
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
        return int(self._must_open(table).version())

    def file_count(self, table: Table) -> int:
        return len(self._must_open(table).file_uris())

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

    # --- maintenance ---

    def compact(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        *,
        at_least: int,
        leavings: Sequence[int],
        held: Callable[[], None] = lambda: None,
    ) -> int:
        """Join small files of each partition, without the rows of the loads in `leavings`.

        Replaced files stay on disk until `vacuum`, for readers that have listed them.
        Returns how many files were joined.
        """
        from deltalake.exceptions import CommitFailedError

        handle = self._must_open(table)
        groups: dict[str, list[Path]] = {}
        for uri in handle.file_uris():
            path = local_path(uri)
            if path.stat().st_size < SMALL_FILE_BYTES:
                groups.setdefault(path.parent.name, []).append(path)
        joined = 0
        unfinished = f"load_seq IN ({', '.join(str(n) for n in leavings)})" if leavings else "false"
        for paths in groups.values():
            if len(paths) >= max(at_least, 2) or (leavings and paths):
                try:
                    self._rewrite(con, table, paths, f"NOT ({unfinished})", held)
                except CommitFailedError:
                    continue  # a load was written meanwhile; the next maintenance joins them
                joined += len(paths)
        return joined

    def erase(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        condition: str,
        *,
        held: Callable[[], None] = lambda: None,
    ) -> int:
        """Rewrite every file that holds rows of the SQL condition, and unlink the old ones.

        Only with every other writer shut out. Returns how many rows were removed.
        """
        erased = 0
        for uri in self._must_open(table).file_uris():
            path = local_path(uri)
            verify(uri)
            scan = to_parquet_scan([str(path)], by_source=False)
            row = first_row(con.execute(f"SELECT count(*) FROM {scan} WHERE {condition}"))
            if row and row[0]:
                erased += int(row[0])
                self._rewrite(con, table, [path], f"NOT coalesce({condition}, false)", held)
        # A file that an earlier compaction or crash left behind may hold them too.
        held()
        live = {local_path(u) for u in self._must_open(table).file_uris()}
        for path in self.path(table).rglob("*.parquet"):
            if path not in live and "_delta_log" not in path.parts:
                path.unlink()
        return erased

    def _rewrite(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        paths: Sequence[Path],
        keep: str,
        held: Callable[[], None],
    ) -> None:
        """Replace files by one with the kept rows, in one commit. Raises CommitFailedError where
        another writer has replaced one of them, BusyError where `held` does."""
        from deltalake.exceptions import CommitFailedError
        from deltalake.transaction import RemoveAction

        folder = self.path(table)
        source = _source_of(table, paths)
        now = int(time.time() * 1000)
        actions: list[Any] = [
            RemoveAction(
                path=str(p.relative_to(folder)),
                data_change=False,
                deletion_timestamp=now,
                size=p.stat().st_size,
                partition_values={"source": source} if _partition(table) else {},
            )
            for p in paths
        ]
        joined = self._joined(con, table, paths, keep, data_change=False)
        if joined:
            if joined[0] in paths:
                return  # already one file with just these rows
            actions.append(joined[1])
        held()
        handle = self._must_open(table)
        # The library takes an entry that removes a file twice, and both joined files with it.
        if not set(paths) <= {local_path(uri) for uri in handle.file_uris()}:
            raise CommitFailedError("another writer has replaced these files")
        handle.create_write_transaction(
            actions, "append", handle.schema(), partition_by=_partition(table)
        )
        self._sync_log(table, handle.version())

    def _joined(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        paths: Sequence[Path],
        keep: str,
        *,
        data_change: bool = True,
    ) -> tuple[Path, Any] | None:
        """One file with the kept rows of files of one partition, and the log's entry for it; None
        without any row."""
        for path in paths:
            verify(str(path))
        source = _source_of(table, paths)
        fields = [f for f in table.lake_fields() if f.name != "source" or not _partition(table)]
        columns = ", ".join(f"CAST({f.name} AS {SQL_TYPES[f.type]}) AS {f.name}" for f in fields)
        scan = to_parquet_scan([str(p) for p in paths], by_source=False)
        sql = (
            f"SELECT {columns} FROM ({_no_rows(fields)} UNION ALL BY NAME SELECT * FROM {scan}) "
            f"WHERE {keep}"
        )
        spans = first_row(
            con.execute(f"SELECT count(*), min(load_seq), max(load_seq) FROM ({sql}) AS kept")
        )
        if not spans or not spans[0]:
            return None
        low, high = int(spans[1]), int(spans[2])
        path = self._write_file(table, from_sql(con, sql), high, source)
        folder = self.path(table)
        return path, _add_action(path, table, source, (low, high), folder, data_change=data_change)

    def vacuum(self, table: Table) -> int:
        """Remove files that no snapshot of the last week names. Returns how many."""
        removed = self._must_open(table).vacuum(
            retention_hours=VACUUM_HOURS, dry_run=False, full=True
        )
        return len(removed)


# --- files --------------------------------------------------------------------------------


def from_sql(con: duckdb.DuckDBPyConnection, sql: str) -> Writer:
    """Rows of a query, streamed."""

    def write(path: Path) -> None:
        con.execute(f"COPY ({sql}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")

    return write


def from_rows(table: Table, rows: Iterable[Mapping[str, Any]]) -> Writer:
    """Few rows (operations)."""

    def write(path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        data = pa.Table.from_pylist(
            [dict(r) for r in rows], schema=arrow_schema(table.lake_fields())
        )
        if _partition(table):
            data = data.drop_columns(["source"])
        pq.write_table(data, path, compression="zstd")

    return write


def sha_of(path: Path) -> str:
    """The hash in the name of a file of the lake; empty where it has none."""
    found = NAMED_BY_CONTENT.search(path.name)
    return found.group(1) if found else ""


def local_path(uri: str) -> Path:
    """Path of a file of a local table, whatever way the library spells it."""
    return Path(unquote(urlsplit(uri).path) if uri.startswith("file:") else uri)


def verify(uri: str) -> None:
    """Raise StorageError unless the bytes are those that the file's name promises (P12).

    Files written before names carried a hash pass: nothing is known to compare them with.
    """
    path = local_path(uri)
    promised = NAMED_BY_CONTENT.search(path.name)
    if promised is None:
        return
    try:
        found = path.stat()
        mark = (str(path), found.st_mtime_ns, found.st_size)
        if mark in _verified:
            return
        digest = hashlib.sha256()
        with path.open("rb") as data:
            while chunk := data.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise StorageError(
            "lake_unreadable",
            f"a file of the lake cannot be read: {error}",
            where=str(path),
            hint=FROM_BACKUP,
        ) from error
    if digest.hexdigest() != promised.group(1):
        raise StorageError(
            "lake_damaged",
            "a file of the lake has other bytes than its name promises",
            where=str(path),
            hint="nothing was published; restore it from a backup, or penataran rebuild "
            "--from landing",
        )
    _verified.add(mark)


def _partition(table: Table) -> list[str] | None:
    return ["source"] if table.has_vintages else None


def _source_of(table: Table, paths: Sequence[Path]) -> str:
    """The source whose partition the files are in; "" where a table has none."""
    return paths[0].parent.name.removeprefix("source=") if _partition(table) else ""


def _no_rows(fields: Iterable[Field]) -> str:
    empty = ", ".join(f"CAST(NULL AS {SQL_TYPES[f.type]}) AS {f.name}" for f in fields)
    return f"SELECT {empty} WHERE false"


def _scan(table: Table, files: list[str]) -> str:
    """SQL of all rows of some files. Files that are older than a column lack it; the empty branch
    supplies it as null."""
    empty = _no_rows(table.lake_fields())
    if not files:
        return empty
    scan = to_parquet_scan(files, by_source=table.has_vintages)
    return f"{empty} UNION ALL BY NAME SELECT * FROM {scan}"


def _add_action(
    path: Path,
    table: Table,
    source: str,
    loads: tuple[int, int],
    folder: Path,
    *,
    data_change: bool = True,
) -> Any:
    """The log's entry for a file. Its statistics hold load numbers only, never a value: what
    is erased from the data must not live on in the log."""
    import pyarrow.parquet as pq
    from deltalake.transaction import AddAction

    stats = {
        "numRecords": pq.read_metadata(path).num_rows,
        "minValues": {"load_seq": loads[0]},
        "maxValues": {"load_seq": loads[1]},
        "nullCount": {"load_seq": 0},
    }
    return AddAction(
        path=str(path.relative_to(folder)),
        size=path.stat().st_size,
        partition_values={"source": source} if _partition(table) else {},
        modification_time=int(time.time() * 1000),
        data_change=data_change,
        stats=json.dumps(stats),
    )


def _unwritable(error: Exception, where: Path) -> StorageError:
    return StorageError(
        "lake_write",
        f"the lake could not be written: {str(error).splitlines()[0]}",
        where=str(where),
        hint="check space and permissions; nothing was published",
    )


# --- what is current ----------------------------------------------------------------------


def since_withdrawal_sql(table: Table, versions: str) -> str:
    """Versions recorded after their key's last withdrawal.

    A withdrawal ends a key: what the source reports afterwards starts again, at any stage.
    """
    keys = ", ".join(table.key_names)
    same = " AND ".join(f"v.{k} = d.{k}" for k in table.key_names)
    return (
        f"SELECT v.* FROM {versions} AS v LEFT JOIN (SELECT {keys}, max(load_seq) AS withdrawn "
        f"FROM {versions} WHERE is_deleted GROUP BY {keys}) AS d ON {same} "
        f"WHERE d.withdrawn IS NULL OR v.load_seq > d.withdrawn"
    )


def current_sql(table: Table, versions: str) -> str:
    """SQL of the current version of each key: highest release stage, then newest load."""
    keys = ", ".join(table.key_names)
    rank = stage_rank_sql("release_stage")
    return (
        f"SELECT * FROM ({since_withdrawal_sql(table, versions)}) QUALIFY row_number() OVER "
        f"(PARTITION BY {keys} ORDER BY {rank} DESC, load_seq DESC) = 1"
    )
