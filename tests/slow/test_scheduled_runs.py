"""What Prefect's UI shows of scheduled runs is what happened: states, reasons, children, logs."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.orchestration.prepared import put_prepared
from tests.browser import look
from tests.conftest import ROOT, TOY
from tests.faultserver import FaultServer, answer

pytestmark = pytest.mark.slow
PICTURES = os.environ.get("PENATARAN_SCREENSHOTS")

GOOD = b'{"count": 1, "data": [{"date": "2026-01-05", "currency": "IDR", "rate": 15000}]}'
RUN = """\
import sys
from config import settings
from flows.orchestration.server import prepare
prepare(settings.load())
from flows.orchestration.deployments import scheduled
scheduled(sys.argv[1], return_state=True)
"""


class Scheduler:
    """A Prefect server, and scheduled runs as its deployments would start them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PENATARAN_", "PREFECT_"))}
        self.settings = {
            **kept, "PENATARAN_HOME": str(folder / "home"), "NO_COLOR": "1",
            "PENATARAN_LANGUAGE": "en", "PENATARAN_UNDER_TEST": "1",
            "PENATARAN_SOURCES_PATH": str(folder / "sources"),
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
        }  # fmt: skip
        (folder / "prefect").mkdir()
        put_prepared(folder / "prefect", {})
        self.server = subprocess.Popen(
            [sys.executable, "-m", "flows.orchestration.server", str(self.port)],
            env=self.settings, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(1200):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health").read()
                break
            time.sleep(0.1)

    def run(self, source: str, **more: str) -> None:
        subprocess.run(
            [sys.executable, "-c", RUN, source], cwd=ROOT, env={**self.settings, **more},
            check=True, timeout=400, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def rows(self, sql: str) -> list[Any]:
        with sqlite3.connect(self.folder / "prefect" / "prefect.db") as connection:
            return connection.execute(sql).fetchall()

    def flow_runs(self) -> list[tuple[str, str, str, str]]:
        """Flow, name, state and message, in the order of their start."""
        found: list[tuple[str, str, str, str]] = self.rows(
            "SELECT flow.name, flow_run.name, flow_run.state_name, state.message "
            "FROM flow_run JOIN flow ON flow.id = flow_run.flow_id "
            "JOIN flow_run_state AS state ON state.id = flow_run.state_id "
            "ORDER BY flow_run.created"
        )
        return found


@contextmanager
def started(folder: Path) -> Iterator[Scheduler]:
    (folder / "sources").mkdir()
    (folder / "sources" / "toy.yml").write_text(yaml.safe_dump(TOY), encoding="utf-8")
    found = Scheduler(folder)
    yield found
    found.server.terminate()
    found.server.wait(60)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Scheduler]:
    with started(tmp_path) as found:
        yield found


class TestThreeRuns:
    """One loads, one finds nothing new, one fails."""

    @pytest.fixture(scope="class")
    @classmethod
    def scheduler(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
        with started(tmp_path_factory.mktemp("three")) as found:
            with FaultServer([answer(GOOD), answer(GOOD), answer("", 500)]) as partner:
                for _ in range(3):
                    found.run("toy", PENATARAN_HOST_TOY=partner.url)
            time.sleep(3)  # events of tasks are on their way
            yield found

    def test_a_run_shows_what_it_did_why_it_failed_and_whose_it_is(
        self, scheduler: Scheduler
    ) -> None:
        scheduler.run("toy", PENATARAN_REGION="no such region")
        time.sleep(3)
        runs = scheduler.flow_runs()
        shown = [(flow, name, state) for flow, name, state, _ in runs]
        assert shown == [
            ("scheduled", "toy", "Completed"), ("pipeline", "toy", "Completed"),
            ("scheduled", "toy", "NothingNew"), ("pipeline", "toy", "NothingNew"),
            ("scheduled", "toy", "Failed"), ("pipeline", "toy", "Failed"),
            ("scheduled", "toy", "Failed"),
        ]  # fmt: skip
        messages = [message for *_, message in runs]
        assert messages[0] == messages[1] == "1 new"
        assert messages[2] == messages[3] == "Nothing new."
        assert "1 failed" in messages[4]
        assert "http_500" in messages[4]
        assert "exit code 2" in messages[6]
        assert "no such region" in messages[6]

        of_slices = scheduler.rows(
            "SELECT task_run.state_name, task_run.name, flow_run.name FROM task_run "
            "JOIN flow_run ON flow_run.id = task_run.flow_run_id "
            "JOIN flow ON flow.id = flow_run.flow_id "
            "WHERE flow.name = 'pipeline' AND task_run.name = 'toy all' ORDER BY task_run.created"
        )
        assert [state for state, *_ in of_slices] == ["Loaded", "Unchanged", "Failed"]
        (children,) = scheduler.rows(
            "SELECT count(*) FROM flow_run AS child JOIN task_run ON task_run.id = "
            "child.parent_task_run_id JOIN flow_run AS parent ON parent.id = task_run.flow_run_id "
            "JOIN flow ON flow.id = parent.flow_id WHERE flow.name = 'scheduled'"
        )
        assert children == (3,)

        silent = scheduler.rows(
            "SELECT name FROM flow_run WHERE id NOT IN (SELECT flow_run_id FROM log "
            "WHERE message NOT LIKE 'Beginning%' AND message NOT LIKE 'Finished%')"
        )
        assert silent == []  # no run is without a line of its own
        lines = [m for (m,) in scheduler.rows("SELECT message FROM log")]
        assert any("toy all: 1 new" in line for line in lines)
        assert any("http_500" in line for line in lines)

    def test_the_ui_shows_what_failed_and_why(self, scheduler: Scheduler, tmp_path: Path) -> None:
        """The pictures of docs/operations.md: `PENATARAN_SCREENSHOTS=docs` writes them there."""
        (run,) = scheduler.rows(
            "SELECT flow_run.id FROM flow_run JOIN flow ON flow.id = flow_run.flow_id "
            "WHERE flow.name = 'pipeline' AND flow_run.state_name = 'Failed'"
        )
        (artifact,) = scheduler.rows(
            "SELECT id FROM artifact WHERE key = 'freshness' ORDER BY created DESC LIMIT 1"
        )
        folder = Path(PICTURES or tmp_path)
        pages = {
            "runs": ("runs", "Failed"),
            "run": (f"runs/flow-run/{run[0]}", "http_500"),
            "freshness": (f"artifacts/artifact/{artifact[0]}", "HTTP 500"),
        }
        for name, (page, text) in pages.items():
            picture = folder / f"operations-{name}.png"
            url = f"http://127.0.0.1:{scheduler.port}/{page}"
            assert look(url, text, picture, tmp_path / "profile"), name
            assert picture.stat().st_size > 20_000


def test_a_killed_run_is_failed(scheduler: Scheduler) -> None:
    with FaultServer([answer(GOOD)]) as partner:
        scheduler.run("toy", PENATARAN_HOST_TOY=partner.url, FAILPOINT="before_commit:kill")
    (first, *_) = scheduler.flow_runs()
    assert first[2] == "Failed"
    assert "stopped by signal 9" in first[3]


KEEP = """\
from prefect.blocks.notifications import CustomWebhookNotificationBlock as Hook
from flows.orchestration.events import keep_automations
Hook(name="ops", url={url!r}, json_data={{"subject": "{{{{subject}}}}", "body": "{{{{body}}}}"}}
     ).save("ops", overwrite=True)
for _ in range(2):
    keep_automations("custom-webhook/ops")
"""


def test_a_source_that_failed_twice_is_notified_once_and_its_events_are_kept(
    scheduler: Scheduler,
) -> None:
    with FaultServer([answer("", 200)]) as hook:
        subprocess.run(
            [sys.executable, "-c", KEEP.format(url=hook.url)], cwd=ROOT, env=scheduler.settings,
            check=True, timeout=300,
        )  # fmt: skip
        assert scheduler.rows("SELECT count(*) FROM automation") == [(3,)]
        with FaultServer([answer(GOOD), answer("", 500)]) as partner:
            scheduler.run("toy", PENATARAN_HOST_TOY=partner.url)
            scheduler.run("toy", PENATARAN_HOST_TOY=partner.url)
            time.sleep(5)
            assert hook.requests == []  # once is no news
            scheduler.run("toy", PENATARAN_HOST_TOY=partner.url)
        end = time.monotonic() + 120
        while not hook.requests and time.monotonic() < end:
            time.sleep(0.5)
        assert len(hook.requests) == 1
    found = {event for (event,) in scheduler.rows("SELECT DISTINCT event FROM events")}
    assert {"penataran.source.loaded", "penataran.source.failed"} <= found


def test_deploying_again_changes_deployments_and_adds_no_schedule(scheduler: Scheduler) -> None:
    def prefect(*words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *words], cwd=ROOT, check=True,
            env=scheduler.settings, timeout=900, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    prefect("work-pool", "create", "penataran", "--type", "process")
    counted = "SELECT (SELECT count(*) FROM deployment), (SELECT count(*) FROM deployment_schedule)"
    prefect("deploy", "--all")
    first = scheduler.rows(counted)
    assert first[0][1] > 20
    prefect("deploy", "--all")
    assert scheduler.rows(counted) == first
    assert scheduler.rows("SELECT count(*) FROM deployment WHERE name = 'ecb'") == [(1,)]
