"""European Central Bank: EXR as csvdata, and the zipped history."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

from sandbox.services import Ask, Reply
from sandbox.world import RATES, World


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path == "/stats/eurofxref/eurofxref-hist.zip":
        return Reply(history_zip(world), "application/zip")
    if not ask.path.startswith("/service/data/EXR/"):
        return None
    currencies = ask.path.rsplit("/", 1)[-1].split(".")[1].split("+")
    body = exr_csv(world, currencies, dict(ask.query))
    if body is None:
        return Reply(b"No results found.", "text/plain", 404)
    return Reply(body.encode(), "text/csv")


def history_zip(world: World) -> bytes:
    names = [*RATES, "ROL"]
    lines = [",".join(["Date", *names, ""])]
    for day in sorted(world.business_days(date(world.today.year - 3, 1, 1)), reverse=True):
        cells = [world.rate(c, day) if c in RATES else "N/A" for c in names]
        lines.append(",".join([day.isoformat(), *cells, ""]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("eurofxref-hist.csv", (2026, 1, 1, 0, 0, 0))
        archive.writestr(info, "\n".join(lines) + "\n", zipfile.ZIP_DEFLATED)
    return out.getvalue()


def exr_csv(world: World, currencies: list[str], query: dict[str, str]) -> str | None:
    since = date.fromisoformat(query["startPeriod"]) if "startPeriod" in query else None
    until = date.fromisoformat(query["endPeriod"]) if "endPeriod" in query else world.today
    if "updatedAfter" in query:
        since = world.today - timedelta(days=40)
    lines = ["KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,"
             "OBS_STATUS,OBS_CONF,DECIMALS,UNIT,UNIT_MULT,TITLE"]  # fmt: skip
    for currency in (c for c in currencies if c in RATES):
        for day in world.business_days(max(since or date(1999, 1, 4), date(2020, 1, 1))):
            if day <= until:
                lines.append(
                    f"EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A,{day},"
                    f'{world.rate(currency, day)},A,F,4,{currency},0,"{currency}/Euro"'
                )
    return "\r\n".join(lines) + "\r\n" if len(lines) > 1 else None
