"""Observations of SDMX-ML 2.0, 2.1 and 3.0: generic and structure-specific (2.0: compact), flat, by
series or by section.

Columns are the ids of the concepts; the value is `OBS_VALUE`. Attributes of the data set, of groups
and of series are repeated in each of their observations, the most specific one where several levels
have it. What the reader does not know (a message, an element, an action) is refused by name. A
footer or an error message is the provider's error, although the status was 200 (Eurostat).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.reading import SdmxMlReader
from schemas.errors import DataError
from tasks.read.formats.common import Columns, TextTable
from tasks.read.formats.sdmx import (
    REPORTING_YEAR,
    VALUE,
    Row,
    attributes_alone,
    check_action,
    check_year,
    joined,
    unknown_level,
)
from tasks.read.formats.xml_rows import parse

MESSAGES = frozenset({
    "CompactData", "GenericData", "GenericTimeSeriesData", "StructureSpecificData",
    "StructureSpecificTimeSeriesData",
})  # fmt: skip
VERSIONS = ("2_0", "2_1", "3_0", "3_1")
VERSION = re.compile(r"/sdmxml/schemas/v(\w+)/message$", re.IGNORECASE)
# Attributes of a data set that SDMX itself has; concepts have no prefix either.
OF_DATASETS = frozenset({
    "structureRef", "dataScope", "setID", "validFromDate", "validToDate", "publicationYear",
    "publicationPeriod", "reportingBeginDate", "reportingEndDate", "keyFamilyURI", "datasetID",
    "dataProviderSchemeAgencyId", "dataProviderSchemeId", "dataProviderID", "dataflowAgencyID",
    "dataflowID",
})  # fmt: skip
SKIPPED = frozenset({"Annotations", "DataProvider", "KeyFamilyRef"})
# Attributes of the values' form that series carry too: never the key of a group.
NEVER_KEYS = frozenset({"UNIT_MULT", "DECIMALS", "OBS_STATUS", "CONF_STATUS", "OBS_CONF", VALUE})
TIME = "TIME_PERIOD"
NO_RESULTS = "100"
ERROR_CODES = ("110", "130", "140", "150")  # of SDMX itself; those of HTTP begin with 4 or 5
MAX_PASSES = 4


@dataclass
class _Group:
    """What a group says. Structure-specific messages mix its key with it: `key` is None."""

    key: Row | None
    attributes: Row
    is_used: bool = False


@dataclass
class _Groups:
    """The groups of one data set, by the dimensions of their keys.

    A structure-specific message does not say which attributes of a group are its key. Dimensions
    stand in every series: what one series lacks is none. A name that turns out to be none after
    series were joined by it needs another pass (`is_stale`), in which that is known.
    """

    where: str
    all: list[_Group] = field(default_factory=list)
    dimensions: frozenset[str] | None = None
    is_stale: bool = False
    joins: int = 0
    by_key: dict[tuple[str, ...], dict[tuple[str | None, ...], list[_Group]]] | None = None

    def add(self, group: _Group) -> None:
        self.all.append(group)
        self.by_key = None
        self.is_stale = self.is_stale or self.joins > 0

    def of(self, place: Mapping[str, str | None]) -> Row:
        """What the groups say of a series, or of an observation that is in none."""
        names = place.keys() - NEVER_KEYS
        if self.dimensions is None or not self.dimensions <= names:
            self._narrow(names if self.dimensions is None else self.dimensions & names)
        if self.by_key is None:
            self._sort()
        self.joins += 1
        found: Row = {}
        for key, groups in (self.by_key or {}).items():
            for group in groups.get(tuple(map(place.get, key)), ()):
                group.is_used = True
                joined(found, group.attributes, self.where)
        return found

    def _narrow(self, names: frozenset[str] | set[str]) -> None:
        lost = (self.dimensions or frozenset()) - names
        self.dimensions = frozenset(names)
        if any(group.key is None and lost & group.attributes.keys() for group in self.all):
            self.by_key = None
            self.is_stale = self.is_stale or self.joins > 0

    def _sort(self) -> None:
        self.by_key = {}
        for group in self.all:
            key = self.key_of(group)
            values = tuple(key.values())
            self.by_key.setdefault(tuple(key), {}).setdefault(values, []).append(group)

    def key_of(self, group: _Group) -> Row:
        known = self.dimensions or frozenset()
        key = group.key
        if key is None:
            key = {k: v for k, v in group.attributes.items() if k in known}
        if not key:
            raise self._lost(group)
        return dict(sorted(key.items()))

    def check_used(self) -> None:
        """Raises DataError for a group that is of no series: its key may have been misread."""
        for group in self.all if self.joins else ():
            if not group.is_used:
                raise self._lost(group)

    def _lost(self, group: _Group) -> DataError:
        names = {**(group.key or {}), **group.attributes}
        words = " ".join(f"{k}={v}" for k, v in names.items())[:200]
        return DataError(
            "group_unattached",
            f"no series of the message belongs to the group {words}",
            where=self.where,
            hint="what it says may be the unit of values; ask for a generic message instead",
        )


class _Observations:
    """Handlers. `common` is what an observation inherits from where it stands."""

    def __init__(self, table: TextTable, known: list[_Groups], where: str) -> None:
        self.table, self.where = table, where
        self.known = known  # groups of the data sets, from an earlier pass
        self.sets: list[_Groups] = []
        self.groups = _Groups(where)
        self.is_known = False
        self.root = ""
        self.at_observation: dict[str, str] = {}  # structure: its dimension there
        self.time = TIME
        self.plain: set[str] = set()  # names of concepts that were looked at
        self.skipped = 0
        self.dataset: Row = {}
        self.common: Row = {}
        self.obs: Row | None = None
        self.key: Row | None = None
        self.group: _Group | None = None
        self.in_series = self.is_merged = False
        self.texts: list[str] | None = None
        self.footer: dict[str, str] | None = None
        self.outside: dict[str, Callable[[dict[str, str]], None]] = {
            "DataSet": self._dataset, "Message": self._message, "ErrorMessage": self._message,
            "Structure": self._structure, "DataSetAction": self._read_text,
        }  # fmt: skip
        self.inside: dict[str, Callable[[dict[str, str]], None]] = {
            "Obs": self._obs, "Series": self._series, "Section": self._series,
            "Group": self._group, "Atts": self._group, "Value": self._value,
            "SeriesKey": self._key, "GroupKey": self._key, "ObsKey": self._key,
            "Attributes": self._nothing, "ObsDimension": self._obs_dimension,
            "ObsValue": self._obs_value, "Time": self._read_text,
        }  # fmt: skip
        self.starts = self.outside
        self.ends: dict[str, Callable[[], None]] = {
            "Obs": self._end_obs, "Series": self._end_series, "Section": self._end_series,
            "Group": self._end_group, "Atts": self._end_group, "DataSet": self._end_dataset,
            "SeriesKey": self._end_series_key, "GroupKey": self._end_group_key,
            "ObsKey": self._end_obs_key, "Time": self._end_time,
            "DataSetAction": self._end_action,
        }  # fmt: skip

    # Elements, as the parser meets them.

    def start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self.starts.get(name)
        if self.skipped:
            self.skipped += 1
        elif handler is not None:
            handler(attributes)
        elif not self.root:
            self._root(name, attributes)
        elif self.starts is self.inside:
            self._other(name, attributes)

    def end(self, name: str) -> None:
        if self.skipped:
            self.skipped -= 1
        elif (handler := self.ends.get(name)) is not None:
            handler()
        elif self.group is not None and name not in self.inside:
            self._end_group()

    def text(self, data: str) -> None:
        if self.texts is not None:
            self.texts.append(data)
        elif self.footer is not None:
            self.footer["text"] += data

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        self.root = name
        versions = {m[1] for v in attributes.values() if (m := VERSION.search(v))}
        if versions - set(VERSIONS):
            raise self._unknown_message(f"version {min(versions - set(VERSIONS))}")

    def _unknown_message(self, what: str) -> DataError:
        return DataError(
            "unknown_message",
            f"expected data of SDMX-ML 2.0, 2.1 or 3.0 ({', '.join(sorted(MESSAGES))}), "
            f"received {what}",
            where=self.where,
            hint="ask the partner for one of these: an Accept header or a format= parameter",
        )

    def _other(self, name: str, attributes: dict[str, str]) -> None:
        """An element with a name of its own: a group of SDMX 2.0, or what nobody knows."""
        if name in SKIPPED:
            self.skipped = 1
        elif self.root == "CompactData" and self.group is None and not self.in_series:
            self._group(attributes)
        else:
            raise unknown_level(name, self.where)

    # Outside of data sets: the header, and what replaces data.

    def _structure(self, attributes: dict[str, str]) -> None:
        dimension = attributes.get("dimensionAtObservation", TIME)
        self.at_observation[attributes.get("structureID", "")] = dimension

    def _message(self, attributes: dict[str, str]) -> None:
        if attributes.get("code"):
            self.footer = {"code": attributes["code"], "text": ""}

    def _read_text(self, attributes: dict[str, str]) -> None:
        self.texts = []

    def _taken(self) -> str:
        text, self.texts = "".join(self.texts or ()).strip(), None
        return text

    def _end_action(self) -> None:
        self.is_merged = check_action(self._taken() or None, self.where)

    # Data sets and groups.

    def _dataset(self, attributes: dict[str, str]) -> None:
        if self.root not in MESSAGES:
            raise self._unknown_message(self.root)
        own = {k: v for k, v in attributes.items() if k not in OF_DATASETS}
        self.dataset = {**self._concepts(own)}
        self.common = self.dataset
        self.starts = self.inside
        structure = next((v for k, v in attributes.items() if k.endswith("structureRef")), "")
        dimensions = self.at_observation
        self.time = dimensions.get(structure) or next(iter(dimensions.values()), TIME)
        number = len(self.sets)
        self.is_known = number < len(self.known)
        self.groups = self.known[number] if self.is_known else _Groups(self.where)
        self.sets.append(self.groups)

    def _end_dataset(self) -> None:
        self.starts = self.outside
        self.table.listed |= self.dataset.keys()

    def _concepts(self, attributes: dict[str, str]) -> dict[str, str]:
        """The attributes of an element that are concepts: those without a prefix."""
        if attributes.keys() <= self.plain:
            return attributes
        own = {}
        for name, value in attributes.items():
            if name in self.plain or self._is_concept(name, value):
                own[name] = value
        return own

    def _is_concept(self, name: str, value: str) -> bool:
        prefix, _, local = name.rpartition(":")
        if local == "action":
            self.is_merged = check_action(value, self.where)
        elif local == REPORTING_YEAR:
            check_year(value, self.where)
        elif prefix:
            self.table.listed.add(local)
        elif name not in ("type", "xmlns"):
            self.plain.add(name)
            return True
        return False

    def _group(self, attributes: dict[str, str]) -> None:
        own: Row = {**self._concepts(attributes)}
        if self.time in own and self.time != "AllDimensions":
            raise unknown_level(f"group of single observations ({self.time})", self.where)
        self.group = _Group(None, own)
        if own:
            self._keep_group()

    def _keep_group(self) -> None:
        """Groups of an earlier pass are known already."""
        group = self.group
        if group is None or self.is_known or not group.attributes:
            return
        self.table.listed |= group.attributes.keys()
        if not (self.groups.all and self.groups.all[-1] is group):
            self.groups.add(group)

    def _end_group(self) -> None:
        self._keep_group()
        self.group = None

    # Series and observations.

    def _series(self, attributes: dict[str, str]) -> None:
        self._keep_group()  # SDMX 2.0: series inside of their group
        self.in_series = True
        self.common = {**self.dataset}
        own = self._concepts(attributes)
        if own:
            self._join(own)
            self.common |= {k: v for k, v in own.items() if v or k not in self.common}
            self.table.listed |= own.keys()

    def _join(self, place: Mapping[str, str | None]) -> None:
        self.common = {**self.dataset, **self.groups.of(place)}

    def _end_series(self) -> None:
        self.in_series = False
        self.table.listed |= self.common.keys()
        self.common = self.dataset

    def _obs(self, attributes: dict[str, str]) -> None:
        own = attributes if attributes.keys() <= self.plain else self._concepts(attributes)
        if own and not self.in_series and self.groups.all:
            self._join(own)
        self.obs = {**self.common, **own}

    def _end_obs(self) -> None:
        if self.obs is not None:
            if self.is_merged and not self.obs.get(VALUE):
                raise attributes_alone(self.where)
            self.table.add(self.obs)
        self.obs = None

    # Generic messages: keys, attributes and values have elements of their own.

    def _key(self, attributes: dict[str, str]) -> None:
        self.key = {}

    def _end_series_key(self) -> None:
        key, self.key = self.key or {}, None
        self._join(key)
        self.common |= key

    def _end_group_key(self) -> None:
        key, self.key = self.key, None
        if self.group is not None:
            self.group.key = key

    def _end_obs_key(self) -> None:
        key, self.key = self.key or {}, None
        if self.groups.all:
            self._join(key)
        if self.obs is not None:
            self.obs = {**self.common, **self.obs, **key}

    def _nothing(self, attributes: dict[str, str]) -> None:
        """What holds values and says nothing itself."""

    def _value(self, attributes: dict[str, str]) -> None:
        concept = attributes.get("id") or attributes.get("concept")  # of 2.1, of 2.0
        if not concept:
            raise unknown_level("Value without id", self.where)
        value = attributes.get("value")
        if concept == REPORTING_YEAR:
            check_year(value, self.where)
        elif value is None:
            self._holder().setdefault(concept, None)
        else:
            self._holder()[concept] = value

    def _holder(self) -> Row:
        """What a value belongs to: the innermost of what is open."""
        if self.key is not None:
            return self.key
        if self.obs is not None:
            return self.obs
        if self.in_series:
            return self.common
        if self.group is not None:
            return self.group.attributes
        return self.dataset

    def _obs_dimension(self, attributes: dict[str, str]) -> None:
        if self.obs is not None:
            self.obs[attributes.get("id", self.time)] = attributes.get("value")

    def _end_time(self) -> None:
        if self.obs is not None:
            self.obs[TIME] = self._taken()

    def _obs_value(self, attributes: dict[str, str]) -> None:
        if self.obs is not None and "value" in attributes:
            self.obs[VALUE] = attributes["value"]


def _check_footer(found: _Observations, where: str) -> None:
    code = (found.footer or {}).get("code", "")
    if found.footer and (code[:1] in "45" or code in ERROR_CODES):
        words = " ".join(found.footer["text"].split())[:300]
        raise DataError(
            "provider_error",
            f"the partner answered: {code} {words}",
            where=where,
            hint="the query may be too large, or its answer follows later at another address",
        )
    if not found.sets and code != NO_RESULTS:
        raise DataError("records_missing", "the message has no DataSet", where=where)


def convert(path: Path, out: Path, reader: SdmxMlReader, where: str) -> Columns:
    """Observations as text. Raises DataError for a footer's error, or if there is no data set."""
    known: list[_Groups] = []
    for _ in range(MAX_PASSES):
        table = TextTable(out, where)
        found = _Observations(table, known, where)
        parse(path, where, found.start, found.end, found.text)
        if not any(groups.is_stale for groups in found.sets):
            break
        # Dimensions are known now: of each data set, what all its series have.
        known = [
            _Groups(where, [_Group(g.key, g.attributes) for g in s.all], s.dimensions)
            for s in found.sets
        ]
    _check_footer(found, where)
    for groups in found.sets:
        groups.check_used()
    return table.close()
