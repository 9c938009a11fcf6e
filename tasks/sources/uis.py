"""UIS: a value of 0 with magnitude NA is not available; with NIL it is a true zero."""

from __future__ import annotations

import json
from typing import Any


def read(raw: bytes) -> bytes:
    """The same answer; records that say NA have no value. Numbers stay as they are written."""
    answer: dict[str, Any] = json.loads(raw.decode("utf-8-sig"), parse_float=str, parse_int=str)
    for record in answer.get("records") or []:
        if record.get("magnitude") == "NA" and "value" in record:
            record["value"] = None
    return json.dumps(answer, ensure_ascii=False).encode()
