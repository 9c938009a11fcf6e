"""The child process that opens a partner's file: cells in, rows of canonical text out.

A workbook can crash its reader or use all memory, so this runs as a separate process with limits
(`python -m tasks.read.workbook.convert`). It takes a JSON request on stdin, and writes `rows.csv`,
`grid-N.csv` and a JSON report. The file is opened once and read by the contract that fits it best.
"""

from __future__ import annotations

import csv
import gc
import json
import os
import re
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.read.workbook import layout, preflight, privacy, table, values
from tasks.read.workbook.opening import Sheets, sheets_of
from tasks.read.workbook.pseudonym import VARIABLE, Pseudonyms
from tasks.read.workbook.values import Unclear

MEMORY_MB = "PENATARAN_INTAKE_MEMORY_MB"
DEFAULT_MEMORY_MB = 512
CPU_SECONDS = 120
# Sheets of a template that are not data.
GUIDES = frozenset({"petunjuk", "guide", "説明", "kode", "codes", "コード"})
Problems = list[list[Any]]
Layouts = dict[int, layout.Layout]


def limit_resources() -> None:
    """Limit memory and CPU time of this process, whatever is in the file."""
    memory = int(os.environ.get(MEMORY_MB) or DEFAULT_MEMORY_MB) << 20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    limit_resources()
    gc.disable()  # a short process with a million cells and no cycles
    request = json.loads(sys.stdin.read())
    report = convert_file(Path(request["path"]), Path(request["folder"]), request["contracts"])
    sys.stdout.write(json.dumps(report, ensure_ascii=False))


def convert_file(
    path: Path, folder: Path, contracts: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Write `rows.csv` and `grid-N.csv` into `folder`; returns the report.

    In the report `contract` is the best of the candidates. `problems` (code, sheet, where, facts)
    stop the whole file. `kinds` (kinds of personal data by column) stop it too; then nothing is
    written.
    """
    code = next(iter(contracts))
    if refusal := preflight.refusal(path):
        return _stopped(code, [[refusal.code, "", refusal.where, list(refusal.facts)]])
    best: tuple[int, str, Sheets, Layouts, Problems] | None = None
    opened: dict[str | None, Sheets | Unclear] = {}
    for code, contract in contracts.items():
        encoding = contract["encoding"]
        if encoding not in opened:
            opened[encoding] = _open(path, encoding)
        sheets = opened[encoding]
        if isinstance(sheets, Unclear):
            found: Layouts = {}
            problems: Problems = [[sheets.code, "", "", list(sheets.readings)]]
            sheets = []
        else:
            found, problems = _layouts(sheets, contract)
        badness = len(problems) + 1000 * any(p[0] == "no_header" for p in problems)
        if best is None or badness < best[0]:
            best = (badness, code, sheets, found, problems)
    assert best is not None
    _, code, sheets, found, problems = best
    if kinds := _personal(sheets, found, contracts[code]):
        return {"contract": code, "problems": [], "kinds": kinds}
    if len(contracts) > 1 and problems and {p[0] for p in problems} == {"no_header"}:
        problems = [["no_contract", "", "", []]]
    if problems:
        return _stopped(code, problems)
    return {"contract": code, **_rows(sheets, found, contracts[code], folder)}


def _stopped(code: str, problems: Problems) -> dict[str, Any]:
    return {"contract": code, "problems": problems}


def _open(path: Path, encoding: str | None) -> Sheets | Unclear:
    try:
        return sheets_of(path, encoding)
    except Unclear as unclear:
        return unclear


def _layouts(sheets: Sheets, contract: Mapping[str, Any]) -> tuple[Layouts, Problems]:
    """The layout of each sheet that has the contract's table, and what stops the file."""
    found: Layouts = {}
    problems: Problems = []
    for number, (name, visible, grid) in enumerate(sheets):
        if contract["sheets"] and not any(re.fullmatch(p, name) for p in contract["sheets"]):
            continue
        filled = any(cell not in (None, "") for row in grid for cell in row)
        if not filled or values.folded(name) in GUIDES:
            continue
        if not visible:
            problems.append(["hidden_sheet", f"#{number + 1}", "", []])
            continue
        here = layout.find_layout(grid, contract)
        if here is None:
            problems.append(["no_header", f"#{number + 1}", "", []])
            continue
        found[number] = here
        problems += [[p.code, f"#{number + 1}", p.where, list(p.facts)] for p in here.problems]
    if not found and not problems:
        problems.append(["empty_file", "", "", []])
    return found, problems


def _personal(sheets: Sheets, found: Layouts, contract: Mapping[str, Any]) -> Problems:
    """Kinds of personal data by sheet and column: in cells of every sheet, and in headings of
    columns that the contract does not know."""
    kinds: Problems = []
    for number, (_, _, grid) in enumerate(sheets):
        fields = found[number].columns if number in found else {}
        for index in range(max((len(row) for row in grid), default=0)):
            field = fields.get(index, "")
            if field == layout.PIVOT:  # its cells become values of this field
                field = contract["unpivot"]["value"]
            kind = contract["fields"].get(field)
            distinct = {row[index] for row in grid if index < len(row)}
            here = privacy.kinds_in(distinct, are_figures=kind == "number")
            if kind is None:
                texts = (c for c in distinct if isinstance(c, str))
                here |= {k for text in texts if (k := privacy.header_kind(text))}
            kinds += [[k, f"#{number + 1}", layout.column_letter(index)] for k in sorted(here)]
    return kinds


def _rows(
    sheets: Sheets, found: Layouts, contract: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    fields = list(contract["fields"])
    pseudonyms = Pseudonyms(os.environ.get(VARIABLE))
    positions: list[list[int]] = []
    periods: set[str] = set()
    totals: Problems = []
    needs_key = False
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["_problems", *fields])
        for order, (number, here) in enumerate(found.items()):
            needs_key |= _needs_key(sheets[number][2], here, contract, pseudonyms)
            read = table.read_rows(sheets[number][2], here, contract, pseudonyms)
            wrong = table.wrong_totals(sheets[number][2], here, contract, read)
            totals += [[order, *place] for place in wrong]
            problems = [""] * len(read.rows)
            for place, reasons in read.problems.items():
                problems[place] = json.dumps(reasons, ensure_ascii=False)
            writer.writerows(zip(problems, *(read.texts[f] for f in fields), strict=True))
            if read.pivots:
                pairs = zip(read.rows, read.pivots, strict=True)
                positions += [[order, row, column] for row, column in pairs]
            else:
                positions += [[order, row] for row in read.rows]
            periods |= set(read.texts.get("period_start", ())) - {""}
    if needs_key and not pseudonyms.can_hash:
        (folder / "rows.csv").unlink()
        return {"problems": [["hash_key_missing", "", "", [VARIABLE]]]}
    _write_grid(sheets, found, folder)
    return {
        "problems": [] if positions else [["empty_file", "", "", []]],
        "positions": positions,
        "columns": [
            {name: n for n, name in here.columns.items() if name in contract["fields"]}
            for here in found.values()
        ],
        "headers": [here.header_row for here in found.values()],
        "periods": sorted(periods),
        "totals": totals,
        "pivot": contract["unpivot"]["value"] if contract["unpivot"] else None,
    }


def _needs_key(
    grid: layout.Grid, here: layout.Layout, contract: Mapping[str, Any], pseudonyms: Pseudonyms
) -> bool:
    """Whether the sheet has the name of an organisation."""
    columns = [n for n, f in here.columns.items() if contract["fields"].get(f) == "reference"]
    return bool(columns) and any(
        pseudonyms.needs_key(text)
        for row in layout.data_rows(grid, here, contract["drop"])
        for n in columns
        if n < len(grid[row]) and (text := table.text_of(grid[row][n]).strip())
    )


def _write_grid(sheets: Sheets, found: Layouts, folder: Path) -> None:
    """Write the cells of each sheet as a CSV file, for the answer workbook."""
    for order, number in enumerate(found):
        with (folder / f"grid-{order}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(sheets[number][2])


if __name__ == "__main__":
    main()
