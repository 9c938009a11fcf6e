"""Exports of all reporters to the world, as the matrix that the marts of complexity are made from.

One matrix for each source, year and revision of HS: four digits, FOB, dollars, countries only.
Chapter 99 (goods not specified) is no product. Countries and products below the minimum are in no
total: without it the smallest exporters lead (docs/indicators.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from warehouse.calculated import MONEY, arrow_type, coded, floats, grouped, stored
from warehouse.indicators import advantage, reasons
from warehouse.indicators.reasons import Flags, Floats

if TYPE_CHECKING:
    import pyarrow as pa

YEARS = 3  # of a source, the newest
LEAST_REPORTERS = 10  # above the minimum: fewer are no world
LEAST_COUNTRY_USD = 100_000_000.0  # of exports a year
LEAST_PRODUCT_USD = 10_000_000.0
GROUP = {"source": "VARCHAR", "year_start": "DATE", "product_classification": "VARCHAR"}
SIZES = {"reporters": "BIGINT", "least_country_usd": MONEY, "least_product_usd": MONEY}
STAMP = {"reason": "VARCHAR", "recorded_at": "TIMESTAMPTZ", "load_seq": "BIGINT"}
# What stands behind a row: one country's exports, or all countries' of one product.
SIDE = (
    "c.source = m.source AND c.frequency = 'A' AND c.flow = 'export' AND c.partner_area = 'WLD' "
    "AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND c.valuation = 'FOB' "
    "AND c.period_start = m.year_start AND c.product_classification = m.product_classification "
    "AND length(c.product_code) = 4"
)
READS = (
    "core_trade__flows",
    "c.frequency = 'A' AND c.flow = 'export' AND c.partner_area = 'WLD' "
    "AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND c.valuation = 'FOB' "
    "AND length(c.product_code) = 4",
)
SQL = f"""\
WITH exports AS (
  SELECT f.source, f.period_start AS year_start, f.product_classification, f.reporter_area,
    f.product_code, f.value, f.recorded_at, f.load_seq
  FROM core_trade__flows AS f
  JOIN (SELECT area FROM ref_area WHERE scheme = 'iso3' AND is_country AND area <> 'WLD'
    GROUP BY area) AS a ON a.area = f.reporter_area
  WHERE f.frequency = 'A' AND f.flow = 'export' AND f.partner_area = 'WLD'
    AND f.region_code = 'TOTAL' AND f.breakdown_type = 'TOTAL' AND f.valuation = 'FOB'
    AND f.currency = 'USD' AND length(f.product_code) = 4 AND left(f.product_code, 2) <> '99'
    AND length(f.product_classification) = 6 AND left(f.product_classification, 2) = 'HS'
),
years AS (
  SELECT source, year_start, row_number() OVER (PARTITION BY source ORDER BY year_start DESC) AS nth
  FROM (SELECT DISTINCT source, year_start FROM exports) AS known
)
SELECT e.* FROM exports AS e
JOIN years AS y ON y.source = e.source AND y.year_start = e.year_start AND y.nth <= {YEARS}
"""


@dataclass(frozen=True)
class Grid:
    """Exports in USD, reporters × products in order of their codes; NaN where the figure is
    missing, 0 where there is none. `large` says which countries and products reach the minimum."""

    source: str
    year_start: date
    classification: str
    reporters: npt.NDArray[Any]
    products: npt.NDArray[Any]
    values: Floats
    large: tuple[Flags, Flags]
    recorded_at: Any
    load_seq: int

    @property
    def reason(self) -> str:
        """Why nothing can be said of these countries together."""
        enough = int(self.large[0].sum()) >= LEAST_REPORTERS
        return reasons.DEFINED if enough else reasons.FEW_REPORTERS

    def large_values(self) -> Floats:
        return self.values[np.ix_(*self.large)]

    def matrix(self) -> Flags:
        """M of what reaches the minimum: RCA of at least 1."""
        return advantage.has_advantage(self.large_values())

    def group(self, rows: int) -> dict[str, Any]:
        """The columns that all rows of the grid share, and its sizes."""
        import pyarrow as pa

        return {
            "source": pa.repeat(self.source, rows),
            "year_start": pa.repeat(pa.scalar(self.year_start), rows),
            "product_classification": pa.repeat(self.classification, rows),
            "reporters": np.full(rows, float(self.large[0].sum())),
            "least_country_usd": np.full(rows, LEAST_COUNTRY_USD),
            "least_product_usd": np.full(rows, LEAST_PRODUCT_USD),
            "recorded_at": pa.repeat(pa.scalar(self.recorded_at), rows),
            "load_seq": np.full(rows, float(self.load_seq)),
        }

    def spread(self, found: Floats, side: int) -> Floats:
        """Figures of what reaches the minimum, among all countries (0) or products (1)."""
        whole = np.full(len(self.large[side]), np.nan)
        whole[self.large[side]] = found
        return whole


def grids(table: pa.Table) -> Iterator[Grid]:
    """A grid for each source, year and revision, in their order."""
    group, values = grouped(table, tuple(GROUP))
    (reporter, reporters), (product, products) = (
        coded(table, name) for name in ("reporter_area", "product_code")
    )
    amounts, loads = floats(table, "value"), floats(table, "load_seq")
    recorded = np.asarray(table["recorded_at"].cast("int64"), dtype=np.int64)
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(len(values) + 1))
    for place, (source, year_start, classification) in enumerate(values):
        rows = order[edges[place] : edges[place + 1]]
        countries, row = np.unique(reporter[rows], return_inverse=True)
        goods, column = np.unique(product[rows], return_inverse=True)
        grid = np.zeros((len(countries), len(goods)))
        grid[row, column] = amounts[rows]
        positive = np.where(grid > 0, grid, 0.0)
        newest = rows[np.argmax(recorded[rows])]
        yield Grid(
            source,
            year_start,
            classification,
            reporters[countries],
            products[goods],
            grid,
            (
                positive.sum(axis=1) >= LEAST_COUNTRY_USD,
                positive.sum(axis=0) >= LEAST_PRODUCT_USD,
            ),
            table["recorded_at"][int(newest)].as_py(),
            int(loads[rows].max()),
        )


def of_each(
    table: pa.Table,
    columns: Mapping[str, str],
    rows_of: Callable[[Grid], dict[str, Any]],
) -> dict[str, Any]:
    """The rows of all grids, one after another, in the declared columns."""
    import pyarrow as pa

    found: dict[str, list[Any]] = {name: [] for name in columns}
    for grid in grids(table):  # one at a time: as stored they take less
        part = rows_of(grid)
        for name, kind in columns.items():
            found[name].append(stored(part[name], kind))
    return {n: pa.chunked_array(found[n], type=arrow_type(kind)) for n, kind in columns.items()}
