"""Cells as people write them, to text that a machine reads in one way only.

Numbers, dates, periods and flags in Indonesian, English and Japanese. A cell with two readings is
refused (`Unclear`), unless a partner's mapping declares the locale: `1.234`, `03/04/2025` and `5 M`
are never guessed. Pure functions: each returns canonical text (a plain decimal, an ISO date,
`true`), or None for an empty cell.
"""

from __future__ import annotations

from tasks.read.workbook.dates import date_text
from tasks.read.workbook.numbers import NOT_SHOWN, WORDS_OF_SIZE, number_text, plain
from tasks.read.workbook.periods import begins_period, frequency_of, period_text
from tasks.read.workbook.regions import nearest, region_code
from tasks.read.workbook.text import (
    EMPTY,
    EMPTY_TEXT,
    Locale,
    Unclear,
    clean_text,
    folded,
    split_marks,
    without_marks,
)

__all__ = [
    "EMPTY",
    "EMPTY_TEXT",
    "NOT_SHOWN",
    "WORDS_OF_SIZE",
    "Locale",
    "Unclear",
    "begins_period",
    "clean_text",
    "date_text",
    "flag_text",
    "folded",
    "frequency_of",
    "nearest",
    "number_text",
    "period_text",
    "plain",
    "region_code",
    "split_marks",
    "without_marks",
]

TRUE = frozenset(
    {"ya", "y", "yes", "true", "benar", "sudah", "v", "✓", "✔", "はい", "有", "○", "1"}
)
FALSE = frozenset({"tidak", "no", "n", "false", "salah", "belum", "いいえ", "無", "×", "0"})


def flag_text(cell: object) -> str | None:
    """`true`, `false`, or None for an empty cell. Raises Unclear: `not_a_flag`."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = folded(int(cell) if isinstance(cell, float) and cell == int(cell) else cell)
    if text in TRUE:
        return "true"
    if text in FALSE:
        return "false"
    if text in EMPTY:
        return None
    raise Unclear("not_a_flag")
