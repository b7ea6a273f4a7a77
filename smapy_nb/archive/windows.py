"""An app's rate-limit window, shared by all who use the app on one archive, so that together they stay within it."""

from __future__ import annotations

import time

import sqlalchemy as sa

from smapy_nb.archive.schema import windows
from smapy_nb.archive.store import Store

SECOND = 1_000_000
MINUTE = 60 * SECOND
UNTOLD = -1  # the size of a window that answers do not tell of
PROBE = 10 * SECOND  # how long the first answer of a window nobody knows is waited for
LONGEST = (15 * 60 + 5) * SECOND  # until an answer says when the window turns


class SharedWindow:
    """One window: at most as many requests are under way as it has left.

    Args:
        store: where it is kept.
        space: a network, real or simulated.
        app: the app's fingerprint.
        pool: which of the app's windows: they count apart for each endpoint and kind of token.
    """

    def __init__(self, store: Store, space: int, app: str, pool: str) -> None:
        self._store = store
        self._row = (space, app, pool)
        w = windows.c
        self._mine = sa.and_(w.space == space, w.app == app, w.pool == pool)

    def take(self) -> float:
        """Take one request out of the window: 0.0 where it may be sent, else how many seconds to wait and ask again.

        Of a window that nobody knows, one request goes ahead; the others wait for what its answer says.
        """
        return self._store.write(self._take)

    def _take(self, conn: sa.Connection) -> float:
        now = _now()
        row = conn.execute(sa.select(windows).where(self._mine)).first()
        if row is not None and row.size == UNTOLD and now < row.opens_at:
            return 0.0
        if row is None or (row.size in (None, UNTOLD) and now >= row.opens_at):
            self._put(conn, None, 0, 1, now + PROBE)
            return 0.0
        if row.size is None:
            return 0.1
        remaining, flying, opens_at = row.remaining, row.flying, row.opens_at
        if now >= opens_at:
            remaining, flying, opens_at = row.size, 0, now + LONGEST
        if remaining - flying <= 0:
            return max(float(opens_at - now) / SECOND, 0.05)
        self._put(conn, row.size, remaining, flying + 1, opens_at)
        return 0.0

    def told(self, size: int, remaining: int, opens_in: float) -> None:
        """Take in what an answer said: requests in a window, those left, and seconds until the next window."""

        def work(conn: sa.Connection) -> None:
            row = conn.execute(sa.select(windows).where(self._mine)).first()
            now = _now()
            opens_at, limit, left, flying = now + int(opens_in * SECOND), size, remaining, 0
            if row is not None:
                flying = max(row.flying - 1, 0)
                if opens_at <= now:  # an answer of a window that has passed
                    limit, left, opens_at = row.size or size, row.remaining, row.opens_at
                elif row.size not in (None, UNTOLD) and opens_at < row.opens_at + 2 * SECOND:
                    left = min(remaining, row.remaining)  # answers overtake each other
            self._put(conn, limit, left, flying, opens_at)

        self._store.write(work)

    def silent(self) -> None:
        """Take in that a request got no answer that told of the window; it may have counted.

        A window of which no answer tells limits nothing, until a minute later one request goes ahead again.
        """

        def work(conn: sa.Connection) -> None:
            w = windows.c
            row = conn.execute(sa.select(windows).where(self._mine)).first()
            if row is not None and row.size is None:  # a server that knows no windows, or is out of order
                self._put(conn, UNTOLD, 0, 0, _now() + MINUTE)
                return
            fewer = {"flying": w.flying - 1, "remaining": w.remaining - 1}
            conn.execute(sa.update(windows).where(self._mine, w.flying > 0, w.size != UNTOLD).values(fewer))

        self._store.write(work)

    def left(self) -> int | None:
        """Return how many requests the window has left; None where nobody has asked within it."""
        row = self._store.read(lambda conn: conn.execute(sa.select(windows).where(self._mine)).first())
        if row is None or row.size in (None, UNTOLD):
            return None
        return int(row.size if _now() >= row.opens_at else max(row.remaining - row.flying, 0))

    def _put(self, conn: sa.Connection, size: int | None, remaining: int, flying: int, opens_at: int) -> None:
        self._store.insert(conn, windows, [(*self._row, size, remaining, flying, opens_at)], "update")


def _now() -> int:
    return time.time_ns() // 1000
