"""What replaces files of the lake by others with the same rows, or fewer: compaction, erasure, and
columns that become wider.

Files that are replaced stay on the disk until `vacuum`, for readers that have listed them; those of
an erasure are unlinked at once.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.catalogue import TABLES
from schemas.derive import SQL_TYPES, arrow_schema
from schemas.model import Table
from warehouse.data_files import (
    from_sql,
    local_path,
    log_entry,
    no_rows,
    partition_of,
    source_of,
    verify,
    write_file,
)
from warehouse.engine import connect, first_row, to_parquet_scan
from warehouse.lake import Lake
from warehouse.leases import EXCLUSIVE, Held, overtaken

if TYPE_CHECKING:
    import duckdb

SMALL_FILE_BYTES = 32 * 2**20
VACUUM_HOURS = 168  # a reader that listed the files a week ago has long ended
REWRITES = "rewrite"  # as which application compactions and erasures commit


def compact(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    table: Table,
    *,
    at_least: int,
    leavings: Sequence[int],
    held: Held = lambda: None,
) -> int:
    """Join small files of each partition, without the rows of the loads in `leavings`.

    Replaced files stay on disk until `vacuum`, for readers that have listed them.
    Returns how many files were joined.
    """
    from deltalake.exceptions import CommitFailedError

    handle = lake.must_open(table)
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
                _rewrite(lake, con, table, paths, f"NOT ({unfinished})", held)
            except CommitFailedError:
                continue  # a load was written meanwhile; the next maintenance joins them
            joined += len(paths)
    return joined


def erase(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    table: Table,
    condition: str,
    *,
    held: Held = lambda: None,
) -> int:
    """Rewrite every file that holds rows of the SQL condition, and unlink the old ones.

    Only with every other writer shut out. Returns how many rows were removed.
    """
    from deltalake.exceptions import CommitFailedError

    erased = 0
    for uri in lake.must_open(table).file_uris():
        path = local_path(uri)
        verify(uri)
        scan = to_parquet_scan([str(path)], by_source=False)
        row = first_row(con.execute(f"SELECT count(*) FROM {scan} WHERE {condition}"))
        if row and row[0]:
            erased += int(row[0])
            try:
                _rewrite(lake, con, table, [path], f"NOT coalesce({condition}, false)", held)
            except CommitFailedError:
                raise overtaken(EXCLUSIVE) from None
    # A file that an earlier compaction or crash left behind may hold them too. They are listed
    # while no other writes, so a file that one writes after us is not among them.
    found = [p for p in lake.path(table).rglob("*.parquet") if "_delta_log" not in p.parts]
    held()
    live = {local_path(u) for u in lake.must_open(table).file_uris()}
    for path in found:
        if path not in live:
            path.unlink(missing_ok=True)
    return erased


def vacuum(lake: Lake, table: Table) -> int:
    """Remove files that no snapshot of the last week names. Returns how many."""
    removed = lake.must_open(table).vacuum(retention_hours=VACUUM_HOURS, dry_run=False, full=True)
    return len(removed)


def widen(lake: Lake, spill: Path | None = None) -> None:
    """Bring the columns of a lake of an older version to the types of today. `spill` is a folder
    for temporary files; without it memory alone is used."""
    from deltalake import Schema

    for table in TABLES.values():
        known = {f.name: f.type for f in lake.must_open(table).schema().fields}
        fields = Schema.from_arrow(arrow_schema(table.lake_fields())).fields
        if any(f.type != known[f.name] for f in fields):
            _retype(lake, table, spill)


def _retype(lake: Lake, table: Table, spill: Path | None) -> None:
    """Write every file again with the types of today, and change the log's schema with them
    in one commit. Values stay as they are: columns only become wider."""
    handle = lake.must_open(table)
    groups: dict[str, list[Path]] = {}
    for uri in handle.file_uris():
        groups.setdefault(local_path(uri).parent.name, []).append(local_path(uri))
    actions = []
    with closing(connect(spill)) as con:
        for paths in groups.values():
            action = _joined(lake, con, table, paths, "true")
            actions += [action[1]] if action else []
    handle.create_write_transaction(
        actions,
        "overwrite",
        arrow_schema(table.lake_fields()),
        partition_by=partition_of(table),
    )
    lake.reopen()


def _rewrite(
    lake: Lake,
    con: duckdb.DuckDBPyConnection,
    table: Table,
    paths: Sequence[Path],
    keep: str,
    held: Held,
) -> None:
    """Replace files by one with the kept rows, in one commit. Raises CommitFailedError where
    another writer has replaced one of them, BusyError where `held` does."""
    from deltalake import CommitProperties, Transaction
    from deltalake.exceptions import CommitFailedError
    from deltalake.transaction import RemoveAction

    folder = lake.path(table)
    source = source_of(table, paths)
    now = int(time.time() * 1000)
    actions: list[Any] = [
        RemoveAction(
            path=str(p.relative_to(folder)),
            data_change=False,
            deletion_timestamp=now,
            size=p.stat().st_size,
            partition_values={"source": source} if partition_of(table) else {},
        )
        for p in paths
    ]
    joined = _joined(lake, con, table, paths, keep, data_change=False)
    if joined:
        if joined[0] in paths:
            return  # already one file with just these rows
        actions.append(joined[1])
    held()
    handle = lake.must_open(table)
    # The library takes an entry that removes a file twice, and both joined files with it. It
    # refuses two commits of one application from one snapshot.
    if not set(paths) <= {local_path(uri) for uri in handle.file_uris()}:
        raise CommitFailedError("another writer has replaced these files")
    handle.create_write_transaction(
        actions,
        "append",
        handle.schema(),
        partition_by=partition_of(table),
        commit_properties=CommitProperties(
            app_transactions=[Transaction(REWRITES, handle.version() + 1)]
        ),
    )
    lake.sync_log(table, handle.version())


def _joined(
    lake: Lake,
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
    source = source_of(table, paths)
    fields = [f for f in table.lake_fields() if f.name != "source" or not partition_of(table)]
    columns = ", ".join(f"CAST({f.name} AS {SQL_TYPES[f.type]}) AS {f.name}" for f in fields)
    scan = to_parquet_scan([str(p) for p in paths], by_source=False)
    sql = (
        f"SELECT {columns} FROM ({no_rows(fields)} UNION ALL BY NAME SELECT * FROM {scan}) "
        f"WHERE {keep}"
    )
    spans = first_row(
        con.execute(f"SELECT count(*), min(load_seq), max(load_seq) FROM ({sql}) AS kept")
    )
    if not spans or not spans[0]:
        return None
    low, high = int(spans[1]), int(spans[2])
    path = write_file(lake.path(table), table, from_sql(con, sql), high, source)
    folder = lake.path(table)
    return path, log_entry(path, table, source, (low, high), folder, data_change=data_change)
