"""Declarations of partner sources: `config/sources/<code>.yml` in a typed model.

Unknown keys are refused, and so is a declaration that leaves a key of its table unfilled.
The name of the file is the code of the source; a declaration is the only place to edit.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from config.asking import Key, Limits, Request, Signal, Variable
from config.files import read_yaml
from config.model import Bilingual, Model, TextList, TextMap, texts
from config.reading import Column, ColumnMap, Reader
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.model import RELEASE_STAGES, Table

BUILT_IN = Path(__file__).parent / "sources"
CODE_PATTERN = re.compile(r"^[a-z][a-z0-9_]{1,40}$")


class Provider(Model):
    """Who publishes. `code` names the environment variable `PENATARAN_HOST_<CODE>`."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    url: str
    contact: str | None = None


class Licence(Model):
    name: str
    url: str | None = None
    redistribution: Literal["none", "derived", "open"]
    attribution: Bilingual
    keep_raw_days: int | None = Field(default=None, ge=1)  # a licence that limits keeping


class Calendar(Model):
    cadence: str
    cron: str
    timezone: str = "Asia/Jakarta"
    lag_days: int = 0
    note: Bilingual | None = None


class FirstRequest(Model):
    """What to ask when nothing is known yet: often one file with the whole history."""

    request: Request
    reader: Reader
    columns: ColumnMap
    ignore: TextList = ()


class Coverage(Model):
    """What absence in a complete answer means. `keys` narrows the claim: a field of the
    table → the variable that was asked for, so that what was not asked is not withdrawn."""

    absence: Literal["withdrawn", "nothing"] = "nothing"
    keys: TextMap = {}
    max_deleted_share: float = 0.2


class Rows(Model):
    """How many good rows a slice may give, how many may be refused, and how many times larger
    or smaller than before its values may be: a unit that changed is about a thousand."""

    min: int | None = None
    max: int | None = None
    max_refused_share: float = 0.1
    max_jump: float | None = Field(default=200.0, gt=1)


Selection = Annotated[dict[str, tuple[str, ...]], BeforeValidator(texts)]


class StageByAge(Model):
    """A release stage that a figure has reached so many days after the end of its period, or of
    its period's year. The first that is reached counts."""

    stage: Literal["preliminary", "provisional", "final"]
    days: int = 0
    after: Literal["period", "year"] = "period"


class CrossCheck(Model):
    """Another source that publishes the same figures: a difference beyond `tolerance` (a share)
    is a warning in ops_check."""

    source: str
    tolerance: float = 0.005


class Dataset(Model):
    """One frequency of a source and how it is cut into slices.

    `window` is how many slices, newest first, an unnamed run looks at (the revision window).
    """

    frequency: Literal["A", "S", "Q", "M", "W", "D"]
    slice_by: Literal["year", "all"] = "all"
    window: int = 1
    start: int = 1999
    variables: dict[str, Variable] = {}
    # What this dataset has instead of its source's, or beside it.
    request: Request | None = None
    reader: Reader | None = None
    columns: ColumnMap = {}
    ignore: TextList = ()
    constants: TextMap = {}
    select: Selection = {}
    release_stage: str | None = None


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
    "future_days",
    "release_stage",
    "stages",
    "coverage",
    "rows",
}


class Source(Model):
    """A partner source: everything the pipeline knows about it."""

    code: str
    title: Bilingual
    provider: Provider
    domain: str
    table: str
    # Rank among the sources of one table where one figure is chosen from several: 1 comes first,
    # a source without a rank comes last.
    preference: int | None = Field(default=None, ge=1, lt=1000)
    licence: Licence
    calendar: Calendar
    hosts: dict[str, str] = {}
    key: Key | None = None
    limits: Limits = Limits()
    builtin: str | None = None
    datasets: dict[str, Dataset]
    variables: dict[str, Variable] = {}
    request: Request | None = None
    keyed_request: Request | None = None
    first_request: FirstRequest | None = None
    signal: Signal | None = None
    updated_after_overlap_hours: int = 24
    reader: Reader
    columns: ColumnMap
    ignore: TextList = ()
    constants: TextMap = {}
    select: Selection = {}
    added_columns: Literal["fatal", "warn"] = "fatal"
    future_days: int = Field(default=2, ge=0)  # how far ahead of its answer a period may begin
    release_stage: str = "unknown"
    stages: tuple[StageByAge, ...] = ()  # instead, where the stage follows from the age
    cross_check: CrossCheck | None = None
    coverage: Coverage = Coverage()
    rows: Rows = Rows()
    quirks_id: str = ""  # what to know of it, in Indonesian; in English it is the head's comment

    _whole: Source | None = PrivateAttr(default=None)

    def part(self, dataset: str) -> Source:
        """The source as this dataset sees it. Its identity stays that of the whole."""
        own = self.datasets[dataset]
        changes: dict[str, Any] = {
            name: {**getattr(self, name), **getattr(own, name)}
            for name in ("columns", "constants", "select")
            if getattr(own, name)
        }
        if own.ignore:
            changes["ignore"] = (*self.ignore, *own.ignore)
        for name in ("request", "reader", "release_stage"):
            if getattr(own, name) is not None:
                changes[name] = getattr(own, name)
        if not changes:
            return self
        part = self.model_copy(update=changes)
        part._whole = self._whole or self
        return part

    @property
    def is_file(self) -> bool:
        """Its answers arrive as files: no run asks for them."""
        return self.reader.workbook is not None

    def next_release(self) -> str | None:
        """When the source is next looked at, by its calendar: ISO 8601 with zone. None for what
        arrives as files, whenever somebody sends one."""
        if self.is_file:
            return None
        from cronsim import CronSim

        zone = ZoneInfo(self.calendar.timezone)
        found: datetime = next(CronSim(self.calendar.cron, datetime.now(zone)))
        return found.isoformat()

    @cached_property
    def warehouse_table(self) -> Table:
        return TABLES[self.table]

    def canonical(self) -> str:
        """The whole declaration as one text, the same for the same content."""
        return json.dumps(
            self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False
        )

    @classmethod
    def from_canonical(cls, text: str) -> Source:
        return cls(**json.loads(text))

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

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        if not CODE_PATTERN.match(self.code):
            raise ValueError(f"code {self.code!r}: lower case letters, digits and _")
        if self.table not in TABLES:
            raise ValueError(f"table {self.table!r} is not declared in schemas/tables")
        parts = [self.part(name) for name in self.datasets]
        if any([p.builtin, p.request, p.reader.workbook].count(None) != 2 for p in parts):
            raise ValueError("a source has one of request, builtin and reader.workbook")
        if any(p.request for p in parts) and "main" not in self.hosts:
            raise ValueError("hosts: main is missing")
        for part in parts:
            if part.release_stage not in RELEASE_STAGES:
                raise ValueError(f"release_stage is none of {', '.join(RELEASE_STAGES)}")
            part._check_targets(part.columns)
        if self.first_request:
            self._check_targets(self.first_request.columns)
        return self

    def _check_targets(self, columns: dict[str, tuple[Column, ...]]) -> None:
        table = TABLES[self.table]
        fillable = {f.name for f in table.body()} | {"release_stage", "value_status"}
        if self.is_file:
            fillable.add("problems")
        targets = [c.to for specs in columns.values() for c in specs] + list(self.constants)
        filled = set(targets)
        for name in targets:
            if name != "period" and name not in fillable:
                raise ValueError(f"{table.name} has no field {name!r}")
        doubled = {t for t in targets if targets.count(t) > 1}
        if doubled:
            raise ValueError(f"filled twice: {', '.join(sorted(doubled))}")
        if "period" in filled:
            filled |= {"frequency", "period_start", "period_end"}
        filled |= {"frequency"}
        unfilled = [f.name for f in table.key if f.name not in filled]
        if unfilled:
            raise ValueError(f"key of {table.name} not filled: {', '.join(unfilled)}")


def read(path: Path) -> Source:
    """One declaration; raises ConfigurationError with the place of every mistake."""
    raw = _extended(path)
    try:
        return Source(**{"code": path.stem, **raw})
    except ValidationError as error:
        places = "; ".join(
            f"{'.'.join(str(p) for p in e['loc']) or 'declaration'}: {e['msg']}"
            for e in error.errors(include_url=False)
        )
        raise ConfigurationError(
            "declaration", places, where=str(path), hint="see docs/new-source.md"
        ) from None


def _extended(path: Path) -> dict[str, Any]:
    """The declaration with what it `extends`: another one beside it, or a built-in one, of which
    it says only what differs. A key with nothing takes the other's away."""
    try:
        raw = read_yaml(path)
    except yaml.YAMLError as error:
        raise ConfigurationError("declaration", f"not YAML: {error}", where=str(path)) from error
    if not isinstance(raw, dict):
        raise ConfigurationError("declaration", "a declaration is a mapping", where=str(path))
    raw.pop("anchors", None)
    base = raw.pop("extends", None)
    if base is None:
        return raw
    found = next((p for f in (path.parent, BUILT_IN) if (p := f / f"{base}.yml").exists()), None)
    if found is None or found == path:
        raise ConfigurationError("declaration", f"extends {base!r}: no such", where=str(path))
    return _merged(_extended(found), raw)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _merged(merged[name], value)
        else:
            merged[name] = value
    return merged


def declaration_files(further: Iterable[Path] = ()) -> Iterator[Path]:
    for folder in (BUILT_IN, *further):
        if not folder.is_dir():
            raise ConfigurationError(
                "sources_path", f"no folder {folder}", hint="check PENATARAN_SOURCES_PATH"
            )
        yield from sorted(folder.glob("*.yml"))


@cache
def _built_in(path: Path) -> Source:
    """What comes with the program does not change while it runs."""
    return read(path)


def load_all(further: Iterable[Path] = ()) -> dict[str, Source]:
    """All declarations by code; reference sources first, since others are checked by them."""
    found: dict[str, Source] = {}
    for path in declaration_files(further):
        source = _built_in(path) if path.parent == BUILT_IN else read(path)
        if source.code in found:
            raise ConfigurationError(
                "declaration", f"source {source.code!r} is declared twice", where=str(path)
            )
        found[source.code] = source
    ordered = sorted(found.values(), key=lambda s: (s.domain != "reference", not s.builtin, s.code))
    return {s.code: s for s in ordered}
