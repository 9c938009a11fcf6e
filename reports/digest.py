"""The daily digest: what changed since a day, what is late, what lapses soon, what is held back.

Pure: from rows of the published warehouse to a few lines, as text or as HTML for a message. A day
on which nothing happened is one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from reports.freshness import in_words as state_in_words
from reports.words import day, number, word
from schemas.marks import SIMULATED
from schemas.model import Words
from schemas.texts import shortened, visible

MOST_LINES = 10  # of a section
LONGEST = 120  # signs of a title
KINDS = {"first": "digest_new", "withdrawn_by_source": "digest_withdrawn"}
"""Reasons of changes that are not revisions."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class DigestRows:
    """What a digest is made of. `changes` has source, reason and n; `late` source, state and
    since; `lapsing` title_id, title_en, partner, valid_to and decision_on; `refused` source and
    n. Sources have titles in both languages."""

    since: date
    today: date
    region: Words
    is_simulated: bool
    titles: Mapping[str, Words]
    changes: Sequence[Row] = ()
    late: Sequence[Row] = ()
    lapsing: Sequence[Row] = ()
    refused: Sequence[Row] = ()


@dataclass(frozen=True)
class Digest:
    """A subject and sections of lines; `mark` where data are simulated."""

    subject: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    nothing: str
    mark: str

    def as_text(self) -> str:
        lines = [self.mark, ""] if self.mark else []
        lines.append(self.subject)
        for heading, found in self.sections:
            lines += ["", f"{heading}:", *(f"- {line}" for line in found)]
        if not self.sections:
            lines = [*lines[:-1], f"{self.subject}: {self.nothing}"]
        return "\n".join(lines)

    def as_html(self) -> str:
        """A part of a page without style, script or links."""
        parts = [Markup("<p><strong>{}</strong></p>").format(self.mark)] if self.mark else []
        parts.append(Markup("<h1>{}</h1>").format(self.subject))
        if not self.sections:
            parts.append(Markup("<p>{}</p>").format(self.nothing))
        for heading, found in self.sections:
            items = Markup("").join(Markup("<li>{}</li>").format(escape(x)) for x in found)
            parts.append(Markup("<h2>{}</h2>\n<ul>{}</ul>").format(heading, items))
        return "\n".join(parts)


def digest(rows: DigestRows, language: str) -> Digest:
    sections = (
        (word("digest_changed", language, day=day(rows.since, language)),
         list(_changes(rows, language))),
        (word("digest_late", language), list(_late(rows, language))),
        (word("digest_lapsing", language), list(_lapsing(rows, language))),
        (word("digest_refused", language, day=day(rows.since, language)),
         [_counted(rows, r, word("digest_rows", language, n=number(r["n"], language)), language)
          for r in rows.refused]),
    )  # fmt: skip
    region = rows.region.in_language(language)
    return Digest(
        subject=word("digest", language, region=region, day=day(rows.today, language)),
        sections=tuple((h, _short(found, language)) for h, found in sections if found),
        nothing=word("digest_nothing", language, day=day(rows.since, language)),
        mark=SIMULATED if rows.is_simulated else "",
    )


def _short(lines: Sequence[str], language: str) -> tuple[str, ...]:
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    more = word("digest_more", language, n=len(lines) - MOST_LINES)
    return (*lines[:MOST_LINES], more)


def _changes(rows: DigestRows, language: str) -> Iterator[str]:
    """A line for each source: how many figures are new, revised, withdrawn. Sources whose figures
    were restated come first, then those with most changes."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows.changes:
        own = counts.setdefault(row["source"], {})
        kind = KINDS.get(row["reason"], "digest_revised")
        own[kind] = own.get(kind, 0) + int(row["n"])
    order = sorted(
        counts.items(), key=lambda c: (c[1].keys() <= {"digest_new"}, -sum(c[1].values()), c[0])
    )
    for source, own in order:
        kinds = ("digest_new", "digest_revised", "digest_withdrawn")
        parts = (word(k, language, n=number(own[k], language)) for k in kinds if k in own)
        yield f"{_title(rows, source, language)}: {', '.join(parts)}"


def _late(rows: DigestRows, language: str) -> Iterator[str]:
    for row in rows.late:
        state = state_in_words(row["state"], row["since"], language)
        yield f"{_title(rows, row['source'], language)}: {state}"


def _lapsing(rows: DigestRows, language: str) -> Iterator[str]:
    """Agreements in the order of their last days, with the last day on which to decide."""
    for row in sorted(rows.lapsing, key=lambda r: r["valid_to"]):
        left = (row["valid_to"] - rows.today).days
        name = "digest_lapsed" if left < 0 else "digest_until"
        text = word(name, language, day=day(row["valid_to"], language), n=abs(left))
        decision = row["decision_on"]
        if decision and left >= 0:
            late = "digest_decide_late" if decision < rows.today else "digest_decide"
            text += f"; {word(late, language, day=day(decision, language))}"
        other = "id" if language == "en" else "en"
        title = row[f"title_{language}"] or row[f"title_{other}"] or ""
        yield f"{_plain(title)} ({_plain(row['partner'])}): {text}"


def _counted(rows: DigestRows, row: Row, text: str, language: str) -> str:
    return f"{_title(rows, row['source'], language)}: {text}"


def _title(rows: DigestRows, source: str, language: str) -> str:
    found = rows.titles.get(source)
    return _plain(found.in_language(language) if found else source)


def _plain(text: object) -> str:
    """One line, whatever a partner wrote."""
    return shortened(visible(str(text or "–")), LONGEST)
