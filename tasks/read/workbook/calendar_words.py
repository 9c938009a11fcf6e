"""Words of the calendar in Indonesian, English and Japanese: months, weekdays, eras."""

from __future__ import annotations

import re
from datetime import date

from tasks.read.workbook.text import Unclear, in_digits

EARLIEST, LATEST = 1900, 2100

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb pebruari peb",
            "maret march mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august aug agt agu ags agust",
            "september sep sept",
            "oktober october okt oct",
            "november nov nopember nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "senin sen monday mon 月曜日 月曜",
            "selasa sel tuesday tues tue 火曜日 火曜",
            "rabu rab wednesday wed 水曜日 水曜",
            "kamis kam thursday thurs thur thu 木曜日 木曜",
            "jumat jum'at jum’at jum friday fri 金曜日 金曜",
            "sabtu sab saturday sat 土曜日 土曜",
            "minggu ahad min mgg sunday sun 日曜日 日曜",
        )
    )
    for name in names.split()
}
WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
SIGNS = "月火水木金土日"  # of weekdays; a bare sign stands in brackets

# First year of each era less one, and its first day (Japan's Cabinet Office).
ERAS = {
    "令和": (2018, date(2019, 5, 1)),
    "r": (2018, date(2019, 5, 1)),
    "平成": (1988, date(1989, 1, 8)),
    "h": (1988, date(1989, 1, 8)),
    "昭和": (1925, date(1926, 12, 25)),
    "s": (1925, date(1926, 12, 25)),
    "大正": (1911, date(1912, 7, 30)),
}
# A letter is an era only before 年, or before a month in figures: H1/2024 is half a year.
ERA_YEAR = re.compile(
    r"(?:(令和|平成|昭和|大正) ?(元|\d{1,2})(?= ?[年./-]|$)"
    r"|([rhs]) ?(元|\d{1,2})(?= ?年|[./-]\d{1,2}(?!\d)))"
)


OF_QUARTERS = re.compile("第?([1-4一二三四]) ?四半期")  # before 四 is taken for a figure


def era_year(match: re.Match[str]) -> tuple[int, date]:
    """Year of our calendar of an `ERA_YEAR`, and the first day of the era."""
    name, number = match[1] or match[3], match[2] or match[4]
    before, begins = ERAS[name]
    year = 1 if number == "元" else int(number)
    if year < 1:
        raise Unclear("not_a_date")
    return before + year, begins


def in_our_years(text: str) -> tuple[str, date | None]:
    """A folded text with the year of an era in our calendar, and the first day of the era."""
    if not text.isascii():
        text = in_digits(OF_QUARTERS.sub(r" q\1 ", text))
    match = ERA_YEAR.match(text)
    if match is None:
        return text, None
    year, begins = era_year(match)
    return f"{year}{text[match.end() :]}", begins


def iso_day(year: object, month: object, day: object) -> str:
    """ISO date of a day; `month` may be None for a word that is no month."""
    try:
        found = date(int(str(year)), int(str(month)), int(str(day)))
    except ValueError:
        raise Unclear("not_a_date") from None
    if not EARLIEST <= found.year <= LATEST:
        raise Unclear("not_a_date")
    return found.isoformat()
