"""Numbers and days as each language writes them, and one mark of simulated data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reports.cells import measured
from reports.words import WORDS, change, day, month, number, percent
from sandbox import server
from schemas.marks import SIMULATED
from schemas.model import LANGUAGES

pytestmark = pytest.mark.fast


def test_indonesian() -> None:
    assert number(Decimal("1234567.85"), "id", 1) == "1.234.567,8"
    assert number(-1234, "id") == "−1.234"
    assert percent(Decimal("0.0261"), "id") == "2,6%"
    assert change(Decimal("0.0261"), "id") == "+2,6%"
    assert month(date(2025, 8, 9), "id") == "Agu 2025"
    assert day(date(2025, 12, 9), "id") == "9 Des 2025"
    assert day(None, "id") == "belum pernah"


def test_english() -> None:
    assert number(1234567.85, "en", 2) == "1,234,567.85"
    assert percent(1, "en") == "100.0%"
    assert change(Decimal("-0.5"), "en") == "−50.0%"
    assert change(0, "en") == "0.0%"
    assert month(date(2025, 5, 1), "en") == "May 2025"
    assert day(date(2025, 8, 9), "en") == "9 Aug 2025"


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_is_missing_is_a_dash(language: str) -> None:
    cells = (number(None, language), percent(None, language), change(None, language))
    assert cells == ("–", "–", "–")


def test_what_is_not_zero_is_never_shown_as_zero() -> None:
    assert percent(Decimal("0.00004"), "id") == "0,004%"
    assert percent(0, "id") == "0,0%"
    assert number(Decimal("0.03"), "en", 1) == "0.03"
    assert number(Decimal("0.2"), "en") == "0.2"
    assert number(Decimal("0.5"), "en", 1) == "0.5"


def test_one_mark_of_simulated_data() -> None:
    """The simulator imports nothing of the project, so its notice is a copy."""
    assert server.NOTICE == SIMULATED
    assert WORDS["mark"].in_language("id") == WORDS["mark"].in_language("en") == SIMULATED


@pytest.mark.parametrize("language", LANGUAGES)
def test_units_of_sources_have_words_of_the_language(language: str) -> None:
    """Sources publish units of several words, which stand beside values on pages."""
    units = {"IDR per head and year": ("rupiah per orang per tahun", "IDR per head and year"),
             "juta rupiah": ("juta rupiah", "million IDR"),
             "percent of GDP": ("persen PDB", "percent of GDP")}  # fmt: skip
    for unit, (id_, en) in units.items():
        said = measured(Decimal(12992000), unit, language, is_exact=True)
        assert said.partition(" ")[2] == (id_ if language == "id" else en)


def test_every_currency_stands_where_the_language_puts_it() -> None:
    assert measured(Decimal(1_480_000), "JPY", "en") == "JPY 1.48 million"
    assert measured(Decimal(1_480_000), "JPY", "id") == "1,48 juta JPY"
    assert measured(Decimal(77), "AUD", "en") == "AUD 77"
