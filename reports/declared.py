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
NUMBERS = frozenset({
    "integer", "decimal", "percent", "change", "rank", "unit", "measure", "interval", "pair",
})  # fmt: skip
"""Formats of columns that stand to the right."""
Audience = Literal["kepala-daerah", "dampak", "analis", "dprd", "publik", "operasi"]


class Column(Model):
    """A column of the table."""

    name: str
    """of the result; a text that differs by language is `name_id` and `name_en` there"""
    format: Literal[
        "text", "code", "integer", "decimal", "percent", "change", "date", "month", "year",
        "moment", "rank", "unit", "measure", "interval", "pair", "series", "amounts",
    ]  # fmt: skip
    """how a value is written; `unit` as the unit in the result's column `unit` asks, `measure` the
    same in full, `interval` and `pair` with the column `second`, `series` as numbers with `;`,
    `amounts` as `USD 1; JPY 2`"""
    heading: Words | None = None
    """above the column; by default what the dictionary says of it"""
    digits: Annotated[int, Field(ge=0, le=6)] = 0
    """after the decimal mark, of `decimal`"""
    scale: Literal[1, 1_000, 1_000_000, 1_000_000_000] = 1
    """what values are divided by"""
    unit: str = ""
    """of the values, as sentences say it: `IDR`, `USD`, `persons`, ..."""
    codes: str = ""
    """words of a `code`: a list of reports/codes.csv, or `marts` for warehouse/marts/codes.csv"""
    second: str = ""
    """the other column of an `interval` or a `pair`"""
    least: str = ""
    """a column of truths: where it is true a value is written with ≥"""
    was: str = ""
    """a column of what a value was before it was revised, written beside it"""
    months: str = ""
    """a column of months that are known: fewer than 12 are written beside the value"""
    instead: str = ""
    """a column of a code whose words stand where the value is missing"""
    optional: bool = False
    """left out where no row has a value"""

    @property
    def is_number(self) -> bool:
        return self.format in NUMBERS


class BaseChart(Model):
    """What every chart has."""

    alt: Words
    """what the chart shows, for those who do not see it"""
    leave_out: dict[str, str] = {}
    """values of columns of rows that are not drawn: totals"""


class BarsChart(BaseChart):
    """Ranked bars, with an upright mark of the value before."""

    kind: Literal["bars"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of lengths"""
    previous: str = ""
    """column of marks"""


class BulletsChart(BaseChart):
    """A narrow bar inside a wide one, with an upright mark."""

    kind: Literal["bullets"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of the narrow bar"""
    target: str
    """column of the wide bar"""
    mark: str = ""
    """column of the upright mark"""


class LinesChart(BaseChart):
    """Small multiples: a line for each name, each with its own scale."""

    kind: Literal["lines"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of heights"""
    at: str
    """column of days, from left to right"""
    shared: bool = False
    """one scale for all lines"""


class SlopesChart(BaseChart):
    """Slope of versions: what each name was in one version after the other, each with its own
    scale."""

    kind: Literal["slopes"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of heights"""
    at: str
    """column of the moments of the versions, from left to right in equal steps"""


class DotsChart(BaseChart):
    """A dot for a rank, in an interval."""

    kind: Literal["dots"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of dots"""
    low: str
    """column of left ends"""
    high: str
    """column of right ends"""
    sure: str = ""
    """column of truths: hollow where it is false"""


class LanesChart(BaseChart):
    """A lane for each name, from one day to another, with a line for today."""

    kind: Literal["lanes"]
    """which chart it is"""
    label: str
    """column of names"""
    start: str
    """column of first days"""
    end: str
    """column of last days"""
    state: str = ""
    """column of codes that colour the lane"""


class MonthsChart(BaseChart):
    """A heat map: a row for each name, a cell for each month."""

    kind: Literal["months"]
    """which chart it is"""
    label: str
    """column of names"""
    at: str
    """column of months"""
    value: str
    """column of shades"""


class TilesChart(BaseChart):
    """Headlines: a tile for each row, in place of a table."""

    kind: Literal["tiles"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of the large number"""
    change: str = ""
    """column of the change"""
    history: str = ""
    """column of a series, as a line"""


Chart = Annotated[
    BarsChart
    | BulletsChart
    | LinesChart
    | SlopesChart
    | DotsChart
    | LanesChart
    | MonthsChart
    | TilesChart,
    Field(discriminator="kind"),
]


class BaseSentence(Model):
    """What every sentence has."""

    subject: Words
    """what it is about; begins the sentence"""


class TrendSentence(BaseSentence):
    """The newest value against the one before: up, down, or steady within its noise."""

    kind: Literal["trend"]
    """which rule it is"""
    value: str
    """column of values"""
    at: str
    """column of days"""
    where: dict[str, str] = {}
    """values of columns that choose the rows"""


class ChangeSentence(BaseSentence):
    """A value and its change of one row."""

    kind: Literal["change"]
    """which rule it is"""
    value: str
    """column of the value"""
    change: str
    """column of the change"""
    where: dict[str, str] = {}
    """values of columns that choose the row; by default the first"""


class RankingSentence(BaseSentence):
    """Which row is largest, and its share."""

    kind: Literal["ranking"]
    """which rule it is"""
    label: str
    """column of names"""
    value: str
    """column of sizes"""
    whole: str = ""
    """column of what a share is of; by default the sum of the rows"""
    leave_out: dict[str, str] = {}
    """values of columns of rows that are no part: totals"""
    has_share: bool = True
    """whether sizes add up, so that there is a share"""


class CountSentence(BaseSentence):
    """How many rows there are, and how many in each state."""

    kind: Literal["count"]
    """which rule it is"""
    state: str = ""
    """column of codes"""
    states: tuple[str, ...] = ()
    """codes that are said, in this order"""
    codes: str = ""
    """list of their words in reports/codes.csv, where the table has no such column"""
    nothing: Words | None = None
    """said where no row has one of these codes"""


class DueSentence(BaseSentence):
    """What lapses first, and in how many days."""

    kind: Literal["due"]
    """which rule it is"""
    label: str
    """column of names"""
    at: str
    """column of days"""


class RatioSentence(BaseSentence):
    """A sum against another: realised against committed, against cost."""

    kind: Literal["ratio"]
    """which rule it is"""
    part: str
    """column of the part"""
    whole: str
    """column of what it is a part of"""
    part_words: Words
    """name of the part"""
    whole_words: Words
    """name of the whole"""
    as_rate: bool = False
    """said as so much for one, not as percent"""


class BalanceSentence(BaseSentence):
    """Two sums beside each other, as 1 : n."""

    kind: Literal["balance"]
    """which rule it is"""
    left: str
    """column of one side"""
    right: str
    """column of the other side"""
    left_words: Words
    """name of one side"""
    right_words: Words
    """name of the other side"""
    hidden: str = ""
    """column of a number of what is left out: above 0 both are least values"""
    where: dict[str, str] = {}
    """values of columns that choose the rows"""


Sentence = Annotated[
    TrendSentence | ChangeSentence | RankingSentence | CountSentence | DueSentence | RatioSentence
    | BalanceSentence,
    Field(discriminator="kind"),
]  # fmt: skip


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
    error.hint = "see reports/declared.py, which says what each key means"
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
