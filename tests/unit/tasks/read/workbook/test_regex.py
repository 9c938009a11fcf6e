"""Patterns are compiled when they are first used, and are patterns then."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.read.workbook.regex import regex

pytestmark = pytest.mark.fast
ROOT = Path(__file__).parents[5]
# The patterns of persons are the largest ones; a file of codes and figures needs none of them.
COUNT = """\
from tasks.read.workbook import convert, person_numbers, person_words, privacy
privacy.kinds_in(["920600", "01061900", "2025-03", "2025-03-17", "PT Sumber Makmur", 1250.5])
late = [v for m in (person_numbers, person_words) for v in vars(m).values()
        if type(v).__name__ == "_Uncompiled"]
print(len(late), sum("search" in vars(v) or "sub" in vars(v) for v in late))
"""


def test_a_pattern_is_compiled_at_its_first_use() -> None:
    broken = regex("(")
    with pytest.raises(re.error):
        broken.search("a")


def test_it_is_the_pattern() -> None:
    found = regex("a(b)", re.IGNORECASE)
    assert (found.sub("x", "ABc"), found.pattern, found.findall("abAB")) == (
        "xc",
        "a(b)",
        ["b", "B"],
    )
    match = found.fullmatch("aB")
    assert match is not None
    assert match[1] == "B"


def test_a_file_without_words_of_persons_compiles_none_of_their_patterns() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", COUNT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    late, compiled = map(int, answer.stdout.split())
    assert (late > 50, compiled) == (True, 0)
