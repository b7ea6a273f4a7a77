"""What people paste, and what they get wrong: fields are found, hints are words, nothing shows a value."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smapy_nb.errors import InvalidToken, UnknownNetwork
from smapy_nb.keychain import hints, paste
from smapy_nb.keychain.keychain import KeyChain

KEY, SECRET = "kEy1" * 6 + "K", "sEcReT2345" * 5
ACCESS, ACCESS_SECRET = "34262462-" + "aCc3" * 10, "tOkEn" * 9
BEARER = "A" * 22 + "bEaReR%2F9%3D" * 8
FOUR = {
    "consumer_key": KEY,
    "consumer_secret": SECRET,
    "access_token": ACCESS,
    "access_secret": ACCESS_SECRET,
}

PASTED = {
    ".env": f"""
        # X
        X_API_KEY={KEY}
        export X_API_SECRET="{SECRET}"
        X_ACCESS_TOKEN='{ACCESS}'   # mine
        X_ACCESS_TOKEN_SECRET = {ACCESS_SECRET}
        OTHER=thing
        """,
    "another .env": f"TWITTER_CONSUMER_KEY={KEY}\r\nTWITTER_CONSUMER_SECRET={SECRET}\r\n"
    f"TWITTER_ACCESS_TOKEN={ACCESS}\r\nTWITTER_ACCESS_SECRET={ACCESS_SECRET}\r\n",
    "JSON": json.dumps(FOUR, indent=2),
    "nested JSON": json.dumps({"twitter": {"apiKey": "", "api_key": KEY, "api_secret_key": SECRET},
                               "users": [{"access_token": ACCESS, "access_token_secret": ACCESS_SECRET}]}),
    "Python": repr(FOUR),
    "Python, assigned": f"token = {{\n 'consumer_key': '{KEY}',\n 'consumer_secret': '{SECRET}',\n"
    f" 'access_token': '{ACCESS}',\n 'access_secret': '{ACCESS_SECRET}' }}\n",
    "the console's page": f"""
        Keys and tokens
        Consumer Keys
        API Key
        Reveal
        {KEY}
        API Key Secret
        {SECRET}
        Copy
        Authentication Tokens
        Bearer Token
        {BEARER}
        Regenerate
        Revoke
        Access Token
        {ACCESS}
        Access Token Secret
        {ACCESS_SECRET}
        OAuth 2.0 Client ID and Client Secret
        Client ID
        Zm9vYmFyYmF6cXV4
        """,
    "labels with colons": f"API Key: {KEY}\nAPI Key Secret: {SECRET}\nAccess Token: {ACCESS}\n"
    f"Access Token Secret: {ACCESS_SECRET}",
    "labels with tabs": f"API Key\t{KEY}\nAPI Secret\t{SECRET}\nAccess Token\t{ACCESS}\n"
    f"Access Token Secret\t{ACCESS_SECRET}",
}  # fmt: skip


@pytest.mark.parametrize("kind", PASTED)
def test_four_keys_are_found_in(kind: str) -> None:
    k = KeyChain()
    remarks = k.paste("tw", PASTED[kind])
    assert k.get("tw") == FOUR
    assert all(value not in " ".join(remarks) for value in [*FOUR.values(), BEARER])


def test_what_is_left_out_is_said() -> None:
    remarks = KeyChain().paste("tw", PASTED["the console's page"])
    assert any("'bearer_token' stands there too" in remark for remark in remarks)
    assert any("OAuth 2.0" in remark for remark in remarks)


@pytest.mark.parametrize("text", [f"Bearer Token\n{BEARER}", f"X_BEARER_TOKEN={BEARER}", f'{{"bearer": "{BEARER}"}}'])
def test_a_bearer_token_is_found(text: str) -> None:
    k = KeyChain()
    k.paste("tw", text)
    assert k.get("tw") == {"bearer_token": BEARER}


def test_the_first_of_two_is_taken_and_said() -> None:
    remarks = KeyChain().paste("tw", PASTED[".env"] + "\nX_API_KEY=another")
    assert any("twice" in remark for remark in remarks)


def test_what_is_missing_is_named() -> None:
    k = KeyChain()
    with pytest.raises(InvalidToken, match="'access_token' is missing") as refused:
        k.paste("tw", f"API Key\n{KEY}\nAPI Key Secret\n{SECRET}")
    assert KEY not in str(refused.value)
    for text in ("", "hello", "{}", "[[]]", "5", f"{KEY}", None):
        with pytest.raises(InvalidToken):
            k.paste("tw", text)  # type: ignore[arg-type]
    with pytest.raises(UnknownNetwork):
        k.paste("xx", PASTED["JSON"])
    assert k.get() == {}


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["API Key", "=", "\n", "'", '"', "{", "[", ":", "a" * 20])).map("".join)
)
def test_any_text_is_read_without_a_crash(text: str) -> None:
    values, remarks = paste.read("tw", text)
    assert all(values.values())
    assert all(remark.endswith(".") for remark in remarks)


def test_a_long_line_takes_no_time() -> None:
    for text in ("API Key=x" + " " * 19_000 + "y", "API Key" + " " * 19_000 + ":", "a:" * 9_000, "'" * 19_000):
        paste.read("tw", text)  # a pattern that backtracks would take hours


# Hints

WRONG: dict[str, tuple[Mapping[str, str], str]] = {
    "swapped pair": ({**FOUR, "consumer_key": SECRET, "consumer_secret": KEY}, "look swapped"),
    "swapped access pair": ({**FOUR, "access_token": ACCESS_SECRET, "access_secret": ACCESS}, "look swapped"),
    "no number": ({**FOUR, "access_token": "aCc3" * 10}, "lacks the number and hyphen"),
    "quotes": ({**FOUR, "consumer_key": f'"{KEY}"'}, "quotes"),
    "space": ({**FOUR, "consumer_secret": f" {SECRET}"}, "space"),
    "line break": ({**FOUR, "consumer_secret": f"{SECRET}\n"}, "space or line break"),
    "bearer in a key field": ({**FOUR, "consumer_key": BEARER}, "looks like a bearer token"),
    "bearer in the access field": ({**FOUR, "access_token": BEARER}, "looks like a bearer token"),
    "Bearer": ({"bearer_token": f"Bearer {BEARER}"}, "begins with the word Bearer"),
    "access token as bearer": ({"bearer_token": ACCESS}, "looks like an access token"),
    "access token as key": ({**FOUR, "consumer_key": ACCESS}, "looks like an access token"),
    "the example": ({**FOUR, "consumer_key": "…"}, "example's text"),
    "another example": ({**FOUR, "consumer_key": "YOUR_API_KEY"}, "example's text"),
    "cut off": ({**FOUR, "access_secret": "tOkEn"}, "very short"),
    "twice": ({**FOUR, "access_secret": SECRET}, "hold the same text"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_hint_says_what_looks_wrong_and_refuses_nothing(kind: str) -> None:
    token, said = WRONG[kind]
    k = KeyChain()
    k.assign("tw", token)
    (hint,) = [hint for hint in k.hints("tw") if said in hint]
    assert hint.endswith(".")
    assert k.get("tw") == token
    assert not any(value.strip('" \n') in hint for value in token.values() if len(value) > 6)


@pytest.mark.parametrize("token", [FOUR, {"bearer_token": BEARER}], ids=["four keys", "bearer token"])
def test_good_keys_get_no_hint(token: dict[str, str]) -> None:
    assert hints.of(token) == []


def test_an_older_apps_shorter_keys_get_no_hint() -> None:
    assert hints.of({**FOUR, "consumer_key": "k" * 21, "consumer_secret": "s" * 41}) == []


@given(st.fixed_dictionaries({field: st.text(min_size=1, max_size=60) for field in FOUR}))
def test_hints_hold_no_part_of_a_value(token: dict[str, str]) -> None:
    said = " ".join(hints.of(token))
    for value in token.values():
        assert len(value) < 13 or value not in said
