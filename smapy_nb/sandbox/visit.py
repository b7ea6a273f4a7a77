"""Visit: one request on its way through the sandbox; who asks, may they, what do they get, what does it cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from smapy_nb.sandbox import bearers, dialects, problems, signatures
from smapy_nb.sandbox.identities import App, UserToken
from smapy_nb.sandbox.lookups import JSON, Lookup
from smapy_nb.sandbox.message import Answer, Request
from smapy_nb.sandbox.problems import Refusal
from smapy_nb.sandbox.state import Seen, State
from smapy_nb.sandbox.usage import usage

Takes = Literal["either", "user", "app"]


@dataclass(frozen=True)
class Caller:
    """Who asks: an app, and the person in whose name it does, if any."""

    app: App
    token: UserToken | None = None

    @property
    def window(self) -> str:
        """What the rate-limit window belongs to: an app's and a person's are apart."""
        return f"user {self.app.name}:{self.token.user_id}" if self.token else f"app {self.app.name}"


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
        if _is_api(self.request):
            self.state.served += 1
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
