"""How a partner is asked: requests, the lists they are split by, paging, and limits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from config.model import Model, TextList, TextMap


class Key(Model):
    """An access key: where it comes from and where it goes. Never its text."""

    variable: str
    parameter: str | None = None
    header: str | None = None
    optional: bool = False
    register_at: str = ""  # where people get one

    @model_validator(mode="after")
    def _one_place(self) -> Key:
        if (self.parameter is None) == (self.header is None):
            raise ValueError("a key goes into either a parameter or a header")
        return self


class Limits(Model):
    """What one pull may cost: the partner's limits and ours."""

    requests_per_second: float = 1.0
    concurrency: int = 2
    deadline_seconds: float = 120.0
    max_bytes: int = 256 * 1024 * 1024
    max_ratio: float = 200.0
    tries: int = 4
    max_wait_seconds: float = 60.0


class Paging(Model):
    """How an answer goes on.

    `page`: numbers from `first` to what `pages` says. `offset`: `size` rows further, until
    `total`. `cursor`: the value at `next` goes into `parameter`. `link`: `next` holds an address
    of the same host. The last two end where `next` holds nothing.
    """

    kind: Literal["page", "offset", "cursor", "link"] = "page"
    parameter: str = ""
    first: int = 1
    pages: str = ""  # path of the number of pages in the envelope
    total: str | None = None  # path of the number of rows over all pages
    size: int = 0
    next: str = ""
    max_pages: int = 1000

    @model_validator(mode="after")
    def _complete(self) -> Paging:
        needed = {
            "page": ("parameter", "pages"), "offset": ("parameter", "size", "total"),
            "cursor": ("parameter", "next"), "link": ("next",),
        }[self.kind]  # fmt: skip
        missing = [n for n in needed if not getattr(self, n)]
        if missing:
            raise ValueError(f"paging of kind {self.kind} needs {', '.join(missing)}")
        return self


class Request(Model):
    """One request. `{name}` in path and params is a variable; a parameter whose variable
    is unknown in this run (`{updated_after}` at a first load) is left out."""

    host: str = "main"
    path: str
    params: TextMap = {}
    headers: TextMap = {}
    paging: Paging | None = None
    cap_rows: int | None = None
    empty_status: tuple[int, ...] = ()


class Found(Model):
    """Values that the partner itself lists: ids of tables, of files, of a release.

    The answer is JSON with a list at `records`, of which those that match keep their `field`;
    or any text, in which `pattern` finds the values (its first group). `match` is a pattern of
    the whole record as text. `pick: last` keeps the greatest. `value` puts a value together
    from fields of the record and what was asked: `"{domain}/var/{var_id}"`. `none` says how the
    partner says that it lists nothing: path → text.
    """

    request: Request
    records: str = ""
    field: str = ""
    stamp: str = ""  # a field that changes when the partner changes what it lists
    match: str = ""
    pattern: str = ""
    pick: Literal["all", "last"] = "all"
    value: str = ""
    none: TextMap = {}

    @model_validator(mode="after")
    def _one_way(self) -> Found:
        if [bool(self.field), bool(self.pattern), bool(self.value)].count(True) != 1:
            raise ValueError("found needs one of field and value (JSON) and pattern (text)")
        return self


class Variable(Model):
    """A list that requests are split by: at most `at_most` values in one request.

    `from` takes the values from the installation (`region.products`, `region.partners`),
    or from the slice (`periods`); `found` from an answer of the partner; `scheme` turns ISO
    codes into the partner's own.
    """

    values: TextList | None = None
    origin: str | None = Field(default=None, alias="from")
    found: Found | None = None
    scheme: str | None = None
    at_most: int = 1
    join: str = ","

    @model_validator(mode="after")
    def _one_origin(self) -> Variable:
        if [self.values, self.origin, self.found].count(None) != 2:
            raise ValueError("a variable has one of values, from and found")
        return self


class Signal(Model):
    """The source's own sign of change, asked before the data are."""

    request: Request
    keyed_request: Request | None = None
    records: str
    fields: TextList
    empty_is_not_published: bool = False
