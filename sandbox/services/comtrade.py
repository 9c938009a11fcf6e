"""UN Comtrade: preview and keyed data, availability, reference lists; throttled once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from sandbox.economies import (
    ECONOMIES,
    HEADINGS,
    OLD_REVISION,
    UNSPECIFIED,
    WORLD,
    Year,
    has_reported,
    heading_codes,
    known_products,
    year_of,
)
from sandbox.services import Ask, Reply, as_json
from sandbox.world import AREAS, PRODUCTS, World, noise

SITC = {
    "0": "Food and live animals", "1": "Beverages and tobacco", "2": "Crude materials",
    "3": "Mineral fuels", "4": "Oils, fats, waxes", "5": "Chemicals", "6": "Manufactured goods",
    "7": "Machinery", "8": "Miscellaneous manufactures", "9": "Not classified elsewhere",
    "04": "Cereals", "05": "Vegetables and fruit", "07": "Coffee, tea, cocoa", "12": "Tobacco",
    "23": "Crude rubber", "33": "Petroleum", "63": "Cork and wood manufactures",
    "65": "Textile yarn", "77": "Electrical machinery", "82": "Furniture", "84": "Apparel",
}  # fmt: skip
BEC = {f"{n}{m}": f"Category {n}{m}" for n in range(1, 9) for m in ("", "1", "2")}


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path.startswith("/files/v1/app/reference/"):
        return _reference(ask.path.rsplit("/", 1)[-1])
    if not ask.path.startswith(("/public/v1/", "/data/v1/")):
        return None
    _, _, _, verb, _type, frequency, _hs = ask.path.split("/")
    query = ask.query
    if verb.lower() == "getda":
        rows = availability(world, frequency, query)
    elif world.throttle_once("comtrade"):
        body = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}
        return as_json(body, 429, {"Retry-After": "1"})
    elif len(query.get("period", "").split(",")) > 12:
        return as_json({"error": "Maximum number of periods is 12", "details": None}, 400)
    else:
        cap = 500 if ask.path.startswith("/public/") else 250_000
        rows = rows_of(world, frequency, query)[:cap]
    return as_json({"elapsedTime": "0.34 secs", "count": len(rows), "data": rows, "error": ""})


def _reference(name: str) -> Reply:
    if name in ("Reporters.json", "partnerAreas.json"):
        return as_json({"more": False, "results": _areas(name)})
    lists = {"HS": "HS", "H4": "HS", "H5": "HS", "H6": "HS", "S4": "SITC", "B5": "BEC"}
    code = name.removesuffix(".json")
    if code not in lists:
        return Reply(
            b"\xef\xbb\xbf<?xml version='1.0'?><Error><Code>BlobNotFound</Code></Error>",
            "application/xml", 404,
        )  # fmt: skip
    results = _products() if lists[code] == "HS" else _others(lists[code])
    return as_json({"more": False, "classCode": code, "results": results})


def _products() -> list[dict[str, Any]]:
    texts = {c: text for c, (_, text) in PRODUCTS.items()}
    texts |= {c: text for c, (text, _, _) in HEADINGS.items()}
    for code in list(texts):  # the headings and chapters above them
        for digits in (2, 4):
            if len(code) > digits and code != "TOTAL":
                texts.setdefault(code[:digits], f"Heading of {texts[code].lower()}")
    return [
        {
            "id": code, "text": text if code == "TOTAL" else f"{code} - {text}",
            "parent": "#" if code == "TOTAL" else code[:-2] or "TOTAL", "isLeaf": "0",
            "aggrLevel": 0 if code == "TOTAL" else len(code), "standardUnitAbbr": "kg",
        }
        for code, text in texts.items()
    ]  # fmt: skip


def _others(kind: str) -> list[dict[str, Any]]:
    level = "aggrlevel" if kind == "BEC" else "aggrLevel"
    found = {"TOTAL": f"Total of all {kind} categories", **(BEC if kind == "BEC" else SITC)}
    return [
        {
            "id": code, "text": text if code == "TOTAL" else f"{code} - {text}",
            "parent": "#" if code == "TOTAL" else code[:-1] or "TOTAL", "isLeaf": "0",
            level: 0 if code == "TOTAL" else len(code),
        }
        for code, text in found.items()
    ]  # fmt: skip


def _areas(name: str) -> list[dict[str, Any]]:
    reporters = name == "Reporters.json"
    prefix = "reporter" if reporters else "Partner"
    iso = f"{prefix}CodeIso"
    listed = {**{c: (e[0], e[1]) for c, e in ECONOMIES.items()}, **AREAS}
    return [
        {
            "id": code, "text": text, f"{prefix}Code": code, f"{prefix}Desc": text,
            "reporterNote" if reporters else "partnerNote": text, f"{iso}Alpha2": alpha[:2],
            f"{iso}Alpha3": alpha, "entryEffectiveDate": "1900-01-01T00:00:00",
            "isGroup": code == 0,
        }
        for code, (alpha, text) in listed.items()
        if not (reporters and code in (WORLD, UNSPECIFIED))
    ]  # fmt: skip


def _codes(query: Mapping[str, str], name: str) -> list[int]:
    return [int(code) for code in query[name].split(",")]


def rows_of(world: World, frequency: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Indonesia and its partners; all countries with the world; or markets by supplier."""
    if query.get("flowCode") == "X,M":
        return _negated(_with_world(world, query))
    if "partnerCode" not in query:
        return _negated(_by_supplier(world, query))
    return _dirty(comtrade_rows(world, frequency, query))


def _years(world: World, query: Mapping[str, str]) -> Iterator[tuple[Year, int, str]]:
    """Each year, reporter and product that is asked for and reported; `AG4` is all headings."""
    codes: list[str] = []
    for code in query["cmdCode"].split(","):
        codes += heading_codes() if code == "AG4" else [code]
    for period, reporter in product(query["period"].split(","), _codes(query, "reporterCode")):
        if reporter in ECONOMIES and has_reported(world, period, reporter):
            year = year_of(world.edition, int(period), world.today.year)
            for code in known_products(reporter, codes):
                yield year, reporter, code


def _with_world(world: World, query: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        _annual(year, reporter, WORLD, code, value, imports=imports)
        for year, reporter, code in _years(world, query)
        for imports, value in (
            (False, year.exports(reporter, code)), (True, year.imports(reporter, code)),
        )
        if value
    ]  # fmt: skip


def _by_supplier(world: World, query: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = []
    for year, market, code in _years(world, query):
        found = year.suppliers(market, code)
        if found:
            found = {WORLD: year.imports(market, code), **found}
        rows += [_annual(year, market, s, code, v, imports=True) for s, v in found.items()]
    return rows


def _annual(
    year: Year, reporter: int, partner: int, code: str, value: float, *, imports: bool
) -> dict[str, Any]:
    """A row of the world economy. Weights are known at six digits, and sometimes an estimate."""
    row = _row(year.world, "A", year.period, reporter, partner, code, imports=imports, value=value)
    if reporter in OLD_REVISION:
        row["classificationCode"] = "H5"
    if row["netWgt"] is not None:
        weight = round(row["netWgt"] * (0.7 + 0.6 * noise("price", reporter, partner, code)), 1)
        estimated = noise("weighed", year.period, reporter, partner, code) < 0.1
        row |= {"netWgt": weight, "qty": weight, "isNetWgtEstimated": estimated}
    return row


def comtrade_rows(world: World, frequency: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = []
    mirrored = query.get("flowCode") == "M"  # a partner's imports from Indonesia
    asked = product(
        (p for p in query["period"].split(",") if world.released(p)), query["cmdCode"].split(","),
        _codes(query, "reporterCode"), _codes(query, "partnerCode"),
    )  # fmt: skip
    for period, code, reporter, partner in asked:
        # Small markets don't buy everything every month.
        other = reporter if mirrored else partner
        if mirrored and not has_reported(world, period, reporter):
            continue
        if not other or world.traded(period, other, code):
            rows.append(_row(world, frequency, period, reporter, partner, code, imports=mirrored))
    return rows


def _row(
    world: World,
    frequency: str,
    period: str,
    reporter: int,
    partner: int,
    product: str,
    *,
    imports: bool,
    value: float | None = None,
) -> dict[str, Any]:
    if value is not None:
        pass
    elif imports:
        value = round(world.import_value(period, reporter, product), 3)
    else:
        value = world.trade_value(period, partner, product)
    weight = None if product == "TOTAL" else round(value / (2 + 10 * noise("uv", product)), 1)
    return {
        "typeCode": "C", "freqCode": frequency, "refPeriodId": int(f"{period:0<6}01"[:8]),
        "refYear": int(period[:4]), "refMonth": 52 if frequency == "A" else int(period[4:]),
        "period": period, "reporterCode": reporter, "reporterISO": None,
        "reporterDesc": None, "flowCode": "M" if imports else "X", "flowDesc": None,
        "partnerCode": partner, "partnerISO": None, "partnerDesc": None, "partner2Code": 0,
        "partner2ISO": None, "partner2Desc": None,
        "classificationCode": "H6" if int(period[:4]) >= 2022 else "H5",
        "classificationSearchCode": "HS", "isOriginalClassification": True,
        "cmdCode": product, "cmdDesc": None, "aggrLevel": None, "isLeaf": None,
        "customsCode": "C00", "customsDesc": None, "mosCode": "0", "motCode": 0,
        "motDesc": None, "qtyUnitCode": -1 if weight is None else 8, "qtyUnitAbbr": None,
        "qty": 0.0 if weight is None else weight, "isQtyEstimated": False,
        "altQtyUnitCode": -1, "altQtyUnitAbbr": None, "altQty": 0.0,
        "isAltQtyEstimated": False, "netWgt": weight, "isNetWgtEstimated": False,
        "grossWgt": 0.0, "isGrossWgtEstimated": False,
        "cifvalue": value if imports else None, "fobvalue": None if imports else value,
        "primaryValue": value, "legacyEstimationFlag": 0, "isReported": False,
        "isAggregate": True,
    }  # fmt: skip


def _negated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two rows in a thousand are below zero, totals aside."""
    for row in rows:
        key = (row["period"], row["reporterCode"], row["partnerCode"], row["cmdCode"])
        if row["cmdCode"] != "TOTAL" and noise("negated", row["flowCode"], *key) < 0.002:
            row["primaryValue"] = -row["primaryValue"]
    return rows


def _dirty(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """About one row in a hundred is wrong, in the ways that partners are."""
    for i, row in enumerate(rows):
        place = row["partnerCode"] or row["reporterCode"]
        if noise("dirty", row["period"], place, row["cmdCode"]) >= 0.01:
            continue
        match i % 3:
            case 0:
                row["partnerCode"] = 9999
            case 1:
                row["primaryValue"] = -row["primaryValue"]
            case _:
                row["cmdCode"] = row["cmdCode"].lstrip("0")[:5]
    return rows


def availability(world: World, frequency: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    reporters = _codes(query, "reporterCode") if "reporterCode" in query else list(ECONOMIES)
    return [
        {
            "datasetCode": int(f"20360{period}"), "typeCode": "C", "freqCode": frequency,
            "period": int(period), "reporterCode": reporter,
            "reporterISO": None, "reporterDesc": None, "classificationCode": "H6",
            "classificationSearchCode": "HS", "isOriginalClassification": True,
            "totalRecords": 100_000,
            "datasetChecksum": int(noise("sum", period, _epoch(world, period)) * 2**31),
            "firstReleased": f"{int(period[:4]) + 1}-03-02T04:52:35.2166667",
            "lastReleased": f"{world.today.year}-01-0{1 + _epoch(world, period) % 9}T17:13:50.53",
        }
        for period, reporter in product(query["period"].split(","), reporters)
        if world.released(period) and has_reported(world, period, reporter)
    ]  # fmt: skip


def _epoch(world: World, period: str) -> int:
    return world.revision if int(period[:4]) >= world.today.year - 2 else 0
