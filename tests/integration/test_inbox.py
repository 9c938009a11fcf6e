"""Files put into folders: taken in whole, answered beside, nothing left behind."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from config import partner as partners
from config.settings import Settings
from flows import inbox
from flows.intake import FileResult
from tasks.check.gate import Gate
from tasks.landing import claimed
from tests.conftest import first_of, rows, settings_for
from tests.workbooks import everything_under, workbook

HEADER = ["event_id", "title", "start_date", "visitors"]
GOOD = ["P-1", "Pameran", date(2025, 8, 1), 12500]
SQL = "SELECT event_id, visitors, source FROM core_promotion__exhibitions ORDER BY event_id"


@pytest.fixture
def senders(tmp_path: Path) -> Path:
    folder = tmp_path / "partners"
    folder.mkdir()
    for code, language in (("jepang", "ja"), ("dinas", "id")):
        name = dict.fromkeys(("id", "en", "ja"), code)
        text = {"name": name, "language": language, "files": ["exhibitions", "forums"]}
        (folder / f"{code}.yml").write_text(yaml.safe_dump(text), encoding="utf-8")
    return folder


@pytest.fixture
def settings(home: Path, senders: Path) -> Settings:
    found = settings_for(home, PENATARAN_PARTNERS_PATH=str(senders))
    inbox.make_folders(found)
    return found


Look = Callable[[], dict[str, list[FileResult]]]


@pytest.fixture
def look(settings: Settings, gate: Gate, unread: None, monkeypatch: pytest.MonkeyPatch) -> Look:
    monkeypatch.setattr(inbox, "SETTLE_SECONDS", 0.0)
    return lambda: inbox.take_in_folders(settings, gate)


def put(settings: Settings, *lines: Any, sender: str = "dinas", name: str = "a.xlsx") -> Path:
    return workbook(settings.home / "inbox" / sender / name, [HEADER, *lines])


def outbox(settings: Settings, sender: str) -> list[Path]:
    return sorted((settings.home / "outbox" / sender).iterdir())


def test_every_sender_has_its_folders(settings: Settings) -> None:
    for sender in ("jepang", "dinas"):
        assert (settings.home / "inbox" / sender / inbox.CONFIRMED).is_dir()
        assert (settings.home / "outbox" / sender).is_dir()


def test_files_are_taken_in_and_answered_in_the_senders_language(
    settings: Settings, look: Look
) -> None:
    put(settings, GOOD)
    put(settings, [*GOOD[:2], "03/04/2025", 5], sender="jepang")
    found = look()
    assert [(s, r.status, r.loaded) for s, (r,) in found.items()] == [
        ("dinas", "loaded", 1), ("jepang", "loaded", 0),
    ]  # fmt: skip
    assert rows(settings.home, SQL) == [("P-1", 12500, "dinas_exhibitions")]
    (answer,) = outbox(settings, "jepang")
    assert "2025-03-04" in openpyxl.load_workbook(answer)["理由"]["E2"].value
    assert inbox.waiting(settings) == []
    assert look() == {}


@pytest.mark.slow
def test_no_sender_withdraws_what_another_sent(settings: Settings, look: Look) -> None:
    put(settings, GOOD, ["P-2", "x", date(2025, 9, 1), 7])
    look()
    put(settings, ["P-3", "y", date(2025, 9, 1), 9], sender="jepang")
    assert look()["jepang"][0].status == "loaded"
    assert [r[0] for r in rows(settings.home, SQL)] == ["P-1", "P-2", "P-3"]


@pytest.mark.slow
def test_a_growing_file_waits_until_it_is_whole(settings: Settings, look: Look) -> None:
    path = put(settings, GOOD)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    seen = inbox.waiting(settings)

    def meanwhile(_seconds: float) -> None:
        path.write_bytes(whole)

    assert [f.path for f in seen] == [path]
    assert inbox.whole(seen, meanwhile) == []
    assert look()["dinas"][0].status == "loaded"


@pytest.mark.parametrize(
    "name", [".hidden.xlsx", "~$a.xlsx", "a.xlsx.part", "a.tmp", "a.crdownload"]
)
def test_half_written_names_are_left_alone(settings: Settings, name: str) -> None:
    put(settings, GOOD, name="a.xlsx").rename(settings.home / "inbox" / "dinas" / name)
    assert inbox.waiting(settings) == []


def test_no_link_is_followed_and_no_stranger_is_served(settings: Settings, tmp_path: Path) -> None:
    elsewhere = workbook(tmp_path / "elsewhere.xlsx", [HEADER, GOOD])
    (settings.home / "inbox" / "dinas" / "link.xlsx").symlink_to(elsewhere)
    (settings.home / "inbox" / "asing").mkdir()
    workbook(settings.home / "inbox" / "asing" / "a.xlsx", [HEADER, GOOD])
    os.mkfifo(settings.home / "inbox" / "dinas" / "pipe.xlsx")
    assert inbox.waiting(settings) == []
    assert elsewhere.exists()


@pytest.mark.slow
def test_deletions_wait_for_the_senders_own_word(settings: Settings, look: Look) -> None:
    put(settings, GOOD, ["P-2", "x", date(2025, 9, 1), 7])
    look()
    path = put(settings, GOOD, name="less.xlsx")
    (asks,) = look()["dinas"]
    assert asks.status == "asks"
    assert asks.answer is not None
    summary = openpyxl.load_workbook(asks.answer).worksheets[0]
    assert any("konfirmasi" in str(c.value) for row in summary for c in row)
    assert look() == {}  # asked once
    assert len(rows(settings.home, SQL)) == 2
    path.rename(path.parent / inbox.CONFIRMED / path.name)
    assert look()["dinas"][0].status == "loaded"
    assert [r[0] for r in rows(settings.home, SQL)] == ["P-1"]


@pytest.mark.slow
def test_a_stopped_file_leaves_nothing_in_any_folder(settings: Settings, look: Look) -> None:
    name = "Siti Rahmawati"
    workbook(settings.home / "inbox" / "dinas" / f"{name}.xlsx",
             [[*HEADER, "nama siswa"], [*GOOD, name]])  # fmt: skip
    (found,) = look()["dinas"]
    assert found.status == "stopped"
    for path, raw in everything_under(settings.home).items():
        assert name.encode() not in raw, path
        assert name not in path.name
    (answer,) = outbox(settings, "dinas")
    told = str([c.value for row in openpyxl.load_workbook(answer).worksheets[0] for c in row])
    assert "nama orang" in told
    assert "kolom E" in told


@pytest.mark.slow
def test_what_failed_here_is_tried_again_later(
    settings: Settings, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(settings, GOOD)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("flows.intake.land", full)
        assert look()["dinas"][0].status == "failed"
    assert path.exists()
    assert inbox.waiting(settings) == []
    later = inbox.time.time() + inbox.RETRY_SECONDS + 1
    assert [f.path for f in inbox.waiting(settings, lambda: later)] == [path]


def test_the_message_tells_what_became_of_a_file() -> None:
    found = [FileResult(1, "loaded", "exhibitions", 3, 2, 1), FileResult(2, "refused", "forums")]
    subject, body = inbox.message("dinas", found, "id")
    assert "dinas" in subject
    assert body.splitlines() == [
        "1. exhibitions: diterima (+2, !1)", "2. forums: tidak diterima (+0, !0)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files: [nothing]", "'nothing' is not a contract"),
        ("files: [{contract: exhibitions, locale: xx}]", "locale"),
        ("files: [exhibitions]\nlanguage: de", "language"),
        ("files: 3", "expected a list"),
    ],
)
@pytest.mark.fast
def test_a_wrong_sender_says_where(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.yml").write_text(f"name: {{id: x, en: x, ja: x}}\n{text}\n", encoding="utf-8")
    found = partners.load_all([tmp_path])
    assert "x" not in found.partners
    assert message in found.broken["x"].message
    assert found.broken["x"].where == str(tmp_path / "x.yml")


# --- files that are replaced or linked while they are taken in ---------------------------------


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Do something once, just before a step of ours."""

    def at(step: str, do: Callable[[], Any]) -> None:
        module, name = step.rsplit(".", 1)
        real = getattr(importlib.import_module(module), name)
        left = [do]

        def go(*given: Any, **more: Any) -> Any:
            if left:
                left.pop()()
            return real(*given, **more)

        monkeypatch.setattr(step, go)

    return at


def everything_in(settings: Settings, sender: str = "dinas") -> list[str]:
    folder = settings.home / "inbox" / sender
    return sorted(p.name for p in folder.iterdir() if p.name != inbox.CONFIRMED)


@pytest.mark.slow
def test_a_newer_file_of_the_same_name_is_taken_in_next(
    settings: Settings, look: Look, meanwhile: Callable[..., None], tmp_path: Path
) -> None:
    path = put(settings, GOOD)
    newer = workbook(tmp_path / "newer.xlsx", [HEADER, ["P-2", "x", date(2025, 9, 1), 7], GOOD])
    meanwhile("flows.intake._one", lambda: newer.replace(path))
    assert [r.status for r in look()["dinas"]] == ["loaded"]
    assert everything_in(settings) == ["a.xlsx"]
    assert [r.status for r in look()["dinas"]] == ["loaded"]
    assert [r[0] for r in rows(settings.home, SQL)] == ["P-1", "P-2"]
    assert everything_in(settings) == []


@pytest.mark.slow
def test_a_file_that_is_written_to_while_it_is_read_is_taken_in_again(
    settings: Settings, look: Look, meanwhile: Callable[..., None], tmp_path: Path
) -> None:
    path = put(settings, GOOD)
    newer = workbook(tmp_path / "newer.xlsx", [HEADER, ["P-2", "x", date(2025, 9, 1), 7], GOOD])
    open_file = path.open("r+b")  # the sender's upload keeps the file open

    def write() -> None:
        open_file.write(newer.read_bytes())
        open_file.truncate()
        open_file.close()

    meanwhile("flows.intake._one", write)
    look()
    assert everything_in(settings) == ["a.xlsx"]
    look()
    assert [r[0] for r in rows(settings.home, SQL)] == ["P-1", "P-2"]


def swap(path: Path, elsewhere: Path, kind: str) -> None:
    """Put something else in a file's place; the file itself goes."""
    path.unlink()
    match kind:
        case "symlink":
            path.symlink_to(elsewhere)
        case "hard link":
            path.hardlink_to(elsewhere)
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()


KINDS = ["symlink", "hard link", "pipe", "device", "folder"]


@pytest.mark.parametrize("kind", first_of(*KINDS))
@pytest.mark.parametrize("step", ["os.rename", "tasks.landing.claimed._opened"])
def test_what_takes_a_files_place_is_neither_followed_nor_lost(
    settings: Settings,
    look: Look,
    meanwhile: Callable[..., None],
    tmp_path: Path,
    kind: str,
    step: str,
) -> None:
    """Between the look and the move, and between the move and the opening."""
    elsewhere = workbook(tmp_path / "elsewhere.xlsx", [HEADER, GOOD])
    raw = elsewhere.read_bytes()
    put(settings, ["P-9", "x", date(2025, 9, 1), 7])

    def now() -> None:
        folder = settings.home / "inbox" / "dinas"
        (path,) = [p for p in folder.iterdir() if p.name != inbox.CONFIRMED]
        swap(path, elsewhere, kind)

    meanwhile(step, now)
    assert look() == {}
    assert everything_in(settings) == ["a.xlsx"]
    assert elsewhere.read_bytes() == raw
    assert look() == {}
    assert everything_in(settings) == ["a.xlsx"]


@pytest.mark.slow
def test_a_file_with_a_second_name_waits_until_it_has_one(
    settings: Settings, look: Look, tmp_path: Path
) -> None:
    path = put(settings, GOOD)
    other = tmp_path / "other.xlsx"
    other.hardlink_to(path)
    assert look() == {}
    assert path.exists()
    other.unlink()
    assert look()["dinas"][0].status == "loaded"


@pytest.mark.parametrize("inner", [False, True])
def test_no_folder_is_entered_through_a_link(
    settings: Settings, look: Look, tmp_path: Path, *, inner: bool
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = workbook(elsewhere / "a.xlsx", [HEADER, GOOD])
    folder = settings.home / "inbox" / "dinas"
    (folder / inbox.CONFIRMED).rmdir()
    if inner:
        (folder / inbox.CONFIRMED).symlink_to(elsewhere)
    else:
        folder.rmdir()
        folder.symlink_to(elsewhere)
    assert look() == {}
    assert kept.exists()
    (folder / inbox.CONFIRMED).unlink() if inner else folder.unlink()


@pytest.mark.slow
def test_something_else_named_konfirmasi_stops_nobody(settings: Settings, look: Look) -> None:
    folder = settings.home / "inbox" / "jepang" / inbox.CONFIRMED
    folder.rmdir()
    folder.write_text("x")
    put(settings, GOOD)
    assert look()["dinas"][0].status == "loaded"


@pytest.mark.slow
def test_what_a_killed_process_left_aside_is_taken_in(
    settings: Settings, look: Look, tmp_path: Path
) -> None:
    path = put(settings, GOOD)
    path.rename(path.with_name(".taken-0123abcd-a.xlsx"))
    path.with_name(".taken-0123abce-b.xlsx").symlink_to(tmp_path / "nowhere")
    assert look()["dinas"][0].status == "loaded"
    assert everything_in(settings) == ["b.xlsx"]


@pytest.mark.slow
def test_no_file_is_lost_when_a_run_fails(
    settings: Settings, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, GOOD)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(inbox, "take_in_from", fail)
        with pytest.raises(RuntimeError):
            look()
    assert everything_in(settings) == ["a.xlsx"]
    assert look()["dinas"][0].status == "loaded"


@pytest.mark.fast
def test_a_claim_is_for_one_process(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 240 + ".csv")
    path.write_text("a")
    known = claimed.identity(path.stat())
    with claimed.opened_folder(tmp_path) as folder:
        assert folder is not None
        with claimed.claimed(folder, path.name, known) as first:
            assert first is not None
            assert not path.exists()
            with claimed.claimed(folder, path.name, known) as second:
                assert second is None
            claimed.put_back_forgotten(folder)
            assert not path.exists()
            path.write_text("newer")
        assert path.read_text() == "newer"
        assert sorted(p.read_text() for p in tmp_path.iterdir()) == ["a", "newer"]


def test_a_damaged_memory_of_what_was_asked_stops_nobody(settings: Settings) -> None:
    memory = settings.state / "inbox.json"
    memory.write_text("{oops", encoding="utf-8")
    assert inbox._asked(settings) == {}
    assert memory.with_name("inbox.json.damaged").read_text(encoding="utf-8") == "{oops"
