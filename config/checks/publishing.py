"""Checks of what a declaration says of its publisher, its calendar and what good figures are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from config.checks import around as walk
from config.checks.around import Around, known_variables
from config.mistakes import Mistake, Place, one_of
from config.source import Source
from schemas.catalogue import TABLES
from schemas.model import RELEASE_STAGES
from schemas.nearest import near

DOMAINS = frozenset(t.domain for t in TABLES.values() if t.domain)


def calendar(source: Source, _around: Around) -> Iterator[Mistake]:
    """A cron and a zone that can be read, and a day that comes."""
    from cronsim import CronSim, CronSimError

    try:
        zone = ZoneInfo(source.calendar.timezone)
    except (ValueError, OSError, KeyError):
        name = source.calendar.timezone
        hint = near(name, available_timezones())
        yield Mistake(("calendar", "timezone"), f"{name!r} is not a valid time zone{hint}")
        return
    from datetime import datetime

    try:
        next(CronSim(source.calendar.cron, datetime.now(zone)))
    except (CronSimError, StopIteration) as error:
        yield Mistake(
            ("calendar", "cron"),
            f"{source.calendar.cron!r} is not a valid cron ({error or 'no such day'}): expected "
            "minute, hour, day, month, day of week: 30 6 * * 1-5",
        )


def domain(source: Source, _around: Around) -> Iterator[Mistake]:
    """A domain of some table; reference lists are loaded before what is checked by them."""
    found = one_of(("domain",), source.domain, DOMAINS, "a domain")
    yield from found
    is_list = source.warehouse_table.kind == "ref"
    if not found and is_list != (source.domain == "reference"):
        expected = "reference" if is_list else source.warehouse_table.domain
        yield Mistake(
            ("domain",), f"{source.domain!r} is not the domain of {source.table}: {expected}"
        )


def datasets(source: Source, _around: Around) -> Iterator[Mistake]:
    """Names that can be part of a slice's, and years that have begun."""
    from datetime import UTC, datetime

    for name, dataset in source.datasets.items():
        if not NAME.fullmatch(name):
            yield Mistake(("datasets", name), "is not a valid name: letters, digits, _ and -")
        if dataset.start > datetime.now(UTC).year + 1:
            yield Mistake(
                ("datasets", name, "start"), f"{dataset.start} is to come: nothing would be asked"
            )


def stages(source: Source, _around: Around) -> Iterator[Mistake]:
    """Stages that exist, and that can each be reached."""
    places: list[tuple[Place, str | None]] = [(("release_stage",), source.release_stage)]
    places += [
        (("datasets", n, "release_stage"), d.release_stage) for n, d in source.datasets.items()
    ]
    for place, stage in places:
        if stage is not None:
            yield from one_of(place, stage, RELEASE_STAGES, "a release stage")
    if source.stages and any(c.to == "release_stage" for _, _, c in walk.columns(source)):
        yield Mistake(("stages",), "is not used beside a column that fills release_stage")
    for number, stage_ in enumerate(source.stages):
        for earlier in source.stages[:number]:
            if earlier.after == stage_.after and earlier.days <= stage_.days:
                yield Mistake(
                    ("stages", number),
                    f"{stage_.stage} is never reached: {earlier.stage} stands before it and is "
                    f"reached after {earlier.days} days, the oldest stage comes first",
                )


def row_counts(source: Source, _around: Around) -> Iterator[Mistake]:
    low, high = source.rows.min, source.rows.max
    if low is not None and high is not None and low > high:
        yield Mistake(("rows", "min"), f"{low} is more than rows.max ({high})")
    if high == 0:
        yield Mistake(("rows", "max"), "expected 1 or more, got 0: every slice would be refused")
    table = source.warehouse_table
    if source.rows.trailing_zeros != "keep" and not (
        table.value_field and "period_start" in table.key_names
    ):
        yield Mistake(("rows", "trailing_zeros"), f"{table.name} has no values of periods")


def cross_check(source: Source, around: Around) -> Iterator[Mistake]:
    if source.cross_check is None:
        return
    place, other = ("cross_check", "source"), source.cross_check.source
    if other == source.code:
        yield Mistake(place, "a source cannot be checked against itself")
        return
    yield from one_of(place, other, set(around.tables) - {source.code}, "a source")
    table = around.tables.get(other, source.table)
    if table != source.table:
        yield Mistake(place, f"{other} fills {table}, not {source.table}")


def coverage(source: Source, _around: Around) -> Iterator[Mistake]:
    """Keys of the table, each with a variable that says which codes were asked for."""
    keys = {f.name for f in source.warehouse_table.key}
    for field, name in source.coverage.keys.items():
        place = ("coverage", "keys", field)
        yield from one_of(place, field, keys, f"a key of {source.table}")
        for dataset in source.datasets:
            known = known_variables(source, dataset)
            if name not in known:
                yield Mistake(
                    place, f"{name!r} is not a variable of dataset {dataset}{near(name, known)}"
                )
            elif known[name].found is not None:
                yield Mistake(
                    place,
                    f"the partner lists {name} itself, so which codes were asked is not known: "
                    "expected a variable with values or from",
                )


NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
URL = re.compile(r"https?://[^\s{}]+")


def is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(URL.fullmatch(text)) and bool(parts.hostname)
