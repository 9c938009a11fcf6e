"""PDF of pages: tagged, marked where simulated, the same bytes of the same data, and whole whatever
partners wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
import typst
from pypdf import PdfReader

from config import region as regions
from reports import paper
from reports.declared import figures, pages
from reports.drawn import Drawn, Studio
from reports.layout import Edition
from schemas.errors import StorageError
from schemas.marks import SIMULATED
from schemas.model import LANGUAGES
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.test_layout import NOW, exhibition
from tests.unit.warehouse.test_figures import fill

Figures = dict[str, tuple[Drawn, ...]]


def edition(*, simulated: bool = True) -> Edition:
    return Edition(regions.load("3505"), NOW, simulated, pages())


def drawn_of(tables: SmallWarehouse, *names: str) -> Figures:
    studio = Studio(cast("Any", tables), regions.load("3505"), NOW.date())
    return {name: studio.draw(name) for name in names or figures()}


@lru_cache(maxsize=1)
def of_filled_tables() -> Figures:
    """Every figure of a warehouse with rows in all tables."""
    tables = SmallWarehouse()
    fill(tables)
    found = drawn_of(tables)
    tables.close()
    return found


@lru_cache(maxsize=1)
def of_empty_tables() -> Figures:
    tables = SmallWarehouse()
    found = drawn_of(tables)
    tables.close()
    return found


@pytest.fixture(scope="module")
def filled() -> Figures:
    return of_filled_tables()


@pytest.fixture(scope="module")
def nothing() -> Figures:
    return of_empty_tables()


def page_bytes(drawn: Figures, name: str, language: str = "id", *, simulated: bool = True) -> bytes:
    data = paper.page_data(pages()[name], drawn, edition(simulated=simulated), language)
    return paper.page_pdf(data)


def one_figure(tables: SmallWarehouse, name: str) -> PdfReader:
    """A page of one figure."""
    return one_page(drawn_of(tables, name))


def one_page(drawn: Figures, language: str = "id") -> PdfReader:
    """A page of these figures."""
    page = pages()["dampak"]
    section = page.sections[0].model_copy(update={"figures": tuple(drawn)})
    page = page.model_copy(update={"sections": (section,)})
    data = paper.page_data(page, drawn, edition(), language)
    return PdfReader(BytesIO(paper.page_pdf(data)))


def compact(text: str) -> str:
    """Without spaces, lines and places to break: a cell may stand in several lines."""
    return re.sub(r"[\s\u200b]", "", text)


def text_of(reader: PdfReader) -> str:
    return compact("".join(page.extract_text() for page in reader.pages))


@pytest.mark.parametrize("name", [n for n in pages()])
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_a_tagged_document(filled: Figures, name: str, language: str) -> None:
    reader = PdfReader(BytesIO(page_bytes(filled, name, language)))
    title = pages()[name].title.in_language(language)
    root = cast("Any", reader.trailer["/Root"])
    assert reader.metadata is not None
    assert reader.metadata.title == title
    assert reader.metadata.creation_date == datetime(2026, 11, 30, tzinfo=UTC)
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert titles(reader.outline)[0] == title
    for section in pages()[name].sections:
        assert section.heading.in_language(language) in titles(reader.outline)
    count = len(reader.pages)
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert f"{number} / {count}" in text
        assert title in text
        for font in fonts_of(page):
            assert any(key in font for key in ("/FontFile2", "/FontFile3")), font


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_have_heads_and_charts_have_words(filled: Figures, language: str) -> None:
    reader = PdfReader(BytesIO(page_bytes(filled, "dampak", language)))
    found = list(tags(cast("Any", reader.trailer["/Root"])["/StructTreeRoot"]["/K"]))
    kinds = {kind for kind, _ in found}
    assert kinds >= {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/Figure"}, kinds
    alts = [alt for kind, alt in found if kind == "/Figure"]
    assert all(alts)
    chart = figures()["exhibitions"].chart
    assert chart is not None
    title = filled["exhibitions"][0].title.in_language(language)
    assert f"{title}. {chart.alt.in_language(language)}" in alts


def tags(node: Any) -> Iterator[tuple[str, str]]:
    """Kind and alternative text of every tag."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for part in node:
            yield from tags(part)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]), str(node.get("/Alt", ""))
        yield from tags(node.get("/K", []))


def titles(outline: Sequence[Any]) -> list[str]:
    found = []
    for entry in outline:
        found += titles(entry) if isinstance(entry, list) else [entry.title]
    return found


def fonts_of(page: Any) -> list[Any]:
    found = page["/Resources"].get("/Font", {})
    return [found[n]["/DescendantFonts"][0].get_object()["/FontDescriptor"] for n in found]


@pytest.mark.parametrize("simulated", [True, False])
def test_only_simulated_data_has_the_mark_on_every_sheet(filled: Figures, simulated: bool) -> None:
    for name in pages():
        reader = PdfReader(BytesIO(page_bytes(filled, name, simulated=simulated)))
        for page in reader.pages:  # in the head and across the sheet
            assert (page.extract_text().count(SIMULATED) >= 2) == simulated
            assert (SIMULATED in page.extract_text()) == simulated


def test_the_same_data_is_the_same_bytes(filled: Figures) -> None:
    later = Edition(regions.load("3505"), NOW.replace(hour=9), True, pages())
    for name in pages():
        first = page_bytes(filled, name)
        assert paper.page_pdf(paper.page_data(pages()[name], filled, later, "id")) == first


@pytest.mark.slow
@pytest.mark.parametrize("which", ["filled", "nothing"])
def test_the_head_of_the_region_has_one_sheet(request: pytest.FixtureRequest, which: str) -> None:
    for language in LANGUAGES:
        found = page_bytes(request.getfixturevalue(which), "kepala-daerah", language)
        assert len(PdfReader(BytesIO(found)).pages) == 1


def test_it_has_one_sheet_with_hundreds_of_long_names(tables: SmallWarehouse) -> None:
    tables.insert("ops_load", recorded_at=NOW)
    for number in range(300):
        own = {"source": "x", "region_code": "3505", "agreement_id": f"A{number}"}
        title = f"Naskah {number} " + "sangat panjang " * 40
        tables.insert("core_cooperation__agreements", **own, title_id=title)
        tables.insert(
            "core_cooperation__stage_events", **own, event_id=f"E{number}",
            stage="penandatanganan", event_date=date(2019, 1, 1), valid_to=date(2020, 1, 1),
        )  # fmt: skip
    drawn = drawn_of(tables, *pages()["kepala-daerah"].figure_names)
    (decisions,) = drawn["decisions"]
    assert len(decisions.rows) == 300
    every = decisions.figure.model_copy(update={"newest": 0})
    drawn["decisions"] = (replace(decisions, figure=every),)
    found = PdfReader(BytesIO(page_bytes(drawn, "kepala-daerah")))
    assert len(found.pages) == 1
    assert "dari 300 baris" in found.pages[0].extract_text().replace("\n", " ")


def test_the_head_of_a_table_is_on_each_of_its_sheets(tables: SmallWarehouse) -> None:
    for number in range(150):  # with longer names, as many as a table shows fill a sheet
        exhibition(tables, f"Pameran {number} kerajinan Blitar", event_id=f"P{number}")
    drawn = drawn_of(tables, "exhibitions")["exhibitions"][0]
    every = replace(drawn, figure=drawn.figure.model_copy(update={"newest": 0}))
    reader = one_page({"exhibitions": (every,)})
    sheets = [page.extract_text() for page in reader.pages if "Pameran 1" in page.extract_text()]
    assert len(sheets) > 1
    assert all("Kontrak" in sheet for sheet in sheets)


HOSTILE = (
    '#import "@preview/cetz:0.3.0"', '#read("/etc/passwd")', "$x^2$ \\ \\u{41} `raw` *b* _i_ <l>",
    "@r ]#panic()[", '<script>alert("x")</script>', "a\u202eb\x00c", "=1+1", "// x /* y */",
    "\"' \\\"", "東京 ★ − – ≥ ő Ж", "👍🏽",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_came_is_printed_as_it_is(tables: SmallWarehouse, text: str) -> None:
    """Signs that the fonts lack, or that nobody sees, by their number."""
    exhibition(tables, text)
    found = text_of(one_figure(tables, "exhibitions"))
    seen = text.replace("\u202e", "\\u202e").replace("\x00", "\\x00")
    seen = seen.replace("東京", "\\u6771\\u4eac").replace("👍🏽", "\\U0001f44d\\U0001f3fd")
    assert compact(seen) in found
    assert ("ditulisdengannomornya" in found) == (text in HOSTILE[-2:])
    assert "root:" not in found


def test_a_long_word_is_cut_and_stays_on_the_sheet(tables: SmallWarehouse) -> None:
    exhibition(tables, "x" * 10_000)
    reader = one_figure(tables, "exhibitions")
    assert "x" * 399 + "…" in text_of(reader)
    lines = [line for page in reader.pages for line in page.extract_text().splitlines()]
    assert max(line.replace(paper.PAUSE, "").count("x") for line in lines) < 100
    assert len(reader.pages) < 5


def test_every_sign_that_counts_as_printable_is_in_the_fonts(tmp_path: Path) -> None:
    """In each weight: the standard refuses a text without a sign for it."""
    signs = "".join(chr(c) for first, last in paper.SIGNS for c in range(first, last + 1))
    source = """#set document(title: "x")
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), fallback: false)
= x
#for c in sys.inputs.signs { c; strong(c); emph(c); strong(emph(c)) }"""
    typst.compile(
        source.encode(), font_paths=typst.Fonts(include_system_fonts=False), pdf_standards="ua-1",
        sys_inputs={"signs": signs},
    )  # fmt: skip
    assert not any(map(paper.is_printable, "東\u0600\u1234\U0001f44d\u202e\x00"))


def test_a_file_that_cannot_be_made_says_why(filled: Figures) -> None:
    data = paper.page_data(pages()["publik"], filled, edition(), "id")
    with pytest.raises(StorageError, match=r"\[page_pdf\].*東.*at Lembar Publik \(id\)"):
        paper.page_pdf({**data, "intro": "東"})


def test_widths_of_columns() -> None:
    """Numbers never shrink; texts share what is left; many columns have smaller type."""
    size, widths = paper.fitted(("a", "b"), [("x" * 300, "1.234,5")], (False, True))
    assert size == paper.TABLE_SIZES[0]
    assert sum(widths) <= paper.SHEET_WIDTH / (size * paper.TYPE) + 0.1
    assert widths[1] >= paper.width_of("1.234,5")
    size, _ = paper.fitted(["Kolom"] * 14, [["1.234.567"] * 14], [True] * 14)
    assert size == paper.TABLE_SIZES[-1]
    size, widths = paper.fitted(
        ["Kolom"] * 31, [["9" * 20] * 30 + ["x y " * 99]], [True] * 30 + [False]
    )
    assert sum(widths) <= paper.SHEET_WIDTH / (size * paper.TYPE) + 0.5
    assert min(widths[:30]) >= paper.width_of("9" * 20)
    assert paper.fitted(("a",), [], (False,))[0] == paper.TABLE_SIZES[0]


def test_provisional_figures_and_parts_are_printed_as_such(tables: SmallWarehouse) -> None:
    exhibition(tables, "Pameran", event_id="P1", release_stage="final", cost=Decimal(1))
    exhibition(tables, "Expo", event_id="P2", release_stage="provisional")
    found = text_of(one_figure(tables, "exhibitions"))
    assert "Cetakmiring:angkasementara" in found
