"""Who publishes, under which licence and when; what a good answer looks like and says of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from config.model import LIST, Model, TextMap, texts
from schemas.model import Words


class Provider(Model):
    """Who publishes."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """names the environment variable `PENATARAN_HOST_<CODE>`, which points to another server"""
    name: str
    """name of the publisher"""
    url: str
    """where people find the publisher"""
    contact: str | None = None
    """whom to write to"""


class Licence(Model):
    """What may be done with the data."""

    name: str
    """name of the licence"""
    url: str | None = None
    """where its text is"""
    redistribution: Literal["none", "derived", "open"]
    """whether others may get the data: `open`, only figures made of them (`derived`), or `none`"""
    attribution: Words
    """how the source is named, in Indonesian (`id`) and English (`en`)"""
    keep_raw_days: int | None = Field(default=None, ge=1)
    """for how many days raw bytes may be kept, where the licence limits that"""


class Calendar(Model):
    """When the source is looked at, and when its figures are late."""

    cadence: str
    """how often figures appear: daily, monthly, annual"""
    cron: str
    """when a scheduled run looks at the source: minute, hour, day, month, day of week"""
    timezone: str = "Asia/Jakarta"
    """the zone of `cron`"""
    lag_days: int | None = Field(default=None, ge=0)
    """days from the end of a period until its figures appear: what is not there then is late, and a
    partner that has nothing any more is a failure (`gone`). Without it neither is known"""
    note: Words | None = None
    """what people should know of the release days"""

    def next_release(self, now: datetime | None = None) -> str | None:
        """When the source is next looked at: ISO 8601 with its zone. None where the calendar
        does not say, as in a declaration of an older version; it never raises."""
        from cronsim import CronSim, CronSimError

        try:
            zone = ZoneInfo(self.timezone)
            found: datetime = next(CronSim(self.cron, (now or datetime.now(zone)).astimezone(zone)))
        except (CronSimError, StopIteration, ValueError, OSError, KeyError):
            return None
        return found.isoformat()


class Coverage(Model):
    """What absence in a complete answer means."""

    absence: Literal["withdrawn", "nothing"] = "nothing"
    """`withdrawn`: what a complete answer lacks is withdrawn"""
    keys: TextMap = {}
    """narrows the claim: a field of the table → the variable that was asked for, so that what was
    not asked is not withdrawn"""
    max_deleted_share: float = Field(default=0.2, ge=0, le=1)
    """share of a slice's figures that one load may withdraw, until `run SOURCE
    --accept-deletions`"""


class Rows(Model):
    """What a good slice looks like."""

    min: int | None = Field(default=None, ge=0)
    """good rows of a slice, at least"""
    max: int | None = Field(default=None, ge=0)
    """good rows of a slice, at most"""
    max_refused_share: float = Field(default=0.1, ge=0, le=1)
    """share of the rows that may be refused"""
    trailing_zeros: Literal["keep", "not_published"] = "keep"
    """`not_published`: periods of zeros after the last one with a figure are not published yet, so
    their rows are left out"""
    max_jump: float | None = Field(default=200.0, gt=1)
    """how many times larger or smaller than before the values may be: a unit that changed is about
    a thousand"""


Selection = Annotated[
    dict[str, tuple[str, ...]],
    BeforeValidator(texts),
    WithJsonSchema({"type": "object", "additionalProperties": LIST}),
]


class Expects(Model):
    """What an answer says of itself, held against what was asked."""

    columns: Selection = {}
    """texts that a column may have, written as in `select`, in every row; another one refuses the
    whole answer. `{year}` and the like, and the request's parameters, may stand in them. With `?`
    after its name the answer may lack the column"""
    envelope: Selection = {}
    """the same for a JSON answer's envelope: path → texts. With `?` after the path the answer may
    lack it"""
    others: Literal["ignore", "keep"] = "ignore"
    """what becomes of rows of another year than the slice's, or of codes that were not asked for
    (`coverage.keys`). Where an answer has no other rows it is refused. Of daily figures the last
    ten days before the year are kept: a partner answers with the last working day"""

    def with_own(self, own: Expects) -> Expects:
        """The same, and what a dataset says beside it."""
        return Expects(
            columns={**self.columns, **own.columns},
            envelope={**self.envelope, **own.envelope},
            others=own.others if "others" in own.model_fields_set else self.others,
        )


class SeriesJump(Model):
    """One series against its own past: rates per 100 units, one wrong series among good ones."""

    factor: float | None = Field(default=20.0, gt=1)
    """how many times larger or smaller than its past a series may be, beyond what it moved before;
    of rates, than the value before it; with nothing, no series is compared"""
    action: Literal["warn", "stop"] = "warn"
    """what a series beyond it does: `warn` in `ops_check`, or `stop` the load; a first load is
    never stopped"""


class StageByAge(Model):
    """A release stage that a figure has reached so many days after the end of its period. The
    first that is reached counts."""

    stage: Literal["preliminary", "provisional", "final"]
    """the stage"""
    days: int = Field(default=0, ge=0)
    """days after that end"""
    after: Literal["period", "year"] = "period"
    """the end of the figure's period, or of its period's year"""


class CrossCheck(Model):
    """Another source that publishes the same figures: a difference is a warning in ops_check."""

    source: str
    """code of the other source"""
    tolerance: float = Field(default=0.005, ge=0, le=1)
    """difference that is no warning, as a share"""
