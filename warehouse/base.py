"""What both SQL warehouses share: applying the lake, deriving marts, one transaction.

The SQL here runs on DuckDB and on PostgreSQL as it stands. `rebuild` is the same code
from load 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.catalogue import TABLES
from schemas.derive import stored
from schemas.model import Table, stage_rank_sql
from warehouse import marts
from warehouse.engine import connect
from warehouse.lake import Lake

if TYPE_CHECKING:
    import duckdb

SIMULATED = "data simulasi / simulated data"
WRITER_TABLE = "penataran_writer"
PENDING = "pending_loads"


@dataclass(frozen=True)
class Result:
    """Rows of a query, streamed in batches."""

    columns: tuple[str, ...]
    batches: Iterator[Sequence[tuple[Any, ...]]]


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
    def ensure_schema(self) -> None:
        """Make every declared table and view that is missing."""

    @abstractmethod
    def make_mart(self, mart: marts.Mart) -> None: ...

    @abstractmethod
    def comment(self, kind: str, name: str, text: str) -> None: ...


class Warehouse(ABC):
    """Where readers query. Writers hold the warehouse lease."""

    @abstractmethod
    def begin(self) -> AbstractContextManager[Transaction]: ...

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

    def apply(self, lake: Lake, temp: Path, *, simulated: bool) -> int:
        """Apply every finished load that is not applied yet, and rebuild marts.

        All in one transaction: readers see the old state or the new one (I1). What is
        applied is what `ops_load` of the warehouse holds, not a highest number: of two runs
        side by side, the later number may finish first. Returns how many loads were applied.
        """
        con = connect(temp)
        try:
            with self.begin() as tx:
                tx.ensure_schema()
                pending = _pending(tx, con, lake)
                if pending:
                    listed = ", ".join(f"({n})" for n in pending)
                    tx.execute(f"CREATE TEMP TABLE {PENDING} (load_seq BIGINT NOT NULL)")
                    tx.execute(f"INSERT INTO {PENDING} VALUES {listed}")
                    for table in TABLES.values():
                        _apply_table(tx, con, lake, table, pending)
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
    if table.has_vintages:
        for sql in supersede_sql(table):
            tx.execute(sql)


def supersede_sql(table: Table) -> tuple[str, str]:
    """Close versions that the pending loads displace, or that were displaced before them.

    First: a version that came after one of a higher release stage was never current. Then:
    an open version ends where the first later one of at least its stage begins.
    """
    name, _ = stored(table)
    same_key = " AND ".join(f"a.{k} = b.{k}" for k in table.key_names)
    keys = ", ".join(f"a.{k}" for k in table.key_names)
    match = " AND ".join(f"{name}.{k} = s.{k}" for k in table.key_names)
    rank_a, rank_b = stage_rank_sql("a.release_stage"), stage_rank_sql("b.release_stage")
    new = f"(SELECT load_seq FROM {PENDING})"
    touched = f"(a.load_seq IN {new} OR b.load_seq IN {new})"
    outranked = (
        f"UPDATE {name} SET superseded_at = recorded_at FROM "
        f"(SELECT DISTINCT {keys}, a.load_seq FROM {name} AS a JOIN {name} AS b ON {same_key} "
        f"AND b.load_seq < a.load_seq AND {rank_b} > {rank_a} WHERE {touched} "
        f"AND a.superseded_at IS NULL) AS s "
        f"WHERE {match} AND {name}.load_seq = s.load_seq"
    )
    displaced = (
        f"UPDATE {name} SET superseded_at = s.since FROM "
        f"(SELECT {keys}, a.load_seq, min(b.recorded_at) AS since FROM {name} AS a "
        f"JOIN {name} AS b ON {same_key} AND b.load_seq > a.load_seq AND {rank_b} >= {rank_a} "
        f"WHERE {touched} AND a.superseded_at IS NULL GROUP BY {keys}, a.load_seq) AS s "
        f"WHERE {match} AND {name}.load_seq = s.load_seq"
    )
    return outranked, displaced


def current_view_sql(table: Table) -> str:
    """The view of current figures over the versions table."""
    name, _ = stored(table)
    columns = ", ".join(f.name for f in table.current_fields())
    return (
        f"CREATE OR REPLACE VIEW {table.name} AS SELECT {columns} FROM {name} "
        "WHERE superseded_at IS NULL AND NOT is_deleted"
    )


def known_on_sql(table: Table, moment: datetime, prefix: str = "") -> str:
    """The figures as they were known at a moment."""
    name, _ = stored(table)
    columns = ", ".join(f.name for f in table.current_fields())
    at = f"TIMESTAMPTZ '{moment.isoformat()}'"
    return (
        f"SELECT {columns} FROM {prefix}{name} WHERE recorded_at <= {at} "
        f"AND (superseded_at IS NULL OR superseded_at > {at}) AND NOT is_deleted"
    )


def log_known_on_sql(table: Table, moment: datetime, prefix: str = "") -> str:
    """An operations log as it stood at a moment: loads recorded until then."""
    at = f"TIMESTAMPTZ '{moment.isoformat()}'"
    return (
        f"SELECT * FROM {prefix}{table.name} WHERE load_seq IN "
        f"(SELECT load_seq FROM {prefix}ops_load WHERE recorded_at <= {at})"
    )


def _mark_simulated(tx: Transaction) -> None:
    for table in TABLES.values():
        name, _ = stored(table)
        tx.comment("TABLE", name, f"{table.title.id} / {table.title.en}. {SIMULATED}")
        if table.has_vintages:
            tx.comment("VIEW", table.name, f"{table.title.id} / {table.title.en}. {SIMULATED}")
    for mart in marts.load().values():
        tx.comment("TABLE", mart.name, f"{mart.title_id} / {mart.title_en}. {SIMULATED}")
