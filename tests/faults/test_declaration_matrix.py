"""What partners do wrong, done to every declared source's own specimen (S08, S10, S14, S15, X04,
X13): the cases come from the declarations, so a new source has them all without a line here."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config import source as declarations
from config.source import Source
from flows.declare import specimen_folder, stage_specimen
from schemas.errors import DataError
from schemas.model import Type
from tasks import formats
from tests.conftest import settings_for

DECLARED = declarations.load_all()
NEW = "zz_new_column"
# What the sources' own readers make, and no partner sends.
MADE = {"@month", "Month", "Value", "Weight", "Quantity", "Unit", "DATE", "VALUE"}
Record = dict[str, Any]


@dataclass(frozen=True)
class Case:
    source: str
    dataset: str
    path: Path

    @property
    def part(self) -> Source:
        return DECLARED[self.source].part(self.dataset)


def cases() -> Iterator[Case]:
    settings = settings_for(Path("unused"))
    for code, source in DECLARED.items():
        folder = specimen_folder(settings, code)
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            stem = path.stem.split(".")[0]
            if path.name.startswith(("expected", "first")) or path.suffix == ".md":
                continue
            yield Case(code, stem if stem in source.datasets else next(iter(source.datasets)), path)


CASES = list(cases())
pytestmark = pytest.mark.slow
ALL = pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.source}-{c.path.stem}")


def at(value: Any, path: str) -> Any:
    for step in path.split(".") if path else ():
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def where(holds: Callable[[Case], bool]) -> pytest.MarkDecorator:
    """Only the cases that a fault can happen to: nothing is skipped."""
    found = [c for c in CASES if holds(c)]
    return pytest.mark.parametrize("case", found, ids=lambda c: f"{c.source}-{c.path.stem}")


def changed(case: Case, change: Callable[[Record], None]) -> bytes:
    """The specimen with a change made to each of its records, as the partner would send it."""
    raw, reader = case.path.read_bytes(), case.part.reader
    if reader.format == "json":
        body = json.loads(raw)
        records = at(body, reader.records)
        for record in [records] if isinstance(records, dict) else records:
            change(record)
        return json.dumps(body, ensure_ascii=False).encode()
    if reader.format == "csv":
        text = raw.decode("utf-8-sig")
        lines = text.splitlines(keepends=True)
        rows = list(csv.DictReader(io.StringIO("".join(lines[reader.skip_lines :]))))
        names = list(rows[0])
        for row in rows:
            row.pop(None, None)  # type: ignore[call-overload]
            change(row)
        out = io.StringIO()
        writer = csv.DictWriter(out, [n for n in (*names, NEW) if n in rows[0]])
        writer.writeheader()
        writer.writerows(rows)
        return ("".join(lines[: reader.skip_lines]) + out.getvalue()).encode()
    if reader.format == "xml":
        root = ET.fromstring(raw)  # noqa: S314 - our own specimen
        for element in root.iter():
            if element.tag.rpartition("}")[2] == reader.records:
                children = {c.tag.rpartition("}")[2]: c for c in element}
                record: Record = {k: c.text for k, c in children.items()}
                record |= {f"@{k}": v for k, v in element.attrib.items() if "}" not in k}
                change(record)
                for name, child in children.items():
                    if name not in record:
                        element.remove(child)
                    else:
                        child.text = record[name]
                for name in [k for k in element.attrib if "}" not in k]:
                    if f"@{name}" not in record:
                        del element.attrib[name]
                    else:
                        element.attrib[name] = record[f"@{name}"]
                if NEW in record:
                    ET.SubElement(element, NEW).text = "1"
        return ET.tostring(root)
    import openpyxl

    book = openpyxl.load_workbook(case.path)
    sheet = next(s for s in book if "Conversion" in s.title)
    head = next(r for r in sheet.iter_rows() if any(c.value == reader.records for c in r))
    names = [str(c.value) for c in head]
    for cells in sheet.iter_rows(min_row=head[0].row + 1):
        record = {n: c.value for n, c in zip(names, cells, strict=True)}
        change(record)
        for name, cell in zip(names, cells, strict=True):
            cell.value = record.get(name)
        if NEW in record:
            sheet.cell(cells[0].row, len(names) + 1, "1")
            sheet.cell(head[0].row, len(names) + 1, NEW)
    for cell in head:  # a column that is gone is gone with its heading
        if not any(
            sheet.cell(r, cell.column).value for r in range(cell.row + 1, sheet.max_row + 1)
        ):
            cell.value = "other"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def stage(case: Case, raw: bytes, folder: Path) -> tuple[list[dict[str, str]], str]:
    """Good rows, and the reasons of the refused ones; the checks before landing come first."""
    path = folder / f"{case.dataset}{case.path.suffix}"
    path.write_bytes(raw)
    reader = case.part.reader
    envelope = formats.envelope_of(path, reader, case.source)
    error = formats.provider_error(envelope, reader) if reader.format == "json" else None
    if error:
        raise DataError("provider_error", error)
    if reader.format != "json":
        formats.check_kind(path, reader, case.source)
    text, refused = stage_specimen(settings_for(folder), DECLARED, DECLARED[case.source], path)
    return list(csv.DictReader(io.StringIO(text))), " ".join(reasons for _, reasons in refused)


def error_of(case: Case, raw: bytes, folder: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        stage(case, raw, folder)
    return caught.value


def raw_names(case: Case) -> list[str]:
    """Mapped columns that stand in each record as such, and may not be missing."""
    found = []
    reader = case.part.reader
    for name, specs in case.part.columns.items():
        for part in [n for n in name.replace("}", "{").split("{") if n and n != "-"]:
            turned = reader.wide and part in (reader.wide.names_to, reader.wide.values_to)
            made = reader.module and part in MADE
            if not turned and not made and not all(c.optional for c in specs) and "." not in part:
                found.append(part)
    return found


@ALL
def test_s14_an_added_column_is_fatal_or_warned_of(case: Case, tmp_path: Path) -> None:
    raw = changed(case, lambda r: r.update({NEW: "1"}))
    if case.part.added_columns == "warn":
        rows, _ = stage(case, raw, tmp_path)
        assert rows
        return
    error = error_of(case, raw, tmp_path)
    assert error.code == "column_added"
    assert NEW in error.message


@ALL
def test_s14_a_missing_column_is_named(case: Case, tmp_path: Path) -> None:
    names = raw_names(case)
    assert names
    for name in names:
        error = error_of(case, changed(case, lambda r, n=name: r.pop(n, None)), tmp_path)
        assert error.code in ("column_missing", "no_heading", "reader_failed"), name
        assert name in error.message or error.code == "no_heading"


@ALL
def test_s14_a_renamed_column_names_the_new_one(case: Case, tmp_path: Path) -> None:
    name = raw_names(case)[-1]

    def rename(record: Record) -> None:
        record[NEW] = record.pop(name, "1")

    error = error_of(case, changed(case, rename), tmp_path)
    assert error.code in ("column_missing", "no_heading", "reader_failed")
    if error.code == "column_missing":
        nested = "." in (case.part.reader.wide.columns if case.part.reader.wide else "")
        assert NEW in error.message or case.part.reader.module or nested


def typed_names(case: Case, *kinds: Type) -> list[str]:
    table = case.part.warehouse_table
    known = {f.name: f.type for f in table.body()}
    wide = case.part.reader.wide
    found = []
    for name in raw_names(case):
        targets = [c.to for c in case.part.columns.get(name, ())]
        if any(known.get(t) in kinds for t in targets):
            found.append(name)
    if wide and Type.RATE in kinds and "." not in wide.columns:
        found.append(wide.columns)
    return found


def has_numbers(case: Case) -> bool:
    kinds = (Type.DECIMAL, Type.RATE, Type.INTEGER)
    return bool(typed_names(case, *kinds)) and not case.part.reader.module


@where(has_numbers)
def test_s14_a_retyped_value_is_refused_row_by_row(case: Case, tmp_path: Path) -> None:
    names = typed_names(case, Type.DECIMAL, Type.RATE, Type.INTEGER)
    import re

    def retype(record: Record) -> None:
        for name in names:
            for column in [k for k in record if k == name or re.search(name, k)]:
                record[column] = "abc"

    rows, reasons = stage(case, changed(case, retype), tmp_path)
    assert rows == []
    assert '"not_a_number"' in reasons or '"not_a_count"' in reasons


@ALL
def test_s14_a_new_code_is_refused_by_name(case: Case, tmp_path: Path) -> None:
    coded = [
        name
        for name in raw_names(case)
        for c in case.part.columns.get(name, ())
        if (c.lookup or (c.values and c.unmapped == "refuse")) and c.to not in ("value_status",)
    ]
    for name in dict.fromkeys(coded):
        raw = changed(case, lambda r, n=name: r.update({n: "QQQQ"}))
        rows, reasons = stage(case, raw, tmp_path)
        assert rows == [], name
        if name in case.part.select:
            continue  # not a row that was asked for
        assert "QQQQ" in reasons
        assert '"unknown_code"' in reasons or '"unmapped_value"' in reasons


@ALL
def test_s10_what_is_not_the_answer_is_never_data(case: Case, tmp_path: Path) -> None:
    pages = [
        b"<!DOCTYPE html><html><body>Request rejected</body></html>",
        b"<html><head><title>503</title></head></html>",
        b"",
        b"Service unavailable",
        b'{"statusCode": 500, "message": "internal"}',
    ]
    for page in pages:
        error_of(case, page, tmp_path)


@ALL
def test_s08_a_cut_answer_is_never_whole(case: Case, tmp_path: Path) -> None:
    raw = case.path.read_bytes()
    whole, _ = stage(case, raw, tmp_path)
    cut = raw[: int(len(raw) * 0.7)]
    if case.part.reader.format != "csv":
        error_of(case, cut, tmp_path)
        return
    # A line that is cut is set aside with its place, or the whole is refused; the lines before
    # it are whole.
    try:
        rows, _ = stage(case, cut[: cut.rindex(b",")], tmp_path)
    except DataError:
        return
    assert len(rows) < len(whole)
    assert all(row in whole for row in rows)


@where(lambda c: c.part.reader.format != "xlsx")  # a workbook is an archive, not text
def test_s15_bytes_of_another_encoding_are_refused(case: Case, tmp_path: Path) -> None:
    text = case.path.read_bytes().decode("utf-8-sig")
    error_of(case, text.encode("utf-16"), tmp_path)
    broken = bytearray(text.encode())
    broken[len(broken) // 2 : len(broken) // 2] = b"\xff\xfe"
    error_of(case, bytes(broken), tmp_path)


@where(lambda c: c.part.reader.format == "xml")
def test_x04_a_doctype_is_refused(case: Case, tmp_path: Path) -> None:
    bomb = (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
            b"<x><Table>&b;</Table></x>")  # fmt: skip
    external = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x><Table/></x>'
    for document in (bomb, external):
        assert error_of(case, document, tmp_path).code == "doctype"


@ALL
def test_x13_what_is_too_deep_or_too_long_is_refused(case: Case, tmp_path: Path) -> None:
    match case.part.reader.format:
        case "json":
            error_of(case, b"[" * 100_000 + b"]" * 100_000, tmp_path)
        case "xml":
            assert error_of(case, b"<x>" * 5000 + b"</x>" * 5000, tmp_path).code == "xml_depth"
        case "csv":
            error_of(case, b"a" * (5 << 20), tmp_path)
        case _:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("xl/workbook.xml", b"0" * (300 << 20))
            error_of(case, out.getvalue(), tmp_path)
