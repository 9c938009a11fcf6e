"""BPS static tables: `data.table` is the HTML of a spreadsheet, escaped, in a JSON answer."""

from __future__ import annotations

import html
import json


def read(raw: bytes) -> bytes:
    """The table's HTML, for the reader of HTML tables. Raises LookupError or TypeError where
    the answer holds no table."""
    table: str = json.loads(raw.decode("utf-8-sig"))["data"]["table"]
    return html.unescape(table).encode()
