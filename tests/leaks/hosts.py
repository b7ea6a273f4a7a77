"""Hosts that answer what they are told to, and write down what they were sent."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@contextmanager
def host(
    status: int, headers: Mapping[str, str], body: bytes, certificate: Path | None = None
) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Start a host, secure where it has a certificate; give its address and each request's headers, in lower case."""
    heard: list[dict[str, str]] = []

    def answer(self: BaseHTTPRequestHandler) -> None:
        heard.append({name.lower(): value for name, value in self.headers.items()})
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    handler = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": answer, "do_POST": answer, "log_message": _quiet})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = _quiet  # type: ignore[method-assign]  # a client that hangs up may be the test
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _quiet(*_: object) -> None:
    pass
