"""Scores and the intervals of their ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ConfigurationError
from tests.golden import Floats
from warehouse.indicators import composite

pytestmark = pytest.mark.fast


def components(seed: int, k: int = 4, items: int = 9, gaps: float = 0.0) -> Floats:
    generator = np.random.default_rng(seed)
    found = generator.random((k, items)).round(3)
    found[generator.random(found.shape) < gaps] = np.nan
    return found


def naive_score(column: Floats, weights: Floats, geometric: bool, groups: list[str]) -> float:
    """One item, as a person would."""
    total = sum(weights)
    parts: dict[str, list[tuple[float, float]]] = {}
    for value, weight, group in zip(column, weights, groups, strict=True):
        if not np.isnan(value):
            parts.setdefault(group, []).append((value, weight / total))
    members = [pair for pairs in parts.values() for pair in pairs]
    if sum(w for _, w in members) < 0.7 - 1e-9:
        return np.nan
    if not geometric:
        return sum(v * w for v, w in members) / sum(w for _, w in members)
    product, power = 1.0, 0.0
    for pairs in parts.values():
        weight = sum(w for _, w in pairs)
        product *= (sum(v * w for v, w in pairs) / weight) ** weight
        power += weight
    return float(product ** (1 / power))


@given(st.integers(0, 10_000), st.booleans(), st.sampled_from(["abcd", "aabb", "abbb"]))
def test_scores_are_those_of_a_loop(seed: int, geometric: bool, groups: str) -> None:
    values = components(seed, gaps=0.2)
    weights = np.random.default_rng(seed + 1).random(4) + 0.05
    names = list(groups)
    found = composite.score(values, weights, geometric=geometric, groups=names).score
    expected = [naive_score(c, weights, geometric, names) for c in values.T]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(st.integers(0, 10_000), st.booleans())
def test_intervals_are_those_of_a_loop(seed: int, geometric: bool) -> None:
    values = components(seed, gaps=0.1).round(1)  # with ties
    weights = composite.checked_weights([3, 2, 1, 1])
    drawn = composite.draw_weights(weights, 60, seed=seed)
    scored = ~np.isnan(composite.score(values, weights, geometric=geometric).score)
    found = composite.rank_intervals(values, drawn, geometric=geometric, scored=scored)
    ranks = np.full((60, 9), np.nan)
    for draw, row in zip(drawn, ranks, strict=True):
        scores = np.array([
            _without_limit(c, draw, geometric) if s else np.nan
            for c, s in zip(values.T, scored, strict=True)
        ])  # fmt: skip
        for item in np.flatnonzero(scored):
            row[item] = 1 + sum(scores[other] > scores[item] + 1e-9 for other in range(9))
    known = ranks[:, scored]
    for share, row in ((0.5, found.median), (0.05, found.low), (0.95, found.high)):
        expected = np.quantile(known, share, axis=0, method="inverted_cdf")
        np.testing.assert_array_equal(row[scored], expected)
        assert np.isnan(row[~scored]).all()
    np.testing.assert_allclose(found.in_top[scored], (known <= 10).mean(axis=0))


def _without_limit(column: Floats, weights: Floats, geometric: bool) -> float:
    known = ~np.isnan(column)
    share = weights[known] / weights[known].sum()
    if geometric:
        return float(np.prod(column[known] ** share))
    return float(column[known] @ share)


@given(st.integers(0, 10_000))
def test_a_huge_concentration_of_the_draws_has_the_base_ranks(seed: int) -> None:
    values = components(seed)
    weights = composite.checked_weights([4, 3, 2, 1])
    drawn = composite.draw_weights(weights, 200, concentration=1e14)
    scores = composite.score(values, weights).score
    base = composite.score_ranks(scores)
    found = composite.rank_intervals(values, drawn)
    # Equal scores of different components are a tie that the smallest change of weights breaks.
    near = np.abs(scores[:, None] - scores[None, :]) < 1e-5
    apart = (near.sum(axis=1) == 1) & np.isfinite(scores)
    assert found.median[apart].tolist() == base[apart].tolist()
    assert found.low[apart].tolist() == base[apart].tolist() == found.high[apart].tolist()
    assert not found.is_unstable[apart].any()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_ranks_of_scores_count_who_is_better(scores: list[int]) -> None:
    """Also where rounding makes a difference of the last digit."""
    values = np.array(scores) / 10
    noisy = values * (1 + 1e-15 * (np.arange(len(values)) % 3))
    expected = [1 + sum(o > s for o in scores) for s in scores]
    assert composite.score_ranks(values).tolist() == expected
    assert composite.score_ranks(noisy).tolist() == expected
    n = len(scores)
    if len(set(scores)) == n:
        assert composite.score_ranks(values).sum() == n * (n + 1) / 2


def test_many_sets_at_once_are_each_alone() -> None:
    sets = np.stack([components(s, gaps=0.1) for s in range(5)], axis=1)
    weights = composite.checked_weights([1, 1, 1, 1])
    drawn = composite.draw_weights(weights, 100)
    whole = composite.rank_intervals(sets, drawn)
    scores = composite.score(sets, weights)
    for place in range(5):
        alone = composite.rank_intervals(sets[:, place], drawn)
        np.testing.assert_array_equal(whole.median[place], alone.median)
        np.testing.assert_array_equal(whole.in_top[place], alone.in_top)
        np.testing.assert_array_equal(
            scores.score[place], composite.score(sets[:, place], weights).score
        )


def test_the_same_seed_has_the_same_bytes_and_batches_make_no_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = components(1, items=30, gaps=0.1)
    weights = composite.checked_weights([1, 2, 3, 4])
    drawn = composite.draw_weights(weights, 500, seed=7)
    assert drawn.tobytes() == composite.draw_weights(weights, 500, seed=7).tobytes()
    assert drawn.tobytes() != composite.draw_weights(weights, 500, seed=8).tobytes()
    np.testing.assert_allclose(drawn.sum(axis=1), 1)
    np.testing.assert_allclose(drawn.mean(axis=0), weights, atol=0.05)
    whole = composite.rank_intervals(values, drawn)
    monkeypatch.setattr(composite, "MOST_AT_ONCE", 100)
    parted = composite.rank_intervals(values, drawn)
    assert [a.tobytes() for a in whole] == [a.tobytes() for a in parted]


def test_a_component_without_weight_has_none_in_any_draw() -> None:
    drawn = composite.draw_weights(np.array([1, 0, 1.0]), 50)
    assert not drawn[:, 1].any()
    values = np.array([[1, 0.0], [np.nan, 5], [1, 0]])
    found = composite.rank_intervals(values, drawn)
    assert found.high.tolist() == [1, 2]


@pytest.mark.filterwarnings("error")
def test_a_component_without_weight_makes_no_geometric_mean_zero() -> None:
    values = np.array([[0.5, 1], [0, 1], [0.5, np.nan]])
    found = composite.score(values, np.array([1, 0, 1.0]), geometric=True, least_weight=0.5)
    np.testing.assert_allclose(found.score, [0.5, 1])


def test_too_little_weight_has_no_score() -> None:
    values = np.array([[1.0, np.nan, 1], [1, 1, np.nan], [1, 1, np.nan]])
    found = composite.score(values, np.array([0.3, 0.35, 0.35]))
    np.testing.assert_array_equal(np.isnan(found.score), [False, False, True])
    np.testing.assert_allclose(found.weight_present, [1, 0.7, 0.3])
    intervals = composite.rank_intervals(
        values, composite.draw_weights(np.ones(3), 20), scored=~np.isnan(found.score)
    )
    np.testing.assert_array_equal(np.isnan(intervals.median), [False, False, True])


@pytest.mark.parametrize("weights", [(7, 3), (0.7, 0.3), (2.1, 0.9), (1.4, 0.6)])
def test_just_enough_weight_is_enough(weights: tuple[float, float]) -> None:
    found = composite.score(np.array([[1.0], [np.nan]]), np.array(weights))
    assert found.score.tolist() == [1]


def test_the_top_ten_are_ten() -> None:
    values = np.arange(30, 0, -1.0)[None, :]
    found = composite.rank_intervals(values, composite.draw_weights(np.ones(1), 20))
    assert found.in_top.tolist() == [1] * 10 + [0] * 20


def test_a_draw_with_all_weight_on_what_is_missing_is_a_score_still() -> None:
    """Such draws are likely at a low concentration; the weight of the rest is the smallest number,
    not 0."""
    values = np.array([[np.nan, 0.5, 0.4], [0.1, 0.3, 0.2]])
    drawn = composite.draw_weights(np.array([0.3, 0.7]), 100, concentration=1e-4)
    found = composite.rank_intervals(values, drawn)
    assert (found.low[0], found.high[0]) == (3, 3)


def test_a_zero_makes_a_geometric_mean_zero() -> None:
    values = np.array([[0.0, 1], [0.5, 1]])
    found = composite.score(values, np.ones(2), geometric=True).score
    np.testing.assert_allclose(found, [0, 1])
    intervals = composite.rank_intervals(
        values, composite.draw_weights(np.ones(2), 50, concentration=0.01), geometric=True
    )
    assert intervals.median.tolist() == [2, 1]


def test_contributions_add_up_to_the_score() -> None:
    values = components(2, gaps=0.1)
    weights = composite.checked_weights([4, 3, 2, 1])
    found = composite.score(values, weights, least_weight=0)
    np.testing.assert_allclose(
        np.nansum(composite.contribution(values, weights), axis=0), np.nan_to_num(found.score)
    )


def test_leaving_one_out() -> None:
    values = np.array([[3, 2, 1.0], [1, 2, 3], [3, 2, 1]]) / 3
    found, agreement = composite.leave_one_out(values, np.ones(3))
    assert found.tolist() == [[1, 1, 1], [1, 2, 3], [1, 1, 1]]
    assert agreement[1].tau == 1
    assert agreement[0].reason == "constant"


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [1, np.nan], [1, np.inf]])
def test_weights_that_mean_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        composite.checked_weights(weights)
    assert caught.value.code == "bad_weights"


def test_settings_that_mean_nothing_are_refused() -> None:
    for settings in ({"draws": 0}, {"concentration": 0}, {"concentration": -1.0}):
        with pytest.raises(ConfigurationError):
            composite.draw_weights(np.ones(2), **settings)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as caught:
        composite.score(np.array([[-1.0]]), np.ones(1), geometric=True)
    assert caught.value.code == "geometric_negative"


@pytest.mark.parametrize("items", [1, 2, 3, 255, 256, 257, 3000])
def test_any_number_of_items(items: int) -> None:
    values = components(items, k=2, items=items)
    found = composite.score(values, np.ones(2)).score
    expected = [1 + int((found > s + 1e-9).sum()) for s in found]
    assert composite.score_ranks(found).tolist() == expected


@pytest.mark.parametrize("lowest", [0.0, -0.4])
@pytest.mark.parametrize("distance", [1.0, 1e-6, 1e-9])
def test_ranks_by_few_bits_first_are_those_by_all(
    monkeypatch: pytest.MonkeyPatch, lowest: float, distance: float
) -> None:
    """Scores that are far apart, close and closer than the bits that are sorted first."""
    values = components(5, items=60)[:, None] * distance + 0.5 + lowest
    values[0, 0, 0] = lowest
    drawn = composite.draw_weights(composite.checked_weights([1, 1, 1, 1]), 300)
    found = composite.rank_intervals(values, drawn)
    monkeypatch.setattr(composite, "LEAST_SHORT_STEPS", 99)
    for few, all_bits in zip(found, composite.rank_intervals(values, drawn), strict=True):
        np.testing.assert_array_equal(few, all_bits)


def test_a_few_draws_that_are_close_are_ranked_by_all_bits() -> None:
    """One draw in ten has the second item first, by less than the bits that are sorted first."""
    drawn = np.tile([0.9, 0.1], (1000, 1))
    drawn[3::10] = [0.5 - 1e-10, 0.5 + 1e-10]
    found = composite.rank_intervals(np.eye(2), drawn)
    assert [list(part) for part in found] == [[1, 2], [1, 1], [2, 2], [1, 1]]
