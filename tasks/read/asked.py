"""What was asked, held against what an answer says of itself.

A partner that answers another question than was asked (another year, flow, table or area) is not
believed. What must be equal is in a declaration under `expects`; the slice's year and the codes
that were asked for are compared without a word.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from config.asking import PLACEHOLDER
from config.source import Source
from schemas.errors import DataError
from schemas.model import Severity, Table
from schemas.rules import Rule
from schemas.sql import identifier, literal, literals
from tasks.landing.land import Receipt
from tasks.landing.manifest import Generation
from tasks.read.formats import at_path
from tasks.slices import slice_values

OTHER_ANSWER = "other_answer"
NOT_ASKED = "not_asked"
WORKING_DAYS = 10  # the longest holidays of a bank: before them lies the rate that still holds
Texts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class ExpectedAnswer:
    """What one answer was asked for: texts that its columns and envelope may have, its days, and
    codes of its fields. Where nothing is compared they are empty."""

    fetched_on: date
    where: str = ""
    columns: Texts = field(default_factory=dict)
    envelope: Texts = field(default_factory=dict)
    days: tuple[date, date] | None = None
    codes: Texts = field(default_factory=dict)


def expected_answer(source: Source, generation: Generation, receipt: Receipt) -> ExpectedAnswer:
    """What a receipt's answer was asked for."""
    fetched_on = datetime.fromisoformat(receipt.fetched_at).date()
    if source.is_file or source.is_builtin or receipt.first:
        return ExpectedAnswer(fetched_on, receipt.url)
    slice_, expects = generation.slice, source.expects
    values = {**(slice_values(slice_) if slice_.yearly else {}), **_asked_values(source, receipt)}
    days, codes = None, {}
    if generation.complete and expects.others == "ignore":
        codes = {name: tuple(listed) for name, listed in generation.asked.items()}
        year = slice_.start.year
        days = (date(year, 1, 1), date(year, 12, 31)) if slice_.yearly else None
    return ExpectedAnswer(
        fetched_on,
        receipt.url,
        dict(_filled(expects.columns, values)),
        dict(_filled(expects.envelope, values)),
        days,
        codes,
    )


def _asked_values(source: Source, receipt: Receipt) -> dict[str, str]:
    """The request's parameters, and the variables of its path."""
    url = urlsplit(receipt.url)
    values = dict(parse_qsl(url.query, keep_blank_values=True))
    for request in filter(None, (source.request, source.keyed_request)):
        parts = PLACEHOLDER.split(request.path)  # text, variable, text, variable, …
        names = parts[1::2]
        if len(set(names)) < len(names):
            continue
        pattern = "".join(f"(?P<{p}>.+?)" if i % 2 else re.escape(p) for i, p in enumerate(parts))
        found = re.search(f"{pattern}$", unquote(url.path))
        if found:
            return {**found.groupdict(), **values}
    return values


def _filled(texts: Texts, values: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Texts with their variables filled in; those with a variable that was not asked are left
    out."""
    for name, templates in texts.items():
        known = [t for t in templates if all(v in values for v in PLACEHOLDER.findall(t))]
        if known:
            yield name, tuple(PLACEHOLDER.sub(lambda m: values[m.group(1)], t) for t in known)


def others_rule(table: Table, expected: ExpectedAnswer) -> Rule:
    """The rule of rows that were not asked for: they are left out and counted. Every answer has
    it, so that rules keep their numbers."""
    names = [f.name for f in table.body()]
    codes = {n: listed for n, listed in expected.codes.items() if n in names and listed}
    parts = [f"typed.{name} NOT IN ({literals(listed)})" for name, listed in codes.items()]
    words, field_name = list(codes), next(iter(codes), "key")
    if expected.days and "rate_date" in names:
        first = expected.days[0] - timedelta(days=WORKING_DAYS)
        parts.append(f"typed.rate_date NOT BETWEEN DATE '{first}' AND DATE '{expected.days[1]}'")
        field_name = "rate_date"
    elif expected.days and "period_start" in names:
        end = "period_end" if "period_end" in names else "period_start"
        parts.append(f"typed.period_start > DATE '{expected.days[1]}'")
        parts.append(f"coalesce(typed.{end}, typed.period_start) < DATE '{expected.days[0]}'")
        field_name = "period_start"
    if expected.days:
        words.insert(0, f"a period of {expected.days[0].year}")
    return Rule(
        NOT_ASKED,
        field_name,
        " OR ".join(parts) or "false",
        f"as asked: {', '.join(words)}",
        Severity.WARN,
        "rows that were not asked for are left out; expects.others: keep loads them",
    )


def check_envelope(expected: ExpectedAnswer, envelope: Any, where: str) -> None:
    """Raises DataError if the envelope of an answer names another thing than was asked."""
    for path, texts in expected.envelope.items():
        name = path.removesuffix("?")
        found = at_path(envelope, name)
        if found is None and name != path:
            continue
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        if not matches(text, texts):
            raise _other(name, texts, "nothing" if found is None else repr(text[:200]), where)


def first_other(con: Any, raw_sql: str, expected: ExpectedAnswer, where: str) -> DataError | None:
    """The error of the first row that says that it was not asked for."""
    for name, texts in expected.columns.items():
        name = name.removesuffix("?")
        column = f"nullif(trim({identifier(name)}), '')"
        found = con.execute(
            f"SELECT _row, {column} FROM ({raw_sql}) WHERE NOT coalesce("
            f"{selects(column, texts)}, false) ORDER BY _row LIMIT 1"
        ).fetchone()
        if found:
            received = "nothing" if found[1] is None else repr(found[1][:200])
            return _other(f"column {name}, row {found[0]}", texts, received, where)
    return None


def _other(what: str, texts: tuple[str, ...], received: str, where: str) -> DataError:
    return DataError(
        "other_answer",
        f"the answer is not what was asked for: {what}: expected {' | '.join(texts)}, "
        f"received {received}",
        where=where,
        hint="the partner answers another question, or renamed its code: compare its answer with "
        "the request, then correct expects: in the declaration",
    )


def others_only(con: Any, table: Table, bit: str, expected: ExpectedAnswer) -> DataError | None:
    """The error of a generation whose rows were all not asked for, or None. Daily figures of
    earlier days alone are no error: a partner answers with the last ones that it has."""
    earlier = "false"
    if expected.days and any(f.name == "rate_date" for f in table.key):
        earlier = f"coalesce(rate_date < DATE '{expected.days[0]}', false)"
    rows = con.execute(
        f"SELECT _generation, count(*) FILTER (_broken & {bit} <> 0 AND NOT {earlier}), "
        f"count(*) FILTER (_broken & {bit} = 0 AND NOT _ignored) FROM typed GROUP BY 1"
    ).fetchall()
    wrong = [others for _, others, asked in rows if others and not asked]
    if not wrong:
        return None
    return DataError(
        "other_answer",
        f"the answer is not what was asked for: all {wrong[0]} rows are of another year or other "
        "codes",
        where=expected.where,
        hint="compare the answer with the request; expects.others: keep in the declaration loads "
        "such rows",
    )


def selects(raw: str, values: tuple[str, ...]) -> str:
    """SQL condition of the selected rows: their text is one of `values` and none of those that
    begin with `!`, such as subtotals. `*` stands for any text, `?` for one character, `[A-Z]` for
    one of these characters."""
    no = [v[1:] for v in values if v.startswith("!")]
    yes = [v for v in values if not v.startswith("!")]
    wanted = " OR ".join(_is_like(raw, v) for v in yes) or "true"
    return f"({wanted}) AND NOT ({' OR '.join(_is_like(raw, v) for v in no) or 'false'})"


def _is_like(raw: str, text: str) -> str:
    return f"{raw} GLOB {literal(text)}" if _is_glob(text) else f"{raw} = {literal(text)}"


def _is_glob(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def matches(text: str, values: tuple[str, ...]) -> bool:
    """The same condition for one text."""

    def like(value: str) -> bool:
        pattern = fnmatch.translate(value) if _is_glob(value) else re.escape(value) + r"\Z"
        return re.match(pattern, text) is not None

    no = [v[1:] for v in values if v.startswith("!")]
    yes = [v for v in values if not v.startswith("!")]
    return (not yes or any(map(like, yes))) and not any(map(like, no))
