"""Verbs that load data: run, backfill, quarantine retry; and serve, which runs on schedule."""

from __future__ import annotations

import argparse
import gc
from collections import Counter
from typing import TYPE_CHECKING

from flows.cli import words
from flows.cli.messages import say_problem
from flows.cli.progress import following
from flows.cli.verbs.common import print_json, print_published, reading_settings, settings_of
from schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from config.settings import Settings
    from flows.run import Beside
    from schemas.model import Words
    from tasks.outcome import Report


COLLECT_AFTER = (10_000, 20, 20)  # new objects, then rounds of the younger generation


def run(options: argparse.Namespace) -> int:
    from tasks.slices import window

    window(options.since, options.until)  # a wrong period is refused before anything starts
    if options.accept_deletions and not options.sources:
        raise ConfigurationError(
            "needs_sources", "--accept-deletions needs the names of the sources it is meant for"
        )
    settings = settings_of(options)
    if options.sources:  # before a server, a simulator or a folder is made
        from flows.run import check_named
        from tasks.home import declared_sources

        check_named(settings, declared_sources(settings), options.sources)
    if settings.profile == "sandbox" and not settings.hosts:
        from flows.sandbox import run_in_sandbox

        report = run_in_sandbox(settings, lambda s, beside: _run_with(s, options, beside))
    else:
        report = _run_with(settings, options)
    return _show(report, options)


def _run_with(
    settings: Settings, options: argparse.Namespace, beside: Beside | None = None
) -> Report:
    from tasks.slices import window

    if options.direct:
        from flows.run import run_direct

        _collect_rarely()
        with following(settings) as progress:
            return run_direct(
                settings,
                options.sources,
                window(options.since, options.until),
                progress,
                accept_deletions=options.accept_deletions,
                beside=beside,
            )
    from flows.orchestration.server import prepare, server

    prepare(settings)
    with server():
        from flows.orchestration import pipeline

        _collect_rarely()
        with following(settings) as progress:
            return pipeline.run(
                settings,
                options.sources,
                options.since,
                options.until,
                progress,
                accept_deletions=options.accept_deletions,
                owns_process=True,
                beside=beside,
            )


def _collect_rarely() -> None:
    """What is imported stays, and need not be looked at again and again for cycles: a tenth of a
    run's CPU, more with Prefect's modules."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def retry(options: argparse.Namespace) -> int:
    """`quarantine retry`."""
    from flows.run import retry_quarantine

    settings = reading_settings(options)
    with following(settings) as progress:
        report = retry_quarantine(settings, options.sources, progress)
    return _show(report, options)


def serve(options: argparse.Namespace) -> int:
    from flows.orchestration.serve import serve as serve_schedules

    return serve_schedules(reading_settings(options))


def _show(report: Report, options: argparse.Namespace) -> int:
    if options.json:
        print_json(report.as_dict())
    else:
        _summary(report)
    if report.error:
        say_problem(report.error, f"penataran: {words.text(words.NOTHING_PUBLISHED)}: ")
    return report.exit_code


def _summary(report: Report) -> None:
    statuses = Counter[str](o.status for o in report.sources)
    rows = Counter[str]()
    for outcome in report.sources:
        rows.update(outcome.counts.as_dict())
    print(f"{words.text(words.RUN)} {report.run_id} ({report.profile})")
    labels = {s: words.text(label) for s, label in words.STATUSES.items() if statuses[s]}
    _counted(words.SLICES, {label: statuses[s] for s, label in labels.items()})
    _counted(words.ROWS, {words.text(label): rows[n] for n, label in words.COUNTS.items()})
    print_published(report.published, indent="  ")
    if report.profile == "sandbox":
        from schemas.marks import SIMULATED

        print(f"  {SIMULATED}")


def _counted(what: Words, counts: dict[str, int]) -> None:
    if counts:
        shown = ", ".join(f"{count} {name}" for name, count in counts.items())
        print(f"  {words.text(what)}: {shown}")
