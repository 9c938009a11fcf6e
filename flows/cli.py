"""The command line. `--help` answers at once: everything heavy is imported by its verb."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.session import Outcome, Report

PERIOD_HELP = "YYYY, YYYY-MM or YYYY-MM-DD"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="penataran",
        description="Trade, tourism and exchange data of a region's partners, traceable to the "
        "byte. / Data perdagangan, wisata, dan pertukaran mitra daerah, terlacak sampai byte.",
    )
    top.add_argument("--version", action="version", version="penataran 0.1.0")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    run = verbs.add_parser("run", help="fetch, validate, load what is due, publish")
    run.add_argument("sources", nargs="*", metavar="SOURCE")
    _run_options(run)

    backfill = verbs.add_parser("backfill", help="the same over many periods, resumable")
    backfill.add_argument("sources", nargs=1, metavar="SOURCE")
    _run_options(backfill)

    for name, words in (
        ("sources", "declarations and licences"),
        ("status", "freshness, last run, rows, quarantine, next run"),
    ):
        verb = verbs.add_parser(name, help=words)
        verb.add_argument("--json", action="store_true")

    query = verbs.add_parser("query", help="read-only SQL on the published warehouse")
    query.add_argument("sql", metavar="SQL")
    query.add_argument(
        "--format", choices=("table", "csv", "json", "parquet", "xlsx"), default="table"
    )
    query.add_argument("-o", "--output", metavar="FILE")
    query.add_argument("--as-known-on", metavar="TIME", help="a date, or a time with its zone")

    trace = verbs.add_parser("trace", help="a figure's chain down to its raw bytes")
    trace.add_argument("table", metavar="TABLE")
    trace.add_argument("keys", nargs="+", metavar="KEY=VALUE")
    trace.add_argument("--json", action="store_true")

    quarantine = verbs.add_parser("quarantine", help="what was refused and why")
    actions = quarantine.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="refused rows of the newest load of each slice")
    listing.add_argument("--source")
    listing.add_argument("--json", action="store_true")
    export = actions.add_parser("export", help="the same as a CSV file")
    export.add_argument("--source")
    export.add_argument("-o", "--output", metavar="FILE", required=True)
    retry = actions.add_parser("retry", help="read the landed bytes again by today's rules")
    retry.add_argument("sources", nargs="*", metavar="SOURCE")
    retry.add_argument("--json", action="store_true")

    rebuild = verbs.add_parser(
        "rebuild", help="the SQL warehouse from the lake; the lake from the landed bytes"
    )
    rebuild.add_argument("--from", dest="origin", choices=("lake", "landing"), default="lake")
    rebuild.add_argument(
        "--reinterpret", action="store_true", help="by today's declarations (with --from landing)"
    )
    rebuild.add_argument("--json", action="store_true")

    maintain = verbs.add_parser("maintain", help="join small files, remove what nothing needs")
    maintain.add_argument("--json", action="store_true")
    erase = verbs.add_parser("erase", help="remove some bytes and everything read from them")
    erase.add_argument("sha256", metavar="SHA256")
    erase.add_argument("--reason", required=True, help="kept on record with the hash")
    erase.add_argument("--json", action="store_true")

    publish = verbs.add_parser("publish", help="outputs from the current warehouse")
    publish.add_argument("what", nargs="?", choices=("report",), default="report")

    new = verbs.add_parser("new-source", help="scaffold a declaration")
    new.add_argument("code", metavar="CODE")
    check = verbs.add_parser("check-source", help="dry-run a declaration on its specimen")
    check.add_argument("code", metavar="CODE")
    check.add_argument("--accept", action="store_true", help="write expected.csv")

    intake = verbs.add_parser("intake", help="take in a partner's spreadsheet, and answer it")
    intake.add_argument("files", nargs="+", metavar="FILE")
    intake.add_argument("--contract", metavar="NAME")
    intake.add_argument("--language", choices=("id", "en", "ja"), help="of the answer")
    intake.add_argument("--dry-run", action="store_true", help="answer only; nothing is kept")
    intake.add_argument(
        "--confirm-deletions", action="store_true", help="rows that the file lacks are withdrawn"
    )
    intake.add_argument("--json", action="store_true")
    template = verbs.add_parser("template", help="the workbook that a partner fills in")
    template.add_argument("contract", metavar="CONTRACT")
    template.add_argument("--language", choices=("id", "en", "ja"), default="id")
    template.add_argument("-o", "--output", metavar="FILE.xlsx", required=True)

    verbs.add_parser("serve", help="Prefect server with UI, and the scheduled deployments")
    doctor = verbs.add_parser("doctor", help="what is missing or unsafe, and how to mend it")
    doctor.add_argument("--json", action="store_true")
    return top


def _run_options(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--since", metavar="P", help=PERIOD_HELP)
    verb.add_argument("--until", metavar="P", help=PERIOD_HELP)
    verb.add_argument("--profile", choices=("live", "sandbox"))
    verb.add_argument("--json", action="store_true")
    verb.add_argument("--direct", action="store_true", help="without Prefect, in this process")
    verb.add_argument(
        "--accept-deletions",
        action="store_true",
        help="the partner really withdrew that much (with named sources only)",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is the contract's. Errors go to stderr, results to stdout."""
    from schemas.errors import PenataranError

    options = parser().parse_args(arguments)
    if arguments is None:  # as a process, not called by another program
        from flows.stopping import end_on_sigterm

        end_on_sigterm()
    try:
        return _VERBS[options.verb](options)
    except PenataranError as error:
        _say(f"penataran: {error}")
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f" at {error.filename}" if error.filename else ""
        _say(f"penataran: [storage] {error.strerror or error}{where}; hint: check space, "
             "permissions and limits; what readers see is whole")  # fmt: skip
        return 1
    except KeyboardInterrupt:
        _say("penataran: stopped / dihentikan")
        return 1


def _say(text: str) -> None:
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
        _say(f"penataran: nothing published: [{report.error['code']}] {report.error['message']}")
        _say(f"    -> {report.error['hint']}")
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
    from flows.orchestrator import prepare, server

    prepare(settings)
    with server():
        from flows import pipeline

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
    _say(line)


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
    from flows.serve import next_release

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
            "next_release": next_release(s),
        }
        for s in load_all(settings.sources_paths).values()
    ]
    if options.json:
        print(json.dumps({"sources": found}, ensure_ascii=False))
    else:
        from flows.output import table

        columns = ("code", "provider", "table", "frequency", "licence", "next_release")
        table(columns, [[tuple(str(s[c] or "") for c in columns) for s in found]])
    return 0


def _status(options: argparse.Namespace) -> int:
    from config.source import load_all
    from flows.inspect import status
    from flows.session import open_warehouse

    settings = _reading_settings(options)
    found = status(open_warehouse(settings), load_all(settings.sources_paths))
    if options.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return 0
    from flows.output import table

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
    from flows.inspect import moment
    from flows.output import write
    from flows.session import open_warehouse

    settings = _reading_settings(options)
    if settings.profile == "sandbox":
        _say("data simulasi / simulated data")
    at = moment(options.as_known_on, settings) if options.as_known_on else None
    result = open_warehouse(settings).query(options.sql, as_known_on=at)
    write(result, options.format, options.output, simulated=settings.profile == "sandbox")
    return 0


def _trace(options: argparse.Namespace) -> int:
    from flows.inspect import trace, trace_text
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
    from flows.inspect import QUARANTINE_SQL
    from flows.output import write
    from flows.session import open_warehouse
    from schemas.rules import literal

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
    from flows.run import Session, publish

    if options.reinterpret and options.origin != "landing":
        raise _usage("--reinterpret goes with --from landing")
    with Session(_reading_settings(options)) as session:
        made = None
        if options.origin == "landing":
            made = rebuild_lake(session, reinterpret=options.reinterpret, progress=_say)
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
    from flows.run import Session

    with Session(_reading_settings(options)) as session:
        return _print_facts(maintain(session).as_dict(), options)


def _erase(options: argparse.Namespace) -> int:
    from flows.maintain import erase
    from flows.run import Session

    with Session(_reading_settings(options)) as session:
        code = _print_facts(erase(session, options.sha256, options.reason).as_dict(), options)
    _say("backups, and files that were exported or sent out, are yours to erase")
    return code


def _print_facts(facts: dict[str, Any], options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(facts, ensure_ascii=False))
    else:
        for name, value in facts.items():
            print(f"{name}: {value}")
    return 0


def _publish(options: argparse.Namespace) -> int:
    from flows.run import Session, publish

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
    from pathlib import Path

    from flows.intake import as_dict, take_in

    settings = _settings(options)
    results, report = take_in(
        settings,
        [Path(f) for f in options.files],
        contract=options.contract,
        language=options.language or settings.language,
        dry_run=options.dry_run,
        confirm_deletions=options.confirm_deletions,
    )
    if options.json:
        print(json.dumps(as_dict(results, report), ensure_ascii=False))
    else:
        for r in results:
            print(f"{r.file}. {r.contract}: {r.status}  +{r.loaded} !{r.refused}")
            for line in (*r.said, *([r.answer] if r.answer else ())):
                print(f"   {_printable(line)}")
    if all(r.is_taken for r in results):
        return report.exit_code if report else 0
    return 3


def _template(options: argparse.Namespace) -> int:
    from pathlib import Path

    from config.contract import load_all
    from flows.intake import template_lists
    from tasks.files.template import write

    contract = load_all().get(options.contract)
    if contract is None:
        raise _usage(f"no contract {options.contract}: one of {', '.join(sorted(load_all()))}")
    write(Path(options.output), contract, options.language, template_lists(options.language))
    print(options.output)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from flows.serve import serve

    return serve(_reading_settings(options))


def _doctor(options: argparse.Namespace) -> int:
    from flows.inspect import doctor

    findings = doctor()
    if options.json:
        print(json.dumps({"findings": findings}, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{finding['state']:<7} {finding['what']}")
            if finding["mend"]:
                print(f"        -> {finding['mend']}")
    return 2 if any(f["state"] == "unsafe" for f in findings) else 0


_VERBS = {
    "intake": _intake,
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

if __name__ == "__main__":
    sys.exit(main())
