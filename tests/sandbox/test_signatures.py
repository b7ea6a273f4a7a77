from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests
from requests_oauthlib import OAuth1

from smapy_nb.sandbox.handshakes import verify_app, verify_pin
from smapy_nb.sandbox.identities import App, Identities, UserToken
from smapy_nb.sandbox.message import Request
from smapy_nb.sandbox.pins import RequestToken
from smapy_nb.sandbox.problems import Refusal
from smapy_nb.sandbox.signatures import LIFETIME, Nonces, verify
from tests.sandbox.support import NO_VENDOR, VENDOR, Client, signed

ME = "/2/users/me"


def vectors() -> list[dict[str, Any]]:
    file = VENDOR / "oauth1-vectors.json"
    found = json.loads(file.read_text("utf-8")) if file.exists() else []
    # The RFC's timestamp has nine digits, which oauthlib's server side refuses before it looks further.
    return [one for one in found if len(one["oauth"]["oauth_timestamp"]) == 10]


def known(vector: dict[str, Any]) -> Identities:
    identities = Identities(1)
    app = App("known", 1, vector["oauth"]["oauth_consumer_key"], vector["consumer_secret"])
    identities.by_key[app.consumer_key] = app
    token = vector["oauth"].get("oauth_token", "")
    identities.tokens[token] = UserToken(token, vector.get("token_secret", ""), app, 1)
    return identities


def as_sent(vector: dict[str, Any], signature: str) -> Request:
    scheme, _, rest = vector["url"].partition("://")
    host, slash, target = rest.partition("/")
    oauth = {**vector["oauth"], "oauth_signature": signature}
    header = "OAuth " + ", ".join(f'{name}="{quote(value, safe="~")}"' for name, value in oauth.items())
    headers = {"authorization": header, "content-type": "application/x-www-form-urlencoded" if "body" in vector else ""}
    return Request(vector["method"], scheme, host, slash + target, headers, vector.get("body", "").encode())


@pytest.mark.parametrize("vector", vectors() or [None], ids=lambda vector: vector["name"] if vector else "none")
def test_known_answers_are_accepted_and_nothing_near_them(vector: dict[str, Any] | None) -> None:
    if vector is None:
        pytest.skip(NO_VENDOR)
    now = float(vector["oauth"]["oauth_timestamp"])
    good = vector["signature"]
    bad = ("B" if good[0] == "A" else "A") + good[1:]
    assert accepted(vector, good, now) == "known"
    with pytest.raises(Refusal, match="signature does not match"):
        accepted(vector, bad, now)


def accepted(vector: dict[str, Any], signature: str, now: float) -> str:
    """Ask the check that the vector's address has, and return the app's name."""
    sent, identities = as_sent(vector, signature), known(vector)
    if vector["url"].endswith("request_token"):
        return verify_app(sent, identities, Nonces(), now)[0].name
    if vector["url"].endswith("access_token"):
        (app,) = identities.by_key.values()
        key, pin = vector["oauth"]["oauth_token"], vector["body"].partition("=")[2]
        sign_ins = {key: RequestToken(key, vector["token_secret"], app, "oob", 1, pin)}
        return sign_ins[verify_pin(sent, identities, Nonces(), sign_ins, now)].app.name
    return verify(sent, identities, Nonces(), now).app.name


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("consumer_key", "no app with this consumer key"),
        ("consumer_secret", "signature does not match"),
        ("access_token", "unknown, revoked"),
        ("access_secret", "signature does not match"),
    ],
)
def test_each_wrong_key_is_refused(client: Client, field: str, reason: str) -> None:
    answer = client.get(ME, token=client.x.token | {field: client.x.token[field][:-1] + "_"})
    assert answer.status_code == 401
    assert answer.json() == {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    assert reason in answer.headers["X-Simulated-Reason"]


def test_an_access_token_of_another_app_is_refused(client: Client) -> None:
    other = client.x.identity("someone_else").token
    mixed = client.x.token | {key: other[key] for key in ("access_token", "access_secret")}
    answer = client.get(ME, token=mixed)
    assert answer.status_code == 401
    assert "another app" in answer.headers["X-Simulated-Reason"]


@pytest.mark.parametrize("away", [-LIFETIME - 5, LIFETIME + 5])
def test_a_timestamp_five_minutes_away_is_refused(client: Client, away: int) -> None:
    def at(moment: float) -> OAuth1:
        return OAuth1(*client.x.token.values(), timestamp=str(int(moment)))

    far = client.session.get(client.x.url + ME, auth=at(time.time() + away), timeout=10)
    assert (far.status_code, "seconds from the server's clock" in far.headers["X-Simulated-Reason"]) == (401, True)
    near = client.session.get(client.x.url + ME, auth=at(time.time() + away * 0.9), timeout=10)
    assert near.status_code == 200


def test_a_nonce_works_once_for_each_token(client: Client) -> None:
    def ask(token: dict[str, str]) -> requests.Response:
        auth = OAuth1(*token.values(), nonce="the-same")
        return client.session.get(client.x.url + ME, auth=auth, timeout=10)

    assert [ask(client.x.token).status_code for _ in range(2)] == [200, 401]
    assert ask(client.x.identity("someone_else").token).status_code == 200
    assert "nonce" in ask(client.x.token).headers["X-Simulated-Reason"]


def test_a_refused_request_does_not_burn_its_nonce(client: Client) -> None:
    wrong = OAuth1(*(client.x.token | {"access_secret": "wrong"}).values(), nonce="mine")
    right = OAuth1(*client.x.token.values(), nonce="mine")
    answers = [client.session.get(client.x.url + ME, auth=auth, timeout=10) for auth in (wrong, right)]
    assert [answer.status_code for answer in answers] == [401, 200]


def test_nonces_are_forgotten_when_their_timestamps_are_refused_anyway() -> None:
    nonces = Nonces()
    for number in range(512 * 4):
        nonces.use("token", str(number), number, now=number)
    assert len(nonces) <= 512 + LIFETIME
    assert nonces.used("token", "2047")


@pytest.mark.parametrize(
    "query",
    [
        "usernames=ria_novosti&user.fields=created_at%2Cpublic_metrics",
        "usernames=ria_novosti&user.fields=created_at,public_metrics",
        "usernames=ria_novosti&x=%20+%2B~%7E!*'()",
        "usernames=ria_novosti&x=%E2%82%AC%F0%9F%90%88&%C3%A4=%26%3D",
        "usernames=ria_novosti&a=2&a=1&a=&b",
        "usernames=%72ia_novosti&x=%e2%98%83",
    ],
)
def test_percent_encoding_is_signed_as_it_is_sent(client: Client, query: str) -> None:
    answer = client.get(f"/2/users/by?{query}")
    assert answer.status_code == 200, answer.headers.get("X-Simulated-Reason")
    assert answer.json()["data"][0]["username"] == "ria_novosti"


def test_what_was_signed_is_what_must_arrive(client: Client) -> None:
    prepared = requests.Request(
        "GET", client.x.url + "/2/users/by?usernames=nasa", auth=signed(client.x.token)
    ).prepare()
    prepared.url = client.x.url + "/2/users/by?usernames=ria_novosti"
    assert client.session.send(prepared, timeout=10).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "OAuth",
        "OAuth nonsense",
        'OAuth oauth_consumer_key="a"',
        "Basic YTpi",
        "Bearer",
        "Bearer wrong",
    ],
)
def test_odd_credentials_are_a_plain_401(client: Client, header: str) -> None:
    answer = client.session.get(client.x.url + ME, headers={"Authorization": header}, timeout=10)
    assert answer.status_code == 401


@pytest.mark.parametrize("method", ["PLAINTEXT", "HMAC-SHA256"])
def test_only_hmac_sha1_is_taken(client: Client, method: str) -> None:
    auth = OAuth1(*client.x.token.values(), signature_method=method)
    assert client.session.get(client.x.url + ME, auth=auth, timeout=10).status_code == 401


def test_a_bearer_token_counts_as_it_was_sent(client: Client) -> None:
    path = "/2/users/by/username/ria_novosti"
    assert client.get(path, bearer=client.x.bearer_token).status_code == 200
    assert "%2B" in client.x.bearer_token
    assert client.get(path, bearer=client.x.bearer_token.replace("%2B", "+")).status_code == 401


def test_a_bearer_token_for_a_key_and_secret(client: Client) -> None:
    keys = (client.x.token["consumer_key"], client.x.token["consumer_secret"])

    def ask(auth: tuple[str, str], **form: str) -> requests.Response:
        return client.session.post(client.x.url + "/oauth2/token", auth=auth, data=form, timeout=10)

    got = ask(keys, grant_type="client_credentials")
    assert got.json() == {"token_type": "bearer", "access_token": client.x.bearer_token}
    wrong = ask((keys[0], "wrong"), grant_type="client_credentials")
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (403, 99)
    assert ask(keys).status_code == 403


def test_an_invalidated_bearer_token_never_comes_back(inside: Callable[..., Client]) -> None:
    client = inside()
    keys = (client.x.token["consumer_key"], client.x.token["consumer_secret"])
    old = client.x.bearer_token

    def post(path: str, **form: str) -> requests.Response:
        return client.session.post(client.x.url + path, auth=keys, data=form, timeout=10)

    assert post("/oauth2/invalidate_token", access_token="another").status_code == 401
    assert post("/oauth2/invalidate_token", access_token=old).json() == {"access_token": old}
    assert client.get("/2/users/12", bearer=old).status_code == 401
    new = post("/oauth2/token", grant_type="client_credentials").json()["access_token"]
    assert new != old
    assert client.get("/2/users/12", bearer=new).status_code == 200


def test_an_account_that_is_suspended_can_not_ask_who_it_is(inside: Callable[..., Client]) -> None:
    client = inside()
    edge = client.x.identity("on_the_edge")
    assert client.get(ME, token=edge.token).json()["data"]["username"] == "on_the_edge"
    client.x.clock.advance(days=2)
    assert client.get(ME, token=edge.token).status_code == 401
    client.x.clock.advance(days=4)
    assert client.get(ME, token=edge.token).status_code == 200
