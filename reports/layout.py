"""Pages as HTML: one file each and language, without script. Pure but for the templates.

Everything received from a partner is escaped, and each page's own policy forbids scripts and
foreign content (X08).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from config.region import Region
from reports.cells import facts_of, shown
from reports.charts import cut
from reports.codes import in_words
from reports.declared import Page
from reports.declared_charts import TilesChart
from reports.declared_columns import Column
from reports.drawings import chart_of, spark_of
from reports.drawn import PROVISIONAL, Drawn
from reports.template import template
from reports.traced import command_of, table_of
from reports.words import day, word

LONGEST = 400  # signs of a cell that pages show
MOST_ROWS = 50  # of a table on a page; all others are in files
CARDS_FROM = 4  # columns from which a row is a card on a phone
OPEN_TITLE = "index"
OTHER = {"id": "en", "en": "id"}
ANNEX, PUBLIC_ANNEX = "lampiran", "lampiran-publik"
PUBLIC = "publik"  # the page whose readers get the workbook with its figures alone


@dataclass(frozen=True)
class Cell:
    text: str
    head: str
    kind: str  # n for numbers, d for days, which never break; else empty


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    change: str
    about: tuple[str, ...]
    line: Markup
    is_provisional: bool


@dataclass(frozen=True)
class Block:
    """A figure as the template sees it."""

    anchor: str
    title: str
    sentence: str
    note: str
    charts: tuple[Markup, ...]
    are_multiples: bool
    tiles: tuple[Tile, ...]
    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[bool, tuple[Cell, ...]], ...]  # provisional, cells
    total: int  # rows of the figure, of which the page shows the first
    more: str
    is_folded: bool
    are_cards: bool
    facts: tuple[tuple[str, str], ...]
    dictionary: str  # the table of the dictionary that explains the columns
    trace: str  # the command that traces the first row


@dataclass(frozen=True)
class Edition:
    """What all pages of one publication have in common."""

    region: Region
    published: datetime
    is_simulated: bool
    pages: Mapping[str, Page]
    files: frozenset[str] = frozenset()  # names of those that pages link


def block(drawn: Drawn, language: str, today: date) -> Block:
    figure = drawn.figure
    chart = figure.chart
    svgs = chart_of(drawn, language, today)
    most = figure.newest or MOST_ROWS
    is_mixed = len(drawn.facts.stages) > 1
    facts = list(facts_of(drawn.facts, figure.period_format, language))
    if is_mixed and PROVISIONAL & set(drawn.facts.stages):
        facts.append((word("italics", language), in_words("status", "provisional", language)))
    return Block(
        anchor=drawn.name,
        title=drawn.title.in_language(language),
        sentence=drawn.sentence.in_language(language),
        note=drawn.note.in_language(language) if drawn.note else "",
        charts=tuple(Markup(svg) for svg in svgs),  # charts escape their texts
        are_multiples=bool(chart and chart.kind == "lines"),
        tiles=_tiles(drawn, chart, language) if isinstance(chart, TilesChart) else (),
        heads=tuple((c.text, c.kind) for c in _heads(drawn, language)),
        rows=tuple(
            (is_mixed and _is_provisional(row), _cells(drawn, row, language))
            for row in drawn.rows[:most]
        ),
        total=len(drawn.rows),
        more=word("rows_shown", language, shown=most, total=len(drawn.rows))
        if most < len(drawn.rows)
        else "",
        is_folded=figure.folded,
        are_cards=len(drawn.columns) >= CARDS_FROM,
        facts=tuple(facts),
        dictionary=table_of(drawn.tables),
        trace=command_of(drawn.tables, drawn.rows),
    )


def _is_provisional(row: Mapping[str, Any]) -> bool:
    return row.get("release_stage") in PROVISIONAL


def _heads(drawn: Drawn, language: str) -> list[Cell]:
    return [
        Cell(c.heading.in_language(language) if c.heading else c.name, "", _kind(c))
        for c in drawn.columns
    ]


def _kind(column: Column) -> str:
    if column.is_number:
        return "n"
    return "d" if column.format in ("date", "month", "moment") else ""


def _cells(drawn: Drawn, row: Mapping[str, Any], language: str) -> tuple[Cell, ...]:
    heads = _heads(drawn, language)
    return tuple(
        Cell(cut(shown(row, column, language), LONGEST), head.text, head.kind)
        for head, column in zip(heads, drawn.columns, strict=True)
    )


def _tiles(drawn: Drawn, chart: TilesChart, language: str) -> tuple[Tile, ...]:
    """A tile for each row: what is no label, value, change or line stands below, in small."""
    columns = {c.name: c for c in drawn.columns}
    special = {chart.label, chart.value, chart.change, chart.history}
    found = []
    for row in drawn.rows:
        label = shown(row, columns[chart.label], language)
        line = spark_of(row, chart.history, label) if chart.history else ""
        found.append(
            Tile(
                label=label,
                value=shown(row, columns[chart.value], language),
                change=shown(row, columns[chart.change], language) if chart.change else "",
                about=tuple(
                    text
                    for name, column in columns.items()
                    if name not in special
                    and (text := shown(row, column, language)) not in ("", "–")
                ),
                line=Markup(line),  # charts escape their texts
                is_provisional=_is_provisional(row),
            )
        )
    return tuple(found)


def page_html(
    page: Page,
    figures: Mapping[str, Sequence[Drawn]],
    edition: Edition,
    language: str,
) -> str:
    """A page: its sections with their figures."""
    today = edition.published.date()
    return template("report.html.j2").render(
        **_common(edition, language, page.name, page.title.in_language(language)),
        intro=page.intro.in_language(language),
        sections=[
            (
                section.heading.in_language(language),
                section.text.in_language(language) if section.text else "",
                [block(d, language, today) for name in section.figures for d in figures[name]],
            )
            for section in page.sections
        ],
    )


def index_html(edition: Edition, language: str) -> str:
    """The list of pages."""
    pages: Iterable[Page] = edition.pages.values()
    return template("index.html.j2").render(
        **_common(edition, language, OPEN_TITLE, word("title", language)),
        pages=[
            (f"{p.name}.{language}.html", p.title.in_language(language),
             p.summary.in_language(language), files_of(edition, p.name, language))
            for p in pages
        ],
    )  # fmt: skip


def files_of(edition: Edition, name: str, language: str) -> list[tuple[str, str]]:
    """Addresses and kinds of the files beside a page: those that were written."""
    annex = PUBLIC_ANNEX if name == PUBLIC else ANNEX
    wanted = [(f"{name}.{language}.pdf", "PDF"), (f"{annex}.{language}.xlsx", "XLSX")]
    return [(href, kind) for href, kind in wanted if href in edition.files]


def _common(edition: Edition, language: str, name: str, title: str) -> dict[str, Any]:
    made = edition.published
    region = edition.region.name_en if language == "en" else edition.region.name_id
    return {
        "language": language,
        "one_sheet": name in edition.pages and edition.pages[name].one_sheet,
        "w": lambda name, **values: word(name, language, **values),
        "region": region,
        "title": title,
        "made": f"{day(made, language)} {made:%H:%M} {made.tzname()}",
        "simulated": edition.is_simulated,
        "other": f"{name}.{OTHER[language]}.html",
        "other_language": OTHER[language],
        "name": name,
        "files": files_of(edition, name, language),
        "nav": [
            (f"{p.name}.{language}.html", p.title.in_language(language), p.name == name)
            for p in edition.pages.values()
        ],
        "running_head": css_text(f"{region} · {title}"),
        "running_mark": css_text(word("mark", language)),
        "running_page": css_text(word("page", language)),
    }


def css_text(text: str) -> Markup:
    """A text as a string of CSS: whatever is no letter, digit or space is written by its
    number, and the space after a number belongs to it."""
    safe = "".join(
        c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in text
    )
    return Markup(f'"{safe}"')  # no sign of CSS or HTML is left in it
