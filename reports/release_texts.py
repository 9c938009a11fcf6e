"""Texts of the open data release for people: what it is, and what changed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.catalogues import Edition
from reports.codes import in_words
from reports.public_tables import PublicTable
from reports.words import number, word
from schemas.catalogue import TABLES
from schemas.model import LANGUAGES

MOST_LINES = 50  # of a version in the list of changes


def readme(tables: Sequence[PublicTable], edition: Edition) -> str:
    """What is in the release, in both languages; a mark of simulation stands first."""
    return "\n".join(line for x in LANGUAGES for line in _readme(tables, edition, x))


def _readme(tables: Sequence[PublicTable], edition: Edition, language: str) -> Iterable[str]:
    yield f"# {edition.title.in_language(language)}"
    yield ""
    if edition.is_simulated:
        yield f"**{word('simulated', language)}**\n"
    yield edition.about.in_language(language)
    yield ""
    yield f"{word('open_version', language)}: {edition.version}"
    yield ""
    yield word("open_files", language)
    yield ""
    yield f"| {word('open_table', language)} | {word('meaning', language)} | " \
          f"{word('open_rows', language)} |"  # fmt: skip
    yield "|---|---|--:|"
    for table in tables:
        title = table.title.in_language(language).replace("|", "/")
        yield f"| {table.name} | {title} | {number(len(table.rows), language)} |"
    yield ""
    yield f"## {word('source', language)}"
    yield ""
    found = sorted({(p.attribution.in_language(language), p.licence)
                    for t in tables for p in t.publishers})  # fmt: skip
    yield from (f"- {name}: {licence or '–'}" for name, licence in found)
    yield ""


def changelog(history: Sequence[Mapping[str, Any]], edition: Edition) -> str:
    """What changed from version to version, in both languages, the newest first."""
    return "\n".join(line for x in LANGUAGES for line in _changelog(history, edition, x))


def _changelog(
    history: Sequence[Mapping[str, Any]], edition: Edition, language: str
) -> Iterable[str]:
    yield f"# {word('open_changes', language)}: {edition.title.in_language(language)}"
    for entry in history:
        yield f"\n## {entry['version']}\n"
        if entry["is_first"]:
            yield word("open_first", language)
        elif not entry["changes"]:
            yield word("open_other", language)
        changes = list(entry["changes"])
        yield from (f"- {_change(c, language)}" for c in changes[:MOST_LINES])
        if len(changes) > MOST_LINES:
            yield "- " + word("open_more", language, n=len(changes) - MOST_LINES)
    yield ""


def _change(change: Mapping[str, Any], language: str) -> str:
    title = TABLES[change["table_name"]].title.in_language(language)
    reason = in_words("reason", change["reason"], language)
    return f"{title}, {change['source']}: {number(change['n'], language)} × {reason}"
