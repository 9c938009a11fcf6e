"""Folders for people without a shell: `inbox/<sender>/` in, `outbox/<sender>/` out.

A file is taken in once it has stopped growing, answered in its sender's language and removed
from the inbox: its bytes are in landing, or must not be kept. It is moved aside before it is
read, so that one that was replaced meanwhile is taken in later. One that would withdraw rows
stays and waits until its sender moves it into `konfirmasi/`; one that failed here is tried again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config import partner as partners
from config.settings import Settings
from flows.intake import FileResult, load_lists, take_in_from
from flows.run import close_run, exit_code, finish
from schemas.errors import BusyError, StorageError
from tasks.check.gate import Gate
from tasks.landing.claimed import (
    ClaimedFile,
    claimed,
    identity,
    is_plain,
    names_in,
    opened_folder,
    put_back_forgotten,
)
from tasks.outcome import Outcome
from tasks.session import Session
from warehouse.files import read_json, write_whole
from warehouse.modes import open_as_folder

CONFIRMED = "konfirmasi"
SETTLE_SECONDS = 2.0
RETRY_SECONDS = 600.0
MOST_TWINS = 100  # files with the same bytes that are remembered
MOST_AT_ONCE = 100  # files that are open at a time
HALF_WRITTEN = re.compile(r"^[.~]|\.(tmp|part|partial|crdownload|filepart)$", re.IGNORECASE)


@dataclass(frozen=True)
class Waiting:
    """A file in a sender's folder."""

    sender: str
    path: Path
    confirmed: bool
    identity: str


def make_folders(settings: Settings) -> dict[str, partners.Partner]:
    """Create the folders of every declared sender; returns the senders."""
    known = partners.load_all(settings.partners_paths).partners
    for code in known:
        folder = settings.home / "inbox" / code
        folder.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # a sender put something else there
            (folder / CONFIRMED).mkdir(exist_ok=True)
        (settings.home / "outbox" / code).mkdir(parents=True, exist_ok=True)
    return known


def waiting(settings: Settings, now: Callable[[], float] = time.time) -> list[Waiting]:
    """Files that are to be taken in now: of declared senders, regular, not answered before.
    None of them is read."""
    asked = {name: known for known in _asked(settings).values() for name in known.get("files", ())}
    found = []
    for sender in partners.load_all(settings.partners_paths).partners:
        for confirmed in (False, True):
            place = _place(settings, sender, confirmed=confirmed)
            with _opened(settings, sender, confirmed=confirmed) as folder:
                names = [] if folder is None else sorted(names_in(folder))
            for name in names:
                file = _file(sender, place / name, confirmed=confirmed)
                if file is None:
                    continue
                if _is_due(asked.get(file.identity, {}), now(), confirmed=confirmed):
                    found.append(file)
    return found


def _place(settings: Settings, sender: str, *, confirmed: bool) -> Path:
    folder = settings.home / "inbox" / sender
    return folder / CONFIRMED if confirmed else folder


@contextmanager
def _opened(settings: Settings, sender: str, *, confirmed: bool) -> Iterator[int | None]:
    inner = [CONFIRMED] if confirmed else []
    with opened_folder(settings.home / "inbox" / sender, *inner) as folder:
        yield folder


def _is_due(known: Mapping[str, Any], now: float, *, confirmed: bool) -> bool:
    """Whether a file of which something is known is taken in again."""
    if known.get("status") == "asks":
        return confirmed
    return known.get("status") != "failed" or known.get("at", 0.0) + RETRY_SECONDS <= now


def _file(sender: str, path: Path, *, confirmed: bool) -> Waiting | None:
    """A regular file with one name; never through a link, which could lead anywhere (X05)."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not is_plain(found) or HALF_WRITTEN.search(path.name) or not found.st_size:
        return None
    return Waiting(sender, path, confirmed, identity(found))


def whole(files: Iterable[Waiting], sleep: Callable[[float], None] = time.sleep) -> list[Waiting]:
    """Those that no longer grow (S19)."""
    files = list(files)
    if files:
        sleep(SETTLE_SECONDS)
    return [f for f in files if _file(f.sender, f.path, confirmed=f.confirmed) == f]


def take_in_folders(
    settings: Settings, gate: Gate | None = None, *, publishes: bool = True
) -> dict[str, list[FileResult]]:
    """Take in the waiting files, sender by sender, and publish once; results by sender."""
    for sender in make_folders(settings):
        for confirmed in (False, True):
            with _opened(settings, sender, confirmed=confirmed) as folder:
                if folder is not None:
                    put_back_forgotten(folder)
    ready = whole(waiting(settings))
    results: dict[str, list[FileResult]] = {}
    if not ready:
        _clear_up(settings)
        return results
    with Session(settings, gate=gate or Gate(), owns_gate=gate is None) as session:
        outcomes = load_lists(session)
        try:
            for files in _groups(ready):
                outcomes += _take_in(session, files, results)
        finally:  # what senders before it sent is shown, though a later one fails here
            if publishes:
                finish(session, outcomes, ())
            else:
                close_run(session, outcomes, exit_code(outcomes, published=True))
    return results


def _clear_up(settings: Settings) -> None:
    """Remove what killed commands left, copies of files that were taken in among them; otherwise
    their next run does, and here there may be none for long."""
    temp = settings.state / "tmp"
    if temp.is_dir() and any(temp.iterdir()):
        with suppress(BusyError), Session(settings):
            pass


def _groups(ready: Sequence[Waiting]) -> Iterator[list[Waiting]]:
    """Files of one folder, so many as may be open at a time."""
    for place in sorted({(f.sender, f.confirmed) for f in ready}):
        files = [f for f in ready if (f.sender, f.confirmed) == place]
        for begin in range(0, len(files), MOST_AT_ONCE):
            yield files[begin : begin + MOST_AT_ONCE]


def _take_in(
    session: Session, files: Sequence[Waiting], results: dict[str, list[FileResult]]
) -> list[Outcome]:
    """Take in files of one folder, moved aside before they are read."""
    sender, confirmed = files[0].sender, files[0].confirmed
    with ExitStack() as stack:
        folder = stack.enter_context(_opened(session.settings, sender, confirmed=confirmed))
        if folder is None:
            return []
        claims = [stack.enter_context(claimed(folder, f.path.name, f.identity)) for f in files]
        due = _due(session.settings, claims, confirmed=confirmed)
        session.accept_deletions = confirmed
        found, loads = take_in_from(
            session,
            [claim.path for claim, _ in due],
            sender,
            session.settings.home / "outbox" / sender,
            first=len(results.get(sender, ())) + 1,
        )
        for (claim, sha), result in zip(due, found, strict=True):
            if result.answer:
                open_as_folder(Path(result.answer))
            if result.status in ("asks", "failed"):
                _remember(session.settings, sha, claim, result.status, time.time())
            else:
                claim.is_done = True
    if found:
        results.setdefault(sender, []).extend(found)
    return loads


def _due(
    settings: Settings, claims: Sequence[ClaimedFile | None], *, confirmed: bool
) -> list[tuple[ClaimedFile, str]]:
    """Those that are to be read, with their hash: not a file whose bytes were answered before."""
    due: list[tuple[ClaimedFile, str]] = []
    for claim in filter(None, claims):
        sha = claim.sha256()
        known = _asked(settings).get(sha, {})
        if _is_due(known, time.time(), confirmed=confirmed):
            due.append((claim, sha))
        else:  # the same file as another one
            _remember(settings, sha, claim, known["status"], known["at"])
    return due


def _asked(settings: Settings) -> dict[str, dict[str, Any]]:
    path = settings.state / "inbox.json"
    if not path.exists():
        return {}
    try:
        return read_json(path)
    except StorageError:  # what was asked is asked again
        path.replace(path.with_name(f"{path.name}.damaged"))
        return {}


def _remember(settings: Settings, sha256: str, claim: ClaimedFile, status: str, at: float) -> None:
    known = _asked(settings)
    files = [f for f in known.get(sha256, {}).get("files", []) if f != claim.expected]
    entry = {"status": status, "at": at, "files": [*files, claim.expected][-MOST_TWINS:]}
    known[sha256] = entry
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
        name = f"{result.file}. {result.contract or '-'}"
        lines.append(f"{name}: {status} (+{result.loaded}, !{result.refused})")
        lines += [f"   {text}" for text in result.said]
    return f"Penataran: {sender}", "\n".join(lines)
