"""Outliers by the median absolute deviation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from schemas.errors import ConfigurationError
from warehouse.indicators import reasons
from warehouse.indicators.reasons import Flags, Floats

NORMAL = 1.4826  # makes the deviation that of a normal distribution


class Limits(NamedTuple):
    """Within which values are usual; with a reason they are NaN and nothing is flagged."""

    median: float
    deviation: float
    lower: float
    upper: float
    reason: str = reasons.DEFINED


def mad_limits(values: Floats, k: float = 3.0, minimum: int = 5, least: float = 0.0) -> Limits:
    """Median ∓ k·MAD, MAD = 1.4826·median|x - median| (Leys et al. 2013).

    Missing values are left out. Fewer than `minimum` values, or a MAD of 0 (half of the values are
    equal), have no limits. Where it is above 0, it counts as `least` of the median at least.
    """
    if not k > 0:
        raise ConfigurationError("bad_setting", f"k {k} is not above 0")
    known = values[~np.isnan(values)]
    if not known.size:
        return Limits(np.nan, np.nan, np.nan, np.nan, reasons.NO_VALUES)
    median = float(np.median(known))
    deviation = NORMAL * float(np.median(np.abs(known - median)))
    if len(known) < minimum:
        return Limits(median, deviation, np.nan, np.nan, reasons.FEW_VALUES)
    if deviation == 0:
        return Limits(median, deviation, np.nan, np.nan, reasons.MAD_ZERO)
    reach = k * max(deviation, least * abs(median))
    return Limits(median, deviation, median - reach, median + reach)


def is_outlier(values: Floats, limits: Limits) -> Flags:
    """True where a value is outside the limits; false where there is no value or no limit."""
    return np.asarray((values < limits.lower) | (values > limits.upper))
