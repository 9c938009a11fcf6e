"""Pages as PDF: tagged for screen readers (PDF/UA-1), from the blocks that the HTML is made of.

All texts are data of the template: nothing in them is read as code. The compiler knows an empty
folder, the fonts that it carries and no network, so the same page has the same bytes everywhere.
"""

from __future__ import annotations

import json
import re
import tempfile
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.declared import Page
from reports.declared_charts import LinesChart, SlopesChart, TilesChart
from reports.declared_columns import Column
from reports.drawings import chart_of, spark_of
from reports.drawn import Drawn
from reports.layout import Block, Cell, Edition, block
from reports.words import day, word
from schemas.errors import StorageError

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(__file__).parent / "templates" / "page.typ"
PANIC = "PanicException"  # a fault of the compiler; its class has no name to import
CHART, MULTIPLE, SPARK = 820.0, 262.0, 230.0  # widths in pixels: of a sheet, a third, a tile
LONG_ROW = 300  # signs of a cell from which a row may go on to the next sheet
SHEET_ROWS = 12  # of a table on a page of one sheet
SHEET_SIGNS = 240  # of a cell there

# What the compiler's fonts have in all weights: Latin, Greek, Cyrillic, signs. Anything else is
# written by its number; the standard forbids a text without a sign for it.
SIGNS = (
    (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x1C3), (0x1CD, 0x1DD), (0x1FC, 0x21F), (0x250, 0x2E9),
    (0x300, 0x33F), (0x384, 0x38A), (0x38E, 0x3A1), (0x3A3, 0x3CE), (0x3F0, 0x45F), (0x490, 0x49B),
    (0x1E00, 0x1E9B), (0x1E9E, 0x1EF9), (0x2010, 0x2027), (0x2030, 0x2037), (0x2039, 0x203F),
    (0x2070, 0x2071), (0x2074, 0x208E), (0x20A0, 0x20B5), (0x2190, 0x2220), (0x2223, 0x222D),
    (0x2241, 0x226B), (0x2500, 0x2600), (0x2605, 0x2605), (0x2660, 0x2667),
)  # fmt: skip
STARTS = [first for first, _ in SIGNS]
UNBROKEN, STEP = 18, 12  # signs of a word that is broken anywhere, and how often
PAUSE = "\u200b"  # where a line may break
LONG_WORD = re.compile(rf"\S{{{UNBROKEN + 1},}}")

# Widths of columns, in signs and em.
SHEET_WIDTH = 510.0  # points between the margins of A4
TABLE_SIZES = (0.86, 0.8, 0.74, 0.7)  # of the page's type
TYPE = 9.5  # points
WIDE, CAPITAL, SPACE, SIGN = 0.84, 0.66, 0.25, 0.47  # em of a sign of that kind
BOLD, PADDING = 1.1, 1.0  # how much wider a head is; em beside a cell
SHORT = 7.5  # em of what stands in one line
LINES = 5  # of a cell, as long as the type may be smaller instead


def is_printable(sign: str) -> bool:
    """Whether the fonts have it."""
    place = bisect_right(STARTS, ord(sign)) - 1
    return place >= 0 and ord(sign) <= SIGNS[place][1]


def printable(text: str) -> str:
    """The text with what no font has written as `\\u6771`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if is_printable(c) else c.encode("unicode_escape").decode() for c in text)


def breakable(text: str) -> str:
    """The same, with places in long words where a line may break."""
    return LONG_WORD.sub(_broken, printable(text))


def _broken(found: re.Match[str]) -> str:
    word = found[0]
    return PAUSE.join(word[n : n + STEP] for n in range(0, len(word), STEP))


def page_data(
    page: Page, figures: Mapping[str, Sequence[Drawn]], edition: Edition, language: str
) -> dict[str, Any]:
    """What the template shows of a page. The same data is the same file."""
    writer = Writer(page, edition, language)
    sections = [
        {
            "heading": section.heading.in_language(language),
            "text": section.text.in_language(language) if section.text else "",
            "figures": [writer.figure(d) for name in section.figures for d in figures[name]],
        }
        for section in page.sections
    ]
    return writer.whole(sections)


class Writer:
    """The parts of one page in one language."""

    def __init__(self, page: Page, edition: Edition, language: str) -> None:
        self.page, self.edition, self.language = page, edition, language
        self.today = edition.published.date()
        self.annex: list[dict[str, Any]] = []
        self.has_numbers = False  # whether a sign was written by its number

    def whole(self, sections: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        x, region = self.language, self.edition.region
        name = region.name_en if x == "en" else region.name_id
        title = self.page.title.in_language(x)
        found = {
            "language": x,
            "title": title,
            "region": name,
            "running": f"{name} · {title}",
            "mark": word("mark", x) if self.edition.is_simulated else None,
            "simulated": f"{word('simulated', x)} ({word('mark', x)})",
            "made": f"{word('made', x)} {day(self.today, x)}",
            "date": {"year": self.today.year, "month": self.today.month, "day": self.today.day},
            "intro": self.page.intro.in_language(x),
            "one-sheet": self.page.one_sheet,
            "sections": sections,
            "annex": self.annex,
            "words": {n: word(n, x) for n in ("page", "tables", "annexed")},
        }
        shown = self._text(found)
        foot = [word("trace", x)] + ([word("by_number", x)] if self.has_numbers else [])
        return {**shown, "foot": foot}

    def figure(self, drawn: Drawn) -> dict[str, Any]:
        """A figure. Folded tables stand at the end of the file."""
        seen = block(drawn, self.language, self.today)
        table = None if seen.tiles or not seen.rows else self._table(seen, drawn.columns)
        anchor = f"table-{len(self.annex)}"
        if is_apart := table is not None and seen.is_folded and not self.page.one_sheet:
            self.annex.append({**(table or {}), "anchor": anchor})
        return {
            "title": seen.title,
            "sentence": seen.sentence,
            "note": "" if self.page.one_sheet else seen.note,
            "has-rows": bool(seen.rows),
            "tiles": self._tiles(drawn, seen),
            "charts": self._charts(drawn),
            "are-multiples": seen.are_multiples,
            "table": None if is_apart else table,
            "annex": anchor if is_apart else None,
            "facts": [list(pair) for pair in seen.facts],
        }

    def _charts(self, drawn: Drawn) -> list[dict[str, str]]:
        chart = drawn.figure.chart
        if chart is None:
            return []
        width = MULTIPLE if isinstance(chart, LinesChart | SlopesChart) else CHART
        alt = f"{drawn.title.in_language(self.language)}. {chart.alt.in_language(self.language)}"
        svgs = chart_of(drawn, self.language, self.today, width)
        return [{"svg": svg, "alt": alt} for svg in svgs]

    def _tiles(self, drawn: Drawn, seen: Block) -> list[dict[str, Any]]:
        chart = drawn.figure.chart
        if not isinstance(chart, TilesChart):
            return []
        lines = [
            spark_of(row, chart.history, tile.label, SPARK) if chart.history else ""
            for row, tile in zip(drawn.rows, seen.tiles, strict=True)
        ]
        return [
            {
                "label": tile.label,
                "value": tile.value,
                "change": f"{tile.change} {word('on_year_before', self.language)}"
                if tile.change not in ("", "–")
                else "",
                "about": list(tile.about),
                "line": {"svg": line, "alt": tile.label} if line else None,
                "is-provisional": tile.is_provisional,
            }
            for tile, line in zip(seen.tiles, lines, strict=True)
        ]

    def _table(self, seen: Block, columns: Sequence[Column]) -> dict[str, Any]:
        rows, more = seen.rows, seen.more
        if self.page.one_sheet and len(rows) > SHEET_ROWS:
            more = word("rows_shown", self.language, shown=SHEET_ROWS, total=seen.total)
            rows = rows[:SHEET_ROWS]
        texts = [[self._cell(cell) for cell in cells] for _, cells in rows]
        heads = [head for head, _ in seen.heads]
        numbers = [column.is_number for column in columns]
        size, widths = fitted(heads, texts, numbers)
        return {
            "title": seen.title,
            "heads": heads,
            "numbers": numbers,
            "size": size,
            "widths": widths,
            "rows": [
                {
                    "cells": cells,
                    "is-provisional": is_provisional,
                    "is-long": max(map(len, cells)) > LONG_ROW,
                }
                for (is_provisional, _), cells in zip(rows, texts, strict=True)
            ],
            "more": more,
        }

    def _cell(self, cell: Cell) -> str:
        if self.page.one_sheet and len(cell.text) > SHEET_SIGNS:
            return f"{cell.text[: SHEET_SIGNS - 1]}…"
        return cell.text

    def _text(self, found: Any, name: str = "") -> Any:
        """All texts in it as the fonts can show them. Drawings have no places to break at."""
        match found:
            case str():
                shown = printable(found) if name in ("svg", "alt", "title") else breakable(found)
                self.has_numbers |= shown.replace(PAUSE, "") != found.replace(PAUSE, "")
                return shown
            case dict():
                return {key: self._text(value, key) for key, value in found.items()}
            case list():
                return [self._text(value, name) for value in found]
        return found


def fitted(
    heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[bool]
) -> tuple[float, list[float]]:
    """The size of a table's type, and widths of its columns in em of it. Columns of text shrink to
    a few lines first, then the type, then columns of text to a word; what is still wider has a type
    that is as small as it must be."""
    wanted, least = [], []
    for place, (head, is_number) in enumerate(zip(heads, numbers, strict=True)):
        cells = [row[place] for row in rows]
        longest = max(map(width_of, cells), default=0.0)
        of_head = BOLD * _of_word(head)
        few_lines = max(min(longest, SHORT), longest / LINES, *map(_of_word, cells))
        wanted.append(PADDING + max(longest, of_head, BOLD * min(width_of(head), SHORT)))
        least.append(PADDING + max(longest if is_number else few_lines, of_head))
    for size in TABLE_SIZES:
        room = SHEET_WIDTH / (size * TYPE)
        if sum(least) <= room:
            return size, _shared(wanted, least, room)
    narrow = [low if n else min(low, SHORT) for low, n in zip(least, numbers, strict=True)]
    size = min(TABLE_SIZES[-1], SHEET_WIDTH / (TYPE * sum(narrow)))
    return size, _shared(least, narrow, SHEET_WIDTH / (size * TYPE))


def _shared(wanted: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """Widths between what is least and what is wanted: what is over is shared by need."""
    needed = sum(wanted) - sum(least)
    share = 1.0 if sum(wanted) <= room or not needed else (room - sum(least)) / needed
    return [round(low + (high - low) * share, 2) for high, low in zip(wanted, least, strict=True)]


def width_of(text: str) -> float:
    """About how wide a text is, in em."""
    return sum(
        WIDE if c in "mwMW" else CAPITAL if c.isupper() else SPACE if c.isspace() else SIGN
        for c in text
    )


def _of_word(text: str) -> float:
    """The width of the longest word that is not broken."""
    return max((width_of(word[:UNBROKEN]) for word in text.split()), default=0.0)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False)


def page_pdf(data: Mapping[str, Any]) -> bytes:
    """The file of a page. Raises StorageError with what the compiler says."""
    import typst

    made = datetime(**data["date"], tzinfo=UTC)
    with tempfile.TemporaryDirectory(prefix="penataran-pdf-") as empty:
        try:
            compiler = typst.Compiler(
                TEMPLATE.read_bytes(), root=empty, font_paths=_fonts(),
                sys_inputs={"page": json.dumps(data, ensure_ascii=False)},
                package_path=empty, package_cache_path=empty,
            )  # fmt: skip
            found = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=made)
        except BaseException as error:
            if not isinstance(error, typst.TypstError) and type(error).__name__ != PANIC:
                raise
            raise StorageError(
                "page_pdf",
                f"a page could not be written as PDF: {error}",
                where=f"{data['title']} ({data['language']})",
                hint="the HTML page is complete; report this with the message",
            ) from error
    assert isinstance(found, bytes)
    return found
