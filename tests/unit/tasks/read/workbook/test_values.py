"""Flags, texts and the marks of footnotes in cells of partner files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.read.workbook import values
from tasks.read.workbook.values import Unclear

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("cell", ["", " ", "-", "n/a", "…", "tidak tersedia", "なし", "\u200b"])
def test_empty_cells_are_no_values(cell: str) -> None:
    assert values.number_text(cell) is None
    assert values.date_text(cell) is None
    assert values.period_text(cell) is None
    assert values.flag_text(cell) is None


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


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Jepang *", "Jepang"),
        ("Jepang**", "Jepang"),
        ("Jepang *)", "Jepang"),
        ("Jepang 1)", "Jepang"),
        ("Jepang¹", "Jepang"),
        ("Jepang ¹⁾", "Jepang"),
        ("Jepang (1)", "Jepang"),
        ("Jepang [2]", "Jepang"),
        ("Jepang a)", "Jepang"),
        ("Jepang 2/", "Jepang"),
        ("Jepang † 1)", "Jepang"),
        ("日本①", "日本"),
        ("日本（１）", "日本（１）"),
        ("日本 *", "日本"),
        ("Hong Kong (SAR of China)", "Hong Kong (SAR of China)"),
        ("Korea (Selatan) *", "Korea (Selatan)"),
        ("Bintang 1", "Bintang 1"),
        ("*", "*"),
        ("  Pantai  Gading ", "Pantai Gading"),
    ],
)
def test_names_without_their_marks(name: str, expected: str) -> None:
    assert values.without_marks(name) == expected


@pytest.mark.parametrize(
    ("cell", "marks", "expected"),
    [
        ("12.345 r", ("r",), ("12.345", "r", "")),
        ("12.345R*", ("r",), ("12.345", "R", "*")),
        ("12.345*)", ("*", "*)"), ("12.345", "*)", "")),
        ("12.345*", (), ("12.345", "", "*")),
        ("12.345¹²", ("¹", "²"), ("12.345", "", "¹²")),
        ("12.345 1)", ("1)",), ("12.345", "1)", "")),
        ("72 org", ("g",), ("72 org", "", "")),
        ("(5 *)", (), ("(5 *)", "", "")),
        ("r", ("r",), ("r", "", "")),
    ],
)
def test_marks_of_footnotes(cell: str, marks: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert values.split_marks(cell, marks) == expected


@given(st.text(max_size=60))
def test_any_text_is_read_or_unclear(text: str) -> None:
    for read in (values.number_text, values.date_text, values.period_text, values.flag_text):
        for locale in (None, "id"):
            try:
                found = read(text) if read is values.flag_text else read(text, locale)  # type: ignore[operator]
            except Unclear:
                continue
            assert found is None or isinstance(found, str)
    assert values.frequency_of(text) in (None, *"ASQMD")
    assert isinstance(values.without_marks(text), str)
