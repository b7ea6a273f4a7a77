"""Means: by which archive, budget, price and clock a connector's look-ups go."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import entry_points
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from smapy_nb.archive.budget import Budget, budget_of
from smapy_nb.archive.prices import price
from smapy_nb.errors import InvalidInput
from smapy_nb.token import Token
from smapy_nb.transport.session import DEFAULT_SERVER, IN_PROCESS, X

if TYPE_CHECKING:
    from smapy_nb.archive.archive import Archive
    from smapy_nb.archive.terms import Terms
    from smapy_nb.connectors.together import Together

HOUR = timedelta(hours=1)


class Means:
    """What a connector was given for money and memory, checked.

    Args:
        network: two-letter code.
        base_url: the server that is asked, as the connector takes it.
        archive: an `Archive`, an address, None for the usual one, False for none.
        budget: a `Budget`, an amount for each day, None for the usual one, False for none.
        prices: USD for each profile, in place of the data file's.

    Raises:
        InvalidInput: one of them can't be used.
    """

    def __init__(self, network: str, base_url: str | None, archive: object, budget: object, prices: object) -> None:
        self.network, self._base_url, self._given = network, base_url, archive
        self.default = budget is None
        self.budget: Budget | None = Budget() if budget is None else budget_of(budget)
        self.price = price(network, prices)
        self.windows: list[Together] = []  # those that this connector shares with others
        self._archive: Archive | None = None
        self._ahead: timedelta | None = None  # of this machine's clock: a sandbox's elsewhere, as it has told
        if archive is not None and archive is not False:
            self._archive = self.archive

    @property
    def archive(self) -> Archive:
        """The archive, opened when it is first needed: SQLAlchemy costs a sixth of a second."""
        if self._archive is None:
            from smapy_nb.archive.archive import Archive

            self._archive = Archive.of(self._given)
        return self._archive

    @property
    def off(self) -> bool:
        """Whether nothing is kept and nothing counted."""
        return self._given is False and self.budget is None

    @property
    def simulated(self) -> bool:
        """Whether the server about to be asked can only be a sandbox or the like: it is on this machine."""
        host = urlsplit(self._server).hostname or ""
        if host == "localhost" or host.endswith(IN_PROCESS):
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    @property
    def apart(self) -> str:
        """What sets this server's rate-limit windows apart: each sandbox has its own; the network has one server."""
        return f" of {self._server}" if self.simulated else ""

    @property
    def _server(self) -> str:
        return (self._base_url or os.environ.get(DEFAULT_SERVER) or X).rstrip("/")

    def terms(self, token: Token | None, max_age: object = None, refresh: bool = False) -> Terms:
        """Return the terms of one look-up.

        Raises:
            InvalidInput: `max_age` is no length of time.
        """
        from smapy_nb.archive.archive import person
        from smapy_nb.archive.terms import Terms

        app = ""
        if token is not None:  # the key that names the app, not a secret where the token has another
            app = self.archive.fingerprint(token.get("consumer_key") or token["bearer_token"])
        return Terms(
            app=app,
            person=(self.budget.person if self.budget else None) or person(),
            micro=self.price.micro,
            budget=self.budget,
            default=self.default,
            max_age=timedelta(0) if refresh else age(max_age),
            simulated=self.simulated,
            now=self.now,
            idle=self._idle,
        )

    def _idle(self) -> None:
        for window in self.windows:
            window.give_back()

    def now(self) -> datetime:
        """Return the time by which days and ages are told: a sandbox has its own."""
        return self._clock() or datetime.now(UTC)

    def until(self) -> datetime | None:
        """Return up to when readings count; None where the clock is not known that the server goes by.

        What is later was read by another clock, such as that of a sandbox which is days ahead.
        """
        from smapy_nb.archive.run import SKEW

        clock = self._clock()
        return None if clock is None else clock + SKEW

    def told(self, moment: datetime) -> None:
        """Note the time that a sandbox tells."""
        self._ahead = moment - datetime.now(UTC)

    def _clock(self) -> datetime | None:
        if not self.simulated:
            return datetime.now(UTC)
        if (clock := _sandbox_clock()) is not None and (moment := clock(self._server)) is not None:
            return moment
        return None if self._ahead is None else datetime.now(UTC) + self._ahead


def age(given: object) -> timedelta:
    """Return how old a reading may be: a timedelta, or seconds; an hour by default.

    Raises:
        InvalidInput: it is no length of time.
    """
    if given is None:
        return HOUR
    if isinstance(given, timedelta) and given >= timedelta(0):
        return given
    if isinstance(given, (int, float)) and not isinstance(given, bool) and 0 <= given < 10**10:
        return timedelta(seconds=given)
    raise InvalidInput("max_age is a timedelta, such as timedelta(hours=6), or a number of seconds.")


@cache
def _sandbox_clock() -> Callable[[str], datetime | None] | None:
    """Return what tells the time of a sandbox of this process. Found by name: nothing here imports a sandbox."""
    for found in entry_points(group="smapy_nb.clocks", name="sandbox"):
        clock: Callable[[str], datetime | None] = found.load()
        return clock
    return None
