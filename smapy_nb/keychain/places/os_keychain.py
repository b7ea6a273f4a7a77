"""The key in the operating system's keychain, through the `keyring` library (extra ``keyring``)."""

from __future__ import annotations

import base64
import importlib
import os
from typing import Any

from smapy_nb.errors import StoreError
from smapy_nb.keychain.cipher import Key
from smapy_nb.keychain.places import KeyRef

_SERVICE, _USER = "smapy-nb", "dump key"


class OSKeychain:
    """macOS Keychain, Windows Credential Locker, Secret Service, KWallet: what `keyring` finds."""

    name = "os keychain"
    protects = (
        "A notebook folder that is zipped, shared or committed opens nothing without it, and neither does a copy of "
        "your disk. It does not stop programs that run as you while you are logged in."
    )

    def key(self) -> tuple[Key, KeyRef]:
        """Take the key from the keychain, or make it and put it there. See `Place.key`."""
        keyring = _keyring()
        if keyring is None:
            raise StoreError("the keyring library is not installed (pip install 'smapy-nb[keyring]')")
        key = self._read(keyring)
        if key is None:
            self._write(keyring)
            key = self._read(keyring)
        if key is None:
            raise StoreError("this system's keychain does not keep what is put into it")
        return key, KeyRef(self.name, key.id)

    def find(self, ref: KeyRef) -> Key | None:
        """Give the key if it is the one that `ref` names. See `Place.find`."""
        keyring = _keyring()
        try:
            key = self._read(keyring) if keyring else None
        except StoreError:
            return None
        return key if key and key.id == ref.id else None

    def where(self) -> str:
        """See `Place.where`."""
        return "in this system's keychain"

    def missing(self) -> str:
        """See `Place.missing`."""
        return (
            "Its key is in the keychain of the computer and user that wrote it, and not in this one's. Unlock the "
            "keychain or open the dump there, or assign the keys again and dump them."
        )

    def _read(self, keyring: Any) -> Key | None:
        try:
            text = keyring.get_password(_SERVICE, _USER)
            return None if text is None else Key(base64.b64decode(text))
        except Exception:  # each backend raises errors of its own
            text = None
        raise StoreError("this system has no keychain that can be used now")

    def _write(self, keyring: Any) -> None:
        try:
            keyring.set_password(_SERVICE, _USER, base64.b64encode(os.urandom(32)).decode())
        except Exception:  # each backend raises errors of its own
            raise StoreError("this system's keychain takes no new entry") from None


def _keyring() -> Any:
    try:
        return importlib.import_module("keyring")
    except ImportError:
        return None
