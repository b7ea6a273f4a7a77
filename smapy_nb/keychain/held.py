"""Keys in memory: what every KeyChain does, whether or not it can reach a disk or a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, overload

from smapy_nb.errors import InvalidInput, StoreError
from smapy_nb.keychain import hints, paste
from smapy_nb.keychain.names import CALLED
from smapy_nb.token import Token, known_network, token_or_refusal


class Held:
    """Holds tokens, knows where each came from, and tells those who watch of each change."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._sources: dict[str, str] = {}
        self._observers: list[Callable[[], None]] = []

    def assign(self, network: str, token: Mapping[str, str]) -> None:
        """Hold a network's keys; they replace those held before.

        What is typed into a cell stays in that cell and in IPython's history: keys of your own are safer typed
        into `KeyChainWidget`, from where they go nowhere else.

        Args:
            network: two-letter code, such as ``'tw'``.
            token: for X ``consumer_key``, ``consumer_secret``, ``access_token`` and ``access_secret``, or
                ``bearer_token``; all text.

        Raises:
            UnknownNetwork: no such network.
            InvalidToken: a field is missing, extra, blank or not text. The message never holds a value.
        """
        checked, token = token_or_refusal(network, token), {}  # a verbose traceback shows what a frame's names hold
        if isinstance(checked, InvalidInput):
            network = ""
            raise checked
        self._hold(network, checked, "assigned")

    def paste(self, network: str, text: str) -> list[str]:
        """Hold the keys that stand in a text: a .env block, JSON, a Python dict, or X's console page as copied.

        Returns:
            what was left out and what looks wrong, in sentences without values.

        Raises:
            UnknownNetwork, InvalidToken: as `assign`; the message names the field that was not found.
        """
        readable = isinstance(text, str) and network in CALLED
        values, remarks = paste.read(network, text) if readable else ({}, [])
        token, values, text = token_or_refusal(network, values), {}, ""
        if isinstance(token, InvalidInput):
            network = ""
            raise token
        self._hold(network, token, "pasted")
        return [*remarks, *self.hints(network)]

    @overload
    def get(self, network: str) -> Token | None: ...
    @overload
    def get(self, network: None = None) -> dict[str, Token]: ...
    def get(self, network: str | None = None) -> Token | dict[str, Token] | None:
        """Return a network's `Token`, None where there is none; without a network all of them, by code."""
        if network is None:
            return dict(self._tokens)
        return self._tokens.get(known_network(network))

    def delete(self, network: str) -> Token | None:
        """Remove a network's keys from memory and return them, None where there were none. Dumps stay."""
        token = self._tokens.pop(known_network(network), None)
        self._sources.pop(network, None)
        self._changed()
        return token

    def hints(self, network: str) -> list[str]:
        """Say what looks wrong with a network's keys, in sentences without values; nothing is refused for it."""
        token = self.get(network)
        return hints.of(token) if token else []

    def observe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after each change of keys or checks, and return what ends that."""
        self._observers.append(changed)
        return lambda: self._observers.remove(changed) if changed in self._observers else None

    def _hold(self, network: str, token: Token, source: str) -> None:
        self._tokens[network] = token
        self._sources[network] = source
        self._changed()

    def _changed(self) -> None:
        for changed in list(self._observers):
            changed()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise StoreError("A KeyChain can't be pickled, because a pickle shows its keys; use its dump().")
