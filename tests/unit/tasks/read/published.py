"""Loads of a register into relations of one connection, as readers will see them.

Rows pass the SQL that hides them (`small_counts`) and the diff of a load. The lake alone is
replaced, by a table: a load then takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa

from schemas.catalogue import TABLES
from schemas.derive import SQL_TYPES, duckdb_columns
from schemas.model import Table
from schemas.sql import literal
from tasks.landing.manifest import Generation
from tasks.load.diff import diff
from tasks.outcome import Counts
from tasks.read.small_counts import protect, shown
from tasks.read.staging import Staged, good_rows, withdrawn_sql
from tasks.slices import Slice
from tests.unit.conftest import create_all
from warehouse.current import current_sql
from warehouse.engine import connect

Row = dict[str, Any]
FILE = Slice("sender", "file", "all", date(1900, 1, 1), date(2100, 1, 1), ())


class Published:
    """All that is published of one table, and every load's answer to a file."""

    def __init__(self, folder: Path, table: str) -> None:
        self.table: Table = TABLES[table]
        self.con = connect(folder)
        columns = duckdb_columns(self.table.lake_fields())
        self.con.execute(f"CREATE TABLE versions_of_all ({columns})")
        self.columns = (*(f.name for f in self.table.body()), "release_stage", "value_status")
        self.load_seq = 0

    def clear(self) -> None:
        """As if nothing was loaded."""
        self.con.execute("DELETE FROM versions_of_all")
        self.load_seq = 0

    def view(self, con: Any, table: Table, name: str, *, source: str) -> None:
        """As the lake has it."""
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM versions_of_all "
            f"WHERE source = {literal(source)}"
        )

    def load(
        self, rows: Sequence[Mapping[str, Any]], source: str = "sender", *, complete: bool = False
    ) -> Counts:
        """A file with these rows. If it is complete, it withdraws what it lacks."""
        self._stage(rows)
        self.view(self.con, self.table, "versions", source=source)
        stub: Any = SimpleNamespace(
            code=source, warehouse_table=self.table, is_file=True,
            coverage=SimpleNamespace(absence="withdrawn", max_deleted_share=1.0),
            datasets={"file": SimpleNamespace(constants={}, frequency="D")},
        )  # fmt: skip
        generations = [Generation(FILE, (), complete, {})]
        staged = Staged((), self.columns, ("a",), fetched=len(rows), good=len(rows))
        protect(self.con, self.table, good_rows(staged), withdrawn_sql(stub, generations))
        counts = diff(self.con, cast(Any, self), stub, staged, generations)
        self.load_seq += 1
        envelope = (
            f"{literal(source)} AS source, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS recorded_at, "
            f"{self.load_seq} AS load_seq, 'run' AS run_id, 'a' AS raw_sha256, "
            "kind AS change_reason"
        )
        self.con.execute(
            f"INSERT INTO versions_of_all BY NAME SELECT {', '.join(self.columns)}, is_deleted, "
            f"{envelope} FROM delta"
        )
        kinds = self.con.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = 'delta'"
        )
        for (kind,) in kinds.fetchall():
            self.con.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} delta")
        return counts

    def _stage(self, rows: Sequence[Mapping[str, Any]]) -> None:
        fields = [*self.table.body(), *(self.table.field(n) for n in self.columns[-2:])]
        self.con.execute("DROP TABLE IF EXISTS typed")
        types = ", ".join(f"{f.name} {SQL_TYPES[f.type]}" for f in fields)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE came (_row BIGINT, {types})")
        filled = [{"release_stage": "final", "value_status": "observed", **row} for row in rows]
        columns = {f.name: [row.get(f.name) for row in filled] for f in fields}
        given = pa.table({"_row": pa.array(range(len(filled)), pa.int64()), **columns})
        self.con.register("given", given)
        self.con.execute("INSERT INTO came SELECT * FROM given")
        self.con.unregister("given")
        self.con.execute(
            f"CREATE TABLE typed AS SELECT 0 AS _generation, 0 AS _raw, _row, "
            f"{', '.join(shown(self.table, c) for c in self.columns)}, 0::BIGINT AS _broken, "
            "false AS _ignored, NULL AS _record, false AS _duplicate FROM came AS typed"
        )

    # --- what readers see ---

    def known(self, load_seq: int, source: str = "sender") -> list[Row]:
        """The current figures, as known after a load."""
        until = (
            f"(SELECT * FROM versions_of_all WHERE load_seq <= {load_seq} "
            f"AND source = {literal(source)})"
        )
        found = self.con.execute(
            f"SELECT * FROM ({current_sql(self.table, until)}) WHERE NOT is_deleted"
        )
        names = [d[0] for d in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def now(self, *names: str, source: str = "sender") -> list[tuple[Any, ...]]:
        return sorted(
            (tuple(row[n] for n in names) for row in self.known(self.load_seq, source)), key=str
        )

    def make_marts(self) -> None:
        create_all(self.con.execute)

    def publish(self, load_seq: int) -> None:
        """The table under the marts, as known after a load, of all senders."""
        self.con.execute(f"DELETE FROM {self.table.name}")
        until = f"(SELECT * FROM versions_of_all WHERE load_seq <= {load_seq})"
        names = ", ".join(f.name for f in self.table.current_fields())
        self.con.execute(
            f"INSERT INTO {self.table.name} BY NAME SELECT {names}, NULL AS stale_since FROM "
            f"({current_sql(self.table, until)}) WHERE NOT is_deleted"
        )
