"""What holds for every mart, by the kind of its columns (docs/decisions/0028).

Random rows of every core table go through all marts. A new mart falls under these tests by itself:
each of its columns that holds a number has a kind by its name, or the first test fails.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import first_row_of
from tests.unit.conftest import SmallWarehouse, reads
from tests.unit.warehouse import random_rows
from tests.unit.warehouse.conftest import Small, SmallPostgres
from tests.unit.warehouse.random_rows import CORE, Data, Row
from tests.unit.warehouse.test_codes import coded_columns, declared, parts
from warehouse import marts, revisions

fast = pytest.mark.fast  # of the others there is one for each column of the core tables


class Kind(Enum):
    AMOUNT = "ten times as much where all amounts are"
    RATIO = "the same then"
    RATE = "a rate of exchange: the same then"
    COUNT = "of rows, periods or steps, or an order: the same then, and 0 where there are none"


# The first that matches counts. Names carry units, so few of them are names of one column.
KINDS: tuple[tuple[str, Kind], ...] = (
    (r"^spending_per_head_idr$", Kind.AMOUNT),  # as published, not divided here
    (r"^participant_days$", Kind.AMOUNT),
    (r"(^|_)rate$|_per_usd$", Kind.RATE),
    (r"_per_|(^|_)share(_|$)|(^|_)gini$|_index$|reciprocity|_gap$|_growth$", Kind.RATIO),
    (r"^(reporters|suppliers|members|set_members|unit_values|rca_years|import_years|cagr_years)$"
     r"|_(reporters|products)$", Kind.COUNT),
    (r"^change_on_year$|^(rca|rsca|hhi|theil)(_|$)|_hhi$|(^|_)(cagr|growth|growth_contribution)$"
     r"|^(nominal|real)_rate", Kind.RATIO),
    (r"_(periods|months|days|statements|unknown|left_out|hidden|costed|sent|virtual)$", Kind.COUNT),
    (r"_(statements|without_rate|months|periods|unknown|planned|done)(_|$)", Kind.COUNT),
    (r"^(stages|cohorts|places|activities|rows|failures|years)_|_level$|_factor$", Kind.COUNT),
    (r"^(year|months?|periods|days(_left)?|parts|cohorts|places|deals|buyers|contracts)$",
     Kind.COUNT),
    (r"^distance_km$", Kind.COUNT),
    (r"^(deals_cancelled|preference|load_seq|last_load_seq)$|_without_realised$", Kind.COUNT),
    (r"^(agreements|exhibitions)_(active|signed|by_agreement)$", Kind.COUNT),
    (r"^(exchange_cohorts|exhibitions|forums|leads|rank|regions)$|^origin_", Kind.COUNT),
    (r"^ratio_", Kind.RATIO),
    (r"^(courses|gap|people_needed)$", Kind.COUNT),  # random courses suffice for every need
    (r"^passed(_|$)", Kind.AMOUNT),
    (r"_(usd|idr|kg|value|percent|points)(_|$)|^(value|cost)(_year_before)?$|^employed_",
     Kind.AMOUNT),
    (r"^(visitors|students|guests|participants|participant_days|exhibitors|exchange_participants)"
     r"(_|$)", Kind.AMOUNT),
)  # fmt: skip
CHANGES = re.compile(r"(^|_)(change|growth|year_before)(_|$)")
"""Columns that compare a year with the one before."""
MEASURED = (Kind.AMOUNT, Kind.RATIO, Kind.RATE)
INVARIANT_UNITS = ("percent", "nights")
EMPTY_HERE = {
    **{
        ("mart_trade_advantage", name): "it takes ten reporters"
        for name in ("rca", "rsca", "rca_mean_three_years", "rsca_mean_three_years")
    },
    ("mart_market_attractiveness", "distance_km"): "random rows have no capitals",
    ("mart_partner_chain", "national_exports_usd"): "random rows have no TOTAL of a year",
    ("mart_partner_chain", "visitors_region"): "random visitors are of countries",
    ("mart_investment_pipeline", "realised_idr"): "some random leads are not realised",
}  # each has a test of its own
LINKS = {"core_cooperation__agreements": "mart_partner_"}
"""Without an agreement, what names it has no partner, so its figures are elsewhere."""
EXEMPT = {
    revisions.NAME: "the log of changes counts an absent figure as zero: changes add up",
    **{name: "it takes ten reporters or is made of ranks: test_calculated_marts.py"
       for name, mart in marts.all_marts().items() if mart.calculation},
}  # fmt: skip
ROUNDING = Decimal("0.001")
YEARS = (2024, 2025)
SEEDS = [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)]
ALL = {name: mart for name, mart in marts.all_marts().items() if name not in EXEMPT}
READ = {n: table for n, table in CORE.items() if any(reads(mart, [n]) for mart in ALL.values())}
Cells = dict[tuple[Any, ...], dict[str, Any]]
Snapshot = dict[str, Cells]
Cell = tuple[str, tuple[Any, ...], str]


@lru_cache(maxsize=1000)
def kind_by_name(column: str) -> Kind | None:
    return next((kind for pattern, kind in KINDS if re.search(pattern, column)), None)


def kind_of(column: str, row: Row) -> Kind | None:
    kind = kind_by_name(column)
    measured = column in ("value", "home_value")
    if kind is Kind.AMOUNT and measured and row.get("unit") in INVARIANT_UNITS:
        return Kind.RATIO
    return kind


class Marts:
    """All marts of some rows, made again when they are asked for, where a table that they read has
    other rows."""

    def __init__(self, small: Small) -> None:
        self.small = small
        self.loaded: dict[str, list[Row]] = {}
        self.stale = set(ALL)
        small.insert("ref_source", source_code=random_rows.SENDERS[0], preference=1)
        for area in (*random_rows.AREAS, "WLD"):
            small.insert("ref_area", scheme="iso3", code=area, area=area, is_country=area != "WLD")
        small.insert("ops_load", recorded_at="2026-02-01 00:00:00+00", load_seq=1)
        for name in reversed(ALL):
            self.execute(f"DROP VIEW {name}")

    def execute(self, sql: str) -> None:
        if isinstance(self.small, SmallPostgres):
            self.small.con.exec_driver_sql(sql)
        else:
            self.small.con.execute(sql)

    def of(self, data: Data, tables: Collection[str] = tuple(CORE)) -> Snapshot:
        """The marts that read the named tables, as rows by key."""
        changed = {n: rows for n, rows in data.rows.items() if self.loaded.get(n) is not rows}
        for name, rows in changed.items():
            self.execute(f"DELETE FROM {name}")
            if rows:
                self.execute(random_rows.insert_sql(name, rows))
        self.loaded.update(changed)
        self.stale.update(n for n, mart in ALL.items() if reads(mart, changed))
        wanted = [n for n, mart in ALL.items() if reads(mart, tables)]
        needed = self.stale & set(marts.upstream(wanted))
        for name in (n for n in ALL if n in needed):
            self.execute(f"DROP TABLE IF EXISTS {name}")
            self.execute(f"CREATE TABLE {name} AS {ALL[name].sql}")
        self.stale -= needed
        return {n: self._cells(n) for n in wanted}

    def _cells(self, name: str) -> Cells:
        result = _query(self.small, f"SELECT * FROM {name}")
        keys = [tuple(str(row[k]) for k in ALL[name].key) for row in result]
        assert [k for k, n in Counter(keys).items() if n > 1] == [], f"{name} has a key twice"
        return dict(zip(keys, result, strict=True))


def _query(small: Small, sql: str) -> list[Row]:
    if isinstance(small, SmallPostgres):
        return [dict(row) for row in small.con.exec_driver_sql(sql).mappings()]
    cursor = small.con.execute(sql)
    names = [d[0] for d in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture(scope="module")
def made() -> Iterator[Marts]:
    small = SmallWarehouse()
    yield Marts(small)
    small.close()


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def cells(snapshot: Snapshot, *kinds: Kind) -> Iterator[tuple[Cell, Any]]:
    """Every cell of some kinds that holds a number or nothing."""
    for name, found in snapshot.items():
        for key, row in found.items():
            for column, value in row.items():
                if (value is None or is_number(value)) and kind_of(column, row) in kinds:
                    yield (name, key, column), value


def at(snapshot: Snapshot, cell: Cell) -> Any:
    """The cell's value in another snapshot; nothing where the row is not there."""
    name, key, column = cell
    return snapshot[name].get(key, {}).get(column)


def is_close(one: Any, other: Any, factor: int = 1) -> bool:
    if one is None or other is None:
        return one is other
    expected = Decimal(str(one)) * factor
    return abs(expected - Decimal(str(other))) <= ROUNDING + abs(expected) * ROUNDING**2


@pytest.fixture(scope="module", params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def data(seed: int) -> Data:
    """Classes and partners, of one sender."""
    return random_rows.rows_of(seed, YEARS)


@pytest.fixture(scope="module")
def whole(seed: int) -> Data:
    """The world beside the partners, of two senders."""
    return with_the_world(random_rows.rows_of(seed, YEARS, senders=2))


@pytest.fixture(scope="module")
def base(made: Marts, whole: Data) -> Snapshot:
    return made.of(whole)


@fast
def test_every_number_has_a_kind_and_random_rows_fill_it(made: Marts, base: Snapshot) -> None:
    """A column that stays empty would be held by no test below."""
    unknown, empty = [], []
    for name in ALL:
        types = made.small.rows(
            "SELECT column_name, data_type FROM information_schema.columns "
            f"WHERE table_name = '{name}'"
        )
        numbers = [c for c, t in types if re.search("INT|DECIMAL|DOUBLE|FLOAT|NUMERIC", t)]
        unknown += [(name, c) for c in numbers if kind_of(c, {}) is None]
        empty += [(name, c) for c in numbers if kind_of(c, {}) is not Kind.COUNT
                  and (name, c) not in EMPTY_HERE
                  and all(row[c] is None for row in base[name].values())]  # fmt: skip
    assert unknown == [], "say in KINDS what these are"
    assert empty == [], "random_rows fills these nowhere"


@fast
def test_every_code_of_random_rows_has_words(base: Snapshot) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for mart, column in coded_columns():
        for row in base.get(mart, {}).values():
            found.setdefault((mart, column), set()).update(parts(row[column] or ""))
    wrong = {key: codes - declared(*key) - {""} for key, codes in found.items()}
    assert {key: codes for key, codes in wrong.items() if codes} == {}
    assert sum(map(len, found.values())) > 40


@pytest.mark.slow
@fast
def test_amounts_scale_and_nothing_else_does(made: Marts, whole: Data, base: Snapshot) -> None:
    tenfold = made.of(random_rows.scaled(whole, 10))
    assert {n: found.keys() for n, found in tenfold.items()} == {
        n: found.keys() for n, found in base.items()
    }
    wrong = [(cell, value, at(tenfold, cell)) for cell, value in cells(base, *Kind)
             if not is_close(value, at(tenfold, cell), factor_of(cell, base))]  # fmt: skip
    assert wrong == []


@fast
def test_a_name_that_says_nothing_has_no_kind() -> None:
    """So a new mart with such a column fails the first test."""
    assert [kind_of(name, {}) for name in ("strength", "n", "x2")] == [None, None, None]


def factor_of(cell: Cell, snapshot: Snapshot) -> int:
    name, key, column = cell
    return 10 if kind_of(column, snapshot[name][key]) is Kind.AMOUNT else 1


@fast
@pytest.mark.slow
def test_the_order_of_rows_decides_nothing(made: Marts, whole: Data, base: Snapshot) -> None:
    chance = random.Random(7)
    shuffled = whole.all_changed(lambda _, rows: chance.sample(rows, len(rows)))
    assert made.of(shuffled) == base


DIMENSIONS = [(name, d) for name, table in READ.items() for d in random_rows.dimensions_of(table)]


@pytest.mark.parametrize(("table", "dimension"), first_row_of(*DIMENSIONS))
def test_a_total_beside_its_classes_counts_once(
    made: Marts, data: Data, table: str, dimension: str
) -> None:
    """The classes alone, their total alone, and both give the same figures."""
    classes = data.rows[table]
    if dimension == "breakdown_code":
        classes = random_rows.broken_down(classes)
    total = random_rows.totals(CORE[table], classes, dimension)
    one, other, both = (made.of(data.changed(table, lambda _, r=rows: r), [table])
                        for rows in (classes, total, [*classes, *total]))  # fmt: skip
    wrong = [
        (cell, value, at(both, cell))
        for alone in (one, other)
        for cell, value in cells(alone, Kind.AMOUNT, Kind.RATIO)
        if value is not None and not is_close(value, at(both, cell))
    ]
    assert wrong == []


MEASURES = [(name, f.name) for name, table in READ.items() for f in random_rows.measures_of(table)]


@pytest.mark.slow
@pytest.mark.parametrize(("table", "measure"), MEASURES)
def test_what_is_unknown_is_never_zero(
    made: Marts, whole: Data, base: Snapshot, table: str, measure: str
) -> None:
    without = whole.changed(table, lambda rows: [{**r, measure: None} for r in rows])
    found = made.of(without, [table])
    zero = [cell for cell, value in cells(found, *MEASURED)
            if value == 0 and at(base, cell) != 0]  # fmt: skip
    assert zero == []


@pytest.mark.slow
@pytest.mark.parametrize("table", READ)
def test_an_unknown_row_adds_as_much_as_none(made: Marts, data: Data, table: str) -> None:
    """An amount of which a part is unknown is that of the known rows, or unknown."""
    chance = random.Random(11)
    hidden = {i for i in range(len(data.rows[table])) if chance.random() < 0.1}
    nothing = {f.name: None for f in random_rows.measures_of(CORE[table])}
    unknown = made.of(data.changed(table, lambda rows: [
        {**r, **nothing, "value_status": "suppressed"} if i in hidden else r
        for i, r in enumerate(rows)]), [table])  # fmt: skip
    absent = made.of(data.changed(table, lambda rows: [
        r for i, r in enumerate(rows) if i not in hidden]), [table])  # fmt: skip
    wrong = [(cell, value, at(absent, cell)) for cell, value in cells(unknown, Kind.AMOUNT)
             if value is not None and has_row(absent, cell)
             and not (table in LINKS and cell[0].startswith(LINKS[table]))
             and cell[2] != "home_value"  # which region is at home is a matter of its entries
             and not is_close(value, at(absent, cell))]  # fmt: skip
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("table", READ)
def test_a_hidden_part_makes_nothing_zero(
    made: Marts, whole: Data, base: Snapshot, table: str
) -> None:
    """All that goes in, all deals that are paid, all exports: each part is hidden in turn."""
    nothing = {f.name: None for f in random_rows.measures_of(CORE[table])}
    zero = []
    for name, value in random_rows.parts_of(CORE[table]):
        hidden = whole.changed(table, lambda rows, n=name, v=value: [
            {**r, **nothing, "value_status": "suppressed"} if r[n] == v else r for r in rows
        ])  # fmt: skip
        zero += [(value, cell) for cell, found in cells(made.of(hidden, [table]), *MEASURED)
                 if found == 0 and at(base, cell) not in (None, 0)]  # fmt: skip
    assert zero == []


def has_row(snapshot: Snapshot, cell: Cell) -> bool:
    return cell[1] in snapshot[cell[0]]


def compared(snapshot: Snapshot) -> dict[Cell, Any]:
    """Changes on the year before, and shares of a whole over time."""
    return {cell: value for cell, value in cells(snapshot, Kind.AMOUNT, Kind.RATIO)
            if CHANGES.search(cell[2]) or cell[2] == "share"}  # fmt: skip


def in_months(data: Data, first: Collection[int], second: Collection[int],
              world: Collection[int]) -> Data:  # fmt: skip
    """Monthly rows in these months of the first year, of the second, and of the world."""

    def is_kept(row: Row) -> bool:
        if row.get("frequency") != "M":
            return True
        months = first if row["period_start"].year == YEARS[0] else second
        areas = (row.get("origin_area"), row.get("partner_area"))
        return row["period_start"].month in (set(months) & set(world) if "WLD" in areas else months)

    return data.all_changed(lambda _, rows: [r for r in rows if is_kept(r)])


def with_the_world(data: Data) -> Data:
    def change(name: str, rows: list[Row]) -> list[Row]:
        found = [d for d in random_rows.dimensions_of(CORE[name])
                 if d in ("origin_area", "partner_area")]  # fmt: skip
        every = [*rows, *(t for d in found for t in random_rows.totals(CORE[name], rows, d))]
        return [*every, *random_rows.all_products(name, every)]

    return data.all_changed(change)


@pytest.mark.slow
@fast
def test_other_months_are_never_compared(made: Marts, whole: Data) -> None:
    """The first year ends in November, the second begins in February, the world lacks June: as
    many months on each side, and other ones. What is left was not made from months."""
    every = range(1, 13)
    before = compared(made.of(whole))
    other = compared(made.of(in_months(whole, range(1, 12), range(2, 13), {*every} - {6})))
    wrong = [(cell, before.get(cell), value) for cell, value in other.items()
             if value is not None and not is_close(value, before.get(cell))]  # fmt: skip
    assert wrong == []
    same = compared(made.of(in_months(whole, range(1, 12), range(1, 12), every)))
    lost = {cell for cell, value in same.items() if value is not None and other.get(cell) is None}
    assert lost, "no mart compares months"
    assert {cell for cell, value in before.items() if value is not None} <= {
        cell for cell, value in same.items() if value is not None
    }


@fast
def test_a_year_is_not_compared_with_the_year_before_the_last(made: Marts) -> None:
    found = compared(made.of(with_the_world(random_rows.rows_of(5, (2023, 2025)))))
    assert [c for c, value in found.items() if value is not None and CHANGES.search(c[2])] == []


@pytest.mark.slow
def test_marts_are_equal_on_both_databases(
    made: Marts, whole: Data, base: Snapshot, empty_on_server: sa.Engine
) -> None:
    postgres = SmallPostgres(empty_on_server)
    try:
        other = Marts(postgres).of(whole)
    finally:
        postgres.close()
    wrong = [(name, key) for name, found in base.items() for key, row in found.items()
             if row != other[name].get(key)]  # fmt: skip
    assert wrong == []
    assert {n: len(found) for n, found in other.items()} == {
        n: len(found) for n, found in base.items()
    }
