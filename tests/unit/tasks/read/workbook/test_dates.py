"""Dates in cells of partner files: read in one way only, or asked back with their readings."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.read.workbook.dates import date_text
from tasks.read.workbook.text import Unclear

pytestmark = pytest.mark.fast

MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}
WEEKDAYS = {
    "id": "Senin Selasa Rabu Kamis Jumat Sabtu Minggu",
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}


@pytest.mark.parametrize(
    ("cell", "locale", "expected"),
    [
        ("2025-08-17", None, "2025-08-17"),
        ("20250817", None, "2025-08-17"),
        ("Tgl. 17 Agustus 2025", None, "2025-08-17"),
        ("Tanggal: 17-08-2025", None, "2025-08-17"),
        ("2025/8/17", None, "2025-08-17"),
        ("17/08/2025", None, "2025-08-17"),
        ("08/17/2025", None, "2025-08-17"),
        ("03/03/2025", None, "2025-03-03"),
        ("03/04/2025", "id", "2025-04-03"),
        ("17 Agustus 2025", None, "2025-08-17"),
        ("17-Agt-2025", None, "2025-08-17"),
        ("August 17, 2025", None, "2025-08-17"),
        ("17th August 2025", None, "2025-08-17"),
        ("2025年8月17日", None, "2025-08-17"),
        ("令和6年4月1日", None, "2024-04-01"),
        ("令和六年四月一日", None, "2024-04-01"),
        ("令和元年5月1日", None, "2019-05-01"),
        ("R6.4.1", None, "2024-04-01"),
        ("Ｒ６．４．１", None, "2024-04-01"),
        ("平成31年4月30日", None, "2019-04-30"),
        ("昭和64年1月7日", None, "1989-01-07"),
        ("大正15年12月24日", None, "1926-12-24"),
        (date(2025, 8, 17), None, "2025-08-17"),
        (datetime(2025, 8, 17, 9, 30), None, "2025-08-17"),
    ],
)
def test_dates(cell: Any, locale: Any, expected: str) -> None:
    assert date_text(cell, locale) == expected


@pytest.mark.parametrize(
    ("cell", "locale"),
    [
        ("Senin, 17 Maret 2025", None),
        ("Hari Senin, 17 Maret 2025", None),
        ("Sen 17 Mar 2025", None),
        ("Monday 17 March 2025", None),
        ("Mon, March 17, 2025", None),
        ("17 Maret 2025 (Senin)", None),
        ("17/03/2025 (Mon)", None),
        ("Senin, 17/03/2025", "id"),
        ("2025年3月17日(月)", None),
        ("2025年3月17日（月）", None),
        ("2025年3月17日㈪", None),
        ("2025年3月17日月曜日", None),
        ("令和7年3月17日（月）", None),
        ("2025-03-17 (Senin)", None),
        ("2025-03-17 10:30:00", None),
        ("2025-03-17T10:30", None),
        ("2025-03-17T00:00:00.000", None),
        ("17/03/2025 10:30 WIB", None),
        ("17 Maret 2025 pukul 09.00 WIB", None),
        ("2025年3月17日 9:00", None),
    ],
)
def test_dates_with_a_weekday_or_a_time(cell: str, locale: Any) -> None:
    assert date_text(cell, locale) == "2025-03-17"


def test_a_weekday_tells_which_of_two_dates_it_is() -> None:
    assert date_text("Sel, 01/04/2025") == "2025-04-01"
    assert date_text("01/04/2025 (Sat)") == "2025-01-04"
    assert asked("Rab, 01/04/2025").code == "ambiguous_date"  # of neither
    assert asked("Sel, 07/01/2025").code == "ambiguous_date"  # of both
    assert asked("03/10/2025").code == "ambiguous_date"  # Friday and Monday


def asked(cell: Any, locale: Any = None) -> Unclear:
    with pytest.raises(Unclear) as error:
        date_text(cell, locale)
    return error.value


@pytest.mark.parametrize(
    ("cell", "locale", "code"),
    [
        ("03/04/2025", None, "ambiguous_date"),
        ("03/04/2025", "en", "ambiguous_date"),
        ("17/08/25", None, "short_year"),
        ("17 Mar 25", None, "short_year"),
        ("Mar 17, 25", None, "short_year"),
        ("17-Agt-25", "id", "short_year"),
        ("Selasa, 17 Maret 2025", None, "weekday_differs"),
        ("2025年4月1日(水)", None, "weekday_differs"),
        ("31/02/2025", None, "not_a_date"),
        ("令和元年4月30日", None, "not_a_date"),
        ("令和0年4月30日", None, "not_a_date"),
        ("45000", None, "not_a_date"),
        (45000, None, "not_a_date"),
        ("08/17/2025", "id", "not_a_date"),
        ("besok", None, "not_a_date"),
        ("Senin", None, "not_a_date"),
        ("Maret 2025", None, "not_a_date"),
        ("2025年4月", None, "not_a_date"),
        ("2025-03-17T23:30:00Z", None, "not_a_date"),  # here it is the 18th
        ("2025-03-1²", None, "not_a_date"),
        ("1025-08-17", None, "not_a_date"),
        ("19-17 Maret 2025", None, "not_a_date"),
    ],
)
def test_dates_that_are_refused(cell: Any, locale: Any, code: str) -> None:
    assert asked(cell, locale).code == code


def test_an_ambiguous_date_says_both_readings() -> None:
    assert asked("03/04/2025").readings == ("2025-04-03", "2025-03-04")


def test_a_wrong_weekday_says_the_date() -> None:
    assert asked("Selasa, 17 Maret 2025").readings == ("2025-03-17",)


@pytest.mark.parametrize(
    ("cell", "last"),
    [
        ("17 s.d. 19 Maret 2025", "2025-03-19"),
        ("17 s/d 19 Maret 2025", "2025-03-19"),
        ("17-19 Maret 2025", "2025-03-19"),
        ("17 – 19 March 2025", "2025-03-19"),
        ("17 sampai 19 Maret 2025", "2025-03-19"),
        ("17 Maret - 2 April 2025", "2025-04-02"),
        ("17 Maret 2025 s.d. 2 April 2025", "2025-04-02"),
        ("17/03/2025 - 19/03/2025", "2025-03-19"),
        ("2025-03-17 s.d. 2025-03-19", "2025-03-19"),
        ("March 17-19, 2025", "2025-03-19"),
        ("Mar 17 - Apr 2, 2025", "2025-04-02"),
        ("2025年3月17日～19日", "2025-03-19"),
        ("2025年3月17日（月）～4月2日（水）", "2025-04-02"),
        ("令和7年3月17日から19日", "2025-03-19"),
    ],
)
def test_ranges_are_asked_back_with_their_ends(cell: str, last: str) -> None:
    found = asked(cell, "id")
    assert (found.code, found.readings) == ("a_range", ("2025-03-17", last))


# --- properties ------------------------------------------------------------------------------

days = st.dates(date(1950, 1, 1), date(2099, 12, 31))


def name(value: date, locale: str, names: dict[str, str]) -> str:
    return names[locale].split()[value.month - 1 if names is MONTHS else value.weekday()]


@given(days)
def test_a_date_written_in_any_language_reads_back(value: date) -> None:
    iso = value.isoformat()
    for locale in MONTHS:
        text = f"{value.day} {name(value, locale, MONTHS)} {value.year}"
        assert date_text(text) == iso, locale
        assert date_text(f"{name(value, locale, WEEKDAYS)}, {text}") == iso, locale
        assert date_text(f"{text} ({name(value, locale, WEEKDAYS)})") == iso, locale
    assert date_text(f"{value.year}年{value.month}月{value.day}日") == iso
    sign = "月火水木金土日"[value.weekday()]
    assert date_text(f"{value.year}年{value.month}月{value.day}日（{sign}）") == iso
    assert date_text(f"{value:%d/%m/%Y}", "id") == iso
    assert date_text(f"{value:%Y-%m-%d %H:%M}") == iso
    if value >= date(2019, 5, 1):
        assert date_text(f"令和{value.year - 2018}年{value.month}月{value.day}日") == iso


@given(days, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_without_a_locale_a_date_is_right_or_refused(value: date, shape: str) -> None:
    text = value.strftime(shape)
    try:
        readings: tuple[str | None, ...] = (date_text(text),)
    except Unclear as unclear:
        readings = unclear.readings
    assert value.isoformat() in readings


@given(days, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]), st.integers(0, 6))
def test_a_weekday_never_makes_another_date(value: date, shape: str, weekday: int) -> None:
    text = f"{WEEKDAYS['id'].split()[weekday]}, {value.strftime(shape)}"
    try:
        found = date_text(text)
    except Unclear as unclear:
        assert weekday != value.weekday() or value.isoformat() in unclear.readings  # noqa: PT017
    else:
        assert found is not None
        assert date.fromisoformat(found).weekday() == weekday


@given(days, st.integers(1, 60), st.sampled_from([" - ", " s.d. ", "～"]))
def test_a_range_of_days_is_never_one_day(first: date, more: int, between: str) -> None:
    last = first + timedelta(more)
    ends = [f"{d.day} {name(d, 'id', MONTHS)} {d.year}" for d in (first, last)]
    found = asked(between.join(ends))
    assert (found.code, found.readings) == ("a_range", (first.isoformat(), last.isoformat()))
