"""SDMX whole, or refused: levels of attributes, groups, actions, messages and versions, missing
values. Every case is a message of its own, in the forms that services send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from config.reading import reader_from
from schemas.errors import DataError
from tasks.read import formats
from tasks.read.formats.common import RawRelation
from warehouse.engine import connect

pytestmark = pytest.mark.fast
Rows = list[dict[str, str]]


class Reading:
    """What a reader gives for some bytes: rows without their empty cells, and the relation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.con = connect(folder / "duckdb")
        self.raw: RawRelation | None = None

    def __call__(self, body: str, format_: str, *declared: str, **keys: Any) -> Rows:
        for old in self.folder.glob("answer*"):
            old.unlink()
        path = self.folder / "answer"
        path.write_text(body, encoding="utf-8")
        reader = reader_from(format=format_, **keys)
        self.raw = formats.raw_relation(self.con, path, reader, declared, (), "here")
        found = self.con.sql(f"SELECT * FROM ({self.raw.sql}) ORDER BY _row")
        names = found.columns[1:]
        return [
            {n: v for n, v in zip(names, row[1:], strict=True) if v is not None}
            for row in found.fetchall()
        ]

    def code(self, body: str, format_: str, *declared: str, **keys: Any) -> str:
        """Code of the error by which the bytes are refused, as a whole."""
        try:
            self(body, format_, *declared, **keys)
        except DataError as error:
            return error.code
        except duckdb.Error as error:
            own = formats.refusal(error)
            if own is None:
                raise
            return own[0]
        return "read"


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Reading]:
    found = Reading(tmp_path)
    yield found
    found.con.close()


def picked(rows: Rows, *names: str) -> list[tuple[str | None, ...]]:
    return [tuple(row.get(name) for name in names) for row in rows]


# --- SDMX-JSON ------------------------------------------------------------------------------


def message(**changes: Any) -> dict[str, Any]:
    """Two series of two years: arrivals of two areas, in thousands by the group of the measure."""
    structure = {
        "dimensions": {
            "dataset": [{"id": "FREQ", "keyPosition": 0, "values": [{"id": "A"}]}],
            "series": [
                {"id": "AREA", "keyPosition": 1, "values": [{"id": "IDN"}, {"id": "JPN"}]},
                {"id": "MEASURE", "keyPosition": 2, "values": [{"id": "ARR"}, {"id": "OCC"}]},
            ],
            "observation": [
                {"id": "TIME_PERIOD", "keyPosition": 3, "values": [{"id": "2022"}, {"id": "2023"}]}
            ],
        },
        "attributes": {
            "dataSet": [{"id": "SOURCE", "values": [{"id": "BPS"}]}],
            "dimensionGroup": [
                {"id": "UNIT_MULT", "values": [{"id": "3"}, {"id": "0"}],
                 "relationship": {"dimensions": ["MEASURE"]}},
                {"id": "NOTE", "relationship": {"dimensions": ["AREA", "MEASURE"]}},
            ],
            "series": [{"id": "COLLECTION", "values": [{"id": "S"}, {"id": "E"}]}],
            "observation": [{"id": "OBS_STATUS", "values": [{"id": "A"}, {"id": "E"}]}],
        },
        "measures": {"observation": [{"id": "OBS_VALUE"}]},
    }  # fmt: skip
    dataset = {
        "structure": 0,
        "action": "Replace",
        "attributes": [0],
        "dimensionGroupAttributes": {"::0:": [0], "::1:": [1], ":1:1:": [None, "one hotel"]},
        "series": {
            "0:0": {"attributes": [0], "observations": {"0": ["7.25", 0], "1": [8]}},
            "1:1": {"attributes": [1], "observations": {"1": [61.5, 1]}},
        },
    }
    for name, value in changes.items():
        holder = structure if name in structure else dataset
        holder[name] = value
    return {"data": {"dataSets": [dataset], "structures": [structure]}}


def sdmx_json(**changes: Any) -> str:
    return json.dumps(message(**changes))


class TestJsonLevels:
    def test_attributes_of_every_level_reach_their_observations(self, read: Reading) -> None:
        rows = read(sdmx_json(), "sdmx-json")
        names = ("AREA", "TIME_PERIOD", "OBS_VALUE", "SOURCE", "UNIT_MULT", "NOTE", "COLLECTION")
        assert picked(rows, *names) == [
            ("IDN", "2022", "7.25", "BPS", "3", None, "S"),
            ("IDN", "2023", "8", "BPS", "3", None, "S"),
            ("JPN", "2023", "61.5", "BPS", "0", "one hotel", "E"),
        ]
        assert picked(rows, "FREQ", "OBS_STATUS") == [("A", "A"), ("A", None), ("A", "E")]

    @pytest.mark.parametrize("key", ["::0", "::0:", "::0::"])
    def test_a_groups_key_may_lack_the_observation_or_have_one_part_more(
        self, read: Reading, key: str
    ) -> None:
        groups = {key: [0], "::1:": [1]}
        rows = read(sdmx_json(dimensionGroupAttributes=groups), "sdmx-json")
        assert picked(rows, "UNIT_MULT") == [("3",), ("3",), ("0",)]

    def test_a_group_may_reach_single_observations(self, read: Reading) -> None:
        changed = message(dimensionGroupAttributes={"::0:1": [0], "::0:0": [1], "::1:": [1]})
        of = changed["data"]["structures"][0]["attributes"]["dimensionGroup"][0]
        of["relationship"] = {"dimensions": ["MEASURE", "TIME_PERIOD"]}
        del changed["data"]["dataSets"][0]["dimensionGroupAttributes"]["::1:"]
        rows = read(json.dumps(changed), "sdmx-json")
        assert picked(rows, "UNIT_MULT") == [("0",), ("3",), (None,)]

    @pytest.mark.parametrize(
        ("level", "own"),
        [
            ("dataSet", ["7", "9", "9"]),
            ("series", ["5", "5", "9"]),
            ("observation", ["2", "5", "9"]),
        ],
        ids=["data set", "series", "observation"],
    )
    def test_the_most_specific_level_holds(self, read: Reading, level: str, own: list[str]) -> None:
        """Each level down to the named one has the attribute; what lies above is overruled."""
        changed = message()
        (structure,), (dataset,) = changed["data"]["structures"], changed["data"]["dataSets"]
        attributes = structure["attributes"]
        mult = {"id": "UNIT_MULT", "values": [{"id": n} for n in "2579"]}
        attributes["dimensionGroup"] = [{**mult, "relationship": {"dimensions": ["AREA"]}}]
        attributes["dataSet"].append(mult)
        dataset["attributes"] = [0, 3]
        dataset["dimensionGroupAttributes"] = {":0::": [2]}
        if level != "dataSet":
            attributes["series"].append(mult)
            dataset["series"]["0:0"]["attributes"] = [0, 1]
        if level == "observation":
            attributes["observation"].append(mult)
            dataset["series"]["0:0"]["observations"]["0"] = ["7.25", 0, 0]
        found = picked(read(json.dumps(changed), "sdmx-json"), "UNIT_MULT")
        assert found == [(own[0],), ({"dataSet": "7"}.get(level, "5"),), ("9",)]

    def test_two_groups_that_differ_are_refused(self, read: Reading) -> None:
        changed = message(dimensionGroupAttributes={"::0:": [0], ":0::": [1]})
        for of in changed["data"]["structures"][0]["attributes"]["dimensionGroup"]:
            del of["relationship"]
        assert read.code(json.dumps(changed), "sdmx-json") == "levels_contradict"

    def test_a_groups_key_is_held_against_the_relationship(self, read: Reading) -> None:
        groups = {":0::": [0]}
        assert read.code(sdmx_json(dimensionGroupAttributes=groups), "sdmx-json") == "key_malformed"

    @pytest.mark.parametrize(
        "groups",
        [{"::9:": [0]}, {"::0": [0, 1, 2]}, {"0:0": [0]}, {"::::": [0]}, {"::0:": [5]},
         {"::0:": [-1]}, {"::0:": ["0"]}, {"::0:": [1.5]}, {"::x:": [0]}],
        ids=["an index of nothing", "a value too many", "too few parts", "no dimension",
             "a value of nothing", "below zero", "an index as text", "half an index", "a word"],
    )  # fmt: skip
    def test_a_broken_group_is_refused(self, read: Reading, groups: dict[str, Any]) -> None:
        assert read.code(sdmx_json(dimensionGroupAttributes=groups), "sdmx-json") == "key_malformed"

    @pytest.mark.parametrize(
        ("where", "name"),
        [("structure", "seriesGroup"), ("dataset", "seriesGroupAttributes"),
         ("dimensions", "dimensionGroup")],
    )  # fmt: skip
    def test_a_level_that_nobody_knows_is_refused(
        self, read: Reading, where: str, name: str
    ) -> None:
        changed = message()
        (structure,), (dataset,) = changed["data"]["structures"], changed["data"]["dataSets"]
        component = [{"id": "UNIT_MULT", "values": [{"id": "6"}]}]
        holders = {
            "structure": (structure["attributes"], component),
            "dimensions": (structure["dimensions"], component),
            "dataset": (dataset, {"0:": [0]}),
        }
        holder, value = holders[where]
        holder[name] = value
        assert read.code(json.dumps(changed), "sdmx-json") == "unknown_level"

    def test_a_default_holds_where_no_level_has_the_attribute(self, read: Reading) -> None:
        changed = message(dimensionGroupAttributes={"::0:": [0]})
        of = changed["data"]["structures"][0]["attributes"]["dimensionGroup"][0]
        of["default"] = "6"
        rows = read(json.dumps(changed), "sdmx-json")
        assert picked(rows, "UNIT_MULT") == [("3",), ("3",), ("6",)]

    def test_what_the_structure_lists_is_told_apart_from_what_rows_have(
        self, read: Reading
    ) -> None:
        rows = read(sdmx_json(dimensionGroupAttributes={}), "sdmx-json")
        assert picked(rows, "UNIT_MULT") == [(None,)] * 3
        assert read.raw is not None
        assert "UNIT_MULT" in read.raw.listed - set(read.raw.columns)
        with pytest.raises(DataError) as caught:
            formats.check_units(read.raw, {"UNIT_MULT"}, "here")
        assert caught.value.code == "unit_unresolved"
        formats.check_units(read.raw, {"POWERCODE"}, "here")  # listed nowhere: in units

    def test_several_measures_are_columns_of_their_own(self, read: Reading) -> None:
        measures = {"observation": [{"id": "ROOMS"}, {"id": "BEDS"}]}
        changed = message(measures=measures)
        series = changed["data"]["dataSets"][0]["series"]
        series["0:0"]["observations"] = {"0": [5, 9, 0], "1": [None, 4]}
        del series["1:1"]
        rows = read(json.dumps(changed), "sdmx-json")
        assert picked(rows, "ROOMS", "BEDS", "OBS_STATUS") == [("5", "9", "A"), (None, "4", None)]

    def test_without_measures_an_attribute_is_no_value(self, read: Reading) -> None:
        """An empty object says that observations have attributes alone: 0 is an index there."""
        changed = message(measures={})
        changed["data"]["dataSets"][0]["series"]["0:0"]["observations"] = {"0": [0]}
        changed["data"]["dataSets"][0]["series"].pop("1:1")
        (row,) = read(json.dumps(changed), "sdmx-json")
        assert "OBS_VALUE" not in row
        assert row["OBS_STATUS"] == "A"


class TestJsonMessages:
    @pytest.mark.parametrize("action", ["Information", "Append", "Replace", "Merge", None])
    def test_these_actions_are_rows(self, read: Reading, action: str | None) -> None:
        assert len(read(sdmx_json(action=action), "sdmx-json")) == 3

    def test_figures_that_are_taken_back_are_refused(self, read: Reading) -> None:
        assert read.code(sdmx_json(action="Delete"), "sdmx-json") == "delete_action"
        assert read.code(sdmx_json(action="Purge"), "sdmx-json") == "unknown_action"

    def test_one_of_several_data_sets_may_delete(self, read: Reading) -> None:
        changed = message()
        changed["data"]["dataSets"].append({**changed["data"]["dataSets"][0], "action": "Delete"})
        assert read.code(json.dumps(changed), "sdmx-json") == "delete_action"

    def test_a_merged_row_without_a_value_is_no_missing_figure(self, read: Reading) -> None:
        series = {"0:0": {"observations": {"0": [None, 1]}}}
        assert read.code(sdmx_json(series=series, action="Merge"), "sdmx-json") == (
            "attributes_alone"
        )
        (row,) = read(sdmx_json(series=series), "sdmx-json")
        assert "OBS_VALUE" not in row

    def test_a_series_without_observations_is_no_row(self, read: Reading) -> None:
        series = {"0:0": {"attributes": [0], "observations": {}}}
        assert read(sdmx_json(series=series), "sdmx-json") == []

    def test_a_name_that_stands_twice_is_refused(self, read: Reading) -> None:
        body = sdmx_json().replace('"1": [8]', '"0": [8]')
        assert read.code(body, "sdmx-json") == "key_doubled"

    @pytest.mark.parametrize(
        ("schema", "code"),
        [("https://json.sdmx.org/2.1/sdmx-json-data-schema.json", "read"),
         ("https://x/tools/schemas/1.0/sdmx-json-data-schema.json", "read"),
         ("https://json.sdmx.org/2.0.0/sdmx-json-data-schema.json", "read"),
         ("https://json.sdmx.org/3.0.0/sdmx-json-data-schema.json", "unknown_message")],
    )  # fmt: skip
    def test_a_version_that_nobody_knows_is_refused(
        self, read: Reading, schema: str, code: str
    ) -> None:
        body = json.dumps({"meta": {"schema": schema}, **message()})
        assert read.code(body, "sdmx-json") == code

    @pytest.mark.parametrize(
        "body",
        ["{}", '{"data": {}}', '{"data": {"dataSets": [], "structures": [{}]}}', "[]", "null",
         '{"dataSets": [], "structure": {"dimensions": {"observation": []}}}',
         '{"dataSets": [{}], "structure": {"dimensions": {"observation": []}}}'],
    )  # fmt: skip
    def test_no_data_set_is_no_answer(self, read: Reading, body: str) -> None:
        assert read.code(body, "sdmx-json") == "records_missing"

    def test_an_empty_data_set_has_no_rows(self, read: Reading) -> None:
        assert read(sdmx_json(series={}), "sdmx-json") == []

    def test_sdmx_has_a_code_for_no_data(self, read: Reading) -> None:
        assert read('{"errors": [{"code": 100, "title": "No results found"}]}', "sdmx-json") == []
        body = '{"errors": [{"code": 100}, {"code": 150}]}'
        assert read.code(body, "sdmx-json") == "provider_error"

    def test_another_shape_is_an_error_and_no_crash(self, read: Reading) -> None:
        for changes in (
            {"series": {"0:0": {"observations": {"0": "7.25"}}}},
            {"series": {"0:0": []}},
            {"structure": 4},
            {"structure": "urn:x"},
            {"series": {"0:0": {"observations": {"5": [1]}}}},
            {"series": {"0": {"observations": {"0": [1]}}}},
        ):
            code = read.code(sdmx_json(**changes), "sdmx-json")
            assert code in ("key_malformed", "records_malformed"), changes


# --- SDMX-ML --------------------------------------------------------------------------------

NAMESPACES = (
    'xmlns:m="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
    'xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific" '
    'xmlns:g="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:n="urn:x"'
)
OBS = '<Obs TIME_PERIOD="2023" OBS_VALUE="41.75"/>'


def specific(inside: str, attributes: str = "", header: str = "") -> str:
    return (
        f"<m:StructureSpecificData {NAMESPACES}><m:Header><m:ID>x</m:ID>{header}</m:Header>"
        f'<m:DataSet ss:structureRef="x" xsi:type="n:DataSetType" {attributes}>{inside}</m:DataSet>'
        "</m:StructureSpecificData>"
    )


def series(attributes: str, inside: str = OBS) -> str:
    return f"<Series {attributes}>{inside}</Series>"


IDN = 'AREA="IDN" MEASURE="ARR"'
JPN = 'AREA="JPN" MEASURE="OCC"'


class TestSpecificLevels:
    def test_an_attribute_of_group_and_series_is_no_key(self, read: Reading) -> None:
        """DECIMALS of the group, and otherwise of one of its series; TITLE of all of them."""
        body = specific(
            '<Group xsi:type="n:G" AREA="IDN" UNIT_MULT="3" DECIMALS="1" TITLE="a"/>'
            + series(f'{IDN} DECIMALS="2"')
            + series('AREA="IDN" MEASURE="OCC" TITLE="b"')
        )
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT", "DECIMALS", "TITLE") == [
            ("3", "2", "a"), ("3", "1", "b"),
        ]  # fmt: skip

    def test_alone_in_a_message_it_is_no_key_either(self, read: Reading) -> None:
        group = '<Group xsi:type="n:G" AREA="IDN" UNIT_MULT="3" DECIMALS="1"/>'
        (row,) = read(specific(group + series(f'{IDN} DECIMALS="2"')), "sdmx-ml")
        assert (row["UNIT_MULT"], row["DECIMALS"]) == ("3", "2")

    def test_where_that_cannot_be_told_the_message_is_refused(self, read: Reading) -> None:
        """The only series has a TITLE: it may be of the key, and then the group is of another."""
        group = '<Group xsi:type="n:G" AREA="IDN" UNIT_MULT="3" TITLE="a"/>'
        body = specific(group + series(f'{IDN} TITLE="b"'))
        assert read.code(body, "sdmx-ml") == "group_unattached"

    def test_a_name_that_later_series_lack_was_no_dimension(self, read: Reading) -> None:
        """Known only after the first series was joined: the message is read again."""
        body = specific(
            '<Group AREA="IDN" UNIT_MULT="3" TITLE="a"/>'
            + series(f'{IDN} TITLE="b"') + series('AREA="IDN" MEASURE="OCC"') + series(JPN)
        )  # fmt: skip
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT", "TITLE") == [
            ("3", "b"), ("3", "a"), (None, None),
        ]  # fmt: skip

    def test_several_groups_of_several_kinds(self, read: Reading) -> None:
        groups = (
            '<Group xsi:type="n:M" MEASURE="ARR" UNIT_MULT="3"/>'
            '<Group xsi:type="n:M" MEASURE="OCC" UNIT_MULT="0"/>'
            '<Group xsi:type="n:A" AREA="IDN" METHOD="SURVEY"/>'
            '<Group xsi:type="n:AM" AREA="JPN" MEASURE="OCC" UNIT="PT"/>'
        )
        rows = read(specific(groups + series(IDN) + series(JPN)), "sdmx-ml")
        assert picked(rows, "UNIT_MULT", "METHOD", "UNIT") == [
            ("3", "SURVEY", None), ("0", None, "PT"),
        ]  # fmt: skip

    def test_a_group_after_its_series(self, read: Reading) -> None:
        body = specific(series(IDN) + '<Group AREA="IDN" UNIT_MULT="3"/>')
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT") == [("3",)]

    def test_a_flat_message_has_groups_too(self, read: Reading) -> None:
        body = specific(
            '<Group AREA="IDN" UNIT_MULT="3"/>'
            f'<Obs {IDN} TIME_PERIOD="2023" OBS_VALUE="5"/>'
            f'<Obs {JPN} TIME_PERIOD="2023" OBS_VALUE="6" UNIT_MULT="0"/>'
        )
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT") == [("3",), ("0",)]

    def test_groups_that_differ_are_refused(self, read: Reading) -> None:
        groups = '<Group MEASURE="ARR" UNIT_MULT="3"/><Group AREA="IDN" UNIT_MULT="6"/>'
        assert read.code(specific(groups + series(IDN)), "sdmx-ml") == "levels_contradict"

    def test_a_group_of_single_observations_is_refused(self, read: Reading) -> None:
        group = '<Group AREA="IDN" TIME_PERIOD="2023" UNIT_MULT="3"/>'
        assert read.code(specific(group + series(IDN)), "sdmx-ml") == "unknown_level"

    def test_the_most_specific_level_holds(self, read: Reading) -> None:
        obs = '<Obs TIME_PERIOD="2022" OBS_VALUE="4" UNIT_MULT="1"/>' + OBS
        body = specific(
            '<Group AREA="IDN" UNIT_MULT="6"/>'
            + series(f'{IDN} UNIT_MULT="3"', obs)
            + series('AREA="IDN" MEASURE="OCC"')
            + series(JPN),
            'UNIT_MULT="9"',
        )
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT") == [("1",), ("3",), ("6",), ("9",)]

    def test_no_attribute_with_a_prefix_is_a_concept(self, read: Reading) -> None:
        body = specific(
            f'<Series xsi:type="n:S" foo:UNIT="x" {IDN}>'
            '<Obs xsi:type="n:O" TIME_PERIOD="2023" OBS_VALUE="5" n:UNIT_MULT="3"/></Series>'
        ).replace("xmlns:n=", 'xmlns:foo="urn:foo" xmlns:n=')
        (row,) = read(body, "sdmx-ml")
        assert set(row) == {"AREA", "MEASURE", "TIME_PERIOD", "OBS_VALUE"}
        assert read.raw is not None
        assert "UNIT_MULT" in read.raw.listed  # so that nobody takes the values for units

    def test_an_element_that_nobody_knows_is_refused(self, read: Reading) -> None:
        comp = '<Comp id="UNIT_MULT"><Value>3</Value></Comp>'
        assert read.code(specific(series(IDN, comp + OBS)), "sdmx-ml") == "unknown_level"
        assert read.code(specific("<Cells/>" + series(IDN)), "sdmx-ml") == "unknown_level"

    def test_annotations_say_nothing_of_figures(self, read: Reading) -> None:
        notes = "<Annotations><Annotation><Value id='x'/></Annotation></Annotations>"
        assert len(read(specific(notes + series(IDN, OBS + notes)), "sdmx-ml")) == 1

    def test_another_reporting_year_is_refused(self, read: Reading) -> None:
        for day, code in (("--07-01", "reporting_year"), ("--01-01", "read")):
            body = specific(series(f'{IDN} REPORTING_YEAR_START_DAY="{day}"'))
            assert read.code(body, "sdmx-ml") == code


class TestGenericLevels:
    HEAD = f"<m:GenericData {NAMESPACES}><m:Header><m:ID>x</m:ID></m:Header><m:DataSet>"
    TAIL = "</m:DataSet></m:GenericData>"

    @staticmethod
    def values(**of: str) -> str:
        return "".join(f'<g:Value id="{k}" value="{v}"/>' for k, v in of.items())

    def series(self, *, attributes: str = "", **key: str) -> str:
        return (
            f"<g:Series><g:SeriesKey>{self.values(**key)}</g:SeriesKey>"
            f"<g:Attributes>{attributes}</g:Attributes>"
            '<g:Obs><g:ObsDimension value="2023"/><g:ObsValue value="41.75"/></g:Obs></g:Series>'
        )

    def group(self, attributes: str, **key: str) -> str:
        return (
            f'<g:Group type="Sibling"><g:GroupKey>{self.values(**key)}</g:GroupKey>'
            f"<g:Attributes>{attributes}</g:Attributes></g:Group>"
        )

    def test_levels_of_a_generic_message(self, read: Reading) -> None:
        body = (
            self.HEAD
            + f"<g:Attributes>{self.values(UNIT_MULT='9', SOURCE='BPS')}</g:Attributes>"
            + self.group(self.values(UNIT_MULT="6", TITLE="a"), AREA="IDN")
            + self.series(AREA="IDN", MEASURE="OCC")
            + self.series(AREA="IDN", MEASURE="ARR", attributes=self.values(UNIT_MULT="3"))
            + self.series(AREA="JPN", MEASURE="ARR")
            + self.TAIL
        )
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT", "TITLE", "SOURCE") == [
            ("6", "a", "BPS"), ("3", "a", "BPS"), ("9", None, "BPS"),
        ]  # fmt: skip

    def test_a_flat_one_has_groups_too(self, read: Reading) -> None:
        obs = (
            f"<g:Obs><g:ObsKey>{self.values(AREA='IDN', MEASURE='ARR', TIME_PERIOD='2023')}"
            '</g:ObsKey><g:ObsValue value="5"/></g:Obs>'
        )
        body = self.HEAD + self.group(self.values(UNIT_MULT="6"), AREA="IDN") + obs + self.TAIL
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT", "OBS_VALUE") == [("6", "5")]

    def test_a_value_that_is_not_there_takes_nothing_away(self, read: Reading) -> None:
        body = (
            self.HEAD
            + self.group(self.values(UNIT_MULT="6"), AREA="IDN")
            + self.series(AREA="IDN", MEASURE="ARR", attributes='<g:Value id="UNIT_MULT"/>')
            + self.TAIL
        )
        assert picked(read(body, "sdmx-ml"), "UNIT_MULT") == [("6",)]

    def test_an_observation_without_a_value_is_a_missing_figure(self, read: Reading) -> None:
        body = self.HEAD + self.series(AREA="IDN", MEASURE="ARR") + self.TAIL
        (row,) = read(body.replace('<g:ObsValue value="41.75"/>', ""), "sdmx-ml")
        assert "OBS_VALUE" not in row
        assert row["TIME_PERIOD"] == "2023"

    def test_a_series_without_observations_lists_what_it_has(self, read: Reading) -> None:
        unit = self.values(UNIT_MULT="6")
        alone = self.series(AREA="JPN", MEASURE="ARR", attributes=unit)
        start, end = alone.index("<g:Obs>"), alone.index("</g:Series>")
        body = self.HEAD + alone[:start] + alone[end:] + self.series(AREA="IDN") + self.TAIL
        assert picked(read(body, "sdmx-ml"), "AREA", "UNIT_MULT") == [("IDN", None)]
        assert read.raw is not None
        assert "UNIT_MULT" in read.raw.listed - set(read.raw.columns)

    def test_the_dimension_of_observations_is_what_the_header_says(self, read: Reading) -> None:
        head = self.HEAD.replace(
            "<m:ID>x</m:ID>", '<m:Structure structureID="x" dimensionAtObservation="AREA"/>'
        )
        body = head + self.series(TIME_PERIOD="2023", MEASURE="ARR") + self.TAIL
        (row,) = read(body.replace('"2023"/><g:ObsValue', '"IDN"/><g:ObsValue'), "sdmx-ml")
        assert (row["AREA"], row["TIME_PERIOD"]) == ("IDN", "2023")


TWO = "http://www.SDMX.org/resources/SDMXML/schemas/v2_0/message"


class TestVersionTwo:
    def test_compact_data_with_sibling_groups(self, read: Reading) -> None:
        body = (
            f'<CompactData xmlns="{TWO}" xmlns:b="urn:b"><Header><ID>x</ID></Header>'
            '<b:DataSet keyFamilyURI="urn:k" datasetID="d">'
            '<b:SiblingGroup AREA="IDN" UNIT_MULT="3"/><b:Siblings AREA="JPN" UNIT_MULT="0"/>'
            f'<b:Series FREQ="A" {IDN}><b:Obs TIME_PERIOD="2023" OBS_VALUE="41.75"/></b:Series>'
            f'<b:Series FREQ="A" {JPN}><b:Obs TIME_PERIOD="2023" OBS_VALUE="6"/></b:Series>'
            "</b:DataSet></CompactData>"
        )
        rows = read(body, "sdmx-ml")
        assert picked(rows, "UNIT_MULT", "OBS_VALUE") == [("3", "41.75"), ("0", "6")]
        assert "keyFamilyURI" not in rows[0]

    def test_generic_data_with_series_inside_of_their_group(self, read: Reading) -> None:
        body = (
            f'<GenericData xmlns="{TWO}" xmlns:g="urn:g"><Header><ID>x</ID></Header><DataSet>'
            "<g:KeyFamilyRef>K</g:KeyFamilyRef>"
            '<g:Group type="Sibling"><g:GroupKey><g:Value concept="AREA" value="IDN"/></g:GroupKey>'
            '<g:Attributes><g:Value concept="UNIT_MULT" value="3"/></g:Attributes>'
            '<g:Series><g:SeriesKey><g:Value concept="AREA" value="IDN"/>'
            '<g:Value concept="FREQ" value="A"/></g:SeriesKey><g:Attributes>'
            '<g:Value concept="TITLE" value="t"/></g:Attributes><g:Obs><g:Time>2023</g:Time>'
            '<g:ObsValue value="41.75"/><g:Attributes><g:Value concept="OBS_STATUS" value="A"/>'
            "</g:Attributes></g:Obs></g:Series></g:Group></DataSet></GenericData>"
        )
        assert read(body, "sdmx-ml") == [
            {"AREA": "IDN", "FREQ": "A", "UNIT_MULT": "3", "TITLE": "t", "OBS_STATUS": "A",
             "TIME_PERIOD": "2023", "OBS_VALUE": "41.75"}
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("root", "version"),
        [("UtilityData", "2_0"), ("CrossSectionalData", "2_0"), ("MessageGroup", "2_0"),
         ("CompactData", "1_0"), ("StructureSpecificData", "4_0")],
    )  # fmt: skip
    def test_another_message_or_version_is_refused(
        self, read: Reading, root: str, version: str
    ) -> None:
        body = f'<{root} xmlns="{TWO.replace("2_0", version)}"><DataSet/></{root}>'
        assert read.code(body, "sdmx-ml") == "unknown_message"


class TestMessages:
    @pytest.mark.parametrize(
        ("action", "code"),
        [("Information", "read"), ("Append", "read"), ("Replace", "read"), ("Merge", "read"),
         ("Delete", "delete_action"), ("Purge", "unknown_action")],
    )  # fmt: skip
    @pytest.mark.parametrize("where", ["data set", "prefixed", "header", "series", "observation"])
    def test_actions(self, read: Reading, action: str, code: str, where: str) -> None:
        of = {
            "data set": specific(series(IDN), f'action="{action}"'),
            "prefixed": specific(series(IDN), f'ss:action="{action}"'),
            "header": specific(series(IDN), header=f"<m:DataSetAction>{action}</m:DataSetAction>"),
            "series": specific(series(f'{IDN} action="{action}"')),
            "observation": specific(series(IDN, OBS.replace("<Obs", f'<Obs action="{action}"'))),
        }
        assert read.code(of[where], "sdmx-ml") == code
        if code == "read":
            assert "action" not in read(of[where], "sdmx-ml")[0]

    def test_a_merged_row_without_a_value_is_no_missing_figure(self, read: Reading) -> None:
        obs = '<Obs TIME_PERIOD="2023" OBS_STATUS="P"/>'
        body = specific(series(IDN, obs), 'action="Merge"')
        assert read.code(body, "sdmx-ml") == "attributes_alone"
        assert len(read(body.replace("Merge", "Replace"), "sdmx-ml")) == 1

    def test_a_series_without_observations_is_no_row(self, read: Reading) -> None:
        rows = read(specific(series(f'{IDN} UNIT_MULT="3"', "") + series(JPN)), "sdmx-ml")
        assert picked(rows, "AREA") == [("JPN",)]
        assert read.raw is not None
        assert "UNIT_MULT" in read.raw.listed

    def test_no_data_set_is_no_answer_and_an_empty_one_has_no_rows(self, read: Reading) -> None:
        whole = specific("")
        assert read(whole, "sdmx-ml") == []
        start, end = whole.index("<m:DataSet"), whole.index("</m:StructureSpecificData>")
        assert read.code(whole[:start] + whole[end:], "sdmx-ml") == "records_missing"

    @pytest.mark.parametrize(
        ("code", "outcome"),
        [("100", "read"), ("150", "provider_error"), ("140", "provider_error"),
         ("413", "provider_error"), ("500", "provider_error")],
    )  # fmt: skip
    def test_sdmx_has_a_code_for_no_data(self, read: Reading, code: str, outcome: str) -> None:
        error = (
            f'<m:Error {NAMESPACES}><m:ErrorMessage code="{code}"><c>No results</c>'
            "</m:ErrorMessage></m:Error>"
        )
        assert read.code(error, "sdmx-ml") == outcome


# --- SDMX-CSV -------------------------------------------------------------------------------

TWO_HEAD = "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,AREA,TIME_PERIOD,OBS_VALUE,UNIT_MULT\n"


def line(action: str, period: str = "2023", value: str = "41.75", unit: str = "3") -> str:
    return f"dataflow,X:Y(1.0),{action},A,IDN,{period},{value},{unit}\n"


class TestCsv:
    @pytest.mark.parametrize(
        ("rows", "code"),
        [
            (line("I") + line("A") + line("R") + line("M") + line(""), "read"),
            (line("I") + line("D"), "delete_action"),
            (line("D", "", "", ""), "delete_action"),
            (line("D", value="-"), "delete_action"),
            (line("X"), "unknown_action"),
            (line("R", value=""), "read"),
            (line("M", value=""), "attributes_alone"),
            (line("R", "", ""), "attributes_alone"),
            (line("R", "~", ""), "attributes_alone"),
        ],
    )
    def test_actions_of_version_two(self, read: Reading, rows: str, code: str) -> None:
        assert read.code(TWO_HEAD + rows, "csv", "AREA", "OBS_VALUE") == code

    def test_a_declaration_may_say_itself_what_an_action_means(self, read: Reading) -> None:
        rows = read(TWO_HEAD + line("I") + line("D", value=""), "csv", "ACTION", "OBS_VALUE")
        assert picked(rows, "ACTION", "OBS_VALUE") == [("I", "41.75"), ("D", None)]

    @pytest.mark.parametrize("first", ["STRUCTURE", "STRUCTURE[;]"])
    def test_the_first_heading_may_have_a_sign_for_parts(self, read: Reading, first: str) -> None:
        body = TWO_HEAD.replace("STRUCTURE,", f"{first},", 1) + line("D")
        assert read.code(body, "csv") == "delete_action"

    def test_action_is_a_column_like_others_elsewhere(self, read: Reading) -> None:
        assert read("ACTION,OBS_VALUE\nD,5\n", "csv") == [{"ACTION": "D", "OBS_VALUE": "5"}]

    @pytest.mark.parametrize("gap", [" ", ""])
    @pytest.mark.parametrize("first", ["DATAFLOW", "STRUCTURE,STRUCTURE_ID"])
    def test_labels_beside_codes(self, read: Reading, gap: str, first: str) -> None:
        heads = ["AREA:{}Area", "TIME_PERIOD:{}Time", "OBS_VALUE:{}Value", "UNIT_MULT:{}Power"]
        cells = ['"IDN:{}Indonesia: all, of it"', "2023-01-01T10:00", "5", "3:{}Thousands", "a: b"]
        body = (
            f"{first},{','.join(heads)},NOTE\n{first},{','.join(cells)}\n{first},JPN,2024,6,0,\n"
        ).replace("{}", gap)
        rows = read(body, "csv")
        assert picked(rows, "AREA", "TIME_PERIOD", "OBS_VALUE", "UNIT_MULT", "NOTE") == [
            ("IDN", "2023-01-01T10:00", "5", "3", "a: b"), ("JPN", "2024", "6", "0", None),
        ]  # fmt: skip

    def test_labels_and_actions_together(self, read: Reading) -> None:
        body = (
            "STRUCTURE,STRUCTURE_ID,ACTION: Action,AREA: Area,TIME_PERIOD: Time,OBS_VALUE: Value\n"
            "dataflow,X:Y(1.0),{}: Word,IDN: Indonesia,2023,5\n"
        )
        assert read.code(body.format("D"), "csv") == "delete_action"
        assert picked(read(body.format("I"), "csv"), "ACTION", "AREA") == [("I", "IDN")]

    def test_a_heading_that_the_declaration_names_stays(self, read: Reading) -> None:
        body = "DATAFLOW,AREA: Area,OBS_VALUE\nx,IDN: Indonesia,5\n"
        assert read(body, "csv", "AREA: Area")[0]["AREA: Area"] == "IDN: Indonesia"

    def test_other_headings_with_a_colon_stay(self, read: Reading) -> None:
        assert read("VALUE: USD,B\n1: x,2\n", "csv") == [{"VALUE: USD": "1: x", "B": "2"}]

    def test_headings_alone_are_an_answer_without_rows(self, read: Reading) -> None:
        assert read(TWO_HEAD, "csv") == []
        assert read.raw is not None
        assert "OBS_VALUE" in read.raw.columns
        assert read.code("\n", "csv") == "empty_body"
