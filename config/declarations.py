"""Declarations of partner sources, `config/sources/<code>.yml` and further folders, as sources.

The name of the file is the code of the source; a declaration is the only place to edit. One that
is broken is its own source's failure: the others are there all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config import codelists
from config.checks import Around, mistakes
from config.files import read_yaml
from config.mistakes import Mistake, Place, of_model, refuse
from config.source import Source
from schemas.errors import ConfigurationError
from schemas.nearest import near

BUILT_IN = Path(__file__).parent / "sources"
EXTENDS_DEPTH = 10


@dataclass(frozen=True)
class Declared:
    """Every source that is declared: those that are right, and what is wrong with the others."""

    sources: dict[str, Source] = field(default_factory=dict)
    broken: dict[str, ConfigurationError] = field(default_factory=dict)


def load_all(further: Iterable[Path] = ()) -> Declared:
    """All declarations by code; reference sources first, since others are checked by them."""
    paths = list(declaration_files(further))
    around = _around(paths)
    found: dict[str, Source] = {}
    broken: dict[str, ConfigurationError] = {}
    for path in paths:
        try:
            if path.stem in found:
                raise ConfigurationError(
                    "declaration", f"source {path.stem!r} is declared twice", where=str(path),
                    hint="the other one stands; give this one another name",
                )  # fmt: skip
            found[path.stem] = _built_in(path) if path.parent == BUILT_IN else read(path, around)
        except ConfigurationError as error:
            broken.setdefault(path.stem, error)
    ordered = sorted(
        found.values(), key=lambda s: (s.domain != "reference", not s.is_builtin, s.code)
    )
    return Declared({s.code: s for s in ordered}, broken)


def read(path: Path, around: Around | None = None) -> Source:
    """One declaration; raises ConfigurationError with the place of every mistake."""
    raw = _raw(path)
    if around is None:
        around = _around(sorted({*_files(BUILT_IN), *_files(path.parent)}))
    source, found = _structure(path, raw)
    if source is not None:
        places = {m.place for m in found}
        found += [m for m in mistakes(source, around) if m.place not in places]
    if found or source is None:
        raise refuse(found, path)
    return source


def _structure(path: Path, raw: dict[str, Any]) -> tuple[Source | None, list[Mistake]]:
    """The source, and the mistakes of its structure. Where all of them are keys too many, the
    rest is looked at without those keys, so that one error names everything."""
    found: list[Mistake] = []
    if raw.get("code", path.stem) != path.stem:
        found.append(Mistake(("code",), f"the name of the file is the code: {path.stem}"))
    raw = {**raw, "code": path.stem}
    try:
        return Source(**raw), found
    except ValidationError as error:
        found += of_model(error, Source)
        if any(e["type"] != "extra_forbidden" for e in error.errors(include_url=False)):
            return None, found
    try:
        return Source(**_without(raw, {m.place for m in found})), found
    except ValidationError:
        return None, found


def _without(value: Any, places: set[Place], at: Place = ()) -> Any:
    if isinstance(value, dict):
        return {
            k: _without(v, places, (*at, str(k)))
            for k, v in value.items()
            if (*at, str(k)) not in places
        }
    if isinstance(value, list):
        return [_without(v, places, at if n == 0 else (*at, n)) for n, v in enumerate(value)]
    return value


def extended(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The declaration with what it `extends`: another one beside it, or a built-in one, of which
    it says only what differs. A key with nothing takes the other's away."""
    raw = dict(read_yaml(path))
    raw.pop("anchors", None)
    if "extends" not in raw:
        return raw
    base = raw.pop("extends")
    known = {p.stem for folder in (path.parent, BUILT_IN) for p in _files(folder)} - {path.stem}
    if not isinstance(base, str) or base not in known:
        hint = near(str(base), known)
        raise refuse([Mistake(("extends",), f"{base!r} is not a declaration{hint}")], path)
    below = next(p for f in (path.parent, BUILT_IN) if (p := f / f"{base}.yml").exists())
    if below in seen or len(seen) > EXTENDS_DEPTH:
        raise refuse([Mistake(("extends",), f"{base!r} extends this declaration")], path)
    return merged(extended(below, (*seen, path)), raw)


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A mapping with what another one says differently."""
    found = dict(below)
    for name, value in above.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict) and isinstance(found.get(name), dict):
            found[name] = merged(found[name], value)
        else:
            found[name] = value
    return found


def declaration_files(further: Iterable[Path] = ()) -> Iterator[Path]:
    """Files of all declarations; raises ConfigurationError where a folder is missing."""
    for folder in (BUILT_IN, *further):
        if not folder.is_dir():
            raise ConfigurationError(
                "sources_path", f"no folder {folder}", hint="check PENATARAN_SOURCES_PATH"
            )
        yield from _files(folder)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*.yml") if p.is_file())


@cache
def _built_in(path: Path) -> Source:
    """What comes with the program does not change while it runs, nor does what stands around it."""
    return read(path, _around_built_in())


@cache
def _around_built_in() -> Around:
    return _around(_files(BUILT_IN))


@cache
def _raw_built_in(path: Path) -> dict[str, Any]:
    return extended(path)


def _raw(path: Path) -> dict[str, Any]:
    return _raw_built_in(path) if path.parent == BUILT_IN else extended(path)


def _around(paths: Iterable[Path]) -> Around:
    """What the declarations of some files say to each other; a broken one says nothing."""
    tables: dict[str, str] = {}
    schemes: set[str] = set()
    for path in paths:
        try:
            raw = _raw(path)
        except ConfigurationError:
            continue
        tables.setdefault(path.stem, str(raw.get("table", "")))
        if raw.get("table") == "ref_area":
            schemes.update(_schemes(raw))
    return Around(tables, codelists.schemes() | schemes)


def _schemes(raw: Mapping[str, Any]) -> Iterator[str]:
    datasets = raw.get("datasets")
    parts = [raw, *(datasets.values() if isinstance(datasets, dict) else ())]
    for part in parts:
        constants = part.get("constants") if isinstance(part, dict) else None
        if isinstance(constants, dict) and isinstance(constants.get("scheme"), str):
            yield constants["scheme"]
