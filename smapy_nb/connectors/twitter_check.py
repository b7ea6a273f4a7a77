"""Does a token for X work, and which part of it does not? What is free is asked first."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

from smapy_nb.connectors.check import Check, State
from smapy_nb.errors import (
    BadAnswer,
    Forbidden,
    InvalidInput,
    InvalidToken,
    OutOfCredits,
    RateLimited,
    RequestFailed,
    Unauthorized,
    Unreachable,
    UsageCapped,
)
from smapy_nb.token import Token
from smapy_nb.transport.bearer import exchange
from smapy_nb.transport.pacing import Pace, server_time
from smapy_nb.transport.session import Answer, Session

APP, USER, READ, CREDITS = "app pair", "user pair", "read right", "credits"
_CLOCK = 120  # seconds that a clock may be off before it is worth a word
_ANSWERED = (Unauthorized, Forbidden, OutOfCredits, RateLimited, UsageCapped)
_AUTHENTICATED = (Forbidden, OutOfCredits, RateLimited, UsageCapped)

# Digests of consumer pairs, with the server, that were accepted: X refuses who asks for its bearer token too often.
_accepted: set[bytes] = set()


def check(token: Token, base_url: str | None = None, pace: Pace | None = None) -> Check:
    """Ask X whether `token` works. Raises nothing.

    A bearer token is asked about with GET /2/usage/tweets, which is free. Of four keys, the consumer pair is asked
    about with POST /oauth2/token, free too and once only; then all four with GET /2/users/me, which X may charge
    as one read.
    """
    ask = _bearer if token.kind == "bearer token" else _four
    try:
        return ask(token, base_url, pace)
    except InvalidInput as error:  # a token that can't be put on a request, or an address that is none
        state: State = "rejected" if isinstance(error, InvalidToken) else "unreachable"
        return Check(False, f"{error} Nothing was sent.", None, datetime.now(UTC), state)


def _bearer(token: Token, base_url: str | None, pace: Pace | None) -> Check:
    parts = {APP: "not asked", READ: "not asked", CREDITS: "not asked"}
    with Session(token, base_url, pace) as session:
        answer, failure = _asked(lambda: session.get("/2/usage/tweets"))
    if isinstance(failure, Unauthorized):
        parts[APP] = "refused"
        return _failed(failure, parts, _UNKNOWN_BEARER.format(session.server, failure.status))
    if failure is not None:
        return _failed(failure, parts | ({APP: "accepted"} if isinstance(failure, _AUTHENTICATED) else {}))
    if not isinstance(answer.body.get("data"), dict):
        return _failed(BadAnswer(_NOT_X.format(session.server)), parts)
    parts[APP] = "accepted"
    return _accept(answer, parts, f"{session.server} accepted it; it belongs to an app, not to an account.", None)


def _four(token: Token, base_url: str | None, pace: Pace | None) -> Check:
    parts = {APP: "not asked", USER: "not asked", READ: "not asked", CREDITS: "not asked"}
    with Session(token, base_url, pace) as session:
        pair = _digest(token, session.base_url)
        remembered = pair in _accepted
        refusal = None if remembered else _app(token, base_url, pace, pair, parts, session.server)
        if refusal is not None:
            return refusal
        answer, failure = _asked(lambda: session.get("/2/users/me"))
    if isinstance(failure, Unauthorized):
        if remembered:  # accepted once, which need not hold for ever
            _accepted.discard(pair)
            refusal = _app(token, base_url, pace, pair, parts, session.server)
            if refusal is not None:
                return refusal
        if pair not in _accepted:
            return _failed(failure, parts)
        parts |= {APP: "accepted", USER: "refused"}
        return _failed(failure, parts, _WRONG_USER.format(session.server, failure.status))
    if pair in _accepted or isinstance(failure, _AUTHENTICATED):
        parts[APP] = "accepted"
    if isinstance(failure, _AUTHENTICATED):
        parts[USER] = "accepted"
    if failure is not None:
        return _failed(failure, parts)
    data = answer.body.get("data")
    account = data.get("username") if isinstance(data, dict) else None
    if not isinstance(account, str) or not account:
        return _failed(BadAnswer(_NOT_X.format(session.server)), parts)
    parts |= {APP: "accepted", USER: "accepted", READ: "accepted"}
    return _accept(answer, parts, f"{session.server} accepted them; they belong to @{account}.", account)


def _app(
    token: Token, base_url: str | None, pace: Pace | None, pair: bytes, parts: dict[str, str], server: str
) -> Check | None:
    """Ask about the consumer pair; return what ends the check there, or None."""
    try:
        exchange(token, base_url, pace)
    except Unauthorized as failure:
        parts[APP] = "refused"
        return _failed(failure, parts, _WRONG_APP.format(server, failure.status))
    except Unreachable as failure:
        return _failed(failure, parts)
    except (RequestFailed, InvalidInput):
        return None  # a server may not have this way, or it may not be safe there: all four keys are asked about next
    _accepted.add(pair)
    return None


def _asked(ask: Callable[[], Answer]) -> tuple[Answer, RequestFailed | None]:
    try:
        return ask(), None
    except RequestFailed as failure:
        return Answer(), failure


def _failed(failure: RequestFailed, parts: dict[str, str], reason: str = "") -> Check:
    if isinstance(failure, Forbidden):
        parts[READ] = "refused"
    if isinstance(failure, OutOfCredits):
        parts[CREDITS] = "none"
    state: State = "rejected" if isinstance(failure, _ANSWERED) else "unreachable"
    said = (reason or str(failure)) + _clock(failure.clock_ahead)
    return Check(False, said, None, datetime.now(UTC), state, parts=tuple(parts.items()))


def _accept(answer: Answer, parts: dict[str, str], reason: str, account: str | None) -> Check:
    said = reason + _clock(server_time(answer.headers) - time.time())
    return Check(True, said, account, datetime.now(UTC), "valid", answer.simulated, tuple(parts.items()))


def _clock(ahead: float) -> str:
    if abs(ahead) < _CLOCK:
        return ""
    minutes, which = round(abs(ahead) / 60), "slow" if ahead > 0 else "fast"
    return f" This computer's clock is {minutes} minutes {which}: set it right; until then the server's is used."


def _digest(token: Token, base_url: str) -> bytes:
    text = "\0".join([base_url, token["consumer_key"], token["consumer_secret"]])
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


_UNKNOWN_BEARER = (
    "{} did not accept the bearer token ({}); copy it again from X's console, or make a new one there: "
    "making one ends the one before."
)
_NOT_X = "{} answered, but not as the X API does; check base_url."
_WRONG_APP = (
    "{} did not accept the API key and secret, which are consumer_key and consumer_secret ({}); compare both with X's "
    "console, or make new ones there. The access token and secret were not asked about."
)
_WRONG_USER = (
    "{} accepted the API key and secret, but not the access token and secret ({}); make these two anew in X's console, "
    "both together and in the same app."
)
