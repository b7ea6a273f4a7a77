from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import requests
from requests_oauthlib import OAuth1, OAuth1Session
from requests_oauthlib.oauth1_session import TokenRequestDenied

from smapy_nb.sandbox.adapter import Adapter
from tests.sandbox.support import Client


def session(client: Client, **keys: str) -> OAuth1Session:
    token = client.x.token
    made = OAuth1Session(token["consumer_key"], token["consumer_secret"], **keys)
    if client.x.url.endswith(".invalid"):
        made.mount("http://", Adapter())
    return made


def ask(client: Client, callback: str = "oob") -> dict[str, str]:
    with session(client, callback_uri=callback) as app:
        got: dict[str, str] = app.fetch_request_token(client.x.url + "/oauth/request_token")
    return got


def say_yes(client: Client, token: str, handle: str = "ria_novosti", **more: str) -> requests.Response:
    form = {"oauth_token": token, "handle": handle, "authorize": "1", **more}
    return client.session.post(client.x.url + "/oauth/authorize", data=form, timeout=10, allow_redirects=False)


def trade(client: Client, got: dict[str, str], pin: str) -> dict[str, str]:
    keys = {"resource_owner_key": got["oauth_token"], "resource_owner_secret": got["oauth_token_secret"]}
    with session(client, verifier=pin, **keys) as app:
        token: dict[str, str] = app.fetch_access_token(client.x.url + "/oauth/access_token")
    return token


def pin_in(page: requests.Response) -> str:
    return re.search(r"<code>(\d{7})</code>", page.text)[1]  # type: ignore[index]


def test_a_pin_gives_a_token_for_the_account_that_said_yes(client: Client) -> None:
    got = ask(client)
    assert got["oauth_callback_confirmed"] == "true"
    page = client.session.get(client.x.url + "/oauth/authorize?oauth_token=" + got["oauth_token"], timeout=10)
    assert page.status_code == 200
    assert "not X" in page.text
    token = trade(client, got, pin_in(say_yes(client, got["oauth_token"])))
    assert (token["user_id"], token["screen_name"]) == ("34262462", "ria_novosti")
    assert token["oauth_token"].startswith("34262462-")
    keys = client.x.token | {"access_token": token["oauth_token"], "access_secret": token["oauth_token_secret"]}
    assert client.get("/2/users/me", token=keys).json()["data"]["username"] == "ria_novosti"
    again = ask(client)
    assert trade(client, again, pin_in(say_yes(client, again["oauth_token"]))) == token, "the same until revoked"


def test_a_pin_works_once_and_a_wrong_one_never(client: Client) -> None:
    got = ask(client)
    pin = pin_in(say_yes(client, got["oauth_token"]))
    wrong = f"{(int(pin) + 1) % 10_000_000:07d}"
    with pytest.raises(TokenRequestDenied) as refused:
        trade(client, got, wrong)
    assert refused.value.response.headers["X-Simulated-Reason"] == "the PIN is wrong, or was used before"
    trade(client, got, pin)
    with pytest.raises(TokenRequestDenied):
        trade(client, got, pin)
    assert say_yes(client, got["oauth_token"]).status_code == 401


def test_no_pin_before_somebody_says_yes(client: Client) -> None:
    got = ask(client)
    for pin in ("0000000", "None"):
        with pytest.raises(TokenRequestDenied):
            trade(client, got, pin)


def test_saying_no_or_naming_nobody_gives_nothing(client: Client) -> None:
    got = ask(client)
    nobody = say_yes(client, got["oauth_token"], "<b>nobody")
    assert nobody.status_code == 400
    assert "@&lt;b&gt;nobody" in nobody.text
    assert "no token" in say_yes(client, got["oauth_token"], cancel="1").text
    assert say_yes(client, got["oauth_token"]).status_code == 401


def test_wrong_app_keys_get_no_request_token(client: Client) -> None:
    auth = OAuth1(client.x.token["consumer_key"], "wrong", callback_uri="oob")
    answer = client.session.post(client.x.url + "/oauth/request_token", auth=auth, timeout=10)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, 32)
    assert client.session.post(client.x.url + "/oauth/request_token", timeout=10).status_code == 401


def test_a_callback_must_lead_to_this_machine(client: Client) -> None:
    with pytest.raises(TokenRequestDenied) as refused:
        ask(client, "https://evil.example/")
    assert refused.value.response.status_code == 403
    got = ask(client, "http://127.0.0.1:9/back?a=1")
    back = say_yes(client, got["oauth_token"])
    assert back.status_code == 302
    assert re.match(r"http://127\.0\.0\.1:9/back\?a=1&oauth_token=.+&oauth_verifier=\d{7}$", back.headers["location"])


def test_a_revoked_token_stops_and_the_next_one_is_new(inside: Callable[..., Client]) -> None:
    client = inside()
    auth = OAuth1(*client.x.token.values())
    done = client.session.post(client.x.url + "/1.1/oauth/invalidate_token.json", auth=auth, timeout=10)
    assert done.json() == {"access_token": client.x.token["access_token"]}
    refused = client.get("/2/users/me")
    assert refused.status_code == 401
    assert "revoked" in refused.headers["X-Simulated-Reason"]
    got = ask(client)
    token = trade(client, got, pin_in(say_yes(client, got["oauth_token"], "sandbox_you")))
    assert token["oauth_token"] != client.x.token["access_token"]
    keys = client.x.token | {"access_token": token["oauth_token"], "access_secret": token["oauth_token_secret"]}
    assert client.get("/2/users/me", token=keys).status_code == 200
