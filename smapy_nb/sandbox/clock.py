"""The sandbox's clock: real time, moved forward as far as asked."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

DAY = timedelta(days=1)


class Clock:
    """Two times in one: the wall's, which both sides of a connection share, and the simulated one.

    Signatures, ``Date`` and ``x-rate-limit-reset`` are told in the wall's time, because a client compares them
    with its own clock. People, events, windows and billing live in simulated time, which runs as fast as the
    wall's and is ahead of it by what `advance` added.

    Args:
        start: the first simulated moment (UTC where it names no zone); now, where left out.
    """

    def __init__(self, start: datetime | None = None) -> None:
        now = datetime.now(UTC)
        begin = now if start is None else start if start.tzinfo else start.replace(tzinfo=UTC)
        self._ahead = begin.astimezone(UTC) - now
        self.started = now + self._ahead

    def wall(self) -> float:
        """Return the real time in Unix seconds."""
        return time.time()

    def now(self) -> datetime:
        """Return the simulated time (UTC)."""
        return datetime.now(UTC) + self._ahead

    @property
    def day(self) -> int:
        """Whole simulated days since the start: 0 on the first day."""
        return max(0, (self.now() - self.started) // DAY)

    @property
    def ahead(self) -> timedelta:
        """How far the simulated time is ahead of the wall's."""
        return self._ahead

    def advance(self, **by: float) -> datetime:
        """Move the simulated time forward, as ``advance(minutes=15)`` or ``advance(days=1)``, and return it.

        Args:
            by: what `datetime.timedelta` takes: days, hours, minutes, seconds, weeks.

        Raises:
            ValueError: the step leads backwards; people can't be un-aged, so start another sandbox.
        """
        step = timedelta(**by)
        if step < timedelta(0):
            raise ValueError("The sandbox's clock only goes forward; start another sandbox to go back.")
        self._ahead += step
        return self.now()

    def put(self, started: datetime, now: datetime) -> None:
        """Set both ends, as a saved state has them."""
        self._ahead = now - datetime.now(UTC)
        self.started = started
