"""A home folder: its format and profile, the databases in it, and the sources it declares."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from config import contract as contracts
from config import declarations
from config import partner as partners
from config import region as regions
from config import score as scores
from config.declarations import Declared
from config.settings import PROFILES, Settings
from schemas.errors import ConfigurationError, StorageError
from tasks.landing.manifest import copies_in
from warehouse.base import Warehouse
from warehouse.duck import DuckWarehouse
from warehouse.files import damaged, read_json, write_whole
from warehouse.lake import COMPLETE, MARK, NEXT, Identity, Lake
from warehouse.ledger import Ledger
from warehouse.limits import held_folder, sweep_folders
from warehouse.log import FROM_BACKUP
from warehouse.modes import file_mode, make_folders
from warehouse.rewrites import widen

if TYPE_CHECKING:
    import duckdb

PROFILE_FACT = "profile"
RECORD_FACT = "record"
LOADS_FACT = "loads"
IN_STATE = ("state/sandbox-edition",)  # small facts that a restored home needs
YOUNG_SECONDS = 1.0
HOME_FORMAT = 2  # 2: lake files named by content, manifests, leases with their process


def declared_sources(settings: Settings) -> Declared:
    """Every source of the installation: what is asked, and what arrives as files; and what is
    wrong with the declarations of the others, senders among them."""
    found = declarations.load_all(settings.sources_paths)
    region = regions.load(settings.region)
    senders = partners.load_all(settings.partners_paths)
    files = contracts.sources(region) | partners.sources(senders.partners, region)
    others = {code: s for code, s in files.items() if code not in found.sources}
    return Declared({**found.sources, **others}, {**senders.broken, **found.broken})


def make_home(settings: Settings) -> None:
    """Make the folders that the home lacks, for their owner alone or for readers too."""
    make_folders(settings.home, settings.folders, settings.readers)


def sweep(folder: Path, alive: set[str]) -> None:
    """Remove what killed runs, queries and traces left in the temporary folder."""
    sweep_folders(folder, keep=alive.__contains__)


def partial_files(settings: Settings) -> list[Path]:
    """Unfinished files in the folders of a home's small files, but for those of the record."""
    home, state = settings.home, settings.state
    folders = (home, state, state / "codes", home / "reports", settings.landing, settings.lake)
    return [path for folder in folders for path in folder.glob("*.tmp")]


def remove_partial(paths: Iterable[Path]) -> None:
    """Remove unfinished files that nobody writes. One of the last second may belong to a command
    that has no lease yet."""
    for path in paths:
        with suppress(FileNotFoundError):
            if path.is_file() and abs(time.time() - path.lstat().st_mtime) > YOUNG_SECONDS:
                path.unlink()


def open_warehouse(settings: Settings) -> Warehouse:
    """The installation's SQL database: PostgreSQL where one is set, else DuckDB in the home. Raises
    ConfigurationError for a declaration of scores that is wrong."""
    warehouse = _warehouse(settings)
    warehouse.score = scores.load(settings.region)
    return warehouse


def _warehouse(settings: Settings) -> Warehouse:
    if settings.postgres:
        from warehouse.postgres import PostgresWarehouse

        assert settings.warehouse_url is not None
        return PostgresWarehouse(
            settings.warehouse_url,
            reader_url=settings.reader_url,
            production=settings.production,
        )
    return DuckWarehouse(
        settings.state / "working.duckdb",
        settings.published_duckdb,
        mode=file_mode(settings.readers),
    )


def open_ledger(settings: Settings, warehouse: Warehouse) -> Ledger:
    """The ledger lives where the warehouse does."""
    if settings.postgres:
        from warehouse.postgres import PostgresWarehouse

        assert isinstance(warehouse, PostgresWarehouse)
        warehouse.refuse_superuser()
        return Ledger.in_postgres(warehouse.engine)
    return Ledger.in_folder(settings.state)


def claim_format(settings: Settings) -> None:
    """Refuse a home that a newer version wrote, and mark this one with our format (P13).

    An older home needs no migration: missing columns are added to the lake, and the warehouse is
    made again from the lake.
    """
    marker = settings.home / "FORMAT"
    text = marker.read_text(errors="replace").strip() if marker.exists() else "1"
    if not (text.isascii() and text.isdecimal()):
        raise StorageError(
            "damaged_file",
            "the home's format cannot be read",
            where=str(marker),
            hint=f"restore it from a backup; a home of this version has the line {HOME_FORMAT}",
        )
    found = int(text)
    if found > HOME_FORMAT:
        raise ConfigurationError(
            "newer_home",
            f"{settings.home} has format {found}, this version knows {HOME_FORMAT}",
            hint="use the newer version of penataran; nothing was changed",
        )
    if found < HOME_FORMAT:
        write_whole(marker, f"{HOME_FORMAT}\n")


def of_its_profile(settings: Settings) -> Settings:
    """The settings with the home's own profile, whichever it is. Raises StorageError where it is
    not known: simulated data would be shown without its mark."""
    marker = settings.home / "PROFILE"
    if not marker.exists():
        return settings
    profile = marker.read_text(encoding="utf-8", errors="replace").strip()
    if profile not in PROFILES:
        raise damaged(marker, "it names no profile")
    return replace(settings, profile=profile)


def claim_profile(settings: Settings, ledger: Ledger) -> None:
    """A home belongs to one profile: simulated and real figures never meet."""
    marker = settings.home / "PROFILE"
    if not marker.exists():
        write_whole(marker, settings.profile + "\n", mode=file_mode(settings.readers))
    owner = marker.read_text(errors="replace").strip()
    if owner not in PROFILES:
        raise damaged(marker, "it names no profile")
    if owner != settings.profile:
        raise ConfigurationError(
            "other_profile",
            f"{settings.home} belongs to profile {owner}, this run is {settings.profile}",
            hint="use another PENATARAN_HOME for it",
        )
    if ledger.fact(PROFILE_FACT) is None:
        ledger.set_fact(PROFILE_FACT, settings.profile)


# --- identity of the record -------------------------------------------------------------------


def open_record(settings: Settings, ledger: Ledger, lake: Lake) -> None:
    """Refuse a lake that is missing, lacks a table or is another home's; make that of a new home.

    Lake, landing and ledger have one mark. The warehouse has the number and run of every load that
    it applied, which `Warehouse.apply` compares.
    """
    lake.finish_swap()
    known, landed = ledger.fact(RECORD_FACT), _landed_mark(settings.landing)
    mark = None
    if lake.exists:
        mark = lake.identity()
        if mark is not None:
            _compare(settings, mark, known, landed)
        elif known or landed:
            raise _other(settings.lake, "the lake does not say whose it is; the home has a mark")
        settings.home.joinpath(NEXT, COMPLETE).unlink(missing_ok=True)  # of a rebuild that ended
    elif known or ledger.highest_load() or copies_in(settings.landing):
        raise StorageError(
            "lake_missing",
            "this home has loads, and its lake is not there",
            where=str(lake.folder),
            hint=FROM_BACKUP,
        )
    if mark is None or not mark.is_of_today:
        lake.create_missing()
        with held_folder(settings.state / "tmp") as spill:
            widen(lake, spill)
    record = mark.record if mark else known or landed or uuid.uuid4().hex
    lake.set_identity(record, mark.edition if mark else "", is_of_today=True)
    if landed != record:
        write_whole(settings.landing / MARK, json.dumps({"record": record}))
    if known != record:
        ledger.set_fact(RECORD_FACT, record)


def record_of(settings: Settings, ledger: Ledger) -> str:
    """The mark of a home whose lake is made again."""
    known, landed = ledger.fact(RECORD_FACT), _landed_mark(settings.landing)
    if known and landed and known != landed:
        raise _other(settings.landing, "the landing folder belongs to another home than the ledger")
    return known or landed or uuid.uuid4().hex


def _landed_mark(landing: Path) -> str | None:
    path = landing / MARK
    return str(read_json(path).get("record")) if path.exists() else None


def _compare(settings: Settings, mark: Identity, known: str | None, landed: str | None) -> None:
    for place, other in (("ledger", known), ("landing", landed)):
        if other and other != mark.record:
            raise _other(settings.lake, f"the lake belongs to another home than the {place}")
    lost = [table for table in mark.tables if not Lake(settings.lake).has(table)]
    if lost:
        raise StorageError(
            "lake_table_missing",
            f"the lake lacks {', '.join(lost)}",
            where=str(settings.lake),
            hint=FROM_BACKUP,
        )


def _other(where: Path, words: str) -> StorageError:
    return StorageError(
        "other_record",
        words,
        where=str(where),
        hint="put back the lake, landing and state of one home, from one backup",
    )


def require_loads(
    ledger: Ledger, lake: Lake, con: duckdb.DuckDBPyConnection, landing: Path
) -> None:
    """Raise StorageError for a lake that lacks loads which it had: an older one was put back."""
    known = json.loads(ledger.fact(LOADS_FACT) or "{}")
    lost = _not_in_lake(lake, con, landing) - set(known.get("without", ()))
    if lost:
        raise StorageError(
            "lake_older",
            f"landing has a copy of load {min(lost)} and {len(lost) - 1} more that the lake lacks",
            where=str(lake.folder),
            hint=f"{FROM_BACKUP}. To go on from the older one: penataran rebuild",
        )
    if not known:
        return
    count, _ = lake.loads_until(con, known["highest"])
    if count < known["count"]:
        raise StorageError(
            "lake_older",
            f"the lake has {count} loads up to number {known['highest']}; readers saw "
            f"{known['count']} of them",
            where=str(lake.folder),
            hint="put the newer lake back. To go on from the older one: penataran rebuild",
        )


def note_loads(ledger: Ledger, lake: Lake, con: duckdb.DuckDBPyConnection, landing: Path) -> None:
    """Remember how many loads the lake has, after readers saw them, and which it may lack: those
    that an older lake, accepted on purpose, did not have."""
    count, highest = lake.loads_until(con, None)
    without = sorted(_not_in_lake(lake, con, landing))
    facts = {"count": count, "highest": highest, "without": without}
    ledger.set_fact(LOADS_FACT, json.dumps(facts))


def _not_in_lake(lake: Lake, con: duckdb.DuckDBPyConnection, landing: Path) -> set[int]:
    """Loads that only landing has a copy of."""
    return set(copies_in(landing)) - lake.load_numbers(con)
