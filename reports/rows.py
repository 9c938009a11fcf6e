"""Rows of a query by the names of its columns."""

from __future__ import annotations

from typing import Any

from warehouse.base import Warehouse


def rows_of(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    result = warehouse.query(sql)
    return [dict(zip(result.columns, row, strict=True)) for b in result.batches for row in b]
