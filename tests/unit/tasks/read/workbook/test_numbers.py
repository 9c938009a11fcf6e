"""Numbers in cells of partner files: read in one way only, or asked back with their readings."""

from __future__ import annotations

import string
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.read.workbook.numbers import number_text
from tasks.read.workbook.spelling import english, indonesian, is_spelled
from tasks.read.workbook.text import Unclear

pytestmark = pytest.mark.fast


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
        ("0,475", None, "0.475"),
        ("Rp 1,2 M", "id", "1200000000"),
        ("Rp1.250.000,-", "id", "1250000"),
        ("1,5 juta", "id", "1500000"),
        ("250 ribu", None, "250000"),
        ("US$ 3.5 million", "en", "3500000"),
        ("１２３", None, "123"),
        ("５０千円", None, "50000"),
        ("3.5万人", "ja", "35000"),
        ("2億円", None, "200000000"),
        ("-7", None, "-7"),
        ("–7", None, "-7"),
        ("62%", None, "62"),
        ("45,2%", None, "45.2"),
        ("45,2 persen", "id", "45.2"),
        ("nihil", None, "0"),
        (12, None, "12"),
        (12.5, None, "12.5"),
        (1e21, None, "1000000000000000000000"),
        (0.1, None, "0.1"),
        ("007", None, "7"),
        ("000", None, "0"),
    ],
)
def test_numbers(cell: Any, locale: Any, expected: str) -> None:
    assert number_text(cell, locale) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("72 org", "72"), ("11 jiwa", "11"), ("5 ekor", "5"), ("3 kk", "3"), ("８名", "8"),
        ("320 wisman", "320"), ("45 pax", "45"), ("2 kamar", "2"), ("6 室", "6"), ("3か国", "3"),
        ("12 students", "12"), ("1.200.500 orang", "1200500"), ("150 jt", "150000000"),
        ("△1,234,567", "-1234567"), ("▲56", "-56"), ("▲ 5.2", "-5.2"), ("Δ7", "-7"),
        ("(△56)", "-56"), ("（▲5.2）", "-5.2"), ("(-5,2)", "-5.2"), ("(+5.2)", "5.2"),
        ("(1.234,50)", "-1234.5"), ("（１２３）", "-123"), ("(12,5)", "-12.5"),
        ("1 234", "1234"), ("1 234 567", "1234567"), ("1\u00a0234", "1234"),
        ("1\u2009234\u202f567", "1234567"), ("1'234", "1234"), ("1’234,5", "1234.5"),
        ("1 234,567", "1234.567"),
        ("8.30076E+11", "830076000000"), ("1.3577E7", "13577000"), ("1.3577e+07", "13577000"),
        ("1E+05", "100000"), ("2.5E-3", "0.0025"), ("-1.5E2", "-150"), ("2001.0", "2001"),
        ("二〇二四", "2024"), ("〇", "0"), ("三十一人", "31"), ("三千", "3000"),
        ("12 (dua belas)", "12"), ("12 (twelve)", "12"), ("12 (dua belas) orang", "12"),
        ("121 (seratus dua puluh satu)", "121"), ("1.500 (seribu lima ratus)", "1500"),
        ("Rp 1.500 (seribu lima ratus rupiah)", "1500"), ("10（十）", "10"),
        ("45 (forty-five persons)", "45"),
    ],
)  # fmt: skip
def test_numbers_with_what_people_write_beside_them(cell: str, expected: str) -> None:
    assert number_text(cell) == expected


@pytest.mark.parametrize(
    ("cell", "locale", "expected"),
    [
        ("Rp150,000,000.00", "id", "150000000"),
        ("1.234,5", "en", "1234.5"),
        ("2001.0", "id", "2001"),
        ("9090923.0", "id", "9090923"),
        ("8,30076E+11", "id", "830076000000"),
    ],
)
def test_another_languages_number_is_read_where_it_has_one_reading(
    cell: str, locale: Any, expected: str
) -> None:
    assert number_text(cell, locale) == expected


@pytest.mark.parametrize(
    "cell",
    ["Rp. -", "Rp -", "IDR –", "¥ -", "x", "X", "***", "…", "..", "-", "--", "(-)", "?", "―", "−"],
)
def test_figures_that_are_not_shown(cell: str) -> None:
    assert number_text(cell, "id") is None


@pytest.mark.parametrize("cell", ["np", "C", "-9999", -9999, -9999.0, "data belum ada"])
def test_figures_that_the_sender_says_are_missing(cell: Any) -> None:
    assert number_text(cell, "id", missing=("np", "c", "-9999", "Data belum ada")) is None
    assert cell in (-9999, -9999.0, "-9999") or unclear(cell, "id").code == "not_a_number"


def unclear(cell: Any, locale: Any = None, **more: Any) -> Unclear:
    with pytest.raises(Unclear) as error:
        number_text(cell, locale, **more)
    return error.value


@pytest.mark.parametrize(
    ("cell", "locale", "code", "readings"),
    [
        ("1.234", None, "ambiguous_number", ("1234", "1.234")),
        ("1,234", None, "ambiguous_number", ("1.234", "1234")),
        ("△1,234", None, "ambiguous_number", ("1.234", "1234")),
        ("5 M", None, "ambiguous_number", ("5 × 1,000,000", "5 × 1,000,000,000")),
        ("5 M", "ja", "ambiguous_number", ("5 × 1,000,000", "5 × 1,000,000,000")),
        ("(1)", "id", "ambiguous_number", ("-1", "(1)")),
        ("（１２）", None, "ambiguous_number", ("-12", "(12)")),
        ("10-20", None, "a_range", ("10", "20")),
        ("10 – 20 orang", None, "a_range", ("10", "20")),
        ("10 s.d. 20", "id", "a_range", ("10", "20")),
        ("10～20人", "ja", "a_range", ("10", "20")),
        ("1.000 sampai 2.000", "id", "a_range", ("1000", "2000")),
        ("1.000-2.000", None, "a_range", ("1.000", "2.000")),
        ("< 5", None, "below_limit", ("5",)),
        ("<5", None, "below_limit", ("5",)),
        ("kurang dari 5 orang", None, "below_limit", ("5",)),
        ("fewer than 5", None, "below_limit", ("5",)),
        ("5未満", None, "below_limit", ("5",)),
        ("５人未満", None, "below_limit", ("5",)),
        ("± 320", None, "about", ("320",)),
        ("ca. 320", None, "about", ("320",)),
        ("sekitar 320 orang", None, "about", ("320",)),
        ("約320", None, "about", ("320",)),
        ("320人程度", None, "about", ("320",)),
        ("lebih dari 320", None, "about", ("320",)),
        ("320+", None, "about", ("320",)),
        ("12.345*", "id", "marked_number", ("12345",)),
        ("12.345 **)", "id", "marked_number", ("12345",)),
        ("12.345¹", "id", "marked_number", ("12345",)),
        ("12.345¹⁾", "id", "marked_number", ("12345",)),
        ("12.345 1)", "id", "marked_number", ("12345",)),
        ("12.345r", "id", "marked_number", ("12345",)),
        ("12 p)", None, "marked_number", ("12",)),
        ("7†", None, "marked_number", ("7",)),
        ("1.234*", None, "marked_number", ("1234", "1.234")),
        ("1.23.4", None, "not_a_number", ()),
        ("1.5", "id", "not_a_number", ()),
        ("0.475", "id", "not_a_number", ()),
        ("12,34,567", "en", "not_a_number", ()),
        ("12.3451)", "id", "not_a_number", ()),
        ("12½", None, "not_a_number", ()),
        ("1²3", None, "not_a_number", ()),
        ("12③", None, "not_a_number", ()),
        ("12 (tiga belas)", None, "not_a_number", ()),
        ("12 (perkiraan)", None, "not_a_number", ()),
        ("20-10", None, "not_a_number", ()),
        ("17-03-2025", None, "not_a_number", ()),
        ("lima", None, "not_a_number", ()),
        ("*", None, "not_a_number", ()),
        ("lima*", None, "not_a_number", ()),
        ("Rp", None, "not_a_number", ()),
        ("--5", None, "not_a_number", ()),
        ("1e5", None, "not_a_number", ()),
        ("1.5E99", None, "not_a_number", ()),
        ("np", None, "not_a_number", ()),
        (float("nan"), None, "not_a_number", ()),
        (float("inf"), None, "not_a_number", ()),
        (True, None, "not_a_number", ()),
    ],
)
def test_numbers_that_are_asked_back(cell: Any, locale: Any, code: str, readings: Any) -> None:
    found = unclear(cell, locale)
    assert (found.code, set(found.readings)) == (code, set(readings))


@pytest.mark.parametrize(
    ("cell", "marks"),
    [
        ("12.345r", ("r",)), ("12.345 R", ("r",)), ("12.345*)", ("*)",)), ("12.345 p", ("p", "r")),
        ("12.345¹", ("¹",)), ("12.345 r*", ("*", "r")), ("12.345 1)", ("1)",)),
        ("Rp 12.345,00 *", ("*",)), ("12.345 orang **", ("*",)), ("１２．３４５＊", ("＊",)),
    ],
)  # fmt: skip
def test_marks_that_the_sender_explains(cell: str, marks: tuple[str, ...]) -> None:
    assert number_text(cell, "id", marks=marks) == "12345"
    assert unclear(cell, "id").code == "marked_number"


def test_a_declared_mark_leaves_words_alone() -> None:
    assert number_text("72 org", marks=("g", "org")) == "72"
    assert number_text("5 persen", marks=("n",)) == "5"


def test_declared_marks_are_not_cut_out_of_others() -> None:
    assert unclear("12¹²", "id", marks=("¹", "²")).code == "marked_number"
    assert unclear("12.3451)", "id", marks=("1)",)).code == "not_a_number"


# --- properties ------------------------------------------------------------------------------

decimals = st.decimals(min_value=0, max_value=10**15, places=2)
wholes = st.integers(min_value=0, max_value=10**12)
WIDE = {ord(d): ord(d) - 48 + 0xFF10 for d in string.digits}


def written(value: Decimal, locale: str) -> str:
    text = f"{value:,.2f}"
    return text.translate(str.maketrans(",.", ".,")) if locale == "id" else text


@given(decimals, st.sampled_from(["id", "en", "ja"]), st.booleans(), st.booleans())
def test_a_number_written_in_a_locale_reads_back(
    value: Decimal, locale: Any, wide: bool, negative: bool
) -> None:
    text = written(value, locale)
    if wide:
        text = text.translate(WIDE)
    text = f"-{text}" if negative else text
    found = number_text(text, locale)
    assert found is not None
    assert Decimal(found) == (-value if negative else value)


def readings(text: str, locale: Any = None) -> list[Decimal]:
    """The one reading of a text, or all readings if it was asked back."""
    try:
        found = number_text(text, locale)
    except Unclear as asked:
        if asked.code not in ("ambiguous_number", "marked_number", "about", "below_limit"):
            raise
        return [Decimal(r) for r in asked.readings if "(" not in r]
    assert found is not None
    return [Decimal(found)]


@given(decimals, st.sampled_from(["id", "en"]), st.booleans())
def test_without_a_locale_a_number_is_right_or_refused(
    value: Decimal, locale: str, whole: bool
) -> None:
    text = written(value, locale)[:-3] if whole else written(value, locale)
    assert (Decimal(int(value)) if whole else value) in readings(text)


FORMS: list[Callable[[int], str]] = [
    lambda n: f"{n:,}".replace(",", "."),
    lambda n: f"{n:,}".replace(",", " "),
    lambda n: f"{n:,}".replace(",", "\u202f"),
    lambda n: f"{n:,}".replace(",", "'"),
    lambda n: f"Rp. {n:,}".replace(",", ".") + ",00",
    lambda n: f"Rp{n:,}".replace(",", ".") + ",-",
    lambda n: f"Rp{n:,}.00" if n > 999 else f"Rp{n}",
    lambda n: f"{n} org",
    lambda n: f"{n:,} jiwa".replace(",", "."),
    lambda n: f"{n}.0",
    lambda n: f"{n}%",
    lambda n: f"{n} ({indonesian(n)})",
    lambda n: f"{n} ({english(n)}) orang",
    lambda n: str(n).translate(WIDE) + "人",
    lambda n: "".join("〇一二三四五六七八九"[int(d)] for d in str(n)),
]
AROUND = ["{}", "{} ", "{}*", "{} *)", "{}¹", "{} 1)", "約{}", "sekitar {}", "< {}", "{} r"]


@given(wholes, st.sampled_from(FORMS), st.sampled_from(AROUND), st.sampled_from([None, "id"]))
def test_a_number_in_any_form_reads_back_or_is_asked_back(
    number: int, form: Callable[[int], str], around: str, locale: Any
) -> None:
    text = around.format(form(number))
    if around not in AROUND[:2] and "(" in form(number):  # two things beside one number
        with pytest.raises(Unclear):
            number_text(text, locale)
    else:
        assert Decimal(number) in readings(text, locale)


@given(wholes, st.sampled_from(FORMS), st.sampled_from(["*", "r", "¹", "*)"]))
def test_a_number_reads_back_without_its_declared_marks(
    number: int, form: Callable[[int], str], mark: str
) -> None:
    assert number_text(f"{form(number)} {mark}", "id", marks=("*", "r", "¹", "*)")) == str(number)


@given(st.integers(1, 10**9), st.sampled_from(["△", "▲ ", "-", "−"]), st.sampled_from(FORMS[:6]))
def test_what_stands_below_zero_reads_back(
    number: int, sign: str, form: Callable[[int], str]
) -> None:
    assert number_text(f"{sign}{form(number)}", "id") == str(-number)


@given(
    st.integers(0, 998), st.integers(1, 999), st.sampled_from(["-", " – ", "～", " s/d ", " to "])
)
def test_a_range_is_asked_back(low: int, more: int, between: str) -> None:
    found = unclear(f"{low}{between}{low + more}")
    assert (found.code, found.readings) == ("a_range", (str(low), str(low + more)))


@given(st.floats(1, 1e18).map(lambda f: Decimal(f"{f:.6g}")))
def test_rounded_figures_of_programs_read_back(value: Decimal) -> None:
    assert Decimal(number_text(f"{value:.5E}") or "") == value


@given(wholes)
def test_words_are_those_of_one_number(number: int) -> None:
    for words in (indonesian(number), english(number)):
        assert is_spelled(words, str(number))
        assert not is_spelled(words, str(number + 1))
