"""The composite score of a table with one row for each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flows.indicators.rows import Columns, Rows
from flows.indicators.table import Table, read_table
from schemas.errors import ConfigurationError
from warehouse.indicators import composite, normalise, reasons
from warehouse.indicators.normalise import Goalposts
from warehouse.indicators.reasons import Floats

LESS = ("lower", "less", "-1", "negative")  # directions in which less is better
MORE = ("higher", "more", "1", "positive", "")
LOGARITHMS = ("log", "ln", "log10", "true", "yes", "1")
RATIOS = ("ratio_best", "ratio_mean", "ratio_worst")


@dataclass(frozen=True)
class _Plan:
    """Which columns are scored, with what weight, and how each is put on a scale."""

    names: list[str]
    weights: Floats
    groups: list[str]
    less_is_better: list[bool]
    posts: dict[str, Goalposts]
    method: str


def composite_of(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Score, rank and interval of the rank of each item, best first."""
    item = rows.headings.get("item") or ("item" if rows.has("item") else _first(rows, choices))
    items = rows.codes(item)
    rows.refuse_doubled(items, "item", "--by COLUMN keeps comparisons apart")
    plan = _plan(rows, rows.table.column(item), choices)
    components = _components(rows, plan)
    geometric = choices.get("aggregate") == "geometric"
    groups = plan.groups if any(plan.groups) else None
    scores = composite.score(
        components,
        plan.weights,
        geometric=geometric,
        groups=groups,
        least_weight=choices.get("least_weight", composite.LEAST_WEIGHT),
    )
    drawn = composite.draw_weights(
        plan.weights,
        choices.get("draws", 1000),
        seed=choices.get("seed", 0),
        concentration=choices.get("concentration"),
    )
    intervals = composite.rank_intervals(
        components, drawn, geometric=geometric, groups=groups, scored=~np.isnan(scores.score)
    )
    places = composite.score_ranks(scores.score)
    order = np.lexsort((np.array(items, dtype=str), places)).tolist()
    unstable = np.where(np.isnan(places), "", np.where(intervals.is_unstable, "true", "false"))
    columns: dict[str, Any] = {
        rows.table.column(item): np.array(items, dtype=object),
        "score": scores.score,
        "rank": places,
        "rank_median": intervals.median,
        "rank_low": intervals.low,
        "rank_high": intervals.high,
        "in_top_ten": intervals.in_top,
        "unstable": unstable,
        "weight_present": scores.weight_present,
    }
    if choices.get("contributions"):
        parts = composite.contribution(components, plan.weights)
        columns |= {f"contribution_{n}": part for n, part in zip(plan.names, parts, strict=True)}
    columns["reason"] = np.where(np.isnan(scores.score), reasons.WEIGHT_MISSING, reasons.DEFINED)
    return {name: _shown(name, values[order]) for name, values in columns.items()}


def _shown(name: str, values: Any) -> Sequence[Any]:
    """Ranks as whole numbers; the other figures as they are."""
    if name.startswith("rank"):
        return [None if np.isnan(value) else int(value) for value in values]
    found: list[Any] = values.tolist()
    return found


def _first(rows: Rows, choices: Mapping[str, Any]) -> str:
    """The first column that is not one of `--by`."""
    by = choices.get("by", ())
    return next((name for name in rows.table.columns if name not in by), "item")


def _plan(rows: Rows, item: str, choices: Mapping[str, Any]) -> _Plan:
    weights = _side_table(choices, "weights", ("indicator", "weight"))
    posts = _side_table(choices, "goalposts", ("indicator", "low", "high"))
    method = choices.get("method", "goalposts" if posts else "minmax")
    if method == "goalposts" and posts is None:
        raise ConfigurationError("bad_setting", "method=goalposts needs goalposts=FILE")
    named = choices.get("indicators") or _listed(weights) or _listed(posts)
    headings = [rows.table.column(n) for n in named] if named else _numeric(rows, item, choices)
    if not headings:
        raise ConfigurationError(
            "no_column", "no column of numbers to score", where=rows.table.path
        )
    if len(set(headings)) < len(headings):
        raise ConfigurationError("bad_setting", "an indicator is named twice")
    names = named or headings
    sides = [side for side in (weights, posts) if side is not None]
    groups = _texts_of(sides, ("group", "dimension"), names)
    directions = _texts_of(sides, ("direction",), names)
    return _Plan(
        headings,
        _weights(weights, names, groups),
        groups,
        [_is_less(direction) for direction in directions],
        _goalposts(posts, names, headings, choices) if method == "goalposts" else {},
        method,
    )


def _side_table(choices: Mapping[str, Any], key: str, columns: Sequence[str]) -> Table | None:
    if key not in choices:
        return None
    found = read_table(choices[key], choices.get("decimal"))
    for name in columns:
        found.column(name)
    return found


def _listed(side: Table | None) -> list[str]:
    return [] if side is None else list(side.texts(side.column("indicator")))


def _numeric(rows: Rows, item: str, choices: Mapping[str, Any]) -> list[str]:
    """Columns that hold numbers; one with a text among its numbers is refused when it is read."""
    others = {item, *choices.get("by", ())}
    table = rows.table
    return [name for name in table.columns if name not in others and table.holds_numbers(name)]


def _of(side: Table, column: str, name: str) -> int:
    """The place of an indicator in a file of weights or goalposts."""
    listed = side.texts(side.column("indicator"))
    if name not in listed:
        raise ConfigurationError("bad_setting", f"no {column} for {name!r}", where=side.path)
    return listed.index(name)


def _texts_of(sides: Sequence[Table], columns: Sequence[str], names: Sequence[str]) -> list[str]:
    """What the first file that has one of these columns says of each indicator; empty without."""
    for side in sides:
        for heading in side.columns:
            if heading.casefold() in columns:
                return [side.texts(heading)[_of(side, heading, name)] for name in names]
    return [""] * len(names)


def _weights(side: Table | None, names: Sequence[str], groups: Sequence[str]) -> Floats:
    if side is None:
        return composite.equal_weights(groups if any(groups) else names)
    column = side.numbers(side.column("weight"))
    return composite.checked_weights([column[_of(side, "weight", name)] for name in names])


def _is_less(direction: str) -> bool:
    if direction.casefold() not in (*LESS, *MORE):
        raise ConfigurationError(
            "bad_setting", f"direction {direction!r}: higher or lower was expected"
        )
    return direction.casefold() in LESS


def _goalposts(
    side: Table | None, names: Sequence[str], headings: Sequence[str], choices: Mapping[str, Any]
) -> dict[str, Goalposts]:
    assert side is not None
    low, high = side.numbers(side.column("low")), side.numbers(side.column("high"))
    logarithms = _texts_of([side], ("transform", "log", "logarithm"), names)
    capped = choices.get("capped", True)
    found = {}
    for name, heading, logarithm in zip(names, headings, logarithms, strict=True):
        place = _of(side, "goalposts", name)
        is_logarithm = logarithm.casefold() in LOGARITHMS
        found[heading] = Goalposts(float(low[place]), float(high[place]), is_logarithm, capped)
    return found


def _components(rows: Rows, plan: _Plan) -> Floats:
    found = []
    for name, is_less in zip(plan.names, plan.less_is_better, strict=True):
        values = rows.numbers(name)
        if plan.posts:
            scaled = normalise.goalposts(values, plan.posts[name])
            found.append(1 - scaled if is_less else scaled)
        elif is_less and plan.method in RATIOS:
            raise ConfigurationError(
                "bad_setting", f"method={plan.method} does not know a direction"
            )
        else:
            found.append(normalise.METHODS[plan.method](-values if is_less else values))
    return np.array(found).reshape(len(found), len(rows))
