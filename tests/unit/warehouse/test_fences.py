"""A holder that slept past its lease writes nothing, and undoes nothing of another's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schemas.catalogue import TABLES
from schemas.derive import arrow_schema
from schemas.errors import BusyError
from warehouse.contents import Part
from warehouse.data_files import from_rows
from warehouse.engine import connect
from warehouse.lake import Lake
from warehouse.leases import EXCLUSIVE, LEASES, Held, Lease
from warehouse.ledger import Ledger
from warehouse.rewrites import compact, erase

TABLE = TABLES["ops_erasure"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    found = Ledger.in_folder(tmp_path / "state")
    yield found
    found.close()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    found = Lake(tmp_path / "lake")
    found.folder.mkdir()
    made(found)
    return found


def made(lake: Lake) -> None:
    from deltalake import DeltaTable

    DeltaTable.create(str(lake.path(TABLE)), schema=arrow_schema(TABLE.lake_fields()))


def sleep(ledger: Ledger, lease: Lease) -> None:
    """What a minute without a heartbeat leaves."""
    with ledger.engine.begin() as connection:
        connection.execute(
            sa.update(LEASES).where(LEASES.c.holder == lease.holder).values(expires_at=0.0)
        )


def write(lake: Lake, number: int, held: Held = lambda: None) -> Part:
    row = {"load_seq": number, "erased_sha256": f"{number}", "run_id": "r", "reason": "because"}
    rows = from_rows(TABLE, [row])
    return lake.append(TABLE, rows, application=f"a/{number}", load_seq=number, held=held)


def numbers(lake: Lake) -> list[int]:
    con = connect(None)
    files = [str(f) for f in lake.files(TABLE)]
    found = con.execute(f"SELECT load_seq FROM read_parquet({files}) ORDER BY 1").fetchall()
    return [n for (n,) in found]


def test_a_run_that_slept_is_overtaken_by_what_needs_the_home_alone(ledger: Ledger) -> None:
    with ledger.lease("run/sleeper") as run, ledger.lease("ecb/2026") as scope:
        with pytest.raises(BusyError, match="under way"), ledger.leases.exclusive("other"):
            pass
        sleep(ledger, run)
        sleep(ledger, scope)
        with ledger.leases.exclusive("other"):
            pass
        ledger.leases.beat()
        with pytest.raises(BusyError, match="ran out") as error:
            ledger.next_load("sleeper", "ecb", "2026", scope)
        assert error.value.code == "overtaken"


def test_what_had_the_home_alone_and_slept_is_overtaken_by_a_run(ledger: Ledger) -> None:
    with ledger.leases.exclusive("own") as lease:
        ledger.leases.end_dead(EXCLUSIVE)
        ledger.require(lease)
        sleep(ledger, lease)
        ledger.leases.end_dead(EXCLUSIVE)  # what every session does as it opens
        with pytest.raises(BusyError, match="ran out"):
            ledger.require(lease)


def test_a_lease_is_asked_just_before_each_commit(lake: Lake) -> None:
    def lost() -> None:
        raise BusyError("overtaken", "slept")

    write(lake, 1)
    with pytest.raises(BusyError, match="slept"):
        write(lake, 2, held=lost)
    assert numbers(lake) == [1]


def test_a_lake_that_was_replaced_is_written_by_its_own_log(lake: Lake, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write(lake, number)
    other = Lake(tmp_path / "lake.next")
    other.folder.mkdir()
    made(other)
    write(other, 1)
    lake.folder.rename(tmp_path / "lake.before")
    other.folder.rename(lake.folder)
    write(lake, 4)
    assert numbers(lake) == [1, 4]
    assert numbers(Lake(lake.folder)) == [1, 4]


def test_of_two_compactions_at_once_one_is_refused(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is stopped when it has looked at the log, and goes on when the first is done."""
    from deltalake import DeltaTable

    for number in (1, 2, 3):
        write(lake, number)
    commit = DeltaTable.create_write_transaction
    joined = []

    def stopped(*arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(DeltaTable, "create_write_transaction", commit)
        joined.append(join(Lake(lake.folder)))
        commit(*arguments, **more)

    monkeypatch.setattr(DeltaTable, "create_write_transaction", stopped)
    assert join(lake) == 0
    assert joined == [3]
    assert numbers(Lake(lake.folder)) == [1, 2, 3]


def join(lake: Lake) -> int:
    return compact(lake, connect(None), TABLE, at_least=2, leavings=())


def test_an_erasure_that_slept_unlinks_no_file_of_another(lake: Lake) -> None:
    write(lake, 1)
    asked: list[int] = []

    def another_writes() -> None:
        if not asked:
            asked.append(write(lake, 2).rows)

    assert erase(lake, connect(None), TABLE, "false", held=another_writes) == 0
    assert numbers(Lake(lake.folder)) == [1, 2]
