"""A column of a figure as it is declared: what it is, and how its values are written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.model import Model
from schemas.model import Words

NUMBERS = frozenset({
    "integer", "decimal", "percent", "change", "rank", "unit", "measure", "interval", "pair",
})  # fmt: skip
"""Formats of columns that stand to the right."""


class Column(Model):
    """A column of the table."""

    name: str
    """of the result; a text that differs by language is `name_id` and `name_en` there"""
    format: Literal[
        "text", "code", "integer", "decimal", "percent", "change", "date", "month", "year",
        "moment", "rank", "unit", "measure", "interval", "pair", "series", "amounts",
    ]  # fmt: skip
    """how a value is written; `unit` as the unit in the result's column `unit` asks, `measure` the
    same in full, `interval` and `pair` with the column `second`, `series` as numbers with `;`,
    `amounts` as `USD 1; JPY 2`"""
    heading: Words | None = None
    """above the column; by default what the dictionary says of it"""
    digits: Annotated[int, Field(ge=0, le=6)] = 0
    """after the decimal mark, of `decimal`"""
    scale: Literal[1, 1_000, 1_000_000, 1_000_000_000] = 1
    """what values are divided by"""
    unit: str = ""
    """of the values, as sentences say it: `IDR`, `USD`, `persons`, ..."""
    codes: str = ""
    """words of a `code`: a list of reports/codes.csv, or `marts` for warehouse/marts/codes.csv"""
    second: str = ""
    """the other column of an `interval` or a `pair`"""
    least: str = ""
    """a column of truths: where it is true a value is written with ≥"""
    was: str = ""
    """a column of what a value was before it was revised, written beside it"""
    months: str = ""
    """a column of months that are known: fewer than 12 are written beside the value"""
    instead: str = ""
    """a column of a code whose words stand where the value is missing"""
    optional: bool = False
    """left out where no row has a value"""

    @property
    def is_number(self) -> bool:
        return self.format in NUMBERS
