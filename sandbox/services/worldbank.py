"""World Bank Indicators v2: pages, an error with status 200, busy once."""

from __future__ import annotations

from typing import Any

from sandbox.services import Ask, Reply, as_json
from sandbox.world import World, noise

INDICATORS = {
    "NY.GDP.MKTP.CD": ("GDP (current US$)", 9.0e11), "SP.POP.TOTL": ("Population, total", 9.0e7),
    "TX.VAL.MRCH.CD.WT": ("Merchandise exports (current US$)", 2.4e11),
    "PA.NUS.FCRF": ("Official exchange rate", 480.0),
    "FP.CPI.TOTL": ("Consumer price index (2010 = 100)", 100.0),
    "ST.INT.ARVL": ("International tourism, number of arrivals", 1.4e7),
    "ST.INT.DPRT": ("International tourism, number of departures", 9.0e6),
    "ST.INT.RCPT.CD": ("International tourism, receipts (current US$)", 1.2e10),
    "SE.TER.ENRR": ("School enrollment, tertiary (% gross)", 60.0),
    "SE.XPD.TOTL.GD.ZS": ("Government expenditure on education, total (% of GDP)", 5.0),
}  # fmt: skip
ISO2 = {"IDN": "ID", "JPN": "JP", "AUS": "AU", "WLD": "1W"}


def answer(world: World, ask: Ask) -> Reply | None:
    if not ask.path.startswith("/v2/country/"):
        return None
    _, _, _, areas, _, name = ask.path.split("/")
    if world.throttle_once("worldbank"):
        return Reply(b"busy", "text/plain", 503)
    if name not in INDICATORS:
        message = {"id": "120", "key": "Invalid value",
                   "value": "The provided parameter value is not valid"}  # fmt: skip
        return as_json([{"message": [message]}])
    return as_json(indicator(world, name, areas.split(";"), dict(ask.query)))


def indicator(world: World, name: str, areas: list[str], query: dict[str, str]) -> list[Any]:
    first, last = (int(y) for y in query.get("date", "2000:2025").split(":"))
    rows = [
        _observation(world, name, area, year)
        for area in areas
        for year in range(min(last, world.today.year - 1), first - 1, -1)
    ]
    size, page = int(query.get("per_page", "50")), int(query.get("page", "1"))
    pages = max(1, -(-len(rows) // size))
    head = {
        "page": page, "pages": pages, "per_page": str(size), "total": len(rows),
        "sourceid": "2", "lastupdated": f"{world.today.year}-0{1 + world.revision % 9}-01",
    }  # fmt: skip
    return [head, rows[(page - 1) * size : page * size] or None]


def _observation(world: World, name: str, area: str, year: int) -> dict[str, Any]:
    title, scale = INDICATORS[name]
    late = year >= world.today.year - 1 or (name.startswith("ST.INT.") and year > 2020)
    value = scale * (0.2 + noise(name, area)) * 1.03 ** (year - 2020)
    if name == "FP.CPI.TOTL":  # 100 in 2010 everywhere, then 1 to 7 per cent a year
        value = scale * (1.01 + 0.06 * noise(name, area)) ** (year - 2010)
    if world.revision and year == world.today.year - 3:
        value *= 1.004
    code = "XQZ" if noise("bad", name, area, year) < 0.004 else area
    return {
        "indicator": {"id": name, "value": title},
        "country": {"id": ISO2.get(area, area[:2]), "value": area},
        "countryiso3code": code, "date": str(year),
        "value": None if late else round(value, 2), "unit": "", "obs_status": "",
        "decimal": 0,
    }  # fmt: skip
