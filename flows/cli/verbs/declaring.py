"""Verbs for declarations of sources: schema, new-source, check-source."""

from __future__ import annotations

import argparse

from flows.cli.messages import printable
from flows.cli.verbs.common import settings_of


def schema(_options: argparse.Namespace) -> int:
    from config.schema import text

    print(text(), end="")
    return 0


def new_source(options: argparse.Namespace) -> int:
    from flows.declare import new_source as create

    print(create(settings_of(options), options.code))
    return 0


def check_source(options: argparse.Namespace) -> int:
    from flows.declare import check_source as check

    text, fine = check(settings_of(options), options.code, accept=options.accept)
    print(printable(text))
    return 0 if fine else 3
