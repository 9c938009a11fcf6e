"""Rows of a query by the names of its columns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from warehouse.base import Warehouse
from warehouse.limits import Deadline


def rows_of(
    warehouse: Warehouse,
    sql: str,
    as_known_on: datetime | None = None,
    deadline: Deadline | None = None,
) -> list[dict[str, Any]]:
    result = warehouse.query(sql, as_known_on=as_known_on, deadline=deadline)
    return [dict(zip(result.columns, row, strict=True)) for b in result.batches for row in b]
