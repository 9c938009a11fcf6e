"""One sheet of a published workbook as CSV of text, in a separate process with limits.

`python -m tasks.read.workbook.sheet`: a JSON request on stdin (`path`, `out`, `sheet`,
`heading`), CSV in `out`, a JSON answer with the names or the refusal. The header is the
first row with the heading.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path
from typing import Any

from tasks.read.workbook import preflight
from tasks.read.workbook.convert import limit_resources
from tasks.read.workbook.opening import sheets_of
from tasks.read.workbook.problem import Problem
from tasks.read.workbook.readers import published_text
from tasks.read.workbook.values import Unclear, clean_text
from warehouse.modes import keep_private


def main() -> None:
    keep_private()
    limit_resources()
    request = json.loads(sys.stdin.read())
    sys.stdout.write(json.dumps(write_sheet(**request), ensure_ascii=False))


def write_sheet(path: str, out: str, sheet: str, heading: str) -> dict[str, Any]:
    """Write the rows below the heading; returns their `names`, or why the file is `refused`."""
    found = preflight.inspect(Path(path))
    if isinstance(found, Problem):
        return {"refused": found.code}
    try:
        opened = sheets_of(Path(path), inspected=found)
        sheets = [s.rows for s in opened if re.search(sheet, s.name)]
    except Unclear as error:
        return {"refused": error.code}
    for rows in sheets:
        head = next(
            (i for i, row in enumerate(rows) if heading in (clean_text(cell) for cell in row)), None
        )
        if head is None:
            continue
        names = [clean_text(cell) for cell in rows[head]]
        kept = [i for i, name in enumerate(names) if name]
        with Path(out).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([names[i] for i in kept])
            for number, row in enumerate(rows[head + 1 :], start=head + 2):
                try:
                    cells = [published_text(row[i]) if i < len(row) else "" for i in kept]
                except Unclear as error:
                    return {"refused": error.code, "row": number}
                if any(cells):
                    writer.writerow(cells)
        return {"names": [names[i] for i in kept]}
    return {"refused": "no_sheet" if not sheets else "no_heading"}


if __name__ == "__main__":
    main()
