"""Components on one scale, before they are added up (OECD & JRC 2008, chapter 5).

Each method takes the values of one component over all items of a comparison, NaN where one is
missing, and answers in the same order. NaN for all of them where the method is undefined: a
component that is the same everywhere has no min-max and no z-score, and no ratio to 0 or less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from schemas.errors import ConfigurationError
from warehouse.indicators.ranks import ranks
from warehouse.indicators.reasons import Floats

MARGIN = 0.2  # of the mean, within which a value is neither above nor below it


@dataclass(frozen=True)
class Goalposts:
    """Fixed ends of a component's scale, in its own unit: `low` is 0 and `high` is 1, whichever is
    the larger. `logarithm` puts the values and both ends on a logarithmic scale first; beyond its
    ends the scale is cut off (`capped`)."""

    low: float
    high: float
    logarithm: bool = False
    capped: bool = True

    def __post_init__(self) -> None:
        if not (np.isfinite(self.low) and np.isfinite(self.high)) or self.low == self.high:
            raise ConfigurationError(
                "bad_goalposts", f"a scale cannot go from {self.low} to {self.high}"
            )
        if self.logarithm and min(self.low, self.high) <= 0:
            raise ConfigurationError("bad_goalposts", "a logarithm needs goalposts above 0")


def z_score(values: Floats) -> Floats:
    """(x - mean)/s with the sample deviation (n-1)."""
    if _is_constant(values):
        return _undefined(values)
    return np.asarray((values - np.nanmean(values)) / np.nanstd(values, ddof=1))


def min_max(values: Floats) -> Floats:
    """(x - lowest)/(highest - lowest): the observed range is 0 to 1."""
    if _is_constant(values):
        return _undefined(values)
    low, high = np.nanmin(values), np.nanmax(values)
    return np.asarray((values - low) / (high - low))


def goalposts(values: Floats, posts: Goalposts) -> Floats:
    """(x - low)/(high - low) by fixed goalposts, capped at both ends."""
    low, high = posts.low, posts.high
    if posts.logarithm:
        low, high = float(np.log(low)), float(np.log(high))
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(np.isnan(values), np.nan, np.log(np.maximum(values, 0)))
    found = (values - low) / (high - low)
    return np.clip(found, 0, 1) if posts.capped else found


def ratio_to_best(values: Floats) -> Floats:
    """x over the highest value."""
    return _ratio(values, np.max)


def ratio_to_mean(values: Floats) -> Floats:
    """x over the mean."""
    return _ratio(values, np.mean)


def ratio_to_worst(values: Floats) -> Floats:
    """x over the lowest value."""
    return _ratio(values, np.min)


def rank(values: Floats) -> Floats:
    """Rank from the lowest, ties at the lowest rank: 1, 1, 3."""
    return ranks(values)


def percentile(values: Floats) -> Floats:
    """100 × that rank over the number of values."""
    return np.asarray(100 * ranks(values) / max(1, int((~np.isnan(values)).sum())))


def above_mean(values: Floats) -> Floats:
    """1 above 1.2 times the mean, -1 below 0.8 times, 0 between."""
    ratio = ratio_to_mean(values)
    steps = (ratio > 1 + MARGIN).astype(float) - (ratio < 1 - MARGIN)
    return np.where(np.isnan(ratio), np.nan, steps)


METHODS: Mapping[str, Callable[[Floats], Floats]] = {
    "zscore": z_score,
    "minmax": min_max,
    "ratio_best": ratio_to_best,
    "ratio_mean": ratio_to_mean,
    "ratio_worst": ratio_to_worst,
    "rank": rank,
    "percentile": percentile,
    "above_mean": above_mean,
}
"""By name. `goalposts` is the other one: it needs its posts."""


def _is_constant(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return len(known) < 2 or bool((known == known[0]).all())


def _ratio(values: Floats, of: Callable[[Floats], Floats]) -> Floats:
    known = values[~np.isnan(values)]
    base = float(of(known)) if known.size else 0.0
    return np.asarray(values / base) if base > 0 else _undefined(values)


def _undefined(values: Floats) -> Floats:
    return np.full(len(values), np.nan)
