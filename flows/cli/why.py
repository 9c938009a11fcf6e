"""Why a figure changed, in words: what it was, what it is, when and for what reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flows.cli import words
from flows.cli.chain import cut, is_number, readable, values, when
from reports.words import change as change_of

SHOWN = 10  # changes


def why_lines(found: Mapping[str, Any], language: str, zone: ZoneInfo) -> Iterator[str]:
    """Lines of what `flows.explain.explain` found."""
    if "mart" in found:
        row = found["row"]
        yield cut(f"{found['mart']}: {values(row, list(row), language)}")
        if found["differences"]:
            said = words.SINCE_BEFORE.in_language(language)
            yield said.format(at=when(found["before"], zone))
        for part in found["differences"]:
            yield cut(f"  {_change(part['column'], part, language)}")
        if found["more"]:
            yield words.MORE_ROWS.in_language(language)
    others = found.get("set", [])
    if not found["changes"] and not others:
        yield words.UNCHANGED.in_language(language)
    yield from _changes(found, found["changes"], language, zone)
    if others:
        yield words.IN_ITS_SET.in_language(language)
        yield from _changes(found, others, language, zone)


def _changes(
    found: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], language: str, zone: ZoneInfo
) -> Iterator[str]:
    """Moment and reason of each change, whose it is, and what it was and is."""
    for part in parts[:SHOWN]:
        reason = words.REASONS[part["reason"]].in_language(language)
        yield cut(f"{when(part['recorded_at'], zone)}  {reason}")
        named = part.get("table") or found["table"]
        yield cut(f"    {named}: {values(part['key'], list(part['key']), language)}")
        if part["reason"] != "first":
            for name, both in part["columns"].items():
                yield cut(f"    {_change(name, both, language)}")
        else:
            yield cut("    " + _first(part["columns"], language))
    if (left := len(parts) - SHOWN) > 0:
        yield words.CHANGES_LEFT.in_language(language).format(n=left)


def _first(columns: Mapping[str, Mapping[str, Any]], language: str) -> str:
    return " ".join(f"{name}={readable(c['after'], language)}" for name, c in columns.items())


def _change(name: str, both: Mapping[str, Any], language: str) -> str:
    before, after = both["before"], both["after"]
    share = ""
    if is_number(before) and is_number(after) and before:
        ratio = (Decimal(str(after)) - Decimal(str(before))) / abs(Decimal(str(before)))
        share = f" ({change_of(ratio, language)})"
    return f"{name} {readable(before, language)} -> {readable(after, language)}{share}"
