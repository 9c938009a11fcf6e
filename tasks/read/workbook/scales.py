"""Words of size in headings and titles: `(juta USD)`, `in thousands`, `単位：千円`.

The numbers under such words are thousandths or millionths of what is meant. By how much they are
multiplied is declared (`factors`) and never guessed: a table whose words nobody declared is
returned. What another table's title or a note on it says is no matter here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tasks.read.workbook.grid import Cell, Sheet, cell_at, column_letter
from tasks.read.workbook.layout import PIVOT, Layout, fold
from tasks.read.workbook.problem import Problem
from tasks.read.workbook.regex import regex
from tasks.read.workbook.rows import Found

_ID = r"(?:ribu|juta|mil[iy]ar|tril[iy]un)(?:an)?"
_EN = r"(?:thousand|million|billion|trillion)s?"
_SIZE = rf"(?<![a-z\d.,])(?:{_ID}|rb|jt|{_EN}|thou|mn|mio|bn|['’]?000s?)(?![a-z\d])"
_MONEY = r"(?:rp\.?|rupiah|idr|usd|us ?\$|us dollars?|dol+ars?|aud|a\$|jpy|yen|eur|euro|sgd|[$¥€])"
_COUNTED = (
    r"(?:orang|jiwa|ton|tons|tonnes|kg|unit|units|ekor|buah|batang|liter|kunjungan|wisatawan|tamu"
    r"|malam|persons?|people|visitors?|nights?)"
)
_JA = (
    r"(?<![\d.,])(?:十億|百万|千万|千|万|億|兆) ?(?:円|人|名|米?ドル|トン|t\b|kg|台|件|泊|個|本|枚"
    r"|頭|羽|世帯|戸|ha|ユーロ|元|ウォン|ルピア|usd|us\$|\$)(?!当|あたり|につき)"
)
_IN = r"(?:(?:dalam|in|satuan|units?|nilai|value|単位)\b ?[::]? ?)*"
_SAID = rf"(?:{_MONEY} ?)?(?:{_SIZE}[^\d,;()]{{0,30}}|{_JA}[^\d,;()]{{0,10}})"
# A word of size anywhere; all that stands in brackets; words that no bracket needs; the end of a
# heading or a title.
SIZE = regex(f"{_SIZE}|{_JA}")
BRACKET = regex(rf"[(\[] ?{_IN}(?P<words>{_SAID}) ?[)\]]")
IN_WORDS = regex(
    rf"\b(?:dalam|in) (?P<id>(?:{_MONEY} ?)?{_SIZE}(?: {_MONEY}| {_COUNTED})?)"
    rf"|(?:satuan|units?|単位) ?[::] ?(?P<unit>{_SAID})"
)
AT_END = regex(
    rf"(?<!\d )(?<!per )(?<!an )(?P<words>(?:{_ID}|{_EN}) (?:{_MONEY}|{_COUNTED})"
    rf"|{_MONEY} (?:{_ID}|{_EN})|{_JA})\.?$"
)
# A note counts where it says how this table is written, and nothing else.
NOTE = regex(
    r"^(?:\*|※|注|備考|catatan|keterangan|ket\b|notes?\b|remarks?|sumber|source|出典|資料)"
)
STATED = regex(
    r"^\W*(?:注|備考|catatan|keterangan|ket|notes?|remarks?)\W*(?:\d\W*)?(?:semua |all )?"
    r"(?:angka|nilai|data|figures?|values?|numbers?|amounts?|数値は?|金額は?)? ?"
    r"(?:disajikan |dinyatakan |ditulis |are |is |expressed |shown |given )*"
    rf"(?:dalam |in )?(?P<words>{_SAID})$"
)
OTHER_TABLE = regex(
    r"^(?:lihat|see|cf|bandingkan)\b"
    r"|^(?:tabel|table) ?[\w.]+ (?:disajikan|dinyatakan|dalam|menggunakan|is|are|uses|shows)\b"
)
TABLE = regex(r"^(?:tabel|table|表) ?\d")
WEIGHT = regex(
    r"[(\[] ?(?:dalam |in )?(?P<in>ton|tons|tonnes|metric tons?|mt|t|k[uw]intal|kw|gram|トン)"
    r" ?[)\]]|(?<!\d) (?P<end>ton|tons|tonnes|トン)$"
)
OWN_UNIT = regex(r"[(\[][^()\[\]\d]+[)\]]")
KILOGRAMS = "_kg"


def undeclared(
    sheet: Sheet, here: Layout, found: Found, contract: Mapping[str, Any]
) -> list[Problem]:
    """The columns of numbers whose size is said in words that nobody declared. Cells that were read
    before have been declared then."""
    columns = _undeclared_columns(here, contract)
    if sheet.header is not None or not columns:
        return []
    units = [row for row, kind in found.left_out if kind == "units"]
    problems, open_columns = [], []
    for n, name in columns.items():
        own = [fold(here.headings[n]), *(fold(cell_at(sheet.rows[row], n)) for row in units)]
        words = next(filter(None, (_of_heading(text, name) for text in own)), "")
        if words:
            problems.append(Problem("scale_undeclared", column_letter(n), (words,)))
        elif not any(map(OWN_UNIT.search, own)):
            open_columns.append(n)
    if problems or not open_columns or _declares(here, contract):
        return problems
    words = next(filter(None, map(of_title, _titles(sheet, here, found))), "")
    return [Problem("scale_undeclared", column_letter(n), (words,)) for n in open_columns if words]


def _undeclared_columns(here: Layout, contract: Mapping[str, Any]) -> dict[int, str]:
    """Columns of numbers without a factor, and without a unit beside them that says it."""
    named = {**here.columns} | {n: pivot.field for n, pivot in here.pivots.items()}
    constants = contract["constants"]
    given = {name for name, text in constants.items() if SIZE.search(fold(text))}
    given |= {*contract["compose"], *contract["titles"], *named.values()} - constants.keys()
    given |= {part for pivot in here.pivots.values() for part in pivot.parts}
    columns = {}
    for n in here.columns_of(contract["fields"], "number"):
        name = named[n] if here.columns[n] == PIVOT else here.columns[n]
        unit = "unit" if name in contract["percents"] else f"{name}_unit"
        if name not in contract["factors"] and unit not in given:
            columns[n] = name
    return columns


def _declares(here: Layout, contract: Mapping[str, Any]) -> bool:
    """Whether a factor is declared for one of the columns: it is what a title says."""
    fields = {*here.columns.values(), *(pivot.field for pivot in here.pivots.values())}
    return not fields.isdisjoint(contract["factors"])


def _of_heading(text: str, name: str) -> str:
    """The words of size of a folded heading, or a unit that is no kilogram over kilograms."""
    words = _said(text)
    if not words and name.endswith(KILOGRAMS) and (match := WEIGHT.search(text)):
        return str(match["in"] or match["end"])
    return words


def of_title(text: str) -> str:
    """The words of size of a folded title or note, if it speaks of the table that it belongs to."""
    if NOTE.search(text):
        match = STATED.search(text)
        return str(match["words"]).strip() if match else ""
    return "" if OTHER_TABLE.search(text) else _said(text)


def _said(text: str) -> str:
    for pattern in (BRACKET, IN_WORDS, AT_END):
        if match := pattern.search(text):
            return str(next(filter(None, match.groups()))).strip()
    return ""


def _titles(sheet: Sheet, here: Layout, found: Found) -> Iterator[str]:
    """What stands above the headings, up to a table or the title of a table before; titles above
    further rows; notes."""
    for row in range(here.header.first - 1, -1, -1):
        cells = sheet.rows[row]
        if _has_figures(cells):
            break
        texts = [fold(cell) for cell in cells if isinstance(cell, str) and cell]
        yield from texts
        if any(map(TABLE.search, texts)):
            break
    last = found.data[-1] if found.data else -1
    for row, kind in found.left_out:
        if kind == "note" or (kind == "title" and row < last):
            texts = [fold(cell) for cell in sheet.rows[row] if isinstance(cell, str) and cell]
            yield from (t for t in texts if kind == "title" or NOTE.search(t) or _is_alone(t))


def _is_alone(text: str) -> bool:
    """Whether a text is a unit and nothing else."""
    return bool(BRACKET.fullmatch(text) or IN_WORDS.fullmatch(text))


def _has_figures(cells: Sequence[Cell]) -> bool:
    return sum(1 for c in cells if isinstance(c, int | float) and not isinstance(c, bool)) > 1
