"""BPS WebAPI: exports and imports by chapter and port (dataexim), lists of variables and dynamic
tables, in the words it uses."""

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
    if ask.path.startswith(("/v1/api/list/model/var/", "/v1/api/list/model/data/")):
        return dynamic(world, ask)
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
    """Final figures are released on the first working day of the second month after."""
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


# --- dynamic tables ---------------------------------------------------------------------------

# Number of a table → domain, subject, title, unit, what its rows are, columns, annual.
TABLES: dict[int, tuple[str, int, str, str, str, tuple[str, ...], bool]] = {
    1150: ("0000", 16, "Jumlah Kunjungan Wisatawan Mancanegara per bulan Menurut Pintu Masuk",
           "Kunjungan", "gates", ("Tidak ada",), False),
    1470: ("0000", 16, "Jumlah Kunjungan Wisatawan Mancanegara per bulan Menurut Kebangsaan",
           "Kunjungan", "nations", ("Tidak ada",), False),
    122: ("0000", 16, "Tingkat Penghunian Kamar pada Hotel Bintang", "Persen", "provinces",
          ("Tidak ada",), False),
    287: ("0000", 16, "Rata-rata Lama Menginap Tamu pada Hotel Bintang", "Hari", "provinces",
          ("Tidak ada",), False),
    330: ("3500", 52, "[Seri 2010] PDRB Atas Dasar Harga Konstan Menurut Kabupaten/Kota",
          "Miliar Rupiah", "regencies", ("Tidak ada",), True),
    416: ("3500", 26, "Pengeluaran per Kapita Disesuaikan Menurut Kabupaten/Kota",
          "Ribu Rupiah/Orang/Tahun", "regencies", ("Tidak ada",), True),
    421: ("3500", 23, "Persentase Penduduk Miskin Menurut Kabupaten/Kota", "Persen", "regencies",
          ("Tidak ada",), True),
    536: ("3500", 6, "Penduduk yang Bekerja Menurut Lapangan Pekerjaan Utama dan Kabupaten/Kota",
          "Orang", "regencies", ("Pertanian", "Manufaktur", "Jasa", "Jumlah"), True),
    540: ("3500", 6, "Jumlah Penduduk Menurut Kabupaten/Kota", "Ribu Jiwa", "regencies",
          ("Tidak ada",), True),
}  # fmt: skip
GATES = ("A. Pintu Udara", "Ngurah Rai", "Soekarno-Hatta", "Juanda", "B. Pintu Laut", "Batam",
         "C. Pintu Darat", "Jayapura", "Jumlah (A+B+C)", "Total")  # fmt: skip
NATIONS = ("Malaysia", "Australia", "Singapura", "Jepang", "Tiongkok", "Filipina", "ASEAN", "Total")
PROVINCES = {3400: "DI Yogyakarta", 3500: "Jawa Timur", 5100: "Bali", 9999: "Indonesia"}
REGENCIES = {3504: "Kabupaten Tulungagung", 3505: "Kabupaten Blitar", 3506: "Kabupaten Kediri",
             3572: "Kota Blitar", 3500: "Jawa Timur"}  # fmt: skip
PAGE = 2  # the service has 10; a small page makes every list go on


def dynamic(world: World, ask: Ask) -> Reply:
    if not ask.query.get("key"):
        return as_json({"status": "Error", "message": "key is required"})
    _, _, _, _, model, *rest = ask.path.strip("/").split("/")  # v1/api/list/model/<model>/…
    named = dict(zip(rest[::2], rest[1::2], strict=False))
    if model == "var":
        return _variables(named, int(ask.query.get("page", "1")))
    found = TABLES.get(int(named["var"]))
    if found is None or found[0] != named["domain"]:
        return as_json({"status": "OK", "data-availability": "not-available", "data": ""})
    return as_json(_table(world, int(named["var"]), 1900 + int(named["th"])))


def _variables(named: dict[str, str], page: int) -> Reply:
    rows = [
        {"var_id": number, "title": title, "sub_id": subject, "sub_name": "", "def": "",
         "notes": "", "vertical": 1, "unit": unit, "graph_id": 1, "graph_name": "Line"}
        for number, (domain, subject, title, unit, *_) in TABLES.items()
        if domain == named["domain"] and str(subject) == named.get("subject", str(subject))
    ]  # fmt: skip
    if not rows:
        return as_json(UNAVAILABLE)
    pages = -(-len(rows) // PAGE)
    head = {"page": page, "pages": pages, "per_page": PAGE, "count": len(rows),
            "total": len(rows)}  # fmt: skip
    return as_json({"status": "OK", "data-availability": "available",
                    "data": [head, rows[(page - 1) * PAGE : page * PAGE]]})  # fmt: skip


def _items(kind: str) -> dict[int, str]:
    numbered = {"gates": GATES, "nations": NATIONS}
    if kind in numbered:
        return dict(enumerate(numbered[kind], start=1))
    return PROVINCES if kind == "provinces" else REGENCIES


def _table(world: World, number: int, year: int) -> dict[str, Any]:
    _, _, title, unit, kind, columns, annual = TABLES[number]
    rows = _items(kind)
    periods = {0: "Tahun"} if annual else dict(enumerate((*MONTHS, "Tahunan"), start=1))
    values: dict[str, float] = {}
    for row, label in rows.items():
        for column, heading in enumerate(columns):
            for period in periods:
                value = _figure(world, number, (label, heading), year, period)
                if value is not None:
                    values[f"{row}{number}{column}{year - 1900}{period}"] = value
    return {
        "status": "OK", "data-availability": "available",
        "last_update": None,
        "var": [{"val": number, "label": title, "unit": unit, "subj": "", "def": "", "note": ""}],
        "turvar": [{"val": str(n) if len(columns) == 1 else n, "label": c}
                   for n, c in enumerate(columns)],
        "labelvervar": "Wilayah", "vervar": [{"val": v, "label": t} for v, t in rows.items()],
        "tahun": [{"val": year - 1900, "label": str(year)}] if values else [],
        "turtahun": [{"val": v, "label": t} for v, t in periods.items()],
        "datacontent": values or [], "related": [],
    }  # fmt: skip


SCALES = {1150: 60000.0, 1470: 90000.0, 122: 55.0, 287: 1.9, 330: 40000.0, 416: 11500.0,
          421: 9.0, 536: 210000.0, 540: 1200.0}  # fmt: skip
SUMS: dict[str, tuple[str, ...]] = {
    "A. Pintu Udara": ("Ngurah Rai", "Soekarno-Hatta", "Juanda"),
    "B. Pintu Laut": ("Batam",),
    "C. Pintu Darat": ("Jayapura",),
    "ASEAN": ("Malaysia", "Singapura", "Filipina"),
}


def _figure(world: World, number: int, of: tuple[str, str], year: int, period: int) -> float | None:
    """A value, or the sum that a subtotal or the year's total stands for."""
    label, heading = of
    annual = TABLES[number][6]
    if annual:
        if year >= world.today.year:
            return None
    elif period == 13:
        months = [_figure(world, number, of, year, m) for m in range(1, 13)]
        return None if None in months else round(sum(m for m in months if m is not None), 2)
    elif not _released(world, year, period):
        return None
    parts = SUMS.get(label) or (
        [x for x in _items(TABLES[number][4]).values() if x not in SUMS and "(" not in x
         and x != "Total"] if label in ("Total", "Jumlah (A+B+C)") else ()
    )  # fmt: skip
    if parts:
        found = [_figure(world, number, (p, heading), year, period) or 0.0 for p in parts]
        return round(sum(found), 2)
    if heading == "Jumlah":
        return sum(_figure(world, number, (label, c), year, period) or 0.0
                   for c in ("Pertanian", "Manufaktur", "Jasa"))  # fmt: skip
    value = SCALES[number] * (0.6 + 0.8 * noise("dyn", number, label, heading))
    season = 1 + 0.25 * noise("season", number, label, period)
    value *= season * (1 + 0.05 * noise("trend", number, label)) ** (year - 2024)
    if label == "Jawa Timur" and number in (330, 536, 540):
        value *= 38
    if world.revision and noise("redone", number, label, year, period) < 0.05:
        value *= 1.01
    return round(value, 0 if number in (1150, 1470, 536) else 2)
