"""The chain behind a figure, for people: some ten lines from the figure to its bytes.

Programs take `trace --json`, which has every column of all of it.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flows.cli import words
from reports.words import number
from schemas.catalogue import TABLES
from schemas.model import Table

WIDTH = 160
VERSIONS = 4  # of one figure: the first, and the newest
LINES = 3  # of a raw record, or of a mart's figures
FEW_TABLES = 2  # behind a mart, of which rows are shown
ROWS = 3  # core rows shown of each table behind a mart's row
MOST_DIGITS = 10
WHY = ("note", "stability", "reasons_for", "reasons_against", "cannot_conclude")
MONEY = (None, "currency units")  # units of columns of which the row names the currency


def chain_lines(found: Mapping[str, Any], language: str, zone: ZoneInfo) -> Iterator[str]:
    """Lines of what `flows.trace.trace` found; moments are in the region's zone."""
    if "mart" in found:
        yield from _of_mart(found, language, zone)
        return
    table = TABLES[found["table"]]
    for nth, chain in enumerate(found.get("chains", ())):
        if nth:
            yield ""
        yield from _of_figure(table, chain, language, zone)
    for row in found.get("rows", ()):
        yield cut(f"{table.name}: {fields(row, row, language)}")
    if found["more"]:
        yield words.MORE_ROWS.in_language(language)


def _of_mart(found: Mapping[str, Any], language: str, zone: ZoneInfo) -> Iterator[str]:
    from warehouse.marts import all_marts

    mart = all_marts()[found["mart"]]
    yield f"{mart.name}: {mart.title_id if language == 'id' else mart.title_en}"
    for row in found["rows"][:ROWS]:
        yield cut(f"  {values(row, mart.key, language)}")
        hidden = {*mart.key, "load_seq"}
        figures = [n for n in row if n not in hidden and _is_shown(n, row[n], language)]
        yield from _lines(f"= {_with_words(mart.name, row, figures, language)}")
    if len(found["rows"]) > ROWS or found["more"]:
        shown = f"{len(found['rows'])}{'+' if found['more'] else ''}"
        yield "  " + words.ROWS_FOUND.in_language(language).format(n=shown)
    parts = [part for part in found["behind"] if part["rows"]]
    for part in parts:
        yield from _behind(part, ROWS if len(parts) <= FEW_TABLES else 0, language, zone)
    for part in found["set"]:
        yield words.TAKEN_OVER.in_language(language).format(n=part["rows"], table=part["table"])


def _behind(part: Mapping[str, Any], most: int, language: str, zone: ZoneInfo) -> Iterator[str]:
    """Core rows of one table behind a mart's row: how many, the first ones, how to go on."""
    table = TABLES[part["table"]]
    count = f"{len(part['rows'])}{'+' if part['more'] else ''}"
    yield words.BEHIND.in_language(language).format(n=count, table=table.name)
    for chain in part["chains"][:most]:
        row = chain["row"]
        yield cut(
            f"  {_value(table, row, language)} | {_key(table, row, language)} | "
            f"{when(row['recorded_at'], zone)} | sha256 {str(row['raw_sha256'])[:12]}"
        )
    for chain in part["chains"][:1]:
        yield f"  -> {_command(table, chain['row'])}"


def _of_figure(
    table: Table, chain: Mapping[str, Any], language: str, zone: ZoneInfo
) -> Iterator[str]:
    row = chain["row"]
    yield cut(f"{table.name}: {table.title.in_language(language)}")
    yield cut(f"  {_key(table, row, language)}")
    yield cut(f"  = {_value(table, row, language)} ({row['release_stage']}, {row['value_status']})")
    yield from _versions(table, chain["versions"], language, zone)
    load = chain["load"]
    if load:
        said = words.LOADED.in_language(language)
        yield cut(said.format(n=load["load_seq"], slice=load["slice"], run=load["run_id"]))
    for asked in chain["raw"][:1]:
        at = when(asked["fetched_at"], zone)
        size = number(asked["bytes"], language)
        yield cut(f"  {asked['method']} {asked['url']}")
        said = words.RECEIVED.in_language(language)
        status = "" if asked["method"] == "FILE" else f", status {asked['status']}"
        yield cut(said.format(at=at, status=status, bytes=size))
    yield f"  sha256 {row['raw_sha256']}"
    yield f"  {chain['raw_file']}"
    for record in chain["raw_records"][:1]:
        yield from _lines(f"{words.RECORD.in_language(language)}: {_record(record)}")
    if note := chain.get("raw_note"):
        yield cut(f"  {words.RECORD.in_language(language)}: {note}")


def _versions(
    table: Table, versions: Sequence[Mapping[str, Any]], language: str, zone: ZoneInfo
) -> Iterator[str]:
    shown = list(versions)
    if len(shown) > VERSIONS:
        shown = [shown[0], *shown[1 - VERSIONS :]]
    for version in shown:
        value = "-" if version["is_deleted"] else _value(table, version, language)
        reason = words.REASONS[version["change_reason"]].in_language(language)
        yield cut(f"  {when(version['recorded_at'], zone)}  {value}  {reason}")
    if len(versions) > len(shown):
        left = len(versions) - len(shown)
        yield "  " + words.VERSIONS_BETWEEN.in_language(language).format(n=left)


def _key(table: Table, row: Mapping[str, Any], language: str) -> str:
    """The key without what is not broken down."""
    return values(row, [n for n in table.key_names if row[n] != "TOTAL"], language)


def _value(table: Table, row: Mapping[str, Any], language: str) -> str:
    """The figure with its unit; without one, all measures that are there."""
    name = table.value_field
    if name is None:
        return fields(row, table.measure_names, language)
    return " ".join(filter(None, (name, readable(row[name], language), _unit(table, name, row))))


def _unit(table: Table, name: str, row: Mapping[str, Any]) -> str | None:
    """The unit of the figure: of its row, or that of the column."""
    if {"quote_currency", "base_currency"} <= row.keys():
        return f"{row['quote_currency']}/{row['base_currency']}"
    of_column = table.field(name).unit
    return (row.get("currency") if of_column in MONEY else None) or row.get("unit") or of_column


def fields(row: Mapping[str, Any], names: Sequence[str] | Mapping[str, Any], language: str) -> str:
    """`name=value` of the named columns that have a value."""
    return " ".join(
        f"{name}={readable(row[name], language)}" for name in names if row[name] is not None
    )


def _with_words(mart: str, row: Mapping[str, Any], names: Sequence[str], language: str) -> str:
    """As `fields`, with what codes mean behind them."""
    from warehouse.dictionary import codes_of, in_words

    def said(name: str) -> str:
        text = fields(row, [name], language)
        coded = row[name] is not None and codes_of(mart, name)
        return f"{text} ({in_words(row[name], language)})" if coded else text

    return " ".join(filter(None, map(said, names)))


def values(row: Mapping[str, Any], names: Sequence[str], language: str) -> str:
    return " ".join(readable(row[name], language) for name in names if row[name] is not None)


def _is_shown(name: str, value: Any, language: str) -> bool:
    """Whether a column of a mart is part of its figure: numbers, what is true, and words that say
    why or how sure."""
    why = (name == "reason" or name.endswith(("_reason", "_note"))
           or name in {f"{word}_{language}" for word in WHY})  # fmt: skip
    return is_number(value) or isinstance(value, bool) or (why and value is not None)


def is_number(value: Any) -> bool:
    return isinstance(value, Decimal | int | float) and not isinstance(value, bool)


def readable(value: Any, language: str) -> str:
    """A number with every digit that it has, in the reader's language."""
    if value is None:
        return "-"
    if not is_number(value):
        return str(value)
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return number(value, language, min(digits, MOST_DIGITS))


def _record(record: Mapping[str, Any]) -> str:
    """The source's own record, without what it left empty. A cell's place is sheet!row."""
    shown = {k: v for k, v in record.items() if v not in (None, "", [], {}) and k != "_row"}
    return ", ".join(f"{k.lstrip('_')}={v}" for k, v in shown.items())


def when(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z") if moment else "-"


def _command(table: Table, row: Mapping[str, Any]) -> str:
    """Every part of the key: what is not broken down (`TOTAL`) is one row of several too."""
    pairs = (f"{name}={row[name]}" for name in table.key_names)
    return shlex.join(["penataran", "trace", table.name, *pairs])


def _lines(text: str) -> Iterator[str]:
    """A long text over a few lines, and cut after these."""
    yield from textwrap.wrap(
        text, WIDTH, initial_indent="  ", subsequent_indent="    ", max_lines=LINES,
        placeholder=" …",
    )  # fmt: skip


def cut(text: str) -> str:
    text = " ".join(text.split()) if "\n" in text else text
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
