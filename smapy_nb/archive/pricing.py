"""Pricing a look-up before it runs, by the same rules by which it is booked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from smapy_nb.archive import readings
from smapy_nb.archive.budget import Budget, Quote
from smapy_nb.archive.ledger import Ledger, day_of
from smapy_nb.archive.prices import dollars
from smapy_nb.archive.readings import micros_of
from smapy_nb.archive.run import SKEW
from smapy_nb.archive.store import Store
from smapy_nb.archive.terms import Terms


def quote(
    store: Store, space: int, asked: Iterable[str], terms: Terms, batch: int, window_left: int | None, keeps: bool
) -> Quote:
    """Return what a look-up of `asked` on these terms costs at most, `batch` accounts a request."""
    wanted = list(dict.fromkeys(asked))
    now = micros_of(terms.now())

    def work(conn: sa.Connection) -> Quote:
        known = readings.ids_of(store, conn, space, wanted)
        account = {key: f"#{known[key]}" if key in known else key for key in wanted}
        oldest = now - terms.max_age // timedelta(microseconds=1)
        newest = now + SKEW // timedelta(microseconds=1)
        fresh = readings.latest(store, conn, space, wanted, oldest, newest) if keeps else []
        served = {account[key] for answer in fresh for key in (*answer.found, *answer.missing)}
        to_ask = {one for one in account.values() if one not in served}
        ledger = Ledger(store, space, terms.app, terms.person, terms.micro)
        paid = ledger.paid(conn, day_of(now), to_ask)
        spent, left = ledger.spent(conn, terms.budget or Budget(), now), None
        if terms.budget is not None and not (terms.default and terms.simulated):
            left = dollars(max(terms.budget.micro - spent, 0))
        return Quote(
            asked=len({*account.values()}),
            from_archive=len(served),
            paid_today=len(paid),
            to_pay=len(to_ask) - len(paid),
            usd=dollars((len(to_ask) - len(paid)) * terms.micro),
            requests=_requests([key for key in wanted if account[key] in to_ask], batch),
            window_left=window_left,
            budget_left=left,
            simulated=terms.simulated,
            spent=dollars(spent),
        )

    return store.read(work)


def _requests(keys: list[str], batch: int) -> int:
    """Handles and ids are asked for by different requests."""
    ids = sum(key.startswith("#") for key in keys)
    return math.ceil(ids / batch) + math.ceil((len(keys) - ids) / batch)
