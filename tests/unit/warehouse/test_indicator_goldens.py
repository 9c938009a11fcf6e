"""Each published result, by the functions: within the tolerance that its README states."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.golden import Floats, column, records
from warehouse.indicators import (
    advantage,
    averages,
    complexity,
    composite,
    concentration,
    growth,
    normalise,
    outliers,
    ranks,
    trade,
)  # fmt: skip
from warehouse.indicators.normalise import Goalposts

pytestmark = pytest.mark.fast


Exports = tuple[list[str], list[str], Floats]


@cache
def _exports() -> Exports:
    """Countries, products, and the exports of each."""
    rows = records("complexity_eci/trade.csv.gz")
    countries = sorted({row["country"] for row in rows})
    products = sorted({row["product"] for row in rows})
    places = {c: i for i, c in enumerate(countries)}, {p: i for i, p in enumerate(products)}
    values = np.zeros((len(countries), len(products)))
    for row in rows:
        values[places[0][row["country"]], places[1][row["product"]]] = float(row["value"])
    return countries, products, values


class TestComplexity:
    @pytest.fixture
    def exports(self) -> Exports:
        return _exports()

    def test_rca(self, exports: Exports) -> None:
        countries, products, values = exports
        found = advantage.rca(values)
        for row in records("complexity_eci/rca_published.csv"):
            cell = found[countries.index(row["country"]), products.index(row["product"])]
            assert cell == pytest.approx(float(row["value"]), rel=1e-7)

    def test_eigenvectors(self, exports: Exports) -> None:
        countries, products, values = exports
        matrix = advantage.has_advantage(values)
        found = complexity.eigenvector(matrix)
        assert [r["country"] for r in records("complexity_eci/countries.csv")] == countries
        assert [r["product"] for r in records("complexity_eci/products.csv")] == products
        assert (matrix.sum(axis=1) == column("complexity_eci/countries.csv", "diversity")).all()
        assert (matrix.sum(axis=0) == column("complexity_eci/products.csv", "ubiquity")).all()
        eci, pci = (
            column("complexity_eci/countries.csv", "eci_eigen"),
            column("complexity_eci/products.csv", "pci_eigen"),
        )
        np.testing.assert_allclose(found.countries, eci, rtol=1e-7)
        np.testing.assert_allclose(found.products, pci, rtol=1e-7)
        published = [-0.5764283, -1.7770752, 1.4090414, -0.1732606, 1.0772452]
        np.testing.assert_allclose(found.countries[:5], published, atol=5e-8)
        assert found.products[4] == pytest.approx(0.14935653, abs=5e-9)

    def test_products_on_the_scale_of_countries(
        self, exports: tuple[list[str], list[str], Floats]
    ) -> None:
        matrix = advantage.has_advantage(exports[2])
        found = complexity.eigenvector(matrix, on_scale_of_countries=True)
        mean = (matrix * found.countries[:, None]).sum(axis=0) / matrix.sum(axis=0)
        np.testing.assert_allclose(found.products, mean, rtol=1e-9)

    def test_reflections(self, exports: Exports) -> None:
        found = complexity.reflections(advantage.has_advantage(exports[2]))
        np.testing.assert_allclose(found.countries[[0, 4]], [-0.5788151, 1.0738736], atol=5e-8)
        np.testing.assert_allclose(found.products[[0, 4]], [-0.66255100, 0.15848849], atol=5e-8)


def test_inequality_of_ten_incomes() -> None:
    x = column("ineq_usa1968/input.csv", "x")
    found = [
        concentration.gini(x), concentration.hhi(x), concentration.atkinson(x),
        concentration.rosenbluth(x), concentration.hhi_normalised(x),
    ]  # fmt: skip
    expected = [0.4620911, 0.1840812, 0.1796591, 0.1859051, 0.0934236]
    np.testing.assert_allclose(found, expected, atol=5e-8)


def test_concentration_of_the_department_of_justice() -> None:
    """Public domain; also in the golden hhi_doj."""
    for shares, expected in (
        ([30, 30, 20, 20], 2600),
        ([10, 9, 12, 15, 12, 11, 15, 16], 1296),
        ([7], 10_000),
    ):
        assert 10_000 * concentration.hhi(np.array(shares, float)) == pytest.approx(expected)


THEIL = (0.20894344, 0.15222451, 0.10472941, 0.10194725, 0.09560113, 0.10511256, 0.10660832)
BETWEEN = (0.0345889, 0.02816853, 0.05260921, 0.05931219, 0.03205257, 0.02963731, 0.03635872)


@pytest.mark.parametrize(
    ("year", "total", "between"), list(zip(range(1940, 2001, 10), THEIL, BETWEEN, strict=True))
)
def test_theil_of_mexico(year: int, total: float, between: float) -> None:
    y = column("pysal_mexico_theil/input.csv", f"pcgdp{year}")
    groups = [row["hanson98"] for row in records("pysal_mexico_theil/input.csv")]
    found = concentration.theil_parts(y, groups)
    assert found.total == pytest.approx(total, abs=1e-7)
    assert found.between == pytest.approx(between, abs=1e-7)
    assert found.within == pytest.approx(found.total - found.between, abs=1e-12)


def test_zeros_add_nothing_to_theil_and_mexicos_gini() -> None:
    zeros = np.array([0, 0, 0, 10, 10, 10.0])
    assert concentration.theil(zeros) == pytest.approx(0.6931471805599453, abs=1e-15)
    y = column("pysal_mexico_theil/input.csv", "pcgdp1940")
    assert concentration.gini(y) == pytest.approx(0.35372371173452849, abs=1e-7)


def test_outliers_of_leys() -> None:
    x = column("leys_mad/input.csv", "x")
    limits = outliers.mad_limits(x, 3)
    found = [limits.median, limits.deviation, limits.lower, limits.upper]
    np.testing.assert_allclose(found, [7, 5.1891, -8.57, 22.57], atol=0.005)
    for k in (2.5, 3.0):
        assert x[outliers.is_outlier(x, outliers.mad_limits(x, k))].tolist() == [1000]


def test_growth_of_visitors_to_japan() -> None:
    file = "growth_jnto/input_and_expected.csv"
    rate = 100 * growth.growth(column(file, "Total_Visitors"))
    expected = column(file, "YoY_Growth_Percent")
    published = ~np.isnan(expected)
    assert published.sum() == 60
    np.testing.assert_allclose(rate[published], expected[published], atol=0.003)


def test_monthly_means_of_the_ecb() -> None:
    rows = records("ecb_monthly_1999_2009/daily.csv")
    days = np.array([row["Date"] for row in rows], dtype="datetime64[D]")
    months, means = averages.monthly_mean(days, column("ecb_monthly_1999_2009/daily.csv", "USD"))
    expected = records("ecb_monthly_1999_2009/expected.csv")
    assert months.astype(str).tolist() == [row["month"] for row in expected]
    np.testing.assert_allclose(means, [float(r["average"]) for r in expected], rtol=1e-12)


def test_mirror_gap_of_the_united_states_and_china() -> None:
    file = "mirror_us_china_balance/input_and_expected.csv"
    found = trade.mirror_gap(column(file, "us_deficit"), column(file, "china_surplus"))
    np.testing.assert_allclose(found, column(file, "gap"), atol=0.05)


def test_compound_growth() -> None:
    row = records("cagr_reference/input.csv")[0]
    found = growth.cagr(*(float(row[n]) for n in ("start", "end", "years")))
    assert 100 * float(found) == pytest.approx(float(row["expected_percent"]), abs=0.01)


def test_kendall_of_the_handbook() -> None:
    found = ranks.kendall(
        column("oecd_kendall/input.csv", "height"), column("oecd_kendall/input.csv", "weight")
    )
    assert found.concordant == 22
    assert found.tau == pytest.approx(4 / 7, abs=1e-15)


NORMALISED = {
    "rank": "rank_low_first", "zscore": "z_score", "minmax": "min_max",
    "ratio_mean": "ratio_to_mean", "ratio_best": "ratio_to_best", "ratio_worst": "ratio_to_worst",
    "above_mean": "above_below_mean_20pct", "percentile": "percentile",
}  # fmt: skip


@pytest.mark.parametrize("method", sorted(normalise.METHODS))
def test_normalisations_of_the_handbook(method: str) -> None:
    found = normalise.METHODS[method](column("oecd_normalisation/input.csv", "schooling"))
    expected = column("oecd_normalisation/expected.csv", NORMALISED[method])
    np.testing.assert_allclose(found, expected, atol=0.05 if method == "percentile" else 0.0051)


def test_equal_weights_of_the_handbook() -> None:
    posts = records("oecd_tai_equal_weights/goalposts.csv")
    components = np.array([
        normalise.goalposts(
            column("oecd_tai_equal_weights/input.csv", post["indicator"]),
            Goalposts(float(post["low"]), float(post["high"])),
        )
        for post in posts
    ])  # fmt: skip
    found = composite.score(components, np.ones(8)).score
    countries = [row["country"] for row in records("oecd_tai_equal_weights/input.csv")]
    order = [countries.index(r["country"]) for r in records("oecd_tai_equal_weights/expected.csv")]
    found = found[order]
    expected = column("oecd_tai_equal_weights/expected.csv", "EW")
    assert composite.score_ranks(found).tolist() == expected.tolist()
    published = column("oecd_tai_equal_weights/expected.csv", "tai_published_2_decimals")
    known = ~np.isnan(published)
    assert known.sum() == 22
    np.testing.assert_allclose(found[known], published[known], atol=0.006)


def test_human_development() -> None:
    file = "hdi_2022/input_and_expected.csv"
    posts = {"le": (20, 85), "eys": (0, 18), "mys": (0, 15), "gnipc": (100, 75_000)}
    components = np.array([
        normalise.goalposts(column(file, name), Goalposts(low, high, logarithm=name == "gnipc"))
        for name, (low, high) in posts.items()
    ])  # fmt: skip
    groups = ["health", "education", "education", "income"]
    weights = composite.equal_weights(groups)
    found = composite.score(components, weights, geometric=True, groups=groups).score
    np.testing.assert_allclose(found, column(file, "hdi"), atol=0.0006)
