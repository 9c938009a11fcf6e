"""How concentrated the exports of a region's own firms are, by product and by market.

One statement of a sender for a year: its annual rows, or its months added up where it has none
(`periods`). The measures are those of mart_trade_concentration. `over` says what is shared out: the
codes of one level of HS (`product_level` 2, 4 or 6) or the countries of destination. Of a code and
what refines it one counts, whichever is more. A code shorter than a level is in the whole and no
member there, and below nine tenths of the whole the members are a selection (`members_missing`).
The whole is the world or TOTAL where the statement has them, else what is added up. Goods not
specified by kind (chapter 99) stand apart; groups of countries are left out. Codes of one currency:
others are not converted (`currency_differs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.score import Score
from warehouse.calculated import MONEY, RATE, Calculation, arrow_type
from warehouse.indicators import concentration, reasons

if TYPE_CHECKING:
    import pyarrow as pa

LEVELS = (2, 4, 6)
KNOWN = Decimal("0.9")  # of the whole that members must explain
MONTHS = 12
WORLD, TOTAL, UNSPECIFIED = "WLD", "TOTAL", "99"
STATEMENT = ("source", "source_org", "region_code", "year_start")
INPUT = """\
SELECT e.source, e.source_org, e.region_code,
  CAST(date_trunc('year', e.period_start) AS DATE) AS year_start, e.frequency, e.period_start,
  e.partner_area, e.product_code, CAST(CASE WHEN e.value IS NULL
    AND e.value_status IN ('not_applicable', 'below_unit') THEN 0 ELSE e.value END
    AS DECIMAL(24, 4)) AS value,
  e.currency, e.recorded_at, e.load_seq
FROM core_trade__local_exports AS e
LEFT JOIN (SELECT area FROM ref_area WHERE scheme = 'iso3' GROUP BY area
  HAVING NOT bool_or(is_country)) AS g ON g.area = e.partner_area
WHERE e.frequency IN ('A', 'M') AND (g.area IS NULL OR e.partner_area = 'WLD')
"""
COLUMNS = {
    "source": "VARCHAR",
    "source_org": "VARCHAR",
    "region_code": "VARCHAR",
    "year_start": "DATE",
    "frequency": "VARCHAR",
    "over": "VARCHAR",
    "product_level": "BIGINT",
    "currency": "VARCHAR",
    "periods": "BIGINT",
    "is_complete": "BOOLEAN",
    "members": "BIGINT",
    "members_unknown": "BIGINT",
    "members_total_value": MONEY,
    "whole_value": MONEY,
    "unspecified_value": MONEY,
    "known_share": RATE,
    "hhi": RATE,
    "hhi_normalised": RATE,
    "theil": RATE,
    "top_share": RATE,
    "reason": "VARCHAR",
    "recorded_at": "TIMESTAMPTZ",
    "load_seq": "BIGINT",
}
Value = Decimal | None
"""An amount; None where it, or a part of it, is unknown."""
Row = Mapping[str, Any]


def make(inputs: Mapping[str, pa.Table], _score: Score) -> dict[str, Any]:
    """A row for each statement and what its exports are shared out by."""
    import pyarrow as pa

    statements: dict[tuple[Any, ...], list[Row]] = {}
    for row in inputs["exports"].to_pylist():
        statements.setdefault(tuple(row[name] for name in STATEMENT), []).append(row)
    found = [row for key in sorted(statements) for row in _of_statement(statements[key])]
    exact = {name for name, kind in COLUMNS.items() if kind == MONEY}
    columns: dict[str, Any] = {name: [row[name] for row in found] for name in COLUMNS}
    return {name: pa.array(values, arrow_type(MONEY)) if name in exact else values
            for name, values in columns.items()}  # fmt: skip


def _of_statement(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    frequency = min(row["frequency"] for row in rows)  # a year, else its months
    used = [row for row in rows if row["frequency"] == frequency]
    periods = len({row["period_start"] for row in used})
    currencies = {row["currency"] for row in used if row["value"] is not None}
    newest = max(used, key=lambda row: row["load_seq"])
    stated = {
        **{name: newest[name] for name in STATEMENT},
        "frequency": frequency,
        "currency": currencies.pop() if len(currencies) == 1 else None,
        "periods": float(periods),
        "is_complete": frequency == "A" or periods == MONTHS,
        "recorded_at": max(row["recorded_at"] for row in used),
        "load_seq": float(newest["load_seq"]),
    }
    differs = len(currencies) > 1
    places = _places(used)
    yield from ({**stated, **measured} for measured in _by_product(places, differs=differs))
    markets = {area: _whole(codes) for area, codes in places.items() if area != WORLD}
    if markets:
        world = _whole(places[WORLD]) if WORLD in places else _sum(markets.values())
        yield {**stated, "over": "market", "product_level": 0.0,
               **_measured(markets, world, None, differs=differs)}  # fmt: skip


def _places(rows: Sequence[Row]) -> dict[str, dict[str, Value]]:
    """The exports of the year to each area by code, each good once."""
    cells: dict[str, dict[str, list[Value]]] = {}
    for row in rows:
        codes = cells.setdefault(row["partner_area"], {})
        codes.setdefault(row["product_code"], []).append(row["value"])
    return {area: once({code: _sum(values) for code, values in codes.items()})
            for area, codes in cells.items()}  # fmt: skip


def once(codes: Mapping[str, Value]) -> dict[str, Value]:
    """Of a code and what refines it the finest codes, or the shortest one where it is more."""
    listed = sorted(code for code in codes if code != TOTAL)
    tops = [c for c in listed if not any(c != o and c.startswith(o) for o in listed)]
    found = {TOTAL: codes[TOTAL]} if TOTAL in codes else {}
    for top in tops:
        family = [c for c in listed if c.startswith(top)]
        finest = [c for c in family if not any(o != c and o.startswith(c) for o in family)]
        whole, parts = codes[top], _known(codes[c] for c in finest)
        kept = [top] if whole is not None and whole > parts else finest
        found |= {code: codes[code] for code in kept}
    return found


def _by_product(
    places: Mapping[str, Mapping[str, Value]], *, differs: bool
) -> Iterator[dict[str, Any]]:
    """Products of each level that the statement has: to the world, else to all countries."""
    codes_of_world = places.get(WORLD, {}).keys() - {TOTAL}
    areas = [WORLD] if codes_of_world else [area for area in places if area != WORLD]
    whole = _whole(places[WORLD]) if WORLD in places else _sum(_whole(places[a]) for a in areas)
    for level in LEVELS:
        parts: dict[str, list[Value]] = {}
        for area in areas:
            for code, value in places[area].items():
                if code != TOTAL and len(code) >= level:
                    parts.setdefault(code[:level], []).append(value)
        sums = {code: _sum(values) for code, values in parts.items()}
        aside = [v for code, v in sums.items() if code.startswith(UNSPECIFIED)]
        members = {c: v for c, v in sums.items() if not c.startswith(UNSPECIFIED)}
        if members:
            yield {"over": "product", "product_level": float(level),
                   **_measured(members, whole, _sum(aside) if aside else None,
                               differs=differs)}  # fmt: skip


def _measured(
    members: Mapping[str, Value], whole: Value, unspecified: Value, *, differs: bool
) -> dict[str, Any]:
    known = [value for value in members.values() if value is not None]
    total = _known(known)
    values = np.array([float(value) for value in known])
    share = (total + (unspecified or 0)) / whole if whole and not differs else None
    reason = reasons.CURRENCY_DIFFERS if differs else concentration.why_undefined(values)
    if not reason and share is not None and share < KNOWN:
        reason = reasons.MEMBERS_MISSING
    used = values[:0] if reason else values
    top = max(known, default=Decimal(0)) / whole if whole and min(known, default=-1) >= 0 else None
    return {
        "members": float(len(known)),
        "members_unknown": float(len(members) - len(known)),
        "members_total_value": None if differs or not known else total,
        "whole_value": None if differs else whole,
        "unspecified_value": None if differs else unspecified,
        "known_share": np.nan if share is None else float(share),
        "hhi": concentration.hhi(used),
        "hhi_normalised": concentration.hhi_normalised(used),
        "theil": concentration.theil(used),
        "top_share": np.nan if top is None or differs else float(top),
        "reason": reason,
    }


def _whole(codes: Mapping[str, Value]) -> Value:
    """What a place buys in all: its TOTAL, else its codes."""
    if codes.get(TOTAL) is not None:
        return codes[TOTAL]
    parts = [value for code, value in codes.items() if code != TOTAL]
    return _sum(parts) if parts else None


def _sum(values: Any) -> Value:
    listed = list(values)
    return None if None in listed else sum(listed, Decimal(0))


def _known(values: Any) -> Decimal:
    return sum((value for value in values if value is not None), Decimal(0))


CALCULATION = Calculation(
    title_id="Konsentrasi ekspor pelaku usaha daerah menurut produk dan pasar (HHI, Theil)",
    title_en="Concentration of the exports of a region's own firms by product and market",
    key=(*STATEMENT, "over", "product_level"),
    behind=(
        (
            "core_trade__local_exports",
            "c.source = m.source AND c.source_org = m.source_org "
            "AND c.region_code = m.region_code AND c.frequency = m.frequency "
            "AND c.period_start >= m.year_start "
            "AND c.period_start < m.year_start + INTERVAL '1 year'",
        ),
    ),
    inputs={"exports": INPUT},
    columns=COLUMNS,
    make=make,
)
