"""How a partner is asked: requests, the lists they are split by, paging, and limits."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from config.model import Model, TextList, TextMap

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
"""A variable in a path, a parameter or a value: `{year}`."""

FIXED = frozenset({
    "frequency", "since", "until", "since_year", "until_year", "since_month", "until_month",
    "since_yyyymm", "until_yyyymm", "year", "year_id", "updated_after",
})  # fmt: skip
"""Variables that every slice has one value of."""


class Key(Model):
    """An access key: where it comes from and where it goes. Never its text."""

    variable: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """the environment variable that holds the key"""
    parameter: str | None = None
    """the query parameter that the key goes into"""
    header: str | None = None
    """the header that the key goes into, instead of a parameter"""
    optional: bool = False
    """whether the partner answers without a key too"""
    register_at: str = ""
    """where people get a key"""

    @model_validator(mode="after")
    def _one_place(self) -> Key:
        if (self.parameter is None) == (self.header is None):
            raise ValueError("a key goes into either a parameter or a header")
        return self


class Limits(Model):
    """What one pull may cost: the partner's limits and ours."""

    requests_per_second: float = Field(default=1.0, gt=0)
    """requests that are started in a second, at most"""
    concurrency: int = Field(default=2, ge=1)
    """requests at the same time, at most"""
    deadline_seconds: float = Field(default=120.0, gt=0)
    """how long one answer may take, with all its tries"""
    max_bytes: int = Field(default=256 * 1024 * 1024, ge=1)
    """size of one answer, at most"""
    max_ratio: float = Field(default=200.0, ge=1)
    """how many times its packed size an answer may have, at most"""
    tries: int = Field(default=4, ge=1)
    """how often one request is tried"""
    max_wait_seconds: float = Field(default=60.0, ge=0)
    """how long a run waits when the partner asks it to; what is longer is left to a later run"""


EMPTY_BODY_BYTES = 64 << 10  # a longer body has something in it


def _without_space(text: str) -> str:
    return "".join(text.split())


KINDS = "how an answer goes on: `page`, `offset`, `cursor` or `link`"


class _Paging(Model):
    total: str | None = None
    """path of the number of rows over all pages, in the envelope"""
    first: int = Field(default=1, ge=0)
    """number of the first page"""
    max_pages: int = Field(default=1000, ge=1)
    """pages of one answer, at most"""


class PagePaging(_Paging):
    """Pages by number, from `first` to what the envelope says at `pages`."""

    kind: Literal["page"] = Field(default="page", description=KINDS)
    parameter: str = Field(min_length=1)
    """the query parameter of the page's number"""
    pages: str = Field(min_length=1)
    """path of the number of pages, in the envelope"""


class OffsetPaging(_Paging):
    """As many rows further each time as were received, until `total`."""

    kind: Literal["offset"] = Field(description=KINDS)
    parameter: str = Field(min_length=1)
    """the query parameter of the offset"""
    size: int = Field(ge=1)
    """rows of one page, as the request asks for them; a partner may send fewer"""
    total: str = Field(min_length=1)
    """path of the number of rows over all pages, in the envelope"""


class CursorPaging(_Paging):
    """The value at `next` goes into `parameter`; where there is none, the answer ends."""

    kind: Literal["cursor"] = Field(description=KINDS)
    parameter: str = Field(min_length=1)
    """the query parameter of the cursor"""
    next: str = Field(min_length=1)
    """path of the cursor of the page that follows, in the envelope"""


class LinkPaging(_Paging):
    """`next` holds an address of the same host; where there is none, the answer ends."""

    kind: Literal["link"] = Field(description=KINDS)
    next: str = Field(min_length=1)
    """path of the address of the page that follows, in the envelope"""


def _paging_kind(value: Any) -> str:
    return str(value.get("kind", "page") if isinstance(value, dict) else value.kind)


Paging = Annotated[
    Annotated[PagePaging, Tag("page")]
    | Annotated[OffsetPaging, Tag("offset")]
    | Annotated[CursorPaging, Tag("cursor")]
    | Annotated[LinkPaging, Tag("link")],
    Discriminator(_paging_kind),
]


class Request(Model):
    """One request. `{name}` in path and params is a variable; a parameter whose variable
    is unknown in this run (`{updated_after}` at a first load) is left out."""

    host: str = "main"
    """which of `hosts` is asked"""
    path: str = Field(min_length=1)
    """path of the address, with `{variables}`"""
    params: TextMap = {}
    """query parameters, with `{variables}`"""
    headers: TextMap = {}
    """headers of the request, as they are sent"""
    paging: Paging | None = None
    """how an answer of several pages goes on"""
    cap_rows: int | None = Field(default=None, ge=1)
    """rows that the partner gives at most: an answer with as many is truncated, so the request is
    halved"""
    empty_status: tuple[Annotated[int, Field(ge=200, le=599)], ...] = ()
    """HTTP statuses that mean that there are no data"""
    empty_body: TextList = ()
    """whole bodies that mean that there are no data, white space aside: `""` for no byte at all,
    `"[]"`, `"null"`, a line of headings. What is not listed here stays an error"""

    def is_empty_body(self, body: bytes) -> bool:
        """True for a body that the declaration lists as one without data."""
        if not self.empty_body or len(body) > EMPTY_BODY_BYTES:
            return False
        text = _without_space(body.decode("utf-8-sig", errors="replace"))
        return any(text == _without_space(known) for known in self.empty_body)


class Found(Model):
    """Values that the partner itself lists: ids of tables, of files, of a release.

    The answer is JSON with a list at `records`, of which those that match keep their `field`;
    or any text, in which `pattern` finds the values.
    """

    request: Request
    """what is asked for the list"""
    records: str = ""
    """path of the list in a JSON answer"""
    field: str = ""
    """the field of a record that is the value"""
    stamp: str = ""
    """a field that changes when the partner changes what it lists"""
    match: str = ""
    """a regular expression (Python) of the records that count, each as JSON text"""
    where: TextMap = {}
    """the same by field: path → a regular expression (Python) that its whole text matches. A list
    in which no record fits is an error"""
    pattern: str = ""
    """a regular expression (Python) that finds the values in any text: its first group"""
    pick: Literal["all", "last", "newest", "one"] = "all"
    """`last` keeps only the greatest value; of `newest` all are asked, and where two answers hold
    the same figure that of the newest `stamp` counts; of `one` there must be exactly one"""
    value: str = ""
    """a value put together from fields of the record and what was asked: `{domain}/var/{var_id}`"""
    none: TextMap = {}
    """how the partner says that it lists nothing: path → text"""

    @model_validator(mode="after")
    def _one_way(self) -> Found:
        if [bool(self.field), bool(self.pattern), bool(self.value)].count(True) != 1:
            raise ValueError("found needs one of field and value (JSON) and pattern (text)")
        if self.pick == "newest" and not self.stamp:
            raise ValueError("pick: newest needs stamp: the field that says which is newer")
        return self


Origin = Literal[
    "periods", "region.partners", "region.foreign", "region.areas", "region.markets",
    "region.economies", "region.products", "region.not_headings", "region.chapters",
    "region.countries", "region.country", "region.province",
]  # fmt: skip


class Variable(Model):
    """A list that requests are split by."""

    values: TextList | None = None
    """the values themselves"""
    origin: Origin | None = Field(default=None, alias="from")
    """values of the slice (`periods`) or of the installation: `region.partners`, `region.foreign`
    (partners without the world), `region.areas` (the country and its partners), `region.countries`
    (those without the world), `region.markets`, `region.economies` (the country, its partners and
    its markets), `region.country`, `region.province`, `region.products`, `region.not_headings`
    (its chapters and subheadings: neither four digits nor `TOTAL`), `region.chapters`"""
    alone: TextList = ()
    """values beside those of `from`, each asked first and in a request of its own: a partner's word
    for all codes of a level (`AG4`)"""
    found: Found | None = None
    """values that the partner lists itself"""
    scheme: str | None = None
    """the scheme of codes that ISO codes of areas are turned into"""
    at_most: int = Field(default=1, ge=1)
    """values in one request, at most"""
    join: str = ","
    """what stands between the values of one request"""

    @model_validator(mode="after")
    def _one_origin(self) -> Variable:
        if [self.values, self.origin, self.found].count(None) != 2:
            raise ValueError("a variable has one of values, from and found")
        if self.alone and (self.scheme or not str(self.origin).startswith("region.")):
            raise ValueError("alone stands beside from: region.…, without a scheme")
        return self


class Signal(Model):
    """The source's own sign of change, asked before the data are."""

    request: Request
    """what is asked for the sign"""
    keyed_request: Request | None = None
    """the same, where the installation has a key"""
    records: str
    """path of the list in the JSON answer"""
    fields: TextList = Field(min_length=1)
    """fields of a record that change when the data do"""
    empty_is_not_published: bool = False
    """whether an empty list means that nothing is published yet"""
