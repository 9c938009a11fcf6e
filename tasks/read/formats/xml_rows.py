"""Rows of XML: every element of one name, its attributes and its simple children.

Streamed with expat. Names are local (no prefix). Columns: `@name` for an attribute, `Name` for a
child's text, `Parent@name` for an attribute of an element around the record. Any DOCTYPE is
refused: entities are how a small document becomes a large one, or reads files (X04).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.parsers import expat

from config.reading import XmlReader
from schemas.errors import DataError
from tasks.read.formats.common import CHUNK, MAX_RECORD_BYTES, TextTable

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
    def __init__(self, table: TextTable, record: str, where: str) -> None:
        self.table, self.record, self.where = table, record, where
        self.around: list[tuple[str, dict[str, str]]] = []
        self.row: dict[str, str | None] | None = None
        self.level = 0
        self.texts: list[str] = []
        self.size = 0
        self.leaf = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.texts = []
        if self.row is None:
            if name != self.record:
                self.around.append((name, attributes))
                return
            self.row, self.level, self.size = {}, 0, 0
            for parent, own in self.around:
                self.row.update({f"{parent}@{k}": v for k, v in _data(own)})
        else:
            self.level += 1
        self.leaf = True
        prefix = "" if self.level == 0 else name
        self.row.update({f"{prefix}@{k}": v for k, v in _data(attributes)})

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
            self.row.setdefault(name, "".join(self.texts))
        self.leaf = False
        self.texts = []


def _data(attributes: dict[str, str]) -> list[tuple[str, str]]:
    """Attributes that are data. Those with a prefix are languages, schemas or row numbers."""
    return [(k, v) for k, v in attributes.items() if ":" not in k and k != "xmlns"]


def convert(path: Path, out: Path, reader: XmlReader, where: str) -> list[str]:
    """Records of an XML document as text; a document without records has no columns."""
    table = TextTable(out, where)
    records = _Records(table, reader.records, where)
    parse(path, where, records.start, records.end, records.text)
    return table.close()
