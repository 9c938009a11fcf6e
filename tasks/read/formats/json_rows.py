"""Rows of JSON answers: the list is cut out of its envelope, and DuckDB parses only the list."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.reading import JsonReader, Reader
from schemas.errors import DataError
from schemas.sql import identifier, literal
from tasks.read.formats.common import (
    MAX_COLUMNS,
    MAX_RECORD_BYTES,
    RawRelation,
    all_shown,
    counted,
    first_line,
    unpivoted,
)
from warehouse.engine import error_types

if TYPE_CHECKING:
    import duckdb

HEAD_LIMIT = 4 << 20
NEAR_TAIL = 64 << 10
TAIL_LIMIT = 4 << 20
MAX_ENDS = 10_000


def envelope_of(path: Path, reader: Reader, where: str) -> Any:
    """The envelope of a JSON answer with its list of rows emptied; None for other formats."""
    if not isinstance(reader, JsonReader):
        return None
    return _cut(path, reader, where, keep_rows=False)


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


def _cut(path: Path, reader: JsonReader, where: str, *, keep_rows: bool) -> Any:
    """Find the array of rows in a JSON answer, without parsing the rows.

    Two checks together prove that the cut is right and the document is whole (S08): with an empty
    array instead of the rows it is valid JSON (checked here), and the array itself is valid JSON
    (checked when it is parsed). Returns the envelope with an empty array at the path. With
    `keep_rows` only the array stays in the file, which is a private copy: the bytes before it
    become spaces, the bytes after it are cut off, and the rows are not moved.
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
            f"expected JSON, received {stripped[:80]!r}",
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
        return _without_rows(path, reader, where, opener, size, keep_rows=keep_rows)
    assert start is not None
    head_bytes = begin + len(text[:start].encode("utf-8"))
    end, envelope = _find_end(path, head_bytes, text[:start], size, where)
    if keep_rows:
        with path.open("r+b") as document:
            document.write(b" " * head_bytes)
            document.truncate(end)
    return envelope


def _without_rows(
    path: Path, reader: JsonReader, where: str, opener: str, size: int, *, keep_rows: bool
) -> Any:
    """The envelope of an answer without a list of rows: an error of the partner, or declared
    empty. Raises DataError for any other."""
    if size > HEAD_LIMIT:
        raise DataError(
            "records_missing", f"there is no list of rows at {reader.records!r}", where=where
        )
    try:
        envelope = _loads(path.read_text(encoding="utf-8-sig"), where)
    except ValueError as error:
        raise DataError("json_malformed", f"not whole JSON: {error}", where=where) from error
    if provider_error(envelope, reader):
        return envelope
    value = at_path(envelope, reader.records)
    empty = value is None and opener == "n" and reader.null_is_empty
    if empty or _is_declared_empty(envelope, reader):
        if keep_rows:
            path.write_bytes(b"[]")
        return envelope
    if isinstance(value, dict) and reader.one_is_list:
        if keep_rows:
            path.write_text(json.dumps([value], ensure_ascii=False), encoding="utf-8")
        return envelope
    kind = "an object" if isinstance(value, dict) else "nothing" if not opener else repr(value)
    raise DataError(
        "records_missing",
        f"expected a list of rows at {reader.records!r}, found {kind}",
        where=where,
        hint="the answer may be a count only, or its form has changed",
    )


def _is_declared_empty(envelope: Any, reader: JsonReader) -> bool:
    """Whether the answer reports, in the partner's own way, that it has no rows (e-Stat, BPS)."""
    if reader.empty is None:
        return False
    value = at_path(envelope, reader.empty.path)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value is not None and text in reader.empty.ok


def _find_end(path: Path, start: int, head: str, size: int, where: str) -> tuple[int, Any]:
    """End of the array that begins at `start`, and the envelope around it.

    Of all `]` that leave a valid envelope the first one ends the array: a later one ends another
    list after it. The search begins in a small tail, since the text after the rows is nearly
    always short.
    """
    for window in (NEAR_TAIL, TAIL_LIMIT):
        from_ = max(start, size - window)
        with path.open("rb") as handle:
            handle.seek(from_)
            tail = handle.read()
        first: tuple[int, Any] | None = None
        position = len(tail)
        for _ in range(MAX_ENDS):
            position = tail.rfind(b"]", 0, position)
            if position < 0:
                break
            try:
                envelope = _loads(head + "[" + tail[position:].decode("utf-8"), where)
            except ValueError:
                continue
            first = from_ + position + 1, envelope
        if first:
            return first
    raise DataError(
        "json_truncated",
        "the answer ends before its list of rows does",
        where=where,
        hint="the transfer was cut; the next run fetches it again",
    )


def provider_error(envelope: Any, reader: Reader) -> str | None:
    """The error that an answer with status 200 carries, if any (World Bank, Comtrade)."""
    for error in reader.errors if isinstance(reader, JsonReader) else ():
        value = at_path(envelope, error.path)
        if value is None or value is False:
            continue
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if text not in error.ok:
            return text[:300]
    return None


def declared_rows(envelope: Any, reader: Reader, where: str) -> int:
    """The number of rows that an answer declares; 0 if it declares none."""
    count = reader.count if isinstance(reader, JsonReader) else None
    return counted(at_path(envelope, count), count, where) if count else 0


def read_json(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    reader: JsonReader,
    declared: Collection[str],
    ignored: Collection[str],
    where: str,
) -> RawRelation:
    """Rows of a JSON answer. Dotted names (`country.id`) reach into objects of a row.

    The file becomes the bare list of rows: it must be a private copy.
    """
    envelope = _cut(path, reader, where, keep_rows=True)
    error = provider_error(envelope, reader)
    if error:
        raise DataError("provider_error", f"the partner answered: {error}", where=where)
    wide = reader.wide
    ids = wide.id_columns if wide else ()
    parents = {n.split(".", 1)[0] for n in (*declared, *ignored, *ids) if "." in n}
    scan = literal(path)
    fault = ("json_malformed", "the rows are not whole JSON")
    try:
        found = _json_columns(con, scan, parents)
    except error_types() as failure:
        raise DataError(fault[0], f"{fault[1]}: {first_line(failure)}", where=where) from None
    _check_not_nested(con, scan, reader, {*found} - {*declared}, where)
    present = [
        c
        for c in found
        if c in declared or c in ids or (wide and wide.columns and re.search(wide.columns, c))
    ]
    tops = {
        c.split(".", 1)[0]: "JSON" if c.split(".", 1)[0] in parents else "VARCHAR" for c in present
    }
    expected = at_path(envelope, reader.count) if reader.count else None
    if tops:
        spec = ", ".join(f"{literal(c)}: '{kind}'" for c, kind in tops.items())
        fields = ", ".join(_json_field(c) for c in present)
        sql = (
            f"SELECT row_number() OVER () AS _row, {fields} FROM read_json({scan}, "
            f"format='array', columns={{{spec}}}, maximum_object_size={MAX_RECORD_BYTES})"
        )
    else:
        first = path.open("rb").read(HEAD_LIMIT).strip(b" \t\r\n")[1:].lstrip()
        if not found and first[:1] not in (b"]", b""):
            raise DataError(
                "records_malformed",
                "the list contains no objects with fields",
                where=where,
                hint="the partner changed its format; nothing was stored as data",
            )
        sql = "SELECT 0::BIGINT AS _row WHERE false"
    if wide and tops:
        names, scan = unpivoted(present, f"(SELECT * EXCLUDE (_row) FROM ({sql}))", wide, where)
        listed = ", ".join(identifier(n) for n in names)
        sql = f"SELECT row_number() OVER () AS _row, {listed} FROM {scan}"
        found = [*(c for c in found if c not in present), *names]
    declared_rows = None if expected is None else counted(expected, reader.count or "", where)
    return RawRelation(sql, tuple(found), fault, envelope, declared_rows)


def _check_not_nested(
    con: duckdb.DuckDBPyConnection, scan: str, reader: JsonReader, others: set[str], where: str
) -> None:
    """Raises DataError where rows hold a list of the name that the list of rows has: which of the
    two are the rows is not for the reader to guess."""
    name = reader.records.rpartition(".")[2]
    if name not in others:
        return
    objects = f"read_json_objects({scan}, format='array', maximum_object_size={MAX_RECORD_BYTES})"
    kind = f"json_type(json, {_json_pointer(name)})"
    if con.execute(f"SELECT 1 FROM {objects} WHERE {kind} = 'ARRAY' LIMIT 1").fetchone():
        raise DataError(
            "records_nested",
            f"the rows at {reader.records!r} hold a list {name!r} themselves",
            where=where,
            hint="write in records: which of the lists is meant, such as "
            f"{reader.records}.0.{name}",
        )


def _json_field(name: str) -> str:
    if "." not in name:
        return identifier(name)
    parent = identifier(name.split(".", 1)[0])
    return f"json_extract_string({parent}, {_json_pointer(name)}) AS {identifier(name)}"


def _json_columns(con: duckdb.DuckDBPyConnection, scan: str, parents: Collection[str]) -> list[str]:
    """All names that any row has, in order of first appearance; nested ones with a dot."""
    objects = f"read_json_objects({scan}, format='array', maximum_object_size={MAX_RECORD_BYTES})"
    shape = ["json_keys(json)"] + [f"json_keys(json, {_json_pointer(p)})" for p in sorted(parents)]
    # Grouped by a number: comparing a million lists of names costs more than parsing them.
    shapes = ", ".join(f"any_value({keys})" for keys in shape)
    grouped = f"SELECT {shapes} FROM {objects} GROUP BY hash({', '.join(shape)})"
    names: dict[str, None] = {}
    for row in con.execute(grouped).fetchall():
        for keys in row:
            if keys and len(set(keys)) < len(keys):
                doubled = sorted({k for k in keys if keys.count(k) > 1})
                raise DataError("column_doubled", f"fields that come twice: {all_shown(doubled)}")
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
    return literal('$."' + last.replace('"', '\\"') + '"')
