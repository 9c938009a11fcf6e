"""Versions of small tables, kept in one database and brought up to date by the files that are new.

A run asks for the same versions for every slice, and each load adds one small file. To scan them
all again for each slice costs more with every slice of a backfill.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from schemas.catalogue import TABLES
from schemas.model import Table
from schemas.sql import literal
from warehouse.contents import check_rows
from warehouse.data_files import are_small, scan_of
from warehouse.engine import first_row
from warehouse.lake import Lake

if TYPE_CHECKING:
    import duckdb

PREFIX = "stage.main.known_"
FINISHED = f"{PREFIX}loads"


@dataclass
class _Kept:
    files: frozenset[str] = frozenset()
    checked: int = 0  # finished loads whose rows were counted


@dataclass
class KnownVersions:
    """The lake as one database of a run knows it. `con` makes the kept tables, in `stage.main`."""

    con: duckdb.DuckDBPyConnection
    lake: Lake
    _finished: _Kept = field(default_factory=_Kept)
    _erased: tuple[str, ...] = ()
    _kept: dict[tuple[str, str], _Kept] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def view(
        self, con: duckdb.DuckDBPyConnection, table: Table, name: str, *, source: str | None = None
    ) -> bool:
        """As `Lake.view`, in a connection to the same database."""
        with self._lock:
            return self._view(con, table, name, source)

    def _view(
        self, con: duckdb.DuckDBPyConnection, table: Table, name: str, source: str | None
    ) -> bool:
        self._bring_loads()  # first: a load's own row is written last
        files = self.lake.files(table, source)
        if not files or not are_small(files):
            return self.lake.view(con, table, name, source=source, finished=FINISHED)
        kept = self._kept.setdefault((table.name, source or ""), _Kept())
        rows = f"{PREFIX}{table.name}_{source or 'all'}"
        columns = ", ".join(f.name for f in table.lake_fields())
        where = f" WHERE source = {literal(source)}" if source is not None else ""
        if self._bring(kept, rows, table, files, f"SELECT {columns} FROM {{scan}}{where}"):
            kept.checked = 0
        check_rows(
            self.con,
            self.lake.folder,
            table,
            f"(SELECT * FROM {FINISHED} WHERE place > {kept.checked})",
            files=files,
            source=source,
            loads=None,
            rows=rows,
        )
        kept.checked = self._last_place()
        con.execute(
            f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {rows} "
            f"WHERE (load_seq, run_id) IN (SELECT (load_seq, run_id) FROM {FINISHED})"
        )
        return True

    def _bring_loads(self) -> None:
        """Table of the finished loads, in the order in which this database saw them."""
        erased = tuple(self.lake.erased_shas(self.con))
        if erased != self._erased:
            self._finished, self._erased = _Kept(), erased
        table = TABLES["ops_load"]
        files = self.lake.files(table)
        place = f"row_number() OVER () + {self._last_place() if self._finished.files else 0}"
        loads = self.lake.loads_sql("{scan}", erased)
        if self._bring(
            self._finished, FINISHED, table, files, f"SELECT *, {place} AS place FROM ({loads})"
        ):
            for kept in self._kept.values():
                kept.checked = 0

    def _last_place(self) -> int:
        row = first_row(self.con.execute(f"SELECT max(place) FROM {FINISHED}"))
        return int(row[0]) if row and row[0] else 0

    def _bring(
        self, kept: _Kept, name: str, table: Table, files: Sequence[str], select: str
    ) -> bool:
        """Add the rows of new files to a kept table; True if all of it was read again, because a
        file is there no more."""
        now = frozenset(files)
        if now == kept.files and now:
            return False
        again = not kept.files or not kept.files <= now
        fresh = list(files) if again else sorted(now - kept.files)
        verb = f"CREATE OR REPLACE TABLE {name} AS" if again else f"INSERT INTO {name}"
        self.con.execute(f"{verb} {select.format(scan=f'({scan_of(table, fresh)})')}")
        kept.files = now
        return again
