"""What every tool prints at its end, for the check against the truth."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import Any


def report(rows: int, total: Any, refused: int | None) -> None:
    """`refused` counts rows kept aside; None where the tool has no such place."""
    cents = round(Decimal(str(total or 0)), 2)
    sys.stdout.write(json.dumps({"rows": rows, "total_usd": f"{cents:.2f}", "refused": refused}))
    sys.stdout.write("\n")
