"""Charts: as wide as their place, with one scale in all parts, and with nothing that runs."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from reports import charts

pytestmark = pytest.mark.fast
HOSTILE = '"><script>alert(1)</script>'
ITEMS = [
    charts.Item("besar", 100.0, "100", previous=50.0),
    charts.Item("negatif", -50.0, "−50"),
    charts.Item("tak diketahui", None, "–", target=10.0),
    charts.Item(HOSTILE * 200, 1.0, "1"),
]


def drawn() -> dict[str, str]:
    day = date(2026, 1, 1)
    line = charts.Line("USD", ((day, 1.0), (date(2026, 6, 1), 3.0)), "3", "Jan", "Jun")
    lane = charts.Lane(HOSTILE, day, date(2027, 1, 1), "red", "x")
    dots = [charts.Item("a", 2.0, "2", low=1.0, high=4.0, is_sure=False), charts.Item("b", None)]
    return {
        "bars": charts.bars(ITEMS, charts.reach(ITEMS), HOSTILE),
        "dots": charts.dots(dots, (1.0, 4.0), "x"),
        "lanes": charts.lanes([lane, charts.Lane("b", None, None, "?", "")],
                              charts.years_of([lane], day), day, "x"),
        "months": charts.months([(HOSTILE, [1.0, None, *[2.0] * 10])], list("JFMAMJJASOND"), "x"),
        "line": charts.line(line, (1.0, 3.0), "x"),
        "flat": charts.line(line, (2.0, 2.0), "x"),
        "slope": charts.slope(line, "x"),
        "unmoved": charts.slope(charts.Line("A", (line.points[0],) * 2, "1", "1", "1"), "x"),
        "no versions": charts.slope(charts.Line("A", (), "", "", ""), "x"),
        "spark": charts.spark([1.0, 1.0], "x"),
    }  # fmt: skip


@pytest.mark.parametrize("kind", sorted(drawn()))
def test_a_chart_is_whole_and_runs_nothing(kind: str) -> None:
    svg = drawn()[kind]
    ElementTree.fromstring(svg)  # noqa: S314 -- ours
    assert "<script" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="')
    for share in re.findall(r'(?:x|cx|x1|x2|width)="([\d.]+)%"', svg):
        assert 0 <= float(share) <= 100


def widths(svg: str) -> list[float]:
    return [float(w) for w in re.findall(r'class="bar" x="[\d.]+%" [^>]*width="([\d.]+)%"', svg)]


def test_bars_begin_at_zero_and_show_proportions() -> None:
    svg = charts.bars(ITEMS, charts.reach(ITEMS), "x")
    assert charts.reach(ITEMS) == (-50.0, 100.0)
    large, negative, _ = widths(svg)
    assert large == pytest.approx(2 * negative, abs=0.1)


def test_parts_of_a_long_chart_have_one_scale() -> None:
    items = [charts.Item(str(n), float(n), str(n)) for n in range(20, 0, -1)]
    ends = charts.reach(items)
    first, *_, last = (charts.bars(part, ends, "x") for part in charts.parts_of(items))
    assert len(charts.parts_of(items)) == 3
    assert widths(first)[0] == pytest.approx(20 * widths(last)[-1], rel=0.01)


def test_a_width_makes_all_lengths_fixed() -> None:
    line = charts.Line("USD", ((date(2026, 1, 1), 1.0), (date(2026, 6, 1), 3.0)), "3", "a", "b")
    for svg in (
        charts.slope(line, "x", 500),
        charts.bars(ITEMS, (0.0, 1.0), "x", 500),
        charts.line(line, (1.0, 3.0), "x", 500),
    ):
        assert "%" not in svg
        assert 'width="500"' in svg


def test_names_are_cut_beside_their_values() -> None:
    svg = charts.bars([charts.Item("a" * 300, 1.0, "1")], (0.0, 1.0), "x")
    assert "a" * (charts.LONGEST - 1) + "…<" in svg


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_survive_monochrome() -> None:
    """Bar and target, and lanes that need a decision, differ in lightness; text can be read."""
    assert contrast(charts.ACCENT, charts.PALE) > 3
    fills: dict[str, Any] = charts.STATE_FILLS
    for dark, light in (("expired", "red"), ("red", "amber")):
        assert luminance(fills[dark]) < luminance(fills[light])
    for text in (charts.INK, charts.SOFT):
        assert contrast(text, "#ffffff") > 4.5


def test_a_slope_has_a_dot_for_each_version_in_equal_steps() -> None:
    """A version of years later is not further away: what counts is by how much it moved."""
    days = (date(2026, 1, 1), date(2026, 1, 2), date(2026, 12, 1))
    points = tuple(zip(days, (1.0, 3.0, 2.0), strict=True))
    svg = charts.slope(charts.Line("A", points, "2", "1 (Jan)", "Dec"), "x", 1000)
    found = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg)]
    ((newest, middle), *earlier) = found
    assert len(earlier) == 2
    (first, low), (second, high) = earlier
    assert abs((second - first) - (newest - second)) < 10
    assert high < middle < low  # upwards is less in SVG
    assert "1 (Jan)" in svg
    assert "Dec" in svg
    line = re.search(r'points="([^"]+)"', svg)
    assert line is not None
    assert line[1].split() == [f"{x},{y}" for x, y in (*earlier, (newest, middle))]
