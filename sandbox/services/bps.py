"""BPS WebAPI: exports and imports by chapter and port (dataexim), in the words it uses."""

from __future__ import annotations

from typing import Any

from sandbox.services import Ask, Reply, as_json
from sandbox.world import AREAS, SHARES, World, noise

MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
          "Oktober", "November", "Desember")  # fmt: skip
PORTS = ("TANJUNG PERAK", "TANJUNG PRIOK", "SOEKARNO-HATTA (U)")
CALLED = {"Viet Nam": "VIET NAM", "USA": "UNITED STATES"}
PATH = "/v1/api/dataexim/sumber/"
UNAVAILABLE = {"status": "OK", "data-availability": "list-not-available", "data": ""}


def answer(world: World, ask: Ask) -> Reply | None:
    if not ask.path.startswith(PATH):
        return None
    flow, _, codes, _, level, _, year, _, period = ask.path.removeprefix(PATH).split("/")[:9]
    if not ask.query.get("key"):
        return as_json({"status": "Error", "message": "key is required"})
    if len(codes.split(";")) > 20:
        return as_json({"status": "Error", "message": "at most 20 HS codes"})
    if level != "1" or period != "1" or int(year) < 2014:
        return as_json(UNAVAILABLE)
    rows = [
        row
        for chapter in codes.split(";")
        for month in range(1, 13)
        if _released(world, int(year), month)
        for row in _rows(world, flow, chapter, int(year), month)
    ]
    if not rows:
        return as_json(UNAVAILABLE, 404)
    return as_json({"status": "OK", "data-availability": "available",
                    "metadata": {"sumber": "Ekspor" if flow == "1" else "Impor"},
                    "data": rows})  # fmt: skip


def _released(world: World, year: int, month: int) -> bool:
    """Final figures come on the first working day of the second month after."""
    return year * 12 + month + 2 <= world.today.year * 12 + world.today.month


def _rows(world: World, flow: str, chapter: str, year: int, month: int) -> list[dict[str, Any]]:
    found = []
    for partner in SHARES:
        total = world.chapter_value(f"{year}{month:02d}", partner, chapter)
        if not partner or not total:
            continue
        total *= 0.4 if flow == "2" else 1.0
        name = AREAS[partner][1]
        for port, share in zip(PORTS, (0.6, 0.3, 0.1), strict=True):
            value = round(total * share, 2)
            bad = noise("bps", flow, chapter, year, month, partner, port) < 0.002
            found.append(
                {
                    "value": value, "netweight": round(value / (2 + 10 * noise("uv", chapter)), 2),
                    "kodehs": f"[{chapter}] Bab {chapter}", "pod": port,
                    "ctr": "ANTAH BERANTAH" if bad else CALLED.get(name, name.upper()),
                    "tahun": str(year), "bulan": f"[{month:02d}] {MONTHS[month - 1]}",
                }
            )  # fmt: skip
    return found
