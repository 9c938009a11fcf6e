"""What a section of the page is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from warehouse.base import Warehouse

# `–`, `1.234,5`, `+2,6%`, `37 / 38`, `12 (3)`, `1.678 (6/12)`, `≥ 12`.
NUMBER = re.compile(r"^[-+–≥\d.,/() ]*%?$")


@dataclass(frozen=True)
class Figure:
    """A chart, its table and what a reader must know of it. `svg` may be empty."""

    title: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, str], ...]
    note: str = ""

    @property
    def is_number(self) -> tuple[bool, ...]:
        """Which columns hold numbers alone, and stand to the right."""
        columns = zip(*self.rows, strict=True) if self.rows else [("text",)] * len(self.head)
        return tuple(all(NUMBER.match(cell) for cell in column) for column in columns)

    def with_svg(self, svg: str) -> Figure:
        return replace(self, svg=svg)


UNRANKED = 1000  # after every source that its declaration ranks, as in the marts


def first_source(warehouse: Warehouse, base: str) -> str | None:
    """The source, of those with rows in `FROM mart WHERE ...`, that is first in rank: one
    publisher for one figure. `preference` in the declarations ranks them."""
    found = rows_of(
        warehouse,
        f"SELECT f.source FROM (SELECT DISTINCT source {base}) AS f "
        "LEFT JOIN ref_source AS s ON s.source_code = f.source "
        f"ORDER BY coalesce(s.preference, {UNRANKED}), f.source LIMIT 1",
    )
    return str(found[0]["source"]) if found else None


def rows_of(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    result = warehouse.query(sql)
    return [dict(zip(result.columns, row, strict=True)) for b in result.batches for row in b]
