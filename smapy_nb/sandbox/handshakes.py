"""The two signed steps of a sign-in: for a request token, and for an access token with the PIN."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER
from oauthlib.oauth1.rfc5849.endpoints import AccessTokenEndpoint, RequestTokenEndpoint
from oauthlib.oauth1.rfc5849.errors import OAuth1Error
from oauthlib.oauth1.rfc5849.signature import collect_parameters
from oauthlib.oauth1.rfc5849.utils import filter_oauth_params

from smapy_nb.sandbox.identities import App, Identities
from smapy_nb.sandbox.message import Request
from smapy_nb.sandbox.problems import Refusal, first_version
from smapy_nb.sandbox.signatures import Nonces, SignIn, Validator, signed_parts, why


class _AsXTakesThem:
    """Lets the steps of a sign-in bring their oauth_ parameters in the query or the form, as X does.

    oauthlib wants all of them in one place. A parameter that is in the header as well was signed once.
    """

    def _get_signature_type_and_params(self, request: Any) -> Any:
        whole = partial(collect_parameters, exclude_oauth_signature=False)
        params = whole(headers=request.headers, with_realm=True)
        elsewhere = whole(body=request.body, uri_query=request.uri_query)
        params += [pair for pair in elsewhere if pair not in params]
        return SIGNATURE_TYPE_AUTH_HEADER, params, filter_oauth_params(params)


class _RequestTokens(_AsXTakesThem, RequestTokenEndpoint):
    pass


class _AccessTokens(_AsXTakesThem, AccessTokenEndpoint):
    pass


def verify_app(request: Request, identities: Identities, nonces: Nonces, now: float) -> tuple[App, str]:
    """Return the app that signed a request for a request token, and the callback it wants.

    Raises:
        Refusal: 401 in the form of the first version.
    """
    endpoint = _RequestTokens(Validator(identities, nonces, now))
    signed = _validated(endpoint, "validate_request_token_request", request, now, nonces)
    return identities.by_key[signed.client_key], signed.redirect_uri


def verify_pin(
    request: Request, identities: Identities, nonces: Nonces, sign_ins: Mapping[str, SignIn], now: float
) -> str:
    """Return the request token that signed a request for an access token and brought its PIN.

    Raises:
        Refusal: 401 in the form of the first version.
    """
    endpoint = _AccessTokens(Validator(identities, nonces, now, sign_ins))
    signed = _validated(endpoint, "validate_access_token_request", request, now, nonces)
    return str(signed.resource_owner_key)


def _validated(endpoint: Any, how: str, request: Request, now: float, nonces: Nonces) -> Any:
    """Run one of oauthlib's checks without its own way of answering, which is not X's."""
    validator = endpoint.request_validator
    try:
        signed = endpoint._create_request(*signed_parts(request))
        valid, signed = getattr(endpoint, how)(signed)
    except (OAuth1Error, ValueError) as error:
        description = getattr(error, "description", "") or "the OAuth parameters can't be read"
        raise Refusal(first_version(401, 32, "Could not authenticate you.", description)) from error
    if not valid:
        raise Refusal(first_version(401, 32, "Could not authenticate you.", validator.reason or why(signed)))
    nonces.use(signed.resource_owner_key or signed.client_key, signed.nonce, int(signed.timestamp), now)
    return signed
