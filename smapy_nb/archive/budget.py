"""Budget: how much may be spent. Quote: what a look-up will cost, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Literal, get_args

from smapy_nb.archive.prices import dollars, micros
from smapy_nb.errors import InvalidInput, OverBudget

Per = Literal["day", "month", "total"]


@dataclass(frozen=True)
class Budget:
    """How much may be spent with one app. What would go beyond is refused before anything is sent.

    Without one, real money is kept to 1 USD for each UTC day and app. Money that a sandbox charges is simulated,
    counted apart, and limited only by a budget that is given.

    Args:
        usd: US dollars.
        per: ``'day'`` and ``'month'`` turn at 00:00 UTC; ``'total'`` never turns.
        person: None counts what everyone spent with the app; a name counts what that person spent with it,
            which is how a class that shares an app gives each of its members a budget of their own.

    Raises:
        InvalidInput: no amount, or an unknown `per`.
    """

    usd: Decimal | float | str = 1
    per: Per = "day"
    person: str | None = None
    micro: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.per not in get_args(Per):
            raise InvalidInput(f"per must be one of {', '.join(map(repr, get_args(Per)))}; got {self.per!r}.")
        if self.person is not None and not isinstance(self.person, str):
            raise InvalidInput("person must be a name, or None for everyone who uses the app.")
        object.__setattr__(self, "micro", micros(self.usd, "usd"))

    def since(self, day: date) -> str:
        """Return the first day that counts on `day`, as ISO text; "" for all days."""
        first = {"day": day, "month": day.replace(day=1), "total": None}[self.per]
        return first.isoformat() if first else ""

    def check(self, spent: int, cost: int, accounts: int) -> None:
        """Refuse `cost` where it does not fit beside what is spent already (all in micro-dollars).

        Raises:
            OverBudget: the sentence holds the price and the line that allows it.
        """
        if cost == 0 or spent + cost <= self.micro:
            return
        left = max(self.micro - spent, 0)
        needed = Decimal(spent + cost).scaleb(-6).quantize(Decimal("0.01"), ROUND_UP)
        person = f", person={self.person!r}" if self.person else ""
        raise OverBudget(
            f"Reading {accounts:,} account{'s' if accounts != 1 else ''} would cost {dollars(cost)} USD, and of the "
            f"budget of {self.named} {dollars(left)} USD are left; nothing was sent for them. "
            f"To allow it: budget=Budget(usd={needed}, per={self.per!r}{person}).",
            usd=dollars(cost),
            left=dollars(left),
        )

    @property
    def named(self) -> str:
        """The budget in words, such as ``1.00 USD a day``."""
        return f"{dollars(self.micro)} USD " + ("in total" if self.per == "total" else f"a {self.per}")


def budget_of(given: object) -> Budget | None:
    """Return the budget that a user gave: a `Budget`, an amount of US dollars for each day, or False for none.

    Raises:
        InvalidInput: it is none of these.
    """
    if given is False:
        return None
    if isinstance(given, Budget):
        return given
    if isinstance(given, (int, float, str, Decimal)) and given is not True:
        return Budget(given)
    raise InvalidInput("budget must be a Budget, such as Budget(usd=5, per='month'), or False for no limit.")


@dataclass(frozen=True)
class Quote:
    """What a look-up will cost at most, before anything is sent. Missing accounts turn out to be free.

    Attributes:
        asked: different accounts asked for.
        from_archive: of these, read recently enough to be taken from the archive.
        paid_today: to be asked for, and free, because this app paid for them since 00:00 UTC.
        to_pay: to be asked for, and paid.
        usd: the price in US dollars, exact.
        requests: how many requests it takes.
        window_left: requests left in the rate-limit window; None where nobody has asked in the last one.
        budget_left: US dollars left of the budget, before this look-up; None where there is none.
        simulated: True where a sandbox is asked: nobody pays.
        spent: US dollars that count against the budget so far, in what it counts (a day, a month, all time);
            those of this UTC day where there is none.
    """

    asked: int
    from_archive: int
    paid_today: int
    to_pay: int
    usd: Decimal
    requests: int
    window_left: int | None
    budget_left: Decimal | None
    simulated: bool = False
    spent: Decimal = Decimal(0)

    def __str__(self) -> str:
        parts = [
            f"{self.from_archive:,} from the archive" if self.from_archive else "",
            f"{self.paid_today:,} paid for today, free until 00:00 UTC" if self.paid_today else "",
            f"{self.to_pay:,} to pay" if self.to_pay else "",
        ]
        money = f"{self.usd} USD{' (simulated)' if self.simulated else ''}"
        left = "" if self.budget_left is None else f"; {self.budget_left} USD of the budget are left"
        counted = ", ".join(filter(None, parts)) or "nothing to ask for"
        return f"{self.asked:,} account{'s' if self.asked != 1 else ''}: {counted}: {money}{left}."
