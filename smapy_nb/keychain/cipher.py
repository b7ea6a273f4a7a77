"""Cipher: authenticated encryption (AES-256-GCM) of what a dump holds, and the keys it takes."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smapy_nb.errors import DumpDamaged, StoreError
from smapy_nb.token import Secretive

KEY_BYTES = 32
_NONCE_BYTES = 12


class Key(Secretive):
    """A key that seals dumps. Shows its `id`, never itself, and can't be pickled.

    Attributes:
        id: 16 hexadecimal digits that tell keys apart and say nothing of the key.
    """

    __slots__ = ("_raw", "id")

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise StoreError(f"A key of {KEY_BYTES} bytes was expected.")
        self._raw = raw
        self.id = hmac.new(raw, b"smapy-nb key id", hashlib.sha256).hexdigest()[:16]

    @classmethod
    def new(cls) -> Self:
        """Make a key from the machine's own randomness."""
        return cls(os.urandom(KEY_BYTES))

    def seal(self, plain: bytes, header: bytes) -> bytes:
        """Encrypt `plain`; `header` stays readable and is protected against changes with it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._raw).encrypt(nonce, plain, header)

    def unseal(self, sealed: bytes, header: bytes) -> bytes:
        """Decrypt what `seal` made.

        Raises:
            DumpDamaged: not sealed with this key under this header, or changed since.
        """
        try:
            return AESGCM(self._raw).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], header)
        except (InvalidTag, ValueError):
            raise DumpDamaged("The dump was changed after it was written; use an older one.") from None

    def __repr__(self) -> str:
        return f"Key({self.id})"
