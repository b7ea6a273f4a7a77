"""How an account's numbers go on: one closed formula a curve, so that day 30 needs no day 29."""

from __future__ import annotations

import math
from collections.abc import Callable

from smapy_nb.sandbox.people.chance import between, whole
from smapy_nb.sandbox.people.person import Person


def followers(person: Person, day: int, seed: int) -> int:
    """Return how many follow `person` after `day` days; on day 0 exactly `person.followers`."""
    if day <= 0:
        return person.followers
    return max(0, round(CURVES[person.growth](person.followers, day, f"{seed}:{person.id}")))


def posts(person: Person, day: int, seed: int) -> int:
    """Return how many Posts `person` has made after `day` days."""
    if person.growth == "dormant":
        return person.posts
    a_day = between(0.05, 9, seed, person.id, "posts")
    return person.posts + math.floor(a_day * day)


def _steady(start: int, day: int, who: str) -> float:
    rate = between(0.0004, 0.004, who, "rate")
    wobble = between(-0.0006, 0.0006, who, day)
    return start * (1 + rate) ** day * (1 + wobble) + day


def _viral(start: int, day: int, who: str) -> float:
    begins = 2 + whole(who, "begins") % 5
    since = day - begins + 1
    burst = max(start, 500) * between(1.5, 8, who, "burst") * (1 - math.exp(-since / 2)) if since > 0 else 0
    return _steady(start, day, who) + burst


def _decline(start: int, day: int, who: str) -> float:
    return start * (1 - between(0.004, 0.02, who, "rate")) ** day


def _bought(start: int, day: int, who: str) -> float:
    bought_on = 2 + whole(who, "begins") % 4
    if day < bought_on:
        return start
    # Bought followers come in one night, all at once, and are purged little by little from the second week on.
    many = max(start, 1000) * between(1, 4, who, "burst")
    return start + many * 0.96 ** max(0, day - bought_on - 6)


def _dormant(start: int, _day: int, _who: str) -> float:
    return start


CURVES: dict[str, Callable[[int, int, str], float]] = {
    "steady": _steady,
    "viral": _viral,
    "decline": _decline,
    "bought": _bought,
    "dormant": _dormant,
}
