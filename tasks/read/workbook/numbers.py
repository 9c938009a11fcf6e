"""Numbers as people write them: separators, words of size, units, marks and what is not exact.

The words of an exact number are resolved (`1,2 miliar`, `3.5万人`, `12 (dua belas)`). What is no
exact number goes back to its sender with the number in it: a range, a limit, an estimate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from tasks.read.workbook.regex import regex
from tasks.read.workbook.spelling import is_spelled
from tasks.read.workbook.text import (
    EMPTY,
    Locale,
    Unclear,
    clean_text,
    folded,
    has_odd_digits,
    in_digits,
    split_marks,
)

NOTHING = frozenset({"nihil", "nil"})  # in official use: a count of zero
# The source has a figure and does not show it.
NOT_SHOWN = frozenset({"x", "xx", "xxx", "***"})

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
WORDS_OF_SIZE = tuple(sorted(FACTORS, key=len, reverse=True))
SHORT_FACTORS = {"id": {"m": 10**9, "t": 10**12}, "en": {"k": 10**3, "m": 10**6, "bn": 10**9}}
SHORT = frozenset({"m", "t", "k", "bn"})
CURRENCY = regex(r"^(rp\.?|idr|usd|us\$|aud|a\$|jpy|¥|\$|€|eur|sgd|s\$)\s*", re.IGNORECASE)
AFTER = regex(
    r"\s*(rupiah|idr|usd|aud|jpy|yen|円|persen|percent|per cent"
    r"|人|名|件|社|校|泊|日|回|室|台|棟|組|世帯|戸|匹|頭|羽|個|本|冊|枚|[かカヶケ箇]国"
    r"|orang|org|jiwa|ekor|kk|pax|buah|unit|units|kamar|malam|hari|kali|negara|kegiatan|lembaga"
    r"|perusahaan|sekolah|siswa|mahasiswa|peserta|tamu|wisatawan|wisman|pengunjung|kunjungan"
    r"|persons?|people|visitors?|visits?|guests?|students?|participants?|rooms?|nights?|days?)"
    r"\.?$",
    re.IGNORECASE,
)
MINUS = tuple("-−–‐‑△▲▼δ")  # folded, as `text` is: Δ is δ

SHORT_NUMBER = regex(r"-?\d+(?:\.\d*[1-9])?")
SCIENTIFIC = regex(r"([+-]?)(\d)(?:[.,](\d+))?e([+-]?)(\d{1,2})")
MOST_DIGITS = 30
FOOTNOTE = regex(r"\(\s*(\d{1,2})\s*\)")
SPELLED = regex(r"(.*\d.*?) ?\(([^()\d]+)\)")
LETTER_MARK = regex(r"(.*(?:[^a-z\s]| (?=\w)))[rpe]\)?")
SPACED = regex(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
QUOTED = regex(r"\d{1,3}(?:['’ʼ`´]\d{3})+(?:[.,]\d+)?")
FROM_TO = regex(
    r"(.*?\d.*?) ?(?:-|–|—|~|〜|s\.? ?d\.?|s/d|sampai(?: dengan)?|hingga|to|から) ?(\S*\d.*)"
)
BELOW = regex(
    r"(?:<|kurang dari|di ?bawah|less than|fewer than|under|below) ?(\D*\d.*)|(.*\d\S*) ?未満"
)
ABOUT = regex(
    r"(?:±|\+/-|\+-|~|≈|≒|>|≥|≤|>=|<=|lebih dari|paling (?:banyak|sedikit)|more than|over"
    r"|at (?:most|least)|c\.|ca\.?|circa|sekitar|kira-kira|kurang lebih|lebih kurang|l\.?k\.|hampir"
    r"|about|around|almost|approx\.?|approximately|約|およそ) ?(\D*\d.*)"
    r"|(.*\d\S*) ?(?:程度|前後|以上|以下|余り?|\+)"
)


def number_text(
    cell: object,
    locale: Locale | None = None,
    *,
    marks: Collection[str] = (),
    missing: Collection[str] = (),
) -> str | None:
    """A plain decimal (`-1234.5`), multipliers resolved, or None for an empty cell.

    `marks` are suffixes that the sender explains (`*`, `r`); `missing` are further texts that stand
    for no figure. Raises Unclear: `not_a_number`; with readings `ambiguous_number`, `marked_number`
    (a mark that nobody declared), `a_range`, `below_limit`, `about`.
    """
    if isinstance(cell, bool):
        raise Unclear("not_a_number")
    if isinstance(cell, int | float | Decimal):
        text = str(cell)
        text = text if SHORT_NUMBER.fullmatch(text) else plain(_finite(text))
        return None if missing and text in _folded(tuple(missing)) else text
    written = clean_text(cell)
    text = folded(written)
    if text in EMPTY or text in NOT_SHOWN or (missing and text in _folded(tuple(missing))):
        return None
    if written.isascii() and written.isdigit():  # most cells by far
        return written.lstrip("0") or "0"
    body, _, other = split_marks(written, marks)
    if has_odd_digits(body):
        raise Unclear("not_a_number")
    if other:
        raise Unclear("marked_number", _readings(folded(body), locale, _number))
    return _number(folded(body), locale)


@lru_cache(maxsize=64)
def _folded(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded(text) for text in texts)


def _readings(
    text: str, locale: Locale | None, read: Callable[[str, Locale | None], str | None]
) -> tuple[str, ...]:
    """What a part of a cell can mean. Raises Unclear where it is no number."""
    try:
        found = read(text, locale)
    except Unclear as unclear:
        if unclear.code != "ambiguous_number":
            raise
        return unclear.readings
    if found is None:
        raise Unclear("not_a_number")
    return (found,)


def _number(text: str, locale: Locale | None) -> str | None:
    """The number of a folded text without marks."""
    if text in NOTHING:
        return "0"
    if match := FOOTNOTE.fullmatch(text):
        raise Unclear("ambiguous_number", (f"-{int(match[1])}", f"({match[1]})"))
    if match := SCIENTIFIC.fullmatch(text):
        return _scientific(match)
    try:
        return _exact(text, locale)
    except Unclear as unclear:
        if unclear.code != "not_a_number":
            raise
    return _inexact(text, locale)


def _scientific(match: re.Match[str]) -> str:
    sign, whole, part, exponent_sign, exponent = match.groups()
    if (part is None and not exponent_sign) or int(exponent) > MOST_DIGITS:
        raise Unclear("not_a_number")  # 1e5 may be a code; 1E+05 and 1.0E5 are written by programs
    return plain(_finite(f"{sign}{whole}.{part or 0}e{exponent_sign}{exponent}"))


def _inexact(text: str, locale: Locale | None) -> str:
    """Texts with a number that say more than it: returned to the sender with the number, except
    for the number's own words in brackets."""
    if match := SPELLED.fullmatch(AFTER.sub("", text)):
        return _spelled(match[1], match[2], locale)
    text = in_digits(text)
    for code, pattern in (("below_limit", BELOW), ("about", ABOUT)):
        if match := pattern.fullmatch(text):
            part = next(filter(None, match.groups()))
            raise Unclear(code, _readings(part, locale, _exact))
    if match := LETTER_MARK.fullmatch(text):
        raise Unclear("marked_number", _readings(match[1].strip(), locale, _exact))
    if (match := FROM_TO.fullmatch(text)) and (ends := _ends(match[1], match[2], locale)):
        raise Unclear("a_range", ends)
    raise Unclear("not_a_number")


def _spelled(text: str, words: str, locale: Locale | None) -> str:
    """The reading of a number that the words beside it say."""
    for reading in _readings(text, locale, _exact):
        if in_digits(words) == reading or is_spelled(words, reading):
            return reading
    raise Unclear("not_a_number")


def _ends(first: str, last: str, locale: Locale | None) -> tuple[str, ...]:
    """Both ends of a range, as they are written where they have several readings; empty if what
    stands there does not rise."""
    ends = [_readings(AFTER.sub("", first), locale, _exact), _readings(last, locale, _exact)]
    if all(len(readings) == 1 for readings in ends):
        low, high = (Decimal(readings[0]) for readings in ends)
        return (plain(low), plain(high)) if low < high else ()
    return (first, last)


def _exact(text: str, locale: Locale | None) -> str | None:
    negative = False
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    text = AFTER.sub("", bare := CURRENCY.sub("", text)).strip()
    if bare != "" and bare in EMPTY:  # `Rp. -`
        return None
    if text in NOTHING:
        return "0"
    if text.startswith((*MINUS, "+")):  # in brackets too: (△56) is -56, (+5.2) is 5.2
        negative, text = text[0] != "+", text[1:].strip()
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
        for word in WORDS_OF_SIZE:
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
    text = in_digits(text)
    if SPACED.fullmatch(text) or QUOTED.fullmatch(text):
        text = re.sub(r"[ '’ʼ`´]", "", text)
    if re.fullmatch(r"\d+", text):
        return _finite(text)
    indonesian, english = _by(text, ".", ","), _by(text, ",", ".")
    if locale:
        own, other = (indonesian, english) if locale == "id" else (english, indonesian)
        if own is not None:
            return own
        # Another language's, in one way only: two kinds of separators, or a program's 2001.0.
        if other is not None and ({".", ","} <= {*text} or re.fullmatch(r"\d+\.0", text)):
            return other
        raise Unclear("not_a_number")
    readings = [value for value in (indonesian, english) if value is not None]
    if not readings:
        raise Unclear("not_a_number")
    if len(set(readings)) > 1:
        raise Unclear("ambiguous_number", tuple(plain(r) for r in readings))
    return readings[0]


def _by(text: str, group: str, point: str) -> Decimal | None:
    g, p = re.escape(group), re.escape(point)
    # Thousands have no leading zero: 0,475 is not 475.
    if not re.fullmatch(rf"([1-9]\d{{0,2}}({g}\d{{3}})+|\d+)({p}\d+)?", text):
        return None
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
    """A decimal without an exponent and without zeros at its end."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
