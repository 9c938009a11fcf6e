"""One declaration, many shapes: Arrow, DuckDB, SQLAlchemy and expectations agree."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from config.source import Dataset
from schemas.catalogue import TABLES
from schemas.checks import suite
from schemas.derive import arrow_schema, duckdb_columns, metadata, stored
from schemas.model import DECIMALS
from schemas.tables.tourism import ARRIVALS
from tasks.read.mapping import period_sql
from tasks.slices import parse_period
from warehouse.engine import connect

pytestmark = pytest.mark.fast
CONTRACT = [
    "core_trade__flows",
    "core_trade__local_exports",
    "core_trade__producers",
    "core_tourism__arrivals",
    "core_tourism__accommodation",
    "core_exchange__rates",
    "core_exchange__students",
    "core_exchange__programmes",
    "core_context__indicators",
    "core_cooperation__agreements",
    "core_cooperation__stage_events",
    "core_cooperation__activities",
    "core_promotion__exhibitions",
    "core_promotion__deals",
    "core_promotion__forums",
    "core_investment__leads",
    "core_capacity__training",
    "ref_area",
    "ref_region",
    "ref_product",
    "ref_product_concordance",
    "ref_currency",
    "ref_source",
    "ops_run",
    "ops_load",
    "ops_raw",
    "ops_check",
    "ops_quarantine",
]


def test_every_table_of_the_contract_is_declared() -> None:
    assert set(CONTRACT) <= set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_all_shapes_have_the_same_columns(name: str, tmp_path: object) -> None:
    table = TABLES[name]
    stored_name, fields = stored(table)
    names = [f.name for f in fields]
    assert arrow_schema(fields).names == names
    assert [c.name for c in metadata([table]).tables[stored_name].columns] == names
    con = connect(__import__("pathlib").Path(str(tmp_path)))
    con.execute(f"CREATE TABLE t ({duckdb_columns(fields)})")
    found = con.execute("SELECT column_name, data_type FROM information_schema.columns").fetchall()
    con.close()
    assert [c for c, _ in found] == names
    for field, (_, kind) in zip(fields, found, strict=True):
        if field.type in DECIMALS:
            assert kind == "DECIMAL({},{})".format(*DECIMALS[field.type])


@pytest.mark.parametrize("name", TABLES)
def test_every_field_is_described_in_both_languages(name: str) -> None:
    for field in TABLES[name].vintage_fields():
        assert field.description.id
        assert field.description.en
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field.name)


def test_every_core_row_wears_the_envelope() -> None:
    for table in TABLES.values():
        if table.kind == "core":
            names = [f.name for f in table.vintage_fields()]
            for wanted in (
                "source",
                "release_stage",
                "value_status",
                "recorded_at",
                "load_seq",
                "run_id",
                "raw_sha256",
                "superseded_at",
                "is_deleted",
                "change_reason",
            ):
                assert wanted in names, (table.name, wanted)


def test_expectations_cover_the_declared_checks() -> None:
    found = suite(TABLES["core_trade__flows"], rows_min=1, rows_max=9, max_refused_share=0.1)
    ids = {e.check_id for e in found}
    assert ids >= {
        "row_envelope",
        "refused_share",
        "key_duplicates",
        "not_null:partner_area",
        "sample_in_set:flow",
        "sample_matches:product_code",
        "sample_between:value",
    }
    assert len(ids) == len(found)


@pytest.mark.parametrize(
    ("text", "frequency", "start", "end"),
    [
        ("2023", "A", "2023-01-01", "2023-12-31"),
        ("202302", "M", "2023-02-01", "2023-02-28"),
        ("2024-02", "M", "2024-02-01", "2024-02-29"),
        ("2023M11", "M", "2023-11-01", "2023-11-30"),
        ("2023-Q4", "Q", "2023-10-01", "2023-12-31"),
        ("2023Q1", "Q", "2023-01-01", "2023-03-31"),
        ("2023-S2", "S", "2023-07-01", "2023-12-31"),
        ("2023-05-05", "D", "2023-05-05", "2023-05-05"),
        ("23", "A", None, None),
        ("202313", "M", None, None),
        ("2023-Q5", "Q", None, None),
        ("2023-02-30", "D", None, None),
        ("2023", "M", None, None),
    ],
)
def test_periods(text: str, frequency: str, start: str | None, end: str | None) -> None:
    import duckdb

    first, last = period_sql(f"'{text}'", frequency)
    found = duckdb.sql(f"SELECT CAST({first} AS VARCHAR), CAST({last} AS VARCHAR)").fetchall()[0]
    assert found == (start, end)


def test_period_arguments() -> None:
    assert parse_period("2024-02", end=True) == date(2024, 2, 29)
    assert parse_period("2024", end=False) == date(2024, 1, 1)
    assert Dataset(frequency="A").window == 1


# --- where a period begins -------------------------------------------------------------------


def test_every_table_with_a_frequency_says_where_its_periods_begin() -> None:
    for table in TABLES.values():
        names = {f.name for f in table.body()} if table.kind == "core" else set()
        codes = [rule.code for rule in table.rules]
        assert codes.count("wrong_period_start") == ({"frequency", "period_start"} <= names)


@pytest.mark.parametrize(
    ("frequency", "start", "holds"),
    [
        ("A", "2024-01-01", True), ("A", "2024-04-01", True), ("A", "2024-07-01", True),
        ("A", "2024-02-01", False), ("A", "2024-01-02", False), ("A", "2024-12-31", False),
        ("S", "2024-07-01", True), ("S", "2024-10-01", True), ("S", "2024-03-01", False),
        ("Q", "2024-10-01", True), ("Q", "2024-02-01", False), ("Q", "2024-03-01", False),
        ("Q", "2024-04-02", False), ("M", "2024-02-01", True), ("M", "2024-02-29", False),
        ("W", "2024-01-01", True), ("W", "2024-01-02", False), ("D", "2024-02-29", None),
        ("L", "2024-02-29", None), (None, "2024-02-29", None), ("Q", None, None),
    ],
)  # fmt: skip
def test_a_period_begins_where_its_frequency_can(
    frequency: str | None, start: str | None, holds: bool | None, tmp_path: Path
) -> None:
    """No answer is a good row: a day may be any, and a missing value has a rule of its own."""
    rule = next(r for r in ARRIVALS.rules if r.code == "wrong_period_start")
    sql = f"SELECT {rule.holds} FROM (SELECT ?::VARCHAR AS frequency, ?::DATE AS period_start)"
    found = connect(tmp_path).execute(sql, [frequency, start]).fetchone()
    assert found is not None
    assert found[0] is holds


def test_a_wrong_start_is_explained_in_every_language() -> None:
    rule = next(r for r in ARRIVALS.rules if r.code == "wrong_period_start")
    assert all(rule.message.in_language(language) for language in ("id", "en", "ja"))
    assert rule.message.ja != rule.message.en
