"""The calculations by name: which columns each needs, and what `--set` may say of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.indicators import choices, matrices, scores, series
from flows.indicators.choices import Read
from flows.indicators.rows import Columns, Rows
from warehouse.indicators.normalise import METHODS

MATRIX = ("country", "product", "value")
OF_MATRIX: Mapping[str, Read] = {
    "duplicates": choices.one_of("sum", "refuse"),
    "min_country": choices.number,
    "min_product": choices.number,
}
OF_ADVANTAGE: Mapping[str, Read] = {**OF_MATRIX, "threshold": choices.above_zero}
OF_ALL: Mapping[str, Read] = {"decimal": choices.one_of("comma", "point")}


@dataclass(frozen=True)
class Indicator:
    """One calculation. `--set` names another column for each of `columns`."""

    columns: tuple[str, ...]
    compute: Callable[[Rows, Mapping[str, Any]], Columns]
    options: Mapping[str, Read] = field(default_factory=dict)

    def known_choices(self) -> dict[str, Read]:
        renamed = dict.fromkeys(self.columns, choices.text)
        return {**renamed, **self.options, **OF_ALL}


INDICATORS: Mapping[str, Indicator] = {
    "rca": Indicator(MATRIX, matrices.rca, OF_MATRIX),
    "complexity": Indicator(
        MATRIX,
        matrices.complexity_of,
        {
            **OF_ADVANTAGE,
            "of": choices.one_of("country", "product"),
            "method": choices.one_of("eigenvector", "reflections"),
            "scale": choices.one_of("own", "eci"),
            "iterations": choices.count(least=2),
        },
    ),
    "fitness": Indicator(
        MATRIX,
        matrices.fitness,
        {
            **OF_ADVANTAGE,
            "of": choices.one_of("country", "product"),
            "iterations": choices.count(),
        },
    ),
    "density": Indicator(MATRIX, matrices.density, {**OF_ADVANTAGE, "gain": choices.flag}),
    "hhi": Indicator(("value",), series.hhi, {"scale": choices.above_zero}),
    "gini": Indicator(("value",), series.gini, {"aversion": choices.above_zero}),
    "theil": Indicator(("value",), series.theil, {"group": choices.text}),
    "growth": Indicator(
        ("period", "value"),
        series.growth,
        {"lag": choices.count(), "members": choices.text, "coverage": choices.text},
    ),
    "cagr": Indicator(("period", "value", "start", "end", "years"), series.cagr),
    "mad": Indicator(("value",), series.mad, {"k": choices.above_zero, "minimum": choices.count()}),
    "kendall": Indicator(("a", "b"), series.kendall),
    "composite": Indicator(
        ("item",),
        scores.composite_of,
        {
            "weights": choices.text,
            "goalposts": choices.text,
            "indicators": choices.names,
            "method": choices.one_of("goalposts", *METHODS),
            "aggregate": choices.one_of("arithmetic", "geometric"),
            "capped": choices.flag,
            "least_weight": choices.share,
            "draws": choices.count(most=100_000),
            "seed": choices.count(least=0, most=999_999_999),
            "concentration": choices.above_zero,
            "contributions": choices.flag,
        },
    ),
}
