"""What a section of the page is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from warehouse.base import Warehouse


@dataclass(frozen=True)
class Figure:
    """A chart, its table and what a reader must know of it. `svg` may be empty."""

    title: str
    svg: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    facts: tuple[tuple[str, str], ...]
    note: str = ""

    def with_svg(self, svg: str) -> Figure:
        return replace(self, svg=svg)


def rows_of(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    result = warehouse.query(sql)
    return [dict(zip(result.columns, row, strict=True)) for b in result.batches for row in b]
