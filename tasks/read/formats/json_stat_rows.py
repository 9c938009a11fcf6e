"""Cells of a JSON-stat 2.0 data set (or the first one of a 1.x bundle): one row per value.

Columns are the dimensions with their categories' ids; the value is `value`, its flag `status`.
Values are a list with nulls or an object by position; both are row-major in `size`.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from config.reading import JsonStatReader
from schemas.errors import DataError
from tasks.read.formats.common import MAX_CELLS, Columns, TextTable
from tasks.read.formats.sdmx_json_rows import whole_json


def _categories(dimension: dict[str, Any]) -> list[str]:
    """Ids of a dimension's categories in order: a list, an object by id, or labels alone."""
    category = dimension["category"]
    index = category.get("index", list(category.get("label", {})))
    if isinstance(index, dict):
        return sorted(index, key=lambda code: int(index[code]))
    return [str(code) for code in index]


def _at(values: Any, place: int) -> Any:
    if isinstance(values, dict):
        return values.get(str(place))
    if isinstance(values, list):
        return values[place] if place < len(values) else None
    return values  # one status for all cells


def convert(path: Path, out: Path, reader: JsonStatReader, where: str) -> Columns:
    """Cells as text, absent ones left out. Raises DataError if sizes and categories differ."""
    message = whole_json(path, where)
    if isinstance(message, dict) and message.get("class") is None and "dataset" in message:
        message = message["dataset"]
    if not isinstance(message, dict) or "dimension" not in message or "value" not in message:
        raise DataError("records_missing", "the answer has no JSON-stat data set", where=where)
    dimensions = message["dimension"]
    names = [str(n) for n in message.get("id") or dimensions["id"]]
    sizes = [int(n) for n in message.get("size") or dimensions["size"]]
    categories = [_categories(dimensions[n]) for n in names]
    if [len(c) for c in categories] != sizes or math.prod(sizes) > MAX_CELLS:
        raise DataError(
            "size_mismatch",
            f"the sizes are {sizes}, but there are {[len(c) for c in categories]} categories",
            where=where,
        )
    table = TextTable(out, where)
    values, status = message["value"], message.get("status")
    if not isinstance(values, dict) and len(values) != math.prod(sizes):
        raise DataError(
            "size_mismatch",
            f"the sizes are {sizes}, but there are {len(values)} values",
            where=where,
        )
    places = sorted(int(k) for k in values) if isinstance(values, dict) else range(len(values))
    for place in places:
        value = _at(values, place)
        flag = _at(status, place)
        if value is None and flag is None:
            continue
        row: dict[str, str | None] = {}
        rest = place
        dimensions_of_cell = zip(names, categories, sizes, strict=True)
        for name, codes, size in reversed(list(dimensions_of_cell)):
            rest, at = divmod(rest, size)
            row[name] = codes[at]
        if rest:
            raise DataError("size_mismatch", f"value {place} is outside {sizes}", where=where)
        row["value"] = None if value is None else str(value)
        row["status"] = None if flag is None else str(flag)
        table.add(row)
    return table.close()
