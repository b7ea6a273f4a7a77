"""OAuth 1.0a as X enforces it, checked by oauthlib's server side: a library that signs is not asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

from oauthlib.oauth1 import RequestValidator
from oauthlib.oauth1.rfc5849.endpoints import ResourceEndpoint

from smapy_nb.sandbox.identities import App, Identities, UserToken
from smapy_nb.sandbox.message import Request
from smapy_nb.sandbox.problems import Refusal, unauthorized

LIFETIME = 300  # seconds a timestamp may be away from the server's clock, either way


class SignIn(Protocol):
    """What is asked of a sign-in under way; `pins.RequestToken` is one."""

    secret: str
    app: App
    pin: str


class Nonces:
    """Which nonces were used, for each token, as long as their timestamps are valid."""

    def __init__(self) -> None:
        self._used: dict[str, dict[str, int]] = defaultdict(dict)

    def used(self, token: str, nonce: str) -> bool:
        """Tell whether `token` has used `nonce`."""
        return nonce in self._used.get(token, ())

    def use(self, token: str, nonce: str, timestamp: int, now: float) -> None:
        """Remember a nonce, and forget those whose timestamps are refused anyway."""
        nonces = self._used[token]
        nonces[nonce] = timestamp
        if len(nonces) % 512 == 0:
            for old in [one for one, when in nonces.items() if now - when > LIFETIME]:
                del nonces[old]

    def __len__(self) -> int:
        return sum(map(len, self._used.values()))


class Validator(RequestValidator):
    """What oauthlib asks about one request: the secrets of those who sign, and whether the moment is right.

    Lengths and alphabets of keys are not judged, since X does not publish any for nonces.
    """

    allowed_signature_methods = ("HMAC-SHA1",)
    enforce_ssl = False
    timestamp_lifetime = 1 << 40  # judged below, by the sandbox's clock
    dummy_client = "-"  # oauthlib signs with it what it will refuse, to take equal time
    dummy_access_token = dummy_client
    dummy_request_token = dummy_client

    def __init__(
        self, identities: Identities, nonces: Nonces, now: float, sign_ins: Mapping[str, SignIn] | None = None
    ) -> None:
        super().__init__()
        self._sign_ins = sign_ins or {}
        self._identities = identities
        self._nonces = nonces
        self._now = now
        self.reason = ""

    def check_client_key(self, client_key: str) -> bool:
        return bool(client_key)

    check_access_token: Any = check_client_key
    check_request_token: Any = check_client_key
    check_verifier: Any = check_client_key
    check_nonce: Any = check_client_key

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: Any,
        nonce: str,
        request: Any,
        request_token: str | None = None,
        access_token: str | None = None,
    ) -> bool:
        if abs(self._now - int(timestamp)) > LIFETIME:
            away = int(timestamp) - round(self._now)
            self.reason = f"the timestamp is {away:+d} seconds from the server's clock; 300 are allowed"
            return False
        token = access_token or request_token or client_key
        if self._nonces.used(token, nonce):
            self.reason = "the nonce was used before"
            return False
        return True

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key in self._identities.by_key

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        found = self._identities.tokens.get(token)
        return found is not None and not found.revoked and found.app.consumer_key == client_key

    def validate_realms(self, *args: Any, **kwargs: Any) -> bool:
        return True

    def get_client_secret(self, client_key: str, request: Any) -> str:
        app = self._identities.by_key.get(client_key)
        return app.consumer_secret if app else "-"

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        found = self._identities.tokens.get(token)
        return found.secret if found else "-"

    def get_default_realms(self, client_key: str, request: Any) -> list[str]:
        return []

    def validate_requested_realms(self, client_key: str, realms: list[str], request: Any) -> bool:
        return True

    def validate_redirect_uri(self, client_key: str, redirect_uri: str, request: Any) -> bool:
        return True

    def validate_request_token(self, client_key: str, token: str, request: Any) -> bool:
        found = self._sign_ins.get(token)
        return found is not None and found.app.consumer_key == client_key

    def validate_verifier(self, client_key: str, token: str, verifier: str, request: Any) -> bool:
        found = self._sign_ins.get(token)
        return found is not None and bool(found.pin) and found.pin == verifier

    def get_request_token_secret(self, client_key: str, token: str, request: Any) -> str:
        found = self._sign_ins.get(token)
        return found.secret if found else "-"


def verify(request: Request, identities: Identities, nonces: Nonces, now: float) -> UserToken:
    """Return the user token that signed `request`.

    Raises:
        Refusal: 401, with the reason for the local page.
    """
    validator = Validator(identities, nonces, now)
    try:
        valid, signed = ResourceEndpoint(validator).validate_protected_resource_request(*signed_parts(request))
    except ValueError as error:  # oauthlib lets these through where a header or a query is no OAuth at all
        raise Refusal(unauthorized("the OAuth parameters can't be read")) from error
    if not valid:
        raise Refusal(unauthorized(validator.reason or why(signed)))
    nonces.use(signed.resource_owner_key, signed.nonce, int(signed.timestamp), now)
    return identities.tokens[signed.resource_owner_key]


def signed_parts(request: Request) -> tuple[str, str, str, dict[str, str]]:
    """Return what oauthlib's endpoints take: address, method, body and headers."""
    names = {"authorization": "Authorization", "content-type": "Content-Type", "host": "Host"}
    headers = {names[name]: value for name, value in request.headers.items() if name in names and value}
    return request.url, request.method, request.body.decode("latin-1"), headers


def why(signed: Any) -> str:
    """Return why oauthlib found a request not to be valid, for the local page."""
    if signed is None or not signed.validator_log:
        return "the OAuth header is incomplete, or its method or version is not HMAC-SHA1, 1.0"
    if not signed.validator_log.get("client", True):
        return "there is no app with this consumer key"
    if not signed.validator_log.get("resource_owner", True):
        return "the access token is unknown, revoked, or belongs to another app"
    if not signed.validator_log.get("verifier", True):
        return "the PIN is wrong, or was used before"
    return "the signature does not match: a secret is wrong, or something else was signed than was sent"
