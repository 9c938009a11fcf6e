"""Code lists of the lake as one table, which staging joins.

Table `codes(list, scheme, code, target, valid_from, valid_until)`. Rows with an empty scheme are
the codes of the list itself; rows with a scheme translate a partner's code to ours.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.sql import literal, literals
from tasks.read import lists as listed_here
from tasks.read.lists import CODE_LISTS, IS_BUILTIN, READ_ONLY
from warehouse.current import current_sql
from warehouse.engine import error_types, first_row, to_parquet_scan
from warehouse.lake import Lake

if TYPE_CHECKING:
    import duckdb

# Names of kept files, and of what a killed command left of one.
OURS = re.compile(r"[0-9a-f]{32}-[0-9a-f]{64}[-_a-z0-9]*\.parquet|\.[0-9a-f]{32}\.tmp")


@dataclass(frozen=True)
class CodeLists:
    """Identity of the lists, and the names of those that are complete enough to refuse a row."""

    sha256: str
    closed: frozenset[str]


def build(con: duckdb.DuckDBPyConnection, lake: Lake) -> CodeLists:
    """Make table `codes` from the lake's reference tables."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE codes (list VARCHAR, scheme VARCHAR, code VARCHAR, "
        "target VARCHAR, valid_from DATE, valid_until DATE)"
    )
    closed = set()
    for name, listed in CODE_LISTS.items():
        table, target = TABLES[listed.table], listed.target
        lake.view(con, table, f"ref_versions_{name}")
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE ref_now AS SELECT * FROM "
            f"({current_sql(table, f'ref_versions_{name}')})"
        )
        con.execute(
            f"INSERT INTO codes SELECT '{name}', '', {target}, {target}, "
            f"min(valid_from) FILTER ({listed.dated}), "
            f"max(valid_until) FILTER ({listed.dated}) "
            f"FROM ref_now WHERE {target} IS NOT NULL GROUP BY {target}"
        )
        if listed.scheme:
            # A partner's own list goes before the built-in one, whose ISO numbers lack areas.
            con.execute(
                f"INSERT INTO codes SELECT '{name}', {listed.scheme}, {listed.code}, {target}, "
                f"valid_from, valid_until FROM ref_now QUALIFY row_number() OVER "
                f"(PARTITION BY {listed.scheme}, {listed.code} ORDER BY {IS_BUILTIN}, source) = 1"
            )
        if _count(con, "ref_now", listed.closed):
            closed.add(name)
    return CodeLists(_sha256(con), frozenset(closed))


def _sha256(con: duckdb.DuckDBPyConnection) -> str:
    """Identity of the rows in table `codes`."""
    digest = first_row(
        con.execute(
            "SELECT sha256(coalesce(string_agg(concat_ws('|', list, scheme, code, target, "
            "valid_from, valid_until), chr(10) ORDER BY list, scheme, code, target), '')) "
            "FROM codes"
        )
    )
    assert digest is not None
    return str(digest[0])


def build_once(con: duckdb.DuckDBPyConnection, lake: Lake, folder: Path) -> CodeLists:
    """Like `build`; the rows are kept in `folder` and used again while the lake's reference lists
    are the same. A kept file that is damaged is built again."""
    key = _key(con, lake)
    for path in folder.glob(f"{key}-*.parquet"):
        if (found := _kept(con, path)) is not None:
            return found
    lists = build(con, lake)
    # Where the folder is full or locked, the next run builds them again.
    with suppress(OSError, *error_types()):
        _keep(con, folder, "-".join((key, lists.sha256, *sorted(lists.closed))))
    return lists


def _kept(con: duckdb.DuckDBPyConnection, path: Path) -> CodeLists | None:
    """The lists of a kept file; None if its name or its bytes are not as they were written."""
    label, _, seal = path.stem.rpartition("-")
    try:
        if not path.is_file() or _seal(label, path) != seal:
            return None
        restore(con, path)
    except OSError:
        return None
    except error_types():
        return None
    _, sha256, *closed = label.split("-")
    return CodeLists(sha256, frozenset(closed)) if _sha256(con) == sha256 else None


def _seal(label: str, path: Path) -> str:
    """Identity of a kept file with what its name says of it."""
    with path.open("rb") as handle:
        rows = hashlib.file_digest(handle, "sha256").hexdigest()
    return hashlib.sha256(f"{label}-{rows}".encode()).hexdigest()


def _keep(con: duckdb.DuckDBPyConnection, folder: Path, label: str) -> None:
    """Write table `codes` to a file of the folder, whole, in place of those that are there. Other
    files are left alone: the folder may be a link to another one."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        save(con, partial)
        for old in folder.iterdir():
            if old != partial and OURS.fullmatch(old.name) and not old.is_dir():
                old.unlink(missing_ok=True)
        partial.replace(folder / f"{label}-{_seal(label, partial)}.parquet")
    finally:
        partial.unlink(missing_ok=True)


def _key(con: duckdb.DuckDBPyConnection, lake: Lake) -> str:
    """Identity of what the lists are built from: files, which are named by their content, loads
    that are finished, and this code."""
    tables = sorted({listed.table for listed in CODE_LISTS.values()})
    digest = hashlib.sha256(_own_code())
    for name in tables:
        for file in sorted(Path(f).name for f in lake.files(TABLES[name])):
            digest.update(f"{name}/{file}\n".encode())
    manifests = lake.files(TABLES["ops_load"])
    if manifests:
        loads = con.execute(
            f"SELECT load_seq, run_id FROM {to_parquet_scan(manifests, by_source=False)} "
            f"WHERE table_name IN ({literals(tables)}) ORDER BY ALL"
        ).fetchall()
        digest.update(repr(loads).encode())
    return digest.hexdigest()[:32]


@cache
def _own_code() -> bytes:
    return Path(__file__).read_bytes() + Path(listed_here.__file__).read_bytes()


def save(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write table `codes` to a file, for the other connections of a run."""
    con.execute(f"COPY codes TO {literal(str(path))} (FORMAT parquet)")


def restore(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make table `codes` from that file. It takes a fraction of the time that `build` takes."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE codes AS SELECT * FROM read_parquet({literal(str(path))})"
    )


def _count(con: duckdb.DuckDBPyConnection, table: str, where: str) -> int:
    row = first_row(con.execute(f"SELECT count(*) FROM {table} WHERE {where}"))
    return int(row[0]) if row else 0


def to_partner(con: duckdb.DuckDBPyConnection, scheme: str, areas: Sequence[str]) -> list[str]:
    """A partner's codes for our areas, as valid today. Raises ConfigurationError if an area has
    none."""
    rows = con.execute(
        "SELECT target, code FROM codes WHERE list = 'area' AND scheme = ? "
        "AND (valid_until IS NULL OR valid_until >= current_date) ORDER BY code DESC",
        [scheme],
    ).fetchall()
    known = {target: code for target, code in rows if (scheme, code) not in READ_ONLY}
    missing = [a for a in areas if a not in known]
    if missing:
        raise ConfigurationError(
            "no_partner_code",
            f"{scheme} has no code for {', '.join(missing)}",
            hint="see table ref_area; correct the partners in config/regions",
        )
    return [known[a] for a in areas]
