"""Ranks, and how far two rankings agree."""

from __future__ import annotations

from math import sqrt
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from warehouse.indicators import reasons
from warehouse.indicators.reasons import Floats

Ties = Literal["low", "mean", "order"]


class Correlation(NamedTuple):
    """Kendall's tau-b, and the pairs that it is made of."""

    tau: float
    pairs: int
    concordant: int
    discordant: int
    reason: str = reasons.DEFINED


def ranks(values: Floats, *, highest_first: bool = False, ties: Ties = "low") -> Floats:
    """Ranks from 1; NaN where there is no value.

    Equal values share the lowest rank (1, 1, 3), or its mean (1.5, 1.5, 3), or are numbered as they
    stand (1, 2, 3): the caller's order, by code. The last two add up to n(n+1)/2.
    """
    found = np.full(len(values), np.nan)
    known = ~np.isnan(values)
    keys = -values[known] if highest_first else values[known]
    if ties == "order":
        places = np.empty(len(keys))
        places[np.argsort(keys, kind="stable")] = np.arange(1, len(keys) + 1)
        found[known] = places
        return found
    ascending = np.sort(keys)
    lowest = np.searchsorted(ascending, keys, side="left") + 1
    highest = np.searchsorted(ascending, keys, side="right")
    found[known] = lowest if ties == "low" else (lowest + highest) / 2
    return found


def kendall(a: Floats, b: Floats) -> Correlation:
    """Kendall's tau-b (Kendall 1945), with Knight's counting (Knight 1966): n·log n.

    Pairs of which one value is missing are left out. NaN for fewer than two pairs, or where one of
    the two is constant.
    """
    known = ~np.isnan(a) & ~np.isnan(b)
    first = np.unique(a[known], return_inverse=True)[1]
    second = np.unique(b[known], return_inverse=True)[1]
    n = len(first)
    pairs = n * (n - 1) // 2
    if n < 2:
        return Correlation(np.nan, pairs, 0, 0, reasons.FEW_VALUES)
    tied_first, tied_second = _tied(first), _tied(second)
    tied_both = _tied(first * (int(second.max()) + 1) + second)
    discordant = _inversions(second[np.lexsort((second, first))])
    concordant = pairs - tied_first - tied_second + tied_both - discordant
    if pairs in (tied_first, tied_second):
        return Correlation(np.nan, pairs, concordant, discordant, reasons.CONSTANT)
    size = sqrt((pairs - tied_first) * (pairs - tied_second))
    return Correlation((concordant - discordant) / size, pairs, concordant, discordant)


def _tied(values: npt.NDArray[np.intp]) -> int:
    """How many pairs have the same value."""
    counts = np.unique(values, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def _inversions(values: npt.NDArray[np.intp]) -> int:
    """How many pairs stand in descending order: by each binary digit in turn, in which they differ
    first."""
    found = 0
    for digit in reversed(range(int(values.max()).bit_length())):
        values = values[np.argsort(values >> (digit + 1), kind="stable")]
        group = values >> (digit + 1)
        ones = (values >> digit) & 1
        before = np.cumsum(ones) - ones
        starts = np.searchsorted(group, group, side="left")
        found += int((before - before[starts])[ones == 0].sum())
    return found
