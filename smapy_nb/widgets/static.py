"""A frame as a plain table: what a page shows where no kernel lives, and what a terminal shows."""

from __future__ import annotations

import html
from numbers import Integral
from typing import TYPE_CHECKING, Any

from smapy_nb.widgets.speech import Say

if TYPE_CHECKING:
    import pandas as pd

FIRST = 100  # rows; a published notebook must stay small
_SHOWN = ("account", "handle", "name", "followers", "following", "posts", "outcome", "reason")


def as_html(frame: pd.DataFrame, say: Say, rows: int = FIRST) -> str:
    """Return the first rows as an HTML table. Every value is escaped; there is no script, style or image."""
    keys = [key for key in _SHOWN if key in frame]
    lines = [
        "<table>",
        f"<caption>{html.escape(_caption(frame, say))}</caption>",
        f"<thead><tr>{''.join(_th(say(f'column.{key}')) for key in keys)}</tr></thead>",
        "<tbody>",
    ]
    first = frame[keys].head(rows).itertuples(index=False)
    lines += [f"<tr>{''.join(_td(_cell(value)) for value in row)}</tr>" for row in first]
    lines.append("</tbody></table>")
    if len(frame) > rows:
        lines.append(f"<p>{html.escape(say('static.more', n=len(frame) - rows))}</p>")
    return "\n".join(lines)


def as_text(frame: pd.DataFrame, say: Say, rows: int = 10) -> str:
    """Return the first rows as text."""
    keys = [key for key in _SHOWN if key in frame]
    more = f"\n{say('static.more', n=len(frame) - rows)}" if len(frame) > rows else ""
    return f"{_caption(frame, say)}\n{frame[keys].head(rows).to_string(index=False, na_rep='', max_colwidth=40)}{more}"


def _caption(frame: pd.DataFrame, say: Say) -> str:
    source = frame.attrs.get("source")
    number = say("static", n=len(frame))
    return say("static.from", number=number, source=source) if source else number


def _th(text: str) -> str:
    return f'<th scope="col">{html.escape(text)}</th>'


def _td(text: str) -> str:
    own = "" if text.isascii() else ' dir="auto"'  # a name may run from right to left
    return f"<td{own}>{html.escape(text)}</td>"


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.isna(value):
        return ""
    return f"{int(value):,}" if isinstance(value, Integral) else str(value)
