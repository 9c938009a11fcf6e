"""HTML, PDF and workbook have the same cells, in both languages: those of the drawn rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from markupsafe import escape

from reports import cells, workbook
from reports.declared import FIGURES, figures, pages
from reports.declared_charts import TilesChart
from reports.declared_columns import Column
from reports.drawn import Drawn
from reports.layout import LONGEST, page_html
from reports.words import NOTHING, number
from schemas.model import LANGUAGES
from tests.unit.reports.drawing import TODAY, rows_in
from tests.unit.reports.test_paper import (
    Figures,
    compact,
    edition,
    of_filled_tables,
    one_page,
    text_of,
)

NAMES = sorted(p.stem for p in FIGURES.glob("*.yml"))
EVERY = [(name, language) for name in NAMES for language in LANGUAGES]


@dataclass(frozen=True)
class Outputs:
    """What is read back from files: of the workbook a sheet for each figure, by name."""

    drawn: Figures
    sheets: Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def made() -> Outputs:
    found = of_filled_tables()
    drawn = {n: tuple(d if d.rows else with_rows(d) for d in ds) for n, ds in found.items()}
    return Outputs(drawn, {x: sheets_of(drawn, x) for x in LANGUAGES})


OF_FORMAT: dict[str, tuple[Any, ...]] = {
    "integer": (1234, -5, 0), "decimal": (Decimal("1234567.891"), Decimal("-0.0004"), None),
    "percent": (Decimal("0.1234"), Decimal("0.00004"), Decimal(1)), "rank": (1, 2, 3),
    "change": (Decimal("-0.3"), Decimal("0.00018"), Decimal(7)), "unit": (Decimal(1), None, 2),
    "measure": (Decimal(3), Decimal(4), None), "interval": (1, 2, 3), "pair": (4, 5, None),
    "date": (TODAY, date(2020, 2, 29), None), "month": (TODAY, None, TODAY),
    "year": (TODAY, TODAY, None), "series": ("1;2.5", None, "3"), "text": ("a", "=1+1", "#b $c$"),
    "moment": (datetime(2026, 11, 30, 8, 30, tzinfo=UTC), None, None), "code": ("", "x", None),
    "amounts": ("USD 1.5; JPY 2", None, "AUD 3"),
}  # fmt: skip
"""Values of a column, of figures for which the tables above have no row."""


def with_rows(drawn: Drawn) -> Drawn:
    """The figure with rows of its columns alone; its chart needs others."""
    rows = []
    for n in range(3):
        row: dict[str, Any] = {"unit": ("IDR", "share", "nights")[n]}
        for column in drawn.columns:
            row[column.name] = OF_FORMAT[column.format][n]
            more = {column.was: 5 if n else None, column.second: 9, column.least: n == 0,
                    column.months: 6 + 6 * n}  # fmt: skip
            row |= {name: value for name, value in more.items() if name}
            row |= {column.instead: "no_values"} if column.instead else {}
        rows.append(row)
    figure = drawn.figure.model_copy(update={"chart": None})
    return replace(drawn, rows=tuple(rows), figure=figure)


def sheets_of(drawn: Figures, language: str) -> dict[str, Any]:
    every = [d for found in drawn.values() for d in found]
    book = openpyxl.load_workbook(BytesIO(workbook.annex(every, edition(), language)))
    return dict(zip([d.name for d in every], book.worksheets[1:], strict=False))


def cells_of(sheet: Any, rows: int) -> list[list[Any]]:
    first = workbook.HEAD_ROW + 2
    return [[*found] for found in sheet.iter_rows(min_row=first, max_row=first + rows - 1)]


def html_rows(html: str, title: str) -> list[tuple[str, ...]]:
    """Cells of the body of the table of that title."""
    caption = html.index(f'<caption class="hidden">{escape(title)}</caption>')
    table = html[caption : html.index("</table>", caption)]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.S)
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in rows]
    return [tuple(map(unescape, row)) for row in found if row]


def page_of(drawn: Figures, language: str) -> str:
    page = pages()["dampak"]
    section = page.sections[0].model_copy(update={"figures": tuple(drawn)})
    return page_html(page.model_copy(update={"sections": (section,)}), drawn, edition(), language)


def written(figure: Drawn, language: str) -> list[tuple[str, ...]]:
    """The cells that pages show."""
    most = figure.figure.newest or len(figure.rows)
    assert all(len(cell) <= LONGEST for row in rows_in(figure, language) for cell in row)
    return rows_in(figure, language)[:most]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_html_and_pdf_have_the_cells_of_the_rows(made: Outputs, name: str, language: str) -> None:
    drawn = {name: made.drawn[name]}
    html, pdf = page_of(drawn, language), text_of(one_page(drawn, language))
    for figure in drawn[name]:
        rows = written(figure, language)
        if isinstance(figure.figure.chart, TilesChart):
            values = [r[1] for r in rows]
            assert [unescape(v) for v in re.findall(r"<b>(.*?)</b>", html)] == values
            assert all(compact(value) in pdf for value in values)
        elif rows:
            assert html_rows(html, figure.title.in_language(language)) == rows
            assert_in_order(pdf, [compact("".join(row)) for row in rows])
        assert compact(figure.sentence.in_language(language)) in pdf


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_workbook_has_all_rows_as_typed_values(made: Outputs, name: str, language: str) -> None:
    for figure in made.drawn[name]:
        rows = cells_of(made.sheets[language][figure.name], len(figure.rows))
        for row, found in zip(figure.rows, rows, strict=True):
            left = iter(found)
            for column in figure.columns:
                alone = {**row, column.was: None}
                compare(alone, column, language, left)
                if column.was and any(r[column.was] is not None for r in figure.rows):
                    compare({**alone, column.name: row[column.was]}, column, language, left)
            assert next(left, None) is None or all(cell.value is None for cell in left)


def assert_in_order(text: str, parts: list[str]) -> None:
    """A row is never broken between two sheets; between rows there may be the heads of a sheet."""
    place = 0
    for part in parts:
        assert part in text[place:]
        place = text.index(part, place) + len(part)


def compare(row: Mapping[str, Any], column: Column, language: str, left: Iterator[Any]) -> None:
    """The next cell of a sheet against what pages show of it."""
    cell = next(left)
    value = cells.value_of(row, column, language)
    shown = cells.shown(row, column, language)
    if value is None or value == "":
        assert (cell.value or NOTHING) == shown
    elif column.format in ("unit", "measure"):
        assert float(cell.value) == pytest.approx(float(value))
        assert next(left).value == workbook.unit_in_words(row, language)
        return
    elif column.format in ("interval", "pair"):
        second = next(left)
        assert float(cell.value) == pytest.approx(float(cells.scaled(value, column)))
        assert float(second.value) == pytest.approx(float(row[column.second]) / column.scale)
        return
    elif isinstance(value, date):
        assert_day(cell.value, value)
    elif column.is_number:
        assert isinstance(cell.value, int | float), (column.name, cell.value)
        assert as_shown(cell, language) == shown
    else:
        assert cell.value == shown
    if column.format in ("unit", "measure", "interval", "pair"):
        next(left)  # of the unit, or of the other end


def assert_day(found: datetime, value: date) -> None:
    if isinstance(value, datetime):
        assert found.replace(microsecond=0) == value.replace(tzinfo=None, microsecond=0)
    else:
        assert found.date() == value


def as_shown(cell: Any, language: str) -> str:
    """The cell as a spreadsheet shows it: its number by its format."""
    parts = re.fullmatch(r'("≥ ")?(.*?)("( \(\d+/12\))")?', cell.number_format)
    assert parts is not None
    rule, value = parts[2].split(";")[0], Decimal(repr(cell.value))
    digits = len(rule.rstrip("%").partition(".")[2])
    text = number(value * 100 if "%" in rule else value, language, digits)
    text = text.rstrip("0") if "#" in rule.partition(".")[2] else text
    sign = "+" if rule.startswith("+") and value > 0 else ""
    return f"{'≥ ' if parts[1] else ''}{sign}{text}{'%' * rule.count('%')}{parts[4] or ''}"


def test_the_comparison_sees_a_number_that_differs(made: Outputs) -> None:
    figure = made.drawn["rates"][0]
    column = next(c for c in figure.columns if c.name == "rate")
    row = {**figure.rows[0], "rate": Decimal(figure.rows[0]["rate"]) + Decimal("0.01")}
    place = figure.columns.index(column)
    cell = cells_of(made.sheets["id"]["rates"], 1)[0][place]
    with pytest.raises(AssertionError):
        compare(row, column, "id", iter([cell]))


def test_most_figures_have_rows_of_the_tables(made: Outputs) -> None:
    """The others have made-up ones; without rows the comparison would hold of nothing."""
    assert all(d.rows for found in made.drawn.values() for d in found)
    own = [n for n, ds in made.drawn.items() if all(d.figure == figures()[n] for d in ds)]
    assert len(own) > len(NAMES) * 0.6, set(NAMES) - set(own)
