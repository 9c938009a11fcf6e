"""Bank of Japan: a series with a list of days and a list of values, to a record for each day."""

from __future__ import annotations

import json
from typing import Any


def read(raw: bytes) -> bytes:
    """The same answer with one record a day in RESULTSET. Numbers stay as they are written;
    lists of different lengths raise ValueError."""
    answer: dict[str, Any] = json.loads(raw.decode("utf-8-sig"), parse_float=str, parse_int=str)
    records = []
    for series in answer.get("RESULTSET") or []:
        values = series.pop("VALUES")
        for day, value in zip(values["SURVEY_DATES"], values["VALUES"], strict=True):
            records.append({**series, "DATE": day, "VALUE": value})
    return json.dumps({**answer, "RESULTSET": records}, ensure_ascii=False).encode()
