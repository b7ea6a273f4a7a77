"""KeyChainWidget without a browser: it is handed the messages that a browser would send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smapy_nb import KeyChain, KeyChainWidget
from smapy_nb.errors import UnknownNetwork

SECRET = "s3cr3t-marker-Zq8Xv2Lm9"
FOUR = {
    "consumer_key": f"{SECRET}-a",
    "consumer_secret": f"{SECRET}-b",
    "access_token": f"12-{SECRET}-c",
    "access_secret": f"{SECRET}-d",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    kept: list[object] = []
    monkeypatch.setattr(KeyChainWidget, "send", lambda self, content, buffers=None: kept.append(content))
    return kept


def tell(widget: KeyChainWidget, **message: object) -> None:
    widget._handle_custom_msg(message, [])


def test_what_is_saved_goes_to_the_keychain_and_to_an_encrypted_dump(tmp_path: Path) -> None:
    widget = KeyChainWidget()
    tell(widget, kind="save", values=FOUR)
    assert widget.keychain.get("tw") == FOUR
    assert widget.state == "unchecked"
    assert widget.note["key"] == "saved"
    later = KeyChain()
    assert later.load_last()
    assert later.get("tw") == FOUR


def test_the_browser_is_told_to_clear_its_inputs_only_when_the_keys_were_taken(sent: list[object]) -> None:
    widget = KeyChainWidget()
    sent.clear()
    tell(widget, kind="save", values=FOUR | {"access_secret": " "})
    assert sent == []
    assert widget.note["bad"]
    assert "'access_secret' is blank" in widget.note["text"]
    tell(widget, kind="save", values=FOUR)
    assert sent == [{"kind": "taken"}]


def test_no_trait_ever_holds_a_secret(sent: list[object]) -> None:
    widget = KeyChainWidget()
    refused = {"consumer_key": SECRET, SECRET: SECRET}
    for values in (FOUR, refused, {"bearer_token": SECRET}, {"bearer_token": 3}, SECRET, [SECRET], None):
        tell(widget, kind="save", values=values)
        seen = json.dumps([widget.get_state(), sent, widget._repr_mimebundle_(), repr(widget)], default=str)
        assert SECRET not in seen


def test_a_message_that_nobody_expects_changes_nothing() -> None:
    widget = KeyChainWidget()
    before = widget.get_state()
    for content in ({}, {"kind": "rm"}, {"kind": ["save"]}, "save", None, 3):
        widget._handle_custom_msg(content, [])
    assert widget.get_state() == before


def test_a_failure_inside_becomes_a_sentence_not_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    widget = KeyChainWidget()
    tell(widget, kind="save")  # no values at all
    assert "KeyError" in widget.note["text"]
    assert capsys.readouterr() == ("", "")


def test_forget_removes_the_keys() -> None:
    widget = KeyChainWidget()
    tell(widget, kind="save", values=FOUR)
    tell(widget, kind="forget")
    assert widget.keychain.get("tw") is None
    assert (widget.state, widget.note) == ("absent", {"key": "forgotten"})
    assert "dump" in widget.found  # the encrypted dump stays, and is offered
    tell(widget, kind="forget")
    assert widget.note == {"key": "nothing"}


def test_a_dump_that_cannot_be_written_is_said_and_the_keys_are_held(tmp_path: Path) -> None:
    (tmp_path / ".smapy_nb").write_text("a file where the folder should be")
    widget = KeyChainWidget()
    tell(widget, kind="save", values=FOUR)
    assert widget.keychain.get("tw") == FOUR
    assert widget.note["bad"]
    assert "until this kernel stops" in widget.note["text"]


def test_two_widgets_of_one_keychain_and_code_beside_them_agree() -> None:
    k = KeyChain()
    one, other = KeyChainWidget(k), KeyChainWidget(k)
    tell(one, kind="save", values=FOUR)
    assert (one.state, other.state) == ("unchecked", "unchecked")
    k.delete("tw")
    assert (one.state, other.state) == ("absent", "absent")


def test_a_closed_widget_no_longer_follows_its_keychain() -> None:
    k = KeyChain()
    widget = KeyChainWidget(k)
    widget.close()
    k.assign("tw", FOUR)
    assert widget.state == "absent"


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(UnknownNetwork, match="'zz' is not a network"):
        KeyChainWidget(network="zz")


def test_the_static_form_says_how_things_stand_and_runs_nothing() -> None:
    widget = KeyChainWidget()
    data, _ = widget._repr_mimebundle_()
    assert "Keys for X: Not stored" in data["text/html"]
    assert data["text/plain"] == "Keys for X: Not stored"
    assert "Ключи для X: Не сохранены" in KeyChainWidget(lang="ru")._repr_mimebundle_()[0]["text/html"]


def test_a_pasted_block_is_read_here_and_only_places_go_back(sent: list[object]) -> None:
    widget = KeyChainWidget()
    block = "# 🗝️ my keys\n" + "\n".join(f"{field.upper()}={value}" for field, value in FOUR.items())
    tell(widget, kind="read", text=block)
    _code, message = sent
    assert isinstance(message, dict)
    assert {field: block[at:to] for field, (at, to) in message["places"].items()} == FOUR
    assert widget.keychain.get("tw") is None  # nothing is stored before Save
    assert SECRET not in json.dumps([sent, widget.get_state()])
    tell(widget, kind="read", text="nothing of use")
    assert widget.note["key"] == "filled.none"
    assert len(sent) == 2


def test_keys_that_are_here_already_are_offered_and_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for field, value in FOUR.items():
        monkeypatch.setenv(field.upper(), value)
    widget = KeyChainWidget()
    tell(widget, kind="hello")
    assert widget.found.startswith("the environment")
    assert widget.keychain.get("tw") is None
    tell(widget, kind="use")
    assert widget.keychain.get("tw") == FOUR
    assert SECRET not in json.dumps(widget.get_state(), default=str)


def test_hints_are_told_and_refuse_nothing() -> None:
    widget = KeyChainWidget()
    tell(widget, kind="save", values=FOUR | {"access_token": SECRET})
    assert widget.state == "unchecked"
    assert any("number and hyphen" in line for line in widget.note["lines"])


def test_the_price_of_a_check_is_known_before_it() -> None:
    widget = KeyChainWidget()
    tell(widget, kind="save", values=FOUR)
    assert widget.check_price == "0.01"
    tell(widget, kind="save", values={"bearer_token": SECRET})
    assert widget.check_price == ""


def test_where_the_keys_are_kept_is_said_when_asked() -> None:
    widget = KeyChainWidget()
    assert widget.store == ""
    tell(widget, kind="where")
    assert widget.store == str(widget.keychain.store)
