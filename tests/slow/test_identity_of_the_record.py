"""A lake that is lost, older, cut or another home's is refused, and never read as new."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows import rebuild as rebuilding
from flows.erasure import remains
from flows.rebuild import rebuild_lake, rebuild_warehouse
from flows.run import publish
from schemas.errors import BusyError, StorageError
from tests import commands
from tests.conftest import Home
from tests.workbooks import everything_under

pytestmark = pytest.mark.slow
A = ("2026-01-05", "IDR", "16700")
B = ("2026-01-06", "IDR", "16710")
C = ("2026-01-07", "IDR", "16720")
REVISED = ("2026-01-05", "IDR", "16799")
RATES = "core_exchange__rates"
VERSIONS = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(CAST(rate AS DECIMAL(24,2)) AS VARCHAR), "
    "is_deleted, superseded_at IS NULL FROM core_exchange__rates__vintages "
    "WHERE source = 'toy' ORDER BY rate_date, load_seq"
)


def newest_entry(home: Home, table: str) -> Path:
    return max((home.home / "lake" / table / "_delta_log").glob("*.json"))


def refusal(home: Home, *data: tuple[str, str, str]) -> StorageError:
    with pytest.raises(StorageError) as refused:
        home.load(*data)
    return refused.value


def rebuilt_from_landing(home: Home) -> None:
    with home.session(accepts_older=True, remakes_lake=True) as session:
        rebuild_lake(session, reinterpret=False)
        rebuild_warehouse(session)
        publish(session)


def test_a_lake_that_is_gone_is_not_taken_for_a_new_one(there: Home) -> None:
    there.load(A, B)
    before = there.query(VERSIONS)
    shutil.rmtree(there.home / "lake")
    for _ in range(2):  # the first refusal has left nothing that makes the second pass
        error = refusal(there, A, B)
        assert error.code == "lake_missing"
        assert "rebuild --from landing" in error.hint
        assert there.query(VERSIONS) == before
    rebuilt_from_landing(there)
    assert there.query(VERSIONS) == before
    there.load(A, B)
    assert there.query(VERSIONS) == before


def test_landing_alone_is_no_new_home(duck: Home) -> None:
    duck.load(A, B)
    before = duck.query(VERSIONS)
    for name in ("lake", "state", "warehouse"):
        shutil.rmtree(duck.home / name)
    assert refusal(duck, A, B).code == "lake_missing"
    rebuilt_from_landing(duck)
    assert duck.query(VERSIONS) == before


def test_lake_and_landing_alone_go_on(duck: Home) -> None:
    duck.load(A, B)
    before = duck.query(VERSIONS)
    for name in ("state", "warehouse"):
        shutil.rmtree(duck.home / name)
    assert duck.load(A, B).exit_code == 0
    assert duck.query(VERSIONS) == before


@pytest.mark.parametrize("how", ["gone", "log gone"])
def test_a_table_that_is_gone_is_named(there: Home, how: str) -> None:
    there.load(A, B)
    before = there.query(VERSIONS)
    folder = there.home / "lake" / RATES
    shutil.rmtree(folder if how == "gone" else folder / "_delta_log")
    for _ in range(2):
        error = refusal(there, A, B)
        assert error.code == "lake_table_missing"
        assert RATES in error.message
    assert there.query(VERSIONS) == before


@pytest.mark.parametrize("left", [b"", b'{"commitInfo":{}}\n'])
@pytest.mark.parametrize("which", ["newest", "older"])
def test_an_entry_of_the_log_that_is_cut_names_its_load(
    there: Home, which: str, left: bytes
) -> None:
    there.load(A, B)
    entry = newest_entry(there, RATES)
    if which == "older":
        there.load(REVISED, B, C)
    before = there.query(VERSIONS)
    entry.write_bytes(left)
    report = there.load(A, B, C)
    assert report.exit_code in (3, 4)
    error = report.sources[0].error or {}
    assert error["code"] == "lake_rows"
    assert "wrote 2 rows to core_exchange__rates" in error["message"]
    assert there.query(VERSIONS) == before
    with pytest.raises(StorageError, match="lake_rows"), there.session() as session:
        rebuild_warehouse(session)
    assert there.query(VERSIONS) == before
    rebuilt_from_landing(there)
    assert there.query(VERSIONS) == before


def test_loads_that_are_gone_from_their_log_are_missed(there: Home) -> None:
    there.load(A)
    there.load(A, B)
    before = there.query(VERSIONS)
    newest_entry(there, "ops_load").unlink()  # of the run itself
    newest_entry(there, "ops_load").unlink()  # of its figures
    assert refusal(there, A, B).code == "lake_older"
    assert there.query(VERSIONS) == before


def test_an_older_lake_is_refused_until_it_is_accepted(there: Home, tmp_path: Path) -> None:
    there.load(A, B)
    older = there.query(VERSIONS)
    shutil.copytree(there.home / "lake", tmp_path / "older")
    there.load(REVISED, B, C)
    before = there.query(VERSIONS)
    shutil.rmtree(there.home / "lake")
    shutil.copytree(tmp_path / "older", there.home / "lake")
    for _ in range(2):
        error = refusal(there, REVISED, B, C)
        assert error.code == "lake_older"
        assert there.query(VERSIONS) == before
    with there.session(accepts_older=True) as session:
        rebuild_warehouse(session)
        publish(session)
    assert there.query(VERSIONS) == older
    assert there.load(REVISED, B, C).exit_code == 0
    assert there.query(VERSIONS) == before


def test_an_older_lake_under_a_lost_ledger_is_seen_when_it_is_applied(
    duck: Home, tmp_path: Path
) -> None:
    duck.load(A, B)
    shutil.copytree(duck.home / "lake", tmp_path / "older")
    duck.load(REVISED, B, C)
    before = duck.query(VERSIONS)
    shutil.rmtree(duck.home / "lake")
    shutil.copytree(tmp_path / "older", duck.home / "lake")
    for path in (duck.home / "state").glob("ledger.sqlite*"):
        path.unlink()
    shutil.rmtree(duck.home / "landing" / "loads")  # copies of loads would tell it before
    report = duck.load(REVISED, B, C)
    assert report.exit_code == 4
    assert report.error is not None
    assert report.error["code"] == "lake_older"
    assert duck.query(VERSIONS) == before


def test_the_lake_of_another_home_is_refused(duck: Home, tmp_path: Path, prepared: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(duck.home, other)
    for home in (duck.home, other):  # as if each had been set up by itself
        (home / "lake" / "IDENTITY").write_text(
            json.dumps({"record": home.name, "edition": "", "tables": []})
        )
        (home / "landing" / "IDENTITY").unlink()
        for path in (home / "state").glob("ledger.sqlite*"):
            path.unlink()
    duck.load(A, B)
    before = duck.query(VERSIONS)
    shutil.rmtree(duck.home / "lake")
    shutil.copytree(other / "lake", duck.home / "lake")
    assert refusal(duck, A, B).code == "other_record"
    assert duck.query(VERSIONS) == before


@pytest.mark.parametrize("step", ["lake_replayed", "lake_aside", "lake_swapped"])
def test_a_reinterpretation_that_was_killed_is_finished_or_taken_back(
    there: Home, step: str
) -> None:
    """Readers and lake never disagree after the next command."""
    there.load(A, B)
    before = there.query(VERSIONS)
    done = commands.run(
        ["rebuild", "--from", "landing", "--reinterpret"],
        {**environment(there), "FAILPOINT": f"{step}:kill"},
    )
    assert done.returncode == -9
    assert there.load(A, B).exit_code == 0
    assert there.query(VERSIONS) == before
    with there.session() as session:
        lake = session.lake.identity()
        assert lake is not None
        rebuild_warehouse(session)
        publish(session)
    assert there.query(VERSIONS) == before


def environment(home: Home) -> dict[str, str]:
    return {**os.environ, **home.variables, "PENATARAN_HOME": str(home.home)}


def test_a_rebuild_that_slept_while_another_run_loaded_is_overtaken(
    duck: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a machine that was suspended does: the other run's loads stay."""
    duck.load(A, B)
    swap = rebuilding._swap

    def slept(session, *more):  # type: ignore[no-untyped-def]
        with session.ledger.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM lease")
        duck.load(REVISED, B, C)
        return swap(session, *more)

    monkeypatch.setattr(rebuilding, "_swap", slept)
    with (
        pytest.raises(BusyError) as overtaken,
        duck.session(accepts_older=True, remakes_lake=True) as session,
    ):
        rebuild_lake(session, reinterpret=False)
    assert overtaken.value.code == "overtaken"
    after = duck.query(VERSIONS)
    assert len(after) == 4
    assert duck.load(REVISED, B, C).exit_code == 0
    assert duck.query(VERSIONS) == after


def write_to_files(url: str) -> None:
    """What the server still has in memory."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def those_with(tracer: bytes, folder: Path) -> list[str]:
    return [path.name for path, raw in everything_under(folder).items() if tracer in raw]


@pytest.mark.usefixtures("marts")
@pytest.mark.parametrize("step", ["raw_erased", "table_erased", "publish", "applied", "published"])
def test_an_erasure_that_was_killed_is_finished_by_the_next_command(
    there: Home, request: pytest.FixtureRequest, step: str
) -> None:
    """No file of the home names the person afterwards, and none of the server's tables."""
    there.load(A)
    erased = ("2026-01-06", "IDR", "31415926.53"), ("2026-01-07", "IDR", "Siti Aminah")
    sha = there.load(A, *erased).sources[0].raw_sha256[0]
    folders = [there.home]
    if url := there.variables.get("PENATARAN_WAREHOUSE_URL"):
        folders.append(request.getfixturevalue("postgres_folder") / "server" / "base")
        write_to_files(url)
    assert [folder for folder in folders if not those_with(b"Aminah", folder)] == []
    done = commands.run(
        ["erase", sha, "--reason", "asked for"],
        {**environment(there), "FAILPOINT": f"{step}:kill"},
    )
    assert done.returncode == -9
    assert there.load(A, B).exit_code == 0
    assert [row[:2] for row in there.query(VERSIONS)] == [
        ("2026-01-05", "16700.00"),
        ("2026-01-06", "16710.00"),
    ]
    assert there.query("SELECT reason FROM ops_erasure") != []
    marker = json.loads((there.home / "landing" / "erased" / sha).read_text(encoding="utf-8"))
    assert marker["finished"] is True
    assert remains(there.settings(), sha, there.home / "state" / "tmp") == []
    if url:
        write_to_files(url)
    for folder in folders:
        assert those_with(b"Aminah", folder) == []
    with there.session() as session:
        rebuild_warehouse(session)
    assert len(there.query(VERSIONS)) == 2


def test_a_rebuild_that_slept_while_another_command_finished_it_is_overtaken(
    duck: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    duck.load(A, B)
    before = duck.query(VERSIONS)

    def slept(step: str) -> None:
        if step == "lake_aside":
            with sqlite3.connect(duck.home / "state" / "ledger.sqlite") as connection:
                connection.execute("DELETE FROM lease")
            assert duck.load(REVISED, B, C).exit_code == 0

    monkeypatch.setattr(rebuilding, "failpoint", slept)
    with (
        pytest.raises(BusyError) as overtaken,
        duck.session(accepts_older=True, remakes_lake=True) as session,
    ):
        rebuild_lake(session, reinterpret=False)
    assert overtaken.value.code == "overtaken"
    assert len(duck.query(VERSIONS)) == len(before) + 2
    assert duck.load(REVISED, B, C).exit_code == 0
