"""The workload: answers shaped like Comtrade's, and the truth about them.

One row per month, partner and product. One row in a hundred is dirty, in five ways. The
second answer restates 5 % of the rows and adds 1 %. Everything follows from a row's number,
so the same answer can be made again, and what must be in the warehouse is known exactly.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

MONTHS = 12
PARTNERS = 200
PER_PRODUCT = MONTHS * PARTNERS
YEAR = 2024
STEPS = ("initial", "delta")
FORMATS = ("json", "csv", "sdmx-csv")

# What is wrong with a row, by its number modulo 500: a fifth of a percent each.
DIRTY = {
    7: "value_negative",
    107: "value_not_a_number",
    207: "partner_unknown",
    307: "period_impossible",
    407: "flow_unknown",
}


@dataclass(frozen=True)
class Truth:
    """What a warehouse holds after a step: rows, their total, and how many were refused."""

    rows: int
    total_usd: str
    refused: int
    changed: int


def make(folder: Path, rows: int, format_: str) -> dict[str, Truth]:
    """Write `initial` and `delta` answers of a format below `folder`, once; returns their truth."""
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"truth.{format_}.json"
    if not written.exists():
        con = _connection(folder)
        found = {step: _make_one(con, folder, rows, format_, step) for step in STEPS}
        con.close()
        written.write_text(json.dumps({k: asdict(v) for k, v in found.items()}))
    return {k: Truth(**v) for k, v in json.loads(written.read_text()).items()}


def answer(folder: Path, format_: str, step: str) -> Path:
    return folder / f"{step}.{format_}"


def _connection(folder: Path) -> duckdb.DuckDBPyConnection:
    import pycountry

    con = duckdb.connect(config={"temp_directory": str(folder / "tmp"), "memory_limit": "2GB"})
    names = sorted((c.alpha_3, c.name) for c in pycountry.countries if c.alpha_3 != "IDN")
    con.execute("CREATE TABLE partners (nth INTEGER, iso VARCHAR, name VARCHAR)")
    con.executemany(
        "INSERT INTO partners VALUES (?, ?, ?)",
        [(n, iso, name) for n, (iso, name) in enumerate(names[:PARTNERS])],
    )
    return con


def _make_one(
    con: duckdb.DuckDBPyConnection, folder: Path, rows: int, format_: str, step: str
) -> Truth:
    facts = _facts(rows, step)
    target = answer(folder, format_, step)
    if format_ == "json":
        body = target.with_suffix(".body")
        con.execute(f"COPY ({_comtrade(facts)}) TO '{body}' (FORMAT json, ARRAY true)")
        count = _number(con, f"SELECT count(*) FROM ({facts})")
        with target.open("wb") as out, body.open("rb") as listed:
            out.write(b'{"elapsedTime":"0.31 secs","count":%d,"data":' % count)
            shutil.copyfileobj(listed, out, 1 << 20)
            out.write(b',"error":""}')
        body.unlink()
    elif format_ == "csv":
        con.execute(f"COPY ({_comtrade(facts, text=True)}) TO '{target}' (FORMAT csv, HEADER)")
    else:
        con.execute(f"COPY ({_sdmx(facts)}) TO '{target}' (FORMAT csv, HEADER)")
    total = con.execute(
        f"SELECT CAST(sum(CAST(cents AS DECIMAL(38, 0))) / 100 AS DECIMAL(38, 2)) "
        f"FROM ({facts}) WHERE dirty IS NULL"
    ).fetchall()[0][0]
    good = _number(con, f"SELECT count(*) FROM ({facts}) WHERE dirty IS NULL")
    every = _number(con, f"SELECT count(*) FROM ({facts})")
    changed = _number(
        con,
        f"SELECT count(*) FROM ({facts}) WHERE dirty IS NULL AND (restated OR i >= {rows})",
    )
    return Truth(good, str(total), every - good, good if step == "initial" else changed)


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])


def _facts(rows: int, step: str) -> str:
    total = rows if step == "initial" else rows + rows // 100
    restated = "false" if step == "initial" else f"(i < {rows} AND i % 20 = 3)"
    kinds = " ".join(f"WHEN {n} THEN '{kind}'" for n, kind in DIRTY.items())
    return (
        f"SELECT i, CASE i % 500 {kinds} END AS dirty, {restated} AS restated, "
        f"CAST(i % {MONTHS} + 1 AS INTEGER) AS month, iso, name, "
        f"printf('%02d%04d', 1 + (i // {PER_PRODUCT}) % 97, 1000 + i // {PER_PRODUCT * 97}) AS hs, "
        f"1 + (i * 2654435761) % 100000007 + CASE WHEN {restated} THEN 17 ELSE 0 END AS cents "
        f"FROM range({total}) AS t(i) JOIN partners ON nth = (i // {MONTHS}) % {PARTNERS}"
    )


PERIOD = f"CASE dirty WHEN 'period_impossible' THEN '{YEAR}13' ELSE printf('{YEAR}%02d', month) END"
PARTNER = "CASE dirty WHEN 'partner_unknown' THEN 'Q9Q' ELSE iso END"
FLOW = "CASE dirty WHEN 'flow_unknown' THEN 'Z' ELSE 'X' END"
CENTS = "CASE dirty WHEN 'value_negative' THEN -cents ELSE cents END"
VALUE = f"printf('%d.%02d', {CENTS} // 100, abs({CENTS}) % 100)"
GOODS = "'Goods of heading ' || hs || ', n.e.c. (whether or not \"finished\")'"


def _comtrade(facts: str, *, text: bool = False) -> str:
    """The partner's 47 columns. In JSON a value is a number, and text where it is dirty."""
    value = f"CASE dirty WHEN 'value_not_a_number' THEN 'n/a' ELSE {VALUE} END"
    if not text:
        quoted = f"CASE dirty WHEN 'value_not_a_number' THEN '\"n/a\"' ELSE {VALUE} END"
        value = f"CAST({quoted} AS JSON)"
    columns = {
        "typeCode": "'C'",
        "freqCode": "'M'",
        "refPeriodId": f"{YEAR}0001 + month * 100",
        "refYear": str(YEAR),
        "refMonth": "month",
        "period": PERIOD,
        "reporterCode": "360",
        "reporterISO": "'IDN'",
        "reporterDesc": "'Indonesia'",
        "flowCode": FLOW,
        "flowDesc": "'Export'",
        "partnerCode": "100 + (i // 12) % 200",
        "partnerISO": PARTNER,
        "partnerDesc": "name",
        "partner2Code": "0",
        "partner2ISO": "'W00'",
        "partner2Desc": "'World'",
        "classificationCode": "'H6'",
        "classificationSearchCode": "'HS'",
        "isOriginalClassification": "true",
        "cmdCode": "hs",
        "cmdDesc": GOODS,
        "aggrLevel": "6",
        "isLeaf": "true",
        "customsCode": "'C00'",
        "customsDesc": "'TOTAL CPC'",
        "mosCode": "'0'",
        "motCode": "0",
        "motDesc": "'TOTAL MOT'",
        "qtyUnitCode": "8",
        "qtyUnitAbbr": "'kg'",
        "qty": "cents / 8",
        "isQtyEstimated": "false",
        "altQtyUnitCode": "-1",
        "altQtyUnitAbbr": "'N/A'",
        "altQty": "NULL",
        "isAltQtyEstimated": "false",
        "netWgt": "cents / 8",
        "isNetWgtEstimated": "false",
        "grossWgt": "NULL",
        "isGrossWgtEstimated": "false",
        "cifvalue": "NULL",
        "fobvalue": "cents / 100",
        "primaryValue": value,
        "legacyEstimationFlag": "0",
        "isReported": "true",
        "isAggregate": "false",
    }
    listed = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
    return f"SELECT {listed} FROM ({facts}) ORDER BY i"


def _sdmx(facts: str) -> str:
    """SDMX-CSV 1.0: one column per dimension and attribute."""
    columns = {
        "DATAFLOW": "'PARTNER:TRADE(1.0)'",
        "FREQ": "'M'",
        "TIME_PERIOD": f"substr({PERIOD}, 1, 4) || '-' || substr({PERIOD}, 5)",
        "REF_AREA": "'IDN'",
        "COUNTERPART_AREA": PARTNER,
        "TRADE_FLOW": FLOW,
        "CLASSIFICATION": "'H6'",
        "COMMODITY": "hs",
        "UNIT_MEASURE": "'USD'",
        "OBS_VALUE": f"CASE dirty WHEN 'value_not_a_number' THEN 'n/a' ELSE {VALUE} END",
        "NET_WEIGHT": "cents / 8",
        "OBS_STATUS": "'A'",
        "TITLE": GOODS,
    }
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    return f"SELECT {listed} FROM ({facts}) ORDER BY i"
