"""What the pages are made from, as one hash: pages of the same inputs are the same pages.

Most scheduled runs find nothing new, and rendering both pages was two fifths of such a run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from config.region import Region
from config.settings import Settings
from reports.freshness import today_of
from reports.licence_gate import INDICATORS
from reports.rows import rows_of
from warehouse.base import Warehouse, fingerprint

FOLDER = Path(__file__).parent
NOTE = "pages.json"  # in the state folder
SUFFIXES = (".py", ".j2", ".typ", ".csv", ".yml")  # of this package: code, templates, words
FILES_NOTE = "files.json"
DICTIONARY_NOTE = "dictionary.json"


def forget(settings: Settings) -> None:
    """Let the next publication render the pages, whatever they were made from."""
    for name in (NOTE, FILES_NOTE, DICTIONARY_NOTE):
        (settings.state / name).unlink(missing_ok=True)


def inputs(warehouse: Warehouse, settings: Settings, region: Region) -> str:
    """Hash of all that the pages show: the newest load of a source, the state of each source, the
    day, the region, who may read, and this code. They show days, not times."""
    loads = "SELECT max(load_seq) AS number, max(recorded_at) AS moment FROM ops_load"
    facts = (
        rows_of(warehouse, f"{loads} WHERE source <> ''"),
        [
            _by_day(r)
            for r in rows_of(warehouse, "SELECT * FROM mart_source_freshness ORDER BY source")
        ],
        today_of(settings),
        region,
        settings.profile,
        settings.readers,
        fingerprint(),
        _code(),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def of_version(*facts: str) -> str:
    """Hash of what a page shows that has no figures: the tables, this code, and some facts."""
    return hashlib.sha256(repr((facts, fingerprint(), _code())).encode()).hexdigest()


def with_files(made_from: str, names: Iterable[str]) -> str:
    """Hash of pages that link these files."""
    return hashlib.sha256(repr((made_from, sorted(names))).encode()).hexdigest()


def _by_day(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.date() if isinstance(v, datetime) else v for k, v in row.items()}


@lru_cache(maxsize=1)
def _code() -> str:
    """Identity of this package, with its templates and words."""
    files = sorted(p for p in FOLDER.rglob("*") if p.suffix in SUFFIXES)
    files.append(INDICATORS)
    return version("penataran") + "".join(hashlib.sha256(p.read_bytes()).hexdigest() for p in files)
