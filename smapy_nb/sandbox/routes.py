"""Which address leads where: X's, and the sandbox's own page."""

from __future__ import annotations

import re
from collections.abc import Callable

from smapy_nb.sandbox import bearers, desk, pages, pins, problems, wounds
from smapy_nb.sandbox.lookups import Lookup
from smapy_nb.sandbox.message import Answer
from smapy_nb.sandbox.visit import Visit


def answer(visit: Visit) -> Answer:
    """Find the route and let it answer, unless a fault does."""
    refused = wounds.instead(visit.faults, visit.wall, visit.dialect)
    if refused is not None:
        return refused
    methods: set[str] = set()
    for method, pattern, handler in ROUTES:
        match = re.fullmatch(pattern, visit.request.path)
        if match and method == visit.request.method:
            return handler(visit, *match.groups())
        if match:
            methods.add(method)
    if methods:
        wrong = problems.plain(405, reason=f"this address takes {' and '.join(sorted(methods))}")
        wrong.headers["Allow"] = ", ".join(sorted(methods))
        return wrong
    return problems.plain(404, reason="X has more routes than the sandbox; this is none of its own")


Handler = Callable[..., Answer]

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", lambda visit: desk.root(visit.request)),
    ("GET", "/2/users/by", lambda visit: visit.users("/2/users/by", "either", lambda ask: ask.many("username"))),
    ("GET", "/2/users", lambda visit: visit.users("/2/users", "either", lambda ask: ask.many("id"))),
    ("GET", "/2/users/me", lambda visit: visit.users("/2/users/me", "user", Lookup.me)),
    ("GET", "/2/usage/tweets", Visit.usage),
    ("GET", "/2/users/by/username/([^/]+)", lambda visit, part: visit.users(
        "/2/users/by/username/:username", "either", lambda ask: ask.one("username", part))),
    ("GET", "/2/users/([^/]+)", lambda visit, part: visit.users(
        "/2/users/:id", "either", lambda ask: ask.one("id", part))),
    ("GET", r"/sandbox/(page\.(?:css|js))", lambda _, name: pages.file(name)),
    ("GET", r"/sandbox/state\.json", lambda visit: desk.state_json(visit.state)),
    ("GET", r"/sandbox/people\.json", lambda visit: desk.people_json(visit.state)),
    ("POST", "/sandbox/([a-z]+)", lambda visit, what: desk.change(visit.state, visit.request, what)),
    ("POST", "/oauth/request_token", lambda visit: pins.request_token(visit.state, visit.request)),
    ("GET", "/oauth/(?:authorize|authenticate)", lambda visit: pins.authorize_page(visit.state, visit.request)),
    ("POST", "/oauth/authorize", lambda visit: pins.authorize(visit.state, visit.request)),
    ("POST", "/oauth/access_token", lambda visit: pins.access_token(visit.state, visit.request)),
    ("POST", r"/1\.1/oauth/invalidate_token(?:\.json)?", Visit.revoke),
    ("POST", "/oauth2/token", lambda visit: bearers.exchange(visit.request, visit.state.identities)),
    ("POST", "/oauth2/invalidate_token", lambda visit: bearers.invalidate(visit.request, visit.state.identities)),
)  # fmt: skip
