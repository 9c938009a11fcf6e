"""Periods in cells of partner files: read in one way only, or asked back with their readings."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.read.workbook.periods import begins_period, frequency_of, period_text
from tasks.read.workbook.text import Unclear

pytestmark = pytest.mark.fast

SHORT = {
    "id": "Jan Feb Mar Apr Mei Jun Jul Agt Sep Okt Nov Des".split(),  # noqa: SIM905
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),  # noqa: SIM905
}


@pytest.mark.parametrize(
    ("cell", "expected", "frequency"),
    [
        ("2025", "2025-01-01", "A"), (2025, "2025-01-01", "A"), (2025.0, "2025-01-01", "A"),
        ("２０２５", "2025-01-01", "A"), ("2025.0", "2025-01-01", "A"),
        ("Tahun 2025", "2025-01-01", "A"), ("2025年", "2025-01-01", "A"),
        ("2025年4月分", "2025-04-01", "M"), ("4月分 2025年", "2025-04-01", "M"),
        ("CY2025", "2025-01-01", "A"), ("CY 2025", "2025-01-01", "A"),
        ("二〇二五年", "2025-01-01", "A"), ("令和7年", "2025-01-01", "A"),
        ("令和７年", "2025-01-01", "A"), ("令和七年", "2025-01-01", "A"),
        ("令和7", "2025-01-01", "A"), ("R7年", "2025-01-01", "A"),
        ("令和元年", "2019-01-01", "A"), ("平成30年", "2018-01-01", "A"),
        ("H31年", "2019-01-01", "A"), ("昭和60年", "1985-01-01", "A"),
        ("2023*", "2023-01-01", "A"), ("2024**)", "2024-01-01", "A"),
        ("2024 p)", "2024-01-01", "A"), ("2024¹", "2024-01-01", "A"),
        ("2024 1)", "2024-01-01", "A"), ("Januari-Desember 2024", "2024-01-01", "A"),
        ("2025-08", "2025-08-01", "M"), ("2025/8", "2025-08-01", "M"),
        ("2025.08", "2025-08-01", "M"), ("202508", "2025-08-01", "M"),
        (202508, "2025-08-01", "M"), ("2025M08", "2025-08-01", "M"),
        ("2025-M08", "2025-08-01", "M"), ("08/2025", "2025-08-01", "M"),
        ("8-2025", "2025-08-01", "M"), ("2025 08", "2025-08-01", "M"),
        ("Agustus 2025", "2025-08-01", "M"), ("agustus 2025", "2025-08-01", "M"),
        ("2025 Aug", "2025-08-01", "M"), ("2025 Aug ", "2025-08-01", "M"),
        ("2025 agustus", "2025-08-01", "M"), ("Aug-2025", "2025-08-01", "M"),
        ("August, 2025", "2025-08-01", "M"), ("2025　Aug．", "2025-08-01", "M"),
        ("Agustus tahun 2025", "2025-08-01", "M"), ("Bulan Agustus 2025", "2025-08-01", "M"),
        ("Aug-22", "2022-08-01", "M"), ("Agt'25", "2025-08-01", "M"),
        ("Des-98", "1998-12-01", "M"), ("Mei/69", "2069-05-01", "M"),
        ("2025年8月", "2025-08-01", "M"), ("2025年 8月", "2025-08-01", "M"),
        ("2025 8月", "2025-08-01", "M"), ("8月 2025年", "2025-08-01", "M"),
        ("令和７年８月", "2025-08-01", "M"), ("令和7年 8月", "2025-08-01", "M"),
        ("令和七年八月", "2025-08-01", "M"), ("R7.8", "2025-08-01", "M"),
        ("R7年8月", "2025-08-01", "M"), ("H30.12", "2018-12-01", "M"),
        ("2025年度8月", "2025-08-01", "M"), ("2025-08*", "2025-08-01", "M"),
        ("2024Q3", "2024-07-01", "Q"), ("2024-Q3", "2024-07-01", "Q"),
        ("2024 q3", "2024-07-01", "Q"), ("Q3 2024", "2024-07-01", "Q"),
        ("Q3/2024", "2024-07-01", "Q"), ("3Q 2024", "2024-07-01", "Q"),
        ("3rd quarter 2024", "2024-07-01", "Q"), ("Triwulan III 2024", "2024-07-01", "Q"),
        ("Triwulan Ⅲ 2024", "2024-07-01", "Q"), ("Triwulan ke-3 2024", "2024-07-01", "Q"),
        ("Triwulan Ketiga Tahun 2024", "2024-07-01", "Q"), ("TW III/2024", "2024-07-01", "Q"),
        ("Tw.3 2024", "2024-07-01", "Q"), ("2024 triwulan iii", "2024-07-01", "Q"),
        ("Kuartal 3 - 2024", "2024-07-01", "Q"), ("2024年第3四半期", "2024-07-01", "Q"),
        ("2024年 第三四半期", "2024-07-01", "Q"), ("第3四半期 2024", "2024-07-01", "Q"),
        ("令和6年第3四半期", "2024-07-01", "Q"), ("2024年7-9月期", "2024-07-01", "Q"),
        ("2024年7月～9月", "2024-07-01", "Q"), ("Jul-Sep 2024", "2024-07-01", "Q"),
        ("Juli–September 2024", "2024-07-01", "Q"), ("Juli s.d. September 2024", "2024-07-01", "Q"),
        ("2024 Jul-Sep", "2024-07-01", "Q"), ("3Q24", "2024-07-01", "Q"),
        ("3Q'24", "2024-07-01", "Q"), ("Q3/24", "2024-07-01", "Q"), ("24Q3", "2024-07-01", "Q"),
        ("3Q2024", "2024-07-01", "Q"), ("TW III/24", "2024-07-01", "Q"),
        ("Juli 2024 - September 2024", "2024-07-01", "Q"),
        ("1 Juli - 30 September 2024", "2024-07-01", "Q"), ("1-31 Juli 2024", "2024-07-01", "M"),
        ("H2/2024", "2024-07-01", "S"), ("H2 24", "2024-07-01", "S"), ("2H24", "2024-07-01", "S"),
        ("S2/2024", "2024-07-01", "S"), ("Januari 2024 s.d. Desember 2024", "2024-01-01", "A"),
        ("R6/07", "2024-07-01", "M"),
        ("Semester II 2024", "2024-07-01", "S"), ("Smt 2 2024", "2024-07-01", "S"),
        ("2024S2", "2024-07-01", "S"), ("2024H2", "2024-07-01", "S"),
        ("2H 2024", "2024-07-01", "S"), ("H2 2024", "2024-07-01", "S"),
        ("2024 semester kedua", "2024-07-01", "S"), ("2024年下半期", "2024-07-01", "S"),
        ("下期 2024年", "2024-07-01", "S"), ("Juli - Desember 2024", "2024-07-01", "S"),
        ("上半期 2024", "2024-01-01", "S"),
        ("17/08/2025", "2025-08-17", "D"), ("17 Agustus 2025", "2025-08-17", "D"),
        ("R7.8.17", "2025-08-17", "D"), (date(2025, 8, 1), "2025-08-01", "D"),
        (datetime(2025, 8, 1), "2025-08-01", "D"), ("2025-08-01 00:00:00", "2025-08-01", "D"),
        ("-", None, None), ("", None, None),
    ],
)  # fmt: skip
def test_periods(cell: Any, expected: str | None, frequency: str | None) -> None:
    assert period_text(cell) == expected
    assert frequency_of(cell) == frequency


@pytest.mark.parametrize(
    ("cell", "code", "readings"),
    [
        ("2024年度", "ambiguous_date", ("2024-01-01", "2024-04-01")),
        ("令和6年度", "ambiguous_date", ("2024-01-01", "2024-04-01")),
        ("2024年度1月", "ambiguous_date", ("2024-01-01", "2025-01-01")),
        ("2024年度上半期", "ambiguous_date", ("2024-01-01", "2024-04-01")),
        ("2024年度第1四半期", "ambiguous_date", ("2024-01-01", "2024-04-01")),
        ("FY2024", "ambiguous_date", ("2024-01-01", "2024-04-01", "2024-07-01")),
        ("FY24", "ambiguous_date", ("2024-01-01", "2024-04-01", "2024-07-01")),
        ("FY24 Q1", "ambiguous_date", ("2024-01-01", "2024-04-01", "2024-07-01")),
        ("FY2024 April", "ambiguous_date", ("2023-04-01", "2024-04-01", "2025-04-01")),
        ("FY23/24", "ambiguous_date", ("2023-04-01", "2023-07-01")),
        ("Desember 2024 - Februari 2025", "a_range", ("2024-12", "2025-02")),
        ("April 2024 - Maret 2025", "a_range", ("2024-04", "2025-03")),
        ("1-30 Juli 2024", "a_range", ("2024-07-01", "2024-07-30")),
        ("Januari 2025 - Maret 2024", "not_a_date", ()),
        ("H1/24", "not_a_date", ()),
        ("24", "not_a_date", ()),
        ("FY2024/04", "not_a_date", ()),
        ("Tahun Anggaran 2024", "ambiguous_date", ("2024-01-01", "2024-04-01", "2024-07-01")),
        ("2023/24", "ambiguous_date", ("2023-04-01", "2023-07-01")),
        ("2023-24", "ambiguous_date", ("2023-04-01", "2023-07-01")),
        ("2023-2024", "ambiguous_date", ("2023-04-01", "2023-07-01")),
        ("TA 2023/2024", "ambiguous_date", ("2023-04-01", "2023-07-01")),
        ("2008/09", "ambiguous_date", ("2008-09-01", "2008-04-01", "2008-07-01")),
        ("03/04/2025", "ambiguous_date", ("2025-04-03", "2025-03-04")),
        ("2020-2024", "a_range", ("2020", "2024")),
        ("Jan - Jul 2024", "a_range", ("2024-01", "2024-07")),
        ("Feb-Apr 2024", "a_range", ("2024-02", "2024-04")),
        ("Apr-Sep 2024", "a_range", ("2024-04", "2024-09")),
        ("2024年4-9月", "a_range", ("2024-04", "2024-09")),
        ("Aug 22", "short_year", ()),
        ("22-Aug", "short_year", ()),
        ("24年", "short_year", ()),
        ("Januari", "not_a_date", ()),
        ("第3四半期", "not_a_date", ()),
        ("Triwulan I", "not_a_date", ()),
        ("Triwulan 5 2024", "not_a_date", ()),
        ("Semester III 2024", "not_a_date", ()),
        ("III/2024", "not_a_date", ()),
        ("2024-13", "not_a_date", ()),
        ("202413", "not_a_date", ()),
        ("20241", "not_a_date", ()),
        ("2023/25", "not_a_date", ()),
        ("2024-2020", "not_a_date", ()),
        ("Okt-Mar 2024", "not_a_date", ()),
        ("2024 r", "not_a_date", ()),
        ("2024 Foo", "not_a_date", ()),
        ("令和元年4月", "not_a_date", ()),
        ("令和0年", "not_a_date", ()),
        ("1899", "not_a_date", ()),
        ("20²4", "not_a_date", ()),
        (1899, "not_a_date", ()),
        (45000, "not_a_date", ()),
        (202413, "not_a_date", ()),
        (2024.5, "not_a_date", ()),
        (float("nan"), "not_a_date", ()),
        (float("inf"), "not_a_date", ()),
        (True, "not_a_date", ()),
    ],
)
def test_periods_that_are_asked_back(cell: Any, code: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(Unclear) as error:
        period_text(cell)
    assert (error.value.code, error.value.readings) == (code, readings)


@pytest.mark.parametrize(
    ("cell", "begins", "expected"),
    [
        ("2024年度", 4, "2024-04-01"),
        ("令和6年度", 4, "2024-04-01"),
        ("FY2024", 4, "2024-04-01"),
        ("FY24", 4, "2024-04-01"),
        ("FY2024 April", 4, "2024-04-01"),
        ("FY24 April", 7, "2025-04-01"),
        ("Januari FY2024", 4, "2025-01-01"),
        ("FY2024Q4", 4, "2025-01-01"),
        ("4Q24", 4, "2025-01-01"),
        ("April 2024 - Maret 2025", 4, "2024-04-01"),
        ("1 April 2024 - 31 Maret 2025", 4, "2024-04-01"),
        ("2023/24", 7, "2023-07-01"),
        ("2023-2024", 7, "2023-07-01"),
        ("2008/09", 7, "2008-07-01"),
        ("2024", 4, "2024-04-01"),
        (2024, 4, "2024-04-01"),
        ("2024 april", 4, "2024-04-01"),
        ("2024 desember", 4, "2024-12-01"),
        ("2024 januari", 4, "2025-01-01"),
        ("2024 Mar", 4, "2025-03-01"),
        ("2024年度1月", 4, "2025-01-01"),
        ("令和6年度 1月", 4, "2025-01-01"),
        ("2024 01", 4, "2025-01-01"),
        ("2025-03", 4, "2025-03-01"),
        ("2025/02", 4, "2025-02-01"),
        ("01/2025", 4, "2025-01-01"),
        (202503, 4, "2025-03-01"),
        ("2025年3月", 4, "2025-03-01"),
        ("令和7年3月", 4, "2025-03-01"),
        ("2024 q1", 4, "2024-04-01"),
        ("2024 q4", 4, "2025-01-01"),
        ("2024年度第4四半期", 4, "2025-01-01"),
        ("2024 triwulan ii", 7, "2024-10-01"),
        ("2024年度下半期", 4, "2024-10-01"),
        ("2024 Semester II", 7, "2025-01-01"),
        ("Jan-Mar 2024", 4, "2025-01-01"),
        ("Apr-Sep 2024", 4, "2024-04-01"),
        ("2024年度4-9月", 4, "2024-04-01"),
        ("Apr-Mar 2024", 4, "2024-04-01"),
        ("Feb-Apr 2024", 2, "2024-02-01"),
        ("17 Januari 2024", 4, "2024-01-17"),
        (date(2024, 1, 1), 4, "2024-01-01"),
    ],
)
def test_fiscal_years_that_the_sender_declares(cell: Any, begins: int, expected: str) -> None:
    assert period_text(cell, year_begins=begins) == expected


def test_letters_are_marks_where_they_are_declared() -> None:
    assert period_text("2024 r", marks=("r", "p")) == "2024-01-01"
    assert period_text("2024p", marks=("r", "p")) == "2024-01-01"
    assert period_text("September 2024 r", marks=("r",)) == "2024-09-01"
    assert frequency_of("2024 r", marks=("r",)) == "A"
    assert frequency_of("2024 r") is None


@pytest.mark.parametrize(
    ("start", "frequency", "begins", "expected"),
    [
        ("2024-01-01", "A", 1, True), ("2024-04-01", "A", 1, False), ("2024-04-01", "A", 4, True),
        ("2024-01-01", "A", 4, False), ("2024-07-01", "S", 1, True), ("2024-07-01", "S", 4, False),
        ("2024-10-01", "S", 4, True), ("2024-02-01", "Q", 1, False), ("2024-10-01", "Q", 7, True),
        ("2024-02-01", "M", 1, True), ("2024-02-02", "M", 1, False), ("2024-01-01", "W", 1, True),
        ("2024-01-02", "W", 1, False), ("2024-02-29", "D", 1, True),
    ],
)  # fmt: skip
def test_where_a_period_can_begin(start: str, frequency: str, begins: int, expected: bool) -> None:
    assert begins_period(start, frequency, begins) is expected


# --- properties ------------------------------------------------------------------------------

years = st.integers(1950, 2099)
MONTHLY = [
    "{y}-{m:02d}", "{y}/{m}", "{y}.{m:02d}", "{y}{m:02d}", "{y}M{m:02d}", "{y} {m:02d}",
    "{m:02d}/{y}", "{y}年{m}月", "{y}年 {m}月", "{y} {m}月", "{id} {y}", "{y} {id}", "{id}-{y}",
    "{en} {y}", "{y} {en}", "{en}, {y}", "{y} {en}.", "{y}年{m}月*",
]  # fmt: skip
QUARTERLY = [
    "{y}Q{n}", "{y}-Q{n}", "Q{n} {y}", "Q{n}/{y}", "Triwulan {r} {y}", "TW {r}/{y}", "Tw.{n} {y}",
    "{y} triwulan {r}", "{y}年第{n}四半期", "{y} 第{n}四半期",
]  # fmt: skip
HALF_YEARLY = [
    "{y}S{n}",
    "{y}H{n}",
    "{n}H {y}",
    "Semester {r} {y}",
    "Smt {n} {y}",
    "{y} semester {n}",
]
YEARLY = ["{y}", "{y}年", "{y}*", "{y}.0", "Tahun {y}"]
ANY_FORM = [
    (form, frequency)
    for frequency, forms in zip("AMQS", (YEARLY, MONTHLY, QUARTERLY, HALF_YEARLY), strict=True)
    for form in forms
]
PARTS = {"A": 1, "S": 2, "Q": 4, "M": 12}


@given(years, st.sampled_from(ANY_FORM), st.integers(1, 12), st.integers(1, 12), st.booleans())
def test_a_period_in_any_form_reads_back(
    year: int, form: tuple[str, str], number: int, begins: int, wide: bool
) -> None:
    pattern, frequency = form
    part = (number - 1) % PARTS[frequency] + 1
    names = {locale: SHORT[locale][part - 1] for locale in SHORT}
    roman = ["I", "II", "III", "IV"][(part - 1) % 4]
    text = pattern.format(y=year, m=part, n=part, r=roman, **names)
    if wide:
        text = "".join(chr(ord(c) - 48 + 0xFF10) if c.isdigit() else c for c in text)
    months = 12 // PARTS[frequency]
    month = part if frequency == "M" else begins + (part - 1) * months
    is_written_out = re.search(r"\{y\}([-/.]|年 ?)?\{m|\{m[^}]*\}[-/.]\{y", pattern)
    later = part < begins and not is_written_out if frequency == "M" else month > 12
    expected = date(year + later, (month - 1) % 12 + 1, 1).isoformat()
    months_of_2000s = pattern == "{y}/{m}" and part == (year + 1) % 100 and part > 9
    if months_of_2000s:  # 2010/11 may be a fiscal year
        with pytest.raises(Unclear):
            period_text(text)
        return
    assert frequency_of(text) == frequency
    assert period_text(text, year_begins=begins) == expected
    assert begins_period(expected, frequency, begins)


@given(years, st.integers(1, 12), st.sampled_from(["{e}{n}年{m}月", "{l}{n}年{m}月", "{l}{n}.{m}"]))
def test_a_month_of_an_era_reads_back(year: int, month: int, pattern: str) -> None:
    era, letter, before = next(
        e
        for e in (("令和", "R", 2018), ("平成", "H", 1988), ("昭和", "S", 1925))
        if e[2] + 1 < year
    )
    text = pattern.format(e=era, l=letter, n=year - before, m=month)
    assert period_text(text) == f"{year}-{month:02d}-01"


@given(years, st.integers(1, 11), st.integers(1, 11), st.sampled_from(["-", " s.d. ", "–"]))
def test_months_from_to_are_a_part_of_the_year_or_asked_back(
    year: int, first: int, more: int, between: str
) -> None:
    last = min(first + more, 12)
    text = f"{SHORT['id'][first - 1]}{between}{SHORT['id'][last - 1]} {year}"
    length = last - first + 1
    if length in (3, 6, 12) and first % length == 1:
        assert period_text(text) == f"{year}-{first:02d}-01"
    else:
        with pytest.raises(Unclear) as error:
            period_text(text)
        assert error.value.readings == (f"{year}-{first:02d}", f"{year}-{last:02d}")
