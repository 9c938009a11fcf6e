"""What an opportunity score is made of: declared in configuration, computed by marts.

`Score` is data that configuration fills and the warehouse reads; neither knows the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.model import Words

Shape = Literal["money", "share", "percent", "number", "count", "km", "points"]
Scale = Literal["percentile", "minmax", "goalposts"]

COMPONENTS: Mapping[str, Mapping[str, Shape]] = {
    "export": {
        "market_size": "money",
        "market_growth": "percent",
        "supplier_concentration": "number",
        "share_gap": "points",
        "advantage": "number",
        "density": "number",
        "complexity": "number",
        "volatility": "percent",
        "distance": "km",
    },
    "tourism": {
        "visitors": "count",
        "visitors_growth": "percent",
        "seasonality": "number",
    },
    "exchange": {
        "students": "count",
        "students_growth": "percent",
        "balance": "number",
        "agreements": "count",
        "participants": "count",
    },
}
"""What can be a part of each kind of score, and how people read its figure."""


@dataclass(frozen=True)
class Component:
    """A part of a score. `low` and `high` are goalposts: `low` scores 0, whichever is larger."""

    name: str
    weight: float
    scale: Scale
    title: Words
    favourable: Words
    unfavourable: Words
    lower_is_better: bool = False
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Score:
    """All kinds of score of an installation. Without any, the marts of scores have no rows."""

    country: str = ""
    """the region's country"""
    kinds: tuple[tuple[str, tuple[Component, ...]], ...] = ()
    draws: int = 1000
    seed: int = 0
    concentration: float | None = None
    least_weight: float = 0.7

    def components(self, kind: str) -> tuple[Component, ...]:
        """The components of a kind; none where the kind is not declared."""
        return dict(self.kinds).get(kind, ())

    def identity(self) -> str:
        """A hash of all of it: scores of another identity are made again."""
        return hashlib.sha256(repr(self).encode()).hexdigest()
