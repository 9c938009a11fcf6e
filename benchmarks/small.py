"""Many small slices: a partner in this process, and sources that ask it year by year."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

FIRST_YEAR = 1900
LAST_YEAR = 2020
OLD = ("CHF", "GBP", "JPY")  # currencies that have rates in all these years

DECLARATION = """\
title: {{id: Tolok ukur, en: Benchmark}}
provider: {{code: {code}, name: Benchmark, url: https://bench.example}}
domain: exchange
table: core_exchange__rates
licence: {{name: none, redistribution: none, attribution: {{id: Tolok ukur, en: Benchmark}}}}
calendar: {{cadence: never, cron: "0 0 1 1 *"}}
hosts: {{main: https://bench.example}}
limits: {{requests_per_second: 100000, concurrency: 8}}
datasets:
{datasets}
request: {{path: /{code}, params: {{since: "{{since}}"}}}}
reader: {{format: json, records: data, count: count}}
columns: {{date: rate_date, currency: quote_currency, rate: rate}}
constants: {{base_currency: USD, rate_type: reference}}
coverage: {{absence: nothing}}
"""


class Rates(BaseHTTPRequestHandler):
    """`rows` rates of a year, all multiplied by `factor`, so that a restatement is one number."""

    protocol_version = "HTTP/1.1"
    rows: ClassVar[int] = 12
    factor: ClassVar[int] = 1

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query).get("since", [str(LAST_YEAR)])[0][:4]
        body = json.dumps(answer(int(asked), self.rows, self.factor)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the benchmark's own output is the table."""


def answer(year: int, rows: int, factor: int) -> dict[str, Any]:
    found = [
        {
            "date": f"{year}-{number % 12 + 1:02d}-{number // 12 % 28 + 1:02d}",
            "currency": CURRENCIES[number // 336],
            "rate": (number + 1) * factor,
        }
        for number in range(rows)
    ]
    return {"count": rows, "data": found}


def _currencies() -> list[str]:
    import pycountry

    found = sorted(c.alpha_3 for c in pycountry.currencies if c.alpha_3 != "USD")
    return sorted(found, key=lambda c: c not in OLD)


CURRENCIES = _currencies()


@contextmanager
def partner(rows: int = 12) -> Iterator[str]:
    Rates.rows, Rates.factor = rows, 1
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rates)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def declare(folder: Path, code: str, datasets: int = 1) -> None:
    """A source of up to 121 yearly slices for each dataset; a dataset is one more of them."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = "\n".join(
        f"  d{n:02d}: {{frequency: D, slice_by: year, window: 1, start: {FIRST_YEAR}}}"
        for n in range(datasets)
    )
    text = DECLARATION.format(code=code, datasets=listed)
    (folder / f"{code}.yml").write_text(text, encoding="utf-8")
