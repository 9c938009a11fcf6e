"""Why a figure changed: each change with its moment, its reason and what it was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from config.settings import Settings
from flows.trace import MOST_BEHIND, MOST_ROWS, conditions, must_exist, table_named
from schemas.model import Table
from schemas.sql import timestamp_literal
from tasks.home import open_warehouse
from warehouse import marts
from warehouse.base import Warehouse, rows_of
from warehouse.limits import Deadline

NOT_FIGURES = frozenset({"load_seq", "recorded_at", "run_id", "raw_sha256"})


def explain(
    settings: Settings, name: str, keys: Mapping[str, str], deadline: Deadline | None = None
) -> dict[str, Any]:
    """The changes of a table's figures, newest first. Of a mart's row: the newest changes of the
    core rows behind it and of the others in the set that it is taken over, and what the row's
    columns were before the last of them.

    Raises ConfigurationError for unknown tables, columns and rows.
    """
    with open_warehouse(settings).at_one_moment() as published:
        mart = marts.all_marts().get(name)
        if mart is not None:
            return _of_mart(published, mart, keys, deadline)
        table = table_named(name)
        where = conditions(table, [f.name for f in table.current_fields()], keys)
        versions = _versions(published, table, where, deadline)
        must_exist(versions, lambda sql: rows_of(published, sql, deadline), table.name, table, keys)
        return {"table": table.name, "changes": changes(table, versions)}


def _versions(
    warehouse: Warehouse, table: Table, where: str, deadline: Deadline | None
) -> list[dict[str, Any]]:
    """All versions of the keys that were revised last."""
    if not table.has_vintages:
        return rows_of(warehouse, f"SELECT * FROM {table.name} WHERE {where}", deadline)
    keys = ", ".join(table.key_names)
    revised = "max(CASE WHEN change_reason <> 'first' THEN load_seq ELSE 0 END)"
    few = (
        f"SELECT {keys} FROM {table.vintages_name} WHERE {where} GROUP BY {keys} "
        f"ORDER BY {revised} DESC, {keys} LIMIT {MOST_ROWS}"
    )
    return _of_keys(warehouse, table, few, deadline)


def _of_keys(
    warehouse: Warehouse, table: Table, few: str, deadline: Deadline | None
) -> list[dict[str, Any]]:
    """All versions of some keys."""
    same = " AND ".join(f"v.{k} = f.{k}" for k in table.key_names)
    return rows_of(
        warehouse,
        f"SELECT v.* FROM {table.vintages_name} AS v JOIN ({few}) AS f ON {same} "
        f"ORDER BY {', '.join(f'v.{k}' for k in table.key_names)}, v.load_seq",
        deadline,
    )


def changes(table: Table, versions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each version that was ever current changed, newest first. `versions` are in order of
    key and load; what never was current (an earlier release stage that came late) is left out."""
    found = []
    before: Mapping[str, Any] | None = None
    for version in versions:
        ends = version.get("superseded_at")
        if ends is not None and ends <= version["recorded_at"]:
            continue
        key = {k: version[k] for k in table.key_names}
        if before is not None and {k: before[k] for k in table.key_names} != key:
            before = None
        found.append(_change(table, key, before, version))
        before = version
    return sorted(found, key=lambda c: c["recorded_at"], reverse=True)


def _change(
    table: Table, key: dict[str, Any], before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> dict[str, Any]:
    was = {} if before is None or before["is_deleted"] else before
    now = {} if after["is_deleted"] else after
    columns = (*table.measure_names, "value_status", "release_stage")
    return {
        "key": key,
        "recorded_at": after["recorded_at"],
        "reason": after["change_reason"],
        "columns": {
            name: {"before": was.get(name), "after": now.get(name)}
            for name in columns
            if was.get(name) != now.get(name)
        },
        "load_seq": after["load_seq"],
        "raw_sha256": after["raw_sha256"],
    }


def _of_mart(
    warehouse: Warehouse, mart: marts.Mart, keys: Mapping[str, str], deadline: Deadline | None
) -> dict[str, Any]:
    columns = warehouse.query(f"SELECT * FROM {mart.name} LIMIT 0").columns
    where = conditions(None, columns, keys)
    sql = f"SELECT * FROM {mart.name} WHERE {where} ORDER BY {', '.join(mart.key)} LIMIT 2"
    rows = rows_of(warehouse, sql, deadline)
    must_exist(rows, lambda sql: rows_of(warehouse, sql, deadline), mart.name, None, keys)
    found = []
    for name, condition in mart.behind:
        table = table_named(name)
        if table.has_vintages:
            behind = _behind(mart, where, table, condition)
            versions = _versions(warehouse, table, behind, deadline)
            found += [{"table": name, **c} for c in changes(table, versions)]
    found.sort(key=lambda c: c["recorded_at"], reverse=True)
    revised = [c for c in found if c["reason"] != "first"]
    others = _of_set(warehouse, mart, where, found, deadline)
    own = revised if revised or others else found
    newest = max((c["recorded_at"] for c in (*own, *others)), default=None)
    differences = _differences(warehouse, sql, rows, newest, deadline) if len(rows) == 1 else []
    return {
        "mart": mart.name,
        "row": {name: rows[0][name] for name in mart.key},
        "more": len(rows) > 1,
        "before": newest,
        "differences": differences,
        "changes": own[:MOST_BEHIND],
        "set": others[:MOST_BEHIND],
    }


def _of_set(
    warehouse: Warehouse,
    mart: marts.Mart,
    where: str,
    behind: Sequence[Mapping[str, Any]],
    deadline: Deadline | None,
) -> list[dict[str, Any]]:
    """Changes of the other rows in the set of a row, since the row is there, newest first."""
    if not behind:
        return []
    since = min(c["recorded_at"] for c in behind)
    known = {_row_of(c["table"], c["key"]) for c in behind}
    found = dict[tuple[Any, ...], dict[str, Any]]()
    for name, condition in mart.among:
        table = table_named(name)
        keys = ", ".join(f"c.{k}" for k in table.key_names)
        few = (
            f"SELECT {keys} FROM {table.vintages_name} AS c "
            f"JOIN (SELECT * FROM {mart.name} WHERE {where}) AS m ON {condition} "
            f"GROUP BY {keys} HAVING max(c.recorded_at) > {timestamp_literal(since)} "
            f"ORDER BY max(c.recorded_at) DESC, {keys} LIMIT {len(known) + MOST_ROWS}"
        )
        for change in changes(table, _of_keys(warehouse, table, few, deadline)):
            row = _row_of(name, change["key"])
            if row not in known and change["recorded_at"] > since:
                found[(*row, change["load_seq"])] = {"table": name, **change}
    return sorted(found.values(), key=lambda c: c["recorded_at"], reverse=True)


def _row_of(table: str, key: Mapping[str, Any]) -> tuple[Any, ...]:
    return table, *key.values()


def _behind(mart: marts.Mart, where: str, table: Table, condition: str) -> str:
    """Keys behind a row, those of withdrawn figures too."""
    keys = ", ".join(f"c.{k}" for k in table.key_names)
    return (
        f"({', '.join(table.key_names)}) IN (SELECT {keys} FROM {table.vintages_name} AS c "
        f"WHERE EXISTS "
        f"(SELECT 1 FROM (SELECT * FROM {mart.name} WHERE {where}) AS m WHERE {condition}))"
    )


def _differences(
    warehouse: Warehouse,
    sql: str,
    rows: Sequence[Mapping[str, Any]],
    moment: datetime | None,
    deadline: Deadline | None,
) -> list[dict[str, Any]]:
    """Columns of the row that were something else just before the moment."""
    if moment is None:
        return []
    just_before = moment - timedelta(microseconds=1)
    earlier = (
        warehouse.query(sql, as_known_on=just_before, deadline=deadline)
        if deadline
        else warehouse.query(sql, as_known_on=just_before)
    )
    before = [
        dict(zip(earlier.columns, row, strict=True)) for some in earlier.batches for row in some
    ]
    was = before[0] if len(before) == 1 else {}
    return [
        {"column": name, "before": was.get(name), "after": value}
        for name, value in rows[0].items()
        if name not in NOT_FIGURES and was.get(name) != value
    ]
