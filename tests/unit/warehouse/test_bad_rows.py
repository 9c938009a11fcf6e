"""Pages stay whole whatever rows hold: hostile texts, nothing, one row, hundreds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any, cast

import pytest

from config import region as regions
from reports.declared import Figure, figures, pages
from reports.drawn import Drawn, Row, Studio
from reports.layout import LONGEST, Edition, page_html
from schemas.model import LANGUAGES
from tests.conftest import first_of
from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse.figure_rows import fill

NOW = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
EDITION = Edition(regions.load("3505"), NOW, is_simulated=True, pages=pages())
LARGEST = 400 * 1024
HOSTILE = (
    '</td></svg><script>alert("x")</script>', "a\u202eb\u2066c\x00\x1b[31m", '=1+1"\'&<!--',
    "{{ 7 * 7 }}{region}", "x" * 10_000, "",
)  # fmt: skip
VOID = frozenset({"meta", "br", "link", "img", "hr", "input"})
Change = Callable[[Figure, list[Row]], list[Row]]


class Altered(Studio):
    """Draws what the small warehouse has, with its rows changed."""

    change: Change

    def _rows(self, figure: Figure, sql: str) -> tuple[Row, ...]:
        known = _KNOWN.setdefault(sql, list(super()._rows(figure, sql)))
        return tuple(self.change(figure, known))


_KNOWN: dict[str, list[Row]] = {}


@pytest.fixture(scope="module")
def tables() -> Iterator[SmallWarehouse]:
    made = SmallWarehouse()
    fill(made)
    yield made
    made.close()


def drawn(tables: SmallWarehouse, change: Change) -> dict[str, tuple[Drawn, ...]]:
    studio = Altered(cast("Any", tables), EDITION.region, NOW.date())
    studio.change = change
    return {name: studio.draw(name) for name in figures()}


def every_page(found: Mapping[str, tuple[Drawn, ...]]) -> Iterator[tuple[str, str]]:
    for page in pages().values():
        for language in LANGUAGES:
            yield f"{page.name}.{language}", page_html(page, found, EDITION, language)


def kept(figure: Figure) -> set[str]:
    """Texts that a query itself makes: units, numbers in a text, and what chooses rows."""
    made = {c.name for c in figure.columns if c.format in ("series", "amounts")} | {"unit"}
    chosen = [getattr(s, n, {}) for s in figure.says for n in ("where", "leave_out")]
    return made | {name for some in chosen for name in some}


def with_texts(text: str) -> Change:
    def change(figure: Figure, rows: list[Row]) -> list[Row]:
        same = kept(figure)
        return [
            {k: text if isinstance(v, str) and k not in same else v for k, v in row.items()}
            for row in rows
        ]

    return change


def negative(figure: Figure, rows: list[Row]) -> list[Row]:
    return [
        {k: -abs(v) if isinstance(v, int | Decimal) and not isinstance(v, bool) else v
         for k, v in row.items()}
        for row in rows
    ]  # fmt: skip


def empty_cells(figure: Figure, rows: list[Row]) -> list[Row]:
    return [dict.fromkeys(row) for row in rows]


def empty_numbers(figure: Figure, rows: list[Row]) -> list[Row]:
    return [{k: v if isinstance(v, str) else None for k, v in row.items()} for row in rows]


def one_row(figure: Figure, rows: list[Row]) -> list[Row]:
    return rows[:1]


def two_hundred(figure: Figure, rows: list[Row]) -> list[Row]:
    """As many partners as there are countries, with long names."""
    label = getattr(figure.chart, "label", figure.columns[0].name)
    names = {label, f"{label}_id", f"{label}_en"}
    return [
        {k: f"{v} Republik Persatuan {n}" if k in names and isinstance(v, str) else v
         for k, v in rows[n % len(rows)].items()}
        for n in range(200 if rows else 0)
    ]  # fmt: skip


class Whole(HTMLParser):
    """Notes elements that are not closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        """An element without content closes itself."""

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def is_whole(name: str, text: str) -> None:
    parser = Whole()
    parser.feed(text)
    parser.close()
    assert (parser.wrong, parser.open) == ([], []), name
    assert not re.search(r"[\"% ](?:nan|inf|None)[\"% ]", text), name
    assert not re.search(r">(?:None|nan|Decimal[^<]*)<", text), name
    assert len(text.encode()) <= LARGEST, (name, len(text.encode()))


CHANGES: dict[str, Change] = {
    "negative": negative, "empty cells": empty_cells, "empty numbers": empty_numbers,
    "one row": one_row, "two hundred rows": two_hundred, "no row": lambda _figure, _rows: [],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", first_of(*CHANGES))
def test_pages_of_odd_rows_are_whole(tables: SmallWarehouse, name: str) -> None:
    for page, text in every_page(drawn(tables, CHANGES[name])):
        is_whole(page, text)


@pytest.mark.slow
@pytest.mark.parametrize("text", first_of(*HOSTILE))
def test_pages_of_hostile_texts_are_whole(tables: SmallWarehouse, text: str) -> None:
    for name, page in every_page(drawn(tables, with_texts(text))):
        is_whole(name, page)
        for sign in ("<script", "<!--", "\u202e", "\u2066", "\x00", "\x1b"):
            assert sign not in page, (name, sign)
        assert ">49<" not in page
        assert "x" * (LONGEST + 1) not in page, name
