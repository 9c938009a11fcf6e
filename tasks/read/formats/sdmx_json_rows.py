"""Observations of SDMX-JSON 1.0 and 2.0, by series or flat, with codes instead of indexes.

A column with the id of a dimension or attribute has the ids of codes; `ID.name` has their names,
where the message has names: codes change between versions. The value is `OBS_VALUE`. The message
is read whole, because the structure that explains the indexes may be at its end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from config.reading import SdmxJsonReader
from schemas.errors import DataError
from tasks.read.formats.common import TextTable

MAX_BYTES = 64 << 20
Row = dict[str, str | None]


def whole_json(path: Path, where: str) -> Any:
    """A whole JSON document of bounded size, its numbers as they are written."""
    if path.stat().st_size > MAX_BYTES:
        raise DataError(
            "json_too_large",
            f"the answer has more than {MAX_BYTES} bytes",
            where=where,
            hint="split the request by one more variable in the declaration",
        )
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise DataError("json_malformed", f"not whole JSON: {error}", where=where) from error


def _codes(components: list[dict[str, Any]], indexes: list[Any]) -> Row:
    """Codes of components by their indexes; a component without an index is left out."""
    row: Row = {}
    for component, index in zip(components, indexes, strict=False):
        values = component.get("values") or []
        if index is None:
            continue
        value = values[int(index)] if str(index).isdigit() and values else {"id": index}
        row[component["id"]] = _text(value)
        if isinstance(value, dict) and value.get("name") and value.get("id"):
            row[f"{component['id']}.name"] = _text(value["name"])
    return row


def _only_ones(components: list[dict[str, Any]]) -> list[str | None]:
    """Indexes for the attributes of a data set that has none: if the structure lists one value, it
    holds for the whole data set (UNIT and POWERCODE of OECD.Stat)."""
    return ["0" if len(c.get("values") or []) == 1 else None for c in components]


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("id", value.get("value", value.get("name", value.get("en"))))
    return None if value is None else str(value)


def _indexes(key: str, components: list[dict[str, Any]], where: str) -> list[str]:
    indexes = key.split(":") if key else []
    if len(indexes) != len(components):
        raise DataError(
            "key_malformed",
            f"key {key!r} has {len(indexes)} parts, but the structure has {len(components)} "
            "dimensions",
            where=where,
        )
    return indexes


def _rows(message: Any, where: str) -> Iterator[Row]:
    body = message.get("data", message) if isinstance(message, dict) else {}
    structures = body.get("structures") or [body.get("structure")]
    if not body.get("dataSets") or not structures[0]:
        raise DataError(
            "records_missing", "the message has no dataSets with a structure", where=where
        )
    for dataset in body["dataSets"]:
        structure = structures[int(dataset.get("structure", 0))]
        dimensions, attributes = structure["dimensions"], structure.get("attributes", {})
        of = {level: attributes.get(level) or [] for level in ("dataSet", "series", "observation")}
        whole = _codes(dimensions.get("dataSet") or [], ["0"] * 99)
        whole |= _codes(of["dataSet"], dataset.get("attributes") or _only_ones(of["dataSet"]))
        series = dataset.get("series") or {"": {"observations": dataset.get("observations", {})}}
        series_dims = (dimensions.get("series") or []) if dataset.get("series") else []
        for key, one in series.items():
            common = {**whole, **_codes(series_dims, _indexes(key, series_dims, where))}
            common |= _codes(of["series"], one.get("attributes") or [])
            for place, values in (one.get("observations") or {}).items():
                indexes = _indexes(place, dimensions["observation"], where)
                row = {**common, **_codes(dimensions["observation"], indexes)}
                row["OBS_VALUE"] = _text(values[0]) if values else None
                yield row | _codes(of["observation"], values[1:])


def convert(path: Path, out: Path, reader: SdmxJsonReader, where: str) -> list[str]:
    """Observations as text. Raises DataError for errors of the message, or a broken key."""
    message = whole_json(path, where)
    errors = message.get("errors") if isinstance(message, dict) else None
    if errors:
        raise DataError("provider_error", f"the partner answered: {errors}"[:400], where=where)
    table = TextTable(out, where)
    for row in _rows(message, where):
        table.add(row)
    return table.close()
