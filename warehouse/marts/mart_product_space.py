"""The product space of countries: what each exports with advantage, and how near the rest is to it.

M is RCA of at least 1 among countries and products above the minimum, and `density` around a
product is the share of its proximity that lies in what the country has (the product itself
included); distance is 1 - density. `opportunity_gain` is of products that the country lacks. A pair
that nobody reports is 0 exports, and a missing figure has no RCA. RCA says on which side of 1 a
country is; it is not compared between countries in its level. Products that the region's own firms
export are marked (`in_basket`, `mart_product_space.in_basket AND reporter_area = 'IDN'` is the
region's place in the national space).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.score import Score
from warehouse.calculated import MONEY, RATE, Calculation
from warehouse.indicators import advantage, complexity, reasons, space
from warehouse.marts.world_exports import GROUP, READS, SIDE, SIZES, SQL, STAMP, Grid, of_each

if TYPE_CHECKING:
    import pyarrow as pa

BASKET = """\
SELECT DISTINCT left(product_code, 4) AS heading FROM core_trade__local_exports
WHERE length(product_code) >= 4 AND product_code <> 'TOTAL'
"""
COLUMNS = {
    **GROUP,
    "reporter_area": "VARCHAR",
    "product_code": "VARCHAR",
    "exports_usd": MONEY,
    "rca": RATE,
    "rsca": RATE,
    "has_advantage": "BOOLEAN",
    "density": RATE,
    "distance": RATE,
    "pci": RATE,
    "opportunity_gain": RATE,
    "in_basket": "BOOLEAN",
    "products": "BIGINT",
    **SIZES,
    **STAMP,
}


def make(inputs: Mapping[str, pa.Table], _score: Score) -> dict[str, Any]:
    """A row for each country and product above the minimum."""
    basket = np.array(inputs["basket"]["heading"].to_pylist(), dtype=object)
    return of_each(inputs["exports"], COLUMNS, lambda grid: _rows(grid, basket))


def _rows(grid: Grid, basket: Any) -> dict[str, Any]:
    sides = [side if not grid.reason else side & False for side in grid.large]
    values = grid.values[np.ix_(*sides)]
    matrix = advantage.has_advantage(values) if values.size else np.zeros(values.shape, dtype=bool)
    found = complexity.eigenvector(matrix)
    near = space.proximity(matrix)
    index, density = advantage.rca(values), space.density(matrix, near)
    countries, products = values.shape
    causes = {reasons.VALUE_MISSING: np.isnan(values), reasons.NEGATIVE: values < 0,
              reasons.NO_ADVANTAGE: np.broadcast_to(~matrix.any(axis=0), values.shape)}  # fmt: skip
    if found.reason:
        causes.setdefault(found.reason, np.ones(values.shape, dtype=bool))
    codes = grid.products[sides[1]]
    return {
        **grid.group(values.size),
        "reporter_area": np.repeat(grid.reporters[sides[0]], products),
        "product_code": np.tile(codes, countries),
        "exports_usd": values.ravel(),
        "rca": index.ravel(),
        "rsca": advantage.rsca(index).ravel(),
        "has_advantage": matrix.ravel(),
        "density": density.ravel(),
        "distance": 1 - density.ravel(),
        "pci": np.tile(found.products, countries),
        "opportunity_gain": space.opportunity_gain(matrix, found.products, near).ravel(),
        "in_basket": np.tile(np.isin(codes, basket), countries),
        "products": np.full(values.size, float(products)),
        "reason": reasons.first_of(causes, values.shape).ravel().astype(object),
    }


CALCULATION = Calculation(
    title_id="Ruang produk: keunggulan tiap negara dan kedekatan produk lain dengannya",
    title_en="Product space: each country's advantages and how near other products are",
    key=(*GROUP, "reporter_area", "product_code"),
    behind=(
        (
            "core_trade__flows",
            # of a product that the country does not report, all that it does report
            f"{SIDE} AND c.reporter_area = m.reporter_area "
            "AND (c.product_code = m.product_code OR m.exports_usd = 0)",
        ),
        ("core_trade__local_exports", "m.in_basket AND left(c.product_code, 4) = m.product_code"),
    ),
    inputs={"exports": SQL, "basket": BASKET},
    reads=READS,
    among=(("core_trade__flows", SIDE),),
    columns=COLUMNS,
    make=make,
)
