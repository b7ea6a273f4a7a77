"""Claims: which running look-up is asking for which account, so that each is asked for once.

A run is alive as long as it says so. What a dead one had claimed falls free within a minute; what it had sent
without booking an answer is booked then, because the network may have charged it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading

import sqlalchemy as sa

from smapy_nb.archive.ledger import presume
from smapy_nb.archive.schema import claims, runs
from smapy_nb.archive.store import Store
from smapy_nb.errors import ArchiveError

BEAT = 8.0  # seconds between two signs of life
LEASE = 50.0  # seconds of silence after which a run counts as dead


class Lease:
    """One run's sign of life: a row that a thread renews, where threads can start."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.run = secrets.token_hex(8)
        self.begun = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, conn: sa.Connection) -> None:
        """Write the row. Later calls renew it."""
        self.begun = True
        self.store.insert(conn, runs, [(self.run, socket.gethostname(), os.getpid(), 0)], "update")
        self._renew(conn)
        if self._thread is None:
            self._thread = threading.Thread(target=self._beat, name="smapy_nb archive", daemon=True)
            with contextlib.suppress(RuntimeError):  # no threads here: each step of the run renews it instead
                self._thread.start()

    def end(self, conn: sa.Connection) -> None:
        """Take the row and all claims away; what was sent and not booked is booked as presumed."""
        _bury(self.store, conn, [self.run])

    def stop(self) -> None:
        """Stop the thread."""
        self._ended.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            # A database that is away for a moment is no reason to die: the next beat may reach it.
            with contextlib.suppress(ArchiveError):
                self.store.write(self._renew, alone=False)  # in a busy class, a turn may come too late

    def _renew(self, conn: sa.Connection) -> None:
        conn.execute(sa.update(runs).where(runs.c.run == self.run).values(seen_at=self.store.clock()))


def dead(store: Store, conn: sa.Connection) -> list[str]:
    """Return the runs that no longer live: silent for too long, or of a process of this machine that ended."""
    alive_since = store.clock() - int(LEASE * 1_000_000)
    query = sa.select(runs.c.run, runs.c.host, runs.c.pid, runs.c.seen_at < alive_since)
    here = socket.gethostname()
    return [run for run, host, pid, silent in conn.execute(query) if silent or (host == here and not _alive(pid))]


def bury_dead(store: Store, conn: sa.Connection) -> None:
    """Recover what dead runs left behind; `conn` is of a `Store.write`."""
    if found := dead(store, conn):
        _bury(store, conn, found)


def _bury(store: Store, conn: sa.Connection, dead: list[str]) -> None:
    theirs = store.among(claims.c.run, dead)
    presume(store, conn, theirs)
    conn.execute(sa.delete(claims).where(theirs))
    conn.execute(sa.delete(runs).where(store.among(runs.c.run, dead)))


def _alive(pid: int) -> bool:
    """Tell whether a process of this machine lives; True where that can't be told."""
    if os.name != "posix":  # on Windows, signal 0 is Ctrl+C
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
