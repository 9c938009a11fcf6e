"""PDF of each page and the workbooks, beside the pages; written only where their data changed.

A file that cannot be made stops neither the others nor the pages: it is removed, so that nobody
reads an older one as if it were current, and its error is returned.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from config.settings import Settings
from reports.declared import Page, pages
from reports.drawn import Drawn
from reports.inputs import FILES_NOTE, of_version
from reports.layout import ANNEX, PUBLIC, PUBLIC_ANNEX, Edition
from reports.paper import page_data, page_pdf
from reports.workbook import annex
from schemas.errors import PenataranError, StorageError
from schemas.model import LANGUAGES
from warehouse.files import checksum_of, read_json, write_whole
from warehouse.modes import file_mode


@dataclass
class Files:
    """What is there after writing."""

    names: set[str] = field(default_factory=set)
    errors: list[PenataranError] = field(default_factory=list)


@dataclass(frozen=True)
class Made:
    """How a file is made, and the hash of all that it is made from."""

    name: str
    data: str
    make: Callable[[], bytes]


Figures = Mapping[str, Mapping[str, Sequence[Drawn]]]
"""By page and name, as the readers of the page get them."""


def write_files(
    settings: Settings, made_from: str, drawn: Callable[[], tuple[Edition, Figures]]
) -> Files:
    """Write what is missing, damaged or of other data. Nothing is drawn where all files are there,
    whole and of the same inputs."""
    note = settings.state / FILES_NOTE
    known = _noted(note)
    files = known.get("files", {})
    if known.get("inputs") == made_from and all(
        _is_whole(settings.reports / name, files.get(name)) for name in names()
    ):
        return Files(set(names()))
    found = Files()
    noted = {}
    for made in _all_made(*drawn()):
        path = settings.reports / made.name
        before = files.get(made.name)
        try:
            if not (before and before["data"] == made.data and _is_whole(path, before)):
                write_whole(path, made.make(), mode=file_mode(settings.readers))
        except PenataranError as error:
            path.unlink(missing_ok=True)
            found.errors.append(error)
            continue
        found.names.add(made.name)
        noted[made.name] = {"data": made.data, "file": checksum_of(path)}
    write_whole(note, json.dumps({"inputs": made_from, "files": noted}))
    return found


def names() -> list[str]:
    """Names of all files."""
    of_pages = [f"{name}.{x}.pdf" for name in pages() for x in LANGUAGES]
    return of_pages + [f"{name}.{x}.xlsx" for name in (ANNEX, PUBLIC_ANNEX) for x in LANGUAGES]


def _all_made(edition: Edition, figures: Figures) -> Iterator[Made]:
    for page in edition.pages.values():
        for x in LANGUAGES:
            yield _pdf(page, edition, figures[page.name], x)
    for name, drawn in annexes(figures).items():
        for x in LANGUAGES:
            yield _workbook(name, edition, drawn, x)


def annexes(figures: Figures) -> dict[str, list[Drawn]]:
    """The figures of each workbook: all, and those of the page for the public as it has them."""
    every: dict[str, Sequence[Drawn]] = {}
    for name in sorted(figures, key=PUBLIC.__eq__):  # what others have whole stands whole
        every = {**figures[name], **every}
    found = {ANNEX: every, PUBLIC_ANNEX: figures[PUBLIC]}
    return {name: [d for ds in own.values() for d in ds] for name, own in found.items()}


def _pdf(
    page: Page, edition: Edition, figures: Mapping[str, Sequence[Drawn]], language: str
) -> Made:
    data = page_data(page, figures, edition, language)
    made_from = of_version(version("typst"), json.dumps(data, sort_keys=True))
    return Made(f"{page.name}.{language}.pdf", made_from, lambda: page_pdf(data))


def _workbook(name: str, edition: Edition, drawn: Sequence[Drawn], language: str) -> Made:
    rows = repr([(d.title, d.sentence, d.facts, d.columns, d.rows) for d in drawn])
    made_from = of_version(
        version("xlsxwriter"), str(edition.published.date()), str(edition.is_simulated),
        repr(edition.region), rows,
    )  # fmt: skip
    return Made(f"{name}.{language}.xlsx", made_from, lambda: annex(drawn, edition, language))


def _is_whole(path: Path, noted: Mapping[str, str] | None) -> bool:
    return bool(noted) and path.is_file() and checksum_of(path) == (noted or {})["file"]


def _noted(note: Path) -> dict[str, Any]:
    """What was noted of the files; nothing where the note is missing or damaged."""
    try:
        return read_json(note) if note.exists() else {}
    except StorageError:
        return {}
