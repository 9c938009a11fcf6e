"""e-Stat's trade tables: the month, which is part of a code of measures, as a separate field.

In `cat02` 140 is the value of the year, and 170, 200, … 500 are the values of January to December:
every month has three codes, for two quantities and the value. Everything else is not changed.
"""

from __future__ import annotations

import json
from typing import Any

FIRST_VALUE, STEP = 170, 30


def _month(code: str) -> str | None:
    """`01` to `12` for a month's value; None for any other measure."""
    if not code.isdigit():
        return None
    place, rest = divmod(int(code) - FIRST_VALUE, STEP)
    return f"{place + 1:02d}" if rest == 0 and 0 <= place < 12 else None


def read(raw: bytes) -> bytes:
    """The same answer; each value of a month has it as `@month`."""
    answer: dict[str, Any] = json.loads(raw.decode("utf-8-sig"))
    values = answer.get("GET_STATS_DATA", {}).get("STATISTICAL_DATA", {})
    values = values.get("DATA_INF", {}).get("VALUE", [])
    for value in [values] if isinstance(values, dict) else values:
        month = _month(str(value.get("@cat02", "")))
        if month:
            value["@month"] = month
    return json.dumps(answer, ensure_ascii=False).encode()
