"""Charts as inline SVG, drawn without a browser and without a network.

Colours survive monochrome printing; every chart has a table beside it.
"""

from __future__ import annotations

from html import escape
from typing import Any

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

INK, BAR, MARK = "#1f2933", "#2f6f73", "#c2410c"
LINE_COLOURS = ["#2f6f73", "#c2410c", "#4c5fd5", "#8a5a00"]
LINE_DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]
WIDTH = 760


def _number_locale(language: str) -> dict[str, Any]:
    """The language's number marks for d3, which ships no Indonesian locale."""
    return {
        "decimal": get_decimal_symbol(language),
        "thousands": get_group_symbol(language),
        "grouping": [3],
        "currency": ["", ""],
    }


def _time_locale(language: str) -> dict[str, Any]:
    """The language's names of days and months for d3, Sunday first."""
    days, months = Locale(language).days["stand-alone"], Locale(language).months["stand-alone"]
    week = (6, 0, 1, 2, 3, 4, 5)
    return {
        "dateTime": "%d %b %Y %H:%M",
        "date": "%d %b %Y",
        "time": "%H:%M",
        "periods": ["AM", "PM"],
        "days": [days["wide"][n] for n in week],
        "shortDays": [days["abbreviated"][n] for n in week],
        "months": [months["wide"][n] for n in range(1, 13)],
        "shortMonths": [months["abbreviated"][n] for n in range(1, 13)],
    }


def _svg(spec: dict[str, Any], title: str, language: str) -> str:
    import vl_convert

    spec["config"] = {
        "font": "DejaVu Sans, Arial, sans-serif",
        "axis": {"labelColor": INK, "titleColor": INK, "labelLimit": 210, "gridColor": "#e5e7eb"},
        "view": {"stroke": None},
    }
    svg: str = vl_convert.vegalite_to_svg(
        spec,
        format_locale=_number_locale(language),
        time_format_locale=_time_locale(language),
        allowed_base_urls=[],
    )
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)


def bars(rows: list[dict[str, Any]], axis: str, title: str, language: str) -> str:
    """Horizontal bars of `value` by `label`, with `previous` as an upright mark."""
    import altair as alt

    data = alt.Data(values=rows)
    order = [r["label"] for r in rows]
    y = alt.Y("label:N", sort=order, title=None)
    x = alt.X("value:Q", title=axis, axis=alt.Axis(format=",.0f", tickCount=4))
    layer = alt.layer(
        alt.Chart(data).mark_bar(color=BAR, height=13).encode(x=x, y=y),
        alt.Chart(data).mark_tick(color=MARK, thickness=3, height=17).encode(x="previous:Q", y=y),
    ).properties(width=WIDTH - 230, height=22 * max(1, len(rows)))
    return _svg(layer.to_dict(), title, language)


def lines(rows: list[dict[str, Any]], axis: str, title: str, language: str) -> str:
    """Lines of `value` over `month`, one per `series`, distinguished by dash and colour."""
    import altair as alt

    names = sorted({r["series"] for r in rows})
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=names, range=LINE_COLOURS[: len(names)]),
        legend=alt.Legend(title=None, orient="top"),
    )
    dash = alt.StrokeDash(
        "series:N", scale=alt.Scale(domain=names, range=LINE_DASHES[: len(names)])
    )
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("month:T", title=None, axis=alt.Axis(format="%b %Y", tickCount=6)),
            y=alt.Y("value:Q", title=axis, scale=alt.Scale(zero=False)),
            color=colour,
            strokeDash=dash,
        )
        .properties(width=WIDTH - 60, height=220)
    )
    return _svg(chart.to_dict(), title, language)
