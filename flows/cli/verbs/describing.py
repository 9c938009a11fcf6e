"""The verb that says what tables and columns mean: describe. It needs no home."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flows.cli import words
from flows.cli.messages import printable
from flows.cli.verbs.common import print_json, settings_of
from schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from schemas.model import Words
    from warehouse.dictionary import TableWords


def describe(options: argparse.Namespace) -> int:
    from schemas.nearest import near
    from tasks.home import declared_sources
    from warehouse.dictionary import described_tables

    settings = settings_of(options)
    tables = described_tables()
    if options.table and options.table not in tables:
        raise ConfigurationError(
            "unknown_table",
            f"table {options.table!r} does not exist{near(options.table, tables)}",
            hint="penataran describe lists them",
        )
    chosen = [tables[options.table]] if options.table else list(tables.values())
    sources = declared_sources(settings).sources.values()
    filled = {t.name: [s.code for s in sources if s.table == t.name] for t in chosen}
    language = options.language or settings.language
    if options.json:
        print_json({"tables": [_as_dict(t, filled[t.name]) for t in chosen]})
    elif options.table:
        _show(chosen[0], filled[options.table], language)
    else:
        rows = [(t.name, t.kind, t.title.in_language(language)) for t in chosen]
        _table(("table", "kind", "meaning"), rows, language)
    return 0


def _as_dict(table: TableWords, sources: list[str]) -> dict[str, Any]:
    return {
        "name": table.name,
        "kind": table.kind,
        "title": _both(table.title),
        "key": [c.name for c in table.columns if c.is_key],
        "columns": [
            {
                "name": c.name,
                "type": c.type,
                "unit": c.unit,
                "key": c.is_key,
                "description": _both(c.description),
                "codes": {code: _both(said) for code, said in c.codes},
            }
            for c in table.columns
        ],
        "sources": sources,
        "reads": list(table.reads),
    }


def _both(said: Words) -> dict[str, str]:
    return {"id": said.id, "en": said.en}


def _show(table: TableWords, sources: list[str], language: str) -> None:
    print(f"{table.name}: {printable(table.title.in_language(language))}")
    for name, found in (("sources", sources), ("reads", table.reads)):
        if found:
            print(f"{words.COLUMNS[name].in_language(language)}: {', '.join(found)}")
    rows = [
        (
            c.name,
            c.type,
            c.unit or "-",
            "*" if c.is_key else "",
            c.description.in_language(language),
        )
        for c in table.columns
    ]
    _table(("column", "type", "unit", "key", "meaning"), rows, language)
    codes = [
        (c.name, code, said.in_language(language)) for c in table.columns for code, said in c.codes
    ]
    if codes:
        print()
        _table(("column", "coded", "meaning"), codes, language)


def _table(names: tuple[str, ...], rows: Sequence[tuple[str, ...]], language: str) -> None:
    from flows.cli.output import table

    table([words.COLUMNS[n].in_language(language) for n in names], [rows])
