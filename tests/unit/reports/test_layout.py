"""Pages: escaped, without script or foreign content, marked where simulated, whole without data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from config import region as regions
from reports.declared import figures, pages
from reports.drawn import Drawn, Studio
from reports.layout import LONGEST, Edition, css_text, index_html, page_html
from schemas.marks import SIMULATED
from schemas.model import LANGUAGES
from tests.unit.conftest import SmallWarehouse

pytestmark = pytest.mark.fast
NOW = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)


def edition(*, simulated: bool = True) -> Edition:
    return Edition(regions.load("3505"), NOW, simulated, pages())


@pytest.fixture(scope="module")
def nothing() -> Iterator[dict[str, tuple[Drawn, ...]]]:
    """Every figure of a warehouse without a row."""
    tables = SmallWarehouse()
    studio = Studio(cast("Any", tables), regions.load("3505"), NOW.date())
    yield {name: studio.draw(name) for name in figures()}
    tables.close()


def all_pages(
    drawn: dict[str, tuple[Drawn, ...]], *, simulated: bool = True
) -> Iterator[tuple[str, str, str]]:
    """Name, language and text of every page."""
    made = edition(simulated=simulated)
    for language in LANGUAGES:
        yield "index", language, index_html(made, language)
        for page in pages().values():
            yield page.name, language, page_html(page, drawn, made, language)


def page_of(tables: SmallWarehouse, name: str, language: str = "id") -> str:
    """A page of one figure."""
    page = pages()["dampak"]
    section = page.sections[0].model_copy(update={"figures": (name,)})
    studio = Studio(cast("Any", tables), regions.load("3505"), NOW.date())
    page = page.model_copy(update={"sections": (section,)})
    return page_html(page, {name: studio.draw(name)}, edition(), language)


def exhibition(tables: SmallWarehouse, title: str, **more: Any) -> None:
    tables.insert("core_promotion__exhibitions", **{
        "source": "exhibitions", "region_code": "3505", "event_id": "P1", "title": title,
        "start_date": date(2026, 8, 1), "currency": "IDR", "cost": Decimal(450_000_000),
        **more})  # fmt: skip


@pytest.mark.slow
def test_pages_without_data_are_whole_and_say_so(nothing: dict[str, tuple[Drawn, ...]]) -> None:
    for name, language, text in all_pages(nothing):
        assert text.endswith("</html>"), name
        assert "default-src 'none'; style-src 'unsafe-inline'" in text
        assert "<script" not in text
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text)
        assert len(text.encode()) < 400 * 1024
        if name != "index":
            assert {"id": "Data belum tersedia.", "en": "No data yet."}[language] in text


@pytest.mark.parametrize("simulated", [True, False])
def test_only_simulated_data_has_the_mark_on_every_sheet(
    nothing: dict[str, tuple[Drawn, ...]], simulated: bool
) -> None:
    for _, _, text in all_pages(nothing, simulated=simulated):
        assert (SIMULATED in text) == simulated
        assert ('class="watermark"' in text) == simulated
        assert ("@top-right" in text) == simulated
        assert "@bottom-right" in text


HOSTILE = (
    '<script>alert("x")</script>', "a\u202eb\x00c", "{{ 7 * 7 }}{region}", "=1+1", "x" * 1900,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_came_is_shown_and_obeyed_by_nothing(tables: SmallWarehouse, text: str) -> None:
    exhibition(tables, text)
    page = page_of(tables, "exhibitions")
    assert "<script" not in page
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "49" not in re.findall(r"<td>([^<]*)</td>", page)
    assert "x" * (LONGEST + 1) not in page
    if "{" in text:
        assert "{{ 7 * 7 }}{region}" in page


def test_what_is_provisional_looks_so(tables: SmallWarehouse) -> None:
    for number, stage in enumerate(("final", "provisional")):
        exhibition(tables, f"Pameran {number}", event_id=f"P{number}", release_stage=stage)
    page = page_of(tables, "exhibitions")
    assert page.count('<tr class="prov">') == 1
    assert "angka sementara" in page


def test_each_figure_says_where_it_is_from(tables: SmallWarehouse) -> None:
    exhibition(tables, "Pameran", recorded_at=datetime(2026, 11, 29, tzinfo=UTC))
    tables.insert("ref_source", source_code="exhibitions", title_id="Pameran", title_en="Fairs",
                  attribution_id="Sumber: Dinas", attribution_en="Source: Agency")  # fmt: skip
    page = page_of(tables, "exhibitions")
    for text in ("<dt>Sumber:</dt><dd>Dinas (Pameran)</dd>", "<dt>Periode:</dt>",
                 "<dt>Tanggal pengambilan data:</dt><dd>29 Nov 2026</dd>",
                 'href="kamus.id.html#mart_promotion_conversion"'):  # fmt: skip
        assert text in page, text
    assert "<dd>Agency (Fairs)</dd>" in page_of(tables, "exhibitions", "en")


def test_a_running_head_cannot_leave_its_text() -> None:
    assert css_text('a";}</style>') == '"a\\22 \\3b \\7d \\3c \\2f style\\3e "'
    assert css_text("Kab. Blitar · x") == '"Kab\\2e  Blitar \\b7  x"'


def test_no_page_has_words_of_the_other_language(nothing: dict[str, tuple[Drawn, ...]]) -> None:
    """Of what the pages themselves say; names and notes of marts are of their own."""
    english = r"\b(?:Source|Period|Retrieved|Published|Show the table|rows are shown|No data)\b"
    indonesian = r"\b(?:Sumber|Periode|Diterbitkan|Tampilkan tabel|baris|belum tersedia)\b"
    for _, language, text in all_pages(nothing):
        body = re.sub(r"<[^>]+>", " ", text[text.index("<body") :])
        assert not re.search(english if language == "id" else indonesian, body), language
