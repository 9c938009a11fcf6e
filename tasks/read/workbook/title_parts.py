"""The parts that a mapping's patterns find in titles and in names of sheets.

A pattern may cut a period out of a range: `2020` of `2020-2023`, `Maret 2025` of `Januari - Maret
2025`. Such a part is taken with its range, which is read as the quarter or year that it is, or
asked back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from tasks.read.workbook.calendar_words import MONTH
from tasks.read.workbook.layout import fold
from tasks.read.workbook.periods import HALF_WORDS, ORDINAL_WORDS, QUARTER_WORDS

PERIODIC = frozenset({"period", "date"})
Span = tuple[int, int]

TO = (
    r"(?: ?[-–—−~〜,、・&] ?| ?(?:から|及び|と) ?"
    r"| ?(?:\bs\. ?d\.?|\bs/d\b|\bsampai(?: dengan)?\b|\bhingga\b|\bto\b|\buntil\b|\bdan\b"
    r"|\bserta\b|\band\b) ?)"
)
_YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)(?:年度?)?"
_MONTH = rf"\b(?:{MONTH})\b\.?"
_DAY = r"(?:(?<!\d)\d{1,2} )?"
_PART = rf"\b(?:{QUARTER_WORDS}|{HALF_WORDS})[ .]*(?:ke[- ]?)?"
_ORDINAL = rf"(?:{ORDINAL_WORDS})\b"
_MONTHS = (
    rf"{_DAY}{_MONTH}{TO}{_DAY}{_MONTH}|(?<!\d)\d{{1,2}}{TO}\d{{1,2}} {_MONTH}"
    rf"|{_PART}{_ORDINAL}{TO}(?:{_PART})?{_ORDINAL}"
)
_OPEN = rf"\b(?:s\. ?d\.?|s/d|sampai(?: dengan)?|hingga) {_DAY}"  # all that was before
_OF_YEARS = (
    rf"{_DAY}{_MONTH},? (?:tahun )?{_YEAR}{TO}{_DAY}{_MONTH},? (?:tahun )?{_YEAR}"
    rf"|{_YEAR}{TO}(?:tahun )?{_YEAR}|{_YEAR}/(?:\d{{4}}|\d{{2}})(?![\d/])"
    rf"|{_YEAR}[-–](?:1[3-9]|[2-9]\d)(?![\d-])"
    rf"|(?<!\d)\d{{1,2}}/\d{{4}}{TO}\d{{1,2}}/\d{{4}}"
    rf"|(?<!\d)\d{{1,2}}月?{TO}(?:\d{{4}}年)?\d{{1,2}}月期?"
)
# Ranges in a title that gives a part, and in one that gives the whole period: there a year belongs
# to the months before it.
RANGE = f"{_OF_YEARS}|{_MONTHS}|{_OPEN}(?:{_MONTH}|{_YEAR})"
WHOLE_RANGE = rf"{_OF_YEARS}|(?:{_MONTHS}|{_OPEN}{_MONTH}),? (?:tahun )?{_YEAR}|{RANGE}"


def parts_of(text: str, contract: Mapping[str, Any]) -> dict[str, str]:
    """The parts that the patterns of a contract find in a text, folded: the first group of each
    pattern, or all that it finds."""
    short = fold(text)
    spans: dict[str, Span] = {}
    for part, pattern in contract["titles"].items():
        if match := re.search(pattern, short, re.I):
            spans[part] = match.span(1 if match.re.groups else 0)
    patterns = _patterns(contract)
    for part in spans.keys() & patterns.keys():
        others = [span for other, span in spans.items() if other != part]
        for match in re.finditer(patterns[part], short):
            spans[part] = _widened(short, spans[part], match.span(), others)
    return {part: short[begin:end].strip() for part, (begin, end) in spans.items()}


def _patterns(contract: Mapping[str, Any]) -> dict[str, str]:
    """How ranges look around fields that are periods or days, and around parts of these."""
    fields = {name for name, kind in contract["fields"].items() if kind in PERIODIC}
    made = (text for name, text in contract["compose"].items() if name in fields)
    parts = {part for text in made for _, part, _, _ in Formatter().parse(text) if part}
    return dict.fromkeys(fields, WHOLE_RANGE) | dict.fromkeys(parts, RANGE)


def _widened(text: str, span: Span, range_: Span, others: Sequence[Span]) -> Span:
    """A part with the range that it was cut out of, up to what other parts took of it."""
    begin, end = span
    first, last = range_
    if last <= begin or end <= first or begin == end:
        return span
    low = max([first, *(e for _, e in others if e <= begin)])
    high = min([last, *(b for b, _ in others if b >= end)])
    if low == first or not re.fullmatch(f"(?:{TO})? *", text[low:begin]):
        begin = min(begin, low)
    if high == last or not re.fullmatch(f" *(?:{TO})?", text[end:high]):
        end = max(end, high)
    return begin, end
