"""The pages of the report, written to disk: one self-contained file each and language.

Reads the published warehouse only, at one moment. Each figure is drawn once for all pages, in both
languages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.region import Region
from config.settings import Settings
from reports import dictionary
from reports.declared import Page, pages
from reports.drawn import Drawn, Studio
from reports.files import Figures, write_files
from reports.inputs import DICTIONARY_NOTE, NOTE, inputs, of_version, with_files
from reports.layout import OPEN_TITLE, Edition, index_html, page_html
from reports.licence_gate import LicenceGate, public_figures
from schemas.errors import StorageError
from schemas.model import LANGUAGES
from warehouse.base import Warehouse
from warehouse.files import checksum_of, read_json, write_whole
from warehouse.modes import file_mode

Named = tuple[str, str]  # page, language


def write_pages(warehouse: Warehouse, settings: Settings, region: Region) -> dict[str, str]:
    """Write every page with its files, their index and the dictionary to reports/, in both
    languages, from one moment; returns language → index, under `failed` what could not be written,
    and under `without_before` figures whose earlier values take more than a reader has. What is
    there, whole and of the same inputs, stays as it is."""
    with warehouse.at_one_moment() as published:
        made_from = inputs(published, settings, region)
        moment = datetime.now(UTC).astimezone(ZoneInfo(region.timezone))
        edition = Edition(region, moment, settings.profile == "sandbox", pages())
        studio = Studio(published, region, moment.date())
        figures = cache(lambda: drawn(studio, LicenceGate(published)))
        files = write_files(settings, made_from, lambda: (edition, figures()))
        linked = replace(edition, files=frozenset(files.names))
        reports = _write(
            settings,
            with_files(made_from, files.names),
            ((*pages(), OPEN_TITLE), NOTE),
            lambda: rendered(linked, figures()),
        )
        _write(
            settings,
            of_version(settings.profile, settings.readers),
            (("kamus",), DICTIONARY_NOTE),
            lambda: {("kamus", x): dictionary.render(published, settings, x) for x in LANGUAGES},
        )
    found = {x: str(reports[OPEN_TITLE, x]) for x in LANGUAGES}
    if files.errors:
        found["failed"] = "; ".join(map(str, files.errors))
    if studio.without_before:
        named = sorted(studio.without_before.items())
        found["without_before"] = ", ".join(f"{name} [{code}]" for name, code in named)
    return found


def _write(
    settings: Settings,
    made_from: str,
    names: tuple[tuple[str, ...], str],
    made: Callable[[], Mapping[Named, str]],
) -> dict[Named, Path]:
    """Write pages in both languages unless their note says that they are of the same inputs."""
    note = settings.state / names[1]
    targets = {
        (name, x): settings.reports / f"{name}.{x}.html" for name in names[0] for x in LANGUAGES
    }
    if _noted(note) != {"inputs": made_from, **_checksums(targets)}:
        mode = file_mode(settings.readers)
        for named, text in made().items():
            write_whole(targets[named], text, mode=mode)
        write_whole(note, json.dumps({"inputs": made_from, **_checksums(targets)}))
    return targets


def _noted(note: Path) -> dict[str, Any]:
    """What was noted of the pages; nothing where the note is missing or damaged."""
    try:
        return read_json(note) if note.exists() else {}
    except StorageError:
        return {}


def _checksums(targets: Mapping[Named, Path]) -> dict[str, str]:
    return {".".join(n): checksum_of(path) for n, path in targets.items() if path.is_file()}


def drawn(studio: Studio, gate: LicenceGate) -> dict[str, dict[str, Sequence[Drawn]]]:
    """The figures of each page by name, as its readers get them."""
    return {
        name: {figure: figure_of(page, figure, studio, gate) for figure in page.figure_names}
        for name, page in pages().items()
    }


def figure_of(page: Page, name: str, studio: Studio, gate: LicenceGate) -> tuple[Drawn, ...]:
    """A figure as the readers of the page get it: a public page has what passes the gate."""
    return public_figures(studio, gate, name) if page.public else studio.draw(name)


def rendered(edition: Edition, figures: Figures) -> dict[Named, str]:
    """Every page and the index in both languages as HTML."""
    found = {(OPEN_TITLE, x): index_html(edition, x) for x in LANGUAGES}
    for page in edition.pages.values():
        found |= {
            (page.name, x): page_html(page, figures[page.name], edition, x) for x in LANGUAGES
        }
    return found
