"""Figures drawn from a small warehouse, and their cells in words."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from config import region as regions
from reports import cells
from reports.declared import figures
from reports.drawn import Drawn, Studio
from tests.unit.conftest import SmallWarehouse

TODAY = date(2026, 11, 30)


def drawn(
    tables: SmallWarehouse, name: str, group: str = "", region: str = "3505", today: date = TODAY,
    **changed: Any,
) -> Drawn:  # fmt: skip
    """A figure; `areas` are those of the group."""
    found = regions.load(region)
    if "areas" in changed:
        found = found.model_copy(update={"groups": {group: changed.pop("areas")}})
    studio = Studio(cast("Any", tables), found, today)
    return studio.draw_one(figures()[name], group)


def rows_in(figure: Drawn, language: str = "id") -> list[tuple[str, ...]]:
    return [tuple(cells.shown(r, c, language) for c in figure.columns) for r in figure.rows]


def row_in(figure: Drawn, language: str = "id", row: int = 0) -> dict[str, str]:
    """A row by the names of its columns."""
    names = [c.name for c in figure.columns]
    return dict(zip(names, rows_in(figure, language)[row], strict=True))


def facts_in(figure: Drawn, language: str = "id") -> dict[str, str]:
    return dict(cells.facts_of(figure.facts, figure.figure.period_format, language))
