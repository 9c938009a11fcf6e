"""A partner source: everything the pipeline knows about it, as a typed model.

Its structure is checked here, and that its columns fill the key of its table. What a declaration
says of other things (variables, hosts, codes, other sources) is checked by `config.check` when it
is read from YAML (`config.declarations`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from config.asking import Key, Limits, Request, Signal, Variable
from config.columns import AnyColumn, ColumnMap, with_kinds
from config.mistakes import Mistake, Place
from config.model import Model, TextList, TextMap
from config.publishing import (
    Calendar,
    Coverage,
    CrossCheck,
    Expects,
    Licence,
    Provider,
    Rows,
    Selection,
    SeriesJump,
    StageByAge,
)
from config.reading import AskedReader, Reader, WorkbookReader
from config.stored import current_form
from config.workbook import Workbook
from schemas.catalogue import TABLES
from schemas.model import Table, Words
from schemas.nearest import near

CODE_PATTERN = re.compile(r"^[a-z][a-z0-9_]{1,40}$")
BuiltinName = Literal[
    "area", "currency", "region", "product", "chapter", "concordance", "member", "capital",
    "source",
]  # fmt: skip


class FirstRequest(Model):
    """What to ask when nothing is known yet: often one file with the whole history."""

    request: Request
    """the request"""
    reader: Reader
    """how its answer is read"""
    columns: ColumnMap
    """where its columns go"""
    ignore: TextList = ()
    """its columns that are left out by name"""


class Dataset(Model):
    """One frequency of a source and how it is cut into slices; and what it has instead of its
    source's keys, or beside them."""

    frequency: Literal["A", "S", "Q", "M", "W", "D"]
    """years, half years, quarters, months, weeks or days"""
    slice_by: Literal["year", "all"] = "all"
    """whether each year is loaded by itself, or everything together"""
    window: int = Field(default=1, ge=1)
    """how many slices, newest first, an unnamed run looks at (the revision window)"""
    start: int = Field(default=1999, ge=1000, le=2999)
    """the first year"""
    variables: dict[str, Variable] = {}
    """lists beside those of the source"""
    request: Request | None = None
    """a request instead of the source's"""
    reader: Reader | None = None
    """a reader instead of the source's"""
    columns: ColumnMap = {}
    """columns beside those of the source"""
    ignore: TextList = ()
    """columns left out, beside those of the source"""
    constants: TextMap = {}
    """constants beside those of the source"""
    select: Selection = {}
    """selections beside those of the source"""
    expects: Expects = Expects()
    """what its answers say of themselves, beside what the source says"""
    release_stage: str | None = None
    """the stage of this dataset's figures"""


@dataclass(frozen=True)
class Asked:
    """A source that is asked over the network."""

    request: Request
    keyed_request: Request | None
    reader: AskedReader


@dataclass(frozen=True)
class BuiltinList:
    """A list that comes with the program."""

    name: BuiltinName


@dataclass(frozen=True)
class Files:
    """A source whose answers arrive as files: no run asks for them."""

    workbook: Workbook


Origin = Asked | BuiltinList | Files

READING_PARTS = {
    "table",
    "datasets",
    "variables",
    "first_request",
    "reader",
    "columns",
    "ignore",
    "constants",
    "select",
    "added_columns",
    "expects",
    "future_days",
    "release_stage",
    "stages",
    "coverage",
    "rows",
}


class Source(Model):
    """A partner source: everything the pipeline knows about it."""

    code: str = Field(pattern=CODE_PATTERN.pattern)
    """the name of the file"""
    title: Words
    """what the source holds, in Indonesian (`id`) and English (`en`)"""
    provider: Provider
    """who publishes"""
    domain: str
    """trade, tourism, exchange, context and the like: the domain of the table"""
    table: str
    """the table of `schemas/tables` that the figures go to"""
    preference: int | None = Field(default=None, ge=1, lt=1000)
    """rank among the sources of the same table: 1 comes first. Where a report shows one figure and
    several sources have it, the first in rank that has figures is taken; they are never summed.
    Sources without a rank come last, by their code"""
    licence: Licence
    """what may be done with the data"""
    calendar: Calendar
    """when the source is looked at"""
    hosts: dict[str, str] = {}
    """base addresses that may be asked: `main`, and others by name"""
    key: Key | None = None
    """the access key"""
    limits: Limits = Limits()
    """what one pull may cost"""
    builtin: BuiltinName | None = None
    """a list that comes with the program, instead of a request"""
    datasets: dict[str, Dataset] = Field(min_length=1)
    """frequencies of the source by name"""
    variables: dict[str, Variable] = {}
    """lists that requests are split by"""
    request: Request | None = None
    """what is asked"""
    keyed_request: Request | None = None
    """the same, where the installation has a key"""
    first_request: FirstRequest | None = None
    """what is asked when nothing is known yet"""
    signal: Signal | None = None
    """what is asked first: an unchanged signal ends the fetch"""
    updated_after_overlap_hours: int = Field(default=24, ge=0)
    """hours before the last fetch from which `{updated_after}` asks again"""
    reader: Reader
    """how bytes become rows"""
    columns: ColumnMap
    """source column → field, `{to: field, …}`, or a list of those; `"{year}-{month}"` puts columns
    together"""
    ignore: TextList = ()
    """columns left out by name; any other column that is not mapped is fatal"""
    constants: TextMap = {}
    """fields with one value"""
    select: Selection = {}
    """rows that count, by the text of a column (`*` stands for any text, `?` for one character,
    `[A-Z]` for one of those; `!` before one for rows that do not)"""
    expects: Expects = Expects()
    """what an answer says of itself, held against what was asked"""
    added_columns: Literal["fatal", "warn"] = "fatal"
    """what a column is that the declaration does not name"""
    future_days: int = Field(default=2, ge=0)
    """how far ahead of its answer a period may begin; projections need more"""
    release_stage: str = "unknown"
    """the stage of all figures: unknown, preliminary, provisional or final"""
    stages: tuple[StageByAge, ...] = ()
    """the stages of figures by their age, instead"""
    cross_check: CrossCheck | None = None
    """another source with the same figures"""
    series_jump: SeriesJump = SeriesJump()
    """one series against its own past"""
    coverage: Coverage = Coverage()
    """what absence in a complete answer means"""
    rows: Rows = Rows()
    """what a good slice looks like"""
    quirks_id: str = ""
    """what to know of the source, in Indonesian; in English it is the comment at the head"""

    _whole: Source | None = PrivateAttr(default=None)
    _stored: str = PrivateAttr(default="")

    def part(self, dataset: str) -> Source:
        """The source as this dataset sees it. Its identity stays that of the whole."""
        own = self.datasets[dataset]
        changes: dict[str, Any] = {
            name: {**getattr(self, name), **getattr(own, name)}
            for name in ("columns", "constants", "select")
            if getattr(own, name)
        }
        if own.expects != Expects():
            changes["expects"] = self.expects.with_own(own.expects)
        if own.ignore:
            changes["ignore"] = (*self.ignore, *own.ignore)
        for name in ("request", "reader", "release_stage"):
            if getattr(own, name) is not None:
                changes[name] = getattr(own, name)
        if not changes:
            return self
        part = self.model_copy(update=changes)
        part._whole = self._whole or self  # noqa: SLF001  one of its own class
        return part

    @property
    def origin(self) -> Origin:
        """Where the answers of a part come from; of a whole source those of its first dataset."""
        if self.builtin is not None:
            return BuiltinList(self.builtin)
        if isinstance(self.reader, WorkbookReader):
            return Files(self.reader.workbook)
        if self.request is None:
            return self.part(next(iter(self.datasets))).origin
        return Asked(self.request, self.keyed_request, self.reader)

    @property
    def is_file(self) -> bool:
        """Its answers arrive as files: no run asks for them."""
        return isinstance(self.reader, WorkbookReader)

    @property
    def is_builtin(self) -> bool:
        """It is a list that comes with the program."""
        return self.builtin is not None

    @cached_property
    def warehouse_table(self) -> Table:
        return TABLES[self.table]

    def next_release(self) -> str | None:
        """When the source is next looked at; None for what arrives as files, whenever somebody
        sends one."""
        return None if self.is_file else self.calendar.next_release()

    def canonical(self) -> str:
        """The whole declaration as one text, the same for the same content; of one that was
        stored, that text."""
        return self._stored or json.dumps(
            self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False
        )

    @classmethod
    def from_canonical(cls, text: str) -> Source:
        """A declaration as it was stored, by this version or an older one. What older versions
        accepted still loads: nothing is checked but the structure."""
        found = current_form(cls, json.loads(text))
        found._stored = text  # noqa: SLF001  one of its own class
        return found

    @property
    def sha256(self) -> str:
        """Identity of the declaration, as runs and raw bytes cite it."""
        whole = self._whole or self
        return hashlib.sha256(whole.canonical().encode()).hexdigest()

    @property
    def reading_sha256(self) -> str:
        """Identity of what decides how bytes are read: a change of it re-reads them. A new
        title, licence text, schedule or rate limit does not."""
        whole = self._whole or self
        part = whole.model_dump(mode="json", by_alias=True, include=READING_PARTS)
        return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()

    @model_validator(mode="before")
    @classmethod
    def _kinds_of_columns(cls, raw: Any) -> Any:
        return with_kinds(raw)

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        found = list(dict.fromkeys(_inconsistent(self)))
        if found:
            raise ValidationError.from_exception_data("declaration", [_detail(m) for m in found])
        return self


def _inconsistent(source: Source) -> Iterator[Mistake]:
    """What contradicts itself in a source, or leaves its table unfilled."""
    if source.table not in TABLES or TABLES[source.table].kind == "ops":
        known = [t.name for t in TABLES.values() if t.kind != "ops"]
        yield Mistake(("table",), f"{source.table!r} is not a table{near(source.table, known)}")
        return
    parts = {name: source.part(name) for name in source.datasets}
    origins = [(p.builtin, p.request, p.reader if p.is_file else None) for p in parts.values()]
    if any(o.count(None) != 2 for o in origins):
        yield Mistake((), "a source has one of request, builtin and a partner's files")
        return
    for name, part in parts.items():
        at: Place = ("datasets", name) if source.datasets[name].columns else ()
        yield from _targets(part, at, part.columns)
    if source.first_request:
        yield from _targets(source, ("first_request",), source.first_request.columns)


def _targets(
    source: Source, at: Place, columns: dict[str, tuple[AnyColumn, ...]]
) -> Iterator[Mistake]:
    """Fields that the table lacks, those that are filled twice, and the key that is not."""
    table = TABLES[source.table]
    fillable = {f.name for f in table.body()} | {"release_stage", "value_status"}
    if source.is_file:
        fillable.add("problems")
    specs = [(name, c.to) for name, each in columns.items() for c in each]
    for name, target in specs:
        if target not in fillable | {"period"}:
            hint = near(target, fillable | {"period"})
            yield Mistake((*at, "columns", name), f"{table.name} has no field {target!r}{hint}")
    for target in source.constants:
        if target not in fillable:
            hint = near(target, fillable)
            yield Mistake((*at, "constants"), f"{table.name} has no field {target!r}{hint}")
    targets = [target for _, target in specs] + list(source.constants)
    doubled = sorted({t for t in targets if targets.count(t) > 1})
    if doubled:
        yield Mistake((*at, "columns"), f"filled twice: {', '.join(doubled)}")
    filled = {*targets, "frequency"}
    if "period" in filled:
        filled |= {"period_start", "period_end"}
    unfilled = [f.name for f in table.key if f.name not in filled]
    if unfilled:
        yield Mistake((*at, "columns"), f"key of {table.name} not filled: {', '.join(unfilled)}")


def _detail(mistake: Mistake) -> InitErrorDetails:
    kind = PydanticCustomError("declaration", "{words}", {"words": mistake.message})
    return InitErrorDetails(type=kind, loc=mistake.place, input=None)
