"""What a refresh costs and what was read before: the archive's answers in the form that a browser takes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from io import BytesIO
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from smapy_nb.archive.prices import dollars
from smapy_nb.errors import InvalidInput, SmapyError
from smapy_nb.widgets.columns import Packet

if TYPE_CHECKING:
    import pandas as pd

    from smapy_nb.archive.budget import Budget
    from smapy_nb.connectors.base import Connector

MANY = 2_000  # accounts; of more, the archive's whole history is not read for a first reading's changes


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


def events(connector: Connector, account: str, most: int = 20) -> list[tuple[float, str, str, str]]:
    """Return what changed in one account but its followers, newest first: time, what, before and after."""
    if len(connector.accounts) > MANY:
        return []
    known = connector.changes(since=timedelta(days=36_500))
    known = known[(known["account"] == account) & (known["what"] != "followers")].iloc[::-1].head(most)
    return [
        (time.timestamp() * 1000, str(what), str(before), str(after))
        for time, what, before, after in zip(
            known["read_at"], known["what"], known["before"].fillna(""), known["after"].fillna(""), strict=True
        )
    ]


def trends(connector: Connector, accounts: Sequence[str], most: int = 30) -> Packet | None:
    """Pack the last followers of each account, for a line in its row; None for many accounts, or no history."""
    if len(accounts) > MANY:
        return None
    try:
        known = connector.history().dropna(subset=["followers"])
    except SmapyError:
        return None
    lines = {
        str(name): part.tail(most).to_numpy(dtype="float64") for name, part in known.groupby("account")["followers"]
    }
    values = [lines.get(name, ()) for name in accounts]
    if max(map(len, values), default=0) < 2:
        return None
    ends = array("I", accumulate(map(len, values)))
    flat = array("d", chain.from_iterable(values))
    return Packet({"kind": "trends", "rows": len(values), "values": len(flat)}, flat.tobytes() + ends.tobytes())


def picture(connector: Connector, accounts: Sequence[str], *, indexed: bool, dark: bool) -> tuple[bytes, str]:
    """Draw the growth of some accounts (of the ten largest, where none are named).

    Returns:
        a PNG, and in words what it shows, with the history's own numbers.
    """
    from smapy_nb.archive import growth

    known = connector.history()
    if accounts:
        known = known[known["account"].isin(accounts)]
    seen = known.dropna(subset=["followers"])
    if seen["read_at"].nunique() < 2:
        raise InvalidInput("A growth chart needs two readings; there is one so far. Refresh again tomorrow.")
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise InvalidInput("A chart needs matplotlib: pip install 'smapy-nb[plot]'.") from None
    with plt.style.context("dark_background" if dark else "default"):
        axes = growth.plot(known, indexed=indexed)
        figure = axes.get_figure()
        out = BytesIO()
        figure.savefig(out, format="png", dpi=110)  # type: ignore[union-attr]  # axes just made have a figure
        plt.close(figure)  # type: ignore[arg-type]  # else the notebook would show it a second time
    ends = seen.groupby("account")["followers"].agg(["first", "last"]).sort_values("last", ascending=False)
    words = [f"{name}: {int(first):,} → {int(last):,}" for name, first, last in ends.head(growth.LINES).itertuples()]
    return out.getvalue(), "; ".join(words)
