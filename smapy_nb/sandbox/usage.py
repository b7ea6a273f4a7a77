"""GET /2/usage/tweets: how many Posts the project has read; users are not counted there."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from smapy_nb.sandbox import dialects, problems
from smapy_nb.sandbox.dialects import Dialect
from smapy_nb.sandbox.fields import iso
from smapy_nb.sandbox.identities import App
from smapy_nb.sandbox.lookups import JSON
from smapy_nb.sandbox.message import Answer, Json, Request
from smapy_nb.sandbox.problems import Refusal

CAP = 3_000_000  # Post reads in a month; x-api/fundamentals/post-cap, August 2026
_DEFAULT = ("cap_reset_day", "project_cap", "project_id", "project_usage")


def usage(request: Request, app: App, posts: dict[date, int], now: datetime, dialect: Dialect) -> Answer:
    """Answer with the Posts read on each of the last days.

    Args:
        request: what was asked.
        app: whose project it is.
        posts: day (UTC) → Posts read on it.
        now: the simulated time.
        dialect: numbers in the older one, strings in the newer.
    """
    days = (request.query.get("days") or ["7"])[-1]
    if not (days.isascii() and days.isdigit() and len(days) < 9 and 1 <= int(days) <= 90):
        message = f"The `days` query parameter value [{days}] is not between 1 and 90"
        raise Refusal(problems.invalid("days", [days], message, dialect))

    def number(value: int) -> Any:
        # The older description has numbers here, the newer one strings.
        return value if dialect == "tweet" else str(value)

    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days_back = [midnight - timedelta(days=back) for back in range(int(days))]
    entries = [{"date": iso(day), "usage": number(posts.get(day.date(), 0))} for day in days_back]
    next_month = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    every: Json = {
        "cap_reset_day": (next_month - midnight).days,
        "daily_client_app_usage": [
            {"client_app_id": str(app.id), "usage": entries, "usage_result_count": len(entries)}
        ],
        "daily_project_usage": {"project_id": number(app.id), "usage": entries},
        "project_cap": number(CAP),
        "project_id": str(app.id),
        "project_usage": number(sum(posts.values())),
    }
    wanted = dialects.values("usage.fields", request)
    return Answer(
        200, {"data": {name: every[name] for name in every if name in wanted or name in _DEFAULT}}, dict(JSON)
    )
