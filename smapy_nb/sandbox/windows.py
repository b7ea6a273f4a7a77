"""Rate-limit windows, as published: so many requests in 15 minutes, for each route and each asker apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smapy_nb.sandbox.message import Answer
from smapy_nb.sandbox.problems import plain

LENGTH = timedelta(minutes=15)

# Route → requests in a window for (an app with its bearer token, a user's token); 0: not for these.
# From x-api/fundamentals/rate-limits, August 2026.
PUBLISHED: dict[str, tuple[int, int]] = {
    "/2/users": (300, 900),
    "/2/users/:id": (300, 900),
    "/2/users/by": (300, 900),
    "/2/users/by/username/:username": (300, 900),
    "/2/users/me": (0, 75),
    "/2/usage/tweets": (50, 0),
}


@dataclass
class Window:
    """One asker's window on one route."""

    limit: int
    used: int
    ends: datetime

    @property
    def left(self) -> int:
        """Requests that may still be made in it."""
        return max(0, self.limit - self.used)


class Windows:
    """Every window of a sandbox.

    Args:
        limits: route (as in `PUBLISHED`) → other limits: a number for both sorts of asker, or a pair.

    Raises:
        ValueError: a route that has no window, or a limit that is no number.
    """

    def __init__(self, limits: Mapping[str, int | tuple[int, int]] | None = None) -> None:
        self.limits = dict(PUBLISHED)
        self.set(limits or {})
        self.usual = dict(self.limits)
        self.open: dict[tuple[str, str], Window] = {}

    def set(self, limits: Mapping[str, int | tuple[int, int]]) -> None:
        """Change limits; windows that are open keep what they have."""
        for route, limit in limits.items():
            if route not in PUBLISHED:
                raise ValueError(f"{route!r} has no rate limit; use one of {', '.join(PUBLISHED)}.")
            app, user = (limit, limit) if isinstance(limit, int) else limit
            if min(app, user) < 0:
                raise ValueError(f"The limit of {route} must be 0 or more.")
            published = PUBLISHED[route]
            self.limits[route] = (app if published[0] else 0, user if published[1] else 0)

    def take(self, route: str, asker: str, *, user: bool, now: datetime, wall: float) -> tuple[bool, dict[str, str]]:
        """Count one request; return whether it is within the limit, and the headers that tell.

        The reset is told in the wall's time, since a client waits by its own clock.
        """
        # It ends on a whole second of the wall, so that what a client is told is exactly when it opens.
        ends = now + LENGTH - timedelta(seconds=wall % 1)
        window = self.open.get((route, asker))
        if window is None or window.ends <= now:
            window = self.open[route, asker] = Window(self.limits[route][user], 0, ends)
        within = window.used < window.limit
        if within:
            window.used += 1
        resets = wall + (window.ends - now).total_seconds()
        return within, {
            "x-rate-limit-limit": str(window.limit),
            "x-rate-limit-remaining": str(window.left),
            "x-rate-limit-reset": str(round(resets)),
        }

    def refuse(self) -> Answer:
        """Return X's 429."""
        return plain(429, reason="the rate-limit window is used up")
