"""Observations of SDMX-JSON 1.0 and 2.0, by series or flat, with codes instead of indexes.

A column with the id of a dimension or attribute has the ids of codes; `ID.name` has their names,
where the message has names: codes change between versions. The value is `OBS_VALUE`, unless the
message has several measures. Attributes of the data set, of groups of dimensions and of series are
repeated in each of their observations, the most specific one where several levels have it. The
message is read whole, because the structure that explains the indexes may be at its end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.reading import SdmxJsonReader
from schemas.errors import DataError
from tasks.read.formats.common import Columns, TextTable
from tasks.read.formats.sdmx import (
    VALUE,
    Row,
    attributes_alone,
    check_action,
    joined,
    unknown_level,
)

MAX_BYTES = 64 << 20
VERSIONS = ("1.0", "2.0", "2.1")
VERSION = re.compile(r"/(\d+\.\d+)[.\d]*/sdmx-json-data-schema")
LEVELS = {
    "dataSet": "dataSet", "dataset": "dataSet", "dimensionGroup": "group", "series": "series",
    "observation": "observation",
}  # fmt: skip
GROUPS = ("dimensionGroupAttributes", "dimensionGroup")
OF_DATASETS = frozenset({
    "structure", "action", "reportingBegin", "reportingEnd", "validFrom", "validTo", "annotations",
    "publicationYear", "publicationPeriod", "attributes", "observations", "series", "links",
    *GROUPS,
})  # fmt: skip
OF_SERIES = frozenset({"attributes", "observations", "annotations", "links"})
NO_RESULTS = "100"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise _Doubled(doubled)
    return found


class _Doubled(ValueError):
    """A name that stands twice in one object."""


def whole_json(path: Path, where: str) -> Any:
    """A whole JSON document of bounded size, its decimal numbers as they are written."""
    if path.stat().st_size > MAX_BYTES:
        raise DataError(
            "json_too_large",
            f"the answer has more than {MAX_BYTES} bytes",
            where=where,
            hint="split the request by one more variable in the declaration",
        )
    try:
        return json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_unique,
        )
    except _Doubled as error:
        raise DataError(
            "key_doubled",
            f"an object has the name {str(error)!r} twice, with one of its values lost",
            where=where,
            hint="report it to the partner; nothing was loaded",
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError("json_malformed", f"not whole JSON: {error}", where=where) from error


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("id", value.get("value", value.get("name", value.get("en"))))
    if isinstance(value, list):
        return ";".join(_text(part) or "" for part in value)
    return None if value is None else str(value)


class _Component:
    """A dimension, measure or attribute: what its indexes stand for, as parts of a row."""

    def __init__(self, raw: Mapping[str, Any], where: str) -> None:
        self.id, self.where = str(raw["id"]), where
        self.values = [self._part(value) for value in raw.get("values") or ()]
        relation = raw.get("relationship")
        of = relation.get("dimensions") if isinstance(relation, dict) else None
        self.dimensions = frozenset(map(str, of)) if of else None
        default = raw.get("default")
        self.default: Row = {} if default is None else self._part(default)

    def _part(self, value: Any) -> Row:
        part = {self.id: _text(value)}
        if isinstance(value, dict) and value.get("name") and value.get("id"):
            part[f"{self.id}.name"] = _text(value["name"])
        return part

    def at(self, index: Any) -> Row:
        """Part of a row by an index, or by the value itself where the structure lists none."""
        if not self.values:
            return {self.id: _text(index)}
        if isinstance(index, list):  # several values of one attribute
            parts = [self.at(one)[self.id] for one in index]
            return {self.id: ";".join(part or "" for part in parts)}
        if type(index) is int and 0 <= index < len(self.values):
            return self.values[index]
        if isinstance(index, str) and not index.isdigit():
            for part in self.values:
                if part[self.id] == index:
                    return part
        raise DataError(
            "key_malformed",
            f"{self.id} has {len(self.values)} values, and {index!r} is the index of none",
            where=self.where,
        )

    def at_key(self, part: str) -> Row:
        """The same for a part of a key: an index, or the value of a dimension that lists none."""
        if not self.values:
            return {self.id: part}
        return self.at(int(part) if part.isdecimal() else None)

    def without_names(self) -> None:
        """For an attribute on two levels: the name of one must not stand beside the other's id."""
        self.values = [{self.id: part[self.id]} for part in self.values]
        self.default = {k: v for k, v in self.default.items() if k == self.id}


def _fill(row: Row, components: list[_Component], indexes: Iterable[Any]) -> None:
    """Add what the indexes stand for; a component without an index is left out."""
    for component, index in zip(components, indexes, strict=False):
        if index is not None:
            row.update(component.at(index))


@dataclass
class _Structure:
    """Components by level."""

    dimensions: dict[str, list[_Component]]
    attributes: dict[str, list[_Component]]
    measures: list[_Component]
    keys: list[_Component]  # all dimensions, in the order of a group's key
    annotated: bool
    where: str

    def values(self, row: Row, level: str, values: Any) -> None:
        """Add the attributes of one level. Raises DataError for more values than attributes."""
        components = self.attributes[level]
        if not isinstance(values, list) or (len(values) > len(components) and not self.annotated):
            raise DataError(
                "key_malformed",
                f"expected {len(components)} attributes of the {level}, received {values!r}"[:300],
                where=self.where,
            )
        _fill(row, components, values)


def _levels(raw: Any, where: str) -> dict[str, list[_Component]]:
    """Components by level. Raises DataError for a level that the reader does not know."""
    found: dict[str, list[_Component]] = {level: [] for level in LEVELS.values()}
    for name, components in (raw or {}).items():
        if not isinstance(components, list) or not components:
            continue
        if name not in LEVELS or found[LEVELS[name]]:
            raise unknown_level(name, where)
        found[LEVELS[name]] = [_Component(c, where) for c in components]
    return found


def _structure(raw: Any, where: str) -> _Structure:
    dimensions = _levels(raw["dimensions"], where)
    attributes = _levels(raw.get("attributes"), where)
    if dimensions["group"] or any(len(c.values) != 1 for c in dimensions["dataSet"]):
        raise unknown_level("dimensions of a data set with several values", where)
    measures = _levels(raw.get("measures"), where)["observation"]
    listed = [c for of in raw["dimensions"].values() if isinstance(of, list) for c in of]
    positions = {str(c["id"]): c.get("keyPosition") for c in listed}
    keys = [c for level in ("dataSet", "series", "observation") for c in dimensions[level]]
    if all(type(p) is int for p in positions.values()):
        keys.sort(key=lambda c: int(positions[c.id]))
    if raw.get("measures") is None:  # an empty one says that there are only attributes
        measures = [_Component({"id": VALUE}, where)]
    elif len(measures) == 1:
        measures[0].values = [{VALUE: part[measures[0].id]} for part in measures[0].values]
        measures[0].id = VALUE
    everywhere = [c for level in attributes.values() for c in level]
    for component in everywhere:
        if sum(c.id == component.id for c in everywhere) > 1:
            component.without_names()
    return _Structure(dimensions, attributes, measures, keys, bool(raw.get("annotations")), where)


@dataclass
class _Groups:
    """Attributes of groups of dimensions, by the ids and the indexes of these dimensions."""

    where: str
    by_key: dict[tuple[str, ...], dict[tuple[str, ...], Row]] = field(default_factory=dict)

    def add(self, dimensions: tuple[str, ...], indexes: tuple[str, ...], row: Row) -> None:
        joined(self.by_key.setdefault(dimensions, {}).setdefault(indexes, {}), row, self.where)

    def of(self, place: Mapping[str, str]) -> Row:
        """What the groups say of a place: the indexes of its dimensions."""
        found: Row = {}
        for dimensions, rows in self.by_key.items():
            row = rows.get(tuple(map(place.get, dimensions)))  # type: ignore[arg-type]
            if row:
                joined(found, row, self.where)
        return found


def _groups(dataset: Mapping[str, Any], structure: _Structure, where: str) -> list[_Groups]:
    """Groups that reach whole series, and those that reach single observations."""
    wide, narrow = _Groups(where), _Groups(where)
    single = {c.id for c in structure.dimensions["observation"]}
    for key, values in (dataset.get(GROUPS[0]) or dataset.get(GROUPS[1]) or {}).items():
        parts = _group_key(key, structure, where)
        named = {c.id: p for c, p in zip(structure.keys, parts, strict=True) if p}
        row: Row = {}
        structure.values(row, "group", values)
        _check_relation(row, named, structure, where)
        for component in structure.keys:
            if component.id in named:
                component.at_key(named[component.id])  # an index of nothing is refused
        (narrow if single & named.keys() else wide).add(tuple(named), tuple(named.values()), row)
    return [wide, narrow]


def _group_key(key: str, structure: _Structure, where: str) -> list[str]:
    """Parts of a group's key, one for each dimension; empty ones at its end may be too many, and
    those of the observation may be absent."""
    parts = key.split(":")
    dimensions, few = structure.keys, len(structure.keys) - len(structure.dimensions["observation"])
    while len(parts) > len(dimensions) and not parts[-1]:
        parts.pop()
    if len(parts) == few and dimensions[few:] == structure.dimensions["observation"]:
        parts += [""] * (len(dimensions) - few)
    if len(parts) != len(dimensions) or not any(parts):
        raise _wrong_key(key, len(parts), len(dimensions), where)
    return parts


def _check_relation(row: Row, named: Mapping[str, str], structure: _Structure, where: str) -> None:
    """The structure says which dimensions an attribute depends on: the key must name the same."""
    for component in structure.attributes["group"]:
        given = row.get(component.id) is not None
        if given and component.dimensions and component.dimensions != named.keys():
            raise DataError(
                "key_malformed",
                f"{component.id} depends on {', '.join(sorted(component.dimensions))}, but its "
                f"group's key has {', '.join(sorted(named))}",
                where=where,
            )


def _wrong_key(key: str, parts: int, dimensions: int, where: str) -> DataError:
    return DataError(
        "key_malformed",
        f"key {key!r} has {parts} parts, but the structure has {dimensions} dimensions",
        where=where,
    )


def _keyed(key: str, dimensions: list[_Component], where: str) -> Iterator[tuple[_Component, str]]:
    parts = key.split(":") if key else []
    if len(parts) != len(dimensions):
        raise _wrong_key(key, len(parts), len(dimensions), where)
    return zip(dimensions, parts, strict=True)


class _DataSet:
    """One data set of a message, with what holds for all of its observations."""

    def __init__(self, raw: Mapping[str, Any], structure: _Structure, where: str) -> None:
        for name, value in raw.items():
            if name not in OF_DATASETS and isinstance(value, dict | list) and value:
                raise unknown_level(name, where)
        self.is_merged = check_action(raw.get("action"), where)
        self.structure, self.where = structure, where
        self.wide, self.narrow = _groups(raw, structure, where)
        self.whole: Row = {}
        for level in LEVELS.values():
            for component in structure.attributes[level]:
                self.whole |= component.default
        for component in structure.dimensions["dataSet"]:
            self.whole |= component.at(0)
        self._own_attributes(raw.get("attributes"))
        self.place = {c.id: "0" for c in structure.dimensions["dataSet"]}
        if raw.get("series") and raw.get("observations"):
            raise unknown_level("observations beside series", where)
        self.by_series = bool(raw.get("series"))
        self.seen: dict[str, Row] = {}
        flat = {"": {"observations": raw.get("observations") or {}}}
        self.series: Mapping[str, Any] = raw.get("series") or flat

    def _own_attributes(self, values: Any) -> None:
        if values:
            self.structure.values(self.whole, "dataSet", values)
            return
        for component in self.structure.attributes["dataSet"]:
            # If the structure lists one value, it holds for the whole data set (UNIT and POWERCODE
            # of OECD.Stat, which gives no attributes there).
            if len(component.values) == 1:
                self.whole |= component.at(0)

    def rows(self) -> Iterator[Row]:
        dimensions = self.structure.dimensions["series"] if self.by_series else []
        for key, one in self.series.items():
            if any(isinstance(one[n], dict) and one[n] for n in one.keys() - OF_SERIES):
                raise unknown_level(", ".join(sorted(one.keys() - OF_SERIES)), self.where)
            place, common = dict(self.place), dict(self.whole)
            for component, part in _keyed(key, dimensions, self.where):
                common |= component.at_key(part)
                place[component.id] = part
            own = self.wide.of(place)
            self.structure.values(own, "series", one.get("attributes") or [])
            yield from self._observations(one.get("observations") or {}, {**common, **own}, place)

    def _observations(
        self, observations: Mapping[str, Any], common: Row, place: dict[str, str]
    ) -> Iterator[Row]:
        measures = self.structure.measures
        attributes = self.structure.attributes["observation"]
        count = len(measures)
        limit = float("inf") if self.structure.annotated else count + len(attributes)
        is_plain = count == 1 and not measures[0].values
        for key, values in observations.items():
            if not isinstance(values, list) or len(values) > limit:
                raise DataError(
                    "key_malformed",
                    f"observation {key!r} has no list of at most {limit} values",
                    where=self.where,
                )
            row = {**common, **self._at(key)}
            if self.narrow.by_key:
                self._add_narrow(row, key, place)
            if is_plain:
                row[VALUE] = _text(values[0]) if values else None
            else:
                row |= dict.fromkeys((c.id for c in measures), None)
                _fill(row, measures, values[:count])
            if self.is_merged and not any(v is not None for v in values[:count]):
                raise attributes_alone(self.where)
            if len(values) > count:
                _fill(row, attributes, values[count:])
            yield row

    def _at(self, key: str) -> Row:
        """What the key of an observation stands for. Series share their keys."""
        found = self.seen.get(key)
        if found is None:
            dimensions = self.structure.dimensions["observation"]
            found = {}
            for component, part in _keyed(key, dimensions, self.where):
                found |= component.at_key(part)
            if self.by_series:
                self.seen[key] = found
        return found

    def _add_narrow(self, row: Row, key: str, place: dict[str, str]) -> None:
        """Add what groups say of single observations: over the data set, and beside series."""
        dimensions = self.structure.dimensions["observation"]
        here = dict(zip((c.id for c in dimensions), key.split(":"), strict=True))
        for name, value in self.narrow.of({**place, **here}).items():
            if row.get(name) not in (None, value, self.whole.get(name)):
                joined({name: row[name]}, {name: value}, self.where)
            row[name] = value


def _check_version(message: Any, where: str) -> None:
    """Raises DataError for a version that the message names and the reader does not know."""
    meta = (message.get("meta") or message.get("header")) if isinstance(message, dict) else None
    named = VERSION.search(str(meta.get("schema"))) if isinstance(meta, dict) else None
    if named and named[1] not in VERSIONS:
        raise DataError(
            "unknown_message",
            f"expected SDMX-JSON {', '.join(VERSIONS)}, received {named[1]}",
            where=where,
            hint="ask the partner for one of these: an Accept header or a format= parameter",
        )


def _rows(message: Any, table: TextTable, where: str) -> Iterator[Row]:
    body = message.get("data", message) if isinstance(message, dict) else {}
    raws = body.get("structures") or [body.get("structure")] if isinstance(body, dict) else [None]
    if not raws[0] or not body.get("dataSets"):
        raise DataError(
            "records_missing", "the message has no dataSets with a structure", where=where
        )
    try:
        structures = [_structure(raw, where) for raw in raws]
        for structure in structures:
            for level in LEVELS.values():
                table.listed |= {c.id for c in structure.attributes[level]}
        for raw in body["dataSets"]:
            if not raw:
                raise DataError("records_missing", "a data set says nothing at all", where=where)
            yield from _DataSet(raw, structures[int(raw.get("structure") or 0)], where).rows()
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            "records_malformed",
            f"the message is not built like SDMX-JSON: {type(error).__name__}: {error}"[:300],
            where=where,
            hint="the partner changed its format; nothing was loaded",
        ) from error


def _says_no_results(errors: Any) -> bool:
    """SDMX has a code of its own for an answer without data."""
    return isinstance(errors, list) and all(
        isinstance(e, dict) and str(e.get("code")) == NO_RESULTS for e in errors
    )


def convert(path: Path, out: Path, reader: SdmxJsonReader, where: str) -> Columns:
    """Observations as text. Raises DataError for errors of the message, or a broken key."""
    message = whole_json(path, where)
    errors = message.get("errors") if isinstance(message, dict) else None
    table = TextTable(out, where)
    if errors and not _says_no_results(errors):
        raise DataError("provider_error", f"the partner answered: {errors}"[:400], where=where)
    if not errors:
        _check_version(message, where)
        for row in _rows(message, table, where):
            table.add(row)
    return table.close()
