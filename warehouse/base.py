"""What both SQL warehouses share: applying the lake, deriving marts, one transaction.

The SQL here runs on DuckDB and on PostgreSQL as it stands. `rebuild` is the same code
from load 0.
"""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.catalogue import TABLES
from schemas.derive import SQL_TYPES, stored
from schemas.errors import StorageError
from schemas.model import Table, stage_rank_sql
from warehouse import marts
from warehouse.engine import connect
from warehouse.lake import Lake

if TYPE_CHECKING:
    import duckdb

SIMULATED = "data simulasi / simulated data"
WRITER_TABLE = "penataran_writer"
PENDING = "pending_loads"
APPLY_TRIES = 3
RETRY_SECONDS = 0.5


class TransientStorageError(StorageError):
    """The same transaction may succeed if it is done again: a lost connection, a deadlock."""

    transient = True


class DamagedWarehouseError(StorageError):
    """The warehouse file cannot be opened; it is derived, so it is made again."""


@dataclass(frozen=True)
class Result:
    """Rows of a query, streamed in batches."""

    columns: tuple[str, ...]
    batches: Iterator[Sequence[tuple[Any, ...]]]


def fingerprint() -> str:
    """Identity of the stored tables' columns and of the views over them. A warehouse of
    another one is of another version, and is made anew from the lake."""
    text = repr(
        [(*stored(t)[:1], [(f.name, f.type, f.nullable) for f in stored(t)[1]])
         for t in TABLES.values()]
    ) + "".join(current_view_sql(t) for t in TABLES.values() if t.has_vintages)  # fmt: skip
    text += "".join(m.sql for m in marts.load().values() if m.is_view)
    return hashlib.sha256(text.encode()).hexdigest()


class Transaction(ABC):
    """One open write transaction of a warehouse."""

    @abstractmethod
    def execute(self, sql: str) -> None: ...

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    @abstractmethod
    def insert(
        self, con: duckdb.DuckDBPyConnection, table: Table, view: str, columns: Sequence[str]
    ) -> None:
        """Insert the rows of a DuckDB view into the stored table."""

    @abstractmethod
    def ensure_schema(self, *, anew: bool) -> None:
        """Make every declared table and view. What another version of the software made, or
        everything with `anew`, is emptied or dropped first."""

    @abstractmethod
    def make_mart(self, mart: marts.Mart) -> None: ...

    @abstractmethod
    def comment(self, kind: str, name: str, text: str) -> None: ...


class Warehouse(ABC):
    """Where readers query. Writers hold the warehouse lease."""

    @abstractmethod
    def begin(self, *, anew: bool) -> AbstractContextManager[Transaction]: ...

    @abstractmethod
    def publish(self) -> str:
        """Show the applied state to readers, at one moment. Returns where."""

    @abstractmethod
    def query(self, sql: str, *, as_known_on: datetime | None = None) -> Result:
        """Read-only SQL on the published state, now or as known at a moment."""

    @abstractmethod
    def is_published(self) -> bool: ...

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def reclaim(self) -> None:
        """Let no deleted row stay on disk."""

    @abstractmethod
    def set_damaged_aside(self) -> None:
        """Put a warehouse that cannot be opened out of the way."""

    def apply(self, lake: Lake, temp: Path, *, simulated: bool, anew: bool = False) -> int:
        """Apply every finished load that is not applied yet, and rebuild marts.

        All in one transaction: readers see the old state or the new one (I1). What is
        applied is what `ops_load` of the warehouse holds, not a highest number: of two runs
        side by side, the later number may finish first. So a transaction that was lost, even
        during its commit, is simply done again: it finds what is left to apply (B01, B02).
        Returns how many loads were applied.
        """
        for attempt in range(1, APPLY_TRIES + 1):
            try:
                return self._apply(lake, temp, simulated=simulated, anew=anew)
            except DamagedWarehouseError:
                if attempt == APPLY_TRIES:
                    raise
                self.set_damaged_aside()
            except TransientStorageError:
                if attempt == APPLY_TRIES:
                    raise
                time.sleep(RETRY_SECONDS * attempt)
        raise AssertionError("unreachable")

    def _apply(self, lake: Lake, temp: Path, *, simulated: bool, anew: bool) -> int:
        con = connect(temp)
        try:
            with self.begin(anew=anew) as tx:
                tx.ensure_schema(anew=anew)
                pending = _pending(tx, con, lake)
                if pending:
                    listed = ", ".join(f"({n})" for n in pending)
                    tx.execute(f"CREATE TEMP TABLE {PENDING} (load_seq BIGINT NOT NULL)")
                    tx.execute(f"INSERT INTO {PENDING} VALUES {listed}")
                    touched = _touched(con, lake, pending)
                    for table in touched:
                        _apply_table(tx, con, lake, table, pending)
                    for table in touched:
                        if table.has_vintages:
                            for sql in stale_sql(table):
                                tx.execute(sql)
                    tx.execute(f"DROP TABLE {PENDING}")
                for mart in marts.load().values():
                    tx.make_mart(mart)
                if simulated:
                    _mark_simulated(tx)
                return len(pending)
        finally:
            con.close()


def _pending(tx: Transaction, con: duckdb.DuckDBPyConnection, lake: Lake) -> list[int]:
    applied = {int(n) for (n,) in tx.rows("SELECT load_seq FROM ops_load")}
    if not lake.view(con, TABLES["ops_load"], "finished_loads"):
        return []
    rows = con.execute("SELECT load_seq FROM finished_loads ORDER BY load_seq").fetchall()
    return [int(n) for (n,) in rows if int(n) not in applied]


def _touched(con: duckdb.DuckDBPyConnection, lake: Lake, pending: Sequence[int]) -> list[Table]:
    """Tables that the pending loads wrote: those they name, and all operations."""
    lake.view(con, TABLES["ops_load"], "loads_pending", loads=pending)
    named = {n for (n,) in con.execute("SELECT DISTINCT table_name FROM loads_pending").fetchall()}
    return [t for t in TABLES.values() if t.name in named or not t.has_vintages]


def _apply_table(
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    pending: Sequence[int],
) -> None:
    view = "pending"
    if not lake.view(con, table, view, loads=pending):
        return
    if not con.execute(f"SELECT 1 FROM {view} LIMIT 1").fetchall():
        return
    tx.insert(con, table, view, [f.name for f in table.lake_fields()])
    # A key has more than one version only if one of them is not its first.
    if (
        table.has_vintages
        and con.execute(f"SELECT 1 FROM {view} WHERE change_reason <> 'first' LIMIT 1").fetchall()
    ):
        tx.execute(supersede_sql(table))


def supersede_sql(table: Table) -> str:
    """When each version of the keys that the pending loads changed was displaced.

    A version was never current if one of a higher release stage was there before it; it
    ends when it began. The others are current one after another: within the time between two
    withdrawals their stage never falls, so each ends where the next one begins. A withdrawal
    ends its key at every stage, and what comes after it starts anew.
    """
    name, _ = stored(table)
    keys = ", ".join(table.key_names)
    same = " AND ".join(f"a.{k} = t.{k}" for k in table.key_names)
    match = " AND ".join(f"{name}.{k} = s.{k}" for k in table.key_names)
    rank = stage_rank_sql("a.release_stage")
    before = "ORDER BY load_seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    shown = "is_deleted OR above IS NULL OR stage_rank >= above"
    return (
        f"UPDATE {name} SET superseded_at = s.ends FROM (SELECT {keys}, load_seq, "
        f"CASE WHEN {shown} THEN lead(recorded_at) OVER (PARTITION BY {keys}, "
        f"({shown}) ORDER BY load_seq) ELSE recorded_at END AS ends "
        f"FROM (SELECT v.*, max(stage_rank) OVER (PARTITION BY {keys}, epoch {before}) AS above "
        f"FROM (SELECT {', '.join(f'a.{k}' for k in table.key_names)}, a.load_seq, a.recorded_at, "
        f"a.is_deleted, {rank} AS stage_rank, coalesce(sum(CASE WHEN a.is_deleted THEN 1 ELSE 0 "
        f"END) OVER (PARTITION BY {', '.join(f'a.{k}' for k in table.key_names)} "
        f"ORDER BY a.load_seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS epoch "
        f"FROM {name} AS a JOIN (SELECT DISTINCT {keys} FROM {name} WHERE change_reason <> 'first' "
        f"AND load_seq IN (SELECT load_seq FROM {PENDING})) AS t ON {same}) AS v) AS w) AS s "
        f"WHERE {match} AND {name}.load_seq = s.load_seq "
        f"AND {name}.superseded_at IS DISTINCT FROM s.ends"
    )


def open_refusals_sql(table: Table, prefix: str = "", until: str = "") -> str:
    """Keys whose newest value stands refused, with the load that refused it.

    Standing are the refusals of the newest load of each slice. `until` narrows the loads to
    those of a moment.
    """
    columns = ", ".join(
        f"CAST(CAST(q.row_key AS JSON) ->> '{f.name}' AS {SQL_TYPES[f.type]}) AS {f.name}"
        for f in table.key
    )
    keys = ", ".join(f.name for f in table.key)
    return (
        f"SELECT source, {keys}, max(load_seq) AS refused_by, max(recorded_at) AS refused_at "
        f"FROM (SELECT q.source, {columns}, q.load_seq, q.recorded_at "
        f"FROM {prefix}ops_quarantine AS q JOIN (SELECT source, slice, max(load_seq) AS load_seq "
        f"FROM {prefix}ops_load WHERE table_name = '{table.name}' AND status <> 'closing'{until} "
        f"GROUP BY source, slice) AS newest ON newest.load_seq = q.load_seq "
        f"WHERE q.row_key IS NOT NULL AND q.table_name = '{table.name}') AS refusals "
        f"GROUP BY source, {keys}"
    )


def stale_sql(table: Table) -> tuple[str, str]:
    """Flag current versions whose newer value stands refused, in the sources just loaded."""
    name, _ = stored(table)
    match = " AND ".join(f"{name}.{k} = r.{k}" for k in table.key_names)
    sources = (
        f"(SELECT source FROM ops_load WHERE table_name = '{table.name}' "
        f"AND load_seq IN (SELECT load_seq FROM {PENDING}))"
    )
    return (
        f"UPDATE {name} SET stale_since = NULL WHERE stale_since IS NOT NULL "
        f"AND source IN {sources}",
        f"UPDATE {name} SET stale_since = r.refused_at FROM ({open_refusals_sql(table)}) AS r "
        f"WHERE {match} AND {name}.superseded_at IS NULL AND NOT {name}.is_deleted "
        f"AND r.refused_by > {name}.load_seq AND r.source IN {sources}",
    )


def current_view_sql(table: Table) -> str:
    """The view of current figures over the versions table."""
    name, _ = stored(table)
    columns = ", ".join(f.name for f in table.reader_fields())
    return (
        f"CREATE OR REPLACE VIEW {table.name} AS SELECT {columns} FROM {name} "
        "WHERE superseded_at IS NULL AND NOT is_deleted"
    )


def known_on_sql(table: Table, moment: datetime, prefix: str = "") -> str:
    """The figures as they were known at a moment."""
    name, _ = stored(table)
    columns = ", ".join(f"v.{f.name}" for f in table.current_fields())
    at = f"TIMESTAMPTZ '{moment.isoformat()}'"
    refusals = open_refusals_sql(table, prefix, f" AND recorded_at <= {at}")
    match = " AND ".join(f"v.{k} = r.{k}" for k in table.key_names)
    return (
        f"SELECT {columns}, CASE WHEN r.refused_by > v.load_seq THEN r.refused_at END "
        f"AS stale_since FROM {prefix}{name} AS v LEFT JOIN ({refusals}) AS r ON {match} "
        f"WHERE v.recorded_at <= {at} "
        f"AND (v.superseded_at IS NULL OR v.superseded_at > {at}) AND NOT v.is_deleted"
    )


def versions_known_on_sql(table: Table, moment: datetime, prefix: str = "") -> str:
    """The versions that were there at a moment, superseded as far as was known then."""
    name, fields = stored(table)
    at = f"TIMESTAMPTZ '{moment.isoformat()}'"
    columns = ", ".join(
        f"CASE WHEN superseded_at <= {at} THEN superseded_at END AS superseded_at"
        if f.name == "superseded_at"
        else f"CAST(NULL AS {SQL_TYPES[f.type]}) AS {f.name}"
        if f.name == "stale_since"
        else f.name
        for f in fields
    )
    return f"SELECT {columns} FROM {prefix}{name} WHERE recorded_at <= {at}"


def log_known_on_sql(table: Table, moment: datetime, prefix: str = "") -> str:
    """An operations log as it stood at a moment: loads recorded until then."""
    at = f"TIMESTAMPTZ '{moment.isoformat()}'"
    return (
        f"SELECT * FROM {prefix}{table.name} WHERE load_seq IN "
        f"(SELECT load_seq FROM {prefix}ops_load WHERE recorded_at <= {at})"
    )


def views_known_on(moment: datetime, prefix: str) -> Iterator[tuple[str, str]]:
    """Name and SQL of every table as it was known at a moment; marts by today's SQL."""
    for table in TABLES.values():
        if table.has_vintages:
            yield table.vintages_name, versions_known_on_sql(table, moment, prefix)
            yield table.name, known_on_sql(table, moment, prefix)
        else:
            yield table.name, log_known_on_sql(table, moment, prefix)
    for mart in marts.load().values():
        yield mart.name, mart.sql


def _mark_simulated(tx: Transaction) -> None:
    for table in TABLES.values():
        name, _ = stored(table)
        tx.comment("TABLE", name, f"{table.title.id} / {table.title.en}. {SIMULATED}")
        if table.has_vintages:
            tx.comment("VIEW", table.name, f"{table.title.id} / {table.title.en}. {SIMULATED}")
    for mart in marts.load().values():
        tx.comment(
            "VIEW" if mart.is_view else "TABLE",
            mart.name,
            f"{mart.title_id} / {mart.title_en}. {SIMULATED}",
        )
