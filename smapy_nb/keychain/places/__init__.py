"""Where the key that seals dumps is kept: one file for each place, tried in the order of the ladder.

A place answers None for "that key is not here" and raises `StoreError` for "this place can't be used".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from smapy_nb.errors import StoreError
from smapy_nb.keychain.cipher import Key


@dataclass(frozen=True)
class KeyRef:
    """What a dump says, in clear, of the key it was sealed with.

    Attributes:
        place: name of the place the key came from.
        id: the key's `Key.id`.
        salt: hexadecimal; only where the key is derived from a passphrase.
    """

    place: str
    id: str
    salt: str = ""


class Place(Protocol):
    """Somewhere that a key can be kept."""

    name: str
    protects: str

    def key(self) -> tuple[Key, KeyRef]:
        """Give the key that new dumps are sealed with; make it where there is none yet.

        Raises:
            StoreError: the place can't be used; the message is the end of a sentence that begins with "because".
        """

    def find(self, ref: KeyRef) -> Key | None:
        """Give the key that `ref` names, or None where it is not here. Makes nothing and raises nothing."""

    def where(self) -> str:
        """Say where the key is: the end of a sentence that begins with "The key of your dumps is kept"."""

    def missing(self) -> str:
        """Say in sentences what to do when a dump's key should be here and is not."""


@dataclass(frozen=True, repr=False)
class Store:
    """Where the key of new dumps is kept, why there, and what that protects from. Holds no secret.

    Attributes:
        name: ``environment``, ``passphrase``, ``os keychain``, ``key file`` or ``memory``.
        why: one sentence: where it is, and why no place before it in that order could be used.
        protects: sentences: what that protects from and what not.
    """

    name: str
    why: str
    protects: str

    def __str__(self) -> str:
        return f"{self.why} {self.protects}"

    __repr__ = __str__


def first_usable(ladder: Iterable[Place]) -> tuple[Key, KeyRef, Store]:
    """Go down the ladder to the first place that can be used, and say why it was that one.

    Its last place is memory, which can always be used.
    """
    refused: list[str] = []
    for place in ladder:
        try:
            key, ref = place.key()
        except StoreError as error:
            refused.append(str(error))
            continue
        because = f", because {'; '.join(refused)}" if refused else ""
        return key, ref, Store(place.name, f"The key of your dumps is kept {place.where()}{because}.", place.protects)
    raise StoreError(f"There is no place for the key of a dump, because {'; '.join(refused)}.")
