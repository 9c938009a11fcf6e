"""A partner's workbook of 100,000 rows: opened bare, opened by the guarded child, answered."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, run

ROOT = Path(__file__).parent.parent
ROWS = 100_000
ROUNDS = 7
REFUSED_EVERY = 50  # rows, in the answer
HEAD = ("frekuensi", "periode", "negara", "kode hs", "nilai", "mata uang", "berat",
        "jumlah eksportir")  # fmt: skip
COUNTRIES = ("Jepang", "Tiongkok", "Australia", "Amerika Serikat", "Belanda", "Malaysia")

BARE = """\
import sys
from python_calamine import CalamineWorkbook
CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
"""
ANSWER = """\
import json, sys
from pathlib import Path
from tasks.answers import workbook as answer
from tasks.check.quarantine import RefusedRow
folder = Path(sys.argv[2])
(read,) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["readings"]
cell = json.dumps([{"code": "not_a_number", "field": "value", "severity": "quarantine"}])
refused = [RefusedRow(n, cell) for n in range(1, int(sys.argv[3]), int(sys.argv[4]))]
places = answer.places_of(folder / "it" / "rows.csv", {r.number for r in refused})
words = answer.ColumnWords({}, {})
part = answer.Part(folder / "it" / "cells", read, words, refused, places)
head = answer.Heading("x", 1, len(refused))
answer.write_answer(folder / "answer.xlsx", [part], head, "id", folder, simulated=False)
"""


def write_workbook(path: Path, rows: int) -> None:
    import xlsxwriter

    rng = random.Random(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        for n in range(rows):
            line = ("bulanan", f"{2010 + n % 15}-{1 + n % 12:02d}", COUNTRIES[n % 6],
                    f"{n * 37 % 999_999:06d}", rng.randint(1, 10**9) / 100, "IDR",
                    rng.randint(1, 10**6), rng.randint(5, 50))  # fmt: skip
            sheet.write_row(n + 1, 0, line)


def _request(path: Path, cells: Path) -> str:
    from config.contract import load_all, source_of
    from config.reading import WorkbookReader
    from config.region import load

    reader = source_of(load_all()["local_exports"], load("3505")).reader
    assert isinstance(reader, WorkbookReader)
    workbook = reader.workbook
    contracts = {"it": workbook.model_dump(mode="json")}
    request = {"path": str(path), "folder": str(cells), "contracts": contracts, "stops": True}
    return json.dumps(request)


def measure(work: Path, rows: int = ROWS, rounds: int = ROUNDS) -> dict[str, Any]:
    """CPU seconds and peak memory of each step; a child's are its parent's too."""
    folder = work / "files"
    shutil.rmtree(folder, ignore_errors=True)
    path = folder / "exports.xlsx"
    write_workbook(path, rows)
    cells = folder / "cells"
    cells.mkdir()
    (folder / "request.json").write_text(_request(path, cells), encoding="utf-8")
    convert = f"{sys.executable} -m tasks.read.workbook.convert"
    child = f"{convert} < {folder}/request.json > {cells}/report.json"
    arguments = [str(path), str(cells), str(rows), str(REFUSED_EVERY)]
    commands = {
        "bare": [sys.executable, "-c", BARE, *arguments],
        "guarded": ["sh", "-c", child],
        "answer": [sys.executable, "-c", ANSWER, *arguments],
    }
    # An installed package has its byte code; so has a clone after its first command.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    costs: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            costs.setdefault(name, []).append(run(command, environment, ROOT))
    report = json.loads((cells / "report.json").read_text(encoding="utf-8"))
    if [read["rows"] for read in report["readings"]] != [rows]:
        raise RuntimeError(f"the workbook was not read: {report['problems']}")
    return {
        "rows": rows,
        "workbook_mb": round(path.stat().st_size / 2**20, 1),
        "steps": {
            name: {
                "cpu": round(statistics.median(c.cpu_seconds for c in found), 2),
                "largest_mb": round(max(c.largest_mb for c in found)),
            }
            for name, found in costs.items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(measure(ROOT / ".bench"), indent=1))
