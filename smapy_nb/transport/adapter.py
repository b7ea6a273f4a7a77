"""Bytes there and back: requests' adapter, asked directly, and whatever answers inside this process.

What `requests` does for each request is done once for all of them here, because they go to one server: proxy,
certificates, pool. These, and timeouts, are the libraries' own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Protocol

from requests import PreparedRequest, RequestException
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, Retry, Timeout
from urllib3.exceptions import HTTPError

from smapy_nb.errors import RequestFailed
from smapy_nb.transport import failures
from smapy_nb.transport.connections import QUERY, past_quoting

LARGEST = 64 * 2**20  # bytes of an answer; 100 profiles are about 60 kB
FOREIGN = (RequestException, HTTPError, HTTPException, OSError, ValueError)  # what the libraries raise
_ONCE = Retry(False, redirect=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent.

    Attributes:
        method: ``GET`` or ``POST``.
        address: of the endpoint, without query.
        query: quoted; a POST has it as its body.
        headers: all of them.
        connect: seconds to wait for a connection.
        silence: seconds to wait for the next byte.
        whole: seconds to wait for all of the answer.
    """

    method: str
    address: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    connect: float
    silence: float
    whole: float


@dataclass(frozen=True, slots=True)
class Came:
    """What came back.

    Attributes:
        status: HTTP status code; 0 where no answer came.
        headers: case-insensitive.
        content: the body, or as much of it as came.
        failure: why there is no answer, or no whole one; else None.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    failure: RequestFailed | None = None


@dataclass(slots=True, eq=False)
class Sent:
    """A request that is on its way, or about to be.

    Attributes:
        call: what was, or is to be, sent.
        connection: the one that it went by; None where it has not left yet.
        failure: why it could not leave, or None.
    """

    call: Call
    connection: Any = None
    failure: RequestFailed | None = None


class Wire(Protocol):
    """A way to one server.

    A failure is returned, not raised: the frames it would be raised through hold headers with keys, and a verbose
    traceback shows them.
    """

    def fetch(self, call: Call) -> Came:
        """Send a request, once, and return what came back."""

    def begin(self, call: Call) -> Sent:
        """Send a request, where what comes back need not be waited for."""

    def finish(self, sent: Sent) -> Came:
        """Return what came back."""

    def give_up(self, sent: Sent) -> None:
        """Let go of what will not be waited for."""


class Adapter(HTTPAdapter):
    """A wire that crosses the network, by one server's connections.

    Args:
        server: its address.
        name: what to call it in sentences.
        verify: as `requests` takes it.
        proxies: as `requests` takes them.
        most: connections that are kept.
    """

    def __init__(self, server: str, name: str, verify: bool | str, proxies: dict[str, str], most: int) -> None:
        super().__init__(pool_connections=1, pool_maxsize=most)
        self._server, self._name, self._verify, self._proxies = server, name, verify, proxies
        self._found: tuple[Any, str] | None = None

    def fetch(self, call: Call) -> Came:
        """See `Wire`."""
        return self.finish(self.begin(call))

    def begin(self, call: Call) -> Sent:
        """See `Wire`. By way of a proxy it is sent when it is waited for."""
        sent = Sent(call)
        try:
            pool, root = self._found = self._found or self._way()
            if self._proxies:
                return sent
            sent.connection = pool._get_conn()  # urllib3's own way to one; it has no public one that only sends
            sent.connection.timeout = call.connect
            post = call.method == "POST"
            target = root + call.address.removeprefix(self._server)
            sent.connection.request(
                call.method,
                target if post or not call.query else f"{target}?{call.query}",
                body=call.query if post else None,
                headers=call.headers,
                preload_content=False,
                decode_content=False,
            )
        except FOREIGN as error:
            sent.failure = failures.of_exception(error, self._name)
            self.give_up(sent)
        return sent

    def finish(self, sent: Sent) -> Came:
        """See `Wire`."""
        if sent.failure is not None:
            return Came(failure=sent.failure)
        connection, sent.connection = sent.connection, None
        until = time.monotonic() + sent.call.whole
        try:
            if connection is None:
                return self._came(self._by_proxy(sent.call), until)
            connection.timeout = sent.call.silence
            came = self._came(connection.getresponse(), until)
        except FOREIGN as error:
            came = Came(failure=failures.of_exception(error, self._name))
        if connection is None:
            return came
        if came.failure is not None:
            connection.close()
        if self._found is not None:
            self._found[0]._put_conn(connection)
        return came

    def give_up(self, sent: Sent) -> None:
        """See `Wire`."""
        if sent.connection is not None:
            sent.connection.close()
            sent.connection = None

    def _came(self, raw: BaseHTTPResponse, until: float) -> Came:
        parts: list[bytes] = []
        broken = _read(raw, until, parts)
        failure = None if broken is None else failures.of_exception(broken, self._name)
        return Came(raw.status, raw.headers, b"".join(parts), failure)

    def _by_proxy(self, call: Call) -> BaseHTTPResponse:
        pool, root = self._found = self._found or self._way()
        body, headers = None, dict(call.headers)
        if call.method == "POST":
            body = call.query
        elif call.query:
            headers[QUERY] = call.query
        answer: BaseHTTPResponse = pool.urlopen(
            call.method,
            root + call.address.removeprefix(self._server),
            body=body,
            headers=headers,
            retries=_ONCE,
            redirect=False,
            assert_same_host=False,
            timeout=Timeout(connect=call.connect, read=call.silence),
            preload_content=False,
            decode_content=False,
        )
        return answer

    def _way(self) -> tuple[Any, str]:
        """Return the server's connections, and what an address begins with there: a proxy wants all of it."""
        request = PreparedRequest()
        request.method, request.url = "GET", self._server
        pool = self.get_connection_with_tls_context(request, self._verify, proxies=self._proxies)
        self.cert_verify(pool, self._server, self._verify, None)  # type: ignore[no-untyped-call]
        return pool, self.request_url(request, self._proxies).rstrip("/")

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Have the connections be such as put the query back."""
        super().init_poolmanager(*args, **kwargs)
        past_quoting(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Do the same to those that lead through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        past_quoting(manager)
        return manager


class InProcess:
    """A wire to what answers inside this process, by an adapter of `requests`."""

    def __init__(self, adapter: BaseAdapter, name: str) -> None:
        self._adapter, self._name = adapter, name

    def fetch(self, call: Call) -> Came:
        """See `Wire`."""
        request = PreparedRequest()  # filled in by hand: `prepare` would quote what is quoted
        request.method, request.headers = call.method, CaseInsensitiveDict(call.headers)
        request.url = f"{call.address}?{call.query}" if call.query and call.method == "GET" else call.address
        request.body = call.query if call.method == "POST" else None
        try:
            response = self._adapter.send(request, stream=True, timeout=(call.connect, call.silence))
        except FOREIGN as error:
            return Came(failure=failures.of_exception(error, self._name))
        return Came(response.status_code, response.headers, response.content)

    def begin(self, call: Call) -> Sent:
        """See `Wire`."""
        return Sent(call)

    def finish(self, sent: Sent) -> Came:
        """See `Wire`."""
        return self.fetch(sent.call)

    def give_up(self, sent: Sent) -> None:
        """See `Wire`."""

    def close(self) -> None:
        """Close the adapter."""
        self._adapter.close()


def _read(raw: BaseHTTPResponse, until: float, parts: list[bytes]) -> Exception | None:
    """Read the body into `parts`, and return what broke it off: a server may send a byte a second for ever."""
    size = 0
    try:
        while part := raw.read1(2**20, decode_content=True):
            parts.append(part)
            size += len(part)
            if time.monotonic() > until or size > LARGEST:
                raw.close()
                return TimeoutError()
    except FOREIGN as error:
        return error.with_traceback(None)
    return None
