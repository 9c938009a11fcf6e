"""Japan's customs file: from a row for each year, with three columns a month, to a row a month.

A month without trade (value and quantities are zero or `-`) has no row. A value of 0 beside a
quantity stays `0`, which the declaration reads as below the unit. A quantity in kilograms is the
net weight; the other quantity, if any, stays the quantity.
"""

from __future__ import annotations

import csv
import io

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NONE = {"", "0", "-"}
KEPT = ("Exp or Imp", "Year", "HS", "Country")
KNOWN = {*KEPT, "Custom", "Unit1", "Unit2"}
COLUMNS = (*KEPT, "Month", "Value", "Weight", "Quantity", "Unit")


def _amounts(row: dict[str, str], month: str) -> tuple[str, str, str]:
    """Net weight, other quantity and its unit."""
    weight = quantity = unit = ""
    for n in ("1", "2"):
        name, amount = row[f"Unit{n}"].strip(), row[f"Quantity{n}-{month}"].strip()
        if name == "KG":
            weight = amount
        elif name and amount not in NONE:
            quantity, unit = amount, name
    return weight, quantity, unit


def read(raw: bytes) -> bytes:
    """CSV with one month a row. An unknown column is passed on by its name and a missing one is
    left out, so that the check of columns refuses the file."""
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    names = [n.strip() for n in rows.fieldnames or ()]
    rows.fieldnames = names
    months = [m for m in MONTHS if f"Value-{m}" in names]
    threes = {f"{k}-{m}" for m in (*MONTHS, "Year") for k in ("Quantity1", "Quantity2", "Value")}
    new = [n for n in names if n not in KNOWN | threes]
    needed = [*KEPT, "Unit1", "Unit2"]
    needed += [f"{k}-{m}" for m in months for k in ("Quantity1", "Quantity2")]
    missing = [n for n in needed if n not in names]
    out = io.StringIO()
    columns = [c for c in COLUMNS if c not in missing and (months or c != "Value")]
    writer = csv.DictWriter(out, [*columns, *new], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows if not missing else ():
        for number, month in enumerate(months, start=1):
            value = (row[f"Value-{month}"] or "").strip()
            amounts = (row[f"Quantity1-{month}"].strip(), row[f"Quantity2-{month}"].strip())
            if value in NONE and not set(amounts) - NONE:
                continue
            weight, quantity, unit = _amounts(row, month)
            figures = {"Value": value, "Weight": weight, "Quantity": quantity, "Unit": unit}
            writer.writerow({**row, "Month": f"{number:02d}", **figures})
    return out.getvalue().encode()
