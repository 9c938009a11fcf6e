"""Words of the codes that figures show: `codes.csv`, by list and code, in both languages."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from schemas.model import Words

FILE = Path(__file__).with_suffix(".csv")


@lru_cache(maxsize=1)
def lists() -> dict[str, dict[str, Words]]:
    """Words by list and code."""
    found: dict[str, dict[str, Words]] = {}
    with FILE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found.setdefault(row["list"], {})[row["code"]] = Words(row["id"], row["en"])
    return found


def in_words(name: str, code: str, language: str) -> str:
    """A code of a list in words; one that the list lacks stands as it is."""
    words = lists().get(name, {}).get(code)
    return code if words is None else words.in_language(language)
