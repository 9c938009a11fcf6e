"""The command line. `--help` answers at once: everything heavy is imported by its verb."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

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
    intake.add_argument("--from", dest="sender", metavar="SENDER", help="of config/partners")
    intake.add_argument("--language", choices=("id", "en", "ja"), help="of the answer")
    intake.add_argument("--dry-run", action="store_true", help="answer only; nothing is kept")
    intake.add_argument(
        "--confirm-deletions", action="store_true", help="rows that the file lacks are withdrawn"
    )
    intake.add_argument("--json", action="store_true")
    inbox = verbs.add_parser("inbox", help="take in what senders put into their folders, once")
    inbox.add_argument("--json", action="store_true")
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
    from flows.cli.verbs import VERBS, say
    from schemas.errors import PenataranError

    options = parser().parse_args(arguments)
    if arguments is None:  # as a process, not called by another program
        from flows.orchestration.stopping import end_on_sigterm

        end_on_sigterm()
    try:
        return VERBS[options.verb](options)
    except PenataranError as error:
        say(f"penataran: {error}")
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f" at {error.filename}" if error.filename else ""
        say(f"penataran: [storage] {error.strerror or error}{where}; hint: check space, "
             "permissions and limits; what readers see is whole")  # fmt: skip
        return 1
    except KeyboardInterrupt:
        say("penataran: stopped / dihentikan")
        return 1


if __name__ == "__main__":
    sys.exit(main())
