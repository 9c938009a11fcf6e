"""P01 for the thin path: SIGKILL at every step, then a rerun gives the undisturbed result."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from flows.open_data import is_whole
from tests import commands
from tests.conftest import rows
from tests.faultserver import FaultServer, answer

pytestmark = pytest.mark.slow
STEPS = (
    "landed", "staged", "validated", "quarantine_written", "before_commit", "figures_written",
    "after_commit", "state", "publish", "applied", "published",
)  # fmt: skip
FIRST = [
    {"date": f"2026-01-{d:02d}", "currency": "IDR", "rate": str(16000 + d)} for d in range(1, 9)
]
SECOND = [{**r, "rate": "17000"} if r["date"].endswith("3") else r for r in FIRST[1:]]
SECOND.append({"date": "2026-02-01", "currency": "ZZZ", "rate": "1"})
SQL = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(rate AS VARCHAR) FROM core_exchange__rates "
    "WHERE source = 'toy' ORDER BY 1"
)
VERSIONS = (
    "SELECT CAST(rate_date AS VARCHAR), CAST(rate AS VARCHAR), is_deleted, change_reason, "
    "superseded_at IS NULL FROM core_exchange__rates__vintages WHERE source = 'toy' "
    "ORDER BY rate_date, load_seq"
)


def run(home: Path, folder: str, data: list[dict[str, str]], failpoint: str = "") -> int:
    body = json.dumps({"count": len(data), "data": data})
    with FaultServer([answer(body)]) as server:
        environment = {
            **os.environ, "PENATARAN_HOME": str(home), "PENATARAN_SOURCES_PATH": folder,
            "PENATARAN_HOST_TOY": server.url, "FAILPOINT": failpoint,
        }  # fmt: skip
        return commands.run(["run", "toy", "--direct"], environment, timeout=120).returncode


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, prepared: Path
) -> tuple[Path, str, list[object], list[object], list[object]]:
    import yaml

    from tests.conftest import TOY

    base = tmp_path_factory.mktemp("kill")
    (base / "sources").mkdir()
    (base / "sources" / "toy.yml").write_text(yaml.safe_dump(TOY), encoding="utf-8")
    home = base / "home"
    shutil.copytree(prepared, home)
    folder = str(base / "sources")
    assert run(home, folder, FIRST) == 0
    before = base / "before"
    shutil.copytree(home, before)
    old = rows(home, SQL)
    assert run(home, folder, SECOND) == 0
    return before, folder, old, rows(home, SQL), rows(home, VERSIONS)


@pytest.mark.parametrize("step", STEPS)
def test_p01_kill_then_rerun_converges(
    undisturbed: tuple[Path, str, list[object], list[object], list[object]],
    tmp_path: Path,
    step: str,
) -> None:
    before, folder, old, new, versions = undisturbed
    home = tmp_path / "home"
    shutil.copytree(before, home)
    assert run(home, folder, SECOND, f"{step}:kill") == -signal.SIGKILL
    assert rows(home, SQL) in (old, new)  # I1: the old state or the new one, never a mix
    _expire_leases(home)
    assert run(home, folder, SECOND) == 0
    assert rows(home, SQL) == new
    assert rows(home, VERSIONS) == versions
    assert run(home, folder, SECOND) == 0
    assert rows(home, VERSIONS) == versions


def _expire_leases(home: Path) -> None:
    """What waiting a minute would do: the killed holder's leases run out."""
    import sqlite3

    with sqlite3.connect(home / "state" / "ledger.sqlite") as connection:
        connection.execute("UPDATE lease SET expires_at = 0")


def test_p03_full_disk_at_the_figures(
    undisturbed: tuple[Path, str, list[object], list[object], list[object]], tmp_path: Path
) -> None:
    before, folder, old, new, _ = undisturbed
    home = tmp_path / "home"
    shutil.copytree(before, home)
    assert run(home, folder, SECOND, "figures_written:enospc") != 0
    assert rows(home, SQL) == old
    assert run(home, folder, SECOND) == 0
    assert rows(home, SQL) == new


def test_failpoints_do_nothing_in_production_or_without_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tasks.failpoints import failpoint

    monkeypatch.setenv("FAILPOINT", "x:raise")
    with pytest.raises(RuntimeError):
        failpoint("x")
    monkeypatch.setenv("PENATARAN_ENV", "production")
    failpoint("x")
    monkeypatch.delenv("PENATARAN_ENV")
    monkeypatch.delenv("PENATARAN_UNDER_TEST")
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    failpoint("x")


def test_killed_while_open_data_is_written(
    undisturbed: tuple[Path, str, list[object], list[object], list[object]], tmp_path: Path
) -> None:
    """The version before stays whole, and the next release removes what was left."""
    before, folder, *_ = undisturbed
    home = tmp_path / "home"
    shutil.copytree(before, home)
    place = home / "exports" / "open-data"
    assert _release(home) == 0
    first, versions = _files(place), sorted(place.parent.glob("open-data-*"))
    assert any(b"16001" in data for data in first.values())
    assert len(versions) == 1
    assert run(home, folder, SECOND) == 0
    for _ in range(2):
        assert _release(home, "open_data_written:kill") == -signal.SIGKILL
        assert _files(place) == first
        assert is_whole(place)
    assert len(list(place.parent.glob("open-data-*"))) == 3
    assert _release(home) == 0
    assert is_whole(place)
    assert any(b"17000" in data for data in _files(place).values())
    (version,) = place.parent.glob("open-data-*")
    assert version not in versions
    assert place.resolve() == version.resolve()


def _release(home: Path, failpoint: str = "") -> int:
    environment = {**os.environ, "PENATARAN_HOME": str(home), "FAILPOINT": failpoint}
    return commands.run(["publish", "open-data"], environment, timeout=120).returncode


def _files(place: Path) -> dict[str, bytes]:
    return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}
