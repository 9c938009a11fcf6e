"""Checks of what a partner is asked: hosts, variables and where their values come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from config import codelists
from config.asking import FIXED, PLACEHOLDER, Request, Variable
from config.checks import around as walk
from config.checks.around import Around, known_variables
from config.checks.publishing import is_url
from config.mistakes import Mistake, Place, one_of
from config.reading import JsonReader
from config.source import Source
from schemas.nearest import near

PART = re.compile(r"\{([^{}]+)\}")
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
AREAS = {
    "region.partners", "region.foreign", "region.areas", "region.countries", "region.country",
    "region.markets", "region.economies",
}  # fmt: skip


def _every_request(source: Source) -> Iterator[tuple[Place, Request]]:
    for place, request, _ in walk.requests(source):
        yield place, request
    for place, _, variable, _ in walk.variables(source):
        if variable.found:
            yield (*place, "found", "request"), variable.found.request


def hosts(source: Source, _around: Around) -> Iterator[Mistake]:
    """Base addresses that are addresses, and requests of those alone."""
    for name, url in source.hosts.items():
        if not is_url(url):
            yield Mistake(("hosts", name), f"{url!r} is not a valid base address (https://…)")
        elif urlsplit(url).query or urlsplit(url).fragment or urlsplit(url).username:
            yield Mistake(("hosts", name), f"{url!r} holds more than scheme, host and path")
    for place, request in _every_request(source):
        if request.host not in source.hosts:
            missing = near(request.host, source.hosts) or ": add it to hosts"
            yield Mistake((*place, "host"), f"{request.host!r} is not among hosts{missing}")
        if not request.path.startswith("/"):
            yield Mistake((*place, "path"), f"{request.path!r} is not a path: it begins with /")
        for header, text in request.headers.items():
            if not TOKEN.fullmatch(header) or not text.isprintable():
                yield Mistake((*place, "headers", header), "is not a valid header")


def unasked(source: Source, _around: Around) -> Iterator[Mistake]:
    """What a built-in list and a source without a key have no use for."""
    if source.is_builtin:
        for name in ("key", "keyed_request", "first_request", "signal", "hosts", "variables"):
            if getattr(source, name):
                yield Mistake((name,), "is not used: a built-in list asks nobody")
    elif source.key is None:
        if source.keyed_request:
            yield Mistake(("keyed_request",), "is never used: the source has no key")
        if source.signal and source.signal.keyed_request:
            yield Mistake(("signal", "keyed_request"), "is never used: the source has no key")


def variables(source: Source, _around: Around) -> Iterator[Mistake]:
    """Lists with values, whose names are names, from what the slices have."""
    for place, name, variable, datasets in walk.variables(source):
        if not re.fullmatch(r"[a-z_][a-z_.]*", name):
            yield Mistake(place, f"{name!r} is not a valid name: lower case letters and _")
        elif name in FIXED:
            yield Mistake(place, f"{{{name}}} has a value in every slice already")
        if variable.values is not None and not all(variable.values):
            yield Mistake((*place, "values"), "holds an empty value")
        if variable.values == ():
            yield Mistake((*place, "values"), "is empty: nothing would be asked")
        used = {d for d in datasets if _uses(source, d, name)}
        bad = [d for d in sorted(used) if source.datasets[d].frequency not in ("A", "M")]
        if variable.origin == "periods" and bad:
            yield Mistake(
                (*place, "from"),
                f"only years and months can be listed, and {bad[0]} has another frequency: use "
                "{since} and {until}",
            )


def _uses(source: Source, dataset: str, name: str) -> bool:
    return any(
        name in names
        for _, request, datasets in walk.requests(source)
        if dataset in datasets
        for _, names in _named(request)
    )


def _named(request: Request) -> Iterator[tuple[Place, set[str]]]:
    """Places of a request's texts, and the variables that each names."""
    yield ("path",), set(PLACEHOLDER.findall(request.path))
    for name, text in request.params.items():
        yield ("params", name), set(PLACEHOLDER.findall(text))


def placeholders(source: Source, _around: Around) -> Iterator[Mistake]:
    """Every `{variable}` is one that the slice or the declaration has."""
    for place, request, datasets in walk.requests(source):
        may_be_new = place[0] not in ("signal", "first_request")
        for dataset in datasets:
            known = known_variables(source, dataset)
            yield from _placeholders(place, request, known, dataset, may_be_new=may_be_new)


def _placeholders(
    place: Place,
    request: Request,
    known: Mapping[str, Variable],
    dataset: str,
    *,
    may_be_new: bool,
) -> Iterator[Mistake]:
    for at, names in _named(request):
        for name in sorted(names - FIXED - set(known)):
            hint = near(name, FIXED | set(known))
            yield Mistake((*place, *at), f"{{{name}}} is not a variable of {dataset}{hint}")
        if "updated_after" in names and (at == ("path",) or not may_be_new):
            yield Mistake(
                (*place, *at),
                "{updated_after} is not known at a first load: it goes into a parameter of "
                "request or keyed_request",
            )
    asks_new = any("updated_after" in names for _, names in _named(request))
    in_path = set(PLACEHOLDER.findall(request.path)) & {"since", "until"}
    if asks_new and in_path:
        yield Mistake(
            (*place, "path"),
            f"{{{min(in_path)}}} has no value where {{updated_after}} has one: put it into params",
        )
    for header, text in request.headers.items():
        for name in PLACEHOLDER.findall(text):
            yield Mistake(
                (*place, "headers", header), f"{{{name}}} is sent as written: variables go into "
                "path and params",
            )  # fmt: skip


def found_lists(source: Source, _around: Around) -> Iterator[Mistake]:
    """What a partner lists is asked for by what is known before, and read in one way."""
    for place, name, variable, datasets in walk.variables(source):
        found = variable.found
        if found is None:
            continue
        at = (*place, "found")
        for dataset in datasets:
            order = list(known_variables(source, dataset).items())
            before = dict(order[: [n for n, _ in order].index(name)])
            ready = before | {n: v for n, v in order if v.found is None}
            yield from _placeholders(
                (*at, "request"), found.request, ready, dataset, may_be_new=False
            )
        if found.pattern:
            for key in ("records", "match", "where", "stamp", "none"):
                if getattr(found, key):
                    yield Mistake((*at, key), "is of JSON lists: pattern finds its values in text")
        if found.value and not PART.search(found.value):
            yield Mistake((*at, "value"), "names no {field}: every record would give the same")


def schemes(source: Source, around: Around) -> Iterator[Mistake]:
    """Schemes that some list of areas fills, for variables that hold areas."""
    for place, _, variable, _ in walk.variables(source):
        if variable.scheme is None:
            continue
        yield from one_of((*place, "scheme"), variable.scheme, around.schemes, "a scheme of codes")
        if variable.found is not None or (
            variable.origin is not None and variable.origin not in AREAS
        ):
            yield Mistake(
                (*place, "scheme"),
                "turns ISO codes of areas into the partner's: these values are none",
            )
        for value in variable.values or ():
            yield from one_of(
                (*place, "values"), value, codelists.areas(), "an ISO code of an area"
            )


def paged(source: Source, _around: Around) -> Iterator[Mistake]:
    """Pages and caps of answers in which they can be seen: JSON, and a cap by its count."""
    for place, request, datasets in walk.requests(source):
        if place[0] == "signal":
            yield from _never(place, request, "a signal is one answer")
            continue
        first = source.first_request.reader if source.first_request else None
        for dataset in datasets:
            reader = first if place[0] == "first_request" else source.part(dataset).reader
            if request.paging and not isinstance(reader, JsonReader):
                yield Mistake(
                    (*place, "paging"),
                    "only JSON answers say where they go on: of others the first page alone would "
                    "be read",
                )
            if request.cap_rows and not (isinstance(reader, JsonReader) and reader.count):
                yield Mistake(
                    (*place, "cap_rows"), "needs reader.count, which says how many rows came"
                )
    for place, _, variable, _ in walk.variables(source):
        found = variable.found
        if found and found.request.paging and found.pattern:
            yield Mistake(
                (*place, "found", "request", "paging"), "only JSON answers say where they go on"
            )


def _never(place: Place, request: Request, why: str) -> Iterator[Mistake]:
    for key in ("paging", "cap_rows"):
        if getattr(request, key):
            yield Mistake((*place, key), f"is not used: {why}")
