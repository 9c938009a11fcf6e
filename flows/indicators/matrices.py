"""Calculations on who exports what: `rca`, `complexity`, `fitness`, `density`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.indicators.rows import Columns, Rows
from schemas.errors import ConfigurationError
from warehouse.indicators import advantage, complexity, reasons, space
from warehouse.indicators.reasons import Flags, Floats

MOST_CELLS = 50_000_000
SUM_HINT = "one row for each country and product, or --set duplicates=sum"


@dataclass(frozen=True)
class _Grid:
    """Exports of each country and product, in order of their codes; a pair without a row is 0."""

    countries: list[str]
    products: list[str]
    values: Floats
    is_small: tuple[Flags, Flags]

    def has_advantage(self, threshold: float) -> Flags:
        return advantage.has_advantage(self.values, threshold)

    def pairs(self) -> Columns:
        return {
            "country": np.repeat(self.countries, len(self.products)).tolist(),
            "product": self.products * len(self.countries),
        }

    def reasons_of_pairs(self) -> npt.NDArray[np.str_]:
        small = self.is_small[0][:, None] | self.is_small[1][None, :]
        return np.where(small, reasons.BELOW_MINIMUM, advantage.why_undefined(self.values))


def rca(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Each country and product: RCA and its symmetric form."""
    grid = _grid(rows, choices)
    index = advantage.rca(grid.values)
    return {
        **grid.pairs(),
        "rca": index.ravel().tolist(),
        "rsca": advantage.rsca(index).ravel().tolist(),
        "reason": grid.reasons_of_pairs().ravel().tolist(),
    }


def complexity_of(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """ECI and diversity of countries, or PCI and ubiquity of products."""
    grid = _grid(rows, choices)
    matrix = grid.has_advantage(choices.get("threshold", 1.0))
    if choices.get("method", "eigenvector") == "reflections":
        found = complexity.reflections(matrix, choices.get("iterations", 20))
    else:
        on_eci = choices.get("scale", "own") == "eci"
        found = complexity.eigenvector(matrix, on_scale_of_countries=on_eci)
    return _by_side(grid, matrix, found, choices, ("eci", "pci"))


def fitness(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Fitness of countries, or complexity of products."""
    grid = _grid(rows, choices)
    matrix = grid.has_advantage(choices.get("threshold", 1.0))
    found = complexity.fitness(matrix, choices.get("iterations"))
    return _by_side(grid, matrix, found, choices, ("fitness", "complexity"))


def density(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Density and distance of each country and product."""
    grid = _grid(rows, choices)
    matrix = grid.has_advantage(choices.get("threshold", 1.0))
    near = space.proximity(matrix)
    found = space.density(matrix, near)
    columns = {
        **grid.pairs(),
        "density": found.ravel().tolist(),
        "distance": (1 - found).ravel().tolist(),
        "advantage": matrix.astype(int).ravel().tolist(),
    }
    if choices.get("gain"):
        pci = complexity.eigenvector(matrix).products
        columns["opportunity_gain"] = space.opportunity_gain(matrix, pci, near).ravel().tolist()
    why = np.where(np.isnan(found), reasons.NO_ADVANTAGE, reasons.DEFINED)
    columns["reason"] = why.ravel().tolist()
    return columns


def _by_side(
    grid: _Grid,
    matrix: Flags,
    found: complexity.Complexity,
    choices: Mapping[str, Any],
    names: tuple[str, str],
) -> Columns:
    of_products = choices.get("of", "country") == "product"
    values = found.products if of_products else found.countries
    degree = matrix.sum(axis=0 if of_products else 1)
    is_small = grid.is_small[1 if of_products else 0]
    causes: dict[str, npt.ArrayLike] = {
        reasons.BELOW_MINIMUM: is_small,
        reasons.NO_ADVANTAGE: degree == 0,
    }
    if found.reason:
        causes[found.reason] = True
    return {
        ("product" if of_products else "country"): grid.products if of_products else grid.countries,
        names[of_products]: values.tolist(),
        ("ubiquity" if of_products else "diversity"): degree.tolist(),
        "reason": reasons.first_of(causes, degree.shape).tolist(),
    }


def _grid(rows: Rows, choices: Mapping[str, Any]) -> _Grid:
    by_country, by_product = rows.codes("country"), rows.codes("product")
    values = rows.numbers("value")
    countries, products = sorted(set(by_country)), sorted(set(by_product))
    if len(countries) * len(products) > MOST_CELLS:
        raise ConfigurationError(
            "bad_table",
            f"{len(countries)} countries × {len(products)} products are too many to compare",
            where=rows.table.path,
        )
    row_of = {code: place for place, code in enumerate(countries)}
    column_of = {code: place for place, code in enumerate(products)}
    wide = len(products)
    cells = np.array(
        [row_of[c] * wide + column_of[p] for c, p in zip(by_country, by_product, strict=True)],
        dtype=np.intp,
    )
    size = len(countries) * wide
    given = np.bincount(cells, minlength=size)
    if choices.get("duplicates") != "sum" and (given > 1).any():
        rows.refuse_doubled(cells.tolist(), "country and product", SUM_HINT)
    is_known = np.bincount(cells, weights=~np.isnan(values), minlength=size) > 0
    weights = np.nan_to_num(values)
    total: Floats = np.asarray(np.bincount(cells, weights=weights, minlength=size), float)
    total[(given > 0) & ~is_known] = np.nan
    grid = total.reshape(len(countries), wide)
    return _Grid(countries, products, grid, _small(grid, choices))


def _small(values: Floats, choices: Mapping[str, Any]) -> tuple[Flags, Flags]:
    """Countries and products below the minimum; their exports are set to 0, so that they are in no
    total."""
    positive = np.where(values > 0, values, 0.0)
    countries = positive.sum(axis=1) < choices.get("min_country", 0.0)
    products = positive.sum(axis=0) < choices.get("min_product", 0.0)
    values[countries, :] = 0.0
    values[:, products] = 0.0
    return countries, products
