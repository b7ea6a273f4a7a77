"""Signatures, held against oauthlib's and the published known answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import Client

from smapy_nb import errors
from smapy_nb.token import Token
from smapy_nb.transport.signing import OAuth1, encode, signer

VECTORS = Path(__file__).parents[3] / "shared" / "x-api" / "oauth1-vectors.json"
text = st.text(st.characters(codec="utf-8"), max_size=20)
secret = st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1, max_size=12).filter(
    lambda one: one == one.strip() and one.strip()
)


def parts(header: str) -> dict[str, str]:
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}


def header(consumer, token, method, url, params, stamp, nonce):
    query = [(encode(name), encode(value)) for name, value in params]
    return OAuth1(consumer, token).header(method, url, query, stamp, nonce)


@pytest.mark.skipif(not VECTORS.exists(), reason="the known answers are not here: ../shared/x-api is missing")
def test_published_known_answers():
    tried = 0
    for one in json.loads(VECTORS.read_text()) if VECTORS.exists() else []:
        oauth = one["oauth"]
        if set(oauth) != {
            "oauth_consumer_key",
            "oauth_nonce",
            "oauth_signature_method",
            "oauth_timestamp",
            "oauth_token",
            "oauth_version",
        }:
            continue
        address, _, query = one["url"].partition("?")
        params = parse_qsl(query, keep_blank_values=True) + parse_qsl(one.get("body") or "", keep_blank_values=True)
        came = header(
            (oauth["oauth_consumer_key"], one["consumer_secret"]),
            (oauth["oauth_token"], one["token_secret"]),
            one["method"],
            address,
            params,
            int(oauth["oauth_timestamp"]),
            oauth["oauth_nonce"],
        )
        assert parts(came)["oauth_signature"] == one["signature"], one["name"]
        tried += 1
    assert tried >= 2


@given(
    st.tuples(secret, secret),
    st.tuples(secret, secret),
    st.lists(st.tuples(text, text), max_size=6),
    st.integers(0, 2**33),
    st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True),
    st.sampled_from(["https://api.x.com/2/users/by", "http://127.0.0.1:8080/2/users"]),
)
def test_signature_equals_oauthlib_s(consumer, token, params, stamp, nonce, url):
    ours = parts(header(consumer, token, "GET", url, params, stamp, nonce))
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in params)
    client = Client(consumer[0], consumer[1], token[0], token[1], nonce=nonce, timestamp=str(stamp))
    _, theirs, _ = client.sign(f"{url}?{query}" if query else url)
    assert ours == parts(theirs["Authorization"])


@given(text)
def test_encode_leaves_nothing_to_interpretation(one):
    assert unquote(encode(one)) == one
    assert re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*", encode(one))


def test_nonces_differ():
    signing = OAuth1(("a", "b"), ("c", "d"))
    seen = {parts(signing.header("GET", "https://api.x.com/", (), 1))["oauth_nonce"] for _ in range(100)}
    assert len(seen) == 100


def test_a_bearer_token_is_sent_as_issued():
    issued = "AAAAAAAA%2FAAA%3DAAAA"
    assert signer(Token("tw", {"bearer_token": f" {issued}\n"})).header("GET", "", (), 1) == f"Bearer {issued}"


@pytest.mark.parametrize("value", ["AAAA\r\nHost: evil", "AAAAё", "AA\x00AA"])
def test_a_bearer_token_that_is_no_header_is_refused_unseen(value):
    with pytest.raises(errors.InvalidToken) as caught:
        signer(Token("tw", {"bearer_token": value}))
    assert value[:4] not in str(caught.value)


def test_the_wire_has_the_query_as_it_was_signed(wire):
    from smapy_nb.transport.session import Session
    from tests.connector.wires import TOKEN, Asked

    server = wire(Asked.answer)
    params = {"usernames": "a,b", "x y": "ü&=%+~", "empty": ""}
    with Session(Token("tw", TOKEN), server.url) as session:
        session.get("/2/users/by", params)
    seen = server.seen[0]
    assert dict(parse_qsl(urlsplit(seen.target).query, keep_blank_values=True)) == params
    sent = parts(seen.headers["authorization"])
    again = header(
        ("consumer-key", "consumer-secret"),
        ("1-access-token", "access-secret"),
        "GET",
        f"{server.url}/2/users/by",
        params.items(),
        int(sent["oauth_timestamp"]),
        sent["oauth_nonce"],
    )
    assert parts(again) == sent
