"""Headings of partners' tables, for comparison."""

from __future__ import annotations

import re
import unicodedata

BRACKETS = re.compile(r"[(（\[][^)）\]]*[)）\]]")
MARKS = re.compile(r"[\s_/:*.\-–—]+")


def heading(text: str) -> str:
    """A heading without case, width, units in brackets, marks and line breaks."""
    return _without_marks(BRACKETS.sub(" ", _wide(text)))


def whole_heading(text: str) -> str:
    """The same with what is in brackets: a unit that a mapping names, `nilai (usd)`. Without
    brackets it is `heading`."""
    wide = _wide(text)
    units = [_without_marks(unit[1:-1]) for unit in BRACKETS.findall(wide)]
    return " ".join((_without_marks(BRACKETS.sub(" ", wide)), *(f"({unit})" for unit in units)))


def _wide(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _without_marks(text: str) -> str:
    return MARKS.sub(" ", text).strip()
