"""Whether a number format shows a number as a percentage, which its sections may say of some only.

A format has up to four sections: of numbers above zero, below zero and zero, and of texts; or each
with a condition of its own (`[>=1]0;0%`). Where a format does not say which section counts, and
these differ, nobody can know from the file what its reader has seen.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

LITERAL = re.compile(r'"[^"]*"|[\\_*].')
CONDITION = re.compile(r"\[ ?(<=|>=|<>|<|>|=) ?(-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) ?\]")
BRACKETS = re.compile(r"\[[^\]]*\]")
DIGITS = re.compile(r"[0#?]|general", re.IGNORECASE)
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "=": operator.eq,
    "<>": operator.ne,
}  # fmt: skip


@dataclass(frozen=True)
class _Section:
    scales: bool | None  # None: it shows no digits
    sign: str  # of its condition; empty without one
    limit: float

    def holds(self, number: float) -> bool:
        return COMPARE[self.sign](number, self.limit)


def scales(code: str, number: float) -> bool | None:
    """Whether a format multiplies a number by 100: by a % that is neither quoted, escaped nor a
    space. None where its sections differ and none of them is known to count."""
    sections = _sections(code)
    found = {section.scales for section in sections} - {None}
    if len(found) < 2:
        return True in found
    chosen = {s.scales for s in _candidates(sections, number)} - {None}
    return chosen.pop() if len(chosen) == 1 else None


def ever_scales(code: str) -> bool:
    """Whether a format shows some number as a percentage."""
    return any(section.scales for section in _sections(code))


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[_Section, ...]:
    return tuple(map(_section, LITERAL.sub("", code).split(";")[:4]))


def _section(text: str) -> _Section:
    condition = CONDITION.search(text)
    plain = BRACKETS.sub("", text)
    scaled = "%" in plain if DIGITS.search(plain) else None
    if condition is None:
        return _Section(scaled, "", 0)
    return _Section(scaled, condition[1], float(condition[2]))


def _candidates(sections: tuple[_Section, ...], number: float) -> tuple[_Section, ...]:
    """The sections of which one counts: one where that is known."""
    if not any(section.sign for section in sections):
        return (_by_sign(sections, number),)
    if not sections[0].sign:
        return sections  # programs differ in what the first one is for then
    if sections[0].holds(number):
        return sections[:1]
    others = sections[1:]
    if others and others[0].sign:
        # Without a third section, a number that no condition holds for is not shown.
        return others[:1] if others[0].holds(number) else others[1:]
    # Of a second section without a condition, and a third one, some take the second for all other
    # numbers, some for those below zero.
    return others[:1] if number < 0 else others


def _by_sign(sections: tuple[_Section, ...], number: float) -> _Section:
    if number < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]
