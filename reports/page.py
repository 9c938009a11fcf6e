"""The pages of the report, written to disk: one self-contained file each and language.

Reads the published warehouse only, at one moment. Each figure is drawn once for all pages, in both
languages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from config.region import Region
from config.settings import Settings
from reports import dictionary
from reports.declared import Page, pages
from reports.drawn import Studio
from reports.inputs import DICTIONARY_NOTE, NOTE, inputs, of_version
from reports.layout import OPEN_TITLE, Edition, index_html, page_html
from schemas.errors import StorageError
from schemas.model import LANGUAGES
from warehouse.base import Warehouse
from warehouse.files import checksum_of, read_json, write_whole
from warehouse.modes import file_mode

Named = tuple[str, str]  # page, language


def write_pages(warehouse: Warehouse, settings: Settings, region: Region) -> dict[str, Path]:
    """Write every page, their index and the dictionary to reports/, in both languages, from one
    moment; returns language → index. Pages that are there, whole and of the same inputs, stay as
    they are."""
    with warehouse.at_one_moment() as published:
        reports = _write(
            settings,
            inputs(published, settings, region),
            ((*pages(), OPEN_TITLE), NOTE),
            lambda: rendered(published, settings, region),
        )
        _write(
            settings,
            of_version(settings.profile, settings.readers),
            (("kamus",), DICTIONARY_NOTE),
            lambda: {("kamus", x): dictionary.render(published, settings, x) for x in LANGUAGES},
        )
    return {language: reports[OPEN_TITLE, language] for language in LANGUAGES}


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


def rendered(warehouse: Warehouse, settings: Settings, region: Region) -> dict[Named, str]:
    """Every page and the index in both languages as HTML."""
    published = datetime.now(UTC).astimezone(ZoneInfo(region.timezone))
    edition = Edition(region, published, settings.profile == "sandbox", pages())
    studio = Studio(warehouse, region, published.date())
    found = {(OPEN_TITLE, x): index_html(edition, x) for x in LANGUAGES}
    for page in pages().values():
        figures = {name: studio.draw(name) for name in figures_of(page)}
        found |= {(page.name, x): page_html(page, figures, edition, x) for x in LANGUAGES}
    return found


def figures_of(page: Page) -> list[str]:
    """Names of the figures on a page."""
    return [name for section in page.sections for name in section.figures]
