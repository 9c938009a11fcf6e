"""Annual trade for tests of marts: few columns named, the others filled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from tests.golden import Floats
from tests.unit.warehouse.conftest import Small, SmallPostgres
from tests.unit.warehouse.random_rows import insert_sql

Row = dict[str, Any]
TABLE = "core_trade__flows"
AREAS = ("IDN", "JPN", "AUS", "VNM", "CHN", "USA", "MYS", "THA")


def export(value: float | Decimal | None, code: str = "TOTAL", reporter: str = "IDN",
           partner: str = "WLD", year: int = 2024, **more: Any) -> Row:  # fmt: skip
    """Exports of a year in USD, to the world if nothing else is said."""
    amount = value if value is None else Decimal(str(value))
    return {
        "source": "un", "frequency": "A", "period_start": date(year, 1, 1), "flow": "export",
        "reporter_area": reporter, "partner_area": partner, "region_code": "TOTAL",
        "product_classification": "HS2022", "product_code": code, "valuation": "FOB",
        "breakdown_type": "TOTAL", "breakdown_code": "TOTAL", "value": amount,
        "currency": None if value is None else "USD", "release_stage": "final",
        "value_status": "suppressed" if value is None else "observed", **more,
    }  # fmt: skip


def bought(value: float | Decimal | None, code: str = "TOTAL", reporter: str = "JPN",
           partner: str = "WLD", year: int = 2024, **more: Any) -> Row:  # fmt: skip
    return export(value, code, reporter, partner, year, **{
        "flow": "import", "valuation": "CIF", **more})  # fmt: skip


def execute(small: Small, sql: str) -> None:
    if isinstance(small, SmallPostgres):
        small.con.exec_driver_sql(sql)
    else:
        small.con.execute(sql)


def load(small: Small, rows: Iterable[Row], table: str = TABLE) -> Small:
    """The table with these rows alone, and countries."""
    execute(small, f"DELETE FROM {table}")
    execute(small, "DELETE FROM ref_area")
    known = list(rows)
    if known:
        execute(small, insert_sql(table, known))
    areas = [{"scheme": "iso3", "code": a, "area": a, "is_country": a in AREAS}
             for a in (*AREAS, "WLD", "EUU")]  # fmt: skip
    execute(small, insert_sql("ref_area", areas))
    return small


def amounts(seed: int, *shape: int, empty: float = 0.2) -> Floats:
    """Skewed amounts with four decimals, some of them 0."""
    chance = np.random.default_rng(seed)
    found = chance.lognormal(3, 2, shape).round(4)
    found[chance.random(shape) < empty] = 0
    return found


def codes(count: int, digits: int = 4) -> list[str]:
    return [f"{n:0{digits}d}" for n in range(101, 101 + count)]


def grid(values: Floats, reporters: Sequence[str], products: Sequence[str], **more: Any
         ) -> list[Row]:  # fmt: skip
    """A row a cell: exports of each reporter by product to the world."""
    return [export(float(values[i, j]), code, reporter, **more)
            for i, reporter in enumerate(reporters) for j, code in enumerate(products)]  # fmt: skip


def near(found: Any, expected: float) -> bool:
    """Equal within the digits that a mart has."""
    if found is None or np.isnan(expected):
        return found is None and bool(np.isnan(expected))
    return abs(float(found) - expected) <= 2e-10 + abs(expected) * 1e-9
