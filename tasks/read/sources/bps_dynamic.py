"""BPS dynamic tables: values under keys that are put together from the lists of dimensions.

A key is the numbers of row, variable, column, year and period of the year without separators. It
cannot be split, so every key is built from the lists; a key that no combination builds, or two
combinations build, is refused. An empty table has a list where others have an object.
"""

from __future__ import annotations

import json
import re
from itertools import product
from typing import Any

# Power of ten of the unit's first word, and the unit without it.
POWERS = {"ribu": 3, "juta": 6, "miliar": 9, "milyar": 9, "triliun": 12}
MARKUP = re.compile(r"<[^>]*>")


def _label(item: dict[str, Any]) -> str:
    """A label as plain text: labels of totals are in bold."""
    return " ".join(MARKUP.sub("", str(item["label"])).split())


def _unit(text: str) -> tuple[str, int]:
    first, _, rest = text.strip().partition(" ")
    power = POWERS.get(first.lower(), 0)
    return (rest if power else text.strip()), power


def read(raw: bytes) -> bytes:
    """The same answer with one record an observation in `vervar`. Raises ValueError if a key of
    the table is built by no combination of its dimensions, or by two."""
    answer: dict[str, Any] = json.loads(raw.decode("utf-8-sig"), parse_float=str)
    if "datacontent" not in answer:
        return raw  # an error, or no data: the envelope has the reason
    values: dict[str, Any] = answer["datacontent"] or {}
    sides = (answer["vervar"], answer["var"], answer["turvar"], answer["tahun"], answer["turtahun"])
    records, seen = [], set()
    for row, variable, column, year, period in product(*(side or [] for side in sides)):
        key = "".join(str(d["val"]) for d in (row, variable, column, year, period))
        if key not in values:
            continue
        if key in seen:
            raise ValueError(f"two combinations of dimensions build the key {key}")
        seen.add(key)
        unit, power = _unit(str(variable.get("unit") or ""))
        record = {"year": _label(year), "unit": unit, "unit_power": str(power)}
        parts = {"variable": variable, "row": row, "column": column, "period": period}
        for name, part in parts.items():
            record |= {name: str(part["val"]), f"{name}_label": _label(part)}
        record["period"] = f"{int(period['val']):02d}"
        records.append({**record, "value": None if values[key] is None else str(values[key])})
    left = set(values) - seen
    if left:
        raise ValueError(f"no combination of dimensions builds {sorted(left)[:3]}")
    return json.dumps({**answer, "vervar": records}, ensure_ascii=False).encode()
