"""Servers for tests, on loopback only: scripted raw sockets, and replay of recorded answers."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Script = Callable[[socket.socket, str], None]


def answer(
    body: bytes | str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    length: int | None = None,
    kind: str = "application/json",
) -> Script:
    """An ordinary answer; `length` lies about Content-Length, -1 leaves it out."""
    raw = body.encode() if isinstance(body, str) else body

    def script(connection: socket.socket, _request: str) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", "Connection: close"]
        if length != -1:
            lines.append(f"Content-Length: {len(raw) if length is None else length}")
        lines += [f"{k}: {v}" for k, v in (headers or {}).items()]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + raw)

    return script


def reset(connection: socket.socket, _request: str) -> None:
    """RST instead of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def hang(seconds: float, before: bytes = b"") -> Script:
    def script(connection: socket.socket, _request: str) -> None:
        if before:
            connection.sendall(before)
        time.sleep(seconds)

    return script


def drip(head: bytes, every: float, count: int) -> Script:
    """Headers, then a byte at a time."""

    def script(connection: socket.socket, _request: str) -> None:
        try:
            connection.sendall(head)
            for _ in range(count):
                time.sleep(every)
                connection.sendall(b"x")
        except OSError:
            return

    return script


@dataclass
class FaultServer:
    """Plays its scripts in order, the last one again and again; remembers the requests."""

    scripts: list[Script]
    requests: list[str] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> FaultServer:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # closed alone, its thread would wait for ever
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                request += chunk
            text = request.decode("latin-1")
            self.requests.append(text)
            index = min(len(self.requests), len(self.scripts)) - 1
            try:
                self.scripts[index](connection, text)
            except (BrokenPipeError, ConnectionResetError):
                return


@dataclass
class Route:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def replay(find: Callable[[str], Route | None]) -> Iterator[str]:
    """An HTTP server whose answers `find` chooses by path and query; else 404."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            route = find(self.path) or Route(b"not here", 404)
            self.send_response(route.status)
            for name, value in route.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(route.body)))
            self.end_headers()
            self.wfile.write(route.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def recorded(path: object) -> Route:
    """A recorded answer: envelope {request, response{status, headers, body}}."""
    from pathlib import Path

    response = json.loads(Path(str(path)).read_text(encoding="utf-8"))["response"]
    kept = {"content-type", "retry-after"}
    headers = {k: v for k, v in response["headers"] if k in kept}
    return Route(response["body"].encode("utf-8"), response["status"], headers)
