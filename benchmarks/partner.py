"""The workload's partner on loopback: `python -m benchmarks.partner FOLDER` prints its port.

`/answer.json` is the file of the step that `/step/NAME` chose last; `/signal` is that step's
name, as a partner's own sign of change.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Partner(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = Path()
    step = "initial"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/step/"):
            type(self).step = path.removeprefix("/step/")
            self._send(b"{}")
        elif path == "/signal":
            self._send(json.dumps({"data": [{"checksum": self.step}]}).encode())
        else:
            self._send_file(self.folder / f"{self.step}.{path.removeprefix('/answer.')}")

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send_file(self, path: Path) -> None:
        size = path.stat().st_size
        kind = "application/json" if path.suffix == ".json" else "text/csv"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.flush()
        with path.open("rb") as source:
            offset = 0
            while offset < size:
                sent = os.sendfile(self.connection.fileno(), source.fileno(), offset, size - offset)
                if not sent:
                    break
                offset += sent

    def log_message(self, *_: Any) -> None:
        """Nothing: the benchmark's own output is the table."""


def main() -> None:
    Partner.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Partner)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
