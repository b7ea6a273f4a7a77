"""Together: a rate-limit window that all kernels of a class use with care, by way of their common archive."""

from __future__ import annotations

from collections.abc import Mapping

from smapy_nb.archive.windows import SharedWindow
from smapy_nb.transport.pacing import Window, server_time


class Together(Window):
    """A window of which other kernels take requests too: each one is asked for in the archive first."""

    def __init__(self, shared: SharedWindow) -> None:
        self._shared = shared
        self._in_hand = 0  # requests that the archive has let through and that have not left yet
        self._flying = 0
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
            self._in_hand = max(self._in_hand - 1, 0)
        self._flying = number

    @property
    def opens_at(self) -> float:
        """When the next request may leave, by the clock of the pace."""
        return self._opens_at if self._others_until is None else self._others_until

    @opens_at.setter
    def opens_at(self, moment: float) -> None:
        self._opens_at = moment

    def free(self, now: float, blindly: int) -> int:
        """See `Window`; one at a time, since each is taken out of the common window."""
        if self._others_until is not None and now < self._others_until:
            return 0
        self._others_until = None
        if (own := super().free(now, blindly)) <= 0:
            return own
        if not self._in_hand:
            if seconds := self._shared.take():
                self._others_until = now + seconds
                return 0
            self._in_hand = 1
        return 1

    def hear(self, headers: Mapping[str, str], now: float) -> None:
        """See `Window`; what is heard is passed on."""
        super().hear(headers, now)
        told = [headers.get(f"x-rate-limit-{name}", "") for name in ("limit", "remaining", "reset")]
        if all(one.isascii() and one.isdigit() and len(one) < 16 for one in told):
            limit, left, reset = map(int, told)
            self._shared.told(limit, left, reset - server_time(headers))
        else:
            self._shared.silent()
