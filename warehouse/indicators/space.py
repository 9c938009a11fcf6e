"""The product space: which products are near each other, and near what a country exports."""

from __future__ import annotations

import numpy as np

from warehouse.indicators.reasons import Flags, Floats

ROWS_AT_ONCE = 64  # of a table of all pairs: what is made on the way stays small


def proximity(matrix: Flags) -> Floats:
    """Proximity φ of each pair of products (Hidalgo, Klinger, Barabási & Hausmann 2007).

    It is the smaller of the two conditional probabilities of exporting one with advantage given the
    other.

    `matrix` is M, countries × products; the answer is products × products, 1 on the diagonal. Rows
    and columns of a product that nobody has are NaN.
    """
    m = matrix.astype(float)
    ubiquity = m.sum(axis=0)
    both: Floats = m.T @ m
    with np.errstate(invalid="ignore"):
        for start in range(0, len(both), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            both[rows] /= np.maximum(ubiquity[rows, None], ubiquity)
    missing = ubiquity == 0
    both[missing, :] = both[:, missing] = np.nan
    return both


def density(matrix: Flags, near: Floats | None = None) -> Floats:
    """Density of each country around each product (Hidalgo et al. 2007), countries × products: the
    share of the proximity to a product that lies in what the country has, the product itself
    included. Distance is 1 - density (Hausmann et al. 2014). `near` is `proximity(matrix)`."""
    near = proximity(matrix) if near is None else near
    kept: Flags = np.asarray(matrix.any(axis=0))
    found = np.full(matrix.shape, np.nan)
    if kept.any():
        within = _within(near, kept)
        found[:, kept] = (matrix[:, kept].astype(float) @ within) / within.sum(axis=0)
    return found


def opportunity_gain(matrix: Flags, pci: Floats, near: Floats | None = None) -> Floats:
    """What a new product would add to a country's outlook (Hausmann et al. 2014), countries ×
    products: complexity of what it still lacks, weighed by proximity to the product, less the
    product's own part. NaN where the country has the product already or PCI is NaN."""
    near = proximity(matrix) if near is None else near
    kept = matrix.any(axis=0) & ~np.isnan(pci)
    found = np.full(matrix.shape, np.nan)
    if kept.any():
        within = _within(near, kept)
        lacks = ~matrix[:, kept]
        own = density(matrix[:, kept], within) * pci[kept]
        gain = (lacks * (pci[kept] / within.sum(axis=0))) @ within - own
        found[:, kept] = np.where(lacks, gain, np.nan)
    return found


def _within(near: Floats, kept: Flags) -> Floats:
    """Proximity among the products that are kept; not a copy where all of them are."""
    return near if kept.all() else near[np.ix_(kept, kept)]
