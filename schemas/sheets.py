"""What a sheet of a workbook holds, and values as it shows them unchanged.

The library that writes sheets leaves out or cuts what is more, and says nothing.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

SHEET_ROWS, SHEET_COLUMNS, CELL_CHARS = 1_048_576, 16_384, 32_767
SHEET_DIGITS = 15  # of a number; a longer one is written as text
SHEET_BEGINS = 1900
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
"""Options of a workbook by which no text becomes a formula or a link."""


def cell_of_sheet(value: Any) -> Any:
    """The value, or its text where a sheet would show another number or day."""
    match value:
        case bool():
            return value
        case date():
            return value if value.year >= SHEET_BEGINS else value.isoformat()
        case float():
            return value if math.isfinite(value) else str(value)
        case int() | Decimal():
            exact = Decimal(value)
            if not exact.is_finite() or len(exact.normalize().as_tuple().digits) > SHEET_DIGITS:
                return str(value)
            return value
        case _:
            return value
