"""What several verbs need: settings, JSON, labelled lines."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flows.cli import words
from flows.cli.messages import printable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from config.settings import Settings
    from warehouse.limits import Deadline

PROCESS_MEMORY = 1 << 30  # that a query or trace may take beside the program itself

Verb = Callable[[argparse.Namespace], int]


def settings_of(options: argparse.Namespace) -> Settings:
    from config.settings import load

    return load(profile=getattr(options, "profile", None))


def reading_settings(options: argparse.Namespace) -> Settings:
    """Settings for reading: the home's own profile, whichever it is."""
    from tasks.home import of_its_profile

    return of_its_profile(settings_of(options))


def zone_of(settings: Settings) -> ZoneInfo:
    """The region's zone, in which people read moments."""
    from zoneinfo import ZoneInfo

    from config import region

    return ZoneInfo(region.load(settings.region).timezone)


@contextmanager
def bounded(settings: Settings) -> Iterator[Deadline]:
    """The limits of `query` and `trace`: time, and memory of this process."""
    from flows.cli.messages import problem
    from warehouse.limits import Deadline, bounded_process, memory_error

    def stuck() -> None:
        """The engine does not stop: end the process. The next one removes its files."""
        print(problem(deadline.error().as_dict()), file=sys.stderr, flush=True)
        os._exit(deadline.error().exit_code)

    deadline = Deadline(settings.query_seconds, stuck)
    with bounded_process(PROCESS_MEMORY):
        try:
            yield deadline
        except MemoryError:
            raise memory_error("the process reached its limit") from None


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def print_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Facts by name, as one JSON object or as a labelled line each."""
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        print(f"{words.text(words.FACTS[name])}: {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return words.text(words.YES if value else words.NO)
    if isinstance(value, list):
        return ", ".join(str(v) for v in value) or "-"
    return str(value) or "-"


def print_broken(found: Sequence[Mapping[str, Any]]) -> None:
    """Declarations that are broken, each with its place and a line for each mistake."""
    for error in found:
        print(printable(f"{words.text(words.BROKEN)}: {error['source']}, {error['where']}"))
        for mistake in str(error["message"]).split("; "):
            print(printable(f"    {mistake}"))


def print_published(published: Mapping[str, str], indent: str = "") -> None:
    for name, where in published.items():
        print(f"{indent}{words.text(words.PUBLISHED[name])}: {where}")
