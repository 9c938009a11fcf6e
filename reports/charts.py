"""Charts as inline SVG, drawn by hand: pure functions, small, without a library, network or script.

A chart is as wide as its place: lengths across are shares of the width, text keeps its size, so a
phone cuts nothing. `width` in pixels makes them fixed, for outputs that know their width. Values
are written beside what they are of, not in a legend; differences are of lightness and form as well
as of colour, so that they survive monochrome print and colour blindness. Colours are attributes
that the page's style replaces in the dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TypeVar

Named = TypeVar("Named")

INK, SOFT, ACCENT, PALE, MARK = "#1f2933", "#52606d", "#1f6f78", "#b7d5d6", "#b3400a"
STATE_FILLS = {"expired": MARK, "red": "#d0661f", "amber": "#e0a458", "valid": ACCENT,
               "ended": PALE, "unknown": PALE}  # fmt: skip
"""Lanes by how soon an agreement lapses: from dark to light in monochrome, too."""
TEXT, SMALL = 13, 11  # sizes in pixels
LABEL_SHARE = 0.30  # of the width, for names beside a heat map


@dataclass(frozen=True)
class Item:
    """Something drawn with a name: its length, marks and ends; `text` is written at its end."""

    label: str
    value: float | None
    text: str = ""
    previous: float | None = None
    target: float | None = None
    low: float | None = None
    high: float | None = None
    is_sure: bool = True


@dataclass(frozen=True)
class Lane:
    label: str
    start: date | None
    end: date | None
    state: str
    text: str


@dataclass(frozen=True)
class Line:
    label: str
    points: tuple[tuple[date, float], ...]
    text: str  # the newest value
    first: str  # in words, below the left end
    last: str


@dataclass(frozen=True)
class Frame:
    """How wide a chart is: a share of its place, or pixels."""

    width: float | None = None

    def x(self, share: float) -> str:
        share = min(1.0, max(0.0, share))
        return f"{share * 100:.2f}%" if self.width is None else f"{share * self.width:.1f}"


def _svg(parts: Iterable[str], height: float, alt: str, frame: Frame) -> str:
    wide = "100%" if frame.width is None else f"{frame.width:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" '
        f'width="{wide}" height="{height:.0f}" font-size="{TEXT}">{"".join(parts)}</svg>'
    )


LONGEST = 44  # signs of a name, which stands beside a value


def cut(text: str, most: int) -> str:
    """A text of at most so many signs."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(x: str, y: float, text: str, more: str = "", kind: str = "t") -> str:
    fill = SOFT if kind == "s" else INK
    size = f' font-size="{SMALL}"' if kind == "s" else ""
    place = f'x="{x}" y="{y:.1f}"'
    return f'<text class="{kind}" {place} fill="{fill}"{size}{more}>{escape(text)}</text>'


def _named(label: str, text: str, y: float, frame: Frame) -> tuple[str, str]:
    """A name at the left and its value at the right."""
    return _text("0", y + 13, cut(label, LONGEST)), _text(frame.x(1), y + 13, text, END)


def _rect(
    kind: str, fill: str, across: tuple[str, str], down: tuple[float, float], more: str = ""
) -> str:
    return (
        f'<rect class="{kind}" x="{across[0]}" y="{down[0]:.1f}" width="{across[1]}" '
        f'height="{down[1]:.1f}" '
        f'fill="{fill}"{more}/>'
    )


END = ' text-anchor="end"'
ROW = 36  # a name with its bar


PART = 8
"""Rows of one drawing. A longer chart is several with one scale, so that print can break it."""


def parts_of(items: Sequence[Named]) -> list[Sequence[Named]]:
    return [items[n : n + PART] for n in range(0, len(items), PART)]


def reach(items: Iterable[Item]) -> tuple[float, float]:
    """The ends of the scale of bars; it holds zero."""
    numbers = [n for i in items for n in (i.value, i.previous, i.target) if n is not None]
    return min([0.0, *numbers]), max([0.0, *numbers])


def bars(
    items: Sequence[Item], ends: tuple[float, float], alt: str, width: float | None = None
) -> str:
    """Bars below their names, each with an upright mark of the value before; a target is a wide
    pale bar behind."""
    frame = Frame(width)
    low, high = ends
    span = (high - low) or 1.0
    zero = -low / span
    parts = []
    for row, item in enumerate(items):
        y = row * ROW
        parts += [
            _text("0", y + 13, cut(item.label, LONGEST)),
            _text(frame.x(1), y + 13, item.text, END),
        ]
        if item.target is not None:
            ends = (zero, (item.target - low) / span)
            parts.append(_bar("pale", PALE, frame, ends, (y + 17, 14)))
        if item.value is not None:
            thick = (y + 20.5, 7.0) if item.target is not None else (y + 19, 10.0)
            parts.append(_bar("bar", ACCENT, frame, (zero, (item.value - low) / span), thick))
        if item.previous is not None:
            at = frame.x((item.previous - low) / span * 0.995)
            parts.append(_rect("mark", MARK, (at, "3"), (y + 15.5, 17)))
    return _svg(parts, ROW * max(1, len(items)) + 2, alt, frame)


def _bar(
    kind: str, fill: str, frame: Frame, ends: tuple[float, float], place: tuple[float, float]
) -> str:
    left, right = sorted(ends)
    return _rect(kind, fill, (frame.x(left), frame.x(max(right - left, 0.002))), place)


def dots(
    items: Sequence[Item], ends: tuple[float, float], alt: str, width: float | None = None
) -> str:
    """A dot for a rank on a line from its lowest to its highest; hollow where it is not sure."""
    frame = Frame(width)
    low, high = ends
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return 0.015 + 0.97 * (value - low) / span

    parts = []
    for row, item in enumerate(items):
        y = row * ROW
        parts += [
            _text("0", y + 13, cut(item.label, LONGEST)),
            _text(frame.x(1), y + 13, item.text, END),
        ]
        parts.append(_rule(frame, (0, 1), y + 25, "grid", "#d9dee3", 1))
        if item.low is not None and item.high is not None:
            parts.append(_rule(frame, (at(item.low), at(item.high)), y + 25, "pale", PALE, 6))
        if item.value is not None:
            fill = ACCENT if item.is_sure else "#ffffff"
            parts.append(
                f'<circle class="{"bar" if item.is_sure else "hollow"}" '
                f'cx="{frame.x(at(item.value))}" cy="{y + 25}" r="5.5" fill="{fill}" '
                f'stroke="{ACCENT}" stroke-width="2"/>'
            )
    return _svg(parts, ROW * max(1, len(items)) + 2, alt, frame)


def _rule(
    frame: Frame, ends: tuple[float, float], y: float, kind: str, stroke: str, thick: float
) -> str:
    return (
        f'<line class="{kind}" x1="{frame.x(ends[0])}" x2="{frame.x(ends[1])}" y1="{y:.1f}" '
        f'y2="{y:.1f}" stroke="{stroke}" stroke-width="{thick}" stroke-linecap="round"/>'
    )


def years_of(items: Iterable[Lane], today: date) -> tuple[date, date]:
    """Whole years that hold all lanes and today."""
    days = [d for i in items for d in (i.start, i.end) if d is not None] + [today]
    return date(min(days).year, 1, 1), date(max(days).year + 1, 1, 1)


def lanes(
    items: Sequence[Lane],
    years: tuple[date, date],
    today: date,
    alt: str,
    width: float | None = None,
) -> str:
    """A lane for each agreement from its first to its last day, years as a grid, today a line."""
    frame = Frame(width)
    first, last = years
    span = (last - first).days

    def at(day: date) -> float:
        return (day - first).days / span

    head, height = 18, 18 + ROW * max(1, len(items))
    parts = []
    for year in range(first.year, last.year):
        x = frame.x(at(date(year, 1, 1)))
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{head}" y2="{height}" '
                     'stroke="#d9dee3"/>')  # fmt: skip
        parts.append(_text(x, 11, str(year), kind="s"))
    for row, item in enumerate(items):
        y = head + row * ROW
        parts += [
            _text("0", y + 13, cut(item.label, LONGEST)),
            _text(frame.x(1), y + 13, item.text, END),
        ]
        if item.start is None and item.end is None:
            continue
        left, right = at(item.start or first), at(item.end or last)
        fill = STATE_FILLS.get(item.state, PALE)
        kind = f"lane lane-{item.state}" if item.state in STATE_FILLS else "pale"
        parts.append(_bar(kind, fill, frame, (left, max(left, right)), (y + 19, 11)))
    x = frame.x(at(today))
    parts.append(f'<line class="today" x1="{x}" x2="{x}" y1="{head - 4}" y2="{height}" '
                 f'stroke="{MARK}" stroke-width="2" stroke-dasharray="5 3"/>')  # fmt: skip
    return _svg(parts, height, alt, frame)


CELL = 20


def months(
    rows: Sequence[tuple[str, Sequence[float | None]]], heads: Sequence[str], alt: str,
    width: float | None = None,
) -> str:  # fmt: skip
    """A row for each name, a cell for each month; the darker, the larger within its row."""
    frame = Frame(width)
    step = 1 / max(1, len(heads))
    parts = [
        _text(frame.x((n + 0.5) * step), 11, head, ' text-anchor="middle"', "s")
        for n, head in enumerate(heads)
    ]
    for row, (label, values) in enumerate(rows):
        y = 16 + row * (CELL + 20)
        parts.append(_text("0", y + 13, cut(label, LONGEST)))
        known = [v for v in values if v is not None]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        for n, value in enumerate(values):
            across, down = (frame.x(n * step), frame.x(step * 0.94)), (y + 18.0, float(CELL))
            if value is None:
                parts.append(_rect("none", "none", across, down, ' stroke="#9aa5b1"'))
                continue
            shade = 0.12 + 0.88 * ((value - low) / (high - low) if high > low else 0.5)
            more = f' fill-opacity="{shade:.2f}"'
            parts.append(_rect("bar", ACCENT, across, down, more))
    return _svg(parts, 18 + (CELL + 20) * max(1, len(rows)), alt, frame)


PLOT = 64  # height of a small multiple's plot
SLOPE = 44  # of a slope
INSET = 0.008  # of the first dot of a slope, so that it is whole


def line(item: Line, limits: tuple[float, float], alt: str, width: float | None = None) -> str:
    """One line with its name, its newest value, and its ends in words."""
    frame = Frame(width)
    parts = [_text("0", 13, cut(item.label, LONGEST)), _text(frame.x(1), 13, item.text, END),
             _rule(frame, (0, 1), 20 + PLOT, "grid", "#d9dee3", 1),
             _text("0", 36 + PLOT, item.first, kind="s"),
             _text(frame.x(1), 36 + PLOT, item.last, END, "s")]  # fmt: skip
    days = [day.toordinal() for day, _ in item.points]
    if days:
        spread = (days[-1] - days[0]) or 1
        shares = [((d - days[0]) / spread, v) for d, (_, v) in zip(days, item.points, strict=True)]
        parts.append(_curve(shares, limits, (20, PLOT), frame))
    return _svg(parts, 42 + PLOT, alt, frame)


def slope(item: Line, alt: str, width: float | None = None) -> str:
    """The versions of one value in equal steps, each a dot, from the first to the newest."""
    frame = Frame(width)
    last = max(1, len(item.points) - 1)
    shares = [(INSET + (1 - INSET) * n / last, v) for n, (_, v) in enumerate(item.points)]
    heights = [value for _, value in item.points]
    ends = (min(heights), max(heights)) if heights else (0.0, 1.0)
    place = (22, SLOPE)
    dots = [_dot(x, v, ends, place, frame) for x, v in shares[:-1]]
    parts = [*_named(item.label, item.text, 0, frame), *([_curve(shares, ends, place, frame)]
             if shares else []), *dots, _text("0", 40 + SLOPE, item.first, kind="s"),
             _text(frame.x(1), 40 + SLOPE, item.last, END, "s")]  # fmt: skip
    return _svg(parts, 46 + SLOPE, alt, frame)


def _dot(
    x: float,
    value: float,
    ends: tuple[float, float],
    place: tuple[float, float],
    frame: Frame,
) -> str:
    (low, high), (top, height) = ends, place
    y = top + height * (1 - (value - low) / (high - low)) if high > low else top + height / 2
    across = frame.x(x * 0.98)
    return f'<circle class="bar" cx="{across}" cy="{y:.1f}" r="3.5" fill="{ACCENT}"/>'


def spark(values: Sequence[float], alt: str, width: float | None = None) -> str:
    """A line without axes, a hundred wide at most."""
    frame = Frame(width)
    shares = [(n / max(1, len(values) - 1), v) for n, v in enumerate(values)]
    limits = (min(values), max(values)) if values else (0.0, 1.0)
    return _svg([_curve(shares, limits, (4, 22), frame)], 30, alt, frame)


def _curve(
    points: Sequence[tuple[float, float]], limits: tuple[float, float], place: tuple[float, float],
    frame: Frame,
) -> str:  # fmt: skip
    """The line, and a dot at its newest end."""
    low, high = limits
    span = (high - low) or 1.0
    top, height = place

    def y(value: float) -> float:
        return top + height * (1 - (value - low) / span) if high > low else top + height / 2

    across = frame.width or 1000
    path = " ".join(f"{x * 0.98 * across:.1f},{y(v):.1f}" for x, v in points)
    drawn = (
        f'<polyline class="line" points="{path}" fill="none" stroke="{ACCENT}" stroke-width="2" '
        'vector-effect="non-scaling-stroke"/>'
    )
    if frame.width is None:  # stretched across, never along
        tall = top + height
        drawn = (
            f'<svg x="0" y="0" width="100%" height="{tall:.0f}" viewBox="0 0 1000 {tall:.0f}" '
            f'preserveAspectRatio="none" overflow="visible">{drawn}</svg>'
        )
    x, v = points[-1]
    end = f'<circle class="bar" cx="{frame.x(x * 0.98)}" cy="{y(v):.1f}" r="3.5" fill="{ACCENT}"/>'
    return drawn + end
