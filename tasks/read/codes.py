"""Code lists of the lake as one table, which staging joins.

Table `codes(list, scheme, code, target, valid_from, valid_until)`. Rows with an empty scheme are
the codes of the list itself; rows with a scheme translate a partner's code to ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.sql import literal
from tasks.read.lists import CODE_LISTS, IS_BUILTIN, READ_ONLY
from warehouse.engine import first_row
from warehouse.lake import Lake, current_sql

if TYPE_CHECKING:
    import duckdb


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
    digest = first_row(
        con.execute(
            "SELECT sha256(coalesce(string_agg(concat_ws('|', list, scheme, code, target, "
            "valid_from, valid_until), chr(10) ORDER BY list, scheme, code, target), '')) "
            "FROM codes"
        )
    )
    assert digest is not None
    return CodeLists(str(digest[0]), frozenset(closed))


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
