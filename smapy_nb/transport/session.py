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
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from smapy_nb.errors import InvalidInput, RequestFailed, TimedOut, Unauthorized
from smapy_nb.token import Token
from smapy_nb.transport import failures, signing
from smapy_nb.transport.adapter import Adapter
from smapy_nb.transport.answers import decode, decode_form
from smapy_nb.transport.pacing import Pace, server_time

X = "https://api.x.com"
DEFAULT_SERVER = "SMAPY_NB_X_API"  # environment variable; sandbox.use() sets it
IN_PROCESS = ".sandbox.invalid"  # a name that no resolver answers (RFC 2606)
LARGEST = 64 * 2**20  # bytes of an answer; 100 profiles are about 60 kB
SKEW = 60  # seconds that this computer's clock may be off before the server's is used to sign by


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes:
        body: the decoded JSON object; empty where there is none.
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
        self._requests = requests.Session()
        self._headers = {name: str(value) for name, value in self._requests.headers.items()}
        self._headers["User-Agent"] = "smapy-nb"
        if host.endswith(IN_PROCESS):
            self._requests.mount(self.base_url, _in_process())
        else:
            self._requests.mount(self.base_url, Adapter(pool_connections=1, pool_maxsize=self.pace.most))
        self._adapter = self._requests.get_adapter(self.base_url)
        found = self._requests.merge_environment_settings(self.base_url, {}, None, None, None)
        self._verify = True if found["verify"] is None else found["verify"]
        self._proxies = dict(found["proxies"])

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

        A failure is returned, not raised: the frames it would be raised through hold headers with keys, and a
        verbose traceback shows them.
        """
        answer = self._once(method, path, params, silence)
        failure = answer.failure
        if isinstance(failure, Unauthorized) and abs(failure.clock_ahead - self._ahead) > SKEW:
            self._ahead = failure.clock_ahead  # signed by a clock that is wrong: once more, by the server's
            answer = self._once(method, path, params, silence)
        return answer

    def _once(self, method: str, path: str, params: Sequence[tuple[str, str]], silence: float | None) -> Answer:
        address = self.base_url + path
        query = [(signing.encode(name), signing.encode(value)) for name, value in params]
        together = "&".join([f"{name}={value}" for name, value in query])
        # One shape for all requests: `requests` would quote 1.5 kB anew for each, which takes longer than X's answer.
        request = requests.PreparedRequest()
        request.method, request.url = method, address
        request.headers = CaseInsensitiveDict(self._headers)
        if method == "POST":
            request.body = together
            request.headers["Content-Type"] = "application/x-www-form-urlencoded;charset=UTF-8"
            request.headers["Content-Length"] = str(len(together))
        elif together:
            request.url = f"{address}?{together}"
        if self._signer is not None:
            stamp = int(time.time() + self._ahead)
            request.headers["Authorization"] = self._signer.header(method, address, query, stamp)
        until = time.monotonic() + self.pace.whole
        try:
            patience = (self.pace.connect, self.pace.silence if silence is None else min(silence, self.pace.silence))
            response = self._adapter.send(request, True, patience, self._verify, None, self._proxies)
            content = _read(response, until)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return Answer(failure=failures.of_exception(error, self.server))
        if content is None:
            late = TimedOut(f"{self.server} did not finish its answer in time; check the network and try again.")
            return Answer(failure=late)
        body = decode(content)
        if body is None and method == "POST":
            body = decode_form(content)
        if isinstance(body, list):
            body = {"data": body}  # an array where an object should stand
        failure = failures.of_answer(response.status_code, body, response.headers, self.server)
        if failure is not None:
            failure.clock_ahead = server_time(response.headers) - time.time()
            return Answer({}, response.headers, "X-Simulated" in response.headers, failure)
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


def _or_raise(answer: Answer) -> Answer:
    if answer.failure is not None:
        raise answer.failure
    return answer


def _read(response: requests.Response, until: float) -> bytes | None:
    """Return the body, or None where it is not whole at `until`: a server may send a byte a second for ever."""
    if not isinstance(response.raw, urllib3.HTTPResponse):
        return response.content
    parts, size = [], 0
    while part := response.raw.read1(2**20, decode_content=True):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until or size > LARGEST:
            response.raw.close()
            return None
    return b"".join(parts)
