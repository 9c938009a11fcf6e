"""Calculated marts in a whole warehouse: made with the others, as known on a date, and again only
where something changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.catalogue import TABLES
from schemas.derive import stored
from schemas.errors import ConfigurationError
from tasks.home import open_warehouse
from tests.conftest import settings_for
from tests.unit.conftest import reads, version_of
from tests.unit.warehouse import trade_world as world
from warehouse import marts
from warehouse.base import Warehouse, rows_of
from warehouse.dictionary import comments
from warehouse.duck import _DuckTransaction
from warehouse.lake import Lake
from warehouse.postgres import _PostgresTransaction
from warehouse.transaction import Transaction

FIRST, SECOND = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
EARLY = datetime(2025, 1, 1, tzinfo=UTC)
BETWEEN = datetime(2026, 1, 15, tzinfo=UTC)
SCORE = "SELECT * FROM mart_opportunity_score ORDER BY product_code, partner_area"


@pytest.fixture
def warehouse(database: dict[str, str], tmp_path: Path) -> Iterator[Warehouse]:
    found = open_warehouse(settings_for(tmp_path, **database))
    yield found
    found.close()


def insert(tx: Transaction, name: str, rows: list[dict[str, Any]], moment: datetime) -> None:
    tuples = []
    for row in rows:
        cells = version_of(name, {**row, "recorded_at": moment.isoformat(),
                                  "load_seq": 1 + (moment == SECOND)})  # fmt: skip
        tuples.append("(" + ", ".join(_literal(c) for c in cells) + ")")
    tx.execute(f"INSERT INTO {stored(TABLES[name])[0]} VALUES {', '.join(tuples)}")


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, bool | int | Decimal) else f"'{value}'"


@contextmanager
def written(warehouse: Warehouse) -> Iterator[Transaction]:
    """A transaction after which every mart is made and published."""
    with warehouse.begin(rebuild=False) as tx:
        tx.ensure_schema(rebuild=False, edition="")
        yield tx
        for mart in marts.all_marts().values():
            tx.make_mart(mart, warehouse.score)
    warehouse.publish()


@pytest.mark.slow
def test_an_earlier_score_is_there_to_the_byte(warehouse: Warehouse) -> None:
    rows = world.export_rows() + world.market_rows()
    with written(warehouse) as tx:
        insert(tx, "ref_area", world.AREAS, FIRST)
        insert(tx, "core_trade__flows", rows, FIRST)
    before = rows_of(warehouse, SCORE)
    assert len(before) == 10
    assert {type(v) for v in (before[0]["score"], before[0]["rank"])} == {Decimal, int}
    with written(warehouse) as tx:
        name = TABLES["core_trade__flows"].vintages_name
        tx.execute(f"UPDATE {name} SET superseded_at = '{SECOND.isoformat()}'")
        later = [
            {**r, "value": r["value"] * (3 if r["partner_area"] == "IDN" else 1)} for r in rows
        ]
        insert(tx, "core_trade__flows", later, SECOND)
    after = rows_of(warehouse, SCORE)
    known = warehouse.query(SCORE, as_known_on=BETWEEN)
    assert after != before
    assert _rows(known) == before
    assert _rows(warehouse.query(SCORE, as_known_on=SECOND)) == after
    joined = (
        "SELECT count(*) AS n FROM Mart_Opportunity_Components AS c JOIN mart_product_space AS s "
        "ON s.product_code = left(c.product_code, 4) AND s.reporter_area = 'IDN' "
        "WHERE c.component = 'density' AND c.component_value = s.density"
    )
    assert _rows(warehouse.query(joined, as_known_on=BETWEEN)) == [{"n": 10}]
    count = "SELECT count(*) AS n FROM mart_product_space"
    assert _rows(warehouse.query(count, as_known_on=EARLY)) == [{"n": 0}]


def _rows(result: Any) -> list[dict[str, Any]]:
    return [dict(zip(result.columns, row, strict=True)) for b in result.batches for row in b]


def test_they_have_comments_and_may_be_read_by_readers(warehouse: Warehouse) -> None:
    with written(warehouse):
        pass
    for name, mart in marts.all_marts().items():
        if mart.calculation is not None:
            with warehouse.begin(rebuild=False) as tx:
                tx.ensure_schema(rebuild=False, edition="")
                assert tx.columns(name) == list(mart.calculation.columns)
                tx.comment(comments({name: tx.columns(name)}, ""))
    assert rows_of(warehouse, SCORE) == []


def test_marts_are_made_again_where_something_changed(
    warehouse: Warehouse, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    for kind in (_DuckTransaction, _PostgresTransaction):
        make = kind.make_mart

        def noted(self: Any, mart: marts.Mart, *rest: Any, _make: Any = make) -> bool:
            made.append(mart.name)
            return bool(_make(self, mart, *rest))

        monkeypatch.setattr(kind, "make_mart", noted)

    def apply() -> list[str]:
        made.clear()
        warehouse.apply(lake, tmp_path / "temp", simulated=False)
        return list(made)

    assert apply() == list(marts.all_marts())
    assert apply() == []
    warehouse.score = replace(warehouse.score, seed=7)
    assert apply() == ["mart_opportunity_components", "mart_opportunity_score"]
    assert apply() == []


def test_what_a_mart_reads_is_read_through_others() -> None:
    every = marts.all_marts()
    assert reads(every["mart_opportunity_score"], {"core_trade__local_exports"})
    assert reads(every["mart_opportunity_score"], {"core_exchange__rates"})  # of programmes
    assert not reads(every["mart_product_space"], {"core_exchange__rates", marts.SCORE})
    assert reads(every["mart_revisions"], {"core_exchange__rates"})  # the versions of its rows


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT 'core_a' FROM core_b -- mart_c", {"core_b"}),
        ("SELECT '--' FROM core_a, core_b /* core_c\n'*/ JOIN \"core_d\"",
         {"core_a", "core_b", "core_d"}),
        ("SELECT 'it''s core_a' FROM Core_B", {"core_b"}),
        ("SELECT '/*' FROM ref_a WHERE x = '*/' -- it's\nJOIN ops_b", {"ref_a", "ops_b"}),
        ("WITH a AS (SELECT 1 FROM core_a), b (x) AS (VALUES (1)) SELECT * FROM a, b", {"core_a"}),
        ("SELECT * FROM penataran.core_a__vintages", {"core_a__vintages"}),
    ],
)  # fmt: skip
def test_the_tables_of_a_statement_are_found(sql: str, names: set[str]) -> None:
    assert marts.Mart("x", sql, "", "", (), ()).mentioned() == names


@pytest.mark.parametrize(
    "sql",
    ["WITH core_a AS (SELECT 1) SELECT 1", "WITH a AS (SELECT 1), mart_b (x) AS NOT MATERIALIZED "
     "(\n SELECT 1) SELECT 1", "WITH RECURSIVE ref_a AS (VALUES (1)) SELECT 1"],
)  # fmt: skip
def test_a_named_query_may_not_hide_a_table(sql: str) -> None:
    with pytest.raises(ValueError, match="called as a table would be"):
        marts.Mart("x", sql, "", "", (), ()).mentioned()


def test_a_mart_without_its_name_in_the_statement_is_not_calculated(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with written(warehouse) as tx:
        insert(tx, "ref_area", world.AREAS, FIRST)
    ran: list[str] = []
    for name, mart in marts.all_marts().items():
        if mart.calculation is not None:
            monkeypatch.setitem(
                marts.all_marts(), name,
                replace(mart, calculation=replace(mart.calculation, make=_noting(ran, mart))),
            )  # fmt: skip
    list(warehouse.query("SELECT * FROM mart_trade_mirror", as_known_on=BETWEEN).batches)
    assert ran == []
    list(warehouse.query("SELECT * FROM mart_country_complexity", as_known_on=BETWEEN).batches)
    assert ran == ["mart_country_complexity"]
    list(warehouse.query(SCORE, as_known_on=BETWEEN).batches)
    assert ran[1:] == [
        "mart_product_space",
        "mart_opportunity_components",
        "mart_opportunity_score",
    ]


def _noting(ran: list[str], mart: marts.Mart) -> Any:
    calculation = mart.calculation
    assert calculation is not None

    def make(*arguments: Any) -> Any:
        ran.append(mart.name)
        return calculation.make(*arguments)

    return make


def test_wrong_scores_of_a_region_stop_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config import score

    (tmp_path / "default.yml").write_text("exports: {}\n")
    monkeypatch.setattr(score, "FOLDER", tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        open_warehouse(settings_for(tmp_path))
    assert caught.value.exit_code == 2
    assert "did you mean export?" in caught.value.message
