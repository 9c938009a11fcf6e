"""The annex: a workbook of one language with a sheet for each figure, as typed values.

Numbers are numbers with a format that shows what the page shows, days are days. Sheets are numbered
as statistical tables are; each table has a name, that of its figure, which stays.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Context, Decimal
from io import BytesIO
from typing import Any, NamedTuple

from reports import codes
from reports.cells import MARTS, YEAR_MONTHS, facts_of, scaled, shown, value_of
from reports.declared_columns import Column
from reports.drawn import Drawn
from reports.layout import Edition
from reports.words import HALF, MINUS, WORDS, day, word
from schemas.sheets import AS_TEXT, CELL_CHARS, SHEET_DIGITS, SHEET_ROWS, cell_of_sheet
from schemas.texts import shortened, visible
from warehouse import dictionary

Row = Mapping[str, Any]
NUMBER = "#,##0"
FORMATS = {
    "date": "d mmm yyyy", "month": "mmm yyyy", "year": "yyyy", "moment": 'd mmm yyyy hh:mm "UTC"',
}  # fmt: skip
UNIT_FORMATS = {"percent": '0.0"%"', "share": "0.0%", "nights": "#,##0.0", "per_rupiah": "#,##0.00"}
HEAD_ROW = 3  # of the table; what is above it does not scroll
WIDEST, NARROWEST, FACT = 60, 10, 28.0  # signs of a column; of the first, with names of facts
LINE = 15  # points


class Cell(NamedTuple):
    """A value with the number format that shows it; none for a text."""

    value: Any
    format: str = ""


class Part(NamedTuple):
    """A column of a sheet: a column of a figure has one or two."""

    heading: str
    cells: tuple[Cell, ...]

    @property
    def is_number(self) -> bool:
        return any(isinstance(cell.value, int | float | Decimal) for cell in self.cells)


def annex(figures: Sequence[Drawn], edition: Edition, language: str) -> bytes:
    """The workbook of these figures."""
    import xlsxwriter

    out = BytesIO()
    made = edition.published.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    with xlsxwriter.Workbook(out, {"in_memory": True, **AS_TEXT}) as book:
        region = edition.region.name_en if language == "en" else edition.region.name_id
        book.set_properties({
            "title": f"{word('annex', language)} – {region}", "author": region, "created": made,
            "comments": word("mark", language) if edition.is_simulated else "",
        })  # fmt: skip
        Annex(book, figures, edition, language).write()
    return out.getvalue()


class Annex:
    """Sheets of one workbook."""

    def __init__(
        self, book: Any, figures: Sequence[Drawn], edition: Edition, language: str
    ) -> None:
        self.book, self.figures, self.edition, self.language = book, figures, edition, language
        self.styles: dict[str, Any] = {}
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 13})
        head = {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 1}
        self.head = book.add_format({**head, "align": "left", "indent": 1})
        self.number_head = book.add_format({**head, "align": "right"})
        self.text = book.add_format({"align": "left", "indent": 1})
        self.mark = book.add_format({"bold": True, "font_color": "#7a2e0e", "bg_color": "#fff3e8"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})

    def write(self) -> None:
        names = [f"{self.word('table_number')} {n}" for n in range(1, len(self.figures) + 1)]
        self._contents(names)
        for name, drawn in zip(names, self.figures, strict=True):
            self._figure(name, drawn)
        self._codes()
        self._metadata(names)

    def word(self, name: str) -> str:
        return word(name, self.language)

    def _sheet(self, name: str, title: str) -> Any:
        """A sheet with the mark, its title and a link to the contents."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
        if self.edition.is_simulated:
            sheet.write_string(0, 0, self.word("mark"), self.mark)
            sheet.set_header(f"&R&B{self.word('mark')}")
        sheet.write_string(1, 0, _fitting(title), self.title)
        if name != self.word("index"):
            place = f"internal:'{self.word('index')}'!A1"
            sheet.write_url(2, 0, place, string=self.word("index"))
        return sheet

    def _heads(
        self, sheet: Any, heads: Sequence[str], widths: Sequence[float], numbers: Sequence[int] = ()
    ) -> None:
        """The heads, which do not scroll, and widths of the columns; those of numbers stand to the
        right."""
        lines = 1
        for column, (head, width) in enumerate(zip(heads, widths, strict=True)):
            style = self.number_head if column in numbers else self.head
            sheet.write_string(HEAD_ROW, column, _fitting(head), style)
            sheet.set_column(column, column, width)
            lines = max(lines, len(textwrap.wrap(head, int(width) - 2)))
        sheet.set_row(HEAD_ROW, LINE * lines)
        sheet.freeze_panes(HEAD_ROW + 1, 0)
        sheet.repeat_rows(HEAD_ROW)

    def _contents(self, names: Sequence[str]) -> None:
        region = self.edition.region.name_en if self.language == "en" else (
            self.edition.region.name_id)  # fmt: skip
        sheet = self._sheet(self.word("index"), f"{self.word('annex')} – {region}")
        made = f"{self.word('made')} {day(self.edition.published, self.language)}"
        sheet.write_string(2, 0, made)
        heads = [self.word(n) for n in ("table_number", "figure", "rows", "name")]
        self._heads(sheet, heads, (14, 80, 8, 24), [2])
        for row, (name, drawn) in enumerate(zip(names, self.figures, strict=True), HEAD_ROW + 1):
            sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
            sheet.write_string(row, 1, _fitting(drawn.title.in_language(self.language)), self.text)
            sheet.write_number(row, 2, len(drawn.rows))
            sheet.write_string(row, 3, drawn.name, self.text)
        for row, name in enumerate(("codes", "metadata"), HEAD_ROW + 1 + len(names)):
            text = self.word(name)
            sheet.write_url(row, 0, f"internal:'{text}'!A1", string=text)

    def _figure(self, name: str, drawn: Drawn) -> None:
        sheet = self._sheet(name, drawn.title.in_language(self.language))
        parts = parts_of(drawn, self.language)
        rows = drawn.rows[: SHEET_ROWS - 100]
        widths = [_width(part) for part in parts]
        widths[0] = max(widths[0], FACT)
        numbers = [n for n, part in enumerate(parts) if part.is_number]
        self._heads(sheet, [part.heading for part in parts], widths, numbers)
        for column, part in enumerate(parts):
            for row, cell in enumerate(part.cells[: len(rows)], HEAD_ROW + 1):
                self._write(sheet, (row, column), cell)
        last = HEAD_ROW + len(rows)
        if rows:
            sheet.autofilter(HEAD_ROW, 0, last, len(parts) - 1)
            area = f"='{name}'!$A${HEAD_ROW + 1}:${_letters(len(parts))}${last + 1}"
            self.book.define_name(f"fig_{re.sub('[^A-Za-z0-9]', '_', drawn.name)}", area)
        for row, (fact, text) in enumerate(self._facts(drawn), last + 2):
            sheet.write_string(row, 0, fact, self.bold)
            sheet.write_string(row, 1, _fitting(text), self.text)

    def _write(self, sheet: Any, place: tuple[int, int], cell: Cell) -> None:
        style = self._style(cell.format)
        match cell_of_sheet(cell.value):
            case None | "":
                return
            case date() as value:
                sheet.write_datetime(*place, value, style)
            case bool() as value:
                sheet.write_boolean(*place, value)
            case int() | float() | Decimal() as value:
                sheet.write_number(*place, value, style)
            case value:
                sheet.write_string(*place, _fitting(visible(str(value))), self.text)

    def _style(self, number_format: str) -> Any:
        if not number_format:
            return None
        if number_format not in self.styles:
            self.styles[number_format] = self.book.add_format({"num_format": number_format})
        return self.styles[number_format]

    def _facts(self, drawn: Drawn) -> Iterator[tuple[str, str]]:
        """What must be known of the figure, below its table."""
        x = self.language
        said = drawn.sentence.in_language(x)
        if said:
            yield self.word("says"), said
        if drawn.note is not None:
            yield self.word("note"), drawn.note.in_language(x)
        yield from facts_of(drawn.facts, drawn.figure.period_format, x)
        if licences := self._licences(drawn):
            yield self.word("licence"), licences
        if drawn.tables:
            yield self.word("made_from"), ", ".join(drawn.tables)

    def _licences(self, drawn: Drawn) -> str:
        found = dict.fromkeys(
            f"{codes.in_words('licence', p.licence, self.language)} "
            f"({codes.in_words('redistribution', p.redistribution, self.language)})"
            for p in drawn.facts.sources
        )
        return "; ".join(found)

    def _codes(self) -> None:
        """Codes of the tables, in words."""
        sheet = self._sheet(self.word("codes"), self.word("codes"))
        self._heads(sheet, [self.word(n) for n in ("column", "code", "meaning")], (30, 40, 80))
        rows = sorted({*self._codes_of_lists(), *self._codes_of_marts()})
        for row, texts in enumerate(rows, HEAD_ROW + 1):
            for column, text in enumerate(texts):
                sheet.write_string(row, column, _fitting(text), self.text)

    def _coded(self) -> Iterator[tuple[Drawn, Column, str]]:
        """Columns of codes with their headings."""
        for drawn in self.figures:
            for column in drawn.columns:
                if column.codes:
                    heading = column.heading
                    yield drawn, column, heading.in_language(self.language) if heading else ""

    def _codes_of_lists(self) -> Iterator[tuple[str, str, str]]:
        for _, column, heading in self._coded():
            for code, words in codes.lists().get(column.codes, {}).items():
                yield heading, code, words.in_language(self.language)

    def _codes_of_marts(self) -> Iterator[tuple[str, str, str]]:
        """Codes that say why a cell of a mart is empty."""
        for drawn, column, heading in self._coded():
            if column.codes == MARTS:
                names = [name for name in (column.name, column.instead) if name]
                for known in dictionary.words_of(drawn.figure.sql, names):
                    for code, words in known.codes:
                        yield heading, code, words.in_language(self.language)

    def _metadata(self, names: Sequence[str]) -> None:
        heads = ("table_number", "name", "figure", "unit", "period", "stage", "retrieved", "source",
                 "licence", "public", "made_from", "note")  # fmt: skip
        sheet = self._sheet(self.word("metadata"), self.word("metadata"))
        widths = (12, 20, 40, 20, 16, 20, 16, 40, 40, 14, 30, 60)
        self._heads(sheet, [self.word(name) for name in heads], widths)
        for row, (name, drawn) in enumerate(zip(names, self.figures, strict=True), HEAD_ROW + 1):
            known = {
                **dict(self._facts(drawn)),
                self.word("table_number"): name,
                self.word("name"): drawn.name,
                self.word("figure"): drawn.title.in_language(self.language),
                self.word("public"): self.word("yes" if drawn.figure.public else "no"),
            }
            for column, head in enumerate(heads):
                text = known.get(self.word(head), "")
                sheet.write_string(row, column, _fitting(text), self.wrap)


def parts_of(drawn: Drawn, language: str) -> list[Part]:
    """The columns of the sheet of a figure."""
    found: list[Part] = []
    for column in drawn.columns:
        heading = column.heading.in_language(language) if column.heading else column.name
        cells = tuple(_cell(row, column, language) for row in drawn.rows)
        match column.format:
            case "interval" | "pair":
                other = column.model_copy(update={"name": column.second, "format": "decimal"})
                seconds = tuple(_cell(row, other, language) for row in drawn.rows)
                found += [Part(f"{heading} (1)", cells), Part(f"{heading} (2)", seconds)]
            case "unit" | "measure":
                units = tuple(Cell(unit_in_words(row, language)) for row in drawn.rows)
                found += [Part(heading, cells), Part(word("unit", language), units)]
            case _:
                found.append(Part(heading, cells))
        found += _before(drawn, column, heading, language)
    return found


def _before(drawn: Drawn, column: Column, heading: str, language: str) -> Iterator[Part]:
    """What revised values were, beside them."""
    if column.was and any(row[column.was] is not None for row in drawn.rows):
        other = column.model_copy(update={"name": column.was, "least": "", "months": ""})
        cells = tuple(_cell(row, other, language) for row in drawn.rows)
        yield Part(f"{heading}: {word('was', language, value='').strip()}", cells)


def unit_in_words(row: Row, language: str) -> str:
    unit = str(row["unit"])
    return word(f"unit_{unit}", language) if f"unit_{unit}" in WORDS else unit


def _cell(row: Row, column: Column, language: str) -> Cell:
    value = value_of(row, column, language)
    if value is None or value == "":
        code = row.get(column.instead) if column.instead else None
        return Cell(shown(row, column, language) if code else None)
    if column.is_number:
        return Cell(
            _rounded(scaled(value, column)), _marked(_number_format(row, column), row, column)
        )
    if column.format in FORMATS:
        return Cell(value, FORMATS[column.format])
    return Cell(shown(row, column, language))


def _rounded(value: Any) -> Any:
    """A number of as many digits as a sheet holds; one whose whole part has more stays as it is,
    and is written as text."""
    exact = Decimal(value)
    if exact.is_finite() and exact.adjusted() < SHEET_DIGITS:
        return exact if exact == exact.to_integral() else Context(prec=SHEET_DIGITS).plus(exact)
    return value


def _number_format(row: Row, column: Column) -> str:
    """The format that shows as many digits as the page."""
    value = float(scaled(row[column.name], column))
    if column.format in ("percent", "change"):
        small = f"{_two_digits(value * 100)}%" if 0 < abs(value) * 1000 < HALF else "0.0%"
        return f"+{small};{MINUS}{small};{small}" if column.format == "change" else small
    if column.format in ("unit", "measure"):
        return UNIT_FORMATS.get(str(row["unit"]), NUMBER)
    if 0 < abs(value) * 10.0**column.digits < HALF:
        return _two_digits(value)
    return f"{NUMBER}.{'0' * column.digits}" if column.digits else NUMBER


def _two_digits(value: float) -> str:
    """What is not zero is not shown as zero."""
    return f"0.{'0' * -math.floor(math.log10(abs(value)))}#"


def _marked(number_format: str, row: Row, column: Column) -> str:
    """With `≥` for a least value and `(8/12)` for a part of a year, as on the page."""
    if column.least and row[column.least]:
        number_format = f'"≥ "{number_format}'
    months = row[column.months] if column.months else None
    if months is not None and months < YEAR_MONTHS:
        number_format = f'{number_format}" ({months}/12)"'
    return number_format


def _width(part: Part) -> float:
    longest = max((len(_about(cell)) for cell in part.cells), default=0)
    head = max(map(len, part.heading.split()), default=0)
    return float(min(WIDEST, max(NARROWEST, longest, head) + 2))


def _about(cell: Cell) -> str:
    """About what the cell shows."""
    if isinstance(cell.value, date):
        return cell.format
    if isinstance(cell.value, int | float | Decimal):
        return f"{float(cell.value):,.2f}"
    return str(cell.value or "")


def _letters(count: int) -> str:
    """The name of a column of a sheet: A, Z, AA."""
    text = ""
    while count:
        count, rest = divmod(count - 1, 26)
        text = chr(65 + rest) + text
    return text


def _fitting(text: str) -> str:
    return shortened(text, CELL_CHARS)
