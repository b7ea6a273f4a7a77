"""The key in this process's memory: the last place, where no other works."""

from __future__ import annotations

from typing import ClassVar

from smapy_nb.keychain.cipher import Key
from smapy_nb.keychain.places import KeyRef


class Memory:
    """A key that ends with the kernel, and with it the dumps that it sealed."""

    name = "memory"
    protects = (
        "It ends with this kernel: dumps made now can't be opened later. "
        "Give a passphrase, KeyChain(passphrase=…), to make dumps that can."
    )
    _key: ClassVar[Key | None] = None

    def where(self) -> str:
        """See `Place.where`."""
        return "only in the memory of this kernel"

    def key(self) -> tuple[Key, KeyRef]:
        """Give this process's key. See `Place.key`."""
        cls = type(self)
        cls._key = key = cls._key or Key.new()
        return key, KeyRef(self.name, key.id)

    def find(self, ref: KeyRef) -> Key | None:
        """Give this process's key if it is the one that `ref` names. See `Place.find`."""
        key = self._key
        return key if key and key.id == ref.id else None

    def missing(self) -> str:
        """See `Place.missing`."""
        return (
            "Its key was only in the memory of a kernel that has ended. Assign the keys again; "
            "KeyChain(passphrase=…) makes dumps that outlive a kernel."
        )
