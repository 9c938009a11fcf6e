"""Checks of what goes where: constants, mapped values, lookups and the columns that are named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from config import codelists
from config.checks import around as walk
from config.checks.around import Around
from config.columns import AnyColumn, CodeColumn, DateColumn, NumberColumn, PeriodColumn
from config.mistakes import Mistake, Place, one_of
from config.reading import HtmlReader, WorkbookReader
from config.source import Source
from schemas.model import (
    ENVELOPE,
    Between,
    Check,
    Field,
    InList,
    Matches,
    OneOf,
    Severity,
    Table,
    Type,
)
from schemas.nearest import near

BRACED = re.compile(r"\{([^{}]+)\}")
FLAGS = {"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"}
DIRECTIVES = re.compile(r"%-?(.?)")
KNOWN_DIRECTIVES = "aAwudbBhmyYGVHIpMSgfnzZjUWcxX%"


def _field(table: Table, name: str) -> Field | None:
    return next((f for f in (*table.body(), *ENVELOPE) if f.name == name), None)


def refused(field: Field, text: str) -> str:
    """Why a field refuses a text; empty if it does not."""
    try:
        value = _typed(field, text)
    except (ValueError, InvalidOperation):
        return f"{text!r} is not a {field.type.value}"
    for check in field.checks:
        if check.severity is not Severity.WARN:
            wrong = _breach(check, text, value)
            if wrong:
                return wrong
    return ""


def _typed(field: Field, text: str) -> object:
    match field.type:
        case Type.DATE:
            return date.fromisoformat(text)
        case Type.INTEGER:
            return int(text)
        case Type.DECIMAL | Type.RATE | Type.FIGURE:
            number = Decimal(text)
            if not number.is_finite():
                raise ValueError(text)
            return number
        case Type.BOOLEAN if text.lower() not in FLAGS:
            raise ValueError(text)
    return text


def _breach(check: Check, text: str, value: object) -> str:
    match check:
        case OneOf(values, _):
            return "" if text in values else f"{text!r} is not allowed{near(text, values)}"
        case Matches(pattern, _, _):
            return "" if re.fullmatch(pattern, text) else f"{text!r} does not match {pattern}"
        case InList(list_name, _):
            known = codelists.known(list_name)
            if known is None or text in known or text == codelists.TOTAL:
                return ""
            return f"{text!r} is not a code of list {list_name}{near(text, known)}"
        case Between(low, high, _):
            below = low is not None and _less(value, low)
            above = high is not None and _less(high, value)
            ends = " and ".join(
                [f"at least {low}"] * (low is not None) + [f"at most {high}"] * (high is not None)
            )
            return f"expected {ends}, got {text!r}" if below or above else ""
    return ""


def _less(left: object, right: object) -> bool:
    """Whether a number or a day comes before another; bounds of days are written as texts."""
    if isinstance(left, date) or isinstance(right, date):
        return str(left) < str(right)
    return Decimal(str(left)) < Decimal(str(right))


def constants(source: Source, _around: Around) -> Iterator[Mistake]:
    """Constants that their fields take."""
    table = source.warehouse_table
    places: list[tuple[Place, dict[str, str]]] = [(("constants",), source.constants)]
    places += [(("datasets", n, "constants"), d.constants) for n, d in source.datasets.items()]
    for place, each in places:
        for name, text in each.items():
            field = _field(table, name)
            wrong = refused(field, text) if field else ""
            if wrong:
                yield Mistake((*place, name), wrong)


def _choices(column: AnyColumn) -> Iterator[tuple[Place, str]]:
    if not isinstance(column, CodeColumn | PeriodColumn):
        for text, value in (column.values or {}).items():
            yield ("values", text), value
        for text, value in (column.since or {}).items():
            yield ("since", text), value


def chosen_values(source: Source, _around: Around) -> Iterator[Mistake]:
    """Values that texts are turned into, which their fields take; and a default among them."""
    table = source.warehouse_table
    for place, _name, column in walk.columns(source):
        field = _field(table, column.to)
        for at, value in _choices(column):
            ends = at[0] == "since" and not value  # an empty one ends what was
            is_text = field is not None and field.type is Type.TEXT
            if field is not None and not ends and (value or not is_text):
                wrong = refused(field, value)
                if wrong:
                    yield Mistake((*place, *at), wrong)
        yield from _default(place, column)


def _default(place: Place, column: AnyColumn) -> Iterator[Mistake]:
    if isinstance(column, CodeColumn | PeriodColumn) or column.default is None or column.extract:
        return
    if column.values and column.unmapped == "refuse":
        yield from one_of((*place, "default"), column.default, column.values, "a text of values")


def lookups(source: Source, around: Around) -> Iterator[Mistake]:
    """Schemes that exist, for fields that hold areas."""
    table = source.warehouse_table
    for place, _name, column in walk.columns(source):
        if isinstance(column, CodeColumn):
            yield from one_of(
                (*place, "lookup"), column.lookup, around.schemes, "a scheme of codes"
            )
            field = _field(table, column.to)
            lists = {c.list_name for c in field.checks if isinstance(c, InList)} if field else set()
            if lists and "area" not in lists:
                yield Mistake(
                    (*place, "lookup"),
                    f"{column.to} is a code of list {min(lists)}: only areas can be looked up",
                )


def periods(source: Source, _around: Around) -> Iterator[Mistake]:
    """Periods of tables that have them."""
    if any(f.name == "period_start" for f in source.warehouse_table.body()):
        return
    for place, _name, column in walk.columns(source):
        if isinstance(column, PeriodColumn):
            dates = [f.name for f in source.warehouse_table.body() if f.type is Type.DATE]
            yield Mistake((*place, "to"), f"{source.table} has no periods{near('date', dates)}")


def _parts(name: str) -> tuple[str, ...]:
    return tuple(BRACED.findall(name)) or (name,)


def _named(source: Source) -> set[str]:
    """Columns that a part of a source names: mapped, ignored, beside a number, made by a reader."""
    found = {part for name in source.columns for part in _parts(name)} | set(source.ignore)
    for specs in source.columns.values():
        for column in specs:
            if isinstance(column, NumberColumn):
                found |= {column.divide_by, column.power.removesuffix("?")}
    reader = source.reader
    if not isinstance(reader, WorkbookReader) and reader.wide:
        found |= {*reader.wide.id_columns, reader.wide.names_to, reader.wide.values_to}
    if isinstance(reader, HtmlReader):
        found |= set(reader.page)
    return found - {""}


def selected_columns(source: Source, _around: Around) -> Iterator[Mistake]:
    """Selections by columns that do not exist. A declaration that ignores none maps every column
    of the answer, so another name is a mistake. One that ignores some may name others in `select`
    alone: whether they exist, the first answer shows (`column_missing`)."""
    for dataset, own in source.datasets.items():
        part = source.part(dataset)
        if part.ignore:
            continue
        known = _named(part)
        for name in part.select:
            place = ("datasets", dataset, "select") if name in own.select else ("select",)
            for column in _parts(name):
                if column not in known and column.split(".", 1)[0] not in part.ignore:
                    yield Mistake(
                        (*place, name),
                        f"{column!r} is not a column that is mapped or ignored"
                        f"{near(column, known)}: add it to ignore",
                    )


def wide_columns(source: Source, _around: Around) -> Iterator[Mistake]:
    """Names that a table still has when all its other columns have become rows."""
    for place, reader in walk.readers(source):
        wide = reader.wide
        if wide is None:
            continue
        made = (wide.names_to, wide.values_to)
        if wide.names_to == wide.values_to:
            yield Mistake((*place, "wide", "values_to"), f"{wide.values_to!r} is names_to as well")
        for name in sorted(set(made) & set(wide.id_columns)):
            yield Mistake((*place, "wide", "id_columns"), f"{name!r} is made of other columns")
        if wide.columns:
            continue
        left = {*wide.id_columns, *made}
        mapped = _mapped_by(source, place)
        for name in sorted(mapped - left):
            yield Mistake(
                ("first_request", "columns", name) if place[0] == "first_request"
                else ("columns", name),
                f"is not there: wide leaves {', '.join(sorted(left))}{near(name, left)}",
            )  # fmt: skip


def _mapped_by(source: Source, place: Place) -> set[str]:
    """Columns that are mapped of what a reader gives, those that may be missing aside."""
    if place[0] == "first_request" and source.first_request:
        maps = [source.first_request.columns]
    elif place[0] == "datasets":
        maps = [source.part(str(place[1])).columns]
    else:
        used = [n for n, d in source.datasets.items() if d.reader is None]
        maps = [source.part(n).columns for n in used]
    return {
        part
        for columns in maps
        for name, specs in columns.items()
        if not all(c.optional for c in specs)
        for part in _parts(name)
    }


def date_formats(source: Source, _around: Around) -> Iterator[Mistake]:
    """Directives of strptime that DuckDB knows."""
    for place, name, column in walk.columns(source):
        if not name.strip():
            yield Mistake(place, "a column without a name")
        if isinstance(column, DateColumn):
            if "%" not in column.date_format:
                yield Mistake(
                    (*place, "date_format"),
                    f"{column.date_format!r} is not a valid date format: expected %Y-%m-%d",
                )
            for sign in DIRECTIVES.findall(column.date_format):
                if not sign or sign not in KNOWN_DIRECTIVES:
                    yield Mistake(
                        (*place, "date_format"),
                        f"%{sign} is not a valid directive: %d %b %B %m %y %Y and the like",
                    )
