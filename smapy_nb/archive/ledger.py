"""The ledger: what was charged, by UTC day, app and account; at most once each, as networks do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from smapy_nb.archive.budget import Budget
from smapy_nb.archive.readings import moment_of
from smapy_nb.archive.schema import bookings, claims
from smapy_nb.archive.store import Store


def day_of(micros: int) -> str:
    """Return the UTC day of a time in microseconds, as ISO text."""
    return moment_of(micros).date().isoformat()


class Ledger:
    """The charges of one app in one space.

    Args:
        store: where they are kept.
        space: network, and whether the money is simulated.
        app: the app's fingerprint.
        person: who is asking, written beside each charge.
        micro: the price of one profile in micro-dollars.
    """

    def __init__(self, store: Store, space: int, app: str, person: str, micro: int) -> None:
        self.store, self.space, self.app, self.person, self.micro = store, space, app, person, micro

    def paid(self, conn: sa.Connection, day: str, wanted: Iterable[str]) -> set[str]:
        """Return those of `wanted` that the app has paid for on `day`."""
        b = bookings.c
        query = sa.select(b.key).where(b.space == self.space, b.app == self.app, b.day == day)
        return set(conn.scalars(query.where(self.store.among(b.key, wanted))))

    def spent(self, conn: sa.Connection, budget: Budget, now: int) -> int:
        """Return what counts against `budget` now: what is booked, and what running look-ups reserve."""
        booked = sa.select(sa.func.sum(bookings.c.micro)).where(bookings.c.day >= budget.since(moment_of(now).date()))
        total = 0
        for query, table in ((booked, bookings), (sa.select(sa.func.sum(claims.c.micro)), claims)):
            mine = query.where(table.c.space == self.space, table.c.app == self.app)
            if budget.person is not None:
                mine = mine.where(table.c.person == budget.person)
            total += int(conn.scalar(mine) or 0)
        return total

    def book(self, conn: sa.Connection, day: str, answered: Mapping[str, str | None]) -> int:
        """Book what an answer charged, and return that in micro-dollars.

        Args:
            conn: of a `Store.write`.
            day: the UTC day on which it came.
            answered: each key asked for → the key of the account that was charged, None where it was missing.

        A charge that was only presumed is settled by the answer: it becomes the charge of that account, or,
        where the account is missing, it never was.
        """
        b = bookings.c
        mine = sa.and_(b.space == self.space, b.app == self.app, b.day == day, b.presumed)
        charged = sorted({key for key in answered.values() if key is not None})
        settled = sa.update(bookings).where(mine, self.store.among(b.key, charged)).values(presumed=False)
        conn.execute(settled)
        unsure = mine, self.store.among(b.key, answered)
        before = conn.scalar(sa.select(sa.func.sum(b.micro)).where(*unsure)) or 0
        conn.execute(sa.delete(bookings).where(*unsure))
        paid = self.paid(conn, day, charged)
        new = [key for key in charged if key not in paid]
        rows = [(self.space, self.app, day, key, self.person, self.micro, False) for key in new]
        self.store.insert(conn, bookings, rows)
        return len(new) * self.micro - int(before)


def presume(store: Store, conn: sa.Connection, condition: Any) -> None:
    """Book the claims that meet `condition` whose request had left: nobody saw an answer, the charge may stand."""
    sent = conn.execute(sa.select(claims).where(condition, claims.c.sent_at.is_not(None), claims.c.micro > 0))
    store.insert(
        conn,
        bookings,
        [(row.space, row.app, day_of(row.sent_at), row.key, row.person, row.micro, True) for row in sent],
    )
