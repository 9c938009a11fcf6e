"""Marts choose among sources by rank, never by name."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from config import declarations
from schemas.catalogue import TABLES
from schemas.sql import literal
from tests.conftest import ROOT, first_row_of
from tests.unit.conftest import SmallWarehouse
from warehouse import marts

pytestmark = pytest.mark.fast
YEAR = date(2025, 1, 1)


def rate(source: str, base: str, quote: str, value: str, kind: str = "reference") -> dict[str, Any]:
    return {
        "source": source, "rate_date": YEAR, "base_currency": base, "quote_currency": quote,
        "rate_type": kind, "rate": Decimal(value),
    }  # fmt: skip


def test_pairs_are_quoted_or_crossed_within_one_source(tables: SmallWarehouse) -> None:
    for quote, value in (("IDR", "18000"), ("USD", "1.2"), ("JPY", "180")):
        tables.insert("core_exchange__rates", **rate("euro", "EUR", quote, value))
    tables.insert("core_exchange__rates", **rate("own", "USD", "IDR", "16000", "middle"))
    tables.insert("core_exchange__rates", **rate("own", "JPY", "IDR", "100", "middle"))
    tables.insert("ref_source", source_code="own", preference=1)
    found = tables.rows(
        "SELECT source, preference, base_currency, quote_currency, CAST(rate AS DOUBLE), method "
        "FROM mart_rates_paired WHERE base_currency <> 'EUR' AND quote_currency <> 'EUR' "
        "ORDER BY source, base_currency DESC, quote_currency"
    )
    assert found == [
        ("euro", 1000, "USD", "IDR", 15000, "through EUR"),
        ("euro", 1000, "USD", "JPY", 150, "through EUR"),
        ("euro", 1000, "JPY", "IDR", 100, "through EUR"),
        ("own", 1, "USD", "IDR", 16000, "as quoted"),
        ("own", 1, "USD", "JPY", 160, "through IDR"),
        ("own", 1, "JPY", "IDR", 100, "as quoted"),
    ]


EXPORT = {
    "source": "office", "region_code": "3505", "frequency": "A", "period_start": YEAR,
    "partner_area": "JPN", "product_code": "4602", "value": Decimal(3200000), "currency": "IDR",
}  # fmt: skip
OUTCOME = "SELECT exports_usd, exports_rate_source, exports_rate_base FROM mart_outcomes"


@pytest.mark.parametrize(
    ("ranks", "dollars", "source", "base"),
    [
        ({"euro": 1}, "213.3333", "euro", "EUR"),
        ({"euro": 2, "own": 1}, "200", "own", "USD"),
        ({}, "213.3333", "euro", "EUR"),  # nobody ranks them: the first code
        ({"other": 1, "own": 2}, "200", "own", "USD"),  # the first in rank has no rate
    ],
)
def test_rupiah_become_dollars_by_the_first_source_in_rank(
    tables: SmallWarehouse, ranks: dict[str, int], dollars: str, source: str, base: str
) -> None:
    tables.insert("core_exchange__rates", **rate("euro", "EUR", "IDR", "18000"))
    tables.insert("core_exchange__rates", **rate("euro", "EUR", "USD", "1.2"))
    tables.insert("core_exchange__rates", **rate("own", "USD", "IDR", "16000"))
    tables.insert("core_trade__local_exports", **EXPORT)
    for code, rank in ranks.items():
        tables.insert("ref_source", source_code=code, preference=rank)
    assert tables.rows(OUTCOME) == [(Decimal(dollars), source, base)]


def test_welfare_is_of_the_first_source_that_has_it_and_never_a_sum(
    tables: SmallWarehouse,
) -> None:
    """The first in rank lacks poverty of 2025; its growth is not taken from the other's 2024."""
    figures = [
        ("first", 2025, "grdp_constant_prices", 110), ("other", 2025, "grdp_constant_prices", 999),
        ("other", 2024, "grdp_constant_prices", 100), ("first", 2025, "poverty_rate", None),
        ("other", 2025, "poverty_rate", 7), ("other", 2024, "poverty_rate", 9),
    ]  # fmt: skip
    for source, year, indicator, value in figures:
        tables.insert(
            "core_context__indicators", source=source, indicator=indicator, area="IDN",
            region_code="3505", frequency="A", period_start=date(year, 1, 1), value=value,
        )  # fmt: skip
    tables.insert("ref_source", source_code="first", preference=1)
    found = tables.rows(
        "SELECT year(year_start), grdp_constant_prices_idr, grdp_growth, poverty_rate_percent, "
        "poverty_change_points, welfare_sources FROM mart_outcomes ORDER BY 1"
    )
    assert found == [
        (2024, 100, None, 9, None, "other"),
        (2025, 110, None, 7, -2, "first, other"),
    ]


def flow(**values: Any) -> dict[str, Any]:
    return {
        "frequency": "M", "period_start": YEAR, "region_code": "TOTAL", "breakdown_type": "TOTAL",
        "product_classification": "HS2022", "product_code": "TOTAL", **values,
    }  # fmt: skip


def test_the_mirror_converts_by_the_first_source_in_rank(tables: SmallWarehouse) -> None:
    tables.insert("core_trade__flows", **flow(
        source="ours", flow="export", reporter_area="IDN", partner_area="JPN", currency="USD",
        valuation="FOB", value=Decimal(10)))  # fmt: skip
    tables.insert("core_trade__flows", **flow(
        source="theirs", flow="import", reporter_area="JPN", partner_area="IDN", currency="JPY",
        valuation="FOB", value=Decimal(1500)))  # fmt: skip
    for source, value in (("a", "100"), ("b", "150")):
        tables.insert("core_exchange__rates", **rate(source, "USD", "JPY", value))
    sql = "SELECT import_value_usd, rate_method FROM mart_trade_mirror"
    assert tables.rows(sql) == [(15, "average of the period, as quoted, a")]
    tables.insert("ref_source", source_code="b", preference=5)
    assert tables.rows(sql) == [(10, "average of the period, as quoted, b")]


def test_no_source_is_named_in_code() -> None:
    codes = [literal(code) for code in declarations.load_all().sources]
    for path in sorted((ROOT / "warehouse").rglob("*.sql")):
        text = path.read_text(encoding="utf-8")
        assert [c for c in codes if c in text] == [], path
    for package in ("warehouse", "reports", "schemas", "tasks", "flows"):
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8").replace('"', "'")
            assert [c for c in codes if c in text] == [], path


HEADS = [
    (mart.name, table, condition)
    for mart in marts.all_marts().values()
    for table, condition in (*mart.behind, *mart.among)
]


@pytest.mark.parametrize(("mart", "table", "condition"), first_row_of(*HEADS))
def test_rows_behind_a_mart_are_named_by_side(
    tables: SmallWarehouse, mart: str, table: str, condition: str
) -> None:
    columns = {f.name for f in TABLES[table].reader_fields()}
    outside_text = re.sub(r"'[^']*'", "''", condition)
    assert set(re.findall(r"(?<![\w.])[a-z_]+\b(?!\()", outside_text)) & columns == set()
    assert "c." in outside_text
    tables.rows(f"SELECT * FROM {table} AS c JOIN {mart} AS m ON {condition}")
