"""Partners' files as tests make them, and the intake of them in this process."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from flows.intake import FileResult

Take = Callable[..., list[FileResult]]
Cells = Sequence[Sequence[Any]]


def workbook(path: Path, *sheets: Cells, names: Sequence[str] = ()) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, cells in enumerate(sheets):
        sheet = book.create_sheet(names[number] if names else f"S{number + 1}")
        for line in cells:
            sheet.append(list(line))
    book.save(path)
    return path


def text_file(path: Path, cells: Cells, *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=delimiter).writerows(cells)
    return path


def only(results: list[FileResult]) -> FileResult:
    (found,) = results
    return found


def reasons(result: FileResult, sheet: str = "Alasan") -> list[tuple[Any, ...]]:
    """Row, column, what was received and how to fix it, as in the answer workbook."""
    assert result.answer is not None
    book = openpyxl.load_workbook(result.answer)
    if sheet not in book:
        return []
    found = book[sheet].iter_rows(min_row=2, values_only=True)
    return [(row, column, came, mend) for row, column, came, _, mend in found]


def everything_under(folder: Path) -> dict[Path, bytes]:
    """Every file's bytes, landed ones unpacked."""
    import zstandard

    found = {}
    for path in (p for p in folder.rglob("*") if p.is_file()):
        raw = path.read_bytes()
        if path.suffix == ".zst":
            raw += zstandard.ZstdDecompressor().stream_reader(raw).read()
        if raw.startswith(b"PK"):
            raw += _unzipped(path)
        found[path] = raw
    return found


def _unzipped(path: Path) -> bytes:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())
