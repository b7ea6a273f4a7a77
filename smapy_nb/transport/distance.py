"""How far a server is, as its answers tell, and how many requests side by side that makes worth while."""

from __future__ import annotations

import math
from collections import deque

BLINDLY = 4  # requests that may fly before any answer has told what is left of the window
FAR = 0.012  # seconds without any answer after which the server counts as far
NUDGE = 0.002  # seconds between two requests that are sent blindly
WORK = 0.001  # seconds of this computer's work that a request costs: more side by side than that would only queue
NEAR = 0.01  # seconds: a server that answers so soon is asked without threads, which cost more than the waiting


class Distance:
    """How long the last answers took.

    Args:
        most: requests side by side at most.

    Attributes:
        blindly: how many requests may fly while nothing is known; a server that is long in answering is sent more.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._took: deque[float] = deque(maxlen=8)
        self.blindly = 1

    def heard(self, took: float) -> None:
        """An answer took so many seconds."""
        self._took.append(took)

    @property
    def near(self) -> bool:
        """Whether a thread would cost more than the waiting."""
        return bool(self._took) and max(self._took) < NEAR

    def room(self) -> tuple[int, int]:
        """Return how many threads may ask, and how many requests may wait for one of them.

        One thread for a near server, as many as help for a far one. A thread that is free takes the next request by
        itself.
        """
        if self.near:
            return 1, 0
        if not self._took:
            return self.blindly, 0
        threads = min(self._most, max(2, math.ceil(min(self._took) / WORK)))
        return threads, threads

    def patience(self) -> float | None:
        """Return how many seconds to wait before `be_bold`; None where that would change nothing."""
        if self._took or self.blindly >= BLINDLY:
            return None
        return NUDGE if self.blindly > 1 else FAR

    def be_bold(self) -> bool:
        """No answer has come: let one more fly; True where that was the last one more."""
        if self._took or self.blindly >= BLINDLY:
            return False
        self.blindly += 1
        return self.blindly == BLINDLY
