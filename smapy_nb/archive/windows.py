"""An app's rate-limit window, shared by all who use the app on one archive, so that together they stay within it.

A kernel takes several requests at once out of what is left, and gives back what it did not send. So what is left is
known without a word on each request; what answers say of it is told with the next exchange, or at once where it is
news. Of a kernel that dies, what it had in hand is missing until the window turns, and no longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from smapy_nb.archive.schema import windows
from smapy_nb.archive.store import Store
from smapy_nb.archive.terms import Terms

SECOND = 1_000_000
UNTOLD = -1  # the size of a window that answers do not tell of
UNTOLD_FOR = 60 * SECOND  # until one request goes ahead again to see whether they do by now
PROBE = 10 * SECOND  # how long the first answer of a window nobody knows is waited for
LONGEST = (15 * 60 + 5) * SECOND  # until an answer says when the window turns
MARGIN = SECOND // 2  # after a reset: servers round it
SAME = 2 * SECOND  # resets that are so near each other are one
SHARE = 4  # of what is left, at most one part in so many goes to one kernel at once
ENDLESS = 10**9  # requests
OLD = 86_400 * SECOND


@dataclass(frozen=True)
class Told:
    """What an answer said of its window: requests in a window, those left, and seconds until the next window."""

    size: int
    left: int
    opens_in: float


@dataclass(frozen=True)
class Grant:
    """What an exchange came to.

    Attributes:
        requests: how many may be sent.
        seconds: for how long that holds; where there are none, when to ask again, and None for shortly: another
            kernel waits for the first answer of a window that nobody knows.
        first: True where this is the request whose answer the others wait for.
    """

    requests: int
    seconds: float | None
    first: bool = False


@dataclass
class _Row:
    size: int | None
    left: int
    flying: int  # taken out, and not known to be answered
    opens_at: int

    @property
    def known(self) -> bool:
        return self.size not in (None, UNTOLD)


class SharedWindow:
    """One window: what is left of it, less what kernels have in hand.

    Args:
        store: where it is kept.
        space: a network, real or simulated.
        terms: whose app it is, and the clock: a sandbox has its own.
        pool: which of the app's windows: they count apart for each endpoint and kind of token.
    """

    def __init__(self, store: Store, space: int, terms: Terms, pool: str) -> None:
        self._store, self._now = store, terms.now
        self._key = (space, terms.app, pool)
        self._refused = False
        w = windows.c
        self._mine = sa.and_(w.space == space, w.app == terms.app, w.pool == pool)

    def exchange(self, want: int, *, back: int = 0, answered: int = 0, told: Told | None = None) -> Grant:
        """Take requests out of the window, and tell what became of those taken before.

        Of a window that nobody knows, one request goes ahead; the others wait for what its answer says.

        Args:
            want: how many at most; 0 only tells.
            back: requests taken before, within this window, that will not be sent.
            answered: requests taken before that are over.
            told: what the newest answer said.
        """
        news = back or answered or told is not None

        def work(conn: sa.Connection) -> Grant:
            row, now = self._read(conn)
            before = (row.size, row.left, row.flying, row.opens_at)
            _turn(row, now)
            row.flying = max(row.flying - back - answered, 0)
            if row.known:
                row.left = min(row.left + back, row.size or 0)
            if told is not None:
                _take_in(row, told, now)
            grant = _grant(row, want, now)
            if (row.size, row.left, row.flying, row.opens_at) != before:
                self._put(conn, row, now)
            return grant

        def peek(conn: sa.Connection) -> Grant:
            row, now = self._read(conn)
            _turn(row, now)
            return _grant(row, want, now)

        # Who was refused looks before taking a turn among the writers again.
        if self._refused and not news and not (refusal := self._store.read(peek)).requests:
            return refusal
        grant = self._store.write(work)
        self._refused = want > 0 and not grant.requests
        return grant

    def silent(self, *, lost: bool) -> None:
        """Take in that the first answer told nothing of the window, or that it was lost on its way.

        A window of which no answer tells limits nothing, until a minute later one request goes ahead again.
        """

        def work(conn: sa.Connection) -> None:
            row, now = self._read(conn)
            if not row.known:
                self._put(conn, _Row(None, 0, 0, 0) if lost else _Row(UNTOLD, 0, 0, now + UNTOLD_FOR), now)

        self._store.write(work)

    def left(self) -> int | None:
        """Return how many requests the window has left; None where nobody has asked within it."""
        row, now = self._store.read(self._read)
        if not row.known:
            return None
        return row.size if now >= row.opens_at else row.left

    def _read(self, conn: sa.Connection) -> tuple[_Row, int]:
        w, clock = windows.c, self._store.clock()
        found = conn.execute(sa.select(clock, w.size, w.remaining, w.flying, w.opens_at).where(self._mine)).first()
        now = int(found[0] if found is not None else conn.scalar(sa.select(clock)) or 0)
        now += int((self._now() - datetime.now(UTC)).total_seconds() * SECOND)  # nothing, but for a sandbox's clock
        if found is None or found.opens_at > now + LONGEST + MARGIN + SAME:  # a clock was set back
            return _Row(None, 0, 0, 0), now
        return _Row(*found[1:]), now

    def _put(self, conn: sa.Connection, row: _Row, now: int) -> None:
        values: tuple[Any, ...] = (*self._key, row.size, row.left, row.flying, row.opens_at)
        self._store.insert(conn, windows, [values], "update")
        if row.size is None:  # windows of tokens and sandboxes that are no more
            w = windows.c
            conn.execute(sa.delete(windows).where(w.space == self._key[0], w.opens_at < now - OLD, ~self._mine))


def _turn(row: _Row, now: int) -> None:
    if row.known and now >= row.opens_at:
        row.left, row.flying, row.opens_at = row.size or 0, 0, now + LONGEST


def _take_in(row: _Row, told: Told, now: int) -> None:
    opens_at = now + int(max(told.opens_in, 0) * SECOND) + MARGIN
    if not row.known or opens_at > row.opens_at + SAME:  # the first that is heard of this window
        row.left, row.opens_at = max(told.left - row.flying, 0), opens_at
    elif told.opens_in * SECOND <= SAME:  # perhaps of the window before
        return
    else:
        if opens_at < row.opens_at - SAME:  # it was only known to end by then
            row.opens_at = opens_at
        if told.left < row.left:  # somebody uses the app beside this archive
            row.left = max(told.left - row.flying, 0)
    row.size = max(told.size, 1)


def _grant(row: _Row, want: int, now: int) -> Grant:
    if want <= 0:
        return Grant(0, 0.0)
    if row.size == UNTOLD and now < row.opens_at:
        return Grant(ENDLESS, (row.opens_at - now) / SECOND)
    if not row.known:
        if row.size is None and now < row.opens_at:
            return Grant(0, None)
        row.size, row.left, row.flying, row.opens_at = None, 0, 1, now + PROBE
        return Grant(1, PROBE / SECOND, first=True)
    until = max((row.opens_at - now) / SECOND, 0.05)
    if row.left <= 0:
        return Grant(0, until)
    requests = min(want, max(row.left // SHARE, 1))
    row.left, row.flying = row.left - requests, row.flying + requests
    return Grant(requests, until)
