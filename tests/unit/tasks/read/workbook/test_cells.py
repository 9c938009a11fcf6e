"""The canonical cells of a file: what is written reads back as it was."""

from __future__ import annotations

import json
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.read.workbook import cells
from tasks.read.workbook.grid import Header, Percent, Sheet

pytestmark = pytest.mark.fast
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(['a "b"', "a,b", "a\nb", "a\r\nb", "\r", "1", "0012", "2024-01-01", "TRUE",
                     "'", '"', "•••", "{\"format\": 1}", " ", "1e5", "nan"]),
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**9), 10**9).map(float)
)
DAYS = st.one_of(
    st.dates(date(1900, 1, 1)), st.datetimes(datetime(1900, 1, 1)),
    st.datetimes(datetime(1900, 1, 1)).map(lambda d: d.replace(hour=0, minute=0, second=0)),
)  # fmt: skip
CELLS = st.one_of(st.just(""), TEXTS, NUMBERS, NUMBERS.map(Percent), DAYS)


@st.composite
def kept_sheets(draw: st.DrawFn) -> list[cells.Kept]:
    found = []
    for number in range(1, draw(st.integers(1, 2)) + 1):
        width, height = draw(st.integers(1, 30)), draw(st.integers(1, 5))
        rows = [[draw(CELLS) for _ in range(width)] for _ in range(height)]
        columns = sorted(draw(st.sets(st.integers(0, width - 1), min_size=1)))
        shown = sorted(draw(st.sets(st.integers(0, height - 1), min_size=1)))
        titles = [(draw(st.integers(0, 9)), {"tahun": draw(TEXTS)})]
        sheet = Sheet(number * 2, "Nama", True, rows)
        found.append(cells.Kept(sheet, columns, shown, Header(0, 1), titles))
    return found


def written(kept: list[cells.Kept]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        cells.write_cells(Path(folder) / "cells", kept)
        return (Path(folder) / "cells").read_bytes()


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


@given(kept_sheets())
@settings(max_examples=150)
def test_what_is_written_reads_back_the_same(kept: list[cells.Kept]) -> None:
    raw = written(kept)
    assert cells.is_cells(raw)
    for k, sheet in zip(kept, cells.read_cells(raw), strict=True):
        assert (sheet.number, sheet.name, sheet.header) == (k.sheet.number, "", k.header)
        assert sheet.titles == [(row, dict(parts)) for row, parts in k.titles]
        for row, line in enumerate(k.sheet.rows):
            for column, cell in enumerate(line):
                if row in k.rows and column in k.columns:
                    assert same(sheet.rows[row][column], cell), (row, column, cell)
                else:  # nothing else is kept
                    read = sheet.rows[row] if row < len(sheet.rows) else []
                    assert column >= len(read) or read[column] == ""


@given(kept_sheets(), st.data())
@settings(max_examples=60)
def test_a_mask_hides_its_cells_and_no_other(kept: list[cells.Kept], data: st.DataObject) -> None:
    places = [(k.sheet.number, row, n) for k in kept for row in k.rows for n in k.columns]
    hidden = data.draw(st.sets(st.sampled_from(places)))
    before = {sheet.number: sheet.rows for sheet in cells.read_cells(written(kept))}
    after = {s.number: s.rows for s in cells.read_cells(cells.masked(written(kept), hidden))}
    for number, row, column in places:
        shown = after[number][row][column]
        if (number, row, column) in hidden:
            assert shown == cells.MASK
        else:
            assert same(shown, before[number][row][column])


def one(rows: list[list[Any]], **more: Any) -> cells.Kept:
    width, shown = len(rows[0]), range(len(rows))
    return cells.Kept(Sheet(1, "", True, rows), range(width), list(shown), Header(0, 1), **more)


def test_flags_are_kept_as_words() -> None:
    (sheet,) = cells.read_cells(written([one([["Ya?", True], [False, "x"]])]))
    assert sheet.rows == [["Ya?", "TRUE"], ["FALSE", "x"]]


def test_whole_numbers_and_percentages_of_one_column_stay_apart() -> None:
    (sheet,) = cells.read_cells(written([one([[0.5], [Percent(0.5)], [50], ["0.5"]])]))
    assert [type(row[0]) for row in sheet.rows] == [float, Percent, float, str]


def test_organisations_are_replaced_by_their_references() -> None:
    kept = one([["Pembeli", "Nilai"], ["Sakura KK", 7]], replaced={(1, 0): "hmac-1-2"})
    raw = written([kept])
    assert b"Sakura" not in raw
    assert cells.read_cells(raw)[0].rows[1] == ["hmac-1-2", 7.0]


def test_nothing_of_a_sheet_but_its_cells_is_kept() -> None:
    kept = one([["a"], ["b"]])
    kept.sheet.name = "Paijo 3505124101900023"
    kept.rows = [0]
    head, *lines = written([kept]).decode().splitlines()
    assert sorted(json.loads(head)["sheets"][0]) == [
        "columns", "dates", "header", "percents", "sheet", "titles",
    ]  # fmt: skip
    assert lines == ['1,1,"a"']


def test_lines_are_read_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "cells").write_bytes(written([one([["a", 1.5], ['b\n"c"', ""]])]))
    assert list(cells.lines_in(tmp_path / "cells")) == [
        (1, 0, {0: "a", 1: 1.5}), (1, 1, {0: 'b\n"c"', 1: ""}),
    ]  # fmt: skip


@pytest.mark.parametrize("raw", [b"", b"a;b\n1;2", b'{"format": "other 1"}', b"PK\x03\x04"])
def test_other_files_are_no_cells(raw: bytes) -> None:
    assert not cells.is_cells(raw)


def test_percentages_on_both_sides_of_a_blank_row() -> None:
    kept = one([["TPK"], [Percent(0.4)], [""], [Percent(0.5)]])
    kept.rows = [0, 1, 3]
    (sheet,) = cells.read_cells(written([kept]))
    assert sheet.rows == [["TPK"], [Percent(0.4)], [], [Percent(0.5)]]
    assert type(sheet.rows[3][0]) is Percent
