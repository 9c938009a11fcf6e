"""UNdata: the Statistical Yearbook's table of tourism, as its CSV file is written."""

from __future__ import annotations

import csv
import io

from sandbox.services import Ask, Reply
from sandbox.world import AREAS, World, noise

PATH = "/_Docs/SYB/CSV/SYB67_176_202411_Tourist-Visitors Arrival and Expenditure.csv"
HEAD = ("Region/Country/Area", "", "Year", "Series", "Tourism arrivals series type",
        "Tourism arrivals series type footnote", "Value", "Footnotes", "Source")  # fmt: skip
SOURCE = "simulated"
KINDS = {"VF": "visitors", "TF": "tourists", "THS": "hotel guests"}


def answer(world: World, ask: Ask) -> Reply | None:
    if ask.path != PATH:
        return None
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["T31", "Tourist/visitor arrivals and tourism expenditure", *[""] * 7])
    writer.writerow(HEAD)
    for code, (iso3, name) in AREAS.items():
        if not iso3.isalpha() or iso3 == "W00":
            continue
        kind = sorted(KINDS)[int(noise("syb", code) * len(KINDS))]
        number = {251: 250, 699: 356, 757: 756, 842: 840}.get(code, code)  # M49, not Comtrade's
        for year in (1995, 2005, 2010, 2015, 2019, 2020, 2021, 2022):
            value = 9000 * (0.2 + noise("arr", code)) * (0.2 if year in (2020, 2021) else 1)
            head, note = [number, name, year], f"Arrivals of {KINDS[kind]}."
            arrivals = ["Tourist/visitor arrivals (thousands)", kind, note, f"{value:,.0f}"]
            spent = ["Tourism expenditure (millions of US dollars)", "", "", f"{value * 0.9:,.0f}"]
            writer.writerows([[*head, *arrivals, "", SOURCE], [*head, *spent, "", SOURCE]])
    return Reply(out.getvalue().encode("cp1252"), "text/csv")
