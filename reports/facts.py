"""What holds of all rows of a figure: its unit, period, sources, stages and day of retrieval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from schemas.model import Words


class Publisher(NamedTuple):
    """Where rows are from, and what may be done with them."""

    code: str
    title: Words
    attribution: Words
    licence: str
    redistribution: str  # open | derived | none; none where nothing is known of the source


@dataclass(frozen=True)
class Facts:
    """What holds of all rows of a figure."""

    unit: Words | None
    first: date | None
    last: date | None
    sources: tuple[Publisher, ...]
    stages: tuple[str, ...]
    retrieved: datetime | None
    made_by: Words | None = None
