"""A backup is one moment of a home, and a restored home is what it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from flows import backup as backing
from flows.backup import KeptBackup, backup
from flows.cli.main import main
from flows.erasure import remains
from flows.maintain import erase, maintain
from flows.restore import restore
from flows.run import publish
from flows.verify import verify
from schemas.catalogue import TABLES
from schemas.derive import stored
from schemas.errors import BusyError, ConfigurationError, StorageError
from tests import commands
from tests.conftest import Home
from warehouse.backups import MARK, Backup
from warehouse.duck import DuckWarehouse
from warehouse.marts import all_marts

pytestmark = pytest.mark.slow
A = ("2026-01-05", "IDR", "16700")
B = ("2026-01-06", "IDR", "16710")
C = ("2026-01-07", "IDR", "16720")
REVISED = ("2026-01-05", "IDR", "16799")


def back_up(home: Home, folder: Path) -> KeptBackup:
    with home.session() as session:
        return backup(session, folder)


def tables(home: Home, *, with_marts: bool = False) -> dict[str, list[str]]:
    """Every row of every table that readers see. Marts are made of them."""
    names = {stored(table)[0] for table in TABLES.values()} | set(TABLES)
    names |= set(all_marts()) if with_marts else set()
    with home.published() as ask:
        return {name: sorted(map(repr, ask(f"SELECT * FROM {name}"))) for name in sorted(names)}


def flip(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x5A
    path.write_bytes(raw)


def sha_of(home: Home) -> str:
    ((sha,),) = home.query(
        "SELECT max(raw_sha256) FROM core_exchange__rates__vintages WHERE source = 'toy'"
    )
    return str(sha)


def empty(home: Home, tmp_path: Path, name: str = "elsewhere") -> Home:
    """The same installation with an empty home folder."""
    found = Home(tmp_path / name / "home", home.variables["PENATARAN_SOURCES_PATH"], {}, home.gate)
    found.variables = dict(home.variables)
    return found


@pytest.mark.usefixtures("marts")
def test_restored_into_an_empty_home_everything_is_equal(duck: Home, tmp_path: Path) -> None:
    duck.load(A, B)
    duck.load(REVISED, B, C)
    before = tables(duck, with_marts=True)
    assert len(before) > 40
    done = back_up(duck, tmp_path / "backup")
    assert done.files_copied <= done.backup_files
    there = empty(duck, tmp_path)
    restored = restore(there.settings(), tmp_path / "backup")
    assert restored.lost == restored.erased == restored.aside == []
    assert tables(there, with_marts=True) == before
    assert verify(there.settings(), tmp_path / "spill", backup=tmp_path / "backup").is_whole
    assert there.load(REVISED, B, C).sources[0].status == "unchanged"
    assert not (there.home / "restore.next").exists()


def test_a_second_backup_copies_what_is_new_and_forgets_what_is_gone(
    duck: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    duck.load(A, B)
    first = back_up(duck, folder)
    assert back_up(duck, folder).files_copied <= 2  # the ledger, and the run's own log entry
    duck.load(REVISED, B)
    second = back_up(duck, folder)
    assert 0 < second.files_copied < first.files_copied / 2
    listed = Backup.read(folder)
    stored = {
        p for n in ("landing", "lake", "small") for p in (folder / n).rglob("*") if p.is_file()
    }
    assert stored == {listed.path(name) for name in listed.files}


def test_a_backup_has_no_secret(duck: Home, tmp_path: Path) -> None:
    duck.variables |= {"PENATARAN_HASH_KEY": "k3y-0f-organisations", "BPS_API_KEY": "s3cr3t-of-bps"}
    duck.load(A)
    (duck.home / "inbox" / "dinas").mkdir()
    (duck.home / "inbox" / "dinas" / "names.csv").write_text("nama\nBudi", encoding="utf-8")
    back_up(duck, tmp_path / "backup")
    whole = b"".join(p.read_bytes() for p in (tmp_path / "backup").rglob("*") if p.is_file())
    for secret in (b"k3y-0f-organisations", b"s3cr3t-of-bps", b"Budi"):
        assert secret not in whole


def test_declarations_inside_the_home_are_restored(duck: Home, tmp_path: Path) -> None:
    own = duck.home / "sources"
    shutil.copytree(duck.variables["PENATARAN_SOURCES_PATH"], own)
    (own / ".env").write_text("BPS_API_KEY=s3cr3t", encoding="utf-8")
    duck.variables["PENATARAN_SOURCES_PATH"] = str(own)
    duck.load(A)
    back_up(duck, tmp_path / "backup")
    shutil.rmtree(duck.home)
    shutil.copytree(tmp_path / "sources", own)  # a folder that is named must exist
    (own / "toy.yml").write_text("changed", encoding="utf-8")
    restore(duck.settings(), tmp_path / "backup")
    assert duck.load(A).sources[0].status == "unchanged"
    assert not (own / ".env").exists()


@pytest.mark.parametrize("place", ["inside", "around", "itself", "full", "other"])
def test_where_a_backup_cannot_be(duck: Home, tmp_path: Path, place: str) -> None:
    folder = tmp_path / "backup"
    codes = {"full": "not_empty", "other": "other_backup"}
    if place == "full":
        folder.mkdir()
        (folder / "thesis.odt").write_bytes(b"")
    if place == "other":
        back_up(duck, folder)
        for mark in (duck.home / "landing", duck.home / "lake"):
            raw = json.loads((mark / "IDENTITY").read_text())
            (mark / "IDENTITY").write_text(json.dumps({**raw, "record": "another"}))
        (duck.home / "state" / "ledger.sqlite").unlink()
    wanted = {"inside": duck.home / "b", "around": duck.home.parent, "itself": duck.home}
    with pytest.raises(ConfigurationError) as refused:
        back_up(duck, wanted.get(place, folder))
    assert refused.value.code == codes.get(place, "backup_place")


def test_a_home_with_newer_loads_is_not_set_back_by_accident(duck: Home, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    duck.load(A)
    old = tables(duck)
    back_up(duck, folder)
    duck.load(A, B)
    new = tables(duck)
    ((number,),) = duck.query("SELECT max(load_seq) FROM ops_load WHERE source = 'toy'")
    given_up = [f"{number} toy/daily/all", f"{number + 1} /run"]
    for lost in ("", "lake", "landing", "warehouse"):  # what is left of the home still says it
        if lost:
            (duck.home / lost).rename(tmp_path / lost)
        with pytest.raises(ConfigurationError, match="home_newer") as refused:
            restore(duck.settings(), folder)
        assert refused.value.message.endswith(f"lacks: {', '.join(given_up)}")
        if lost:
            shutil.rmtree(duck.home / lost, ignore_errors=True)
            (tmp_path / lost).rename(duck.home / lost)
    assert tables(duck) == new
    done = restore(duck.settings(), folder, older=True)
    assert done.lost == given_up
    assert tables(duck) == old
    assert len(done.aside) == 2
    assert duck.load(A, B).exit_code == 0


def test_nothing_is_changed_by_a_damaged_backup(duck: Home, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    duck.load(A)
    before = tables(duck)
    back_up(duck, folder)
    for pattern in ("landing/??/*.zst", "lake/*/*.parquet", "small/??/*"):
        kept = tmp_path / "kept"
        shutil.copytree(folder, kept)
        flip(sorted(kept.glob(pattern))[0])
        with pytest.raises(StorageError, match="backup_damaged"):
            restore(duck.settings(), kept, older=True)
        assert tables(duck) == before
        assert verify(duck.settings(), tmp_path / "spill").is_whole
        assert not verify(duck.settings(), tmp_path / "spill", backup=kept).is_whole
        assert duck.load(A).sources[0].status == "unchanged"
        assert not (duck.home / "restore.next").exists()
        before = tables(duck)  # the run itself is one load more
        shutil.rmtree(kept)


def test_an_unfinished_backup_is_not_one(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duck.load(A)
    monkeypatch.setenv("FAILPOINT", "backup_copied:raise")
    with pytest.raises(RuntimeError):
        back_up(duck, tmp_path / "backup")
    monkeypatch.delenv("FAILPOINT")
    with pytest.raises(ConfigurationError, match="backup_unfinished"):
        restore(empty(duck, tmp_path).settings(), tmp_path / "backup")
    back_up(duck, tmp_path / "backup")
    restore(empty(duck, tmp_path).settings(), tmp_path / "backup")


def test_loads_beside_a_backup_are_in_it_whole_or_not(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that loads after the log of loads was copied, and before the rest is."""
    duck.load(A, B)
    before = tables(duck)
    log = backing._Copying._log

    def loading(copying: backing._Copying, table: str) -> int:
        found = log(copying, table)
        if table == "ops_load":
            assert duck.load(REVISED, B, C).exit_code == 0
        return found

    monkeypatch.setattr(backing._Copying, "_log", loading)
    done = back_up(duck, tmp_path / "backup")
    assert tables(duck) != before
    there = empty(duck, tmp_path)
    restore(there.settings(), tmp_path / "backup")
    assert tables(there) == before
    assert done.loads == len(before["ops_load"])
    monkeypatch.setattr(backing._Copying, "_log", log)
    assert there.load(REVISED, B, C).exit_code == 0
    rates = "SELECT CAST(rate AS VARCHAR) FROM core_exchange__rates WHERE source = 'toy' ORDER BY 1"
    assert there.query(rates) == duck.query(rates)


def test_what_removes_files_waits_for_a_backup(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duck.load(A)
    sha, refused = sha_of(duck), []

    def erasing(step: str) -> None:
        if step == "backup_logs":
            for work in (lambda s: erase(s, sha, "asked for"), maintain):
                with pytest.raises(BusyError) as busy, duck.session() as session:
                    work(session)
                refused.append(busy.value.code)

    monkeypatch.setattr(backing, "failpoint", erasing)
    back_up(duck, tmp_path / "backup")
    assert refused == ["busy", "busy"]
    with duck.session() as session:  # the erasure that was refused has left its mark
        publish(session)
    assert remains(duck.settings(), sha, tmp_path / "spill") == []


def test_what_was_erased_after_the_backup_stays_erased(duck: Home, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    duck.load(A)
    duck.load(A, B)
    sha = sha_of(duck)
    back_up(duck, folder)
    with duck.session() as session:
        erase(session, sha, "asked for")
    assert remains(duck.settings(), sha, tmp_path / "spill") == []
    expected = duck.query("SELECT * FROM core_exchange__rates ORDER BY ALL")
    done = restore(duck.settings(), folder, older=True)
    assert done.erased == [sha]
    assert remains(duck.settings(), sha, tmp_path / "spill") == []
    assert duck.query("SELECT * FROM core_exchange__rates ORDER BY ALL") == expected
    assert duck.query("SELECT erased_sha256, reason FROM ops_erasure") == [(sha, "asked for")]
    back_up(duck, folder)
    assert not [p for p in folder.rglob("*") if sha in p.name and p.suffix == ".zst"]


def test_readers_have_the_old_state_until_the_new_is_whole(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "backup"
    duck.load(A)
    old = tables(duck)
    back_up(duck, folder)
    duck.load(A, B)
    new, seen = tables(duck), []
    showing = DuckWarehouse.publish

    def watched(warehouse: DuckWarehouse, held: Any) -> str:
        seen.append(tables(duck) == new)
        return showing(warehouse, held)

    monkeypatch.setattr(DuckWarehouse, "publish", watched)
    restore(duck.settings(), folder, older=True)
    assert seen == [True]
    assert tables(duck) == old


@pytest.mark.parametrize("damage", ["lake", "landing", "ledger", "state", "marks", "all"])
def test_a_damaged_home_is_restored(duck: Home, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "backup"
    duck.load(A, B)
    before = tables(duck)
    back_up(duck, folder)
    match damage:
        case "lake":
            shutil.rmtree(duck.home / "lake" / "core_exchange__rates")
            (duck.home / "lake" / "IDENTITY").write_text("{cut")
        case "landing" | "state":
            shutil.rmtree(duck.home / damage)
        case "ledger":
            (duck.home / "state" / "ledger.sqlite").write_bytes(b"not a database" * 1000)
        case "marks":
            (duck.home / "FORMAT").write_bytes(b"\xff")
            (duck.home / "PROFILE").write_text("")
        case "all":
            shutil.rmtree(duck.home)
    restore(duck.settings(), folder)
    assert tables(duck) == before
    assert duck.load(A, B).sources[0].status == "unchanged"


def test_the_commands(
    duck: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    duck.load(A)
    folder = str(tmp_path / "backup")
    monkeypatch.setenv("PENATARAN_SOURCES_PATH", duck.variables["PENATARAN_SOURCES_PATH"])
    monkeypatch.setenv("PENATARAN_HOME", str(duck.home))
    assert main(["restore", folder]) == 2
    assert main(["backup", folder, "--json"]) == 0
    assert main(["verify", "--backup", folder]) == 0
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path / "elsewhere"))
    assert main(["restore", folder, "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["files_restored"] > 50
    assert (tmp_path / "backup" / MARK).exists()


# --- other databases, and kills -------------------------------------------------------------


@pytest.mark.usefixtures("marts")
def test_a_home_is_restored_on_both_databases(there: Home, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    there.load(A)
    old = tables(there, with_marts=True)
    back_up(there, folder)
    there.load(REVISED, B)
    new = tables(there, with_marts=True)
    with pytest.raises(ConfigurationError, match="home_newer"):
        restore(there.settings(), folder)
    assert tables(there, with_marts=True) == new
    shutil.rmtree(there.home)
    restore(there.settings(), folder, older=True)
    assert tables(there, with_marts=True) == old
    assert there.load(A).sources[0].status == "unchanged"
    assert there.load(REVISED, B).exit_code == 0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_backup_moves_to_the_other_database(bare: Home, prepared: Path, tmp_path: Path) -> None:
    duck = empty(bare, tmp_path, "duck")
    del duck.variables["PENATARAN_WAREHOUSE_URL"]
    shutil.copytree(prepared, duck.home)
    duck.load(A, B)
    back_up(duck, tmp_path / "one")
    restore(bare.settings(), tmp_path / "one")
    rates = "SELECT rate_date, rate, load_seq, recorded_at FROM core_exchange__rates__vintages"
    assert bare.query(f"{rates} ORDER BY 1") == duck.query(f"{rates} ORDER BY 1")
    assert bare.load(A, B).sources[0].status == "unchanged"
    back_up(bare, tmp_path / "two")
    again = empty(duck, tmp_path, "again")
    restore(again.settings(), tmp_path / "two")
    assert again.load(A, B).sources[0].status == "unchanged"


def command(home: Home, *words: str, **more: str) -> int:
    environment = {**os.environ, **home.variables, "PENATARAN_HOME": str(home.home), **more}
    return commands.run(words, environment).returncode


@pytest.mark.parametrize("step", ["backup_file", "backup_logs", "backup_copied", "backup_marked"])
def test_killed_in_a_backup_the_one_before_is_whole(duck: Home, tmp_path: Path, step: str) -> None:
    folder = tmp_path / "backup"
    duck.load(A)
    old = tables(duck)
    back_up(duck, folder)
    duck.load(A, B)
    new = tables(duck)
    killed = command(duck, "backup", str(folder), FAILPOINT=f"{step}:kill")
    assert killed == -signal.SIGKILL
    assert verify(duck.settings(), tmp_path / "spill", backup=folder).is_whole
    first = empty(duck, tmp_path, "first")
    restore(first.settings(), folder)
    assert tables(first) == (new if step == "backup_marked" else old)
    back_up(duck, folder)
    assert not list(folder.rglob("*.tmp"))
    second = empty(duck, tmp_path, "second")
    restore(second.settings(), folder)
    assert tables(second) == new


STEPS = (
    "restore_file", "restore_ready", "restore_aside", "restore_landing", "restore_lake",
    "restore_ledger", "restore_swapped", "publish", "applied", "published",
)  # fmt: skip


ON_POSTGRESQL = ("restore_lake", "restore_ledger", "publish")  # where it differs from DuckDB


@pytest.mark.parametrize(
    ("database", "step", "then"),
    [
        (database, step, ("restore", "publish")[n % 2])
        for n, step in enumerate(STEPS)
        for database in ("duckdb", "postgresql")
        if database == "duckdb" or step in ON_POSTGRESQL
    ],
    indirect=["database"],
)
def test_killed_in_a_restore_the_next_command_finishes(
    there: Home, tmp_path: Path, step: str, then: str
) -> None:
    folder = tmp_path / "backup"
    there.load(A)
    old = tables(there)
    back_up(there, folder)
    there.load(REVISED, B)
    new = tables(there)
    killed = command(there, "restore", str(folder), "--older", FAILPOINT=f"{step}:kill")
    assert killed == -signal.SIGKILL
    # PostgreSQL shows what is applied, which is before `publish`; DuckDB a copy of it.
    shows_applied = "PENATARAN_WAREHOUSE_URL" in there.variables
    shown = STEPS[STEPS.index("publish" if shows_applied else "published") :]
    assert tables(there) == (old if step in shown else new)
    again = ("restore", str(folder), "--older") if then == "restore" else ("publish",)
    assert command(there, *again) == 0
    assert tables(there) == (new if step == "restore_file" and then == "publish" else old)
    assert not (there.home / "restore.next").exists()
    assert verify(there.settings(), tmp_path / "spill").is_whole
    assert there.load(REVISED, B).exit_code == 0
