"""What reading costs: prepaid credits, booked as X does, each resource once in a UTC day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Self

from smapy_nb.sandbox.message import Json

# Thousandths of a dollar for each resource read; from x-api/getting-started/pricing, August 2026.
PRICES = {"user": 10, "post": 5}
_MILLS = Decimal(1000)


class Ledger:
    """The books of all apps. Amounts are kept in whole thousandths of a dollar, so that sums are exact.

    Args:
        credits_usd: what each app has when it is first seen.
    """

    def __init__(self, credits_usd: Decimal) -> None:
        self._start = int(credits_usd * _MILLS)
        self._balance: dict[str, int] = {}
        self.booked: dict[tuple[str, date], int] = defaultdict(int)  # (app, UTC day) → thousandths
        self._paid: dict[str, tuple[date, set[tuple[str, int]]]] = {}  # what each app has paid for today

    def balance(self, app: str) -> Decimal:
        """Return what is left of the app's credits, in dollars; it may be slightly negative."""
        return self._balance.get(app, self._start) / _MILLS

    def broke(self, app: str) -> bool:
        """Tell whether the app has nothing left to pay with."""
        return self._balance.get(app, self._start) <= 0

    def book(self, app: str, day: date, read: Iterable[tuple[str, int]]) -> Decimal:
        """Charge `app` for the resources it read (kind and id), and return what that cost, in dollars."""
        paid_on, paid = self._paid.get(app, (day, set()))
        if paid_on != day:
            paid = set()
        new = set(read) - paid
        self._paid[app] = (day, paid | new)
        cost = sum(PRICES[kind] for kind, _ in new)
        if cost:
            self._balance[app] = self._balance.get(app, self._start) - cost
            self.booked[app, day] += cost
        return cost / _MILLS

    def fill(self, usd: Decimal) -> None:
        """Set what every app has left, now and when it is first seen."""
        self._start = int(usd * _MILLS)
        self._balance.clear()

    def kept(self) -> Json:
        """Return the books as JSON holds them; `read` makes them books again."""
        return {
            "start": self._start,
            "balance": self._balance,
            "booked": [[app, day, mills] for (app, day), mills in self.booked.items()],
            "paid": [[app, day, sorted(paid)] for app, (day, paid) in self._paid.items()],
        }

    @classmethod
    def read(cls, kept: Json) -> Self:
        """Return the books that `kept` describes."""
        ledger = cls(Decimal(kept["start"]) / _MILLS)
        ledger._balance = {app: int(mills) for app, mills in kept["balance"].items()}
        ledger.booked.update({(app, date.fromisoformat(day)): int(mills) for app, day, mills in kept["booked"]})
        ledger._paid = {
            app: (date.fromisoformat(day), {(kind, int(number)) for kind, number in paid})
            for app, day, paid in kept["paid"]
        }
        return ledger

    def on(self, app: str, day: date) -> Decimal:
        """Return what was booked for `app` on one UTC day, in dollars."""
        return self.booked.get((app, day), 0) / _MILLS

    def total(self, app: str | None = None) -> Decimal:
        """Return what was booked in all, in dollars, by `app` or by everybody."""
        return sum(mills for (who, _), mills in self.booked.items() if app in (None, who)) / _MILLS
