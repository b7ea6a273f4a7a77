"""Together: a rate-limit window that all kernels of a class use with care, by way of their common archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smapy_nb.archive.windows import ENDLESS, Grant, SharedWindow, Told
from smapy_nb.transport.pacing import Clock, Window, server_time

MOST = 32  # requests taken out at once; fewer at first, since most look-ups are one request
HOLD = 60.0  # seconds after which what was taken out and not sent is given up
SHORTLY, LONG = 0.05, 1.0  # seconds: how often another kernel's first answer is asked after


class Together(Window):
    """A window of which other kernels take requests too: each one is taken out of the common one first.

    Args:
        shared: the window as the archive knows it.
        clock: of the pace.
    """

    def __init__(self, shared: SharedWindow, clock: Clock) -> None:
        self._shared, self._clock = shared, clock
        self._in_hand = 0  # requests that were taken out and have not left yet
        self._until = 0.0  # how long they hold
        self._most = 1  # how many to take out next
        self._first = False  # the others wait for what the next answer says
        self._endless = False  # answers tell of no window
        self._flying = self._answered = 0  # on their way; over, which the archive was not told so far
        self._told: tuple[Told, float] | None = None  # what the newest answer said, and when
        self._turns = 0.0  # by the server's clock, when the window turns of which was told last
        self._pause = SHORTLY
        self._opens_at = 0.0
        self._others_until: float | None = None  # when to ask the archive again, where it said no
        super().__init__()

    @property
    def flying(self) -> int:
        """Requests of this kernel that are on their way."""
        return self._flying

    @flying.setter
    def flying(self, number: int) -> None:
        if number > self._flying:
            self._in_hand = max(self._in_hand - (number - self._flying), 0)
        else:
            self._answered += self._flying - number
        self._flying = number

    @property
    def opens_at(self) -> float:
        """When the next request may leave, by the clock of the pace."""
        return self._opens_at if self._others_until is None else self._others_until

    @opens_at.setter
    def opens_at(self, moment: float) -> None:
        self._opens_at = moment

    def free(self, now: float, blindly: int) -> int:
        """See `Window`; as many as this kernel has taken out of the common window."""
        if self._others_until is not None and now < self._others_until:
            return 0
        self._others_until = None
        own = super().free(now, blindly) if self.left is not None else MOST
        if own <= 0:
            return own
        if self._in_hand <= 0 or now >= self._until:
            self._take(now)
        return min(own, self._in_hand)

    def recall(self) -> None:
        """See `Window`; it is in hand again."""
        self._flying -= 1
        self._in_hand += 1

    def hear(self, headers: Mapping[str, str], now: float) -> None:
        """See `Window`; what is news to the others is passed on at once."""
        super().hear(headers, now)
        self._others_until = None
        told = [headers.get(f"x-rate-limit-{name}", "") for name in ("limit", "remaining", "reset")]
        if all(one.isascii() and one.isdigit() and len(one) < 16 for one in told):
            size, left, reset = map(int, told)
            self._told = Told(size, left, reset - server_time(headers)), now
            if self._first or reset > self._turns + 2 or left < self._in_hand:
                self._exchange(now)
            self._first, self._turns = False, max(self._turns, reset)
        elif self._first:
            self._first = False
            self._shared.silent(lost=not headers)

    def shut(self, until: float) -> None:
        """See `Window`; nobody's request is let through."""
        super().shut(until)
        now = self._clock.now()
        self._in_hand = 0
        self._told = Told(self.limit or 1, 0, until - now), now
        self._exchange(now)

    def give_back(self) -> None:
        """Leave to the others what was taken out and is not needed now."""
        self._most = 1
        if self._endless or not (self._in_hand or self._answered):
            return
        if self._first and self._in_hand:
            self._shared.silent(lost=True)
        else:
            self._exchange(self._clock.now(), back=True)
        self._first, self._in_hand = False, 0

    def _take(self, now: float) -> None:
        grant = self._exchange(now, self._most)
        self._in_hand = grant.requests
        if grant.requests:
            self._first, self._endless = grant.first, grant.requests == ENDLESS
            self._until = now + min(grant.seconds or HOLD, HOLD)
            self._most, self._pause = min(2 * self._most, MOST), SHORTLY
        elif grant.seconds is None:
            self._others_until, self._pause = now + self._pause, min(1.5 * self._pause, LONG)
        else:
            self._others_until = now + grant.seconds

    def _exchange(self, now: float, want: int = 0, *, back: bool = False) -> Grant:
        told = None
        if self._told is not None:
            told = replace(self._told[0], opens_in=self._told[0].opens_in - (now - self._told[1]))
        unsent = self._in_hand if back and now < self._until else 0
        answered = 0 if self._endless else self._answered
        self._told, self._answered = None, 0
        return self._shared.exchange(want, back=unsent, answered=answered, told=told)
