"""What one database of a run knows of the lake is what the lake has, after every load."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.catalogue import TABLES
from schemas.errors import DataError, StorageError
from warehouse import engine
from warehouse.connections import LARGE_BYTES, Connections
from warehouse.contents import contents_of
from warehouse.data_files import from_rows, local_path
from warehouse.known import KnownVersions
from warehouse.lake import Addition, Lake
from warehouse.rewrites import compact, erase

pytestmark = pytest.mark.fast

RATES, LOADS = TABLES["core_exchange__rates"], TABLES["ops_load"]


def rate(day: int, number: int, source: str = "toy") -> dict[str, Any]:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        "rate_date": date(2026, 1, day), "base_currency": "USD", "quote_currency": "IDR",
        "rate_type": "reference", "rate": Decimal(number), "source": source, "load_seq": number,
        "run_id": f"run {number}", "recorded_at": moment, "is_deleted": False,
        "release_stage": "final", "value_status": "observed", "raw_sha256": "a",
        "change_reason": "first",
    }  # fmt: skip


def load(lake: Lake, number: int, days: list[int], source: str = "toy") -> Path:
    """One finished load; returns its file of figures."""
    rows = [rate(day, number, source) for day in days]
    span = (number, number)
    file = lake.write(RATES, from_rows(RATES, rows), span, source)
    (part,) = lake.commit(RATES, [Addition(source, number, file, file.rows)])
    own = {
        "load_seq": number, "run_id": f"run {number}", "source": source, "slice": "all",
        "table_name": RATES.name, "status": "loaded", "fetched": len(days), "new": len(days),
        "revised": 0, "unchanged": 0, "deleted": 0, "quarantined": 0, "duplicates": 0,
        "ignored": 0, "recorded_at": datetime(2026, 1, 1, tzinfo=UTC), "raw_sha256s": "[]",
        "contents": contents_of([part]),
    }  # fmt: skip
    done = lake.write(LOADS, from_rows(LOADS, [own]), span)
    lake.commit(LOADS, [Addition(source, number, done, 1)])
    return file.path


@pytest.fixture
def connections(lake: Lake, tmp_path: Path) -> Iterator[Connections]:
    found = Connections(tmp_path / "duckdb", lake)
    yield found
    found.close()


def rows(connections: Connections, source: str = "toy") -> list[tuple[int, int]]:
    with connections.one() as (con, known):
        known.view(con, RATES, "found", source=source)
        return sorted(con.execute("SELECT day(rate_date), load_seq FROM found").fetchall())


class TestKnownVersions:
    def test_each_load_is_seen_once(self, lake: Lake, connections: Connections) -> None:
        assert rows(connections) == []
        load(lake, 1, [1, 2])
        assert rows(connections) == [(1, 1), (2, 1)]
        load(lake, 2, [2])
        load(lake, 3, [5], source="other")
        assert rows(connections) == [(1, 1), (2, 1), (2, 2)]
        assert rows(connections, "other") == [(5, 3)]

    def test_an_unfinished_load_is_not_seen_until_it_is_finished(
        self, lake: Lake, connections: Connections
    ) -> None:
        load(lake, 1, [1])
        file = lake.write(RATES, from_rows(RATES, [rate(9, 7)]), (7, 7), "toy")
        lake.commit(RATES, [Addition("toy", 7, file, 1)])
        assert rows(connections) == [(1, 1)]

    def test_joined_files_are_read_again(self, lake: Lake, connections: Connections) -> None:
        for number in (1, 2, 3):
            load(lake, number, [number])
        assert rows(connections) == [(1, 1), (2, 2), (3, 3)]
        with connections.one() as (con, _):
            assert compact(lake, con, RATES, at_least=2, leavings=()) == 3
        load(lake, 4, [4])
        assert rows(connections) == [(1, 1), (2, 2), (3, 3), (4, 4)]

    def test_only_the_new_file_is_read(
        self, lake: Lake, connections: Connections, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load(lake, 1, [1])
        rows(connections)
        new = load(lake, 2, [2])
        read: list[str] = []
        scan = engine.to_parquet_scan

        def noted(files: list[str], *, by_source: bool) -> str:
            read.extend(files)
            return scan(files, by_source=by_source)

        monkeypatch.setattr("warehouse.data_files.to_parquet_scan", noted)
        assert rows(connections) == [(1, 1), (2, 2)]
        assert [local_path(f) for f in read if RATES.name in f] == [new]

    def test_rows_that_the_lake_lost_are_an_error(
        self, lake: Lake, connections: Connections
    ) -> None:
        load(lake, 1, [1, 2])
        rows(connections)
        path = load(lake, 2, [3, 4])
        entry = next((lake.path(RATES) / "_delta_log").glob("*2.json"))
        text = "\n".join(x for x in entry.read_text().splitlines() if path.name not in x)
        entry.write_text(text)
        lake.reopen()
        with pytest.raises(StorageError, match="load 2 wrote 2 rows"):
            rows(connections)

    def test_an_erasure_is_known_at_once(
        self, lake: Lake, connections: Connections, tmp_path: Path
    ) -> None:
        load(lake, 1, [1, 2])
        assert len(rows(connections)) == 2
        with connections.one() as (con, _):
            erase(lake, con, RATES, "load_seq = 1")
        with pytest.raises(StorageError, match="load 1 wrote 2 rows"):
            rows(connections)


class TestConnections:
    def test_small_loads_share_a_database_and_see_nothing_of_each_other(
        self, connections: Connections
    ) -> None:
        with connections.one() as (con, first), connections.one(LARGE_BYTES) as (other, second):
            assert second is first
            for number, one in enumerate((con, other)):
                one.execute(f"CREATE TABLE typed AS SELECT {number} AS x")
                one.execute(f"CREATE TEMP TABLE codes AS SELECT {number} AS x")
            for number, one in enumerate((con, other)):
                found = one.execute("SELECT typed.x, codes.x FROM typed, codes").fetchall()
                assert found == [(number, number)]
        with connections.one() as (con, _):
            assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]

    def test_the_shared_database_has_memory_for_each(self, connections: Connections) -> None:
        limit = "SELECT current_setting('memory_limit')"
        with connections.one() as (con, _), connections.one(LARGE_BYTES + 1) as (alone, _):
            shared, own = (one.execute(limit).fetchall()[0][0] for one in (con, alone))
        assert (shared, own) == ("610.3 MiB", "152.5 MiB")

    def test_a_large_load_has_a_database_to_itself(
        self, connections: Connections, tmp_path: Path
    ) -> None:
        with connections.one() as (_, first), connections.one(LARGE_BYTES + 1) as (_, second):
            assert second is not first
            assert len(list((tmp_path / "duckdb").glob("*.duckdb"))) == 2
        assert len(list((tmp_path / "duckdb").glob("*.duckdb"))) == 1

    @pytest.mark.parametrize(("error", "again"), [(DataError("x", "y"), True), (KeyError(), False)])
    def test_after_an_unexpected_error_the_database_is_given_up(
        self, connections: Connections, error: Exception, again: bool
    ) -> None:
        found: list[KnownVersions] = []

        def fail() -> None:
            with connections.one() as (con, known):
                con.execute("CREATE TABLE typed AS SELECT 1 AS x")
                found.append(known)
                raise error

        with connections.one() as (con, _):
            with pytest.raises(type(error)):
                fail()
            with connections.one() as (_, known):
                assert (known is found[0]) is again
            con.execute("CREATE TABLE typed AS SELECT 1 AS x")  # others go on

    def test_where_nothing_is_shared_each_is_closed(self, lake: Lake, tmp_path: Path) -> None:
        alone = Connections(tmp_path / "duckdb", lake, share=1)
        with alone.one() as (_, first):
            pass
        assert list((tmp_path / "duckdb").glob("stage-*")) == []
        with alone.one() as (_, second):
            assert second is not first


class TestLog:
    def test_it_knows_the_last_load_of_every_application(self, lake: Lake) -> None:
        """From the start, after new entries, and from a checkpoint."""
        for number in range(1, 8):
            load(lake, number, [number], source=f"s{number % 3}")
        handle = lake.must_open(LOADS)
        wanted = {f"s{n}": handle.transaction_version(f"s{n}") for n in range(3)}
        assert {name: lake.last(LOADS, name) for name in wanted} == wanted
        assert lake.last(LOADS, "other") == 0
        handle.create_checkpoint()
        load(lake, 9, [9], source="s1")
        fresh = Lake(lake.folder)
        assert {name: fresh.last(LOADS, name) for name in wanted} == {**wanted, "s1": 9}
        assert lake.last(LOADS, "s1") == 9

    def test_where_an_entry_cannot_be_read_the_library_is_asked(
        self, lake: Lake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load(lake, 1, [1])
        monkeypatch.setattr("warehouse.log.json.loads", lambda _: {"txn": {"appId": "toy"}})
        assert Lake(lake.folder).last(LOADS, "toy") == 1
