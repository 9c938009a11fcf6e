"""OECD: mobile students by origin, and inbound tourism, as SDMX-CSV in the column order of the
service (csvfile)."""

from __future__ import annotations

from sandbox.services import Ask, Reply
from sandbox.world import World, noise

MEMBERS = ("JPN", "AUS", "USA")
STUDENTS = "/public/rest/data/OECD.EDU.IMEP,DSD_EAG_UOE_NON_FIN_STUD@DF_UOE_NF_RAW_MOB,"
TOURISM = "/public/rest/data/OECD.CFE.TOU,DSD_TOURISM_INTER@DF_INBOUND,"
HEAD = ("STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,EDUCATION_LEV,MEASURE,EDUCATION_TYPE,INTENSITY,"
        "EDUCATION_FIELD,GRADE,FREQ,ORIGIN,DESTINATION,INST_TYPE_EDU,MOBILITY,UNIT_MEASURE,SEX,AGE,"
        "TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT,DECIMALS")  # fmt: skip
TOURISM_HEAD = ("STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,FREQ,MEASURE,UNIT_MEASURE,"
                "VISITOR_TYPE,ACCOMMODATION_TYPE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT,"
                "DECIMALS")  # fmt: skip
LEVELS = {"ISCED11_5T8": 1.0, "ISCED11_6": 0.5, "ISCED11_7": 0.3}


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path.startswith(STUDENTS):
        return _csv(HEAD, _students(world, ask))
    if ask.path.startswith(TOURISM):
        return _csv(TOURISM_HEAD, _tourism(world, ask))
    return None


def _csv(head: str, lines: list[str]) -> Reply:
    if not lines:
        return Reply(b"NoRecordsFound", "text/plain", 404)
    return Reply("\n".join([head, *lines, ""]).encode(), "application/vnd.sdmx.data+csv")


def _years(world: World, ask: Ask, late: int) -> range:
    until = min(int(ask.query["endPeriod"]), world.today.year - late)
    return range(int(ask.query["startPeriod"]), until + 1)


def _students(world: World, ask: Ask) -> list[str]:
    key = ask.path.rpartition("/")[2].split(".")
    if len(key) != 15:
        return []
    areas, origins = key[0].split("+"), key[8].split("+")
    return [
        "DATAFLOW,OECD.EDU.IMEP:DSD_EAG_UOE_NON_FIN_STUD@DF_UOE_NF_RAW_MOB(1.0),I,"
        f"{area},{level},ENRL,_T,_T,_T,_Z,A,{origin},_Z,INST_EDU,MOBILE,PS,_T,_T,{year},"
        f"{round(6000 * share * (0.3 + noise('oecd', area, origin)) * 1.04 ** (year - 2020))},A,0,0"
        for area in areas if area in MEMBERS
        for origin in origins if origin != area
        for level, share in LEVELS.items()
        for year in _years(world, ask, 2)
    ]  # fmt: skip


def _tourism(world: World, ask: Ask) -> list[str]:
    kinds = {"VISITORS": 1.0, "TOURISTS": 0.8}
    return [
        "DATAFLOW,OECD.CFE.TOU:DSD_TOURISM_INTER@DF_INBOUND(1.0),I,"
        f"{area},A,{measure},PS,{kind},_T,{year},"
        f"{20000 * share * (0.3 + noise('inb', area)) * 1.03 ** (year - 2020):.1f},A,3,1"
        for area in (*MEMBERS, "IDN")
        for measure in ("ARRIVALS", "NIGHTS_ACCOM")
        for kind, share in kinds.items()
        for year in _years(world, ask, 1)
    ]
