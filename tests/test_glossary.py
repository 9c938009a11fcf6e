"""One language: names and messages use the words of docs/glossary.md, with one meaning each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import errors
from schemas.model import Words
from tasks.answers import words
from tests.conftest import ROOT

pytestmark = pytest.mark.fast
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
# Packages whose class names are terms, and those whose messages are free of the banned words.
NAMED = ("tasks", "flows", "warehouse")
PLAIN = ("tasks", "flows", "warehouse", "reports", "schemas", "config")
# Words of programming and of English that need no entry.
ORDINARY_WORDS = """
    addition ask choice code column conditions connections damaged database duck ended error erased
    facts fetched fetcher file files found grid gunzip header heading inspected kept known last list
    loaded names numbers pace pages part percent pivot place postgres prepared problem progress
    projection raw read rebuilt refused regions relation request result row rules sheet state
    silent storage stores staged table tables text together transaction transient unclear
    unreachable validator views waiting words
"""
ORDINARY = frozenset(ORDINARY_WORDS.split())
MAIN = (
    "Slice", "Task", "Outcome", "Report", "Counts", "Receipt", "Generation", "Session", "Gate",
    "Lake", "Warehouse", "Ledger", "Lease", "Fence", "Mart", "Source", "Contract", "Question",
    "Answer", "Provenance", "Evidence", "Layout",
)  # fmt: skip


def table(title: str) -> list[tuple[str, ...]]:
    """Rows of the table whose first heading is the title."""
    text = GLOSSARY[GLOSSARY.index(f"| {title} |") :].split("\n\n")[0]
    lines = text.strip().splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


TERMS = {term: (indonesian, meaning) for term, indonesian, meaning in table("term")}
BANNED = [word for word, _ in table("not")]


def class_names(package: str) -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), node.name)
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def split(name: str) -> list[str]:
    return [w.lower() for w in re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])", name)]


def test_every_term_has_an_indonesian_word_and_one_meaning() -> None:
    assert len(TERMS) >= 30
    assert all(indonesian and meaning.endswith(".") for indonesian, meaning in TERMS.values())
    assert len({indonesian for indonesian, _ in TERMS.values()}) == len(TERMS)


@pytest.mark.parametrize("name", MAIN)
def test_the_main_classes_are_terms(name: str) -> None:
    assert " ".join(split(name)) in TERMS


@pytest.mark.parametrize("package", NAMED)
def test_class_names_are_made_of_terms(package: str) -> None:
    known = {part for term in TERMS for part in term.split()}
    known |= ORDINARY
    known |= {f"{word}s" for word in known}
    strange = [
        f"{path}: {name} ({word})"
        for path, name in class_names(package)
        for word in split(name)
        if word not in known
    ]
    assert not strange, strange


# --- messages ---

ERRORS = frozenset(
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.PenataranError)
)


def messages(path: Path) -> Iterator[tuple[int, str]]:
    """Texts given to an error of ours, with their lines; f-strings without their values."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ERRORS:
            continue
        for argument in (*node.args[1:], *(k.value for k in node.keywords)):
            for part in ast.walk(argument):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


def banned_in(text: str) -> list[str]:
    """Banned words in a text. `There is no …` is plain English; `this is no …` is not."""
    return [w for w in BANNED if re.search(rf"(?<!there )\b{w}\b", text, re.IGNORECASE)]


@pytest.mark.parametrize("package", PLAIN)
def test_messages_use_the_words_of_the_trade(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, text in messages(path)
        if banned_in(text)
    ]
    assert not found, "\n".join(found)


def test_texts_for_senders_use_the_words_of_the_trade() -> None:
    texts = [
        text.en
        for group in vars(words).values()
        if isinstance(group, dict)
        for text in group.values()
        if isinstance(text, Words)
    ]
    assert len(texts) > 50
    assert not [text for text in texts if banned_in(text)]
