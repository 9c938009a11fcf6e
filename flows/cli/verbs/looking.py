"""Verbs that change nothing: sources, status, query, trace, quarantine list/export, doctor."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flows.cli import words
from flows.cli.messages import printable, problem, say
from flows.cli.verbs.common import (
    bounded,
    print_broken,
    print_json,
    reading_settings,
    settings_of,
    zone_of,
)
from schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo


def sources(options: argparse.Namespace) -> int:
    from config.declarations import load_all
    from flows.status import broken_sources

    settings = settings_of(options)
    declared = load_all(settings.sources_paths)
    broken = broken_sources(declared)
    found = [
        {
            "code": s.code,
            "title": s.title.in_language(settings.language),
            "provider": s.provider.name,
            "domain": s.domain,
            "table": s.table,
            "frequency": "".join(d.frequency for d in s.datasets.values()),
            "licence": s.licence.name,
            "redistribution": s.licence.redistribution,
            "attribution": s.licence.attribution.in_language(settings.language),
            "key_variable": s.key.variable if s.key else None,
            "key_present": bool(s.key and settings.secret(s.key.variable)),
            "next_release": s.next_release(),
        }
        for s in declared.sources.values()
    ]
    if options.json:
        print_json({"sources": found, "broken": broken})
    else:
        _table(("code", "provider", "table", "frequency", "licence", "next_release"), found)
        print_broken(broken)
    return 0


def status(options: argparse.Namespace) -> int:
    from datetime import datetime

    from flows.cli.chain import when
    from flows.metrics import metrics
    from flows.status import is_troubled
    from flows.status import status as status_of
    from reports.freshness import in_words, today_of, why_troubled
    from tasks.home import declared_sources, open_warehouse

    settings = reading_settings(options)
    if options.lineage:
        from flows.lineage import events

        for event in events(open_warehouse(settings)):
            print(json.dumps(event, ensure_ascii=False))
        return 0
    today = today_of(settings)
    found = status_of(open_warehouse(settings), declared_sources(settings), today)
    troubled = [s for s in found["sources"] if is_troubled(s)]
    if options.late:
        found["sources"] = troubled
    if options.metrics:
        print(metrics(found), end="")
    elif options.json:
        print_json(found)
    else:
        zone, language = zone_of(settings), words.language()
        names = ("source", "last_checked_at", "last_loaded_at", "rows", "rows_quarantined",
                 "state", "newest_period_start", "next_due_on", "next_run")  # fmt: skip
        _table(names, [
            {**{n: when(v, zone) if isinstance(v, datetime) else v for n, v in r.items()},
             "state": in_words(r["state"], r["late_since"], language),
             "next_run": when(datetime.fromisoformat(r["next_run"]), zone)
             if r["next_run"] else None}
            for r in found["sources"]
        ])  # fmt: skip
        for row in found["sources"] if options.late else ():
            for line in why_troubled(row, language):
                print(printable(line))
        print_broken(found["broken"])
    return 3 if options.late and troubled else 0


def digest(options: argparse.Namespace) -> int:
    from flows.digest import digest_rows
    from reports.digest import digest as digest_of
    from tasks.home import open_warehouse

    settings = reading_settings(options)
    since = _day(options.since) if options.since else None
    found = digest_of(
        digest_rows(open_warehouse(settings), settings, since),
        options.language or settings.language,
    )
    print(found.as_html() if options.format == "html" else printable(found.as_text()))
    return 0


def _day(text: str) -> date:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError("bad_time", f"{text!r} is not a date", hint="2026-01-31") from None


def _table(names: tuple[str, ...], records: list[dict[str, Any]]) -> None:
    from flows.cli.output import table

    rows = [tuple("-" if r[n] is None else str(r[n]) for n in names) for r in records]
    table([words.text(words.COLUMNS[n]) for n in names], [rows])


def query(options: argparse.Namespace) -> int:
    from flows.cli.output import Part, write
    from flows.status import moment
    from schemas.marks import SIMULATED
    from tasks.home import open_warehouse
    from warehouse.dictionary import words_of

    settings = reading_settings(options)
    if settings.profile == "sandbox":
        say(SIMULATED)
    at = None if options.as_known_on is None else moment(options.as_known_on, settings)
    with bounded(settings) as deadline:
        result = open_warehouse(settings).query(options.sql, as_known_on=at, deadline=deadline)
        part = Part(options.limit, options.offset)
        write(
            part.of(result),
            options.format,
            options.output,
            simulated=settings.profile == "sandbox",
            temp=settings.state / "tmp",
            about=words_of(options.sql, result.columns) if options.output else (),
        )
    if part.is_cut:
        shown = {"n": options.limit, "next": options.offset + options.limit}
        say(words.text(words.LIMITED).format(**shown))
    return 0


def trace(options: argparse.Namespace) -> int:
    from flows.cli.chain import chain_lines
    from flows.trace import trace as find

    return _of_row(options, find, chain_lines)


def explain(options: argparse.Namespace) -> int:
    from flows.cli.why import why_lines
    from flows.explain import explain as find

    return _of_row(options, find, why_lines)


def _of_row(
    options: argparse.Namespace,
    find: Callable[..., dict[str, Any]],
    lines: Callable[[dict[str, Any], str, ZoneInfo], Iterable[str]],
) -> int:
    """What is found of the rows with some keys: for people in lines, for programs whole."""
    settings, keys = reading_settings(options), _keys(options.keys)
    with bounded(settings) as deadline:
        found = find(settings, options.table, keys, deadline)
    if options.json:
        print_json(found)
    else:
        for line in lines(found, settings.language, zone_of(settings)):
            print(printable(line))
    return 0


def _keys(pairs: list[str]) -> dict[str, str]:
    keys = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise ConfigurationError("bad_condition", f"{pair!r} is not KEY=VALUE")
        keys[name] = value
    return keys


def quarantine(options: argparse.Namespace) -> int:
    """`quarantine list` and, with an output file, `quarantine export`."""
    from flows.cli.output import write
    from flows.status import QUARANTINE_SQL
    from schemas.sql import literal
    from tasks.home import open_warehouse

    settings = reading_settings(options)
    where = f"WHERE source = {literal(options.source)}" if options.source else ""
    result = open_warehouse(settings).query(
        f"SELECT * FROM ({QUARANTINE_SQL}) AS q {where} ORDER BY source, slice, row_number"
    )
    if options.action == "export":
        write(result, "csv", options.output, simulated=settings.profile == "sandbox")
    else:
        write(result, "json" if options.json else "table", None, simulated=False)
    return 0


def doctor(options: argparse.Namespace) -> int:
    from flows.doctor import doctor as findings_here

    findings = findings_here()
    if options.json:
        print_json({"findings": [f.as_dict() for f in findings]})
    else:
        for finding in findings:
            state = f"{words.text(words.FINDINGS[finding.state]):<9}"
            if finding.error:
                print(state, problem(finding.error, " " * 8))
                continue
            print(state, words.text(finding.what))
            if fix := words.text(finding.fix):
                print(f"        -> {fix}")
    states = {f.state for f in findings}
    if "unsafe" in states:
        return 2
    return 3 if states - {"ok", "missing"} else 0
