"""Session: signed requests to one server that speaks the X API."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter

from smapy_nb.errors import InvalidInput, RequestFailed
from smapy_nb.token import Token
from smapy_nb.transport import failures, signing
from smapy_nb.transport.adapter import Adapter, Call, Came, InProcess, Wire
from smapy_nb.transport.answers import decode, decode_form, salvaged
from smapy_nb.transport.pacing import Pace, server_time

X = "https://api.x.com"
DEFAULT_SERVER = "SMAPY_NB_X_API"  # environment variable; sandbox.use() sets it
IN_PROCESS = ".sandbox.invalid"  # a name that no resolver answers (RFC 2606)
SKEW = 60  # seconds that this computer's clock may be off before the server's is used to sign by


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes:
        body: the decoded JSON object; empty where there is none. Beside a failure: what came whole of an answer that
            broke off, as ``{"data": […]}``, or nothing.
        headers: case-insensitive; empty where no answer came.
        simulated: True where a sandbox answered.
        failure: why there is no usable answer, or None.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    simulated: bool = False
    failure: RequestFailed | None = None


class Session:
    """Signed requests to one server. Redirects are refused, so that keys go nowhere else.

    Proxies and certificates come from the environment, as with `requests`; they are looked up once.

    Args:
        token: signs each request; None sends them unsigned.
        base_url: the server; by default the environment's ``SMAPY_NB_X_API``, else ``https://api.x.com``.
        pace: how patient it is.
        signer: signs instead of the token's own.

    Raises:
        InvalidInput: base_url is no address of a server, or a secret would cross a network in clear.
        InvalidToken: the token can't be put on a request.
    """

    def __init__(
        self,
        token: Token | None,
        base_url: str | None = None,
        pace: Pace | None = None,
        *,
        signer: signing.Signer | None = None,
    ) -> None:
        self.base_url = _server(base_url or os.environ.get(DEFAULT_SERVER) or X)
        self.pace = pace or Pace()
        host = urlsplit(self.base_url).hostname or ""
        self.server = "X" if host == "api.x.com" else f"The server at {urlsplit(self.base_url).netloc}"
        self._signer = signing.signer(token) if signer is None and token is not None else signer
        if self._signer is not None and self._signer.bare and not _private(self.base_url):
            raise InvalidInput("A secret would cross the network in clear: use an https:// address as base_url.")
        self._ahead = 0.0  # seconds that the server's clock is ahead of ours, where that matters
        with requests.Session() as usual:
            self._headers = {name: str(value) for name, value in usual.headers.items()} | {"User-Agent": "smapy-nb"}
            found = usual.merge_environment_settings(self.base_url, {}, None, None, None)
        self._wire: Adapter | InProcess
        if host.endswith(IN_PROCESS):
            self._wire = InProcess(_in_process(), self.server)
        else:
            verify = True if found["verify"] is None else found["verify"]
            self._wire = Adapter(self.base_url, self.server, verify, dict(found["proxies"]), self.pace.most)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Send GET `path` and return its answer.

        Raises:
            RequestFailed: one of its kinds, for every answer but a success, after the tries of the pace.
        """
        return self.pace.patiently(lambda: _or_raise(self.ask("GET", path, list((params or {}).items()))))

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send POST `path` with a form and return its answer; errors as in `get`."""
        return self.pace.patiently(lambda: _or_raise(self.ask("POST", path, list(form.items()))))

    def ask(
        self, method: str, path: str, params: Sequence[tuple[str, str]] = (), *, silence: float | None = None
    ) -> Answer:
        """Send one request, once, and return what came of it; `silence` stands for that of the pace.

        A failure is returned, not raised: see `Wire`.
        """
        came = self.send(self.prepare(method, path, params, silence=silence))
        if self.signed_late(came):
            came = self.send(self.prepare(method, path, params, silence=silence))
        return self.hear(came)

    def prepare(
        self, method: str, path: str, params: Sequence[tuple[str, str]] = (), *, silence: float | None = None
    ) -> Call:
        """Sign a request, to be sent soon: a signature holds the time."""
        address, headers = self.base_url + path, dict(self._headers)
        query = [(signing.encode(name), signing.encode(value)) for name, value in params]
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded;charset=UTF-8"
        if self._signer is not None:
            headers["Authorization"] = self._signer.header(method, address, query, int(time.time() + self._ahead))
        together = "&".join([f"{name}={value}" for name, value in query])
        pace = self.pace
        patience = pace.silence if silence is None else min(silence, pace.silence)
        return Call(method, address, together, headers, pace.connect, patience, pace.whole)

    def send(self, call: Call) -> Came:
        """Send a request, once, and return what came back, unread."""
        return self._wire.fetch(call)

    @property
    def wire(self) -> Wire:
        """The way to the server, for whoever has something to do while an answer travels."""
        return self._wire

    def signed_late(self, came: Came) -> bool:
        """Take in what an answer says of the server's clock; True where another signature may be accepted."""
        if came.status != 401 or abs(ahead := server_time(came.headers) - time.time() - self._ahead) <= SKEW:
            return False
        self._ahead += ahead  # from now on signed by the server's clock
        return True

    def hear(self, came: Came) -> Answer:
        """Read what came back."""
        simulated = "X-Simulated" in came.headers
        if came.failure is not None:
            return Answer(_torn(came), {}, simulated, came.failure)
        body = decode(came.content)
        if body is None:
            body = decode_form(came.content)  # as the sign-in answers
        if isinstance(body, list):
            body = {"data": body}  # an array where an object should stand
        failure = failures.of_answer(came.status, body, came.headers, self.server)
        if failure is None:
            return Answer(body, came.headers, simulated)
        failure.clock_ahead = server_time(came.headers) - time.time()
        return Answer(_torn(came), came.headers, simulated, failure)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

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


def _torn(came: Came) -> dict[str, Any]:
    """Return what came whole of an answer that broke off: it may have been paid for."""
    users = salvaged(came.content) if 200 <= came.status < 300 else []
    return {"data": users} if users else {}


def _or_raise(answer: Answer) -> Answer:
    if answer.failure is not None:
        raise answer.failure
    return answer
