"""What to ask a partner: a declaration and a slice to requests, split so that none is capped.

Pure: no network. `Plan` yields requests and takes their answers. It adds the pages that follow,
and halves a request whose answer reached the partner's row cap: such an answer is cut (S13).
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any
from urllib.parse import urljoin, urlsplit

from config.asking import (
    PLACEHOLDER,
    CursorPaging,
    Found,
    LinkPaging,
    OffsetPaging,
    PagePaging,
    Paging,
    Request,
    Variable,
)
from config.region import Region
from config.source import Source
from schemas.errors import ConfigurationError, DataError
from schemas.texts import shortened, visible
from tasks.ask.masking import URL_CHARS, params_without_key
from tasks.read.formats import at_path, whole_number
from tasks.slices import Slice, slice_values

Codes = Callable[[str, Sequence[str]], list[str]]
"""(scheme, ISO codes) → the partner's codes."""


@dataclass(frozen=True)
class Ask:
    """One request, ready but for its key."""

    host: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    request: Request
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 1
    place: str = ""  # where the next page starts: an offset or a cursor

    @property
    def label(self) -> str:
        query = "&".join(f"{k}={v}" for k, v in self.params.items())
        return shortened(visible(f"{self.path}?{query}" if query else self.path), URL_CHARS)


class Plan:
    """Requests of one question, in order. Answers may add requests while it is iterated."""

    def __init__(
        self,
        request: Request,
        fixed: Mapping[str, str],
        lists: Mapping[str, tuple[Variable, tuple[str, ...]]],
        key_parameter: str = "",
    ) -> None:
        self.request = request
        self.key_parameter = key_parameter  # which no link of the partner may bring back
        self.fixed = dict(fixed)
        self.lists = dict(lists)
        self._pages: dict[str, int] = {}  # announced by the first page of each question
        used = [n for n in self.lists if _uses(request, n)]
        chunks = [_chunks(self.lists[n][1], self.lists[n][0]) for n in used]
        self.stamps: dict[str, dict[str, str]] = {}  # of values that the partner lists
        self.queue: deque[Ask] = deque(
            self._ask(dict(zip(used, combination, strict=True))) for combination in product(*chunks)
        )

    def __iter__(self) -> Iterator[Ask]:
        while self.queue:
            yield self.queue.popleft()

    def _ask(
        self, chosen: Mapping[str, tuple[str, ...]], page: int | None = None, place: str = ""
    ) -> Ask:
        values = dict(self.fixed)
        for name, items in chosen.items():
            values[name] = self.lists[name][0].join.join(items)
        params = {}
        for name, template in self.request.params.items():
            text = _fill(template, values)
            if text is not None:
                params[name] = text
        paging = self.request.paging
        number = page if page is not None else paging.first if paging else 1
        if isinstance(paging, PagePaging):
            params[paging.parameter] = str(number)
        elif isinstance(paging, OffsetPaging | CursorPaging) and place:
            params[paging.parameter] = place
        path = _fill(self.request.path, values)
        if path is None:
            missing = [n for n in PLACEHOLDER.findall(self.request.path) if n not in values]
            raise ConfigurationError("declaration", f"the path needs {', '.join(missing)}")
        return Ask(
            host=self.request.host,
            path=path,
            params=params,
            headers=self.request.headers,
            request=self.request,
            chosen=chosen,
            page=number,
            place=place,
        )

    def take_answer(self, ask: Ask, rows: int, envelope: Any, received: int | None = None) -> bool:
        """Take an answer into account. False if it was capped: then it must not be used.

        `rows` is what the answer declares, `received` what it holds: paging by offset needs it.
        """
        cap = self.request.cap_rows
        if cap is not None and rows >= cap:
            self._split(ask, rows)
            return False
        if self.request.paging and envelope is not None:
            self._page(self.request.paging, ask, envelope, received)
        return True

    def _page(self, paging: Paging, ask: Ask, envelope: Any, received: int | None) -> None:
        """Put the pages that follow an answer in front of the queue."""
        match paging:
            case PagePaging():
                pages = _whole(at_path(envelope, paging.pages), paging.pages)
                _at_most(paging, pages, ask)
                self._same_pages(ask, pages)
                if ask.page == paging.first:
                    self.queue.extendleft(
                        self._ask(ask.chosen, page) for page in range(pages, paging.first, -1)
                    )
            case OffsetPaging():
                self._next_offset(paging, ask, envelope, received)
            case CursorPaging() | LinkPaging():
                following = at_path(envelope, paging.next)
                if following in (None, "", False):
                    return
                _at_most(paging, ask.page - paging.first + 2, ask)
                place = _place(following, paging)
                if isinstance(paging, CursorPaging):
                    self.queue.appendleft(self._ask(ask.chosen, ask.page + 1, place))
                else:
                    self.queue.appendleft(_follow(ask, place, self.key_parameter))

    def _same_pages(self, ask: Ask, pages: int) -> None:
        """Raise DataError where a later page announces another number of pages than the first."""
        announced = self._pages.setdefault(self.group(ask), pages)
        if announced != pages:
            raise DataError(
                "total_changed",
                f"the announced number of pages changed from {announced} to {pages} while paging",
                where=ask.label,
                hint="the data changed while paging, or the partner changes the size of its "
                "pages; the next run fetches it again",
            )

    def _next_offset(
        self, paging: OffsetPaging, ask: Ask, envelope: Any, received: int | None
    ) -> None:
        """The page that begins after the rows received so far: a partner may send fewer rows, or
        more, than a page was asked for."""
        total = _whole(at_path(envelope, paging.total), paging.total)
        here = int(ask.place or 0)
        step = paging.size if received is None else received
        if here + step >= total:
            return
        if not step:
            raise DataError(
                "page_empty",
                f"the page at offset {here} has no row, but {total} are announced",
                where=ask.label,
                hint="the partner returns no rows beyond an offset: split the request by one more "
                "variable in the declaration",
            )
        left = -(-(total - here - step) // step)
        _at_most(paging, ask.page - paging.first + 1 + left, ask)
        self.queue.appendleft(self._ask(ask.chosen, ask.page + 1, str(here + step)))

    def group(self, ask: Ask) -> str:
        """Name of the question whose pages belong together."""
        values = "&".join(",".join(items) for items in ask.chosen.values())
        return visible(f"{self.request.path}?{values}")

    def stamp(self, ask: Ask) -> str:
        """The newest stamp of the listed values that a request asks for."""
        return max(
            (self.stamps.get(n, {}).get(v, "") for n, vs in ask.chosen.items() for v in vs),
            default="",
        )

    def _split(self, ask: Ask, rows: int) -> None:
        """Halve the first list of the request that has more than one value."""
        for name, items in ask.chosen.items():
            if len(items) > 1:
                middle = len(items) // 2
                for half in (items[middle:], items[:middle]):
                    self.queue.appendleft(self._ask({**ask.chosen, name: half}))
                return
        raise DataError(
            "truncated",
            f"the answer has {rows} rows, the partner's limit: it is truncated",
            where=ask.label,
            hint="split the request by one more variable in the declaration, or use a key "
            "with a higher limit",
        )


def _at_most(paging: Paging, pages: int, ask: Ask) -> None:
    if pages > paging.max_pages:
        raise DataError(
            "too_many_pages",
            f"{pages} pages, but at most {paging.max_pages} are allowed",
            where=ask.label,
        )


def _place(following: Any, paging: CursorPaging | LinkPaging) -> str:
    """Where an answer goes on: a text; of a cursor also a whole number."""
    is_number = isinstance(following, int) and not isinstance(following, bool)
    if isinstance(following, str) or (is_number and isinstance(paging, CursorPaging)):
        return str(following)
    raise DataError(
        "paging",
        f"expected a text at {paging.next!r}, found {_excerpt(following)}",
        hint="the partner may have changed its answer: compare next with it",
    )


def _follow(ask: Ask, link: str, key_parameter: str) -> Ask:
    """The request for a link to the next page. Only its path and query count: the host stays. A
    key in it is left out: it is added to every request, and stored nowhere."""
    try:
        parts = urlsplit(urljoin(ask.path, link))
    except ValueError:
        parts = urlsplit("")
    if not parts.path.startswith("/"):
        raise DataError(
            "paging",
            f"the address of the next page cannot be used: {_excerpt(link)}",
            where=ask.label,
            hint="the partner may have changed its answer: compare next with it",
        )
    params = params_without_key(parts.query, key_parameter)
    return replace(ask, path=parts.path, params=params, page=ask.page + 1, place=link)


def _excerpt(value: Any) -> str:
    """The start of a value of a partner, as a message shows it."""
    try:
        return shortened(repr(value), 80)
    except RecursionError:
        return "nested values"


def found_values(
    found: Found,
    body: bytes,
    where: str,
    asked: Mapping[str, str] | None = None,
    unfitting: set[str] | None = None,
) -> dict[str, str]:
    """Values that an answer lists, each with its stamp, which changes when the partner changes
    what stands behind it; empty where the declaration names none. What the records say that do
    not fit `where` is added to `unfitting`."""
    text = body.decode("utf-8-sig", errors="replace")
    if found.pattern:
        return dict.fromkeys(re.findall(found.pattern, text), "")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            "not_json", f"the partner's list is not JSON: {error}", where=where
        ) from None
    if reports_none(found, answer):
        return {}
    records = at_path(answer, found.records)
    if isinstance(records, dict):
        records = [records]  # a list of one (e-Stat)
    if not isinstance(records, list):
        raise DataError(
            "records_missing",
            f"the answer has no list at {found.records!r}",
            where=where,
            hint="the partner may have refused the key, or changed its answer",
        )
    kept = _fitting(found, records, unfitting if unfitting is not None else set())
    template = found.value or f"{{{found.field}}}"
    values: dict[str, str] = {}
    for record in kept:
        value = _found_value(template, record, asked or {})
        stamp = str(at_path(record, found.stamp)) if found.stamp else ""
        if value:
            values[value] = max(stamp, values.get(value, ""))
    return values


def _fitting(found: Found, records: list[Any], unfitting: set[str]) -> list[Any]:
    """Records that count."""
    matching = [
        r
        for r in records
        if not found.match or re.search(found.match, json.dumps(r, ensure_ascii=False))
    ]
    fitting = []
    for record in matching:
        texts = {path: _as_text(at_path(record, path)) for path in found.where}
        if all(re.fullmatch(pattern, texts[path]) for path, pattern in found.where.items()):
            fitting.append(record)
        else:
            unfitting.add(", ".join(texts.values()))
    return fitting


def none_fits(found: Found, name: str, unfitting: set[str], where: str) -> DataError:
    """The error of a list with records of which none has what `where` says."""
    wanted = ", ".join(f"{path} {pattern}" for path, pattern in found.where.items())
    return DataError(
        "none_fits",
        f"none of the records that the partner lists is a {name}: expected {wanted}, received "
        f"{' | '.join(sorted(unfitting)[:5])[:300]}",
        where=where,
        hint="the partner may have renamed it: correct found.where in the declaration",
    )


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def reports_none(found: Found, answer: Any) -> bool:
    """True if the answer reports, in the partner's own way, that its list is empty."""
    return any(at_path(answer, path) == value for path, value in found.none.items())


def _found_value(template: str, record: Any, asked: Mapping[str, str]) -> str:
    """The template filled from the record and from what was asked; empty if a part is missing."""
    parts = {n: asked.get(n, at_path(record, n)) for n in re.findall(r"{([^}]+)}", template)}
    if any(v is None for v in parts.values()):
        return ""
    odd = [v for v in parts.values() if isinstance(v, bool) or not isinstance(v, str | int)]
    if odd:
        raise DataError(
            "records_malformed",
            f"expected texts or whole numbers at {template!r}, found {_excerpt(odd[0])}",
            hint="the partner changed its list: compare found with it",
        )
    return re.sub(r"{([^}]+)}", lambda m: str(parts[m.group(1)]), template)


def _whole(value: Any, path: str) -> int:
    """A number of pages or rows; partners send it as a number or as text (World Bank)."""
    number = whole_number(value)
    if number is None:
        raise DataError(
            "paging",
            f"expected a number of pages at {path!r}, found {_excerpt(value)}",
            hint="the partner may have changed its answer: compare paging with it",
        )
    return number


def _uses(request: Request, name: str) -> bool:
    texts = [request.path, *request.params.values()]
    return any(name in PLACEHOLDER.findall(t) for t in texts)


def _fill(template: str, values: Mapping[str, str]) -> str | None:
    """The template filled in, or None if a variable of it is unknown in this run."""
    names = PLACEHOLDER.findall(template)
    if any(name not in values for name in names):
        return None
    return PLACEHOLDER.sub(lambda m: values[m.group(1)], template)


def _chunks(items: tuple[str, ...], variable: Variable) -> list[tuple[str, ...]]:
    """The values of each request: `alone` ones first, then `at_most` of the others together."""
    first, size = len(variable.alone), variable.at_most
    singles = [(item,) for item in items[:first]]
    return singles + [items[i : i + size] for i in range(first, len(items), size)]


def fixed_values(source: Source, slice_: Slice, updated_after: str | None) -> dict[str, str]:
    """Variables that have one value in a slice."""
    frequency = source.datasets[slice_.dataset].frequency
    values = {"frequency": frequency, **slice_values(slice_)}
    if updated_after:
        values["updated_after"] = updated_after
        # An increment is asked by time of change, not by period.
        values.pop("since")
        values.pop("until")
    return values


def list_values(
    source: Source, slice_: Slice, region: Region, codes: Codes
) -> dict[str, tuple[Variable, tuple[str, ...]]]:
    """Variables that requests are split by, in declared order, in the partner's codes."""
    found: dict[str, tuple[Variable, tuple[str, ...]]] = {}
    dataset = source.datasets[slice_.dataset]
    for name, variable in {**source.variables, **dataset.variables}.items():
        values = _origin(variable, slice_, region)
        if variable.scheme:
            values = tuple(codes(variable.scheme, values))
        found[name] = (variable, values)
    return found


def origin_values(source: Source, slice_: Slice, region: Region) -> dict[str, tuple[str, ...]]:
    """For each field that limits what the slice covers: our own codes that were asked for."""
    variables = {**source.variables, **source.datasets[slice_.dataset].variables}
    return {
        field: _origin(variables[name], slice_, region)
        for field, name in source.coverage.keys.items()
    }


def _origin(variable: Variable, slice_: Slice, region: Region) -> tuple[str, ...]:
    """The values of a list; none yet where the partner lists them."""
    if variable.origin is None:
        return variable.values or ()
    if variable.origin != "periods":
        return (*variable.alone, *OF_REGION[variable.origin](region))
    if not slice_.periods:  # nothing would be asked, and nobody would notice
        raise ConfigurationError(
            "declaration",
            "only years and months can be listed (from: periods); this dataset has another "
            "frequency",
            where=f"{slice_.source}/{slice_.dataset}",
            hint="use {since} and {until} in the request",
        )
    return slice_.periods


HEADING_DIGITS = 4


def _abroad(region: Region) -> tuple[str, ...]:
    return tuple(p for p in region.partners if p != "WLD")


OF_REGION: Mapping[str, Callable[[Region], tuple[str, ...]]] = {
    "region.partners": lambda r: r.partners,
    "region.areas": lambda r: (r.country, *r.partners),
    "region.markets": lambda r: r.markets,
    "region.economies": lambda r: tuple(dict.fromkeys((r.country, *r.partners, *r.markets))),
    "region.products": lambda r: r.products,
    "region.not_headings": lambda r: tuple(
        p for p in r.products if p != "TOTAL" and len(p) != HEADING_DIGITS
    ),
    "region.foreign": _abroad,  # partners without the world
    "region.countries": lambda r: (r.country, *_abroad(r)),
    "region.country": lambda r: (r.country,),
    "region.province": lambda r: (r.code[:2],),
    "region.chapters": lambda r: tuple(sorted({p[:2] for p in r.products if p != "TOTAL"})),
}
"""What `from: region.…` is of an installation."""


def with_key(request: Request, keyed: Request | None, *, has_key: bool) -> Request:
    """The request that the installation's key allows."""
    return keyed if keyed is not None and has_key else request
