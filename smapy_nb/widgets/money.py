"""What a refresh costs, in the form that a browser takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from smapy_nb.archive.prices import dollars
from smapy_nb.errors import SmapyError

if TYPE_CHECKING:
    from smapy_nb.archive.budget import Budget
    from smapy_nb.connectors.base import Connector


def price(connector: Connector) -> dict[str, Any]:
    """Return what a refresh costs now: usd, spent, budget and budget_left (text, exact), counts, when the day ends.

    Empty where it can't be told; the refresh itself then says why.
    """
    try:
        quote = connector.quote(refresh=True)
    except SmapyError:
        return {}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    limit = None if quote.budget_left is None else connector.budget
    return {
        "usd": str(quote.usd),
        "spent": str(quote.spent),
        "budget": limit and str(dollars(limit.micro)),
        "per": limit.per if limit else "day",
        "allow": limit and _allowing(limit, quote.spent + quote.usd),
        "to_pay": quote.to_pay,
        "asked": quote.asked,
        "budget_left": None if quote.budget_left is None else str(quote.budget_left),
        "over": quote.budget_left is not None and quote.usd > quote.budget_left,
        "window_left": quote.window_left,
        "simulated": quote.simulated,
        "day_ends": tomorrow.timestamp() * 1000,
    }


def _allowing(budget: Budget, usd: Decimal) -> str:
    """Return what a person may assign as budget, so that it is `usd`."""
    usd = usd.quantize(Decimal("0.01"), ROUND_UP)
    person = f", person={budget.person!r}" if budget.person else ""
    return str(usd) if budget.per == "day" and not person else f"Budget(usd={usd}, per={budget.per!r}{person})"
