"""Why an item stands where it stands, in words of both languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from schemas.model import Words
from schemas.score import COMPONENTS, Component
from warehouse.indicators.reasons import Floats

FOR, AGAINST = 3, 2
POINTS = Words("poin persentase", "percentage points")
MINUS = "\N{MINUS SIGN}"
UNKNOWN = Words("belum diketahui: {}", "unknown: {}")
LARGE = ((1e12, Words("triliun", "trillion")), (1e9, Words("miliar", "billion")),
         (1e6, Words("juta", "million")), (1e3, Words("ribu", "thousand")))  # fmt: skip


def words_of(
    kind: str, components: Sequence[Component], values: Floats, above: Floats
) -> tuple[Words, Words]:
    """Three reasons for an item and two against it, the strongest first, fewer where there are
    fewer.

    `above` is what each component adds to the score over the mean of all that is compared; what is
    missing stands among what speaks against.
    """
    order = np.argsort(-np.abs(np.nan_to_num(above)), kind="stable").tolist()
    used = [i for i in order if components[i].weight > 0]
    good = [i for i in used if above[i] > 0][:FOR]
    bad = [i for i in used if above[i] < 0][:AGAINST]
    missing = [i for i in used if np.isnan(above[i])]

    def said(i: int, words: Words) -> Words:
        shape = COMPONENTS[kind][components[i].name]
        return Words(*(f"{words.in_language(language)} ({figure(values[i], shape, language)})"
                       for language in ("id", "en")))  # fmt: skip

    found = [said(i, components[i].unfavourable) for i in bad]
    found += [Words(UNKNOWN.id.format(components[i].title.id),
                    UNKNOWN.en.format(components[i].title.en)) for i in missing]  # fmt: skip
    return _joined([said(i, components[i].favourable) for i in good]), _joined(found[:AGAINST])


def _joined(parts: Sequence[Words]) -> Words:
    return Words("; ".join(p.id for p in parts), "; ".join(p.en for p in parts))


def figure(value: float, shape: str, language: str) -> str:
    """A figure as people read it in a language."""
    if shape == "percent":
        return f"{_number(100 * value, 1, language)}%"
    if shape == "money":
        for size, words in LARGE:
            if abs(value) >= size:
                return f"{_number(value / size, 1, language)} {words.in_language(language)} USD"
        return f"{_number(value, 0, language)} USD"
    if shape == "points":
        return f"{_number(100 * value, 1, language)} {POINTS.in_language(language)}"
    if shape == "km":
        return f"{_number(value, 0, language)} km"
    return _number(value, 0 if shape == "count" else 2, language)


def _number(value: float, digits: int, language: str) -> str:
    text = f"{value:,.{digits}f}"
    text = text.replace("-", MINUS if text.strip("-0.,") else "")
    return text.translate(str.maketrans(",.", ".,")) if language == "id" else text
