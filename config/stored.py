"""Declarations that older versions stored: one flat reader and one flat column, every key and its
default written out, and what is refused today accepted.

They say by what rules old figures were read, so they load whatever they hold: keys that meant
nothing there are dropped, and numbers outside today's bounds become the nearest inside.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from config.asking import PagePaging
from config.columns import COLUMNS, kind_of_column
from config.model import Model
from config.reading import READERS
from schemas.catalogue import TABLES
from schemas.model import Table

ROUNDS = 20
BOUNDS = ("ge", "le")
CHOOSING = {"to", "extract", "as", "default", "optional", "values", "since", "unmapped"}


M = TypeVar("M", bound=Model)


def current_form(cls: type[M], raw: dict[str, Any]) -> M:
    """A stored declaration as a source of this version."""
    raw = {"expects": {"others": "keep"}, **_each_part(raw)}  # before 2026-12 all rows were loaded
    for _ in range(ROUNDS):
        try:
            return cls(**raw)
        except ValidationError as error:
            changed = [_inside_bounds(raw, dict(e)) for e in error.errors(include_url=False)]
            if not any(changed):
                raise
    return cls(**raw)


def _each_part(raw: dict[str, Any]) -> dict[str, Any]:
    table = TABLES.get(raw.get("table", ""))

    def part(holder: dict[str, Any]) -> dict[str, Any]:
        found = dict(holder)
        if found.get("reader"):
            found["reader"] = _reader(found["reader"])
        if found.get("columns"):
            found["columns"] = {
                name: [_column(table, spec) for spec in specs]
                for name, specs in found["columns"].items()
            }
        return _requests(found)

    found = part(raw)
    found["datasets"] = {name: part(own) for name, own in raw["datasets"].items()}
    if raw.get("first_request"):
        found["first_request"] = part(raw["first_request"])
    if raw.get("signal"):
        found["signal"] = _requests(raw["signal"])
    return found


def _reader(raw: dict[str, Any]) -> dict[str, Any]:
    return _own_keys(READERS[raw["format"]], raw)


def _column(table: Table | None, raw: dict[str, Any]) -> dict[str, Any]:
    """The keys that had a meaning for a column of its kind."""
    if raw.get("values") is not None or raw.get("since") is not None:
        raw = {k: v for k, v in raw.items() if k in CHOOSING}  # nothing else was used beside them
    found = _own_keys(COLUMNS[kind_of_column(table, raw)], raw)
    for name in ("values", "since"):
        if found.get(name) == {}:
            del found[name]
    if found.get("values") is None:
        found.pop("unmapped", None)
    if not found.get("extract"):
        found.pop("as", None)
    if not found.get("missing"):
        found.pop("ignore_missing", None)
    return found


def _requests(holder: dict[str, Any]) -> dict[str, Any]:
    """A part whose pagings hold the keys of their kind alone."""
    found = dict(holder)
    for name in ("request", "keyed_request"):
        if found.get(name) and found[name].get("paging"):
            found[name] = {**found[name], "paging": _paging(found[name]["paging"])}
    if isinstance(found.get("variables"), dict):
        found["variables"] = {
            name: {**v, "found": _requests(v["found"])} if v.get("found") else v
            for name, v in found["variables"].items()
        }
    return found


def _paging(raw: dict[str, Any]) -> dict[str, Any]:
    kinds = {k.__name__.removesuffix("Paging").lower(): k for k in _pagings()}
    return _own_keys(kinds[raw.get("kind", "page")], raw)


def _pagings() -> list[type[Model]]:
    return list(PagePaging.__bases__[0].__subclasses__())


def _own_keys(model: type[Model], raw: dict[str, Any]) -> dict[str, Any]:
    known = {name for n, f in model.model_fields.items() for name in (n, f.alias) if name}
    return {k: v for k, v in raw.items() if k in known or k == "id_column"}


def _inside_bounds(raw: dict[str, Any], error: dict[str, Any]) -> bool:
    """Bring a number inside the bounds that it breaks; False if that is not what is wrong."""
    limit = next((error["ctx"][n] for n in BOUNDS if n in error.get("ctx", {})), None)
    above = error.get("ctx", {}).get("gt")
    if limit is None and above is None:
        return False
    holder: Any = raw
    *path, last = error["loc"]
    for step in path:
        if isinstance(holder, dict) and step in holder:
            holder = holder[step]
    if not isinstance(holder, dict) or last not in holder:
        return False
    if limit is None:
        del holder[last]  # its default
    else:
        holder[last] = limit
    return True
