"""The chain behind a figure: row, versions, load, run, raw bytes, request, raw record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.settings import Settings
from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError, StorageError
from schemas.model import Field, Table, Type
from schemas.sql import identifier, literal
from tasks.home import declared_sources, open_warehouse
from tasks.landing.land import held_path
from tasks.landing.manifest import declaration, generations_in
from tasks.load.slice_load import SliceLoad, Stores
from warehouse import marts
from warehouse.base import Warehouse, rows_of
from warehouse.engine import READER_SPILL_LIMIT, error_types
from warehouse.lake import Lake
from warehouse.limits import OWN_SECONDS, Deadline, held_folder


def _condition(table: Table | None, key: str, value: str) -> str:
    """`key = value` with the value as the field's own type; unknown names are refused."""
    if not key.isidentifier():
        raise ConfigurationError("unknown_column", f"{key!r} is not a column name")
    if table is not None:
        names: dict[str, Field] = {f.name: f for f in table.current_fields()}
        if key not in names:
            raise ConfigurationError("unknown_column", f"{table.name} has no column {key!r}")
        if names[key].type is Type.DATE:
            return f"{identifier(key)} = CAST({literal(value)} AS DATE)"
    return f"CAST({identifier(key)} AS VARCHAR) = {literal(value)}"


@dataclass(frozen=True)
class _Reading:
    """What one trace reads from, within its time."""

    settings: Settings
    warehouse: Warehouse
    deadline: Deadline | None

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return rows_of(self.warehouse, sql, self.deadline)


def trace(
    settings: Settings, name: str, keys: Mapping[str, str], deadline: Deadline | None = None
) -> dict[str, Any]:
    """Row → versions → load and run → raw bytes → request, with the raw record read again.

    For a mart row, the core rows behind it, each with its own chain.
    """
    here = _Reading(settings, open_warehouse(settings), deadline)
    mart = marts.all_marts().get(name)
    if mart is not None:
        where = " AND ".join(_condition(None, k, v) for k, v in keys.items())
        found = here.rows(f"SELECT * FROM {name} WHERE {where} LIMIT 21")
        _must_exist(found, name)
        behind = []
        for table_name, condition in mart.behind:
            base = TABLES[table_name]
            core = here.rows(
                f"SELECT c.* FROM {table_name} AS c WHERE EXISTS (SELECT 1 FROM "
                f"(SELECT * FROM {name} WHERE {where}) AS m WHERE {condition})"
                " LIMIT 100",
            )
            chains = [_chain(here, base, row) for row in core if base.has_vintages]
            behind.append({"table": table_name, "rows": core, "chains": chains})
        return {"mart": name, "rows": found, "behind": behind}
    table = TABLES.get(name.removesuffix("__vintages"))
    if table is None:
        raise ConfigurationError("unknown_table", f"table {name!r} does not exist")
    where = " AND ".join(_condition(table, k, v) for k, v in keys.items())
    found = here.rows(f"SELECT * FROM {table.name} WHERE {where} LIMIT 21")
    if not found and table.has_vintages:
        found = here.rows(
            f"SELECT * FROM {table.vintages_name} WHERE {where} ORDER BY load_seq DESC LIMIT 1",
        )
    _must_exist(found, name)
    if not table.has_vintages:
        return {"table": table.name, "rows": found}
    return {
        "table": table.name,
        "chains": [_chain(here, table, row) for row in found[:20]],
        "more": len(found) > 20,
    }


def _must_exist(found: list[dict[str, Any]], name: str) -> None:
    if not found:
        raise ConfigurationError("no_row", f"{name} has no such row", hint="check the keys")


def _chain(here: _Reading, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    where = " AND ".join(
        f"{k} = DATE '{row[k]}'"
        if hasattr(row[k], "isoformat")
        else f"{k} = {literal(str(row[k]))}"
        for k in table.key_names
    )
    versions = here.rows(f"SELECT * FROM {table.vintages_name} WHERE {where} ORDER BY load_seq")
    sha = str(row["raw_sha256"])
    load = here.rows(f"SELECT * FROM ops_load WHERE load_seq = {int(row['load_seq'])}")
    raw = here.rows(
        f"SELECT * FROM ops_raw WHERE raw_sha256 = {literal(sha)} "
        f"AND load_seq = {int(row['load_seq'])}",
    )
    found: dict[str, Any] = {
        "row": dict(row),
        "versions": versions,
        "load": {k: v for k, v in load[0].items() if k != "manifest"} if load else None,
        "raw": raw,
        "raw_file": str(held_path(here.settings.landing, sha)),
        "raw_records": [],
    }
    if not load or not load[0]["manifest"]:
        found["raw_note"] = "loaded by a version that kept no manifest; the bytes are in raw_file"
        return found
    try:
        found["raw_records"] = _raw_records(here, table, row, sha, load[0])
    except StorageError as error:  # erased, or kept no longer than the licence allows
        found["raw_note"] = str(error)
    return found


def _raw_records(
    here: _Reading, table: Table, row: Mapping[str, Any], sha: str, load: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The source's own records that give this key, read again from the landed bytes by the
    declaration of that load."""
    settings, deadline = here.settings, here.deadline or Deadline(OWN_SECONDS)
    source = declaration(settings.landing, str(load["declaration_sha256"]))
    if source is None:
        source = _declared_now(settings, str(row["source"]))
    key = {name: str(row[name]) for name in table.key_names if name != "source"}
    try:
        with held_folder(settings.state / "tmp") as folder:
            stores = Stores.of(settings.landing, folder, Lake(settings.lake))
            with SliceLoad(stores, source, generations_in(str(load["manifest"]))) as slice_load:
                slice_load.con.execute(
                    f"SET max_temp_directory_size = {literal(READER_SPILL_LIMIT)}"
                )
                with deadline.running(slice_load.con.interrupt):
                    return slice_load.raw_of(sha, key)
    except error_types():
        if deadline.has_passed:
            raise deadline.error() from None
        raise
    except OSError as error:
        raise StorageError(
            "raw_unread",
            f"the raw record could not be read again: {error.strerror}",
            where=str(error.filename),
            hint="who reads again needs to write in the home's state folder",
        ) from error


def _declared_now(settings: Settings, code: str) -> Source:
    """Today's declaration of a source. Raises StorageError where it is gone or broken."""
    found = declared_sources(settings)
    if code not in found.sources:
        raise StorageError(
            "no_declaration",
            f"no declaration of {code} that could read the bytes",
            hint="penataran sources shows what is wrong with it",
        )
    return found.sources[code]


def trace_text(found: Mapping[str, Any]) -> str:
    """The chain as indented text."""
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)
