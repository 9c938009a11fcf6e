"""How the cells of each field are read: a function from a cell to canonical text.

A reader returns None for an empty cell and raises Unclear for one without a single reading. What a
cell says beside its value is returned as `Read`: a provisional figure, a suppressed count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tasks.read.workbook import values
from tasks.read.workbook.grid import BROKEN, EITHER, UNCOMPUTED, Cell, Percent, text_of
from tasks.read.workbook.lines import MOST_DIGITS, Column, digits_of
from tasks.read.workbook.pseudonym import Pseudonyms
from tasks.read.workbook.values import Unclear

ERRORS = (BROKEN.lower(), "#n/a", "#value!", "#div/0!", "#name?", "#null!", "#num!")
SHORT = 200  # letters of a text that needs no other care
REGION_CODE = re.compile(r"\d{2,10}|[A-Z_]+")
TWO_NAMES = re.compile(r"([ぁ-ヿ一-鿿・（）()]+) ?/? ?[A-Za-z][\x20-\x7e]*")
SIZED = re.compile("|".join(values.WORDS_OF_SIZE))
STAGE, STATUS = "_stage", "_status"  # columns beside the fields: release stage, value status
SUPPRESSED = "suppressed"
CellReader = Callable[[Any], "str | Read | None"]


@dataclass(frozen=True)
class Read:
    """A value with what its cell says of it."""

    text: str | None
    state: str  # STAGE or STATUS
    value: str


class Readers:
    """Readers of a contract's fields."""

    def __init__(self, contract: Mapping[str, Any], pseudonyms: Pseudonyms) -> None:
        self._contract, self._pseudonyms = contract, pseudonyms
        self._locale: Any = contract["locale"]
        self._marks: Mapping[str, str] = contract["marks"]
        self._missing = frozenset(values.folded(text) for text in contract["missing"])

    def of(self, name: str, cells: Sequence[Cell]) -> CellReader:
        """The reader of a field. Some look at the whole column: shares of one are no percents."""
        match self._contract["fields"][name]:
            case "number":
                return self._number(name)
            case "percent":
                return self._percent(name, cells)
            case "date":
                return lambda cell: values.date_text(checked(cell), self._locale)
            case "period":
                return self._period
            case "flag":
                return lambda cell: values.flag_text(checked(cell))
            case "area":
                return lambda cell: values.folded(values.without_marks(_one_name(word(cell))))
            case "region":
                return self._region
            case "reference":
                return lambda cell: self._pseudonyms.of(text) if (text := word(cell)) else None
        labels: Mapping[str, str] | None = self._contract["labels"].get(name)
        if labels:
            return lambda cell: _labelled(cell, labels)
        return lambda cell: word(cell) or None

    def whole_column(
        self,
        name: str,
        cells: Sequence[Cell],
        texts: Collection[str],
        digits: Column | None = None,
    ) -> Sequence[str]:
        """The texts of a column of one type that needs no look at each cell: numbers that are
        taken as they are, words of no list. Empty for every other column. `texts` are the distinct
        cells of a column of texts, `digits` numbers as they are written, where that is known."""
        contract = self._contract
        kind, cell = contract["fields"][name], cells[0]
        if kind == "number" and type(cell) is float and not self._missing:
            others = (contract["factors"], contract["whole"])
            if any(name in other for other in others):
                return []
            return _plain_numbers(cells, digits or digits_of(cells))
        if kind == "text" and texts and not contract["labels"].get(name):
            return cells if _are_plain_words(texts) else []
        return []

    def _number(self, name: str) -> CellReader:
        factor = Decimal(self._contract["factors"].get(name) or 1)
        is_one = factor == 1
        is_free = name in self._contract["percents"]
        if name in self._contract["whole"]:
            return lambda cell: _whole(self._scaled(cell, factor))

        def read(cell: Cell) -> str | Read | None:
            if type(cell) is float and is_one and abs(cell) < MOST_DIGITS:
                if cell.is_integer():
                    return str(int(cell))
                text = repr(cell)
                return values.number_text(cell) if "e" in text or "n" in text else text
            if not is_free and _is_percent(cell):
                raise Unclear("percent_in_number")
            return self._scaled(_hundred(cell), factor)

        return read

    def _percent(self, name: str, cells: Sequence[Cell]) -> CellReader:
        """Percents: as they are shown. A plain number below one beside percentages, or in a column
        of nothing else, may be a share of one: it is returned."""
        factor = Decimal(self._contract["factors"].get(name) or 1)
        plain = [abs(c) for c in cells if type(c) in (float, int) and c]
        shares = any(type(c) is Percent for c in cells) or (plain and max(plain) <= 1)

        def read(cell: Cell) -> str | Read | None:
            if shares and factor == 1 and type(cell) in (float, int) and 0 < abs(cell) <= 1:
                text = values.number_text(cell) or ""
                raise Unclear("share_or_percent", (text, _times_hundred(text)))
            return self._scaled(_hundred(cell), factor)

        return read

    def _scaled(self, cell: Cell, factor: Decimal) -> str | Read | None:
        cell = checked(cell)
        try:
            number = values.number_text(
                cell, self._locale, marks=self._marks, missing=self._missing
            )
        except Unclear as unclear:
            if unclear.code == "below_limit" and STATUS in self._contract["states"]:
                return Read(None, STATUS, SUPPRESSED)
            raise
        if number is None:
            is_hidden = isinstance(cell, str) and values.folded(cell) in values.NOT_SHOWN
            return Read(None, STATUS, SUPPRESSED) if is_hidden else None
        if factor != 1:
            scaled = values.plain(Decimal(number) * factor)
            if isinstance(cell, str) and SIZED.search(values.folded(cell)):
                raise Unclear(
                    "ambiguous_number", (number, scaled)
                )  # `5 juta` in a table of millions
            number = scaled
        return self._staged(cell, number)

    def _staged(self, cell: Cell, text: str | None) -> str | Read | None:
        """A value with the release stage that the mark at the end of its cell stands for."""
        if self._marks and isinstance(cell, str):
            stage = self._marks.get(values.split_marks(cell, self._marks)[1], "")
            if stage:
                return Read(text, STAGE, stage)
        return text

    def _period(self, cell: Cell) -> str | Read | None:
        cell = checked(cell)
        try:
            start = period_of(cell, self._contract)
        except Unclear as unclear:
            code = {"not_a_date": "not_a_period", "ambiguous_date": "ambiguous_period"}
            raise Unclear(code.get(unclear.code, unclear.code), unclear.readings) from None
        return self._staged(cell, start)

    def _region(self, cell: Cell) -> str | None:
        text = word(cell)
        code = values.region_code(text) if text else None
        if code == text and text and not REGION_CODE.fullmatch(text):
            raise Unclear("unknown_region", values.nearest(text))
        return code


def _plain_numbers(numbers: Sequence[float], digits: Column) -> Sequence[str]:
    """A column of floats in digits; empty where one needs a closer look: an exponent, no number,
    more digits than a cell holds, a zero below zero."""
    _, texts, after = digits
    if after:  # all are whole
        return texts
    if max(numbers) >= MOST_DIGITS or min(numbers) <= -MOST_DIGITS:
        return []
    text = ",".join(texts) + ","
    if "e" in text or "n" in text or "-0.0," in text:
        return []
    return text.replace(".0,", ",")[:-1].split(",") if ".0," in text else texts


def _are_plain_words(texts: Collection[str]) -> bool:
    """Whether `word` would return all texts as they are."""
    joined = "|".join(["", *texts, ""])
    is_plain = joined.isascii() and joined.isprintable() and max(map(len, texts)) <= SHORT
    if not is_plain or any(sign in joined for sign in ("  ", "| ", " |", "#")):
        return False
    return values.EMPTY_TEXT.isdisjoint(map(str.lower, texts))


def period_of(cell: Cell, contract: Mapping[str, Any]) -> str | None:
    """First day of a period, as a contract declares its years and marks. Raises Unclear."""
    return values.period_text(
        cell, contract["locale"], year_begins=contract["year_begins"], marks=contract["marks"]
    )


def checked(cell: Cell) -> Cell:
    """A cell without invisible characters. Raises Unclear for a formula without a value."""
    if isinstance(cell, str):
        text = values.folded(cell)
        if text in ERRORS:
            raise Unclear("formula_error")
        if cell == UNCOMPUTED:
            raise Unclear("formula_pending")
        if cell.endswith(EITHER):
            number = values.plain(Decimal(cell.removesuffix(EITHER)))
            raise Unclear("share_or_percent", (number, _times_hundred(number)))
        return values.clean_text(cell)
    return cell


def word(cell: Cell) -> str:
    """A cell as a text; empty where it says that there is none."""
    if type(cell) is str and cell.isascii() and cell.isprintable() and len(cell) <= SHORT:
        text = " ".join(cell.split())  # most cells by far
        low = text.lower()
        if low not in ERRORS and text != UNCOMPUTED and not text.endswith(EITHER):
            return "" if low in values.EMPTY_TEXT else text
    text = published_text(cell)
    return "" if values.folded(text) in values.EMPTY_TEXT else values.clean_text(text)


def published_text(cell: Cell) -> str:
    """A cell as text; a number as its digits. Raises Unclear for an error of a formula, and for a
    number that Excel has rounded: it keeps 15 digits."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= MOST_DIGITS:
        raise Unclear("rounded_number")
    return text_of(checked(cell))


def _labelled(cell: Cell, labels: Mapping[str, str]) -> str | None:
    """The code of a label. Another text stays as it is, and its row is refused by a rule."""
    text = word(cell)
    return labels.get(values.folded(text), text) or None


def _one_name(text: str) -> str:
    """The Japanese name of a cell that repeats it in Latin letters: `韓国 South Korea`."""
    match = TWO_NAMES.fullmatch(text)
    return match[1] if match else text


def _whole(found: str | Read | None) -> str | Read | None:
    """A number rounded to a whole one, half to the even one."""
    if isinstance(found, Read):
        return replace(found, text=None if found.text is None else _rounded(found.text))
    return None if found is None else _rounded(found)


def _rounded(text: str) -> str:
    return str(Decimal(text).to_integral_value())


def _is_percent(cell: Cell) -> bool:
    return type(cell) is Percent or (isinstance(cell, str) and cell.rstrip().endswith(("%", "％")))


def _hundred(cell: Cell) -> Cell:
    """The number that a percentage shows: 0.475 is shown as 47.5%."""
    if type(cell) is not Percent:
        return cell
    return Decimal(_times_hundred(repr(float(cell))))


def _times_hundred(text: str) -> str:
    return values.plain(Decimal(text) * 100)
