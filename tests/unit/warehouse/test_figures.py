"""The query of every figure of the report, on both databases, with a row in every table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from config import region as regions
from reports.declared import FIGURES, figures
from reports.drawings import chart_of
from reports.drawn import Studio
from schemas.catalogue import TABLES
from schemas.model import LANGUAGES, Field
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import TODAY, drawn, facts_in, rows_in
from tests.unit.reports.test_page import sold
from tests.unit.warehouse.conftest import SmallPostgres

NAMES = sorted(p.stem for p in FIGURES.glob("*.yml"))
YEAR = date(2025, 1, 1)
OWN: dict[str, Any] = {
    "region_code": "3505", "area": "JPN", "partner_area": "JPN", "reporter_area": "IDN",
    "importer_area": "JPN", "origin_area": "JPN", "destination_area": "IDN", "buyer_area": "JPN",
    "investor_area": "JPN", "place_area": "JPN", "frequency": "A", "currency": "IDR",
    "product_code": "920600", "product_classification": "HS2022", "base_currency": "USD",
    "quote_currency": "IDR", "flow": "export", "classification": "HS2022", "valid_to": TODAY,
    "stage": "penandatanganan", "status": "paid", "direction": "out", "value_status": "observed",
    "reasons": '[{"code":"unknown_code","field":"x"}]', "start_date": YEAR, "concept": "visit",
    "release_stage": "final", "code": "JPN", "scheme": "iso3", "state": "fine",
    "event_id": "E1", "agreement_id": "A1", "event_date": YEAR, "status_date": YEAR,
    "stage_date": YEAR, "planned_date": YEAR, "rate_date": YEAR, "breakdown_type": "TOTAL",
    "breakdown_code": "TOTAL", "redistribution": "open", "period_start": YEAR,
    "period_end": date(2025, 12, 31), "level": "tertiary", "source_code": "x", "cadence": "daily",
    "profile": "all", "valuation": "FOB", "rate_type": "middle",
}  # fmt: skip
"""Columns of a filled row that are no filler, so that figures find it."""
FILLS = {"integer": 7, "decimal": Decimal(9), "rate": Decimal(16_000), "figure": Decimal(3)}


def fill(tables: SmallWarehouse | SmallPostgres) -> None:
    for table in TABLES.values():
        row = {f.name: value for f in table.reader_fields() if (value := value_of(f)) is not None}
        tables.insert(table.name, **row)
        before = {"period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31)}
        for more in (before, {"product_code": "TOTAL"}, {"region_code": "TOTAL"},
                     {**before, "region_code": "TOTAL"}):  # fmt: skip
            if more.keys() <= row.keys():
                tables.insert(table.name, **{**row, **more})


def value_of(field: Field) -> Any:
    """What a field has; None leaves it to the filler of the fixture, or empty."""
    if field.name in ("is_country", "is_leaf"):
        return True
    own = OWN.get(field.name)
    if isinstance(own, str if field.type.value == "text" else date):
        return own
    return FILLS.get(field.type.value)


@pytest.fixture(scope="module")
def filled() -> Iterator[SmallWarehouse]:
    tables = SmallWarehouse()
    fill(tables)
    yield tables
    tables.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_stands_with_a_row_in_every_table(filled: SmallWarehouse, name: str) -> None:
    studio = Studio(cast("Any", filled), regions.load("3505"), TODAY)
    for figure in studio.draw(name):
        for language in LANGUAGES:
            assert all(len(row) == len(figure.columns) for row in rows_in(figure, language))
            assert figure.sentence.in_language(language) or not figure.figure.says
            facts_in(figure, language)
            chart_of(figure, language, TODAY)


@pytest.fixture(scope="module")
def on_both(
    filled: SmallWarehouse, request: pytest.FixtureRequest
) -> Iterator[tuple[Studio, Studio]]:
    server = SmallPostgres(request.getfixturevalue("empty_on_server"))
    fill(server)
    region = regions.load("3505")
    yield Studio(cast("Any", filled), region, TODAY), Studio(cast("Any", server), region, TODAY)
    server.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_both_databases_draw_the_same(on_both: tuple[Studio, Studio], name: str) -> None:
    duck, server = (studio.draw(name) for studio in on_both)
    for language in LANGUAGES:
        one, other = ([rows_in(d, language) for d in found] for found in (duck, server))
        assert one == other
    assert [d.sentence for d in duck] == [d.sentence for d in server]


def test_exports_of_members_that_come_and_go(either: Any) -> None:
    for area, year, value in (("SGP", 2025, 1500), ("MMR", 2025, 700), ("SGP", 2024, 1000),
                              ("MYS", 2024, 900)):  # fmt: skip
        sold(either, area, year, value)
    figure = drawn(either, "exports", "ASEAN", areas=("MMR", "MYS", "SGP"))
    assert rows_in(figure) == [("060290 (060290)", "≥ 2,2", "+50,0%", "MYS 2025, MMR 2024")]


def test_all_figures_are_declared() -> None:
    assert set(NAMES) == set(figures())
