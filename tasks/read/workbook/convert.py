"""The child process that opens a partner's file: cells in, rows of canonical text out.

A workbook can crash its reader or use all memory, so this runs as a separate process with limits
(`python -m tasks.read.workbook.convert`). It takes a JSON request on stdin, opens the file once,
finds for each sheet the contract or mapping that reads it, and writes for each of these a folder
with `rows.csv` (canonical text) and `cells` (what was read, as it is landed). The report, as JSON
on stdout, has no cell of the file.
"""

from __future__ import annotations

import gc
import json
import os
import re
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any, TextIO

from tasks.read.workbook import (
    cells,
    layout,
    lines,
    preflight,
    privacy,
    rows,
    scales,
    table,
    values,
)
from tasks.read.workbook.grid import Sheet, cell_at, column_letter, place, text_of
from tasks.read.workbook.layout import LEFT_OUT, Layout
from tasks.read.workbook.opening import sheets_of
from tasks.read.workbook.problem import Problem
from tasks.read.workbook.pseudonym import VARIABLE, Pseudonyms
from tasks.read.workbook.values import Unclear
from warehouse.modes import keep_private

MEMORY_MB = "PENATARAN_INTAKE_MEMORY_MB"
DEFAULT_MEMORY_MB = 512
CPU_SECONDS = 120
# Sheets of a template that are not data.
GUIDES = frozenset({"petunjuk", "guide", "説明", "kode", "codes", "コード"})
# Rows that are kept beside the data: they were read to know what is data.
ALSO_KEPT = frozenset({"total", "average", "dropped"})
NIK_FROM = 10**15
PROBLEMS, PLACE = "_problems", "_place"
Contracts = Mapping[str, Mapping[str, Any]]
Problems = list[list[Any]]


def limit_resources() -> None:
    """Limit memory and CPU time of this process, whatever is in the file."""
    memory = int(os.environ.get(MEMORY_MB) or DEFAULT_MEMORY_MB) << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    keep_private()
    limit_resources()
    gc.disable()  # a short process with a million cells and no cycles
    request = json.loads(sys.stdin.read())
    report = convert_file(
        Path(request["path"]),
        Path(request["folder"]),
        request["contracts"],
        stops=request["stops"],
    )
    sys.stdout.write(json.dumps(report, ensure_ascii=False))


@dataclass
class Choice:
    """Which sheets each contract reads, and what stops the file."""

    readings: dict[str, list[tuple[Sheet, Layout]]] = field(default_factory=dict)
    problems: Problems = field(default_factory=list)
    unread: list[int] = field(default_factory=list)  # sheets that no contract reads
    hidden: list[int] = field(default_factory=list)  # sheets that are hidden, and not read
    nearest: str = ""  # the contract that a sheet with problems is most like
    misfits: list[tuple[str, int]] = field(default_factory=list)
    """contracts and sheets that they name and do not fit, beside one that fits"""


def convert_file(
    path: Path, folder: Path, contracts: Contracts, *, stops: bool = True
) -> dict[str, Any]:
    """Write what the contracts read into `folder`; returns the report.

    `readings` has one entry a contract that reads a sheet. `problems` (code, sheet, where, facts)
    stop the whole file. `kinds` (kinds of personal data by sheet and column) stop it too, but for
    files that were taken in before (`stops` false); then nothing is written.
    """
    found = preflight.inspect(path)
    if isinstance(found, Problem):
        return _stopped(contracts, [[found.code, "", found.where, list(found.facts)]])
    ways = [(c["encoding"], c["delimiter"]) for c in contracts.values()]
    opened: dict[Any, list[Sheet]] = {}
    unclear: Unclear | None = None
    for way in dict.fromkeys(ways):
        try:
            opened[way] = sheets_of(path, *way, found)
        except Unclear as error:
            unclear = error
    if not opened:
        assert unclear is not None
        return _stopped(contracts, [[unclear.code, "", "", list(unclear.readings)]])
    sheets = {c: opened[way] for c, way in zip(contracts, ways, strict=True) if way in opened}
    any_sheets = next(iter(opened.values()))
    is_landed = any(sheet.header is not None for sheet in any_sheets)
    choice = choose(sheets, contracts)
    report: dict[str, Any] = {"sheets": len(any_sheets), "unread": choice.unread,
                              "hidden": choice.hidden, "misfits": choice.misfits}  # fmt: skip
    kinds = [] if is_landed else _personal(any_sheets, choice, contracts)
    if (kinds and stops) or choice.problems:
        problems = [] if kinds and stops else choice.problems
        return _stopped(contracts, problems, kinds, choice) | report
    readings = [
        _read(code, tables, contracts[code], folder / code)
        for code, tables in choice.readings.items()
    ]
    report["readings"] = [found for found in readings if not found["problems"]]
    problems = [problem for found in readings for problem in found["problems"]]
    if report["readings"]:  # a table without rows says nothing beside one with rows
        problems = [problem for problem in problems if problem[0] != "empty_file"]
    return {"contract": readings[0]["contract"], "fits": True, "problems": problems,
            "kinds": kinds, **report}  # fmt: skip


def _stopped(
    contracts: Contracts,
    problems: Problems,
    kinds: Sequence[list[Any]] = (),
    choice: Choice | None = None,
) -> dict[str, Any]:
    nearest = choice.nearest if choice else ""
    code = nearest or next(iter(choice.readings if choice and choice.readings else contracts))
    is_mapped = bool(contracts[code]["own"] or contracts[code]["unpivot"])
    fits = bool(nearest or (choice and choice.readings) or len(contracts) == 1)
    return {"contract": code, "problems": problems, "kinds": list(kinds), "readings": [],
            "is_mapped": is_mapped, "fits": fits}  # fmt: skip


def choose(sheets: Mapping[str, Sequence[Sheet]], contracts: Contracts) -> Choice:
    """The contracts that read each sheet: all those that name it and fit, else the best one."""
    choice = Choice()
    no_header = []
    numbers = [sheet.number for sheet in next(iter(sheets.values()))]
    for place_, number in enumerate(numbers):
        sheet = next(iter(sheets.values()))[place_]
        if sheet.is_empty or values.folded(sheet.name) in GUIDES:
            continue
        if not sheet.visible:
            choice.hidden.append(number)
            continue
        naming, others = _candidates(sheet, contracts)
        codes = [code for code in naming or others if code in sheets]
        found = {
            code: here
            for code in codes
            if (here := layout.find_layout(sheets[code][place_], contracts[code]))
        }
        fitting = {code: here for code, here in found.items() if not here.problems}
        if fitting:
            chosen = fitting if naming else {max(fitting, key=lambda c: fitting[c].known): None}
            misfits = (c for c in codes if c not in fitting and not _is_dropped(found.get(c)))
            choice.misfits += [(code, number) for code in misfits if naming]
            for code in chosen:
                choice.readings.setdefault(code, []).append((sheets[code][place_], fitting[code]))
        elif found:
            best = min(found, key=lambda c: (len(found[c].problems), _minus(found[c].known)))
            choice.nearest = choice.nearest or best
            problems = found[best].problems
            choice.problems += [[p.code, number, p.where, list(p.facts)] for p in problems]
        else:
            choice.unread.append(number)
            if codes:
                no_header.append(number)
    if not choice.readings and not choice.problems:
        choice.problems = _nothing(choice, no_header, contracts)
    return choice


def _is_dropped(here: Layout | None) -> bool:
    return here is not None and here.is_dropped


def _minus(known: tuple[int, int]) -> tuple[int, int]:
    return -known[0], -known[1]


def _nothing(choice: Choice, no_header: Sequence[int], contracts: Contracts) -> Problems:
    """Why no sheet of a file can be read, with the headings of the sender's mappings."""
    own = list(dict.fromkeys(text for c in contracts.values() for text in c["own"]))
    if no_header and len(contracts) > 1:
        return [["no_contract", "", "", own]]
    if no_header:
        return [["no_header", number, "", own] for number in no_header]
    if choice.hidden:
        return [["hidden_sheet", number, "", []] for number in choice.hidden]
    if choice.unread:
        return [["no_sheet", "", "", []]]
    return [["empty_file", "", "", []]]


def _candidates(sheet: Sheet, contracts: Contracts) -> tuple[list[str], list[str]]:
    """Contracts that name a sheet, and those that name none. The sheets of canonical cells have no
    names: they were chosen when they were read."""
    if sheet.header is not None:
        return [], list(contracts)
    naming = [
        code
        for code, contract in contracts.items()
        if any(re.fullmatch(p, sheet.name) for p in contract["sheets"])
    ]
    return naming, [code for code, contract in contracts.items() if not contract["sheets"]]


def _personal(sheets: Sequence[Sheet], choice: Choice, contracts: Contracts) -> Problems:
    """Kinds of personal data by sheet and column: in the cells of every sheet, and in headings of
    columns that no contract knows. Columns that a mapping leaves out, and hidden sheets, are
    neither kept nor searched."""
    layouts: dict[int, list[tuple[str, Layout]]] = {}
    for code, tables in choice.readings.items():
        for sheet, here in tables:
            layouts.setdefault(sheet.number, []).append((code, here))
    kinds: Problems = []
    for sheet in (s for s in sheets if s.visible):
        known = layouts.get(sheet.number, [])
        first_row = known[0][1].first_row if known else 0
        for index in range(len(sheet.columns)):
            names = {here.columns.get(index) for _, here in known}
            if names == {LEFT_OUT}:
                continue
            is_number = any(
                index in here.columns_of(contracts[code]["fields"], *rows.NUMBERS)
                for code, here in known
            )
            distinct = _distinct(sheet, index, first_row, is_number=is_number)
            found = privacy.kinds_in(distinct, are_figures=is_number)
            if not names - {None}:
                headings = [c for c in _headings(sheet, known, index) if isinstance(c, str)]
                found |= {k for h in headings if (k := privacy.column_kind(h, distinct))}
            kinds += [[kind, sheet.number, column_letter(index)] for kind in sorted(found)]
    return kinds


def _distinct(sheet: Sheet, index: int, first_row: int, *, is_number: bool) -> set[Any]:
    """The distinct cells of a column that may be personal data: a figure can only be an NIK."""
    column = sheet.columns[index]
    if not is_number:
        texts = sheet.texts(index, range(first_row, len(sheet.rows)))
        return texts.union(column[:first_row]) if texts else set(column)
    cells = column[first_row:]
    if lines.are_floats(cells) and max(cells) < NIK_FROM:  # most columns by far
        return set(column[:first_row])
    return {c for c in column if type(c) is not float or c >= NIK_FROM}


def _headings(sheet: Sheet, known: Sequence[tuple[str, Layout]], index: int) -> list[Any]:
    """Cells that may head a column: of the table that was found, else of the upper rows."""
    if known:
        header = known[0][1].header
        lines = sheet.rows[header.first : header.end]
    else:
        lines = sheet.rows[: layout.SEARCHED_ROWS]
    return [cell_at(row, index) for row in lines]


def _read(
    code: str, tables: Sequence[tuple[Sheet, Layout]], contract: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """Read the tables of one contract: its part of the report, its rows and its cells."""
    folder.mkdir(parents=True, exist_ok=True)
    pseudonyms = Pseudonyms(os.environ.get(VARIABLE))
    found = []
    for sheet, here in tables:
        table.fill_merged(sheet, here, contract["fields"])
        found.append(rows.find_rows(sheet, here, contract))
    others = [
        ["other_table", sheet.number, str(row + 1), []]
        for (sheet, _), kinds in zip(tables, found, strict=True)
        for row, kind in kinds.left_out
        if kind == "other_table"
    ]
    if others:
        return {"contract": code, "problems": others}
    unscaled = [
        [p.code, sheet.number, p.where, list(p.facts)]
        for (sheet, here), kinds in zip(tables, found, strict=True)
        for p in scales.undeclared(sheet, here, kinds, contract)
    ]
    if unscaled:
        return {"contract": code, "problems": unscaled}
    titles = [text for kinds in found for _, parts in kinds.titles for text in parts.values()]
    if any(privacy.text_kind(text) for text in titles):
        return {"contract": code, "problems": [["personal_title", "", "", []]]}
    if not pseudonyms.can_hash and any(
        _needs_key(sheet, here, kinds, contract, pseudonyms)
        for (sheet, here), kinds in zip(tables, found, strict=True)
    ):
        return {"contract": code, "problems": [["hash_key_missing", "", "", [VARIABLE]]]}
    report = _Report(code, contract)
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as out:
        report.write_rows(out, tables, found, pseudonyms)
    kept = [
        _kept(sheet, here, kinds, contract, pseudonyms)
        for (sheet, here), kinds in zip(tables, found, strict=True)
    ]
    cells.write_cells(folder / "cells", kept)
    return report.as_dict()


class _Report:
    """What became of the sheets of one contract."""

    def __init__(self, code: str, contract: Mapping[str, Any]) -> None:
        self.code, self.contract = code, contract
        self.rows = 0
        self.periods: set[str] = set()
        self.totals: Problems = []
        self.sheets: list[dict[str, Any]] = []

    def write_rows(
        self,
        out: TextIO,
        tables: Sequence[tuple[Sheet, Layout]],
        found: Sequence[rows.Found],
        pseudonyms: Pseudonyms,
    ) -> None:
        names = [*self.contract["states"], *self.contract["fields"]]
        out.write(lines.lines_of([("", [name], "") for name in (PROBLEMS, PLACE, *names)]))
        for (sheet, here), kinds in zip(tables, found, strict=True):
            read = table.read_rows(sheet, here, kinds, self.contract, pseudonyms)
            wrong = table.wrong_totals(sheet, here, self.contract, kinds)
            self.totals += [[sheet.number, *at] for at in wrong]
            problems = [""] * len(read.rows)
            for number, reasons in read.problems.items():
                problems[number] = json.dumps(reasons, ensure_ascii=False)
            texts = [lines.as_needed(read.texts[n]) for n in names]
            columns = [lines.as_needed(problems), _places(sheet.number, read), *texts]
            for block in lines.blocks(columns, len(read.rows)):
                out.write(lines.lines_of(block))
            self.rows += len(read.rows)
            self.periods |= set(read.texts.get("period_start", ())) - {""}
            self.sheets.append(_described(sheet, here, kinds, self.contract))

    def as_dict(self) -> dict[str, Any]:
        return {
            "contract": self.code,
            "problems": [] if self.rows else [["empty_file", "", "", []]],
            "sheets": self.sheets,
            "rows": self.rows,
            "periods": sorted(self.periods),
            "totals": self.totals,
        }


def _places(number: int, read: table.SheetRows) -> lines.Column:
    """Where each row stands: sheet and row, or the cell of its value."""
    if read.columns:
        pairs = zip(read.rows, read.columns, strict=True)
        return f"{number}!", [place(row, column) for row, column in pairs], ""
    return f"{number}!", lines.numbers_of(read.rows), ""


def _described(
    sheet: Sheet, here: Layout, kinds: rows.Found, contract: Mapping[str, Any]
) -> dict[str, Any]:
    """A sheet's table: its columns by field, its headings, the rows that are no data, by kind."""
    groups: dict[tuple[tuple[str, str], ...], dict[str, int]] = {}
    for n, pivot in here.pivots.items():
        groups.setdefault(tuple(sorted(pivot.parts.items())), {})[pivot.field] = n
    left_out: dict[str, list[int]] = {}
    for row, kind in kinds.left_out:
        left_out.setdefault(kind, []).append(row)
    return {
        "sheet": sheet.number,
        "columns": {f: n for n, f in here.columns.items() if f in contract["fields"]},
        "groups": {min(fields.values()): fields for fields in groups.values()},
        "sources": _sources(here, contract),
        "constants": contract["constants"],
        "titled": _titled(here, contract),
        "secret": here.columns_of(contract["fields"], "reference"),
        "texts": _unchecked(here, contract) if _is_secret(contract) else [],
        "header": [here.header.first, here.header.end],
        "left_out": left_out,
        "hidden_rows": sorted(sheet.hidden_rows.intersection(kinds.data)),
        "columns_left_out": sum(1 for name in here.columns.values() if name == LEFT_OUT),
    }


def _sources(here: Layout, contract: Mapping[str, Any]) -> dict[str, list[int]]:
    """The columns of the parts that each composed field is made of."""
    columns = {name: n for n, name in here.columns.items()}
    return {
        name: [columns[part] for part in _parts(pattern) if part in columns]
        for name, pattern in contract["compose"].items()
    }


def _titled(here: Layout, contract: Mapping[str, Any]) -> dict[str, list[str]]:
    """The fields that come from titles alone, with the parts that they are made of."""
    made = {f: [f] for f in contract["fields"] if f in contract["titles"]}
    made |= {f: _parts(pattern) for f, pattern in contract["compose"].items()}
    others = {*here.columns.values(), *(p for v in here.pivots.values() for p in v.parts)}
    return {f: parts for f, parts in made.items()
            if parts and not others & {*parts} and {*contract["titles"]} & {*parts}}  # fmt: skip


def _parts(pattern: str) -> list[str]:
    return [part for _, part, _, _ in Formatter().parse(pattern) if part]


def _unchecked(here: Layout, contract: Mapping[str, Any]) -> list[int]:
    """Columns of texts that no list knows: a name may stand there."""
    texts = here.columns_of(contract["fields"], "text")
    return [n for n in texts if here.columns[n] not in contract["labels"]]


def _is_secret(contract: Mapping[str, Any]) -> bool:
    """Whether organisations stand in the file by name."""
    return "reference" in contract["fields"].values()


def _needs_key(
    sheet: Sheet,
    here: Layout,
    kinds: rows.Found,
    contract: Mapping[str, Any],
    pseudonyms: Pseudonyms,
) -> bool:
    """Whether the sheet has the name of an organisation."""
    columns = here.columns_of(contract["fields"], "reference")
    return any(
        pseudonyms.needs_key(text)
        for row in kinds.data
        for n in columns
        if (text := text_of(cell_at(sheet.rows[row], n)).strip())
    )


def _kept(
    sheet: Sheet,
    here: Layout,
    kinds: rows.Found,
    contract: Mapping[str, Any],
    pseudonyms: Pseudonyms,
) -> cells.Kept:
    """What is kept of a sheet: the columns that are read, of its headings, its data and the rows
    that the data were told from. Organisations are kept by their references."""
    columns = sorted(n for n, name in here.columns.items() if name != LEFT_OUT)
    also: list[int] = []
    if _is_secret(contract):  # no cell that becomes no value, and no row that is no data
        needed = {
            *contract["fields"],
            *(p for t in contract["compose"].values() for p in _parts(t)),
        }
        columns = [n for n in columns if here.columns[n] in needed]
    else:
        also = [
            row
            for row, kind in kinds.left_out
            if kind in ALSO_KEPT and _first_filled(sheet.rows[row]) in set(columns)
        ]
    header = {*range(here.header.first, here.header.end)}
    if contract["unpivot"]:
        header |= {row - 1 for row in contract["unpivot"]["rows"].values()} & {
            *range(here.first_row)
        }
    replaced = {
        (row, n): pseudonyms.of(text)
        for n in here.columns_of(contract["fields"], "reference")
        for row in (*kinds.data, *also)
        if (text := text_of(cell_at(sheet.rows[row], n)).strip())
        and values.folded(text) not in values.EMPTY_TEXT
    }
    chosen = [*sorted(header), *(sorted({*kinds.data, *also}) if also else kinds.data)]
    return cells.Kept(sheet, columns, chosen, here.header, kinds.titles, replaced)


def _first_filled(row: Sequence[Any]) -> int:
    return next((n for n, cell in enumerate(row) if cell not in (None, "")), -1)


if __name__ == "__main__":
    main()
