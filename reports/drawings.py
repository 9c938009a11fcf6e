"""The chart of a drawn figure: from its rows and its declaration to SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel.dates import get_month_names

from reports import charts
from reports.cells import scaled, series, shown, value_of
from reports.declared_charts import (
    BarsChart,
    BulletsChart,
    DotsChart,
    LanesChart,
    LinesChart,
    MonthsChart,
    SlopesChart,
)
from reports.declared_columns import Column
from reports.drawn import Drawn
from reports.words import NOTHING, month
from schemas.texts import shortened, visible

Row = Mapping[str, Any]
LONGEST = 100  # signs of a text of a drawing
MOST = 20
"""Rows of a chart; the table has them all."""
MOST_LINES = 12


def chart_of(
    drawn: Drawn, language: str, today: date, width: float | None = None
) -> tuple[str, ...]:
    """The chart as SVG, of small multiples one for each; none where the figure has no chart. Tiles
    are no SVG: an output lays them out itself."""
    chart = drawn.figure.chart
    if chart is None or not drawn.rows:
        return ()
    easel = Easel(drawn, language, f"{drawn.title.in_language(language)}. "
                  f"{chart.alt.in_language(language)}", width)  # fmt: skip
    match chart:
        case BarsChart() | BulletsChart():
            return easel.bars(chart)
        case DotsChart():
            return easel.dots(chart)
        case LanesChart():
            return easel.lanes(chart, today)
        case LinesChart():
            return easel.lines(chart)
        case SlopesChart():
            return easel.slopes(chart)
        case MonthsChart():
            return easel.months(chart)
    return ()


def spark_of(row: Row, name: str, alt: str, width: float | None = None) -> str:
    """The line of a series; empty with fewer than two values."""
    values = [float(n) for n in series(row[name])]
    return charts.spark(values, alt, width) if len(values) > 1 else ""


class Easel:
    """Charts of one figure in one language."""

    def __init__(self, drawn: Drawn, language: str, alt: str, width: float | None) -> None:
        out = drawn.figure.chart.leave_out.items() if drawn.figure.chart else ()
        self.rows = [r for r in drawn.rows if not any(str(r[k]) == v for k, v in out)]
        self.language, self.alt, self.width = language, alt, width
        self.columns = {c.name: c for c in drawn.columns}

    def bars(self, chart: BarsChart | BulletsChart) -> tuple[str, ...]:
        target = chart.target if isinstance(chart, BulletsChart) else ""
        mark = chart.mark if isinstance(chart, BulletsChart) else chart.previous
        rows = [r for r in self.rows if r[chart.value] is not None or (target and r[target])]
        items = [
            charts.Item(
                self.text(r, chart.label), _float(r[chart.value]), self.text(r, chart.value),
                previous=_float(r[mark]) if mark else None,
                target=_float(r[target]) if target else None,
            )
            for r in rows[:MOST]
        ]  # fmt: skip
        ends = charts.reach(items)
        return tuple(
            charts.bars(part, ends, self.alt, self.width) for part in charts.parts_of(items)
        )

    def dots(self, chart: DotsChart) -> tuple[str, ...]:
        items = [
            charts.Item(
                self.text(r, chart.label), _float(r[chart.value]),
                f"{self.text(r, chart.value)} ({r[chart.low]}–{r[chart.high]})",
                low=_float(r[chart.low]), high=_float(r[chart.high]),
                is_sure=bool(r[chart.sure]) if chart.sure else True,
            )
            for r in self.rows[:MOST]
            if r[chart.value] is not None
        ]  # fmt: skip
        places = [n for i in items for n in (i.value, i.low, i.high) if n is not None]
        ends = (min(places, default=0.0), max(places, default=1.0))
        return tuple(
            charts.dots(part, ends, self.alt, self.width) for part in charts.parts_of(items)
        )

    def lanes(self, chart: LanesChart, today: date) -> tuple[str, ...]:
        items = [
            charts.Lane(
                self.text(r, chart.label), r[chart.start], r[chart.end],
                str(r[chart.state]) if chart.state else "",
                self.text(r, chart.state) if chart.state else "",
            )
            for r in self.rows[:MOST]
        ]  # fmt: skip
        years = charts.years_of(items, today)
        return tuple(
            charts.lanes(part, years, today, self.alt, self.width)
            for part in charts.parts_of(items)
        )

    def lines(self, chart: LinesChart) -> tuple[str, ...]:
        found: dict[str, list[Row]] = {}
        dated = [row for row in self.rows if row[chart.at] is not None]
        for row in sorted(dated, key=lambda r: r[chart.at]):
            if row[chart.value] is not None:
                found.setdefault(self.text(row, chart.label), []).append(row)
        every = [float(r[chart.value]) for rows in found.values() for r in rows]
        drawn = []
        for label, rows in list(found.items())[:MOST_LINES]:
            values = [float(r[chart.value]) for r in rows]
            item = charts.Line(
                label, tuple((r[chart.at], v) for r, v in zip(rows, values, strict=True)),
                self.text(rows[-1], chart.value), self.moment(rows[0], chart.at),
                self.moment(rows[-1], chart.at),
            )  # fmt: skip
            limits = (min(every), max(every)) if chart.shared else (min(values), max(values))
            drawn.append(charts.line(item, limits, f"{label}. {self.alt}", self.width))
        return tuple(drawn)

    def slopes(self, chart: SlopesChart) -> tuple[str, ...]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            if row[chart.at] is not None and row[chart.value] is not None:
                found.setdefault(self.text(row, chart.label), []).append(row)
        drawn = []
        for label, rows in list(found.items())[:MOST_LINES]:
            ordered = sorted(rows, key=lambda r: r[chart.at])
            first, newest = ordered[0], ordered[-1]
            item = charts.Line(
                label, tuple((r[chart.at], float(r[chart.value])) for r in ordered),
                self._with_change(newest, chart),
                f"{self.text(first, chart.value)} ({self.moment(first, chart.at)})",
                self.moment(newest, chart.at),
            )  # fmt: skip
            drawn.append(charts.slope(item, f"{label}. {self.alt}", self.width))
        return tuple(drawn)

    def _with_change(self, row: Row, chart: SlopesChart) -> str:
        value = self.text(row, chart.value)
        return f"{value} ({self.text(row, chart.change)})" if chart.change else value

    def months(self, chart: MonthsChart) -> tuple[str, ...]:
        found: dict[str, list[float | None]] = {}
        for row in self.rows:
            if row[chart.at] is None:
                continue
            cells = found.setdefault(self.text(row, chart.label), [None] * 12)
            cells[row[chart.at].month - 1] = _float(row[chart.value])
        names: Mapping[int, str] = get_month_names("abbreviated", locale=self.language)
        heads = [names[n][:3] for n in range(1, 13)]
        rows = list(found.items())[:MOST_LINES]
        if not rows:
            return ()
        return (charts.months(rows, heads, self.alt, self.width),)

    def text(self, row: Row, name: str) -> str:
        column = self.columns.get(name)
        if column is None:
            value = row[name] if name in row else _named(row, name, self.language)
            return NOTHING if value is None else shortened(visible(str(value)), LONGEST)
        return shortened(shown(row, column, self.language), LONGEST)

    def moment(self, row: Row, name: str) -> str:
        column = self.columns.get(name)
        return shown(row, column, self.language) if column else month(row[name], self.language)


def _named(row: Row, name: str, language: str) -> object:
    return row[f"{name}_{language}"] or row[f"{name}_id"]


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def typed(drawn: Drawn, language: str) -> list[tuple[Any, ...]]:
    """The rows of the table as typed values in the units of its columns, for files."""
    return [tuple(_typed(row, c, language) for c in drawn.columns) for row in drawn.rows]


def _typed(row: Row, column: Column, language: str) -> Any:
    value = value_of(row, column, language)
    return scaled(value, column) if column.is_number else value


def heads(drawn: Drawn, language: str) -> Sequence[str]:
    """Headings of the table."""
    return [c.heading.in_language(language) for c in drawn.columns if c.heading is not None]
