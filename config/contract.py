"""Contracts: what partners' files must hold, as sources whose answers arrive as files.

A contract is a title, a table and an example row (`config/contracts/<code>.yml`). Its columns are
the table's; what partners may call them stands in `vocabulary.yml`, beside each field's own name
and its descriptions. From that come the headings that are known, the template, and a Source that
the rest of the pipeline treats like any other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from config.files import read_yaml
from config.mistakes import Mistake, of_model, refuse
from config.model import Model, Same, Text, TextList, TextMap
from config.publishing import Licence, StageByAge
from config.region import Region
from config.source import Source
from config.workbook import Unpivot
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.headings import heading, whole_heading
from schemas.model import Field as TableField
from schemas.model import InList, OneOf, Table, Type, Words
from schemas.nearest import near

FOLDER = Path(__file__).parent / "contracts"
VOCABULARY = "vocabulary"
PART = re.compile(r"\{([^{}]+)\}")


class Heading(Model):
    """What else partners call a field."""

    ja: str
    """the heading in Japanese"""
    also: TextList = ()
    """other headings"""


class Vocabulary(Model):
    """What partners call fields and codes, in all contracts."""

    headings: dict[str, Heading]
    """headings by field"""
    labels: dict[str, dict[Text, TextList]]
    """labels by field and code"""


class Mapping(Model):
    """How one sender fills a contract: headings, units, layout. Declared once, never guessed."""

    contract: str
    """the contract that is filled"""
    name: str = ""
    """a name of this way, where a sender fills one contract in several ways"""
    partner: str = ""
    """code of the sender: the name of its file"""
    sender: Words | None = None
    """name of the sender"""
    columns: dict[str, str | None] = {}
    """field or part by heading; null: a column that is left out"""
    constants: TextMap = {}
    """fields with one value"""
    compose: TextMap = {}
    """fields put together from parts: `{bulan} {tahun}`"""
    factors: TextMap = {}
    """what a field's numbers are multiplied by: thousand yen is 1000"""
    drop: TextMap = {}
    """part by regular expression (Python): rows that are left out, such as subtotals"""
    shift_months: int = Field(default=0, ge=-12, le=12)
    """months added to `period_start`: -2 where a quarter is named by its last month"""
    unpivot: Unpivot | None = None
    """columns that become rows"""
    sheets: TextList = ()
    """regular expressions (Python) of the sheets that are read; none: those that fit"""
    header_rows: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """numbers of the rows of headings, from 1; none: found by what they say"""
    first_row: int | None = Field(default=None, ge=1)
    """number of the first row of data, where it does not follow the headings"""
    locale: Literal["id", "en", "ja"] | None = None
    """language of numbers and dates in text cells"""
    encoding: str | None = None
    """encoding of CSV files without a mark that are not UTF-8"""
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    """what separates the cells of a CSV file, where that cannot be seen"""
    leave_out: TextList = ()
    """regular expressions (Python) of folded headings of columns that are left out"""
    titles: TextMap = {}
    """parts by regular expression (Python), found in a sheet's name or in the rows above its data;
    its first group is the part: `{tahun: 'tahun (\\d{4})'}`"""
    fill: TextList = ()
    """fields and parts whose empty cells repeat the cell above, where cells are not merged"""
    marks: dict[str, Literal["", "preliminary", "provisional", "final"]] = {}
    """marks after numbers and periods, and the release stage that each stands for; an empty text
    for a footnote: `{"*": preliminary, "r": ""}`"""
    labels: dict[str, dict[Text, Text]] = {}
    """what the sender's words stand for, by coded field and word; `value_status` and
    `release_stage` are such fields too: `{value_status: {UIS_EST: estimated}}`"""
    whole: TextList = ()
    """fields whose broken numbers are rounded to whole ones: people that were shared out"""
    missing: TextList = ()
    """texts that stand for no value, beside `-`, `n/a`, `…` and the like"""
    year_begins: int = Field(default=1, ge=1, le=12)
    """the month in which the years of the file begin: 4 for a Japanese fiscal year"""
    preference: int | None = Field(default=None, ge=1, lt=1000)
    """rank of the sender among those that fill this contract: 1 is the producer of the region's own
    data. Of several statements on one region and year, reports show that of the first in rank"""
    release_stage: Literal["unknown", "preliminary", "provisional", "final"] = "unknown"
    """the stage of all figures"""
    stages: tuple[StageByAge, ...] = ()
    """the stages of figures by their age, instead"""
    licence: Licence | None = None
    """what may be done with the data"""

    @property
    def code(self) -> str:
        """Code of the source: the contract, after its sender, and the way."""
        return "_".join(filter(None, (self.partner, self.contract, self.name)))

    @property
    def headings(self) -> dict[str, str]:
        """Field or part by heading. Brackets that a mapping writes are compared: they name a unit,
        or tell two columns from each other."""
        return {whole_heading(text): name for text, name in self.columns.items() if name}

    @property
    def filled(self) -> set[str]:
        """Fields that need no column of their own."""
        found = {*self.constants, *self.compose, *self.titles}
        if self.unpivot:
            found |= {*self.unpivot.values, *self.unpivot.names}
        return found

    @property
    def needed(self) -> list[str]:
        """What only the mapping's own columns give: parts that fields are put together from, and
        fields whose default would be wrong, as gates that are no totals."""
        wanted = {part for text in self.compose.values() for part in PART.findall(text)}
        named = {name for name in self.columns.values() if name}
        return sorted((wanted | DEFAULTED) & named - self.filled)

    def reading(self) -> dict[str, Any]:
        """What the reader is told, in terms of `config.source.Workbook`."""
        names = ("constants", "compose", "factors", "drop", "shift_months", "unpivot", "sheets",
                 "header_rows", "first_row", "locale", "encoding", "delimiter", "titles", "fill",
                 "marks", "missing", "year_begins", "whole")  # fmt: skip
        left_out = [whole_heading(text) for text, name in self.columns.items() if name is None]
        own = {text: name for text, name in self.columns.items() if name and text}
        return {"own": own, "leave_out": left_out, "leave_patterns": self.leave_out,
                **{n: getattr(self, n) for n in names}}  # fmt: skip


class Contract(Model):
    """One kind of partner file."""

    code: str
    """the name of the file"""
    title: Words
    """what the file holds, in Indonesian, English and Japanese"""
    table: str
    """the table that it fills"""
    example: TextMap
    """what cells of the template's example row show, by field"""
    max_refused_share: float = Field(default=1.0, ge=0, le=1)
    """share of the rows that may be refused"""

    @field_validator("example", mode="before")
    @classmethod
    def _as_shown(cls, raw: Any) -> Any:
        """YAML reads `2025-08-17` as a day; an example is what a cell shows."""
        return {k: str(v) for k, v in raw.items()} if isinstance(raw, dict) else raw

    @model_validator(mode="after")
    def _whole(self) -> Contract:
        if self.table not in TABLES:
            raise ValueError(f"table: {self.table!r} is not a table{near(self.table, TABLES)}")
        if not self.title.ja:
            raise ValueError("title.ja is missing: templates are in three languages")
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


# Units of fields that another column names, or that may be of any.
FREE_UNITS = frozenset({"unit"})
DEFAULTED = frozenset({"source_org", "region_code", "breakdown_type", "breakdown_code"})


def kind_of(field: TableField) -> str:
    """How a cell of a field is read."""
    if field.name == "period_start":
        return "period"
    if field.name == "region_code":
        return "region"
    if field.unit == "percent":
        return "percent"
    match field.type:
        case Type.DATE:
            return "date"
        case Type.INTEGER | Type.DECIMAL | Type.FIGURE:
            return "number"
        case Type.BOOLEAN:
            return "flag"
    if field.pseudonym:
        return "reference"
    is_area = any(isinstance(c, InList) and c.list_name == "area" for c in field.checks)
    return "area" if is_area else "text"


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    path = FOLDER / f"{VOCABULARY}.yml"
    try:
        return Vocabulary(**read_yaml(path, "contract"))
    except ValidationError as error:
        raise refuse(of_model(error, Vocabulary), path, "contract") from None


@lru_cache(maxsize=1)
def load_all() -> dict[str, Contract]:
    """All contracts by code; raises ConfigurationError with the place of every mistake."""
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        if path.stem == VOCABULARY:
            continue
        raw = read_yaml(path, "contract")
        if raw.get("code", path.stem) != path.stem:
            wrong = Mistake(("code",), f"the name of the file is the code: {path.stem}")
            raise refuse([wrong], path, "contract")
        try:
            found[path.stem] = Contract(**{**raw, "code": path.stem})
        except ValidationError as error:
            raise refuse(of_model(error, Contract), path, "contract") from None
    return found


def source_of(contract: Contract, region: Region, mapping: Mapping | None = None) -> Source:
    """A contract as a source: what it maps, checks and claims. With a sender's mapping, the
    contract as that sender fills it: a source of its own, so that no sender withdraws what
    another one sent."""
    return _source_of(Same(contract), Same(region), Same(mapping))


@lru_cache(maxsize=512)  # half a millisecond each, and the same ones in every run of a process
def _source_of(one: Same[Contract], at: Same[Region], by: Same[Mapping | None]) -> Source:
    contract, region, mapping = one.model, at.model, by.model
    table = contract.warehouse_table
    fields = {f.name: kind_of(f) for f in contract.fields()}
    columns: dict[str, Any] = {"_problems": "problems"}
    chosen = mapping or Mapping(contract=contract.code)
    states = {"_status": "value_status"}
    if any(chosen.marks.values()) or "release_stage" in chosen.labels:
        states["_stage"] = "release_stage"
    columns |= {name: {"to": to, "optional": True} for name, to in states.items()}
    for name, kind in fields.items():
        columns[name] = {"to": name, "lookup": "name"} if kind == "area" else name
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
        preference=chosen.preference,
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
                "required": [*(n for n in contract.required() if n not in chosen.filled),
                             *chosen.needed],
                "fields": fields,
                "labels": _labels(contract, chosen),
                "defaults": {"source_org": chosen.partner or region.code,
                             "region_code": region.code,
                             "breakdown_type": "TOTAL", "breakdown_code": "TOTAL"},
                "hidden": sorted(table.people_fields),
                "percents": sorted(f.name for f in contract.fields() if f.unit in FREE_UNITS),
                "states": list(states),
                **chosen.reading(),
            },
        },
        columns=columns,
        release_stage=chosen.release_stage,
        stages=chosen.stages,
        coverage={"absence": "withdrawn", "max_deleted_share": 0.0},
        rows={"max_refused_share": contract.max_refused_share},
    )  # fmt: skip


def _labels(contract: Contract, mapping: Mapping) -> dict[str, dict[str, str]]:
    """Codes by folded label; those of the sender stand before those of the vocabulary."""
    found = contract.labels()
    for field, labels in mapping.labels.items():
        own = {label.casefold(): code for label, code in labels.items()}
        found[field] = found.get(field, {}) | own
    return found


def sources(region: Region) -> dict[str, Source]:
    """What is filled by the templates, as sources by code."""
    return {code: source_of(contract, region) for code, contract in load_all().items()}
