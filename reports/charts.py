"""Charts as inline SVG, drawn without a browser and without a network.

Colours survive monochrome printing; every chart has a table beside it.
"""

from __future__ import annotations

from html import escape
from typing import Any

INK, BAR, MARK = "#1f2933", "#2f6f73", "#c2410c"
LINE_COLOURS = ["#2f6f73", "#c2410c", "#4c5fd5", "#8a5a00"]
LINE_DASHES = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]
WIDTH = 760
# d3 ships no Indonesian locale.
NUMBERS = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["$", ""]},
}


def _svg(spec: dict[str, Any], title: str, language: str) -> str:
    import vl_convert

    spec["config"] = {
        "font": "DejaVu Sans, Arial, sans-serif",
        "axis": {"labelColor": INK, "titleColor": INK, "labelLimit": 210, "gridColor": "#e5e7eb"},
        "view": {"stroke": None},
    }
    svg: str = vl_convert.vegalite_to_svg(
        spec, format_locale=NUMBERS[language], allowed_base_urls=[]
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
    """Lines of `value` over `month`, one per `series`, told apart by dash and colour."""
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
            x=alt.X("month:T", title=None, axis=alt.Axis(format="%m/%Y", tickCount=6)),
            y=alt.Y("value:Q", title=axis, scale=alt.Scale(zero=False)),
            color=colour,
            strokeDash=dash,
        )
        .properties(width=WIDTH - 60, height=220)
    )
    return _svg(chart.to_dict(), title, language)
