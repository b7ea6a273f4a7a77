"""How often, how soon again, how many side by side, and when a rate-limit window lets a request through."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Protocol, TypeVar

from smapy_nb.errors import BadAnswer, ServerFailed, Unreachable

T = TypeVar("T")

PASSING = (ServerFailed, Unreachable, BadAnswer)  # failures that may be gone at the next try
MARGIN = 0.3  # seconds after a reset: servers round it


class Clock(Protocol):
    """What waiting is measured by, so that a test can wait fifteen minutes in no time."""

    def now(self) -> float:
        """Return seconds since some moment."""

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        """Wait, or until `stop` is set."""


class WallClock:
    """The real one."""

    def now(self) -> float:
        """Return seconds that no change of the computer's clock touches."""
        return time.monotonic()

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        """Wait, or until `stop` is set."""
        stop.wait(seconds)


@dataclass(frozen=True)
class Pace:
    """How patient, and how eager, a run is.

    Attributes:
        tries: how often a request is sent before its failure counts.
        wait: seconds before the second try; doubled for each further one, plus up to a half by chance, so
            that a class of kernels does not come back all at once.
        connect: seconds to wait for a connection.
        silence: seconds to wait for the next byte of an answer.
        whole: seconds to wait for a whole answer.
        most: requests side by side at most; how many there are follows from how far the server is.
        clock: what waiting is measured by.
    """

    tries: int = 3
    wait: float = 0.5
    connect: float = 5.0
    silence: float = 30.0
    whole: float = 60.0
    most: int = 32
    clock: Clock = field(default_factory=WallClock, repr=False)

    def pause(self, number: int) -> float:
        """Return how many seconds to wait after try `number` (from 1)."""
        return self.wait * 2.0 ** (number - 1) * random.uniform(1.0, 1.5)  # noqa: S311  # not for secrecy

    def patiently(self, send: Callable[[], T]) -> T:
        """Call `send` until it succeeds. Only what may pass is tried again: 5xx, broken connections and answers."""
        for number in range(1, self.tries):
            try:
                return send()
            except PASSING:
                self.clock.sleep(self.pause(number), threading.Event())
        return send()


class Window:
    """One rate-limit window: how many more requests the server takes, and when it takes more again.

    A window not heard of lets one request through, and more only where its answer is long in coming: what is
    left of a window is known from the first answer on, and a request too many is a 429 of our own making.
    """

    def __init__(self) -> None:
        self.flying = 0
        self.limit: int | None = None
        self.left: int | None = None
        self.opens_at = -math.inf  # by the clock of the pace
        self.heard = False
        self._reset = -math.inf  # by the server's clock: tells a new window from a late answer of the old one

    def free(self, now: float, blindly: int) -> int:
        """Return how many requests may leave now; `blindly` is how many may fly before anything is known."""
        if self.left is not None and now >= self.opens_at:
            self.left, self.opens_at = self.limit, math.inf  # a new window; its own reset comes with an answer
        if self.left is None:
            return (10**9 if self.heard else blindly) - self.flying
        return self.left - self.flying

    def recall(self) -> None:
        """A request that was about to leave has not left."""
        self.flying -= 1

    def hear(self, headers: Mapping[str, str], now: float) -> None:
        """Take in what an answer says of the window (FACTS 30). An answer that says nothing limits nothing."""
        self.heard = True
        limit, left, reset = (_whole(headers.get(f"x-rate-limit-{name}")) for name in ("limit", "remaining", "reset"))
        if left is None or reset is None or reset < self._reset - 2:
            return
        if reset > self._reset + 2 or self.left is None:
            self.left = left
        else:
            self.left = min(self.left, left)
        self.limit, self._reset = max(limit or 0, 1), max(reset, self._reset)
        self.opens_at = now + max(reset - server_time(headers), 0) + MARGIN

    def shut(self, until: float) -> None:
        """Let nothing through before `until`: the server has refused one."""
        self.left, self.opens_at = 0, until


def server_time(headers: Mapping[str, str]) -> float:
    """Return the server's time in Unix seconds. ``Date`` has no fractions, so ours is taken where both agree."""
    ours = time.time()
    try:
        theirs = parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return ours
    return ours if -1 <= ours - theirs <= 2 else theirs


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
