"""A second implementation of each calculation, in loops as a person would, agrees on random
data."""

from __future__ import annotations

import math
from itertools import combinations
from statistics import median
from typing import Any

import numpy as np
import pytest

from tests.golden import Floats
from tests.unit.warehouse.test_indicator_properties import random_matrix
from warehouse.indicators import (
    advantage,
    complexity,
    concentration,
    growth,
    outliers,
    ranks,
    space,
    trade,
)  # fmt: skip

pytestmark = [pytest.mark.fast, pytest.mark.parametrize("seed", range(8))]


def figures(seed: int, *shape: int) -> Floats:
    """Skewed figures, a fifth of them 0."""
    generator = np.random.default_rng(seed)
    found = generator.lognormal(3, 2, shape).round(2)
    found[generator.random(shape) < 0.2] = 0
    return found


def test_rca(seed: int) -> None:
    x = figures(seed, 6, 9)
    found = advantage.rca(x)
    for c in range(6):
        for p in range(9):
            world = sum(x[i][p] for i in range(6)) / sum(sum(row) for row in x)
            if world:
                assert found[c, p] == pytest.approx(x[c][p] / sum(x[c]) / world, rel=1e-12)


def test_fitness(seed: int) -> None:
    matrix = random_matrix(seed, 5, 7)
    matrix = matrix[matrix.any(axis=1)][:, matrix.any(axis=0)]
    countries, products = [1.0] * len(matrix), [1.0] * matrix.shape[1]
    for _ in range(4):
        fit = [sum(q for q, has in zip(products, row, strict=True) if has) for row in matrix]
        hard = [
            1 / sum(1 / f for f, has in zip(countries, column, strict=True) if has)
            for column in matrix.T
        ]
        countries = [f * len(fit) / sum(fit) for f in fit]
        products = [q * len(hard) / sum(hard) for q in hard]
    found = complexity.fitness(matrix, 4)
    np.testing.assert_allclose(found.countries, countries, rtol=1e-12)
    np.testing.assert_allclose(found.products, products, rtol=1e-12)


def conditional(matrix: Any, one: int, other: int) -> float:
    """How likely a country has one product, given that it has the other."""
    having = [row for row in matrix if row[other]]
    return sum(bool(row[one]) for row in having) / len(having)


def test_space(seed: int) -> None:
    matrix = random_matrix(seed, 6, 8)
    products = [p for p in range(8) if matrix[:, p].any()]
    near = space.proximity(matrix)
    density = space.density(matrix)
    pci = figures(seed, 8) - 5
    gain = space.opportunity_gain(matrix, pci)

    def phi(one: int, other: int) -> float:
        return min(conditional(matrix, one, other), conditional(matrix, other, one))

    for p in products:
        for other in products:
            assert near[p, other] == pytest.approx(phi(p, other), rel=1e-12)
        total = sum(phi(p, o) for o in products)
        for c in range(6):
            expected = sum(phi(p, o) for o in products if matrix[c, o]) / total
            assert density[c, p] == pytest.approx(expected, rel=1e-12)
            if matrix[c, p]:
                assert np.isnan(gain[c, p])
                continue
            outlook = sum(
                phi(p, o) / sum(phi(o, q) for q in products) * pci[o]
                for o in products
                if not matrix[c, o]
            )
            assert gain[c, p] == pytest.approx(outlook - expected * pci[p], abs=1e-9)


def test_shares(seed: int) -> None:
    x = figures(seed, 11)
    total, n = sum(x), len(x)
    assert concentration.hhi(x) == pytest.approx(sum((v / total) ** 2 for v in x))
    apart = sum(abs(a - b) for a in x for b in x) / (2 * n * total)
    assert concentration.gini(x) == pytest.approx(apart)
    t = sum(v / (total / n) * math.log(v / (total / n)) for v in x if v) / n
    assert concentration.theil(x) == pytest.approx(t)
    halves = ["a"] * 4 + ["b"] * 7
    within = sum(
        sum(part) / total * concentration.theil(part) for part in (x[:4], x[4:]) if sum(part)
    )
    assert concentration.theil_parts(x, halves).within == pytest.approx(within)
    welfare = (sum(math.sqrt(v) for v in x) / n) ** 2
    assert concentration.atkinson(x) == pytest.approx(1 - welfare / (total / n))


def test_growth(seed: int) -> None:
    x = figures(seed, 12) - 1
    found = growth.growth(x, 3)
    for t in range(12):
        if t < 3 or x[t - 3] <= 0:
            assert np.isnan(found[t])
        else:
            assert found[t] == pytest.approx((x[t] - x[t - 3]) / x[t - 3])


def test_equal_sets(seed: int) -> None:
    x = figures(seed, 5, 4)
    x[np.random.default_rng(seed).random(x.shape) < 0.3] = np.nan
    found = growth.growth_on_equal_sets(x)
    for t in range(1, 5):
        both = [m for m in range(4) if not math.isnan(x[t, m]) and not math.isnan(x[t - 1, m])]
        base = sum(x[t - 1, m] for m in both)
        if base > 0:
            assert found[t] == pytest.approx(sum(x[t, m] for m in both) / base - 1)
        else:
            assert np.isnan(found[t])


def test_outliers(seed: int) -> None:
    x = figures(seed, 15)
    middle = median(x)
    mad = 1.4826 * median(abs(v - middle) for v in x)
    found = outliers.is_outlier(x, outliers.mad_limits(x, 2.5))
    assert found.tolist() == [abs(v - middle) > 2.5 * mad for v in x]


def test_kendall(seed: int) -> None:
    a, b = figures(seed, 14).round(-1), figures(seed + 100, 14).round(-1)
    agree = [np.sign(a[i] - a[j]) * np.sign(b[i] - b[j]) for i, j in combinations(range(14), 2)]
    differ = [sum(x[i] != x[j] for i, j in combinations(range(14), 2)) for x in (a, b)]
    found = ranks.kendall(a, b)
    assert found.concordant == agree.count(1)
    assert found.discordant == agree.count(-1)
    assert found.tau == pytest.approx(sum(agree) / math.sqrt(differ[0] * differ[1]))


def test_complementarity(seed: int) -> None:
    x, m = figures(seed, 9), figures(seed + 50, 9)
    common = sum(min(a / sum(x), b / sum(m)) for a, b in zip(x, m, strict=True))
    assert trade.complementarity(x, m) == pytest.approx(100 * common)
