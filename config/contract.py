"""Contracts: what partners' files must hold, as sources whose answers arrive as files.

A contract is a title, a table and an example row (`config/contracts/<code>.yml`). Its columns are
the table's; what partners may call them stands in `vocabulary.yml`, beside each field's own name
and its descriptions. From that come the headings that are known, the template, and a Source that
the rest of the pipeline treats like any other.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from config.files import read_yaml
from config.model import Model, Text, TextList, TextMap
from config.reading import Unpivot
from config.region import Region
from config.source import Licence, Source, StageByAge
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


class Mapping(Model):
    """How one sender fills a contract: headings, units, layout. Declared once, never guessed."""

    contract: str
    name: str = ""  # where a sender fills one contract in several ways
    partner: str = ""
    sender: Title | None = None
    columns: dict[str, str | None] = {}  # field or part by heading; null: a column left out
    constants: TextMap = {}
    compose: TextMap = {}
    factors: TextMap = {}
    drop: TextMap = {}
    shift_months: int = 0
    unpivot: Unpivot | None = None
    sheets: TextList = ()
    header_rows: tuple[int, ...] = ()
    first_row: int | None = None
    locale: Literal["id", "en", "ja"] | None = None  # of numbers and dates in text cells
    encoding: str | None = None  # of CSV files without a mark that are not UTF-8
    release_stage: str = "unknown"
    stages: tuple[StageByAge, ...] = ()
    licence: Licence | None = None

    @property
    def code(self) -> str:
        """Code of the source: the contract, after its sender, and the way."""
        return "_".join(filter(None, (self.partner, self.contract, self.name)))

    @property
    def headings(self) -> dict[str, str]:
        return {heading(text): name for text, name in self.columns.items() if name}

    @property
    def filled(self) -> set[str]:
        """Fields that need no column of their own."""
        found = set(self.constants) | set(self.compose)
        return found | ({self.unpivot.into, self.unpivot.value} if self.unpivot else set())

    def reading(self) -> dict[str, Any]:
        """What the reader is told, in terms of `config.source.Workbook`."""
        names = ("constants", "compose", "factors", "drop", "shift_months", "unpivot", "sheets",
                 "header_rows", "first_row", "locale", "encoding")  # fmt: skip
        left_out = [heading(text) for text, name in self.columns.items() if name is None]
        return {"leave_out": left_out, **{n: getattr(self, n) for n in names}}


class Contract(Model):
    """One kind of partner file."""

    code: str
    title: Title
    table: str
    example: TextMap
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


DEFAULTED = frozenset({"source_org", "region_code", "breakdown_type", "breakdown_code"})


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
    if field.pseudonym:
        return "reference"
    is_area = any(isinstance(c, InList) and c.list_name == "area" for c in field.checks)
    return "area" if is_area else "text"


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    raw = read_yaml(FOLDER / f"{VOCABULARY}.yml")
    return Vocabulary(**raw)


@lru_cache(maxsize=1)
def load_all() -> dict[str, Contract]:
    """All contracts by code; raises ConfigurationError with the place of every mistake."""
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        if path.stem == VOCABULARY:
            continue
        raw = read_yaml(path)
        try:
            found[path.stem] = Contract(**{"code": path.stem, **_texts(raw)})
        except ValidationError as error:
            raise ConfigurationError("contract", str(error), where=str(path)) from None
    return found


def _texts(raw: dict[str, Any]) -> dict[str, Any]:
    """YAML reads `2025-08-17` as a day; an example is what a cell shows."""
    example = {k: str(v) for k, v in raw.get("example", {}).items()}
    return {**raw, "example": example}


def source_of(contract: Contract, region: Region, mapping: Mapping | None = None) -> Source:
    """A contract as a source: what it maps, checks and claims. With a sender's mapping, the
    contract as that sender fills it: a source of its own, so that no sender withdraws what
    another one sent."""
    table = contract.warehouse_table
    fields = {f.name: kind_of(f) for f in contract.fields()}
    columns: dict[str, Any] = {"_problems": "problems"}
    for name, kind in fields.items():
        columns[name] = {"to": name, "lookup": "name"} if kind == "area" else name
    chosen = mapping or Mapping(contract=contract.code)
    sender = chosen.sender
    return Source(
        code=chosen.code,
        title={n: contract.title.in_language(n) + (f" · {sender.in_language(n)}" if sender else "")
               for n in ("id", "en")},
        provider={
            "code": "partners",
            "name": sender.id if sender else region.name_id,
            "url": "file:",
        },
        domain=table.domain,
        table=contract.table,
        licence=chosen.licence or {
            "name": "internal",
            "redistribution": "derived",
            "attribution": {
                "id": f"Sumber: {sender.id if sender else region.name_id}",
                "en": f"Source: {sender.en if sender else region.name_en}",
            },
        },
        calendar={"cadence": "on_receipt", "cron": "0 0 1 1 *"},
        datasets={"file": {"frequency": "D"}},
        reader={
            "format": "workbook",
            "workbook": {
                "headings": contract.headings() | chosen.headings,
                "required": [n for n in contract.required() if n not in chosen.filled],
                "fields": fields,
                "labels": contract.labels(),
                "defaults": {"source_org": chosen.partner or region.code,
                             "region_code": region.code,
                             "breakdown_type": "TOTAL", "breakdown_code": "TOTAL"},
                "hidden": sorted(table.people_fields),
                **chosen.reading(),
            },
        },
        columns=columns,
        release_stage=chosen.release_stage,
        stages=chosen.stages,
        coverage={"absence": "withdrawn", "max_deleted_share": 0.0},
        rows={"max_refused_share": contract.max_refused_share},
    )  # fmt: skip


def sources(region: Region) -> dict[str, Source]:
    """What is filled by the templates, as sources by code."""
    return {code: source_of(contract, region) for code, contract in load_all().items()}
