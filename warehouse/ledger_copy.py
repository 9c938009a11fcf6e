"""The ledger as lines of JSON: the same for SQLite and PostgreSQL, so either restores the other.

Load numbers, states and facts. Leases are of living processes, and the password of the readers'
login is not the ledger's; neither is copied.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.errors import StorageError
from warehouse.leases import transaction
from warehouse.ledger import FACTS, NUMBERS, STATES, Ledger

TABLES = {table.name: table for table in (NUMBERS, STATES, FACTS)}
ROWS_AT_ONCE = 1000


def dump_states(ledger: Ledger, path: Path) -> None:
    """Write states and facts: before the lake is copied, since they speak of what it has."""
    path.write_text("", encoding="utf-8")  # a session may make more than one backup
    _dump(ledger, path, STATES, FACTS)


def dump_numbers(ledger: Ledger, path: Path) -> None:
    """Add the load numbers: after the lake's logs were copied, which have rows of no other."""
    _dump(ledger, path, NUMBERS)


def _dump(ledger: Ledger, path: Path, *tables: sa.Table) -> None:
    with transaction(ledger.engine) as connection, path.open("a", encoding="utf-8") as out:
        for table in tables:
            for row in connection.execute(sa.select(table)).mappings():
                out.write(json.dumps({"table": table.name, **row}, ensure_ascii=False) + "\n")


def put_back(ledger: Ledger, path: Path) -> None:
    """Replace states and facts by those of a copy. Numbers are only added: one that was used is
    not handed out again. All in one transaction, and repeatable."""
    with transaction(ledger.engine) as connection:
        for table in (STATES, FACTS):
            connection.execute(sa.delete(table))
        known = set(connection.execute(sa.select(NUMBERS.c.load_seq)).scalars())
        waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        for name, row in _rows(path):
            if name == NUMBERS.name and row["load_seq"] in known:
                continue
            waiting[name].append(row)
            if len(waiting[name]) == ROWS_AT_ONCE:
                connection.execute(sa.insert(TABLES[name]), waiting[name])
                waiting[name] = []
        for name, rows in waiting.items():
            if rows:
                connection.execute(sa.insert(TABLES[name]), rows)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                row = json.loads(line)
                yield row.pop("table"), row
            except (ValueError, KeyError, AttributeError) as error:
                raise StorageError(
                    "backup_damaged",
                    f"the copy of the ledger cannot be read: {error}",
                    where=str(path),
                    hint="use another backup; the home was not changed",
                ) from error
