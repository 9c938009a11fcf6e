"""Declarations of partner sources: `config/sources/<code>.yml` in a typed model.

Unknown keys are refused, and so is a declaration that leaves a key of its table unfilled.
The name of the file is the code of the source; a declaration is the only place to edit.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from config.files import read_yaml
from schemas.catalogue import TABLES
from schemas.errors import ConfigurationError
from schemas.model import RELEASE_STAGES, VALUE_STATUSES, Table

BUILT_IN = Path(__file__).parent / "sources"
CODE_PATTERN = re.compile(r"^[a-z][a-z0-9_]{1,40}$")


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _texts(value: Any) -> Any:
    """YAML reads 0 and 360 as numbers; codes are text."""
    if isinstance(value, dict):
        return {str(k): _texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_texts(v) for v in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_texts)]
TextList = Annotated[tuple[str, ...], BeforeValidator(_texts)]
TextMap = Annotated[dict[str, str], BeforeValidator(_texts)]


class Bilingual(Model):
    id: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.id


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


class Key(Model):
    """An access key: where it comes from and where it goes. Never its text."""

    variable: str
    parameter: str | None = None
    header: str | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _one_place(self) -> Key:
        if (self.parameter is None) == (self.header is None):
            raise ValueError("a key goes into either a parameter or a header")
        return self


class Calendar(Model):
    cadence: str
    cron: str
    timezone: str = "Asia/Jakarta"
    lag_days: int = 0
    note: Bilingual | None = None


class Limits(Model):
    """What one pull may cost: the partner's limits and ours."""

    requests_per_second: float = 1.0
    concurrency: int = 2
    deadline_seconds: float = 120.0
    max_bytes: int = 256 * 1024 * 1024
    max_ratio: float = 200.0
    tries: int = 4
    max_wait_seconds: float = 60.0


class Variable(Model):
    """A list that requests are split by: at most `at_most` values in one request.

    `from` takes the values from the installation (`region.products`, `region.partners`),
    or from the slice (`periods`); `scheme` turns ISO codes into the partner's own.
    """

    values: TextList | None = None
    origin: str | None = Field(default=None, alias="from")
    scheme: str | None = None
    at_most: int = 1
    join: str = ","

    @model_validator(mode="after")
    def _one_origin(self) -> Variable:
        if (self.values is None) == (self.origin is None):
            raise ValueError("a variable has either values or from")
        return self


class Paging(Model):
    """How an answer goes on. Page numbers start at `first`."""

    kind: Literal["page"] = "page"
    parameter: str
    first: int = 1
    pages: str  # path of the number of pages in the envelope
    total: str | None = None  # path of the number of rows over all pages
    max_pages: int = 1000


class Request(Model):
    """One request. `{name}` in path and params is a variable; a parameter whose variable
    is unknown in this run (`{updated_after}` at a first load) is left out."""

    host: str = "main"
    path: str
    params: TextMap = {}
    headers: TextMap = {}
    paging: Paging | None = None
    cap_rows: int | None = None
    empty_status: tuple[int, ...] = ()


class ErrorPath(Model):
    """An error inside an answer with status 200: present at `path` and not among `ok`."""

    path: str
    ok: TextList = ()


class Wide(Model):
    """A table with one column per code, turned into rows."""

    id_column: str
    names_to: str
    values_to: str


class Unpivot(Model):
    """Columns that become rows: months, series. `columns` is a pattern of folded headings; a
    heading goes to field or part `into`, its cell to `value`."""

    columns: str
    into: str
    value: str


class Workbook(Model):
    """How a partner's file is read: what `config.contract` makes of a contract."""

    headings: TextMap  # field by folded heading
    required: TextList
    fields: TextMap  # how each field's cells are read, in order
    labels: dict[str, TextMap] = {}
    defaults: TextMap = {}
    hidden: TextList = ()  # fields whose unreadable cells are not repeated: counts of people
    locale: Literal["id", "en", "ja"] | None = None
    encoding: str | None = None
    sheets: TextList = ()  # patterns of the sheets that are read; none: all
    header_rows: tuple[int, ...] = ()  # from 1; none: found by what they say
    first_row: int | None = None  # of the data, where it does not follow the header
    leave_out: TextList = ()  # folded headings of columns that nobody needs
    constants: TextMap = {}
    compose: TextMap = {}  # field put together from parts: "{bulan} {tahun}"
    factors: TextMap = {}  # units: thousand yen is 1000
    drop: TextMap = {}  # part by pattern: rows that are subtotals
    shift_months: int = 0  # of period_start: -2 where a quarter is named by its last month
    unpivot: Unpivot | None = None

    @property
    def keeps_raw(self) -> bool:
        """Whether a file's own bytes may be kept: not where organisations stand by name."""
        return "reference" not in self.fields.values()


class Reader(Model):
    """How bytes become rows of text. `module` names a reader in tasks/sources."""

    format: Literal["json", "csv", "workbook"]
    records: str = ""
    count: str | None = None
    errors: tuple[ErrorPath, ...] = ()
    null_is_empty: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    skip_lines: int = 0
    trailing_delimiter: bool = False
    member: str | None = None
    wide: Wide | None = None
    workbook: Workbook | None = None
    module: str | None = None


class Column(Model):
    """Where one column of the source goes, and how its text becomes a value."""

    to: str
    lookup: str | None = None
    values: TextMap | None = None
    unmapped: Literal["refuse", "keep", "empty"] = "refuse"  # a text that is not in values
    default: Text | None = None
    scale: Decimal = Decimal(1)
    decimal: Literal[".", ","] = "."
    date_format: str = "%Y-%m-%d"
    prefix: str = ""
    missing: TextMap = {}
    ignore_missing: bool = False
    optional: bool = False

    @model_validator(mode="after")
    def _known_statuses(self) -> Column:
        for status in self.missing.values():
            if status not in VALUE_STATUSES:
                raise ValueError(f"missing: {status!r} is none of {', '.join(VALUE_STATUSES)}")
        return self


def _columns(value: Any) -> Any:
    """`name: target`, `name: {to: target, …}` and a list of those are the same thing."""
    if not isinstance(value, dict):
        return value
    out: dict[str, list[Any]] = {}
    for name, spec in value.items():
        specs = spec if isinstance(spec, list) else [spec]
        out[str(name)] = [{"to": s} if isinstance(s, str) else s for s in specs]
    return out


ColumnMap = Annotated[dict[str, tuple[Column, ...]], BeforeValidator(_columns)]


class Signal(Model):
    """The source's own sign of change, asked before the data are."""

    request: Request
    keyed_request: Request | None = None
    records: str
    fields: TextList
    empty_is_not_published: bool = False


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
    """How many good rows a slice may give, and how many may be refused."""

    min: int | None = None
    max: int | None = None
    max_refused_share: float = 0.1


class Dataset(Model):
    """One frequency of a source and how it is cut into slices.

    `window` is how many slices, newest first, an unnamed run looks at (the revision window).
    """

    frequency: Literal["A", "S", "Q", "M", "W", "D"]
    slice_by: Literal["year", "all"] = "all"
    window: int = 1
    start: int = 1999
    variables: dict[str, Variable] = {}


READING_PARTS = {
    "table", "datasets", "variables", "first_request", "reader", "columns", "ignore", "constants",
    "select", "added_columns", "future_days", "release_stage", "coverage", "rows",
}  # fmt: skip


class Source(Model):
    """A partner source: everything the pipeline knows about it."""

    code: str
    title: Bilingual
    provider: Provider
    domain: str
    table: str
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
    select: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_texts)] = {}
    added_columns: Literal["fatal", "warn"] = "fatal"
    future_days: int = Field(default=2, ge=0)  # how far ahead of its answer a period may begin
    release_stage: str = "unknown"
    coverage: Coverage = Coverage()
    rows: Rows = Rows()
    notes: TextList = ()

    @property
    def is_file(self) -> bool:
        """Its answers arrive as files: no run asks for them."""
        return self.reader.workbook is not None

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
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @property
    def reading_sha256(self) -> str:
        """Identity of what decides how bytes are read: a change of it re-reads them. A new
        title, licence text, schedule or rate limit does not."""
        part = self.model_dump(mode="json", by_alias=True, include=READING_PARTS)
        return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        if not CODE_PATTERN.match(self.code):
            raise ValueError(f"code {self.code!r}: lower case letters, digits and _")
        if self.table not in TABLES:
            raise ValueError(f"table {self.table!r} is not declared in schemas/tables")
        if [self.builtin, self.request, self.reader.workbook].count(None) != 2:
            raise ValueError("a source has one of request, builtin and reader.workbook")
        if self.request and "main" not in self.hosts:
            raise ValueError("hosts: main is missing")
        if self.release_stage not in RELEASE_STAGES:
            raise ValueError(f"release_stage is none of {', '.join(RELEASE_STAGES)}")
        mappings = [self.columns]
        if self.first_request:
            mappings.append(self.first_request.columns)
        for columns in mappings:
            self._check_targets(columns)
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
    try:
        raw = read_yaml(path)
    except yaml.YAMLError as error:
        raise ConfigurationError("declaration", f"not YAML: {error}", where=str(path)) from error
    if not isinstance(raw, dict):
        raise ConfigurationError("declaration", "a declaration is a mapping", where=str(path))
    raw.pop("anchors", None)
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


def declaration_files(further: Iterable[Path] = ()) -> Iterator[Path]:
    for folder in (BUILT_IN, *further):
        if not folder.is_dir():
            raise ConfigurationError(
                "sources_path", f"no folder {folder}", hint="check PENATARAN_SOURCES_PATH"
            )
        yield from sorted(folder.glob("*.yml"))


def load_all(further: Iterable[Path] = ()) -> dict[str, Source]:
    """All declarations by code; reference sources first, since others are checked by them."""
    found: dict[str, Source] = {}
    for path in declaration_files(further):
        source = read(path)
        if source.code in found:
            raise ConfigurationError(
                "declaration", f"source {source.code!r} is declared twice", where=str(path)
            )
        found[source.code] = source
    ordered = sorted(found.values(), key=lambda s: (s.domain != "reference", not s.builtin, s.code))
    return {s.code: s for s in ordered}
