"""ECI and diversity of each country, by its exports to the world at four digits of HS.

ECI has mean 0 and sample deviation 1 among the countries of its row: it compares countries of one
source, year and revision, and nothing across them. Its sign is that with which it rises with
diversity. Where exports fall into parts that have nothing in common it is NULL (`disconnected`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.score import Score
from warehouse.calculated import MONEY, RATE, Calculation
from warehouse.indicators import complexity, reasons
from warehouse.marts.world_exports import GROUP, READS, SIDE, SIZES, SQL, STAMP, Grid, of_each

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = {
    **GROUP,
    "reporter_area": "VARCHAR",
    "exports_usd": MONEY,
    "eci": RATE,
    "diversity": "BIGINT",
    **SIZES,
    **STAMP,
}


def make(inputs: Mapping[str, pa.Table], _score: Score) -> dict[str, Any]:
    """A row for each reporter, with a reason where it has no ECI."""
    return of_each(inputs["exports"], COLUMNS, _rows)


def _rows(grid: Grid) -> dict[str, Any]:
    rows = len(grid.reporters)
    eci, diversity = np.full(rows, np.nan), np.full(rows, np.nan)
    why = grid.reason
    if not why:
        matrix = grid.matrix()
        found = complexity.eigenvector(matrix)
        why = found.reason
        eci = grid.spread(found.countries, 0)
        diversity = grid.spread(matrix.sum(axis=1).astype(float), 0)
    causes: dict[str, Any] = {
        grid.reason or "-": bool(grid.reason),
        reasons.BELOW_MINIMUM: ~grid.large[0],
        reasons.NO_ADVANTAGE: diversity == 0,
    }
    if why:
        causes.setdefault(why, True)
    return {
        **grid.group(rows),
        "reporter_area": grid.reporters,
        "exports_usd": np.where(grid.values > 0, grid.values, 0.0).sum(axis=1),
        "eci": eci,
        "diversity": diversity,
        "reason": reasons.first_of(causes, (rows,)).astype(object),
    }


CALCULATION = Calculation(
    title_id="Kompleksitas ekonomi negara (ECI) dan keragaman ekspornya",
    title_en="Economic complexity of countries (ECI) and the diversity of their exports",
    key=(*GROUP, "reporter_area"),
    behind=(("core_trade__flows", f"{SIDE} AND c.reporter_area = m.reporter_area"),),
    inputs={"exports": SQL},
    reads=READS,
    among=(("core_trade__flows", SIDE),),
    columns=COLUMNS,
    make=make,
)
