"""Verbs that keep a home in order: rebuild, maintain, erase, publish."""

from __future__ import annotations

import argparse

from flows.cli import words
from flows.cli.messages import say
from flows.cli.verbs.common import print_facts, print_published, reading_settings
from schemas.errors import ConfigurationError


def rebuild(options: argparse.Namespace) -> int:
    from flows.rebuild import rebuild_lake, rebuild_warehouse
    from flows.run import publish as publish_all
    from tasks.session import Session

    if options.reinterpret and options.origin != "landing":
        raise ConfigurationError("needs_landing", "--reinterpret goes with --from landing")
    from_landing = options.origin == "landing"
    with Session(
        reading_settings(options), accepts_older=True, remakes_lake=from_landing
    ) as session:
        lake = None
        if from_landing:
            lake = rebuild_lake(
                session,
                reinterpret=options.reinterpret,
                progress=lambda difference: say(words.text(difference)),
            )
        warehouse = rebuild_warehouse(session)
        where = publish_all(session)["warehouse"]
    differences = [d.en for d in lake.differences] if lake else []
    facts = {
        "loads": (lake or warehouse).loads,
        "differences": differences if options.json else len(differences),
        "lake_before": lake.kept if lake else "",
        "warehouse": where,
    }
    print_facts(facts, as_json=options.json)
    # A reinterpretation is asked for because it differs.
    return 3 if differences and not options.reinterpret else 0


def maintain(options: argparse.Namespace) -> int:
    from flows.maintain import maintain as maintain_home
    from tasks.session import Session

    with Session(reading_settings(options)) as session:
        kept = maintain_home(session)
    print_facts(kept.as_dict(), as_json=options.json)
    return 0 if kept.verified.is_whole else 3


def erase(options: argparse.Namespace) -> int:
    from flows.maintain import erase as erase_bytes
    from tasks.session import Session

    if options.verify:
        return _verify_erasure(options)
    if not options.reason:
        raise ConfigurationError(
            "usage", "an erasure needs --reason, which stays on record", hint="--reason TEXT"
        )
    with Session(reading_settings(options)) as session:
        erased = erase_bytes(session, options.sha256, options.reason)
    print_facts(erased.as_dict(), as_json=options.json)
    say(words.text(words.ERASE_COPIES))
    return 0


def _verify_erasure(options: argparse.Namespace) -> int:
    """0 where nothing of the bytes is left in the home, 3 with every place that holds some."""
    from flows.erasure import remains
    from warehouse.limits import held_folder

    settings = reading_settings(options)
    with held_folder(settings.state / "tmp") as spill:
        found = remains(settings, options.sha256, spill)
    print_facts({"sha256": options.sha256, "remains": found}, as_json=options.json)
    return 3 if found else 0


def publish(options: argparse.Namespace) -> int:
    if options.what == "open-data":
        return _open_data(options)
    from flows.run import publish as publish_all
    from tasks.session import Session

    with Session(reading_settings(options)) as session:
        print_published(publish_all(session))
    return 0


def _open_data(options: argparse.Namespace) -> int:
    from flows.open_data import release
    from tasks.home import open_warehouse

    settings = reading_settings(options)
    found = release(open_warehouse(settings), settings)
    facts = {"open_data": found["folder"], "version": found["version"]}
    print_published({**facts, "is_new": words.text(words.YES if found["is_new"] else words.NO)})
    return 0
