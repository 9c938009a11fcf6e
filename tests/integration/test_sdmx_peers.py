"""Our readers of SDMX beside sdmx1 and pysdmx: every cell that either of them gives is ours too.

Both read what is recorded and what is made here. What only one of them reads is compared with that
one; what neither reads (SDMX 2.0, a structure-specific group without its structure) is not here.
"""

from __future__ import annotations

import codecs
import io
import json
import logging
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from config.reading import reader_from
from tasks.read import formats
from tests.conftest import ROOT
from tests.integration.test_sdmx_sources import sdmx_json
from warehouse.engine import connect

Row = dict[str, str]
RECORDED = [
    "abs/LF_generic_one_obs.xml", "large/insee_IPI-2010-A21.xml",
    "sdmx/ECB_EXR/1/M.USD.EUR.SP00.A.xml", "sdmx/ECB_EXR/flat.json",
    "sdmx/ECB_EXR/ng-ts-ss.xml", "sdmx/ECB_EXR/ng-ts.xml", "sdmx/ECB_EXR/ts.json",
    "sdmx/IMF_RES/WEO-data.xml", "sdmx/OECD/QNA_AUS_AUT.json", "sdmx/OECD/TOURISM_INBOUND.json",
    "sdmx/WB/gh-78.xml",
]  # fmt: skip
V21 = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"
MADE = {
    "generic.xml": f"""<m:GenericData xmlns:m="{V21}/message" xmlns:g="{V21}/data/generic">
 <m:Header><m:ID>x</m:ID><m:Test>false</m:Test><m:Prepared>2026-01-01T00:00:00</m:Prepared>
  <m:Sender id="x"/><m:Structure structureID="s" dimensionAtObservation="TIME_PERIOD">
  <c:Structure xmlns:c="{V21}/common"><Ref agencyID="X" id="D" version="1.0"/></c:Structure>
  </m:Structure></m:Header>
 <m:DataSet structureRef="s" action="Replace">
  <g:Group type="Sibling"><g:GroupKey><g:Value id="AREA" value="IDN"/></g:GroupKey>
   <g:Attributes><g:Value id="UNIT_MULT" value="6"/><g:Value id="TITLE" value="t"/></g:Attributes>
  </g:Group>
  <g:Series><g:SeriesKey><g:Value id="FREQ" value="A"/>
   <g:Value id="AREA" value="IDN"/></g:SeriesKey>
   <g:Attributes><g:Value id="UNIT_MULT" value="3"/></g:Attributes>
   <g:Obs><g:ObsDimension value="2022"/><g:ObsValue value="4.5"/><g:Attributes>
    <g:Value id="OBS_STATUS" value="A"/></g:Attributes></g:Obs>
   <g:Obs><g:ObsDimension value="2023"/><g:ObsValue value="NaN"/></g:Obs></g:Series>
  <g:Series><g:SeriesKey><g:Value id="FREQ" value="A"/>
   <g:Value id="AREA" value="JPN"/></g:SeriesKey>
   <g:Obs><g:ObsDimension value="2023"/><g:ObsValue value="7"/></g:Obs></g:Series>
 </m:DataSet></m:GenericData>""",
    "specific.xml": f"""<m:StructureSpecificData xmlns:m="{V21}/message"
 xmlns:ss="{V21}/data/structurespecific" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:n="urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=X:D(1.0):ObsLevelDim:TIME_PERIOD">
 <m:Header><m:ID>x</m:ID><m:Test>false</m:Test><m:Prepared>2026-01-01T00:00:00</m:Prepared>
  <m:Sender id="x"/><m:Structure structureID="s" dimensionAtObservation="TIME_PERIOD"
   namespace="urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=X:D(1.0):ObsLevelDim:TIME_PERIOD">
  <c:Structure xmlns:c="{V21}/common"><Ref agencyID="X" id="D" version="1.0"/></c:Structure>
  </m:Structure></m:Header>
 <m:DataSet ss:structureRef="s" ss:dataScope="DataStructure" xsi:type="n:DataSetType"
  action="Replace">
  <Series FREQ="A" AREA="IDN" UNIT_MULT="3"><Obs TIME_PERIOD="2022" OBS_VALUE="4.5" OBS_STATUS="A"/>
   <Obs TIME_PERIOD="2023" OBS_VALUE="5.25" OBS_STATUS="E"/></Series>
  <Series FREQ="A" AREA="JPN" UNIT_MULT="0"><Obs TIME_PERIOD="2023" OBS_VALUE="7" OBS_STATUS="A"/>
  </Series>
 </m:DataSet></m:StructureSpecificData>""",
    "one.csv": "DATAFLOW,FREQ,AREA,TIME_PERIOD,OBS_VALUE,UNIT_MULT\n"
    "X:D(1.0),A,IDN,2022,4.5,3\nX:D(1.0),A,JPN,2023,7,0\n",
    "two.csv": "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,AREA,TIME_PERIOD,OBS_VALUE,UNIT_MULT\n"
    "dataflow,X:D(1.0),R,A,IDN,2022,4.5,3\ndataflow,X:D(1.0),R,A,JPN,2023,7,0\n",
    "both.csv": "DATAFLOW,FREQ: Frequency,AREA: Area,TIME_PERIOD: Time,OBS_VALUE: Value,"
    "UNIT_MULT: Unit multiplier\nX:D(1.0),A: Annual,IDN: Indonesia,2022,4.5,3: Thousands\n",
}  # fmt: skip
HEADINGS = (b"DATAFLOW,", b"STRUCTURE,")


def ours(path: Path, folder: Path) -> list[Row]:
    copy = folder / "copy"
    shutil.copyfile(path, copy)
    kind = {".xml": "sdmx-ml", ".json": "sdmx-json", ".csv": "csv"}[path.suffix]
    con = connect(folder / "duckdb")
    try:
        raw = formats.raw_relation(con, copy, reader_from(format=kind), [], [], path.name)
        found = con.sql(f"SELECT * EXCLUDE (_row) FROM ({raw.sql}) ORDER BY _row")
        return [
            {n: v for n, v in zip(found.columns, row, strict=True) if v not in (None, "")}
            for row in found.fetchall()
        ]
    finally:
        con.close()


def of_sdmx1(path: Path, **more: Any) -> Iterator[Row]:
    import sdmx

    logging.getLogger("sdmx").setLevel(logging.CRITICAL)
    for dataset in sdmx.read_sdmx(path, **more).data:
        for obs in dataset.obs:
            cells = {k: v.value for k, v in obs.key.values.items()}
            # The most specific level last: `obs.attrib` puts groups over series.
            keys = [*obs.group_keys, *([obs.series_key] if obs.series_key else [])]
            for attributes in (*(key.attrib for key in keys), obs.attached_attribute):
                cells |= {k: getattr(v, "value", v) for k, v in attributes.items()}
            cells["OBS_VALUE"] = obs.value
            yield {k: text(getattr(v, "id", v)) for k, v in cells.items() if v not in (None, "")}


def of_pysdmx(path: Path) -> Iterator[Row]:
    from pysdmx.io import read_sdmx

    for dataset in read_sdmx(io.BytesIO(path.read_bytes()), validate=False).data or ():
        for row in dataset.data.astype(object).to_dict("records"):  # type: ignore[union-attr]
            yield {k: text(v) for k, v in row.items() if v == v and v not in (None, "")}


def text(value: Any) -> str:
    return str(value)


def same(mine: str | None, other: str) -> bool:
    """Numbers may be written otherwise: they give floats."""
    if mine == other:
        return True
    try:
        return mine is not None and Decimal(mine) == Decimal(other)
    except ArithmeticError:
        return False


def compare(mine: list[Row], others: list[Row]) -> None:
    assert len(mine) == len(others) > 0
    for one, other in zip(mine, others, strict=True):
        different = {k: (one.get(k), v) for k, v in other.items() if not same(one.get(k), v)}
        assert different == {}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_messages_agree_with_sdmx1(samples: Path, tmp_path: Path, name: str) -> None:
    compare(ours(samples / name, tmp_path), list(of_sdmx1(samples / name)))


@pytest.mark.parametrize("name", ["sdmx/v3/csv/example-01.csv"])
def test_recorded_messages_agree_with_pysdmx(samples: Path, tmp_path: Path, name: str) -> None:
    compare(ours(samples / name, tmp_path), list(of_pysdmx(samples / name)))


SPECIMENS = [
    path
    for path in sorted((ROOT / "tests" / "specimens").glob("*/*.csv"))
    if not path.name.startswith("expected")
    and path.read_bytes().removeprefix(codecs.BOM_UTF8).startswith(HEADINGS)
]


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_specimens_agree_with_pysdmx(tmp_path: Path, path: Path) -> None:
    compare(ours(path, tmp_path), list(of_pysdmx(path)))


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for name, body in MADE.items():
        head = '<?xml version="1.0" encoding="UTF-8"?>\n' if name.endswith("xml") else ""
        (tmp_path / name).write_text(head + body, encoding="utf-8")
    for level in ("dataSet", "series", "observation"):
        whole = json.loads(sdmx_json(**{level: {"UNIT_MULT": "9"}}))
        header = {"id": "x", "prepared": "2026-01-01T00:00:00", "sender": {"id": "x"}}
        one = {"header": header, "dataSets": whole["data"]["dataSets"],
               "structure": whole["data"]["structures"][0]}  # fmt: skip
        one["structure"]["dimensions"]["dataSet"] = one["structure"]["dimensions"].pop("dataset")
        one["structure"].pop("measures")
        (component,) = one["structure"]["attributes"][level]
        component |= {"name": "Unit multiplier", "values": [{"id": "9", "name": "Billions"}]}
        (tmp_path / f"{level}.json").write_text(json.dumps(one), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["generic.xml", "specific.xml", "dataSet.json", "series.json", "observation.json"]
)
def test_messages_made_here_agree_with_sdmx1(made: Path, name: str) -> None:
    compare(ours(made / name, made), list(of_sdmx1(made / name)))


@pytest.mark.parametrize("name", ["generic.xml", "specific.xml", "one.csv", "two.csv", "both.csv"])
def test_messages_made_here_agree_with_pysdmx(made: Path, name: str) -> None:
    compare(ours(made / name, made), list(of_pysdmx(made / name)))


def test_a_group_that_shares_an_attribute_agrees_with_sdmx1(made: Path) -> None:
    """sdmx1 knows the group's key from the structure, which it is given; we from the series."""
    from sdmx.model import v21

    structure = v21.DataStructureDefinition(id="D", version="1.0")
    for name in ("FREQ", "AREA", "TIME_PERIOD"):
        structure.dimensions.getdefault(id=name)
    group = v21.GroupDimensionDescriptor(id="G")
    group.components.append(structure.dimensions.get("AREA"))
    structure.group_dimensions["G"] = group
    for name in ("UNIT_MULT", "DECIMALS"):
        of_group = v21.GroupRelationship(group_key=group)
        structure.attributes.append(v21.DataAttribute(id=name, related_to=of_group))
    of_value = v21.PrimaryMeasureRelationship()
    structure.attributes.append(v21.DataAttribute(id="OBS_STATUS", related_to=of_value))
    structure.measures.append(v21.PrimaryMeasure(id="OBS_VALUE"))
    first = '<Series FREQ="A" AREA="IDN" UNIT_MULT="3">'
    grouped = (
        '<Group xsi:type="n:G" AREA="IDN" UNIT_MULT="6" DECIMALS="1"/>'
        '<Series FREQ="A" AREA="IDN" DECIMALS="2">'
    )
    path = made / "grouped.xml"
    path.write_text(MADE["specific.xml"].replace(first, grouped), encoding="utf-8")
    mine = ours(path, made)
    compare(mine, list(of_sdmx1(path, structure=structure)))
    assert [(row.get("UNIT_MULT"), row.get("DECIMALS")) for row in mine] == [
        ("6", "2"), ("6", "2"), ("0", None),
    ]  # fmt: skip
