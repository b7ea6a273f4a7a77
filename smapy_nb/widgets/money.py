"""What a refresh costs and what was read before: the archive's answers in the form that a browser takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smapy_nb.errors import SmapyError

if TYPE_CHECKING:
    import pandas as pd

    from smapy_nb.connectors.base import Connector

MANY = 2_000  # accounts; of more, the archive's whole history is not read for a first reading's changes


def price(connector: Connector) -> dict[str, Any]:
    """Return what a refresh costs now: usd and budget_left (text, exact), counts, and when the day ends.

    Empty where it can't be told; the refresh itself then says why.
    """
    try:
        quote = connector.quote(refresh=True)
    except SmapyError:
        return {}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "usd": str(quote.usd),
        "to_pay": quote.to_pay,
        "asked": quote.asked,
        "budget_left": None if quote.budget_left is None else str(quote.budget_left),
        "over": quote.budget_left is not None and quote.usd > quote.budget_left,
        "window_left": quote.window_left,
        "simulated": quote.simulated,
        "day_ends": tomorrow.timestamp() * 1000,
    }


def last_known(connector: Connector) -> pd.DataFrame | None:
    """Return each account's last known followers, for few accounts; None where nothing is known."""
    if len(connector.accounts) > MANY:
        return None
    try:
        known = connector.history().dropna(subset=["followers"])
    except SmapyError:
        return None
    return known.drop_duplicates("account", keep="last") if len(known) else None


def followers(connector: Connector, account: str, most: int = 500) -> tuple[list[float], list[int]]:
    """Return one account's history: times in milliseconds since 1970, and followers."""
    known = connector.history()
    known = known[known["account"] == account].dropna(subset=["followers"]).tail(most)
    return [time.timestamp() * 1000 for time in known["read_at"]], [int(count) for count in known["followers"]]
