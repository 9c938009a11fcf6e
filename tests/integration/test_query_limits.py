"""What `query` and `trace` take of time and disk, and what a killed one leaves (B11)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from flows import trace as tracing
from schemas.errors import ConfigurationError
from tests.conftest import ROOT, Home
from warehouse.limits import Deadline

A = ("2026-01-05", "IDR", "16700")
KEYS = {"source": "toy", "quote_currency": "IDR"}
SPILLING = (
    "SELECT i, repeat(md5(CAST(i AS VARCHAR)), 30) AS s FROM range(40000000) AS t(i) ORDER BY s"
)
ENDLESS = "SELECT count(*) FROM range(100000000000) AS a, range(100000) AS b"


def started(duck: Home, tmp: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    tmp.mkdir(exist_ok=True)
    environment = {
        **os.environ, **duck.variables, "PENATARAN_HOME": str(duck.home), "TMPDIR": str(tmp),
        "PENATARAN_LANGUAGE": "en", "PYTHONPATH": str(ROOT), **more,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", *arguments], env=environment, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.slow
def test_a_killed_query_leaves_files_in_the_home_that_the_next_one_removes(
    duck: Home, tmp_path: Path
) -> None:
    duck.load(A)
    folder = duck.home / "state" / "tmp"
    process = started(
        duck, tmp_path / "t", "query", SPILLING, "-o", os.devnull, PENATARAN_QUERY_SECONDS="60"
    )
    end = time.monotonic() + 60
    while not (spilled := [p for p in folder.rglob("*") if p.is_file()]):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    assert {p.parent.stat().st_mode & 0o777 for p in spilled} == {0o700}
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert any(p.is_file() for p in folder.rglob("*"))
    assert list((tmp_path / "t").iterdir()) == []
    assert duck.query("SELECT 1") == [(1,)]
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_the_time_is_a_setting(duck: Home, tmp_path: Path) -> None:
    duck.load(A)
    process = started(duck, tmp_path / "t", "query", ENDLESS, PENATARAN_QUERY_SECONDS="0.5")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "query_time" in errors
    for wrong in ("0", "soon", "-1", "nan"):
        with pytest.raises(ConfigurationError, match="PENATARAN_QUERY_SECONDS"):
            duck.settings(PENATARAN_QUERY_SECONDS=wrong)
    with pytest.raises(ConfigurationError) as caught:
        duck.settings(PENATARAN_READER_URL="mysql://reader:canary@host/d")
    assert "canary" not in str(caught.value)


@pytest.mark.slow
def test_trace_unpacks_in_the_home(duck: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    duck.load(A)
    seen: list[Path] = []
    raw_of = tracing.SliceLoad.raw_of

    def watched(self: Any, *given: Any) -> Any:
        seen.append(self.stores.spool)
        assert self.stores.spool.stat().st_mode & 0o777 == 0o700
        return raw_of(self, *given)

    monkeypatch.setattr(tracing.SliceLoad, "raw_of", watched)
    found = tracing.trace(duck.settings(), "core_exchange__rates", KEYS)
    assert found["chains"][0]["raw_records"]
    assert [folder.parent for folder in seen] == [duck.home / "state" / "tmp"]
    assert not seen[0].exists()


@pytest.mark.slow
def test_trace_ends_in_time(duck: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    duck.load(A)

    def endless(self: Any, *_: Any) -> Any:
        return self.con.execute(ENDLESS).fetchall()

    monkeypatch.setattr(tracing.SliceLoad, "raw_of", endless)
    with pytest.raises(ConfigurationError) as caught:
        tracing.trace(duck.settings(), "core_exchange__rates", KEYS, Deadline(1))
    assert caught.value.code == "query_time"


@pytest.mark.slow
def test_where_the_home_cannot_be_written_the_chain_goes_on(
    duck: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader of another user: the figures and their origin, without the record itself."""
    duck.load(A)

    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied", "state/tmp")

    monkeypatch.setattr("flows.trace.held_folder", refused)
    monkeypatch.setattr("warehouse.duck.held_folder", refused)
    ((chain,),) = [tracing.trace(duck.settings(), "core_exchange__rates", KEYS)["chains"]]
    assert chain["row"]["source"] == "toy"
    assert "raw_unread" in chain["raw_note"]


@pytest.mark.usefixtures("marts")
def test_rows_of_one_load_are_read_again_once(duck: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month of daily rates behind a row of a mart, and more rows than are shown."""
    days = [f"2026-01-{day:02d}" for day in range(1, 29)]
    duck.load(*((day, "IDR", str(16500 + n)) for n, day in enumerate(days)))
    read: list[int] = []
    raw_of = tracing.SliceLoad.raw_of

    def watched(self: Any, sha: str, keys: Any) -> Any:
        read.append(len(keys))
        return raw_of(self, sha, keys)

    monkeypatch.setattr(tracing.SliceLoad, "raw_of", watched)
    month = {"source": "toy", "month_start": "2026-01-01", "base_currency": "USD",
             "quote_currency": "IDR"}  # fmt: skip
    found = tracing.trace(duck.settings(), "mart_rates_monthly", month)
    assert read == [len(days)]
    (behind,) = found["behind"]
    assert (len(behind["chains"]), behind["more"], found["more"]) == (len(days), False, False)
    for chain in behind["chains"]:
        (record,) = chain["raw_records"]
        assert record["date"] == str(chain["row"]["rate_date"])
    monkeypatch.setattr(tracing, "MOST_BEHIND", 5)
    (behind,) = tracing.trace(duck.settings(), "mart_rates_monthly", month)["behind"]
    assert (len(behind["chains"]), behind["more"]) == (5, True)
    found = tracing.trace(duck.settings(), "core_exchange__rates", {"source": "toy"})
    assert (len(found["chains"]), found["more"]) == (20, True)
