"""Economic complexity of countries and products, from who exports what with advantage.

`matrix` is M, countries × products, true where RCA is at least 1. Countries without any advantage
and products that nobody has are left out: NaN, and their reason is `no_advantage`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from warehouse.indicators import reasons
from warehouse.indicators.reasons import Flags, Floats

NEAR = 1e-10  # eigenvalues and correlations that are the same number but for rounding
MOST_STEPS = 1000
SETTLED = 1e-12


class Complexity(NamedTuple):
    """Index of each country and each product; with a reason all of them are NaN."""

    countries: Floats
    products: Floats
    reason: str = reasons.DEFINED


def eigenvector(matrix: Flags, *, on_scale_of_countries: bool = False) -> Complexity:
    """ECI and PCI (Hidalgo & Hausmann 2009; Hausmann et al. 2014): second eigenvectors of
    (M/k_c)(M/k_p)ᵀ and of its counterpart of products.

    Each has mean 0 and sample deviation 1. The sign is that with which ECI rises with diversity.
    `on_scale_of_countries` puts PCI on ECI's scale: a product is then the mean of its countries.
    Nothing is computed, with a reason, where the vector is not one: a matrix of several parts
    (eigenvalue 1 twice), a second eigenvalue that is repeated or 0, a sign that diversity leaves
    open.
    """
    rows, columns = _kept(matrix)
    m = matrix[np.ix_(rows, columns)].astype(float)
    if reason := _without_order(m):
        return _nothing(matrix, reason)
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    vector = _second_vector(m, diversity, ubiquity)
    if isinstance(vector, str):
        return _nothing(matrix, vector)
    likeness = _correlation(vector, diversity)
    if abs(likeness) < NEAR:
        return _nothing(matrix, reasons.SIGN_UNDETERMINED)
    eci = standardised(vector if likeness > 0 else -vector)
    pci = (m.T @ eci) / ubiquity
    return Complexity(
        _spread(eci, rows), _spread(pci if on_scale_of_countries else standardised(pci), columns)
    )


def reflections(matrix: Flags, iterations: int = 20) -> Complexity:
    """Method of reflections (Hidalgo & Hausmann 2009), standardised by the sample deviation.

    Order 0 is diversity; `iterations` orders are computed, at least 2. Countries are of the last
    even order and products of the last odd one, where more is more complex (18 and 19 of 20). Means
    of standardised figures lead to the same order of figures, and do not fade away.
    """
    rows, columns = _kept(matrix)
    m = matrix[np.ix_(rows, columns)].astype(float)
    if reason := _without_order(m):
        return _nothing(matrix, reason)
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    countries = products = latest = diversity
    for order in range(iterations):
        if order:
            latest = (m.T @ countries) / ubiquity if order % 2 else (m @ products) / diversity
        if latest.std() < NEAR:
            return _nothing(matrix, reasons.ALL_ALIKE)
        if order % 2:
            products = standardised(latest)
        else:
            countries = standardised(latest)
    return Complexity(_spread(countries, rows), _spread(products, columns))


def fitness(matrix: Flags, iterations: int | None = None) -> Complexity:
    """Fitness of countries, complexity of products (Tacchella et al. 2012), each with mean 1.

    Both start at 1 and each step uses the other's last one. `iterations` steps, or until nothing
    changes by more than 1e-12 (1,000 steps at most).
    """
    rows, columns = _kept(matrix)
    if not rows.any():
        return _nothing(matrix, reasons.NO_ADVANTAGE)
    m = matrix[np.ix_(rows, columns)].astype(float)
    countries, products = np.ones(len(m)), np.ones(m.shape[1])
    for _ in range(MOST_STEPS if iterations is None else iterations):
        before = countries, products
        with np.errstate(divide="ignore"):
            countries, products = m @ products, 1 / (m.T @ (1 / countries))
        countries, products = countries / countries.mean(), products / products.mean()
        moved = max(np.abs(countries - before[0]).max(), np.abs(products - before[1]).max())
        if iterations is None and moved < SETTLED:
            break
    return Complexity(_spread(countries, rows), _spread(products, columns))


def standardised(values: Floats) -> Floats:
    """Mean 0 and sample deviation 1."""
    return np.asarray((values - values.mean()) / values.std(ddof=1))


def is_connected(matrix: Flags) -> bool:
    """True where every country leads to every other one over products that both have."""
    reached = np.zeros(len(matrix), dtype=bool)
    reached[:1] = True
    while True:
        wider = matrix[:, matrix[reached].any(axis=0)].any(axis=1) | reached
        if (wider == reached).all():
            return bool(reached.all())
        reached = wider


def _kept(matrix: Flags) -> tuple[Flags, Flags]:
    """Countries with any advantage, and products that any of them has."""
    return np.asarray(matrix.any(axis=1)), np.asarray(matrix.any(axis=0))


def _without_order(m: Floats) -> str:
    if not m.size:
        return reasons.NO_ADVANTAGE
    if min(m.shape) < 2:
        return reasons.FEW_VALUES
    return reasons.DEFINED if is_connected(m > 0) else reasons.DISCONNECTED


def _second_vector(m: Floats, diversity: Floats, ubiquity: Floats) -> Floats | str:
    """Of countries, by the smaller of the two symmetric matrices; or why there is not one."""
    scaled = m / np.sqrt(np.outer(diversity, ubiquity))
    of_countries = m.shape[0] <= m.shape[1]
    values, vectors = np.linalg.eigh(scaled @ scaled.T if of_countries else scaled.T @ scaled)
    second = values[-2]
    if second < NEAR:
        return reasons.ALL_ALIKE
    if len(values) > 2 and second - values[-3] < NEAR:
        return reasons.REPEATED_EIGENVALUE
    if of_countries:
        return np.asarray(vectors[:, -2] / np.sqrt(diversity))
    return np.asarray((m @ (vectors[:, -2] / np.sqrt(ubiquity))) / diversity)


def _correlation(left: Floats, right: Floats) -> float:
    left, right = left - left.mean(), right - right.mean()
    size = np.sqrt((left @ left) * (right @ right))
    return float(left @ right / size) if size > 0 else 0.0


def _spread(values: Floats, kept: Flags) -> Floats:
    found = np.full(len(kept), np.nan)
    found[kept] = values
    return found


def _nothing(matrix: Flags, reason: str) -> Complexity:
    countries, products = matrix.shape
    return Complexity(np.full(countries, np.nan), np.full(products, np.nan), reason)
