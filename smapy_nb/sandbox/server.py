"""A thread that serves the application on a socket, with waitress."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any

THREADS = 16
_CONNECTIONS = 1000  # a class, each with a few connections that are kept open


class CannotServe(Exception):
    """No server can run here: this Python has no threads, or no sockets."""


class Server:
    """Serves a WSGI application from when it is made until `stop`.

    Args:
        app: the application.
        host: address to listen on.
        port: 0 takes a free one; `port` then tells which.

    Raises:
        CannotServe: threads can't start here.
        OSError: the address can't be listened on.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], host: str, port: int) -> None:
        from waitress.server import create_server  # not at import: it costs time, and Pyodide has no sockets

        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is no trouble in a class
        logging.getLogger("waitress").setLevel(logging.ERROR)  # answers cut off on purpose are no news
        self._sockets: dict[int, Any] = {}
        self._stopping = False
        self._closing = threading.Lock()  # held by whoever uses or closes what wakes the loop
        try:
            served: Any = create_server(
                app,
                map=self._sockets,
                host=host,
                port=port,
                threads=THREADS,
                connection_limit=_CONNECTIONS,
                backlog=_CONNECTIONS,
                ident=None,
                clear_untrusted_proxy_headers=True,
            )
            self._server = served
            served.channel_class = _channel()
            self.port = int(served.effective_port)
            self._thread = threading.Thread(target=self._serve, name="smapy-nb sandbox", daemon=True)
            self._thread.start()
        except RuntimeError as error:
            raise CannotServe(str(error)) from error

    def _serve(self) -> None:
        from waitress import wasyncore

        server = self._server
        while not self._stopping:
            wasyncore.loop(timeout=30, map=self._sockets, count=1)
        # Workers first, since each wakes this loop when it has an answer; the ways to wake it are closed last.
        server.task_dispatcher.shutdown(timeout=1)
        with self._closing:
            server.pull_trigger = lambda: None
            wasyncore.close_all(self._sockets, ignore_all=True)

    def wait(self) -> None:
        """Wait until the server is stopped."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._thread.is_alive():
            self._stopping = True
            with self._closing:
                self._server.pull_trigger()
            self._thread.join(5)


def _channel() -> Any:
    """Return waitress's connection, with a way for the application to break it off."""
    from waitress.channel import ClientDisconnected, HTTPChannel
    from waitress.task import WSGITask

    class Task(WSGITask):
        def get_environment(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environment()
            environ["smapy_nb.sandbox.reset"] = self.reset
            return environ

        def reset(self) -> None:
            # With no time to linger, closing the socket sends a reset; the exception makes waitress close it.
            if self.channel.socket is not None:
                self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise ClientDisconnected

    class Channel(HTTPChannel):
        task_class = Task

    return Channel
