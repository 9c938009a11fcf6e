"""Values as each language writes them: pure, and the same for every output.

Indonesian as a civil servant writes it: `1.234,5`, `12,7%`, `−1,1%`, `Rp1,36 miliar`, `9 Agu 2025`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from reports import codes
from reports.declared_columns import Column
from reports.facts import Facts
from reports.words import (
    NOTHING,
    WORDS,
    at_least,
    change,
    day,
    long_month,
    number,
    percent,
    word,
)
from schemas.texts import visible
from warehouse.dictionary import in_words

Row = Mapping[str, Any]
YEAR_MONTHS = 12
FEW_SOURCES = 2
MARTS = "marts"  # codes with words in warehouse/marts/codes.csv
SIZES = ((1_000_000_000_000, "trillion"), (1_000_000_000, "billion"), (1_000_000, "million"))
CURRENCY = re.compile("[A-Z]{3}")


def shown(row: Row, column: Column, language: str) -> str:
    """A cell in words: the value, with what is not known of it."""
    value = value_of(row, column, language)
    if value is None or value == "":
        code = row.get(column.instead) if column.instead else None
        return _code(str(code), column.codes, language) if code else NOTHING
    text = _written(value, row, column, language)
    if column.least:
        text = at_least(text, is_part=bool(row[column.least]))
    months = row[column.months] if column.months else None
    if months is not None and months < YEAR_MONTHS:
        text = f"{text} ({months}/12)"
    before = row.get(column.was) if column.was else None
    if before is None:
        return text
    was = _written(before, row, column, language)
    if was == _written(value, row, column, language):  # it differs in digits that are not shown
        return text
    return f"{text} ({word('was', language, value=was)})"


def value_of(row: Row, column: Column, language: str) -> Any:
    """The raw value of a cell: of a text that differs by language the one of the language, or the
    other where it is empty."""
    if column.name in row:
        return row[column.name]
    other = "en" if language == "id" else "id"
    return row[f"{column.name}_{language}"] or row[f"{column.name}_{other}"]


def _written(value: Any, row: Row, column: Column, language: str) -> str:
    match column.format:
        case "integer" | "rank" | "decimal":
            return number(scaled(value, column), language, column.digits)
        case "percent":
            return percent(value, language)
        case "change":
            return change(value, language)
        case "unit" | "measure":
            is_exact = column.format == "measure"
            return measured(value, str(row["unit"]), language, is_exact=is_exact)
        case "interval" | "pair":
            return _two(value, row[column.second], column, language)
        case _:
            return _plain(value, column, language)


def _plain(value: Any, column: Column, language: str) -> str:
    match column.format:
        case "code":
            return _code(str(value), column.codes, language)
        case "date":
            return day(value, language)
        case "month":
            return long_month(value, language)
        case "year":
            return str(value.year)
        case "moment":
            return f"{day(value, language)} {value.astimezone(UTC):%H:%M} UTC"
        case "amounts":
            return " + ".join(f"{c} {number(a, language)}" for c, a in amounts(str(value)))
        case "series":
            return "; ".join(number(n, language, column.digits) for n in series(value))
    return visible(str(value))


def _two(value: Any, other: Any, column: Column, language: str) -> str:
    texts = [number(scaled(v, column), language, column.digits) for v in (value, other)]
    return ("–" if column.format == "interval" else " / ").join(texts)


def scaled(value: Any, column: Column) -> Any:
    """The value in the unit of the column."""
    return value if column.scale == 1 or value is None else Decimal(value) / column.scale


def _code(value: str, name: str, language: str) -> str:
    """A code in words; one without words stands as it is."""
    if name != MARTS:
        return visible(codes.in_words(name, value, language))
    try:
        return in_words(value, language)
    except KeyError:
        return visible(value)


def amounts(written: str) -> Iterator[tuple[str, Decimal]]:
    """Currencies with amounts, of `USD 100000.0000; JPY 5`."""
    for part in written.split("; "):
        code, _, amount = part.partition(" ")
        yield code, Decimal(amount)


def series(value: object) -> list[Decimal]:
    """Numbers of `1;2.5`."""
    return [Decimal(text) for text in str(value or "").split(";") if text]


def measured(value: Any, unit: str, language: str, *, is_exact: bool = False) -> str:
    """A value with its unit, as a sentence says it: `Rp1,36 miliar`, `745 orang`, `12,7%`."""
    if value is None:
        return NOTHING
    if unit == "percent":
        return f"{number(value, language, 1)}%"
    if unit == "share":
        return percent(value, language)
    if CURRENCY.fullmatch(unit):
        return money(value, unit, language)
    if unit == "nights":
        return f"{number(value, language, 1)} {word('unit_nights', language)}"
    if unit == "per_rupiah":
        return f"{'Rp' if language == 'id' else 'IDR '}{number(value, language, 2)}"
    name = f"unit_{unit}"
    size = number(value, language) if is_exact else compact(value, language)
    return f"{size} {word(name, language) if name in WORDS else unit}".strip()


def money(value: Any, currency: str, language: str) -> str:
    """`Rp1,36 miliar`, `14,6 juta USD`; in English `IDR 1.36 billion`, `USD 14.6 million`."""
    text = compact(value, language)
    if currency == "IDR":
        return f"Rp{text}" if language == "id" else f"IDR {text}"
    return f"{text} {currency}" if language == "id" else f"{currency} {text}"


def compact(value: Any, language: str) -> str:
    """A number with two decimals of its largest size: `1,36 miliar`."""
    exact = Decimal(value)
    for size, name in SIZES:
        if abs(exact) >= size:
            return f"{number(exact / size, language, 2)} {word(name, language)}"
    return number(exact, language)


def facts_of(facts: Facts, period_format: str, language: str) -> Iterator[tuple[str, str]]:
    """What must be known of a figure, as names and texts."""
    found = (
        ("unit", facts.unit.in_language(language) if facts.unit else ""),
        ("period", _period(facts, period_format, language)),
        ("source", sources(facts, language)),
        ("stage", ", ".join(codes.in_words("status", stage, language) for stage in facts.stages)),
        ("retrieved", day(facts.retrieved, language) if facts.retrieved else ""),
    )
    return ((word(name, language), text) for name, text in found if text)


def _period(facts: Facts, period_format: str, language: str) -> str:
    if facts.first is None or facts.last is None:
        return ""
    texts = [_moment(d, period_format, language) for d in (facts.first, facts.last)]
    return "–".join(dict.fromkeys(texts))


def _moment(value: date | datetime, period_format: str, language: str) -> str:
    if period_format == "year":
        return str(value.year)
    return long_month(value, language) if period_format == "month" else day(value, language)


def sources(facts: Facts, language: str) -> str:
    """Who published; of a few sources with the titles of what was published."""
    if facts.made_by is not None and not facts.sources:
        return facts.made_by.in_language(language)
    titles: dict[str, list[str]] = {}
    for source in facts.sources:
        title = source.title.in_language(language)
        found = titles.setdefault(source.attribution.in_language(language), [])
        if title and title not in found and len(facts.sources) <= FEW_SOURCES:
            found.append(title)
    return "; ".join(
        f"{name} ({', '.join(found)})" if found else name for name, found in titles.items()
    )
