"""ABS Data API: the data structure's code lists (SDMX-ML), merchandise trade (SDMX-CSV), arrivals
by country of residence (CSV with labels)."""

from __future__ import annotations

from sandbox.services import Ask, Reply
from sandbox.services.comtrade import SITC
from sandbox.world import World, noise

COUNTRIES = {"TOT": "Total", "1101": "Australia", "5101": "Burma (Myanmar)", "5102": "Cambodia",
             "5103": "Laos", "5104": "Thailand", "5105": "Vietnam", "5201": "Brunei Darussalam",
             "5202": "Indonesia", "5203": "Malaysia", "5204": "Philippines", "5205": "Singapore",
             "5206": "Timor-Leste", "6101": "China (excludes SARs and Taiwan)",
             "6201": "Japan"}  # fmt: skip
STATES = {"TOT": 1.0, "1": 0.4, "2": 0.35, "3": 0.25}
NAMESPACES = (
    'xmlns:message="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message" '
    'xmlns:structure="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure" '
    'xmlns:common="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"'
)


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path.startswith("/rest/datastructure/ABS/"):
        return Reply(_structure().encode(), "application/vnd.sdmx.structure+xml;version=2.1")
    if ask.path.startswith("/rest/data/ABS,OAD_COUNTRY/"):
        return _arrivals(world, ask)
    if not ask.path.startswith("/rest/data/ABS,MERCH_"):
        return None
    if "csv" not in ask.headers.get("accept", ""):
        return Reply(b"only csv is simulated", "text/plain", 406)
    _, _, _, flow, key = ask.path.split("/")
    return _data(world, flow.split(",")[1], key, ask)


def _structure() -> str:
    codes = "".join(
        f'<structure:Code id="{c}"><common:Name xml:lang="en">{n}</common:Name></structure:Code>'
        for c, n in COUNTRIES.items()
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><message:Structure {NAMESPACES}>'
        "<message:Structures><structure:Codelists>"
        '<structure:Codelist id="CL_MERCH_COUNTRY" agencyID="ABS" version="1.0.0">'
        f'<common:Name xml:lang="en">Country</common:Name>{codes}</structure:Codelist>'
        "</structure:Codelists></message:Structures></message:Structure>"
    )


def _data(world: World, flow: str, key: str, ask: Ask) -> Reply:
    imports = flow == "MERCH_IMP"
    country = key.split(".")[1]
    since, until = (ask.query[n].replace("-", "") for n in ("startPeriod", "endPeriod"))
    other, state = ("COUNTRY_ORIGIN", "STATE_DEST") if imports else ("COUNTRY_DEST", "STATE_ORIGIN")
    lines = [f"DATAFLOW,COMMODITY_SITC,{other},{state},FREQ,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,"
             "UNIT_MULT,OBS_STATUS,OBS_COMMENT"]  # fmt: skip
    for n in range(int(since[:4]) * 12 + int(since[4:]) - 1, int(until[:4]) * 12 + int(until[4:])):
        month = f"{n // 12}{n % 12 + 1:02d}"
        if n + 2 > world.today.year * 12 + world.today.month - 1:
            continue
        # Imports at customs value: neither freight nor insurance.
        total = world.trade_value(month, 36, "TOTAL") * world.average_rate("USD", "AUD", month)
        for code in ("TOT", *SITC):
            share = 1.0 if code == "TOT" else 0.3 * noise("sitc", flow, code)
            for place, part in STATES.items():
                secret = place != "TOT" and noise("conf", flow, month, code, place) < 0.01
                value = "" if secret else f"{total * share * part / 1000:.3f}"
                lines.append(
                    f"ABS:{flow}(1.0.0),{code},{country},{place},M,{month[:4]}-{month[4:]},{value},"
                    f"AUD,3,{'C' if secret else ''},"
                )
    if len(lines) == 1:
        return Reply(b"NoRecordsFound", "text/plain", 404)
    return Reply("\r\n".join([*lines, ""]).encode(), "application/vnd.sdmx.data+csv; version=1.0.0")


RESIDENCE = {"TOT": "Total (Country of stay/residence)", "5202": "Indonesia", "5203": "Malaysia",
             "5205": "Singapore", "6201": "Japan", "5104": "Thailand", "5": "South-East Asia",
             "9999": "Not stated"}  # fmt: skip
SUMS = {"TOT": ("5202", "5203", "5205", "6201", "5104", "9999"),
        "5": ("5202", "5203", "5205", "5104")}  # fmt: skip
TRAVELLERS = {"6": "Short-term Visitors arriving", "3": "Short-term Residents returning"}
SERIES = {"10": "Original", "20": "Seasonally Adjusted", "30": "Trend"}
LABELLED = ("STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,ACTION,CAT_TRAVELLER,Category of traveller,"
            "COUNTRY_RESID,Country of Stay/Residence,TSEST,Adjustment Type,FREQ,Frequency,"
            "TIME_PERIOD,Time Period,OBS_VALUE,Observation Value,UNIT_MEASURE,Unit of Measure,"
            "OBS_STATUS,Observation Status,OBS_COMMENT,Observation Comment")  # fmt: skip


def _months(world: World, ask: Ask) -> list[str]:
    since, until = (ask.query[n] for n in ("startPeriod", "endPeriod"))
    first = int(since[:4]) * 12 + int(since[5:]) - 1
    last = min(int(until[:4]) * 12 + int(until[5:]) - 1,
               world.today.year * 12 + world.today.month - 1 - 2)  # fmt: skip
    return [f"{n // 12}-{n % 12 + 1:02d}" for n in range(first, last + 1)]


def _arrivals(world: World, ask: Ask) -> Reply:
    months = _months(world, ask)
    if not months:
        return Reply(b"NoRecordsFound", "text/plain", 404)
    if ask.query.get("format") != "csvfilewithlabels":
        return Reply(b"only csv with labels is simulated", "text/plain", 406)
    lines = [
        'dataflow,ABS:OAD_COUNTRY(1.0.0),"Visitor arrivals, resident returns",I,'
        f"{kind},{traveller},{country},{name},{series},{adjusted},M,Monthly,{month},,"
        f"{_visitors(kind, country, month)},,NUM,Number,,,,"
        for kind, traveller in TRAVELLERS.items()
        for country, name in RESIDENCE.items()
        for series, adjusted in SERIES.items()
        for month in months
    ]
    return Reply("\r\n".join([LABELLED, *lines, ""]).encode(), "text/csv")


def _visitors(kind: str, country: str, month: str) -> int:
    if country in SUMS:
        return sum(_visitors(kind, part, month) for part in SUMS[country])
    season = 1 + 0.3 * noise("oad", month[5:])
    return round(30000 * (0.3 + noise("oad", kind, country)) * season)
