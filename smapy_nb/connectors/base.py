"""Connector: what all networks' connectors share, and the order in which a look-up happens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from smapy_nb import accounts as typed
from smapy_nb import profiles
from smapy_nb.connectors.check import Check
from smapy_nb.errors import NoToken
from smapy_nb.token import Token

if TYPE_CHECKING:
    import pandas as pd

    from smapy_nb.accounts import Asked
    from smapy_nb.profiles import Row


class Connector(ABC):
    """Looks accounts up on one network.

    Args:
        accounts: dict (name → account), list, tuple, set or text; see `smapy_nb.accounts.parse`.
        token: a `Token` or the dict that one is made from.
        base_url: any server that speaks the network's API; by default the network's own, or the sandbox
            where `sandbox.use()` has been called.

    Raises:
        InvalidAccounts, InvalidToken: what was given can't be used.
    """

    network: str

    def __init__(
        self, accounts: object = (), token: Mapping[str, str] | None = None, *, base_url: str | None = None
    ) -> None:
        self.accounts = accounts
        self._token = token if token is None or isinstance(token, Token) else Token(self.network, token)
        self._base_url = base_url

    @property
    def accounts(self) -> dict[str, str | int]:
        """The accounts asked for: name → handle, or numeric id, or what was typed where it can't be either."""
        return {one.name: one.requested if one.key is None else one.key for one in self._asked}

    @accounts.setter
    def accounts(self, accounts: object) -> None:
        self._asked = typed.parse(accounts)

    def profiles(self) -> dict[str, dict[str, str | int | None] | None]:
        """Look all accounts up: name → {followers, id, link, name, nickname}, or None for a missing account.

        The order of operations:

        1. what was typed is already checked; what can't be asked for becomes an outcome of its own
        2. each account is asked for once, in batches
        3. each account asked for gets its row: found, or the reason why not

        Raises:
            NoToken: there is no token to ask with.
            RequestFailed: the network gave no usable answer; see `smapy_nb.errors`.
        """
        rows, _ = self._rows()
        return {row.account: row.profile.as_dict() if row.profile else None for row in rows}

    def frame(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Look all accounts up: a DataFrame with one row an account asked for, in the order asked.

        Columns and dtypes: `smapy_nb.profiles`. `frame.attrs['source']` says who answered: ``'X'`` or
        ``'sandbox (simulated)'``.

        Args:
            columns: those wanted, in that order; all by default.

        Raises:
            NoToken: there is no token to ask with.
            RequestFailed: the network gave no usable answer; see `smapy_nb.errors`.
        """
        rows, source = self._rows()
        table = profiles.frame(rows, columns)
        table.attrs["source"] = source
        return table

    @abstractmethod
    def check(self) -> Check:
        """Ask the network whether the token works. Raises nothing: trouble on the way is an outcome too."""

    def check_token(self) -> bool:
        """Ask the network whether the token works: True or False; `check()` also says why."""
        return self.check().ok is True

    @abstractmethod
    def _look_up(self, asked: list[Asked]) -> tuple[list[Row], str]:
        """Return a row for each of `asked` (all of which have a key), in that order, and the source."""

    def _rows(self) -> tuple[list[Row], str]:
        good = [one for one in self._asked if one.key is not None]
        found, source = self._look_up(good) if good else ([], "")
        rows = iter(found)
        return [
            next(rows) if one.key is not None else profiles.Row(one.name, one.requested, "invalid", one.problem)
            for one in self._asked
        ], source

    def _needed_token(self) -> Token:
        if self._token is None:
            raise NoToken(
                "There is no token to ask with: give token=k.get('tw') after k.assign('tw', …), "
                "or use sandbox.use() to work without keys."
            )
        return self._token

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._asked)} accounts)"
