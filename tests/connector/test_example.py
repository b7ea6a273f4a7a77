"""The documented example, and the forms in which accounts and tokens come, on the sandbox."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from smapy_nb import errors, sandbox
from smapy_nb.connectors import of
from smapy_nb.connectors.twitter import TwitterConnector
from smapy_nb.profiles import DTYPES
from tests.connector.wires import TOKEN

RIA = {
    "followers": 27772,
    "id": 34262462,
    "link": "https://www.twitter.com/ria_novosti",
    "name": "RIA Novosti",
    "nickname": "ria_novosti",
}


def test_the_documented_example_word_for_word():
    with sandbox.Sandbox() as x:
        t = TwitterConnector(accounts={"RIA Novosti": "ria_novosti"}, token=x.token, base_url=x.url)
        came = t.profiles()
    assert came == {"RIA Novosti": RIA}
    assert [(name, type(value)) for name, value in came["RIA Novosti"].items()] == [
        ("followers", int),
        ("id", int),
        ("link", str),
        ("name", str),
        ("nickname", str),
    ]


@pytest.mark.parametrize(
    ("accounts", "names"),
    [
        ({"RIA Novosti": "ria_novosti"}, ["RIA Novosti"]),
        ({7: "@RIA_Novosti"}, ["7"]),
        (["ria_novosti"], ["ria_novosti"]),
        (("@ria_novosti",), ["ria_novosti"]),
        ({"https://x.com/ria_novosti"}, ["ria_novosti"]),
        ("ria_novosti", ["ria_novosti"]),
        ("ria_novosti, 34262462", ["ria_novosti", "34262462"]),
        ([34262462, "34262462"], ["34262462"]),
        (34262462, ["34262462"]),
        (np.array([34262462]), ["34262462"]),
        (pd.Series(["twitter.com/ria_novosti?lang=ru"]), ["ria_novosti"]),
        (["https://twitter.com/intent/user?user_id=34262462"], ["34262462"]),
        (["https://mobile.twitter.com/ria_novosti/status/1"], ["ria_novosti"]),
        (["https://x.com/i/user/34262462"], ["34262462"]),
        (["https://twitter.com/#!/ria_novosti"], ["ria_novosti"]),
    ],
)
def test_every_form_of_accounts(box, accounts, names):
    t = TwitterConnector(accounts, box.token, base_url=box.url)
    assert t.profiles() == dict.fromkeys(names, RIA)
    assert list(t.accounts) == names


@pytest.mark.parametrize("accounts", [None, 1.5, b"nasa", True, object()])
def test_what_holds_no_accounts_is_refused(accounts):
    with pytest.raises(errors.InvalidAccounts):
        TwitterConnector(accounts, TOKEN)


def test_accounts_may_be_given_back(box):
    t = TwitterConnector(["@123456", 123456, "@nasa"], box.token)
    before = [(one.name, one.key) for one in t._asked]
    t.accounts = t.accounts
    assert [one.key for one in t._asked] == [key for _, key in before]


def test_a_missing_account_is_none(box):
    t = TwitterConnector({"gone": "nobody_of_that"}, box.token, base_url=box.url)
    assert t.profiles() == {"gone": None}


def test_a_bearer_token_reads_too(box):
    t = TwitterConnector("ria_novosti", {"bearer_token": box.bearer_token}, base_url=box.url)
    assert t.profiles() == {"ria_novosti": RIA}


def test_check_says_whose_the_keys_are_and_why_not(box):
    good = TwitterConnector(token=box.token, base_url=box.url)
    assert good.check_token() is True
    assert good.check().account
    bad = TwitterConnector(token=TOKEN, base_url=box.url)
    assert bad.check_token() is False
    assert bad.check().state == "rejected"
    nowhere = TwitterConnector(token=TOKEN, base_url="http://127.0.0.1:9")
    assert nowhere.check().state == "unreachable"
    assert TwitterConnector().check().state == "absent"


def test_no_token_is_missed_only_where_something_is_to_be_asked():
    assert TwitterConnector(["not a handle!"]).frame()["outcome"].tolist() == ["invalid"]
    with pytest.raises(errors.NoToken):
        TwitterConnector(["nasa"]).frame()


def test_250_mixed_inputs_each_have_a_row_in_their_order(box):
    good = [one for one in box.people if one.lower() != "ria_novosti"][:60]
    typed: list[object] = []
    for number, handle in enumerate(good):
        typed += [
            [f"@{handle}", handle.upper()],
            [f"https://x.com/{handle}", f"https://twitter.com/{handle}/"],
            [f" {handle} ", "", "two words"],
            [handle.replace("o", "о"), "a" * 16, -5, 2**64],  # a Cyrillic о
        ][number % 4]
    typed += [34262462, "34262462", "ria_novosti", "@nobody_at_all_", None, 3.5, "http://example.org/nasa"]
    typed += ["https://x.com/home", "x" * 300, "@"] * ((250 - len(typed)) // 3 + 1)
    typed = typed[:250]
    frame = TwitterConnector(typed, box.token, base_url=box.url).frame()
    assert len(frame) == 250
    assert frame["requested"].tolist() == [str(one).strip() for one in typed]
    assert set(frame["outcome"]) <= {"ok", "protected", "not_found", "suspended", "invalid"}
    assert frame.loc[frame["outcome"] != "ok", "reason"].notna().all()
    assert frame.loc[frame["outcome"] == "ok", "reason"].isna().all()
    look_alike = frame[frame["requested"].str.contains("о")]
    assert (look_alike["outcome"] == "invalid").all()
    assert "cyrillic" in look_alike["reason"].iloc[0]
    ria = frame[frame["id"] == 34262462]
    assert len(ria) == 3


def test_columns_dtypes_and_choice(box):
    t = TwitterConnector(["ria_novosti", "nobody_of_that"], box.token, base_url=box.url)
    frame = t.frame()
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == DTYPES
    assert frame.attrs["source"] == "sandbox (simulated)"
    assert t.frame(columns=["id", "account"]).columns.tolist() == ["id", "account"]
    with pytest.raises(ValueError, match="There is no column 'folowers'"):
        t.frame(columns=["folowers"])


def test_suspended_protected_and_hostile_people(box):
    frame = TwitterConnector(list(box.people), box.token, base_url=box.url).frame()
    assert (frame["outcome"] == "protected").any()
    assert (frame.loc[frame["outcome"] == "protected", "followers"].notna()).all()
    assert len(frame) == len(box.people)
    assert (frame["handle"].str.lower() == frame["account"].str.lower())[frame["id"].notna()].all()


@pytest.mark.parametrize("address", ["ftp://x", "x.com", "https://", "https://a:b@x.com", "https://x.com/?a=b", 7])
def test_base_url_that_is_none_is_refused(address):
    with pytest.raises((errors.InvalidInput, TypeError, AttributeError)):
        TwitterConnector("nasa", TOKEN, base_url=address).frame()


def test_a_bearer_token_never_crosses_a_network_in_clear():
    t = TwitterConnector("nasa", {"bearer_token": "AAAA"}, base_url="http://api.example.org")
    with pytest.raises(errors.InvalidInput, match="https"):
        t.frame()


def test_the_connector_of_a_network():
    assert of("tw") is TwitterConnector
    with pytest.raises(errors.UnknownNetwork):
        of("zz")
