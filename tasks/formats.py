"""Readers: bytes of a known format to a relation of text columns with row numbers.

Nothing here builds Python objects per row. Text stays text (`NA`, `0901`, `1.50`): what it
means is the declaration's business. Each reader gives SQL of a relation with `_row`, the
1-based place of the record, and one VARCHAR column per declared source column, which
DuckDB streams from the spooled bytes.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import shutil
import zipfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from config.source import Reader
from schemas.errors import DataError
from warehouse.engine import error_types, quote

if TYPE_CHECKING:
    import duckdb

CHUNK = 1 << 20
HEAD_LIMIT = 4 << 20
NEAR_TAIL = 64 << 10
TAIL_LIMIT = 4 << 20
MAX_ENDS = 10_000
MAX_RECORD_BYTES = 4 << 20
MAX_COLUMNS = 2000
MAX_MEMBER_BYTES = 2 << 30
MAX_MEMBER_RATIO = 200
NESTING_LIMIT = 64


@dataclass(frozen=True)
class RawRelation:
    """A relation to stream: its SQL, all columns of the source, and its envelope.

    `declared_rows` is what the answer says of itself; `fault` is the code and words of an
    error in the rows, which shows only when they are read.
    """

    sql: str
    columns: tuple[str, ...]
    fault: tuple[str, str]
    envelope: Any = None
    declared_rows: int | None = None
    spool: Path | None = field(default=None, compare=False)


def read(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    reader: Reader,
    declared: Collection[str],
    ignored: Collection[str],
    where: str,
) -> RawRelation:
    """Prepare one spooled file for reading. Raises DataError with the place of the fault."""
    if reader.format == "json":
        return read_json(con, path, reader, declared, ignored, where)
    return read_csv(path, reader, where)


def envelope_of(path: Path, reader: Reader, where: str) -> Any:
    """The envelope of a JSON answer with its list of rows emptied; None for other formats."""
    if reader.format != "json":
        return None
    return _cut(path, reader, where, None)


# --- JSON ---------------------------------------------------------------------------------


def at_path(value: Any, path: str) -> Any:
    """Value at a dotted path (`0.message`), or None where it ends."""
    for step in path.split(".") if path else ():
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return None
    return value


class _Head:
    """Finds where the array of rows starts, string-aware, in the first bytes of an answer.

    The values before the array are decoded with the standard library, so braces and quotes
    inside texts cannot mislead it.
    """

    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.where = where
        self.decoder = json.JSONDecoder()

    def start_of(self, steps: list[str]) -> int | None:
        """Offset of the `[` at the path, or None if the path does not exist."""
        position = self._space(0)
        for step in steps:
            found = self._enter(position, step)
            if found is None:
                return None
            position = found
        return position

    def _space(self, position: int) -> int:
        while position < len(self.text) and self.text[position] in " \t\r\n":
            position += 1
        return position

    def _enter(self, position: int, step: str) -> int | None:
        opener = self.text[position : position + 1]
        if opener == "{":
            return self._member(position, step)
        if opener == "[" and step.isdigit():
            return self._item(position, int(step))
        return None

    def _member(self, position: int, step: str) -> int | None:
        position = self._space(position + 1)
        while self.text[position : position + 1] == '"':
            key, position = self.decoder.raw_decode(self.text, position)
            position = self._space(self._space(position) + 1)
            if key == step:
                return position
            _, position = self.decoder.raw_decode(self.text, position)
            position = self._space(position)
            if self.text[position : position + 1] != ",":
                return None
            position = self._space(position + 1)
        return None

    def _item(self, position: int, index: int) -> int | None:
        position = self._space(position + 1)
        for _ in range(index):
            if self.text[position : position + 1] == "]":
                return None
            _, position = self.decoder.raw_decode(self.text, position)
            position = self._space(position)
            if self.text[position : position + 1] != ",":
                return None
            position = self._space(position + 1)
        return position


def _loads(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DataError("json_depth", "the answer is nested too deeply", where=where) from error


def _cut(path: Path, reader: Reader, where: str, out: Path | None) -> Any:
    """Cut the array of rows out of a JSON answer into `out`, without parsing the rows.

    Replacing the array by an empty one must leave valid JSON (checked here), and the array
    itself must be valid JSON (checked by whoever parses `out`): together, and only
    together, they prove that the cut is right and that the document is whole (S08).
    Returns the envelope with an empty array at the path.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        if handle.read(3) != codecs.BOM_UTF8:
            handle.seek(0)
        begin = handle.tell()
        head = handle.read(HEAD_LIMIT)
    text = head.decode("utf-8", errors="replace")
    stripped = text.lstrip()
    if not stripped:
        raise DataError("empty_body", "the answer is empty", where=where)
    if stripped[0] not in "[{":
        raise DataError(
            "not_json",
            f"expected JSON, came {stripped[:80]!r}",
            where=where,
            hint="the partner may be down or blocking; nothing was stored as data",
        )
    steps = reader.records.split(".") if reader.records else []
    try:
        start = _Head(text, where).start_of(steps)
    except (ValueError, RecursionError) as error:
        raise DataError(
            "json_malformed", f"the head of the answer is broken: {error}", where=where
        ) from error
    opener = text[start : start + 1] if start is not None else ""
    if opener != "[":
        return _without_rows(path, reader, where, out, opener, size)
    assert start is not None
    head_bytes = begin + len(text[:start].encode("utf-8"))
    end, envelope = _find_end(path, head_bytes, text[:start], size, where)
    if out is not None:
        with path.open("rb") as source, out.open("wb") as target:
            source.seek(head_bytes)
            _copy(source, target, end - head_bytes)
    return envelope


def _without_rows(
    path: Path, reader: Reader, where: str, out: Path | None, opener: str, size: int
) -> Any:
    """The path holds no list: an error envelope, a declared empty answer, or a fault."""
    if size > HEAD_LIMIT:
        raise DataError("records_missing", f"no list of rows at {reader.records!r}", where=where)
    try:
        envelope = _loads(path.read_text(encoding="utf-8-sig"), where)
    except ValueError as error:
        raise DataError("json_malformed", f"not whole JSON: {error}", where=where) from error
    if provider_error(envelope, reader):
        return envelope
    value = at_path(envelope, reader.records)
    if value is None and opener == "n" and reader.null_is_empty:
        if out is not None:
            out.write_bytes(b"[]")
        return envelope
    kind = "an object" if isinstance(value, dict) else "nothing" if not opener else repr(value)
    raise DataError(
        "records_missing",
        f"expected a list of rows at {reader.records!r}, found {kind}",
        where=where,
        hint="a count-only or changed answer holds no rows",
    )


def _find_end(path: Path, start: int, head: str, size: int, where: str) -> tuple[int, Any]:
    """End of the array that begins at `start`, and the envelope around it.

    Of all `]` that leave a valid envelope the first is the array's own: a later one closes
    a list that follows it. Ends are looked for in a small tail first, since what follows
    the rows is nearly always short.
    """
    for window in (NEAR_TAIL, TAIL_LIMIT):
        from_ = max(start, size - window)
        with path.open("rb") as handle:
            handle.seek(from_)
            tail = handle.read()
        found: tuple[int, Any] | None = None
        position = len(tail)
        for _ in range(MAX_ENDS):
            position = tail.rfind(b"]", 0, position)
            if position < 0:
                break
            try:
                envelope = _loads(head + "[" + tail[position:].decode("utf-8"), where)
            except ValueError:
                continue
            found = from_ + position + 1, envelope
        if found:
            return found
    raise DataError(
        "json_truncated",
        "the answer ends before its list of rows does",
        where=where,
        hint="the transfer was cut; it is fetched again in the next run",
    )


def _copy(source: IO[bytes], target: IO[bytes], length: int) -> None:
    while length > 0:
        chunk = source.read(min(CHUNK, length))
        if not chunk:
            break
        target.write(chunk)
        length -= len(chunk)


def provider_error(envelope: Any, reader: Reader) -> str | None:
    """The error that an answer with status 200 carries, if any (World Bank, Comtrade)."""
    for error in reader.errors:
        value = at_path(envelope, error.path)
        if value is None or value is False:
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if text not in error.ok:
            return text[:300]
    return None


def declared_rows(envelope: Any, reader: Reader) -> int:
    """Rows that an answer says it holds; 0 if it does not say."""
    value = at_path(envelope, reader.count) if reader.count else None
    return int(str(value)) if str(value).isdigit() else 0


def read_json(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    reader: Reader,
    declared: Collection[str],
    ignored: Collection[str],
    where: str,
) -> RawRelation:
    """Rows of a JSON answer. Dotted names (`country.id`) reach into objects of a row."""
    body = path.with_suffix(".rows")
    envelope = _cut(path, reader, where, body)
    error = provider_error(envelope, reader)
    if error:
        raise DataError("provider_error", f"the partner answered: {error}", where=where)
    parents = {n.split(".", 1)[0] for n in (*declared, *ignored) if "." in n}
    scan = _sql_text(body)
    fault = ("json_malformed", "the rows are not whole JSON")
    try:
        found = _json_columns(con, scan, parents)
    except error_types() as failure:
        raise DataError(fault[0], f"{fault[1]}: {first_line(failure)}", where=where) from failure
    present = [c for c in found if c in declared]
    tops = {
        c.split(".", 1)[0]: "JSON" if c.split(".", 1)[0] in parents else "VARCHAR" for c in present
    }
    expected = at_path(envelope, reader.count) if reader.count else None
    if tops:
        spec = ", ".join(f"{_sql_text(c)}: '{kind}'" for c, kind in tops.items())
        fields = ", ".join(_json_field(c) for c in present)
        sql = (
            f"SELECT row_number() OVER () AS _row, {fields} FROM read_json({scan}, "
            f"format='array', columns={{{spec}}}, maximum_object_size={MAX_RECORD_BYTES})"
        )
    else:
        sql = "SELECT 0::BIGINT AS _row WHERE false"
    declared_rows = None if expected is None else int(expected)
    return RawRelation(sql, tuple(found), fault, envelope, declared_rows, body)


def _json_field(name: str) -> str:
    if "." not in name:
        return quote(name)
    parent = quote(name.split(".", 1)[0])
    return f"json_extract_string({parent}, {_json_pointer(name)}) AS {quote(name)}"


def _json_columns(con: duckdb.DuckDBPyConnection, scan: str, parents: Collection[str]) -> list[str]:
    """All names that any row carries, in order of first sight, nested ones dotted."""
    objects = f"read_json_objects({scan}, format='array', maximum_object_size={MAX_RECORD_BYTES})"
    nested = "".join(f", json_keys(json, {_json_pointer(p)})" for p in sorted(parents))
    names: dict[str, None] = {}
    for row in con.execute(f"SELECT DISTINCT json_keys(json){nested} FROM {objects}").fetchall():
        for name in row[0] or ():
            if name not in parents:
                names.setdefault(name)
        for parent, keys in zip(sorted(parents), row[1:], strict=True):
            for key in keys or ():
                names.setdefault(f"{parent}.{key}")
        if len(names) > MAX_COLUMNS:
            raise DataError("too_many_columns", f"more than {MAX_COLUMNS} columns in the rows")
    return list(names)


def _json_pointer(name: str) -> str:
    """JSON path of a name; for a dotted name, of its part below the parent."""
    last = name.split(".", 1)[-1]
    return _sql_text('$."' + last.replace('"', '\\"') + '"')


# --- CSV ----------------------------------------------------------------------------------


def decode(path: Path, encoding: str, where: str) -> None:
    """Rewrite a text file as UTF-8 without BOM; undecodable bytes and NUL are refused (S15)."""
    out = path.with_suffix(".utf8")
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
            target.write(text)
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


def _header(path: Path, reader: Reader, where: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as handle:
        for _ in range(reader.skip_lines):
            handle.readline(MAX_RECORD_BYTES)
        line = handle.readline(MAX_RECORD_BYTES)
    names = next(csv.reader(io.StringIO(line), delimiter=reader.delimiter), [])
    names = [n.strip() for n in names]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise DataError("empty_body", "no header line", where=where)
    if len(names) > MAX_COLUMNS:
        raise DataError("too_many_columns", f"more than {MAX_COLUMNS} columns", where=where)
    doubled = {n for n in names if names.count(n) > 1}
    if doubled:
        raise DataError("column_doubled", f"columns twice: {sorted(doubled)}", where=where)
    return names


def looks_like_markup(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(512).lstrip(codecs.BOM_UTF8).lstrip()
    return head[:1] == b"<"


def read_csv(path: Path, reader: Reader, where: str) -> RawRelation:
    """Rows of a CSV file, every value as text; a line of the wrong length is set aside
    (`ragged_lines`, once the relation has been read)."""
    if reader.member:
        unzip(path, reader.member, where)
    if path.stat().st_size == 0:
        raise DataError("empty_body", "the answer is empty", where=where)
    if looks_like_markup(path):
        raise DataError(
            "not_csv",
            "expected CSV, came HTML or XML",
            where=where,
            hint="the partner may be down or blocking; nothing was stored as data",
        )
    decode(path, reader.encoding, where)
    names = _header(path, reader, where)
    columns = [*names, "_trailing"] if reader.trailing_delimiter else names
    spec = ", ".join(f"{_sql_text(c)}: 'VARCHAR'" for c in columns)
    listed = ", ".join(quote(n) for n in names)
    scan = (
        f"read_csv({_sql_text(path)}, columns={{{spec}}}, auto_detect=false, header=true, "
        f"skip={reader.skip_lines}, delim={_sql_text(reader.delimiter)}, quote='\"', "
        "escape='\"', nullstr='', strict_mode=true, store_rejects=true, rejects_limit=10000, "
        f"max_line_size={MAX_RECORD_BYTES}, parallel=false)"
    )
    if reader.wide:
        names, scan = _unpivoted(names, scan, reader, where)
        listed = ", ".join(quote(n) for n in names)
    sql = f"SELECT row_number() OVER () AS _row, {listed} FROM {scan}"
    return RawRelation(sql, tuple(names), ("csv_malformed", "the lines are not CSV"))


def ragged_lines(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str, str]]:
    """Lines that the last CSV relation could not cut: line number, what is wrong, text."""
    try:
        rows = con.execute(
            "SELECT line, max(error_message), any_value(csv_line) FROM reject_errors "
            "GROUP BY line ORDER BY line"
        ).fetchall()
    except error_types():
        return []  # the tables exist only after a CSV file was read
    con.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    return [(int(n), first_line(e), str(t)[:2000]) for n, e, t in rows]


def _unpivoted(names: list[str], scan: str, reader: Reader, where: str) -> tuple[list[str], str]:
    wide = reader.wide
    assert wide is not None
    if wide.id_column not in names:
        raise DataError("column_missing", f"no column {wide.id_column!r}", where=where)
    values = ", ".join(quote(n) for n in names if n != wide.id_column)
    listed = ", ".join(quote(n) for n in names)
    long = [wide.id_column, wide.names_to, wide.values_to]
    return long, (
        f"(SELECT {listed} FROM {scan}) UNPIVOT INCLUDE NULLS "
        f"({quote(wide.values_to)} FOR {quote(wide.names_to)} IN ({values}))"
    )


# --- shared -------------------------------------------------------------------------------


def check_columns(
    found: Iterable[str],
    mapped: Collection[str],
    optional: Collection[str],
    ignored: Collection[str],
    where: str,
) -> list[str]:
    """Columns that are neither mapped nor ignored; raises DataError if a mapped one is gone.

    A renamed column is one missing and one added: the error names both (S14).
    """
    present = list(found)
    known = set(mapped) | set(ignored)
    added = [c for c in present if c not in known and c.split(".", 1)[0] not in ignored]
    missing = [c for c in mapped if c not in present and c not in optional]
    if missing:
        came = f"; new here: {', '.join(added[:20])}" if added else ""
        raise DataError(
            "column_missing",
            f"columns missing: {', '.join(sorted(missing))}{came}",
            where=where,
            hint="renamed by the partner? map the new name in the declaration",
        )
    return added


def _sql_text(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def first_line(error: object) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else "unknown error")[:300]
