"""What readers share: the relation they give, limits, and the check of columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import DataError

CHUNK = 1 << 20
MAX_RECORD_BYTES = 4 << 20
MAX_COLUMNS = 2000


@dataclass(frozen=True)
class RawRelation:
    """A relation to stream: its SQL, all columns of the source, and its envelope.

    `declared_rows` is what the answer says of itself; `fault` is the code and words of an
    error in the rows, which shows only when they are read.
    """

    sql: str
    columns: tuple[str, ...]
    fault: tuple[str, str]
    envelope: Any = None
    declared_rows: int | None = None


def check_columns(
    found: Iterable[str],
    mapped: Collection[str],
    optional: Collection[str],
    ignored: Collection[str],
    where: str,
) -> list[str]:
    """Columns that are neither mapped nor ignored; raises DataError if a mapped one is gone.

    A renamed column is one missing and one added: the error names both (S14).
    """
    present = list(found)
    known = set(mapped) | set(ignored)
    added = [c for c in present if c not in known and c.split(".", 1)[0] not in ignored]
    missing = [c for c in mapped if c not in present and c not in optional]
    if missing:
        came = f"; new here: {', '.join(added[:20])}" if added else ""
        raise DataError(
            "column_missing",
            f"columns missing: {', '.join(sorted(missing))}{came}",
            where=where,
            hint="renamed by the partner? map the new name in the declaration",
        )
    return added


def sql_text(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def first_line(error: object) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else "unknown error")[:300]
