"""Rows of CSV files: decoded strictly, every value as text, ragged lines set aside."""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from config.reading import CsvReader
from schemas.errors import DataError
from schemas.sql import identifier, literal
from tasks.read.formats.common import (
    CHUNK,
    MAX_COLUMNS,
    MAX_RECORD_BYTES,
    RawRelation,
    all_shown,
    first_line,
    refusal_sql,
    unpivoted,
)
from tasks.read.formats.sdmx import ROW_ACTIONS, VALUE
from warehouse.engine import error_types

if TYPE_CHECKING:
    import duckdb

MAX_MEMBER_BYTES = 2 << 30
MAX_MEMBER_RATIO = 200
# DuckDB takes buffers of sixteen lines of the longest length allowed, and keeps several: a
# million rows did not fit 160 MB (DuckDB 2.0.0, November 2026).
BUFFER_BYTES = 2 * MAX_RECORD_BYTES


IDENTIFIER = re.compile(r"^[A-Z][A-Z0-9_]*$")
# SDMX-CSV: its first heading, and a heading with its label (`FREQ: Frequency`, labels=both).
FIRST = re.compile(r"^(DATAFLOW|STRUCTURE)\b")
BOTH = re.compile(r"^([A-Z][A-Z0-9_]*):( ?)\S")
TIME = "TIME_PERIOD"
LINE_END = re.compile(r"\r\n|\n|\r")


class _Preamble:
    """Removes the first lines of a text that is read in chunks. DuckDB 2.0 would skip everything
    without an error where they end with `\\n` and the rest with `\\r\\n`."""

    def __init__(self, lines: int) -> None:
        self.left = lines
        self.ended_with_cr = False

    def rest_of(self, text: str) -> str:
        if self.ended_with_cr and text.startswith("\n"):
            text = text[1:]
        self.ended_with_cr = False
        while self.left and text:
            found = LINE_END.search(text)
            if found is None:
                return ""
            self.left -= 1
            text = text[found.end() :]
            self.ended_with_cr = found.group() == "\r" and not text
        return text


def _is_plain(path: Path) -> bool:
    """Whether a file is UTF-8 throughout, without a mark at its head and without NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source:
        head = source.read(len(codecs.BOM_UTF8))
        source.seek(0)
        try:
            while chunk := source.read(CHUNK):
                if b"\0" in chunk:
                    return False
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return head != codecs.BOM_UTF8


def decode(path: Path, encoding: str, where: str, *, skip_lines: int = 0) -> None:
    """Rewrite a text file as UTF-8 without BOM and without its first lines. Raises DataError for
    undecodable bytes and NUL (S15). A file that is such already is not changed."""
    if encoding == "utf-8" and not skip_lines and _is_plain(path):
        return
    out = path.with_suffix(".utf8")
    preamble = _Preamble(skip_lines)
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    offset = 0
    with path.open("rb") as source, out.open("w", encoding="utf-8", newline="") as target:
        while True:
            chunk = source.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise DataError(
                    "undecodable",
                    f"not {encoding}: byte 0x{error.object[error.start]:02x} "
                    f"at offset {offset + error.start}",
                    where=where,
                    hint="declare the encoding the partner really uses",
                ) from None
            if "\x00" in text:
                raise DataError(
                    "nul_byte",
                    f"NUL character near offset {offset + text.index(chr(0))}",
                    where=where,
                    hint="UTF-16 read as another encoding looks like this",
                )
            target.write(preamble.rest_of(text) if skip_lines else text)
            offset += len(chunk)
            if not chunk:
                break
    out.replace(path)


def unzip(path: Path, member: str, where: str) -> None:
    """Replace a zip by its one declared member; size and ratio are capped (S09, X05)."""
    out = path.with_suffix(".member")
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(member)
            packed = max(info.compress_size, 1)
            if info.file_size > MAX_MEMBER_BYTES or info.file_size / packed > MAX_MEMBER_RATIO:
                raise DataError(
                    "zip_bomb", f"{member} would unpack to {info.file_size} bytes", where=where
                )
            with archive.open(info) as source, out.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
    except (zipfile.BadZipFile, EOFError) as error:
        raise DataError("bad_zip", f"the archive is broken: {error}", where=where) from error
    except KeyError as error:
        raise DataError("member_missing", f"the archive has no {member}", where=where) from error
    out.replace(path)


def _labelled(names: list[str]) -> list[str]:
    """Rename the columns of labels. A heading that is not an identifier labels the codes of the
    column before it: `FREQ`, `Frequency` becomes `FREQ`, `FREQ.name`, as in SDMX-JSON."""
    out: list[str] = []
    for name in names:
        label = out and not IDENTIFIER.match(name) and not out[-1].endswith(".name")
        out.append(f"{out[-1]}.name" if label else name)
    return out


def _header(path: Path, reader: CsvReader, where: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as handle:
        line = handle.readline(MAX_RECORD_BYTES)
    try:
        names = next(csv.reader(io.StringIO(line), delimiter=reader.delimiter), [])
    except csv.Error as error:
        raise DataError(
            "csv_malformed", f"the header line is broken: {error}", where=where
        ) from error
    names = [n.strip() for n in names]
    while names and not names[-1]:
        names.pop()
    names = [n or f"column_{i}" for i, n in enumerate(names, start=1)]  # such as an index
    if not names:
        raise DataError("empty_body", "there is no header line", where=where)
    if len(names) > MAX_COLUMNS:
        raise DataError("too_many_columns", f"more than {MAX_COLUMNS} columns", where=where)
    return names


def _check_once(names: list[str], where: str) -> None:
    doubled = {n for n in names if names.count(n) > 1}
    if doubled:
        raise DataError(
            "column_doubled",
            f"columns that appear twice: {all_shown(sorted(doubled))}",
            where=where,
        )


def _split_labels(names: list[str], known: Collection[str]) -> tuple[list[str], dict[str, str]]:
    """Names of the columns of an SDMX-CSV, and SQL of those whose cells have their labels too
    (`UNIT_MULT: Unit multiplier`, `3: Thousands`). What the declaration names as it stands stays.
    """
    found = {n: m for n in names if n not in known and (m := BOTH.match(n))}
    plain = {found[n][1] if n in found else n for n in names}
    if not found or not (FIRST.match(names[0]) or {TIME, VALUE} <= plain):
        return names, {}
    cells = {}
    for match in found.values():
        gap = " " if match[2] or match[1] == TIME else ""  # a time of day has colons of its own
        pattern = literal(f"(?s)^([^\\s:]+):{gap}.*$")
        code = f"regexp_replace({identifier(match[1])}, {pattern}, '\\1')"
        cells[match[1]] = f"{code} AS {identifier(match[1])}"
    return [found[n][1] if n in found else n for n in names], cells


def _guard(names: list[str], declared: Collection[str]) -> str:
    """SQL condition that stops the rows of an SDMX-CSV 2 at the first that is no figure: one that
    is taken back, and one with attributes of others. A declaration that selects or maps ACTION says
    itself what its texts mean."""
    is_two = "STRUCTURE_ID" in names
    if not is_two or not any(n == "STRUCTURE" or n.startswith("STRUCTURE[") for n in names):
        return ""
    has_action, has_value = "ACTION" in names, {TIME, VALUE} <= set(names)
    rows = ", ".join(literal(one) for one in ROW_ACTIONS)
    action = _text_sql("ACTION") if has_action else "NULL"
    cases = []
    if has_action and "ACTION" not in declared:
        deleted = refusal_sql("delete_action", "'ACTION D takes figures back'")
        unknown = refusal_sql("unknown_action", f"'ACTION ' || {action} || ' is not known'")
        cases += [f"WHEN {action} = 'D' THEN {deleted}"]
        cases += [f"WHEN {action} NOT IN ({rows}) THEN {unknown}"]
    if has_value:
        is_of_others = f"coalesce({_text_sql(TIME)}, '~') = '~' OR {action} = 'M'"
        words = "'a row has attributes and no value: they may be those of other figures'"
        cases += [
            f"WHEN {_text_sql(VALUE)} IS NULL AND coalesce({action}, 'I') IN ({rows}) "
            f"AND ({is_of_others}) THEN {refusal_sql('attributes_alone', words)}"
        ]
    if not cases:
        return ""
    # Nearly every row passes here; the other conditions would cost half as much as the parsing.
    usual = ([f'"ACTION" IN ({rows})'] if has_action else []) + (
        [f"{identifier(VALUE)} IS NOT NULL"] if has_value else []
    )
    return f" WHERE (CASE WHEN {' AND '.join(usual)} THEN true {' '.join(cases)} ELSE true END)"


def _text_sql(name: str) -> str:
    return f"nullif(trim({identifier(name)}), '')"


def looks_like_markup(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(512).lstrip(codecs.BOM_UTF8).lstrip()
    return head[:1] == b"<"


def looks_like_page(path: Path) -> bool:
    """An HTML page, such as a firewall's, where other markup was asked for."""
    with path.open("rb") as handle:
        head = handle.read(2048).lower()
    return b"<html" in head or b"<!doctype html" in head


def read_csv(
    path: Path,
    reader: CsvReader,
    where: str,
    declared: Collection[str] = (),
    ignored: Collection[str] = (),
) -> RawRelation:
    """Rows of a CSV file, every value as text; a line of the wrong length is set aside
    (`ragged_lines`, once the relation has been read)."""
    if reader.member:
        unzip(path, reader.member, where)
    if path.stat().st_size == 0:
        raise DataError("empty_body", "the answer is empty", where=where)
    if looks_like_markup(path):
        raise DataError(
            "not_csv",
            "expected CSV, received HTML or XML",
            where=where,
            hint="the partner may be down or blocking; nothing was stored as data",
        )
    decode(path, reader.encoding, where, skip_lines=reader.skip_lines)
    names, cells = _split_labels(_header(path, reader, where), {*declared, *ignored})
    if reader.labelled:
        names = _labelled(names)
    _check_once(names, where)
    columns = [*names, "_trailing"] if reader.trailing_delimiter else names
    spec = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in columns)
    listed = ", ".join(identifier(n) for n in names)
    scan = (
        f"read_csv({literal(path)}, columns={{{spec}}}, auto_detect=false, header=true, "
        f"delim={literal(reader.delimiter)}, quote='\"', "
        "escape='\"', nullstr='', strict_mode=true, store_rejects=true, rejects_limit=10000, "
        f"max_line_size={MAX_RECORD_BYTES}, buffer_size={BUFFER_BYTES}, parallel=false)"
    )
    guard = _guard(names, declared)
    if guard or cells:
        codes = ", ".join(cells.get(n, identifier(n)) for n in names)
        scan = f"(SELECT {codes} FROM {scan})" if cells else scan
        scan = f"(SELECT {listed} FROM {scan}{guard})"
    if reader.wide:
        names, scan = unpivoted(names, scan, reader.wide, where)
        listed = ", ".join(identifier(n) for n in names)
    sql = f"SELECT row_number() OVER () AS _row, {listed} FROM {scan}"
    return RawRelation(
        sql,
        tuple(names),
        fault=("csv_malformed", "the lines are not CSV"),
        skipped_lines=reader.skip_lines,
    )


def ragged_lines(
    con: duckdb.DuckDBPyConnection, skipped_lines: int = 0
) -> list[tuple[int, str, str]]:
    """Lines of the last CSV relation with a wrong number of columns: line number in the file, what
    is wrong, text."""
    try:
        rows = con.execute(
            "SELECT line, max(error_message), any_value(csv_line) FROM reject_errors "
            "GROUP BY line ORDER BY line"
        ).fetchall()
    except error_types():
        return []  # the tables exist only after a CSV file was read
    con.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    return [(int(n) + skipped_lines, first_line(e), str(t)[:2000]) for n, e, t in rows]
