"""Signing in by PIN: a request token, a page where a person says yes, seven digits, an access token."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from smapy_nb.sandbox import handshakes, pages
from smapy_nb.sandbox.identities import App, UserToken
from smapy_nb.sandbox.message import Answer, Request
from smapy_nb.sandbox.people.person import Person
from smapy_nb.sandbox.problems import Refusal, first_version
from smapy_nb.sandbox.state import OWNER, State

FORM = {"content-type": "text/html;charset=utf-8"}  # X calls its form-encoded answers that
_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass
class RequestToken:
    """One sign-in under way.

    Attributes:
        callback: ``oob`` for a PIN, or where the browser is sent back to.
        user_id: who said yes; None before.
        pin: what has to come back with the request for an access token; works once.
    """

    key: str
    secret: str = field(repr=False)
    app: App
    callback: str
    user_id: int | None = None
    pin: str = field(default="", repr=False)


def request_token(state: State, request: Request) -> Answer:
    """Answer ``POST /oauth/request_token``, signed with the app's two keys."""
    app, callback = handshakes.verify_app(request, state.identities, state.nonces, state.clock.wall())
    if callback != "oob" and urlsplit(callback).hostname not in _HERE:
        raise Refusal(first_version(403, 415, "Callback URL not approved for this client application.",
                                    "a callback must be oob, or lead to this machine"))  # fmt: skip
    token = RequestToken(secrets.token_urlsafe(20), secrets.token_urlsafe(24), app, callback)
    state.sign_ins[token.key] = token
    while len(state.sign_ins) > 1000:  # those that nobody finished
        del state.sign_ins[next(iter(state.sign_ins))]
    return _form(oauth_token=token.key, oauth_token_secret=token.secret, oauth_callback_confirmed="true")


def authorize_page(state: State, request: Request) -> Answer:
    """Answer ``GET /oauth/authorize``: the page on which a person says yes or no."""
    key = (request.query.get("oauth_token") or [""])[-1]
    token = state.sign_ins.get(key)
    if token is None or token.user_id is not None:
        return pages.page("unknown.html", status=401, reason="the request token is unknown or was used before")
    names = sorted((one.handle for one in state.today.by_id.values() if one.status == "active"), key=str.casefold)
    owner = token.app.name if token.app.name in state.today.by_handle else OWNER
    return pages.page(
        "authorize.html", app=token.app.name, token=key, handle=owner, people=pages.options(names)
    )  # fmt: skip


def authorize(state: State, request: Request) -> Answer:
    """Answer ``POST /oauth/authorize``: show the PIN, or send the browser back to the app."""
    form = request.form()
    token = state.sign_ins.get(form.get("oauth_token", ""))
    if token is None or token.user_id is not None:
        return pages.page("unknown.html", status=401, reason="the request token is unknown or was used before")
    if "cancel" in form:
        del state.sign_ins[token.key]
        return pages.page("denied.html", app=token.app.name)
    person = state.today.by_handle.get(form.get("handle", "").removeprefix("@").casefold())
    if person is None or person.status != "active":
        return pages.page("nobody.html", status=400, handle=form.get("handle", ""), token=token.key)
    token.user_id, token.pin = person.id, f"{secrets.randbelow(10_000_000):07d}"
    if token.callback == "oob":
        return pages.page("pin.html", app=token.app.name, handle=person.handle, pin=token.pin)
    joint = "&" if "?" in token.callback else "?"
    back = urlencode({"oauth_token": token.key, "oauth_verifier": token.pin})
    return Answer(302, headers={"location": f"{token.callback}{joint}{back}"})


def access_token(state: State, request: Request) -> Answer:
    """Answer ``POST /oauth/access_token``, signed with the request token; the PIN works once."""
    key = handshakes.verify_pin(request, state.identities, state.nonces, state.sign_ins, state.clock.wall())
    token = state.sign_ins.pop(key)
    person = state.today.by_id.get(token.user_id or -1)
    if person is None:
        raise Refusal(first_version(401, 32, "Could not authenticate you.", "the account is gone"))
    given = granted(state, token.app, person)
    return _form(
        oauth_token=given.key, oauth_token_secret=given.secret, user_id=str(person.id), screen_name=person.handle
    )


def granted(state: State, app: App, person: Person) -> UserToken:
    """Return the token with which `app` asks for `person`: the same as before, unless that was revoked."""
    nth = 0
    while (token := state.identities.user_token(app, person.id, nth)).revoked:
        nth += 1
    return token


def _form(**fields: str) -> Answer:
    return Answer(200, urlencode(fields), dict(FORM))
