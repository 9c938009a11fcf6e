"""Where a column of the source goes, and how its text becomes a value: one type a kind of field.

Which type a column has follows from the field that it fills (`kind_of_column`), so a key that
says nothing there, such as a scale of a text, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from config.model import Model, Text, TextMap
from schemas.catalogue import TABLES
from schemas.model import VALUE_STATUSES, Table, Type

KIND = "#kind"
"""What tells the types apart inside: no key of a declaration."""


class BaseColumn(Model):
    """What columns of all kinds share."""

    model_config = ConfigDict(populate_by_name=False)

    to: str
    """the field of the table that the column fills, or `period`"""
    extract: str = ""
    """a regular expression (RE2) whose groups are kept; a text that does not match stays whole"""
    as_: str = Field(default="\\1", alias="as")
    """how the groups of `extract` are put together"""
    default: Text | None = None
    """the text where the source has none"""
    optional: bool = False
    """whether an answer may lack the column"""

    @model_validator(mode="after")
    def _as_needs_extract(self) -> Self:
        if "as_" in self.model_fields_set and self.as_ != "\\1" and not self.extract:
            raise ValueError("`as` says how the groups of `extract` are put together: add extract")
        return self


class PeriodColumn(BaseColumn):
    """Fills frequency, start and end from one text: 2023, 2023-01, 2023-Q1, 2023-W05 and the
    like."""

    kind: Literal["period"] = Field(default="period", alias=KIND, exclude=True)


class ChoosingColumn(BaseColumn):
    """What columns share whose texts may each have a value."""

    values: TextMap | None = None
    """the value of each text"""
    since: TextMap | None = None
    """the value that was in force, by the time from which it was: the last that does not come
    after the text; an empty one ends what was"""
    unmapped: Literal["refuse", "keep", "empty"] = "refuse"
    """what becomes of a text that is not in `values`"""

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if self.values is not None and self.since is not None:
            raise ValueError("a column has one of values and since")
        for name in ("values", "since"):
            if getattr(self, name) == {}:
                raise ValueError(f"{name} is empty")
        if self.unmapped != "refuse" and self.values is None:
            raise ValueError("unmapped says what becomes of texts that values lacks: add values")
        chosen = "values" if self.values is not None else "since"
        if self.values is not None or self.since is not None:
            default = type(self).model_fields
            lost = [
                n for n in self.model_fields_set & _CONVERSIONS
                if getattr(self, n) != default[n].default
            ]  # fmt: skip
            if lost:
                raise ValueError(f"{', '.join(sorted(lost))} is not used beside {chosen}")
        return self


_CONVERSIONS = {
    "prefix", "scale", "decimal", "divide_by", "power", "date_format", "missing", "ignore_missing",
    "zero",
}  # fmt: skip


class StateColumn(ChoosingColumn):
    """Fills `value_status` or `release_stage`."""

    kind: Literal["state"] = Field(default="state", alias=KIND, exclude=True)


class TextColumn(ChoosingColumn):
    """Fills a text."""

    kind: Literal["text"] = Field(default="text", alias=KIND, exclude=True)
    prefix: str = ""
    """what is put before the text"""


class CodeColumn(BaseColumn):
    """Fills a code of an area, looked up in the code lists."""

    kind: Literal["code"] = Field(default="code", alias=KIND, exclude=True)
    lookup: str = Field(min_length=1)
    """the scheme of codes that the source uses (`iso3`, `m49`, `comtrade`; `name`: names)"""
    fold: bool = False
    """whether names are looked up without regard to case"""


class MissingColumn(ChoosingColumn):
    """What columns share that are converted, so that a text can stand for no value."""

    missing: TextMap = {}
    """texts that stand for no value, and the state of the value then: `{"-": not_applicable}`"""
    ignore_missing: bool = False
    """whether rows with such a text, or none, are left out"""

    @model_validator(mode="after")
    def _known_statuses(self) -> Self:
        for status in self.missing.values():
            if status not in VALUE_STATUSES:
                raise ValueError(f"missing: {status!r} is none of {', '.join(VALUE_STATUSES)}")
        if self.ignore_missing and not self.missing:
            raise ValueError('ignore_missing needs missing: which texts are meant ({"": missing})')
        return self


class NumberColumn(MissingColumn):
    """Fills a count, an amount or a rate."""

    kind: Literal["number"] = Field(default="number", alias=KIND, exclude=True)
    scale: Decimal = Field(default=Decimal(1), gt=0)
    """what the number is multiplied by"""
    decimal: Literal[".", ","] = "."
    """the decimal sign; with `,` a point separates thousands"""
    divide_by: str = ""
    """the column that says for how many units a value stands"""
    zero: Literal["", "missing", "suppressed", "not_applicable", "below_unit"] = ""
    """the state of the value where the number is zero, however it is written: the partner writes
    a zero where it knows nothing (`missing`), so that there is no number, or where the value is
    less than half a unit (`below_unit`)"""
    power: str = ""
    """the column with the value's power of ten (UNIT_MULT of SDMX); with `?` after its name an
    answer that names it nowhere is in units, one that lists it without giving it is refused"""


class DateColumn(MissingColumn):
    """Fills a day."""

    kind: Literal["date"] = Field(default="date", alias=KIND, exclude=True)
    date_format: str = "%Y-%m-%d"
    """how the day is written, in the directives of strptime"""


class FlagColumn(MissingColumn):
    """Fills a yes or no: true, false, 1, 0, yes, no, ya, tidak."""

    kind: Literal["flag"] = Field(default="flag", alias=KIND, exclude=True)


AnyColumn = (
    TextColumn | NumberColumn | DateColumn | CodeColumn | PeriodColumn | StateColumn | FlagColumn
)
Column = Annotated[AnyColumn, Field(discriminator="kind")]
COLUMNS: dict[str, type[BaseColumn]] = {
    "text": TextColumn, "number": NumberColumn, "date": DateColumn, "code": CodeColumn,
    "period": PeriodColumn, "state": StateColumn, "flag": FlagColumn,
}  # fmt: skip
KINDS = {
    Type.TEXT: "text", Type.DATE: "date", Type.TIMESTAMP: "date", Type.INTEGER: "number",
    Type.DECIMAL: "number", Type.RATE: "number", Type.FIGURE: "number", Type.BOOLEAN: "flag",
}  # fmt: skip
STATES = ("release_stage", "value_status")


def kind_of_column(table: Table | None, spec: Mapping[str, Any]) -> str:
    """The kind of a column by its field, and for a field that the table lacks by its keys."""
    target = spec.get("to")
    if target == "period":
        return "period"
    if target in STATES:
        return "state"
    known = {f.name: f.type for f in table.body()} if table else {}
    if target in known:
        kind = KINDS[known[target]]
        return "code" if kind == "text" and spec.get("lookup") is not None else kind
    keys = set(spec)
    return next((k for k, c in COLUMNS.items() if keys <= _written(c)), "text")


def _written(model: type[BaseColumn]) -> set[str]:
    return {f.alias or name for name, f in model.model_fields.items()}


def _listed(value: Any) -> Any:
    """`name: target`, `name: {to: target, …}` and a list of those are the same thing."""
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for name, spec in value.items():
        specs = spec if isinstance(spec, list | tuple) else [spec]
        out[str(name)] = [{"to": s} if isinstance(s, str) else s for s in specs]
    return out


ColumnMap = Annotated[dict[str, tuple[Column, ...]], BeforeValidator(_listed)]


def with_kinds(raw: Any) -> Any:
    """A declaration in whose columns it stands which kind each is of."""
    if not isinstance(raw, dict):
        return raw
    table = TABLES.get(str(raw.get("table")))

    def marked(holder: Any) -> Any:
        if not isinstance(holder, dict) or not isinstance(holder.get("columns"), dict):
            return holder
        columns = {
            name: [
                {**spec, KIND: kind_of_column(table, spec)} if isinstance(spec, dict) else spec
                for spec in specs
            ]
            for name, specs in _listed(holder["columns"]).items()
        }
        return {**holder, "columns": columns}

    found = marked(raw)
    if isinstance(raw.get("first_request"), dict):
        found["first_request"] = marked(raw["first_request"])
    if isinstance(raw.get("datasets"), dict):
        found["datasets"] = {name: marked(own) for name, own in raw["datasets"].items()}
    return found
