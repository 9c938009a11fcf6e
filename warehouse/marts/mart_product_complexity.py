"""PCI and ubiquity of each product of four digits, by who exports it with advantage.

PCI is standardised on itself: mean 0 and sample deviation 1 among the products of one source, year
and revision. What fewer than ten countries above the minimum report has no row.
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
    "product_code": "VARCHAR",
    "world_exports_usd": MONEY,
    "pci": RATE,
    "ubiquity": "BIGINT",
    **SIZES,
    **STAMP,
}


def make(inputs: Mapping[str, pa.Table], _score: Score) -> dict[str, Any]:
    """A row for each product, with a reason where it has no PCI."""
    return of_each(inputs["exports"], COLUMNS, _rows)


def _rows(grid: Grid) -> dict[str, Any]:
    rows = 0 if grid.reason else len(grid.products)
    matrix = grid.matrix() if rows else np.zeros((0, 0), dtype=bool)
    found = complexity.eigenvector(matrix)
    ubiquity = grid.spread(matrix.sum(axis=0).astype(float), 1) if rows else np.zeros(0)
    causes: dict[str, Any] = {
        reasons.BELOW_MINIMUM: ~grid.large[1][:rows],
        reasons.NO_ADVANTAGE: ubiquity == 0,
    }
    if found.reason:
        causes.setdefault(found.reason, True)
    values = grid.values[grid.large[0]][:, :rows]
    return {
        **grid.group(rows),
        "product_code": grid.products[:rows],
        "world_exports_usd": np.where(values > 0, values, 0.0).sum(axis=0),
        "pci": grid.spread(found.products, 1) if rows else np.zeros(0),
        "ubiquity": ubiquity,
        "reason": reasons.first_of(causes, (rows,)).astype(object),
    }


CALCULATION = Calculation(
    title_id="Kompleksitas produk (PCI) dan jumlah negara yang unggul di dalamnya",
    title_en="Complexity of products (PCI) and how many countries have an advantage in them",
    key=(*GROUP, "product_code"),
    behind=(("core_trade__flows", f"{SIDE} AND c.product_code = m.product_code"),),
    inputs={"exports": SQL},
    reads=READS,
    among=(("core_trade__flows", SIDE),),
    columns=COLUMNS,
    make=make,
)
