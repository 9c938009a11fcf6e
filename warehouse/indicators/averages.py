"""Averages over time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warehouse.indicators.reasons import Floats


def monthly_mean(
    days: npt.NDArray[np.datetime64], rates: Floats
) -> tuple[npt.NDArray[np.datetime64], Floats]:
    """The mean of a month's quoted days, as the ECB's monthly series: holidays are not filled.
    Months in order, and their means; a month without a quoted rate is not in the answer."""
    known = ~np.isnan(rates)
    months, members = np.unique(days[known].astype("datetime64[M]"), return_inverse=True)
    totals = np.bincount(members, weights=rates[known], minlength=len(months))
    return months, np.asarray(totals / np.bincount(members, minlength=len(months)))
