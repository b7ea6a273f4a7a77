"""The sandbox's WSGI application: from a request to an answer, in the order in which X decides."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from smapy_nb.sandbox import bearers, dialects, message, pages, pins, problems, signatures, wounds
from smapy_nb.sandbox.identities import App, UserToken
from smapy_nb.sandbox.lookups import JSON, Lookup
from smapy_nb.sandbox.message import Answer, Request
from smapy_nb.sandbox.problems import Refusal
from smapy_nb.sandbox.state import Seen, State
from smapy_nb.sandbox.usage import usage

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

SIMULATED = ("X-Simulated", "smapy-nb sandbox")

Takes = Literal["either", "user", "app"]


@dataclass(frozen=True)
class Caller:
    """Who asks: an app, and the person in whose name it does, if any."""

    app: App
    token: UserToken | None = None

    @property
    def window(self) -> str:
        """What the rate-limit window belongs to: an app's and a person's are apart."""
        return f"user {self.token.key}" if self.token else f"app {self.app.name}"


class Application:
    """One WSGI application over one `State`; a server's threads may call it side by side."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request of a WSGI server."""
        request = message.read(environ)
        answer = self.answer(request)
        body = answer.encoded()
        if answer.delay:
            # The server's own way to wait, and to break a connection, where it has one.
            environ.get("smapy_nb.sandbox.sleep", time.sleep)(answer.delay)
        if answer.wire == "reset" and "smapy_nb.sandbox.reset" in environ:
            environ["smapy_nb.sandbox.reset"]()
        headers = {
            **answer.headers,
            SIMULATED[0]: SIMULATED[1],
            "X-Simulated-Time": self.state.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Content-Length": str(len(body)),
        }
        if answer.reason:
            headers["X-Simulated-Reason"] = _one_line(answer.reason)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [body[: len(body) // 2] if answer.wire else body]

    def answer(self, request: Request) -> Answer:
        """Return the answer to one request, and write down that it was seen.

        Order of operations: find the route (404, 405), authenticate (401), is this sort of credential taken here
        (403), is the window open (429), is there anything to pay with (402), are the parameters right (400),
        look up, book.
        """
        with self.state.lock:
            visit = Visit(self.state, request)
            try:
                answer = visit.answer()
            except Refusal as refusal:
                answer = refusal.answer
            except Exception as error:  # whatever a client sends, it gets an answer
                answer = problems.plain(500, reason=f"the sandbox itself failed: {type(error).__name__}")
            answer = wounds.after(answer, visit.faults, single=visit.single)
            answer.headers = {**visit.headers, "Date": formatdate(visit.wall, usegmt=True), **answer.headers}
            visit.note(answer)
        return answer


class Visit:
    """One request on its way through the application."""

    def __init__(self, state: State, request: Request) -> None:
        self.state = state
        self.request = request
        self.headers: dict[str, str] = {}
        self.caller: Caller | None = None
        self.dialect = dialects.of(request, state.dialect)
        self.lookup: Lookup | None = None
        self.usd = Decimal(0)
        self.faults = state.faults.strike(request.path, state.clock.now()) if _is_api(request) else {}
        self.wall = state.clock.wall() + (self.faults["skew"].seconds if "skew" in self.faults else 0)

    def answer(self) -> Answer:
        """Find the route and let it answer, unless a fault does."""
        refused = wounds.instead(self.faults, self.wall, self.dialect)
        if refused is not None:
            return refused
        methods: list[str] = []
        for method, pattern, answer in ROUTES:
            match = re.fullmatch(pattern, self.request.path)
            if match and method == self.request.method:
                return answer(self, *match.groups())
            if match:
                methods.append(method)
        if methods:
            wrong = problems.plain(405, reason=f"this address takes {' and '.join(sorted(set(methods)))}")
            wrong.headers["Allow"] = ", ".join(sorted(set(methods)))
            return wrong
        return problems.plain(404, reason="X has more routes than the sandbox; this is none of its own")

    def users(self, route: str, takes: Takes, ask: Callable[[Lookup], Answer]) -> Answer:
        """Answer a users look-up: authenticate, count, look up, book."""
        caller = self.admit(route, takes)
        ledger = self.state.ledger
        if ledger.broke(caller.app.name):
            raise Refusal(problems.no_credits(caller.app.name, self.dialect))
        asker = caller.token.user_id if caller.token else None
        self.lookup = Lookup(self.request, self.state.today, self.dialect, asker, [])
        answer = ask(self.lookup)
        today = self.state.clock.now().date()
        self.usd = ledger.book(caller.app.name, today, self.lookup.read)
        posts = sum(kind == "post" for kind, _ in self.lookup.read)
        self.state.posts_read[caller.app.name][today] += posts
        return answer

    @property
    def single(self) -> bool:
        """Whether one account was looked up by its handle or id."""
        return self.lookup is not None and not self.request.path.endswith(("/users", "/by", "/me"))

    def usage(self) -> Answer:
        """Answer ``/2/usage/tweets``."""
        app = self.admit("/2/usage/tweets", "app").app
        return usage(self.request, app, self.state.posts_read[app.name], self.state.clock.now(), self.dialect)

    def revoke(self) -> Answer:
        """Answer ``/1.1/oauth/invalidate_token``: the token that signed the request stops working."""
        self.caller = self._authenticate()
        if self.caller.token is None:
            raise Refusal(problems.first_version(403, 220, "Your credentials do not allow access to this resource."))
        self.caller.token.revoked = True
        return Answer(200, {"access_token": self.caller.token.key}, dict(JSON))

    def admit(self, route: str, takes: Takes) -> Caller:
        """Return who asks, once they may."""
        caller = self.caller = self._authenticate()
        if takes == "user" and caller.token is None:
            given = "OAuth 2.0 Application-Only"
            raise Refusal(problems.unsupported(route, given, self.dialect, user_only=True))
        if takes == "app" and caller.token is not None:
            given = "OAuth 1.0a User Context"
            raise Refusal(problems.unsupported(route, given, self.dialect, user_only=False))
        within, self.headers = self.state.windows.take(
            route, caller.window, user=caller.token is not None, now=self.state.clock.now(), wall=self.wall
        )
        if not within:
            raise Refusal(self.state.windows.refuse())
        return caller

    def _authenticate(self) -> Caller:
        scheme, _, value = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return Caller(bearers.verify(value.strip(), self.state.identities))
        if scheme.lower() == "oauth" or "oauth_consumer_key" in self.request.query:
            token = signatures.verify(self.request, self.state.identities, self.state.nonces, self.wall)
            return Caller(token.app, token)
        raise Refusal(problems.unauthorized("the request holds no credentials"))

    def note(self, answer: Answer) -> None:
        """Write the request down for the local page."""
        self.state.served += 1
        if _is_api(self.request):
            self.state.log.append(
                Seen(
                    at=self.state.clock.now(),
                    method=self.request.method,
                    target=_masked(self.request),
                    who=self.caller.app.name if self.caller else "",
                    status=answer.status,
                    reason=answer.reason,
                    profiles=sum(kind == "user" for kind, _ in self.lookup.read) if self.lookup else 0,
                    usd=self.usd,
                )
            )


def _is_api(request: Request) -> bool:
    """Tell requests that X would get from those for the sandbox's own pages."""
    return request.path.startswith(("/2/", "/1.1/", "/oauth"))


def _masked(request: Request) -> str:
    query = "&".join(
        f"{name}={'…' if 'oauth' in name or 'token' in name else ','.join(values)}"
        for name, values in request.query.items()
    )
    return request.path + ("?" + query if query else "")


def _one_line(text: str) -> str:
    return text.encode("ascii", "replace").decode().translate({10: " ", 13: " "})[:300]


Handler = Callable[..., Answer]


def _root(_visit: Visit) -> Answer:
    text = "This is a smapy-nb sandbox: a simulated X API. Nothing here comes from X, and nobody here is real.\n"
    return Answer(200, text, {"content-type": "text/plain; charset=utf-8"})


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", _root),
    ("GET", "/2/users/by", lambda visit: visit.users("/2/users/by", "either", lambda ask: ask.many("username"))),
    ("GET", "/2/users", lambda visit: visit.users("/2/users", "either", lambda ask: ask.many("id"))),
    ("GET", "/2/users/me", lambda visit: visit.users("/2/users/me", "user", Lookup.me)),
    ("GET", "/2/usage/tweets", Visit.usage),
    ("GET", "/2/users/by/username/([^/]+)", lambda visit, part: visit.users(
        "/2/users/by/username/:username", "either", lambda ask: ask.one("username", part))),
    ("GET", "/2/users/([^/]+)", lambda visit, part: visit.users(
        "/2/users/:id", "either", lambda ask: ask.one("id", part))),
    ("GET", "/sandbox/page.css", lambda _: pages.file("page.css")),
    ("POST", "/oauth/request_token", lambda visit: pins.request_token(visit.state, visit.request)),
    ("GET", "/oauth/(?:authorize|authenticate)", lambda visit: pins.authorize_page(visit.state, visit.request)),
    ("POST", "/oauth/authorize", lambda visit: pins.authorize(visit.state, visit.request)),
    ("POST", "/oauth/access_token", lambda visit: pins.access_token(visit.state, visit.request)),
    ("POST", r"/1\.1/oauth/invalidate_token(?:\.json)?", Visit.revoke),
    ("POST", "/oauth2/token", lambda visit: bearers.exchange(visit.request, visit.state.identities)),
    ("POST", "/oauth2/invalidate_token", lambda visit: bearers.invalidate(visit.request, visit.state.identities)),
)  # fmt: skip
