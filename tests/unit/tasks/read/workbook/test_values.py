"""Cells of partner files: read in one way only, or refused with the question."""

from __future__ import annotations

import string
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.read.workbook import values
from tasks.read.workbook.values import Unclear

pytestmark = pytest.mark.fast

MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}


@pytest.mark.parametrize(
    ("cell", "locale", "expected"),
    [
        ("1.234.567,89", None, "1234567.89"),
        ("1,234,567.89", None, "1234567.89"),
        ("1.234.567", None, "1234567"),
        ("12,5", None, "12.5"),
        ("1.234", "id", "1234"),
        ("1.234", "en", "1.234"),
        ("1,234", "ja", "1234"),
        ("Rp 1,2 M", "id", "1200000000"),
        ("Rp1.250.000,-", "id", "1250000"),
        ("1,5 juta", "id", "1500000"),
        ("250 ribu", None, "250000"),
        ("US$ 3.5 million", "en", "3500000"),
        ("１２３", None, "123"),
        ("５０千円", None, "50000"),
        ("3.5万人", "ja", "35000"),
        ("2億円", None, "200000000"),
        ("(5)", None, "-5"),
        ("-7", None, "-7"),
        ("62%", None, "62"),
        ("nihil", None, "0"),
        (12, None, "12"),
        (12.5, None, "12.5"),
        (1e21, None, "1000000000000000000000"),
        (0.1, None, "0.1"),
        ("007", None, "7"),
        ("1 234 567", None, "1234567"),
    ],
)
def test_numbers(cell: Any, locale: Any, expected: str) -> None:
    assert values.number_text(cell, locale) == expected


@pytest.mark.parametrize("cell", ["", " ", "-", "n/a", "…", "tidak tersedia", "なし", "\u200b"])
def test_empty_cells_are_no_values(cell: str) -> None:
    assert values.number_text(cell) is None
    assert values.date_text(cell) is None
    assert values.flag_text(cell) is None


@pytest.mark.parametrize(
    ("cell", "locale", "code", "readings"),
    [
        ("1.234", None, "ambiguous_number", ("1234", "1.234")),
        ("1,234", None, "ambiguous_number", ("1.234", "1234")),
        ("5 M", None, "ambiguous_number", ("5 × 1,000,000", "5 × 1,000,000,000")),
        ("5 M", "ja", "ambiguous_number", ("5 × 1,000,000", "5 × 1,000,000,000")),
        ("1.23.4", None, "not_a_number", ()),
        ("12,34,567", "en", "not_a_number", ()),
        ("lima", None, "not_a_number", ()),
        ("1e5", None, "not_a_number", ()),
        (float("nan"), None, "not_a_number", ()),
        (float("inf"), None, "not_a_number", ()),
        (True, None, "not_a_number", ()),
    ],
)
def test_numbers_that_are_refused(cell: Any, locale: Any, code: str, readings: Any) -> None:
    with pytest.raises(Unclear) as error:
        values.number_text(cell, locale)
    assert (error.value.code, set(error.value.readings)) == (code, set(readings))


@pytest.mark.parametrize(
    ("cell", "locale", "expected"),
    [
        ("2025-08-17", None, "2025-08-17"),
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
        ("令和元年5月1日", None, "2019-05-01"),
        ("R6.4.1", None, "2024-04-01"),
        ("Ｒ６．４．１", None, "2024-04-01"),
        ("平成31年4月30日", None, "2019-04-30"),
        ("昭和64年1月7日", None, "1989-01-07"),
        (date(2025, 8, 17), None, "2025-08-17"),
        (datetime(2025, 8, 17, 9, 30), None, "2025-08-17"),
    ],
)
def test_dates(cell: Any, locale: Any, expected: str) -> None:
    assert values.date_text(cell, locale) == expected


@pytest.mark.parametrize(
    ("cell", "locale", "code"),
    [
        ("03/04/2025", None, "ambiguous_date"),
        ("03/04/2025", "en", "ambiguous_date"),
        ("17/08/25", None, "short_year"),
        ("31/02/2025", None, "not_a_date"),
        ("令和元年4月30日", None, "not_a_date"),
        ("45000", None, "not_a_date"),
        (45000, None, "not_a_date"),
        ("08/17/2025", "id", "not_a_date"),
        ("besok", None, "not_a_date"),
        ("1025-08-17", None, "not_a_date"),
    ],
)
def test_dates_that_are_refused(cell: Any, locale: Any, code: str) -> None:
    with pytest.raises(Unclear) as error:
        values.date_text(cell, locale)
    assert error.value.code == code


def test_an_ambiguous_date_says_both_readings() -> None:
    with pytest.raises(Unclear) as error:
        values.date_text("03/04/2025")
    assert error.value.readings == ("2025-04-03", "2025-03-04")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025", "2025-01-01"), (2025, "2025-01-01"), (2025.0, "2025-01-01"),
        ("2025-08", "2025-08-01"), ("Agustus 2025", "2025-08-01"), ("2025年8月", "2025-08-01"),
        ("令和6年", "2024-01-01"), ("17/08/2025", "2025-08-17"), ("-", None),
    ],
)  # fmt: skip
def test_periods(cell: Any, expected: str | None) -> None:
    assert values.period_text(cell) == expected


def test_a_fiscal_year_is_not_taken_for_a_year() -> None:
    with pytest.raises(Unclear) as error:
        values.period_text("2024年度")
    assert error.value.readings == ("2024-01-01", "2024-04-01")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("Ya", "true"), ("tidak", "false"), ("はい", "true"), (True, "true"), (0, "false"),
     (1.0, "true"), ("○", "true"), ("×", "false"), ("", None)],
)  # fmt: skip
def test_flags(cell: Any, expected: str | None) -> None:
    assert values.flag_text(cell) == expected


def test_a_flag_that_is_none() -> None:
    for cell in ("mungkin", "x", 2):
        with pytest.raises(Unclear):
            values.flag_text(cell)


def test_text_is_composed_and_without_what_cannot_be_seen() -> None:
    assert values.clean_text("Cafe\u0301\u200b \t\n Blitar\x07 ") == "Café Blitar"
    with pytest.raises(Unclear):
        values.clean_text("a" * 5000)


# --- properties ------------------------------------------------------------------------------

decimals = st.decimals(min_value=0, max_value=10**15, places=2)


def written(value: Decimal, locale: str) -> str:
    text = f"{value:,.2f}"
    return text.translate(str.maketrans(",.", ".,")) if locale == "id" else text


@given(decimals, st.sampled_from(["id", "en", "ja"]), st.booleans(), st.booleans())
def test_a_number_written_in_a_locale_reads_back(
    value: Decimal, locale: Any, wide: bool, negative: bool
) -> None:
    text = written(value, locale)
    if wide:
        text = text.translate({ord(d): ord(d) - 48 + 0xFF10 for d in string.digits})
    text = f"-{text}" if negative else text
    found = values.number_text(text, locale)
    assert found is not None
    assert Decimal(found) == (-value if negative else value)


def readings(read: Any, text: str) -> tuple[str | None, ...]:
    """The one reading of a text, or all readings if it was refused for having several."""
    try:
        return (read(text),)
    except Unclear as unclear:
        if not unclear.code.startswith("ambiguous"):
            raise
        return unclear.readings


@given(decimals, st.sampled_from(["id", "en"]), st.booleans())
def test_without_a_locale_a_number_is_right_or_refused(
    value: Decimal, locale: str, whole: bool
) -> None:
    text = written(value, locale)[:-3] if whole else written(value, locale)
    expected = Decimal(int(value)) if whole else value
    assert expected in [Decimal(str(r)) for r in readings(values.number_text, text)]


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_a_date_written_in_any_language_reads_back(value: date) -> None:
    iso = value.isoformat()
    for locale, names in MONTHS.items():
        assert (
            values.date_text(f"{value.day} {names.split()[value.month - 1]} {value.year}") == iso
        ), locale
    assert values.date_text(f"{value.year}年{value.month}月{value.day}日") == iso
    assert values.date_text(f"{value:%d/%m/%Y}", "id") == iso
    if value >= date(2019, 5, 1):
        assert values.date_text(f"令和{value.year - 2018}年{value.month}月{value.day}日") == iso


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_without_a_locale_a_date_is_right_or_refused(value: date, shape: str) -> None:
    assert value.isoformat() in readings(values.date_text, value.strftime(shape))


@given(st.text(max_size=60))
def test_any_text_is_read_or_unclear(text: str) -> None:
    for read in (values.number_text, values.date_text, values.period_text, values.flag_text):
        for locale in (None, "id"):
            try:
                found = read(text) if read is values.flag_text else read(text, locale)  # type: ignore[operator]
            except Unclear:
                continue
            assert found is None or isinstance(found, str)
