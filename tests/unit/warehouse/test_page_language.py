"""Pages of a filled warehouse have the words, numbers and days of one language alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from config import region as regions
from reports import codes
from reports.declared import Figure, Page, figures, pages
from reports.drawn import Studio
from reports.layout import Edition, index_html, page_html
from reports.words import WORDS
from schemas.model import LANGUAGES, Words
from tests.conftest import first_of
from tests.unit.conftest import SmallWarehouse
from tests.unit.warehouse.figure_rows import fill

NOW = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
OTHER = {"id": "en", "en": "id"}
COMMON = {
    "id": "yang dan dari dengan untuk menurut pada dalam tidak belum negara tahun nilai ekspor "
    "impor jumlah mitra produk sumber pasar naskah kerja sama daerah hari bulan orang biaya "
    "terbesar perubahan adalah atau sudah hanya antara setiap lebih sebagian ke di juta",
    "en": "the of and with from which that is are was were not for by in on at an to year country "
    "value exports imports number figures partners product sources market agreements region days "
    "month people cost largest change or only between each more part this million billion shown",
}
"""Words that any sentence of a language has."""
NAMES = frozenset({
    "status", "forum", "index", "total", "gini", "hhi", "rca", "english", "bahasa", "indonesia",
})  # fmt: skip
"""Words of both languages, and names of languages."""


@pytest.fixture(scope="module")
def shown() -> Iterator[dict[tuple[str, str], str]]:
    """The text that people read of every page."""
    tables = SmallWarehouse()
    fill(tables)
    region = regions.load("3505")
    edition = Edition(region, NOW, is_simulated=True, pages=pages())
    studio = Studio(cast("Any", tables), region, NOW.date())
    drawn = {name: studio.draw(name) for name in figures()}
    found = {("index", x): index_html(edition, x) for x in LANGUAGES}
    found |= {(p.name, x): page_html(p, drawn, edition, x) for p in pages().values()
              for x in LANGUAGES}  # fmt: skip
    yield {named: text_of(text) for named, text in found.items()}
    tables.close()


def text_of(page: str) -> str:
    """Without marks, commands, names of tables, and the link to the other language."""
    body = page[page.index("<body") :]
    body = re.sub(r"<code>.*?</code>|<a [^>]*(?:lang=|kamus)[^>]*>.*?</a>", " ", body, flags=re.S)
    body = re.sub(r"\(?(?:command|perintah): penataran trace\)?|data simulasi / simulated data",
                  " ", body)  # fmt: skip
    texts = re.findall(r'(?:aria-label|data-head)="([^"]*)"', body)
    return html.unescape(" ".join([re.sub(r"<[^>]+>", " ", body), *texts]))


def words(text: str) -> set[str]:
    return {w.lower() for w in re.findall(r"[^\W\d_]{2,}", text) if not w.isupper()}


def declared_words() -> Iterator[Words]:
    """All texts that pages are written with."""
    yield from WORDS.values()
    for listed in codes.lists().values():
        yield from listed.values()
    for model in (*figures().values(), *pages().values()):
        yield from texts_in(model)


def texts_in(model: Figure | Page | object) -> Iterator[Words]:
    if isinstance(model, Words):
        yield model
    elif isinstance(model, tuple):
        for part in model:
            yield from texts_in(part)
    elif hasattr(model, "model_fields_set"):
        for name in type(cast("Any", model)).model_fields:
            yield from texts_in(getattr(model, name))


@pytest.fixture(scope="module")
def foreign() -> dict[str, set[str]]:
    """Words that a page of a language must not have: common ones of the other language, and those
    that only the other language's texts of these pages have."""
    used: dict[str, set[str]] = {x: set() for x in LANGUAGES}
    for text in declared_words():
        for language in LANGUAGES:
            used[language] |= words(re.sub(r"\{\w+\}", " ", text.in_language(language)))
    common = {x: set(COMMON[x].split()) for x in LANGUAGES}
    return {x: (common[OTHER[x]] | used[OTHER[x]] - used[x]) - NAMES - common[x] for x in LANGUAGES}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_has_a_word_of_the_other_language(
    shown: dict[tuple[str, str], str], foreign: dict[str, set[str]], language: str
) -> None:
    found = {n: words(text) & foreign[x] for (n, x), text in shown.items() if x == language}
    assert {name: sorted(some) for name, some in found.items() if some} == {}


def test_the_lists_hold_words_of_both_languages(foreign: dict[str, set[str]]) -> None:
    assert {"the", "which", "exports", "lapse"} <= foreign["id"]
    assert {"yang", "menurut", "ekspor", "berakhir"} <= foreign["en"]
    assert min(len(some) for some in foreign.values()) > 300


DECIMALS = {"id": r"\d\.\d{1,2}(?!\d)", "en": r"\d,\d{1,2}(?!\d)"}
"""Numbers as only the other language writes them."""


@pytest.mark.parametrize("language", first_of(*LANGUAGES))
def test_numbers_and_days_are_of_the_page_s_own_language(
    shown: dict[tuple[str, str], str], language: str
) -> None:
    for (name, x), text in shown.items():
        if x != language:
            continue
        assert not re.findall(r".{30}\b\d{4}-\d\d-\d\d\b", text), name
        assert not re.findall(rf".{{0,30}}(?<![\d.,]){DECIMALS[x]}", text), name
