"""A home folder: its format and profile, the databases in it, and the sources it declares."""

from __future__ import annotations

import shutil
from pathlib import Path

from config import contract as contracts
from config import declarations
from config import partner as partners
from config import region as regions
from config.declarations import Declared
from config.settings import Settings
from schemas.errors import ConfigurationError
from tasks.landing.land import write_whole
from warehouse.base import Warehouse
from warehouse.duck import DuckWarehouse
from warehouse.ledger import Ledger

PROFILE_FACT = "profile"
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


def sweep(folder: Path, alive: set[str]) -> None:
    """Remove what killed runs left in the temporary folder."""
    for leftover in folder.iterdir():
        if leftover.name not in alive:
            shutil.rmtree(leftover, ignore_errors=True)


def open_warehouse(settings: Settings) -> Warehouse:
    """The installation's SQL database: PostgreSQL where one is set, else DuckDB in the home."""
    if settings.postgres:
        from warehouse.postgres import PostgresWarehouse

        assert settings.warehouse_url is not None
        return PostgresWarehouse(settings.warehouse_url)
    return DuckWarehouse(settings.state / "working.duckdb", settings.published_duckdb)


def open_ledger(settings: Settings, warehouse: Warehouse) -> Ledger:
    """The ledger lives where the warehouse does."""
    if settings.postgres:
        from warehouse.postgres import PostgresWarehouse

        assert isinstance(warehouse, PostgresWarehouse)
        return Ledger.in_postgres(warehouse.engine)
    return Ledger.in_folder(settings.state)


def claim_format(settings: Settings) -> None:
    """Refuse a home that a newer version wrote, and mark this one with our format (P13).

    An older home needs no migration: missing columns are added to the lake, and the warehouse is
    made again from the lake.
    """
    marker = settings.home / "FORMAT"
    found = int(marker.read_text()) if marker.exists() else 1
    if found > HOME_FORMAT:
        raise ConfigurationError(
            "newer_home",
            f"{settings.home} has format {found}, this version knows {HOME_FORMAT}",
            hint="use the newer version of penataran; nothing was changed",
        )
    if found < HOME_FORMAT:
        write_whole(marker, f"{HOME_FORMAT}\n")


def claim_profile(settings: Settings, ledger: Ledger) -> None:
    """A home belongs to one profile: simulated and real figures never meet."""
    marker = settings.home / "PROFILE"
    if not marker.exists():
        marker.write_text(settings.profile + "\n", encoding="utf-8")
    owner = marker.read_text(encoding="utf-8").strip()
    if owner != settings.profile:
        raise ConfigurationError(
            "other_profile",
            f"{settings.home} belongs to profile {owner}, this run is {settings.profile}",
            hint="use another PENATARAN_HOME for it",
        )
    if ledger.fact(PROFILE_FACT) is None:
        ledger.set_fact(PROFILE_FACT, settings.profile)
