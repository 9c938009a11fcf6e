"""Two partners' trade: how well they fit, what is possible, how far their figures differ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from warehouse.indicators.reasons import Floats


def complementarity(exports: Floats, imports: Floats) -> float:
    """Michaely's index (Michaely 1996): 100·(1 - ½·Σ|m - x|) over products' shares; 100 for equal
    shares, 0 where nothing is in common. Both stand by the same products; a missing figure is not
    part of its side's total. NaN where one side has no trade."""
    sides = [np.where(side >= 0, side, 0.0) for side in (exports, imports)]
    totals = [float(side.sum()) for side in sides]
    if not all(totals):
        return np.nan
    return float(100 * (1 - 0.5 * np.abs(sides[1] / totals[1] - sides[0] / totals[0]).sum()))


def ease(bilateral: float, supply: Floats, demand: Floats) -> float:
    """Ease of trade of an exporter with a market (Decreux & Spies 2016, in short): what it sells
    there over what its shares in the world's supply would lead to. 1 is neutral; NaN without it."""
    expected = float(np.nansum(supply * demand))
    return bilateral / expected if expected > 0 else np.nan


def potential(supply: npt.ArrayLike, demand: npt.ArrayLike, ease: npt.ArrayLike = 1.0) -> Floats:
    """Export potential: share in the world's supply × ease × the market's demand, in its unit."""
    found: Floats = np.asarray(supply, float) * np.asarray(demand, float) * np.asarray(ease, float)
    return found


def unrealised(potential: npt.ArrayLike, actual: npt.ArrayLike) -> Floats:
    """What is left of the potential, never below 0. An unknown actual figure stays unknown."""
    found: Floats = np.maximum(0.0, np.asarray(potential, float) - np.asarray(actual, float))
    return found


def mirror_gap(reported: npt.ArrayLike, mirrored: npt.ArrayLike) -> Floats:
    """What one side reports less what the other does, in their unit; NaN without either."""
    found: Floats = np.asarray(reported, float) - np.asarray(mirrored, float)
    return found


def mirror_gap_share(
    imports: npt.ArrayLike, exports: npt.ArrayLike, freight: npt.ArrayLike = 1.06
) -> Floats:
    """(M/f - X)/((M/f + X)/2): imports freed of freight and insurance, less exports, over their
    midpoint. f is 1.06 for CIF (IMF DOTS) and 1 where imports are FOB. NaN where both are 0."""
    free = np.asarray(imports, float) / np.asarray(freight, float)
    exports = np.asarray(exports, float)
    middle = (free + exports) / 2
    return np.where(middle > 0, (free - exports) / np.where(middle > 0, middle, 1.0), np.nan)
