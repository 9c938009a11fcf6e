"""Checks of how a sender fills a contract: fields and parts that exist, patterns that compile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from config import contract as contracts
from config.checks.patterns import is_encoding, of_python
from config.contract import Contract
from config.mistakes import Mistake, Place, one_of
from config.source import CODE_PATTERN

PART = re.compile(r"\{([^{}]+)\}")


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
    parts = fields | composed | set(mapping.drop)
    what = f"a field of {mapping.contract}"
    for heading, target in mapping.columns.items():
        if target is not None:
            yield from one_of((*place, "columns", heading), target, parts, f"{what}, or a part")
    for key in ("constants", "compose", "factors"):
        for name in getattr(mapping, key):
            yield from one_of((*place, key, name), name, fields, what)
    if mapping.unpivot:
        yield from one_of((*place, "unpivot", "into"), mapping.unpivot.into, parts, what)
        yield from one_of((*place, "unpivot", "value"), mapping.unpivot.value, fields, what)


def _parts(mapping: contracts.Mapping, fields: set[str], place: Place) -> Iterator[Mistake]:
    """Parts that some column gives."""
    given = {t for t in mapping.columns.values() if t} | fields
    given |= {mapping.unpivot.into} if mapping.unpivot else set()
    for name, text in mapping.compose.items():
        for part in PART.findall(text):
            yield from one_of((*place, "compose", name), part, given, "a part of columns")
    for part in mapping.drop:
        yield from one_of((*place, "drop", part), part, given, "a field or a part of columns")


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
    patterns += [((*place, "drop", name), p) for name, p in mapping.drop.items()]
    if mapping.unpivot:
        patterns.append(((*place, "unpivot", "columns"), mapping.unpivot.columns))
    for at, pattern in patterns:
        wrong = of_python(pattern)
        if wrong:
            yield Mistake(at, f"{pattern!r} is not a valid regular expression: {wrong}")
    if mapping.encoding is not None and not is_encoding(mapping.encoding):
        yield Mistake((*place, "encoding"), f"{mapping.encoding!r} is not a valid encoding of text")
