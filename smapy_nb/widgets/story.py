"""What was read of accounts before, from the archive, in the form that a browser takes."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from smapy_nb.errors import InvalidInput
from smapy_nb.widgets.columns import KINDS, Packet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from smapy_nb.connectors.base import Connector

LONG = timedelta(days=36_500)  # back to before all readings


def trends(connector: Connector, accounts: Sequence[str], rows: Sequence[int], until: datetime | None) -> Packet:
    """Pack the last followers of some accounts, for a line in each one's row."""
    known = connector.recent_followers(accounts, until=until)
    values = [[count for _, count in known.get(name, ())] for name in accounts]
    ends = array("I", accumulate(map(len, values)))
    flat = array("d", chain.from_iterable(values))
    header = {"kind": "trends", "rows": list(rows), "values": len(flat)}
    return Packet(header, flat.tobytes() + ends.tobytes())


def card(connector: Connector, row: Mapping[str, Any], until: datetime | None) -> dict[str, Any]:
    """Return what a row's card shows beside the columns of the table.

    Keys: times (milliseconds since 1970) and counts of followers; events, newest first: time, what, before and
    after; more and other: name and text of each field that does not travel with the rows, known and unknown ones.
    """
    account = str(row["account"])
    line = connector.recent_followers([account], until=until, most=500).get(account, ())
    rest = {key: value for key, value in row.items() if key not in KINDS or key == "profile_image_url"}
    other = rest.pop("other", None)
    return {
        "times": [moment.timestamp() * 1000 for moment, _ in line],
        "counts": [count for _, count in line],
        "events": _events(connector, account) if account in connector.accounts else [],
        "more": _texts(rest),
        "other": _texts(other) if isinstance(other, dict) else [],
    }


def _texts(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return name and text of each field that is not missing."""
    import pandas as pd

    return [
        (str(key), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
        for key, value in fields.items()
        if not (pd.api.types.is_scalar(value) and pd.isna(value))
    ]


def _events(connector: Connector, account: str, most: int = 20) -> list[tuple[float, str, str, str]]:
    """Return what changed in one account but its followers, newest first: time, what, before and after."""
    known = connector.changes(since=LONG, accounts=[account])
    known = known[known["what"] != "followers"].iloc[::-1].head(most)
    return [
        (time.timestamp() * 1000, str(what), str(before), str(after))
        for time, what, before, after in zip(
            known["read_at"], known["what"], known["before"].fillna(""), known["after"].fillna(""), strict=True
        )
    ]


def largest(counts: Mapping[str, int]) -> list[str]:
    """Return the accounts with most followers, as many as a chart can show."""
    from smapy_nb.archive import growth

    return sorted(counts, key=lambda name: -counts[name])[: growth.LINES]


def picture(known: pd.DataFrame, among: int, *, indexed: bool, dark: bool) -> tuple[bytes, str]:
    """Draw how some accounts grew.

    Args:
        known: their history, as `Connector.history()` gives it.
        among: how many accounts these are the largest of.
        indexed: True draws each account's first value as 100.
        dark: True draws light lines on a dark ground.

    Returns:
        a PNG, and in words what it shows, with the history's own numbers.
    """
    from smapy_nb.archive import growth

    seen = known.dropna(subset=["followers"])
    if seen["read_at"].nunique() < 2:
        raise InvalidInput("A growth chart needs two readings; there is one so far. Refresh again tomorrow.")
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InvalidInput("A chart needs matplotlib: pip install 'smapy-nb[plot]'.") from None
    # No figure of pyplot's: one that is made on a thread would show below whatever cell runs meanwhile.
    figure = Figure(figsize=(8, 4.5), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    if dark:
        _darken(figure, axes)
    growth.plot(known, indexed=indexed, axes=axes)
    drawn = seen["account"].nunique()
    if among > drawn:
        title = f"The {drawn} largest of {among} accounts"
        axes.set_title(title, loc="left", fontsize="medium", color=axes.yaxis.label.get_color())
    out = BytesIO()
    figure.savefig(out, format="png")
    ends = seen.groupby("account")["followers"].agg(["first", "last"]).sort_values("last", ascending=False)
    words = [f"{name}: {int(first):,} → {int(last):,}" for name, first, last in ends.itertuples()]
    return out.getvalue(), "; ".join(words)


def _darken(figure: Figure, axes: Axes) -> None:
    """Use the colours of matplotlib's dark style; the style itself would be everyone's while this is drawn."""
    from matplotlib import style

    dark = style.library["dark_background"]
    axes.set_prop_cycle(dark["axes.prop_cycle"])
    axes.set_facecolor(dark["axes.facecolor"])
    figure.set_facecolor(dark["figure.facecolor"])
    axes.tick_params(color=dark["xtick.color"], labelcolor=dark["xtick.color"])
    axes.yaxis.label.set_color(dark["axes.labelcolor"])
    for spine in axes.spines.values():
        spine.set_color(dark["axes.edgecolor"])
