"""Asking X whether keys work: what is free first, nothing twice, and each way it says no has its sentence."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import trustme

from smapy_nb.connectors import twitter_check
from smapy_nb.connectors.check import Check
from smapy_nb.connectors.twitter import TwitterConnector
from smapy_nb.errors import InvalidInput, InvalidToken, RequestFailed
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.sandbox import Sandbox
from smapy_nb.transport.pacing import Pace
from tests.leaks.hosts import host


@pytest.fixture
def x(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(twitter_check, "_accepted", set())
    with Sandbox() as x:
        monkeypatch.setenv("SMAPY_NB_X_API", x.url)
        yield x


@pytest.fixture
def k(x: Sandbox) -> KeyChain:
    k = KeyChain()
    k.assign("tw", x.token)
    return k


def asked(x: Sandbox) -> list[str]:
    return [seen.target for seen in x.state.log]


def at(address: str, token: dict[str, str]) -> Check:
    return TwitterConnector((), token, base_url=address, pace=Pace(tries=1, connect=2, silence=2, whole=3)).check()


def test_four_keys_that_work(k: KeyChain, x: Sandbox) -> None:
    assert k.status("tw").state == "unchecked"
    assert asked(x) == []
    assert k.check("tw") is True
    status = k.status("tw")
    assert (status.ok, status.state, status.account, status.simulated) == (True, "valid", "sandbox_you", True)
    assert dict(status.parts) == {
        "app pair": "accepted",
        "user pair": "accepted",
        "read right": "accepted",
        "credits": "not asked",
    }
    assert status.checked_at is not None
    assert abs(datetime.now(UTC) - status.checked_at) < timedelta(minutes=1)
    assert asked(x) == ["/oauth2/token", "/2/users/me"]


def test_a_yes_is_asked_for_once_until_told_again(k: KeyChain, x: Sandbox) -> None:
    for _ in range(3):
        assert k.check("tw") is True
        assert k.check() == {"tw": True}
        assert k.check("tw", token=x.token) is True
    assert asked(x).count("/2/users/me") == 1
    assert k.check("tw", again=True) is True
    assert asked(x) == ["/oauth2/token", "/2/users/me", "/2/users/me"]


def test_a_loop_over_a_connector_pays_once(x: Sandbox) -> None:
    t = TwitterConnector((), x.token)
    assert [t.check_token() for _ in range(5)] == [True] * 5
    assert asked(x).count("/2/users/me") == 1
    assert t.check(again=True).ok is True
    assert asked(x).count("/2/users/me") == 2
    wrong = TwitterConnector((), {**x.token, "access_secret": "wrong"})
    assert [wrong.check_token() for _ in range(2)] == [False] * 2


def test_a_wrong_app_pair_costs_nothing_and_is_not_asked_about_twice(k: KeyChain, x: Sandbox) -> None:
    k.assign("tw", {**x.token, "consumer_secret": "wrong"})
    for _ in range(3):
        assert k.check("tw") is False
    assert asked(x) == ["/oauth2/token"]
    assert x.booked_usd == 0
    status = k.status("tw")
    assert status.state == "rejected"
    assert "did not accept the API key and secret" in status.reason
    assert dict(status.parts)["app pair"] == "refused"


@pytest.mark.parametrize("field", ["access_token", "access_secret"])
def test_a_wrong_access_pair_is_false_and_told_apart(field: str, k: KeyChain, x: Sandbox) -> None:
    k.assign("tw", {**x.token, field: "1-wrong"})
    assert k.check("tw") is False
    status = k.status("tw")
    assert "accepted the API key and secret, but not the access token" in status.reason
    assert dict(status.parts) | {"app pair": "accepted", "user pair": "refused"} == dict(status.parts)
    assert x.booked_usd == 0


def test_an_app_pair_revoked_after_it_was_accepted(k: KeyChain, x: Sandbox) -> None:
    assert k.check("tw") is True
    (app,) = x.state.identities.apps.values()
    app.consumer_secret = "made anew in the console"
    assert k.check("tw", again=True) is False
    assert dict(k.status("tw").parts)["app pair"] == "refused"


def test_a_bearer_token(k: KeyChain, x: Sandbox) -> None:
    k.assign("tw", {"bearer_token": x.bearer_token})
    assert k.check("tw") is True
    assert k.status("tw").account is None
    assert asked(x) == ["/2/usage/tweets"]
    assert x.booked_usd == 0
    k.assign("tw", {"bearer_token": "AAAA"})
    assert k.check("tw") is False
    assert "did not accept the bearer token" in k.status("tw").reason
    k.assign("tw", {"bearer_token": "ключ"})
    assert k.check("tw") is False
    assert "Nothing was sent" in k.status("tw").reason


def test_what_is_not_held_is_not_kept(x: Sandbox) -> None:
    k = KeyChain()
    assert k.check("tw", token=x.token) is True
    assert k.check("tw", token={**x.token, "access_secret": "wrong"}) is False
    assert k.get() == {}
    with pytest.raises(InvalidToken):
        k.check("tw", token={"bearer_token": ""})
    with pytest.raises(InvalidInput, match="which network"):
        k.check(None, token=x.token)  # type: ignore[call-overload]


def test_new_keys_are_unchecked_and_the_same_keys_again_are_not(k: KeyChain, x: Sandbox) -> None:
    k.check("tw")
    k.assign("tw", {**x.token, "access_secret": "another"})
    assert k.status("tw").state == "unchecked"
    k.delete("tw")
    assert k.status("tw").state == "absent"
    assert "\n" not in str(k.status("tw"))


def test_observers_hear_of_a_check(k: KeyChain) -> None:
    heard: list[str] = []
    stop = k.observe(lambda: heard.append(k.status("tw").state))
    k.check("tw")
    k.delete("tw")
    stop()
    stop()
    k.check("tw")
    assert heard == ["valid", "absent"]


FAULTS = [
    ("403", "rejected", "in a project", {"user pair": "accepted", "read right": "refused"}),
    ("402", "rejected", "no credits", {"user pair": "accepted", "credits": "none"}),
    ("429", "rejected", "opens again at", {"user pair": "accepted"}),
    ("429-no-reset", "rejected", "within 15 minutes", {"user pair": "accepted"}),
    ("usage-cap", "rejected", "usage cap", {"user pair": "accepted"}),
    ("html", "unreachable", "sign-in page", {"user pair": "not asked"}),
    ("500", "unreachable", "its own side", {"user pair": "not asked"}),
    ("reset", "unreachable", "check the network", {"user pair": "not asked"}),
]


@pytest.mark.parametrize(("kind", "state", "said", "parts"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_each_no_has_its_sentence(kind: str, state: str, said: str, parts: dict[str, str], x: Sandbox) -> None:
    x.fault(kind, route="/2/*")
    check = at(x.url, x.token)
    assert (check.ok, check.state) == (False, state)
    assert said in check.reason
    assert dict(check.parts) | parts == dict(check.parts)
    bearer = at(x.url, {"bearer_token": x.bearer_token})
    assert bearer.state == state


def test_a_no_that_may_pass_is_asked_about_again(k: KeyChain, x: Sandbox) -> None:
    x.fault("402", route="/2/*")
    assert k.check("tw") is False
    x.heal()
    assert k.check("tw") is True
    assert asked(x).count("/oauth2/token") == 1


@pytest.mark.parametrize("minutes", [-10, 10, 600])
def test_a_wrong_clock_is_said(minutes: int, x: Sandbox) -> None:
    x.fault("skew", seconds=minutes * 60)
    check = at(x.url, x.token)
    which = "slow" if minutes > 0 else "fast"
    assert f"clock is {abs(minutes)} minutes {which}" in check.reason
    assert check.ok is True


def test_no_network_and_no_server(x: Sandbox) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        for token in (x.token, {"bearer_token": x.bearer_token}):
            check = at(address, token)
            assert (check.ok, check.state) == (False, "unreachable")
            assert "check the network" in check.reason


def test_a_proxy_that_leads_nowhere(x: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed.getsockname()[1]}")
        check = at("https://api.x.invalid", x.token)
    assert check.state == "unreachable"
    assert "proxy" in check.reason


def test_a_certificate_that_is_not_trusted(x: Sandbox, tmp_path: Path) -> None:
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    with host(200, {}, b"{}", tmp_path / "server.pem") as (address, _):
        check = at(address, x.token)
    assert check.state == "unreachable"
    assert "certificate" in check.reason


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>Sign in to the hotel",
        b"[]",
        b"",
        b"null",
        b'"key"',
        b'{"data": {}}',
        b'{"data": []}',
        b"{}",
        b"\xff\xfe",
    ],
)
def test_a_server_that_is_not_x(answer: bytes, x: Sandbox) -> None:
    with host(200, {}, answer) as (address, _):
        assert at(address, x.token).ok is False
        usage = at(address, {"bearer_token": x.bearer_token})
        assert usage.ok is (answer == b'{"data": {}}')


def test_an_address_that_is_none(x: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("no address", "http://example.invalid"):
        monkeypatch.setenv("SMAPY_NB_X_API", address)
        k = KeyChain()
        k.assign("tw", {"bearer_token": x.bearer_token})
        assert k.check("tw") is False
        assert k.status("tw").state == "unreachable"


def test_the_report_can_be_pasted_in_public(k: KeyChain, x: Sandbox) -> None:
    k.check("tw")
    reports = [str(k.status("tw")), repr(k.status("tw"))]
    k.assign("tw", {**x.token, "access_secret": "wrong"})
    k.check("tw")
    reports.append(str(k.status("tw")))
    assert "user pair: refused" in reports[-1]
    for report in reports:
        assert not any(value[:12] in report for value in [*x.token.values(), x.bearer_token])


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(minutes=3, seconds=20), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-5), "just now"),  # a clock that went backwards
    ],
)
def test_a_check_ages(ago: timedelta, said: str) -> None:
    assert Check(True, "", None, datetime.now(UTC) - ago, "valid").age == f"checked {said}"
    assert Check(None, "").age == ""


# Signing in with a PIN


def pin_for(link: str, who: str = "ria_novosti") -> str:
    """Say yes on the page behind the link, as a person does in a browser, and read the PIN there."""
    address, _, key = link.partition("?oauth_token=")
    page = requests.post(address, data={"oauth_token": key, "handle": who, "authorize": "1"}, timeout=10)
    found = re.search(r"<code>(\d{7})</code>", page.text)
    assert found
    return found[1]


def app_of(x: Sandbox) -> dict[str, str]:
    return {field: x.token[field] for field in ("consumer_key", "consumer_secret")}


def test_signing_in_with_a_pin(x: Sandbox) -> None:
    k = KeyChain()
    s = k.sign_in("tw", **app_of(x))
    assert s.link.startswith(f"{x.url}/oauth/authorize?oauth_token=")
    assert s.link in repr(s)
    assert s.link in s._repr_html_()
    pin = pin_for(s.link)
    assert "@ria_novosti" in s.finish(f" {pin[:3]} {pin[3:]}\n")
    assert k.check("tw") is True
    assert k.status("tw").account == "ria_novosti"
    assert "signed in" in repr(k.show())
    assert repr(s) == "SignIn(done)"


def test_a_pin_works_once(x: Sandbox) -> None:
    k = KeyChain()
    s = k.sign_in("tw", **app_of(x))
    pin = pin_for(s.link)
    s.finish(pin)
    with pytest.raises(InvalidInput, match="works once"):
        s.finish(pin)
    again = k.sign_in("tw", **app_of(x))
    with pytest.raises(RequestFailed, match="was used before"):
        again.finish(pin)


def test_a_mistyped_pin_may_be_typed_again(x: Sandbox) -> None:
    k = KeyChain()
    s = k.sign_in("tw", **app_of(x))
    pin = pin_for(s.link)
    wrong = f"{(int(pin) + 1) % 10_000_000:07d}"
    with pytest.raises(RequestFailed, match="did not accept this PIN"):
        s.finish(wrong)
    for nothing in ("", "abc", "12", "1234567890123", "１２３４５６７", None):
        with pytest.raises(InvalidInput, match="seven digits"):
            s.finish(nothing)  # type: ignore[arg-type]
    assert k.get() == {}
    s.finish(pin)
    assert k.get("tw") is not None


def test_a_sign_in_that_was_never_confirmed_or_is_too_old(x: Sandbox) -> None:
    s = KeyChain().sign_in("tw", **app_of(x))
    with pytest.raises(RequestFailed, match="begin again"):
        s.finish("1234567")
    x.state.sign_ins.clear()
    with pytest.raises(RequestFailed, match="too old"):
        s.finish("1234567")


def test_an_app_that_is_not_known(x: Sandbox) -> None:
    with pytest.raises(RequestFailed, match="did not accept the app's API key") as refused:
        KeyChain().sign_in("tw", consumer_key="unknown to X", consumer_secret="unknown too")
    assert "unknown" not in str(refused.value)
    for field in ("consumer_key", "consumer_secret"):
        for nothing in ("", "  ", None, 5):
            with pytest.raises(InvalidToken, match=field):
                KeyChain().sign_in("tw", **{**app_of(x), field: nothing})


def test_a_sign_in_at_something_that_is_not_x(x: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in (b"<html>", b"oauth_token=a b", b"oauth_token=a&oauth_token_secret=b", b"x=y", b"{}", b""):
        with host(200, {}, answer) as (address, _):
            monkeypatch.setenv("SMAPY_NB_X_API", address)
            with pytest.raises(RequestFailed, match=r"check base_url|something other than"):
                KeyChain().sign_in("tw", **app_of(x))
    monkeypatch.setenv("SMAPY_NB_X_API", "http://example.invalid")
    with pytest.raises(InvalidInput, match="in clear"):
        KeyChain().sign_in("tw", **app_of(x))


def test_observers_hear_of_a_sign_in(x: Sandbox) -> None:
    k = KeyChain()
    heard: list[object] = []
    k.observe(lambda: heard.append(k.get("tw")))
    s = k.sign_in("tw", **app_of(x))
    s.finish(pin_for(s.link))
    assert len(heard) == 1
