"""Sign in with a PIN: OAuth 1.0a out of band, for a person's own app (FACTS 43)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smapy_nb.errors import BadAnswer, InvalidToken, Unauthorized
from smapy_nb.token import Secretive, Token
from smapy_nb.transport.pacing import Pace
from smapy_nb.transport.session import Answer, Session
from smapy_nb.transport.signing import OAuth1


class Pair(Secretive):
    """A key and its secret. Shows neither."""

    __slots__ = ("key", "secret")

    def __init__(self, key: str, secret: str) -> None:
        self.key = key
        self.secret = secret

    def __repr__(self) -> str:
        return "Pair()"


class _Closed(OAuth1):
    """Signs where the answer holds a secret, which must not cross a network in clear."""

    __slots__ = ()
    bare: ClassVar[bool] = True


@dataclass(frozen=True)
class Pending:
    """A sign-in that waits for its PIN. Shows no secret.

    Attributes:
        link: the page where the person says yes and gets the PIN.
        server: what to call the server in sentences.
        simulated: whether a sandbox answered.
    """

    link: str
    server: str
    simulated: bool
    consumer: Pair
    request: Pair


def consumer(key: object, secret: object) -> Pair | InvalidToken:
    """Make the app's pair, or return the refusal: raised from here, its traceback would show the values."""
    for name, value in (("consumer_key", key), ("consumer_secret", secret)):
        if not isinstance(value, str) or not value.strip():
            return InvalidToken(f"{name!r} is missing or blank; it is the app's, from X's console.")
    return Pair(str(key), str(secret))


def begin(app: Pair, base_url: str | None = None, pace: Pace | None = None) -> Pending:
    """Ask for a request token (POST /oauth/request_token).

    Args:
        app: its consumer key and secret.
        base_url: as in `Session`.
        pace: as in `Session`.

    Raises:
        Unauthorized: the app's pair was not accepted.
        RequestFailed: no usable answer.
    """
    with Session(
        None, base_url, pace, signer=_Closed((app.key, app.secret), more={"oauth_callback": "oob"})
    ) as session:
        answer = session.ask("POST", "/oauth/request_token")
        server = session.server
        if isinstance(answer.failure, Unauthorized):
            raise Unauthorized(
                f"{server} did not accept the app's API key and secret, or the app has no callback address. Compare "
                "them with X's console, and set any callback address there in the app's authentication settings.",
                status=answer.failure.status,
            )
        if answer.failure is not None:
            raise answer.failure
        request = _pair(answer)
        if request is None or answer.body.get("oauth_callback_confirmed") != "true":
            raise BadAnswer(f"{server} did not begin a sign-in with a PIN; check base_url.")
        link = f"{session.base_url}/oauth/authorize?oauth_token={request.key}"
        return Pending(link, server, answer.simulated, app, request)


def finish(pending: Pending, pin: str, pace: Pace | None = None) -> tuple[Token, str | None]:
    """Give a PIN for an access token (POST /oauth/access_token): the four keys, and the handle they belong to.

    Raises:
        Unauthorized: the PIN was not accepted.
        RequestFailed: no usable answer.
    """
    base_url = pending.link.partition("/oauth/authorize")[0]
    with Session(None, base_url, pace, signer=_with_pin(pending, pin)) as session:
        answer = session.ask("POST", "/oauth/access_token")
    if isinstance(answer.failure, Unauthorized):
        raise Unauthorized(
            f"{pending.server} did not accept this PIN: it is mistyped, was used before, belongs to another link, or "
            "is too old. Compare it with the page, or begin again for a new link.",
            status=answer.failure.status,
        )
    if answer.failure is not None:
        raise answer.failure
    access = _pair(answer)
    if access is None:
        raise BadAnswer(f"{pending.server} gave no access token for the PIN; begin again for a new link.")
    token = Token(
        "tw",
        {
            "consumer_key": pending.consumer.key,
            "consumer_secret": pending.consumer.secret,
            "access_token": access.key,
            "access_secret": access.secret,
        },
    )
    handle = answer.body.get("screen_name")
    return token, handle if isinstance(handle, str) else None


def _with_pin(pending: Pending, pin: str) -> _Closed:
    app, request = pending.consumer, pending.request
    return _Closed((app.key, app.secret), (request.key, request.secret), {"oauth_verifier": pin})


def _pair(answer: Answer) -> Pair | None:
    key, secret = answer.body.get("oauth_token"), answer.body.get("oauth_token_secret")
    # The key becomes part of a link, so it may hold nothing that would lead elsewhere.
    if isinstance(key, str) and isinstance(secret, str) and secret and key.replace("-", "").replace("_", "").isalnum():
        return Pair(key, secret)
    return None
