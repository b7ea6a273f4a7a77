"""Session: signed requests to one server that speaks the X API."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from smapy_nb.errors import InvalidInput
from smapy_nb.token import Token
from smapy_nb.transport import failures, signing
from smapy_nb.transport.pacing import Pace

X = "https://api.x.com"
DEFAULT_SERVER = "SMAPY_NB_X_API"  # environment variable; sandbox.use() sets it
IN_PROCESS = ".sandbox.invalid"  # a name that no resolver answers (RFC 2606)
TIMEOUT = (5.0, 30.0)  # seconds to connect, and between two bytes of an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer.

    Attributes:
        body: the decoded JSON object.
        headers: case-insensitive.
        simulated: True where a sandbox answered.
    """

    body: dict[str, Any]
    headers: Mapping[str, str]
    simulated: bool


class Session:
    """Signed requests to one server. Redirects are refused, so that keys go nowhere else.

    Args:
        token: signs each request; None sends them unsigned.
        base_url: the server; by default the environment's ``SMAPY_NB_X_API``, else ``https://api.x.com``.

    Raises:
        InvalidInput: base_url is no address of a server, or a bearer token would cross a network in clear.
        InvalidToken: the token can't be put on a request.
    """

    def __init__(self, token: Token | None, base_url: str | None = None, pace: Pace | None = None) -> None:
        self.base_url = _server(base_url or os.environ.get(DEFAULT_SERVER) or X)
        self.pace = pace or Pace()
        host = urlsplit(self.base_url).hostname or ""
        self.server = "X" if host == "api.x.com" else f"The server at {urlsplit(self.base_url).netloc}"
        if token is not None and token.kind == "bearer token" and not _private(self.base_url):
            raise InvalidInput("A bearer token would cross the network in clear: use an https:// address as base_url.")
        self._requests = requests.Session()
        self._requests.headers["User-Agent"] = "smapy-nb"
        if token is not None:
            self._requests.auth = signing.auth(token)
        if host.endswith(IN_PROCESS):
            self._requests.mount(self.base_url, _in_process())

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Send GET `path` and return its answer.

        Raises:
            RequestFailed: one of its kinds, for every answer but a success, after the tries of the pace.
        """
        return self.pace.patiently(lambda: self._once(path, params))

    def _once(self, path: str, params: Mapping[str, str] | None) -> Answer:
        failure: Exception | None = None
        try:
            response = self._requests.get(self.base_url + path, params=params, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            failure = failures.of_exception(error, self.server)
        if failure is None:
            body = _json(response)
            failure = failures.of_answer(response.status_code, body, response.headers, self.server)
        if failure is not None:
            # Outside the except block and from None: requests' frames hold headers with keys.
            raise failure from None
        return Answer(body, response.headers, "X-Simulated" in response.headers)

    def close(self) -> None:
        """Close the connections."""
        self._requests.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Session({self.base_url})"


def _server(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInput("base_url must be the address of a server, such as https://api.x.com.")
    if parts.username or parts.password:
        raise InvalidInput("base_url must not hold a user name or password; keys belong into the token.")
    return address.rstrip("/")


def _private(address: str) -> bool:
    """Tell whether nobody on the way can read what is sent to `address`."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(IN_PROCESS):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _in_process() -> BaseAdapter:
    """Return the adapter that answers inside this process. Found by name: nothing here imports a sandbox."""
    for found in entry_points(group="smapy_nb.adapters", name="sandbox"):
        adapter: BaseAdapter = found.load()()
        return adapter
    raise InvalidInput("No sandbox is installed that answers inside this process; reinstall smapy-nb.")


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
