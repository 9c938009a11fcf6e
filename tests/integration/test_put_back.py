"""Parts of a home that were put back from before, taken from elsewhere, emptied or exchanged: the
right figures, or an error that names what to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from flows.cli.main import main
from flows.erasure import remains
from flows.maintain import erase, maintain
from flows.rebuild import rebuild_lake, rebuild_warehouse
from flows.run import publish
from schemas.errors import BusyError, PenataranError, StorageError
from tasks.ask.fetch import Fetched
from tasks.home import open_warehouse
from tasks.ingest.slices import Steps, ingest
from tasks.landing.land import read_receipt
from tasks.landing.manifest import read_copy
from tasks.outcome import Task
from tasks.slices import Window, slices_of
from tests.conftest import Home, first_of
from warehouse.base import WRITER_TABLE

A = ("2026-01-05", "IDR", "16700")
B = ("2026-01-06", "IDR", "16710")
REVISED = ("2026-01-05", "IDR", "16799")
SQL = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(CAST(rate AS DECIMAL(24,2)) AS VARCHAR), "
    "superseded_at IS NULL FROM core_exchange__rates__vintages "
    "WHERE source = 'toy' ORDER BY rate_date, load_seq"
)
BLOCK_BYTES = 1 << 18  # of a DuckDB file


def keep(home: Home, *names: str) -> None:
    for name in names:
        shutil.copytree(home.home / name, home.home.parent / "before" / name)


def put_back(home: Home, *names: str) -> None:
    for name in names:
        shutil.rmtree(home.home / name)
        shutil.copytree(home.home.parent / "before" / name, home.home / name)


def from_landing(home: Home) -> None:
    with home.session(accepts_older=True, remakes_lake=True) as session:
        rebuild_lake(session, reinterpret=False)
        rebuild_warehouse(session)
        publish(session)


def refused(home: Home, code: str, word: str = ".") -> None:
    with pytest.raises(PenataranError, match=word) as error:
        home.load(A, B)
    assert error.value.code == code
    assert error.value.hint


def copy_of(home: Home, nth: int) -> Path:
    return sorted((home.home / "landing" / "loads").glob("*.json"))[nth]


@pytest.mark.slow
def test_lake_and_state_from_before_are_older_than_landing(duck: Home) -> None:
    """The ledger alone would not know: it is from before, too."""
    duck.load(A)
    keep(duck, "lake", "state")
    duck.load(REVISED, B)
    newer = duck.query(SQL)
    put_back(duck, "lake", "state")
    for _ in range(2):
        refused(duck, "lake_older", "landing has a copy of load")
    assert duck.query(SQL) == newer
    with duck.session(accepts_older=True) as session:  # what `rebuild` does, on purpose
        highest = int(copy_of(duck, -1).stem)
        rebuild_warehouse(session)
        publish(session)
    assert duck.load(REVISED, B).exit_code == 0
    assert duck.query(SQL) == newer
    with duck.session() as session, session.connection() as con:
        numbers = session.lake.load_numbers(con)
    assert max(numbers) > highest
    assert highest not in numbers  # no number means two loads
    from_landing(duck)
    assert duck.load(REVISED, B).exit_code == 0
    assert [row for row in duck.query(SQL) if row[2]] == [row for row in newer if row[2]]


@pytest.mark.slow
@pytest.mark.parametrize("how", first_of("run", "rebuild from landing"))
def test_landing_from_before_an_erasure_brings_nothing_back(duck: Home, how: str) -> None:
    duck.load(A)
    sha = duck.load(A, ("2026-01-06", "IDR", "31415926.53")).sources[0].raw_sha256[0]
    keep(duck, "landing")
    with duck.session() as session:
        erase(session, sha, "asked for")
    put_back(duck, "landing")
    assert remains(duck.settings(), sha, duck.home / "state" / "tmp") != []
    if how == "run":
        assert duck.load(A).exit_code == 0
    else:
        from_landing(duck)
    assert [row[0] for row in duck.query(SQL) if row[2]] == ["2026-01-05"]
    assert remains(duck.settings(), sha, duck.home / "state" / "tmp") == []


@pytest.mark.slow
def test_a_warehouse_from_before_an_erasure_is_made_again(duck: Home) -> None:
    duck.load(A)
    sha = duck.load(A, ("2026-01-06", "IDR", "31415926.53")).sources[0].raw_sha256[0]
    keep(duck, "state", "warehouse")
    with duck.session() as session:
        erase(session, sha, "asked for")
    put_back(duck, "state", "warehouse")
    assert duck.load(A).exit_code == 0
    assert [row[0] for row in duck.query(SQL)] == ["2026-01-05"]
    assert remains(duck.settings(), sha, duck.home / "state" / "tmp") == []


@pytest.mark.slow
def test_a_lake_without_its_mark_is_not_taken_for_ours(duck: Home) -> None:
    duck.load(A)
    (duck.home / "lake" / "IDENTITY").unlink()
    refused(duck, "other_record", "does not say whose it is")
    from_landing(duck)
    assert duck.load(A, B).exit_code == 0


@pytest.mark.slow
def test_a_half_made_lake_of_long_ago_is_not_taken_for_the_lost_one(duck: Home) -> None:
    """A rebuild that was killed before it set the old lake aside leaves a whole new one."""
    duck.load(A)
    shutil.copytree(duck.home / "lake", duck.home / "lake.next")
    (duck.home / "lake.next" / "COMPLETE").touch()
    duck.load(REVISED, B)
    shutil.rmtree(duck.home / "lake")
    refused(duck, "lake_missing")


@pytest.mark.slow
def test_a_load_that_readers_saw_must_have_its_copy(duck: Home) -> None:
    duck.load(A)
    number = int(copy_of(duck, -2).stem)
    duck.load(A, B)
    before = duck.query(SQL)
    shutil.rmtree(duck.home / "lake")
    (duck.home / "landing" / "loads" / f"{number:010d}.json").unlink()
    with pytest.raises(StorageError, match=f"readers saw load {number} ") as error:
        from_landing(duck)
    assert error.value.code == "copy_missing"
    assert duck.query(SQL) == before


@pytest.mark.slow
def test_copies_and_receipts_that_are_not_their_own_are_named(duck: Home) -> None:
    duck.load(A)
    receipts = sorted((duck.home / "landing").glob("??/*.json"))
    pairs = [(copy_of(duck, -2), copy_of(duck, -3)), (receipts[0], receipts[-1])]
    for path, other in pairs:
        text = path.read_text(encoding="utf-8")
        for left in ("", text[: len(text) // 2], "[1]", other.read_text(encoding="utf-8"),
                     '{"ops_load": [{}]}', '{"ops_load": 1}', "{}"):  # fmt: skip
            path.write_text(left, encoding="utf-8")
            with pytest.raises(StorageError, match=path.name) as error:
                (read_copy if "loads" in path.parts else read_receipt)(path)
            assert error.value.code == "damaged_file"
        path.write_text("{}", encoding="utf-8")
    with pytest.raises(StorageError, match="damaged_file"), duck.session() as session:
        maintain(session)
    with pytest.raises(StorageError, match="damaged_file"):
        from_landing(duck)
    assert len(duck.query(SQL)) == 1


@pytest.mark.slow
def test_a_strange_file_among_the_copies_is_no_load(duck: Home) -> None:
    duck.load(A)
    (duck.home / "landing" / "loads" / "copy of 7.json").write_text("{}", encoding="utf-8")
    assert duck.load(A, B).exit_code == 0
    from_landing(duck)
    assert len(duck.query(SQL)) == 2


@pytest.mark.parametrize("name", ["PROFILE", "FORMAT", "lake/IDENTITY", "landing/IDENTITY"])
@pytest.mark.parametrize("left", [b"", b"\xff\xfe\x00"])
def test_a_mark_that_is_emptied_or_overwritten_is_named(duck: Home, name: str, left: bytes) -> None:
    (duck.home / name).write_bytes(left)
    refused(duck, "damaged_file", name)


@pytest.mark.parametrize("left", [b"", b"x", b"\xff\xfe\x00"])
def test_readers_are_shown_nothing_without_the_profile(
    duck: Home, left: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENATARAN_HOME", str(duck.home))
    (duck.home / "PROFILE").write_bytes(left)
    for command in (["status"], ["query", "SELECT 1"], ["trace", "ops_run", "run_id=x"]):
        assert main(command) == 4
        out, err = capsys.readouterr()
        assert (out, "damaged_file" in err) == ("", True)


@pytest.mark.slow
def test_a_mark_of_an_erasure_that_is_emptied_is_made_again(duck: Home) -> None:
    sha = duck.load(A).sources[0].raw_sha256[0]
    with duck.session() as session:
        erase(session, sha, "asked for")
    marker = duck.home / "landing" / "erased" / sha
    marker.write_bytes(b"")
    assert duck.load(B).exit_code == 0
    assert json.loads(marker.read_text(encoding="utf-8"))["finished"] is True


@pytest.mark.slow
def test_a_ledger_that_is_overwritten_is_named_and_can_be_moved_away(duck: Home) -> None:
    duck.load(A)
    ledger = duck.home / "state" / "ledger.sqlite"
    ledger.write_bytes(b"not what it was " * 300)
    refused(duck, "ledger_damaged", "move it away")
    for path in (duck.home / "state").glob("ledger.sqlite*"):
        path.unlink()
    assert duck.load(A, B).exit_code == 0
    assert len(duck.query(SQL)) == 2


@pytest.mark.slow
def test_a_block_of_the_working_file_that_is_not_read_is_looked_at(duck: Home) -> None:
    """What no load touches would be published as it is."""
    duck.load(A)
    duck.load(A, B)
    working = duck.home / "state" / "working.duckdb"
    raw = bytearray(working.read_bytes())
    for place in range(len(raw) // 2, len(raw), BLOCK_BYTES):  # some blocks are free
        raw[place] ^= 0x5A
    working.write_bytes(raw)
    assert duck.load(A, B).exit_code == 0
    assert len(duck.query(SQL)) == 2
    read_all(duck)
    (duck.home / "warehouse" / "penataran.duckdb").write_bytes(raw)
    with pytest.raises(StorageError, match="warehouse_read"):
        read_all(duck)


def read_all(home: Home) -> None:
    tables = home.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'penataran'")
    for (name,) in tables:
        home.query(f"SELECT count(*), sum(hash(t)) FROM {name} AS t")


@pytest.mark.usefixtures("marts")
@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_after_an_erasure_every_table_of_the_server_is_written_anew(there: Home) -> None:
    """A row that is deleted stays in the file of its table, marts among them."""
    sha = there.load(A).sources[0].raw_sha256[0]

    def files() -> dict[str, int]:
        with open_warehouse(there.settings()).engine.connect() as connection:  # type: ignore[attr-defined]
            found = connection.exec_driver_sql(
                "SELECT c.relname, c.relfilenode FROM pg_class AS c JOIN pg_namespace AS n "
                "ON n.oid = c.relnamespace WHERE n.nspname = 'penataran' AND c.relkind = 'r'"
            )
            return {name: file for name, file in found if name != WRITER_TABLE}

    before = files()
    with there.session() as session:
        erase(session, sha, "asked for")
    after = files()
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] == after[name]] == []


def test_a_run_whose_folder_was_cleared_up_while_it_slept_is_overtaken(
    duck: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    with duck.session() as session:
        (slice_,) = slices_of(session.sources["toy"], Window(), session.today())

        def slept(*_: object) -> Fetched:
            with sqlite3.connect(duck.home / "state" / "ledger.sqlite") as connection:
                connection.execute("UPDATE lease SET expires_at = 0")
            with duck.session():
                assert not session.temp.exists()
            raise ValueError("what a library says of a folder that is gone")

        outcome = ingest(session, Task("toy", slice_), Steps(fetch=slept))
    assert (outcome.status, outcome.error_code) == ("busy", "overtaken")
    assert "Traceback" not in capsys.readouterr().err


def slept_and_stumbled(home: Home, error: Exception) -> None:
    with home.session():
        with sqlite3.connect(home.home / "state" / "ledger.sqlite") as connection:
            connection.execute("UPDATE lease SET expires_at = 0")
        with home.session():
            pass
        raise error


@pytest.mark.parametrize(
    "error", [FileNotFoundError(2, "No such file"), ValueError("said"), StorageError("a", "b")]
)
def test_a_command_that_slept_is_overtaken_whatever_it_stumbles_over(
    duck: Home, error: Exception
) -> None:
    with pytest.raises(BusyError) as raised:
        slept_and_stumbled(duck, error)
    assert raised.value.code == "overtaken"


def test_the_error_of_a_command_that_was_awake_is_its_own(duck: Home) -> None:
    error = FileNotFoundError(2, "No such file")
    with pytest.raises(FileNotFoundError) as raised, duck.session():
        raise error
    assert raised.value is error
