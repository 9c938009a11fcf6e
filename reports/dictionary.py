"""The data dictionary as a page in each language, without script: browsers search it."""

from __future__ import annotations

from config.settings import Settings
from reports.template import template
from reports.words import word
from warehouse.base import Warehouse
from warehouse.dictionary import described, reader_tables

KINDS = ("mart", "core", "ref", "ops")  # in the order in which readers look for them


def render(warehouse: Warehouse, settings: Settings, language: str) -> str:
    """Every table, its versions and every mart of the published warehouse, as HTML."""
    names = {
        name: dict.fromkeys(warehouse.query(f"SELECT * FROM {name} LIMIT 0").columns, "")
        for name in reader_tables()
    }
    tables = described(names).values()
    return template("dictionary.html.j2").render(
        language=language,
        w=lambda name, **values: word(name, language, **values),
        simulated=settings.profile == "sandbox",
        other=f"kamus.{'id' if language == 'en' else 'en'}.html",
        kinds=[(kind, [t for t in tables if t.kind == kind]) for kind in KINDS],
    )
