"""UIS: a value of 0 with magnitude NA is not available; with NIL it is a true zero. Countries that
count part-time students in parts have fractions (Austria 2015: 67691.34375)."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

# Python's numbers may have underscores, and signs of other scripts.
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")


def read(raw: bytes) -> bytes:
    """The same answer; records with NA have no value, other values are whole students.
    What is no number is left to the rules of its column."""
    answer: dict[str, Any] = json.loads(raw.decode("utf-8-sig"), parse_float=str, parse_int=str)
    for record in answer.get("records") or []:
        if "value" not in record or record["value"] is None:
            continue
        if record.get("magnitude") == "NA":
            record["value"] = None
        elif NUMBER.fullmatch(str(record["value"])):
            record["value"] = str(Decimal(str(record["value"])).to_integral_value(ROUND_HALF_UP))
    return json.dumps(answer, ensure_ascii=False).encode()
