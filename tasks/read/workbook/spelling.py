"""Whole numbers in words, Indonesian and English: `12 (dua belas)` says the same thing twice."""

from __future__ import annotations

import re

LARGEST = 10**15
# fmt: off
UNITS = [
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
    "sepuluh", "sebelas",
]
ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]
# fmt: on
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SIZES = ((10**12, "triliun", "trillion"), (10**9, "miliar", "billion"), (10**6, "juta", "million"))
# Beside a number in words: what is counted, and words that change nothing.
BESIDE = re.compile(
    r"\b(orang|org|jiwa|ekor|buah|unit|rupiah|persons?|people|hari|malam|days?|nights?|and)\b"
)


def is_spelled(words: str, number_: str) -> bool:
    """Whether words are those of a whole number in digits, in either language."""
    if not number_.isdecimal() or not 0 <= (number := int(number_)) < LARGEST:
        return False
    said = _joined(words.replace("milyar", "miliar"))
    return said in (_joined(indonesian(number)), _joined(english(number)))


def _joined(words: str) -> str:
    """Letters alone: `duabelas` and `dua belas`, `twenty-one` and `twenty one` are the same."""
    return re.sub(r"[^a-z]", "", BESIDE.sub(" ", words.replace("-", " ")))


def indonesian(number: int) -> str:
    if number < 12:
        return UNITS[number]
    if number < 20:
        return f"{UNITS[number - 10]} belas"
    if number < 100:
        return f"{UNITS[number // 10]} puluh{_rest(number % 10)}"
    if number < 1000:
        head = "seratus" if number < 200 else f"{UNITS[number // 100]} ratus"
        return f"{head}{_rest(number % 100)}"
    if number < 10**6:
        head = "seribu" if number < 2000 else f"{indonesian(number // 1000)} ribu"
        return f"{head}{_rest(number % 1000)}"
    size, word, _ = next(s for s in SIZES if number >= s[0])
    return f"{indonesian(number // size)} {word}{_rest(number % size)}"


def _rest(number: int) -> str:
    return f" {indonesian(number)}" if number else ""


def english(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return f"{TENS[number // 10]} {ONES[number % 10] if number % 10 else ''}"
    if number < 1000:
        return f"{ONES[number // 100]} hundred {english(number % 100) if number % 100 else ''}"
    sizes = (*((size, word) for size, _, word in SIZES), (1000, "thousand"))
    size, word = next(s for s in sizes if number >= s[0])
    return f"{english(number // size)} {word} {english(number % size) if number % size else ''}"
