"""A statement for PostgreSQL within tables as they were known at a moment, each a named query.

Readers there may make no table. So the rows of a mart that is calculated are read in their session,
calculated here, and stand in the statement as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.score import Score
from schemas.sql import identifier
from warehouse import marts
from warehouse.base import views_known_on
from warehouse.calculated import Calculation, as_select, from_postgres
from warehouse.statement import SCHEMA

if TYPE_CHECKING:
    import psycopg


class KnownTable(NamedTuple):
    """A table or mart as it was known; `waiting` is what its rows are still to be calculated by."""

    name: str
    sql: str
    waiting: Calculation | None = None


def needed_known_on(moment: datetime, asked: str) -> list[KnownTable]:
    """The tables and marts whose names a statement has, with those that they are made of; all of
    them where a name may be written in escapes. Each is made of earlier ones."""
    views = [KnownTable(name, sql) for name, sql in views_known_on(moment, f"{SCHEMA}.")]
    for mart in marts.needed_by(asked):
        calculation = mart.calculation
        sql = mart.sql if calculation is None else as_select(calculation, None)
        views.append(KnownTable(mart.name, sql, calculation))
    text = asked.lower()
    if "u&" in text:
        return views
    found = []
    for view in reversed(views):
        if view.name in text:
            found.append(view)
            text += (view.waiting.sql if view.waiting else view.sql).lower()
    return found[::-1]


def within(known: Sequence[KnownTable], asked: str) -> str:
    """The statement with every table as it was known, under its own name."""
    if not known:
        return asked
    tables = ", ".join(
        f"{identifier(view.name)} AS NOT MATERIALIZED (\n{view.sql}\n)" for view in known
    )
    return f"WITH {tables} SELECT * FROM (\n{asked}\n) AS answer"


def calculated(
    con: psycopg.Connection[Any], known: Sequence[KnownTable], score: Score
) -> list[KnownTable]:
    """The same with the rows of what is calculated, from the ones before it."""
    found: list[KnownTable] = []
    for view in known:
        if view.waiting is None:
            found.append(view)
            continue
        inputs = {
            key: from_postgres(con, within(found, sql))
            for key, sql in view.waiting.queries(score).items()
        }
        found.append(
            KnownTable(view.name, as_select(view.waiting, view.waiting.run(inputs, score)))
        )
    return found
