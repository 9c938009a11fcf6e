"""The lake: one append-only Delta table per warehouse table. It is the record.

A load writes its rows first and its `ops_load` row last: that last commit is the point at
which the load exists. Rows of a load without it are leavings of a crash and never read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.catalogue import TABLES
from schemas.derive import SQL_TYPES, arrow_schema
from schemas.errors import StorageError
from schemas.model import Table, stage_rank_sql
from warehouse.engine import to_parquet_scan

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


APPEND_TRIES = 8


class Lake:
    """Delta tables below one folder. Writers hold the slice's lease."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, table: Table) -> Path:
        return self.folder / table.name

    def _open(self, table: Table) -> Any | None:
        from deltalake import DeltaTable

        path = self.path(table)
        if not (path / "_delta_log").is_dir():
            return None
        return DeltaTable(str(path))

    def create_missing(self) -> None:
        """Make the log of every declared table that has none.

        Two first appends would each create the table, and the later one fails with a
        changed protocol; so tables are made before any writer starts, under one lease.
        """
        from deltalake import DeltaTable

        for table in TABLES.values():
            if self._open(table) is None:
                DeltaTable.create(
                    str(self.path(table)),
                    schema=arrow_schema(table.lake_fields()),
                    mode="ignore",
                    partition_by=["source"] if table.has_vintages else None,
                )

    def append(
        self, table: Table, rows: Callable[[], Any], *, application: str, load_seq: int
    ) -> bool:
        """Append the rows of one load; False if this load's rows are there already.

        Delta accepts a repeated application version, so the last one is read first, and the
        commit starts from the same table handle: a stale handle conflicts, and is taken
        anew. `rows` makes an Arrow table or stream, once for each try.
        """
        from deltalake import CommitProperties, Transaction, write_deltalake
        from deltalake.exceptions import CommitFailedError

        properties = CommitProperties(app_transactions=[Transaction(application, load_seq)])
        for attempt in range(1, APPEND_TRIES + 1):
            handle = self._open(table)
            if handle is None:
                raise StorageError("lake_missing", "no such log", where=str(self.path(table)))
            last = handle.transaction_version(application)
            if last is not None and last >= load_seq:
                return False
            try:
                write_deltalake(handle, rows(), mode="append", commit_properties=properties)
                return True
            except CommitFailedError as error:
                if attempt == APPEND_TRIES:
                    raise StorageError(
                        "lake_conflict",
                        f"the lake was written by others {attempt} times in between: {error}",
                        where=str(self.path(table)),
                        hint="the next run tries again; nothing was published",
                    ) from error
            except OSError as error:
                raise StorageError(
                    "lake_write",
                    f"the lake could not be written: {error}",
                    where=str(self.path(table)),
                    hint="check space and permissions; nothing was published",
                ) from error
        return False

    def files(self, table: Table, source: str | None = None) -> list[str]:
        """Files of the table's current snapshot, of one source if named."""
        handle = self._open(table)
        if handle is None:
            return []
        if source is not None and table.has_vintages:
            return list(handle.file_uris(file_pruning_predicate=f"source = '{source}'"))
        return list(handle.file_uris())

    def view(
        self,
        con: duckdb.DuckDBPyConnection,
        table: Table,
        name: str,
        *,
        source: str | None = None,
        loads: Sequence[int] | None = None,
    ) -> bool:
        """A view `name` of the versions of finished loads, or of the named ones among them;
        False (and empty) without any."""
        files = self.files(table, source)
        manifests = self.files(TABLES["ops_load"])
        columns = ", ".join(f.name for f in table.lake_fields())
        if not files or not manifests or loads == []:
            empty = ", ".join(
                f"CAST(NULL AS {SQL_TYPES[f.type]}) AS {f.name}" for f in table.lake_fields()
            )
            con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {empty} WHERE false")
            return False
        finished = to_parquet_scan(manifests, by_source=False)
        wheres = [f"load_seq IN (SELECT load_seq FROM {finished})"]
        if loads is not None:
            wheres.append(f"load_seq IN ({', '.join(str(n) for n in loads)})")
        if source is not None:
            wheres.append(f"source = '{source}'")
        scan = to_parquet_scan(files, by_source=table.has_vintages)
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns} "
            f"FROM {scan} WHERE {' AND '.join(wheres)}"
        )
        return True


def current_sql(table: Table, versions: str) -> str:
    """SQL of the current version of each key: highest release stage, then newest load."""
    keys = ", ".join(table.key_names)
    rank = stage_rank_sql("release_stage")
    return (
        f"SELECT * FROM {versions} QUALIFY row_number() OVER "
        f"(PARTITION BY {keys} ORDER BY {rank} DESC, load_seq DESC) = 1"
    )


def arrow_rows(table: Table, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Few rows (operations) as an Arrow table in the lake's schema."""
    import pyarrow as pa

    return pa.Table.from_pylist(list(rows), schema=arrow_schema(table.lake_fields()))
