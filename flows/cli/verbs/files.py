"""Verbs for partners' files: intake, inbox, template."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from flows.cli import words
from flows.cli.messages import printable, problem
from flows.cli.verbs.common import print_broken, print_json, reading_settings
from schemas.errors import ConfigurationError

if TYPE_CHECKING:
    from flows.intake import FileResult


def intake(options: argparse.Namespace) -> int:
    from flows.intake import as_dict, take_in

    results, report = take_in(
        reading_settings(options),
        [Path(f) for f in options.files],
        contract=options.contract,
        sender=options.sender,
        language=options.language,
        dry_run=options.dry_run,
        confirm_deletions=options.confirm_deletions,
    )
    if options.json:
        print_json(as_dict(results, report))
    else:
        _show(results)
    if all(r.is_taken for r in results):
        return report.exit_code if report else 0
    return 3


def inbox(options: argparse.Namespace) -> int:
    from flows.inbox import as_dict, broken_senders, take_in_folders

    settings = reading_settings(options)
    results = take_in_folders(settings)
    broken = broken_senders(settings)  # their files wait
    if options.json:
        print_json(as_dict(results, broken))
    else:
        for sender, found in results.items():
            print(sender)
            _show(found)
        print_broken(broken)
    fine = all(r.is_taken for found in results.values() for r in found)
    return 0 if fine and not broken else 3


def _show(results: list[FileResult]) -> None:
    from tasks.answers.words import STATUSES, phrase

    for r in results:
        status = phrase(STATUSES, r.status, words.language())
        print(f"{r.file}. {r.contract or '-'}: {status}  +{r.loaded} !{r.refused}")
        failed = [problem(r.error, " " * 7)] if r.error else []
        for line in (*r.first_rows, *r.first_reasons, *r.notes, *failed):
            print(f"   {printable(line)}")
        if r.answer:
            print(f"   {r.answer}")


def template(options: argparse.Namespace) -> int:
    from config.contract import load_all
    from flows.intake import template_lists
    from tasks.answers.template import write_template
    from warehouse.modes import hand_over

    contracts = load_all()
    if options.contract not in contracts:
        raise ConfigurationError(
            "unknown_contract",
            f"contract {options.contract} does not exist; known: {', '.join(sorted(contracts))}",
        )
    contract = contracts[options.contract]
    write_template(
        Path(options.output), contract, options.language, template_lists(options.language)
    )
    hand_over(Path(options.output))
    print(options.output)
    return 0
