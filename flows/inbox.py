"""Folders for people without a shell: `inbox/<sender>/` in, `outbox/<sender>/` out.

A file is taken in once it has stopped growing, answered in its sender's language and removed
from the inbox: its bytes are in landing, or must not be kept. One that would withdraw rows stays
and waits until its sender moves it into `konfirmasi/`; one that failed here is tried again.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config import partner as partners
from config.settings import Settings
from flows.intake import FileResult, take_in
from tasks.check.gate import Gate
from warehouse.files import write_whole

CONFIRMED = "konfirmasi"
SETTLE_SECONDS = 2.0
RETRY_SECONDS = 600.0
HALF_WRITTEN = re.compile(r"^[.~]|\.(tmp|part|partial|crdownload|filepart)$", re.IGNORECASE)


@dataclass(frozen=True)
class Waiting:
    """A file in a sender's folder."""

    sender: str
    path: Path
    confirmed: bool
    size: int
    changed: float

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def make_folders(settings: Settings) -> dict[str, partners.Partner]:
    """Create the folders of every declared sender; returns the senders."""
    known = partners.load_all(settings.partners_paths).partners
    for code in known:
        (settings.home / "inbox" / code / CONFIRMED).mkdir(parents=True, exist_ok=True)
        (settings.home / "outbox" / code).mkdir(parents=True, exist_ok=True)
    return known


def waiting(settings: Settings, now: Callable[[], float] = time.time) -> list[Waiting]:
    """Files that are to be taken in now: of declared senders, regular, not answered before."""
    asked = _asked(settings)
    found = []
    for sender in partners.load_all(settings.partners_paths).partners:
        folder = settings.home / "inbox" / sender
        for confirmed, place in ((False, folder), (True, folder / CONFIRMED)):
            for path in sorted(place.iterdir()) if place.is_dir() else ():
                file = _file(sender, path, confirmed=confirmed)
                if file is None:
                    continue
                known = asked.get(file.sha256, {})
                again_at = known.get("at", 0.0) + RETRY_SECONDS
                is_left = known.get("status") == "asks" and not confirmed
                if not is_left and (known.get("status") != "failed" or again_at <= now()):
                    found.append(file)
    return found


def _file(sender: str, path: Path, *, confirmed: bool) -> Waiting | None:
    """A regular file; never through a link, which could lead anywhere (X05)."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode) or HALF_WRITTEN.search(path.name) or not found.st_size:
        return None
    return Waiting(sender, path, confirmed, found.st_size, found.st_mtime)


def whole(files: Iterable[Waiting], sleep: Callable[[float], None] = time.sleep) -> list[Waiting]:
    """Those that no longer grow (S19)."""
    files = list(files)
    if files:
        sleep(SETTLE_SECONDS)
    return [f for f in files if _file(f.sender, f.path, confirmed=f.confirmed) == f]


def take_in_folders(settings: Settings, gate: Gate | None = None) -> dict[str, list[FileResult]]:
    """Take in the waiting files, sender by sender, with one gate for all; results by sender."""
    make_folders(settings)
    ready = whole(waiting(settings))
    if gate is None:
        with closing(Gate()) as own:
            return _take_in(settings, ready, own)
    return _take_in(settings, ready, gate)


def _take_in(settings: Settings, ready: list[Waiting], gate: Gate) -> dict[str, list[FileResult]]:
    results: dict[str, list[FileResult]] = {}
    for sender, confirmed in sorted({(f.sender, f.confirmed) for f in ready}):
        files = [f for f in ready if (f.sender, f.confirmed) == (sender, confirmed)]
        shas = [f.sha256 for f in files]
        found, _ = take_in(
            settings,
            [f.path for f in files],
            sender=sender,
            confirm_deletions=confirmed,
            answers=settings.home / "outbox" / sender,
            gate=gate,
        )
        for file, sha, result in zip(files, shas, found, strict=True):
            if result.status in ("asks", "failed"):
                _remember(settings, sha, result.status)
            else:
                file.path.unlink(missing_ok=True)
        results.setdefault(sender, []).extend(found)
    return results


def _asked(settings: Settings) -> dict[str, dict[str, Any]]:
    path = settings.state / "inbox.json"
    if not path.exists():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _remember(settings: Settings, sha256: str, status: str) -> None:
    known = {**_asked(settings), sha256: {"status": status, "at": time.time()}}
    write_whole(settings.state / "inbox.json", json.dumps(known, indent=1))


def broken_senders(settings: Settings) -> list[dict[str, Any]]:
    """Senders whose declarations are broken, each with its error."""
    found = partners.load_all(settings.partners_paths).broken
    return [{"source": code, **error.as_dict()} for code, error in found.items()]


def as_dict(
    results: Mapping[str, list[FileResult]], broken: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """JSON-able: what became of each sender's files, and which senders' declarations are broken."""
    return {
        "senders": {sender: [asdict(r) for r in found] for sender, found in results.items()},
        "broken": list(broken),
    }


def message(sender: str, found: Iterable[FileResult], language: str) -> tuple[str, str]:
    """Subject and body of a notification: the result of each file, and none of its cells."""
    from tasks.answers.words import STATUSES, phrase

    lines = []
    for result in found:
        status = phrase(STATUSES, result.status, language)
        lines.append(
            f"{result.file}. {result.contract}: {status} (+{result.loaded}, !{result.refused})"
        )
        lines += [f"   {text}" for text in result.said]
    return f"Penataran: {sender}", "\n".join(lines)
