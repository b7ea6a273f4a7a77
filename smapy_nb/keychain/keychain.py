"""KeyChain: the keys of all networks, in memory and in encrypted dumps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self, overload

from smapy_nb.connectors.check import Check
from smapy_nb.errors import InvalidInput, NoToken
from smapy_nb.keychain import dumps
from smapy_nb.keychain.checks import Checks
from smapy_nb.keychain.discover import Found, everywhere
from smapy_nb.keychain.dumps import Dump, Folder
from smapy_nb.keychain.held import Held
from smapy_nb.keychain.masked import MaskedTable
from smapy_nb.keychain.places import Store
from smapy_nb.keychain.places.passphrase import passphrase_or_refusal
from smapy_nb.keychain.sign_in import SignIn
from smapy_nb.keychain.vault import Vault
from smapy_nb.token import MASK, Token, known_network, token_or_refusal
from smapy_nb.transport.sign_in import begin, consumer


class KeyChain(Held):
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
        place, passphrase = passphrase_or_refusal(passphrase), None
        if isinstance(place, InvalidInput):
            raise place
        super().__init__()
        self._checks = Checks()
        self._remarks: list[str] = []
        self._vault = Vault(place)

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
        place, passphrase = passphrase_or_refusal(passphrase), None
        if isinstance(place, InvalidInput):
            raise place
        chain = cls()
        chain._vault = Vault(place)
        for found in everywhere(chain._vault, dumps.folder_of(key_dir)):
            chain._offer(found)
        return chain

    def sign_in(self, network: str = "tw", *, consumer_key: str, consumer_secret: str) -> SignIn:
        """Begin to sign in to your own app with a PIN; the keys are held once the PIN is given.

        ``s = k.sign_in('tw', consumer_key=…, consumer_secret=…)`` shows a link; ``s.finish(pin)`` ends it.
        For yourself only: X's policy forbids handing an app's keys to others, students included.

        Args:
            network: two-letter code.
            consumer_key: the app's, from X's console. What is typed into a cell stays there.
            consumer_secret: the same.

        Raises:
            UnknownNetwork, InvalidToken: nothing was sent.
            RequestFailed: the app's pair was not accepted, or there was no usable answer.
        """
        app, consumer_key, consumer_secret = consumer(consumer_key, consumer_secret), "", ""
        known_network(network)
        if isinstance(app, InvalidInput):
            raise app
        return SignIn(begin(app), lambda token, source: self._hold(network, token, source))

    def show(self) -> MaskedTable:
        """Return a table of what is held: each field, masked, where it came from and whether it works."""
        rows = [
            (network, token.kind, field, MASK, self._sources[network], self.status(network).state)
            for network, token in self._tokens.items()
            for field in token
        ]
        return MaskedTable(rows, self._remarks)

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
