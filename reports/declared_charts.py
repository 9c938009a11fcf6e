"""Charts as figures declare them: a model for each kind, with the columns that it draws."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.model import Model
from schemas.model import Words


class BaseChart(Model):
    """What every chart has."""

    alt: Words
    """what the chart shows, for those who do not see it"""
    leave_out: dict[str, str] = {}
    """values of columns of rows that are not drawn: totals"""


class BarsChart(BaseChart):
    """Ranked bars, with an upright mark of the value before."""

    kind: Literal["bars"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of lengths"""
    previous: str = ""
    """column of marks"""


class BulletsChart(BaseChart):
    """A narrow bar inside a wide one, with an upright mark."""

    kind: Literal["bullets"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of the narrow bar"""
    target: str
    """column of the wide bar"""
    mark: str = ""
    """column of the upright mark"""


class LinesChart(BaseChart):
    """Small multiples: a line for each name, each with its own scale."""

    kind: Literal["lines"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of heights"""
    at: str
    """column of days, from left to right"""
    shared: bool = False
    """one scale for all lines"""


class SlopesChart(BaseChart):
    """Slope of versions: what each name was in one version after the other, each with its own
    scale."""

    kind: Literal["slopes"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of heights"""
    at: str
    """column of the moments of the versions, from left to right in equal steps"""
    change: str = ""
    """column of the change since the first version, written beside the newest value"""


class DotsChart(BaseChart):
    """A dot for a rank, in an interval."""

    kind: Literal["dots"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of dots"""
    low: str
    """column of left ends"""
    high: str
    """column of right ends"""
    sure: str = ""
    """column of truths: hollow where it is false"""


class LanesChart(BaseChart):
    """A lane for each name, from one day to another, with a line for today."""

    kind: Literal["lanes"]
    """which chart it is"""
    label: str
    """column of names"""
    start: str
    """column of first days"""
    end: str
    """column of last days"""
    state: str = ""
    """column of codes that colour the lane"""


class MonthsChart(BaseChart):
    """A heat map: a row for each name, a cell for each month."""

    kind: Literal["months"]
    """which chart it is"""
    label: str
    """column of names"""
    at: str
    """column of months"""
    value: str
    """column of shades"""


class TilesChart(BaseChart):
    """Headlines: a tile for each row, in place of a table."""

    kind: Literal["tiles"]
    """which chart it is"""
    label: str
    """column of names"""
    value: str
    """column of the large number"""
    change: str = ""
    """column of the change"""
    history: str = ""
    """column of a series, as a line"""


Chart = Annotated[
    BarsChart
    | BulletsChart
    | LinesChart
    | SlopesChart
    | DotsChart
    | LanesChart
    | MonthsChart
    | TilesChart,
    Field(discriminator="kind"),
]
