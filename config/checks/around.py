"""What stands around a declaration, and walks over its parts with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from config.asking import Request, Variable
from config.codelists import schemes
from config.columns import AnyColumn
from config.mistakes import Place
from config.reading import AskedReader, WorkbookReader
from config.source import Source


@dataclass(frozen=True)
class Around:
    """What other declarations say: the table of each source, and the schemes that they fill."""

    tables: Mapping[str, str] = field(default_factory=dict)
    schemes: frozenset[str] = field(default_factory=schemes)


def readers(source: Source) -> Iterator[tuple[Place, AskedReader]]:
    found = [(("reader",), source.reader)]
    found += [(("datasets", n, "reader"), d.reader) for n, d in source.datasets.items() if d.reader]  # type: ignore[misc]
    if source.first_request:
        found.append((("first_request", "reader"), source.first_request.reader))  # type: ignore[arg-type]
    for place, reader in found:
        if not isinstance(reader, WorkbookReader):
            yield place, reader


def columns(source: Source) -> Iterator[tuple[Place, str, AnyColumn]]:
    """Every column with its place and the name of the source's column."""
    maps = [(("columns",), source.columns)]
    maps += [(("datasets", n, "columns"), d.columns) for n, d in source.datasets.items()]  # type: ignore[misc]
    if source.first_request:
        maps.append((("first_request", "columns"), source.first_request.columns))  # type: ignore[arg-type]
    for place, each in maps:
        for name, specs in each.items():
            for number, column in enumerate(specs):
                yield (*place, name, *([number] if len(specs) > 1 else [])), name, column


def requests(source: Source) -> Iterator[tuple[Place, Request, tuple[str, ...]]]:
    """Every request for data or of a sign of change, and the datasets that use it."""
    every = tuple(source.datasets)
    if source.request:
        own = tuple(n for n in every if source.datasets[n].request is None)
        yield ("request",), source.request, own
    for name in every:
        request = source.datasets[name].request
        if request:
            yield ("datasets", name, "request"), request, (name,)
    if source.keyed_request:
        yield ("keyed_request",), source.keyed_request, every
    if source.first_request:
        yield ("first_request", "request"), source.first_request.request, every
    if source.signal:
        yield ("signal", "request"), source.signal.request, every
        if source.signal.keyed_request:
            yield ("signal", "keyed_request"), source.signal.keyed_request, every


def variables(source: Source) -> Iterator[tuple[Place, str, Variable, tuple[str, ...]]]:
    """Every variable with its place, and the datasets in which it stands."""
    for name, variable in source.variables.items():
        used = tuple(d for d, own in source.datasets.items() if name not in own.variables)
        yield ("variables", name), name, variable, used
    for dataset, own in source.datasets.items():
        for name, variable in own.variables.items():
            yield ("datasets", dataset, "variables", name), name, variable, (dataset,)


def known_variables(source: Source, dataset: str) -> dict[str, Variable]:
    """Variables of a dataset, in the order in which they are looked up."""
    return {**source.variables, **source.datasets[dataset].variables}
