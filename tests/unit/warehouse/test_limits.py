"""Limits of a reader's query: time, memory, and what a killed process leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from flows.doctor import POWERS
from schemas.errors import ConfigurationError
from tests.conftest import ROOT, Home
from warehouse import limits
from warehouse.engine import READER_SPILL_LIMIT, connect
from warehouse.limits import Deadline, held_folder, is_held, sweep_folders
from warehouse.reader_role import GRAVE

HOLDER = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from warehouse.limits import held_folder\n"
    "with held_folder(Path(sys.argv[1])) as folder:\n"
    "    (folder / 'spilled').write_bytes(b'figures')\n"
    "    print(folder, flush=True)\n"
    "    time.sleep(60)\n"
)


class TestDeadline:
    def test_work_in_time_is_left_alone(self) -> None:
        stopped: list[int] = []
        with Deadline(5).running(lambda: stopped.append(1)):
            pass
        assert stopped == []

    def test_work_that_is_late_is_stopped(self) -> None:
        deadline, stopped = Deadline(0.05), Event()
        with deadline.running(stopped.set):
            assert stopped.wait(5)
        assert deadline.has_passed
        with pytest.raises(ConfigurationError) as caught, deadline.running(stopped.set):
            pass
        assert caught.value.code == "query_time"

    def test_waiting_for_the_reader_is_free(self) -> None:
        deadline = Deadline(0.3)
        for _ in range(2):
            with deadline.running(lambda: None):
                pass
            time.sleep(0.2)
        assert deadline.left > 0.2

    def test_work_that_does_not_stop_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(limits, "GRACE_SECONDS", 0.05)
        given_up = Event()
        with Deadline(0.05, given_up.set).running(lambda: None):
            assert given_up.wait(5)


class TestHeldFolder:
    def test_it_is_private_and_leaves_nothing(self, tmp_path: Path) -> None:
        with held_folder(tmp_path / "tmp") as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
            assert is_held(folder)
        assert list((tmp_path / "tmp").iterdir()) == []

    def test_a_killed_process_is_swept_and_a_living_one_is_not(self, tmp_path: Path) -> None:
        def holder() -> tuple[subprocess.Popen[str], Path]:
            process = subprocess.Popen(
                [sys.executable, "-c", HOLDER, str(tmp_path)],
                stdout=subprocess.PIPE, text=True, cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert process.stdout is not None
            return process, Path(process.stdout.readline().strip())

        living, kept = holder()
        dead, left = holder()
        try:
            dead.send_signal(signal.SIGKILL)
            dead.communicate()
            assert (left / "spilled").exists()
            with held_folder(tmp_path):
                assert not left.exists()
            assert (kept / "spilled").exists()
            (tmp_path / "duckdb_temp_block-1.block").write_bytes(b"x")
            (tmp_path / "run").mkdir()
            sweep_folders(tmp_path, keep=lambda name: name == "run")
            assert {p.name for p in tmp_path.iterdir()} == {kept.name, "run"}
        finally:
            living.kill()
            living.communicate()


class TestOnTheFile:
    ENDLESS = "SELECT count(*) FROM range(100000000000) AS a, range(100000) AS b"

    @pytest.mark.slow
    def test_an_endless_query_ends(self, duck: Home) -> None:
        duck.load(("2026-01-05", "IDR", "1"))
        from tasks.home import open_warehouse

        started = time.monotonic()
        with pytest.raises(ConfigurationError) as caught:
            open_warehouse(duck.settings()).query(self.ENDLESS, deadline=Deadline(0.5))
        assert caught.value.code == "query_time"
        assert time.monotonic() - started < 10
        tmp = duck.home / "state" / "tmp"
        assert list(tmp.iterdir()) == []

    @pytest.mark.slow
    def test_what_spills_is_bounded_and_inside_the_home(self, duck: Home) -> None:
        duck.load(("2026-01-05", "IDR", "1"))
        from tasks.home import open_warehouse

        sql = "SELECT current_setting('temp_directory'), current_setting('max_temp_directory_size')"
        result = open_warehouse(duck.settings()).query(sql)
        rows = next(result.batches)
        folder = Path(rows[0][0])
        assert folder.parent == duck.home / "state" / "tmp"
        assert folder.stat().st_mode & 0o777 == 0o700
        con = connect(None)
        con.execute(f"SET max_temp_directory_size = '{READER_SPILL_LIMIT}'")
        wanted = con.execute("SELECT current_setting('max_temp_directory_size')").fetchall()[0][0]
        assert rows[0][1] == wanted
        assert list(result.batches) == []
        assert not folder.exists()

    @pytest.mark.slow
    def test_more_memory_than_there_is(self, duck: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a folder to spill to: a sort that does not fit is refused by its name."""
        duck.load(("2026-01-05", "IDR", "1"))
        from tasks.home import open_warehouse

        def refused(_: Path) -> None:
            raise PermissionError(13, "no")

        monkeypatch.setattr("warehouse.duck.held_folder", refused)
        monkeypatch.setattr("warehouse.duck.READER_MEMORY_LIMIT", "20MB")
        sql = "SELECT repeat(md5(CAST(i AS VARCHAR)), 9) AS s FROM range(900000) t(i) ORDER BY s"
        with pytest.raises(ConfigurationError) as caught:
            list(open_warehouse(duck.settings()).query(sql).batches)
        assert caught.value.code == "query_memory"


def test_the_process_has_a_limit_for_what_the_engine_does_not_count(tmp_path: Path) -> None:
    code = (
        "from warehouse.limits import bounded_process\n"
        "with bounded_process(64 << 20):\n"
        "    try: bytearray(256 << 20)\n"
        "    except MemoryError: print('refused')\n"
        "bytearray(256 << 20); print('free again')"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert found.stdout.split("\n")[:2] == ["refused", "free again"]


def test_every_power_of_a_role_has_words() -> None:
    assert set(POWERS) >= GRAVE
