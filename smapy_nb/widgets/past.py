"""The past of the accounts in a table: what changed, the line in each row, a row's card, the growth of some."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from smapy_nb.widgets import columns, story
from smapy_nb.widgets.base import Handler
from smapy_nb.widgets.job import Job, Jobs
from smapy_nb.widgets.rows import Answer, RowsWidget, rows_of

if TYPE_CHECKING:
    import pandas as pd


class PastWidget(RowsWidget):
    """Shows a frame of profiles and what the archive knows of them.

    The past is that before the frame was read, by the clock that it was read by: readings that another kernel has
    made since then, or a sandbox whose clock is ahead, are none of it. It is asked of the archive for those rows
    only of which a person wants to see it.
    """

    @property
    def history(self) -> pd.DataFrame:
        """Every reading of these accounts, from the archive; see `Connector.history`."""
        return self._connector.history()

    @property
    def changes(self) -> pd.DataFrame:
        """What changed since each account's last reading but one; see `Connector.changes`."""
        return self._connector.changes()

    def _set_beside(self, jobs: Jobs, job: Job, frame: pd.DataFrame, before: pd.DataFrame | None) -> None:
        """Say by how much the rows have changed of which the last table, `before`, knew nothing.

        The rows show meanwhile: the archive may be far.
        """
        earlier: dict[str, int] = {}
        refusal = self._tried(lambda: earlier.update(self._earlier(frame, before)))
        with jobs.lock:
            if jobs.counts(job):
                self._show_changes(earlier)
                if refusal is not None:
                    self._refused(refusal)

    def _earlier(self, frame: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, int]:
        """Return the followers before `frame` of those accounts of which `before` has none: name → followers."""
        unmatched = columns.unmatched(frame, before)
        first = _times(frame).min()
        if not unmatched or first != first:  # nothing was read, if there is no time
            return {}
        return self._connector.last_followers(unmatched, before=first)

    def _until(self) -> datetime | None:
        """Return when the newest row was read."""
        times = _times(self.df)
        return times.max() if len(times) else None

    def _handlers(self) -> dict[str, Handler]:
        return super()._handlers() | {
            "trends": self._trends,
            "history": lambda message: self._card(message["row"]),
            "growth": lambda message: self._growth(bool(message["indexed"]), bool(message["dark"])),
        }

    def _trends(self, message: dict[str, Any]) -> None:
        """Send the last followers of the rows that a view shows."""
        edition, numbers = self._edition, message["rows"]
        if message["of"] != edition:
            return  # these rows are others by now; the view asks again when it has got them
        accounts = rows_of(self.df, numbers)["account"].tolist()
        until = self._until()

        def answer() -> Answer:
            packet = story.trends(self._connector, accounts, numbers, until)
            return packet.header | {"of": edition}, [packet.buffer]

        self._beside(f"trends {message.get('by')}", answer)  # of each page

    def _card(self, row: Any) -> None:
        """Send what the card of one row shows beside the columns of the table."""
        (record,) = rows_of(self.df, [row]).to_dict("records")
        held = {str(key): value for key, value in record.items()}
        until = self._until()

        def answer() -> Answer:
            return {"kind": "history", "row": row, **story.card(self._connector, held, until)}, []

        self._beside("history", answer)

    def _growth(self, indexed: bool, dark: bool) -> None:
        """Send a chart of the selected accounts, or of the largest; never of more than can be told apart."""
        connector, df, selected = self._connector, self.df, list(self.selected)
        until = None if df is None else self._until()

        def answer() -> Answer:
            counts = connector.last_followers() if df is None else columns.followers(df)
            among = [name for name in selected if name in counts] if selected else list(counts)
            known = connector.history(accounts=story.largest({name: counts[name] for name in among}))
            if until is not None:
                known = known[known["read_at"] <= until]
            content, words = story.picture(known, len(among), indexed=indexed, dark=dark)
            return {"kind": "growth", "words": words}, [content]

        self._beside("growth", answer, {"kind": "no growth"})


def _times(frame: pd.DataFrame) -> pd.Series[Any]:
    """Return when each row was read that was."""
    import pandas as pd

    return frame["read_at"].dropna() if "read_at" in frame else pd.Series(dtype="datetime64[us, UTC]")
