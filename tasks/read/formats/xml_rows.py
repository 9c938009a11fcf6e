"""Rows of XML: every element of one name, its attributes and its simple children.

Streamed with expat. Names are local (no prefix). Columns: `@name` for an attribute, `Name` for a
child's text, `Parent@name` for an attribute of an element around the record. What comes again with
another value has a column of its own (`Name.2`), which is mapped, ignored or refused like any
other; a record inside of a record is refused. Any DOCTYPE is refused: entities are how a small
document becomes a large one, or reads files (X04).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.parsers import expat

from config.reading import XmlReader
from schemas.errors import DataError
from tasks.read.formats.common import CHUNK, MAX_COLUMNS, MAX_RECORD_BYTES, Columns, TextTable

MAX_DEPTH = 100


def parse(
    path: Path,
    where: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Pass the elements of a document to handlers, by local names. Raises DataError for a DOCTYPE,
    too much depth, a wrong encoding, and anything that is not whole XML."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise DataError(
                "xml_depth", f"elements are nested deeper than {MAX_DEPTH}", where=where
            )
        start(name.rpartition(":")[2], attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name.rpartition(":")[2])

    def doctype(*_: Any) -> None:
        raise DataError(
            "doctype",
            "the document has a DOCTYPE, which no statistical format needs",
            where=where,
            hint="it may be an HTML page, or an attempt to expand entities",
        )

    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.StartDoctypeDeclHandler = doctype
    if text:
        parser.CharacterDataHandler = text
    try:
        with path.open("rb") as handle:
            while chunk := handle.read(CHUNK):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DataError(
            "xml_malformed",
            f"not whole XML: {error}",
            where=where,
            hint="the transfer was cut, or the answer is not XML; it is fetched again",
        ) from error


class _Records:
    def __init__(self, table: TextTable, records: str, where: str) -> None:
        self.table, self.where = table, where
        *self.parents, self.record = records.split("/")
        self.around: list[tuple[str, dict[str, str]]] = []
        self.row: dict[str, str | None] | None = None
        self.level = 0
        self.texts: list[str] = []
        self.size = 0
        self.leaf = False
        self.is_there = False  # a record, or what the document has instead of the first one

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.texts = []
        if self.row is None:
            if name != self.record or not self._is_on_the_way():
                self._outside(name, attributes)
                return
            self.row, self.level, self.size, self.is_there = {}, 0, 0, True
            for parent, own in reversed(self.around):
                self._add(parent, own)
        elif name == self.record:
            raise self._nested()
        else:
            self.level += 1
        self.leaf = True
        self._add("" if self.level == 0 else name, attributes)

    def _is_on_the_way(self) -> bool:
        count = len(self.parents)
        return not count or [name for name, _ in self.around[-count:]] == self.parents

    def _outside(self, name: str, attributes: dict[str, str]) -> None:
        """An element around records. An empty list is one whose way is there without its end, or
        whose inline schema names the record (.NET)."""
        self.around.append((name, attributes))
        if self.parents and self._is_on_the_way():
            self.is_there = True
        if name == "element" and attributes.get("name") == self.record:
            self.is_there = True

    def _nested(self) -> DataError:
        way = "/".join([*(name for name, _ in self.around[1:]), self.record, self.record])
        return DataError(
            "records_nested",
            f"a {self.record} is inside of another {self.record}: they cannot be one row",
            where=self.where,
            hint=f"if the inner one is the row, name the elements on the way: records: {way}",
        )

    def _add(self, prefix: str, attributes: dict[str, str]) -> None:
        for name, value in _data(attributes):
            self._put(f"{prefix}@{name}", value)

    def _put(self, name: str, value: str) -> None:
        """Add a cell; another value for a name that is there has a column of its own."""
        assert self.row is not None
        if self.row.setdefault(name, value) == value:
            return
        for number in range(2, MAX_COLUMNS):
            if self.row.setdefault(f"{name}.{number}", value) == value:
                return
        raise DataError("too_many_columns", f"{name} comes too often", where=self.where)

    def text(self, data: str) -> None:
        if self.row is not None:
            self.texts.append(data)
            self.size += len(data)
            if self.size > MAX_RECORD_BYTES:
                raise DataError("record_too_large", "one record is too large", where=self.where)

    def end(self, name: str) -> None:
        if self.row is None:
            self.around.pop()
            return
        if self.level == 0:
            self.table.add(self.row)
            self.row = None
            return
        self.level -= 1
        if self.leaf:  # what holds elements has no text of its own
            self._put(name, "".join(self.texts))
        self.leaf = False
        self.texts = []


def _data(attributes: dict[str, str]) -> list[tuple[str, str]]:
    """Attributes that are data. Those with a prefix are languages, schemas or row numbers."""
    return [(k, v) for k, v in attributes.items() if ":" not in k and k != "xmlns"]


def convert(path: Path, out: Path, reader: XmlReader, where: str) -> Columns:
    """Records of an XML document as text; an empty list has no columns. Raises DataError for a
    document in which nothing shows that it is that list."""
    table = TextTable(out, where)
    records = _Records(table, reader.records, where)
    parse(path, where, records.start, records.end, records.text)
    if not records.is_there:
        raise DataError(
            "records_missing",
            f"the document has no element {reader.records}",
            where=where,
            hint="if it may be an empty list, name the elements around it too: records: list/item",
        )
    return table.close()
