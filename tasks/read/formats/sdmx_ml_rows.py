"""Observations of SDMX-ML 2.1: generic and structure-specific, flat, by series or by section.

Columns are the ids of the concepts; the value is `OBS_VALUE`. Attributes of the data set, of groups
and of series are repeated in each of their observations. A footer message (large query, error) with
code 4xx or 5xx is the provider's error, although the status was 200 (Eurostat).
"""

from __future__ import annotations

from pathlib import Path

from config.reading import SdmxMlReader
from schemas.errors import DataError
from tasks.read.formats.common import TextTable
from tasks.read.formats.xml_rows import parse

STRUCTURAL = {
    "action",
    "structureRef",
    "dataScope",
    "setID",
    "type",
    "validFromDate",
    "validToDate",
    "REPORTING_YEAR_START_DAY",
    "publicationYear",
    "publicationPeriod",
}
OWN_PREFIXES = ("xsi:", "xmlns", "xml:", "ss:", "data:", "ds:", "message:")
Row = dict[str, str | None]


class _Observations:
    """Handlers. The data set, the series and the groups that are open have the concepts which an
    observation inherits."""

    def __init__(self, table: TextTable, where: str) -> None:
        self.table, self.where = table, where
        self.inside = False  # a DataSet
        self.dataset: Row = {}
        self.series: Row = {}
        self.group: Row | None = None
        self.groups: list[tuple[Row, Row]] = []  # key, attributes
        self.obs: Row | None = None
        self.attributes = False
        self.footer: dict[str, str] | None = None
        self.found = False  # a DataSet, anywhere in the message

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: C901 - a table of names
        match name:
            case "DataSet":
                self.inside = self.found = True
                self.dataset = _concepts(attributes)
                self.groups = []
            case "Message" if attributes.get("code"):
                self.footer = {"code": attributes["code"], "text": ""}
            case _ if not self.inside:
                return
            case "Series" | "Section":
                self.series = _concepts(attributes)
                if self.series:
                    self._join_groups()
            case "Group":
                self.group = _concepts(attributes)
                if self.group:
                    self._keep_group({}, self.group)
            case "Obs":
                self.obs = {**self.dataset, **self.series, **_concepts(attributes)}
            case "Attributes":
                self.attributes = True
            case "Value":
                self._value(attributes["id"], attributes.get("value"))
            case "ObsDimension":
                self._value(attributes.get("id", "TIME_PERIOD"), attributes.get("value"))
            case "ObsValue" | "ObsKey":
                if self.obs is not None and "value" in attributes:
                    self.obs["OBS_VALUE"] = attributes["value"]

    def _value(self, concept: str, value: str | None) -> None:
        if self.obs is not None:
            self.obs[concept] = value
        elif self.group is not None:
            self.group[f"@{concept}" if self.attributes else concept] = value
        elif self.series or not self.attributes:
            self.series[concept] = value
        else:
            self.dataset[concept] = value

    def end(self, name: str) -> None:
        match name:
            case "DataSet":
                self.inside = False
            case "Obs":
                if self.obs is not None:
                    self.table.add(self.obs)
                self.obs = None
            case "Attributes":
                self.attributes = False
            case "SeriesKey":
                self._join_groups()
            case "Group" if self.group is not None:
                own = {k[1:]: v for k, v in self.group.items() if k.startswith("@")}
                if own:
                    key = {k: v for k, v in self.group.items() if not k.startswith("@")}
                    self._keep_group(key, own)
                self.group = None
            case "Series" | "Section":
                self.series = {}

    def _keep_group(self, key: Row, attributes: Row) -> None:
        self.groups.append((key, attributes))

    def _join_groups(self) -> None:
        """Add a group's attributes to the series that its key belongs to. Structure-specific
        messages mix a group's key and attributes: what the series has too is the key."""
        for key, attributes in self.groups:
            parts = key or {k: v for k, v in attributes.items() if k in self.series}
            if parts and all(self.series.get(k) == v for k, v in parts.items()):
                for name, value in attributes.items():
                    self.series.setdefault(name, value)

    def text(self, data: str) -> None:
        if self.footer is not None:
            self.footer["text"] += data


def _concepts(attributes: dict[str, str]) -> Row:
    """The attributes of an element that are concepts, as in structure-specific data."""
    return {
        k: v
        for k, v in attributes.items()
        if k not in STRUCTURAL and not k.startswith(OWN_PREFIXES)
    }


def convert(path: Path, out: Path, reader: SdmxMlReader, where: str) -> list[str]:
    """Observations as text. Raises DataError for a footer's error, or if there is no data set."""
    table = TextTable(out, where)
    found = _Observations(table, where)
    parse(path, where, found.start, found.end, found.text)
    if found.footer and found.footer["code"][:1] in "45":
        words = " ".join(found.footer["text"].split())[:300]
        raise DataError(
            "provider_error",
            f"the partner answered: {found.footer['code']} {words}",
            where=where,
            hint="the query may be too large, or its answer follows later at another address",
        )
    if not found.found:
        raise DataError("records_missing", "the message has no DataSet", where=where)
    return table.close()
