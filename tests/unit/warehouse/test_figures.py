"""The query of every figure of the report, on both databases, with a row in every table."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from config import region as regions
from flows import trace as tracing
from reports.declared import FIGURES, figures
from reports.drawings import chart_of
from reports.drawn import Studio
from reports.layout import block
from reports.licence_gate import LicenceGate, public_figures
from reports.traced import ANY, keys_of
from schemas.model import LANGUAGES
from tests.conftest import settings_for
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import TODAY, drawn, facts_in, rows_in
from tests.unit.reports.test_page import sold
from tests.unit.warehouse.conftest import SmallPostgres
from tests.unit.warehouse.figure_rows import fill

REGION = regions.load("3505")
NAMES = sorted(p.stem for p in FIGURES.glob("*.yml"))


@pytest.fixture(scope="module")
def filled() -> Iterator[SmallWarehouse]:
    tables = SmallWarehouse()
    fill(tables)
    yield tables
    tables.close()


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_stands_with_a_row_in_every_table(filled: SmallWarehouse, name: str) -> None:
    studio = Studio(cast("Any", filled), REGION, TODAY)
    found = studio.draw(name)
    assert any(figure.rows for figure in found), "add rows for it to figure_rows"
    for figure in found:
        for language in LANGUAGES:
            assert all(len(row) == len(figure.columns) for row in rows_in(figure, language))
            assert figure.sentence.in_language(language) or not figure.figure.says
            facts_in(figure, language)
            chart_of(figure, language, TODAY)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_how_a_row_is_traced(
    filled: SmallWarehouse, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command leads to rows, and is shown on the page."""
    monkeypatch.setattr(tracing, "open_warehouse", lambda _settings: filled)
    figures_found = [d for d in Studio(cast("Any", filled), REGION, TODAY).draw(name) if d.rows]
    for figure in figures_found:
        said = block(figure, "id", TODAY).trace
        verb, trace, table, *pairs = shlex.split(said)
        assert (verb, trace) == ("penataran", "trace")
        keys = dict(pair.split("=", 1) for pair in pairs)
        assert keys.keys() <= set(keys_of(table))
        assert ANY not in keys.values(), "the query needs columns of the key"
        assert tracing.trace(settings_for(tmp_path), table, keys), said


@pytest.fixture(scope="module")
def on_both(
    filled: SmallWarehouse, request: pytest.FixtureRequest
) -> Iterator[tuple[Studio, Studio]]:
    server = SmallPostgres(request.getfixturevalue("empty_on_server"))
    fill(server)
    yield Studio(cast("Any", filled), REGION, TODAY), Studio(cast("Any", server), REGION, TODAY)
    server.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_both_databases_draw_the_same(on_both: tuple[Studio, Studio], name: str) -> None:
    duck, server = (studio.draw(name) for studio in on_both)
    for language in LANGUAGES:
        one, other = ([rows_in(d, language) for d in found] for found in (duck, server))
        assert one == other
    assert [d.sentence for d in duck] == [d.sentence for d in server]


def test_the_page_compares_the_same_members_of_a_group(either: Any) -> None:
    """Six members in 2024 and seven in 2025: Myanmar was refused, then not."""
    members = ("BRN", "MMR", "MYS", "PHL", "SGP", "THA", "VNM")
    for area in members:
        for year, value in ((2024, 1000), (2025, 1100)):
            if (area, year) != ("MMR", 2024):
                sold(either, area, year, value)
    figure = drawn(either, "exports", "ASEAN", areas=members)
    assert rows_in(figure, "en") == [("060290 (060290)", "7.7", "+10.0%", "MMR 2024")]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_both_databases_let_the_same_leave(on_both: tuple[Studio, Studio], name: str) -> None:
    duck, server = (public_figures(s, LicenceGate(s.warehouse), name) for s in on_both)
    assert [rows_in(d, "id") for d in duck] == [rows_in(d, "id") for d in server]
    assert [d.withheld for d in duck] == [d.withheld for d in server]


def test_exports_of_members_that_come_and_go(either: Any) -> None:
    for area, year, value in (("SGP", 2025, 1500), ("MMR", 2025, 700), ("SGP", 2024, 1000),
                              ("MYS", 2024, 900)):  # fmt: skip
        sold(either, area, year, value)
    figure = drawn(either, "exports", "ASEAN", areas=("MMR", "MYS", "SGP"))
    assert rows_in(figure) == [("060290 (060290)", "≥ 2,2", "+50,0%", "MYS 2025, MMR 2024")]


def test_all_figures_are_declared() -> None:
    assert set(NAMES) == set(figures())
