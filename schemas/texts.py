"""Texts of strangers: shown, and obeyed by no screen, page, log or spreadsheet."""

from __future__ import annotations

import unicodedata

CUT = "…"
# Printable for Python, and seen by nobody: fillers, joiners, selectors, the blank Braille cell.
UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
# A spreadsheet runs a cell that begins with one of these, also in full width.
FORMULA_SIGNS = frozenset("=+-@\N{MINUS SIGN}")
LINE_SIGNS = frozenset("\t\r\n\v\f")


def visible(text: str) -> str:
    """The text with its control, direction, line and other unseen characters written as
    `\\x1b`, `\\u202e`. A text that holds none is returned as it is."""
    if text.isprintable() and (text.isascii() or UNSEEN.isdisjoint(text)):
        return text
    return "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable() and char not in UNSEEN:
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    return char.encode("unicode_escape").decode("ascii")


def visible_lines(text: str) -> str:
    """The same of a text of ours with several lines."""
    return "\n".join(map(visible, text.split("\n")))


def shortened(text: str, limit: int) -> str:
    """The text, cut where it is longer."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def is_formula(text: str) -> bool:
    """True for a text that a spreadsheet could take for a formula: it begins with a sign of one,
    in any width, after signs that are not seen, or with a tab or the end of a line."""
    if text[:1] in LINE_SIGNS and text:
        return True
    if text[:1].isascii() and text[:1].isalnum():
        return False
    for char in text:
        if char.isspace() or not char.isprintable() or char in UNSEEN:
            continue
        return unicodedata.normalize("NFKC", char)[:1] in FORMULA_SIGNS
    return False
