"""A home as a backup has it: into an empty folder, or in place of what is damaged.

Every byte is compared with the backup before anything of the home is changed. What was erased after
the backup stays erased. Readers have the old warehouse until the new one is whole.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.settings import PROFILES, Settings
from flows import erasure
from flows.backup import refuse_place
from flows.rebuild import rebuild_warehouse
from flows.run import publish
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError, PenataranError, StorageError
from tasks.failpoints import failpoint
from tasks.home import HOME_FORMAT, RECORD_FACT
from tasks.landing.land import erased_path
from tasks.restored import COMPLETE, PARTS, READY, finish_restore
from tasks.session import Session
from warehouse.backups import Backup
from warehouse.base import rows_of
from warehouse.engine import connect
from warehouse.files import read_json, sync, write_whole
from warehouse.lake import MARK, Lake

SHOWN = 5


@dataclass
class RestoredHome:
    """What a restore did. `lost` are loads that the home had and the backup lacks, `erased` are
    bytes of the backup that were not restored, `aside` is where the old folders are."""

    backup: str = ""
    made_at: str = ""
    files_restored: int = 0
    loads: int = 0
    lost: list[str] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    warehouse: str = ""

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def restore(settings: Settings, folder: Path, *, older: bool = False) -> RestoredHome:
    """Make the home what the backup has. With `older` loads that the backup lacks are given up."""
    found = Backup.read(folder)
    refuse_place(settings.home, folder)
    settings = _prepared(settings, found)
    done = RestoredHome(str(folder), found.made_at, loads=len(found.loads))
    with Session(settings, accepts_older=True, remakes_lake=True) as session:
        with session.ledger.leases.exclusive(session.run_id) as lease:

            def held() -> None:
                session.ledger.require(lease)

            _refuse_other(session, found)
            done.lost = _newer(session, found)
            if done.lost and not older:
                raise _home_is_newer(done.lost)
            try:
                _make_ready(session, found, done, held)
            except OSError:
                held()  # another command has removed what was copied
                raise
            failpoint("restore_ready")
            held()
            done.aside = finish_restore(settings.home, session.ledger, held)
            session.lake.reopen()
            session.adopt_lake()
        rebuild_warehouse(session)
        done.warehouse = publish(session)["warehouse"]
    return done


# --- may it be restored here? -----------------------------------------------------------------


def _prepared(settings: Settings, found: Backup) -> Settings:
    """Settings with the profile of the backup. Marks and a ledger that cannot be read make way: the
    backup has them."""
    if found.home_format > HOME_FORMAT:
        raise ConfigurationError(
            "newer_home",
            f"the backup has a home of format {found.home_format}, this version knows "
            f"{HOME_FORMAT}",
            hint="use the newer version of penataran; nothing was changed",
        )
    home = settings.home
    profile = _text(home / "PROFILE")
    if profile in PROFILES and profile != found.profile:
        raise ConfigurationError(
            "other_profile",
            f"{home} belongs to profile {profile}, the backup to {found.profile}",
            hint="restore it into another PENATARAN_HOME",
        )
    if profile is not None and profile not in PROFILES:
        (home / "PROFILE").unlink()
    form = _text(home / "FORMAT")
    if form is not None and not (form.isascii() and form.isdecimal()):
        (home / "FORMAT").unlink()
    if not settings.postgres:
        _set_damaged_ledger_aside(settings.state / "ledger.sqlite")
    return replace(settings, profile=found.profile)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace").strip() if path.exists() else None


def _set_damaged_ledger_aside(path: Path) -> None:
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as connection:
            is_whole = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError:  # busy, or unreadable: opening it says why
        return
    except sqlite3.DatabaseError:
        is_whole = False
    if not is_whole:
        for part in (path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))):
            if part.exists():
                part.replace(part.with_name(f"{part.name}.damaged"))


def _refuse_other(session: Session, found: Backup) -> None:
    home = session.settings.home
    marks = {"ledger": session.ledger.fact(RECORD_FACT)}
    for name in PARTS:
        with suppress(StorageError):  # a damaged mark says nothing
            marks[name] = read_json(home / name / MARK).get("record")
    for name, record in marks.items():
        if record and record != found.record:
            raise ConfigurationError(
                "other_record",
                f"the {name} of {home} belongs to another record than the backup",
                where=str(home),
                hint="restore it into an empty PENATARAN_HOME, with a database of its own",
            )


def _newer(session: Session, found: Backup) -> list[str]:
    """Loads that this home has, in whatever part of it can be read, and the backup lacks."""
    known: dict[tuple[int, str], str] = {}
    for loads in (_in_lake, _in_landing, _in_warehouse):
        with suppress(PenataranError, OSError):
            for number, run, name in loads(session):
                known[number, run] = f"{number} {name}"
    return [known[load] for load in sorted(set(known) - found.loads)]


def _in_lake(session: Session) -> Iterator[tuple[int, str, str]]:
    if session.lake.exists:
        with session.connection() as con:
            version = session.lake.version(TABLES["ops_load"])
            for number, run, source, slice_ in session.lake.loads_at(con, version):
                yield number, run, f"{source}/{slice_}"


def _in_landing(session: Session) -> Iterator[tuple[int, str, str]]:
    for path in sorted((session.settings.landing / "loads").glob("*.json")):
        with suppress(StorageError):
            for row in read_json(path).get("ops_load", ()):
                yield int(row["load_seq"]), str(row["run_id"]), f"{row['source']}/{row['slice']}"


def _in_warehouse(session: Session) -> Iterator[tuple[int, str, str]]:
    sql = "SELECT load_seq, run_id, source, slice FROM ops_load"
    for row in rows_of(session.warehouse, sql):
        yield int(row["load_seq"]), str(row["run_id"]), f"{row['source']}/{row['slice']}"


def _home_is_newer(lost: list[str]) -> ConfigurationError:
    more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
    return ConfigurationError(
        "home_newer",
        f"the home has loads that the backup lacks: {', '.join(lost[:SHOWN])}{more}",
        hint="make a backup first, or give them up on purpose with --older",
    )


# --- making it ready --------------------------------------------------------------------------


def _make_ready(
    session: Session, found: Backup, done: RestoredHome, held: Callable[[], None]
) -> None:
    """Copy the backup beside the home, byte by byte compared, without what was erased since."""
    ready = session.settings.home / READY
    erased = _erased_since(session, found)
    left_out = _left_out(found, erased)  # FORMAT and PROFILE: the session has claimed them
    (ready / "landing").mkdir(mode=0o700, parents=True)
    for name in found.files:
        held()
        if not left_out(name):
            found.copy(name, ready / name)
            done.files_restored += 1
            failpoint("restore_file")
    for sha256, marker in erased.items():
        write_whole(
            erased_path(ready / "landing", sha256), json.dumps({**marker, "finished": False})
        )
    lake = Lake(ready / "lake", ready / "landing" / "erased")
    with closing(connect(session.temp / "duckdb")) as con:
        for sha256 in erased:
            erasure.erase_rows(lake, ready / "landing", con, sha256, held)
    # The warehouse of another making of the lake is made again, whoever finishes this.
    lake.set_identity(found.record, uuid.uuid4().hex)
    done.erased = sorted(erased)
    write_whole(ready / COMPLETE, json.dumps({"backup": str(found.folder)}))
    sync(session.settings.home)


def _erased_since(session: Session, found: Backup) -> Mapping[str, dict[str, Any]]:
    """Markers of erasures that the backup does not know, or does not know as finished."""
    markers: dict[str, dict[str, Any]] = {}
    with suppress(PenataranError):
        sql = "SELECT erased_sha256, reason, recorded_at FROM ops_erasure"
        for row in rows_of(session.warehouse, sql):
            at = row["recorded_at"].astimezone(UTC).isoformat()
            markers[row["erased_sha256"]] = {"erased_at": at, "reason": row["reason"]}
    for path in sorted((session.settings.landing / "erased").glob("*")):
        if len(path.name) == erasure.SHA_LENGTH:
            try:
                markers[path.name] = read_json(path)
            except StorageError:  # that it is there says enough
                now = datetime.now(UTC).isoformat()
                markers[path.name] = {"erased_at": now, "reason": ""}
    return {sha: m for sha, m in markers.items() if not _knows(found, sha)}


def _knows(found: Backup, sha256: str) -> bool:
    name = f"landing/erased/{sha256}"
    return name in found.files and read_json(found.path(name)).get("finished") is not False


def _left_out(found: Backup, erased: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether a file of the backup stays there: erased bytes, their receipts, what the home has."""
    gone = set(erased)
    for sha256 in erased:
        name = f"landing/replaced/{sha256}"
        if name in found.files:
            gone.add(str(read_json(found.path(name))["sha256"]))

    def holds(name: str) -> bool:
        parts = Path(name).parts
        if name in ("FORMAT", "PROFILE"):
            return True
        return len(parts) == 3 and parts[0] == "landing" and parts[2].split(".")[0] in gone

    return holds
