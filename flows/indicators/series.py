"""Calculations on one column of figures: shares, growth, outliers, agreement of two rankings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.indicators.periods import PER_YEAR
from flows.indicators.rows import Columns, Rows
from schemas.errors import ConfigurationError
from warehouse.indicators import concentration, outliers, ranks, reasons
from warehouse.indicators import growth as growing
from warehouse.indicators.reasons import Floats

PERCENT = 100.0


def hhi(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Herfindahl–Hirschman, normalised too, and Rosenbluth."""
    values = rows.numbers("value")
    reason = concentration.why_undefined(values)
    single = reasons.FEW_VALUES if np.isfinite(values).sum() == 1 else reasons.DEFINED
    return {
        "n": [_known(values)],
        "hhi": [concentration.hhi(values) * choices.get("scale", 1.0)],
        "hhi_normalised": [concentration.hhi_normalised(values)],
        "rosenbluth": [concentration.rosenbluth(values)],
        "reason": [reason or single],
    }


def gini(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Gini and Atkinson."""
    values = rows.numbers("value")
    return {
        "n": [_known(values)],
        "gini": [concentration.gini(values)],
        "atkinson": [concentration.atkinson(values, choices.get("aversion", 0.5))],
        "reason": [concentration.why_undefined(values)],
    }


def theil(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Theil's T; with a column of groups also between and within them."""
    values = rows.numbers("value")
    found: Columns = {"n": [_known(values)], "theil": [concentration.theil(values)]}
    if "group" in choices:
        parts = concentration.theil_parts(values, rows.texts(choices["group"]))
        found |= {"between": [parts.between], "within": [parts.within]}
    return {**found, "reason": [concentration.why_undefined(values)]}


def theil_by(rows: Rows, by: list[str]) -> Columns:
    """The parts of T between and within the groups of `--by`, for the whole table."""
    names = ["\0".join(key) for key in zip(*(rows.texts(name) for name in by), strict=True)]
    parts = concentration.theil_parts(rows.numbers("value"), names)
    return {"total": [parts.total], "between": [parts.between], "within": [parts.within]}


def growth(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Each period: growth on the period `lag` before it."""
    if "members" in choices:
        return _growth_of_members(rows, choices)
    texts, values = rows.texts("period"), rows.numbers("value")
    numbers = np.array(rows.periods()[1], dtype=np.intp)
    rows.refuse_doubled(numbers.tolist(), "period", "--by COLUMN keeps series apart")
    order = np.argsort(numbers)
    lag = choices.get("lag", 1)
    places, line = _lined_up(numbers[order])
    line[places] = values[order]
    base = growing.before(line, lag)[places]
    rate = growing.growth(line, lag)[places]
    why = growing.why_no_growth(values[order], base)
    if "coverage" in choices:
        differs = _coverage_differs(rows.texts(choices["coverage"]), order, places, lag)
        rate = np.where(differs, np.nan, rate)
        why = np.where(differs & (why == reasons.DEFINED), reasons.COVERAGE_DIFFERS, why)
    return _rates(
        {
            "period": [texts[place] for place in order],
            "value": values[order].tolist(),
            "base": base.tolist(),
        },
        "growth",
        rate,
        why,
    )


def cagr(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Compound growth of each row (start, end, years), or of each series (period, value)."""
    if rows.has("start") or rows.has("end"):
        start, end, years = (rows.numbers(name) for name in ("start", "end", "years"))
        return _rates(
            rows.as_they_stand(),
            "cagr",
            growing.cagr(start, end, years),
            _no_cagr(start, end, years),
        )
    texts, values = rows.texts("period"), rows.numbers("value")
    frequency, numbers = rows.periods()
    rows.refuse_doubled(numbers, "period", "--by COLUMN keeps series apart")
    known = sorted((n, place) for place, n in enumerate(numbers) if not np.isnan(values[place]))
    if not known:
        nothing = np.array([np.nan])
        blank: Columns = {n: [None] for n in ("first", "last", "start", "end", "years")}
        return _rates(blank, "cagr", nothing, np.array([reasons.NO_VALUES]))
    (first, left), (last, right) = known[0], known[-1]
    start, end = values[[left]], values[[right]]
    years = np.array([(last - first) / PER_YEAR[frequency]])
    return _rates(
        {
            "first": [texts[left]],
            "last": [texts[right]],
            "start": start.tolist(),
            "end": end.tolist(),
            "years": years.tolist(),
        },
        "cagr",
        growing.cagr(start, end, years),
        _no_cagr(start, end, years),
    )


def mad(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Each row: whether its value is an outlier, and the limits."""
    values = rows.numbers("value")
    limits = outliers.mad_limits(values, choices.get("k", 3.0), choices.get("minimum", 5))
    flags = outliers.is_outlier(values, limits)
    missing = np.isnan(values) | bool(limits.reason)
    shown = np.select([missing, flags], ["", "true"], default="false")
    why = np.where(np.isnan(values), reasons.VALUE_MISSING, limits.reason)
    n = len(values)
    return {
        **rows.as_they_stand(),
        "flag": shown.tolist(),
        "lower": [limits.lower] * n,
        "upper": [limits.upper] * n,
        "median": [limits.median] * n,
        "mad": [limits.deviation] * n,
        "reason": why.tolist(),
    }


def kendall(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Kendall's tau-b of two columns."""
    a, b = rows.numbers("a"), rows.numbers("b")
    found = ranks.kendall(a, b)
    return {
        "n": [int((~np.isnan(a) & ~np.isnan(b)).sum())],
        "tau": [found.tau],
        "pairs": [found.pairs],
        "concordant": [found.concordant],
        "discordant": [found.discordant],
        "reason": [found.reason],
    }


def _growth_of_members(rows: Rows, choices: Mapping[str, Any]) -> Columns:
    """Growth of the total over the members that both periods have."""
    if "coverage" in choices:
        raise ConfigurationError("bad_setting", "members and coverage exclude each other")
    values, members = rows.numbers("value"), rows.codes(choices["members"])
    numbers = rows.periods()[1]
    rows.refuse_doubled(list(zip(numbers, members, strict=True)), "period and member")
    names = {name: place for place, name in enumerate(sorted(set(members)))}
    ordered = np.array(sorted(set(numbers)), dtype=np.intp)
    places, line = _lined_up(ordered)
    grid = np.full((len(line), len(names)), np.nan)
    first = int(ordered[0]) if len(ordered) else 0
    grid[np.array(numbers, dtype=np.intp) - first, [names[m] for m in members]] = values
    lag = choices.get("lag", 1)
    both = (~np.isnan(grid) & ~np.isnan(growing.before(grid, lag))).sum(axis=1)[places]
    rate = growing.growth_on_equal_sets(grid, lag)[places]
    total = np.where(np.isnan(grid).all(axis=1), np.nan, np.nansum(grid, axis=1))[places]
    base = growing.before(np.isnan(grid).all(axis=1).astype(float), lag)[places]
    why = reasons.first_of(
        {
            reasons.VALUE_MISSING: np.isnan(total),
            reasons.BASE_MISSING: base != 0,
            reasons.NOTHING_IN_BOTH: both == 0,
            reasons.BASE_ZERO: np.isnan(rate),
        },
        rate.shape,
    )
    texts = dict(zip(numbers, rows.texts("period"), strict=True))
    return _rates(
        {
            "period": [texts[number] for number in ordered.tolist()],
            "value": total.tolist(),
            "members_in_both": both.tolist(),
        },
        "growth",
        rate,
        why,
    )


def _lined_up(numbers: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], Floats]:
    """Places of ascending periods on a line without gaps, and that line, empty."""
    if not numbers.size:
        return numbers, np.empty(0)
    return numbers - numbers[0], np.full(int(numbers[-1] - numbers[0]) + 1, np.nan)


def _coverage_differs(
    texts: list[str], order: npt.NDArray[np.intp], places: npt.NDArray[np.intp], lag: int
) -> npt.NDArray[np.bool_]:
    """Where a period covers something else (months, for example) than the one `lag` before."""
    at = {int(place): texts[row] for place, row in zip(places, order, strict=True)}
    return np.array([at.get(place - lag, now) != now for place, now in at.items()], dtype=bool)


def _no_cagr(start: Floats, end: Floats, years: Floats) -> npt.NDArray[np.str_]:
    return reasons.first_of(
        {
            reasons.BASE_MISSING: np.isnan(start),
            reasons.VALUE_MISSING: np.isnan(end),
            reasons.BASE_ZERO: start == 0,
            reasons.BASE_NEGATIVE: start < 0,
            reasons.NEGATIVE: end < 0,
            reasons.NO_YEARS: ~(years > 0),
        },
        start.shape,
    )


def _rates(before: Columns, name: str, rate: Floats, why: npt.NDArray[np.str_]) -> Columns:
    return {
        **before,
        name: rate.tolist(),
        f"{name}_percent": (PERCENT * rate).tolist(),
        "reason": why.tolist(),
    }


def _known(values: Floats) -> int:
    return int((~np.isnan(values)).sum())
