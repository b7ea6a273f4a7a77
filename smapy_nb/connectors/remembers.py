"""What a connector tells of money and of the past, without asking the network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smapy_nb.archive.budget import Budget, Quote, budget_of
from smapy_nb.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from smapy_nb.accounts import Accounts
    from smapy_nb.archive.archive import Archive
    from smapy_nb.connectors.means import Means
    from smapy_nb.token import Token


class Remembers:
    """Quote, history, changes, spending: the part of a connector that reads the archive."""

    network: str
    _asked: Accounts
    _means: Means
    _token: Token | None

    @property
    def archive(self) -> Archive:
        """The archive that this connector keeps its readings in."""
        return self._means.archive

    @property
    def budget(self) -> Budget | None:
        """How much its look-ups may cost; assign a `Budget`, an amount of USD a day, or False for no limit."""
        return self._means.budget

    @budget.setter
    def budget(self, budget: object) -> None:
        self._means.budget, self._means.default = budget_of(budget), False

    def quote(self, *, max_age: object = None, refresh: bool = False) -> Quote:
        """Return what `frame()` would cost now, at most. Nothing is sent.

        Args:
            max_age: as `frame()` takes it.
            refresh: as `frame()` takes it.
        """
        terms = self._means.terms(self._token, max_age, refresh)
        quote = self._means.archive.quote(self.network, self._names().values(), terms, pool=self._pool())
        return quote if quote.window_left is not None else replace(quote, window_left=self._window_left())

    def history(self, *, accounts: Iterable[str] | None = None) -> pd.DataFrame:
        """Return every reading of these accounts, from the archive: one row for each account and instant.

        Columns: account (the name that the user gave it), read_at (UTC), outcome, followers, following, posts,
        listed, likes, media (Int64; <NA> while the account was missing).

        Args:
            accounts: names of those wanted; all by default.

        Raises:
            InvalidInput: one of `accounts` is not asked for here.
        """
        return self._means.archive.history(self.network, self._names(accounts), simulated=self._means.simulated)

    def changes(self, since: object = None, *, accounts: Iterable[str] | None = None) -> pd.DataFrame:
        """Return what changed in these accounts: one row for each change, by time.

        Columns: account, read_at (when it was first seen), what (followers, name, handle, bio, verified,
        protected, gone, back), before, after, difference (Int64, of followers).

        Args:
            since: changes after this time: a datetime, a text such as ``'2026-11-01'`` (UTC), or a timedelta back
                from now; by default since each account's last reading but one.
            accounts: names of those wanted; all by default.

        Raises:
            InvalidInput: `since` is no time, or one of `accounts` is not asked for here.
        """
        means, names, moment = self._means, self._names(accounts), self._moment(since)
        return means.archive.changes(self.network, names, moment, until=means.until(), simulated=means.simulated)

    def last_followers(
        self, accounts: Iterable[str] | None = None, *, before: datetime | None = None
    ) -> dict[str, int]:
        """Return the followers of each account at its newest reading before a time: name → followers.

        Those of which none are known are left out. Fast for many accounts.

        Args:
            accounts: names of those wanted; all by default.
            before: a time (UTC); now by default.
        """
        means, names = self._means, self._names(accounts, strict=False)
        before = means.until() if before is None else before
        return means.archive.last_followers(self.network, names, before, simulated=means.simulated)

    def recent_followers(
        self, accounts: Iterable[str], *, until: datetime | None = None, most: int = 30
    ) -> dict[str, list[tuple[datetime, int]]]:
        """Return the last readings of some few accounts: name → (when, followers), oldest first.

        Those of which nothing is known are left out.

        Args:
            accounts: names of those wanted.
            until: only readings up to this time (UTC); now by default.
            most: how many of each account.
        """
        means, names = self._means, self._names(accounts, strict=False)
        until = means.until() if until is None else until
        return means.archive.recent_followers(self.network, names, until, most=most, simulated=means.simulated)

    def spending(self) -> pd.DataFrame:
        """Return what was spent with this connector's app, or with all apps where it has no token.

        Columns: day (UTC), app (a fingerprint), person, simulated (True: a sandbox's money), profiles, usd.
        """
        app = self._means.terms(self._token).app
        return self._means.archive.spending(self.network, app or None)

    def plot_growth(self, column: str = "followers", *, indexed: bool = False, top: int = 10) -> Axes:
        """Draw how these accounts grew, from the archive; needs ``smapy-nb[plot]``.

        Args:
            column: followers, following, posts, listed, likes or media.
            indexed: True draws each account's first value as 100, so that small and large ones can be compared.
            top: how many accounts: those with most at the end.

        Returns:
            matplotlib's axes; a notebook shows the chart by itself.
        """
        from smapy_nb.archive import growth

        return growth.plot(self.history(), column, indexed=indexed, top=top)

    def _names(self, accounts: Iterable[str] | None = None, *, strict: bool = True) -> dict[str, str]:
        """Return what the user calls each account that can be asked for → its key in the archive.

        Args:
            accounts: names of those wanted; all by default.
            strict: whether one that is not asked for here is refused, or left out.
        """
        from smapy_nb.archive.readings import key_of

        asked = zip(self._asked.names, self._asked.keys, strict=True)
        if accounts is None:
            return {name: key_of(key) for name, key in asked if key is not None}
        wanted = {accounts} if isinstance(accounts, str) else set(accounts)
        found = {name: key for name, key in asked if name in wanted}
        if strict and (odd := wanted - found.keys()):
            raise InvalidInput(f"{min(map(str, odd))!r} is none of the accounts asked for here; see .accounts.")
        return {name: key_of(key) for name, key in found.items() if key is not None}

    def _pool(self) -> str:
        """Return the name of the rate-limit window that look-ups mostly use."""
        return ""

    def _window_left(self) -> int | None:
        """Return how many requests that window has left, as far as this connector itself knows."""
        return None

    def _moment(self, since: Any) -> datetime | None:
        if isinstance(since, str):
            try:
                since = datetime.fromisoformat(since)
            except ValueError:
                since = "no time"
        if isinstance(since, timedelta):
            since = self._means.now() - since
        if since is None or isinstance(since, datetime):
            return since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
        raise InvalidInput(
            "since is a datetime, a text such as '2026-11-01', or a timedelta such as timedelta(days=7)."
        )
