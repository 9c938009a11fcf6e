"""Quoting for SQL that DuckDB and PostgreSQL both read: the only place that does it (X07)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path


def literal(value: str | Path) -> str:
    """A text, or the path of a file, as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"


def literals(values: Iterable[str | Path]) -> str:
    """Texts with commas between them: for `IN (...)` and lists. Empty for no texts."""
    return ", ".join(literal(value) for value in values)


def identifier(name: str) -> str:
    """The name of a column or table, whatever characters it has."""
    return '"' + name.replace('"', '""') + '"'


def date_literal(value: date | str) -> str:
    """A day, or an ISO date, as an SQL literal."""
    return f"DATE {literal(value if isinstance(value, str) else value.isoformat())}"


def timestamp_literal(moment: datetime) -> str:
    """A moment with its time zone as an SQL literal."""
    return f"TIMESTAMPTZ {literal(moment.isoformat())}"
