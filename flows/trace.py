"""The chain behind a figure: row, versions, load, run, raw bytes, request, raw record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.settings import Settings
from config.source import Source
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError, StorageError
from schemas.model import Table, Type
from schemas.nearest import near
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

MOST_ROWS = 20  # of what is asked for
MOST_BEHIND = 100  # core rows behind a row of a mart, by table


def table_named(name: str) -> Table:
    """A declared table, also by the name of its versions. Raises ConfigurationError."""
    table = TABLES.get(name.removesuffix(marts.VINTAGES))
    if table is None:
        known = near(name, (*TABLES, *marts.all_marts()))
        raise ConfigurationError("unknown_table", f"table {name!r} does not exist{known}")
    return table


def conditions(table: Table | None, columns: Collection[str], keys: Mapping[str, str]) -> str:
    """SQL of `KEY=VALUE` pairs; unknown names are refused."""
    return " AND ".join(_condition(table, columns, k, v) for k, v in keys.items())


def _condition(table: Table | None, columns: Collection[str], key: str, value: str) -> str:
    """`key = value` with the value as the field's own type."""
    if key not in columns:
        name = f"{table.name} has" if table else "it has"
        raise ConfigurationError("unknown_column", f"{name} no column {key!r}{near(key, columns)}")
    if table is not None and table.field(key).type is Type.DATE:
        return f"{identifier(key)} = CAST({literal(value)} AS DATE)"
    return f"CAST({identifier(key)} AS VARCHAR) = {literal(value)}"


@dataclass(frozen=True)
class _Reading:
    """What one trace reads from, within its time."""

    settings: Settings
    warehouse: Warehouse
    deadline: Deadline | None

    _loads: dict[int, dict[str, Any]] = field(default_factory=dict)
    _requests: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return rows_of(self.warehouse, sql, self.deadline)

    def columns(self, name: str) -> tuple[str, ...]:
        sql = f"SELECT * FROM {name} LIMIT 0"
        found = self.warehouse.query(sql, deadline=self.deadline) if self.deadline else None
        return (found or self.warehouse.query(sql)).columns

    def load(self, number: int) -> dict[str, Any]:
        """A load's own row; empty where there is none."""
        if number not in self._loads:
            found = self.rows(f"SELECT * FROM ops_load WHERE load_seq = {number}")
            self._loads[number] = found[0] if found else {}
        return self._loads[number]

    def requests(self, sha256: str, load: int) -> list[dict[str, Any]]:
        """The requests whose answer had these bytes, in a load."""
        if (sha256, load) not in self._requests:
            self._requests[sha256, load] = self.rows(
                f"SELECT * FROM ops_raw WHERE raw_sha256 = {literal(sha256)} AND load_seq = {load}"
            )
        return self._requests[sha256, load]


def trace(
    settings: Settings, name: str, keys: Mapping[str, str], deadline: Deadline | None = None
) -> dict[str, Any]:
    """Row → versions → load and run → raw bytes → request, with the raw record read again.

    For a mart row, the core rows behind it, each with its own chain. `more` says that there are
    more rows than these.
    """
    with open_warehouse(settings).at_one_moment() as published:
        here = _Reading(settings, published, deadline)
        if (mart := marts.all_marts().get(name)) is not None:
            return _of_mart(here, mart, keys)
        return _of_table(here, table_named(name), keys)


def _of_mart(here: _Reading, mart: marts.Mart, keys: Mapping[str, str]) -> dict[str, Any]:
    where = conditions(None, here.columns(mart.name), keys)
    found = here.rows(f"SELECT * FROM {mart.name} WHERE {where} LIMIT {MOST_ROWS + 1}")
    must_exist(found, here.rows, mart.name, None, keys)
    behind = []
    for table_name, condition in mart.behind:
        base = TABLES[table_name]
        core = here.rows(
            f"SELECT c.* FROM {table_name} AS c WHERE EXISTS (SELECT 1 FROM "
            f"(SELECT * FROM {mart.name} WHERE {where}) AS m WHERE {condition})"
            f" LIMIT {MOST_BEHIND + 1}",
        )
        rows = core[:MOST_BEHIND]
        chains = _chains(here, base, rows) if base.has_vintages else []
        behind.append({"table": table_name, "rows": rows, "chains": chains,
                       "more": len(core) > MOST_BEHIND})  # fmt: skip
    return {"mart": mart.name, "rows": found[:MOST_ROWS], "behind": behind,
            "set": _sets(here, mart, where), "more": len(found) > MOST_ROWS}  # fmt: skip


def _sets(here: _Reading, mart: marts.Mart, where: str) -> list[dict[str, Any]]:
    """How many rows of each table the row's figures are taken over."""
    found = []
    for name in dict.fromkeys(table for table, _ in mart.among):
        keys = ", ".join(f"c.{k}" for k in TABLES[name].key_names)
        either = " OR ".join(f"({condition})" for table, condition in mart.among if table == name)
        members = (
            f"SELECT DISTINCT {keys} FROM {name} AS c "
            f"JOIN (SELECT * FROM {mart.name} WHERE {where}) AS m ON {either}"
        )
        (counted,) = here.rows(f"SELECT count(*) AS n FROM ({members}) AS members")
        found.append({"table": name, "rows": counted["n"]})
    return found


def _of_table(here: _Reading, table: Table, keys: Mapping[str, str]) -> dict[str, Any]:
    where = conditions(table, [f.name for f in table.current_fields()], keys)
    found = here.rows(f"SELECT * FROM {table.name} WHERE {where} LIMIT {MOST_ROWS + 1}")
    if not found and table.has_vintages:
        found = here.rows(
            f"SELECT * FROM {table.vintages_name} WHERE {where} ORDER BY load_seq DESC LIMIT 1",
        )
    must_exist(found, here.rows, table.name, table, keys)
    rows, more = found[:MOST_ROWS], len(found) > MOST_ROWS
    if not table.has_vintages:
        return {"table": table.name, "rows": rows, "more": more}
    return {"table": table.name, "chains": _chains(here, table, rows), "more": more}


def must_exist(
    found: Collection[Any],
    rows: Callable[[str], Sequence[Any]],
    name: str,
    table: Table | None,
    keys: Mapping[str, str],
) -> None:
    """Raises ConfigurationError where no row was found, with the pairs that no row has."""
    if found:
        return
    each = {k: _condition(table, [k], k, v) for k, v in keys.items()}
    unknown = [
        k for k, one in each.items() if not rows(f"SELECT 1 FROM {name} WHERE {one} LIMIT 1")
    ]
    if not unknown:
        pairs = ", ".join(f"{k}={v}" for k, v in keys.items())
        raise ConfigurationError(
            "no_row", f"{name} has no row with all of {pairs}", hint="leave out some of them"
        )
    pairs = " and none with ".join(f"{k}={keys[k]}" for k in unknown)
    values = f"SELECT DISTINCT {unknown[0]} FROM {name} ORDER BY 1"
    raise ConfigurationError(
        "no_row",
        f"{name} has no row with {pairs}",
        hint=f'penataran query "{values}" lists its values',
    )


def _chains(
    here: _Reading, table: Table, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The chain of each row. Rows of one load share its bytes, which are read again once."""
    chains = [_chain(here, table, row) for row in rows]
    together: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for chain in chains:
        row = chain["row"]
        together.setdefault((str(row["raw_sha256"]), int(row["load_seq"])), []).append(chain)
    for (sha, load_seq), some in together.items():
        load = here.load(load_seq)
        if not load or not load["manifest"]:
            note = "loaded by a version that kept no manifest; the bytes are in raw_file"
            _note(some, note)
            continue
        try:
            records = _raw_records(here, table, [chain["row"] for chain in some], sha, load)
        except StorageError as error:  # erased, or kept no longer than the licence allows
            _note(some, str(error))
            continue
        for chain, found in zip(some, records, strict=True):
            chain["raw_records"] = found
    return chains


def _note(chains: Sequence[dict[str, Any]], text: str) -> None:
    for chain in chains:
        chain["raw_note"] = text


def _chain(here: _Reading, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    where = " AND ".join(
        f"{k} = DATE '{row[k]}'"
        if hasattr(row[k], "isoformat")
        else f"{k} = {literal(str(row[k]))}"
        for k in table.key_names
    )
    sha, load = str(row["raw_sha256"]), here.load(int(row["load_seq"]))
    return {
        "row": dict(row),
        "versions": here.rows(
            f"SELECT * FROM {table.vintages_name} WHERE {where} ORDER BY load_seq"
        ),
        "load": {k: v for k, v in load.items() if k != "manifest"} if load else None,
        "raw": here.requests(sha, int(row["load_seq"])),
        "raw_file": str(held_path(here.settings.landing, sha)),
        "raw_records": [],
    }


def _raw_records(
    here: _Reading,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    sha: str,
    load: Mapping[str, Any],
) -> list[list[dict[str, Any]]]:
    """For each row the source's own records that give its key, read again from the landed bytes
    by the declaration of that load."""
    settings, deadline = here.settings, here.deadline or Deadline(OWN_SECONDS)
    source = declaration(settings.landing, str(load["declaration_sha256"]))
    if source is None:
        source = _declared_now(settings, str(load["source"]))
    names = [name for name in table.key_names if name != "source"]
    keys = [{name: str(row[name]) for name in names} for row in rows]
    try:
        with held_folder(settings.state / "tmp") as folder:
            lake, kept = Lake(settings.lake), settings.state / "codes"
            stores = Stores.of(settings.landing, folder, lake, kept=kept)
            with SliceLoad(stores, source, generations_in(str(load["manifest"]))) as slice_load:
                slice_load.con.execute(
                    f"SET max_temp_directory_size = {literal(READER_SPILL_LIMIT)}"
                )
                with deadline.running(slice_load.con.interrupt):
                    return slice_load.raw_of(sha, keys)
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
