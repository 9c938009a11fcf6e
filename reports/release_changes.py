"""What changed from version to version of the open data: each change of `mart_revisions` that
passes the licence gate of today, also of earlier versions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.drawn import Studio
from reports.licence_gate import LicenceGate
from reports.public_tables import PublicColumn, PublicTable, columns_of
from reports.rows import rows_of
from schemas.model import Words
from warehouse.dictionary import described_tables

NAME = "changes"
TITLE = Words("Perubahan dari versi ke versi", "Changes from version to version")
VERSION = PublicColumn(
    "version",
    "string",
    Words("versi pertama yang memuat perubahan itu", "first version that has the change"),
    is_key=True,
)
SHOWN = (
    "table_name", "source", "row_key", "period_start", "measure", "unit", "value_before",
    "value_after", "change", "release_stage_before", "release_stage_after", "change_reason",
    "recorded_at", "load_seq",
)  # fmt: skip
SQL = (
    "SELECT {columns} FROM ({public}) AS c WHERE load_seq > {since} AND load_seq <= {newest} "
    "AND left(table_name, 5) = 'core_' ORDER BY load_seq, table_name, source, row_key"
)

Change = Mapping[str, Any]
Versions = Sequence[tuple[str, int]]
"""Names of versions with the newest load of each, the oldest first."""


def changes_between(gate: LicenceGate, since: int, newest: int) -> list[Change]:
    """Figures that are new, revised or withdrawn by the loads after `since` up to `newest`."""
    public = gate.public("mart_revisions")
    sql = SQL.format(columns=", ".join(SHOWN), public=public, since=since, newest=newest)
    return list(rows_of(gate.warehouse, sql))


def by_version(changes: Sequence[Change], versions: Versions) -> dict[str, list[Change]]:
    """The changes that each version is the first to have."""
    found: dict[str, list[Change]] = {name: [] for name, _ in versions}
    newest = [load for _, load in versions]
    for change in changes:
        found[versions[bisect_left(newest, change["load_seq"])][0]].append(change)
    return found


def revised(changes: Iterable[Change]) -> list[Change]:
    """Those of figures that were known before. New ones are in their tables, with the day."""
    return [c for c in changes if c["change_reason"] != "first"]


def table_of_changes(changes: Mapping[str, Sequence[Change]], studio: Studio) -> PublicTable:
    """What was revised or withdrawn, as a table of the release; it may have no row."""
    changes = {version: revised(own) for version, own in changes.items()}
    columns = columns_of(described_tables()["mart_revisions"], SHOWN)
    rows = tuple(
        (version, *(change[name] for name in SHOWN))
        for version, own in changes.items()
        for change in own
    )
    codes = sorted({change["source"] for own in changes.values() for change in own})
    publishers = tuple(studio.publisher(code) for code in codes)
    return PublicTable(NAME, "changes", TITLE, (VERSION, *columns), rows, publishers)
