"""Exports to a group of areas: the sum of its members, and a change of the same members.

Pure: rows of the mart in, figures of products out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

CHAPTER_DIGITS = 2  # chapters are the same in all revisions of HS
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Exported:
    """One product. `lacking` are members that one of the two years lacks, with that year: a
    change leaves them out. `is_least` says that this year lacks one that the year before has."""

    code: str
    level: int
    label: str
    value: Decimal
    change: Decimal | None
    previous: Decimal | None  # of the year before, where all members are in both years
    lacking: tuple[str, ...]
    is_least: bool
    stages: frozenset[str]
    retrieved: datetime


def exported(rows: Iterable[Row], year: int) -> list[Exported]:
    """Products with a value in that year, of which the year before is given too."""
    years: dict[str, dict[int, dict[str, Row]]] = {}
    for row in sorted(rows, key=lambda r: str(r["product_classification"])):
        if row["value_usd"] is not None:
            of_product = years.setdefault(str(row["product_code"]), {})
            of_product.setdefault(row["period_start"].year, {})[row["partner_area"]] = row
    return [
        _product(found[year], found.get(year - 1, {}), year)
        for found in years.values()
        if year in found
    ]


def _product(now: Mapping[str, Row], before: Mapping[str, Row], year: int) -> Exported:
    both = sorted(a for a in now.keys() & before.keys() if _is_comparable(now[a], before[a]))
    gone = sorted(before.keys() - now.keys())
    old = _sum(before[area] for area in both)
    newest = next(iter(now.values()))
    lacking = [f"{before[area]['partner_name']} {year}" for area in gone]
    for area in sorted(now.keys() - set(both)):
        other = before.get(area)
        revision = f" ({other['product_classification']})" if other else ""
        lacking.append(f"{now[area]['partner_name']} {year - 1}{revision}")
    return Exported(
        code=newest["product_code"],
        level=newest["product_level"],
        label=str(newest["label"]),
        value=_sum(now.values()),
        change=_sum(now[area] for area in both) / old - 1 if old else None,
        previous=old if both and not lacking else None,
        lacking=tuple(lacking),
        is_least=bool(gone),
        stages=frozenset(str(row["release_stage"]) for row in now.values()),
        retrieved=max(row["recorded_at"] for row in now.values()),
    )


def _is_comparable(now: Row, before: Row) -> bool:
    """A code of another revision may be of other goods."""
    revisions = {str(row["product_classification"]) for row in (now, before)}
    return len(revisions) == 1 or int(now["product_level"]) <= CHAPTER_DIGITS


def _sum(rows: Iterable[Row]) -> Decimal:
    return sum((row["value_usd"] for row in rows), Decimal(0))
