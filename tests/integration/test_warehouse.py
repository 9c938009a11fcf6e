"""Both warehouses, by the same code and the same tests: vintages, atomic publication, readers."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
import sqlalchemy as sa

from flows.cli.chain import chain_lines
from flows.cli.why import why_lines
from flows.explain import explain
from flows.maintain import maintain
from flows.rebuild import rebuild_warehouse
from flows.run import publish
from flows.status import moment
from flows.trace import trace
from flows.verify import verify
from schemas.errors import ConfigurationError
from tasks.home import open_warehouse
from tasks.load import slice_load
from tasks.session import Session
from tests.conftest import BOTH_DATABASES, Home, settings_for
from warehouse.base import rows_of
from warehouse.duck import _DuckTransaction
from warehouse.marts import Mart
from warehouse.postgres import _PostgresTransaction

pytestmark = pytest.mark.usefixtures("marts")
A = ("2026-01-05", "IDR", "16700")
B = ("2026-01-06", "IDR", "16710")
CURRENT = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(rate AS VARCHAR) FROM core_exchange__rates "
    "WHERE source = 'toy' ORDER BY rate_date"
)


def test_new_revised_withdrawn_and_as_known_on(there: Home) -> None:
    first = there.load(A, B)
    assert (first.sources[0].counts.new, first.exit_code) == (2, 0)
    after_first = datetime.now(UTC)
    again = there.load(A, B)
    assert again.sources[0].status == "unchanged"
    assert again.sources[0].counts.unchanged == 2
    second = there.load(("2026-01-05", "IDR", "16999"), B)
    counts = second.sources[0].counts
    assert (counts.revised, counts.unchanged) == (1, 1)
    after_second = datetime.now(UTC)
    third = there.load(B)
    assert third.sources[0].counts.deleted == 1
    assert there.query(CURRENT) == [("2026-01-06", "16710.0000000000")]
    assert there.query(CURRENT, after_first) == [
        ("2026-01-05", "16700.0000000000"),
        ("2026-01-06", "16710.0000000000"),
    ]
    assert there.query(CURRENT, after_second)[0] == ("2026-01-05", "16999.0000000000")
    versions = there.query(
        "SELECT change_reason, is_deleted, superseded_at IS NULL FROM "
        "core_exchange__rates__vintages WHERE source = 'toy' AND rate_date = DATE '2026-01-05' "
        "ORDER BY load_seq"
    )
    assert versions == [
        ("first", False, False),
        ("revised_by_source", False, False),
        ("withdrawn_by_source", True, True),
    ]
    monthly = "SELECT CAST(average_rate AS VARCHAR), days FROM mart_rates_monthly"
    assert there.query(monthly) == [("16710.00000000000000", 1)]
    assert there.query(monthly, after_first) == [("16705.00000000000000", 2)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Ibu Siti", "día ☃ #1 'a' <b> \"c\" ^~`;$(d)"])
def test_a_home_may_have_any_printable_name(
    tmp_path: Path, prepared: Path, toy: Callable[..., str], gate: Any, name: str
) -> None:
    """The library of the lake writes names of files as parts of an address."""
    shutil.copytree(prepared, tmp_path / name)
    there = Home(tmp_path / name, toy(), {}, gate)
    assert there.load(A, B).exit_code == 0
    assert there.load(A).sources[0].counts.deleted == 1
    with there.session() as session:
        assert maintain(session).verified.is_whole
        rebuild_warehouse(session)
        publish(session)
    assert there.query(CURRENT) == [("2026-01-05", "16700.0000000000")]
    (row,) = trace(there.settings(), "core_exchange__rates", {"source": "toy"})["chains"]
    assert row["raw_records"]
    assert verify(there.settings(), tmp_path / "spill").is_whole


@pytest.mark.parametrize("sign", ["\n", "%41", "*", "[1]", "?", "{a,b}", "\udcff", "\x7f"])
def test_a_home_with_a_sign_of_patterns_is_refused_by_name(tmp_path: Path, sign: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings_for(tmp_path / f"a{sign}b")
    assert caught.value.code == "home_path"


def test_queries_at_one_moment_see_no_later_publication(there: Home) -> None:
    there.load(A)
    warehouse = open_warehouse(there.settings())
    with warehouse.at_one_moment() as published:
        first = rows_of(published, CURRENT)
        there.load(("2026-01-05", "IDR", "1"), B)
        assert rows_of(published, CURRENT) == first
        assert rows_of(published, "SELECT count(*) AS n FROM core_exchange__rates") == [{"n": 1}]
    assert len(rows_of(warehouse, CURRENT)) == 2
    warehouse.close()


@pytest.mark.slow
def test_content_that_returns_to_an_earlier_state_is_a_new_version(there: Home) -> None:
    for rate in ("1", "2", "1"):
        there.load(("2026-01-05", "IDR", rate))
    count = "SELECT count(*) FROM core_exchange__rates__vintages WHERE source = 'toy'"
    assert there.query(count) == [(3,)]
    assert there.query(CURRENT) == [("2026-01-05", "1.0000000000")]


@pytest.mark.slow
def test_a_preliminary_never_displaces_a_final(there: Home, toy: Callable[..., str]) -> None:
    toy("toy", release_stage="final")
    there.load(("2026-01-05", "IDR", "100"))
    toy("toy", release_stage="preliminary")
    there.load(("2026-01-05", "IDR", "90"))
    assert there.query(CURRENT) == [("2026-01-05", "100.0000000000")]
    versions = there.query(
        "SELECT release_stage, superseded_at = recorded_at FROM core_exchange__rates__vintages "
        "WHERE source = 'toy' ORDER BY load_seq"
    )
    # The old bytes by the new declaration, then the new ones: neither was ever current.
    assert versions == [("final", None), ("preliminary", True), ("preliminary", True)]


@pytest.mark.slow
def test_every_row_carries_its_origin(there: Home) -> None:
    report = there.load(A)
    row = there.query(
        "SELECT raw_sha256, run_id, value_status, release_stage FROM core_exchange__rates "
        "WHERE source = 'toy'"
    )[0]
    assert row == (report.sources[0].raw_sha256[0], report.run_id, "observed", "unknown")
    settings = settings_for(there.home, **there.variables)
    chain = trace(settings, "core_exchange__rates", {"rate_date": "2026-01-05", "source": "toy"})
    (found,) = chain["chains"]
    assert found["raw_records"] == [
        {"_row": 1, "date": "2026-01-05", "currency": "IDR", "rate": "16700"}
    ]
    assert found["raw"][0]["url"].endswith("/rates")
    mart = trace(settings, "mart_rates_monthly", {"source": "toy", "month_start": "2026-01-01"})
    assert len(mart["behind"][0]["rows"]) == 1


def test_operations_are_recorded(there: Home) -> None:
    there.load(A, ("2026-01-07", "ZZZ", "1"))
    checks = dict(
        there.query("SELECT engine, count(*) FROM ops_check WHERE source = 'toy' GROUP BY engine")
    )
    assert checks["rules"] > 5
    assert checks["great_expectations"] > 5
    assert there.query("SELECT status FROM ops_attempt WHERE source = 'toy'") == [("loaded",)]
    assert there.query("SELECT count(*) FROM ops_raw WHERE source = 'toy'") == [(1,)]
    assert there.query("SELECT count(*) FROM ops_quarantine") == [(1,)]
    assert there.query("SELECT exit_code FROM ops_run ORDER BY started_at DESC LIMIT 1") == [(0,)]
    fresh = there.query(
        "SELECT rows_quarantined, last_loaded_at IS NOT NULL FROM mart_source_freshness "
        "WHERE source = 'toy'"
    )
    assert fresh == [(1, True)]


@pytest.mark.slow
def test_all_tables_of_the_contract_are_there(there: Home) -> None:
    from schemas.catalogue import TABLES

    there.load(A)
    for table in TABLES.values():
        names = ", ".join(f.name for f in table.current_fields())
        there.query(f"SELECT {names} FROM {table.name} LIMIT 1")
        if table.has_vintages:
            there.query(f"SELECT superseded_at, is_deleted FROM {table.vintages_name} LIMIT 1")


WRITES = [
    "DELETE FROM ops_run",
    "INSERT INTO ops_run (run_id) VALUES ('x')",
    "DROP TABLE ops_run",
    "CREATE TABLE t AS SELECT 1 AS x",
    "SELECT 1; DELETE FROM ops_run",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY (SELECT 1) TO '/tmp/out'",
]


@BOTH_DATABASES
def test_readers_only_read(there: Home) -> None:
    there.load(A)
    for sql in WRITES:
        with pytest.raises(ConfigurationError):
            there.query(sql)
        assert there.query("SELECT count(*) FROM ops_run")[0][0] >= 1, sql


@pytest.mark.slow
def test_rebuilding_from_the_lake_gives_the_same_tables(there: Home, tmp_path: Path) -> None:
    """Applying from load 0 into an empty database equals applying load by load."""
    from warehouse.duck import DuckWarehouse
    from warehouse.lake import Lake

    there.load(A, B)
    there.load(("2026-01-05", "IDR", "2"), B)
    there.load(("2026-01-05", "IDR", "3"))
    again = DuckWarehouse(tmp_path / "again.duckdb", tmp_path / "published.duckdb")
    again.apply(Lake(there.home / "lake"), tmp_path / "tmp", simulated=False)
    again.publish()
    sql = (
        "SELECT source, CAST(rate_date AS VARCHAR), CAST(rate AS VARCHAR), load_seq, is_deleted, "
        "change_reason, CAST(recorded_at AS VARCHAR) LIKE '2%', superseded_at IS NULL "
        "FROM core_exchange__rates__vintages ORDER BY load_seq, rate_date"
    )
    found = [tuple(r) for batch in again.query(sql).batches for r in batch]
    assert found == there.query(sql)
    assert len(found) == 5


class TestDuckdbFile:
    """What only the published file has to keep."""

    @pytest.fixture
    def database(self) -> dict[str, str]:
        return {}

    @pytest.mark.slow
    def test_readers_in_another_process_never_see_a_gap(self, there: Home) -> None:
        there.load(A)
        path = there.home / "warehouse" / "penataran.duckdb"
        code = (
            "import duckdb, sys, time\n"
            "end = time.time() + 6\n"
            "n = 0\n"
            "while time.time() < end:\n"
            "    con = duckdb.connect(sys.argv[1], read_only=True)\n"
            "    rates = con.sql('SELECT count(*) FROM core_exchange__rates').fetchall()[0][0]\n"
            '    loads = con.sql("SELECT count(*) FROM core_exchange__rates__vintages WHERE "\n'
            '        "superseded_at IS NULL AND NOT is_deleted").fetchall()[0][0]\n'
            "    assert rates == loads >= 1, (rates, loads)\n"
            "    con.close(); n += 1\n"
            "print(n)\n"
        )
        reader = subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
        )
        for day in range(10, 14):
            there.load(A, (f"2026-01-{day}", "IDR", "5"))
        out, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0
        assert int(out) > 5

    @pytest.mark.slow
    def test_storage_is_readable_by_older_versions(self, there: Home) -> None:
        import duckdb

        there.load(A)
        path = there.home / "warehouse" / "penataran.duckdb"
        con = duckdb.connect()
        con.execute(f"ATTACH '{path}' AS p (READ_ONLY)")
        tags = con.sql("SELECT tags FROM duckdb_databases() WHERE database_name = 'p'").fetchall()[
            0
        ][0]
        assert "v1.2" in str(tags)

    def test_a_bare_date_is_the_end_of_the_regions_day(self, there: Home) -> None:
        settings = settings_for(there.home)
        assert moment("2026-01-31", settings) == datetime(
            2026, 1, 31, 16, 59, 59, 999999, tzinfo=UTC
        )
        for bad in ("2026-01-31T10:00:00", "yesterday"):
            with pytest.raises(ConfigurationError):
                moment(bad, settings)

    def test_two_runs_of_one_slice(self, there: Home) -> None:
        """The second is busy, and says so with exit code 5."""
        settings = settings_for(there.home, **there.variables)
        ready, stop = threading.Event(), threading.Event()

        def hold() -> None:
            with (
                Session(settings, gate=there.gate, owns_gate=False) as session,
                session.ledger.lease("toy/daily"),
            ):
                ready.set()
                stop.wait(60)

        thread = threading.Thread(target=hold)
        thread.start()
        ready.wait(30)
        try:
            report = there.load(A)
        finally:
            stop.set()
            thread.join()
        assert report.sources[0].status == "busy"
        assert report.exit_code == 5

    @pytest.mark.slow
    def test_other_profile_is_refused(self, there: Home) -> None:
        there.load(A)
        from config import settings as environment

        settings = environment.load({"PENATARAN_HOME": str(there.home)}, profile="sandbox")
        with pytest.raises(ConfigurationError) as caught:
            Session(settings)
        assert caught.value.code == "other_profile"


@pytest.mark.slow
def test_a_later_number_that_finishes_first_hides_nothing(there: Home, tmp_path: Path) -> None:
    """Two runs side by side: load 2 is applied before load 1 is finished."""
    from schemas.catalogue import TABLES
    from warehouse.data_files import from_rows
    from warehouse.lake import Lake

    there.load(A)
    settings = settings_for(there.home, **there.variables)
    lake = Lake(there.home / "lake")
    with Session(settings, gate=there.gate, owns_gate=False) as session:
        early, _ = session.ledger.next_load("slow", "toy", "other")
    there.load(B, A)
    table = TABLES["ops_load"]
    lake.append(
        table,
        from_rows(
            table,
            [{"load_seq": early, "run_id": "slow", "source": "toy", "slice": "other",
              "status": "loaded", "recorded_at": datetime.now(UTC)}],
        ),
        application="slow",
        load_seq=early,
    )  # fmt: skip
    there.load(B, A, ("2026-02-02", "IDR", "9"))
    applied = there.query(f"SELECT run_id FROM ops_load WHERE load_seq = {early}")
    assert applied == [("slow",)]


@pytest.mark.slow
def test_a_fault_of_ours_in_one_source_stops_nothing(
    there: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("planted")

    there.load(A)
    monkeypatch.setattr(slice_load, "stage", broken)
    report = there.load(B)
    assert report.exit_code == 3
    assert report.sources[0].error is not None
    assert report.sources[0].error["code"] == "internal"
    assert "planted" in capsys.readouterr().err
    assert there.query(CURRENT) == [("2026-01-05", "16700.0000000000")]


def test_columns_have_what_the_dictionary_says_as_comments(there: Home) -> None:
    """Of tables, views and marts, also after a mart was made again."""
    there.load(A)
    there.load(A, B)
    if url := there.variables.get("PENATARAN_WAREHOUSE_URL"):
        sql = (
            "SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute AS a "
            "WHERE a.attnum > 0 AND a.attrelid IN (CAST('penataran.mart_rates_monthly' AS regclass)"
            ", CAST('penataran.core_exchange__rates' AS regclass))"
        )
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            found = dict(connection.exec_driver_sql(sql).tuples().all())
        engine.dispose()
    else:
        con = duckdb.connect(str(there.home / "warehouse" / "penataran.duckdb"), read_only=True)
        sql = (
            "SELECT column_name, comment FROM duckdb_columns() "
            "WHERE table_name IN ('mart_rates_monthly', 'core_exchange__rates')"
        )
        found = dict(con.execute(sql).fetchall())
        con.close()
    assert found["average_rate"].endswith("/ mean of the month's daily rates [quote per base]")
    assert found["rate"].endswith("[quote per base]")
    assert all(found.values())


def test_why_a_figure_changed(there: Home) -> None:
    """Of a figure: what it was, what it is, and the reason. Of a mart's row: what it was before."""
    there.load(A, B)
    there.load(A, ("2026-01-06", "IDR", "16720"))
    there.load(A)
    settings = there.settings()
    keys = {"source": "toy", "rate_date": "2026-01-06"}
    newest, middle, first = explain(settings, "core_exchange__rates", keys)["changes"]
    assert [c["reason"] for c in (first, middle, newest)] == [
        "first", "revised_by_source", "withdrawn_by_source",
    ]  # fmt: skip
    assert middle["columns"] == {"rate": {"before": Decimal(16710), "after": Decimal(16720)}}
    assert newest["columns"]["rate"] == {"before": Decimal(16720), "after": None}
    of_mart = explain(settings, "mart_rates_monthly", {"source": "toy"})
    changed = {d["column"]: (d["before"], d["after"]) for d in of_mart["differences"]}
    assert changed["average_rate"] == (Decimal(16710), Decimal(16700))
    assert of_mart["changes"][0]["reason"] == "withdrawn_by_source"
    lines = list(why_lines(of_mart, "id", ZoneInfo("Asia/Jakarta")))
    assert any("average_rate 16.710 -> 16.700 (−0,1%)" in line for line in lines)
    chain = trace(settings, "core_exchange__rates", {"source": "toy", "rate_date": "2026-01-05"})
    shown = list(chain_lines(chain, "en", ZoneInfo("Asia/Jakarta")))
    assert len(shown) <= 10
    sha = chain["chains"][0]["row"]["raw_sha256"]
    assert f"  sha256 {sha}" in shown
    assert "  = rate 16,700 IDR/USD (unknown, observed)" in shown
    assert any("date=2026-01-05, currency=IDR, rate=16700" in line for line in shown)


def test_a_wrong_name_is_answered_with_the_nearest(there: Home) -> None:
    there.load(A)
    found = {
        "SELECT * FROM core_exchange__rate": "core_exchange__rates",
        "SELECT r.quote_curency FROM core_exchange__rates AS r": "quote_currency",
    }
    for sql, near in found.items():
        with pytest.raises(ConfigurationError, match=near):
            there.query(sql)
    for name, key in (("mart_rates_montly", "source"), ("mart_rates_monthly", "month_stat")):
        with pytest.raises(ConfigurationError, match=r"mart_rates_monthly|month_start"):
            trace(there.settings(), name, {key: "x"})


def test_a_mart_with_the_same_rows_makes_none_of_its_readers_again(
    there: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New rates touch every mart of registers through the rates on their dates; without a register
    these are the same. That the tables are those of a rebuild says another test."""
    made: list[str] = []
    for kind in (_DuckTransaction, _PostgresTransaction):
        make = kind.make_mart

        def noted(self: Any, mart: Mart, *rest: Any, _make: Any = make) -> bool:
            made.append(mart.name)
            return bool(_make(self, mart, *rest))

        monkeypatch.setattr(kind, "make_mart", noted)
    there.load(A)
    assert "mart_partner_chain" in made
    made.clear()
    there.load(A, B)
    assert {"mart_rates_monthly", "mart_rates_paired", "mart_rates_on_dates"} <= set(made)
    assert not {"mart_promotion_conversion", "mart_exchange_cost"} & set(made)
    assert there.query("SELECT days FROM mart_rates_monthly") == [(2,)]
