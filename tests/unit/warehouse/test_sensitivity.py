"""What becomes of ranks under other choices, against loops over items."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.model import Words
from schemas.score import COMPONENTS, Component
from tests.golden import Floats
from warehouse.indicators import composite, sensitivity
from warehouse.marts.mart_opportunity_components import scaled
from warehouse.marts.opportunity_words import figure, words_of

pytestmark = pytest.mark.fast
NAN = float("nan")


def by_hand(values: Floats, weights: list[float], scored: list[bool] | None = None) -> list[float]:
    """Ranks of the items of one set: 1 and how many are better."""
    scores = []
    for column in values.T:
        known = [(v, w) for v, w in zip(column, weights, strict=True) if not np.isnan(v)]
        weight = sum(w for _, w in known)
        enough = weight >= 0.7 * sum(weights) - 1e-9
        scores.append(sum(v * w for v, w in known) / weight if enough else NAN)
    if scored:
        scores = [s if is_in else NAN for s, is_in in zip(scores, scored, strict=True)]
    return [NAN if np.isnan(s) else 1.0 + sum(other > s + 1e-9 for other in scores) for s in scores]


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.15]))
def test_every_ranking_is_that_of_a_person(seed: int, gaps: float) -> None:
    random = np.random.default_rng(seed)
    values = random.random((4, 1, 7)).round(2)
    values[random.random(values.shape) < gaps] = np.nan
    weights = [3.0, 2.0, 1.0, 0.0]
    drawn = composite.draw_weights(composite.checked_weights(weights), 50)
    found = sensitivity.checks(values, np.array(weights), drawn, other_scales={"same": values})
    one = values[:, 0]
    base = by_hand(one, weights)
    scored = [not np.isnan(r) for r in base]
    same = np.testing.assert_array_equal
    same(found.rank[0], base)
    same(found.rank_by_scale["same"][0], base)
    same(found.rank_equal_weights[0], by_hand(one, [1, 1, 1, 0], scored))
    same(found.rank_worst_missing[0], by_hand(np.nan_to_num(one), weights, scored))
    without = [by_hand(np.delete(one, i, axis=0), np.delete(weights, i).tolist(), scored)
               for i in range(3)]  # fmt: skip
    every = np.array([base, *without])
    for i, is_in in enumerate(scored):
        if is_in:
            assert found.rank_least[0, i] == np.nanmin(every[:, i])
            assert found.rank_most[0, i] == np.nanmax(every[:, i])
            assert found.tied[0, i] == base.count(base[i])
    ranks = np.array([r for r in base if not np.isnan(r)])
    tied = found.tied[0][scored]
    n = len(ranks)
    assert sum(ranks + (tied - 1) / 2) == n * (n + 1) / 2


def test_nothing_known_has_no_rank_and_no_error() -> None:
    drawn = composite.draw_weights(np.array([0.5, 0.5]), 10)
    for shape in ((2, 1, 3), (2, 0, 0), (2, 1, 1)):
        found = sensitivity.checks(np.full(shape, NAN), np.ones(2), drawn, other_scales={})
        assert np.isnan(found.rank).all()
        assert np.isnan(found.tau_least).all()


def test_a_constant_component_has_no_scale_but_goalposts() -> None:
    words = Words("a", "b")
    fixed = Component("x", 1, "goalposts", words, words, words, low=2, high=0)
    same = np.array([1.0, 1.0, NAN])
    np.testing.assert_array_equal(scaled(same, fixed), [0.5, 0.5, NAN])
    for scale in ("minmax", "percentile", "zscore"):
        assert np.isnan(scaled(same, fixed, scale)).all()
    np.testing.assert_array_equal(scaled(np.array([1.0, 2.0]), fixed, "minmax"), [1, 0])
    np.testing.assert_array_equal(scaled(np.array([1.0, 3.0]), fixed, "percentile"), [1, 0.5])


def test_reasons_are_the_strongest_first_and_what_is_unknown_speaks_against() -> None:
    names = list(COMPONENTS["export"])[:5]
    parts = [Component(n, 1, "minmax", Words(f"t{n}", f"T{n}"), Words(f"+{n}", f"+{n}"),
                       Words(f"-{n}", f"-{n}")) for n in names]  # fmt: skip
    values = np.array([2_500_000.0, 0.123, 0.4, NAN, 0.5])
    good, bad = words_of("export", parts, values, np.array([0.1, 0.3, -0.2, NAN, 0.2]))
    assert good.en == "+market_growth (12.3%); +advantage (0.50); +market_size (2.5 million USD)"
    assert good.id == "+market_growth (12,3%); +advantage (0,50); +market_size (2,5 juta USD)"
    assert bad.en == "-supplier_concentration (0.40); unknown: Tshare_gap"
    assert words_of("export", parts, values, np.zeros(5)) == (Words("", ""), Words("", ""))


@pytest.mark.parametrize(
    ("value", "shape", "indonesian", "english"),
    [(-0.0001, "percent", "0,0%", "0.0%"), (1234.0, "count", "1.234", "1,234"),
     (1.5e12, "money", "1,5 triliun USD", "1.5 trillion USD"), (12.0, "money", "12 USD", "12 USD"),
     (-0.5, "number", "−0,50", "−0.50"),
     (-0.006, "points", "−0,6 poin persentase", "−0.6 percentage points")],
)  # fmt: skip
def test_figures_are_written_as_people_do(
    value: float, shape: str, indonesian: str, english: str
) -> None:
    assert figure(value, shape, "id") == indonesian
    assert figure(value, shape, "en") == english
