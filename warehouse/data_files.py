"""Data files of the lake: Parquet, named by the SHA-256 of their bytes, checked when read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from schemas.derive import SQL_TYPES, arrow_schema
from schemas.errors import StorageError
from schemas.model import Field, Table
from schemas.sql import literal
from warehouse.engine import error_types, to_parquet_scan
from warehouse.files import sync
from warehouse.log import FROM_BACKUP

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Writer = Callable[[Path], None]
"""Writes the rows of one load as one Parquet file."""

NAMED_BY_CONTENT = re.compile(r"-([0-9a-f]{64})\.parquet$")
CHUNK = 1 << 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SMALL_VIEW_BYTES = 2**20  # read once into memory; above it, a view that streams

_verified: set[tuple[str, int, int]] = set()


@dataclass(frozen=True)
class File:
    """A written data file that no commit names yet."""

    path: Path
    rows: int
    action: Any  # the log's entry for it


def from_sql(con: duckdb.DuckDBPyConnection, sql: str) -> Writer:
    """Rows of a query, streamed."""

    def write(path: Path) -> None:
        con.execute(f"COPY ({sql}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")

    return write


def from_rows(table: Table, rows: Iterable[Mapping[str, Any]]) -> Writer:
    """Few rows (operations)."""

    def write(path: Path) -> None:
        import pyarrow.parquet as pq

        data = _arrow_table(rows, arrow_schema(table.lake_fields()))
        if partition_of(table):
            data = data.drop_columns(["source"])
        pq.write_table(data, path, compression="zstd")

    return write


def _arrow_table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows by way of JSON where all types of the schema can go it. `Table.from_pylist` imports
    pandas: half a second of CPU, in every run (pyarrow 22)."""
    import pyarrow as pa

    plain = [pa.int64() if pa.types.is_timestamp(f.type) else f.type for f in schema]
    records = [{f.name: r.get(f.name) for f in schema} for r in rows]
    if not records or set(plain) - {pa.int64(), pa.string(), pa.bool_()}:
        return pa.Table.from_pylist(records, schema=schema)
    from pyarrow.json import ParseOptions, ReadOptions, read_json

    text = "\n".join(json.dumps(r, default=_microseconds) for r in records).encode()
    fields = pa.schema([(f.name, t) for f, t in zip(schema, plain, strict=True)])
    found = read_json(
        pa.BufferReader(text),
        read_options=ReadOptions(use_threads=False, block_size=len(text) + 1),
        parse_options=ParseOptions(explicit_schema=fields),
    )
    columns = [found.column(f.name).combine_chunks().view(f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _microseconds(moment: datetime) -> int:
    """Since 1970, exactly: a float of seconds has too few digits."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def write_file(table_folder: Path, table: Table, write: Writer, load_seq: int, source: str) -> Path:
    """One Parquet file, whole and synced, named by load and SHA-256."""
    folder = table_folder / f"source={source}" if partition_of(table) else table_folder
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
        raise unwritable(error, folder) from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def sha_of(path: Path) -> str:
    """The hash in the name of a file of the lake; empty where it has none."""
    found = NAMED_BY_CONTENT.search(path.name)
    return found.group(1) if found else ""


def local_path(uri: str) -> Path:
    """Path of a file of a local table, whatever way the library spells it. It writes spaces and
    letters beyond ASCII as %20 and the like, also where it writes no `file:` (deltalake 1.6)."""
    return Path(unquote(urlsplit(uri).path if uri.startswith("file:") else uri))


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


def partition_of(table: Table) -> list[str] | None:
    return ["source"] if table.has_vintages else None


def source_of(table: Table, paths: Sequence[Path]) -> str:
    """The source whose partition the files are in; "" where a table has none."""
    return paths[0].parent.name.removeprefix("source=") if partition_of(table) else ""


def no_rows(fields: Iterable[Field]) -> str:
    empty = ", ".join(f"CAST(NULL AS {SQL_TYPES[f.type]}) AS {f.name}" for f in fields)
    return f"SELECT {empty} WHERE false"


def are_small(files: Iterable[str]) -> bool:
    """True of files whose rows are better kept in memory than read for each query."""
    return sum(local_path(f).stat().st_size for f in files) < SMALL_VIEW_BYTES


def scan_of(table: Table, files: list[str]) -> str:
    """SQL of all rows of some files. Files that are older than a column lack it; the empty branch
    supplies it as null."""
    empty = no_rows(table.lake_fields())
    if not files:
        return empty
    scan = to_parquet_scan(files, by_source=table.has_vintages)
    return f"{empty} UNION ALL BY NAME SELECT * FROM {scan}"


def log_entry(
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
        partition_values={"source": source} if partition_of(table) else {},
        modification_time=int(time.time() * 1000),
        data_change=data_change,
        stats=json.dumps(stats),
    )


def unwritable(error: Exception, where: Path) -> StorageError:
    return StorageError(
        "lake_write",
        f"the lake could not be written: {str(error).splitlines()[0]}",
        where=str(where),
        hint="check space and permissions; nothing was published",
    )
