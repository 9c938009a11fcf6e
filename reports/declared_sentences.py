"""Sentences as figures declare them: a model for each rule, with the columns that it reads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.model import Model
from schemas.model import Words


class BaseSentence(Model):
    """What every sentence has."""

    subject: Words
    """what it is about; begins the sentence"""


class TrendSentence(BaseSentence):
    """The newest value against the one before: up, down, or steady within its noise."""

    kind: Literal["trend"]
    """which rule it is"""
    value: str
    """column of values"""
    at: str
    """column of days"""
    where: dict[str, str] = {}
    """values of columns that choose the rows"""


class ChangeSentence(BaseSentence):
    """A value and its change of one row."""

    kind: Literal["change"]
    """which rule it is"""
    value: str
    """column of the value"""
    change: str
    """column of the change"""
    where: dict[str, str] = {}
    """values of columns that choose the row; by default the first"""


class RankingSentence(BaseSentence):
    """Which row is largest, and its share."""

    kind: Literal["ranking"]
    """which rule it is"""
    label: str
    """column of names"""
    value: str
    """column of sizes"""
    whole: str = ""
    """column of what a share is of; by default the sum of the rows"""
    leave_out: dict[str, str] = {}
    """values of columns of rows that are no part: totals"""
    has_share: bool = True
    """whether sizes add up, so that there is a share"""


class CountSentence(BaseSentence):
    """How many rows there are, and how many in each state."""

    kind: Literal["count"]
    """which rule it is"""
    state: str = ""
    """column of codes"""
    states: tuple[str, ...] = ()
    """codes that are said, in this order"""
    codes: str = ""
    """list of their words in reports/codes.csv, where the table has no such column"""
    nothing: Words | None = None
    """said where no row has one of these codes"""


class DueSentence(BaseSentence):
    """What lapses first, and in how many days."""

    kind: Literal["due"]
    """which rule it is"""
    label: str
    """column of names"""
    at: str
    """column of days"""


class RatioSentence(BaseSentence):
    """A sum against another: realised against committed, against cost."""

    kind: Literal["ratio"]
    """which rule it is"""
    part: str
    """column of the part"""
    whole: str
    """column of what it is a part of"""
    part_words: Words
    """name of the part"""
    whole_words: Words
    """name of the whole"""
    as_rate: bool = False
    """said as so much for one, not as percent"""


class BalanceSentence(BaseSentence):
    """Two sums beside each other, as 1 : n."""

    kind: Literal["balance"]
    """which rule it is"""
    left: str
    """column of one side"""
    right: str
    """column of the other side"""
    left_words: Words
    """name of one side"""
    right_words: Words
    """name of the other side"""
    hidden: str = ""
    """column of a number of what is left out: above 0 both are least values"""
    where: dict[str, str] = {}
    """values of columns that choose the rows"""


Sentence = Annotated[
    TrendSentence | ChangeSentence | RankingSentence | CountSentence | DueSentence | RatioSentence
    | BalanceSentence,
    Field(discriminator="kind"),
]  # fmt: skip
