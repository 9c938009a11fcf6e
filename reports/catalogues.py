"""What says what the open data are, for programs: Frictionless data package, DCAT-AP, CKAN and a
data contract (ODCS). Pure: from the tables and the names of their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from config.region import Region
from reports.facts import Publisher
from reports.public_tables import PublicColumn, PublicTable
from schemas.marks import SIMULATED
from schemas.model import Words

TITLE = Words("Data terbuka hubungan luar negeri {region}",
              "Open data on the foreign relations of {region}")  # fmt: skip
ABOUT = Words(
    "Tabel dan indikator yang menurut lisensi sumbernya boleh disebarkan, dibuat oleh Penataran.",
    "Tables and indicators that may be shared by the licences of their sources, by Penataran.",
)
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "adms": "http://www.w3.org/ns/adms#",
    "owl": "http://www.w3.org/2002/07/owl#",
}
MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
AUTHORITY = "http://publications.europa.eu/resource/authority"
LANGUAGE = {"id": f"{AUTHORITY}/language/IND", "en": f"{AUTHORITY}/language/ENG"}
ODCS_TYPES = {"datetime": "timestamp"}


@dataclass(frozen=True)
class OpenFile:
    """A file of the release."""

    path: str
    format: str  # csv | parquet
    sha256: str
    size: int


@dataclass(frozen=True)
class Edition:
    """What all descriptions of a release have in common."""

    region: Region
    version: str
    day: date
    is_simulated: bool

    @property
    def title(self) -> Words:
        found = Words(*(TITLE.in_language(x).format(region=n) for x, n in self._names()))
        return marked(found) if self.is_simulated else found

    @property
    def about(self) -> Words:
        return marked(ABOUT) if self.is_simulated else ABOUT

    @property
    def name(self) -> str:
        return slug(f"penataran-{self.region.code}-open-data")

    def _names(self) -> list[tuple[str, str]]:
        return [("id", self.region.name_id), ("en", self.region.name_en)]


Entry = tuple[PublicTable, Sequence[OpenFile]]


def marked(words: Words) -> Words:
    """The text with the mark of simulation before it."""
    return Words(f"[{SIMULATED}] {words.id}", f"[{SIMULATED}] {words.en}")


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-") or "x"


def both(words: Words) -> str:
    return words.id if words.id == words.en else f"{words.id} / {words.en}"


def title_of(table: PublicTable, edition: Edition) -> Words:
    return marked(table.title) if edition.is_simulated else table.title


def data_package(entries: Iterable[Entry], edition: Edition) -> dict[str, Any]:
    """`datapackage.json`, Data Package 1: a resource for each CSV file."""
    entries = list(entries)
    publishers = _publishers(entries)
    return {
        "profile": "data-package",
        "name": edition.name,
        "id": f"{edition.name}@{edition.version}",
        "title": both(edition.title),
        "title_id": edition.title.id,
        "title_en": edition.title.en,
        "description": both(edition.about),
        "version": edition.version,
        "created": f"{edition.day.isoformat()}T00:00:00Z",
        "simulated": edition.is_simulated,
        "licenses": _licences(publishers),
        "sources": _sources(publishers),
        "resources": [_resource(table, files, edition) for table, files in entries],
    }


def _resource(table: PublicTable, files: Sequence[OpenFile], edition: Edition) -> dict[str, Any]:
    by_format = {f.format: f for f in files}
    found = by_format["csv"]
    title = title_of(table, edition)
    schema: dict[str, Any] = {
        "fields": [_field(c) for c in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = table.key
    return {
        "profile": "tabular-data-resource",
        "name": slug(table.name),
        "title": both(title),
        "title_id": title.id,
        "title_en": title.en,
        "description": both(table.note or title),
        "path": found.path,
        "format": "csv",
        "mediatype": MEDIA["csv"],
        "encoding": "utf-8",
        "bytes": found.size,
        "hash": f"sha256:{found.sha256}",
        "parquet": by_format["parquet"].path,
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": schema,
        "licenses": _licences(table.publishers),
        "sources": _sources(table.publishers),
    }


def _field(column: PublicColumn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "title": both(column.description),
        "description": f"{both(column.description)}{f' [{column.unit}]' if column.unit else ''}",
        "description_id": column.description.id,
        "description_en": column.description.en,
    }
    if column.unit:
        found["unit"] = column.unit
    if column.is_key:
        found["constraints"] = {"required": True}
    return found


def _publishers(entries: Iterable[Entry]) -> list[Publisher]:
    return sorted({p for table, _ in entries for p in table.publishers})


def _licences(publishers: Iterable[Publisher]) -> list[dict[str, str]]:
    """The licences under which the sources publish; a release without a source is our own."""
    names = sorted({p.licence for p in publishers if p.licence}) or ["CC BY 4.0"]
    return [{"name": slug(name), "title": name} for name in names]


def _sources(publishers: Iterable[Publisher]) -> list[dict[str, str]]:
    return [
        {
            "title": both(p.attribution),
            "code": p.code,
            "licence": p.licence,
            "redistribution": p.redistribution,
        }
        for p in publishers
    ]


def dcat(entries: Iterable[Entry], edition: Edition) -> dict[str, Any]:
    """DCAT-AP 3 as JSON-LD: a catalogue, a data set for each table, a distribution for each file.
    Identifiers are relative: whoever serves the folder gives them their base."""
    day = {"@type": "xsd:date", "@value": edition.day.isoformat()}
    by = f"#publisher-{edition.region.code}"
    publisher = {
        "@id": by,
        "@type": "foaf:Agent",
        "foaf:name": _texts(Words(edition.region.name_id, edition.region.name_en)),
    }
    sets = [_data_set(table, files, edition, by, day) for table, files in entries]
    catalogue = {
        "@id": "#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _texts(edition.title),
        "dct:description": _texts(edition.about),
        "dct:publisher": {"@id": by},
        "dct:language": [{"@id": url} for url in LANGUAGE.values()],
        "dct:modified": day,
        "dcat:version": edition.version,
        "dcat:dataset": [{"@id": s["@id"]} for s in sets],
    }
    return {"@context": CONTEXT, "@graph": [publisher, catalogue, *sets]}


def _data_set(
    table: PublicTable, files: Sequence[OpenFile], edition: Edition, publisher: str, day: object
) -> dict[str, Any]:
    title = title_of(table, edition)
    return {
        "@id": f"#{slug(table.name)}",
        "@type": "dcat:Dataset",
        "dct:identifier": slug(table.name),
        "dct:title": _texts(title),
        "dct:description": _texts(table.note or title),
        "dct:publisher": {"@id": publisher},
        "dct:modified": day,
        "dct:language": [{"@id": url} for url in LANGUAGE.values()],
        "dct:accessRights": {"@id": f"{AUTHORITY}/access-right/PUBLIC"},
        "dct:provenance": [
            {"@type": "dct:ProvenanceStatement", "dct:description": _texts(p.attribution)}
            for p in table.publishers
        ],
        "dcat:version": edition.version,
        "dcat:distribution": [_distribution(f, table) for f in files],
    }


def _distribution(file: OpenFile, table: PublicTable) -> dict[str, Any]:
    return {
        "@id": file.path,
        "@type": "dcat:Distribution",
        "dcat:accessURL": {"@id": file.path},
        "dcat:downloadURL": {"@id": file.path},
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{MEDIA[file.format]}"
        },
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file.size)},
        "dct:license": [
            {"@type": "dct:LicenseDocument", "dct:title": found["title"]}
            for found in _licences(table.publishers)
        ],
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file.sha256},
        },
    }


def _texts(words: Words) -> list[dict[str, str]]:
    return [{"@language": x, "@value": words.in_language(x)} for x in ("id", "en")]


def ckan(entries: Iterable[Entry], edition: Edition) -> dict[str, Any]:
    """What CKAN's `package_create` takes; `url` of a resource is the path in the release."""
    entries = list(entries)
    return {
        "name": edition.name,
        "title": both(edition.title),
        "notes": both(edition.about),
        "version": edition.version,
        "author": edition.region.name_id,
        "license_id": "other-open",
        "private": False,
        "tags": [{"name": n} for n in ("perdagangan", "pariwisata", "kerja sama", "trade")],
        "extras": [
            {"key": "simulated", "value": "true" if edition.is_simulated else "false"},
            {"key": "sources", "value": "; ".join(both(p.attribution) for p in
                                                  _publishers(entries))},
        ],
        "resources": [
            {
                "name": f"{slug(table.name)}.{file.format}",
                "description": both(title_of(table, edition)),
                "format": file.format.upper(),
                "mimetype": MEDIA[file.format],
                "url": file.path,
                "hash": file.sha256,
                "size": file.size,
            }
            for table, files in entries
            for file in files
        ],
    }  # fmt: skip


def contract(entries: Iterable[Entry], edition: Edition) -> dict[str, Any]:
    """A data contract of the Open Data Contract Standard, 3.1."""
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": edition.name,
        "name": both(edition.title),
        "version": edition.version,
        "status": "active",
        "description": {
            "purpose": both(edition.about),
            "limitations": "derived: indicators only; suppressed and missing values are empty",
        },
        "servers": [
            {"server": "release", "type": "local", "path": "data/{model}.csv", "format": "csv"}
        ],
        "schema": [_contract_table(table, files, edition) for table, files in entries],
    }


def _contract_table(
    table: PublicTable, files: Sequence[OpenFile], edition: Edition
) -> dict[str, Any]:
    keys = table.key
    return {
        "name": slug(table.name),
        "physicalName": next(f.path for f in files if f.format == "csv"),
        "logicalType": "object",
        "physicalType": "table",
        "description": both(title_of(table, edition)),
        "properties": [
            {
                "name": c.name,
                "logicalType": ODCS_TYPES.get(c.type, c.type),
                "physicalType": c.type,
                "description": both(c.description),
                "required": c.is_key,
                **({"primaryKey": True, "primaryKeyPosition": keys.index(c.name) + 1}
                   if c.is_key else {}),
                **({"customProperties": [{"property": "unit", "value": c.unit}]} if c.unit else {}),
            }
            for c in table.columns
        ],
    }  # fmt: skip
