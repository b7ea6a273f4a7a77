"""How often, and how soon again: tries after a failure that may pass."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from smapy_nb.errors import ServerFailed, Unreachable

T = TypeVar("T")


@dataclass(frozen=True)
class Pace:
    """How patient a session is.

    Attributes:
        tries: how often a request is sent before its failure counts.
        wait: seconds before the second try; doubled for each further one, plus up to a half by chance, so
            that a class of kernels does not come back all at once.
    """

    tries: int = 3
    wait: float = 0.5

    def patiently(self, send: Callable[[], T]) -> T:
        """Call `send` until it succeeds. Only what may pass is tried again: 5xx and broken connections."""
        for number in range(self.tries):
            try:
                return send()
            except (ServerFailed, Unreachable):
                if number + 1 == self.tries:
                    raise
            time.sleep(self.wait * 2**number * random.uniform(1.0, 1.5))  # noqa: S311  # not for secrecy
        raise AssertionError("a Pace has at least one try")
