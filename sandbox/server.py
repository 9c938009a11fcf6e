"""Partner simulator: the protocols of the real partners over real HTTP on loopback.

Shapes, names, error bodies and throttling follow recorded answers of each partner; every
figure is synthetic, from a seed. It knows nothing of the pipeline. `edition` counts runs:
with every second one the partners have restated some of their figures.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

NOTICE = "data simulasi / simulated data"
SEED = "penataran"

# Comtrade code → ISO code, name. The reference lists of the simulated service.
AREAS = {
    0: ("W00", "World"), 360: ("IDN", "Indonesia"), 392: ("JPN", "Japan"),
    36: ("AUS", "Australia"), 96: ("BRN", "Brunei Darussalam"), 116: ("KHM", "Cambodia"),
    418: ("LAO", "Lao People's Dem. Rep."), 458: ("MYS", "Malaysia"), 104: ("MMR", "Myanmar"),
    608: ("PHL", "Philippines"), 702: ("SGP", "Singapore"), 764: ("THA", "Thailand"),
    626: ("TLS", "Timor-Leste"), 704: ("VNM", "Viet Nam"), 156: ("CHN", "China"),
    842: ("USA", "USA"), 251: ("FRA", "France"), 699: ("IND", "India"),
    757: ("CHE", "Switzerland"), 490: ("S19", "Other Asia, nes"), 899: ("_X ", "Areas, nes"),
}  # fmt: skip
SHARES = {
    0: 1.0, 392: 0.11, 36: 0.04, 458: 0.06, 702: 0.07, 764: 0.05, 704: 0.05, 608: 0.05,
    116: 0.02, 104: 0.01, 156: 0.24, 842: 0.13, 626: 0.004, 96: 0.003, 418: 0.002,
}  # fmt: skip
PRODUCTS = {
    "TOTAL": (2.6e11, "Total - All commodities"), "920600": (4.1e7, "Percussion instruments"),
    "442011": (3.2e7, "Ornaments of tropical wood"), "442019": (1.1e7, "Ornaments of other wood"),
    "442090": (2.4e7, "Wood marquetry; caskets"), "442199": (9.0e7, "Other articles of wood"),
    "4602": (6.5e7, "Basketwork"), "940360": (5.2e8, "Furniture, wooden"),
    "9503": (3.1e8, "Toys"), "6211": (1.6e8, "Garments n.e.s."), "6214": (2.1e7, "Shawls"),
    "240319": (4.4e7, "Smoking tobacco"), "240399": (1.9e7, "Manufactured tobacco n.e.s."),
    "030111": (2.8e7, "Ornamental freshwater fish"), "060290": (1.5e7, "Live plants n.e.s."),
    "0207": (1.2e7, "Poultry meat"), "080430": (6.0e6, "Pineapples"), "081090": (4.0e7, "Fruit"),
    "090111": (9.3e8, "Coffee; not roasted"), "0907": (1.6e8, "Cloves"),
    "180100": (7.0e7, "Cocoa beans"), "1701": (8.0e6, "Cane or beet sugar"),
    "1702": (5.5e7, "Sugars n.e.s."), "210390": (1.4e8, "Sauces"),
    "03": (3.5e9, "Fish"), "06": (1.8e7, "Plants"), "08": (1.1e9, "Fruit"),
    "09": (1.6e9, "Coffee, tea, spices"), "15": (2.6e10, "Fats and oils"),
    "16": (1.3e9, "Preparations of fish"), "18": (1.2e9, "Cocoa"), "24": (1.1e9, "Tobacco"),
    "44": (3.9e9, "Wood"), "46": (7.0e7, "Plaiting materials"), "61": (4.2e9, "Knitwear"),
    "62": (4.4e9, "Clothing"), "94": (2.3e9, "Furniture"),
}  # fmt: skip
RATES = {"USD": 1.11, "JPY": 168.0, "AUD": 1.66, "IDR": 18900.0, "CNY": 7.7, "MYR": 4.7,
         "SGD": 1.45, "THB": 37.5, "PHP": 64.0, "HKD": 8.65, "KRW": 1540.0}  # fmt: skip
INDICATORS = {
    "NY.GDP.MKTP.CD": ("GDP (current US$)", 9.0e11), "SP.POP.TOTL": ("Population, total", 9.0e7),
    "TX.VAL.MRCH.CD.WT": ("Merchandise exports (current US$)", 2.4e11),
    "PA.NUS.FCRF": ("Official exchange rate", 480.0),
    "ST.INT.ARVL": ("International tourism, number of arrivals", 1.4e7),
}  # fmt: skip
ISO2 = {"IDN": "ID", "JPN": "JP", "AUS": "AU", "WLD": "1W"}


def noise(*parts: object) -> float:
    """A number in [0, 1) that depends on the seed and the parts alone."""
    text = "|".join(str(p) for p in (SEED, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


@dataclass
class World:
    """What the partners know at one edition, on one day."""

    edition: int
    today: date
    throttled: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def revision(self) -> int:
        return self.edition // 2

    def throttle_once(self, provider: str) -> bool:
        """Each partner refuses the first request for data, as they do under load."""
        with self.lock:
            if provider in self.throttled:
                return False
            self.throttled.add(provider)
            return True

    # --- Comtrade ---

    def released(self, period: str) -> bool:
        """Annual figures come in the following year, monthly ones after three months."""
        if len(period) == 4:
            return int(period) < self.today.year
        month = int(period[:4]) * 12 + int(period[4:]) - 1
        return month <= self.today.year * 12 + self.today.month - 1 - 3

    def trade_value(self, period: str, partner: int, product: str) -> float:
        scale, year = PRODUCTS[product][0], int(period[:4])
        share = SHARES.get(partner, 0.01) * (0.5 + noise("share", partner, product))
        value = scale * (1.0 if partner == 0 else share) * 1.04 ** (year - 2024)
        value *= 0.92 + 0.16 * noise("year", period, partner, product)
        if len(period) == 6:
            value /= 12
        if self.restated(period, partner, product):
            value *= 1 + 0.02 * self.revision
        return round(value, 3)

    def restated(self, period: str, partner: int, product: str) -> bool:
        recent = int(period[:4]) >= self.today.year - 2
        return recent and noise("restated", period, partner, product) < 0.06

    def comtrade_rows(self, frequency: str, query: dict[str, str]) -> list[dict[str, Any]]:
        rows = []
        for period in query["period"].split(","):
            if not self.released(period):
                continue
            for product in query["cmdCode"].split(","):
                for partner in (int(p) for p in query["partnerCode"].split(",")):
                    # Small markets don't buy everything every month.
                    if partner and product != "TOTAL" and noise("trades", partner, product) < 0.2:
                        continue
                    rows.append(self._row(frequency, period, partner, product, query))
        return self._dirty(rows)

    def _row(
        self, frequency: str, period: str, partner: int, product: str, query: dict[str, str]
    ) -> dict[str, Any]:
        value = self.trade_value(period, partner, product)
        weight = None if product == "TOTAL" else round(value / (2 + 10 * noise("uv", product)), 1)
        return {
            "typeCode": "C", "freqCode": frequency, "refPeriodId": int(f"{period:0<6}01"[:8]),
            "refYear": int(period[:4]), "refMonth": 52 if frequency == "A" else int(period[4:]),
            "period": period, "reporterCode": int(query["reporterCode"]), "reporterISO": None,
            "reporterDesc": None, "flowCode": query.get("flowCode", "X"), "flowDesc": None,
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
            "grossWgt": 0.0, "isGrossWgtEstimated": False, "cifvalue": None, "fobvalue": value,
            "primaryValue": value, "legacyEstimationFlag": 0, "isReported": False,
            "isAggregate": True,
        }  # fmt: skip

    def _dirty(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """About one row in a hundred is wrong, in the ways that partners are."""
        for i, row in enumerate(rows):
            if noise("dirty", row["period"], row["partnerCode"], row["cmdCode"]) >= 0.01:
                continue
            match i % 3:
                case 0:
                    row["partnerCode"] = 9999
                case 1:
                    row["primaryValue"] = -row["primaryValue"]
                case _:
                    row["cmdCode"] = row["cmdCode"].lstrip("0")[:5]
        return rows

    def availability(self, frequency: str, query: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {
                "datasetCode": int(f"20360{period}"), "typeCode": "C", "freqCode": frequency,
                "period": int(period), "reporterCode": int(query["reporterCode"]),
                "reporterISO": "IDN", "reporterDesc": "Indonesia", "classificationCode": "H6",
                "classificationSearchCode": "HS", "isOriginalClassification": True,
                "totalRecords": 100_000,
                "datasetChecksum": int(noise("sum", period, self._epoch(period)) * 2**31),
                "firstReleased": f"{int(period[:4]) + 1}-03-02T04:52:35.2166667",
                "lastReleased": f"{self.today.year}-01-0{1 + self._epoch(period) % 9}T17:13:50.53",
            }
            for period in query["period"].split(",")
            if self.released(period)
        ]  # fmt: skip

    def _epoch(self, period: str) -> int:
        return self.revision if int(period[:4]) >= self.today.year - 2 else 0

    # --- ECB ---

    def business_days(self, since: date) -> Iterator[date]:
        day = since
        while day < self.today:
            if day.weekday() < 5:
                yield day
            day += timedelta(days=1)

    def rate(self, currency: str, day: date) -> str:
        drift = 1 + 0.05 * (noise("drift", currency, day.year, day.month) - 0.5)
        value = RATES[currency] * drift * (1 + 0.01 * (noise("rate", currency, day) - 0.5))
        if self.revision and day.day == 3 and (self.today - day).days < 40:
            value *= 1.0005
        return f"{value:.6g}"

    def history_zip(self) -> bytes:
        names = [*RATES, "ROL"]
        lines = [",".join(["Date", *names, ""])]
        for day in sorted(self.business_days(date(self.today.year - 3, 1, 1)), reverse=True):
            cells = [self.rate(c, day) if c in RATES else "N/A" for c in names]
            lines.append(",".join([day.isoformat(), *cells, ""]))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            info = zipfile.ZipInfo("eurofxref-hist.csv", (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, "\n".join(lines) + "\n", zipfile.ZIP_DEFLATED)
        return out.getvalue()

    def exr_csv(self, currencies: list[str], query: dict[str, str]) -> str | None:
        since = date.fromisoformat(query["startPeriod"]) if "startPeriod" in query else None
        until = date.fromisoformat(query["endPeriod"]) if "endPeriod" in query else self.today
        if "updatedAfter" in query:
            since = self.today - timedelta(days=40)
        lines = ["KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,"
                 "OBS_STATUS,OBS_CONF,DECIMALS,UNIT,UNIT_MULT,TITLE"]  # fmt: skip
        for currency in (c for c in currencies if c in RATES):
            for day in self.business_days(max(since or date(1999, 1, 4), date(2020, 1, 1))):
                if day <= until:
                    lines.append(
                        f"EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A,{day},"
                        f'{self.rate(currency, day)},A,F,4,{currency},0,"{currency}/Euro"'
                    )
        return "\r\n".join(lines) + "\r\n" if len(lines) > 1 else None

    # --- World Bank ---

    def indicator(self, name: str, areas: list[str], query: dict[str, str]) -> list[Any]:
        first, last = (int(y) for y in query.get("date", "2000:2025").split(":"))
        rows = [
            self._observation(name, area, year)
            for area in areas
            for year in range(min(last, self.today.year - 1), first - 1, -1)
        ]
        size, page = int(query.get("per_page", "50")), int(query.get("page", "1"))
        pages = max(1, -(-len(rows) // size))
        head = {
            "page": page, "pages": pages, "per_page": str(size), "total": len(rows),
            "sourceid": "2", "lastupdated": f"{self.today.year}-0{1 + self.revision % 9}-01",
        }  # fmt: skip
        return [head, rows[(page - 1) * size : page * size] or None]

    def _observation(self, name: str, area: str, year: int) -> dict[str, Any]:
        title, scale = INDICATORS[name]
        late = year >= self.today.year - 1 or (name == "ST.INT.ARVL" and year > 2020)
        value = scale * (0.2 + noise(name, area)) * 1.03 ** (year - 2020)
        if self.revision and year == self.today.year - 3:
            value *= 1.004
        code = "XQZ" if noise("bad", name, area, year) < 0.004 else area
        return {
            "indicator": {"id": name, "value": title},
            "country": {"id": ISO2.get(area, area[:2]), "value": area},
            "countryiso3code": code, "date": str(year),
            "value": None if late else round(value, 2), "unit": "", "obs_status": "",
            "decimal": 0,
        }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """Routes of the three partners; a plain answer for everything else."""

    protocol_version = "HTTP/1.1"
    world: World

    def log_message(self, *_: Any) -> None:
        """Quiet: the pipeline's own receipts say what was asked."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        path = unquote(parts.path)
        if path.startswith(("/public/v1/", "/data/v1/")):
            self._comtrade(path, query)
        elif path.startswith("/files/v1/app/reference/"):
            self._reference(path.rsplit("/", 1)[-1])
        elif path.startswith("/v2/country/"):
            self._worldbank(path, query)
        elif path.startswith("/service/data/EXR/"):
            self._exr(path, query)
        elif path == "/stats/eurofxref/eurofxref-hist.zip":
            self._send(200, self.world.history_zip(), "application/zip")
        else:
            self._send(404, b"not found", "text/plain")

    def _comtrade(self, path: str, query: dict[str, str]) -> None:
        _, _, _, verb, _type, frequency, _hs = path.split("/")
        if verb.lower() == "getda":
            rows = self.world.availability(frequency, query)
        elif self.world.throttle_once("comtrade"):
            body = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds."}
            self._send(429, json.dumps(body).encode(), "application/json", {"Retry-After": "1"})
            return
        elif len(query.get("period", "").split(",")) > 12:
            body = {"error": "Maximum number of periods is 12", "details": None}
            self._send(400, json.dumps(body).encode(), "application/json")
            return
        else:
            cap = 500 if path.startswith("/public/") else 250_000
            rows = self.world.comtrade_rows(frequency, query)[:cap]
        body = {"elapsedTime": "0.34 secs", "count": len(rows), "data": rows, "error": ""}
        self._json(body)

    def _reference(self, name: str) -> None:
        if name == "HS.json":
            results: list[dict[str, Any]] = [
                {
                    "id": code, "text": text if code == "TOTAL" else f"{code} - {text}",
                    "parent": "#" if code == "TOTAL" else code[:-2] or "TOTAL", "isLeaf": "0",
                    "aggrLevel": 0 if code == "TOTAL" else len(code), "standardUnitAbbr": "kg",
                }
                for code, (_, text) in PRODUCTS.items()
            ]  # fmt: skip
        elif name in ("Reporters.json", "partnerAreas.json"):
            prefix = "reporter" if name == "Reporters.json" else "Partner"
            iso = "reporterCodeIso" if name == "Reporters.json" else "PartnerCodeIso"
            note = "reporterNote" if name == "Reporters.json" else "partnerNote"
            results = [
                {
                    "id": code, "text": text, f"{prefix}Code": code, f"{prefix}Desc": text,
                    note: text, f"{iso}Alpha2": alpha[:2], f"{iso}Alpha3": alpha,
                    "entryEffectiveDate": "1900-01-01T00:00:00", "isGroup": code == 0,
                }
                for code, (alpha, text) in AREAS.items()
            ]  # fmt: skip
        else:
            self._send(404, b"\xef\xbb\xbf<?xml version='1.0'?><Error><Code>BlobNotFound</Code>"
                       b"</Error>", "application/xml")  # fmt: skip
            return
        self._json({"more": False, "results": results})

    def _worldbank(self, path: str, query: dict[str, str]) -> None:
        _, _, _, areas, _, name = path.split("/")
        if self.world.throttle_once("worldbank"):
            self._send(503, b"busy", "text/plain")
            return
        if name not in INDICATORS:
            message = {"id": "120", "key": "Invalid value",
                       "value": "The provided parameter value is not valid"}  # fmt: skip
            self._json([{"message": [message]}])
            return
        self._json(self.world.indicator(name, areas.split(";"), query))

    def _exr(self, path: str, query: dict[str, str]) -> None:
        currencies = path.rsplit("/", 1)[-1].split(".")[1].split("+")
        body = self.world.exr_csv(currencies, query)
        if body is None:
            self._send(404, b"No results found.", "text/plain")
        else:
            self._send(200, body.encode(), "text/csv")

    def _json(self, value: Any) -> None:
        self._send(200, json.dumps(value).encode(), "application/json; charset=utf-8")

    def _send(
        self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> None:
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000:
            body = gzip.compress(body, 1, mtime=0)
            headers = {**(headers or {}), "Content-Encoding": "gzip"}
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Notice", NOTICE)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve(edition: int, today: date) -> Iterator[str]:
    """The simulated partners on a free loopback port; gives their base URL."""
    handler = type("EditionHandler", (Handler,), {"world": World(edition, today)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
