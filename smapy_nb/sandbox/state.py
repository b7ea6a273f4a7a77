"""State: everything that one sandbox knows. Two sandboxes share none of it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import RLock
from typing import TYPE_CHECKING

from smapy_nb.sandbox.clock import DAY, Clock
from smapy_nb.sandbox.dialects import Dialect
from smapy_nb.sandbox.faults import Faults
from smapy_nb.sandbox.identities import Identities, Identity
from smapy_nb.sandbox.ledger import Ledger
from smapy_nb.sandbox.people.chance import whole
from smapy_nb.sandbox.people.network import Network, Today
from smapy_nb.sandbox.people.person import Person, snowflake
from smapy_nb.sandbox.people.table import HANDLE
from smapy_nb.sandbox.scenarios import Scenario
from smapy_nb.sandbox.signatures import Nonces
from smapy_nb.sandbox.windows import Windows

if TYPE_CHECKING:
    from smapy_nb.sandbox.pins import RequestToken

_FIRST_TERM = datetime(2025, 9, 1, tzinfo=UTC)
OWNER = "sandbox_you"  # the account that owns the default keys


@dataclass(frozen=True)
class Seen:
    """One request, as the local page shows it: nothing of what it was signed with.

    Attributes:
        at: simulated time (UTC).
        target: path and query, with the values of OAuth parameters masked.
        who: the identity that asked, or empty.
        reason: why it was no plain success, or empty.
        profiles: how many profiles the answer held.
        usd: what they cost, after what was paid for already today.
    """

    at: datetime
    method: str
    target: str
    who: str
    status: int
    reason: str
    profiles: int
    usd: Decimal


@dataclass
class State:
    """What a sandbox knows. Whoever reads or changes it holds `lock`."""

    clock: Clock
    network: Network
    identities: Identities
    windows: Windows
    ledger: Ledger
    dialect: Dialect
    faults: Faults
    scenario: Scenario | None = None
    code: str = field(default="", repr=False)  # what changes from the page need, where others can reach it
    fresh: Callable[[], State] | None = field(default=None, repr=False)  # makes one as this one began
    nonces: Nonces = field(default_factory=Nonces)
    log: deque[Seen] = field(default_factory=lambda: deque(maxlen=500))
    served: int = 0
    posts_read: dict[str, dict[date, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    sign_ins: dict[str, RequestToken] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    @property
    def today(self) -> Today:
        """Everybody as they are on the clock's day."""
        return self.network.on(self.clock.day)

    def become(self, other: State) -> None:
        """Take over everything that `other` knows; who holds this state, and its lock, keeps them."""
        with self.lock:
            for one in fields(self):
                if one.name != "lock":
                    setattr(self, one.name, getattr(other, one.name))

    def begin_anew(self) -> None:
        """Be as when the sandbox began: the first day, full credits, closed windows, no student's identity."""
        if self.fresh is not None:
            fresh, code = self.fresh, self.code
            self.become(fresh())
            self.fresh, self.code = fresh, code

    def play(self, scenario: Scenario | None) -> None:
        """Begin a scenario in place of the one before; None ends it and turns all faults off.

        Raises:
            ValueError: it sets a limit that can't be.
        """
        with self.lock:
            # Limits come first, since they are what may be refused.
            self.windows.limits = dict(self.windows.usual)
            self.windows.set(scenario.limits if scenario else {})
            self.faults.clear()
            self.scenario = scenario
            if scenario is None:
                return
            if scenario.day is not None and scenario.day > self.clock.day:
                self.clock.advance(seconds=(scenario.day - self.clock.day) * DAY.total_seconds())
            if scenario.credits_usd is not None:
                self.ledger.fill(Decimal(str(scenario.credits_usd)))
            for fault in scenario.faults:
                self.faults.add(fault, self.clock.now())

    def identity(self, name: str) -> Identity:
        """Return the keys of `name`, whose account is made where there is none.

        Raises:
            ValueError: `name` is no handle.
        """
        if not HANDLE.fullmatch(name):
            raise ValueError(f"{name!r} can't be an identity: use 1 to 15 letters A-Z, digits and _.")
        with self.lock:
            person = self.network.named.get(name.casefold())
            if person is None:
                # Born on a day that depends on the name alone, as the keys do, so that both are the same tomorrow.
                key = name.casefold()
                born = _FIRST_TERM + timedelta(milliseconds=whole(key, "enrolled") % 10_000_000_000)
                number = snowflake(born, whole(key, "sequence"))
                person = Person(number, name, name, born, "An account for a class.", growth="dormant")
                self.network.add(person)
            return self.identities.identity(name.casefold(), person.id)
