"""How unevenly a total is shared out: by products, by markets, by months.

`values` is one dimension; missing values (NaN) are left out, zeros count as members. With a value
below zero, or nothing to share, every measure is NaN with its reason (`why_undefined`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import NamedTuple

import numpy as np

from schemas.errors import ConfigurationError
from warehouse.indicators import reasons
from warehouse.indicators.reasons import Floats


class Decomposition(NamedTuple):
    """Theil's index of all members, and its two parts."""

    total: float
    between: float
    within: float


def why_undefined(values: Floats) -> str:
    """Why the members of a total have no shares, or nothing."""
    known = values[~np.isnan(values)]
    if not known.size:
        return reasons.NO_VALUES
    if (known < 0).any():
        return reasons.NEGATIVE
    return reasons.DEFINED if known.any() else reasons.TOTAL_ZERO


def _of_shares(measure: Callable[[Floats], float]) -> Callable[[Floats], float]:
    """A measure of the shares of the members that are known; NaN where there are none."""

    @wraps(measure)
    def found(values: Floats) -> float:
        if why_undefined(values):
            return np.nan
        known = values[~np.isnan(values)]
        return float(measure(known / known.sum()))

    return found


@_of_shares
def hhi(shares: Floats) -> float:
    """Herfindahl–Hirschman index: the sum of squared shares, from 1/n to 1."""
    return float((shares**2).sum())


@_of_shares
def hhi_normalised(shares: Floats) -> float:
    """(H - 1/n)/(1 - 1/n), from 0 to 1 (WITS); NaN for one member."""
    n = len(shares)
    return float(((shares**2).sum() - 1 / n) / (1 - 1 / n)) if n > 1 else np.nan


@_of_shares
def gini(shares: Floats) -> float:
    """Gini's coefficient (Gini 1912): 2·Σ i·x_i/(n·Σx) - (n+1)/n, ascending; without the factor
    n/(n-1) of small samples."""
    n = len(shares)
    return float(2 * (np.arange(1, n + 1) * np.sort(shares)).sum() / n - (n + 1) / n)


@_of_shares
def rosenbluth(shares: Floats) -> float:
    """Rosenbluth's index (Rosenbluth 1955; Hall & Tideman 1967): 1/(2·Σ i·s_i - 1), i from the
    largest share."""
    descending = np.sort(shares)[::-1]
    return float(1 / (2 * (np.arange(1, len(shares) + 1) * descending).sum() - 1))


@_of_shares
def theil(shares: Floats) -> float:
    """Theil's T (Theil 1967) with the natural logarithm: Σ s·ln(n·s). A zero adds 0."""
    return _entropy(shares, np.full(len(shares), 1 / len(shares)))


def theil_parts(values: Floats, groups: Sequence[str]) -> Decomposition:
    """T between and within groups (Theil 1967): Σ s_g·ln(s_g/(n_g/n)), and Σ s_g·T_g."""
    if why_undefined(values):
        return Decomposition(np.nan, np.nan, np.nan)
    known = ~np.isnan(values)
    names, members = np.unique(np.asarray(groups)[known], return_inverse=True)
    shares = values[known] / values[known].sum()
    of_groups = np.asarray(np.bincount(members, weights=shares, minlength=len(names)), float)
    sizes = np.bincount(members, minlength=len(names)) / len(shares)
    between = _entropy(of_groups, sizes)
    within = _entropy(shares, (of_groups / sizes)[members] / len(shares))
    return Decomposition(theil(values), between, within)


def atkinson(values: Floats, aversion: float = 0.5) -> float:
    """Atkinson's index (Atkinson 1970): 1 - the equal value of the same welfare, over the mean."""
    if aversion <= 0:
        raise ConfigurationError("bad_setting", f"aversion {aversion} is not above 0")
    if why_undefined(values):
        return np.nan
    known = values[~np.isnan(values)]
    with np.errstate(divide="ignore"):
        if aversion == 1:
            equal = np.exp(np.log(known).mean())
        else:
            equal = (known ** (1 - aversion)).mean() ** (1 / (1 - aversion))
    return float(1 - equal / known.mean())


def _entropy(shares: Floats, expected: Floats) -> float:
    """Σ s·ln(s/expected) over the shares above 0."""
    above = shares > 0
    return float((shares[above] * np.log(shares[above] / expected[above])).sum())
