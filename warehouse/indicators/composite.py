"""Composite scores, and how sure their ranks are (OECD & JRC 2008, chapters 6 and 7).

`components` is components × items, or components × sets × items where many comparisons (products)
are made of the same items (countries), on one scale where more is better; NaN is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, prod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.errors import ConfigurationError
from warehouse.indicators.ranks import Correlation, kendall
from warehouse.indicators.reasons import Floats

LEAST_WEIGHT = 0.7  # of all weights that a score needs
ROUNDING = 1e-9  # by which a sum of weights may miss that
STEPS = 40  # scores are compared in 2^40 steps of the largest: closer ones are equal
TOP = 10
STABLE = 10  # places that a rank's interval may span
MOST_CELLS = 1 << 21  # ranks in memory at a time
MOST_AT_ONCE = 1 << 16  # scores at a time: they stay in a processor's cache
SHORT_BITS = 30  # of scores and items that are sorted first
LEAST_SHORT_STEPS = 18  # bits of them that must be left for the scores
MOST_CLOSE = 0.25  # of the draws that may be ranked twice, before all are ranked once


class Scores(NamedTuple):
    """Score of each item, NaN without enough weight; and the share of the weight it has."""

    score: Floats
    weight_present: Floats


class RankIntervals(NamedTuple):
    """What many draws of the weights make of each item's rank; NaN for items without a score."""

    median: Floats
    low: Floats  # 5 %
    high: Floats  # 95 %
    in_top: Floats  # share of draws in the top ten

    @property
    def is_unstable(self) -> npt.NDArray[np.bool_]:
        """*Tidak stabil*: the interval spans more than ten places."""
        return np.asarray(self.high - self.low > STABLE)


def checked_weights(weights: Sequence[float] | Floats) -> Floats:
    """The weights as shares of their sum. Refused: below 0, not finite, all 0, none."""
    found = np.asarray(weights, dtype=float)
    if not found.size:
        raise ConfigurationError("bad_weights", "there are no weights")
    if not np.isfinite(found).all() or (found < 0).any():
        raise ConfigurationError("bad_weights", "a weight is below 0 or is not a number")
    if not found.any():
        raise ConfigurationError("bad_weights", "all weights are 0")
    return np.asarray(found / found.sum())


def equal_weights(groups: Sequence[str]) -> Floats:
    """The same weight for each group, and in a group for each of its components."""
    sizes = {name: list(groups).count(name) for name in groups}
    return checked_weights([1 / sizes[name] for name in groups])


def score(
    components: Floats,
    weights: Floats,
    *,
    geometric: bool = False,
    groups: Sequence[str] | None = None,
    least_weight: float = LEAST_WEIGHT,
) -> Scores:
    """The weighted mean of an item's components that are present, arithmetic or geometric.

    Geometric with `groups` takes the arithmetic mean in each group and the geometric mean of the
    groups. An item with less than `least_weight` of the weight has no score.
    """
    weights = checked_weights(weights)
    flat = components.reshape(len(components), prod(components.shape[1:]))
    _check_sign(flat, geometric)
    present = _in_order(weights, (~np.isnan(flat)).astype(float))
    found = np.full(flat.shape[1], np.nan)
    enough = present >= least_weight - ROUNDING
    if enough.any():
        parts = _parts(len(weights), groups if geometric else None, geometric)
        found[enough] = _aggregated(flat[:, enough], weights[None, :], parts, geometric)[0]
    shape = components.shape[1:]
    return Scores(found.reshape(shape), present.reshape(shape))


def draw_weights(
    weights: Floats, draws: int = 1000, *, seed: int = 0, concentration: float | None = None
) -> Floats:
    """Weights drawn around the given ones (Dirichlet, PCG64), draws × components.

    The mean is `weights`; the larger the concentration the nearer the draws. By default it is the
    number of components: with equal weights, every mix is as likely as any other. A component
    without weight stays without.
    """
    weights = checked_weights(weights)
    if draws < 1:
        raise ConfigurationError("bad_setting", f"draws {draws} is not at least 1")
    size = float(np.count_nonzero(weights)) if concentration is None else concentration
    if not size > 0:
        raise ConfigurationError("bad_setting", f"concentration {size} is not above 0")
    found = np.zeros((draws, len(weights)))
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = generator.dirichlet(size * weights[weights > 0], size=draws)
    found[:, weights > 0] = np.maximum(drawn, np.finfo(float).tiny)
    return found


def score_ranks(scores: Floats) -> Floats:
    """Rank 1 for the highest, along the last axis; equal scores share the lowest rank, NaN has
    none. Scores are equal where they differ by no more than rounding."""
    flat = scores.reshape(prod(scores.shape[:-1]), scores.shape[-1])
    found = np.full(flat.shape, np.nan)
    for place, row in enumerate(flat):
        known = np.flatnonzero(~np.isnan(row))
        if known.size:
            digits, factor, half = _scale(known.size, float(np.abs(row[known]).max()))
            keys = (row[None, known] * factor + half).astype(np.int64)
            _sort(keys, digits)
            found[place, known[keys[0] >> digits]] = (keys[0] & ((1 << digits) - 1)) + 1
    return found.reshape(scores.shape)


def rank_intervals(
    components: Floats,
    drawn: Floats,
    *,
    geometric: bool = False,
    groups: Sequence[str] | None = None,
    scored: npt.NDArray[np.bool_] | None = None,
) -> RankIntervals:
    """Ranks of the items of each set under each draw of the weights (`draw_weights`).

    `scored` says which items have a score under the weights themselves (by default: those with any
    component); the others have no rank. Quantiles are ranks that occurred: the lowest with at least
    that share of the draws at or below it.
    """
    items = components.shape[-1]
    sets = components.reshape(len(components), prod(components.shape[1:-1]), items)
    _check_sign(sets, geometric)
    used: npt.NDArray[np.bool_] = np.asarray(drawn.any(axis=0))
    known: npt.NDArray[np.bool_] = np.asarray(~np.isnan(sets[used]).all(axis=0))
    if scored is not None:
        known &= scored.reshape(known.shape)
    parts = _parts(int(used.sum()), _kept(groups if geometric else None, used), geometric)
    found = np.full((4, *known.shape), np.nan)
    weights = drawn[:, used]
    space = np.empty(max(1, min(len(drawn), MOST_CELLS // max(1, items))) * items, dtype=np.int64)
    for place, members in enumerate(known):
        columns = np.flatnonzero(members)
        if columns.size:
            values = sets[used, place][:, columns]
            counts = _rank_counts(values, weights, parts, geometric, space)
            found[:, place, columns] = _quantiles(counts, len(drawn))
    shape = components.shape[1:]
    return RankIntervals(*(part.reshape(shape) for part in found))


def leave_one_out(
    components: Floats,
    weights: Floats,
    *,
    geometric: bool = False,
    groups: Sequence[str] | None = None,
    least_weight: float = LEAST_WEIGHT,
) -> tuple[Floats, list[Correlation]]:
    """Ranks of the items (one set) without each component in turn, components × items, and how far
    each ranking agrees with that of all components."""
    weights = checked_weights(weights)

    def ranked(kept: npt.NDArray[np.bool_]) -> Floats:
        scores = score(
            components[kept],
            weights[kept],
            geometric=geometric,
            groups=_kept(groups, kept),
            least_weight=least_weight,
        )
        return score_ranks(scores.score)

    base = ranked(np.ones(len(weights), dtype=bool))
    found = np.full(components.shape, np.nan)
    agreement = []
    for left_out in range(len(weights)):
        kept = np.arange(len(weights)) != left_out
        if weights[kept].any():
            found[left_out] = ranked(kept)
        agreement.append(kendall(base, found[left_out]))
    return found, agreement


def contribution(components: Floats, weights: Floats) -> Floats:
    """What each component adds to an arithmetic score, of the components' shape; together the
    score. NaN where the component is missing."""
    weights = checked_weights(weights)
    wide = weights.reshape(-1, *[1] * (components.ndim - 1))
    present = (wide * ~np.isnan(components)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(wide * components / present)


def _check_sign(values: Floats, geometric: bool) -> None:
    if geometric and (values < 0).any():
        raise ConfigurationError(
            "geometric_negative",
            "a geometric mean needs components of 0 or more",
            hint="choose another method, minmax or goalposts for example, or aggregate=arithmetic",
        )


def _kept(groups: Sequence[str] | None, kept: npt.NDArray[np.bool_]) -> list[str] | None:
    return None if groups is None else [g for g, k in zip(groups, kept, strict=True) if k]


def _parts(
    components: int, groups: Sequence[str] | None, geometric: bool
) -> list[npt.NDArray[np.intp]]:
    """Which components are averaged together first: all of them, each alone, or by group."""
    if not geometric:
        return [np.arange(components)]
    if groups is None:
        return [np.array([i]) for i in range(components)]
    names = np.asarray(groups)
    return [np.flatnonzero(names == name) for name in dict.fromkeys(groups)]


def _in_order(weights: Floats, values: Floats) -> Floats:
    """Σ w·z added component by component, so that every machine finds the same bytes."""
    total = np.zeros(values.shape[1])
    for weight, row in zip(weights, values, strict=True):
        total += weight * row
    return total


def _sums(weights: Floats, values: Floats) -> Floats:
    return _in_order(weights[0], values)[None, :] if len(weights) == 1 else weights @ values


def _mean(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The weighted mean of what is present, draws × items, and the weight of that."""
    missing = np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        if not missing.any():
            weight = weights.sum(axis=1, keepdims=True)
            return _sums(weights / weight, values), weight
        present = _sums(weights, (~missing).astype(float))
        return _sums(weights, np.where(missing, 0.0, values)) / present, present


def _aggregated(
    values: Floats, weights: Floats, parts: Sequence[npt.NDArray[np.intp]], geometric: bool
) -> Floats:
    """Scores, draws × items. Weights of a part whose components are all missing are not counted."""
    if not geometric:
        return _mean(values, weights)[0]
    logarithms = total = np.zeros((1, 1))
    for part in parts:
        mean, weight = _mean(values[part], weights[:, part])
        with np.errstate(divide="ignore"):
            logarithm = np.where(weight > 0, weight * np.log(np.where(weight > 0, mean, 1.0)), 0.0)
        logarithms, total = logarithms + logarithm, total + weight
    return np.asarray(np.exp(logarithms / total))


class _Scale(NamedTuple):
    """How scores become whole numbers of which the last 2 × `digits` are free for their items. A
    score's number is `factor` × score + `half`, cut off there: rounded to the nearest step."""

    digits: int
    factor: float
    half: float


def _scale(items: int, largest: float) -> _Scale:
    """`largest` bounds the scores. The highest score has the lowest number."""
    digits = max(1, (items - 1).bit_length())
    bits = min(STEPS, 62 - 2 * digits) + 2 * digits
    factor = -(2.0**bits) / largest if largest > 0 else 0.0
    return _Scale(digits, factor, 2.0 ** (2 * digits - 1))


def _sort(keys: npt.NDArray[np.int64], digits: int) -> None:
    """From scores as scaled numbers to item and place (from 0), each row from the highest score to
    the lowest: the item above the last `digits`, the place in them. Equal scores share the first of
    their places.

    Score and item are sorted as one integer, which is several times faster than to sort indices.
    """
    items = keys.shape[1]
    keys &= -(1 << 2 * digits)
    keys |= np.arange(items) << digits
    keys.sort(axis=1)
    places = np.broadcast_to(np.arange(items), keys.shape)
    if items > 1 and (keys[:, 1:] - keys[:, :-1]).min() < 1 << 2 * digits:
        equal = keys >> 2 * digits
        places = np.where(np.diff(equal, axis=1, prepend=equal[:, :1] - 1) == 0, 0, places)
        places = np.maximum.accumulate(places, axis=1)
    keys &= ((1 << digits) - 1) << digits
    keys |= places


def _rank_counts(
    values: Floats,
    drawn: Floats,
    parts: Sequence[npt.NDArray[np.intp]],
    geometric: bool,
    space: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """How often each item had each rank, ranks × items. `space` is room to work in.

    Half as many bits are sorted first, in half the time. A draw in which two scores are close in
    those is ranked again with all: the answer is the same.
    """
    items = values.shape[1]
    scale = _scale(items, float(np.nanmax(np.abs(values))))
    back = 2.0 ** (min(STEPS, 62 - 2 * scale.digits) + 2 * scale.digits - SHORT_BITS)
    factor, half = scale.factor / back, scale.half / back  # by a power of 2: nothing is rounded
    if not (values < 0).any():  # twice as many steps: from the other end
        back, factor, half = back / 2, factor * 2, half * 2 + 2.0**SHORT_BITS
    if not geometric:  # a mean of scaled figures is the scaled mean
        values = values * factor + half
    short = SHORT_BITS - scale.digits >= LEAST_SHORT_STEPS
    most = max(1, MOST_AT_ONCE // items)
    counts = np.zeros(items * items, dtype=np.int64)
    for some in _batches(drawn, len(space) // items):
        cells = space[: len(some) * items].reshape(len(some), items)
        rows, kept = [], []  # to be ranked again, all at once
        for start in range(0, len(some), most):
            scores = _aggregated(values, some[start : start + most], parts, geometric)
            scores = scores * factor + half if geometric else scores
            part = cells[start : start + most]
            close = _rank_short(scores, part, scale.digits) if short else np.arange(len(part))
            short = short and close.size < MOST_CLOSE * len(part)
            if not short:
                part[close] = _rank_long(scores[close] * back, scale.digits)
            elif close.size:
                rows.append(start + close)
                kept.append(scores[close])
        if rows:
            cells[np.concatenate(rows)] = _rank_long(np.concatenate(kept) * back, scale.digits)
        counts += np.bincount(cells.ravel(), minlength=items * items)
    return counts.reshape(items, items)


def _rank_short(scores: Floats, cells: npt.NDArray[np.int64], digits: int) -> npt.NDArray[np.intp]:
    """The cell of each item in a table of ranks × items, by the first bits of the scaled scores.
    Returns the rows in which neighbours are too close for those: their cells mean nothing."""
    items = scores.shape[1]
    keys = scores.astype(np.int32)  # between -2^30 and 2^30, and above 0 not more than half a step
    keys &= -(1 << digits)
    keys |= np.arange(items, dtype=np.int32)
    keys.sort(axis=1)
    steps = np.empty_like(keys)  # to the next key, of all rows in one line, which is faster
    np.subtract(keys.ravel()[1:], keys.ravel()[:-1], out=steps.ravel()[:-1])
    steps[:, -1] = np.iinfo(np.int32).max
    keys &= (1 << digits) - 1
    keys += np.arange(items, dtype=np.int32) * np.int32(items)
    cells[:] = keys
    return np.flatnonzero(steps.min(axis=1) < 2 << digits)


def _rank_long(scores: Floats, digits: int) -> npt.NDArray[np.int64]:
    """The same by all bits; equal scores share a rank."""
    keys = scores.astype(np.int64)
    _sort(keys, digits)
    return np.asarray((keys & ((1 << digits) - 1)) * scores.shape[1] + (keys >> digits))


def _batches(rows: npt.NDArray[Any], size: int) -> Iterator[npt.NDArray[Any]]:
    """Views of so many rows at a time, at least one."""
    size = max(1, size)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _quantiles(counts: npt.NDArray[np.int64], draws: int) -> Floats:
    """Median, 5 %, 95 % and the share in the top ten, 4 × items, of ranks × items."""
    upto = counts.cumsum(axis=0)
    least = [ceil(share * draws - ROUNDING) for share in (0.5, 0.05, 0.95)]
    ranks = [(upto < number).view(np.int8).sum(axis=0, dtype=np.int32) + 1.0 for number in least]
    return np.array([*ranks, upto[min(TOP, len(counts)) - 1] / draws])
