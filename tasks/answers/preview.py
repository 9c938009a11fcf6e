"""The first rows of a file that is only tried, as they would be stored, and why others are refused.

Whoever writes a mapping compares them with the sheet: each row has the cell of its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.contract import Contract
from config.source import Source
from config.workbook import Workbook
from tasks.answers.words_of_file import runs
from tasks.answers.workbook import (
    WITHHELD,
    Cause,
    ColumnWords,
    Part,
    Place,
    causes_of,
    places_of,
    reasons_of,
)
from tasks.read.small_counts import shown
from tasks.read.staging import Staged, good_rows
from tasks.read.workbook.grid import column_letter, place
from tasks.read.workbook.values import plain

if TYPE_CHECKING:
    import duckdb

FIRST_ROWS = 5
FIRST_CAUSES = 5
ALWAYS = ("period_start", "frequency", "unit", "currency")  # shown of constants too
NEVER = frozenset({"period_end", "source_org"})  # nothing that a cell says


def first_rows(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    staged: Staged,
    report: Mapping[str, Any],
    rows: Path,
) -> tuple[str, ...]:
    """The first accepted rows, each with its place and its fields; `rows` is what was converted.

    Small counts are hidden as they are in the lake, and texts of contracts with organisations.
    """
    assert source.reader.format == "workbook"
    workbook = source.reader.workbook
    table = source.warehouse_table
    names = [n for n in workbook.fields if n not in NEVER and not _is_fixed(n, workbook, report)]
    states = [f.name for f in table.current_fields() if f.name == "value_status"]
    columns = ", ".join(shown(table, name) for name in [*names, *states])
    found = con.execute(
        f"SELECT _row, {columns} FROM typed WHERE {good_rows(staged)} ORDER BY _row "
        f"LIMIT {FIRST_ROWS}"
    ).fetchall()
    places = places_of(rows, {row for row, *_ in found})
    return tuple(
        f"{_shown_place(places[row], report)}: "
        + " ".join(_pair(n, v, workbook) for n, v in zip([*names, *states], values, strict=True)
                   if v is not None and (n not in states or v != "observed"))
        for row, *values in found
    )  # fmt: skip


def first_reasons(part: Part, contract: Contract, language: str) -> tuple[str, ...]:
    """Why rows are refused, a line for each of the first causes: `1!C3–5: heading: cell: why`."""
    own = replace(part, columns=ColumnWords.of(contract, language))
    causes = causes_of(reasons_of(own, language))
    more = ("…",) if len(causes) > FIRST_CAUSES else ()
    return (*(_said(cause) for cause in causes[:FIRST_CAUSES]), *more)


def _said(cause: Cause) -> str:
    letters = ", ".join(column_letter(column) for column in cause.columns)
    rows = runs(row + 1 for row in cause.rows)
    cells = f"{letters}{rows}" if len(cause.columns) < 2 else f"{letters} {rows}"
    reason = cause.reason
    said = (f"{cause.sheet}!{cells}", reason.heading, reason.received, reason.text)
    return ": ".join(filter(None, said))


def _is_fixed(name: str, workbook: Workbook, report: Mapping[str, Any]) -> bool:
    """Whether a field has one value in all rows, since the mapping or the template says so."""
    if name in ALWAYS:
        return False
    is_column = any(name in sheet["columns"] for sheet in report["sheets"])
    return name in workbook.constants or (name in workbook.defaults and not is_column)


def _shown_place(at: Place, report: Mapping[str, Any]) -> str:
    """`1!C7`: sheet and cell of its value, or the cells of its fields."""
    sheet = next(s for s in report["sheets"] if s["sheet"] == at.sheet)
    numbers = sorted(sheet["columns"].values())
    if at.column is not None:
        cell = place(at.row, at.column)
    elif len(numbers) > 1:
        cell = f"{place(at.row, numbers[0])}:{column_letter(numbers[-1])}{at.row + 1}"
    else:
        cell = str(at.row + 1)
    return f"{at.sheet}!{cell}"


def _pair(name: str, value: object, workbook: Workbook) -> str:
    is_secret = "reference" in workbook.fields.values()
    is_text = workbook.fields.get(name) in ("reference", "text") and name not in workbook.labels
    if is_secret and is_text:
        return f"{name}={WITHHELD}"
    if isinstance(value, Decimal):
        return f"{name}={plain(value)}"
    if isinstance(value, float):
        return f"{name}={value:.15g}"
    return f"{name}={value.isoformat() if isinstance(value, date) else value}"
