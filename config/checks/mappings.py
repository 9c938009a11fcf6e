"""Checks of how a sender fills a contract: fields and parts that exist, patterns that compile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from config import contract as contracts
from config.checks.patterns import is_encoding, of_python
from config.contract import PART, Contract
from config.mistakes import Mistake, Place, one_of
from config.source import CODE_PATTERN
from config.workbook import Unpivot

STATES = frozenset({"release_stage", "value_status"})  # what a file may say of each value


def mistakes(
    mapping: contracts.Mapping, known: Mapping[str, Contract], place: Place
) -> list[Mistake]:
    """Everything that is wrong with one mapping of a sender."""
    found = one_of((*place, "contract"), mapping.contract, known, "a contract")
    if not CODE_PATTERN.match(mapping.code):
        found.append(
            Mistake((*place, "name"), f"{mapping.name!r} is not a valid name: a to z, 0 to 9, _")
        )
    if found:
        return found
    fields = {f.name for f in known[mapping.contract].fields()}
    found += _targets(mapping, fields, place)
    found += _parts(mapping, fields, place)
    found += _factors(mapping, place)
    found += _patterns(mapping, place)
    return found


def _targets(mapping: contracts.Mapping, fields: set[str], place: Place) -> Iterator[Mistake]:
    """Fields of the contract, and parts that something is made of."""
    composed = {p for text in mapping.compose.values() for p in PART.findall(text)}
    parts = fields | STATES | composed | set(mapping.drop)
    what = f"a field of {mapping.contract}"
    for heading, target in mapping.columns.items():
        if target is not None:
            yield from one_of((*place, "columns", heading), target, parts, f"{what}, or a part")
    for key in ("constants", "compose", "factors"):
        for name in getattr(mapping, key):
            yield from one_of((*place, key, name), name, fields, what)
    for part in mapping.titles:
        yield from one_of((*place, "titles", part), part, parts, f"{what}, or a part")
    for name in mapping.labels:
        yield from one_of((*place, "labels", name), name, fields | STATES, what)
    for name in mapping.whole:
        yield from one_of((*place, "whole"), name, fields, what)
    if mapping.unpivot:
        yield from _unpivoted(mapping.unpivot, parts, fields, what, (*place, "unpivot"))


def _unpivoted(
    unpivot: Unpivot, parts: set[str], fields: set[str], what: str, place: Place
) -> Iterator[Mistake]:
    if unpivot.into is not None:
        yield from one_of((*place, "into"), unpivot.into, parts, what)
    elif not unpivot.names:
        yield Mistake(place, "the headings name nothing: add into, or named groups in columns")
    for part in unpivot.rows:
        yield from one_of((*place, "rows", part), part, parts, what)
    for group in sorted(unpivot.names - {*unpivot.rows, unpivot.into}):
        yield from one_of((*place, "columns"), group, parts, f"{what}, or a part")
    for value in unpivot.values:
        yield from one_of((*place, "value"), value, fields, what)


def _parts(mapping: contracts.Mapping, fields: set[str], place: Place) -> Iterator[Mistake]:
    """Parts that some column gives."""
    given = {t for t in mapping.columns.values() if t} | fields
    given |= set(mapping.titles)
    if mapping.unpivot:
        given |= mapping.unpivot.names
    for name, text in mapping.compose.items():
        for part in PART.findall(text):
            yield from one_of((*place, "compose", name), part, given, "a part of columns")
    for key in ("drop", "fill"):
        for part in getattr(mapping, key):
            yield from one_of((*place, key, part), part, given, "a field or a part of columns")


def _factors(mapping: contracts.Mapping, place: Place) -> Iterator[Mistake]:
    for name, text in mapping.factors.items():
        try:
            is_number = Decimal(text).is_finite() and Decimal(text) > 0
        except InvalidOperation:
            is_number = False
        if not is_number:
            yield Mistake((*place, "factors", name), f"{text!r} is not a number above 0")


def _patterns(mapping: contracts.Mapping, place: Place) -> Iterator[Mistake]:
    patterns: list[tuple[Place, str]] = [
        ((*place, "sheets", n), p) for n, p in enumerate(mapping.sheets)
    ]
    patterns += [((*place, "leave_out", n), p) for n, p in enumerate(mapping.leave_out)]
    for key in ("drop", "titles"):
        patterns += [((*place, key, name), p) for name, p in getattr(mapping, key).items()]
    if mapping.unpivot:
        patterns.append(((*place, "unpivot", "columns"), mapping.unpivot.columns))
    for at, pattern in patterns:
        wrong = of_python(pattern)
        if wrong:
            yield Mistake(at, f"{pattern!r} is not a valid regular expression: {wrong}")
    if mapping.encoding is not None and not is_encoding(mapping.encoding):
        yield Mistake((*place, "encoding"), f"{mapping.encoding!r} is not a valid encoding of text")
