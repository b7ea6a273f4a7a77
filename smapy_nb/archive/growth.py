"""A chart of growth: matplotlib, because its pictures need no network and stay in the saved notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smapy_nb.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LINES = 10  # more can't be told apart


def plot(
    history: pd.DataFrame,
    column: str = "followers",
    *,
    indexed: bool = False,
    top: int = LINES,
    axes: Axes | None = None,
) -> Axes:
    """Draw the growth of each account in `history` over time.

    Args:
        history: as `Archive.history` returns it.
        column: followers, following, posts, listed, likes or media.
        indexed: True draws each account's first value as 100, so that small and large ones can be compared.
        top: how many accounts to draw: those with most at the end.
        axes: where to; a new figure of pyplot's by default.

    Returns:
        The axes, to be changed further; a notebook shows the chart by itself.

    Raises:
        InvalidInput: no such column, or matplotlib is not installed.
    """
    try:
        from matplotlib.ticker import FuncFormatter
    except ImportError:
        raise InvalidInput("A chart needs matplotlib: pip install 'smapy-nb[plot]'.") from None
    if column not in history or history[column].dtype != "Int64":
        raise InvalidInput(f"There is no count {column!r}; use followers, following, posts, listed, likes or media.")
    lines = {
        str(name): part.set_index("read_at")[column].astype("Float64") for name, part in history.groupby("account")
    }
    lines = {name: line for name, line in lines.items() if line.notna().any()}
    largest = sorted(lines, key=lambda name: -float(lines[name].dropna().iloc[-1]))[:top]
    if axes is None:
        import matplotlib.pyplot as plt

        _, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    ends: list[tuple[float, str, object]] = []
    for name in largest:
        line = lines[name]
        if indexed:
            known = line.dropna()
            line = line / known.iloc[0] * 100 if known.iloc[0] else line * float("nan")
        shown = line.astype("float64")
        (drawn,) = axes.plot(shown.index, shown, marker="o", markersize=3, linewidth=1.6)
        if shown.notna().any():
            ends.append((float(shown.dropna().iloc[-1]), name, drawn.get_color()))
    _name(axes, ends)
    axes.set_ylabel(f"{column}, first reading = 100" if indexed else column)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.tick_params(axis="x", rotation=20)
    if len(lines) > len(largest):
        axes.set_title(f"The {len(largest)} largest of {len(lines)} accounts", loc="left", fontsize="medium")
    return axes


def _name(axes: Axes, ends: list[tuple[float, str, object]]) -> None:
    """Write each line's name at its end, (height, name, colour), and names of lines that end together apart."""
    low, high = axes.get_ylim()
    below = low
    for height, name, colour in sorted(ends, key=lambda end: end[0]):
        below = max(height, below + (high - low) * 0.045)
        axes.annotate(
            name.replace("$", chr(92) + "$"),  # a dollar sign would begin a formula, and a name may hold one
            (1.01, below),
            xycoords=("axes fraction", "data"),
            color=colour,
            va="center",
            annotation_clip=False,
        )
