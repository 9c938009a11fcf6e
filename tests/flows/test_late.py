"""`status --late`: only what is not as its calendar promises, and an exit code that says so."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from flows import status
from flows.cli.main import main

pytestmark = pytest.mark.fast


def source(code: str, state: str, late_since: date | None = None) -> dict[str, Any]:
    unknown = ("last_checked_at", "last_loaded_at", "newest_period_start", "next_due_on",
               "next_run", "table", "reason")  # fmt: skip
    return {**dict.fromkeys(unknown), "source": code, "state": state, "late_since": late_since,
            "rows": 1, "rows_quarantined": 0}  # fmt: skip


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path / "home"))
    known: dict[str, Any] = {"last_run": None, "sources": [], "broken": []}
    monkeypatch.setattr(status, "status", lambda *_: dict(known))
    return known


def test_it_lists_what_is_late_failing_or_gone(
    found: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found["sources"] = [
        source("fine", "fine"), source("late", "late", date(2026, 9, 26)),
        source("gone", "gone"), source("failing", "failing"), source("unasked", "unasked"),
    ]  # fmt: skip
    assert main(["status", "--late", "--json"]) == 3
    shown = json.loads(capsys.readouterr().out)
    assert [s["source"] for s in shown["sources"]] == ["late", "gone", "failing"]
    assert main(["status", "--late"]) == 3
    assert "26 Sep 2026" in capsys.readouterr().out
    assert main(["status"]) == 0


def test_without_any_it_ends_with_nothing_and_zero(
    found: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found["sources"] = [source("fine", "fine")]
    assert main(["status", "--late", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sources"] == []


def test_it_says_why_and_what_to_do(
    found: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    late, failing = source("slow", "late", date(2026, 9, 26)), source("broken", "failing")
    late |= {"last_checked_at": datetime(2026, 11, 30, 21, 53, 26, 823092, tzinfo=UTC),
             "next_run": "2026-12-04T05:00:00+07:00"}  # fmt: skip
    failing["reason"] = "http_500: the partner's server answered 500"
    found["sources"] = [late, failing]
    assert main(["status", "--late"]) == 3
    shown = capsys.readouterr().out
    assert "2026-12-01 04:53 WIB" in shown
    assert "2026-12-04 05:00 WIB" in shown
    assert shown.splitlines()[-5:] == [
        "slow: terlambat sejak 26 Sep 2026",
        "  -> periksa situs penyedia: angka baru belum terbit, atau alamatnya berubah",
        "broken: gagal",
        "  http_500: the partner's server answered 500",
        "  -> jalankan lagi: penataran run broken; bila tetap gagal, bandingkan deklarasi dengan "
        "dokumentasi penyedia",
    ]
    assert main(["status"]) == 0
    assert "->" not in capsys.readouterr().out
