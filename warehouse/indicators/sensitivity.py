"""How far ranks by a composite score depend on choices (OECD & JRC 2008, chapter 7).

The same score with equal weights, without each component in turn, on other scales, with what is
missing at its worst, and under many draws of the weights. Arrays are components × sets × items.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouse.indicators import composite
from warehouse.indicators.ranks import kendall
from warehouse.indicators.reasons import Floats


class Sensitivity(NamedTuple):
    """Sets × items: ranks are from 1 in each set, NaN without a score; tau is of each set."""

    score: Floats
    weight_present: Floats
    rank: Floats
    tied: Floats  # how many items share the score, itself included
    rank_equal_weights: Floats
    rank_worst_missing: Floats
    rank_least: Floats  # of all rankings without one component
    rank_most: Floats
    rank_by_scale: Mapping[str, Floats]
    draws: composite.RankIntervals
    tau_draws: Floats  # of the ranks with those of the median draw
    tau_equal_weights: Floats
    tau_least: Floats  # the lowest of all other rankings, but for the draws


def checks(
    components: Floats,
    weights: Floats,
    drawn: Floats,
    *,
    other_scales: Mapping[str, Floats],
    least_weight: float = composite.LEAST_WEIGHT,
) -> Sensitivity:
    """The score of each item and what becomes of its rank. `components` are scaled from 0 (worst)
    to 1; `other_scales` have the same figures on other scales; `drawn` is `composite.draw_weights`.

    Only items with a score are ranked, in every ranking. Where another choice leaves an item
    without enough weight it has no rank there.
    """
    weights = composite.checked_weights(weights)
    base = composite.score(components, weights, least_weight=least_weight)
    scored = ~np.isnan(base.score)
    rank = composite.score_ranks(base.score)

    def ranked(values: Floats, by: Floats) -> Floats:
        found = composite.score(values, by, least_weight=least_weight).score
        return composite.score_ranks(np.where(scored, found, np.nan))

    used = (weights > 0).astype(float)
    equal = ranked(components, used)
    worst = ranked(np.where(np.isnan(components), 0.0, components), weights)
    without = [
        ranked(components[kept], weights[kept])
        for kept in (np.arange(len(weights)) != i for i in np.flatnonzero(weights))
        if weights[kept].any()
    ]
    by_scale = {name: ranked(values, weights) for name, values in other_scales.items()}
    draws = composite.rank_intervals(components, drawn, scored=scored)
    others = [equal, worst, *without, *by_scale.values()]
    taus = np.array([_agreement(rank, other) for other in others])
    least, most = _ends(np.array([rank, *without]))
    return Sensitivity(
        base.score, base.weight_present, rank, _tied(rank), equal, worst, least, most, by_scale,
        draws, _agreement(rank, draws.median), taus[0], _ends(taus)[0],
    )  # fmt: skip


def _ends(values: Floats) -> tuple[Floats, Floats]:
    """The least and the most along the first axis, NaN where there is none."""
    missing = np.isnan(values)
    least = np.where(missing, np.inf, values).min(axis=0)
    most = np.where(missing, -np.inf, values).max(axis=0)
    none = missing.all(axis=0)
    return np.where(none, np.nan, least), np.where(none, np.nan, most)


def _agreement(base: Floats, other: Floats) -> Floats:
    """Kendall's tau-b of each set."""
    return np.array([kendall(a, b).tau for a, b in zip(base, other, strict=True)], dtype=float)


def _tied(rank: Floats) -> Floats:
    found = np.full(rank.shape, np.nan)
    for place, row in enumerate(rank):
        known: npt.NDArray[np.bool_] = ~np.isnan(row)
        _, group, count = np.unique(row[known], return_inverse=True, return_counts=True)
        found[place, known] = count[group]
    return found
