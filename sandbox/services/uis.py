"""UNESCO UIS: releases, and students by country; an unknown area is a hint with status 200."""

from __future__ import annotations

from typing import Any

from sandbox.services import Ask, Reply, as_json
from sandbox.world import AREAS, World, noise

INDICATORS = {"26637": 90000.0, "OE.5T8.40510": 60000.0}
RELEASES = ("20260507-91260335", "20250904-1f1d3c2a", "20250223-4b1e7d90")


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path == "/api/public/versions":
        return as_json([{"version": v, "publicationDate": f"{v[:4]}-{v[4:6]}-{v[6:8]}T12:00:00Z",
                         "description": "", "themeDataStatus": []} for v in RELEASES])  # fmt: skip
    if ask.path != "/api/public/data/indicators":
        return None
    area, indicator = ask.query.get("geoUnit", ""), ask.query["indicator"]
    if area not in {code for code, _ in AREAS.values()}:
        hint = {"code": "UIS::HINT::003", "message": f"The geoUnit could not be found, {area}"}
        return as_json({"hints": [hint], "records": [], "indicatorMetadata": []})
    since, until = int(ask.query.get("start", "1970")), int(ask.query.get("end", "2100"))
    records = [
        _record(world, indicator, area, year)
        for year in range(max(since, 2000), min(until, world.today.year - 2) + 1)
    ]
    return as_json({"hints": [], "records": records, "indicatorMetadata": []})


def _record(world: World, indicator: str, area: str, year: int) -> dict[str, Any]:
    unknown = noise("na", indicator, area, year) < 0.05
    value = INDICATORS[indicator] * (0.1 + noise(indicator, area)) * 1.03 ** (year - 2015)
    if world.revision and year == world.today.year - 2:
        value *= 1.01
    return {
        "indicatorId": indicator, "geoUnit": area, "year": year,
        "value": 0 if unknown else round(value), "magnitude": "NA" if unknown else None,
        "qualifier": "UIS_EST" if noise("est", indicator, area, year) < 0.1 else None,
    }  # fmt: skip
