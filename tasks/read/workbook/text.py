"""Text of cells: what is empty, what a footnote's mark is, and why a cell cannot be read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Literal

from tasks.read.workbook.regex import regex

Locale = Literal["id", "en", "ja"]

MAX_TEXT = 2000
INVISIBLE = regex("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
SPACES = regex(r"\s+")

EMPTY = frozenset(
    {
        "",
        "-",
        "--",
        "–",
        "—",
        "―",
        "−",
        "‐",
        "n/a",
        "na",
        "n.a.",
        "…",
        "...",
        "..",
        "?",
        "tidak ada",
        "tidak tersedia",
        "kosong",
        "none",
        "not available",
        "なし",
        "無し",
        "該当なし",
        "不明",
    }
)
# In a text these are not empty: Namibia's code is NA, and a title may be "None".
EMPTY_TEXT = EMPTY - {"na", "none"}

KANJI_DIGITS = "〇一二三四五六七八九"
KANJI = regex(f"[{KANJI_DIGITS}零十]+")

# Characters that are compatible with digits and are none: ¹ ₂ ③ ½ ㈪.
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SIGNS = r"[*†‡§#※⁎∗＊]+[)）]?"
_RAISED = rf"⁽?[{RAISED}]+[⁾)]?|⁽[{RAISED}]+⁾"
_NUMBERED = r"(?<=\s)(?:\d{1,2}|[a-z])[)）/]|\[(?:\d{1,2}|[a-z])\]"
UNDECLARED = regex(rf"\s*(?:{_SIGNS}|{_RAISED}|{_NUMBERED})$", re.IGNORECASE)
IN_NAMES = regex(
    rf"\s*(?:{_SIGNS}|{_RAISED}|{_NUMBERED}|(?<=\s)[(（]\d{{1,2}}[)）]|[①-⑳])$", re.IGNORECASE
)


class Unclear(Exception):
    """A cell that cannot be read, or not in one way only. `code` names the message that the
    sender gets; `readings` are the ways in which it could be read."""

    def __init__(self, code: str, readings: tuple[str, ...] = ()) -> None:
        super().__init__(code, *readings)
        self.code = code
        self.readings = readings


def clean_text(cell: object) -> str:
    """Text of a cell: composed (NFC), without invisible characters, single spaces."""
    text = str(cell)
    if text.isascii() and text.isprintable():  # most cells by far
        text = " ".join(text.split())
        if len(text) > MAX_TEXT:
            raise Unclear("too_long")
        return text
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    text = "".join(c if c.isprintable() or c.isspace() else "" for c in text)
    text = SPACES.sub(" ", text).strip()
    if len(text) > MAX_TEXT:
        raise Unclear("too_long")
    return text


def folded(cell: object) -> str:
    """Text for comparison: full-width letters narrow, case folded."""
    text = clean_text(cell)
    return (
        text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold().strip()
    )


def raised(text: str) -> str:
    """A text with its digits raised, as footnotes are written."""
    return text.translate(str.maketrans("0123456789", RAISED))


def without_marks(cell: object) -> str:
    """A name without the marks of footnotes at its end: `Jepang *`, `Jepang 1)`, `Jepang¹⁾`."""
    text = clean_text(cell)
    while (shorter := IN_NAMES.sub("", text)) != text:
        if not shorter:  # nothing but marks is no name
            return text
        text = shorter
    return text


def split_marks(cell: object, marks: Collection[str] = ()) -> tuple[str, str, str]:
    """Text without the marks at its end; the declared ones, and the others that look like marks.

    A letter is a mark only where it is declared, and does not continue a word (`orang`). A declared
    mark that begins with a digit stands after a space: `12.3451)` has no one reading.
    """
    text, declared, other = clean_text(cell), "", ""
    known = _longest_first(tuple(marks))
    while True:
        if found := next((m for m in known if _ends_in_mark(text, m)), ""):
            declared, text = text[-len(found) :] + declared, text[: -len(found)].rstrip()
        elif (match := UNDECLARED.search(text)) and not _closes(text, match[0]):
            other, text = match[0].strip() + other, text[: match.start()].rstrip()
        else:
            return text, declared, other


def _closes(text: str, mark: str) -> bool:
    """Whether the bracket at the end of a mark closes one that stands before the mark."""
    return mark[-1] in ")）" and len(re.findall("[(（]", text)) >= len(re.findall("[)）]", text))


@lru_cache(maxsize=64)
def _longest_first(marks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({m.strip() for m in marks} - {""}, key=len, reverse=True))


def _ends_in_mark(text: str, mark: str) -> bool:
    if len(text) <= len(mark) or text[-len(mark) :].casefold() != mark.casefold():
        return False
    before = text[-len(mark) - 1]
    if mark[0] in RAISED:  # ¹ would be a part of ¹²
        return before not in RAISED
    if mark[0].isdecimal():
        return before.isspace()
    return not (mark[0].isalpha() and before.isalpha())


def has_odd_digits(text: str) -> bool:
    """Whether a character becomes a digit when it is folded, and is none: `12²`, `½`, `③`."""
    return not text.isascii() and any(
        not c.isdecimal() and any(d.isdecimal() for d in unicodedata.normalize("NFKC", c))
        for c in text
        if not c.isascii()
    )


def in_digits(text: str) -> str:
    """Kanji numbers below one hundred, and digit by digit, in digits: 三十一, 二〇二四."""
    return text if text.isascii() else KANJI.sub(_kanji_value, text)


def _kanji_value(match: re.Match[str]) -> str:
    text = match[0].replace("零", "〇")
    if "十" not in text:
        return "".join(str(KANJI_DIGITS.index(c)) for c in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1 or tens == "〇" or ones in ("〇", "十"):
        return match[0]
    value = 10 * (KANJI_DIGITS.index(tens) if tens else 1)
    return str(value + (KANJI_DIGITS.index(ones) if ones else 0))
