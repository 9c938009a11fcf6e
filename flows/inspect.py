"""Looking at what there is: status, the chain behind a figure, and the installation itself."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config import region as regions
from config import settings as environment
from config.settings import Settings
from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError, PenataranError, StorageError
from schemas.model import Field, Table, Type
from schemas.rules import literal
from tasks.landing.land import raw_path, unpack
from tasks.landing.manifest import declaration, generations_in
from tasks.read import formats
from tasks.read.mapping import declared_columns, mapping_of
from tasks.session import declared_sources, open_warehouse
from warehouse import marts
from warehouse.base import Warehouse
from warehouse.engine import connect, quote

# Refused rows of the newest load of each slice: what is still open.
QUARANTINE_SQL = (
    "SELECT q.load_seq, q.source, q.slice, q.table_name, q.raw_sha256, q.row_number, q.reasons, "
    "q.record, q.recorded_at FROM ops_quarantine AS q JOIN (SELECT source, slice, "
    "max(load_seq) AS load_seq FROM ops_load WHERE source <> '' GROUP BY source, slice) AS newest "
    "ON newest.load_seq = q.load_seq"
)


def moment(text: str, settings: Settings) -> datetime:
    """`--as-known-on`: a bare date is the end of that day in the region's zone; a time
    without a zone is refused."""
    try:
        if len(text) == 10:
            day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007
            zone = ZoneInfo(regions.load(settings.region).timezone)
            return datetime.combine(day, time.max, zone).astimezone(UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            "bad_time", f"{text!r} is no date or time", hint="2026-01-31 or 2026-01-31T10:00+07:00"
        ) from None
    if found.tzinfo is None:
        raise ConfigurationError("naive_time", f"{text!r} has no zone", hint="add it: +07:00 or Z")
    return found.astimezone(UTC)


def rows_of(warehouse: Warehouse, sql: str) -> list[dict[str, Any]]:
    result = warehouse.query(sql)
    return [dict(zip(result.columns, row, strict=True)) for b in result.batches for row in b]


def status(warehouse: Warehouse, declared: Mapping[str, Source]) -> dict[str, Any]:
    """Freshness, rows, quarantine and next run of every source; the last run."""
    from flows.orchestration.serve import next_release

    known: dict[str, dict[str, Any]] = {}
    last: list[dict[str, Any]] = []
    counts: dict[tuple[str, str], int] = {}
    if warehouse.is_published():
        known = {r["source"]: r for r in rows_of(warehouse, "SELECT * FROM mart_source_freshness")}
        last = rows_of(warehouse, "SELECT * FROM ops_run ORDER BY started_at DESC LIMIT 1")
        for table in {s.table for s in declared.values()}:
            for row in rows_of(
                warehouse, f"SELECT source, count(*) AS n FROM {table} GROUP BY source"
            ):
                counts[(table, row["source"])] = row["n"]
    sources = []
    for source in declared.values():
        found = known.get(source.code, {})
        sources.append(
            {
                "source": source.code,
                "table": source.table,
                "last_checked_at": found.get("last_checked_at"),
                "last_success_at": found.get("last_success_at"),
                "last_loaded_at": found.get("last_loaded_at"),
                "rows": counts.get((source.table, source.code), 0),
                "rows_quarantined": found.get("rows_quarantined", 0),
                "failures_last_run": found.get("failures_last_run", 0),
                "next_run": next_release(source),
            }
        )
    return {"last_run": last[0] if last else None, "sources": sources}


# --- trace --------------------------------------------------------------------------------


def _condition(table: Table | None, key: str, value: str) -> str:
    """`key = value` with the value as the field's own type; unknown names are refused."""
    if not key.isidentifier():
        raise ConfigurationError("usage", f"{key!r} is not a column name")
    if table is not None:
        names: dict[str, Field] = {f.name: f for f in table.current_fields()}
        if key not in names:
            raise ConfigurationError("usage", f"{table.name} has no column {key!r}")
        if names[key].type is Type.DATE:
            return f"{quote(key)} = CAST({literal(value)} AS DATE)"
    return f"CAST({quote(key)} AS VARCHAR) = {literal(value)}"


def trace(settings: Settings, name: str, keys: Mapping[str, str]) -> dict[str, Any]:
    """Row → versions → load and run → raw bytes → request, with the raw record read again.

    For a mart row, the core rows behind it, each with its own chain.
    """
    warehouse = open_warehouse(settings)
    mart = marts.load().get(name)
    if mart is not None:
        where = " AND ".join(_condition(None, k, v) for k, v in keys.items())
        found = rows_of(warehouse, f"SELECT * FROM {name} WHERE {where} LIMIT 21")
        _must_exist(found, name)
        behind = []
        for table_name, condition in mart.behind:
            base = TABLES[table_name]
            core = rows_of(
                warehouse,
                f"SELECT c.* FROM {table_name} AS c WHERE EXISTS (SELECT 1 FROM "
                f"(SELECT * FROM {name} WHERE {where}) AS m WHERE {_qualified(condition)})"
                " LIMIT 100",
            )
            chains = [_chain(settings, warehouse, base, row) for row in core if base.has_vintages]
            behind.append({"table": table_name, "rows": core, "chains": chains})
        return {"mart": name, "rows": found, "behind": behind}
    table = TABLES.get(name.removesuffix("__vintages"))
    if table is None:
        raise ConfigurationError("usage", f"no table {name!r}")
    where = " AND ".join(_condition(table, k, v) for k, v in keys.items())
    found = rows_of(warehouse, f"SELECT * FROM {table.name} WHERE {where} LIMIT 21")
    if not found and table.has_vintages:
        found = rows_of(
            warehouse,
            f"SELECT * FROM {table.vintages_name} WHERE {where} ORDER BY load_seq DESC LIMIT 1",
        )
    _must_exist(found, name)
    if not table.has_vintages:
        return {"table": table.name, "rows": found}
    return {
        "table": table.name,
        "chains": [_chain(settings, warehouse, table, row) for row in found[:20]],
        "more": len(found) > 20,
    }


def _qualified(condition: str) -> str:
    """`a = m.b` of a mart's head with the core side named, since both rows share names. A
    condition that names the core side itself (`c.a`) is taken as it is."""
    if "c." in condition:
        return condition
    parts = []
    for part in condition.split(" AND "):
        column, _, rest = part.strip().partition(" ")
        own = column if column.startswith("m.") else f"c.{column}"
        parts.append(f"{own} {rest}" if rest else own)
    joined = " AND ".join(parts)
    return joined.replace("AND c.m.", "AND m.")


def _must_exist(found: list[dict[str, Any]], name: str) -> None:
    if not found:
        raise ConfigurationError("no_row", f"{name} has no such row", hint="check the keys")


def _chain(
    settings: Settings, warehouse: Warehouse, table: Table, row: Mapping[str, Any]
) -> dict[str, Any]:
    where = " AND ".join(
        f"{k} = {literal(str(row[k]))}" if not hasattr(row[k], "isoformat")
        else f"{k} = DATE '{row[k]}'"
        for k in table.key_names
    )  # fmt: skip
    versions = rows_of(
        warehouse, f"SELECT * FROM {table.vintages_name} WHERE {where} ORDER BY load_seq"
    )
    sha = str(row["raw_sha256"])
    load = rows_of(warehouse, f"SELECT * FROM ops_load WHERE load_seq = {int(row['load_seq'])}")
    raw = rows_of(
        warehouse,
        f"SELECT * FROM ops_raw WHERE raw_sha256 = {literal(sha)} "
        f"AND load_seq = {int(row['load_seq'])}",
    )
    found: dict[str, Any] = {
        "row": dict(row),
        "versions": versions,
        "load": {k: v for k, v in load[0].items() if k != "manifest"} if load else None,
        "raw": raw,
        "raw_file": str(raw_path(settings.landing, sha)),
        "raw_records": [],
    }
    if not load or not load[0]["manifest"]:
        found["raw_note"] = "loaded by a version that kept no manifest; the bytes are in raw_file"
        return found
    try:
        found["raw_records"] = _raw_records(settings, table, row, sha, load[0])
    except StorageError as error:  # erased, or kept no longer than the licence allows
        found["raw_note"] = str(error)
    return found


def _raw_records(
    settings: Settings,
    table: Table,
    row: Mapping[str, Any],
    sha: str,
    load: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """The landed bytes parsed again, by the declaration of that load: the source's own
    records that give this key."""
    from tasks.read import codes as code_lists
    from tasks.read.mapping import project
    from warehouse.lake import Lake

    source = declaration(settings.landing, str(load["declaration_sha256"]))
    if source is None:
        source = declared_sources(settings)[str(row["source"])]
    slice_, receipt = next(
        (g.slice, r)
        for g in generations_in(str(load["manifest"]))
        for r in g.receipts
        if r.sha256 == sha
    )
    source = source.part(slice_.dataset)
    mapping = mapping_of(source, first=receipt.first)
    first = source.first_request
    reader = first.reader if receipt.first and first else source.reader
    fetched_on = datetime.fromisoformat(receipt.fetched_at).date()
    with tempfile.TemporaryDirectory(prefix="penataran-trace-") as folder:
        path = Path(folder) / "raw"
        unpack(settings.landing, sha, path)
        con = connect(Path(folder) / "duckdb")
        try:
            lists = code_lists.build(con, Lake(settings.lake))
            wanted = declared_columns(source, mapping)
            relation = formats.read(con, path, reader, wanted, mapping.ignore, sha)
            projection = project(
                source, source.datasets[slice_.dataset], mapping, relation.columns, lists.closed,
                fetched_on,
            )  # fmt: skip
            keys = " AND ".join(
                f"typed.{k} = {literal(str(row[k]))}" for k in table.key_names if k != "source"
            )
            con.execute(f"CREATE TEMP TABLE source_rows AS {relation.sql}")
            con.execute(
                f"CREATE TEMP TABLE typed AS WITH raw AS (SELECT * FROM source_rows) "
                f"{projection.sql}"
            )
            # A count that is hidden in the warehouse is hidden here too.
            hidden = sorted(table.people_fields & set(relation.columns))
            shown = f"* EXCLUDE ({', '.join(hidden)})" if hidden else "*"
            found = con.execute(
                f"SELECT to_json(s) FROM (SELECT {shown} FROM source_rows) AS s "
                f"JOIN typed ON typed._row = s._row "
                f"WHERE {keys} AND NOT typed._ignored ORDER BY s._row"
            ).fetchall()
        finally:
            con.close()
    return [json.loads(text) for (text,) in found]


def trace_text(found: Mapping[str, Any]) -> str:
    """The chain as indented text."""
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)


# --- doctor -------------------------------------------------------------------------------


def doctor() -> list[dict[str, str]]:
    """What is missing or unsafe in this installation, each with its mend."""
    found: list[dict[str, str]] = []

    def say(state: str, what: str, mend: str = "") -> None:
        found.append({"state": state, "what": what, "mend": mend})

    try:
        settings = environment.load({**os.environ, "PENATARAN_ENV": ""})
        region = regions.load(settings.region)
        declared = declared_sources(settings)
    except PenataranError as error:
        say("unsafe", error.message, error.hint)
        return found
    say("ok", f"Python {sys.version_info.major}.{sys.version_info.minor}")
    say("ok", f"region {region.code} {region.name_id}, {len(declared)} sources")
    parent = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    if os.access(parent, os.W_OK):
        free = shutil.disk_usage(parent).free // 2**20
        say("ok" if free > 2048 else "missing", f"home {settings.home}: {free} MiB free",
            "" if free > 2048 else "make room: at least 2 GiB")  # fmt: skip
    else:
        say("unsafe", f"home {settings.home} is not writable", "set PENATARAN_HOME")
    for variable in sorted({s.key.variable for s in declared.values() if s.key}):
        present = settings.secret(variable) is not None
        say("ok" if present else "missing", f"key {variable}",
            "" if present else "without it the source is limited or skipped")  # fmt: skip
    if settings.secret("PENATARAN_HASH_KEY") is None:
        say("missing", "PENATARAN_HASH_KEY", "needed before files with buyers or investors")
    if settings.postgres:
        warehouse = open_warehouse(settings)
        try:
            warehouse.is_published()
            say("ok", "PostgreSQL answers")
        except Exception as error:  # noqa: BLE001  whatever is wrong is what is asked for
            say("unsafe", f"PostgreSQL does not answer ({type(error).__name__})",
                "check PENATARAN_WAREHOUSE_URL")  # fmt: skip
        finally:
            warehouse.close()
    in_production = os.environ.get("PENATARAN_ENV") == "production"
    for problem in environment.insecure_settings(settings):
        say("unsafe" if in_production else "missing", problem)
    return found
