"""Texts of the open data release for people: what it is, and what changed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from reports.catalogues import Edition
from reports.codes import in_words
from reports.public_tables import PublicTable
from reports.release_changes import Change, revised
from reports.words import day, number, word
from schemas.catalogue import TABLES
from schemas.model import LANGUAGES

MOST_LINES = 50  # of a version in the counts of changes
MOST_CHANGES = 20  # of the newest version that are named
IN_CODE = str.maketrans({"`": "'", "\r": " ", "\n": " "})


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


def changelog(changes: Mapping[str, Sequence[Change]], edition: Edition) -> str:
    """What changed from version to version, in both languages, the newest first. The largest
    changes of the newest are named; the table of changes has all."""
    return "\n".join(line for x in LANGUAGES for line in _changelog(changes, edition, x))


def _changelog(
    changes: Mapping[str, Sequence[Change]], edition: Edition, language: str
) -> Iterable[str]:
    yield f"# {word('open_changes', language)}: {edition.title.in_language(language)}"
    first = next(iter(changes))
    for version, own in reversed(list(changes.items())):
        yield f"\n## {version}\n"
        if version == first:
            yield word("open_first", language)
        elif not own:
            yield word("open_other", language)
        counted = sorted(Counter((c["table_name"], c["source"], c["change_reason"])
                                 for c in own).items())  # fmt: skip
        yield from (f"- {_count(key, n, language)}" for key, n in counted[:MOST_LINES])
        if len(counted) > MOST_LINES:
            yield "- " + word("open_more", language, n=len(counted) - MOST_LINES)
        if version == edition.version:
            yield from _largest(own, language)
    yield ""


def _count(key: tuple[str, str, str], n: int, language: str) -> str:
    table, source, reason = key
    title = TABLES[table].title.in_language(language)
    return f"{title}, {source}: {number(n, language)} × {in_words('reason', reason, language)}"


def _largest(changes: Sequence[Change], language: str) -> Iterable[str]:
    """The largest changes of what was known before; the others are counted."""
    found = revised(changes)
    if not found:
        return
    shown = sorted(found, key=_size, reverse=True)[:MOST_CHANGES]
    yield "\n" + word("open_largest", language, n=len(shown), all=number(len(found), language))
    yield ""
    yield from (f"- {_change(c, language)}" for c in shown)


def _size(change: Change) -> Decimal:
    """By how much of its value before a figure changed."""
    before = change["value_before"]
    return abs(change["change"] / before) if before else Decimal(0)


def _change(change: Change, language: str) -> str:
    key = str(change["row_key"]).translate(IN_CODE)
    values = " → ".join(
        number(value, language, _digits(value))
        for value in (change["value_before"], change["value_after"])
    )
    reason = in_words("reason", change["change_reason"], language)
    known = day(change["recorded_at"], language)
    unit = f" {change['unit']}" if change["unit"] else ""
    return f"{values}{unit} ({reason}, {known}): {change['source']} `{key}`"


def _digits(value: Decimal | None) -> int:
    """As many as the value has."""
    if value is None:
        return 0
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
