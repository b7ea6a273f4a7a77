"""Vault: seals a chain's keys into dumps and opens them again, with the key of the first place that works."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from smapy_nb.errors import DumpLocked, DumpTooNew, StoreError
from smapy_nb.keychain import dumps
from smapy_nb.keychain.dumps import Dump
from smapy_nb.keychain.places import Place, Store, first_usable
from smapy_nb.keychain.places.environment import Environment
from smapy_nb.keychain.places.key_file import KeyFile
from smapy_nb.keychain.places.memory import Memory
from smapy_nb.keychain.places.os_keychain import OSKeychain
from smapy_nb.keychain.places.passphrase import Passphrase
from smapy_nb.token import Token

_PAD = 1024  # bytes
_SAID = 3  # refusals told in one warning

_log = logging.getLogger(__name__)


class Vault:
    """Knows the places where the key of dumps may be, in the order in which they are tried.

    Args:
        passphrase: what a person gave, if anything.
    """

    def __init__(self, passphrase: Passphrase) -> None:
        self._passphrase = passphrase
        self._ladder: list[Place] = [Environment(), self._passphrase, OSKeychain(), KeyFile(), Memory()]

    @property
    def store(self) -> Store:
        """Where the key of the next dump is kept. See `KeyChain.store`."""
        return first_usable(self._ladder)[2]

    def seal(self, folder: Path, tokens: dict[str, Token]) -> str:
        """Write `tokens` as the folder's newest dump and return its hash. See `KeyChain.dump`."""
        self._passphrase.go_on_with(dumps.last_ref(folder))
        key, ref, store = first_usable(self._ladder)
        name = dumps.write(folder, list(tokens), ref, lambda header: key.seal(_plain(tokens), header))
        if store.name == Memory.name:
            _log.warning("%s", store)
        return name

    def unseal(self, path: Path) -> tuple[Dump, dict[str, Token]]:
        """Open a dump.

        Raises:
            StoreError: it can't be opened; the message says why and what to do.
        """
        dump = dumps.read(path)
        place = next((place for place in self._ladder if place.name == dump.ref.place), None)
        key = place.find(dump.ref) if place else None
        if place is None or key is None:
            how = place.missing() if place else "Its key is kept in a way that this version does not know."
            raise DumpLocked(f"The dump {path.name} can't be opened. {how}")
        tokens = _tokens(key.unseal(dump.sealed, dump.header))
        if tokens is None:
            raise DumpTooNew(f"The dump {path.name} holds keys that this version of smapy_nb does not know; update it.")
        return dump, tokens

    def unseal_newest(self, folder: Path) -> tuple[Dump, dict[str, Token]] | None:
        """Open the newest dump that can be opened; None where there is none at all. See `KeyChain.load_last`."""
        refusals: list[StoreError] = []
        for path in dumps.paths(folder):
            try:
                opened = self.unseal(path)
            except StoreError as error:
                refusals.append(error.with_traceback(None))
                continue
            if refusals:
                told = " ".join(str(error) for error in refusals[:_SAID])
                more = f" So with {len(refusals) - _SAID} more." if len(refusals) > _SAID else ""
                _log.warning("An older dump was loaded. %s%s", told, more)
            return opened
        if refusals:
            raise refusals[0]
        return None

    def prune(self, folder: Path, keep: int) -> int:
        """Delete all but the newest `keep` dumps that can be opened, and return how many. See `KeyChain.prune`."""
        kept = deleted = 0
        for path in dumps.paths(folder):
            try:
                self.unseal(path)
            except StoreError:
                continue  # someone else's, or of a key that is missing today and back tomorrow: not ours to delete
            if kept < keep:
                kept += 1
            else:
                deleted += dumps.remove(path)
        dumps.sweep(folder)
        return deleted


def _plain(tokens: dict[str, Token]) -> bytes:
    plain = json.dumps({network: dict(token) for network, token in tokens.items()}).encode()
    return plain.ljust(-(-len(plain) // _PAD) * _PAD)  # so that a dump's size does not tell the keys' lengths


def _tokens(plain: bytes) -> dict[str, Token] | None:
    try:
        return {network: Token(network, values) for network, values in json.loads(plain).items()}
    except (ValueError, AttributeError):  # InvalidInput is a ValueError
        return None
