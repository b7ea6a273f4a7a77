"""The sandbox inside the process: a requests adapter, for browsers' Python and wherever no socket is wanted."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ReadTimeout
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.response import HTTPResponse

from smapy_nb.sandbox.box import in_process

Timeout = float | tuple[float, float] | tuple[float, None] | None


class Adapter(BaseAdapter):
    """Answers requests to ``http://<name>.sandbox.invalid`` from the sandbox of that name in this process."""

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Timeout = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Hand the request to the sandbox's application and return its answer."""
        host = urlsplit(request.url or "").netloc
        app = in_process(str(host))
        if app is None:
            raise NoConnection(f"No sandbox is called {host!r} in this process.", request=request)
        started: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            started.update(status=status, headers=headers)

        environ = _environ(request)
        environ["smapy_nb.sandbox.sleep"] = lambda seconds: _wait(seconds, timeout, request)
        environ["smapy_nb.sandbox.reset"] = lambda: _break(request)
        body = b"".join(app(environ, start_response))
        return _response(request, started["status"], started["headers"], body)

    def close(self) -> None:
        """Nothing is open."""


def _wait(seconds: float, timeout: Timeout, request: PreparedRequest) -> None:
    """Wait as a slow answer makes one wait, but no longer than the client has patience for."""
    patience = timeout[1] if isinstance(timeout, tuple) else timeout
    time.sleep(min(seconds, patience or seconds))
    if patience is not None and seconds > patience:
        raise ReadTimeout(f"Read timed out. (read timeout={patience})", request=request)


def _break(request: PreparedRequest) -> NoReturn:
    raise NoConnection("Connection reset by peer", request=request)


def _environ(request: PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(str(request.url))
    body = request.body or b""
    data = body.encode() if isinstance(body, str) else bytes(body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "REQUEST_URI": (parts.path or "/") + ("?" + parts.query if parts.query else ""),
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(data),
    }
    for name, value in request.headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ["CONTENT_TYPE" if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    return environ


def _response(request: PreparedRequest, status: str, headers: list[tuple[str, str]], body: bytes) -> Response:
    code, _, phrase = status.partition(" ")
    response = Response()
    response.status_code = int(code)
    response.reason = phrase
    response.headers = CaseInsensitiveDict(headers)
    response.encoding = get_encoding_from_headers(response.headers)
    response.raw = HTTPResponse(
        io.BytesIO(body), headers=dict(headers), status=int(code), preload_content=False, request_method=request.method
    )
    response.url = str(request.url)
    response.request = request
    return response
