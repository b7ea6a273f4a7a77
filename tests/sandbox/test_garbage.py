"""Ten thousand malformed requests on the socket: none stops the server, and its memory stays flat."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.sandbox.support import Client, signed

MANY = 10_000


@dataclass
class Served:
    """A sandbox in a process of its own, so that its memory can be watched."""

    pid: int
    port: int
    token: dict[str, str]

    def memory(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096

    def send(self, data: bytes) -> bytes:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(4096)
        return b""

    def works(self) -> bool:
        answer = requests.get(f"http://127.0.0.1:{self.port}/2/users/me", auth=signed(self.token), timeout=10)
        return answer.status_code == 200


@pytest.fixture
def served() -> Iterator[Served]:
    command = [sys.executable, "-m", "smapy_nb.sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        first = process.stdout.readline()
        lines = [process.stdout.readline().split() for _ in range(7)]
        token = {line[0]: line[1] for line in lines[2:6]}
        yield Served(process.pid, int(re.search(r":(\d+): nothing", first)[1]), token)  # type: ignore[index]
        process.send_signal(2)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def garbage(dice: random.Random) -> bytes:
    """Return one malformed request of a dozen sorts."""

    def noise(most: int) -> bytes:
        return dice.randbytes(dice.randrange(most))

    def text(most: int) -> bytes:
        return bytes(dice.choices(b"aZ09_%/?&=,;:+ \"'\\<>{}[]|^`~.-", k=dice.randrange(1, most)))

    head = b"GET /2/users/by?usernames=" + text(40).replace(b" ", b"") + b" HTTP/1.1\r\nHost: x\r\n"
    sorts: list[Callable[[], bytes]] = [
        lambda: noise(200),
        lambda: noise(60) + b"\r\n\r\n",
        lambda: b"GET " + text(60) + b" HTTP/1.1\r\n\r\n",
        lambda: b"GET /" + noise(40) + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        lambda: dice.choice(
            [b"GE", b"GET", b"GET /", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 9, b"PRI * HTTP/2.0\r\n\r\n"]
        ),
        lambda: head + b"Authorization: OAuth " + text(200) + b"\r\n\r\n",
        lambda: head + b"Authorization: OAuth oauth_consumer_key=" + text(30) + b",oauth_nonce=\r\n\r\n",
        lambda: head + b"Authorization: Basic " + text(40) + b"\r\n\r\n",
        lambda: head + text(30) + b"\r\n" + text(30) + b": " + noise(30) + b"\r\n\r\n",
        lambda: b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: " + text(12) + b"\r\n\r\n" + noise(99),
        lambda: (
            b"POST /oauth/authorize HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 60\r\n\r\n" + text(61)
        ),
        lambda: b"POST /sandbox/fault HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n" + noise(99),
        lambda: head + b"X: " + b"y" * dice.randrange(300_000) + b"\r\n\r\n",
        lambda: b"DELETE /2/users/" + text(20).replace(b" ", b"") + b" HTTP/1.0\r\n\r\n",
    ]
    return dice.choices(sorts, weights=[10] * 12 + [1, 10])[0]()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="left out: memory is watched through /proc")
def test_garbage_on_the_socket_stops_nothing_and_keeps_nothing(served: Served) -> None:
    dice = random.Random(7)  # noqa: S311  # the same garbage each time
    for _ in range(MANY // 5):
        served.send(garbage(dice))
    before = served.memory()
    answered = {served.send(garbage(dice))[9:12] for _ in range(MANY * 4 // 5)}
    assert served.works()
    assert b"500" not in answered
    assert {b"400", b"401", b"404", b"405"} <= answered, "some of it reached the application"
    assert served.memory() - before < 8 << 20


def test_what_the_application_can_not_do_is_its_own_500(client: Client) -> None:
    del client.x.state.ledger
    answer = client.get("/2/users/me")
    assert answer.status_code == 500
    assert answer.json()["title"] == "Internal Server Error"
    assert "AttributeError" in answer.headers["X-Simulated-Reason"]
