"""Why a figure is undefined: stable codes, with words in marts/codes.csv."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DEFINED = ""
NO_VALUES = "no_values"
FEW_VALUES = "few_values"
VALUE_MISSING = "value_missing"
NEGATIVE = "negative"
TOTAL_ZERO = "total_zero"
WORLD_ZERO = "world_zero"
CONSTANT = "constant"
BASE_MISSING = "base_missing"
BASE_ZERO = "base_zero"
BASE_NEGATIVE = "base_negative"
COVERAGE_DIFFERS = "coverage_differs"
NOTHING_IN_BOTH = "nothing_in_both"
NO_YEARS = "no_years"
MAD_ZERO = "mad_zero"
BELOW_MINIMUM = "below_minimum"
NO_ADVANTAGE = "no_advantage"
DISCONNECTED = "disconnected"
ALL_ALIKE = "all_alike"
REPEATED_EIGENVALUE = "repeated_eigenvalue"
SIGN_UNDETERMINED = "sign_undetermined"
WEIGHT_MISSING = "weight_missing"
FEW_REPORTERS = "few_reporters"
CURRENCY_DIFFERS = "currency_differs"
MEMBERS_MISSING = "members_missing"


def first_of(causes: Mapping[str, npt.ArrayLike], shape: tuple[int, ...]) -> npt.NDArray[np.str_]:
    """For each cell the first cause that is true there, or `DEFINED`. Causes fill the shape by
    numpy's rules."""
    flags = [np.broadcast_to(np.asarray(flag, dtype=bool), shape) for flag in causes.values()]
    return np.select(flags, list(causes), default=DEFINED)
