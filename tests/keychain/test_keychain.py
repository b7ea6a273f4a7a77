"""Keys in memory: what goes in comes out, what is wrong is refused, and nothing is asked behind one's back."""

from __future__ import annotations

import copy
import json

import pytest

import smapy_nb
from smapy_nb.errors import InvalidInput, InvalidToken, SmapyError, UnknownNetwork
from smapy_nb.keychain.keychain import KeyChain


def test_it_is_the_class_at_the_top() -> None:
    assert smapy_nb.KeyChain is KeyChain


def test_get_gives_back_what_was_assigned(token: dict[str, str]) -> None:
    k = KeyChain()
    k.assign("tw", token)
    assert k.get("tw") == token
    assert k.get() == {"tw": token}


def test_an_empty_one(token: dict[str, str]) -> None:
    k = KeyChain()
    assert k.get("tw") is None
    assert k.get() == {}
    assert k.delete("tw") is None
    assert k.check() == {}
    assert k.check("tw") is False
    assert k.status("tw").state == "absent"
    assert repr(k.show()) == "No keys are held."


def test_what_get_returns_does_not_change_the_chain(token: dict[str, str]) -> None:
    k = KeyChain()
    k.assign("tw", token)
    k.get().clear()
    token.clear()
    assert len(k.get("tw") or ()) == 4


def test_delete_removes_and_returns(token: dict[str, str]) -> None:
    k = KeyChain()
    k.assign("tw", token)
    assert k.delete("tw") == token
    assert k.get() == {}


@pytest.mark.parametrize("network", ["", "xx", "TW", None, 7, ["tw"]])
def test_an_unknown_network_is_refused_everywhere(network: object, token: dict[str, str]) -> None:
    k = KeyChain()
    with pytest.raises(UnknownNetwork, match="'tw'"):
        k.assign(network, token)  # type: ignore[arg-type]
    if network is not None:
        for method in (k.get, k.delete, k.status, k.check):
            with pytest.raises(UnknownNetwork, match="'tw'"):
                method(network)  # type: ignore[operator]


def test_a_refused_token_leaves_the_old_one(token: dict[str, str]) -> None:
    k = KeyChain()
    k.assign("tw", token)
    with pytest.raises(InvalidToken, match="access_secret"):
        k.assign("tw", {**token, "access_secret": "  "})
    assert k.get("tw") == token


@pytest.mark.parametrize("wrong", [None, "", "abc", 5, [], {}, {"bearer_token": None}, {"bearer_token": b"x"}])
def test_what_is_no_token_is_refused_in_one_sentence(wrong: object) -> None:
    with pytest.raises(InvalidToken) as refused:
        KeyChain().assign("tw", wrong)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)


def test_the_table_names_each_field_and_shows_no_value(token: dict[str, str]) -> None:
    k = KeyChain()
    k.assign("tw", token)
    short = KeyChain()
    short.assign("tw", {field: value[:3] for field, value in token.items()})
    text, html = repr(k.show()), k.show()._repr_html_()
    for field in token:
        assert field in text
        assert field in html
    # Not even the length can be told: other keys, same table.
    assert (text, html) == (repr(short.show()), short.show()._repr_html_())


def test_a_copy_is_a_chain_of_its_own(token: dict[str, str]) -> None:
    k = KeyChain()
    k.assign("tw", token)
    for twin in (copy.copy(k), copy.deepcopy(k)):
        assert twin.get() == k.get()
        twin.delete("tw")
        assert k.get("tw") == token


def test_json_refuses_it(token: dict[str, str]) -> None:
    k = KeyChain()
    k.assign("tw", token)
    for secretive in (k, k.get("tw")):
        with pytest.raises(TypeError):
            json.dumps(secretive)


def test_every_refusal_is_ours() -> None:
    assert issubclass(InvalidInput, SmapyError)
