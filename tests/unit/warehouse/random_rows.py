"""Random rows of every core table, made from the tables' own declarations.

A new table has rows by itself. A key field that has classes and a total (`DIMENSIONS`), or has
none (`PLAIN`), must be named here once, and so must a new unit.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from schemas.catalogue import TABLES
from schemas.model import Field, OneOf, Table, Type
from schemas.sql import literal
from tests.unit.conftest import FILLERS

Row = dict[str, Any]
CORE = {name: table for name, table in TABLES.items() if table.kind == "core"}
NUMBERS = set(Type) - {Type.TEXT, Type.DATE, Type.TIMESTAMP, Type.BOOLEAN}
TOTAL = "TOTAL"

SCALED = {"currency units", "kg", "persons", "firms", "items", "quantity_unit", "capacity_unit",
          "unit"}  # fmt: skip
"""Units of amounts: what is ten times as much is ten times the number."""
NOT_SCALED = {"percent", "nights", "days", "hours", "quote per base"}

DIMENSIONS = {"class_code", "breakdown_code", "product_code", "partner_area", "origin_area",
              "destination_area"}  # fmt: skip
"""Key fields of which a source may give a total beside its classes."""
PLAIN = {"frequency", "period_start", "rate_date", "region_code", "flow", "product_classification",
         "valuation", "breakdown_type", "source_org", "concept", "base_currency",
         "quote_currency", "rate_type", "level", "area", "indicator", "reporter_area"}  # fmt: skip
PERIODS = ("period_start", "rate_date")
AREAS = ["IDN", "JPN"]
SENDERS = ("office", "other")
REGIONS = ["3505", "3572"]
NATIONAL = ("PA.NUS.FCRF", "FP.CPI.TOTL")
"""Indicators of countries: rates and prices."""
WORDS: Mapping[str, Sequence[str]] = {
    "class_code": ["star", "other"],
    "product_code": ["09011110", "09011120", "44201100", "99990000"],
    "product_classification": ["HS2022"],
    "breakdown_type": [TOTAL],
    "breakdown_code": [TOTAL],
    "flow": ["export", "import"],
    "valuation": ["FOB"],
    "concept": ["visit", "guest"],
    "source_org": ["office"],
    "level": ["tertiary"],
    "currency": ["USD", "IDR", "JPY"],
    "base_currency": ["USD"],
    "quote_currency": ["IDR", "JPY"],
    "rate_type": ["middle"],
    "indicator": ["grdp_constant_prices", "spending_per_head", "poverty_rate",
                  "employed_agriculture", "employed_industry", "employed_services",
                  "consumer_price_index"],
    "language": ["ja", "id"],
    "unit": ["IDR"],
    "value_status": ["observed"],
    "release_stage": ["final"],
}  # fmt: skip


@dataclass(frozen=True)
class Data:
    """Rows of core tables by name."""

    rows: Mapping[str, list[Row]] = field(default_factory=dict)

    def changed(self, table: str, change: Callable[[list[Row]], list[Row]]) -> Data:
        return Data({**self.rows, table: change(self.rows[table])})

    def all_changed(self, change: Callable[[str, list[Row]], list[Row]]) -> Data:
        return Data({name: change(name, rows) for name, rows in self.rows.items()})


def insert_sql(name: str, rows: list[Row]) -> str:
    """One statement for all rows, in SQL that both databases read."""
    fields = TABLES[name].reader_fields()
    empty = {f.name: None if f.nullable else FILLERS[f.type] for f in fields}
    values = ", ".join(
        f"({', '.join(_sql(row.get(column, other)) for column, other in empty.items())})"
        for row in rows
    )
    return f"INSERT INTO {name} VALUES {values}"


def _sql(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | Decimal):
        return str(value)
    return literal(str(value))


def measures_of(table: Table) -> list[Field]:
    """What is counted or measured."""
    return [f for f in table.measures if f.type in NUMBERS]


def is_scaled(of: Field) -> bool:
    assert of.unit in SCALED | NOT_SCALED, (
        f"{of.name}: say in SCALED or NOT_SCALED what {of.unit} is"
    )
    return of.unit in SCALED


def dimensions_of(table: Table) -> list[str]:
    """Key fields with classes. Identifiers end in `_id`."""
    names = [f.name for f in table.key]
    unknown = {n for n in names if n not in DIMENSIONS | PLAIN and not n.endswith("_id")}
    assert not unknown, f"{table.name}: say in DIMENSIONS or PLAIN what {unknown} is"
    return [n for n in names if n in DIMENSIONS]


def rows_of(seed: int, years: Sequence[int] = (2024, 2025), senders: int = 1) -> Data:
    """Two whole years of every series, and some entries of every register. What is of a region is
    reported by all senders, each with figures of its own."""
    chance = random.Random(seed)
    found = {name: list(_table(table, years, chance)) for name, table in CORE.items()}
    for name, table in CORE.items():
        if "source_org" in table.key_names:
            for other in SENDERS[1:senders]:
                found[name] += [{**row, "source": other} for row in _table(table, years, chance)]
    found["core_context__indicators"] += [
        {"source": SENDERS[0], "recorded_at": "2026-02-01 00:00:00+00", "indicator": indicator,
         "area": area, "region_code": TOTAL, "frequency": "A", "period_start": date(year, 1, 1),
         "value": Decimal(chance.randint(100, 20_000)) / 4, "unit": "unit",
         "release_stage": "final", "value_status": "observed"}
        for indicator in NATIONAL for area in AREAS for year in years
    ]  # fmt: skip
    return Data(found)


def all_products(name: str, rows: list[Row]) -> list[Row]:
    """TOTAL of each year's trade beside its products."""
    if name != "core_trade__flows":
        return []
    annual = [row for row in rows if row["frequency"] == "A"]
    return [t for t in totals(CORE[name], annual, "product_code") if t["product_code"] == TOTAL]


def _table(table: Table, years: Sequence[int], chance: random.Random) -> Iterator[Row]:
    names = [f.name for f in table.key]
    period = next((n for n in PERIODS if n in names), None)
    choices = [[(f.name, word) for word in _words(table, f)] for f in table.key
               if f.name != period and not f.name.endswith("_id")]  # fmt: skip
    for series in itertools.product(*choices):
        row: Row = {"source": SENDERS[0], "recorded_at": "2026-02-01 00:00:00+00", **dict(series)}
        if row.get("reporter_area", "") == row.get("partner_area"):
            continue
        identifiers = [f.name for f in table.key if f.name.endswith("_id")]
        if period is None or identifiers:
            for entry in range(8):
                known = {n: str(entry % 4 if i < len(identifiers) - 1 else entry)
                         for i, n in enumerate(identifiers)}  # fmt: skip
                when = {period: date(years[-1], 1 + entry, 1)} if period else {}
                yield _filled(table, {**row, **known, **when}, years, chance)
            continue
        if "currency" in _names(table):  # one who reports has one currency
            reports = row.get("reporter_area", row.get("region_code"))
            own = reports not in {AREAS[0], REGIONS[0]} and row.get("frequency") != "A"
            row["currency"] = "IDR" if own else "USD"  # years are compared between reporters
        for when in _dates(row.get("frequency", "M"), years):
            yield _filled(table, {**row, period: when}, years, chance)


def _names(table: Table) -> set[str]:
    return {f.name for f in table.reader_fields()}


def _words(table: Table, of: Field) -> Sequence[str]:
    if of.name == "frequency":
        if table.domain == "context":
            return ["A"]
        return ["M", "A"] if table.name == "core_trade__flows" else ["M"]
    if of.name == "region_code":
        countries = {"reporter_area", "destination_area"} & _names(table)
        return [TOTAL] if countries else REGIONS
    if of.name == "area":
        return AREAS[:1]
    return _choices(of)


def _choices(of: Field) -> Sequence[str]:
    if of.name in WORDS:
        return WORDS[of.name]
    if of.name.endswith("_area"):
        return AREAS
    if of.name.endswith(("_id", "_ref")):
        return ["0", "1", "2", "3"]
    listed = [check.values for check in of.checks if isinstance(check, OneOf)]
    return listed[0] if listed else ["some", "other"]


def _dates(frequency: str, years: Sequence[int]) -> list[date]:
    months = range(1, 13) if frequency == "M" else (1,)
    return [date(year, month, 1) for year in years for month in months]


def _filled(table: Table, row: Row, years: Sequence[int], chance: random.Random) -> Row:
    """The row with a random value in each field that has none."""
    texts_first = sorted(table.reader_fields(), key=lambda f: f.type is not Type.TEXT)
    for of in texts_first:
        if of.name in row or of.name in ("period_end", "stale_since"):
            continue
        if of.type in NUMBERS and of in table.measures:
            row[of.name] = _number(of, row, chance)
        elif of.type is Type.DATE:
            row[of.name] = date(chance.choice(list(years)), chance.randint(1, 12), 5)
        elif of.type is Type.BOOLEAN:
            row[of.name] = False if of.name == "cancelled" else chance.random() < 0.5
        elif of.type is Type.TEXT:
            row[of.name] = chance.choice(list(_choices(of)))
    return row


def _number(of: Field, row: Row, chance: random.Random) -> int | Decimal:
    if of.type is Type.RATE:
        middle = 150 if row["quote_currency"] == "JPY" else 16000
        return Decimal(middle * chance.randint(9000, 11000)) / 10000
    if of.unit in NOT_SCALED:
        return chance.randint(2, 28)
    whole = chance.randint(100, 100_000)
    if of.unit == "currency units":  # of about the same worth in each currency
        whole *= {"IDR": 16000, "JPY": 150}.get(str(row.get("currency")), 1)
    return whole if of.type is Type.INTEGER else Decimal(whole) / 4


def parts_of(table: Table) -> list[tuple[str, str]]:
    """Fields with listed values, apart from frequency: which way, which status, which flow."""
    fields = [f for f in table.body() if f.name != "frequency" and any(
        isinstance(check, OneOf) for check in f.checks)]  # fmt: skip
    return [(f.name, word) for f in fields for word in _choices(f)]


def scaled(data: Data, factor: int) -> Data:
    def change(name: str, rows: list[Row]) -> list[Row]:
        names = [f.name for f in measures_of(CORE[name]) if is_scaled(f)]
        return [{**r, **{n: r[n] * factor for n in names if r[n] is not None}} for r in rows]

    return data.all_changed(change)


def totals(table: Table, rows: list[Row], dimension: str) -> list[Row]:
    """The totals of a dimension: amounts added up, other measures as their mean."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        for code in _totals_of(dimension, str(row[dimension])):
            key = tuple(code if k == dimension else row[k] for k in table.key_names)
            found.setdefault(key, []).append(row)
    return [_total(table, dict(zip(table.key_names, key, strict=True)), parts, dimension)
            for key, parts in found.items()]  # fmt: skip


def _totals_of(dimension: str, code: str) -> list[str]:
    if dimension == "product_code":
        return [TOTAL, code[:2], code[:6]]
    return ["WLD"] if dimension.endswith("_area") else [TOTAL]


def _total(table: Table, key: Row, parts: list[Row], dimension: str) -> Row:
    row = {**parts[0], **key}
    if dimension == "breakdown_code":
        row["breakdown_type"] = TOTAL
    for of in measures_of(table):
        added = sum((part[of.name] for part in parts), Decimal(0))
        row[of.name] = added if is_scaled(of) else Decimal(added) / len(parts)
        if of.type is Type.INTEGER:
            row[of.name] = int(row[of.name])
    return row


def broken_down(rows: list[Row]) -> list[Row]:
    """Each row as two ports, where the table has breakdowns."""
    return [{**row, "breakdown_type": "port", "breakdown_code": code}
            for row in rows for code in ("P1", "P2")]  # fmt: skip
