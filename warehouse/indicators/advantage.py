"""Revealed comparative advantage."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warehouse.indicators import reasons
from warehouse.indicators.reasons import Flags, Floats


def rca(values: Floats) -> Floats:
    """Balassa's index (Balassa 1965): a product's share in a country's exports over its share in
    the world's.

    `values` is countries × products in one unit. A missing figure (NaN, or below zero) is counted
    in no sum and its own index is NaN; so is the index of a country or a product without exports.
    The form (x·X)/(x_c·x_p) is exactly 1 where both shares are the same number.
    """
    known, by_country, by_product = _totals(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (known * by_country.sum()) / (by_country * by_product)
    found[~(values >= 0)] = np.nan
    return found


def why_undefined(values: Floats) -> npt.NDArray[np.str_]:
    """The reason of each cell in which `rca` is NaN, countries × products."""
    _, by_country, by_product = _totals(values)
    causes: dict[str, npt.ArrayLike] = {
        reasons.VALUE_MISSING: np.isnan(values),
        reasons.NEGATIVE: values < 0,
        reasons.TOTAL_ZERO: by_country == 0,
        reasons.WORLD_ZERO: by_product == 0,
    }
    return reasons.first_of(causes, values.shape)


def rsca(index: Floats) -> Floats:
    """Symmetric form (Dalum, Laursen & Villumsen 1998): (RCA-1)/(RCA+1), from -1 to 1."""
    return np.asarray((index - 1) / (index + 1))


def has_advantage(values: Floats, threshold: float = 1.0) -> Flags:
    """M of Hidalgo & Hausmann (2009), countries × products: RCA of at least the threshold."""
    return np.asarray(rca(values) >= threshold)


def _totals(values: Floats) -> tuple[Floats, Floats, Floats]:
    known = np.where(values >= 0, values, 0.0)
    return known, known.sum(axis=1, keepdims=True), known.sum(axis=0, keepdims=True)
