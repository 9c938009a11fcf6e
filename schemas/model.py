"""Fields and tables: each declared once, everything else derived from them.

A `Field` carries its type, unit, description in both languages and its checks. A `Table`
is a key, measures and the envelope that every row of the warehouse wears. Arrow schema,
DuckDB DDL, SQLAlchemy MetaData, row rules and the expectation suite come from here
(`schemas.derive`, `schemas.rules`, `schemas.checks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Literal

from schemas.sql import literal


class Type(StrEnum):
    """Storage type of a field. Money and weights are exact decimals, never floats."""

    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"  # UTC
    INTEGER = "integer"  # 64 bit
    BOOLEAN = "boolean"
    DECIMAL = "decimal"  # DECIMAL(24,4)
    RATE = "rate"  # DECIMAL(24,10)
    FIGURE = "figure"  # DECIMAL(38,15): indices and shares with all decimals that were published


DECIMALS: dict[Type, tuple[int, int]] = {
    Type.DECIMAL: (24, 4),
    Type.RATE: (24, 10),
    Type.FIGURE: (38, 15),
}
"""Digits of the exact numbers: all of them, and those after the point."""
NUMBERS = frozenset({Type.INTEGER, *DECIMALS})


class Severity(StrEnum):
    """What a failed check does: stop the batch, set the row aside, or only say so."""

    REJECT = "reject"  # tolak
    QUARANTINE = "quarantine"  # karantina
    WARN = "warn"  # peringatan


LANGUAGES = ("id", "en")
"""Of everything that people read."""
PARTNER_LANGUAGES = (*LANGUAGES, "ja")
"""Of templates, and of answers to senders."""


@dataclass(frozen=True)
class Words:
    """The same text in Indonesian, English and, where partners read it, Japanese.

    Declarations hold it as a mapping of languages; pydantic, which reads those, refuses any other.
    """

    __pydantic_config__ = {"extra": "forbid"}

    id: str
    en: str
    ja: str = ""

    def in_language(self, language: str) -> str:
        """The text in a language; English stands in for Japanese that is not there."""
        if language == "ja":
            return self.ja or self.en
        return self.en if language == "en" else self.id


@dataclass(frozen=True)
class Between:
    """Value lies in [low, high]; an open end is None. Numbers or ISO dates."""

    low: float | str | None = None
    high: float | str | None = None
    severity: Severity = Severity.QUARANTINE


@dataclass(frozen=True)
class OneOf:
    values: tuple[str, ...]
    severity: Severity = Severity.QUARANTINE


@dataclass(frozen=True)
class Matches:
    """The whole text matches the pattern (RE2 and Python syntax in common)."""

    pattern: str
    severity: Severity = Severity.QUARANTINE
    hint: Words | None = None


@dataclass(frozen=True)
class InList:
    """The code is in a dated code list (`area`, `product`, `currency`, `region`)."""

    list_name: str
    severity: Severity = Severity.QUARANTINE


Check = Between | OneOf | Matches | InList


@dataclass(frozen=True)
class Field:
    name: str
    type: Type
    description: Words
    unit: str | None = None
    checks: tuple[Check, ...] = ()
    nullable: bool = True
    pseudonym: bool = False  # an organisation by its agency's reference or an HMAC, never by name

    def required(self) -> Field:
        return replace(self, nullable=False)


@dataclass(frozen=True)
class RowRule:
    """A condition over several fields, as SQL that DuckDB and PostgreSQL both read.

    `holds` is true for a good row; null counts as good (a missing value is not a breach).
    `message` is a sentence for the sender of the row: what is wrong or what is needed. Rules of
    one code have one message; only those that files can break need it in Japanese.
    """

    code: str
    holds: str
    fields: tuple[str, ...]
    message: Words
    severity: Severity = Severity.QUARANTINE
    hint: Words | None = None


NAME = re.compile(r"[a-z_]+")
SMALL = 5  # counts of people below this are not shown (UU 27/2022, small cells)


@dataclass(frozen=True)
class SmallCells:
    """Fields that are hidden together where any of the counts is 1 to `SMALL` - 1.

    `counts` are fields or differences of fields in SQL: a part and its complement are hidden
    together, or the one would tell the other. Nobody is in a zero, so it stays. `whole`, of which
    they are a part, is hidden too where it would tell them.
    """

    hidden: tuple[str, ...]
    counts: tuple[str, ...]
    whole: str = ""

    def condition(self, prefix: str = "") -> str:
        """SQL that is true where the fields must be hidden. `prefix` qualifies the columns.

        A complement is below zero where one of its numbers is an earlier one: hidden too.
        """
        terms = (self.qualified(count, prefix) for count in self.counts)
        return " OR ".join(f"coalesce({t} < {SMALL} AND {t} <> 0, false)" for t in terms)

    @staticmethod
    def qualified(count: str, prefix: str) -> str:
        """A count as SQL with a prefix before each column."""
        return f"({NAME.sub(lambda name: prefix + name.group(), count)})"

    @property
    def counted(self) -> frozenset[str]:
        """The fields of which the counts are made."""
        return frozenset(name for count in self.counts for name in NAME.findall(count))


Kind = Literal["core", "ref", "ops"]


@dataclass(frozen=True)
class Follows:
    """A day that does not come before the event that the row names: a deal is made at an
    exhibition or after it."""

    day: str
    key: str  # the field that names the event
    event_table: str
    event_key: str
    event_day: str


@dataclass(frozen=True)
class Table:
    """One warehouse table.

    `key` follows `source`; `measures` are what a version can change. `value_field` is the
    measure whose absence `value_status` explains. `total_of` is the key field whose code TOTAL
    holds the people of all its other codes. `ops` tables are append-only logs without vintages.
    """

    name: str
    kind: Kind
    title: Words
    key: tuple[Field, ...]
    measures: tuple[Field, ...]
    value_field: str | None = None
    rules: tuple[RowRule, ...] = ()
    domain: str = field(default="")
    small_cells: tuple[SmallCells, ...] = ()
    total_of: str = ""
    follows: Follows | None = None

    @property
    def has_vintages(self) -> bool:
        return self.kind != "ops"

    @property
    def key_names(self) -> tuple[str, ...]:
        """Names of the key, `source` first where the table has it."""
        names = tuple(f.name for f in self.key)
        return ("source", *names) if self.has_vintages else names

    @property
    def measure_names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.measures)

    @property
    def people_fields(self) -> frozenset[str]:
        """Counts of people, hidden where they are small."""
        return frozenset(name for cells in self.small_cells for name in cells.hidden)

    @property
    def counted_fields(self) -> frozenset[str]:
        """Those and the wholes beside them: revised by `SMALL` people or more, or not at all."""
        return self.people_fields.union(*(cells.counted for cells in self.small_cells))

    @property
    def vintages_name(self) -> str:
        return f"{self.name}__vintages"

    def body(self) -> tuple[Field, ...]:
        """Key and measures: what a source declaration may fill."""
        return self._body

    @cached_property
    def _body(self) -> tuple[Field, ...]:  # asked for some thousand times as declarations are read
        return (*(f.required() for f in self.key), *self.measures)

    def current_fields(self) -> tuple[Field, ...]:
        """Columns of the current figures, as readers see them."""
        if not self.has_vintages:
            return self.body()
        return (SOURCE, *self.body(), *ENVELOPE)

    def lake_fields(self) -> tuple[Field, ...]:
        """Columns of the append-only log: one row a version."""
        if not self.has_vintages:
            return self.body()
        return (*self.current_fields(), *VERSION)

    def vintage_fields(self) -> tuple[Field, ...]:
        """Columns of the versions table: the log, and what applying it derives."""
        return (*self.lake_fields(), SUPERSEDED_AT, STALE_SINCE)

    def reader_fields(self) -> tuple[Field, ...]:
        """Columns of the table that readers query by its plain name."""
        if not self.has_vintages:
            return self.body()
        return (*self.current_fields(), STALE_SINCE)

    def field(self, name: str) -> Field:
        for candidate in self.vintage_fields() if self.has_vintages else self.body():
            if candidate.name == name:
                return candidate
        raise KeyError(f"table {self.name} has no field {name!r}")


RELEASE_STAGES = ("unknown", "preliminary", "provisional", "final")
VALUE_STATUSES = (
    "observed",
    "estimated",
    "missing",
    "suppressed",
    "not_applicable",
    "below_unit",
)
CHANGE_REASONS = (
    "first",
    "revised_by_source",
    "withdrawn_by_source",
    "declaration_changed",
    "reference_changed",
    "correction",
)

SOURCE = Field("source", Type.TEXT, Words("kode sumber", "source code"), nullable=False)

ENVELOPE: tuple[Field, ...] = (
    Field(
        "release_stage",
        Type.TEXT,
        Words("tahap rilis: sementara sampai tetap", "release stage: preliminary to final"),
        checks=(OneOf(RELEASE_STAGES),),
        nullable=False,
    ),
    Field(
        "value_status",
        Type.TEXT,
        Words("keadaan nilai", "state of the value"),
        checks=(OneOf(VALUE_STATUSES),),
        nullable=False,
    ),
    Field(
        "recorded_at",
        Type.TIMESTAMP,
        Words("saat versi ini diketahui di sini (UTC)", "when this version became known here"),
        nullable=False,
    ),
    Field("load_seq", Type.INTEGER, Words("nomor pemuatan", "load number"), nullable=False),
    Field("run_id", Type.TEXT, Words("kode jalannya pipa data", "run identifier"), nullable=False),
    Field(
        "raw_sha256",
        Type.TEXT,
        Words("SHA-256 dari byte asal", "SHA-256 of the bytes it came from"),
        nullable=False,
    ),
)
VERSION: tuple[Field, ...] = (
    Field(
        "is_deleted",
        Type.BOOLEAN,
        Words("ditarik oleh sumber", "withdrawn by the source"),
        nullable=False,
    ),
    Field(
        "change_reason",
        Type.TEXT,
        Words("alasan perubahan", "reason of the change"),
        checks=(OneOf(CHANGE_REASONS),),
        nullable=False,
    ),
)
SUPERSEDED_AT = Field(
    "superseded_at",
    Type.TIMESTAMP,
    Words("saat versi ini diganti (UTC)", "when another version took its place (UTC)"),
)
STALE_SINCE = Field(
    "stale_since",
    Type.TIMESTAMP,
    Words(
        "sejak kapan nilai yang lebih baru ditolak; nilai baik terakhir tetap tampil (UTC)",
        "since when a newer value stands refused; the last good one is kept (UTC)",
    ),
)


def stage_rank_sql(column: str) -> str:
    """SQL that orders release stages: a preliminary never displaces a definitive."""
    whens = " ".join(f"WHEN {literal(stage)} THEN {i}" for i, stage in enumerate(RELEASE_STAGES))
    return f"(CASE {column} {whens} ELSE 0 END)"


def by_name(tables: Iterable[Table]) -> dict[str, Table]:
    return {table.name: table for table in tables}
