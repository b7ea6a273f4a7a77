"""KeyChain: the keys of all networks, in memory and in encrypted dumps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, Self, overload

from smapy_nb.connectors.check import Check
from smapy_nb.errors import InvalidInput, NoToken, StoreError
from smapy_nb.keychain import dumps, hints, paste
from smapy_nb.keychain.checks import Checks
from smapy_nb.keychain.discover import Found, everywhere
from smapy_nb.keychain.dumps import Dump, Folder
from smapy_nb.keychain.masked import MaskedTable
from smapy_nb.keychain.places import Store
from smapy_nb.keychain.vault import Vault
from smapy_nb.token import MASK, Token, known_network, token_or_refusal


class KeyChain:
    """Keeps the keys of each network (two-letter codes: ``'tw'`` is X) and never shows one by accident.

    Not in its repr, nor in `vars`, `json`, a copy's repr or a traceback; it can't be pickled, because a pickle is
    a file with the keys in clear: `dump()` writes an encrypted one.

    Args:
        passphrase: seals and opens dumps; best asked for unseen, ``passphrase=getpass.getpass()``. Without it the
            key of the dumps is kept elsewhere: `store` says where.

    Raises:
        InvalidInput: the passphrase is not text, or blank.
    """

    def __init__(self, passphrase: str | None = None) -> None:
        self._tokens: dict[str, Token] = {}
        self._sources: dict[str, str] = {}
        self._checks = Checks()
        self._observers: list[Callable[[], None]] = []
        self._remarks: list[str] = []
        self._vault = Vault(passphrase)

    # Keys in memory

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
        checked, token = token_or_refusal(network, token), {}
        if isinstance(checked, InvalidInput):
            raise checked
        self._hold(network, checked, "assigned")

    def paste(self, network: str, text: str) -> list[str]:
        """Hold the keys that stand in a text: a .env block, JSON, a Python dict, or X's console page as copied.

        Returns:
            what was left out and what looks wrong, in sentences without values.

        Raises:
            UnknownNetwork, InvalidToken: as `assign`; the message names the field that was not found.
        """
        known_network(network)
        values, remarks = paste.read(network, text) if isinstance(text, str) else ({}, [])
        text = ""
        token, values = token_or_refusal(network, values), {}
        if isinstance(token, InvalidInput):
            raise token
        self._hold(network, token, "pasted")
        return [*remarks, *self.hints(network)]

    @classmethod
    def discover(cls, passphrase: str | None = None, key_dir: Folder = None) -> Self:
        """Return a new KeyChain with the keys that are already here.

        Looked for, in this order: environment variables, a ``.env`` file in the notebook's folder, the newest dump,
        Colab's and Kaggle's secrets. The first wins; `show()` says where it was found and what was left aside.
        `smapy_nb.keychain.names.variables` lists the names looked for, as does docs/keys.md.

        Args:
            passphrase: as in `KeyChain`.
            key_dir: as in `load_last`.
        """
        chain = cls(passphrase)
        for found in everywhere(chain._vault, dumps.folder_of(key_dir)):
            chain._offer(found)
        return chain

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
        self._checks.forget(network)
        self._changed()
        return token

    def show(self) -> MaskedTable:
        """Return a table of what is held: each field, masked, where it came from and whether it works."""
        rows = [
            (network, token.kind, field, MASK, self._sources[network], self.status(network).state)
            for network, token in self._tokens.items()
            for field in token
        ]
        return MaskedTable(rows, self._remarks)

    def hints(self, network: str) -> list[str]:
        """Say what looks wrong with a network's keys, in sentences without values; nothing is refused for it."""
        token = self.get(network)
        return hints.of(token) if token else []

    # Asking the network

    @overload
    def check(self, network: str, *, token: Mapping[str, str] | None = None, again: bool = False) -> bool: ...
    @overload
    def check(self, network: None = None, *, again: bool = False) -> dict[str, bool]: ...
    def check(
        self, network: str | None = None, *, token: Mapping[str, str] | None = None, again: bool = False
    ) -> bool | dict[str, bool]:
        """Ask a network whether its keys work; `status()` then says why they don't.

        Args:
            network: two-letter code; all networks held by default, and then the answer is a dict by code.
            token: asks about these keys instead of those held, and keeps nothing.
            again: asks also where the network has said yes before. X may charge a yes for four keys as one read.

        Returns:
            True where the network accepted them; False where it refused them, could not be asked, or where
            there are none.
        """
        if network is None:
            if token is not None:
                raise InvalidInput("Say which network the token is of: check('tw', token=…).")
            return {held: self.check(held, again=again) for held in self._tokens}
        held = self.get(network)
        if token is not None:
            other, token = token_or_refusal(network, token), None
            if isinstance(other, InvalidInput):
                raise other
            return self._checks.ask(network, other, again).ok is True
        if held is None:
            return False
        answer = self._checks.ask(network, held, again)
        if self._tokens.get(network) is held:  # else it was replaced while the network was asked
            self._checks.keep(network, held, answer)
            self._changed()
        return answer.ok is True

    def status(self, network: str) -> Check:
        """Say what is known of a network's keys: the last check's outcome. Sends nothing, holds no secret."""
        return self._checks.known(network, self.get(network))

    # Encrypted dumps

    def dump(self, key_dir: Folder = None) -> str:
        """Write all keys to an encrypted dump and return its name, for `load`.

        Args:
            key_dir: the folder to write to; by default ``.smapy_nb`` in the notebook's folder.

        Raises:
            NoToken: there are no keys to dump.
            StoreError: the dump can't be written; the keys are still in memory.
        """
        if not self._tokens:
            raise NoToken("There are no keys to dump; assign some first.")
        return self._vault.seal(dumps.folder_of(key_dir), self._tokens)

    def available_dumps(self, key_dir: Folder = None) -> list[dict[str, object]]:
        """List a folder's dumps, newest first, without decrypting one.

        Returns:
            a dict each: ``hash`` (str, the name for `load`), ``date`` (aware datetime, UTC), ``networks`` (codes).
            Files that are no whole dump are left out and named in a warning of the log.
        """
        return dumps.listed(dumps.folder_of(key_dir))

    def load(self, hash: str, key_dir: Folder = None) -> bool:  # noqa: A002  # the documented name
        """Replace the keys held by those of a dump.

        Returns:
            True where it was loaded, False where the folder has no such dump.

        Raises:
            DumpDamaged, DumpLocked, DumpTooNew: it is there and can't be opened; the message says what to do.
        """
        path = dumps.find(dumps.folder_of(key_dir), hash)
        if path is None:
            return False
        self._take(*self._vault.unseal(path))
        return True

    def load_last(self, key_dir: Folder = None) -> bool:
        """Replace the keys held by those of the newest dump that can be opened.

        Returns:
            True where one was loaded, False where the folder has none. Newer ones that could not be opened are
            named in a warning of the log.

        Raises:
            DumpDamaged, DumpLocked, DumpTooNew: there are dumps, but none can be opened; of the newest.
        """
        opened = self._vault.unseal_newest(dumps.folder_of(key_dir))
        if opened is None:
            return False
        self._take(*opened)
        return True

    def prune(self, keep: int = 10, key_dir: Folder = None) -> int:
        """Delete old dumps: of those that can be opened, all but the newest `keep`. Others are left alone.

        Returns:
            how many were deleted.

        Raises:
            InvalidInput: keep is not a whole number from 1 on.
            StoreError: one can't be deleted.
        """
        if type(keep) is not int or keep < 1:
            raise InvalidInput("keep is how many dumps stay: a whole number from 1 on.")
        return self._vault.prune(dumps.folder_of(key_dir), keep)

    @property
    def store(self) -> Store:
        """Where the key of new dumps is kept, why there, and what that protects from, in sentences."""
        return self._vault.store

    # Inside

    def observe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after each change of keys or checks, and return what ends that."""
        self._observers.append(changed)
        return lambda: self._observers.remove(changed) if changed in self._observers else None

    def _hold(self, network: str, token: Token, source: str) -> None:
        self._tokens[network] = token
        self._sources[network] = source
        self._changed()

    def _offer(self, found: Found) -> None:
        held = self._tokens.get(found.network)
        if found.token is None:
            self._remarks.append(found.remark)
        elif held is None:
            self._hold(found.network, found.token, found.source)
        elif held != found.token:
            used = self._sources[found.network]
            self._remarks.append(
                f"There are other keys for {found.network!r} in {found.source}; those of {used} are used."
            )

    def _take(self, dump: Dump, tokens: dict[str, Token]) -> None:
        self._tokens = tokens
        self._sources = dict.fromkeys(tokens, dump.said)
        self._changed()

    def _changed(self) -> None:
        for changed in list(self._observers):
            changed()

    def __repr__(self) -> str:
        held = ", ".join(
            f"{network}: {token.kind}, {self.status(network).state}" for network, token in self._tokens.items()
        )
        return f"KeyChain({held})"

    def __copy__(self) -> Self:
        twin = type(self)()
        twin._vault = self._vault
        twin._tokens, twin._sources, twin._checks = dict(self._tokens), dict(self._sources), self._checks.twin()
        return twin

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self.__copy__()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise StoreError("A KeyChain can't be pickled, because a pickle shows its keys; use its dump().")
