"""A table of values by country and period, written in any layout that people use, reads back equal
by its mapping (property-based)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.read.workbook.grid import Merged
from tasks.read.workbook.opening import delimiter_of
from tests.workbooks import declared, read_sheet

pytestmark = pytest.mark.fast
COUNTRIES = ("Jepang", "Australia", "Korea, Republik", "Singapura", "Total Solution", "Malaysia",
             "Timor-Leste", "韓国")  # fmt: skip
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
          "Oktober", "November", "Desember")  # fmt: skip
SERIES = ("Jumlah Kunjungan", "Kedatangan wisatawan", "Tamu")
CONSTANTS = {"destination_area": "IDN", "concept": "visit", "region_code": "TOTAL"}
Period = tuple[int, int]  # year and month
Values = dict[tuple[str, Period], int | None]

YEARS: tuple[Callable[[int], Any], ...] = (
    lambda y: y, float, str, lambda y: f"Tahun {y}", lambda y: f"{y}*", lambda y: f"{y}年",
)  # fmt: skip
YEAR_MONTHS: tuple[Callable[[int, int], Any], ...] = (
    lambda y, m: date(y, m, 1), lambda y, m: f"{y}-{m:02}", lambda y, m: f"{MONTHS[m - 1]} {y}",
    lambda y, m: f"{y}年{m}月", lambda y, m: f"{y}M{m:02}", lambda y, m: f"{MONTHS[m - 1][:3]}-{y}",
)  # fmt: skip
MONTH_NAMES: tuple[Callable[[int], Any], ...] = (
    lambda m: MONTHS[m - 1], lambda m: f"{m}月", lambda m: MONTHS[m - 1].upper(),
    lambda m: MONTHS[m - 1][:3],
)  # fmt: skip


@dataclass
class Made:
    """A sheet, the mapping that reads it, and the values that it holds."""

    cells: list[list[Any]]
    mapping: dict[str, Any]
    values: Values
    merged: list[Merged] = field(default_factory=list)


@st.composite
def periods(draw: st.DrawFn) -> tuple[list[Period], str]:
    """Some periods in order, and their frequency."""
    first = draw(st.integers(1995, 2030))
    years = [first + n for n in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        return [(year, 1) for year in years], "A"
    months = sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=4)))
    return [(year, month) for year in years for month in months], "M"


NUMBERS = st.integers(0, 5_000_000)


@st.composite
def wide(draw: st.DrawFn) -> Made:
    """Countries in rows, periods in columns, under headings of one to three rows."""
    spans, frequency = draw(periods())
    names = draw(st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=5, unique=True))
    values: Values = {
        (name, span): draw(st.one_of(NUMBERS, NUMBERS, st.none()))
        for name in names for span in spans
    }  # fmt: skip
    heading, upper = _headings(draw, spans, frequency)
    corner = draw(st.booleans())  # whether the label's heading is in the lowest row
    series = draw(st.sampled_from(SERIES)) if draw(st.booleans()) else None
    lines = [["", *upper], ["", *heading]] if upper else [["", *heading]]
    if series:
        place = draw(st.integers(0, len(lines))) if not upper else 0
        repeated = [series] * len(heading) if place else [series, *[""] * (len(heading) - 1)]
        lines.insert(place, ["", *repeated])
    lines[-1 if corner else 0][0] = "Negara"
    merged = _merged(lines) if draw(st.booleans()) else []
    body = [[name, *(values[name, span] for span in spans)] for name in names]
    made = _dressed(draw, lines, body, merged)
    pattern = r".*\d.*" if frequency == "A" or not upper else rf".*({_month_pattern(spans)}).*"
    if series:
        pattern = rf"(?=.*{series.lower()}){pattern}"
    made.mapping = {
        "locale": draw(st.sampled_from(["id", "ja"])),
        "columns": {"Negara": "origin_area"},
        "unpivot": {"columns": pattern, "into": "period_start", "value": "visitors"},
        "constants": {**CONSTANTS, "frequency": frequency},
    }
    made.values = {key: value for key, value in values.items() if value is not None}
    return made


def _month_pattern(spans: Sequence[Period]) -> str:
    return "|".join([r"\d+ ?月", *{MONTHS[m - 1][:3].lower() for _, m in spans}])


def _headings(
    draw: st.DrawFn, spans: Sequence[Period], frequency: str
) -> tuple[list[Any], list[Any]]:
    """The lowest row of headings, and the row of years over it if they stand alone."""
    if frequency == "A":
        year = draw(st.sampled_from(YEARS))
        return [year(y) for y, _ in spans], []
    if draw(st.booleans()):
        both = draw(st.sampled_from(YEAR_MONTHS))
        return [both(y, m) for y, m in spans], []
    year, month = draw(st.sampled_from(YEARS)), draw(st.sampled_from(MONTH_NAMES))
    is_new = [n == 0 or spans[n - 1][0] != y for n, (y, _) in enumerate(spans)]
    repeats = draw(st.booleans())
    upper = [year(y) if new or repeats else "" for (y, _), new in zip(spans, is_new, strict=True)]
    return [month(m) for _, m in spans], upper


def _merged(lines: Sequence[Sequence[Any]]) -> list[Merged]:
    """Each upper heading merged over the empty cells at its right."""
    found = []
    for number, line in enumerate(lines[:-1]):
        starts = [n for n, cell in enumerate(line) if cell != "" and n > 0]
        for start, end in zip(starts, [*starts[1:], len(line)], strict=True):
            if end - start > 1:
                found.append((number, start, number, end - 1))
    return found


def _dressed(
    draw: st.DrawFn, head: list[list[Any]], body: list[list[Any]], merged: list[Merged]
) -> Made:
    """A table with what offices write around it: titles, numbering, totals, notes, page breaks."""
    width = len(head[-1])
    above: list[list[Any]] = [["Tabel 8.1 Kunjungan menurut negara"], []][: draw(st.integers(0, 2))]
    cells = [*above, *head]
    if draw(st.booleans()):
        cells.append([f"({n + 1})" for n in range(width)])
    page = draw(st.integers(1, 4)) if draw(st.booleans()) else len(body)
    for number, line in enumerate(body):
        if number and number % page == 0:
            cells += [["Lanjutan tabel 8.1"], *head]
        cells.append(line)
        if draw(st.integers(0, 4)) == 0:
            cells.append([])
    if draw(st.booleans()) and width > 2:
        sums = [sum(line[n] or 0 for line in body) for n in range(1, width)]
        if all(isinstance(line[n], int | None) for line in body for n in range(1, width)):
            cells.append([draw(st.sampled_from(["Jumlah", "Jumlah/Total", "TOTAL"])), *sums])
    if draw(st.booleans()):
        cells += [["Sumber: Dinas Pariwisata"], ["Catatan", "angka sementara"]]
    down = len(above)
    moved = [(t + down, left, b + down, right) for t, left, b, right in merged]
    return Made([list(line) for line in cells], {}, {}, moved)


@st.composite
def long(draw: st.DrawFn) -> Made:
    """One row a value. The country may stand only in the first of its rows."""
    spans, frequency = draw(periods())
    names = draw(st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=4, unique=True))
    values: Values = {(name, span): draw(NUMBERS) for name in names for span in spans}
    year, both = draw(st.sampled_from(YEARS)), draw(st.sampled_from(YEAR_MONTHS))
    shown = [year(y) if frequency == "A" else both(y, m) for y, m in spans]
    once = draw(st.booleans())
    body: list[list[Any]] = []
    starts = []
    for name in names:
        starts.append(len(body))
        for number, span in enumerate(spans):
            label = "" if once and number else name
            body.append([label, shown[number], values[name, span]])
    cells = [["Negara", "Periode", "Kunjungan"], *body]
    is_merged = draw(st.booleans())
    merged = [
        (start + 1, 0, start + len(spans), 0) for start in starts if once and len(spans) > 1
    ] if is_merged else []  # fmt: skip
    mapping: dict[str, Any] = {
        "columns": {"Negara": "origin_area", "Periode": "period_start", "Kunjungan": "visitors"},
        "constants": {**CONSTANTS, "frequency": frequency},
        "fill": ["origin_area"] if once and not is_merged else [],
    }
    return Made(cells, mapping, values, merged)


def check(made: Made) -> None:
    """All values are read, each once, and nothing else is."""
    found = read_sheet(made.cells, declared("arrivals", **made.mapping), made.merged)
    assert (found.stops, found.asked, found.wrong_totals) == ([], [], 0)
    got = sorted(found.of("origin_area", "period_start", "visitors"))
    expected = sorted(
        (name.casefold(), date(*span, 1).isoformat(), str(value))
        for (name, span), value in made.values.items()
    )
    assert got == expected


@pytest.mark.slow
@given(wide())
@settings(max_examples=300)
def test_periods_in_columns_read_back_equal(made: Made) -> None:
    check(made)


@given(long())
@settings(max_examples=150)
def test_one_row_a_value_reads_back_equal(made: Made) -> None:
    check(made)


@given(st.one_of(wide(), long()), st.sampled_from(",;\t|"))
@settings(max_examples=150)
def test_a_csv_file_of_any_delimiter_reads_back_equal(made: Made, delimiter: str) -> None:
    """A CSV file has no merged cells: the labels are declared to be filled down."""
    text = io.StringIO(newline="")
    cells = [[int(c) if isinstance(c, float) else c for c in line] for line in made.cells]
    csv.writer(text, delimiter=delimiter).writerows(cells)
    shown = text.getvalue()
    lines = list(csv.reader(io.StringIO(shown, newline=""), delimiter=delimiter_of(shown)))
    if "unpivot" not in made.mapping:
        made.mapping["fill"] = ["origin_area"]
    check(Made(lines, made.mapping, made.values))
