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
from warehouse import marts

if TYPE_CHECKING:
    from warehouse.transaction import Transaction

COMPARED = 200_000  # rows of a mart up to which it is seen whether they changed
CHANGED = "mart_parts"  # values of the parts that loads changed
NOW = "mart_part_now"
BEFORE = "mart_part_before"
WORD = re.compile(r"\w+")
OF_PART = "part_"  # before the name of a table or view: the same, of those parts


def has_same_rows(tx: Transaction, one: str, other: str) -> bool:
    """Whether two tables of one mart have the same rows; its key keeps them different. Many are not
    compared: that would cost as much as what reads them. They are counted first, in a query of
    their own: of one query DuckDB does both parts, whatever it counts."""
    counts = f"SELECT (SELECT count(*) FROM {one}), (SELECT count(*) FROM {other})"
    ((rows, before),) = tx.rows(counts)
    if rows != before or rows > COMPARED:
        return False
    others = f"SELECT * FROM {one} EXCEPT SELECT * FROM {other}"
    return not tx.rows(f"SELECT 1 FROM ({others}) AS others LIMIT 1")  # kept plans keep their types


def make_parts(tx: Transaction, mart: marts.Mart, loads: Sequence[int]) -> bool | None:
    """Make again the parts of a mart that these loads changed; the mart is there. Returns whether
    its rows are others than before; None where most of the table changed, and the whole mart is
    less work."""
    assert mart.part is not None
    part, through = mart.part, marts.views_between(mart, mart.part.table)
    named = [part.table, *(view.name for view in through)]
    tx.execute(f"CREATE TEMP TABLE {CHANGED} AS {_changed_sql(part, loads)}")
    tx.execute(
        f"CREATE TEMP TABLE {OF_PART}{part.table} AS SELECT {_columns(mart, through)} "
        f"FROM {part.table} AS c JOIN {CHANGED} AS p ON {_same(part.of_table)}"
    )
    made = [("TABLE", CHANGED), ("TABLE", OF_PART + part.table)]
    changed: bool | None = None
    if not _is_most(tx, part.table):
        for view in through:
            tx.execute(f"CREATE TEMP VIEW {OF_PART}{view.name} AS {_of_part(view.sql, named)}")
            made.append(("VIEW", OF_PART + view.name))
        tx.execute(f"CREATE TEMP TABLE {NOW} AS {_of_part(mart.sql, named)}")
        made.append(("TABLE", NOW))
        changed = _replaced(tx, mart, part)
    for kind, name in reversed(made):
        tx.execute(f"DROP {kind} {name}")
    return changed


def _replaced(tx: Transaction, mart: marts.Mart, part: marts.Part) -> bool:
    """Put the new rows in place of those before, unless they are the same."""
    same_part = _same(part.of_mart)
    tx.execute(
        f"CREATE TEMP VIEW {BEFORE} AS SELECT m.* FROM {mart.name} AS m "
        f"JOIN {CHANGED} AS p ON {same_part}"
    )
    same = has_same_rows(tx, NOW, BEFORE)
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
    return (
        f"SELECT DISTINCT {values} FROM {part.table}{marts.VINTAGES} AS c "
        f"WHERE c.load_seq IN ({', '.join(str(n) for n in loads)})"
    )


def _columns(mart: marts.Mart, through: Sequence[marts.Mart]) -> str:
    """The table's columns that the SQL has by name: the others are half of what a copy costs."""
    assert mart.part is not None
    words = {word for one in (mart, *through) for word in WORD.findall(one.sql)}
    fields = TABLES[mart.part.table].reader_fields()
    return ", ".join(f"c.{field.name}" for field in fields if field.name in words)


def _same(sides: Sequence[str]) -> str:
    """Condition of a join: DuckDB evaluates the same within EXISTS twenty times as slowly."""
    return " AND ".join(f"p.p{n} = {side}" for n, side in enumerate(sides))


def _is_most(tx: Transaction, table: str) -> bool:
    counts = f"SELECT (SELECT count(*) FROM {OF_PART}{table}), (SELECT count(*) FROM {table})"
    ((of_parts, of_all),) = tx.rows(counts)
    return bool(of_parts * 2 > of_all)


def _of_part(sql: str, names: Collection[str]) -> str:
    """The same SQL, of the changed parts."""
    return re.sub(rf"\b({'|'.join(names)})\b", rf"{OF_PART}\1", sql)
