"""Numbers that look random and are the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_SPAN = 1 << 64


def whole(*what: object) -> int:
    """Return a 64-bit number that depends on nothing but `what`."""
    text = "\x1f".join(str(part) for part in what)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def between(low: float, high: float, *what: object) -> float:
    """Return a number from `low` to below `high` that depends on nothing but `what`."""
    return low + (high - low) * (whole(*what) / _SPAN)


def pick(choices: Sequence[T], *what: object) -> T:
    """Return the one of `choices` that `what` leads to."""
    return choices[whole(*what) % len(choices)]
