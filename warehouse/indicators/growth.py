"""Growth between periods. Values stand by period along the first axis, without gaps: a period
without a figure is NaN. A base that is missing, 0 or below 0 has no growth: NaN."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from schemas.errors import ConfigurationError
from warehouse.indicators import reasons
from warehouse.indicators.reasons import Floats


def growth(values: Floats, lag: int = 1) -> Floats:
    """x_t/x_(t-lag) - 1, of the shape of `values`; the first `lag` periods are NaN."""
    return _rate(values, before(values, lag))


def growth_on_equal_sets(values: Floats, lag: int = 1) -> Floats:
    """Growth of the total over those members alone that are known in both periods.

    `values` is periods × members; the answer is one figure for each period. A partner that has not
    reported yet, or a month still to come, does not look like a fall.
    """
    now, base = _in_both(values, lag)
    return np.where(np.isnan(now).all(axis=1), np.nan, _rate(_sum(now), _sum(base)))


def contributions(values: Floats, lag: int = 1) -> Floats:
    """Each member's part in the growth on equal sets, periods × members, which they add up to:
    (x_t - x_(t-lag)) over the total of t-lag."""
    now, base = _in_both(values, lag)
    total = _sum(base)[:, None]
    return np.where(total > 0, (now - base) / np.where(total > 0, total, 1), np.nan)


def cumulative(values: Floats) -> Floats:
    """The year so far: years × periods of the year; NaN from the first gap on. `growth` of it
    compares each year with the one before over the same months."""
    return np.cumsum(values, axis=1)


def cagr(start: npt.ArrayLike, end: npt.ArrayLike, years: npt.ArrayLike) -> Floats:
    """Compound annual growth: (end/start)^(1/years) - 1. n years lie between n+1 yearly values.
    NaN for a start that is not above 0, an end below 0, or no years."""
    start, end, years = np.broadcast_arrays(*(np.asarray(v, float) for v in (start, end, years)))
    fine = (start > 0) & (end >= 0) & (years > 0)
    ratio = np.where(fine, end, 1.0) / np.where(fine, start, 1.0)
    return np.where(fine, ratio ** (1 / np.where(fine, years, 1.0)) - 1, np.nan)


def why_no_growth(now: Floats, base: Floats) -> npt.NDArray[np.str_]:
    """The reason of each period in which growth is NaN."""
    return reasons.first_of(
        {
            reasons.VALUE_MISSING: np.isnan(now),
            reasons.BASE_MISSING: np.isnan(base),
            reasons.BASE_ZERO: base == 0,
            reasons.BASE_NEGATIVE: base < 0,
        },
        now.shape,
    )


def before(values: Floats, lag: int = 1) -> Floats:
    """The values of `lag` periods before; NaN where there were none."""
    if lag < 1:
        raise ConfigurationError("bad_setting", f"lag {lag} is not at least 1")
    found = np.full(values.shape, np.nan)
    found[lag:] = values[:-lag]
    return found


def _rate(now: Floats, base: Floats) -> Floats:
    fine = base > 0
    return np.where(fine, now / np.where(fine, base, 1.0) - 1, np.nan)


def _in_both(values: Floats, lag: int) -> tuple[Floats, Floats]:
    base = before(values, lag)
    common = ~np.isnan(values) & ~np.isnan(base)
    return np.where(common, values, np.nan), np.where(common, base, np.nan)


def _sum(values: Floats) -> Floats:
    return np.asarray(np.nansum(values, axis=1))
