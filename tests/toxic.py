"""A proxy between us and PostgreSQL that misbehaves on request. Loopback only."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Toxic:
    """Passes bytes to a server's unix socket; `cut_at` closes both ends when the client sends
    those bytes, `after` says whether the server still gets them, `times` how often."""

    target: str
    cut_at: bytes = b""
    after: bool = False
    times: int = 1
    delay_seconds: float = 0.0
    cuts: int = 0
    port: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Toxic:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for found in self._open:
            found.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(self.target)
            self._open += [client, server]
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        seen = b""
        try:
            while chunk := client.recv(65536):
                seen = (seen + chunk)[-200_000:]
                if self.delay_seconds:
                    time.sleep(self.delay_seconds)
                if self.cut_at and self.cut_at in seen and self.cuts < self.times:
                    self.cuts += 1
                    if self.after:
                        server.sendall(chunk)
                        time.sleep(0.5)  # the server has done it; its answer is lost
                    break
                server.sendall(chunk)
        except OSError:
            pass
        _close(client, server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while chunk := server.recv(65536):
                client.sendall(chunk)
        except OSError:
            pass
        _close(client, server)


def _close(*ends: socket.socket) -> None:
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
