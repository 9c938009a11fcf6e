"""Japan's customs file: a row for each year and twelve columns' threes, to a row for each month.

A month whose value and quantities are all zero or `-` was not traded and gives no row; a value of
0 beside a quantity is kept as `0`, which the declaration reads as below the unit. A quantity in
kilograms is the net weight; the other one, if any, stays the quantity.
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
    """CSV with one month a row. A column that the file never had is passed on by its name, so
    that the declaration refuses it; a missing one raises KeyError's name as a column gone."""
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    names = [n.strip() for n in rows.fieldnames or ()]
    rows.fieldnames = names
    months = [m for m in MONTHS if f"Value-{m}" in names]
    threes = {f"{k}-{m}" for m in (*MONTHS, "Year") for k in ("Quantity1", "Quantity2", "Value")}
    new = [n for n in names if n not in KNOWN | threes]
    gone = [n for n in (*KEPT, "Unit1", "Unit2") if n not in names]
    gone += [f"{k}-{m}" for m in months for k in ("Quantity1", "Quantity2")
             if f"{k}-{m}" not in names]  # fmt: skip
    out = io.StringIO()
    columns = [c for c in COLUMNS if c not in gone and (months or c != "Value")]
    writer = csv.DictWriter(out, [*columns, *new], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows if not gone else ():
        for number, month in enumerate(months, start=1):
            value = (row[f"Value-{month}"] or "").strip()
            amounts = (row[f"Quantity1-{month}"].strip(), row[f"Quantity2-{month}"].strip())
            if value in NONE and not set(amounts) - NONE:
                continue
            weight, quantity, unit = _amounts(row, month)
            writer.writerow({**row, "Month": f"{number:02d}", "Value": value, "Weight": weight,
                             "Quantity": quantity, "Unit": unit})  # fmt: skip
    return out.getvalue().encode()
