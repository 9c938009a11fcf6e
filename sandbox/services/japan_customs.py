"""Trade Statistics of Japan at e-Stat's site: a list of files, and files (CSV, thousand yen)."""

from __future__ import annotations

import re

from sandbox.services import Ask, Reply
from sandbox.world import PRODUCTS, World

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
OTHERS = {"105": 156, "601": 36}  # more countries stand in the same files
IMPORTS = "000001013182"


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path == "/en/stat-search/files":
        return Reply(_listing(world, ask).encode(), "text/html; charset=utf-8")
    if ask.path == "/en/stat-search/file-download":
        flow, year, part = re.fullmatch(r"9(\d)(\d{4})(\d)", ask.query["statInfId"]).groups()  # type: ignore[union-attr]
        return Reply(_file(world, flow, int(year), part).encode(), "text/csv")
    return None


def released(world: World, year: int) -> int:
    """How many months of a year are out."""
    return max(0, min(12, world.today.year * 12 + world.today.month - 2 - year * 12))


def _listing(world: World, ask: Ask) -> str:
    year, flow = int(ask.query["year"][:4]), "2" if ask.query["tclass2"] == IMPORTS else "1"
    if not released(world, year):
        return "<html><body><p>No data</p></body></html>"
    if "month" not in ask.query:
        links = [f"/en/stat-search/files?year={year}0&amp;month={24101200 + m}"
                 for m in range(1, released(world, year) + 1)]  # fmt: skip
    else:
        links = [f"/en/stat-search/file-download?statInfId=9{flow}{year}{part}&amp;fileKind=1"
                 for part in (1, 2)]  # fmt: skip
    return "<html><body>" + "".join(f'<a href="{u}">CSV</a>' for u in links) + "</body></html>"


def lines(world: World, year: int, flow: str, partner: int) -> dict[str, list[int | None]]:
    """Thousands of yen by nine-digit line and month; None where nothing was traded."""
    found = {}
    for product in (p for p in PRODUCTS if len(p) == 6):
        values: list[int | None] = []
        for month in range(1, 13):
            period = f"{year}{month:02d}"
            other = 392 if partner == 360 else partner
            if month > released(world, year) or not world.traded(period, other, product):
                values.append(None)
                continue
            usd = world.import_value(period, 392, product) if partner == 360 else 1e5
            usd *= 1.0 if flow == "2" else 0.3
            values.append(int(usd * world.average_rate("USD", "JPY", period) / 1000))
        if any(v is not None for v in values):
            found[f"{product}000"] = values
    return found


def _file(world: World, flow: str, year: int, part: str) -> str:
    head = "Exp or Imp,Year,HS,Country,Unit1,Unit2,Quantity1-Year,Quantity2-Year,Value-Year"
    head += "".join(f",Quantity1-{m},Quantity2-{m},Value-{m}" for m in MONTHS)
    rows = [head]
    for country, partner in {"118": 360, **OTHERS}.items():
        for code, values in lines(world, year, flow, partner).items():
            if (code < "440000000") != (part == "1"):
                continue
            cells = [f"0,{v // 3},{v}" if v is not None else "0,0,0" for v in values]
            total = sum(v or 0 for v in values)
            rows.append(f"{flow},{year},'{code}',{country},  ,KG,0,{total // 3},{total},"
                        + ",".join(cells))  # fmt: skip
    return "\n".join([*rows, ""])
