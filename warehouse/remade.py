"""Marts that are made again: whether their rows changed, and no more of them than a load changed.

A part is all rows of a table with the same values of some of its keys (`-- part:` in a mart's
head), and the rows that the mart makes of them alone. A load changed the parts of the keys that it
wrote. The mart's own SQL is run over those, and the rows replace the ones before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from schemas.catalogue import TABLES
from schemas.score import Score
from schemas.sql import literal
from warehouse import marts

if TYPE_CHECKING:
    from warehouse.transaction import Transaction

COMPARED = 200_000  # rows of a mart up to which it is seen whether they changed
CHANGED = "mart_parts"  # values of the parts that loads changed
NOW = "mart_part_now"
BEFORE = "mart_part_before"
WORD = re.compile(r"\w+")
OF_PART = "part_"  # before the name of a table or view: the same, of those parts


def has_same_rows(tx: Transaction, mart: str, one: str, other: str) -> bool:
    """Whether two tables of one mart have the same rows; its key keeps them different. Many are not
    compared: that would cost as much as what reads them. They are counted first, and their loads
    added up, in a query of their own: of one query DuckDB does both parts, whatever it counts."""
    loads = ", sum(load_seq)" if "load_seq" in tx.columns(mart) else ""
    found = tx.rows(f"SELECT count(*){loads} FROM {one}")
    if found != tx.rows(f"SELECT count(*){loads} FROM {other}") or found[0][0] > COMPARED:
        return False
    others = f"SELECT * FROM {one} EXCEPT SELECT * FROM {other}"
    return not tx.rows(f"SELECT 1 FROM ({others}) AS others LIMIT 1")  # kept plans keep their types


def read_of(
    tx: Transaction,
    mart: marts.Mart,
    changed: Collection[str],
    in_parts: Collection[str],
    loads: Sequence[int],
    score: Score,
) -> set[str]:
    """Of what changed, what the mart may have to be made again for: not a table of which these
    loads wrote no row that it reads, nor the views over it and the marts made in parts of it."""
    if mart.reads is None or not loads or mart.reads[0] not in changed:
        return set(changed)
    table, condition = mart.reads
    condition = condition.replace("{country}", literal(score.country))
    sql = f"SELECT 1 FROM {table}{marts.VINTAGES} AS c WHERE {_of_loads(loads)} AND ({condition})"
    if tx.rows(f"{sql} LIMIT 1"):
        return set(changed)
    parts = {name: marts.all_marts()[name].part for name in in_parts}
    rest = set(changed) - {table, *(name for name, p in parts.items() if p and p.table == table)}
    for view in marts.views_between(mart, table):
        if not view.is_made_from(rest - {view.name}):
            rest.discard(view.name)
    return rest


def make_parts(tx: Transaction, mart: marts.Mart, loads: Sequence[int]) -> bool | None:
    """Make again the parts of a mart that these loads changed; the mart is there. Returns whether
    its rows are others than before; None where most of the table changed, and the whole mart is
    less work."""
    assert mart.part is not None
    part, through = mart.part, marts.views_between(mart, mart.part.table)
    named = [part.table, *(view.name for view in through)]
    kind = "VIEW" if mart.reads_once else "TABLE"
    tx.execute(f"CREATE TEMP TABLE {CHANGED} AS {_changed_sql(part, loads)}")
    tx.execute(
        f"CREATE TEMP {kind} {OF_PART}{part.table} AS SELECT {_columns(mart, through)} "
        f"FROM {part.table} AS c JOIN {CHANGED} AS p ON {_same(part.of_table)}"
    )
    made = [("TABLE", CHANGED), (kind, OF_PART + part.table)]
    changed: bool | None = None
    if not _is_most(tx, part.table):
        for view in through:
            tx.execute(f"CREATE TEMP VIEW {OF_PART}{view.name} AS {_of_part(view.sql, named)}")
            made.append(("VIEW", OF_PART + view.name))
        tx.execute(f"CREATE TEMP TABLE {NOW} AS {_now_sql(part, _of_part(mart.sql, named))}")
        made.append(("TABLE", NOW))
        changed = _replaced(tx, mart, part)
    for kind, name in reversed(made):
        tx.execute(f"DROP {kind} {name}")
    return changed


def _replaced(tx: Transaction, mart: marts.Mart, part: marts.Part) -> bool:
    """Put the new rows in place of those before, unless they are the same."""
    same_part = _same_of_mart(part)
    tx.execute(
        f"CREATE TEMP VIEW {BEFORE} AS SELECT m.* FROM {mart.name} AS m "
        f"JOIN {CHANGED} AS p ON {same_part}"
    )
    same = has_same_rows(tx, mart.name, NOW, BEFORE)
    tx.execute(f"DROP VIEW {BEFORE}")
    if not same:
        tx.execute(f"DELETE FROM {mart.name} AS m USING {CHANGED} AS p WHERE {same_part}")
        tx.execute(
            f"INSERT INTO {mart.name} SELECT * FROM {NOW} AS m ORDER BY {', '.join(part.of_mart)}"
        )
    return not same


def _changed_sql(part: marts.Part, loads: Sequence[int]) -> str:
    """A version that a load displaced has the key of the one that displaced it."""
    values = ", ".join(f"{side} AS p{n}" for n, side in enumerate(part.of_table))
    since = f", min({part.since[0]}) AS since" if part.since else ""
    return (
        f"SELECT {values}{since} FROM {part.table}{marts.VINTAGES} AS c "
        f"WHERE {_of_loads(loads)} GROUP BY {', '.join(part.of_table)}"
    )


def _of_loads(loads: Sequence[int]) -> str:
    return f"c.load_seq IN ({', '.join(str(n) for n in loads)})"


def _now_sql(part: marts.Part, sql: str) -> str:
    """The mart's rows of the changed parts, without those of earlier values."""
    if part.since is None:
        return sql
    return f"SELECT m.* FROM (\n{sql}\n) AS m JOIN {CHANGED} AS p ON {_same_of_mart(part)}"


def _columns(mart: marts.Mart, through: Sequence[marts.Mart]) -> str:
    """The table's columns that the SQL has by name: the others are half of what a copy costs."""
    assert mart.part is not None
    words = {word for one in (mart, *through) for word in WORD.findall(one.sql)}
    fields = TABLES[mart.part.table].reader_fields()
    return ", ".join(f"c.{field.name}" for field in fields if field.name in words)


def _same(sides: Sequence[str]) -> str:
    """Condition of a join: DuckDB evaluates the same within EXISTS twenty times as slowly."""
    return " AND ".join(f"p.p{n} = {side}" for n, side in enumerate(sides))


def _same_of_mart(part: marts.Part) -> str:
    since = f" AND p.since <= {part.since[1]}" if part.since else ""
    return _same(part.of_mart) + since


def _is_most(tx: Transaction, table: str) -> bool:
    counts = f"SELECT (SELECT count(*) FROM {OF_PART}{table}), (SELECT count(*) FROM {table})"
    ((of_parts, of_all),) = tx.rows(counts)
    return bool(of_parts * 2 > of_all)


def _of_part(sql: str, names: Collection[str]) -> str:
    """The same SQL, of the changed parts."""
    return re.sub(rf"\b({'|'.join(names)})\b", rf"{OF_PART}\1", sql)
