"""Faults on request: what a real network does to a client, by route, rate and time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from smapy_nb.sandbox.people.chance import between

# What each kind does; the words are shown on the local page.
KINDS = {
    "429": "the window is said to be empty; it opens in `seconds` (900 where left out)",
    "429-no-reset": "the window is said to be empty, and nothing tells until when",
    "usage-cap": "the month's cap of Posts is used up",
    "402": "no credits are left, whatever the balance says",
    "401": "the keys are refused, as after a revocation",
    "403": "the app is not in a project that may do this",
    "404-single": "looking up one account that is not there answers 404, as the guide says",
    "500": "the server fails",
    "502": "a gateway fails",
    "503": "the server is overloaded",
    "504": "a gateway waited too long",
    "html": "a page of HTML comes with status 200, as from a hotel's sign-in page",
    "html-503": "a page of HTML comes with status 503, as during maintenance",
    "slow": "the answer takes `seconds` (3 where left out)",
    "cut": "the connection ends in the middle of the answer",
    "reset": "the connection is reset before the answer",
    "skew": "the server's clock is `seconds` ahead (600 where left out; may be negative)",
    "renamed": "the vendor renames the field `field` to `to`",
    "silent": "accounts that can't be given are left out without an error",
}
_USUAL_SECONDS = {"429": 900.0, "slow": 3.0, "skew": 600.0}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: one of `KINDS`.
        route: paths it strikes; ``*`` stands for anything, as in ``/2/users/by*``.
        rate: how many of the requests there, from 0 to 1.
        after: requests there that are let through first.
        times: how many it strikes; as many as come, where None.
        begins: simulated minutes from when it was set until it begins.
        lasts: simulated minutes it lasts; for ever, where None.
        seconds: how slow, how far ahead, until when; see `KINDS`.
        field: what ``renamed`` renames.
        to: what it is called then.

    Raises:
        ValueError: a value that can't be; the sentence says which and what to give.
    """

    kind: str
    route: str = "*"
    rate: float = 1
    after: int = 0
    times: int | None = None
    begins: float = 0
    lasts: float | None = None
    seconds: float = 0
    field: str = ""
    to: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no kind of fault; use one of {', '.join(KINDS)}.")
        if not 0 <= self.rate <= 1:
            raise ValueError("A fault's rate goes from 0 (never) to 1 (always).")
        if min(self.after, self.times or 0, self.begins, self.lasts or 0) < 0:
            raise ValueError("A fault's after, times, begins and lasts can't be negative.")
        if self.kind == "renamed" and not (self.field and self.to):
            raise ValueError("The fault 'renamed' needs a field and what it is renamed to.")
        if self.kind == "slow" and self.seconds < 0:
            raise ValueError("A fault can't answer before it was asked: seconds must be 0 or more.")
        if not self.seconds and self.kind in _USUAL_SECONDS:
            object.__setattr__(self, "seconds", _USUAL_SECONDS[self.kind])


def fault(kind: str, **settings: Any) -> Fault:
    """Make a fault from named settings, such as a file holds.

    Raises:
        ValueError: a setting that no fault has, of a wrong type, or with a value that can't be.
    """
    known = {one.name: str(one.type) for one in fields(Fault)}
    for name, value in settings.items():
        if name not in known:
            raise ValueError(f"A fault has no setting {name!r}; it has {', '.join(known)}.")
        wanted = known[name].partition(" ")[0]
        fits = {"str": (str,), "int": (int,), "float": (int, float)}[wanted]
        if isinstance(value, bool) or not isinstance(value, fits):
            raise ValueError(f"A fault's {name!r} must be {'text' if wanted == 'str' else 'a number'}.")
    return Fault(kind, **settings)


class Faults:
    """The faults that are on in one sandbox, and how often each has struck.

    Args:
        seed: what decides which requests a rate below 1 strikes.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.on: list[Fault] = []
        self._since: list[datetime] = []
        self._met: list[int] = []
        self.struck: list[int] = []

    def add(self, fault: Fault, now: datetime) -> None:
        """Turn a fault on, from `now` (simulated) on."""
        self.on.append(fault)
        self._since.append(now)
        self._met.append(0)
        self.struck.append(0)

    def clear(self) -> None:
        """Turn all faults off."""
        for kept in (self.on, self._since, self._met, self.struck):
            kept.clear()

    def kept(self) -> list[tuple[Fault, datetime, int, int]]:
        """Return each fault with since when it is on, how many requests it met, how many it struck."""
        return list(zip(self.on, self._since, self._met, self.struck, strict=True))

    def restore(self, kept: list[tuple[Fault, datetime, int, int]]) -> None:
        """Have these faults in place of those that are on."""
        self.clear()
        for fault, since, met, struck in kept:
            self.add(fault, since)
            self._met[-1], self.struck[-1] = met, struck

    def strike(self, path: str, now: datetime) -> dict[str, Fault]:
        """Return the faults that strike this request, by kind, and count them."""
        found: dict[str, Fault] = {}
        for number, fault in enumerate(self.on):
            since = now - self._since[number]
            if not fnmatchcase(path, fault.route) or since < timedelta(minutes=fault.begins):
                continue
            if fault.lasts is not None and since >= timedelta(minutes=fault.begins + fault.lasts):
                continue
            self._met[number] += 1
            met = self._met[number]
            if met <= fault.after or (fault.times is not None and self.struck[number] >= fault.times):
                continue
            if between(0, 1, self.seed, number, fault.kind, met) < fault.rate:
                self.struck[number] += 1
                found.setdefault(fault.kind, fault)
        return found
