"""Headings of partners' tables, for comparison."""

from __future__ import annotations

import re
import unicodedata

BRACKETS = re.compile(r"[(（\[][^)）\]]*[)）\]]")
MARKS = re.compile(r"[\s_/:*.\-–—]+")


def heading(text: str) -> str:
    """A heading without case, width, units in brackets, marks and line breaks."""
    wide = BRACKETS.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return MARKS.sub(" ", wide).strip()
