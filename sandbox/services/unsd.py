"""UNSD: the workbooks that convert one revision of HS into the one before."""

from __future__ import annotations

import io
import re

from sandbox.services import Ask, Reply
from sandbox.world import PRODUCTS, World

SPLIT = {"HS2017": {"442011": "442010", "442019": "442010"}, "HS2012": {"442199": "442190"}}


def answer(world: World, ask: Ask) -> Reply | None:
    found = re.search(r"/Econ/tables/(HS\d{4})to(HS\d{4})Conversion", ask.path)
    if not found:
        return None
    import xlsxwriter

    newer, older = found.groups()
    codes = [c for c in PRODUCTS if len(c) == 6]
    if newer == "HS2017":
        codes = sorted({SPLIT["HS2017"].get(c, c) for c in codes})
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet("ReadMe").write_string(0, 0, "simulated data")
    sheet = book.add_worksheet(f"{newer}-{older} Conversions")
    sheet.write_row(0, 0, [f"From {newer}", f"To {older}"])
    for row, code in enumerate(codes, start=1):
        sheet.write_string(row, 0, code)
        sheet.write_string(row, 1, SPLIT[older].get(code, code))
    book.close()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Reply(out.getvalue(), kind)
