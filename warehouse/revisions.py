"""`mart_revisions`: every change of every figure, by how much and why, from the declarations.

A new table of figures is part of it once declared. It is a view: it costs nothing until queried.
"""

from __future__ import annotations

from schemas.catalogue import TABLES
from schemas.model import NUMBERS, Table
from schemas.sql import literal

NAME = "mart_revisions"
TITLE_ID = "Perubahan angka: kapan, berapa, dan mengapa"
TITLE_EN = "Changes of figures: when, by how much, and why"
KEY = ("table_name", "source", "row_key", "load_seq")


def sql() -> str:
    """One row for each version that was ever current, with the one that it displaced.

    `change` counts an absent figure as zero, so that changes between two moments add up to
    the difference of the totals known then.
    """
    return " UNION ALL ".join(of_table(t) for t in TABLES.values() if t.kind == "core")


def of_table(table: Table) -> str:
    """The same of one table of figures."""
    names = {f.name for f in table.body()}
    keys = ", ".join(table.key_names)
    row_key = " || ' ' || ".join(
        f"{literal(f.name + '=')} || CAST(v.{f.name} AS VARCHAR)" for f in table.key
    )
    period = next(
        (n for n in ("period_start", "rate_date", "start_date", "event_date") if n in names), None
    )
    value = (
        f"CAST({table.value_field} AS DECIMAL(38, 15))"
        if table.value_field
        else ("CAST(NULL AS DECIMAL(38, 15))")
    )
    unit = next((n for n in ("currency", "unit", "quote_currency") if n in names), None)
    is_measured = bool(table.value_field) and table.field(table.value_field or "").type in NUMBERS
    after = (
        f"CASE WHEN NOT is_deleted THEN {value} END"
        if is_measured
        else ("CAST(NULL AS DECIMAL(38, 15))")
    )
    same = " AND ".join(f"b.{k} = v.{k}" for k in table.key_names)
    return (
        f"SELECT {literal(table.name)} AS table_name, v.source, {row_key} AS row_key, "
        f"{f'CAST(v.{period} AS DATE)' if period else 'CAST(NULL AS DATE)'} AS period_start, "
        f"{literal(table.value_field or '')} AS measure, "
        f"{f'v.{unit}' if unit else 'CAST(NULL AS VARCHAR)'} AS unit, "
        f"b.value_before, v.value_after, "
        f"coalesce(v.value_after, 0) - coalesce(b.value_before, 0) AS change, "
        f"b.stage_before AS release_stage_before, v.release_stage AS release_stage_after, "
        f"v.is_deleted, v.change_reason, v.recorded_at, v.load_seq, v.run_id, v.raw_sha256 "
        f"FROM (SELECT *, {after} AS value_after FROM {table.vintages_name} "
        f"WHERE superseded_at IS NULL OR superseded_at > recorded_at) AS v "
        # A version ends at the moment when the next one begins (warehouse.base.supersede_sql).
        # So few are joined, where a window would sort all of them: 0.1 instead of 1.7 CPU s for
        # 50,000 revisions among a million figures.
        f"LEFT JOIN (SELECT {keys}, superseded_at, {after} AS value_before, "
        f"release_stage AS stage_before FROM {table.vintages_name} "
        f"WHERE superseded_at > recorded_at) AS b "
        f"ON {same} AND b.superseded_at = v.recorded_at"
    )
