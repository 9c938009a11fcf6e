"""Rows of a partner's file, converted by the limited child (`tasks.read.workbook.convert`)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.reading import Workbook
from schemas.errors import DataError
from schemas.sql import identifier, literal
from tasks.read.formats.common import RawRelation
from tasks.read.workbook.pseudonym import VARIABLE

CHILD_SECONDS = 180.0
OPEN_FILES = Path("/dev/fd")
ROWS, CELLS = "rows.csv", "cells"  # what the child writes for a contract
PLACE = "_place"
CONVERTED = b"_problems,"  # the beginning of converted rows


def cells_folder(spool: Path, sha256: str) -> Path:
    """Folder with the converted rows of some bytes, for the rest of a run."""
    return spool / f"{sha256}.cells"


def convert_in_child(
    path: Path,
    folder: Path,
    contracts: Mapping[str, Workbook],
    hash_key: str = "",
    *,
    stops: bool = True,
) -> dict[str, Any]:
    """Convert a file in a child process with limits; returns its report. What each contract reads
    is in a folder of its own below `folder`.

    `contracts` are the contracts that the sheets of the file may follow. An open file without a
    name is passed as `/dev/fd/N`. Personal data stop a file, but for one that was taken in before
    (`stops` false). The key is passed in the environment of the child, which other
    users cannot read. Raises DataError if the child dies or takes too long.
    """
    folder.mkdir(parents=True, exist_ok=True)
    request = {
        "path": str(path),
        "folder": str(folder),
        "contracts": {code: w.model_dump(mode="json") for code, w in contracts.items()},
        "stops": stops,
    }
    held = (int(path.name),) if path.parent == OPEN_FILES else ()
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tasks.read.workbook.convert"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=CHILD_SECONDS,
            check=False,
            pass_fds=held,
            env={**os.environ, VARIABLE: hash_key},
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode or not done.stdout:
        raise DataError(
            "reader_died",
            "the file could not be opened within the limits of memory and time",
            hint="save it again as XLSX without pictures and empty sheets, then send it again",
        )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def read_workbook(path: Path, workbook: Workbook, where: str) -> RawRelation:
    """Rows of landed cells; `_row` counts the data rows from 1, `_place` is sheet and cell.

    The intake has just converted the same cells; reading them again converts them again. Homes of
    versions before 2026-12 have files as they were sent, and converted rows of contracts with
    organisations.
    """
    raw = path.read_bytes()
    rows = path.with_suffix(".rows")
    if raw.startswith(CONVERTED):
        rows.write_bytes(raw)
    else:
        shutil.copyfile(_converted(path, raw, workbook, where) / ROWS, rows)
    # The header decides the order: a stored declaration may have another order of fields.
    with rows.open(encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split(",")
    spec = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names)
    listed = ", ".join(identifier(n) for n in names)
    sql = (
        f"SELECT row_number() OVER () AS _row, {listed} FROM read_csv({literal(rows)}, "
        f"columns={{{spec}}}, auto_detect=false, header=true, delim=',', quote='\"', "
        f"escape='\"', nullstr='', parallel=false)"
    )
    columns = tuple(n for n in names if n != PLACE)
    return RawRelation(sql, columns, ("cells_malformed", "the converted rows are broken"))


def _converted(path: Path, raw: bytes, workbook: Workbook, where: str) -> Path:
    """The folder with the converted rows of some bytes."""
    folder = cells_folder(path.parent, hashlib.sha256(raw).hexdigest())
    if (folder / ROWS).exists():
        return folder
    report = convert_in_child(path, folder, {"it": workbook}, stops=False)
    if report["problems"]:
        codes = sorted({str(p[0]) for p in report["problems"]})
        raise DataError("file_refused", ", ".join(codes), where=where)
    (folder / "it" / ROWS).rename(folder / ROWS)
    return folder
