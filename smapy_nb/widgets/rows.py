"""The rows of a frame as a widget: sent to the browser, selected there, taken away as files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from smapy_nb.errors import InvalidInput
from smapy_nb.widgets import columns, exports, static
from smapy_nb.widgets.base import Handler, Widget
from smapy_nb.widgets.job import Job, Jobs
from smapy_nb.widgets.speech import Say, speaker

if TYPE_CHECKING:
    import pandas as pd

    from smapy_nb.connectors.base import Connector


Answer = tuple[dict[str, Any], list[bytes]]  # a message and its buffers


class RowsWidget(Widget):
    """Shows a frame of profiles that a connector has read.

    The rows are in no trait: they travel in messages, whole once and then as changes.
    """

    _connector: Connector

    df = traitlets.Any(None, help="The last reading, a DataFrame.")
    avatars = traitlets.Bool(False, help="Whether the browser may fetch pictures from X.").tag(sync=True)
    selected = traitlets.List(traitlets.Unicode(), help="Names of the accounts selected in the table.")

    def __init__(self, **kwargs: Any) -> None:
        self._sent: columns.Columns = {}
        self._viewed = self._selecting = False
        self._edition = 0  # of the rows: what a view asks of one may be answered when another is shown
        self._asked: dict[str, Jobs] = {}
        super().__init__(**kwargs)

    @property
    def selected_frame(self) -> pd.DataFrame | None:
        """The rows of `df` that are selected in the table; None before the first reading."""
        if self.df is None:
            return None
        frame: pd.DataFrame = self.df[self.df["account"].isin(self.selected)]
        return frame

    def export(self, path: str | os.PathLike[str], *, selected: bool = False, history: bool = False) -> Path:
        """Write the profiles to a file; its suffix says how: .csv, .xlsx, .parquet, .jsonl, or .ids (ids alone).

        A workbook says on its last sheet what it holds: source, times of reading, versions, each column's dtype and
        meaning. Beside the other forms lies ``NAME.about.json``, which says the same.

        Args:
            path: where to.
            selected: only the rows selected in the table; all by default.
            history: also every reading of the same accounts, as `Connector.history` gives it: in a workbook on a
                sheet ``history``, else in ``NAME.history.csv`` (.parquet, .jsonl) beside it.

        Raises:
            InvalidInput: there is nothing to write yet, no such form, it can't hold that, or what writes it is not
                installed.
        """
        frame = self.selected_frame if selected else self.df
        if frame is None:
            raise InvalidInput("There is nothing to export yet; refresh first.")
        path = Path(path)
        for suffix, content in self._files(frame, path.suffix.lstrip("."), history).items():
            path.with_suffix(suffix).write_bytes(content)
        return path

    def _files(self, frame: pd.DataFrame, form: str, history: bool) -> dict[str, bytes]:
        readings = self._connector.history(accounts=frame["account"]) if history else None
        return exports.files(frame, form, readings)

    def _show_rows(self, frame: pd.DataFrame, before: pd.DataFrame | None) -> None:
        """Send what differs from the rows that were sent last, and make `frame` the current reading."""
        table = columns.columns(frame, before)
        if not self.avatars:
            table.pop("profile_image_url", None)
        self._edition += 1
        packet = columns.changed(self._sent, table)
        self._sent = table
        self.df = frame
        if packet is None:  # other accounts
            self._post_all()
            self.selected = frame["account"][frame["account"].isin(self.selected)].tolist()
        elif self._viewed:
            self._post(packet)

    def _show_changes(self, earlier: Mapping[str, int]) -> None:
        """Say since when the rows have changed, of accounts of which no reading before was known: name → followers."""
        if not earlier:
            return
        table = columns.compared(self._sent, earlier)
        packet = columns.changed({"change": self._sent["change"]}, {"change": table["change"]})
        if self._viewed and packet is not None:
            # Quiet: the cells are no news of this refresh, so they are not marked.
            self._post(columns.Packet(packet.header | {"quiet": True}, packet.buffer))
        self._sent = table

    def _post(self, packet: columns.Packet) -> None:
        packet = columns.deflated(packet)
        self.send(packet.header | {"of": self._edition}, [packet.buffer])

    def _post_all(self) -> None:
        """Send all rows, and which of them are selected."""
        if self._viewed and self._sent:
            packet = columns.whole(self._sent)
            self._post(columns.Packet(packet.header | {"chosen": self._chosen()}, packet.buffer))

    def _chosen(self) -> list[int]:
        """Return the numbers of the rows that are selected."""
        if not self.selected or self.df is None:
            return []
        rows: list[int] = self.df["account"].isin(self.selected).to_numpy().nonzero()[0].tolist()
        return rows

    @traitlets.observe("selected")
    def _show_selected(self, _: object) -> None:
        if self._viewed and not self._selecting:
            self.send({"kind": "chosen", "rows": self._chosen()})

    def _beside(self, kind: str, answer: Callable[[], Answer], instead: dict[str, Any] | None = None) -> None:
        """Answer a view on a thread, because handlers may run on the kernel's main one.

        Args:
            kind: of question; a newer one makes the one before it late, and its answer is not sent.
            answer: returns a message and its buffers.
            instead: the message that is sent where there is none; why, the widget says.
        """
        jobs = self._asked.setdefault(kind, Jobs())
        answers: list[Answer] = []

        def work(job: Job) -> None:
            refusal = self._tried(lambda: answers.append(answer()))
            with jobs.lock:
                if not jobs.counts(job):
                    return
                if refusal is not None:
                    self._refused(refusal)
                    answers[:] = [(instead, [])] if instead else []
                for message, buffers in answers:
                    self.send(message, buffers)

        jobs.start(work)

    def _handlers(self) -> dict[str, Handler]:
        return {
            "ready": lambda _: self._ready(),
            "select": lambda message: self._select(message["rows"]),
            "export": self._export,
        }

    def _ready(self) -> None:
        self._viewed = True  # before a browser asks, what is sent reaches nobody
        self._post_all()

    def _select(self, numbers: Any) -> None:
        names = None if self.df is None else self.df[["account"]]
        self._selecting = True  # the view shows it already
        try:
            self.selected = rows_of(names, numbers)["account"].tolist()
        finally:
            self._selecting = False

    def _export(self, message: dict[str, Any]) -> None:
        form, by, df = message["form"], {"by": message.get("by")}, self.df

        def answer() -> Answer:
            frame = rows_of(df, message["rows"])
            # No name of an account in the file's: a stranger chose that.
            stem = f"profiles-{datetime.now(UTC):%Y-%m-%d-%H%M}"
            suffix, content = exports.packed(self._files(frame, form, bool(message.get("history"))), stem)
            name = f"{stem}{'.txt' if suffix == '.ids' else suffix}"
            return {"kind": "file", "name": name, "media": exports.MEDIA[suffix], **by}, [content]

        self._beside(f"export {form}", answer, {"kind": "no file", **by})

    def _plain(self) -> str:
        return static.as_text(self.df, self._say())

    def _html(self) -> str:
        return static.as_html(self.df, self._say())

    def _say(self) -> Say:
        return speaker("profiles", self.lang)


def rows_of(frame: pd.DataFrame | None, numbers: Any) -> pd.DataFrame:
    """Return those rows of a frame that a view has named.

    Raises:
        InvalidInput: it does not have them.
    """
    if frame is None or not all(type(number) is int and 0 <= number < len(frame) for number in numbers):
        raise InvalidInput("Those rows are not in the table any more; choose them again.")
    rows: pd.DataFrame = frame.iloc[numbers].reset_index(drop=True)
    rows.attrs |= frame.attrs
    return rows
