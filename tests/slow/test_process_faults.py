"""Faults of the process and the machine, by their ids in docs/reliability.md: real processes,
real signals, real limits. After each, readers have the old state or the new one, and the next
run gives what an undisturbed run would have given."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.status import QUARANTINE_SQL
from tests import commands
from tests.conftest import ROOT, TOY, rows
from tests.faultserver import FaultServer, Script, answer, hang

pytestmark = pytest.mark.slow
FIRST = [{"date": f"2026-01-{d:02d}", "currency": "IDR", "rate": str(d)} for d in range(1, 9)]
SECOND = [{**FIRST[0], "rate": "77"}, *FIRST[1:7], {**FIRST[7], "rate": "no number"}]
SQL = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(rate AS VARCHAR) FROM core_exchange__rates "
    "WHERE source = 'toy' ORDER BY 1"
)


def body(data: list[dict[str, str]]) -> Script:
    return answer(json.dumps({"count": len(data), "data": data}))


class Place:
    """A home with a first load published, and what the second load would give."""

    def __init__(self, base: Path, prepared: Path) -> None:
        (base / "sources").mkdir(parents=True)
        (base / "sources" / "toy.yml").write_text(yaml.safe_dump(TOY), encoding="utf-8")
        self.folder, self.home = str(base / "sources"), base / "home"
        shutil.copytree(prepared, self.home)

    def environment(self, url: str, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        return {**kept, "PENATARAN_HOME": str(self.home), "PENATARAN_SOURCES_PATH": self.folder,
                "PENATARAN_HOST_TOY": url, **more}  # fmt: skip

    def start(
        self,
        url: str,
        *options: str,
        limits: dict[int, int] | None = None,
        pages: bool = False,
        **more: str,
    ) -> commands.Command:
        words = ["run", "toy", "--json", *options]
        return commands.start(words, self.environment(url, **more), limits, pages=pages)

    def run(self, data: list[dict[str, str]], *options: str, **more: Any) -> tuple[int, str, str]:
        with FaultServer([body(data)]) as server:
            process = self.start(server.url, *(options or ("--direct",)), **more)
            out, err = process.communicate(timeout=240)
        assert process.returncode is not None
        return process.returncode, out, err

    def run_from_the_start(
        self, data: list[dict[str, str]], *wrap: str, limit: Callable[[], None] | None = None
    ) -> tuple[int, str, str]:
        """The same with an interpreter of its own, for what is about how it starts."""
        with FaultServer([body(data)]) as server:
            done = subprocess.run(
                [*wrap, sys.executable, "-m", "flows.cli", "run", "toy", "--json", "--direct"],
                env=self.environment(server.url), cwd=ROOT, text=True, preexec_fn=limit,
                capture_output=True, check=False, timeout=240,
            )  # fmt: skip
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Place:
    place = Place(tmp_path_factory.mktemp("process"), prepared)
    assert place.run(FIRST)[0] == 0
    return place


@pytest.fixture
def place(template: Place, tmp_path: Path) -> Place:
    found = Place.__new__(Place)
    found.folder, found.home = template.folder, tmp_path / "home"
    shutil.copytree(template.home, found.home)
    return found


@pytest.fixture(scope="module")
def after(template: Place, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What readers see after an undisturbed second run."""
    found = Place.__new__(Place)
    found.folder, found.home = template.folder, tmp_path_factory.mktemp("after") / "home"
    shutil.copytree(template.home, found.home)
    assert found.run(SECOND)[0] == 0
    return rows(found.home, SQL)


def recovers(place: Place, after: list[Any]) -> None:
    """The next run, without any waiting, gives the undisturbed result."""
    code, _, err = place.run(SECOND)
    assert code == 0, err
    assert rows(place.home, SQL) == after
    assert list((place.home / "state" / "tmp").iterdir()) == []


def test_p01_killed_under_prefect_then_rerun(place: Place, after: list[Any]) -> None:
    before = rows(place.home, SQL)
    code, _, _ = place.run(SECOND, "--json", FAILPOINT="figures_written:kill")
    assert code == -signal.SIGKILL
    assert rows(place.home, SQL) == before
    recovers(place, after)


@pytest.mark.parametrize("options", [("--direct",), ()], ids=["direct", "prefect"])
def test_p02_sigterm_ends_at_once_and_frees_the_lease(
    place: Place, after: list[Any], options: tuple[str, ...]
) -> None:
    with FaultServer([hang(120)]) as server:
        process = place.start(server.url, *options)
        _until(
            lambda: server.requests, 400, process
        )  # a Prefect run on a busy machine takes its time
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        _, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 30
    assert process.returncode == 128 + signal.SIGTERM
    assert "dihentikan" in err
    recovers(place, after)


def test_p08_killed_runs_leave_no_turn_taken(place: Place, after: list[Any]) -> None:
    """A run killed between asking and landing holds its provider's turn at the orchestrator; the
    server's memory of it dies with the server. As many kills as there are turns, and one more."""
    for _ in range(3):
        code, _, _ = place.run(SECOND, "--json", FAILPOINT="landed:kill")
        assert code == -signal.SIGKILL
    code, _, err = place.run(SECOND, "--json")
    assert code == 0, err
    assert "berlanjut tanpa Prefect" not in err
    assert rows(place.home, SQL) == after


def _until(
    true: Callable[[], Any], seconds: float, process: commands.Command | None = None
) -> None:
    """Wait; a process that ended or took too long says what it said."""
    end = time.monotonic() + seconds
    while not true():
        ended = process is not None and process.poll() is not None
        if (ended or time.monotonic() > end) and not true():
            said: Any = ""
            if process is not None:
                process.kill()
                said = (process.returncode, *process.communicate())
            pytest.fail(f"it never happened in {seconds} s: {said}")
        time.sleep(0.1)


@pytest.mark.parametrize("kib", [1, 4, 16, 64, 256, 1024, 4096])
def test_p03_no_room_for_a_file_of_that_size(place: Place, after: list[Any], kib: int) -> None:
    """Spool, landing, Parquet, ledger, working file, published file, page: each is some
    size, and whichever is the first not to fit, nothing of it is seen."""
    before = rows(place.home, SQL)
    code, _, err = place.run(SECOND, limits={resource.RLIMIT_FSIZE: kib * 1024}, pages=True)
    assert code != 0
    assert "Traceback" not in err, err[-2000:]
    assert rows(place.home, SQL) in (before, after)
    assert list((place.home / "warehouse").glob("*.tmp")) == []
    recovers(place, after)


@pytest.mark.parametrize("limit", [24, 40, 64])
def test_p05_too_few_descriptors(place: Place, after: list[Any], limit: int) -> None:
    before = rows(place.home, SQL)

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    code, _, _ = place.run_from_the_start(SECOND, limit=few)
    assert code in (0, 1, 2, 3, 4)
    assert rows(place.home, SQL) in (before, after)
    recovers(place, after)


@pytest.mark.parametrize("folder", ["landing", "lake", "warehouse", "state"])
def test_p05_a_folder_that_may_not_be_written(place: Place, after: list[Any], folder: str) -> None:
    before = rows(place.home, SQL)
    locked = [*(place.home / folder).rglob("*"), place.home / folder]
    for path in locked:
        path.chmod(0o555 if path.is_dir() else 0o444)
    # Root may write anywhere, unless it gives that power up.
    powers = "-dac_override,-dac_read_search"
    wrap = ["setpriv", "--bounding-set", powers, "--inh-caps", powers] if os.getuid() == 0 else []
    try:
        code, _, err = place.run_from_the_start(SECOND, *wrap)
    finally:
        for path in locked:
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert code in (1, 2, 3, 4), err[-1500:]
    assert "Traceback" not in err, err[-1500:]
    assert rows(place.home, SQL) == before
    recovers(place, after)


def test_p07_two_runs_of_one_slice(place: Place, after: list[Any]) -> None:
    """One writes, the other says busy with exit code 5; then all is as after one run."""
    with FaultServer([_slow(SECOND, 4), body(SECOND)]) as server:
        one = place.start(server.url, "--direct")
        _until(lambda: server.requests, 60, one)
        two = place.start(server.url, "--direct")
        out, _ = two.communicate(timeout=120)
        first_out, err = one.communicate(timeout=120)
    assert two.returncode == 5
    assert [s["status"] for s in json.loads(out)["sources"]] == ["busy"]
    assert one.returncode == 0, err
    assert json.loads(first_out)["sources"][0]["status"] == "loaded"
    assert rows(place.home, SQL) == after


def _slow(data: list[dict[str, str]], seconds: float) -> Script:
    quick = body(data)

    def script(connection: Any, request: str) -> None:
        time.sleep(seconds)
        quick(connection, request)

    return script


@pytest.fixture
def server_of_prefect(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    import socket
    import urllib.request

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "prefect"),
                   "PREFECT_SERVER_DATABASE_TIMEOUT": "60",  # as `penataran serve` has it
                   "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port",
         str(port)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/api"

    def up() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return True
        except OSError:
            return False

    _until(up, 180)
    yield url, process
    process.terminate()
    process.wait(timeout=60)


def test_p08_a_killed_run_is_shown_as_crashed(
    place: Place, after: list[Any], server_of_prefect: tuple[str, subprocess.Popen[bytes]]
) -> None:
    import urllib.request

    url, _ = server_of_prefect

    def states() -> list[str]:
        request = urllib.request.Request(
            f"{url}/flow_runs/filter", data=b'{"flows":{"name":{"any_":["pipeline"]}}}',
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=30) as found:
            return sorted(r["state_type"] for r in json.load(found))

    code, _, _ = place.run(SECOND, "--json", FAILPOINT="before_commit:kill", PREFECT_API_URL=url)
    assert code == -signal.SIGKILL
    assert states() == ["RUNNING"]
    code, _, err = place.run(SECOND, "--json", PREFECT_API_URL=url)
    assert code == 0, err
    assert states() == ["COMPLETED", "CRASHED"]


def test_p09_an_orchestrator_that_goes_away_takes_no_data_with_it(
    place: Place, after: list[Any], server_of_prefect: tuple[str, subprocess.Popen[bytes]]
) -> None:
    url, prefect = server_of_prefect
    before = rows(place.home, SQL)
    with FaultServer([_slow(SECOND, 6), body(SECOND)]) as server:
        process = place.start(server.url, PREFECT_API_URL=url, PREFECT_CLIENT_MAX_RETRIES="1")
        _until(
            lambda: server.requests, 400, process
        )  # a Prefect run on a busy machine takes its time
        prefect.kill()
        prefect.wait()
        _, err = process.communicate(timeout=280)
    assert process.returncode == 0, err[-2000:]
    assert "berlanjut tanpa Prefect" in err
    assert rows(place.home, SQL) == after != before
    recovers(place, after)


def test_p12_a_flipped_bit_in_the_lake_stops_publication(place: Place, after: list[Any]) -> None:
    before = rows(place.home, SQL)
    lake = place.home / "lake" / "core_exchange__rates" / "source=toy"
    (path,) = lake.glob("*.parquet")
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole[:60] + bytes([whole[60] ^ 4]) + whole[61:]):
        path.write_bytes(damaged)
        code, out, err = place.run(SECOND)
        assert code in (3, 4), err
        assert "lake_damaged" in out + err
        assert rows(place.home, SQL) == before
    path.write_bytes(whole)
    recovers(place, after)


@pytest.mark.parametrize("step", ["compacted", "raw_erased", "table_erased"])
def test_p01_killed_while_keeping_house(place: Place, step: str) -> None:
    from tasks.home import open_warehouse
    from tests.conftest import settings_for
    from warehouse.base import rows_of

    versions = (
        "SELECT CAST(rate_date AS VARCHAR), load_seq, raw_sha256 FROM "
        "core_exchange__rates__vintages WHERE source = 'toy' ORDER BY 1, 2"
    )
    assert place.run(SECOND)[0] == 0
    kept = rows(place.home, versions)
    sha = (
        kept[-1][2] if step == "compacted" else sorted(r[2] for r in kept if r[1] == kept[0][1])[0]
    )
    verb = ["maintain"] if step == "compacted" else ["erase", sha, "--reason", "uji"]
    for failpoint, expected in ((f"{step}:kill", -signal.SIGKILL), ("", 0)):
        found = commands.run(verb, place.environment("http://127.0.0.1:9", FAILPOINT=failpoint))
        assert found.returncode == expected, found.stderr
    left = [r for r in kept if r[2] != sha] if step != "compacted" else kept
    assert rows(place.home, versions) == left
    warehouse = open_warehouse(settings_for(place.home))
    assert rows_of(warehouse, "SELECT count(*) AS n FROM ops_load")[0]["n"] > 2


@pytest.mark.parametrize(
    "step",
    ["staged", "validated", "figures_written", "after_commit", "state", "publish", "applied"],
)
def test_p01_killed_while_refused_rows_are_read_again(
    place: Place, tmp_path: Path, step: str
) -> None:
    def declare(currencies: dict[str, str]) -> None:
        columns = {**TOY["columns"], "currency": {"to": "quote_currency", "values": currencies}}
        text = yaml.safe_dump({**TOY, "columns": columns})
        (tmp_path / "sources" / "toy.yml").write_text(text, encoding="utf-8")

    (tmp_path / "sources").mkdir()
    place.folder = str(tmp_path / "sources")
    declare({"IDR": "IDR"})
    data = [*FIRST, {"date": "2026-02-01", "currency": "Rp", "rate": "5"}]
    assert place.run(data)[0] == 0
    before = rows(place.home, SQL)
    assert len(rows(place.home, QUARANTINE_SQL)) == 1
    declare({"IDR": "IDR", "Rp": "IDR"})
    wanted = [*before, ("2026-02-01", "5.0000000000")]
    retry = ["quarantine", "retry", "toy"]
    for failpoint, expected in ((f"{step}:kill", -signal.SIGKILL), ("", 0), ("", 0)):
        found = commands.run(retry, place.environment("http://127.0.0.1:9", FAILPOINT=failpoint))
        assert found.returncode == expected, found.stderr
        assert rows(place.home, SQL) in ([before, wanted] if expected else [wanted])
    assert rows(place.home, QUARANTINE_SQL) == []


def test_b07_killed_while_the_warehouse_commits_25_times(place: Place) -> None:
    """Kills spread over the second half of a run; nothing acknowledged is torn or lost."""
    seen = rows(place.home, SQL)
    for round_ in range(25):
        data = [{**r, "rate": str(1000 + round_)} for r in FIRST]
        with FaultServer([body(data)]) as server:
            step = ("publish", "applied", "after_commit")[round_ % 3]
            process = place.start(server.url, "--direct", FAILPOINT=f"{step}:sleep")
            _until(lambda server=server: server.requests, 60, process)
            time.sleep(0.2 + 0.05 * round_)
            process.kill()
            process.communicate()
        now = rows(place.home, SQL)
        assert len({r[1] for r in now}) == 1 or now == seen
        seen = now
    recovers_to = [{**r, "rate": "5"} for r in FIRST]
    assert place.run(recovers_to)[0] == 0
    assert {r[1] for r in rows(place.home, SQL)} == {"5.0000000000"}


@pytest.mark.parametrize("damage", ["truncated", "garbage", "wal"])
def test_b07_a_damaged_working_file_is_made_again(
    place: Place, after: list[Any], damage: str
) -> None:
    working = place.home / "state" / "working.duckdb"
    if damage == "truncated":
        working.write_bytes(working.read_bytes()[: working.stat().st_size // 2])
    elif damage == "garbage":
        working.write_bytes(b"\x00" * 8192)
    else:
        working.with_name("working.duckdb.wal").write_bytes(os.urandom(4096))
    recovers(place, after)
