"""Partners' files as tests make them, and the intake of them in this process."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from config import region
from config.contract import Mapping, load_all, source_of
from config.reading import WorkbookReader
from config.source import Source
from flows.intake import FileResult
from tasks.read.workbook import layout, rows, table
from tasks.read.workbook.grid import Merged, Sheet
from tasks.read.workbook.pseudonym import Pseudonyms

Take = Callable[..., list[FileResult]]
Cells = Sequence[Sequence[Any]]


def reading_of(source: Source) -> dict[str, Any]:
    """What the reader of partners' files is told of a source."""
    assert isinstance(source.reader, WorkbookReader)
    return source.reader.workbook.model_dump(mode="json")


def declared(contract: str, **mapping: Any) -> dict[str, Any]:
    """What the reader is told of a sender's mapping."""
    source = source_of(load_all()[contract], region.load("3505"),
                       Mapping(contract=contract, **mapping))  # fmt: skip
    return reading_of(source)


@dataclass
class SheetRead:
    """What the reader makes of one sheet: its rows by field, what it asks, the rows from 1 that are
    no data. `stops` are the problems of its layout."""

    texts: dict[str, list[str]]
    asked: list[tuple[int, str, str]]
    left_out: dict[str, list[int]]
    stops: list[tuple[str, str, str]]
    header: tuple[int, int] | None = None
    wrong_totals: int = 0

    def of(self, *names: str) -> list[tuple[str, ...]]:
        return list(zip(*(self.texts[name] for name in names), strict=True))


def read_sheet(
    cells: Cells, contract: dict[str, Any], merged: Sequence[Merged] = (), name: str = ""
) -> SheetRead:
    """Read one sheet's cells as a mapping says, in this process."""
    sheet = Sheet(1, name, True, [["" if c is None else c for c in line] for line in cells], merged)
    here = layout.find_layout(sheet, contract)
    if here is None:
        return SheetRead({}, [], {}, [("no_header", "", "")])
    if here.problems:
        return SheetRead({}, [], {}, [(p.code, p.where, " ".join(p.facts)) for p in here.problems])
    table.fill_merged(sheet, here, contract["fields"])
    kinds = rows.find_rows(sheet, here, contract)
    found = table.read_rows(sheet, here, kinds, contract, Pseudonyms(None))
    asked = [(n, p["code"], p["field"]) for n, ps in sorted(found.problems.items()) for p in ps]
    left_out: dict[str, list[int]] = {}
    for row, kind in kinds.left_out:
        left_out.setdefault(kind, []).append(row + 1)
    wrong = len(table.wrong_totals(sheet, here, contract, kinds))
    header = here.header.first + 1, here.header.end
    return SheetRead(found.texts, asked, left_out, [], header, wrong)


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
    """Every file's bytes, with what is packed in them: zstd, archives, pages of Parquet."""
    return {path: expanded(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def expanded(raw: bytes) -> bytes:
    """Bytes and, after them, what is packed in them, whatever it is packed in."""
    import io
    import zipfile

    import pyarrow.parquet
    import zstandard

    inner: list[bytes] = []
    if raw.startswith(b"\x28\xb5\x2f\xfd"):
        inner.append(zstandard.ZstdDecompressor().stream_reader(raw).read())
    elif raw.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            inner += [archive.read(name) for name in archive.namelist()]
    elif raw.startswith(b"PAR1"):
        inner.append(str(pyarrow.parquet.read_table(io.BytesIO(raw)).to_pydict()).encode())
    return b"".join([raw, *map(expanded, inner)])
