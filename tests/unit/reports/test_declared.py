"""Figures and pages as declarations: whole, in both languages, and refused where they are not."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from reports import cells, drawings
from reports.declared import FIGURES, PAGES, Audience, figures, pages, read_figures, read_pages
from schemas.errors import ConfigurationError
from schemas.model import LANGUAGES, Words
from tests.unit.conftest import SmallWarehouse
from tests.unit.reports.drawing import TODAY, drawn, facts_in, rows_in

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("name", sorted(p.stem for p in FIGURES.glob("*.yml")))
def test_every_figure_stands_without_data(tables: SmallWarehouse, name: str) -> None:
    """Its query runs, its columns are in the result, and it says that there is no data."""
    figure = figures()[name]
    found = drawn(tables, name, "JPN" if figure.each else "")
    for language in LANGUAGES:
        assert found.title.in_language(language)
        assert "{" not in found.title.in_language(language)
        assert drawings.chart_of(found, language, TODAY) == () or found.rows
        assert len(drawings.heads(found, language)) == len(found.columns)
        rows_in(found, language)
        facts_in(found, language)
    if found.is_empty:
        nothing = Words("Data belum tersedia.", "No data yet.")
        assert found.sentence == (figure.nothing or nothing)


def words_in(model: Any) -> list[Words]:
    if isinstance(model, Words):
        return [model]
    if isinstance(model, BaseModel):
        return [w for n in type(model).model_fields for w in words_in(getattr(model, n))]
    return [w for part in model for w in words_in(part)] if isinstance(model, tuple) else []


def test_all_texts_are_in_both_languages() -> None:
    for declared in (*figures().values(), *pages().values()):
        for words in words_in(declared):
            assert words.id.strip(), declared.name
            assert words.en.strip(), declared.name
    assert {f.name for f in fields(Words)} >= set(LANGUAGES)


def test_every_figure_is_on_the_page_of_its_readers() -> None:
    audiences = get_args(Audience)
    shown = {
        (page.name, name)
        for page in pages().values()
        for section in page.sections
        for name in section.figures
        if page.name in audiences
    }
    assert set(audiences) < set(pages())
    wanted = {(audience, f.name) for f in figures().values() for audience in f.audiences}
    assert shown == wanted


def changed(folder: Path, source: Path, **keys: Any) -> Path:
    raw = yaml.safe_load(source.read_text(encoding="utf-8"))
    folder.mkdir(exist_ok=True)
    (folder / source.name).write_text(yaml.safe_dump({**raw, **keys}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("titel", "x", "titel: is not a key here (did you mean title?)"),
        ("title", {"id": "Ekspor"}, "title.en: is missing"),
        ("for", ["bupati"], "for.0: 'bupati' is not valid"),
        ("sql", "SELECT :contry AS source", "'contry' is not a value (did you mean country?)"),
        ("sql", "SELECT 1 AS value_usd", "has no column source"),
        ("title", {"id": "{yaer}", "en": "x"}, "'yaer' is not a placeholder (did you mean year?)"),
        ("chart", {"kind": "pie"}, "kind 'pie' is not valid"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, key: str, value: Any, message: str
) -> None:
    folder = changed(tmp_path / "figures", FIGURES / "exports.yml", **{key: value})
    with pytest.raises(ConfigurationError) as error:
        read_figures(folder)
    assert message in str(error.value)
    assert "exports.yml" in str(error.value)


def test_a_page_names_figures_that_exist(tmp_path: Path) -> None:
    section = {"heading": {"id": "a", "en": "b"}, "figures": ["export"]}
    folder = changed(tmp_path / "pages", PAGES / "analis.yml", sections=[section])
    with pytest.raises(ConfigurationError, match=r"not a figure \(did you mean exports\?\)"):
        read_pages(folder, figures())


def test_values_of_a_query_are_literals() -> None:
    from reports.parameters import bound, mentioned

    sql = "SELECT ':region', a::text FROM t WHERE r = :region"
    assert mentioned(sql) == {"region"}
    known = {"region": "'O''Brien'"}
    assert bound(sql, known) == "SELECT ':region', a::text FROM t WHERE r = 'O''Brien'"


def test_cells_of_what_is_missing_say_why() -> None:
    column = figures()["exports"].columns[1].model_copy(update={"instead": "why", "codes": "rate"})
    assert cells.shown({"value_usd": None, "why": None}, column, "id") == "–"
    assert cells.shown({"value_usd": None, "why": "no_rate"}, column, "id") == "tanpa kurs"
