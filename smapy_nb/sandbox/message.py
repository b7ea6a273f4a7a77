"""Request and Answer: HTTP as the sandbox's rooms see it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

LARGEST_BODY = 1 << 20

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request, with its target as it was sent: signatures cover the escapes, not what they mean.

    Attributes:
        target: path and query, still percent-encoded.
        body: as sent; empty where it is longer than `LARGEST_BODY`.
    """

    method: str
    scheme: str
    host: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit("//host" + self.target).path

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The query's parameters, decoded; a parameter may be there more than once."""
        return parse_qs(urlsplit("//host" + self.target).query, keep_blank_values=True, max_num_fields=1000)

    @property
    def url(self) -> str:
        """The whole address, as the client signed it."""
        return f"{self.scheme}://{self.host}{self.target}"

    def form(self) -> dict[str, str]:
        """Return the body's form fields, or none where the body is not a form."""
        if "application/x-www-form-urlencoded" not in self.headers.get("content-type", ""):
            return {}
        text = self.body.decode("latin-1")
        return {name: values[-1] for name, values in parse_qs(text, max_num_fields=100).items()}


@dataclass
class Answer:
    """One answer, before it is made bytes.

    Attributes:
        reason: why it is no plain success, for the local page and the header ``X-Simulated-Reason``.
        wire: what happens to the bytes: sent (empty), ``cut`` half-way, or the connection ``reset``.
        delay: seconds to wait before the answer.
    """

    status: int
    body: Json | str | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    wire: str = ""
    delay: float = 0

    def encoded(self) -> bytes:
        """Return the body as bytes."""
        if isinstance(self.body, dict):
            return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()
        if isinstance(self.body, str):
            return self.body.encode()
        return self.body or b""


def read(environ: Mapping[str, Any]) -> Request:
    """Return the request in a WSGI environment."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    headers["content-type"] = str(environ.get("CONTENT_TYPE") or "")
    # REQUEST_URI keeps the escapes; a server that lacks it has decoded the path, so it is encoded anew.
    target = str(environ.get("REQUEST_URI") or "")
    if not target.startswith("/"):
        target = quote(str(environ.get("PATH_INFO") or "/"), safe="/~", encoding="latin-1")
        if environ.get("QUERY_STRING"):
            target += "?" + str(environ["QUERY_STRING"])
    return Request(
        method=str(environ.get("REQUEST_METHOD", "GET")),
        scheme=str(environ.get("wsgi.url_scheme", "http")),
        host=headers.get("host", ""),
        target=target,
        headers=headers,
        body=_body(environ),
    )


def _body(environ: Mapping[str, Any]) -> bytes:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    reads: Callable[[int], bytes] = environ["wsgi.input"].read
    return reads(length) if 0 < length <= LARGEST_BODY else b""
