"""Contracts: what partners' files must hold, as sources whose answers arrive as files.

A contract is a title, a table and an example row (`config/contracts/<code>.yml`). Its columns are
the table's; what partners may call them stands in `vocabulary.yml`, beside each field's own name
and its descriptions. From that come the headings that are known, the template, and a Source that
the rest of the pipeline treats like any other.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, model_validator

from config.region import Region
from config.source import Model, Source, Text, TextList, TextMap
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.headings import heading
from schemas.model import Field as TableField
from schemas.model import InList, OneOf, Table, Type

FOLDER = Path(__file__).parent / "contracts"
VOCABULARY = "vocabulary"
LANGUAGES = ("id", "en", "ja")


class Title(Model):
    """In the three languages of templates and answers."""

    id: str
    en: str
    ja: str

    def in_language(self, language: str) -> str:
        return str(getattr(self, language))


class Heading(Model):
    """What else partners call a field."""

    ja: str
    also: TextList = ()


class Vocabulary(Model):
    headings: dict[str, Heading]
    labels: dict[str, dict[Text, TextList]]


class Contract(Model):
    """One kind of partner file."""

    code: str
    title: Title
    table: str
    example: TextMap
    locale: str | None = None  # of numbers and dates in text cells; None: nothing is guessed
    encoding: str | None = None  # of CSV files without a mark that are not UTF-8
    max_refused_share: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _whole(self) -> Contract:
        names = {f.name for f in self.fields()}
        strange = set(self.example) - names
        if strange:
            raise ValueError(f"example: {', '.join(sorted(strange))} not in {self.table}")
        silent = names - set(vocabulary().headings)
        if silent:
            raise ValueError(f"vocabulary.yml has no heading for {', '.join(sorted(silent))}")
        return self

    @property
    def warehouse_table(self) -> Table:
        return TABLES[self.table]

    def fields(self) -> tuple[TableField, ...]:
        return self.warehouse_table.body()

    def required(self) -> list[str]:
        """Columns without which a file is refused: the key, but for what has a default."""
        return [f.name for f in self.warehouse_table.key if f.name not in DEFAULTED]

    def heading(self, field: TableField, language: str) -> str:
        """The heading of a field in a template."""
        if language == "ja":
            return vocabulary().headings[field.name].ja
        return field.description.en if language == "en" else field.description.id

    def headings(self) -> dict[str, str]:
        """Field by every heading that is known for it; raises where two fields share one."""
        found: dict[str, str] = {}
        weak: dict[str, str] = {}
        for field in self.fields():
            words = vocabulary().headings[field.name]
            for text in (field.name, field.description.id, field.description.en, words.ja):
                known = found.setdefault(heading(text), field.name)
                if known != field.name:
                    raise ConfigurationError(
                        "contract", f"{text!r} means both {known} and {field.name}", where=self.code
                    )
            for text in words.also:
                weak.setdefault(heading(text), field.name)
        return {**weak, **found}

    def labels(self) -> dict[str, dict[str, str]]:
        """For coded fields: code by every folded label."""
        found: dict[str, dict[str, str]] = {}
        for field in self.fields():
            codes = next((c.values for c in field.checks if isinstance(c, OneOf)), ())
            if not codes:
                continue
            known = vocabulary().labels.get(field.name, {})
            found[field.name] = {code.casefold(): code for code in codes} | {
                label.casefold(): code for code in codes for label in known.get(code, ())
            }
        return found


DEFAULTED = frozenset({"source_org", "region_code"})


def kind_of(field: TableField) -> str:
    """How a cell of a field is read."""
    if field.name == "period_start":
        return "period"
    match field.type:
        case Type.DATE:
            return "date"
        case Type.INTEGER | Type.DECIMAL:
            return "number"
        case Type.BOOLEAN:
            return "flag"
    is_area = any(isinstance(c, InList) and c.list_name == "area" for c in field.checks)
    return "area" if is_area else "text"


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    raw = yaml.safe_load((FOLDER / f"{VOCABULARY}.yml").read_text(encoding="utf-8"))
    return Vocabulary(**raw)


@lru_cache(maxsize=1)
def load_all() -> dict[str, Contract]:
    """All contracts by code; raises ConfigurationError with the place of every mistake."""
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        if path.stem == VOCABULARY:
            continue
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            found[path.stem] = Contract(**{"code": path.stem, **_texts(raw)})
        except ValidationError as error:
            raise ConfigurationError("contract", str(error), where=str(path)) from None
    return found


def _texts(raw: dict[str, Any]) -> dict[str, Any]:
    """YAML reads `2025-08-17` as a day; an example is what a cell shows."""
    example = {k: str(v) for k, v in raw.get("example", {}).items()}
    return {**raw, "example": example}


def source_of(contract: Contract, region: Region) -> Source:
    """The contract as a source: what it maps, checks and claims."""
    table = contract.warehouse_table
    fields = {f.name: kind_of(f) for f in contract.fields()}
    columns: dict[str, Any] = {"_problems": "problems"}
    for name, kind in fields.items():
        columns[name] = {"to": name, "lookup": "name"} if kind == "area" else name
    return Source(
        code=contract.code,
        title={"id": contract.title.id, "en": contract.title.en},
        provider={
            "code": "partners",
            "name": region.name_id,
            "url": "file:",
        },
        domain=table.domain,
        table=contract.table,
        licence={
            "name": "internal",
            "redistribution": "derived",
            "attribution": {"id": f"Sumber: {region.name_id}", "en": f"Source: {region.name_en}"},
        },
        calendar={"cadence": "on_receipt", "cron": "0 0 1 1 *"},
        datasets={"file": {"frequency": "D"}},
        reader={
            "format": "workbook",
            "workbook": {
                "headings": contract.headings(),
                "required": contract.required(),
                "fields": fields,
                "labels": contract.labels(),
                "defaults": {"source_org": region.code, "region_code": region.code},
                "locale": contract.locale,
                "encoding": contract.encoding,
            },
        },
        columns=columns,
        coverage={"absence": "withdrawn", "max_deleted_share": 0.0},
        rows={"max_refused_share": contract.max_refused_share},
    )


def sources(region: Region) -> dict[str, Source]:
    return {code: source_of(contract, region) for code, contract in load_all().items()}
