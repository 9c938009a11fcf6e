"""Every stored byte against its name; a home against its copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from flows.cli.main import main
from flows.verify import DAYS, verify, verify_part
from tests.conftest import Home, settings_for


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x5A
    path.write_bytes(raw)


def first(home: Path, pattern: str) -> Path:
    return sorted(home.glob(pattern))[0]


def test_a_whole_home_is_whole(home: Path, tmp_path: Path) -> None:
    found = verify(settings_for(home), tmp_path / "spill")
    assert found.is_whole, found.damaged
    assert found.files > 20
    assert found.bytes > 10_000


@pytest.mark.parametrize(
    "pattern",
    ["landing/??/*.zst", "landing/??/*.json", "landing/declarations/*.json",
     "landing/loads/*.json", "lake/ref_area/source=*/*.parquet"],
)  # fmt: skip
def test_each_kind_of_damage_names_its_file(duck: Home, tmp_path: Path, pattern: str) -> None:
    duck.load(("2026-01-05", "IDR", "16700"))
    home = duck.home
    path = first(home, pattern)
    if path.suffix == ".json" and "declarations" not in path.parts:
        path.write_text('{"cut', encoding="utf-8")
    else:
        flip(path)
    found = verify(settings_for(home), tmp_path / "spill")
    assert str(path.relative_to(home)) in found.damaged


def test_a_log_that_was_cut_and_a_table_that_is_gone(home: Path, tmp_path: Path) -> None:
    max((home / "lake/ref_area/_delta_log").glob("*.json")).write_bytes(b"")
    shutil.rmtree(home / "lake/core_trade__flows")
    found = verify(settings_for(home), tmp_path / "spill")
    assert "wrote" in found.damaged["lake/ref_area"]
    assert found.damaged["lake/core_trade__flows"] == "is not there"


def test_a_home_and_its_copy(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    settings = settings_for(home)
    assert verify(settings, tmp_path / "spill", backup=copy).as_dict()["only_here"] == []
    lost, changed = sorted(copy.glob("landing/??/*.zst"))[:2]
    gone = sorted(home.glob("landing/??/*.zst"))[2]
    lost.unlink()
    flip(changed)
    gone.unlink()
    found = verify(settings, tmp_path / "spill", backup=copy)
    assert found.only_here == [str(lost.relative_to(copy))]
    assert found.only_there == [str(gone.relative_to(home))]
    assert found.different == [str(changed.relative_to(copy))]


def test_every_file_has_its_day(home: Path, tmp_path: Path) -> None:
    whole = verify(settings_for(home), tmp_path / "spill")
    parts = [verify_part(home, day) for day in range(738_000, 738_000 + DAYS)]
    assert sum(part.bytes for part in parts) == whole.bytes
    flip(first(home, "landing/??/*.zst"))
    parts = [verify_part(home, day) for day in range(738_000, 738_000 + DAYS)]
    assert sum(len(part.damaged) for part in parts) == 1


def test_the_command_ends_with_three_where_something_is_damaged(
    duck: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENATARAN_HOME", str(duck.home))
    assert main(["verify", "--json"]) == 0
    flip(first(duck.home, "landing/??/*.zst"))
    assert main(["verify", "--json"]) == 3
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(said["damaged"]) == 1
    assert main(["verify", "--backup", str(duck.home / "state")]) == 2
