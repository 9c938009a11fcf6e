"""A machine that is suspended at a step that swaps, for longer than a lease, and wakes up.

The process is stopped by SIGSTOP, its leases run out, another command loads and publishes, and the
first goes on. It ends as overtaken, or with 0 where it had nothing left to write; either way the
home is as the second command left it.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.verify import verify
from tests import commands
from tests.conftest import Home
from warehouse.backups import MARK

pytestmark = pytest.mark.slow
A = ("2026-01-05", "IDR", "16700")
B = ("2026-01-06", "IDR", "16710")
REVISED = ("2026-01-05", "IDR", "16799")
WAIT_SECONDS = 90.0
VERSIONS = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(CAST(rate AS DECIMAL(24,2)) AS VARCHAR), "
    "is_deleted, superseded_at IS NULL FROM core_exchange__rates__vintages "
    "WHERE source = 'toy' ORDER BY rate_date, load_seq"
)
LOADS = "SELECT load_seq, status, table_name FROM ops_load ORDER BY load_seq"

STEPS = [
    ("publish", "publish"),
    ("publish", "applied"),
    ("publish", "published"),
    ("maintain", "compacted"),
    ("rebuild --from landing", "lake_replayed"),
    ("rebuild --from landing", "lake_aside"),
    ("rebuild --from landing", "lake_swapped"),
    ("erase", "raw_erased"),
    ("erase", "table_erased"),
    ("restore", "restore_ready"),
    ("restore", "restore_aside"),
    ("restore", "restore_lake"),
    ("restore", "restore_swapped"),
]
ON_POSTGRESQL = {("publish", "publish"), ("publish", "applied"), ("maintain", "compacted"),
                 ("rebuild --from landing", "lake_swapped"), ("erase", "table_erased"),
                 ("restore", "restore_lake")}  # fmt: skip

MAY_END_WELL = {
    ("publish", "publish"),
    ("publish", "published"),
    ("maintain", "compacted"),
    ("rebuild --from landing", "lake_swapped"),
    ("restore", "restore_swapped"),
}
"""Where the swap is done or not begun: what follows takes leases of its own, or writes nothing."""


@contextmanager
def stopped(home: Home, words: list[str], step: str) -> Iterator[commands.Command]:
    """A command that stands at a step, and goes on when the block ends."""
    process = commands.start(words, {**environment(home), "FAILPOINT": f"{step}:stop"})
    try:
        until = time.monotonic() + WAIT_SECONDS
        while state_of(process.pid) != "T":
            assert process.poll() is None, f"it ended before {step}: {process.communicate()[1]}"
            assert time.monotonic() < until, f"{step} was not reached"
            time.sleep(0.05)
        yield process
        os.kill(process.pid, signal.SIGCONT)
        process.wait(WAIT_SECONDS)
    finally:
        process.kill()
        process.communicate()


def environment(home: Home) -> dict[str, str]:
    return {**os.environ, **home.variables, "PENATARAN_HOME": str(home.home)}


def state_of(pid: int) -> str:
    """As `ps` has it; empty once it has ended."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.read_text().rpartition(")")[2].split()[0] if stat.exists() else ""


def let_leases_run_out(home: Home) -> None:
    """What a minute without a heartbeat does."""
    url = home.variables.get("PENATARAN_WAREHOUSE_URL")
    ledger = home.home / "state" / "ledger.sqlite"
    engine = sa.create_engine(url or f"sqlite:///{ledger}")
    with engine.begin() as connection:
        table = "penataran_state.lease" if url else "lease"
        connection.exec_driver_sql(f"UPDATE {table} SET expires_at = 1")
    engine.dispose()


@pytest.mark.parametrize(
    ("database", "verb", "step"),
    [
        (database, verb, step)
        for verb, step in STEPS
        for database in ("duckdb", "postgresql")
        if database == "duckdb" or (verb, step) in ON_POSTGRESQL
    ],
    indirect=["database"],
)
def test_a_command_that_slept_changes_nothing(
    there: Home, tmp_path: Path, verb: str, step: str
) -> None:
    there.load(A)
    sha = there.load(A, ("2026-01-09", "IDR", "3.14")).sources[0].raw_sha256[0]
    words = verb.split()
    if verb == "erase":
        words += [sha, "--reason", "asked for"]
    if verb == "restore":
        backup = str(tmp_path / "backup")
        done = commands.run(["backup", backup], environment(there))
        assert done.returncode == 0, done.stderr
        there.load(A, ("2026-01-09", "IDR", "3.14"), B)
        words += [backup, "--older"]
    with stopped(there, words, step) as process:
        let_leases_run_out(there)
        report = there.load(REVISED, B)
        assert report.exit_code == 0, report.sources
        figures, loads = there.query(VERSIONS), there.query(LOADS)
        assert ("2026-01-05", "16799.00", False, True) in figures
    assert process.returncode in (0, 5), process.returncode
    if (verb, step) not in MAY_END_WELL:
        assert process.returncode == 5, f"{verb} went on after {step}"
    assert there.query(VERSIONS) == figures
    assert there.query(LOADS) == loads
    assert there.load(REVISED, B).sources[0].status == "unchanged"
    assert there.query(VERSIONS) == figures
    found = verify(there.settings(), tmp_path / "spill")
    assert found.is_whole, found


@pytest.mark.parametrize("step", ["backup_logs", "backup_file", "backup_copied", "backup_marked"])
def test_a_backup_that_slept_leaves_a_newer_one(duck: Home, tmp_path: Path, step: str) -> None:
    """The newer backup of the same folder stays what it is, and can be restored."""
    folder = tmp_path / "backup"
    words = ["backup", str(folder)]
    duck.load(A)
    assert commands.run(words, environment(duck)).returncode == 0
    duck.load(A, B)
    with stopped(duck, words, step) as process:
        let_leases_run_out(duck)
        duck.load(REVISED, B)
        newer = commands.run(words, environment(duck))
        assert newer.returncode == 0, newer.stderr
        mark = (folder / MARK).read_bytes()
    assert process.returncode == (0 if step == "backup_marked" else 5)
    assert (folder / MARK).read_bytes() == mark
    compared = commands.run(["verify", "--backup", str(folder), "--json"], environment(duck))
    assert compared.returncode == 0, compared.stdout
    figures = duck.query(VERSIONS)
    shutil.rmtree(duck.home)
    restored = commands.run(["restore", str(folder)], environment(duck))
    assert restored.returncode == 0, restored.stderr
    assert duck.query(VERSIONS) == figures
