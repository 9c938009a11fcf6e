"""Columns of cells as lines of CSV: the same text as the standard library writes."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.read.workbook import lines
from tasks.read.workbook.grid import Percent
from tests.workbooks import declared, read_sheet

pytestmark = pytest.mark.fast
TEXTS = st.text(st.sampled_from('aé,"\n\x00 0'), max_size=4)
CELLS = TEXTS | st.floats() | st.integers(-9, 9) | st.none() | st.floats(0, 1).map(Percent)


def written(columns: list[list[Any]], **style: Any) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", **style).writerows(zip(*columns, strict=True))
    return out.getvalue()


@given(st.lists(st.lists(TEXTS, min_size=9, max_size=9), min_size=2, max_size=4), st.booleans())
def test_fields_are_quoted_where_they_need_it(columns: list[list[str]], is_one: bool) -> None:
    columns = [[c[0]] * 9 for c in columns] if is_one else columns
    assert lines.lines_of(list(map(lines.as_needed, columns))) == written(columns)


@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=2, max_size=4))
def test_all_but_numbers_is_quoted(columns: list[list[Any]]) -> None:
    fields = list(map(lines.with_numbers, columns))
    assert lines.lines_of(fields) == written(columns, quoting=csv.QUOTE_NONNUMERIC)


@given(st.lists(st.sampled_from(['a"', "a", ""]) | TEXTS, min_size=9, max_size=40))
def test_columns_of_texts_are_quoted(column: list[str]) -> None:
    columns = [column, ["x"] * len(column)]
    fields = list(map(lines.with_numbers, columns))
    assert lines.lines_of(fields) == written(columns, quoting=csv.QUOTE_NONNUMERIC)


def test_many_rows_are_written_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BLOCK", 2)
    columns = [["a", "b", "b", "c", "c"], ["x"] * 5]
    fields = list(map(lines.as_needed, columns))
    assert "".join(map(lines.lines_of, lines.blocks(fields, 5))) == written(columns)


@given(st.lists(st.floats(allow_nan=False) | st.integers(-(10**16), 10**16).map(float), min_size=1))
@settings(max_examples=40)
def test_a_column_of_numbers_reads_as_each_number_alone(numbers: list[float]) -> None:
    contract = declared("indicators", columns={"Thn": "period_start", "Nilai": "value"},
                        constants={"area": "IDN", "indicator": "x", "frequency": "A"})  # fmt: skip
    rows = [["Thn", "Nilai"], *([2024, n] for n in numbers)]
    together = read_sheet(rows, contract)
    alone = read_sheet([*rows, [2024, "1"]], contract)  # a text is among them
    assert together.texts["value"] == alone.texts["value"][:-1]


WORDS = st.text(st.sampled_from("aB #-|é"), max_size=3) | st.sampled_from(
    ["n/a", "None", "#REF!", "#PENDING!", "…", "  a", "a  b", "-"]
)


@given(st.lists(WORDS.filter(bool), min_size=1))
@settings(max_examples=40)
def test_a_column_of_words_reads_as_each_word_alone(words: list[str]) -> None:
    contract = declared("indicators", columns={"Seri": "series_name", "Nilai": "value"},
                        constants={"area": "IDN", "indicator": "x", "frequency": "A",
                                   "period_start": "2024"})  # fmt: skip
    rows = [["Seri", "Nilai"], *([w, 5] for w in words)]
    together, alone = (read_sheet(r, contract) for r in (rows, [*rows, [7, 5]]))
    assert together.texts["series_name"] == alone.texts["series_name"][:-1]
