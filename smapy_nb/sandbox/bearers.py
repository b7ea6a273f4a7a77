"""Bearer tokens: who an app-only request comes from, and how an app gets and gives up its token."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from smapy_nb.sandbox.identities import App, Identities
from smapy_nb.sandbox.lookups import JSON
from smapy_nb.sandbox.message import Answer, Request
from smapy_nb.sandbox.problems import Refusal, first_version, unauthorized

_UNVERIFIED = "Unable to verify your credentials"


def verify(value: str, identities: Identities) -> App:
    """Return the app that a bearer token belongs to; the token counts exactly as it was sent.

    Raises:
        Refusal: 401, with the reason for the local page.
    """
    app = identities.by_bearer.get(value)
    if app is None:
        raise Refusal(unauthorized("the bearer token is unknown or was invalidated"))
    return app


def exchange(request: Request, identities: Identities) -> Answer:
    """Answer ``POST /oauth2/token``: the app's bearer token for its key and secret."""
    app = _basic(request, identities)
    if request.form().get("grant_type") != "client_credentials":
        raise Refusal(
            first_version(403, 170, "Missing required parameter: grant_type", label="forbidden_missing_parameter")
        )
    token = identities.bearer_of(app)
    return Answer(200, {"token_type": "bearer", "access_token": token}, dict(JSON))


def invalidate(request: Request, identities: Identities) -> Answer:
    """Answer ``POST /oauth2/invalidate_token``."""
    app = _basic(request, identities)
    token = request.form().get("access_token", "")
    # Clients differ on whether they encode the token once more in the form, so both spellings count.
    if identities.by_bearer.get(token) is not app and identities.by_bearer.get(_form_raw(request)) is not app:
        raise Refusal(first_version(401, 348, "Client application is not permitted to to invalidate this token."))
    token = identities.bearer_of(app)
    identities.invalidate(app)
    return Answer(200, {"access_token": token}, dict(JSON))


def _form_raw(request: Request) -> str:
    pairs = (part.partition("=") for part in request.body.decode("latin-1").split("&"))
    return next((value for name, _, value in pairs if name == "access_token"), "")


def _basic(request: Request, identities: Identities) -> App:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    key, _, secret = text.partition(":")
    app = identities.by_key.get(unquote(key))
    if scheme.lower() != "basic" or app is None or app.consumer_secret != unquote(secret):
        reason = "the consumer key or secret is wrong"
        raise Refusal(first_version(403, 99, _UNVERIFIED, reason, label="authenticity_token_error"))
    return app
