"""Run: one look-up's dealings with the archive, from what is fresh enough to the last booking."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from smapy_nb.archive import readings
from smapy_nb.archive.appending import append
from smapy_nb.archive.claims import Lease, bury_dead, dead
from smapy_nb.archive.ledger import Ledger, day_of, presume
from smapy_nb.archive.readings import Answer, micros_of
from smapy_nb.archive.schema import claims
from smapy_nb.archive.store import Store
from smapy_nb.archive.terms import Terms

# By how much the clocks of a class's machines may differ. What is later than that was read by another clock, such as
# that of a sandbox which is days ahead, and says nothing of today.
SKEW = timedelta(minutes=5)


class Run:
    """One look-up, in this order of operations.

    ::

        with archive.open_run("tw", keys, terms) as run:
            while wanted := run.take():           # what this run is to ask for; others' answers come on their own
                for batch in batches_of(wanted):
                    batch = run.sending(batch)    # written down before the request leaves
                    run.keep(batch, …)            # the answer; or run.failed(batch, charged=…)
            run.served                            # answers from the archive, or to other runs

    `sending`, `keep` and `failed` may be called from several threads. Leaving the block gives back what was
    claimed and not asked for.

    Attributes:
        served: readings that this run did not have to ask for; it grows with each `take`.
    """

    def __init__(
        self, store: Store, spaces: Callable[[bool], int], asked: Iterable[str], terms: Terms, keeps: bool = True
    ) -> None:
        self.store, self.terms, self._spaces, self._keeps = store, terms, spaces, keeps
        self.served: list[Answer] = []
        self._space = spaces(terms.simulated)
        self._billed, self._real = self._space, not terms.simulated  # whose money it is, as the answers say
        self._pending = list(dict.fromkeys(asked))
        self._oldest = micros_of(terms.now() - terms.max_age)
        self._lease = Lease(store)
        self._claim_of: dict[str, str] = {}  # what was asked for → its claim: the id where one is known
        self._priced = ("", 0)  # on which day and in which space
        self._overrun = False  # an answer charged more than was reserved for it
        self._lock = threading.Lock()

    def take(self, stop: threading.Event | None = None) -> list[str]:
        """Return the keys to ask for now, in the order asked; an empty list when there are none left.

        Waits where other runs are asking for all that is left, and takes over what they give up.

        Args:
            stop: ends the waiting early when set.

        Raises:
            OverBudget: what would have to be asked for goes beyond the budget. Nothing was claimed.
        """
        # A server is asked by a whole class, on a new connection each time.
        pause = 0.25 if self.store.postgres else 0.05
        while self._pending:
            # To look costs little, and a class that asks for the same list does not queue up for nothing.
            if (settled := self.store.read(self._look)).open:
                settled = self.store.write(self._settle)
            self.served += settled.fresh
            self._claim_of |= settled.claim_of
            self._pending = settled.others
            if settled.ours:
                self._priced = settled.priced
                return settled.ours
            if self._pending:
                self.terms.idle()
                if stop is not None and stop.is_set():
                    return []
                self._sleep(pause, stop)
                pause = min(pause * 1.5, 4.0)
        return []

    def sending(self, batch: Sequence[str]) -> list[str]:
        """Write down that a request for `batch` is about to leave; return what of it is still this run's to ask.

        A run that was silent for a minute (a laptop asleep) has lost its claims: those accounts come back
        with the next `take()`, or in `served`.

        Raises:
            OverBudget: the price has changed since `take()` (the day turned, or an answer charged more than
                expected) and no longer fits the budget.
        """
        claim_of = {key: self._claim_of[key] for key in batch}
        now = micros_of(self.terms.now())

        def work(conn: sa.Connection) -> set[str]:
            mine = sa.select(claims.c.key, claims.c.micro).where(
                claims.c.space == self._space,
                claims.c.run == self._lease.run,
                self.store.among(claims.c.key, {*claim_of.values()}),
            )
            prices = dict(conn.execute(mine).all())
            if self._overrun or self._priced != (day_of(now), self._billed):
                reserved = sum(prices.values()) if self._billed == self._space else 0
                prices = self._prices(conn, set(prices), now, reserved)
            self.store.insert(conn, claims, self._rows(prices, now), "update")
            return set(prices)

        held = self.store.write(work)
        with self._lock:
            self._pending += [key for key in batch if claim_of[key] not in held]
        return [key for key in batch if claim_of[key] in held]

    def keep(self, batch: Sequence[str], answer: Answer) -> None:
        """Append an answer's readings, book what it charged and give its claims back: all of it, or nothing.

        Args:
            batch: what was asked for. An account of it that is not in the answer has no reading, and cost nothing.
            answer: what came; whether a sandbox answered decides where it is kept.
        """
        space, day = self._spaces(answer.simulated), day_of(micros_of(answer.read_at))
        answered: dict[str, str | None] = {}
        for key, number in zip(answer.found, answer.columns["id"], strict=True):
            answered[key] = answered[self._claim_of.get(key, key)] = f"#{number}"
        for key, why in answer.missing.items():
            if why[0] in readings.MISSING:
                answered[key] = answered[self._claim_of.get(key, key)] = None

        def work(conn: sa.Connection) -> bool:
            append(self.store, conn, space, answer, keeps=self._keeps)
            mine = self._mine(batch)
            reserved = int(conn.scalar(sa.select(sa.func.sum(claims.c.micro)).where(mine)) or 0)
            booked = self._ledger(space).book(conn, day, answered)
            conn.execute(sa.delete(claims).where(mine))
            return booked > reserved or space != self._space

        if self.store.write(work):
            self._overrun, self._billed, self._real = True, space, not answer.simulated

    def unsent(self, batch: Sequence[str]) -> None:
        """Take back that a request for `batch` left: the network refused it unread, and it is to be sent again."""
        again = sa.update(claims).where(self._mine(batch)).values(sent_at=None)
        self.store.write(lambda conn: conn.execute(again))

    def ids_of(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the ids of the accounts that these handles led to when this run began, where that is known."""
        claimed = ((key, self._claim_of.get(key, key)) for key in keys)
        return {key: int(claim[1:]) for key, claim in claimed if claim != key}

    def handles_of(self, keys: Sequence[str]) -> dict[str, set[str]]:
        """Return the handles under which the accounts of these keys were read so far."""
        return self.store.read(lambda conn: readings.handles_of(self.store, conn, self._space, keys))

    def failed(self, batch: Sequence[str], *, charged: bool) -> None:
        """Give the claims of a batch back that got no usable answer.

        Args:
            batch: what was asked for.
            charged: True where the network may have charged it all the same: the answer was lost on the way.
        """

        def work(conn: sa.Connection) -> None:
            if charged:
                presume(self.store, conn, self._mine(batch))
            conn.execute(sa.delete(claims).where(self._mine(batch)))

        self.store.write(work)

    def close(self) -> None:
        """Give back what was not asked for, and book what was sent and never answered."""
        self._lease.stop()
        if self._lease.begun:
            self.store.write(self._lease.end)
        self.terms.idle()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _look(self, conn: sa.Connection) -> _Settled:
        """Return what is there, what is free to be asked for, and what others are asking for."""
        known = readings.ids_of(self.store, conn, self._space, self._pending)
        claim_of = {key: f"#{known[key]}" if key in known else key for key in self._pending}
        held = sa.select(claims.c.key).where(
            claims.c.space == self._space, self.store.among(claims.c.key, {*claim_of.values()})
        )
        taken = set(conn.scalars(held))
        # After the claims: who gives one up has kept the reading in the same transaction, so it is seen here.
        fresh = self._fresh(conn)
        served = {key for answer in fresh for key in (*answer.found, *answer.missing)}
        wanted = [key for key in self._pending if key not in served]
        ours = [key for key in wanted if claim_of[key] not in taken]
        others = [key for key in wanted if claim_of[key] in taken]
        priced = day_of(micros_of(self.terms.now())), self._billed
        return _Settled(fresh, claim_of, ours, others, priced, bool(ours or dead(self.store, conn)))

    def _settle(self, conn: sa.Connection) -> _Settled:
        """Claim what is free."""
        bury_dead(self.store, conn)
        settled = self._look(conn)
        if settled.ours:
            now = micros_of(self.terms.now())
            prices = self._prices(conn, {settled.claim_of[key] for key in settled.ours}, now)
            self._lease.begin(conn)
            self.store.insert(conn, claims, self._rows(prices, None))
        return settled

    def _fresh(self, conn: sa.Connection) -> list[Answer]:
        if not self._keeps:
            return []
        newest = micros_of(self.terms.now() + SKEW)
        return readings.latest(self.store, conn, self._space, self._pending, self._oldest, newest)

    def _prices(self, conn: sa.Connection, wanted: set[str], now: int, reserved: int = 0) -> dict[str, int]:
        """Price what this run is about to ask for, and refuse what the budget does not allow."""
        ledger = self._ledger(self._billed)
        paid = ledger.paid(conn, day_of(now), wanted)
        prices = {key: 0 if key in paid else self.terms.micro for key in wanted}
        limited = self._real or not self.terms.default
        if self.terms.budget is not None and limited and (cost := sum(prices.values())):
            spent = ledger.spent(conn, self.terms.budget, now) - reserved
            self.terms.budget.check(spent, cost, cost // self.terms.micro)
        return prices

    def _rows(self, prices: Mapping[str, int], sent_at: int | None) -> list[tuple[object, ...]]:
        return [
            (self._space, claim, self._lease.run, self.terms.app, self.terms.person, micro, sent_at)
            for claim, micro in sorted(prices.items())
        ]

    def _mine(self, batch: Sequence[str]) -> sa.ColumnElement[bool]:
        names = {self._claim_of.get(key, key) for key in batch}
        return sa.and_(
            claims.c.space == self._space, claims.c.run == self._lease.run, self.store.among(claims.c.key, names)
        )

    def _ledger(self, space: int) -> Ledger:
        return Ledger(self.store, space, self.terms.app, self.terms.person, self.terms.micro)

    def _sleep(self, pause: float, stop: threading.Event | None) -> None:
        # At random, so that a class of kernels does not ask the database all at once.
        seconds = pause * random.uniform(0.5, 1.5)  # noqa: S311  # not for secrecy
        if stop is None:
            time.sleep(seconds)
        else:
            stop.wait(seconds)


@dataclass(frozen=True)
class _Settled:
    """What one transaction decided; nothing of it counts until that has been committed."""

    fresh: list[Answer]
    claim_of: dict[str, str]
    ours: list[str]
    others: list[str]
    priced: tuple[str, int]
    open: bool  # there is something to claim, or to take over
