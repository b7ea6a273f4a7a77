"""A home, a notebook folder and keys that belong to the test alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from smapy_nb.keychain.places.memory import Memory


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's home of its own; the process stands in a notebook folder elsewhere."""
    home, notebooks = tmp_path / "home", tmp_path / "notebooks"
    home.mkdir()
    notebooks.mkdir()
    monkeypatch.chdir(notebooks)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "SMAPY_NB_DUMP_KEY", "SMAPY_NB_X_API"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Memory, "_key", None)
    # Never the keychain of who runs the tests.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield home
    keyring.set_keyring(before)


@pytest.fixture
def folder(home: Path) -> Path:
    """Where dumps go by default."""
    return Path.cwd() / ".smapy_nb"


@pytest.fixture
def token() -> dict[str, str]:
    return {
        "consumer_key": "ckckckckckckckckckckckckc",
        "consumer_secret": "cs" * 25,
        "access_token": "34262462-atatatatatatat",
        "access_secret": "as" * 22,
    }
