"""What both SQL warehouses share: applying the lake, deriving marts, one transaction.

The same SQL runs on DuckDB and on PostgreSQL. A rebuild is the same code from load 0.
"""

from __future__ import annotations

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.catalogue import TABLES
from schemas.derive import SQL_TYPES, stored
from schemas.errors import StorageError
from schemas.marks import SIMULATED
from schemas.model import Field, Table, stage_rank_sql
from schemas.score import Score
from schemas.sql import literal, timestamp_literal
from warehouse import marts
from warehouse.contents import tables_written
from warehouse.dictionary import CODES, COLUMNS, comments, comments_on_tables
from warehouse.lake import Lake
from warehouse.leases import Held
from warehouse.limits import Deadline
from warehouse.remade import make_parts, read_of
from warehouse.transaction import NO_SCORE, Transaction

if TYPE_CHECKING:
    import duckdb

WRITER_TABLE = "penataran_writer"  # what made the warehouse, and what its scores are made of
PENDING = "pending_loads"
CHANGED = "changed_keys"
CHANGED_AT_ONCE = 250_000
APPLY_TRIES = 3
RETRY_SECONDS = 0.5


class TransientStorageError(StorageError):
    """The same transaction may succeed if it is done again: a lost connection, a deadlock."""

    transient = True


class _BeforeErasureError(Exception):
    """The warehouse is older than an erasure, so it is rebuilt."""


class DamagedWarehouseError(StorageError):
    """The warehouse file cannot be opened; it is derived, so it is rebuilt."""


@dataclass(frozen=True)
class Result:
    """Rows of a query, streamed in batches."""

    columns: tuple[str, ...]
    batches: Iterator[Sequence[tuple[Any, ...]]]


def rows_of(
    warehouse: Warehouse, sql: str, deadline: Deadline | None = None
) -> list[dict[str, Any]]:
    """All rows of a query as dictionaries; for small results."""
    result = warehouse.query(sql, deadline=deadline) if deadline else warehouse.query(sql)
    return [dict(zip(result.columns, row, strict=True)) for b in result.batches for row in b]


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Identity of the stored tables' columns, of the views over them and of the marts, with the
    code that calculates. A warehouse with another identity is of another version, and is rebuilt
    from the lake."""
    parts = []
    for table in TABLES.values():
        name, fields = stored(table)
        parts.append(repr((name, table.title, [_identity(f) for f in fields])))
        if table.has_vintages:
            parts.append(current_view_sql(table))
    parts += [mart.sorted_sql for mart in marts.all_marts().values()]
    here = Path(__file__).parent
    code = [*here.glob("marts/*.py"), *here.glob("indicators/*.py"), here / "calculated.py"]
    parts += [path.read_text(encoding="utf-8") for path in sorted(code)]
    parts += [path.read_text(encoding="utf-8") for path in (COLUMNS, CODES)]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _identity(of: Field) -> tuple[object, ...]:
    return of.name, of.type, of.nullable, of.unit, of.description


class Warehouse(ABC):
    """Where readers query. Writers hold the warehouse lease."""

    score: Score = NO_SCORE
    """what the installation says of its scores"""

    @abstractmethod
    def begin(
        self, *, rebuild: bool, held: Held = lambda: None
    ) -> AbstractContextManager[Transaction]: ...

    @abstractmethod
    def publish(self, held: Held = lambda: None) -> str:
        """Show the applied state to readers, at one moment. Returns where."""

    @abstractmethod
    def query(
        self, sql: str, *, as_known_on: datetime | None = None, deadline: Deadline | None = None
    ) -> Result:
        """Read-only SQL on the published state, now or as known at a moment."""

    @contextmanager
    def at_one_moment(self) -> Iterator[Warehouse]:
        """The same for many queries of ours, all on what is published now."""
        yield self

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

    def apply(
        self,
        lake: Lake,
        temp: Path,
        *,
        simulated: bool,
        rebuild: bool = False,
        held: Held = lambda: None,
    ) -> int:
        """Apply every finished load that is not applied yet, and rebuild marts.

        All in one transaction: readers see the old state or the new one (I1). What is
        applied is what `ops_load` of the warehouse holds, not a highest number: of two runs
        side by side, the later number may finish first. So a transaction that was lost, even
        during its commit, is done again: it finds what is left to apply (B01, B02).
        Returns how many loads were applied.
        """
        for attempt in range(1, APPLY_TRIES + 1):
            try:
                return self._apply(lake, temp, simulated=simulated, rebuild=rebuild, held=held)
            except DamagedWarehouseError:
                if attempt == APPLY_TRIES:
                    raise
                self.set_damaged_aside()
            except _BeforeErasureError:
                loads = self._apply(lake, temp, simulated=simulated, rebuild=True, held=held)
                self.reclaim()
                return loads
            except TransientStorageError:
                if attempt == APPLY_TRIES:
                    raise
                time.sleep(RETRY_SECONDS * attempt)
        raise AssertionError("unreachable")

    def _apply(self, lake: Lake, temp: Path, *, simulated: bool, rebuild: bool, held: Held) -> int:
        mark = lake.identity()
        with self.begin(rebuild=rebuild, held=held) as tx, tx.lake_connection(temp) as con:
            fresh = tx.ensure_schema(rebuild=rebuild, edition=mark.edition if mark else "")
            finished = lake.finished_loads(con)
            pending = _pending(tx, con, lake, finished)
            if pending and not rebuild:
                _refuse_before_erasure(tx, con, finished, pending)
            touched: list[Table] = []
            if pending:
                listed = ", ".join(f"({n})" for n in pending)
                tx.execute(f"CREATE TEMP TABLE {PENDING} (load_seq BIGINT NOT NULL)")
                tx.execute(f"INSERT INTO {PENDING} VALUES {listed}")
                _apply_table(tx, con, lake, TABLES["ops_load"], pending, finished)
                touched = _touched(con, finished, pending)
                for table in touched:
                    _apply_table(tx, con, lake, table, pending, finished)
                for table in touched:
                    if table.has_vintages:
                        for sql in stale_sql(table):
                            tx.execute(sql)
                tx.execute(f"DROP TABLE {PENDING}")
            changed = {"ops_load", *(t.name for t in touched)} if pending else set()
            also = f" {SIMULATED}" if simulated else ""
            if _has_other_score(tx, self.score):
                changed.add(marts.SCORE)
            self.make_marts(tx, None if fresh else changed, also, pending)
            if fresh:
                tx.comment([("TABLE", WRITER_TABLE, f"Dibuat oleh / Made by.{also}")])
                tx.comment(comments_on_tables(also))
            return len(pending)

    def make_marts(
        self, tx: Transaction, changed: Collection[str] | None, also: str, loads: Sequence[int] = ()
    ) -> None:
        """Make the marts again that are made from what these loads changed; all of them for None. A
        mart that has the same rows as before has not changed, and what reads it is left as it is.
        """
        tx.plan_for_marts()
        made, in_parts = [], set[str]()
        known = set(changed or ())
        for mart in marts.all_marts().values():
            read = read_of(tx, mart, known, in_parts, loads, self.score)
            if changed is not None and not mart.is_made_from(read):
                continue
            if changed is None or not mart.is_view:
                is_other = None
                if changed is not None and mart.is_made_in_parts(read - in_parts):
                    is_other = make_parts(tx, mart, loads) if tx.has(mart.name) else None
                    in_parts |= {mart.name} if is_other else set()
                if is_other is None:
                    is_other = tx.make_mart(mart, self.score)
                    made += [mart.name] if is_other or changed is None else []
                if not is_other and changed is not None:
                    continue
            known.add(mart.name)
        tx.comment(comments({name: tx.columns(name) for name in made}, also))


def _has_other_score(tx: Transaction, score: Score) -> bool:
    """Whether the scores of the warehouse are made of something else; it is noted that they are
    made of this from now on."""
    if tx.rows(f"SELECT score FROM {WRITER_TABLE}") == [(score.identity(),)]:
        return False
    tx.execute(f"UPDATE {WRITER_TABLE} SET score = {literal(score.identity())}")
    return True


def _refuse_before_erasure(
    tx: Transaction, con: duckdb.DuckDBPyConnection, finished: str, pending: Sequence[int]
) -> None:
    """Raise for a warehouse with loads from before an erasure that it does not know: it was put
    back, and still has rows that were erased."""
    erasures = con.execute(
        f"SELECT min(load_seq) FROM {finished} WHERE table_name = 'ops_erasure' "
        f"AND load_seq IN ({', '.join(str(n) for n in pending)})"
    ).fetchall()
    first = erasures[0][0]
    if first is not None and tx.rows(f"SELECT 1 FROM ops_load WHERE load_seq < {first} LIMIT 1"):
        raise _BeforeErasureError


def _pending(
    tx: Transaction, con: duckdb.DuckDBPyConnection, lake: Lake, finished: str
) -> list[int]:
    """Numbers of the finished loads that are not applied. Raises StorageError for a lake that
    lacks a load which is applied: it is older, or another home's."""
    applied = {(int(n), str(r)) for n, r in tx.rows("SELECT load_seq, run_id FROM ops_load")}
    rows = con.execute(f"SELECT load_seq, run_id FROM {finished} ORDER BY load_seq").fetchall()
    known = [(int(n), str(r)) for n, r in rows]
    lost = sorted(applied - set(known))
    if lost:
        raise StorageError(
            "lake_older",
            f"readers saw load {lost[0][0]} and {len(lost) - 1} more that the lake lacks",
            where=str(lake.folder),
            hint="put the newer lake back. To go on from this one: penataran rebuild",
        )
    return [number for number, run in known if (number, run) not in applied]


def _touched(con: duckdb.DuckDBPyConnection, finished: str, pending: Sequence[int]) -> list[Table]:
    """Tables that the pending loads wrote: those they name, and operations."""
    rows = con.execute(
        f"SELECT table_name, contents FROM {finished} "
        f"WHERE load_seq IN ({', '.join(str(n) for n in pending)})"
    ).fetchall()
    operations = [t.name for t in TABLES.values() if not t.has_vintages and t.name != "ops_load"]
    names = {name for name, _ in rows} | set(tables_written((c for _, c in rows), operations))
    return [t for t in TABLES.values() if t.name in names and t.name != "ops_load"]


def _apply_table(
    tx: Transaction,
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    pending: Sequence[int],
    finished: str,
) -> None:
    view = "pending_rows"
    if not lake.view(con, table, view, loads=pending, finished=finished):
        return
    if not con.execute(f"SELECT 1 FROM {view} LIMIT 1").fetchall():
        return
    tx.insert(con, table, view, [f.name for f in table.lake_fields()])
    if not table.has_vintages:
        return
    # A key has more than one version only if one of them is not its first, or if its first
    # load contained it at several stages.
    revised, stages = con.execute(
        f"SELECT count(*) FILTER (change_reason <> 'first'), count(DISTINCT release_stage) "
        f"FROM {view}"
    ).fetchall()[0]
    if revised or stages > 1:
        _supersede(tx, table, every_key=stages > 1)


def _supersede(tx: Transaction, table: Table, *, every_key: bool) -> None:
    """End the versions that the pending loads displaced, some hundred thousand keys at a time:
    windows over all changed keys of ten million rows did not fit a connection's memory."""
    name, _ = stored(table)
    keys = ", ".join(table.key_names)
    which = "" if every_key else "change_reason <> 'first' AND "
    tx.execute(
        f"CREATE TEMP TABLE {CHANGED} AS SELECT {keys}, row_number() OVER () AS nth FROM "
        f"(SELECT DISTINCT {keys} FROM {name} WHERE {which}"
        f"load_seq IN (SELECT load_seq FROM {PENDING})) AS changed"
    )
    count = int(tx.rows(f"SELECT count(*) FROM {CHANGED}")[0][0])
    for first in range(1, count + 1, CHANGED_AT_ONCE):
        tx.execute(supersede_sql(table, first, first + CHANGED_AT_ONCE - 1))
    tx.execute(f"DROP TABLE {CHANGED}")


def supersede_sql(table: Table, first: int, last: int) -> str:
    """When each version of some changed keys was displaced.

    A version was never current if one of a higher release stage existed before it; it
    ends when it began. The others are current one after another: within the time between two
    withdrawals their stage never falls, so each ends where the next one begins. A withdrawal
    ends its key at every stage, and what follows it starts again.
    """
    name, _ = stored(table)
    keys = ", ".join(table.key_names)
    a_keys = ", ".join(f"a.{k}" for k in table.key_names)
    same = " AND ".join(f"a.{k} = t.{k}" for k in table.key_names)
    # One load may contain a key at two stages; the higher one is the later.
    match = " AND ".join(f"{name}.{k} = s.{k}" for k in (*table.key_names, "release_stage"))
    in_order = "ORDER BY load_seq, stage_rank"
    before = f"{in_order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    shown = "is_deleted OR above IS NULL OR stage_rank >= above"
    changed = f"SELECT * FROM {CHANGED} WHERE nth BETWEEN {first} AND {last}"
    versions = (
        f"SELECT {a_keys}, a.release_stage, a.load_seq, a.recorded_at, a.is_deleted, "
        f"{stage_rank_sql('a.release_stage')} AS stage_rank FROM {name} AS a "
        f"JOIN ({changed}) AS t ON {same}"
    )
    epochs = (
        f"SELECT v.*, coalesce(sum(CASE WHEN is_deleted THEN 1 ELSE 0 END) "
        f"OVER (PARTITION BY {keys} {before}), 0) AS epoch FROM ({versions}) AS v"
    )
    ranked = (
        f"SELECT e.*, max(stage_rank) OVER (PARTITION BY {keys}, epoch {before}) AS above "
        f"FROM ({epochs}) AS e"
    )
    ends = (
        f"SELECT {keys}, release_stage, load_seq, CASE WHEN {shown} THEN lead(recorded_at) "
        f"OVER (PARTITION BY {keys}, ({shown}) {in_order}) ELSE recorded_at END AS ends "
        f"FROM ({ranked}) AS r"
    )
    return (
        f"UPDATE {name} SET superseded_at = s.ends FROM ({ends}) AS s "
        f"WHERE {match} AND {name}.load_seq = s.load_seq "
        f"AND {name}.superseded_at IS DISTINCT FROM s.ends"
    )


def open_refusals_sql(table: Table, prefix: str = "", until: str = "") -> str:
    """Keys whose newest value was refused and not replaced, with the load that refused it.

    Standing are the refusals of the newest load of each slice. `until` narrows the loads to
    those of a moment.
    """
    columns = ", ".join(
        f"CAST(CAST(q.row_key AS JSON) ->> {literal(f.name)} AS {SQL_TYPES[f.type]}) AS {f.name}"
        for f in table.key
    )
    keys = ", ".join(f.name for f in table.key)
    name = literal(table.name)
    return (
        f"SELECT source, {keys}, max(load_seq) AS refused_by, max(recorded_at) AS refused_at "
        f"FROM (SELECT q.source, {columns}, q.load_seq, q.recorded_at "
        f"FROM {prefix}ops_quarantine AS q JOIN (SELECT source, slice, max(load_seq) AS load_seq "
        f"FROM {prefix}ops_load WHERE table_name = {name} AND status <> 'closing'{until} "
        f"GROUP BY source, slice) AS newest ON newest.load_seq = q.load_seq "
        f"WHERE q.row_key IS NOT NULL AND q.table_name = {name}) AS refusals "
        f"GROUP BY source, {keys}"
    )


def stale_sql(table: Table) -> tuple[str, str]:
    """Flag current versions whose newer value was refused, in the sources just loaded."""
    name, _ = stored(table)
    match = " AND ".join(f"{name}.{k} = r.{k}" for k in table.key_names)
    sources = (
        f"(SELECT source FROM ops_load WHERE table_name = {literal(table.name)} "
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
    at = timestamp_literal(moment)
    refusals = open_refusals_sql(table, prefix, f" AND recorded_at <= {at}")
    match = " AND ".join(f"v.{k} = r.{k}" for k in table.key_names)
    return (
        f"SELECT {columns}, CASE WHEN r.refused_by > v.load_seq THEN r.refused_at END "
        f"AS stale_since FROM {prefix}{name} AS v LEFT JOIN ({refusals}) AS r ON {match} "
        f"WHERE v.recorded_at <= {at} "
        f"AND (v.superseded_at IS NULL OR v.superseded_at > {at}) AND NOT v.is_deleted"
    )


def versions_known_on_sql(table: Table, moment: datetime, prefix: str = "") -> str:
    """The versions that existed at a moment, superseded as far as was known then."""
    name, fields = stored(table)
    at = timestamp_literal(moment)
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
    """An operations log as it was at a moment: loads recorded until then."""
    at = timestamp_literal(moment)
    return (
        f"SELECT * FROM {prefix}{table.name} WHERE load_seq IN "
        f"(SELECT load_seq FROM {prefix}ops_load WHERE recorded_at <= {at})"
    )


def views_known_on(moment: datetime, prefix: str) -> Iterator[tuple[str, str]]:
    """Name and SQL of every table as it was known at a moment. Marts are today's, from there."""
    for table in TABLES.values():
        if table.has_vintages:
            yield table.vintages_name, versions_known_on_sql(table, moment, prefix)
            yield table.name, known_on_sql(table, moment, prefix)
        else:
            yield table.name, log_known_on_sql(table, moment, prefix)
