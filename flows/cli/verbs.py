"""What each verb of the command line does: options in, words out, an exit code back."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.outcome import Outcome, Report


def say(text: str) -> None:
    print(_printable(text), file=sys.stderr, flush=True)


def _printable(text: str) -> str:
    """Partners' words may hold control characters; a terminal must not obey them (X14)."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _settings(options: argparse.Namespace) -> Any:
    from config.settings import load

    return load(profile=getattr(options, "profile", None))


def _reading_settings(options: argparse.Namespace) -> Any:
    """Settings for reading: the home's own profile, whichever it is."""
    from dataclasses import replace

    settings = _settings(options)
    marker = settings.home / "PROFILE"
    if marker.exists():
        settings = replace(settings, profile=marker.read_text(encoding="utf-8").strip())
    return settings


def _run(options: argparse.Namespace) -> int:
    from tasks.slices import window

    window(options.since, options.until)  # a wrong period is refused before anything starts
    if options.accept_deletions and not options.sources:
        raise _usage("--accept-deletions needs the names of the sources it is meant for")
    settings = _settings(options)
    if options.sources:  # before a server, a simulator or a folder is made
        from flows.run import check_named
        from tasks.home import declared_sources

        check_named(settings, declared_sources(settings), options.sources)
    if settings.profile == "sandbox" and not settings.hosts:
        from flows.sandbox import run_in_sandbox

        report = run_in_sandbox(settings, lambda s: _run_with(s, options))
    else:
        report = _run_with(settings, options)
    return _report(report, options, settings)


def _report(report: Report, options: argparse.Namespace, settings: Any) -> int:
    if options.json:
        print(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        _summary(report, settings.language)
    if report.error:
        say(f"penataran: nothing published: [{report.error['code']}] {report.error['message']}")
        say(f"    -> {report.error['hint']}")
    return report.exit_code


def _usage(words: str) -> Exception:
    from schemas.errors import ConfigurationError

    return ConfigurationError("usage", words)


def _run_with(settings: Any, options: argparse.Namespace) -> Report:
    from tasks.slices import window

    if options.direct:
        from flows.run import run_direct

        return run_direct(
            settings,
            options.sources,
            window(options.since, options.until),
            _progress,
            accept_deletions=options.accept_deletions,
        )
    from flows.orchestration.server import prepare, server

    prepare(settings)
    with server():
        from flows.orchestration import pipeline

        return pipeline.run(
            settings,
            options.sources,
            options.since,
            options.until,
            _progress,
            accept_deletions=options.accept_deletions,
            owns_process=True,
        )


def _progress(outcome: Outcome) -> None:
    counts = outcome.counts
    line = (
        f"{outcome.source:<22} {outcome.period:<12} {outcome.status:<14} "
        f"+{counts.new} ~{counts.revised} ={counts.unchanged} -{counts.deleted} "
        f"!{counts.quarantined}  {outcome.seconds:.1f} s"
    )
    if outcome.error and outcome.status in ("failed", "deferred", "skipped"):
        line += f"\n    {outcome.error['code']}: {outcome.error['message']}"
        if outcome.error.get("hint"):
            line += f"\n    -> {outcome.error['hint']}"
    say(line)


def _summary(report: Report, language: str) -> None:
    from collections import Counter

    english = language == "en"
    states = Counter(o.status for o in report.sources)
    rows = Counter[str]()
    for outcome in report.sources:
        rows.update(outcome.counts.as_dict())
    print("Run" if english else "Jalan", report.run_id, f"({report.profile})")
    print("  " + ", ".join(f"{n} {s}" for s, n in sorted(states.items())))
    names = (
        ("new", "revised", "unchanged", "deleted", "quarantined")
        if english
        else ("baru", "direvisi", "tetap", "ditarik", "disisihkan")
    )
    keys = ("new", "revised", "unchanged", "deleted", "quarantined")
    print("  " + ", ".join(f"{rows[k]} {n}" for k, n in zip(keys, names, strict=True)))
    for name, where in report.published.items():
        print(f"  {name}: {where}")
    if report.profile == "sandbox":
        print("  data simulasi / simulated data")


def _sources(options: argparse.Namespace) -> int:
    from config.source import load_all

    settings = _settings(options)
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
        for s in load_all(settings.sources_paths).values()
    ]
    if options.json:
        print(json.dumps({"sources": found}, ensure_ascii=False))
    else:
        from flows.cli.output import table

        columns = ("code", "provider", "table", "frequency", "licence", "next_release")
        table(columns, [[tuple(str(s[c] or "") for c in columns) for s in found]])
    return 0


def _status(options: argparse.Namespace) -> int:
    from flows.status import status
    from tasks.home import declared_sources, open_warehouse

    settings = _reading_settings(options)
    found = status(open_warehouse(settings), declared_sources(settings))
    if options.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return 0
    from flows.cli.output import table

    columns = (
        "source",
        "last_checked_at",
        "last_loaded_at",
        "rows",
        "rows_quarantined",
        "next_run",
    )
    rows = [
        tuple(str(s[c] if s[c] is not None else "-") for c in columns) for s in found["sources"]
    ]
    table(columns, [rows])
    return 0


def _query(options: argparse.Namespace) -> int:
    from flows.cli.output import write
    from flows.status import moment
    from tasks.home import open_warehouse

    settings = _reading_settings(options)
    if settings.profile == "sandbox":
        say("data simulasi / simulated data")
    at = moment(options.as_known_on, settings) if options.as_known_on else None
    result = open_warehouse(settings).query(options.sql, as_known_on=at)
    write(result, options.format, options.output, simulated=settings.profile == "sandbox")
    return 0


def _trace(options: argparse.Namespace) -> int:
    from flows.trace import trace, trace_text
    from schemas.errors import ConfigurationError

    keys = {}
    for pair in options.keys:
        name, separator, value = pair.partition("=")
        if not separator:
            raise ConfigurationError("usage", f"{pair!r} is not KEY=VALUE")
        keys[name] = value
    found = trace(_reading_settings(options), options.table, keys)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
    else:
        print(_printable(trace_text(found)))
    return 0


def _quarantine(options: argparse.Namespace) -> int:
    from flows.cli.output import write
    from flows.status import QUARANTINE_SQL
    from schemas.rules import literal
    from tasks.home import open_warehouse

    settings = _reading_settings(options)
    if options.action == "retry":
        from flows.run import retry_quarantine

        return _report(retry_quarantine(settings, options.sources, _progress), options, settings)
    where = f"WHERE source = {literal(options.source)}" if options.source else ""
    result = open_warehouse(settings).query(
        f"SELECT * FROM ({QUARANTINE_SQL}) AS q {where} ORDER BY source, slice, row_number"
    )
    if options.action == "export":
        write(result, "csv", options.output, simulated=settings.profile == "sandbox")
    else:
        write(result, "json" if options.json else "table", None, simulated=False)
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    from flows.rebuild import rebuild_lake, rebuild_warehouse
    from flows.run import publish
    from tasks.session import Session

    if options.reinterpret and options.origin != "landing":
        raise _usage("--reinterpret goes with --from landing")
    with Session(_reading_settings(options)) as session:
        made = None
        if options.origin == "landing":
            made = rebuild_lake(session, reinterpret=options.reinterpret, progress=say)
        warehouse = rebuild_warehouse(session)
        where = publish(session)["warehouse"]
    found = {
        "loads": (made or warehouse).loads,
        "differences": made.differences if made else [],
        "lake_before": made.kept if made else "",
        "warehouse": where,
    }
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name, value in found.items():
            print(f"{name}: {value if not isinstance(value, list) else len(value)}")
    # A reinterpretation is asked for because it differs.
    return 3 if found["differences"] and not options.reinterpret else 0


def _maintain(options: argparse.Namespace) -> int:
    from flows.maintain import maintain
    from tasks.session import Session

    with Session(_reading_settings(options)) as session:
        return _print_facts(maintain(session).as_dict(), options)


def _erase(options: argparse.Namespace) -> int:
    from flows.maintain import erase
    from tasks.session import Session

    with Session(_reading_settings(options)) as session:
        code = _print_facts(erase(session, options.sha256, options.reason).as_dict(), options)
    say("backups, and files that were exported or sent out, are yours to erase")
    return code


def _print_facts(facts: dict[str, Any], options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        for name, value in facts.items():
            print(f"{name}: {value}")
    return 0


def _publish(options: argparse.Namespace) -> int:
    from flows.run import publish
    from tasks.session import Session

    with Session(_reading_settings(options)) as session:
        for name, where in publish(session).items():
            print(f"{name}: {where}")
    return 0


def _new_source(options: argparse.Namespace) -> int:
    from flows.declare import new_source

    print(new_source(_settings(options), options.code))
    return 0


def _check_source(options: argparse.Namespace) -> int:
    from flows.declare import check_source

    text, fine = check_source(_settings(options), options.code, accept=options.accept)
    print(_printable(text))
    return 0 if fine else 3


def _intake(options: argparse.Namespace) -> int:
    from flows.intake import as_dict, take_in

    settings = _settings(options)
    results, report = take_in(
        settings,
        [Path(f) for f in options.files],
        contract=options.contract,
        sender=options.sender,
        language=options.language,
        dry_run=options.dry_run,
        confirm_deletions=options.confirm_deletions,
    )
    if options.json:
        print(json.dumps(as_dict(results, report), ensure_ascii=False))
    else:
        _files(results)
    if all(r.is_taken for r in results):
        return report.exit_code if report else 0
    return 3


def _inbox(options: argparse.Namespace) -> int:
    from flows.inbox import as_dict, take_in_folders

    results = take_in_folders(_reading_settings(options))
    if options.json:
        print(json.dumps(as_dict(results), ensure_ascii=False))
    else:
        for sender, found in results.items():
            print(sender)
            _files(found)
    return 0 if all(r.is_taken for found in results.values() for r in found) else 3


def _files(results: list[Any]) -> None:
    for r in results:
        print(f"{r.file}. {r.contract}: {r.status}  +{r.loaded} !{r.refused}")
        for line in (*r.said, *([r.answer] if r.answer else ())):
            print(f"   {_printable(line)}")


def _template(options: argparse.Namespace) -> int:
    from config.contract import load_all
    from flows.intake import template_lists
    from tasks.answers.template import write_template

    contract = load_all().get(options.contract)
    if contract is None:
        raise _usage(f"no contract {options.contract}: one of {', '.join(sorted(load_all()))}")
    lists = template_lists(options.language)
    write_template(Path(options.output), contract, options.language, lists)
    print(options.output)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from flows.orchestration.serve import serve

    return serve(_reading_settings(options))


def _doctor(options: argparse.Namespace) -> int:
    from flows.doctor import doctor

    findings = doctor()
    if options.json:
        print(json.dumps({"findings": findings}, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{finding['state']:<7} {finding['what']}")
            if finding["mend"]:
                print(f"        -> {finding['mend']}")
    return 2 if any(f["state"] == "unsafe" for f in findings) else 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "intake": _intake,
    "inbox": _inbox,
    "template": _template,
    "run": _run,
    "backfill": _run,
    "sources": _sources,
    "status": _status,
    "query": _query,
    "trace": _trace,
    "quarantine": _quarantine,
    "rebuild": _rebuild,
    "maintain": _maintain,
    "erase": _erase,
    "publish": _publish,
    "new-source": _new_source,
    "check-source": _check_source,
    "serve": _serve,
    "doctor": _doctor,
}
