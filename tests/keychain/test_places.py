"""Each place a dump's key can be kept in behaves alike; the first that works is taken, and says so."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null

from smapy_nb.errors import DumpLocked, InvalidInput, InvalidToken, StoreError
from smapy_nb.keychain.cipher import Key
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.keychain.places import KeyRef, Place, first_usable
from smapy_nb.keychain.places.environment import Environment
from smapy_nb.keychain.places.key_file import KeyFile
from smapy_nb.keychain.places.memory import Memory
from smapy_nb.keychain.places.os_keychain import OSKeychain
from smapy_nb.keychain.places.passphrase import Passphrase


class Dictionary(KeyringBackend):
    """An OS keychain that works, as long as the test."""

    priority = -5.0  # type: ignore[assignment]  # never taken unless set

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password


@pytest.fixture
def os_keychain() -> Dictionary:
    before, working = keyring.get_keyring(), Dictionary()
    keyring.set_keyring(working)
    yield working
    keyring.set_keyring(before)


class Contract:
    """What every place keeps to."""

    def place(self) -> Place:
        raise NotImplementedError

    def test_it_gives_the_same_key_again_and_finds_it(self) -> None:
        place = self.place()
        key, ref = place.key()
        again, _ = place.key()
        assert again.id == key.id == ref.id
        found = self.place().find(ref)
        assert found is not None
        assert found.unseal(key.seal(b"plain", b"header"), b"header") == b"plain"

    def test_it_does_not_find_another_key(self) -> None:
        place = self.place()
        _, ref = place.key()
        for salt in ("", "00" * 16, "no hexadecimal digits"):
            assert place.find(KeyRef(place.name, "0" * 16, salt)) is None
        assert self.place().find(ref) is not None

    def test_it_speaks_in_sentences(self) -> None:
        place = self.place()
        place.key()
        assert place.protects.endswith(".")
        assert place.missing().endswith(".")
        assert not place.where().endswith(".")

    def test_its_repr_shows_no_key(self) -> None:
        place = self.place()
        key, _ = place.key()
        shown = f"{place!r} {key!r} {getattr(place, '__dict__', '')}"
        assert base64.b64encode(key._raw).decode() not in shown
        assert repr(key._raw) not in shown


class TestEnvironment(Contract):
    def place(self) -> Environment:
        return Environment()

    @pytest.fixture(autouse=True)
    def variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SMAPY_NB_DUMP_KEY", "a random text of more than 32 letters")

    @pytest.mark.parametrize("value", ["", "  ", "short"])
    def test_a_short_one_is_not_taken_and_not_shown(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SMAPY_NB_DUMP_KEY", value)
        with pytest.raises(StoreError, match="SMAPY_NB_DUMP_KEY") as refused:
            Environment().key()
        assert "short" not in str(refused.value).replace("shorter", "")


class TestPassphrase(Contract):
    place_ = Passphrase("correct horse")  # one for all, because stretching is slow

    def place(self) -> Passphrase:
        return self.place_

    def test_another_does_not_open_it(self) -> None:
        _, ref = self.place().key()
        assert Passphrase("wrong horse").find(ref) is None

    @pytest.mark.parametrize("passphrase", ["", "  ", 5, b"bytes"])
    def test_what_is_no_passphrase_is_refused(self, passphrase: str) -> None:
        with pytest.raises(InvalidInput, match="passphrase"):
            KeyChain(passphrase=passphrase)

    def test_it_can_not_be_pickled(self) -> None:
        with pytest.raises(InvalidToken, match="pickled"):
            pickle.dumps(self.place())


class TestOSKeychain(Contract):
    @pytest.fixture(autouse=True)
    def working(self, os_keychain: Dictionary) -> None:
        pass

    def place(self) -> OSKeychain:
        return OSKeychain()

    def test_garbage_in_it_is_not_taken(self, os_keychain: Dictionary) -> None:
        os_keychain.set_password("smapy-nb", "dump key", "no key")
        with pytest.raises(StoreError, match="can be used"):
            OSKeychain().key()


@pytest.mark.parametrize("broken", [fail.Keyring(), null.Keyring()], ids=["none", "forgets"])
def test_a_system_without_a_keychain(broken: KeyringBackend, os_keychain: Dictionary) -> None:
    keyring.set_keyring(broken)
    with pytest.raises(StoreError, match="keychain"):
        OSKeychain().key()
    assert OSKeychain().find(KeyRef("os keychain", "0" * 16)) is None


class TestKeyFile(Contract):
    def place(self) -> KeyFile:
        return KeyFile()

    @pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 45, b"A" * 500])
    def test_a_damaged_one_is_never_replaced(self, content: bytes) -> None:
        KeyFile().key()
        KeyFile().path().write_bytes(content)
        with pytest.raises(StoreError, match="damaged"):
            KeyFile().key()
        assert KeyFile().path().read_bytes() == content

    def test_a_home_that_is_the_notebook_folder_is_said(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "below" not in KeyFile().where()
        monkeypatch.chdir(home)
        assert "don't share both together" in KeyFile().where()

    def test_never_in_the_notebook_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("smapy_nb.keychain.places.key_file.user_config_path", lambda *_, **__: Path("~/.config"))
        with pytest.raises(StoreError, match="no home"):
            KeyFile().key()
        assert list(Path.cwd().iterdir()) == []


class TestMemory(Contract):
    def place(self) -> Memory:
        return Memory()


def test_a_key_can_not_be_pickled_nor_have_another_length() -> None:
    with pytest.raises(InvalidToken, match="pickled"):
        pickle.dumps(Key.new())
    with pytest.raises(StoreError):
        Key(b"short")


# The ladder


@pytest.fixture
def k(token: dict[str, str]) -> KeyChain:
    k = KeyChain(passphrase="correct horse")
    k.assign("tw", token)
    return k


def test_the_ladder_is_climbed_down_in_order(
    token: dict[str, str], monkeypatch: pytest.MonkeyPatch, os_keychain: Dictionary
) -> None:
    monkeypatch.setenv("SMAPY_NB_DUMP_KEY", "a random text of more than 32 letters")
    assert KeyChain(passphrase="correct horse").store.name == "environment"
    monkeypatch.delenv("SMAPY_NB_DUMP_KEY")
    assert KeyChain(passphrase="correct horse").store.name == "passphrase"
    assert KeyChain().store.name == "os keychain"
    keyring.set_keyring(fail.Keyring())
    assert KeyChain().store.name == "key file"
    monkeypatch.setenv("HOME", "/proc/none")
    store = KeyChain().store
    assert store.name == "memory"
    for why in ("SMAPY_NB_DUMP_KEY is not set", "no passphrase", "no keychain", "/proc/none"):
        assert why in store.why
    assert store.why.endswith(".")
    assert "ends with this kernel" in repr(store)


def test_the_store_says_what_it_does_not_protect_from() -> None:
    assert "does not stop someone who can read your home directory" in str(KeyChain().store)


def test_a_dump_is_opened_from_where_its_key_was_even_if_another_place_comes_first_now(
    token: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = KeyChain()
    first.assign("tw", token)
    first.dump()
    monkeypatch.setenv("SMAPY_NB_DUMP_KEY", "a random text of more than 32 letters")
    later = KeyChain()
    assert later.load_last() is True
    assert later.get("tw") == token


def test_the_passphrase_opens_and_nothing_else_does(k: KeyChain, token: dict[str, str]) -> None:
    name = k.dump()
    with pytest.raises(DumpLocked, match="give it"):
        KeyChain().load(name)
    with pytest.raises(DumpLocked, match="wrong"):
        KeyChain(passphrase="wrong horse").load_last()
    later = KeyChain(passphrase="correct horse")
    assert later.load_last() is True
    assert later.get("tw") == token


def test_all_dumps_of_a_folder_are_opened_by_stretching_once(k: KeyChain, monkeypatch: pytest.MonkeyPatch) -> None:
    k.dump()
    again = KeyChain(passphrase="correct horse")
    again.load_last()
    again.dump()
    wrong = KeyChain(passphrase="wrong horse")
    with pytest.raises(DumpLocked):
        wrong.load_last()
    assert len(wrong._vault._passphrase._keys) == 1


def test_a_hubs_variable_that_changed_says_so(token: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMAPY_NB_DUMP_KEY", "a random text of more than 32 letters")
    k = KeyChain()
    k.assign("tw", token)
    k.dump()
    monkeypatch.setenv("SMAPY_NB_DUMP_KEY", "another text of more than 32 letters!")
    with pytest.raises(DumpLocked, match="another here"):
        KeyChain().load_last()
    monkeypatch.delenv("SMAPY_NB_DUMP_KEY")
    with pytest.raises(DumpLocked, match="not set here"):
        KeyChain().load_last()


def test_an_empty_ladder_is_an_error() -> None:
    with pytest.raises(StoreError):
        first_usable([])
