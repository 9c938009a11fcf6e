"""Cells as people write them, to text that a machine reads in one way only.

Numbers, dates, periods and flags in Indonesian, English and Japanese. A cell with two readings is
refused (`Unclear`), unless a partner's mapping declares the locale: `1.234`, `03/04/2025` and `5 M`
are never guessed. Pure functions: each returns canonical text (a plain decimal, an ISO date,
`true`), or None for an empty cell.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

Locale = Literal["id", "en", "ja"]

MAX_TEXT = 2000
INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad]")
SPACES = re.compile(r"\s+")

EMPTY = frozenset(
    {
        "",
        "-",
        "--",
        "–",
        "—",
        "n/a",
        "na",
        "n.a.",
        "…",
        "...",
        "..",
        "?",
        "tidak ada",
        "tidak tersedia",
        "kosong",
        "none",
        "not available",
        "なし",
        "無し",
        "該当なし",
        "不明",
    }
)
# In a text these are not empty: Namibia's code is NA, and a title may be "None".
EMPTY_TEXT = EMPTY - {"na", "none"}
NOTHING = frozenset({"nihil", "nil"})  # in official use: a count of zero

TRUE = frozenset(
    {"ya", "y", "yes", "true", "benar", "sudah", "v", "✓", "✔", "はい", "有", "○", "1"}
)
FALSE = frozenset({"tidak", "no", "n", "false", "salah", "belum", "いいえ", "無", "×", "0"})

# Factors that words stand for. `M` is milyar in Indonesian and million in English.
FACTORS = {
    "ribu": 10**3,
    "rb": 10**3,
    "thousand": 10**3,
    "千": 10**3,
    "juta": 10**6,
    "jt": 10**6,
    "million": 10**6,
    "百万": 10**6,
    "miliar": 10**9,
    "milyar": 10**9,
    "billion": 10**9,
    "十億": 10**9,
    "triliun": 10**12,
    "trillion": 10**12,
    "兆": 10**12,
    "万": 10**4,
    "億": 10**8,
}
SHORT_FACTORS = {"id": {"m": 10**9, "t": 10**12}, "en": {"k": 10**3, "m": 10**6, "bn": 10**9}}
SHORT = frozenset({"m", "t", "k", "bn"})
CURRENCY = re.compile(r"^(rp\.?|idr|usd|us\$|aud|a\$|jpy|¥|\$|€|eur|sgd|s\$)\s*", re.IGNORECASE)
AFTER = re.compile(
    r"\s*(rupiah|idr|usd|aud|jpy|yen|円|人|名|件|社|校|泊|日|orang|buah|unit|persons?|people|hari|days?)"
    r"\.?$",
    re.IGNORECASE,
)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb pebruari",
            "maret march mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august aug agt agu ags",
            "september sep sept",
            "oktober october okt oct",
            "november nov nopember nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
# First year of each era less one, and its first day (Japan's Cabinet Office).
ERAS = {
    "令和": (2018, date(2019, 5, 1)),
    "r": (2018, date(2019, 5, 1)),
    "平成": (1988, date(1989, 1, 8)),
    "h": (1988, date(1989, 1, 8)),
    "昭和": (1925, date(1926, 12, 25)),
    "s": (1925, date(1926, 12, 25)),
}
ERA_DATE = re.compile(
    r"(令和|平成|昭和|r|h|s) ?(元|\d{1,2}) ?(?:年|[./-]) ?"
    r"(\d{1,2}) ?(?:月|[./-]) ?(\d{1,2}) ?日?"
)
ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?)?")
SHORT_NUMBER = re.compile(r"-?\d+(?:\.\d*[1-9])?")
EARLIEST, LATEST = 1900, 2100


class Unclear(Exception):
    """A cell that cannot be read, or not in one way only. `code` names the message that the
    sender gets; `readings` are the ways in which it could be read."""

    def __init__(self, code: str, readings: tuple[str, ...] = ()) -> None:
        super().__init__(code, *readings)
        self.code = code
        self.readings = readings


def clean_text(cell: object) -> str:
    """Text of a cell: composed (NFC), without invisible characters, single spaces."""
    text = str(cell)
    if text.isascii() and text.isprintable():  # most cells by far
        text = " ".join(text.split())
        if len(text) > MAX_TEXT:
            raise Unclear("too_long")
        return text
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    text = "".join(c if c.isprintable() or c.isspace() else "" for c in text)
    text = SPACES.sub(" ", text).strip()
    if len(text) > MAX_TEXT:
        raise Unclear("too_long")
    return text


def folded(cell: object) -> str:
    """Text for comparison: full-width letters narrow, case folded."""
    text = clean_text(cell)
    return (
        text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold().strip()
    )


def number_text(cell: object, locale: Locale | None = None) -> str | None:
    """A plain decimal (`-1234.5`), multipliers resolved, or None for an empty cell.

    Raises Unclear: `not_a_number`, or `ambiguous_number` with both readings.
    """
    if isinstance(cell, bool):
        raise Unclear("not_a_number")
    if isinstance(cell, int | float | Decimal):
        text = str(cell)
        return text if SHORT_NUMBER.fullmatch(text) else plain(_finite(text))
    text = folded(cell)
    if text in EMPTY:
        return None
    if text in NOTHING:
        return "0"
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    text = AFTER.sub("", CURRENCY.sub("", text)).strip()
    if text.startswith(("-", "−", "+")):
        negative, text = negative != (text[0] != "+"), text[1:].strip()
    # `Rp 1.250.000,-`: a dash in the place of the cents.
    text = re.sub(r",-{1,2}$", "", CURRENCY.sub("", text).removesuffix("%")).strip()
    text, factor = _factor(text, locale)
    value = _grouped(text, locale) * factor
    return plain(-value if negative else value)


def _factor(text: str, locale: Locale | None) -> tuple[str, int]:
    """Cut the words of size off the end (`1,2 miliar`, `3百万`)."""
    factor, more = 1, True
    while more:
        more = False
        for word in sorted(FACTORS, key=len, reverse=True):
            if text.endswith(word):
                text, factor, more = text.removesuffix(word).strip(), factor * FACTORS[word], True
                break
    short = re.fullmatch(r"([\d.,\s]+?)\s*([a-z]{1,2})", text)
    if short and short[2] in SHORT:
        known = SHORT_FACTORS.get(locale or "", {})
        if short[2] not in known:
            known_factors = {f[short[2]] for f in SHORT_FACTORS.values() if short[2] in f}
            readings = sorted(f"{short[1]} × {known_factor:,}" for known_factor in known_factors)
            raise Unclear("ambiguous_number", tuple(readings))
        return short[1], factor * known[short[2]]
    return text, factor


def _grouped(text: str, locale: Locale | None) -> Decimal:
    """The value of digits with separators of thousands and decimals: by the locale, or by the only
    possible reading."""
    text = text.replace(" ", "") if re.fullmatch(r"\d{1,3}( \d{3})+([.,]\d+)?", text) else text
    if re.fullmatch(r"\d+", text):
        return _finite(text)
    if locale:
        group, point = (".", ",") if locale == "id" else (",", ".")
        return _by(text, group, point)
    readings = []
    for group, point in ((".", ","), (",", ".")):
        try:
            readings.append(_by(text, group, point))
        except Unclear:
            continue
    if not readings:
        raise Unclear("not_a_number")
    if len(set(readings)) > 1:
        raise Unclear("ambiguous_number", tuple(plain(r) for r in readings))
    return readings[0]


def _by(text: str, group: str, point: str) -> Decimal:
    g, p = re.escape(group), re.escape(point)
    if not re.fullmatch(rf"(\d{{1,3}}({g}\d{{3}})+|\d+)({p}\d+)?", text):
        raise Unclear("not_a_number")
    return _finite(text.replace(group, "").replace(point, "."))


def _finite(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Unclear("not_a_number") from None
    if not value.is_finite():
        raise Unclear("not_a_number")
    return value


def plain(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def date_text(cell: object, locale: Locale | None = None) -> str | None:
    """An ISO date, or None for an empty cell.

    Raises Unclear: `not_a_date`, `short_year`, or `ambiguous_date` with both readings. The order of
    day and month is known from the locale or from a number above 12; else the date is ambiguous.
    """
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        raise Unclear("not_a_date")  # a serial number: its first day is not declared
    text = folded(cell)
    if text in EMPTY:
        return None
    return _written(text) or _numeric(text, locale)


def _written(text: str) -> str | None:
    """Dates with a month's name, an era or the signs of year, month and day."""
    if match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([^\W\d]+)\.?,?[ -](\d{4})", text):
        return _date(match[3], MONTHS.get(match[2]), match[1])
    if match := re.fullmatch(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", text):
        return _date(match[3], MONTHS.get(match[1]), match[2])
    if match := re.fullmatch(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日", text):
        return _date(*match.groups())
    if match := ERA_DATE.fullmatch(text):
        before, begins = ERAS[match[1]]
        year = before + (1 if match[2] == "元" else int(match[2]))
        found = _date(year, match[3], match[4])
        if date.fromisoformat(found) < begins:
            raise Unclear("not_a_date")  # the era had not begun
        return found
    return None


def _numeric(text: str, locale: Locale | None) -> str:
    if match := ISO_DATE.fullmatch(text):
        return _date(*match.groups())
    match = re.fullmatch(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", text)
    if not match:
        short = re.fullmatch(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}", text)
        raise Unclear("short_year" if short else "not_a_date")
    first, second, year = match.groups()
    day_first, month_first = _maybe(year, second, first), _maybe(year, first, second)
    if day_first and month_first and day_first != month_first and locale != "id":
        # English has both orders; only Indonesian has one, in law and in use.
        raise Unclear("ambiguous_date", (day_first, month_first))
    found = day_first if locale == "id" else day_first or month_first
    if not found:
        raise Unclear("not_a_date")
    return found


def _maybe(year: object, month: object, day_: object) -> str | None:
    try:
        return _date(year, month, day_)
    except Unclear:
        return None


def _date(year: object, month: object, day_: object) -> str:
    try:
        found = date(int(str(year)), int(str(month)), int(str(day_)))
    except ValueError:
        raise Unclear("not_a_date") from None
    if not EARLIEST <= found.year <= LATEST:
        raise Unclear("not_a_date")
    return found.isoformat()


def period_text(cell: object, locale: Locale | None = None) -> str | None:
    """First day of a period as an ISO date: of a year, of a month, or a date itself. None for an
    empty cell. Raises Unclear."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if cell == int(cell) and EARLIEST <= cell <= LATEST:
            return f"{int(cell)}-01-01"
        raise Unclear("not_a_date")
    text = folded(cell) if isinstance(cell, str) else ""
    if match := re.fullmatch(r"(\d{4}) ?年?度?", text):
        if "度" in text:
            raise Unclear("ambiguous_date", (f"{match[1]}-01-01", f"{match[1]}-04-01"))
        return _date(match[1], 1, 1)
    if match := re.fullmatch(r"(?:r|令和) ?(元|\d{1,2}) ?年", text):
        return _date(2018 + (1 if match[1] == "元" else int(match[1])), 1, 1)
    if match := re.fullmatch(r"(\d{4})(?: ?年 ?|[-/.])(\d{1,2}) ?月?", text):
        return _date(match[1], match[2], 1)
    if match := re.fullmatch(r"([^\W\d]+)\.? (\d{4})", text):
        return _date(match[2], MONTHS.get(match[1]), 1)
    return date_text(cell, locale)


def flag_text(cell: object) -> str | None:
    """`true`, `false`, or None for an empty cell. Raises Unclear: `not_a_flag`."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = folded(int(cell) if isinstance(cell, float) and cell == int(cell) else cell)
    if text in TRUE:
        return "true"
    if text in FALSE:
        return "false"
    if text in EMPTY:
        return None
    raise Unclear("not_a_flag")
