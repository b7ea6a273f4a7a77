"""A home and a notebook folder that belong to one test alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends import fail

from smapy_nb.keychain.names import variables
from smapy_nb.keychain.places.memory import Memory


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's home of its own; the process stands in a notebook folder elsewhere."""
    home, notebooks = tmp_path / "home", tmp_path / "notebooks"
    home.mkdir()
    notebooks.mkdir()
    monkeypatch.chdir(notebooks)
    monkeypatch.setenv("HOME", str(home))
    names = [name for called in variables("tw").values() for name in called]
    for name in (*names, "XDG_CONFIG_HOME", "SMAPY_NB_DUMP_KEY", "SMAPY_NB_X_API"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Memory, "_key", None)
    # Never the keychain of who runs the tests.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield home
    keyring.set_keyring(before)
