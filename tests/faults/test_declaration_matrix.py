"""What partners do wrong, done to every declared source's own specimen (S08, S10, S14, S15, S17,
S18, D02 to D12, X04, X13): the cases come from the declarations, so a new source has them all
without a line here."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config import declarations
from config.columns import AnyColumn, ChoosingColumn, CodeColumn, MissingColumn, NumberColumn
from config.reading import HtmlReader
from config.source import Source
from flows.declare import _lists, specimen_folder, stage_specimen
from schemas.checks import suite
from schemas.errors import DataError
from schemas.model import NUMBERS, Type
from tasks.landing.land import Receipt, land
from tasks.landing.manifest import Generation
from tasks.load.record import Evidence, Load, Provenance
from tasks.load.slice_load import SliceLoad, Stores
from tasks.outcome import Counts
from tasks.read import formats
from tasks.read.mapping import NO_VALUES, VALUE
from tasks.slices import Slice
from tests.conftest import settings_for
from warehouse.engine import connect
from warehouse.lake import Lake

DECLARED = declarations.load_all().sources
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


def changed(  # noqa: C901 - a branch for each format, each its own little writer
    case: Case, change: Callable[[Record], None]
) -> bytes:
    """The specimen with a change made to each of its records, as the partner would send it."""
    raw, reader = case.path.read_bytes(), case.part.reader
    if reader.format == "json":
        body = json.loads(raw)
        records = at(body, reader.records)
        for record in [records] if isinstance(records, dict) else records:
            change(record)
        return json.dumps(body, ensure_ascii=False).encode()
    if reader.format == "csv":
        encoding = "utf-8-sig" if reader.encoding == "utf-8" else reader.encoding
        text = raw.decode(encoding)
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
        whole = "".join(lines[: reader.skip_lines]) + out.getvalue()
        return whole.encode(reader.encoding, "replace")  # no zero-width space in cp1252
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
    if reader.format == "html":
        return changed_page(raw.decode(), reader.records, change)
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


def changed_page(page: str, heading: str, change: Callable[[Record], None]) -> bytes:
    """The page with a change made to each row of the table that has this heading."""
    start = page.rindex("<table", 0, page.index(f">{heading}</th>"))
    end = page.index("</table>", start)
    names, *lines = (
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        for row in re.findall(r"<tr.*?</tr>", page[start:end], re.S)
    )
    rows: list[Record] = [dict(zip(names, line, strict=True)) for line in lines]
    for row in rows:
        change(row)
    kept = [n for n in (*names, NEW) if n in rows[0]]
    made = ["".join(f"<td>{row[n]}</td>" for n in kept) for row in rows]
    head = "".join(f"<th>{n}</th>" for n in kept)
    body = "".join(f"<tr>{line}</tr>" for line in (head, *made))
    return f"{page[:start]}<table>{body}{page[end:]}".encode()


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
    return list(csv.DictReader(io.StringIO(text))), " ".join(r.reasons for r in refused)


AS_THEY_ARE: dict[Case, list[dict[str, str]]] = {}


def as_it_is(case: Case, folder: Path) -> list[dict[str, str]]:
    """Good rows of the specimen itself, staged once for all tests."""
    if case not in AS_THEY_ARE:
        AS_THEY_ARE[case] = stage(case, case.path.read_bytes(), folder)[0]
    return AS_THEY_ARE[case]


def error_of(case: Case, raw: bytes, folder: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        stage(case, raw, folder)
    return caught.value


def raw_names(case: Case) -> list[str]:
    """Mapped columns that stand in each record as such, and may not be missing."""
    found = []
    reader = case.part.reader
    for name, specs in case.part.columns.items():
        for part in re.findall(r"{([^}]+)}", name) or [name]:
            turned = reader.wide and part in (reader.wide.names_to, reader.wide.values_to)
            made = (reader.module and part in MADE) or (
                isinstance(reader, HtmlReader) and part in reader.page
            )
            if not turned and not made and not all(c.optional for c in specs) and "." not in part:
                found.append(part)
    if not keeps_records(case):  # a reader that makes its records of something else needs it all
        return [str(name) for name in first_record(case)]
    return found


def is_coded(column: AnyColumn) -> bool:
    """Whether a text that nobody knows is refused there."""
    if isinstance(column, CodeColumn):
        return True
    chooses = isinstance(column, ChoosingColumn) and column.values
    return bool(chooses) and column.unmapped == "refuse"


def first_record(case: Case) -> Record:
    records = at(json.loads(case.path.read_bytes()), case.part.reader.records)
    found: Record = records if isinstance(records, dict) else records[0]
    return found


def keeps_records(case: Case) -> bool:
    """A short reader mostly keeps a record's own columns; that of BPS's tables builds new ones
    from the lists of dimensions."""
    reader = case.part.reader
    if not reader.module or reader.format != "json":
        return True
    names = {p for n in case.part.columns for p in re.split(r"[{}-]", n)}
    return bool(names & set(first_record(case)))


@where(keeps_records)
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
    return bool(typed_names(case, *NUMBERS)) and not case.part.reader.module


@where(has_numbers)
def test_s14_a_retyped_value_is_refused_row_by_row(case: Case, tmp_path: Path) -> None:
    names = typed_names(case, *NUMBERS)

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
        if is_coded(c) and c.to not in ("value_status",)
    ]
    for name in dict.fromkeys(coded):
        raw = changed(case, lambda r, n=name: r.update({n: "QQQQ"}))
        rows, reasons = stage(case, raw, tmp_path)
        assert rows == [], name
        if name in case.part.select:
            continue  # not a row that was asked for
        assert "QQQQ" in reasons
        assert '"unknown_code"' in reasons or '"unmapped_value"' in reasons


# --- values (D02 to D12) ---------------------------------------------------------------------


def plain(case: Case) -> bool:
    """A record's own cells reach the columns: no short reader turns them first."""
    return not case.part.reader.module


def each(case: Case, names: Sequence[str], change: Callable[[Any], Any]) -> bytes:
    """The specimen with a change made to these cells of each record that has something there."""

    def alter(record: Record) -> None:
        for name in names:
            for column in [k for k in record if k == name or re.fullmatch(name, k)]:
                if record[column] not in (None, ""):
                    record[column] = change(record[column])

    return changed(case, alter)


def filled(case: Case) -> list[str]:
    """Names of numbers that stand in the specimen, not only in the declaration."""
    seen: set[str] = set()

    def look(record: Record) -> None:
        seen.update(k for k, v in record.items() if v not in (None, ""))

    changed(case, look)
    numbers = typed_names(case, *NUMBERS)
    return [n for n in numbers if any(k == n or re.fullmatch(n, k) for k in seen)]


def coded_names(case: Case) -> list[str]:
    return [
        name
        for name in raw_names(case)
        for c in case.part.columns.get(name, ())
        if isinstance(c, CodeColumn)
        and not c.extract
        and name not in case.part.select
        and "{" not in name
    ]


def refused(case: Case, raw: bytes, folder: Path) -> bool:
    """No changed row of it is taken: each is set aside, or the whole is refused."""
    whole = as_it_is(case, folder)
    rows, reasons = outcome(case, raw, folder)
    return bool(reasons) and len(rows) < len(whole) and all(row in whole for row in rows)


def outcome(case: Case, raw: bytes, folder: Path) -> tuple[list[dict[str, str]], str]:
    """Rows and reasons; for an answer that is refused as a whole, no rows and its code."""
    try:
        return stage(case, raw, folder)
    except DataError as error:
        return [], error.code


@where(lambda c: plain(c) and bool(filled(c)))
def test_d05_d06_what_looks_like_a_number_is_no_number(case: Case, tmp_path: Path) -> None:
    """Another locale's number, accounting's minus, a percentage, a currency, an infinity."""
    words = {
        w
        for specs in case.part.columns.values()
        for c in specs
        if isinstance(c, MissingColumn)
        for w in c.missing
    }
    for text in ("1.234,56", "(5)", "5%", "Rp 5", "NaN", "Infinity", "-Infinity", "1e400", "0x1F"):
        if text in words or (text in NO_VALUES and filled(case) == [VALUE]):
            continue  # how this partner, or SDMX, says that there is none
        assert refused(case, each(case, filled(case), lambda _, t=text: t), tmp_path), text


@where(lambda c: plain(c) and bool(coded_names(c)))
def test_d02_d09_a_code_that_lost_its_zeros_is_not_another_code(case: Case, tmp_path: Path) -> None:
    for name in coded_names(case):
        for change in (lambda v: f"{v}.0", lambda v: f"000{v}", lambda v: f"{v}e0"):
            assert refused(case, each(case, [name], change), tmp_path), name


def period_names(case: Case) -> list[str]:
    known = {f.name: f.type for f in case.part.warehouse_table.body()}
    return [
        n
        for n in raw_names(case)
        if any(
            known.get(c.to) is Type.DATE or c.to == "ref_period"
            for c in case.part.columns.get(n, ())
        )
        and n not in case.part.select
    ]


DATES = ("01/13/2025", "45658", "2025-13", "2025-02-30", "0000", "31.12.2025")


@where(lambda c: plain(c) and bool(period_names(c)))
def test_d04_only_the_declared_form_is_a_date(case: Case, tmp_path: Path) -> None:
    for name in period_names(case):
        for text in DATES:
            assert refused(case, each(case, [name], lambda _, t=text: t), tmp_path), (name, text)


@where(lambda c: plain(c) and bool(coded_names(c)))
def test_d06_an_empty_part_of_a_key_is_named(case: Case, tmp_path: Path) -> None:
    keys = {f.name for f in case.part.warehouse_table.key}
    for name in coded_names(case):
        if all(c.to not in keys for c in case.part.columns[name]):
            continue
        rows, reasons = stage(case, each(case, [name], lambda _: ""), tmp_path)
        assert rows == []
        assert any(
            f'"{c.to}"' in reasons or f'"{name}"' in reasons for c in case.part.columns[name]
        )


@where(lambda c: plain(c) and bool(filled(c)) and c.part.reader.format == "json")
def test_d06_one_key_with_two_figures_gives_neither(case: Case, tmp_path: Path) -> None:
    whole = as_it_is(case, tmp_path)
    other = each(case, filled(case), lambda v: 7 if isinstance(v, (int, float)) else "7")
    body, more = json.loads(case.path.read_bytes()), json.loads(other)
    records, twins = at(body, case.part.reader.records), at(more, case.part.reader.records)
    if not isinstance(records, list):
        pytest.fail("records that are no list cannot come twice; exclude them in `where`")
    records.extend(twins)
    rows, reasons = outcome(case, json.dumps(body).encode(), tmp_path)
    assert all(row in whole for row in rows), "a figure of the twins was taken"
    assert len(rows) < len(whole)
    # Many partners say how many rows there are; twins are more.
    assert '"conflicting_key"' in reasons or reasons in ("count_mismatch", "pages_incomplete")


@where(lambda c: plain(c) and bool(coded_names(c)))
def test_d12_what_cannot_be_seen_changes_no_code(case: Case, tmp_path: Path) -> None:
    """Spaces, zero-width and control characters either fall away or are refused; never a
    second code that looks like the first."""
    whole = as_it_is(case, tmp_path)
    names = coded_names(case)
    for add in ("\u200b", "\u00a0", "\ufeff", " ", "\u0001"):
        if add == "\u0001" and case.part.reader.format in ("xml", "xlsx"):
            continue  # no character of XML
        raw = each(case, names, lambda v, a=add: f"{v}{a}" if isinstance(v, str) else v)
        try:
            rows, _ = stage(case, raw, tmp_path)
        except DataError:
            continue
        assert all(row in whole for row in rows), repr(add)


@where(lambda c: plain(c) and bool(coded_names(c)))
def test_d12_a_huge_cell_is_refused(case: Case, tmp_path: Path) -> None:
    if case.part.reader.format == "xlsx":
        return  # a cell of a workbook holds 32,767 characters
    name = coded_names(case)[0]
    assert refused(case, each(case, [name], lambda _: "9" * 200_000), tmp_path)


XLSX = where(lambda c: c.part.reader.format == "xlsx")


def edited(case: Case, part: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one kind of its parts changed as text."""
    out = io.BytesIO()
    with zipfile.ZipFile(case.path) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            body = old.read(item)
            if re.fullmatch(part, item.filename):
                body = change(body.decode()).encode()
            new.writestr(item, body)
    return out.getvalue()


@XLSX
def test_d03_a_number_too_long_for_a_cell_is_no_code(case: Case, tmp_path: Path) -> None:
    """Spreadsheets keep fifteen digits: what has more is rounded already."""
    name = coded_names(case)[0] if coded_names(case) else raw_names(case)[0]
    rows, _ = outcome(case, each(case, [name], lambda _: 12345678901234567), tmp_path)
    assert rows == []


@XLSX
def test_d07_a_formula_that_was_not_computed_is_no_value(case: Case, tmp_path: Path) -> None:
    whole = as_it_is(case, tmp_path)
    for text in ("=1+1", "#REF!"):
        for name in raw_names(case):
            rows, _ = outcome(case, each(case, [name], lambda _, t=text: t), tmp_path)
            assert all(row in whole for row in rows), (name, text)
            assert len(rows) < len(whole)


@XLSX
def test_d08_a_dimension_that_lies_hides_no_row(case: Case, tmp_path: Path) -> None:
    whole = as_it_is(case, tmp_path)
    lying = edited(
        case, r"xl/worksheets/.*\.xml",
        lambda text: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:A2"', text),
    )  # fmt: skip
    assert lying != case.path.read_bytes()
    assert stage(case, lying, tmp_path)[0] == whole


# --- SDMX ---------------------------------------------------------------------------------------


def with_action(case: Case, action: str) -> bytes:
    """The specimen as a message of SDMX with an action; SDMX-CSV 1 becomes 2."""
    raw, kind = case.path.read_bytes(), case.part.reader.format
    if kind == "sdmx-json":
        body = json.loads(raw)
        for dataset in body.get("data", body)["dataSets"]:
            dataset["action"] = action
        return json.dumps(body).encode()
    if kind == "sdmx-ml":
        return re.sub(rb"<([\w:]*DataSet)(?=[\s>])", rb'<\1 ss:action="%b"' % action.encode(), raw)
    short = action[:1]
    if b"ACTION" in raw.splitlines()[0]:
        return changed(case, lambda r: r.update({"ACTION": short}))
    head, *lines = raw.decode("utf-8-sig").splitlines()
    more = [f"dataflow,X:Y(1.0),{short},{line}" for line in lines]
    return "\n".join([f"STRUCTURE,STRUCTURE_ID,ACTION,{head}", *more, ""]).encode()


def with_value(case: Case, text: str) -> bytes:
    raw, kind = case.path.read_bytes(), case.part.reader.format
    if kind == "sdmx-json":
        body = json.loads(raw)
        for dataset in body.get("data", body)["dataSets"]:
            for one in (dataset.get("series") or {"": dataset}).values():
                for values in one["observations"].values():
                    values[0] = text
        return json.dumps(body).encode()
    if kind == "sdmx-ml":
        sign = rb'(OBS_VALUE=|ObsValue value=)"[^"]*"'
        return re.sub(sign, rb'\1"%b"' % text.encode(), raw)
    return each(case, [VALUE], lambda _: text)


def with_unknown_level(case: Case) -> bytes:
    raw = case.path.read_bytes()
    if case.part.reader.format == "sdmx-ml":
        return re.sub(rb"(<[\w:]*DataSet(?:\s[^>]*)?>)", rb'\1<Unheard UNIT_MULT="6"/>', raw)
    body = json.loads(raw)
    body.get("data", body)["dataSets"][0]["unheardAttributes"] = {"0:": [0]}
    return json.dumps(body).encode()


def kinds_of_sdmx() -> Iterator[Any]:
    """Every fault of an SDMX message for every source that is one, whatever its format."""
    for case in CASES:
        kind, is_sdmx = case.part.reader.format, VALUE in case.part.columns
        names = [*SDMX_FAULTS] if kind.startswith("sdmx") else [*SDMX_FAULTS][:-1]
        for name in names if is_sdmx else ():
            yield pytest.param(case, name, id=f"{case.source}-{case.path.stem}-{name}")


SDMX_FAULTS: dict[str, tuple[Callable[[Case], bytes], set[str]]] = {
    # A new column is refused first where the declaration does not know SDMX-CSV 2.
    "deleted": (lambda c: with_action(c, "Delete"), {"delete_action", "column_added"}),
    "unheard": (lambda c: with_action(c, "Xerase"), {"unknown_action", "column_added"}),
    "level": (with_unknown_level, {"unknown_level"}),
}


@pytest.mark.parametrize(("case", "fault"), list(kinds_of_sdmx()))
def test_a_message_of_sdmx_is_read_whole_or_refused(case: Case, fault: str, tmp_path: Path) -> None:
    change, codes = SDMX_FAULTS[fault]
    assert error_of(case, change(case), tmp_path).code in codes


@where(lambda c: VALUE in c.part.columns)
def test_sdmx_says_by_words_that_there_is_no_value(case: Case, tmp_path: Path) -> None:
    whole = as_it_is(case, tmp_path)
    field = case.part.columns[VALUE][0].to
    for text in NO_VALUES:
        rows, _ = stage(case, with_value(case, text), tmp_path)
        assert len(rows) >= len(whole), text  # a value that was unreadable is none now
        assert {row[field] for row in rows} == {""}, text
        assert "observed" not in {row["value_status"] for row in rows}, text


# --- revisions and emptiness (S17, S18) ---------------------------------------------------------


def kept_lists(case: Case) -> Path:
    """Code lists of the lake that this case's is a copy of."""
    source = DECLARED[case.source]
    return _lists(settings_for(Path("unused")), DECLARED, source).folder.with_name("codes")


def opened(case: Case, raw: bytes, lake: Lake, folder: Path) -> SliceLoad:
    """An answer, landed, on its way to the lake."""
    source, day = DECLARED[case.source], datetime(2000, 1, 1, tzinfo=UTC)
    spooled = folder / "spooled"
    spooled.write_bytes(raw)
    slice_ = Slice(case.source, case.dataset, "all", day.date(), day.date(), ())
    receipt = Receipt(
        hashlib.sha256(raw).hexdigest(), case.source, slice_.name, "GET", "", 200, {},
        datetime.now(UTC).isoformat(), len(raw), source.sha256, "check",
    )  # fmt: skip
    land(folder / "landing", spooled, receipt)
    stores = Stores.of(folder / "landing", folder, lake, kept=kept_lists(case))
    return SliceLoad(stores, source, [Generation(slice_, (receipt,), False, {})])


def load(case: Case, raw: bytes, lake: Lake, folder: Path, number: int) -> Counts:
    """What a run does with an answer between landing and lake."""
    with opened(case, raw, lake, folder) as slice_load:
        slice_load.read()
        slice_load.diff()
        return slice_load.commit(
            Load(number, datetime.now(UTC), "check", slice_load.generations[0].slice, "revised"),
            Provenance("", "", "", "", "", slice_load.staged.shas),
            evidence=Evidence((), ()),
        )


@where(lambda c: plain(c) and bool(filled(c)))
def test_s17_a_restated_period_is_a_second_version(case: Case, tmp_path: Path) -> None:
    shutil.copytree(_lists(settings_for(tmp_path), DECLARED, DECLARED[case.source]).folder,
                    tmp_path / "lake")  # fmt: skip
    lake = Lake(tmp_path / "lake")
    raw = case.path.read_bytes()
    first = load(case, raw, lake, tmp_path, 900)
    assert first.new > 0
    again = load(case, raw, lake, tmp_path, 901)
    assert (again.new, again.revised) == (0, 0)
    halved = each(case, filled(case), half)
    restated = load(case, halved, lake, tmp_path, 902)
    assert restated.new == 0
    assert 0 < restated.revised <= first.new
    con = connect(tmp_path / "read")
    try:
        lake.view(con, case.part.warehouse_table, "versions", source=case.source)
        keys = ", ".join(f.name for f in case.part.warehouse_table.key)
        twice = con.execute(
            f"SELECT count(*) FROM (SELECT {keys} FROM versions GROUP BY ALL HAVING count(*) = 2 "
            "AND min(load_seq) = 900 AND max(load_seq) = 902)"
        ).fetchone()
    finally:
        con.close()
    assert twice == (restated.revised,)


def times(factor: Any) -> Callable[[Any], Any]:
    def change(value: Any) -> Any:
        try:
            return format(Decimal(str(value).replace(",", "")) * factor, "f")
        except ArithmeticError:  # a text that stands for no value
            return value

    return change


def half(value: Any) -> Any:
    text = str(value).replace(",", "")  # the yearbook's thousands
    is_number = not isinstance(value, bool) and re.fullmatch(r"-?\d+(\.\d+)?", text)
    return str(Decimal(text) / 2) if is_number else value


def compared_names(case: Case) -> list[str]:
    """Columns of the answer that say what it is, where what they say does not depend on what was
    asked: a specimen was not asked for."""
    expects = case.part.expects.columns
    return [n.removesuffix("?") for n, texts in expects.items() if not any("{" in t for t in texts)]


@where(lambda c: bool(compared_names(c)))
def test_an_answer_that_says_it_is_another_is_refused_whole(case: Case, tmp_path: Path) -> None:
    """Another flow, unit, frequency or table than was asked for."""
    there = set(raw_names(case))
    for name in compared_names(case):
        if name in there:
            error = error_of(case, each(case, [name], lambda _: "OTHER"), tmp_path)
            assert error.code in ("other_answer", "reader_failed"), (name, error)
            assert "OTHER" in error.message or error.code == "reader_failed"


def zero_names(case: Case) -> list[str]:
    return [
        n
        for n, specs in case.part.columns.items()
        if any(isinstance(c, NumberColumn) and c.zero == "missing" for c in specs)
    ]


@where(lambda c: bool(zero_names(c)) and plain(c))
def test_a_zero_that_stands_for_nothing_known_is_no_number(case: Case, tmp_path: Path) -> None:
    targets = {c.to for n in zero_names(case) for c in case.part.columns[n]}
    for zero in ("0", "0.0", "0.000"):
        found, _ = outcome(case, each(case, zero_names(case), lambda _, z=zero: z), tmp_path)
        assert found
        assert {row[t] for row in found for t in targets} == {""}


@ALL
def test_s18_an_empty_answer_is_a_fault_unless_it_may_be_empty(case: Case, tmp_path: Path) -> None:
    """Nothing, null, no list: what a client that swallows errors hands on. A list of nothing is
    an answer, and the gate says whether it is enough."""
    for body in (b"", b"null", b"{}", b"None", b'""'):
        error_of(case, body, tmp_path)
    if case.part.reader.format != "json":
        return
    parent, _, last = case.part.reader.records.rpartition(".")
    if not last:
        body = b"[]"
    else:
        whole = json.loads(case.path.read_bytes())
        holder = at(whole, parent)
        holder[int(last) if isinstance(holder, list) else last] = []
        body = json.dumps(whole).encode()
    rows, reasons = outcome(case, body, tmp_path)
    assert rows == []
    assert reasons in ("", "count_mismatch", "pages_incomplete", "reader_failed")
    least = DECLARED[case.source].rows.min
    gates = suite(case.part.warehouse_table, rows_min=least, rows_max=None, max_refused_share=1.0)
    smallest = [e.kwargs["min_value"] for e in gates if e.check_id == "row_envelope"]
    assert smallest == ([least] if least is not None else [])


RATE_SOURCES = where(
    lambda c: c.part.table == "core_exchange__rates" and plain(c) and bool(filled(c))
)


@RATE_SOURCES
def test_d13_a_rate_per_hundred_units_stops_the_load(case: Case, tmp_path: Path) -> None:
    """The specimen is known; then the partner restates it a hundred times as large."""
    shutil.copytree(_lists(settings_for(tmp_path), DECLARED, DECLARED[case.source]).folder,
                    tmp_path / "lake")  # fmt: skip
    lake = Lake(tmp_path / "lake")
    load(case, case.path.read_bytes(), lake, tmp_path, 900)
    for factor in (100, Decimal("0.01")):
        with opened(case, each(case, filled(case), times(factor)), lake, tmp_path) as slice_load:
            slice_load.read()
            slice_load.diff()
            error = slice_load.compare(may_stop=True)
            assert error is not None, factor
            assert error.code == "series_jump"


@ALL
def test_s20_no_source_takes_an_empty_body_for_news(case: Case, tmp_path: Path) -> None:
    """An empty answer is nothing new where the declaration lists it, and an error elsewhere."""
    request = case.part.request
    assert request is not None
    if case.source == "ecb":
        assert request.is_empty_body(b"")
    else:
        assert not request.is_empty_body(b"")
        error_of(case, b"", tmp_path)


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
    raw, whole = case.path.read_bytes(), as_it_is(case, tmp_path)
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
    encoding = getattr(case.part.reader, "encoding", "utf-8")
    text = case.path.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    error_of(case, text.encode("utf-16"), tmp_path)
    if encoding != "utf-8":
        return  # in an encoding of single bytes every byte is some letter
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
