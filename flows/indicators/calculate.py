"""One calculation on one table, for each group of `--by`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from flows.indicators import series
from flows.indicators.choices import pairs, read_choices
from flows.indicators.register import INDICATORS, Indicator
from flows.indicators.rows import Columns, Rows
from flows.indicators.table import groups_of, read_table
from schemas.errors import ConfigurationError


def calculate(
    name: str, path: str, by: Sequence[str] = (), settings: Iterable[str] = ()
) -> Columns:
    """The answer as columns by name: those of `--by`, then those of the calculation."""
    indicator = _named(name)
    choices = read_choices(pairs(settings), indicator.known_choices(), name)
    table = read_table(path, choices.get("decimal"))
    headings = {n: choices[n] for n in indicator.columns if n in choices}
    keys = [table.column(n, hint="after --by stand names of columns") for n in by]
    choices["by"] = keys
    everything = np.arange(len(table.rows))
    groups = groups_of([table.texts(key) for key in keys], len(table.rows))
    with np.errstate(all="ignore"):  # what is undefined has its reason in the answer
        found = [_one(indicator, Rows(table, g, headings), keys, choices) for g in groups]
        if not found:  # no rows: the headings of an answer alone
            nothing = _one(indicator, Rows(table, everything, headings), [], choices)
            return {column: [] for column in (*keys, *nothing)}
    answer: Columns = {c: [v for part in found for v in part[c]] for c in found[0]}
    if name == "theil" and keys and "group" not in choices:
        whole = series.theil_by(Rows(table, everything, headings), keys)
        why = answer.pop("reason")
        answer |= {column: list(values) * len(found) for column, values in whole.items()}
        answer["reason"] = why
    return answer


def _named(name: str) -> Indicator:
    if name in INDICATORS:
        return INDICATORS[name]
    from schemas.nearest import near

    raise ConfigurationError(
        "unknown_indicator",
        f"there is no indicator {name!r}{near(name, INDICATORS)}",
        hint=f"one of {', '.join(INDICATORS)}",
    )


def _one(
    indicator: Indicator, rows: Rows, keys: Sequence[str], choices: Mapping[str, Any]
) -> Columns:
    """The answer for one group, each of its rows with the group's texts in front."""
    found = indicator.compute(rows, choices)
    length = len(next(iter(found.values())))
    first = {key: [rows.table.texts(key)[int(rows.places[0])]] * length for key in keys}
    return {**first, **{n: v for n, v in found.items() if n not in first}}
