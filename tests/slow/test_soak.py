"""Many days of one home in one process: partners that fail in every way, crashes, a disk that is
full, maintenance. After each day readers have the old figures or the new ones, and memory,
descriptors, threads, temporary files and the home stay as large as they were (L02).

PENATARAN_SOAK_CYCLES sets how many days (make test-model: 200).
"""

from __future__ import annotations

import gc
import json
import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import run as direct
from flows.maintain import maintain
from schemas.catalogue import TABLES
from tasks.session import Session
from tasks.slices import Window
from tests.conftest import Home
from tests.faultserver import FaultServer, Script, answer, hang, reset

pytestmark = pytest.mark.slow
CYCLES = int(os.environ.get("PENATARAN_SOAK_CYCLES", "80"))
WARM = 40  # days until caches and pools are as large as they get
BEGIN = date(2026, 1, 5)
CURRENCIES = ("IDR", "JPY", "AUD", "MYR")
KEY = "soak-key-0123456789"
STEPS = (
    "staged",
    "quarantine_written",
    "before_commit",
    "figures_written",
    "after_commit",
    "state",
    "publish",
    "applied",
    "published",
)
SQL = (
    "SELECT CAST(rate_date AS VARCHAR), quote_currency, CAST(CAST(rate AS INTEGER) AS VARCHAR) "
    "FROM core_exchange__rates WHERE source = 'toy' ORDER BY 1, 2"
)

Rates = dict[tuple[str, str], str]


def body(rates: Rates, *more: dict[str, str]) -> str:
    data = [{"date": d, "currency": c, "rate": r} for (d, c), r in rates.items()]
    return json.dumps({"count": len(data) + len(more), "data": [*data, *more]})


def page(_: Rates) -> Script:
    return answer(f"<html>Maintenance; your key {KEY}</html>", kind="text/html")


def refused_row(rates: Rates) -> Script:
    return answer(body(rates, {"date": "2026-01-05", "currency": "USD", "rate": "n/a"}))


FAULTS: dict[str, Callable[[Rates], Script]] = {
    "server error": lambda _: answer("no", 500),
    "too many requests": lambda _: answer("slow down", 429, {"Retry-After": "0"}),
    "reset": lambda _: reset,
    "silence": lambda _: hang(0.4),
    "cut": lambda rates: answer(body(rates)[:-9]),
    "shorter than said": lambda rates: answer(body(rates), length=100_000),
    "page": page,
    "nothing": lambda _: answer(""),
    "no rows": lambda _: answer(body({})),
    "not found": lambda _: answer("", 404),
    "renamed": lambda rates: answer(body(rates).replace('"rate"', '"value"')),
}
WHOLE: dict[str, Callable[[Rates], Script]] = {
    "refused row": refused_row,
    "once failed": lambda rates: answer(body(rates)),
}


@dataclass(frozen=True)
class Size:
    """What must not grow: kilobytes, descriptors, threads, temporary files, and files in use. Those
    that the lake no longer names stay a week, by the machine's clock."""

    memory_kb: int
    descriptors: int
    threads: int
    temporary: int
    files: int

    @classmethod
    def of(cls, session: Session) -> Size:
        gc.collect()
        home = session.settings.home
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            pages * os.sysconf("SC_PAGE_SIZE") // 1024,
            len(list(Path("/proc/self/fd").iterdir())),
            threading.active_count(),
            len(list((home / "state" / "tmp").iterdir())) - 1,  # the session's own
            sum(len(session.lake.files(table)) for table in TABLES.values())
            + sum(
                len(names)
                for part in ("state", "warehouse", "reports")
                for _, _, names in os.walk(home / part)
            ),
        )


class Partner:
    """Its figures grow and are revised from day to day; how it answers is drawn with a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rates: Rates = {}
        self.today = BEGIN

    def next_day(self) -> None:
        self.today += timedelta(days=1)
        if self.random.random() < 0.3:
            return  # nothing new
        for currency in CURRENCIES:
            self.rates[str(self.today), currency] = str(self.random.randint(1, 20_000))
        if self.random.random() < 0.3:
            self.rates[self.random.choice(list(self.rates))] = str(self.random.randint(1, 20_000))

    def scripts(self, fault: str) -> list[Script]:
        good = answer(body(self.rates))
        if fault == "once failed":
            return [answer("", 503), good]
        return [{**FAULTS, **WHOLE}[fault](self.rates)] if fault else [good]


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Partner:
    found = Partner(7)
    monkeypatch.setattr(Session, "today", lambda _: found.today)
    return found


@pytest.fixture
def place(home: Path, toy: Callable[..., str], gate: Any, unread: None) -> Home:
    folder = toy(key={"variable": "TOY_KEY", "parameter": "key"})
    return Home(home, folder, {"TOY_KEY": KEY}, gate)


def a_day(home: Home, partner: Partner, fault: str, step: str, monkeypatch: Any) -> int | None:
    """One run; its exit code, or None where the process would have ended."""
    with FaultServer(partner.scripts(fault)) as server, monkeypatch.context() as patch:
        if step:
            patch.setenv("FAILPOINT", f"{step}:{partner.random.choice(['raise', 'enospc'])}")
        settings = home.settings(PENATARAN_HOST_TOY=server.url)
        try:
            return direct.run_direct(settings, ["toy"], Window(), gate=home.gate).exit_code
        except (RuntimeError, OSError):
            assert step
            return None


def test_many_days_leave_nothing_behind(
    place: Home, partner: Partner, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    sizes: dict[int, Size] = {}
    shown: list[tuple[Any, ...]] = []
    for number in range(1, CYCLES + 1):
        partner.next_day()
        draw = partner.random.random()
        fault = partner.random.choice([*FAULTS, *WHOLE]) if draw < 0.35 else ""
        step = partner.random.choice(STEPS) if draw > 0.85 else ""
        code = a_day(place, partner, fault, step, monkeypatch)
        truth = sorted((d, c, r) for (d, c), r in partner.rates.items())
        now = place.query(SQL) if (place.home / "warehouse" / "penataran.duckdb").exists() else []
        assert now in (shown, truth), (number, fault, step)  # I1
        if not step and fault not in FAULTS:
            assert (code, now) == (0, truth), (number, fault)  # I4
        assert code in (None, 0, 3, 4), (number, fault, step)
        shown = now
        if number % 10 == 0:
            with place.session() as session:
                maintain(session)
                if number % WARM == 0:
                    sizes[number] = Size.of(session)
    capfd.readouterr()
    balanced = place.query(
        "SELECT count(*), count(*) FILTER (fetched = new + revised + unchanged + quarantined + "
        "duplicates + ignored) FROM ops_load"
    )
    assert balanced[0][0] == balanced[0][1] > CYCLES / 3  # I3
    assert not [p for p in place.home.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]
    first, last = sizes[WARM], sizes[max(sizes)]
    assert last.temporary == 0
    assert last.descriptors <= first.descriptors + 4, sizes
    assert last.threads <= first.threads + 2, sizes
    assert last.files <= first.files + 40, sizes
    assert last.memory_kb <= first.memory_kb * 1.25, sizes
