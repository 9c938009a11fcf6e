"""e-Stat's trade tables: the month, which is part of a code of measures, as a separate field.

In `cat02` every month has codes for two quantities and the value. Which is which the table says
itself, in the names of its classes (`metaGetFlg=Y`): 金額 is a value, 数量 a quantity, 累計 a sum
since January. Tables without names of classes follow the family's documented codes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

CLASSES = "cat02"
MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])\s*月")
VALUE, SUMS = ("金額", "価額"), ("累計", "累積", "合計", "年計")
# Table family 品別国別表: 170 is January's value, 200 February's, … 500 December's.
DOCUMENTED = {str(170 + 30 * n): f"{n + 1:02d}" for n in range(12)}


def _month(name: str) -> str | None:
    """`01` to `12` if a class is the value of one month; None for any other measure."""
    text = unicodedata.normalize("NFKC", name)
    months = MONTH.findall(text)
    is_value = any(word in text for word in VALUE) and not any(word in text for word in SUMS)
    return f"{int(months[0]):02d}" if is_value and len(months) == 1 else None


def _listed(value: Any) -> list[Any]:
    """A list of one is written as the object alone."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _months(data: dict[str, Any]) -> dict[str, str]:
    """Code of `cat02` → month. Raises ValueError if the table names its classes, but no month."""
    objects = _listed(data.get("CLASS_INF", {}).get("CLASS_OBJ"))
    classes = [c for o in objects if o.get("@id") == CLASSES for c in _listed(o.get("CLASS"))]
    if not classes:
        return DOCUMENTED
    months = {str(c["@code"]): m for c in classes if (m := _month(str(c.get("@name", ""))))}
    if not months or len(set(months.values())) < len(months):
        names = ", ".join(str(c.get("@name")) for c in classes[:5])
        raise ValueError(f"classes of {CLASSES} name no month's value, or one twice: {names}")
    return months


def read(raw: bytes) -> bytes:
    """The same answer; each value of a month has it as `@month`."""
    answer: dict[str, Any] = json.loads(raw.decode("utf-8-sig"))
    data = answer.get("GET_STATS_DATA", {}).get("STATISTICAL_DATA", {})
    values = _listed(data.get("DATA_INF", {}).get("VALUE"))
    months = _months(data) if values else {}
    for value in values:
        month = months.get(str(value.get("@cat02", "")))
        if month:
            value["@month"] = month
    data.pop("CLASS_INF", None)
    return json.dumps(answer, ensure_ascii=False).encode()
