"""Which rows of a table are data, and what the others are: totals, notes, repeated headings.

A row that is left out is always named with its kind, so that a sender can see what was not read. A
total is known by a word of its own (`Jumlah/Total`), or by its place and its arithmetic: a row that
only begins with such a word (`Jumlah wisatawan`) is data unless it adds up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any
from unicodedata import normalize

from tasks.read.workbook.calendar_words import MONTH
from tasks.read.workbook.grid import Cell, Sheet, cell_at, text_of
from tasks.read.workbook.layout import LEFT_OUT, PIVOT, Layout, fold, heading_of
from tasks.read.workbook.numbers import AFTER, NOT_SHOWN
from tasks.read.workbook.title_parts import parts_of
from tasks.read.workbook.values import EMPTY, Unclear, number_text

TOTAL_WORDS = frozenset(
    {"jumlah", "jml", "jlh", "total", "totals", "sub", "subtotal", "subjumlah", "grand", "sum",
     "keseluruhan", "seluruhnya", "overall", "合計", "小計", "総計", "総合計", "計", "総数", "総額"}
)  # fmt: skip
# Words beside a word of totals that leave it one: `Jumlah akhir`, `計（再掲）`.
BESIDE_TOTALS = frozenset(
    {"akhir", "besar", "umum", "seluruh", "semua", "全体", "再掲", "人", "orang"}
)
AVERAGE_WORDS = frozenset(
    {"rata", "ratarata", "rerata", "rata2", "average", "averages", "avg", "mean", "平均"}
)
NOTES = re.compile(
    r"^(\*|※|†|注|\d\) |catatan|keterangan|ket\b|sumber|source|notes?\b|remarks?|dicetak|diunduh|"
    r"printed|downloaded|lanjutan|sambungan|continued|tabel\b|table\b|出典|資料|備考|続き|表\d)"
)
PRINTED = re.compile(r"^(dicetak|diunduh|printed|downloaded|sumber|source|catatan|notes?\b|出典)")
EXAMPLES = re.compile(r"^(contoh|example|例)$")
UNIT = re.compile(
    r"[(\[][^\d()\[\]]{1,40}[)\]]|%|persen|(?:(?:rb|ribu|juta|miliar) ?)?(?:rp|rupiah|us\$|usd)"
)
UNIT_LABELS = frozenset({"", "satuan", "unit", "units", "単位"})
# One of a row that counts the columns: (1), [2], 3., (c), III, and (4)=(2)+(3).
NUMBERED = re.compile(
    r"[(\[]?(?:(?P<n>-?\d{1,5})|(?P<roman>[ivx]{1,5})|(?P<letter>[a-z]))[)\]]?\.?"
    r"(?: ?=[\d a-z()\[\]+x:×*/÷.-]{1,40})?[)\]]?",
    re.IGNORECASE,
)
ROMAN = {
    "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10,
    "xi": 11, "xii": 12, "xiii": 13, "xiv": 14, "xv": 15, "xvi": 16, "xvii": 17, "xviii": 18,
}  # fmt: skip
DAY = re.compile(rf"\d[-/]\d+[-/]\d|\d年\d+月|\b(?:{MONTH})\b")  # the day of a print
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
LETTERS = re.compile(r"[^\W\d_]+")
PERIOD_WORDS = frozenset(
    {"tahun", "thn", "th", "ta", "fy", "anggaran", "ajaran", "fiskal", "fiscal", "year", "bulan",
     "bln", "month", "periode", "period", "semester", "triwulan", "tw", "quarter", "年", "年度",
     "年次", "期間"}
)  # fmt: skip
LONGEST_TOTAL = 40  # characters
SUMMED_ROWS = 3  # from so many rows a last row without a word of its own can be their total
CLOSE = Decimal("1e-9")  # of the sum, for decimals that a file holds in binary
LABELS = frozenset({"text", "area", "region"})
NUMBERS = frozenset({"number", "percent"})


@dataclass
class Found:
    """0-based rows of data, and the other rows by kind: total, average, note, title, heading,
    numbering, units, example, dropped, no_values, other_table (headings of another table). `titles`
    are the parts that titles name, each with the row from which they hold."""

    data: list[int] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)
    titles: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    @property
    def totals(self) -> list[int]:
        return [row for row, kind in self.left_out if kind == "total"]


def find_rows(sheet: Sheet, here: Layout, contract: Mapping[str, Any]) -> Found:
    """The kind of every filled row below the headings."""
    found = Found(titles=_titles_above(sheet, here, contract))
    sorter = _Sorter(sheet, here, contract)
    maybe: list[int] = []
    end = here.first_row
    while end < len(sheet.rows):
        number, end = end, sorter.end_of_plain(end)
        found.data.extend(range(number, end))
        if end > number:
            continue
        end += 1
        kind = sorter.kind(number)
        if kind == "maybe":
            maybe.append(number)
            kind = "data"
        if kind == "data":
            found.data.append(number)
        elif kind:
            found.left_out.append((number, kind))
            parts = _parts(sheet.rows[number], contract) if kind in ("note", "title") else {}
            if parts:
                found.titles.append((number, {**_before(found.titles), **parts}))
            elif kind == "title":  # one that no pattern knows: what stood above it has ended
                found.titles.append((number, dict.fromkeys(contract["titles"], "")))
    _sums(sheet, here, contract, found, maybe)
    _sign(sheet, sorter, found)
    return found


def _sign(sheet: Sheet, sorter: _Sorter, found: Found) -> None:
    """Rows of one text at the end of a table are no data: who signed it, where and when. Of two
    columns of text, one may be forgotten."""
    if len(sorter.declared) < 3 and not sorter.figures:
        return
    while len(found.data) > 1 and len(sorter.declared) > 1:
        row = sheet.rows[found.data[-1]]
        filled = [cell_at(row, n) for n in sorter.declared]
        if sum(1 for c in filled if c not in (None, "")) != 1 or sorter.has_figures(row):
            return
        found.left_out.append((found.data.pop(), "note"))
        found.left_out.sort()


def _before(titles: Sequence[tuple[int, Mapping[str, str]]]) -> Mapping[str, str]:
    return titles[-1][1] if titles else {}


def _titles_above(
    sheet: Sheet, here: Layout, contract: Mapping[str, Any]
) -> list[tuple[int, dict[str, str]]]:
    """Parts in the sheet's name and above the headings; the nearest row counts."""
    if not contract["titles"]:
        return []
    if sheet.titles:  # of canonical cells
        return [(row, dict(parts)) for row, parts in sheet.titles]
    texts = [sheet.name]
    for row in sheet.rows[: here.header.first]:
        texts += [str(cell) for cell in row if cell not in (None, "")]
    parts: dict[str, str] = {}
    for text in texts:
        if not PRINTED.match(fold(text)):  # the day of a print is no period
            parts |= parts_of(text, contract)
    return [(0, parts)]


def _parts(row: Sequence[Cell], contract: Mapping[str, Any]) -> dict[str, str]:
    return parts_of(_whole(row), contract) if contract["titles"] else {}


class _Sorter:
    """The kind of one row after the other: by its words and by the rows before it."""

    def __init__(self, sheet: Sheet, here: Layout, contract: Mapping[str, Any]) -> None:
        fields: Mapping[str, str] = contract["fields"]
        self.rows, self.here = sheet.rows, here
        self.firsts = sheet.columns[0] if sheet.columns else ()
        self.declared = [n for n, name in here.columns.items() if name != LEFT_OUT]
        self.figures = here.columns_of(fields, *NUMBERS)
        self.pivots = [n for n, name in here.columns.items() if name == PIVOT]
        self.patterns = [re.compile(p, re.I) for p in contract["titles"].values()]
        self.no_values = NOT_SHOWN.union(map(fold, contract["missing"]))
        self.dropped = [
            (index, re.compile(pattern, re.I))
            for name, pattern in contract["drop"].items()
            for index, named in here.columns.items()
            if named == name
        ]
        self.headings = {
            n: tuple(heading_of(cell_at(row, n)) for n in self.declared)
            for n, row in enumerate(sheet.rows[here.header.first : here.header.end])
        }
        # Of the headings those that no figure can equal.
        texts = (text for line in self.headings.values() for text in line)
        self.heads = {text for text in texts if LETTERS.search(text)}
        self.after_heading = True
        self.words: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.starts: dict[Cell, str] = {}  # the first declared cell of a row as a heading
        # Where nothing else of a row counts, rows with the same first cell are of one kind.
        self.plain: dict[Cell, bool] = {}
        self.totalled = self._totalled(sheet, fields)
        counts = (self.here.marker is not None, self.dropped, self.patterns, self.pivots,
                  self.totalled is not None)  # fmt: skip
        self.by_first = 0 in self.declared and not any(counts)

    def _totalled(self, sheet: Sheet, fields: Mapping[str, str]) -> int | None:
        """The only column of labels, if it is not the first and says totals: `2023 | Jumlah`."""
        labels = self.here.columns_of(fields, "text")
        if len(labels) != 1 or labels[0] == min(self.declared) or labels[0] in self.pivots:
            return None
        cells = sheet.column(labels[0], range(self.here.first_row, len(sheet.rows)))
        words = {c for c in cells if isinstance(c, str) and len(c) <= LONGEST_TOTAL}
        is_total = any(_kind_of(self.word(c)) == "total" for c in words)
        return labels[0] if is_total else None

    def word(self, cell: Cell) -> str:
        if not isinstance(cell, str):
            return "" if cell is None else "0"
        if cell not in self.words:
            self.words[cell] = fold(cell)
        return self.words[cell]

    def end_of_plain(self, number: int) -> int:
        """The first row from this one on that is not data by its first cell alone: most rows by far
        are."""
        if not self.by_first or self.after_heading:
            return number
        for first in islice(self.firsts, number, None):
            if not (self.plain.get(first) or self._is_plain(first)):
                break
            number += 1
        return number

    def _is_plain(self, first: Cell) -> bool:
        if type(first) is not str or not first:
            return False
        if first not in self.plain:
            word = self.word(first)
            is_data = bool(word) and _kind_of(word) == "data"
            self.plain[first] = is_data and self._start(first) not in self.heads
        return self.plain[first]

    def _start(self, cell: Cell) -> str:
        if cell not in self.starts:
            self.starts[cell] = heading_of(cell)
        return self.starts[cell]

    def kind(self, number: int) -> str:
        """The kind of a row; empty for a blank one, `maybe` for data that may be a total."""
        row = self.rows[number]
        first = next((w for cell in row if (w := self.word(cell))), "")
        if not first:
            return ""
        if not any(cell_at(row, n) not in (None, "") for n in self.declared):
            return "note" if NOTES.match(first) else ""
        after_heading, self.after_heading = self.after_heading, False
        if after_heading and _is_numbering(row, self.declared):
            self.after_heading = True
            return "numbering"
        if after_heading and self._is_units(row):
            self.after_heading = True
            return "units"
        if first not in self.kinds:
            self.kinds[first] = _kind_of(first)
        return self._by_mark(number) or self._by_word(row, first) or self._last(row)

    def _is_units(self, row: Sequence[Cell]) -> bool:
        """Whether a row under the headings says units alone: `| (orang) | (orang)`."""
        first, *others = (self.word(cell_at(row, n)) for n in self.declared)
        units = [word for word in others if word]
        if first not in UNIT_LABELS or not units or len(units) < len(_filled(row)) - bool(first):
            return False
        return all(UNIT.fullmatch(word) or AFTER.fullmatch(word) for word in units)

    def _by_mark(self, number: int) -> str:
        row, marker = self.rows[number], self.here.marker
        if marker is not None and EXAMPLES.match(self.word(cell_at(row, marker))):
            return "example"
        if kind := self._as_headings(number):
            self.after_heading = True
            return kind
        if self.dropped and any(p.match(self.word(cell_at(row, n))) for n, p in self.dropped):
            return "dropped"
        return ""

    def _as_headings(self, number: int) -> str:
        """Whether a row repeats the headings, or has those of another table: a year over other
        months, columns in another order. What stands below these has another meaning."""
        row = self.rows[number]
        firsts = [self._start(cell_at(row, n)) for n in self.declared[:2]]
        starts = {line[0] for line in self.headings.values()}
        if firsts[0] not in starts and not self.heads & set(firsts):
            return ""  # most rows by far
        found = tuple(heading_of(cell_at(row, n)) for n in self.declared)
        for line, texts in self.headings.items():
            if found == texts:
                above = self._line(number - 1) if line else None
                return "heading" if not line or above == self.headings[line - 1] else "other_table"
        alike = sum(1 for text in found if text in self.heads)
        return "other_table" if found[0] == self._own or alike > 1 else ""

    def _line(self, number: int) -> tuple[str, ...]:
        return tuple(heading_of(cell_at(self.rows[number], n)) for n in self.declared)

    @property
    def _own(self) -> str:
        """The heading of the first column."""
        return next((line[0] for line in self.headings.values() if line[0]), "\0")

    def _by_word(self, row: Sequence[Cell], first: str) -> str:
        kind = self.kinds[first]
        if self.totalled is not None and self.has_figures(row):
            label = self.word(cell_at(row, self.totalled))
            if label and _kind_of(label) == "total":
                return "total"
        if kind in ("total", "average") and self._only_figures(row):
            return kind
        if kind == "maybe" and self._only_figures(row):
            return kind
        if kind == "note" and not self.has_figures(row) and len(_filled(row)) <= 2:
            return kind
        if self.patterns and len(_filled(row)) <= 2:
            whole = _whole(row)
            if YEAR.search(whole) and (kind != "data" or self._is_title(row, first)):
                return "title"  # also one that no pattern knows: the old title ends
            if not self.has_figures(row) and any(p.search(whole) for p in self.patterns):
                return "title"
        return ""

    def _is_title(self, row: Sequence[Cell], first: str) -> bool:
        """Whether the year of a short row is a title: `Jepang | 2000` is a count, `Tahun | 2000`
        is none."""
        names_period = all(word in PERIOD_WORDS for word in LETTERS.findall(first))
        return not self._has_values(row) and (names_period or not self.has_figures(row))

    def _has_values(self, row: Sequence[Cell]) -> bool:
        """Whether a figure stands in the row that is not the year of a title."""
        cells = [self.word(c) if isinstance(c, str) else str(c) for n in self.figures
                 if (c := cell_at(row, n)) not in (None, "")]  # fmt: skip
        return any(not YEAR.fullmatch(text.removesuffix(".0")) for text in cells)

    def _last(self, row: Sequence[Cell]) -> str:
        if self.pivots and all(cell_at(row, n) in (None, "") for n in self.pivots):
            return "no_values"
        return "data"

    def _only_figures(self, row: Sequence[Cell]) -> bool:
        """Whether all cells after the first are numbers, or say that there is none."""
        return all(
            _is_figure(w := self.word(c), c) or w in self.no_values for c in _filled(row)[1:]
        )

    def has_figures(self, row: Sequence[Cell]) -> bool:
        cells = [c for n in self.figures if (c := cell_at(row, n))]
        return any(_is_figure(w := self.word(c), c) and not DAY.search(w) for c in cells)


def _whole(row: Sequence[Cell]) -> str:
    """The text of a row, of one or two cells: `Tahun | 2024`."""
    return fold(" ".join(text_of(cell) for cell in _filled(row)))


def _filled(row: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in row if cell not in (None, "")]


def _is_figure(word: str, cell: Cell) -> bool:
    if isinstance(cell, int | float):
        return True
    if not isinstance(cell, str):
        return False
    return word in EMPTY or bool(re.match(r"^(rp\.?|us\$|[¥$€△▲(+-])*\s*\d", word))


@lru_cache(maxsize=4096)
def _kind_of(first: str) -> str:
    """What the first word of a row says of it: total, average, note, maybe (a total), data."""
    words = [w for w in LETTERS.findall(first)]
    if len(words) > 2 and all(len(w) == 1 for w in words) and words[0].isascii():
        words = ["".join(words)]  # J u m l a h
    spread = "".join(words)  # 合　計
    is_total = words and words[0] in TOTAL_WORDS
    if is_total and all(w in TOTAL_WORDS or w in BESIDE_TOTALS for w in words):
        return "total"
    if spread in TOTAL_WORDS or first == "全体":
        return "total"
    others = TOTAL_WORDS | BESIDE_TOTALS
    is_average = not AVERAGE_WORDS.isdisjoint(words)
    if spread in AVERAGE_WORDS or (is_average and AVERAGE_WORDS.union(others).issuperset(words)):
        return "average"
    if NOTES.match(first):
        return "note"
    return "maybe" if words and words[0] in TOTAL_WORDS else "data"


def _is_numbering(row: Sequence[Cell], declared: Sequence[int]) -> bool:
    """Whether the cells count the columns: (1) (2) (3), which Excel may take for -1 -2 -3."""
    cells = [cell for cell in row if cell not in (None, "")]
    if len(cells) < 2 or not all(cell_at(row, n) not in (None, "") for n in declared[:1]):
        return False
    texts = [str(int(c)) if isinstance(c, float) and c == int(c) else str(c).strip() for c in cells]
    matches = [NUMBERED.fullmatch(normalize("NFKC", text)) for text in texts]
    ways = ([way(match) for match in matches] for way in COUNTS)
    numbers = next(([n for n in way if n is not None] for way in ways if None not in way), [])
    counts = all(b - a == 1 for a, b in pairwise(numbers))
    bracketed = all(text.startswith(("(", "[", "-")) or not text.isascii() for text in texts)
    return bool(numbers) and counts and numbers[0] in (0, 1) and (bracketed or len(cells) > 2)


def _as_digits(match: re.Match[str] | None) -> int | None:
    return abs(int(match["n"])) if match and match["n"] else None


def _as_roman(match: re.Match[str] | None) -> int | None:
    text = (match["roman"] or match["letter"] or "").lower() if match else ""
    return ROMAN.get(text)


def _as_letter(match: re.Match[str] | None) -> int | None:
    text = (match["letter"] or match["roman"] or "").lower() if match else ""
    return ord(text) - ord("a") + 1 if len(text) == 1 else None


COUNTS = (_as_digits, _as_roman, _as_letter)


# --- sums ---------------------------------------------------------------------------------


def _sums(
    sheet: Sheet, here: Layout, contract: Mapping[str, Any], found: Found, maybe: Sequence[int]
) -> None:
    """Take rows that add up out of the data: those that begin with a word of totals, one that
    repeats the total above it, and the last one if nothing but a label stands before its numbers.
    """
    table = Numbers(sheet, here, contract)
    totals = found.totals
    sums = []
    for row in maybe:
        if table.adds_up(row, found.data, totals, least=2):
            sums.append(row)
            totals = sorted([*totals, row])
            found.data.remove(row)
    again = [
        row
        for row in found.data
        if row - 1 in totals
        and table.is_labelled(row)
        and table.adds_up(row - 1, found.data, totals, least=2)
        and table.equal(row - 1, row)
    ]
    if again:
        found.data = [row for row in found.data if row not in again]
    last = found.data[-1] if found.data else None
    if last is not None and not totals and table.is_labelled(last):
        before = found.data[:-1]
        is_other = not table.is_one_of(last, before)
        if is_other and table.adds_up(last, before, (), least=SUMMED_ROWS):
            again.append(last)
            found.data = before
    found.left_out = sorted([*found.left_out, *((row, "total") for row in (*sums, *again))])


class Numbers:
    """The numbers of a table by row and column, and whether some are the sums of others."""

    def __init__(self, sheet: Sheet, here: Layout, contract: Mapping[str, Any]) -> None:
        self._rows, self._locale = sheet.rows, contract["locale"]
        self._marks, self._missing = tuple(contract["marks"]), tuple(contract["missing"])
        fields = contract["fields"]
        self.columns = here.columns_of(fields, "number")
        labels = here.columns_of(fields, "text")
        self._label = labels[0] if len(labels) == 1 else None
        self._declared = [n for n, name in here.columns.items() if name != LEFT_OUT]
        self._known: dict[tuple[int, int], Decimal | None] = {}
        self._unclear: set[tuple[int, int]] = set()

    def at(self, row: int, column: int) -> Decimal | None:
        """The number of a cell; None for a cell without a single reading."""
        key = (row, column)
        if key not in self._known:
            cell = cell_at(self._rows[row], column)
            try:
                text = None if cell in (None, "") else self._text(cell)
            except Unclear:
                text = None
                self._unclear.add(key)
            self._known[key] = None if text is None else Decimal(text)
        return self._known[key]

    def _text(self, cell: Cell) -> str | None:
        return number_text(cell, self._locale, marks=self._marks, missing=self._missing)

    def is_clear(self, column: int, rows: Sequence[int]) -> bool:
        """Whether every cell of some rows has one reading, so that a sum of them can be known."""
        return not any(self.at(r, column) is None and (r, column) in self._unclear for r in rows)

    def sums(
        self, row: int, column: int, data: Sequence[int], totals: Sequence[int]
    ) -> set[Decimal]:
        """What a total may be: the sum of all rows above, or of those since the total before. A
        total above its rows is theirs, up to the next one."""
        before = max((t for t in totals if t < row), default=-1)
        ranges = [(-1, row), (before, row)]
        if not any(before < r < row for r in data):
            after = min((t for t in totals if t > row), default=len(self._rows))
            ranges += [(row, after), (row, len(self._rows))]
        return {
            sum((n for r in data if low < r < high and (n := self.at(r, column))), Decimal(0))
            for low, high in ranges
        }

    def adds_up(self, row: int, data: Sequence[int], totals: Sequence[int], *, least: int) -> bool:
        """Whether every number of a row is the sum of numbers above, of at least so many."""
        right = 0
        for column in self.columns:
            total = self.at(row, column)
            if total is None or not self.is_clear(column, data):
                continue
            terms = sum(1 for r in data if r < row and self.at(r, column))
            if not any(is_close(total, s) for s in self.sums(row, column, data, totals)):
                return False
            right += bool(total) and terms >= max(least, 1)
        return right > 0

    def equal(self, row: int, other: int) -> bool:
        """Whether two rows have the same numbers, and some."""
        pairs = [(self.at(row, c), self.at(other, c)) for c in self.columns]
        both = [(a, b) for a, b in pairs if a is not None and b is not None]
        return any(a for a, _ in both) and all(is_close(a, b) for a, b in both)

    def is_one_of(self, row: int, others: Sequence[int]) -> bool:
        """Whether a label begins as others do: `Bintang 4` after `Bintang 1` is no total."""
        begins = [
            fold(cell_at(self._rows[r], self._label or 0)).split(" ")[0] for r in (row, *others)
        ]
        return begins[0] in begins[1:]

    def is_labelled(self, row: int) -> bool:
        """Whether a row is one label, which no list of codes knows, and numbers."""
        if self._label is None:
            return False
        others = [n for n in self._declared if n != self._label and n not in self.columns]
        cells = self._rows[row]
        return all(cell_at(cells, n) in (None, "") or _is_percent(cells, n) for n in others) and (
            isinstance(cell_at(cells, self._label), str)
        )


def _is_percent(cells: Sequence[Cell], n: int) -> bool:
    return isinstance(cell_at(cells, n), int | float)


def is_close(number: Decimal, other: Decimal) -> bool:
    return abs(number - other) <= abs(other) * CLOSE


def title_of(
    titles: Sequence[tuple[int, Mapping[str, str]]], rows: Sequence[int]
) -> Iterator[Mapping[str, str]]:
    """The parts that hold for each row: those of the nearest title above it."""
    place, parts = 0, dict[str, str]()
    for row in rows:
        while place < len(titles) and titles[place][0] <= row:
            parts = {**parts, **titles[place][1]}
            place += 1
        yield parts
