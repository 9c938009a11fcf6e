"""Figures and pages as declarations: `figures/NAME.yml`, `pages/NAME.yml`, one each a file.

A figure is one query of the published warehouse with what people read of it in both languages.
Every output (page, workbook, open data) is made from the same figure. A page is text and figures.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError

from config.files import read_yaml
from config.mistakes import Mistake, of_model, one_of, refuse
from config.model import Model
from reports.codes import lists
from reports.declared_charts import Chart
from reports.declared_columns import Column
from reports.declared_sentences import Sentence
from reports.parameters import NAMES, mentioned
from schemas.errors import ConfigurationError
from schemas.model import Words

FOLDER = Path(__file__).parent
FIGURES, PAGES = FOLDER / "figures", FOLDER / "pages"
FACTS = ("source", "release_stage", "recorded_at")
"""Columns of a result that say where a row is from. No table shows them."""
PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLACEHOLDERS = frozenset({"region", "group", "years", "year", "before"})
"""What a text may have in braces: the region, the group, and years of the result."""
Audience = Literal["kepala-daerah", "dampak", "analis", "dprd", "publik", "operasi"]


class Figure(Model):
    """A query, its columns, and what people read of them."""

    name: str
    """of the file"""
    title: Words
    """above the figure"""
    note: Words | None = None
    """below the title: how to read it, and what does not follow from it"""
    says: tuple[Sentence, ...] = ()
    """sentences that the rows write"""
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1, alias="for")]
    """pages whose readers it is for"""
    nothing: Words | None = None
    """said where the query has no row; by default that there is no data"""
    each: Literal["", "groups"] = ""
    """one figure for each group of partners of the region"""
    sql: str
    """a query of marts and tables; `:name` is a value of the installation"""
    made_by: Words | None = None
    """who made the rows, where they name no source"""
    unit: Words | None = None
    """of the values, where one unit is of them all"""
    period: str = ""
    """column of days that says which years or days the rows are of"""
    period_format: Literal["year", "month", "date"] = "year"
    """how they are written"""
    revised_by: tuple[str, ...] = ()
    """columns that tell its rows apart, and that must be the same for a value that differs from
    what it was to be a revised one: what it was is written beside it for 30 days"""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    """of the table, in its order"""
    chart: Chart | None = None
    """drawn above the table"""
    folded: bool = False
    """whether the table is folded below its chart or sentence"""
    newest: Annotated[int, Field(ge=0)] = 0
    """rows of the table that pages show; all others are in files (0 shows up to 60)"""
    public: bool = True
    """whether it may leave the administration, if the licences of its sources allow"""
    by_row: bool = False
    """whether each row stands by itself: where some may not leave, the others do without them"""


class Section(Model):
    """A heading with its figures."""

    heading: Words
    """above the figures"""
    text: Words | None = None
    """below the heading"""
    figures: tuple[str, ...]
    """names of figures"""


class Page(Model):
    """A page in both languages."""

    name: str
    """of the file"""
    order: int
    """place in the list of pages"""
    title: Words
    """of the page"""
    summary: Words
    """one sentence in the list of pages"""
    intro: Words
    """below the title"""
    one_sheet: bool = False
    """whether it fits one sheet of A4"""
    public: bool = False
    """whether it is for readers outside the administration: all of it passes the licence gate"""
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    """in their order"""

    @property
    def figure_names(self) -> list[str]:
        return [name for section in self.sections for name in section.figures]


Declared = TypeVar("Declared", Figure, Page)


@lru_cache(maxsize=1)
def figures() -> dict[str, Figure]:
    """All figures by name. Raises ConfigurationError with the file, the key and what is near."""
    return read_figures(FIGURES)


@lru_cache(maxsize=1)
def pages() -> dict[str, Page]:
    """All pages by name, in their order."""
    return read_pages(PAGES, figures())


def read_figures(folder: Path) -> dict[str, Figure]:
    found = {p.stem: _read(p, Figure) for p in sorted(folder.glob("*.yml"))}
    for name, figure in found.items():
        if mistakes := _mistakes(figure):
            raise _refused(mistakes, folder / f"{name}.yml")
    return found


def read_pages(folder: Path, known: dict[str, Figure]) -> dict[str, Page]:
    found = [(p, _read(p, Page)) for p in sorted(folder.glob("*.yml"))]
    for path, page in found:
        mistakes = [
            mistake
            for number, section in enumerate(page.sections)
            for name in section.figures
            for mistake in one_of(("sections", number, "figures"), name, known, "a figure")
        ]
        if mistakes:
            raise _refused(mistakes, path)
    return {page.name: page for _, page in sorted(found, key=lambda f: f[1].order)}


def _read(path: Path, model: type[Declared]) -> Declared:
    raw = read_yaml(path, "figure")
    try:
        return model.model_validate({"name": path.stem, **raw})
    except ValidationError as error:
        raise _refused(of_model(error, model), path) from None


def _refused(mistakes: list[Mistake], path: Path) -> ConfigurationError:
    error = refuse(mistakes, path, "figure")
    error.hint = "see docs/figures.md, which says what each key means"
    return error


def _mistakes(figure: Figure) -> list[Mistake]:
    """What the models do not see: parameters, placeholders, and facts that the query lacks."""
    found = [m for name in mentioned(figure.sql) for m in one_of(("sql",), name, NAMES, "a value")]
    for place, words in _texts(figure):
        for text in (words.id, words.en):
            for name in PLACEHOLDER.findall(text):
                found += one_of(place, name, PLACEHOLDERS, "a placeholder")
    for number, column in enumerate(figure.columns):
        if column.codes and column.codes != "marts":
            found += one_of(("columns", number, "codes"), column.codes, lists(), "a list of codes")
    for name in FACTS:
        if not re.search(rf"\b{name}\b", figure.sql):
            found.append(Mistake(("sql",), f"has no column {name}: every figure says its source"))
    named = [("period", figure.period)] + [("revised_by", name) for name in figure.revised_by]
    for key, name in named:
        if name and not re.search(rf"\b{name}\b", figure.sql):
            found.append(Mistake((key,), f"{name!r} is not a column of the query"))
    return found


def _texts(figure: Figure) -> list[tuple[tuple[str | int, ...], Words]]:
    found: list[tuple[tuple[str | int, ...], Words | None]] = [
        (("title",), figure.title), (("note",), figure.note), (("unit",), figure.unit),
    ]  # fmt: skip
    found += [(("columns", n, "heading"), c.heading) for n, c in enumerate(figure.columns)]
    found += [(("says", n, "subject"), s.subject) for n, s in enumerate(figure.says)]
    return [(place, words) for place, words in found if words is not None]
