"""Dates as people write them, with weekdays, eras and times of day. Ranges are asked back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from tasks.read.workbook.calendar_words import (
    MONTH,
    MONTHS,
    SIGNS,
    WEEKDAY,
    WEEKDAYS,
    in_our_years,
    iso_day,
)
from tasks.read.workbook.regex import regex
from tasks.read.workbook.text import EMPTY, Locale, Unclear, clean_text, folded, has_odd_digits

TO = (
    r"(?: ?(?:-|–|—|~|〜|から) ?| s\.?d\.? "
    r"| ?(?:s\. ?d\.?|s/d|sampai(?: dengan)?|hingga|to|until) ?)"
)
ISO_DATE = regex(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
COMPACT = regex(r"((?:19|20)\d{2})(\d{2})(\d{2})")
DAY_MONTH_YEAR = regex(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([^\W\d]+)\.?,?[ -](\d{4})")
MONTH_DAY_YEAR = regex(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
YEAR_FIRST = regex(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日?")
SHORT = regex(
    rf"\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2}}|\d{{1,2}}[ -](?:{MONTH})\.?[ -]'?\d{{2}}"
    rf"|(?:{MONTH})\.? \d{{1,2}}, ?'?\d{{2}}|(?:{MONTH})\.?[ -]'?\d{{1,2}}"
    rf"|\d{{1,2}}[ -](?:{MONTH})\.?|\d{{2}}年"
)
# A time of the same place: one with a zone may be of another day here.
TIME = regex(
    r"(?<=[\d日])(?:,? (?:pukul |jam |at )?|t)\d{1,2}[:.]\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"(?: ?[ap]m| wib| wita| wit)?"
)
CALLED = regex(r"^(?:tanggal|tgl|date)\b[.:]?(?: ?:)? ?(?=\S)")
BEFORE = regex(rf"(?:hari )?({WEEKDAY})\b\.?,? ?|\(([{SIGNS}])\) ?")
BEHIND = regex(rf"(?:,? |(?<=日),? ?|\()({WEEKDAY})\.?\)?|\(([{SIGNS}])\)")
IN_SIGNS = regex(rf"(?<=日)\((?:[{SIGNS}]|{WEEKDAY})\)")

DAYS_OF_A_MONTH = regex(rf"(\d{{1,2}})(?: ({MONTH})\.?)?{TO}(\d{{1,2}}) ({MONTH})\.?,? (\d{{4}})")
DAYS_BEHIND = regex(rf"({MONTH})\.? (\d{{1,2}}){TO}(?:({MONTH})\.? )?(\d{{1,2}}),? (\d{{4}})")
DAYS_IN_SIGNS = regex(
    rf"(\d{{4}})年(\d{{1,2}})月(\d{{1,2}})日?{TO}(?:(\d{{4}})年)?(?:(\d{{1,2}})月)?(\d{{1,2}})日"
)
TWO_DATES = regex(rf"(.{{8,}}?)(?: - |(?!-){TO})(.{{8,}})")


def date_text(cell: object, locale: Locale | None = None) -> str | None:
    """An ISO date, or None for an empty cell.

    Raises Unclear: `not_a_date`, `short_year`; with readings `ambiguous_date`, `weekday_differs`
    (the date, whose weekday is another), `a_range` (its ends). The order of day and month is known
    from the locale, from a number above 12, or from the weekday; else the date is ambiguous.
    """
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        raise Unclear("not_a_date")  # a serial number: its first day is not declared
    text = folded(cell)
    if text in EMPTY:
        return None
    if has_odd_digits(clean_text(cell)):
        raise Unclear("not_a_date")
    try:
        return _day(text, locale)
    except Unclear as unclear:
        if unclear.code != "not_a_date":
            raise
    return _range(IN_SIGNS.sub("", text), locale)


def _day(text: str, locale: Locale | None) -> str:
    text, weekday = _weekday(_without_time(CALLED.sub("", text)))
    try:
        found = _written(text) or _numeric(text, locale)
    except Unclear as unclear:
        fitting = [r for r in unclear.readings if weekday == date.fromisoformat(r).weekday()]
        if len(fitting) != 1:  # a weekday of its own tells one of two dates
            raise
        return fitting[0]
    if weekday is not None and weekday != date.fromisoformat(found).weekday():
        raise Unclear("weekday_differs", (found,))
    return found


def _without_time(text: str) -> str:
    match = TIME.search(text)
    return text[: match.start()] if match and match.end() == len(text) else text


def _weekday(text: str) -> tuple[str, int | None]:
    """A date without the weekday beside it, and that weekday."""
    rest, match = text, BEFORE.match(text)
    if match:
        rest = text[match.end() :]
    elif (behind := BEHIND.search(text)) and behind.end() == len(text):
        match, rest = behind, text[: behind.start()].strip()
    if match is None or not any(c.isdecimal() for c in rest):
        return text, None
    return rest, WEEKDAYS[match[1]] if match[1] else SIGNS.index(match[2])


def _written(text: str) -> str | None:
    """Dates with a month's name, an era or the signs of year, month and day."""
    if match := DAY_MONTH_YEAR.fullmatch(text):
        return iso_day(match[3], MONTHS.get(match[2]), match[1])
    if match := MONTH_DAY_YEAR.fullmatch(text):
        return iso_day(match[3], MONTHS.get(match[1]), match[2])
    ours, begins = in_our_years(text)
    match = YEAR_FIRST.fullmatch(ours) or (ISO_DATE.fullmatch(ours) if begins else None)
    if match is None:
        return None
    found = iso_day(*match.groups())
    if begins and date.fromisoformat(found) < begins:
        raise Unclear("not_a_date")  # the era had not begun
    return found


def _numeric(text: str, locale: Locale | None) -> str:
    if match := ISO_DATE.fullmatch(text) or COMPACT.fullmatch(text):
        return iso_day(*match.groups())
    match = re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text)
    if not match:
        raise Unclear("short_year" if SHORT.fullmatch(text) else "not_a_date")
    first, second, year = match.groups()
    day_first, month_first = _maybe(year, second, first), _maybe(year, first, second)
    if day_first and month_first and day_first != month_first and locale != "id":
        # English has both orders; only Indonesian has one, in law and in use.
        raise Unclear("ambiguous_date", (day_first, month_first))
    found = day_first if locale == "id" else day_first or month_first
    if not found:
        raise Unclear("not_a_date")
    return found


def _maybe(year: object, month: object, day: object) -> str | None:
    try:
        return iso_day(year, month, day)
    except Unclear:
        return None


def _range(text: str, locale: Locale | None) -> str:
    """Always raises Unclear: `a_range` with the first and the last day, or `not_a_date`."""
    text, _ = in_our_years(text)
    for pattern, ends_of in RANGES:
        if match := pattern.fullmatch(text):
            first, last = ends_of(match)
            if first <= last:
                raise Unclear("a_range", (first, last))
    if match := TWO_DATES.fullmatch(text):
        first, last = _day(match[1].strip(), locale), _day(match[2].strip(), locale)
        if first <= last:
            raise Unclear("a_range", (first, last))
    raise Unclear("not_a_date")


def _of_a_month(match: re.Match[str]) -> tuple[str, str]:
    first_day, first_month, last_day, month, year = match.groups()
    first = iso_day(year, MONTHS[first_month or month], first_day)
    return first, iso_day(year, MONTHS[month], last_day)


def _behind(match: re.Match[str]) -> tuple[str, str]:
    month, first_day, last_month, last_day, year = match.groups()
    first = iso_day(year, MONTHS[month], first_day)
    return first, iso_day(year, MONTHS[last_month or month], last_day)


def _in_signs(match: re.Match[str]) -> tuple[str, str]:
    year, month, first_day, last_year, last_month, last_day = match.groups()
    first = iso_day(year, month, first_day)
    return first, iso_day(last_year or year, last_month or month, last_day)


RANGES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str]]], ...] = (
    (DAYS_OF_A_MONTH, _of_a_month),
    (DAYS_BEHIND, _behind),
    (DAYS_IN_SIGNS, _in_signs),
)
