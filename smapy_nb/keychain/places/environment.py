"""The key in an environment variable: for hubs, which give one to each user's server."""

from __future__ import annotations

import contextlib
import hashlib
import os

from smapy_nb.errors import StoreError
from smapy_nb.keychain.cipher import Key
from smapy_nb.keychain.places import KeyRef

VARIABLE = "SMAPY_NB_DUMP_KEY"
_SHORTEST = 32  # letters: it is taken for a random key, not stretched like a passphrase


class Environment:
    """``SMAPY_NB_DUMP_KEY``: any random text of at least 32 letters, a different one for each user."""

    name = "environment"
    protects = (
        "A notebook folder that is zipped, shared or committed opens nothing without it, and neither does this "
        "user's disk. It does not stop code that runs in this kernel, nor those who run this hub."
    )

    def key(self) -> tuple[Key, KeyRef]:
        """Make the key from the variable. See `Place.key`."""
        value = os.environ.get(VARIABLE, "").strip()
        if not value:
            raise StoreError(f"the environment variable {VARIABLE} is not set")
        if len(value) < _SHORTEST:
            value = ""
            raise StoreError(f"the environment variable {VARIABLE} is shorter than {_SHORTEST} letters")
        key = Key(hashlib.sha256(value.encode(errors="surrogateescape")).digest())
        return key, KeyRef(self.name, key.id)

    def find(self, ref: KeyRef) -> Key | None:
        """Give the key if it is the one that `ref` names. See `Place.find`."""
        with contextlib.suppress(StoreError):
            key, ours = self.key()
            return key if ours == ref else None
        return None

    def where(self) -> str:
        """See `Place.where`."""
        return f"in the environment variable {VARIABLE}"

    def missing(self) -> str:
        """See `Place.missing`."""
        state = "another" if os.environ.get(VARIABLE) else "not set"
        return (
            f"Its key was in the environment variable {VARIABLE}, which is {state} here. "
            "Set it as it was where the dump was written, or assign the keys again and dump them."
        )
