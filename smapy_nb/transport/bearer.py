"""The app's own bearer token, made of its consumer key and secret."""

from __future__ import annotations

from smapy_nb.errors import BadAnswer
from smapy_nb.token import Token
from smapy_nb.transport import signing
from smapy_nb.transport.pacing import Pace
from smapy_nb.transport.session import Session


def exchange(token: Token, base_url: str | None = None, pace: Pace | None = None) -> Token:
    """Return the bearer token of the app that four keys belong to (POST /oauth2/token, FACTS 44).

    Free of charge, and always the same token until it is revoked: ask once and keep it.

    Raises:
        RequestFailed: there is none; Unauthorized where the consumer pair is wrong.
        InvalidInput: the pair would cross a network in clear.
    """
    with Session(None, base_url, pace, signer=signing.Basic(token)) as session:
        body = session.post("/oauth2/token", {"grant_type": "client_credentials"}).body
        value = body.get("access_token")
        if body.get("token_type") == "bearer" and isinstance(value, str) and value.strip():
            return Token(token.network, {"bearer_token": value})
        raise BadAnswer(f"{session.server} gave no bearer token for the app; check base_url.")
