"""Keys that are already here: found where people have them, the first wins, and each says where it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from smapy_nb.keychain.keychain import KeyChain


def set_four(monkeypatch: pytest.MonkeyPatch, token: dict[str, str], *names: str) -> None:
    for name, value in zip(names, token.values(), strict=True):
        monkeypatch.setenv(name, value)


def test_nothing_is_found_where_nothing_is() -> None:
    k = KeyChain.discover()
    assert k.get() == {}
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    "names",
    [
        ("X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET"),
        ("TWITTER_API_KEY", "TWITTER_API_KEY_SECRET", "TWITTER_ACCESS_TOKEN", "TWITTER_ACCESS_SECRET"),
        ("CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"),
    ],
)
def test_the_environment(names: tuple[str, ...], token: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_four(monkeypatch, token, *names)
    k = KeyChain.discover()
    assert k.get("tw") == token
    assert "the environment (" + names[0] in repr(k.show())


def test_a_bearer_token_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "AAAA")
    assert KeyChain.discover().get("tw") == {"bearer_token": "AAAA"}


def test_a_half_set_environment_is_said_and_goes_on(token: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_API_KEY", token["consumer_key"])
    Path(".env").write_text("X_BEARER_TOKEN=AAAA")
    k = KeyChain.discover()
    assert k.get("tw") == {"bearer_token": "AAAA"}
    assert "no whole token. 'consumer_secret' is missing" in repr(k.show())


def test_another_services_access_token_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_TOKEN", "of a code host")
    assert repr(KeyChain.discover().show()) == "No keys are held."


def test_a_dotenv_file(token: dict[str, str]) -> None:
    Path(".env").write_text("\ufeff" + "\n".join(f"{name}='{value}'" for name, value in token.items()), "utf-8")
    k = KeyChain.discover()
    assert k.get("tw") == token
    assert "the file .env" in repr(k.show())


def test_a_dotenv_that_is_something_else() -> None:
    Path(".env").write_bytes(os.urandom(300))
    assert KeyChain.discover().get() == {}
    Path(".env").unlink()
    Path(".env").mkdir()
    assert KeyChain.discover().get() == {}


def test_the_newest_dump(token: dict[str, str]) -> None:
    before = KeyChain()
    before.assign("tw", token)
    before.dump()
    k = KeyChain.discover()
    assert k.get("tw") == token
    assert "the dump of 20" in repr(k.show())


def test_a_dump_that_can_not_be_opened_is_said(token: dict[str, str], home: Path) -> None:
    before = KeyChain()
    before.assign("tw", token)
    before.dump()
    (home / ".config" / "smapy-nb" / "dump.key").unlink()
    k = KeyChain.discover()
    assert k.get() == {}
    assert "Copy that file here" in repr(k.show())


def test_the_first_source_wins_and_the_other_is_named(token: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("X_BEARER_TOKEN=AAAA")
    set_four(monkeypatch, token, "X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
    k = KeyChain.discover()
    assert k.get("tw") == token
    assert "There are other keys for 'tw' in the file .env; those of the environment" in repr(k.show())
    assert "file .env" in k.show()._repr_html_()


def test_the_same_keys_at_two_places_need_no_remark(token: dict[str, str]) -> None:
    Path(".env").write_text("\n".join(f"{name}={value}" for name, value in token.items()))
    before = KeyChain()
    before.assign("tw", token)
    before.dump()
    assert "other keys" not in repr(KeyChain.discover().show())


def test_discovering_changes_nothing_that_is_assigned(token: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_BEARER_TOKEN", "AAAA")
    k = KeyChain()
    k.assign("tw", token)
    assert k.discover().get("tw") == {"bearer_token": "AAAA"}
    assert k.get("tw") == token


def hosted(monkeypatch: pytest.MonkeyPatch, name: str, get: Callable[[str], str]) -> None:
    """Stand in for a host's own module, which no package index has."""
    module = ModuleType(name)
    if name == "kaggle_secrets":
        client = type("UserSecretsClient", (), {"get_secret": lambda self, label: get(label)})
        module.UserSecretsClient = client  # type: ignore[attr-defined]
    else:
        module.get = get  # type: ignore[attr-defined]
        for package in ("google", "google.colab"):
            monkeypatch.setitem(sys.modules, package, ModuleType(package))
    monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize(
    ("module", "said"), [("google.colab.userdata", "Colab's secrets"), ("kaggle_secrets", "Kaggle's secrets")]
)
def test_a_hosts_secrets(module: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(name: str) -> str:
        if name == "TWITTER_BEARER_TOKEN":
            return "AAAA"
        raise LookupError(name)

    hosted(monkeypatch, module, get)
    k = KeyChain.discover()
    assert k.get("tw") == {"bearer_token": "AAAA"}
    assert said in repr(k.show())


def test_a_host_whose_secrets_can_not_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise RuntimeError("no network")

    hosted(monkeypatch, "kaggle_secrets", refuse)
    monkeypatch.setattr(sys.modules["kaggle_secrets"], "UserSecretsClient", refuse)
    assert KeyChain.discover().get() == {}
