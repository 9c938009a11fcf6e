"""The command line. `--help` answers at once: everything heavy is imported by its verb."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, NoReturn

from flows.cli import words
from flows.cli.messages import say, say_problem
from flows.cli.verbs import (
    calculating,
    copying,
    declaring,
    describing,
    files,
    keeping,
    looking,
    running,
)
from flows.cli.verbs.common import Verb
from schemas.errors import ConfigurationError, PenataranError


class _Help(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(
            usage, actions, groups, words.text(words.USAGE) if prefix is None else prefix
        )


class _Parser(argparse.ArgumentParser):
    """Help and errors in the reader's language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": _Help, **options, "add_help": False})
        self._positionals.title = words.text(words.ARGUMENTS)
        self._optionals.title = words.text(words.OPTIONS)
        self.option("-h", "--help", action="help", help="help")

    def option(self, *names: str, help: str, **options: Any) -> None:
        """An argument whose help is an entry of `words.HELP`."""
        self.add_argument(*names, help=words.text(words.HELP[help]), **options)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        say_problem(ConfigurationError("usage", message).as_dict())
        sys.exit(ConfigurationError.exit_code)


AddVerb = Callable[[str, Verb], _Parser]


def parser() -> argparse.ArgumentParser:
    """Every verb with its options; `perform` of what it parses is the verb's function."""
    top = _Parser(prog="penataran", description=words.text(words.DESCRIPTION))
    top.option(
        "--version", action="version", version=f"penataran {version('penataran')}", help="version"
    )
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(name: str, perform: Verb) -> _Parser:
        verb = verbs.add_parser(name, help=words.text(words.VERBS[name]))
        verb.set_defaults(perform=perform)
        return verb

    _add_running(add)
    _add_looking(add)
    _add_calculating(add)
    _add_quarantine(verbs.add_parser("quarantine", help=words.text(words.VERBS["quarantine"])))
    _add_keeping(add)
    _add_declaring(add)
    _add_files(add)
    add("serve", running.serve)
    _json(add("doctor", looking.doctor))
    return top


def _json(verb: _Parser) -> None:
    verb.option("--json", action="store_true", help="json")


def _add_running(add: AddVerb) -> None:
    for name, number in (("run", "*"), ("backfill", 1)):
        verb = add(name, running.run)
        verb.add_argument("sources", nargs=number, metavar="SOURCE")
        verb.option("--since", metavar="P", help="since")
        verb.option("--until", metavar="P", help="until")
        verb.option("--profile", choices=("live", "sandbox"), help="profile")
        verb.option("--direct", action="store_true", help="direct")
        verb.option("--accept-deletions", action="store_true", help="accept_deletions")
        _json(verb)


def _add_looking(add: AddVerb) -> None:
    _json(add("sources", looking.sources))
    status = add("status", looking.status)
    status.option("--late", action="store_true", help="late")
    status.option("--metrics", action="store_true", help="metrics")
    status.option("--lineage", action="store_true", help="lineage")
    _json(status)
    query = add("query", looking.query)
    query.add_argument("sql", metavar="SQL")
    formats = ("table", "csv", "json", "parquet", "xlsx")
    query.option("--format", choices=formats, default="table", help="format")
    query.option("-o", "--output", metavar="FILE", help="output")
    query.option("--as-known-on", metavar="TIME", help="as_known_on")
    query.option("--limit", metavar="N", type=int, help="limit")
    query.option("--offset", metavar="N", type=int, default=0, help="offset")
    for name, perform in (("trace", looking.trace), ("explain", looking.explain)):
        verb = add(name, perform)
        verb.add_argument("table", metavar="TABLE")
        verb.add_argument("keys", nargs="+", metavar="KEY=VALUE")
        _json(verb)
    digest = add("digest", looking.digest)
    digest.option("--since", metavar="YYYY-MM-DD", help="since_day")
    digest.option("--format", choices=("text", "html"), default="text", help="format")
    digest.option("--language", choices=("id", "en"), help="language_of_words")
    describe = add("describe", describing.describe)
    describe.option("table", metavar="TABLE", nargs="?", help="table")
    describe.option("--language", choices=("id", "en"), help="language_of_words")
    _json(describe)


def _add_calculating(add: AddVerb) -> None:
    indicator = add("indicator", calculating.indicator)
    indicator.option("name", metavar="NAME", help="indicator")
    indicator.option("--input", metavar="FILE.csv", required=True, help="input")
    indicator.option("--by", metavar="COLUMN", nargs="+", action="extend", default=[], help="by")
    indicator.option(
        "--set", metavar="KEY=VALUE", dest="settings", nargs="+", action="extend", default=[],
        help="set",
    )  # fmt: skip


def _add_quarantine(quarantine: _Parser) -> None:
    actions = quarantine.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, perform: Verb) -> _Parser:
        action = actions.add_parser(name, help=words.text(words.VERBS[f"quarantine {name}"]))
        action.set_defaults(perform=perform)
        return action

    listing = add("list", looking.quarantine)
    listing.option("--source", metavar="SOURCE", help="of_source")
    _json(listing)
    export = add("export", looking.quarantine)
    export.option("--source", metavar="SOURCE", help="of_source")
    export.option("-o", "--output", metavar="FILE", required=True, help="output")
    retry = add("retry", running.retry)
    retry.add_argument("sources", nargs="*", metavar="SOURCE")
    _json(retry)


def _add_keeping(add: AddVerb) -> None:
    rebuild = add("rebuild", keeping.rebuild)
    origins = ("lake", "landing")
    rebuild.option("--from", dest="origin", choices=origins, default="lake", help="from")
    rebuild.option("--reinterpret", action="store_true", help="reinterpret")
    _json(rebuild)
    _json(add("maintain", keeping.maintain))
    erase = add("erase", keeping.erase)
    erase.add_argument("sha256", metavar="SHA256")
    erase.option("--reason", metavar="TEXT", help="reason")
    erase.option("--verify", action="store_true", help="verify_erasure")
    _json(erase)
    verify = add("verify", copying.verify)
    verify.option("--backup", metavar="DIR", help="backup")
    verify.option("--heal", action="store_true", help="heal")
    _json(verify)
    backup = add("backup", copying.backup)
    backup.add_argument("folder", metavar="DIR")
    _json(backup)
    restore = add("restore", copying.restore)
    restore.add_argument("folder", metavar="DIR")
    restore.option("--older", action="store_true", help="older")
    _json(restore)
    publish = add("publish", keeping.publish)
    what = ("report", "open-data")
    publish.option("what", nargs="?", choices=what, default="report", help="what")


def _add_declaring(add: AddVerb) -> None:
    add("schema", declaring.schema)
    add("new-source", declaring.new_source).add_argument("code", metavar="CODE")
    check = add("check-source", declaring.check_source)
    check.add_argument("code", metavar="CODE")
    check.option("--accept", action="store_true", help="accept")


def _add_files(add: AddVerb) -> None:
    languages = ("id", "en", "ja")
    intake = add("intake", files.intake)
    intake.add_argument("files", nargs="+", metavar="FILE")
    intake.option("--contract", metavar="NAME", help="contract")
    intake.option("--from", dest="sender", metavar="SENDER", help="sender")
    intake.option("--language", choices=languages, help="language")
    intake.option("--dry-run", action="store_true", help="dry_run")
    intake.option("--confirm-deletions", action="store_true", help="confirm_deletions")
    _json(intake)
    _json(add("inbox", files.inbox))
    template = add("template", files.template)
    template.add_argument("contract", metavar="CONTRACT")
    template.option("--language", choices=languages, default="id", help="language")
    template.option("-o", "--output", metavar="FILE.xlsx", required=True, help="output")


def _file_errors() -> tuple[type[Exception], ...]:
    """Asked for only where a verb has failed: the engine is dear to import."""
    from warehouse.engine import file_errors

    return file_errors()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code is the contract's. Errors go to stderr, results to stdout."""
    options = parser().parse_args(arguments)
    if arguments is None:  # as a process, not called by another program
        from flows.orchestration.stopping import end_on_sigterm
        from warehouse.modes import keep_private

        keep_private()
        end_on_sigterm(words.text(words.STOPPED))
    try:
        exit_code: int = options.perform(options)
        return exit_code
    except PenataranError as error:
        say_problem(error.as_dict())
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        say(f"penataran: {words.text(words.STOPPED)}")
        return 1
    except _file_errors() as error:
        from warehouse.engine import storage_error

        storage = storage_error(error)
        assert storage is not None  # it is one of them
        say_problem(storage.as_dict())
        return storage.exit_code


if __name__ == "__main__":
    sys.exit(main())
