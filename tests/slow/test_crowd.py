"""Two runs, maintenance, publications and readers at once, on one home."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import commands
from tests.conftest import Home
from tests.faultserver import FaultServer, answer

pytestmark = pytest.mark.slow
SOURCES = ("toy", "toy_b", "toy_c")
ROUNDS = 2
DAYS = [f"2026-01-{day:02d}" for day in range(1, 21)]
READ = (
    "SELECT source, count(*) AS n, count(DISTINCT rate) AS rates, max(rate) AS rate "
    "FROM core_exchange__rates WHERE source LIKE 'toy%' GROUP BY source"
)
FIGURES = (
    "SELECT source, CAST(rate_date AS VARCHAR), CAST(rate AS VARCHAR), is_deleted, change_reason, "
    "superseded_at IS NULL FROM core_exchange__rates__vintages WHERE source LIKE 'toy%' "
    "ORDER BY source, rate_date, load_seq"
)


def body(edition: int) -> str:
    """All days of an edition have one rate, so a mixture of editions shows."""
    data = [{"date": d, "currency": "IDR", "rate": f"1600{edition}"} for d in DAYS]
    return json.dumps({"count": len(data), "data": data})


def command(home: Home, url: str, *words: str) -> tuple[str, int, str]:
    hosts = {f"PENATARAN_HOST_{code.upper()}": url for code in SOURCES}
    environment = {**os.environ, **home.variables, "PENATARAN_HOME": str(home.home), **hosts}
    done = commands.run(words, environment)
    return words[0], done.returncode, done.stderr


class Readers(threading.Thread):
    """Reads again and again; notes what no reader may see."""

    def __init__(self, home: Home) -> None:
        super().__init__(daemon=True)
        self.home, self.ended = home, threading.Event()
        self.reads, self.wrong = 0, list[object]()

    def run(self) -> None:
        while not self.ended.wait(0.05):
            found = self.home.query(READ)
            self.reads += 1
            self.wrong += [row for row in found if row[1] != len(DAYS) or row[2] != 1]


def test_a_crowd_leaves_what_one_run_after_another_leaves(
    there: Home, toy: Callable[..., str]
) -> None:
    for code in SOURCES:
        toy(code)
    alone = "run", "--direct", *SOURCES
    with FaultServer([answer(body(0))]) as server:
        assert command(there, server.url, *alone)[1] == 0
    readers = Readers(there)
    readers.start()
    crowd = [alone, ("run", "--direct", *SOURCES[::-1]), ("maintain",), ("publish",), ("verify",)]
    for edition in range(1, ROUNDS + 1):
        with FaultServer([answer(body(edition))]) as server, ThreadPoolExecutor(len(crowd)) as pool:
            ended = list(pool.map(lambda words: command(there, server.url, *words), crowd))
            # 5: all that was asked for is held by another, which loads and publishes it.
            assert {code for _, code, _ in ended} <= {0, 5}, ended
            assert not any("Traceback" in said for _, _, said in ended), ended
            assert command(there, server.url, *alone)[1] == 0
    readers.ended.set()
    readers.join()
    assert readers.reads > ROUNDS
    assert readers.wrong == []
    assert there.query(FIGURES) == [
        (code, day, f"1600{edition}.0000000000", False,
         "revised_by_source" if edition else "first", edition == ROUNDS)
        for code in SOURCES for day in DAYS for edition in range(ROUNDS + 1)
    ]  # fmt: skip
    failed = there.query("SELECT count(*) FROM ops_run WHERE exit_code NOT IN (0, 5)")
    assert failed == [(0,)]
