"""Marts that are calculated, on both databases: complexity, the product space, opportunity
scores."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse import trade_world as world
from tests.unit.warehouse.conftest import Small
from tests.unit.warehouse.random_rows import insert_sql
from warehouse import marts

SPACE = (
    "SELECT reporter_area, product_code, rca, density, opportunity_gain FROM mart_product_space "
)


def fill(small: Small, rows: list[dict[str, Any]], table: str = "core_trade__flows") -> None:
    if rows:
        _update(small, insert_sql(table, rows))


@pytest.fixture
def filled(either: Small) -> Small:
    fill(either, world.AREAS, "ref_area")
    fill(either, world.export_rows() + world.market_rows())
    either.insert("core_trade__local_exports", product_code="460212")
    return either


def one_by_one() -> dict[str, Any]:
    """RCA, M, proximity and density as loops over pairs."""
    figures = {k: float(v) for k, v in world.exports().items() if k[1] != "9999"}
    countries, products = world.REPORTERS, sorted({p for _, p in figures})
    of_country = {c: sum(figures.get((c, p), 0) for p in products) for c in countries}
    of_product = {p: sum(figures.get((c, p), 0) for c in countries) for p in products}
    total = sum(of_country.values())
    rca = {(c, p): figures.get((c, p), 0) * total / of_country[c] / of_product[p]
           for c in countries for p in products}  # fmt: skip
    has = {key: value >= 1 for key, value in rca.items()}
    ubiquity = {p: sum(has[c, p] for c in countries) for p in products}
    near = {
        (p, q): sum(has[c, p] and has[c, q] for c in countries) / max(ubiquity[p], ubiquity[q])
        for p in products for q in products if ubiquity[p] and ubiquity[q]
    }  # fmt: skip
    density = {
        (c, p): sum(near[p, q] for q in products if ubiquity[q] and has[c, q])
        / sum(near[p, q] for q in products if ubiquity[q])
        for c in countries for p in products if ubiquity[p]
    }  # fmt: skip
    diversity = {c: sum(has[c, p] for p in products) for c in countries}
    m = np.array([[has[c, p] for p in products] for c in countries], dtype=float)
    m = m[:, m.any(axis=0)]
    steps = (m / m.sum(axis=1, keepdims=True)) @ (m / m.sum(axis=0)).T
    values, vectors = np.linalg.eig(steps)
    second = vectors[:, np.argsort(-values.real)[1]].real
    eci = (second - second.mean()) / second.std(ddof=1)
    eci *= np.sign(np.corrcoef(eci, list(diversity.values()))[0, 1])
    return {"rca": rca, "density": density, "diversity": diversity,
            "eci": dict(zip(countries, eci, strict=True)), "ubiquity": ubiquity}  # fmt: skip


def test_complexity_and_the_product_space_are_those_of_loops(filled: Small) -> None:
    expected = one_by_one()
    rows = filled.rows(SPACE + "ORDER BY 1, 2")
    assert len(rows) == 12 * 11  # 9999 is no product
    for country, product, rca, density, _ in rows:
        assert float(rca) == pytest.approx(expected["rca"][country, product], abs=1e-9)
        assert float(density) == pytest.approx(expected["density"][country, product], abs=1e-9)
    rows = filled.rows(
        "SELECT reporter_area, eci, diversity, reporters, reason FROM mart_country_complexity"
    )
    assert {(r[0], r[2]) for r in rows} == set(expected["diversity"].items())
    assert {r[3:] for r in rows} == {(12, None)}
    for country, eci, *_ in rows:
        assert float(eci) == pytest.approx(expected["eci"][country], abs=1e-8)
    rows = filled.rows("SELECT product_code, ubiquity, pci FROM mart_product_complexity")
    assert dict(r[:2] for r in rows) == expected["ubiquity"]
    pci = [float(r[2]) for r in rows if r[2] is not None]
    assert np.mean(pci) == pytest.approx(0, abs=1e-9)
    assert np.std(pci, ddof=1) == pytest.approx(1)
    basket = filled.rows("SELECT DISTINCT product_code FROM mart_product_space WHERE in_basket")
    assert basket == [("4602",)]


def test_scale_of_a_country_changes_nothing(filled: Small) -> None:
    """M is fed, not values: ten times one country's exports has other RCA of all, and the gap is
    only that of its weight in the world; ten times all of them changes nothing at all."""
    before = filled.rows(SPACE + "ORDER BY 1, 2")
    fill(filled, world.export_rows(source="tenfold"))
    _update(filled, "UPDATE core_trade__flows SET value = value * 10 WHERE source = 'tenfold'")
    assert filled.rows(SPACE + "WHERE source = 'tenfold' ORDER BY 1, 2") == before


def _update(small: Small, sql: str) -> None:
    if isinstance(small, SmallWarehouse):
        small.con.execute(sql)
    else:
        small.con.exec_driver_sql(sql)


@pytest.mark.parametrize(
    ("change", "reason", "eci"),
    [
        ("DELETE FROM core_trade__flows WHERE reporter_area IN ('USA', 'MYS', 'KOR')",
         "few_reporters", 0),
        ("UPDATE core_trade__flows SET value = value / 1000 WHERE reporter_area = 'AUS'",
         "below_minimum", 11),
        ("UPDATE core_trade__flows SET product_classification = 'HS2017' "
         "WHERE reporter_area IN ('USA', 'MYS', 'KOR')", "few_reporters", 0),
        ("DELETE FROM core_trade__flows WHERE (reporter_area <= 'GBR') = (product_code <= '4407')",
         "disconnected", 0),
    ],
)  # fmt: skip
def test_what_cannot_be_said_has_a_reason(
    filled: Small, change: str, reason: str, eci: int
) -> None:
    """Too few reporters, a small one, two revisions, two parts that share nothing."""
    _update(filled, change)
    rows = filled.rows("SELECT reason, eci IS NULL FROM mart_country_complexity")
    assert (reason, True) in rows
    assert sum(not is_null for _, is_null in rows) == eci
    assert all((r is None) != is_null for r, is_null in rows)


def test_partners_regions_ports_and_groups_never_enter(filled: Small) -> None:
    before = filled.rows("SELECT * FROM mart_country_complexity ORDER BY reporter_area")
    huge = {"value": Decimal(10) ** 12}
    for change in (
        {"partner_area": "USA"}, {"region_code": "35"}, {"breakdown_type": "port"},
        {"flow": "re-export"}, {"frequency": "M"}, {"reporter_area": "EUR"}, {"currency": "IDR"},
        {"valuation": "customs"}, {"product_code": "460212"}, {"product_code": "46"},
        {"product_code": "TOTAL"}, {"product_classification": "SITC4"}, {"product_code": "9999"},
    ):  # fmt: skip
        (row, *_) = world.export_rows()
        filled.insert("core_trade__flows", **{**row, "product_code": "4602", **huge, **change})
    assert filled.rows("SELECT * FROM mart_country_complexity ORDER BY reporter_area") == before


# --- opportunity scores ---

SCORES = (
    "SELECT product_code, partner_area, score, rank, weight_present, reason, items, rank_low, "
    "rank_high, stability_id, reasons_for_id, reasons_for_en, reasons_against_en "
    "FROM mart_opportunity_score WHERE kind = 'export' ORDER BY 1, 2"
)


def test_a_score_is_the_sum_of_its_contributions(filled: Small) -> None:
    scores = filled.rows(SCORES)
    assert len(scores) == 10
    parts = filled.rows(
        "SELECT product_code, partner_area, sum(contribution), sum(weight) FROM "
        "mart_opportunity_components WHERE kind = 'export' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    for score, (product, area, total, weight) in zip(scores, parts, strict=True):
        assert (product, area) == score[:2]
        assert score[2] == pytest.approx(total, abs=Decimal("1e-8"))
        assert weight == pytest.approx(1, abs=Decimal("1e-8"))
        assert 0 <= score[2] <= 1
    for product in ("090111", "460212"):
        ranks = [r[3] for r in scores if r[0] == product]
        assert sum(ranks) == 5 * 6 / 2
        by_score = sorted((r for r in scores if r[0] == product), key=lambda r: -r[2])
        assert [r[3] for r in by_score] == [1, 2, 3, 4, 5]
    limit = 5 // 3  # a third of five places
    for product, area, *_ in scores:
        ((least, most, low, high, said),) = filled.rows(
            "SELECT rank_least, rank_most, rank_low, rank_high, stability_id FROM "
            f"mart_opportunity_score WHERE product_code = '{product}' AND partner_area = '{area}'"
        )
        assert (said == "tidak stabil") == (max(most - least, high - low) > limit)
    best = max(scores, key=lambda r: r[2])
    assert best[10].count(";") <= 2
    assert "a larger import market than others" in " ".join(r[11] for r in scores)
    assert all(r[12] is None or r[12].count(";") <= 1 for r in scores)


def test_components_are_those_of_a_person(filled: Small) -> None:
    rows = [r for r in world.market_rows() if r["product_code"] == "460212"]

    def imports(year: int, market: str, partner: str) -> float:
        return next(float(r["value"]) for r in rows if r["period_start"].year == year
                    and r["reporter_area"] == market and r["partner_area"] == partner)  # fmt: skip

    found = dict(
        filled.rows(
            "SELECT component, component_value FROM mart_opportunity_components "
            "WHERE kind = 'export' AND product_code = '460212' AND partner_area = 'JPN'"
        )
    )
    size = imports(2024, "JPN", "WLD")
    assert float(found["market_size"]) == size
    assert float(found["market_growth"]) == pytest.approx(
        (size / imports(2022, "JPN", "WLD")) ** 0.5 - 1, abs=1e-9
    )
    shares = [imports(2024, "JPN", p) / size for p in ("IDN", "VNM", "IND", "BRA")]
    assert float(found["supplier_concentration"]) == pytest.approx(sum(s * s for s in shares))
    ours = sum(imports(2024, m, "IDN") for m in world.MARKETS)
    all_of_it = sum(imports(2024, m, "WLD") for m in world.MARKETS)
    assert float(found["share_gap"]) == pytest.approx(ours / all_of_it - shares[0])
    changes = np.diff(np.log([imports(y, "JPN", "WLD") for y in (2022, 2023, 2024)]))
    assert float(found["volatility"]) == pytest.approx(np.std(changes, ddof=1))
    expected = one_by_one()
    index = expected["rca"]["IDN", "4602"]
    assert float(found["advantage"]) == pytest.approx((index - 1) / (index + 1), abs=1e-9)
    assert float(found["density"]) == pytest.approx(expected["density"]["IDN", "4602"], abs=1e-9)


def behind(small: Small, mart: str, where: str, columns: str, table: str = "core_trade__flows"
           ) -> set[tuple[Any, ...]]:  # fmt: skip
    """What trace finds behind some rows of a mart."""
    found = set[tuple[Any, ...]]()
    for name, condition in marts.all_marts()[mart].behind:
        if name == table:
            found |= set(small.rows(
                f"SELECT {columns} FROM {table} AS c WHERE EXISTS (SELECT 1 FROM "
                f"(SELECT * FROM {mart} WHERE {where}) AS m WHERE {condition})"
            ))  # fmt: skip
    return found


YEARS = (2022, 2023, 2024)
SUPPLIERS = {("JPN", partner, "460212", 2024) for partner in ("WLD", "IDN", "VNM", "IND", "BRA")}
OF_COMPONENT: dict[str, set[tuple[Any, ...]]] = {
    "market_size": {("JPN", "WLD", "460212", year) for year in YEARS},
    "supplier_concentration": SUPPLIERS,
    "share_gap": {(market, partner, "460212", year) for market in world.MARKETS
                  for partner in ("WLD", "IDN") for year in YEARS},
    "advantage": {("IDN", "WLD", "4602", 2024)},
    "distance": set(),
}  # fmt: skip


def test_behind_a_component_is_what_it_is_made_of(filled: Small) -> None:
    """Not what other components of the item are made of. No column is of one kind alone."""
    columns = (
        "reporter_area, partner_area, product_code, CAST(extract(YEAR FROM period_start) AS INT)"
    )
    for component, expected in OF_COMPONENT.items():
        where = f"partner_area = 'JPN' AND product_code = '460212' AND component = '{component}'"
        assert behind(filled, "mart_opportunity_components", where, columns) == expected, component
    where = "partner_area = 'JPN' AND product_code = '460212'"
    found = behind(filled, "mart_opportunity_score", where, columns)
    assert found == set[tuple[Any, ...]]().union(*OF_COMPONENT.values())


def test_behind_students_is_one_country_and_ours(filled: Small) -> None:
    pairs = (("JPN", "IDN"), ("IDN", "JPN"), ("JPN", "AUS"), ("IDN", "AUS"))
    for origin, destination in pairs:
        filled.insert("core_exchange__students", source="uis", level="tertiary",
                      period_start=world.YEAR, origin_area=origin, destination_area=destination,
                      students=5)  # fmt: skip
    for component, expected in (("students", set(pairs[:2])), ("agreements", set())):
        assert behind(
            filled, "mart_opportunity_components",
            f"kind = 'exchange' AND partner_area = 'JPN' AND component = '{component}'",
            "origin_area, destination_area", "core_exchange__students",
        ) == expected  # fmt: skip


@pytest.mark.parametrize(("late", "is_used"), [(2, False), (1, True)])
def test_a_year_that_few_have_reported_does_not_stand_for_the_newest(
    filled: Small, late: int, is_used: bool
) -> None:
    density = (
        "SELECT component_value FROM mart_opportunity_components WHERE component = 'density' "
        "AND product_code = '460212' AND partner_area = 'JPN'"
    )
    before = filled.rows(density)
    fill(filled, [r for r in world.export_rows(period_start=date(2025, 1, 1))
                  if r["reporter_area"] not in world.REPORTERS[:late]])  # fmt: skip
    assert (filled.rows(density) != before) == is_used
    years = filled.rows("SELECT DISTINCT CAST(year_start AS VARCHAR) FROM mart_product_space")
    assert sorted(years) == [("2024-01-01",), ("2025-01-01",)]


def test_a_supplier_that_is_not_named_has_no_share_only_where_all_are_named(filled: Small) -> None:
    share = (
        "SELECT partner_area, component_value, reason FROM mart_opportunity_components "
        "WHERE product_code = '460212' AND component = 'share_gap' ORDER BY 1"
    )
    _update(filled, "DELETE FROM core_trade__flows WHERE partner_area = 'IDN' "
                    "AND reporter_area IN ('JPN', 'USA')")  # fmt: skip
    japan = "reporter_area = 'JPN' AND product_code = '460212' AND period_start = DATE '2024-01-01'"
    _update(filled, f"UPDATE core_trade__flows SET value = (SELECT sum(o.value) FROM "
                    f"core_trade__flows AS o WHERE o.{japan} AND o.partner_area <> 'WLD' "
                    f"AND o.flow = 'import') WHERE {japan} AND partner_area = 'WLD'")  # fmt: skip
    found = {area: (value, reason) for area, value, reason in filled.rows(share)}
    assert found["USA"] == (None, "value_missing")
    value, reason = found["JPN"]
    assert reason is None
    assert value > 0


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM core_trade__flows",
        "DELETE FROM core_trade__flows WHERE partner_area = 'WLD'",
        "DELETE FROM core_trade__flows WHERE partner_area <> 'WLD'",
        "DELETE FROM core_trade__flows WHERE flow = 'import' AND reporter_area <> 'JPN'",
        "UPDATE core_trade__flows SET value = 0",
        "UPDATE core_trade__flows SET value = -value",
        "UPDATE core_trade__flows SET value = NULL",
        "UPDATE core_trade__flows SET value = 5",
        "DELETE FROM ref_area",
    ],
)
def test_bad_input_is_null_with_a_reason_or_no_row(filled: Small, change: str) -> None:
    _update(filled, change)
    for score, reason, rank in filled.rows(
        "SELECT score, reason, rank FROM mart_opportunity_score"
    ):
        assert (score is None) == (rank is None) == (reason is not None)
    for mart in ("country_complexity", "product_complexity", "product_space"):
        filled.rows(f"SELECT * FROM mart_{mart}")


def test_one_market_alone_is_scored_only_by_fixed_scales(filled: Small) -> None:
    _update(filled, "DELETE FROM core_trade__flows WHERE flow = 'import' "
                    "AND (reporter_area <> 'JPN' OR product_code <> '460212')")  # fmt: skip
    ((product, area, score, rank, present, reason, *_),) = filled.rows(SCORES)
    assert (product, area, score, rank, reason) == ("460212", "JPN", None, None, "weight_missing")
    assert present < Decimal("0.7")
    why = dict(filled.rows("SELECT component, reason FROM mart_opportunity_components"))
    assert why["market_size"] == "constant"
    assert why["share_gap"] == "value_missing"
    assert why["density"] is None


def test_what_is_missing_does_not_help(filled: Small) -> None:
    """Without its suppliers a market keeps a rank, and what it would be at worst stands beside."""
    best = filled.rows(SCORES.replace("ORDER BY 1, 2", "AND product_code = '460212' ORDER BY rank"))
    market = best[0][1]
    _update(filled, f"UPDATE core_trade__flows SET value = value * 0.5 WHERE flow = 'import' AND "
                    f"reporter_area = '{market}' AND partner_area IN ('VNM', 'BRA')")  # fmt: skip
    ((present, rank, worst),) = filled.rows(
        "SELECT weight_present, rank, rank_worst_missing FROM mart_opportunity_score "
        f"WHERE product_code = '460212' AND partner_area = '{market}'"
    )
    assert present < 1
    assert worst >= rank


def test_the_same_seed_has_the_same_bytes_and_order_decides_nothing(filled: Small) -> None:
    every = "SELECT * FROM mart_opportunity_score ORDER BY product_code, partner_area"
    before = filled.rows(every)
    rows = world.export_rows() + world.market_rows()
    _update(filled, "DELETE FROM core_trade__flows")
    fill(filled, rows[::-1])
    assert filled.rows(every) == before


def test_draws_that_hardly_differ_have_the_base_ranks(tables: SmallWarehouse) -> None:
    tables.score = replace(tables.score, concentration=1e9)
    fill(tables, world.AREAS, "ref_area")
    fill(tables, world.export_rows() + world.market_rows())
    rows = tables.rows("SELECT rank, rank_median, rank_low, rank_high, tau_draws, in_top_ten "
                       "FROM mart_opportunity_score")  # fmt: skip
    assert len(rows) == 10
    assert all(r[0] == r[1] == r[2] == r[3] and r[4] == 1 and r[5] == 1 for r in rows)


def test_without_declared_scores_there_are_none(tables: SmallWarehouse) -> None:
    tables.score = replace(tables.score, kinds=())
    fill(tables, world.AREAS, "ref_area")
    fill(tables, world.market_rows())
    assert tables.rows("SELECT * FROM mart_opportunity_score") == []


def test_a_source_with_one_direction_is_scored_by_that_one(filled: Small) -> None:
    """All of a set are counted alike: where one country has both directions, others need them."""
    for n, area in enumerate(("JPN", "AUS", "MYS")):
        for source, origin, destination in (("one", "IDN", area), ("two", area, "IDN"),
                                            *([("two", "IDN", area)] if n else [])):  # fmt: skip
            for year in (2023, 2024):
                filled.insert(
                    "core_exchange__students", source=source, period_start=date(year, 1, 1),
                    origin_area=origin, destination_area=destination, level="tertiary",
                    students=10 * (n + 1) + year - 2023,
                )  # fmt: skip
    rows = filled.rows(
        "SELECT source, partner_area, component_value, scaled IS NULL "
        "FROM mart_opportunity_components WHERE component = 'students' ORDER BY 1, 2"
    )
    assert rows == [
        ("one", "AUS", 21, False), ("one", "JPN", 11, False), ("one", "MYS", 31, False),
        ("two", "AUS", 42, False), ("two", "JPN", None, True), ("two", "MYS", 62, False),
    ]  # fmt: skip


def test_countries_of_visitors_and_of_students_are_scored(filled: Small) -> None:
    months = [date(2025, m, 1) for m in range(1, 13)] + [date(2024, m, 1) for m in range(1, 13)]
    for n, area in enumerate(("JPN", "AUS", "MYS")):
        for month in months:
            filled.insert(
                "core_tourism__arrivals", source="t", frequency="M", period_start=month,
                destination_area="IDN", region_code="TOTAL", origin_area=area, concept="visit",
                breakdown_type="TOTAL", breakdown_code="TOTAL",
                visitors=100 * (n + 1) + (month.year - 2024) * 10 + n * month.month,
            )  # fmt: skip
        for year in (2023, 2024):
            for origin, destination in (("IDN", area), (area, "IDN")):
                filled.insert(
                    "core_exchange__students", source="s", period_start=date(year, 1, 1),
                    origin_area=origin, destination_area=destination, level="tertiary",
                    students=50 * (n + 1) + (year - 2023) * n * 5 + (origin == "IDN") * n,
                )  # fmt: skip
    filled.insert("core_cooperation__agreements", region_code="3505", agreement_id="A",
                  partner_area="JPN")  # fmt: skip
    rows = filled.rows(
        "SELECT kind, concept, partner_area, rank, weight_present, CAST(year_start AS VARCHAR) "
        "FROM mart_opportunity_score WHERE kind <> 'export' ORDER BY 1, 2, 4"
    )
    assert [r[:4] for r in rows] == [
        ("exchange", "tertiary", "MYS", 1), ("exchange", "tertiary", "AUS", 2),
        ("exchange", "tertiary", "JPN", 3),
        ("tourism", "visit", "MYS", 1), ("tourism", "visit", "AUS", 2),
        ("tourism", "visit", "JPN", 3),
    ]  # fmt: skip
    assert {r[5] for r in rows} == {"2024-01-01", "2025-01-01"}
    agreements = filled.rows(
        "SELECT partner_area, component_value FROM mart_opportunity_components "
        "WHERE component = 'agreements'"
    )
    assert dict(agreements) == {"JPN": 1, "AUS": 0, "MYS": 0}


def test_the_distance_is_between_the_capitals(filled: Small) -> None:
    places = {"IDN": ("-6.2146", "106.8451"), "JPN": ("35.6895", "139.6917")}
    for area, (latitude, longitude) in places.items():
        where = {"latitude_deg": Decimal(latitude), "longitude_deg": Decimal(longitude)}
        filled.insert("ref_capital", area=area, **where)
    found = filled.rows(
        "SELECT partner_area, component_value, component_unit, scaled, reason FROM "
        "mart_opportunity_components WHERE component = 'distance' AND product_code = '460212'"
    )
    (japan,) = (row for row in found if row[0] == "JPN")
    assert float(japan[1]) == pytest.approx(5780, abs=15)
    assert japan[2] == "km"
    assert float(japan[3]) == pytest.approx((16_000 - float(japan[1])) / 15_000, abs=1e-6)
    assert all(row[1] is None and row[4] for row in found if row[0] != "JPN")
