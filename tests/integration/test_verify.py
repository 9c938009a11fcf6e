"""Every stored byte against its name; a home against its copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from flows.backup import backup
from flows.cli.main import main
from flows.healing import heal
from flows.maintain import maintain
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("how", ["cut", "older"])
def test_a_lake_that_lacks_a_load_is_not_whole(duck: Home, tmp_path: Path, how: str) -> None:
    """Each load that is left agrees with its count, so the counts alone do not show it."""
    shutil.copytree(duck.home / "lake", tmp_path / "older")
    duck.load(("2026-01-05", "IDR", "16700"))
    assert verify(duck.settings(), tmp_path / "spill").is_whole
    if how == "cut":
        max((duck.home / "lake/ops_load/_delta_log").glob("*.json")).write_bytes(b"")
    else:
        shutil.rmtree(duck.home / "lake")
        (tmp_path / "older").rename(duck.home / "lake")
    found = verify(duck.settings(), tmp_path / "spill")
    assert "the lake lacks" in found.damaged["lake"]


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
    parts = [verify_part(home, day, {}) for day in range(738_000, 738_000 + DAYS)]
    assert sum(part.bytes for part in parts) == whole.bytes
    flip(first(home, "landing/??/*.zst"))
    parts = [verify_part(home, day, {}) for day in range(738_000, 738_000 + DAYS)]
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


# --- healing ----------------------------------------------------------------------------------


def backed_up(duck: Home, folder: Path) -> Path:
    duck.load(("2026-01-05", "IDR", "16700"))
    with duck.session() as session:
        backup(session, folder)
    return folder


KINDS = ("landing/??/*.zst", "landing/??/*.json", "landing/declarations/*.json",
         "lake/core_exchange__rates/source=*/*.parquet")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_what_a_backup_has_is_healed_and_reported(duck: Home, tmp_path: Path, how: str) -> None:
    folder = backed_up(duck, tmp_path / "backup")
    paths = [first(duck.home, pattern) for pattern in KINDS]
    whole = {path: path.read_bytes() for path in paths}
    for path in paths:
        if how == "missing" and path.suffix in (".zst", ".parquet"):
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:-9])
    settings = settings_for(duck.home)
    found = verify(settings, tmp_path / "spill")
    assert len(found.damaged) >= 4
    heal(settings, found, folder, tmp_path / "spill")
    assert {p: p.read_bytes() for p in paths} == whole
    assert {line.split(":")[0] for line in found.healed} >= {
        str(p.relative_to(duck.home)) for p in paths
    }
    assert verify(settings, tmp_path / "spill").is_whole


@pytest.mark.slow
def test_bytes_that_differ_heal_nothing(duck: Home, tmp_path: Path) -> None:
    folder = backed_up(duck, tmp_path / "backup")
    paths = [first(duck.home, pattern) for pattern in KINDS]
    damaged = {}
    for path in paths:
        path.write_bytes(path.read_bytes()[:-9])
        damaged[path] = path.read_bytes()
    for path in (p for n in ("landing", "lake", "small") for p in (folder / n).rglob("*")):
        if path.is_file():
            flip(path)
    settings = settings_for(duck.home)
    found = verify(settings, tmp_path / "spill")
    heal(settings, found, folder, tmp_path / "spill")
    assert found.healed == []
    assert {p: p.read_bytes() for p in paths} == damaged
    (lake,) = [why for name, why in found.damaged.items() if name.endswith(".parquet")]
    assert "rebuild --from landing" in lake


@pytest.mark.slow
def test_bytes_that_were_erased_are_not_healed(duck: Home, tmp_path: Path) -> None:
    folder = backed_up(duck, tmp_path / "backup")
    path = first(duck.home, "landing/??/*.zst")
    (duck.home / "landing" / "erased").mkdir()
    (duck.home / "landing" / "erased" / path.stem).write_text('{"reason": ""}')
    path.write_bytes(b"")
    settings = settings_for(duck.home)
    found = verify(settings, tmp_path / "spill")
    heal(settings, found, folder, tmp_path / "spill")
    assert path.read_bytes() == b""
    assert found.healed == []


@pytest.mark.slow
def test_copies_of_loads_are_healed_from_the_lake(duck: Home, tmp_path: Path) -> None:
    duck.load(("2026-01-05", "IDR", "16700"))
    path = sorted(duck.home.glob("landing/loads/*.json"))[-1]
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with duck.session() as session:
        done = maintain(session)
    assert path.read_bytes() == whole
    assert done.as_dict()["healed"] == [f"{path.relative_to(duck.home)}: lake"]
    assert done.verified.is_whole


@pytest.mark.slow
def test_maintain_heals_from_the_declared_backup(duck: Home, tmp_path: Path) -> None:
    folder = backed_up(duck, tmp_path / "backup")
    path = first(duck.home, "landing/??/*.zst")
    path.unlink()
    with duck.session() as session:
        assert not maintain(session).verified.is_whole
    duck.variables["PENATARAN_BACKUP"] = str(folder)
    with duck.session() as session:
        done = maintain(session)
    assert done.verified.is_whole
    assert len(done.as_dict()["healed"]) == 1
    assert path.exists()


@pytest.mark.slow
def test_the_command_heals_when_asked(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = backed_up(duck, tmp_path / "backup")
    monkeypatch.setenv("PENATARAN_HOME", str(duck.home))
    flip(first(duck.home, "landing/??/*.zst"))
    assert main(["verify", "--heal"]) == 2
    assert main(["verify", "--backup", str(folder)]) == 3
    assert main(["verify", "--backup", str(folder), "--heal", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out.splitlines()[-1])["healed"]) == 1
    flip(first(duck.home, "landing/??/*.zst"))
    monkeypatch.setenv("PENATARAN_BACKUP", str(folder))
    assert main(["verify"]) == 0
