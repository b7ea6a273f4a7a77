"""Put a token's proof on a request: OAuth 1.0a for four keys, a header for a bearer token."""

from __future__ import annotations

from requests import PreparedRequest
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from smapy_nb.errors import InvalidToken
from smapy_nb.token import Token


def auth(token: Token) -> AuthBase:
    """Return what signs requests with `token`.

    Raises:
        InvalidToken: a bearer token holds a letter that can't stand in a header.
    """
    if token.kind == "bearer token":
        return _Bearer(token)
    signer: AuthBase = OAuth1(
        token["consumer_key"].strip(),
        token["consumer_secret"].strip(),
        token["access_token"].strip(),
        token["access_secret"].strip(),
    )
    return signer


class _Bearer(AuthBase):
    """Sends a bearer token exactly as it was issued: its %-escapes are part of it (FACTS 46)."""

    def __init__(self, token: Token) -> None:
        value = token["bearer_token"].strip()
        if not (value.isascii() and value.isprintable()):
            raise InvalidToken("'bearer_token' holds a letter that no key has; copy it again from X's console.")
        self._header = f"Bearer {value}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = self._header
        return request
