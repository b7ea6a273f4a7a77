"""Terms: for whom, at what price and within which budget a look-up runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smapy_nb.archive.budget import Budget


@dataclass(frozen=True)
class Terms:
    """On which terms a look-up runs. Plain data: the archive knows neither networks nor tokens.

    Attributes:
        app: the app's fingerprint; see `Archive.fingerprint`.
        person: who is asking.
        micro: the price of a profile in micro-dollars.
        budget: None for no limit.
        default: True where nobody chose that budget; it then limits real money only.
        max_age: readings at most this old are taken from the archive instead of being asked for again.
        simulated: True where a sandbox is about to be asked. An answer may say otherwise: it decides.
        now: the clock that days and ages are told by.
        idle: called when nothing is sent for a while: before the run waits for others, and at its end.
    """

    app: str
    person: str = ""
    micro: int = 0
    budget: Budget | None = None
    default: bool = False
    max_age: timedelta = timedelta(0)
    simulated: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    idle: Callable[[], None] = lambda: None
