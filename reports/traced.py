"""The command that traces the first row of a figure to the bytes that it was made from. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from schemas.catalogue import TABLES
from schemas.texts import visible
from warehouse import marts, revisions

LONGEST = 100  # signs of a value that a command names
SEVERAL = ", "  # between sources of one row
KEY_PAIR = re.compile(r"(\w+)=(.*?)(?= \w+=|$)")
ANY = "…"  # stands for a value that no row names


def table_of(tables: Sequence[str]) -> str:
    """The table that explains a figure: the first that its query reads, and rather no reference.
    Versions are those of a table, which `trace` has all. Empty where it reads none."""
    found = next((name for name in tables if not name.startswith("ref_")), next(iter(tables), ""))
    return found.removesuffix(marts.VINTAGES)


def keys_of(table: str) -> tuple[str, ...]:
    """The columns that tell rows of a table or a mart apart."""
    mart = marts.all_marts().get(table)
    if mart is not None:
        return mart.key
    return TABLES[table].key_names


def values_of(table: str, row: Mapping[str, Any]) -> dict[str, str]:
    """The key of the row as a command has it, as far as the row has it: a column `key_NAME` stands
    for a key whose name the figure uses for something else. Several sources are no source."""
    found = {name: _text(row.get(f"key_{name}") or row.get(name)) for name in keys_of(table)}
    return {
        name: text
        for name, text in found.items()
        if text and not (name == "source" and SEVERAL in text)
    }


def command_of(tables: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """`penataran trace TABLE KEY=VALUE ...` of the first row that has a key; without one, the names
    of the keys alone. Of a revision the row is traced that was revised."""
    table = table_of(tables)
    if not table:
        return ""
    if table == revisions.NAME and rows and _is_of_table(rows[0]):
        table, known = str(rows[0]["table_name"]), _revised(rows[0])
    else:
        known = next((found for row in rows if (found := values_of(table, row))), {})
    pairs = [f"{name}={text}" for name, text in known.items()]
    if pairs:
        return shlex.join(["penataran", "trace", table, *pairs])
    return " ".join(["penataran", "trace", table, *(f"{name}={ANY}" for name in keys_of(table))])


def _is_of_table(row: Mapping[str, Any]) -> bool:
    return row.get("table_name") in TABLES and isinstance(row.get("row_key"), str)


def _revised(row: Mapping[str, Any]) -> dict[str, str]:
    """The key of the row that was revised, of `frequency=A partner_area=JPN ...`."""
    found = {"source": str(row["source"]), **dict(KEY_PAIR.findall(row["row_key"]))}
    return {name: text for name, value in found.items() if (text := _text(value))}


def _text(value: object) -> str:
    """A value as `trace` reads it; empty where none can be typed: moments, and texts with signs
    that are not seen."""
    if value is None or isinstance(value, datetime | Decimal | float):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return text if len(text) <= LONGEST and visible(text) == text else ""
