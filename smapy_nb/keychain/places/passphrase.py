"""The key made from a passphrase, which is kept in a person's head."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from smapy_nb.errors import InvalidInput, StoreError
from smapy_nb.keychain.cipher import KEY_BYTES, Key
from smapy_nb.keychain.places import KeyRef
from smapy_nb.token import Secretive

# OWASP's recommendation for scrypt (Password Storage Cheat Sheet, 2025): 128 MiB and some tenths of a second a try.
_COST = {"n": 2**17, "r": 8, "p": 1}


class Passphrase(Secretive):
    """Stretches a passphrase with scrypt. Each folder of dumps has a salt of its own."""

    __slots__ = ("_keys", "_passphrase", "_salt")

    name = "passphrase"
    protects = (
        "Nobody opens your dumps without it, not even on your own computer; one that can be guessed protects little. "
        "It can't be recovered: without it the keys are to be assigned anew."
    )

    def __init__(self, passphrase: str | None) -> None:
        self._keys: dict[bytes, Key] = {}  # by salt: stretching is slow on purpose
        self._salt = os.urandom(16)
        self._passphrase = passphrase

    def key(self) -> tuple[Key, KeyRef]:
        """Make the key. See `Place.key`."""
        if self._passphrase is None:
            raise StoreError("no passphrase was given")
        key = self._stretched(self._salt)
        return key, KeyRef(self.name, key.id, self._salt.hex())

    def go_on_with(self, last: KeyRef | None) -> None:
        """Seal with the salt of the folder's newest dump, so that all its dumps are opened by stretching once."""
        if last and last.place == self.name:
            self._salt = _salt(last) or self._salt

    def find(self, ref: KeyRef) -> Key | None:
        """Make the key with the dump's salt; None where it is not the one that `ref` names. See `Place.find`."""
        salt = _salt(ref)
        if self._passphrase is None or not salt:
            return None
        key = self._stretched(salt)
        return key if key.id == ref.id else None

    def where(self) -> str:
        """See `Place.where`."""
        return "nowhere: it is made from your passphrase"

    def missing(self) -> str:
        """See `Place.missing`."""
        if self._passphrase is None:
            return "It was sealed with a passphrase: give it, KeyChain(passphrase=…)."
        return "The passphrase is wrong: it was sealed with another."

    def _stretched(self, salt: bytes) -> Key:
        if salt not in self._keys:
            try:
                self._keys[salt] = Key(Scrypt(salt=salt, length=KEY_BYTES, **_COST).derive(self._bytes()))
            except MemoryError:
                raise StoreError("there is too little memory to stretch the passphrase, which takes 128 MiB") from None
        return self._keys[salt]

    def _bytes(self) -> bytes:
        return (self._passphrase or "").encode(errors="surrogatepass")

    def __repr__(self) -> str:
        return "Passphrase()"


def passphrase_or_refusal(passphrase: object) -> Passphrase | InvalidInput:
    """Make the place, or return the refusal: raised from here, its traceback would show what was given."""
    if passphrase is None or (isinstance(passphrase, str) and passphrase.strip()):
        return Passphrase(passphrase)
    return InvalidInput("A passphrase is text that is not blank; getpass.getpass() asks for one unseen.")


def _salt(ref: KeyRef) -> bytes:
    try:
        return bytes.fromhex(ref.salt)
    except (ValueError, TypeError):
        return b""
