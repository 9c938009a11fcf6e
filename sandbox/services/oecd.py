"""OECD: mobile students by origin, and inbound tourism, as SDMX-CSV in the columns of the
service."""

from __future__ import annotations

from sandbox.services import Ask, Reply
from sandbox.world import World, noise

MEMBERS = ("JPN", "AUS", "USA")
STUDENTS = "/public/rest/data/OECD.EDU.IMEP,DSD_EAG_UOE_NON_FIN_STUD@DF_UOE_NF_RAW_MOB,"
TOURISM = "/public/rest/data/OECD.CFE.TOU,DSD_TOURISM_INTER@DF_INBOUND,"
HEAD = ("STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,EDUCATION_LEV,MEASURE,EDUCATION_TYPE,INTENSITY,"
        "EDUCATION_FIELD,GRADE,FREQ,ORIGIN,DESTINATION,INST_TYPE_EDU,MOBILITY,UNIT_MEASURE,SEX,AGE,"
        "TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MULT,DECIMALS")  # fmt: skip
TOURISM_HEAD = ("DATAFLOW,REF_AREA,COUNTERPART_AREA,MEASURE,UNIT_MEASURE,VISITOR_TYPE,"
                "ACCOMMODATION_TYPE,SOURCE,TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_STATUS2,"
                "UNIT_MULT")  # fmt: skip
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


# Measure, unit, visitors, accommodation, who was counted; and a share of all visitors.
INBOUND = {
    ("ARRIVALS", "PS", "_T", "_Z", "TDS"): 1.0,
    ("ARRIVALS", "PS", "OVERNIGHT", "_T", "TDS"): 0.8,
    ("ARRIVALS", "PS", "SAME_DAY", "_Z", "TDS"): 0.2,
    ("ARRIVALS", "PS", "OVERNIGHT", "_T", "TSS"): 0.6,
    ("NIGHTS_ACCOM", "NGHT", "_T", "HOTELS", "TSS"): 2.5,
}
TOP = ("TOP_MKT", "PS", "OVERNIGHT", "_T", "TDS")
# Countries of origin, a continent and a group; the last two are no countries.
MARKETS = {"AUS": 0.1, "JPN": 0.12, "USA": 0.08, "SGP": 0.05, "E": 0.2, "USA_CAN": 0.09}


def _tourism(world: World, ask: Ask) -> list[str]:
    lines = []
    for area in (*MEMBERS, "IDN", "BE1"):
        markets = {(area, m, *TOP): share for m, share in MARKETS.items() if m != area}
        shares = {(area, "_Z", *kind): share for kind, share in INBOUND.items()} | markets
        for year in _years(world, ask, 1):
            whole = 20_000_000 * (0.3 + noise("inb", area)) * 1.03 ** (year - 2020)
            stage = "P" if year == world.today.year - 1 else "A"
            lines += [
                f"OECD.CFE.TOU:DSD_TOURISM_INTER@DF_INBOUND(1.0),{','.join(key)},{year},"
                f"{whole * share:.0f},{stage},A,0"
                for key, share in shares.items()
            ]
    return lines
