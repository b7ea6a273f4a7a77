"""A frame as a plain table: what a page shows where no kernel lives, and what a terminal shows."""

from __future__ import annotations

import html
from numbers import Integral
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FIRST = 100  # rows; a published notebook must stay small
_SHOWN = {
    "account": "Account",
    "handle": "Handle",
    "name": "Name",
    "followers": "Followers",
    "following": "Following",
    "posts": "Posts",
    "outcome": "Outcome",
    "reason": "Reason",
}


def as_html(frame: pd.DataFrame, rows: int = FIRST) -> str:
    """Return the first rows as an HTML table. Every value is escaped; there is no script, style or image."""
    keys = [key for key in _SHOWN if key in frame]
    lines = [
        "<table>",
        f"<caption>{html.escape(_caption(frame))}</caption>",
        "<thead><tr>" + "".join(f'<th scope="col">{_SHOWN[key]}</th>' for key in keys) + "</tr></thead>",
        "<tbody>",
    ]
    for row in frame[keys].head(rows).itertuples(index=False):
        # A name that runs from right to left must not carry its neighbours along.
        cells = "".join(
            f"<td{' dir=auto' if isinstance(value, str) else ''}>{html.escape(_cell(value))}</td>" for value in row
        )
        lines.append(f"<tr>{cells}</tr>")
    lines.append("</tbody></table>")
    if len(frame) > rows:
        lines.append(f"<p>… and {len(frame) - rows:,} more.</p>")
    return "\n".join(lines)


def as_text(frame: pd.DataFrame, rows: int = 10) -> str:
    """Return the first rows as text."""
    keys = [key for key in _SHOWN if key in frame]
    more = f"\n… and {len(frame) - rows:,} more." if len(frame) > rows else ""
    return f"{_caption(frame)}\n{frame[keys].head(rows).to_string(index=False, na_rep='', max_colwidth=40)}{more}"


def _caption(frame: pd.DataFrame) -> str:
    source = frame.attrs.get("source")
    number = f"{len(frame):,} account{'' if len(frame) == 1 else 's'}"
    return f"{number}, from {source}" if source else number


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.isna(value):
        return ""
    return f"{int(value):,}" if isinstance(value, Integral) else str(value)
