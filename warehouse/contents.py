"""Whether the lake still has every row that its loads wrote.

A load's own row says how many rows it wrote to each table. An entry of a Delta log that is lost or
cut takes rows away without any error of the library: only counting them shows it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import StorageError
from schemas.model import Table
from schemas.sql import literal
from warehouse.engine import to_parquet_scan

if TYPE_CHECKING:
    import duckdb

LoadId = tuple[int, str]
"""Number and run of a load: a number alone may be another home's."""


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


@dataclass
class FoundRows:
    """Loads whose rows were counted in files that are all still there."""

    files: frozenset[str] = frozenset()
    loads: set[LoadId] = field(default_factory=set)


_counted: dict[tuple[Path, str, str], FoundRows] = {}


def check_rows(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    table: Table,
    finished: str,
    *,
    files: Sequence[str],
    source: str | None,
    loads: Collection[int] | None,
    rows: str = "",
) -> None:
    """Raise StorageError if a finished load has more or fewer rows in these files than it wrote.

    `finished` is what `Lake.finished_loads` returned. `rows` is a relation of what the files hold,
    where there is one: it is counted instead of them. Loads that were counted before are counted
    again only when a file is gone. Loads that had bytes erased are left out.
    """
    known = FoundRows()
    if loads is None:
        known = _counted.setdefault((folder, table.name, source or ""), FoundRows())
        if not known.files <= set(files):
            known.loads.clear()
    due = {
        (number, run): wrote
        for number, run, wrote in con.execute(_expected(table, finished, source, loads)).fetchall()
        if (number, run) not in known.loads
    }
    if due:
        if not rows and files:
            rows = to_parquet_scan(list(files), by_source=table.has_vintages)
        found = _counts(con, rows, [number for number, _ in due]) if files else {}
        for (number, run), wrote in sorted(due.items()):
            if found.get((number, run), 0) != wrote:
                raise StorageError(
                    "lake_rows",
                    f"load {number} wrote {wrote} rows to {table.name}, and the lake has "
                    f"{found.get((number, run), 0)} of them",
                    where=str(folder / table.name),
                    hint="readers keep what they had. Restore the lake from a backup, or penataran "
                    "rebuild --from landing",
                )
    known.loads |= set(due)
    known.files = frozenset(files)


def tables_written(contents: Iterable[str | None], names: Sequence[str]) -> list[str]:
    """Those of the named tables that some loads wrote to; all of them where a load, of an older
    version, does not say."""
    written: set[str] = set()
    for text in contents:
        if text is None:
            return list(names)
        written |= json.loads(text).keys()
    return [name for name in names if name in written]


def _expected(
    table: Table, finished: str, source: str | None, loads: Collection[int] | None
) -> str:
    """SQL of number, run and rows of the loads that say how much they wrote to a table. Loads of
    older versions say it of figures alone."""
    said = f"json_extract_string(contents, '$.{table.name}.rows')"
    rows = (
        f"CASE WHEN contents IS NOT NULL THEN coalesce(TRY_CAST({said} AS BIGINT), 0) "
        f"WHEN table_name = {literal(table.name)} THEN figures END"
    )
    wheres = ["NOT is_erased", f"({rows}) IS NOT NULL"]
    if source is not None:
        wheres.append(f"source = {literal(source)}")
    if loads is not None:
        wheres.append(f"load_seq IN ({', '.join(str(n) for n in loads) or 'NULL'})")
    return f"SELECT load_seq, run_id, {rows} FROM {finished} WHERE {' AND '.join(wheres)}"


def _counts(con: duckdb.DuckDBPyConnection, rows: str, numbers: Sequence[int]) -> dict[LoadId, int]:
    found = con.execute(
        f"SELECT load_seq, run_id, count(*) FROM {rows} "
        f"WHERE load_seq IN ({', '.join(str(n) for n in numbers)}) GROUP BY ALL"
    ).fetchall()
    return {(int(number), str(run)): int(count) for number, run, count in found}
