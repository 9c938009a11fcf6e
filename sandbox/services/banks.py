"""Central banks: Bank Indonesia (diffgram, page), RBA (CSV), BOJ and BNM (JSON); Frankfurter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from sandbox.services import Ask, Reply, as_json
from sandbox.world import RATES, World

SERVICE = "/biwebservice/wskursbi.asmx/getSubKurs"
BLOCKED = b"<!DOCTYPE html><html><head><title>Request Rejected</title></head></html>"
RBA = {"USD": "FXRUSD", "CNY": "FXRCR", "JPY": "FXRJY", "EUR": "FXREUR", "KRW": "FXRSKW",
       "SGD": "FXRSD", "THB": "FXRTB", "MYR": "FXRMR", "IDR": "FXRIR", "HKD": "FXRHKD",
       "PHP": "FXRPHP"}  # fmt: skip
BOJ = {"FXERD04": ("USD", "JPY", "Yen per U.S. Dollar"),
       "FXERD34": ("EUR", "USD", "U.S. Dollar per Euro")}  # fmt: skip


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path.startswith(SERVICE):
        return _bank_indonesia(world, ask)
    match ask.path:
        case "/en/statistik/informasi-kurs/transaksi-bi/default.aspx":
            return Reply(_bank_indonesia_page(world).encode(), "text/html; charset=utf-8")
        case "/v2/rates":
            return _frankfurter(world, ask)
        case "/statistics/tables/csv/f11.1-data.csv":
            return Reply(_rba(world).encode("utf-8-sig"), "text/csv")
        case "/api/v1/getDataCode":
            return _boj(world, ask)
        case "/public/exchange-rate":
            return _bnm(world, ask)
    return None


def _days(world: World, since: str, until: str) -> Iterator[date]:
    last = min(date.fromisoformat(until), world.today)
    return (d for d in world.business_days(date.fromisoformat(since)) if d <= last)


def _bank_indonesia(world: World, ask: Ask) -> Reply:
    jisdor = "Jisdor" in ask.path
    # The two methods spell their parameters differently; a wrong one is a firewall's page.
    names = ("startDate", "endDate") if jisdor else ("startdate", "enddate")
    if any(n not in ask.query for n in names):
        return Reply(BLOCKED, "text/html")
    suffix, code = "subkursasing" if jisdor else "subkurslokal", ask.query["mts"]
    units = 100 if code in ("JPY", "KRW") else 1
    rows = []
    for n, day in enumerate(_days(world, *(ask.query[name] for name in names)), start=1):
        middle = world.cross(code, "IDR", day) * units
        buy, sell = (middle, middle) if jisdor else (middle * 0.995, middle * 1.005)
        cells = {"id": n, "lnk": 44, "nil": f"{units}.00", "beli": f"{buy:.2f}",
                 "jual": f"{sell:.2f}", "tgl": f"{day}T00:00:00+07:00",
                 "mts": f"{code:<5}"}  # fmt: skip
        inner = "".join(f"<{k}_{suffix}>{v}</{k}_{suffix}>" for k, v in cells.items())
        rows.append(f'<Table diffgr:id="Table{n}" msdata:rowOrder="{n - 1}">{inner}</Table>')
    body = (
        '<?xml version="1.0" encoding="utf-8"?><DataSet xmlns="http://tempuri.org/">'
        '<diffgr:diffgram xmlns:msdata="urn:schemas-microsoft-com:xml-msdata" '
        'xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1"><NewDataSet xmlns="">'
        f"{''.join(rows)}</NewDataSet></diffgr:diffgram></DataSet>"
    )
    return Reply(body.encode(), "text/xml; charset=utf-8")


# Currencies of the page; the web service is asked for fewer.
ON_PAGE = ("AUD", "CNY", "EUR", "HKD", "JPY", "KRW", "MYR", "PHP", "SGD", "THB", "USD")


def _bank_indonesia_page(world: World) -> str:
    """The newest day alone, its date above the table, thousands with commas."""
    day = max(_days(world, f"{world.today.year - 1}-12-01", world.today.isoformat()))
    rows = []
    for code in ON_PAGE:
        units = 100 if code in ("JPY", "KRW") else 1
        middle = world.cross(code, "IDR", day) * units
        cells = (f"{code:<5}", str(units), f"{middle * 1.005:,.2f}", f"{middle * 0.995:,.2f}", "")
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    legend = "".join(f"<tr><td>{code}</td><td>-</td></tr>" for code in ON_PAGE)
    return (
        "<!DOCTYPE html><html><head><title>Kurs</title></head><body><form method='post'>"
        f"<table><tr><th>Code</th><th>Currency</th></tr>{legend}</table>"
        f"<div>Last Update&nbsp;<span>{day.day} {day:%B %Y}</span></div>"
        "<table><tr><th>Currencies</th><th>Value</th><th>Sell</th><th>Buy</th><th>Graph</th></tr>"
        f"{''.join(rows)}</table></form></body></html>"
    )


def _frankfurter(world: World, ask: Ask) -> Reply:
    rows = [
        {"date": str(day), "base": "EUR", "quote": code,
         # A copy that rounds, and once a month is not the original's.
         "rate": round(float(world.rate(code, day)) * (1.01 if day.day == 14 else 1.0), 5)}
        for day in _days(world, ask.query["from"], ask.query["to"])
        for code in ask.query["quotes"].split(",")
    ]  # fmt: skip
    return as_json(rows)


def _rba(world: World) -> str:
    names = ["USD", "TWI", *list(RBA)[1:]]
    series = [RBA.get(n, "FXRTWI") for n in names]
    rows = [["F11.1  EXCHANGE RATES"], ["Title", *(f"A$1={n}" for n in names)],
            ["Description", *("see notes" for _ in names)],
            ["Frequency", *("Daily" for _ in names)],
            ["Type", *("Indicative" for _ in names)], ["Units", *names], [], [],
            ["Source", *("RBA" for _ in names)],
            ["Publication date", *(f"{world.today:%d-%b-%Y}" for _ in names)],
            ["Series ID", *series]]  # fmt: skip
    for day in world.business_days(date(world.today.year - 2, 1, 3)):
        cells = ["61.40" if n == "TWI" else f"{world.cross('AUD', n, day):.5g}" for n in names]
        rows.append([f"{day:%d-%b-%Y}", *cells])
    return "\r\n".join([*(",".join(r) for r in rows), "," * len(names), ""])


def _boj(world: World, ask: Ask) -> Reply:
    first, last = (f"{ask.query[n][:4]}-{ask.query[n][4:]}" for n in ("startDate", "endDate"))
    found = []
    for code in ask.query["code"].split(","):
        base, quote, unit = BOJ[code]
        days = list(_days(world, f"{first}-01", f"{last}-28"))
        found.append(
            {
                "SERIES_CODE": code, "NAME_OF_TIME_SERIES": f"{base}/{quote}", "UNIT": unit,
                "FREQUENCY": "DAILY", "CATEGORY": "Foreign Exchange Rates",
                "LAST_UPDATE": int(f"{world.today:%Y%m%d}"),
                "VALUES": {"SURVEY_DATES": [int(f"{d:%Y%m%d}") for d in days],
                           "VALUES": [None if d.day == 3 else round(world.cross(base, quote, d), 4)
                                      for d in days]},
            }
        )  # fmt: skip
    return as_json({"STATUS": 200, "MESSAGEID": "M181000I", "MESSAGE": "Successfully completed",
                    "NEXTPOSITION": None, "RESULTSET": found})  # fmt: skip


def _bnm(world: World, ask: Ask) -> Reply:
    if "vnd.BNM.API" not in ask.headers.get("accept", ""):
        return Reply(b"", "text/plain", 406)
    day = list(world.business_days(date(world.today.year, 1, 1)))[-1]
    rows = []
    for code in (c for c in (*RATES, "EUR") if c != "MYR"):
        unit = 1 if code in ("USD", "EUR", "AUD", "SGD") else 100
        middle = world.cross(code, "MYR", day) * unit
        rate = {"date": str(day), "buying_rate": middle * 0.999, "selling_rate": middle * 1.001,
                "middle_rate": middle}  # fmt: skip
        rows.append({"currency_code": code, "unit": unit, "rate": rate})
    sdr = {"date": str(day), "buying_rate": None, "selling_rate": None, "middle_rate": 5.35}
    rows.append({"currency_code": "SDR", "unit": 1, "rate": sdr})
    body = json.dumps({"data": rows, "meta": {"quote": "rm", "session": ask.query["session"]}})
    return Reply(body.encode(), "application/json")
