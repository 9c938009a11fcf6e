"""Periods as people write them: years, half years, quarters and months, fiscal years included.

A text is tidied (eras in our calendar, one kind of dash, no dots after words) and then fits one of
`FORMS`, or is a date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tasks.read.workbook.calendar_words import (
    EARLIEST,
    LATEST,
    MONTH,
    MONTHS,
    in_our_years,
    iso_day,
)
from tasks.read.workbook.dates import date_text
from tasks.read.workbook.regex import regex
from tasks.read.workbook.text import (
    EMPTY,
    Locale,
    Unclear,
    folded,
    has_odd_digits,
    split_marks,
)

MONTHS_OF = {"A": 12, "S": 6, "Q": 3, "M": 1}
CENTURY = 69  # a year of two digits beside a month's name: up to here 20yy, as in POSIX
# First months of fiscal years that a text may mean.
CALENDAR, JAPAN, AUSTRALIA = 1, 4, 7


@dataclass(frozen=True)
class Period:
    """The `number`th part of a year, or the part that begins in a month. `begins` are the months in
    which its year may begin, and `also` further readings, if the sender has declared nothing."""

    frequency: str
    year: int
    number: int = 1
    month: int | None = None
    begins: tuple[int, ...] = ()
    also: tuple[str, ...] = ()
    is_calendar: bool = False

    def first_day(self, year_begins: int) -> str:
        months = MONTHS_OF[self.frequency]
        if self.month is None:
            month = year_begins - 1 + (self.number - 1) * months
            return iso_day(self.year + month // 12, month % 12 + 1, 1)
        is_next = not self.is_calendar and self.month < year_begins
        first = iso_day(self.year + is_next, self.month, 1)
        if (self.month - year_begins) % months:  # April to September is half of a fiscal year
            last = self.month + months - 2
            if not self.is_calendar and (year_begins != CALENDAR or last > 11):
                raise Unclear("not_a_date")
            raise Unclear("a_range", (first[:7], f"{self.year + last // 12}-{last % 12 + 1:02d}"))
        return first

    def readings(self) -> tuple[str, ...]:
        """First days that a text can mean of which the sender has declared nothing."""
        days = [self.first_day(month) for month in self.begins or (CALENDAR,)]
        return tuple(dict.fromkeys([*self.also, *days]))


def period_text(
    cell: object,
    locale: Locale | None = None,
    *,
    year_begins: int = 1,
    marks: Collection[str] = (),
) -> str | None:
    """First day of a period as an ISO date: of a year, half year, quarter or month, or a date
    itself. None for an empty cell.

    With `year_begins` a year, alone or beside a month or quarter, is a fiscal year that begins in
    that month of the year that names it; days are days of the calendar, and so are months that are
    written out with their year (2025-03, 2025年3月). Marks of
    footnotes are left out, letters only where `marks` declares them. Raises Unclear as `date_text`.
    """
    found = _parsed(cell, marks)
    if isinstance(found, Period):
        if year_begins != CALENDAR:
            return found.first_day(year_begins)
        readings = found.readings()
        if len(readings) > 1:
            raise Unclear("ambiguous_date", readings)
        return readings[0]
    return date_text(cell if found is None else found, locale)


def frequency_of(cell: object, marks: Collection[str] = ()) -> str | None:
    """The frequency that a written form states: A, S, Q, M; D for a day, which may also stand for
    the period that it begins. None for an empty cell, and for one that cannot be read."""
    try:
        found = _parsed(cell, marks)
        if isinstance(found, Period):
            return found.frequency
        return "D" if date_text(cell if found is None else found, "id") else None
    except Unclear as unclear:
        return "D" if unclear.code in ("ambiguous_date", "weekday_differs") else None


def begins_period(start: str, frequency: str, year_begins: int = CALENDAR) -> bool:
    """Whether a period of a frequency can begin on a day, if years begin in that month."""
    day = date.fromisoformat(start)
    months = MONTHS_OF.get(frequency)
    if months is None:
        return frequency != "W" or day.weekday() == 0
    return day.day == 1 and (day.month - year_begins) % months == 0


def _parsed(cell: object, marks: Collection[str]) -> Period | str | None:
    """The period of a cell; else its text without marks; None where it is no text."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not EARLIEST <= cell <= LATEST * 100 + 12 or cell != int(cell):  # NaN included
            raise Unclear("not_a_date")
        return _of_number(int(cell))
    if not isinstance(cell, str):
        return None
    if len(cell) == 4 and cell.isascii() and cell.isdigit():  # most cells by far
        return _year(int(cell))
    if folded(cell) in EMPTY:
        return cell
    body, _, _ = split_marks(cell, marks)
    if has_odd_digits(body):
        raise Unclear("not_a_date")
    text = folded(body)
    return _written(text) or _of_days(text) or text


def _of_days(text: str) -> Period | None:
    """The month, quarter, half year or year that is written by its first and its last day."""
    try:
        date_text(text)
    except Unclear as unclear:
        if unclear.code != "a_range":
            return None
        first, last = map(date.fromisoformat, unclear.readings)
        after = last + timedelta(days=1)
        months = (after.year - first.year) * 12 + after.month - first.month
        kind = next((kind for kind, length in MONTHS_OF.items() if length == months), None)
        if kind and first.day == after.day == 1:
            return Period(kind, first.year, month=first.month, is_calendar=True)
    return None


def _of_number(number: int) -> Period:
    if EARLIEST <= number <= LATEST:
        return Period("A", number)
    if EARLIEST <= number // 100 <= LATEST and 1 <= number % 100 <= 12:  # 202304
        return Period("M", number // 100, month=number % 100, is_calendar=True)
    raise Unclear("not_a_date")


def _year(year: int) -> Period:
    if not EARLIEST <= year <= LATEST:
        raise Unclear("not_a_date")
    return Period("A", year)


# --- tidying ---------------------------------------------------------------------------------

TIDYING = tuple(
    (regex(pattern), by)
    for pattern, by in (
        (r" ?\b(?:s\.? ?d\.?|s/d|sampai(?: dengan)?|hingga|until|to)(?![a-z]) ?", "-"),
        (r" ?[‐‑–—−~〜-] ?", "-"),
        (r"\btahun (?:anggaran|ajaran|akademik|pelajaran)\b|\bfiscal year\b|\bt\.?a\b\.?", "fy"),
        (r"(?<=[a-z])\.|,", " "),  # jan. 2024, tw.3
        (r"\b(?:tahun|thn|th|year|bulan|bln|month|periode|period|of)\b", " "),
        (r"(?<=[年月])分|\b(?:cy|calendar year)(?= ?\d{4}\b)", ""),
        (r" ?(年度?|月期?|[上下前後](?:半期|期|半)) ?", r"\1"),
        (r" {2,}", " "),
    )
)


def _tidied(text: str) -> str:
    for pattern, by in TIDYING:
        text = pattern.sub(by, text)
    return text.strip()


# --- forms -----------------------------------------------------------------------------------

ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "1 i pertama kesatu first 1st",
            "2 ii kedua second 2nd",
            "3 iii ketiga third 3rd",
            "4 iv keempat fourth 4th",
        ),
        start=1,
    )
    for word in words.split()
}
ORDINAL_WORDS = "|".join(sorted(ORDINALS, key=len, reverse=True))
QUARTER_WORDS = "triwulan|triw|trw|twl|tw|kuartal|kw|quarter|qtr|q"
HALF_WORDS = "semester|smt|sem|half|paruh|h|s"
ORDINAL = f"(?:ke[- ]?)?(?P<o>{ORDINAL_WORDS})"
QUARTER = f"(?P<q>{QUARTER_WORDS})"
HALF = f"(?P<h>{HALF_WORDS})"
PART = f"(?:{QUARTER}|{HALF})"
HALVES = {"上": 1, "前": 1, "下": 2, "後": 2}
FISCAL = "(?P<fy>fy ?'?)?(?P<y>\\d{4}|(?(fy)\\d{2}|(?!)))"  # FY2024, FY24; 2024
YEAR = rf"{FISCAL}(?P<u>年度?)?"

Read = Callable[[Mapping[str, str]], Period]


def _whole(found: Mapping[str, str]) -> Period:
    return Period("A", _year_of(found), begins=_begins(found))


def _year_of(found: Mapping[str, str]) -> int:
    """The year; of two digits beside FY, a quarter, a half year or a month's name."""
    if len(digits := found.get("s") or found["y"]) == 2:
        return int(digits) + (2000 if int(digits) <= CENTURY else 1900)
    return _year(int(digits)).year


def _begins(found: Mapping[str, str]) -> tuple[int, ...]:
    """The months in which a 年度 or an FY may begin."""
    if found.get("fy"):
        return (CALENDAR, JAPAN, AUSTRALIA)
    return (CALENDAR, JAPAN) if "度" in found.get("u", "") else ()


def _two_years(found: Mapping[str, str]) -> Period:
    """2023/24; or other years, which are a range; or a month, for which 2008/09 may stand too."""
    first, last, digits = _year_of(found), int(found["to"]), len(found["to"])
    may_be_month = digits == 2 and 1 <= last <= 12 and not found["fy"]
    if last == (first + 1) % 10**digits and not (may_be_month and found["by"] == "-"):
        also = (f"{first}-{last:02d}-01",) if may_be_month else ()
        return Period("A", first, begins=(JAPAN, AUSTRALIA), also=also)
    if digits == 4 and first < last:
        raise Unclear("a_range", (found["y"], found["to"]))
    if not may_be_month:
        raise Unclear("not_a_date")
    return Period("M", first, month=last, is_calendar=True)


def _month(found: Mapping[str, str]) -> Period:
    month = MONTHS[found["mon"]] if found.get("mon") else int(found["n"])
    if not 1 <= month <= 12:
        raise Unclear("not_a_date")
    year = _year_of(found)
    # FY2024 may also be named by the year in which it ends.
    also = (iso_day(year - 1, month, 1),) if found.get("fy") else ()
    return Period("M", year, month=month, begins=_begins(found), also=also)


def _calendar_month(found: Mapping[str, str]) -> Period:
    """A month written out with its year, 2025-03 or 2025年3月: never of a fiscal year."""
    return replace(_month(found), is_calendar=True)


def _months(found: Mapping[str, str]) -> Period:
    """A quarter, half year or year that is written by its first and its last month."""
    first, last = (MONTHS.get(found[end]) or int(found[end]) for end in ("from", "to"))
    length = (last - first) % 12 + 1
    kind = next((kind for kind, months in MONTHS_OF.items() if months == length), "")
    year = _year_of(found)
    if not kind or kind == "M":
        if 1 <= first < last <= 12:
            raise Unclear("a_range", (f"{year}-{first:02d}", f"{year}-{last:02d}"))
        raise Unclear("not_a_date")
    return Period(kind, year, month=first, begins=_begins(found))


def _months_of_years(found: Mapping[str, str]) -> Period:
    """A period that is written by its first and its last month, each with its year."""
    first, last = _month({**found, "fy": ""}), _month({"mon": found["to"], "y": found["y2"]})
    assert first.month is not None
    assert last.month is not None
    length = (last.year - first.year) * 12 + last.month - first.month + 1
    kind = next((kind for kind, months in MONTHS_OF.items() if months == length), "")
    if not kind:
        if length < 1:
            raise Unclear("not_a_date")
        ends = (f"{p.year}-{p.month:02d}" for p in (first, last))
        raise Unclear("a_range", tuple(ends))
    return replace(first, frequency=kind, is_calendar=True)


def _part(found: Mapping[str, str]) -> Period:
    kind = "Q" if found.get("q") else "S"
    return _of_year(found, kind, ORDINALS[found["o"]])


def _half(found: Mapping[str, str]) -> Period:
    return _of_year(found, "S", HALVES[found["j"]])


def _of_year(found: Mapping[str, str], kind: str, number: int) -> Period:
    if number * MONTHS_OF[kind] > MONTHS_OF["A"]:
        raise Unclear("not_a_date")  # a third half
    return Period(kind, _year_of(found), number, begins=_begins(found))


FORMS: tuple[tuple[re.Pattern[str], Read], ...] = tuple(
    (regex(pattern), read)
    for pattern, read in (
        (rf"{YEAR}(?:\.0)?", _whole),
        (rf"{FISCAL}(?P<by>[-/])(?P<to>\d{{2}}|\d{{4}})", _two_years),
        (r"(?P<y>\d{4})(?P<u>年)(?P<n>\d{1,2})月?", _calendar_month),
        (r"(?P<y>\d{4})(?P<u>)[./-](?P<n>\d{1,2})", _calendar_month),
        (r"(?P<y>\d{4})(?P<u>)(?P<n>\d{2})", _calendar_month),
        (r"(?P<y>\d{4})(?:(?P<u>年度)|[ ./-]|[ -]?m)(?P<n>\d{1,2})月?", _month),
        (r"(?P<n>\d{1,2})[./-](?P<y>\d{4})(?P<u>)", _calendar_month),
        (rf"(?P<n>\d{{1,2}})[月 ]{YEAR}", _month),
        (rf"{YEAR}[ /-]?(?P<mon>{MONTH})", _month),
        (rf"(?P<mon>{MONTH})[ /'-]?{YEAR}", _month),
        (rf"(?P<mon>{MONTH}) ?[-/'’](?P<s>\d{{2}})", _month),
        (rf"{YEAR}[ /-]?(?P<from>{MONTH})-(?P<to>{MONTH})", _months),
        (rf"(?P<from>{MONTH})-(?P<to>{MONTH})[ /-]{YEAR}", _months),
        (rf"{YEAR} ?(?P<from>\d{{1,2}})月?-(?P<to>\d{{1,2}})月期?", _months),
        (rf"(?P<from>\d{{1,2}})月?-(?P<to>\d{{1,2}})月期?{YEAR}", _months),
        (rf"(?P<mon>{MONTH}) ?(?P<y>\d{{4}})-(?P<to>{MONTH}) ?(?P<y2>\d{{4}})", _months_of_years),
        (rf"{YEAR}[ /-]?{PART}[ -]?{ORDINAL}", _part),
        (rf"{YEAR}[ /-]{ORDINAL} ?{PART}", _part),
        (rf"{PART}[ -]?{ORDINAL}[ /'-]{YEAR}", _part),
        (rf"{ORDINAL}[ -]?{PART}[ /'-]?{YEAR}", _part),
        (rf"{PART}[ -]?{ORDINAL} ?[ /'’-](?P<s>\d{{2}})", _part),
        (rf"{ORDINAL}[ -]?{PART} ?[/'’-]?(?P<s>\d{{2}})", _part),
        (r"['’]?(?P<s>\d{2})[ -]?(?:(?P<q>q)|(?P<h>h))(?P<o>[1-4])", _part),
        (rf"{YEAR}(?P<j>[上下前後])(?:半期|期|半)", _half),
        (rf"(?P<j>[上下前後])(?:半期|期|半){YEAR}", _half),
    )
)


def _written(text: str) -> Period | None:
    """The period of a folded text; None if it has no form of a period."""
    ours, begins = in_our_years(text)
    ours = _tidied(ours)
    for pattern, read in FORMS:
        if begins and read is _two_years:
            continue  # R6/07 is a month
        if match := pattern.fullmatch(ours):
            found = read(match.groupdict(""))
            if begins and found.month and (found.year, found.month) < (begins.year, begins.month):
                raise Unclear("not_a_date")  # the era had not begun
            return found
    return None
