"""What holds for every input, and where a figure must stay empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from schemas.errors import ConfigurationError
from tests.golden import Floats
from warehouse.indicators import (
    advantage,
    averages,
    complexity,
    concentration,
    growth,
    normalise,
    outliers,
    ranks,
    reasons,
    space,
    trade,
)  # fmt: skip
from warehouse.indicators.normalise import Goalposts

pytestmark = pytest.mark.fast

SIDES = st.tuples(st.integers(1, 6), st.integers(1, 6))
FIGURES = st.integers(0, 10_000).map(float)
TABLES = npst.arrays(float, SIDES, elements=FIGURES)
LISTS = npst.arrays(float, st.integers(1, 12), elements=FIGURES)


class TestAdvantage:
    @given(TABLES, st.integers(-3, 6))
    def test_a_unit_changes_nothing(self, values: Floats, power: int) -> None:
        np.testing.assert_array_equal(advantage.rca(values * 2.0**power), advantage.rca(values))

    @given(TABLES)
    def test_products_weighted_by_the_world_have_a_mean_of_one(self, values: Floats) -> None:
        index = advantage.rca(values)
        if values.sum():
            world = values.sum(axis=0) / values.sum()
            for row, exports in zip(index, values, strict=True):
                if exports.any():
                    assert np.nansum(row * world) == pytest.approx(1)

    @given(TABLES)
    def test_the_symmetric_form_is_symmetric(self, values: Floats) -> None:
        index = advantage.rca(values)
        known = index[~np.isnan(index) & (index > 0)]
        np.testing.assert_allclose(advantage.rsca(1 / known), -advantage.rsca(known), atol=1e-12)
        assert (np.abs(advantage.rsca(known)) < 1).all()

    def test_at_least_one_does_not_depend_on_rounding(self) -> None:
        """Equal shares: RCA is 1 everywhere, whatever the sums are."""
        for scale in (1, 3, 7, 49, 0.1):
            values = np.outer([1, 2, 3], [3, 5, 11, 49]) * scale
            assert advantage.has_advantage(values).all()

    def test_empty_cells_and_their_reasons(self) -> None:
        values = np.array([[np.nan, 5, 0], [-1, 5, 0], [0, 0, 0]])
        assert np.isnan(advantage.rca(values)).sum() == 7
        assert advantage.rca(values)[0, 1] == 1
        assert advantage.why_undefined(values).tolist() == [
            ["value_missing", "", "world_zero"],
            ["negative", "", "world_zero"],
            ["total_zero", "total_zero", "total_zero"],
        ]
        assert advantage.rsca(np.array([0.0]))[0] == -1


def random_matrix(seed: int, countries: int = 12, products: int = 30) -> Any:
    """Rich countries have more products, and rarer ones: not by chance in parts."""
    generator = np.random.default_rng(seed)
    capable = np.sort(generator.random(countries))
    asked = np.sort(generator.random(products))
    return generator.random((countries, products)) < 0.1 + 0.9 * (capable[:, None] > asked)


class TestComplexity:
    @given(st.integers(0, 50))
    def test_it_rises_with_diversity(self, seed: int) -> None:
        matrix = random_matrix(seed)
        found = complexity.eigenvector(matrix)
        if found.reason == reasons.DEFINED:
            kept = ~np.isnan(found.countries)
            diversity = matrix.sum(axis=1)[kept]
            assert np.corrcoef(found.countries[kept], diversity)[0, 1] > 0
            assert np.nanmean(found.countries) == pytest.approx(0, abs=1e-12)
            assert np.nanstd(found.countries, ddof=1) == pytest.approx(1)
            assert np.nanstd(found.products, ddof=1) == pytest.approx(1)

    def test_order_of_rows_and_empty_ones_change_nothing(self) -> None:
        matrix = random_matrix(3)
        base = complexity.eigenvector(matrix)
        turned = complexity.eigenvector(matrix[::-1, ::-1])
        np.testing.assert_allclose(turned.countries[::-1], base.countries, rtol=1e-9)
        wider = np.zeros((13, 31), dtype=bool)
        wider[1:, 1:] = matrix
        found = complexity.eigenvector(wider)
        np.testing.assert_allclose(found.countries[1:], base.countries, rtol=1e-9)
        assert np.isnan(found.countries[0])
        assert np.isnan(found.products[0])

    def test_more_countries_than_products(self) -> None:
        """The smaller of the two matrices is solved; the answer is the same as the larger's."""
        matrix = random_matrix(5)
        m = matrix.astype(float)
        larger = (m.T / m.sum(axis=0)[:, None]) @ (m / m.sum(axis=1)[:, None])
        values, vectors = np.linalg.eig(larger)
        second = np.real(vectors[:, np.argsort(values.real)[-2]])
        pci = complexity.eigenvector(matrix).products
        assert abs(np.corrcoef(second, pci)[0, 1]) == pytest.approx(1)
        tall = random_matrix(5, countries=40, products=9)
        other = complexity.eigenvector(tall)
        t = tall[tall.any(axis=1)].astype(float)
        of_countries = (t / t.sum(axis=1)[:, None]) @ (t / t.sum(axis=0)).T
        values, vectors = np.linalg.eig(of_countries)
        second = np.real(vectors[:, np.argsort(values.real)[-2]])
        known = other.countries[~np.isnan(other.countries)]
        assert abs(np.corrcoef(second, known)[0, 1]) == pytest.approx(1)

    @pytest.mark.parametrize(
        ("matrix", "reason"),
        [
            (np.kron(np.eye(2), np.tri(3)) > 0, "disconnected"),
            (np.ones((3, 4), dtype=bool), "all_alike"),
            (np.ones((1, 4), dtype=bool), "few_values"),
            (np.zeros((3, 4), dtype=bool), "no_advantage"),
            (np.zeros((0, 0), dtype=bool), "no_advantage"),
            (np.array([[1, 1, 0], [0, 1, 1]], dtype=bool), "sign_undetermined"),
            (np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=bool), "repeated_eigenvalue"),
        ],
        ids=lambda x: x if isinstance(x, str) else "",
    )
    def test_what_has_no_order_has_no_figure(self, matrix: Any, reason: str) -> None:
        found = complexity.eigenvector(matrix)
        assert found.reason == reason
        assert np.isnan(found.countries).all()
        assert np.isnan(found.products).all()

    def test_parts_have_no_reflections(self) -> None:
        parts = np.kron(np.eye(2), np.tri(3)) > 0
        assert complexity.reflections(parts).reason == "disconnected"
        assert complexity.reflections(np.ones((3, 4), dtype=bool)).reason == "all_alike"

    def test_reflections_lead_to_the_eigenvector(self) -> None:
        matrix = random_matrix(7)
        found = complexity.reflections(matrix, 400)
        expected = complexity.eigenvector(matrix)
        np.testing.assert_allclose(found.countries, expected.countries, atol=1e-6)
        np.testing.assert_allclose(found.products, expected.products, atol=1e-6)
        odd = complexity.reflections(matrix, 401)
        np.testing.assert_allclose(odd.countries, expected.countries, atol=1e-6)

    def test_fitness_by_hand(self) -> None:
        """Two countries, the second with one of the first's two products: one step."""
        matrix = np.array([[1, 1], [1, 0]], dtype=bool)
        found = complexity.fitness(matrix, 1)
        np.testing.assert_allclose(found.countries, [4 / 3, 2 / 3])
        np.testing.assert_allclose(found.products, [2 / 3, 4 / 3])
        settled = complexity.fitness(random_matrix(1))
        assert np.nanmean(settled.countries) == pytest.approx(1)
        assert complexity.fitness(np.zeros((2, 2), dtype=bool)).reason == "no_advantage"


class TestSpace:
    @given(st.integers(0, 50))
    def test_bounds(self, seed: int) -> None:
        matrix = random_matrix(seed, 5, 8)
        near = space.proximity(matrix)
        known = near[~np.isnan(near)]
        assert ((known >= 0) & (known <= 1)).all()
        np.testing.assert_array_equal(near, near.T)
        density = space.density(matrix)
        kept = matrix.any(axis=0)
        assert np.isnan(density[:, ~kept]).all()
        inside = density[:, kept]
        assert ((inside >= 0) & (inside <= 1 + 1e-12)).all()

    def test_who_has_everything_is_at_no_distance(self) -> None:
        matrix = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0]], dtype=bool)
        np.testing.assert_allclose(space.density(matrix)[0], 1)


class TestConcentration:
    @given(LISTS)
    def test_bounds(self, values: Floats) -> None:
        n = len(values)
        if not values.any():
            assert concentration.why_undefined(values) == "total_zero"
            assert np.isnan(concentration.hhi(values))
            return
        assert 1 / n - 1e-12 <= concentration.hhi(values) <= 1 + 1e-12
        assert 1 / n - 1e-12 <= concentration.rosenbluth(values) <= 1 + 1e-9
        assert -1e-12 <= concentration.gini(values) <= 1 - 1 / n + 1e-12
        assert -1e-12 <= concentration.theil(values) <= np.log(n) + 1e-12
        assert -1e-12 <= concentration.atkinson(values) <= 1 + 1e-12
        if n > 1:
            assert -1e-12 <= concentration.hhi_normalised(values) <= 1 + 1e-12
        for measure in (concentration.hhi, concentration.gini, concentration.theil):
            assert measure(values * 3) == pytest.approx(measure(values), abs=1e-12)
            assert measure(values[::-1]) == pytest.approx(measure(values), abs=1e-12)

    @given(LISTS, st.integers(0, 5))
    def test_theils_parts_add_up(self, values: Floats, seed: int) -> None:
        groups = np.random.default_rng(seed).choice(list("abc"), len(values)).tolist()
        parts = concentration.theil_parts(values, groups)
        if values.any():
            assert parts.between + parts.within == pytest.approx(parts.total, abs=1e-12)
            assert parts.between >= -1e-12
            assert parts.within >= -1e-12

    @pytest.mark.parametrize(
        ("values", "reason"),
        [([], "no_values"), ([np.nan], "no_values"), ([0, 0], "total_zero"), ([1, -1], "negative")],
    )
    def test_nothing_to_share(self, values: list[float], reason: str) -> None:
        found = np.array(values, float)
        assert concentration.why_undefined(found) == reason
        measures: list[Callable[[Floats], float]] = [
            concentration.hhi, concentration.hhi_normalised, concentration.gini,
            concentration.theil, concentration.rosenbluth, concentration.atkinson,
        ]  # fmt: skip
        assert all(np.isnan(measure(found)) for measure in measures)
        assert np.isnan(concentration.theil_parts(found, ["a"] * len(found))).all()

    def test_missing_values_are_left_out_and_one_member_is_whole(self) -> None:
        assert concentration.hhi(np.array([1, np.nan, 1])) == 0.5
        assert np.isnan(concentration.hhi_normalised(np.array([5.0])))
        assert concentration.atkinson(np.array([0.0, 1.0]), 1) == 1
        with pytest.raises(ConfigurationError):
            concentration.atkinson(np.array([1.0]), 0)


class TestTrade:
    @given(LISTS)
    def test_equal_shares_fit_wholly(self, values: Floats) -> None:
        if values.any():
            assert trade.complementarity(values, 7 * values) == pytest.approx(100)
        else:
            assert np.isnan(trade.complementarity(values, values))

    def test_nothing_in_common_does_not_fit(self) -> None:
        assert trade.complementarity(np.array([1, 0, 2.0]), np.array([0, 5, 0.0])) == 0

    @given(LISTS)
    def test_a_neutral_ease_leaves_supply_times_demand(self, supply: Floats) -> None:
        demand = supply[::-1] + 1
        np.testing.assert_array_equal(trade.potential(supply, demand), supply * demand)
        expected = trade.potential(supply, demand).sum()
        if expected:
            assert trade.ease(expected, supply, demand) == pytest.approx(1)
        else:
            assert np.isnan(trade.ease(5, supply, demand))

    def test_what_is_left_is_never_below_zero(self) -> None:
        found = trade.unrealised([10, 10, 10], [4, 14, np.nan])
        np.testing.assert_array_equal(found, [6, 0, np.nan])

    def test_gap(self) -> None:
        assert float(trade.mirror_gap_share(106, 100)) == pytest.approx(0)
        assert float(trade.mirror_gap_share(100, 0, 1)) == 2
        assert np.isnan(trade.mirror_gap_share([0, np.nan], [0, 1])).all()


class TestGrowth:
    def test_bases_that_have_no_growth(self) -> None:
        values = np.array([0, 5, np.nan, 4, -2, 3, 6])
        found = growth.growth(values)
        np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, np.nan, -1.5, np.nan, 1])
        why = growth.why_no_growth(values, growth.before(values)).tolist()
        assert why == [
            "base_missing", "base_zero", "value_missing", "base_missing", "", "base_negative", ""
        ]  # fmt: skip

    def test_equal_sets(self) -> None:
        """The second partner has not reported the last year yet."""
        values = np.array([[100, 50], [110, 60], [121, np.nan], [np.nan, 70]])
        found = growth.growth_on_equal_sets(values)
        np.testing.assert_allclose(found, [np.nan, 170 / 150 - 1, 0.1, np.nan], atol=1e-12)
        parts = growth.contributions(values)
        np.testing.assert_allclose(np.nansum(parts[1:3], axis=1), found[1:3], atol=1e-12)
        assert np.isnan(parts[2, 1])

    def test_the_year_so_far_ends_at_a_gap(self) -> None:
        years = np.array([[1, 2, 3.0], [2, 2, np.nan]])
        np.testing.assert_array_equal(growth.cumulative(years), [[1, 3, 6], [2, 4, np.nan]])
        np.testing.assert_allclose(growth.growth(growth.cumulative(years))[1, :2], [1, 1 / 3])

    def test_compound_growth_of_nothing(self) -> None:
        found = growth.cagr([0, -1, 5, 5, 5], [1, 1, -1, 0, 5], [1, 1, 1, 1, 0])
        np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, -1, np.nan])
        with pytest.raises(ConfigurationError):
            growth.growth(np.array([1.0]), 0)

    @given(st.floats(1, 1e6), st.floats(-0.5, 2), st.integers(1, 20))
    def test_compound_growth_is_what_was_put_in(self, start: float, rate: float, n: int) -> None:
        found = float(growth.cagr(start, start * (1 + rate) ** n, n))
        assert found == pytest.approx(rate, abs=1e-9)


class TestOutliers:
    def test_no_limits(self) -> None:
        assert outliers.mad_limits(np.array([1, 1, 1, 1, 9.0])).reason == "mad_zero"
        assert outliers.mad_limits(np.array([1, 2, 3, 4.0])).reason == "few_values"
        assert outliers.mad_limits(np.array([np.nan])).reason == "no_values"
        values = np.array([1, 1, 1, 1, 9.0])
        assert not outliers.is_outlier(values, outliers.mad_limits(values)).any()
        with pytest.raises(ConfigurationError):
            outliers.mad_limits(values, 0)


class TestRanks:
    @given(LISTS)
    def test_ranks_add_up(self, values: Floats) -> None:
        n = len(values)
        for ties in ("mean", "order"):
            assert ranks.ranks(values, ties=ties).sum() == n * (n + 1) / 2
        low = ranks.ranks(values, highest_first=True)
        assert low.min() == 1
        assert low.sum() <= n * (n + 1) / 2

    def test_ties(self) -> None:
        values = np.array([5, np.nan, 3, 5.0])
        np.testing.assert_array_equal(ranks.ranks(values), [2, np.nan, 1, 2])
        np.testing.assert_array_equal(ranks.ranks(values, ties="mean"), [2.5, np.nan, 1, 2.5])
        np.testing.assert_array_equal(
            ranks.ranks(values, ties="order", highest_first=True), [1, np.nan, 3, 2]
        )

    @given(npst.arrays(float, st.tuples(st.integers(2, 12), st.just(2)), elements=FIGURES))
    def test_kendall_is_symmetric(self, pairs: Floats) -> None:
        a, b = pairs.T
        found = ranks.kendall(a, b)
        if found.reason:
            assert found.reason == "constant"
            return
        assert found.tau == pytest.approx(ranks.kendall(b, a).tau)
        assert ranks.kendall(a, -b).tau == pytest.approx(-found.tau)
        assert ranks.kendall(a, a).tau == pytest.approx(1)

    def test_one_pair_has_no_order(self) -> None:
        one = np.array([1, np.nan])
        assert ranks.kendall(one, np.array([1, 2.0])).reason == "few_values"


class TestNormalise:
    @pytest.mark.parametrize("method", sorted(normalise.METHODS))
    def test_constant_and_empty(self, method: str) -> None:
        for values in ([3, 3, np.nan], [np.nan, np.nan], [-1, 1], [0, 0]):
            found = normalise.METHODS[method](np.array(values, float))
            assert found.shape == (len(values),)
            assert not np.isinf(found).any()
        if method in ("minmax", "zscore"):
            assert np.isnan(normalise.METHODS[method](np.array([3, 3.0]))).all()

    def test_goalposts(self) -> None:
        posts = Goalposts(10, 1000, logarithm=True)
        found = normalise.goalposts(np.array([10, 100, 1e9, 0, -5, np.nan]), posts)
        np.testing.assert_allclose(found, [0, 0.5, 1, 0, 0, np.nan])
        less = normalise.goalposts(np.array([2.0, 0.0]), Goalposts(10, 0))
        np.testing.assert_allclose(less, [0.8, 1])
        free = normalise.goalposts(np.array([20.0]), Goalposts(0, 10, capped=False))
        assert free[0] == 2
        for low, high, log in ((1, 1, False), (0, 1, True), (np.nan, 1, False)):
            with pytest.raises(ConfigurationError):
                Goalposts(low, high, log)


def test_days_without_a_rate_are_not_filled() -> None:
    days = np.array(["2026-01-02", "2026-01-03", "2026-03-01"], dtype="datetime64[D]")
    months, means = averages.monthly_mean(days, np.array([2, np.nan, 4.0]))
    assert months.astype(str).tolist() == ["2026-01", "2026-03"]
    assert means.tolist() == [2, 4]
