"""Series of the open data as SDMX-CSV 2.0, with their data structures as SDMX-ML 3.0. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree import ElementTree as Xml  # written here, never read

from reports.open_files import text_of
from reports.public_tables import PublicColumn, PublicTable
from schemas.model import Words

VERSION = "1.0.0"
ATTRIBUTES = ("value_status", "release_stage", "recorded_at")
SPACES = {
    "mes": "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/message",
    "str": "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/structure",
    "com": "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/common",
}
CONCEPTS = "CONCEPTS"
TEXT_TYPES = {"number": "Decimal", "integer": "BigInteger"}


@dataclass(frozen=True)
class Series:
    """Which columns of a table are the dimensions, the period and the observation."""

    name: str
    title: Words
    table: str
    dimensions: tuple[str, ...]
    period: str
    value: str
    attributes: tuple[str, ...] = ()


SERIES = (
    Series(
        "RATES", Words("Kurs", "Rates of exchange"), "core_exchange__rates",
        ("source", "base_currency", "quote_currency", "rate_type"), "rate_date", "rate",
    ),
    Series(
        "ARRIVALS", Words("Kunjungan", "Arrivals"), "core_tourism__arrivals",
        ("source", "frequency", "destination_area", "region_code", "origin_area", "concept",
         "breakdown_type", "breakdown_code"), "period_start", "visitors",
    ),
    Series(
        "TRADE", Words("Perdagangan menurut mitra dan produk", "Trade by partner and product"),
        "core_trade__flows",
        ("source", "frequency", "reporter_area", "region_code", "partner_area", "flow",
         "product_classification", "product_code", "valuation", "breakdown_type",
         "breakdown_code"), "period_start", "value", ("currency",),
    ),
)  # fmt: skip


def period_of(start: date, frequency: str) -> str:
    """A period as SDMX writes it; one that does not begin as the calendar's does has its length."""
    months = {"A": 12, "S": 6, "Q": 3, "M": 1}.get(frequency)
    if months is None or start.day != 1 or (start.month - 1) % months:
        length = {12: "/P1Y"}.get(months or 0, f"/P{months}M" if months else "")
        return f"{start.isoformat()}{length}"
    number = (start.month - 1) // months + 1
    if frequency == "A":
        return f"{start.year}"
    return f"{start.year}-{f'{number:02d}' if frequency == 'M' else f'{frequency}{number}'}"


def sdmx_csv(series: Series, table: PublicTable, agency: str) -> bytes:
    names = [c.name for c in table.columns]
    attributes = [n for n in (*series.attributes, *ATTRIBUTES) if n in names]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    dimensions = [n.upper() for n in series.dimensions]
    writer.writerow(["STRUCTURE", "STRUCTURE_ID", "ACTION", *dimensions, "TIME_PERIOD",
                     "OBS_VALUE", *(n.upper() for n in attributes)])  # fmt: skip
    structure = f"{agency}:{series.name}({VERSION})"
    for row in table.rows:
        cell: Mapping[str, Any] = dict(zip(names, row, strict=True))
        period = period_of(cell[series.period], cell.get("frequency") or "D")
        writer.writerow([
            "datastructure", structure, "I", *(text_of(cell[n]) for n in series.dimensions),
            period, text_of(cell[series.value]), *(text_of(cell[n]) for n in attributes),
        ])  # fmt: skip
    return out.getvalue().encode()


def structures(
    found: Iterable[tuple[Series, PublicTable]], agency: str, day: date, mark: str
) -> bytes:
    """Data structures with the concepts that they use. `mark` of simulation goes before names."""
    found = list(found)
    for prefix, space in SPACES.items():
        Xml.register_namespace(prefix, space)
    root = Xml.Element(_tag("mes", "Structure"))
    header = _under(root, "mes", "Header")
    _under(header, "mes", "ID").text = "PENATARAN"
    _under(header, "mes", "Test").text = "true" if mark else "false"
    _under(header, "mes", "Prepared").text = f"{day.isoformat()}T00:00:00Z"
    _under(header, "mes", "Sender", id=agency)
    content = _under(root, "mes", "Structures")
    schemes = _under(content, "str", "ConceptSchemes")
    scheme = _maintained(schemes, "ConceptScheme", CONCEPTS, agency, Words("Konsep", "Concepts"))
    for name, words in sorted(_concepts(found).items()):
        _named(_under(scheme, "str", "Concept", id=name), words)
    place = _under(content, "str", "DataStructures")
    for series, table in found:
        title = Words(f"{mark}{series.title.id}", f"{mark}{series.title.en}")
        structure = _maintained(place, "DataStructure", series.name, agency, title)
        _components(structure, series, table, agency)
    Xml.indent(root)
    written: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _concepts(found: Iterable[tuple[Series, PublicTable]]) -> dict[str, Words]:
    words = {"TIME_PERIOD": Words("periode", "period"), "OBS_VALUE": Words("nilai", "value")}
    for series, table in found:
        known = {c.name: c for c in table.columns}
        for name in (*series.dimensions, *series.attributes, *ATTRIBUTES):
            if name in known:
                words[name.upper()] = known[name].description
    return words


def _components(structure: Xml.Element, series: Series, table: PublicTable, agency: str) -> None:
    known = {c.name: c for c in table.columns}
    root = _under(structure, "str", "DataStructureComponents")
    dimensions = _under(root, "str", "DimensionList", id="DimensionDescriptor")
    for place, name in enumerate(series.dimensions, 1):
        own = _under(dimensions, "str", "Dimension", id=name.upper(), position=str(place))
        _concept(own, name.upper(), agency, "String")
    time = _under(dimensions, "str", "TimeDimension", id="TIME_PERIOD")
    _concept(time, "TIME_PERIOD", agency, "ObservationalTimePeriod")
    attributes = _under(root, "str", "AttributeList", id="AttributeDescriptor")
    for name in (*series.attributes, *ATTRIBUTES):
        if name in known:
            own = _under(attributes, "str", "Attribute", id=name.upper(), usage="optional")
            _concept(own, name.upper(), agency, _text_type(known[name]))
            _under(_under(own, "str", "AttributeRelationship"), "str", "Observation")
    measures = _under(root, "str", "MeasureList", id="MeasureDescriptor")
    own = _under(measures, "str", "Measure", id="OBS_VALUE", usage="optional")
    _concept(own, "OBS_VALUE", agency, _text_type(known[series.value]))


def _text_type(column: PublicColumn) -> str:
    return TEXT_TYPES.get(column.type, "String")


def _concept(parent: Xml.Element, name: str, agency: str, text_type: str) -> None:
    _under(
        parent, "str", "ConceptIdentity"
    ).text = (
        f"urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={agency}:{CONCEPTS}({VERSION}).{name}"
    )
    local = _under(parent, "str", "LocalRepresentation")
    _under(local, "str", "TextFormat", textType=text_type)


def _maintained(parent: Xml.Element, tag: str, name: str, agency: str, words: Words) -> Xml.Element:
    found = _under(parent, "str", tag, id=name, agencyID=agency, version=VERSION)
    _named(found, words)
    return found


def _named(parent: Xml.Element, words: Words) -> None:
    for language in ("id", "en"):
        name = _under(parent, "com", "Name")
        name.set("{http://www.w3.org/XML/1998/namespace}lang", language)
        name.text = words.in_language(language)


def _under(parent: Xml.Element, space: str, tag: str, **attributes: str) -> Xml.Element:
    return Xml.SubElement(parent, _tag(space, tag), attributes)


def _tag(space: str, tag: str) -> str:
    return f"{{{SPACES[space]}}}{tag}"
