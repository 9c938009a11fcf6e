"""Rows of one sheet of a published workbook, converted by a limited child.

The child is `tasks.read.workbook.sheet`.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

from config.reading import XlsxReader
from schemas.errors import DataError
from tasks.read.formats.common import Columns, TextTable

CHILD_SECONDS = 120.0


def convert(path: Path, out: Path, reader: XlsxReader, where: str) -> Columns:
    """Cells as text: numbers plain, days as ISO. Raises DataError if the workbook is refused
    (macros, bombs, encryption), or has no such sheet or heading."""
    cells = path.with_suffix(".cells.csv")
    request = {
        "path": str(path),
        "out": str(cells),
        "sheet": reader.sheet,
        "heading": reader.records,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tasks.read.workbook.sheet"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=CHILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode or not done.stdout:
        raise DataError("reader_died", "the workbook needs too much memory or time", where=where)
    answer = json.loads(done.stdout)
    if "row" in answer:
        raise DataError(
            answer["refused"],
            "a cell contains an error, or a number that was rounded",
            where=f"{where}, sheet like {reader.sheet!r}, row {answer['row']}",
            hint="ask the provider for the numbers as text, or for a file with computed values",
        )
    if "refused" in answer:
        raise DataError(
            answer["refused"],
            f"no sheet like {reader.sheet!r} has the heading {reader.records!r}",
            where=where,
            hint="the partner has changed the workbook: look at its sheets",
        )
    table = TextTable(out, where)
    table.names.update(dict.fromkeys(answer["names"]))
    with cells.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            table.add(dict(row))
    return table.close()
