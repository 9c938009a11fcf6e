"""Erasure: some bytes and everything read from them leave the home, as the law demands.

A marker in landing comes first and says whether the erasure is finished. What a killed one left is
finished by the next command that publishes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from flows import leftovers
from schemas.catalogue import TABLES
from schemas.derive import stored
from schemas.errors import BusyError, ConfigurationError
from schemas.model import Table
from schemas.sql import literal
from tasks.failpoints import failpoint
from tasks.home import open_warehouse
from tasks.landing.land import erased_path, held_path, raw_path, replaced_path
from tasks.load.record import closing_row, record_operations
from tasks.session import Session
from warehouse import rewrites
from warehouse.base import rows_of
from warehouse.engine import connect
from warehouse.files import read_json, write_whole
from warehouse.lake import NEXT, Lake

SHA_LENGTH = 64
HASH = "raw_sha256"

if TYPE_CHECKING:
    import duckdb


@dataclass
class Erased:
    """What an erasure removed."""

    sha256: str
    versions: int = 0
    refused_rows: int = 0
    raw: bool = False
    prefect_rows: int = 0

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def begin(session: Session, sha256: str, reason: str) -> None:
    """Write the marker: from here on these bytes are not taken in or read again."""
    landing = session.settings.landing
    marker = erased_path(landing, sha256)
    if not any(landing.glob(f"{sha256[:2]}/{sha256}.*.json")) and not marker.exists():
        raise ConfigurationError(
            "no_such_bytes",
            f"nothing landed with SHA-256 {sha256}",
            hint="penataran trace names the raw_sha256 of a figure",
        )
    _mark(marker, reason)


def finish(session: Session, sha256: str) -> None:
    """Say that nothing of the bytes is left where readers look."""
    marker = erased_path(session.settings.landing, sha256)
    write_whole(marker, json.dumps({**read_json(marker), "finished": True}))


def unfinished(session: Session) -> dict[str, str]:
    """Reason by SHA-256 of the erasures that have begun and not ended. Markers of versions that
    did not say so are of finished ones."""
    restore_markers(session.settings.landing, _recorded(session))
    markers = sorted((session.settings.landing / "erased").glob("*"))
    found = {m.name: read_json(m) for m in markers if len(m.name) == SHA_LENGTH}
    return {sha: str(m["reason"]) for sha, m in found.items() if m.get("finished") is False}


def restore_markers(landing: Path, recorded: Iterable[Mapping[str, Any]]) -> None:
    """Write the markers that landing lacks of erasures on record, rows of `ops_erasure`: landing
    was put back from before them, with their bytes. So they are done again."""
    for row in recorded:
        marker = erased_path(landing, str(row["erased_sha256"]))
        if not marker.exists() or not marker.stat().st_size:
            _mark(marker, str(row["reason"]))


def _recorded(session: Session) -> list[dict[str, str]]:
    """The erasures that the lake has on record."""
    if not session.lake.files(TABLES["ops_erasure"]):
        return []
    with session.connection() as con:
        session.lake.view(con, TABLES["ops_erasure"], "erasures")
        found = con.execute("SELECT erased_sha256, reason FROM erasures").fetchall()
    return [{"erased_sha256": sha, "reason": reason} for sha, reason in found]


def _mark(marker: Path, reason: str) -> None:
    moment = datetime.now(UTC).isoformat()
    write_whole(marker, json.dumps({"erased_at": moment, "reason": reason, "finished": False}))


def resume(session: Session) -> list[str]:
    """Take out of the record what killed erasures left there; returns their hashes. While other
    runs are under way nothing is done: the last of them, or the next run, does it."""
    left = unfinished(session)
    with suppress(BusyError):
        for sha256, reason in left.items():
            erase_record(session, sha256, reason)
        return sorted(left)
    return []


def erase_record(session: Session, sha256: str, reason: str) -> Erased:
    """Remove the bytes from landing and what was read from them from the lake. Repeatable. Raises
    BusyError while other runs are under way."""
    landing, home = session.settings.landing, session.settings.home
    with session.ledger.leases.exclusive(session.run_id) as lease:

        def held() -> None:
            session.ledger.require(lease)

        done = Erased(sha256, raw=held_path(landing, sha256).exists())
        for path in (held_path(landing, sha256), raw_path(landing, sha256)):
            path.unlink(missing_ok=True)
        for receipt in landing.glob(f"{sha256[:2]}/{sha256}.*.json"):
            receipt.unlink()
        failpoint("raw_erased")
        with session.connection() as con:
            done.versions, done.refused_rows = erase_rows(session.lake, landing, con, sha256, held)
        held()
        for lake in (*old_lakes(home), home / NEXT):
            shutil.rmtree(lake, ignore_errors=True)
        for path in (*answers_of(home, sha256), *leftovers.partial_files(home)):
            path.unlink(missing_ok=True)
        replaced_path(landing, sha256).unlink(missing_ok=True)
        done.prefect_rows = leftovers.forget_rows(home, sha256)
        _record(session, done, reason)
        session.ledger.forget(sha256)
    return done


def erase_rows(
    lake: Lake,
    landing: Path,
    con: duckdb.DuckDBPyConnection,
    sha256: str,
    held: Callable[[], None],
) -> tuple[int, int]:
    """Remove from a lake what was read from the bytes, and from landing's copies of its loads what
    quotes them. Returns how many versions of figures and how many refused rows."""
    versions = refused = 0
    loads = _forget_checks(lake, landing, con, sha256)
    for table in TABLES.values():
        condition = _derived_from(table, sha256, loads)
        held()
        count = rewrites.erase(lake, con, table, condition, held=held) if condition else 0
        failpoint("table_erased")
        if table.has_vintages:
            versions += count
        elif table.name == "ops_quarantine":
            refused += count
    return versions, refused


# --- the proof --------------------------------------------------------------------------------


def remains(settings: Settings, sha256: str, spill: Path) -> list[str]:
    """Where the home still holds the bytes or rows that were read from them; empty after an
    erasure that is finished. `spill` is a folder for temporary files."""
    home, found = settings.home, []
    marker = erased_path(settings.landing, sha256)
    if not marker.exists() or read_json(marker).get("finished") is False:
        found.append(f"{marker.relative_to(home)}: not finished")
    with closing(connect(spill)) as con:
        for path in sorted(p for p in home.rglob("*") if p.is_file() and p != marker):
            if sha256 in path.name:
                found.append(str(path.relative_to(home)))
            elif path.suffix == ".parquet" and "_delta_log" not in path.parts:
                if _rows_in_parquet(con, path, sha256):
                    found.append(str(path.relative_to(home)))
            elif path.suffix == ".duckdb":
                tables = _tables_in_duckdb(con, path, sha256)
                found += [f"{path.relative_to(home)}: {table}" for table in tables]
    named = (*answers_of(home, sha256), *leftovers.files_that_name(home, sha256))
    found += sorted({str(path.relative_to(home)) for path in named} - set(found))
    found += leftovers.rows_that_name(home, sha256)
    return [*found, *_tables_of_server(settings, sha256)]


def _rows_in_parquet(con: duckdb.DuckDBPyConnection, path: Path, sha256: str) -> bool:
    scan = f"read_parquet({literal(path)}, hive_partitioning=false)"
    columns = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
    if HASH not in columns:
        return False
    where = f"{HASH} = {literal(sha256)}"
    return bool(con.execute(f"SELECT 1 FROM {scan} WHERE {where} LIMIT 1").fetchall())


def _tables_in_duckdb(con: duckdb.DuckDBPyConnection, path: Path, sha256: str) -> list[str]:
    con.execute(f"ATTACH {literal(path)} AS looked (READ_ONLY)")
    try:
        tables = con.execute(
            "SELECT table_name FROM duckdb_columns() WHERE database_name = 'looked' "
            f"AND column_name = {literal(HASH)} AND table_name IN "
            "(SELECT table_name FROM duckdb_tables() WHERE database_name = 'looked') ORDER BY 1"
        ).fetchall()
        where = f"{HASH} = {literal(sha256)}"
        return [
            name for (name,) in tables
            if con.execute(f"SELECT 1 FROM looked.{name} WHERE {where} LIMIT 1").fetchall()
        ]  # fmt: skip
    finally:
        con.execute("DETACH looked")


def _tables_of_server(settings: Settings, sha256: str) -> list[str]:
    if not settings.postgres:
        return []
    warehouse = open_warehouse(settings)
    try:
        return [
            f"PostgreSQL: {name}"
            for name, fields in map(stored, TABLES.values())
            if HASH in {f.name for f in fields}
            and rows_of(warehouse, f"SELECT {HASH} FROM {name} WHERE {HASH} = {literal(sha256)} "
                        "LIMIT 1")
        ]  # fmt: skip
    finally:
        warehouse.close()


def old_lakes(home: Path) -> list[Path]:
    """Folders that rebuilds and restores set aside."""
    return sorted([*home.glob("lake.before-*"), *home.glob("landing.before-*")])


def answers_of(home: Path, sha256: str) -> list[Path]:
    """Answers to a file, which hold copies of its cells."""
    found = []
    for folder in ("reports/answers", "outbox/*"):
        found += list(home.glob(f"{folder}/*-{sha256[:12]}[-.]*"))
    return found


def _derived_from(table: Table, sha256: str, loads: Sequence[int]) -> str:
    """SQL condition of a table's rows that hold something of the bytes; empty if none can."""
    if "raw_sha256" in {f.name for f in table.lake_fields()}:
        return f"raw_sha256 = {literal(sha256)}"
    if table.name == "ops_check" and loads:  # details of checks may quote values
        return f"load_seq IN ({', '.join(str(n) for n in loads)})"
    return ""


def _forget_checks(lake: Lake, landing: Path, con: Any, sha256: str) -> list[int]:
    """Loads that read the bytes; landing's copies of them lose checks and receipts."""
    lake.view(con, TABLES["ops_load"], "loads_by_bytes")
    rows = con.execute(
        f"SELECT load_seq FROM loads_by_bytes WHERE contains(raw_sha256s, {literal(sha256)})"
    ).fetchall()
    numbers = sorted(int(n) for (n,) in rows)
    for number in numbers:
        path = landing / "loads" / f"{number:010d}.json"
        if path.exists():
            copy = read_json(path)
            copy.pop("ops_check", None)
            copy["ops_raw"] = [r for r in copy.get("ops_raw", []) if r["raw_sha256"] != sha256]
            write_whole(path, json.dumps(copy, ensure_ascii=False, sort_keys=True))
    return numbers


def _record(session: Session, done: Erased, reason: str) -> None:
    number, moment = session.ledger.next_load(session.run_id, "", "erasure")
    application = f"run/{session.run_id}"
    erasure = {
        "erased_sha256": done.sha256,
        "load_seq": number,
        "run_id": session.run_id,
        "reason": reason,
        "versions": done.versions,
        "refused_rows": done.refused_rows,
        "recorded_at": moment,
    }
    load = closing_row(number, session.run_id, "erasure", "ops_erasure", moment)
    record_operations(session.lake, application, {"ops_erasure": [erasure]}, load)
