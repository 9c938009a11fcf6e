"""What is wrong with a declaration, in words: place, what was expected, what came, what is near."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from schemas.errors import ConfigurationError
from schemas.model import PARTNER_LANGUAGES
from schemas.nearest import near

Place = tuple[str | int, ...]
SHOWN = 60  # characters of what came
MANY = 20  # mistakes that are shown


@dataclass(frozen=True)
class Mistake:
    """One mistake: its key, and what is wrong there."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{dotted(self.place)}: {self.message}"


def dotted(place: Place) -> str:
    return ".".join(str(part) for part in place) or "declaration"


def came(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def one_of(place: Place, value: str, known: Iterable[str], what: str) -> list[Mistake]:
    """The mistake of a name that is not among those known; `what` says what it should be."""
    names = set(known)
    if value in names:
        return []
    return [Mistake(place, f"{value!r} is not {what}{near(value, names)}")]


PAGES = {
    "partner": "docs/partner-files.md",
    "contract": "docs/partner-files.md",
    "figure": "docs/figures.md",
    "region": "docs/configuration.md",
}


def page_of(code: str) -> str:
    """The page that says how a file of this kind is written."""
    return f"see {PAGES.get(code, 'docs/new-source.md')}"


def refuse(
    mistakes: Sequence[Mistake], path: Path, code: str = "declaration"
) -> ConfigurationError:
    """The error of a file, with all its mistakes."""
    unique = list(dict.fromkeys(str(m) for m in mistakes))
    more = [f"and {len(unique) - MANY} more"] if len(unique) > MANY else []
    return ConfigurationError(
        code, "; ".join(unique[:MANY] + more), where=str(path), hint=page_of(code)
    )


def of_model(error: ValidationError, model: type[BaseModel]) -> list[Mistake]:
    """The mistakes that pydantic found, by the keys that people wrote."""
    found = []
    for e in error.errors(include_url=False):
        place, holders = _placed(model, e["loc"])
        found.append(Mistake(place, _words(dict(e), place, holders)))
    return found


def _words(error: dict[str, Any], place: Place, holders: list[type[BaseModel]]) -> str:
    context, given = error.get("ctx", {}), error.get("input")
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(str(place[-1]), holders)
        case "unexpected_keyword_argument":  # of `Words`, which is no model of pydantic
            return f"is not a key here{near(str(place[-1]), PARTNER_LANGUAGES)}"
        case "missing" | "missing_argument":
            return "is missing"
        case "union_tag_not_found" | "union_tag_invalid" | "literal_error":
            return _not_one_of(error["type"], context, given)
        case "declaration":
            return str(error["msg"])
        case "value_error":
            return str(context["error"])
        case "string_type" if isinstance(given, bool):
            return f"expected a text, YAML reads {str(given).lower()}: write it in quotes"
    words = EXPECTED.get(error["type"])
    if words is None:
        words = str(error["msg"]).replace("Input should be", "expected")
        words = words[0].lower() + words[1:]
    return f"{words.format(**context)}, got {came(given)}"


def _not_one_of(kind: str, context: dict[str, Any], given: object) -> str:
    """A word that is none of those allowed, or the one missing that tells models apart."""
    if kind == "literal_error":
        known = _listed(str(context["expected"]).replace(" or ", ","))
        return f"{came(given)} is not valid{near(str(given), known)}"
    name = str(context["discriminator"]).strip("'")
    name = "kind" if name.endswith("()") else name
    if kind == "union_tag_not_found":
        return f"{name} is missing"
    tag = str(context["tag"])
    return f"{name} {tag!r} is not valid{near(tag, _listed(context['expected_tags']))}"


EXPECTED = {
    "greater_than_equal": "expected {ge} or more",
    "greater_than": "expected more than {gt}",
    "less_than_equal": "expected {le} or less",
    "dict_type": "expected a mapping of keys",
    "model_type": "expected a mapping of keys",
    "model_attributes_type": "expected a mapping of keys",
    "dataclass_type": "expected a mapping of keys",
    "tuple_type": "expected a list",
    "string_type": "expected a text",
    "string_too_short": "expected a text",
    "too_short": "expected at least {min_length}",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "decimal_type": "expected a number",
    "decimal_parsing": "expected a number",
}
"""What pydantic expected, in words of declarations."""


def _listed(text: object) -> list[str]:
    return [part.strip(" '") for part in str(text).split(",")]


def _unknown_key(name: str, holders: list[type[BaseModel]]) -> str:
    """Not a key here: of which of its kin it is one, or what is near."""
    holder = holders[0] if holders else None
    if holder is None:
        return "is not a key here"
    tag = _tag(holder)
    if not tag:
        return f"is not a key here{near(name, _keys(holder))}"
    owners = sorted({_tag(m) for m in _kin(holder) if name in _keys(m)} - {""})
    article = "an" if tag[0] in "aeiou" else "a"
    what = f"is not a key of {article} {tag} {_noun(holder)}"
    return (
        f"{what}: it is one of {', '.join(owners)}"
        if owners
        else (f"{what}{near(name, _keys(holder))}")
    )


def _kin(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models of its union: those below the same base."""
    bases = [b for b in model.__mro__ if b.__name__.lstrip("_").startswith(("Base", "Paging"))]
    return [m for base in bases if base is not BaseModel for m in _below(base)]


def _below(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [m for c in model.__subclasses__() for m in (c, *_below(c))]


def _noun(model: type[BaseModel]) -> str:
    """`reader` of CsvReader, `column` of NumberColumn."""
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in model.__name__).split()
    return words[-1]


def _keys(model: type[BaseModel]) -> set[str]:
    """What people write in a model: its fields by alias."""
    names = (f.alias or n for n, f in model.model_fields.items())
    return {n for n in names if not n.startswith("#")}


def _tag(model: type[BaseModel]) -> str:
    """What tells a model from the others of its union."""
    for name in ("format", "kind"):
        if name in model.model_fields:
            values = get_args(model.model_fields[name].annotation)
            if len(values) == 1:
                return str(values[0])
    return ""


def _placed(model: type[BaseModel], loc: Place) -> tuple[Place, list[type[BaseModel]]]:
    """A place without the tags of unions that pydantic puts into it, and the models that hold
    its last key."""
    place: list[str | int] = []
    holders: list[type[BaseModel]] = []
    now: list[Any] = [model]
    for part in loc:
        inside = [get_args(t) for t in now if get_origin(t) in (dict, tuple)]
        models = [t for t in now if isinstance(t, type) and issubclass(t, BaseModel)]
        tagged = [m for m in models if _tag(m) == part] if len(models) > 1 else []
        if tagged:
            now = list(tagged)
            continue
        place.append(part)
        holders = models
        if inside:  # a key of a mapping, or a place in a list
            now = _options(inside[0][1] if isinstance(part, str) else inside[0][0])
        else:
            fields = [f for m in models for n, f in m.model_fields.items() if part in (n, f.alias)]
            now = [t for f in fields for t in _options(f.annotation)]
    return _without_single(place), holders


def _without_single(place: list[str | int]) -> Place:
    """`columns.rate.0.scale` is `columns.rate.scale` to people; a later one keeps its number."""
    if "columns" in place:
        at = place.index("columns") + 2
        if len(place) > at and place[at] == 0:
            del place[at]
    return tuple(place)


def _options(annotation: Any) -> list[Any]:
    """The types that an annotation allows."""
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [t for part in get_args(annotation) for t in _options(part)]
    return [annotation]
