"""A bare socket that answers whatever a test tells it to."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from smapy_nb.transport.pacing import Pace

TOKEN = {
    "consumer_key": "consumer-key",
    "consumer_secret": "consumer-secret",
    "access_token": "1-access-token",
    "access_secret": "access-secret",
}
HASTY = Pace(wait=0.005)  # between tries
BRIEF = Pace(wait=0.005, connect=0.2, silence=0.6, whole=0.8)  # for what never answers


def user(handle: str, **other: Any) -> dict[str, Any]:
    """Return one user as X describes it."""
    number = int.from_bytes(sha256(handle.lower().encode()).digest()[:7], "big")  # everyone has an id of their own
    metrics = dict.fromkeys(("followers_count", "following_count", "tweet_count", "listed_count"), number % 999)
    return {"id": str(number), "username": handle, "name": handle.title(), "public_metrics": metrics, **other}


@dataclass
class Asked:
    """One request that reached the wire."""

    number: int
    method: str
    target: str
    headers: dict[str, str]
    conn: socket.socket
    wire: Wire
    path: str = field(init=False)
    keys: list[str] = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.target)
        self.path = parts.path
        query = parse_qs(parts.query)
        self.keys = (query.get("usernames") or query.get("ids") or [""])[0].split(",")

    def send(self, data: bytes) -> None:
        self.conn.sendall(data)

    def answer(self, status: str = "200 OK", body: object = None, **headers: str) -> None:
        """Send a whole answer; by default all users that were asked for."""
        self.send(self.bytes(status, body, **headers))

    def bytes(self, status: str = "200 OK", body: object = None, **headers: str) -> bytes:
        if body is None:
            body = {"data": [user(key) for key in self.keys]}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = {"Content-Type": "application/json", "Content-Length": str(len(content))}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content

    def reset(self) -> None:
        """End the connection as a cut cable or a crashed server does."""
        self.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.conn.close()

    def close(self) -> None:
        self.conn.shutdown(socket.SHUT_RDWR)
        self.conn.close()

    def silence(self) -> None:
        """Send nothing until the test is over."""
        self.wire.over.wait(20)


Behaviour = Callable[[Asked], object]


class Wire:
    """A listening socket; each request is handed to `behave`, in the order of coming."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.seen: list[Asked] = []
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._conns: list[socket.socket] = []
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def keys(self) -> list[str]:
        """All accounts that were asked for, as often as they were."""
        return [key for one in self.seen for key in one.keys]

    def stop(self) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for conn in self._conns:
            with contextlib.suppress(OSError):
                conn.shutdown(socket.SHUT_RDWR)
            conn.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            self._conns.append(conn)
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn: socket.socket) -> None:
        came = b""
        try:
            while data := conn.recv(65536):
                came += data
                while b"\r\n\r\n" in came:
                    head, _, came = came.partition(b"\r\n\r\n")
                    line, *rest = head.decode().split("\r\n")
                    method, target, _ = line.split(" ")
                    headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in rest)}
                    if length := int(headers.get("content-length", "0")):
                        while len(came) < length:
                            came += conn.recv(65536)
                        came = came[length:]
                    with self._lock:
                        asked = Asked(len(self.seen), method, target, headers, conn, self)
                        self.seen.append(asked)
                    self.behave(asked)
        except OSError:
            pass
