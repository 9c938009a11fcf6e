"""Marts that are made again in parts have the rows that a whole making has."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.catalogue import TABLES
from schemas.derive import stored
from schemas.score import Score
from tasks.home import open_warehouse
from tests.conftest import first_of, settings_for
from tests.unit.conftest import version_of
from warehouse import base, marts
from warehouse.base import Warehouse
from warehouse.remade import make_parts, read_of
from warehouse.transaction import NO_SCORE, Transaction

FLOWS = stored(TABLES["core_trade__flows"])[0]
IN_PARTS = [mart for mart in marts.all_marts().values() if mart.part]
READING = [mart for mart in marts.all_marts().values() if mart.reads]
SCORE = Score(country="IDN")
COUNTRIES = ("IDN", "JPN", "MYS", "NLD")
AREAS = [
    {"scheme": "iso3", "code": a, "area": a, "is_country": a != "WLD", "source": "iso"}
    for a in (*COUNTRIES, "WLD")
]
OF_THE_WORLD = {
    "frequency": "A",
    "period_start": date(2023, 1, 1),
    "partner_area": "WLD",
    "breakdown_type": "TOTAL",
    "product_code": "4602",
    "currency": "USD",
}
OF_A_PARTNER = {
    **OF_THE_WORLD,
    "reporter_area": "IDN",
    "partner_area": "NLD",
    "flow": "export",
    "valuation": "FOB",
    "product_code": "TOTAL",
}
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def tx(database: dict[str, str], tmp_path: Path) -> Iterator[Transaction]:
    warehouse = open_warehouse(settings_for(tmp_path, **database))
    with warehouse.begin(rebuild=False) as opened:
        opened.ensure_schema(rebuild=False, edition="")
        for row in AREAS:
            insert(opened, "ref_area", row, 1)
        make(opened)
        yield opened
    warehouse.close()


def make(
    tx: Transaction, names: Iterable[str] = marts.upstream([m.name for m in IN_PARTS])
) -> None:
    """Make the named marts, or those that have parts, and what they read."""
    wanted = set(names)
    for name, mart in marts.all_marts().items():
        if name in wanted:
            tx.make_mart(mart)


def insert(tx: Transaction, table: str, row: dict[str, Any], load: int) -> None:
    cells = version_of(table, {**row, "load_seq": load, "recorded_at": MOMENT.isoformat()})
    listed = ", ".join("NULL" if c is None else f"'{c}'" for c in cells)
    tx.execute(f"INSERT INTO {stored(TABLES[table])[0]} VALUES ({listed})")


def some_flow(draw: random.Random, reporter: str) -> dict[str, Any]:
    """A row of few values, so that rows of one part meet those of another."""
    flow = draw.choice(("export", "import"))
    code = draw.choice(("TOTAL", "46", "4602", "460212", "09011100"))
    frequency = draw.choice(("A", "A", "A", "M"))
    month = draw.randint(1, 3) if frequency == "M" else 1
    value = draw.choice((None, Decimal(0), *(Decimal(draw.randint(1, 9999)) / 4 for _ in "1234")))
    return {
        "source": draw.choice(("one", "two")),
        "frequency": frequency,
        "period_start": date(draw.choice((2021, 2022, 2023)), month, 1),
        "reporter_area": reporter,
        "region_code": "TOTAL",
        "partner_area": draw.choice((*(a for a in COUNTRIES if a != reporter), "WLD", "WLD")),
        "flow": flow,
        "product_classification": draw.choice(("HS2017", "HS2022")),
        "product_code": code,
        "valuation": "FOB" if flow == "export" else "CIF",
        "breakdown_type": draw.choice(("TOTAL", "TOTAL", "TOTAL", "port")),
        "breakdown_code": "TOTAL",
        "value": value,
        "currency": draw.choice(("USD", "USD", "USD", "IDR")),
        "net_weight_kg": draw.choice((None, Decimal(draw.randint(1, 99)))),
        "value_status": "observed" if value is not None else "missing",
    }


def load(tx: Transaction, rows: list[dict[str, Any]], number: int) -> None:
    """Rows as a load brings them: of a key that is there the version before is displaced."""
    keys = TABLES["core_trade__flows"].key_names
    newest = {tuple(row[k] for k in keys): row for row in rows}
    for key, row in newest.items():
        same = " AND ".join(f"{k} = '{v}'" for k, v in zip(keys, key, strict=True))
        tx.execute(
            f"UPDATE {FLOWS} SET superseded_at = '{MOMENT.isoformat()}' "
            f"WHERE superseded_at IS NULL AND {same}"
        )
        insert(tx, "core_trade__flows", row, number)


def whole(tx: Transaction, mart: marts.Mart) -> list[tuple[Any, ...]]:
    return sorted(tx.rows(f"SELECT * FROM (\n{mart.sql}\n) AS made"), key=repr)


@pytest.mark.parametrize("seed", first_of(*range(8)))
def test_parts_are_what_the_whole_would_be(tx: Transaction, seed: int) -> None:
    """Loads of one reporter follow each other; what they withdraw is withdrawn."""
    draw = random.Random(seed)
    load(tx, [some_flow(draw, a) for a in COUNTRIES for _ in range(70)], 1)
    make(tx)
    outcomes = []
    for number in (2, 3, 4):
        reporter = draw.choice(COUNTRIES)
        rows = [some_flow(draw, reporter) for _ in range(number)]
        rows[0]["is_deleted"] = number == 3
        load(tx, rows, number)
        for mart in IN_PARTS:  # in order: one reads another
            found = make_parts(tx, mart, [number])
            if found is None:
                tx.make_mart(mart)
            outcomes.append(found)
            assert sorted(tx.rows(f"SELECT * FROM {mart.name}"), key=repr) == whole(tx, mart), (
                mart.name
            )
    assert {True, False} <= set(outcomes)


@pytest.mark.slow
def test_a_load_makes_parts_and_a_list_of_codes_the_whole(
    tx: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of countries touches every part; so does a mart that was made whole before."""
    make(tx, marts.all_marts())
    load(tx, [annual_import()], 2)
    made: list[str] = []
    monkeypatch.setattr(
        base, "make_parts", lambda _, mart, __: bool(made.append(mart.name)) or True
    )
    warehouse_of(tx).make_marts(tx, {"core_trade__flows"}, "", [2])
    assert made == [mart.name for mart in IN_PARTS]
    made.clear()
    warehouse_of(tx).make_marts(tx, {"core_trade__flows", "ref_area"}, "", [2])
    assert made == []
    rates = {"core_trade__flows", "mart_rates_paired"}
    assert [m.name for m in IN_PARTS if not m.is_made_in_parts(rates)] == ["mart_trade_mirror"]


def annual_import() -> dict[str, Any]:
    row = some_flow(random.Random(1), "JPN")
    first = {"frequency": "A", "period_start": date(2022, 1, 1), "breakdown_type": "TOTAL"}
    return {**row, **first, "flow": "import", "valuation": "CIF", "partner_area": "WLD"}


@pytest.mark.parametrize("seed", first_of(*range(3)))
def test_a_load_without_a_row_that_a_mart_reads_leaves_it(tx: Transaction, seed: int) -> None:
    """What such a mart is made of is the same before and after."""
    draw = random.Random(seed)
    for place, day in (("JPN", "2021-02-01"), ("NLD", "2023-02-01")):  # the chain's years
        forum = {"forum_id": place, "place_area": place, "start_date": day, "region_code": "3505"}
        insert(tx, "core_promotion__forums", forum, 1)
    load(tx, [some_flow(draw, a) for a in COUNTRIES for _ in range(40)], 1)
    names = marts.upstream([mart.name for mart in READING])
    make(tx, names)
    in_parts = {mart.name for mart in IN_PARTS}
    views = {view.name for m in READING for view in marts.views_between(m, "core_trade__flows")}
    before = {mart.name: made_of(tx, mart) for mart in READING}
    left = set[str]()
    for number in range(2, 20):
        row = some_flow(draw, draw.choice(COUNTRIES))
        row |= draw.choice(({}, OF_THE_WORLD, OF_A_PARTNER))
        load(tx, [row], number)
        make(tx, in_parts)
        for mart in READING:
            changed = {"core_trade__flows", *in_parts, *views}
            read = read_of(tx, mart, changed, in_parts, [number], SCORE)
            now = made_of(tx, mart)
            if not mart.is_made_from(read):
                assert now == before[mart.name], mart.name
                left.add(mart.name)
            before[mart.name] = now
    assert left == {mart.name for mart in READING}


def made_of(tx: Transaction, mart: marts.Mart) -> list[list[tuple[Any, ...]]]:
    """Its rows, or those that it is calculated from."""
    queries = mart.calculation.queries(SCORE).values() if mart.calculation else [mart.sql]
    return [sorted(tx.rows(f"SELECT * FROM (\n{q}\n) AS made"), key=repr) for q in queries]


def test_a_view_that_has_other_rates_is_read(tx: Transaction) -> None:
    """What else a view is made of may have changed."""
    load(tx, [{**annual_import(), "frequency": "M"}], 2)
    chain = marts.all_marts()["mart_partner_chain"]
    view = "mart_trade_by_partner_product"
    changed = {"core_trade__flows", view}
    assert read_of(tx, chain, changed, (), [2], SCORE) == set()
    read = read_of(tx, chain, {*changed, "mart_rates_paired"}, (), [2], SCORE)
    assert read == {view, "mart_rates_paired"}


def warehouse_of(tx: Transaction) -> Warehouse:
    class Marts(Warehouse):
        score = NO_SCORE

    Marts.__abstractmethods__ = frozenset()
    return Marts()


def test_where_most_rows_changed_the_whole_is_made(tx: Transaction) -> None:
    draw = random.Random(1)
    load(tx, [some_flow(draw, "IDN") for _ in range(8)], 1)
    assert {make_parts(tx, mart, [1]) for mart in IN_PARTS} == {None}


@pytest.mark.parametrize("name", ["mart_trade_growth", "mart_trade_concentration"])
def test_rows_just_written_meet_by_hash(tx: Transaction, name: str) -> None:
    """A database without statistics expects one row of them, and would compare each with each."""
    draw = random.Random(1)
    load(tx, [some_flow(draw, "IDN") for _ in range(40)], 1)
    tx.plan_for_marts()
    plan = repr(tx.rows(f"EXPLAIN {marts.all_marts()[name].sql}")).lower().replace("_", " ")
    assert "hash" in plan
    assert "nested loop" not in plan
    assert "merge" not in plan


@pytest.mark.parametrize("mart", IN_PARTS, ids=lambda mart: mart.name)
def test_a_part_is_of_keys_and_read_as_it_is_now(mart: marts.Mart) -> None:
    """A version has the part of the one that it displaces only by its key, and `stale_since` is set
    on rows that no load wrote."""
    assert mart.part is not None
    keys = TABLES[mart.part.table].key_names
    for side in mart.part.of_table:
        assert any(f"c.{key}" in side for key in keys), side
    read = [mart, *marts.views_between(mart, mart.part.table)]
    for one in read:
        assert "stale_since" not in one.sql
        assert mart.part.table + marts.VINTAGES not in one.mentioned()


@pytest.mark.parametrize("mart", READING, ids=lambda mart: mart.name)
def test_what_is_read_is_of_keys(mart: marts.Mart) -> None:
    """A load that displaces a row is known by that row's key."""
    assert mart.reads is not None
    table, condition = mart.reads
    assert set(re.findall(r"\bc\.(\w+)", condition)) <= set(TABLES[table].key_names)
    for one in [mart, *marts.views_between(mart, table)]:
        assert "stale_since" not in one.sql
        assert table + marts.VINTAGES not in one.mentioned()
