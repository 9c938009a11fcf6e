"""Partner simulator: the protocols of the real partners over real HTTP on loopback.

`sandbox.services` has a module for each partner; their figures are from `sandbox.world`.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.services import Ask, Reply, services
from sandbox.world import World

NOTICE = "data simulasi / simulated data"


class Handler(BaseHTTPRequestHandler):
    """Asks each partner in turn whether the path is its own."""

    protocol_version = "HTTP/1.1"
    world: World
    partners: list[ModuleType]

    def log_message(self, *_: Any) -> None:
        """Quiet: the pipeline's own receipts record what was asked."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        ask = Ask(unquote(parts.path), query, {k.lower(): v for k, v in self.headers.items()})
        found = (p.answer(self.world, ask) for p in self.partners)
        reply = next((r for r in found if r is not None), None)
        self._send(reply or Reply(b"not found", "text/plain", 404))

    def _send(self, reply: Reply) -> None:
        body, headers = reply.body, dict(reply.headers)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000:
            body = gzip.compress(body, 1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Notice", NOTICE)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve(edition: int, today: date) -> Iterator[str]:
    """The simulated partners on a free loopback port; returns their base URL."""
    own = {"world": World(edition, today), "partners": services()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("EditionHandler", (Handler,), own))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
