"""The rows of a frame as a widget: sent to the browser, selected there, taken away as files."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from smapy_nb.errors import InvalidInput
from smapy_nb.widgets import columns, exports, static
from smapy_nb.widgets.base import Handler, Widget
from smapy_nb.widgets.speech import Say, speaker

if TYPE_CHECKING:
    import pandas as pd


class RowsWidget(Widget):
    """Shows a frame of profiles. The rows are in no trait: they travel in messages, whole once and then as changes."""

    df = traitlets.Any(None, help="The last reading, a DataFrame.")
    avatars = traitlets.Bool(False, help="Whether the browser may fetch pictures from X.").tag(sync=True)
    selected = traitlets.List(traitlets.Unicode(), help="Names of the accounts selected in the table.")

    def __init__(self, **kwargs: Any) -> None:
        self._sent: columns.Columns = {}
        self._viewed = False
        super().__init__(**kwargs)

    @property
    def selected_frame(self) -> pd.DataFrame | None:
        """The rows of `df` that are selected in the table; None before the first reading."""
        if self.df is None:
            return None
        frame: pd.DataFrame = self.df[self.df["account"].isin(self.selected)]
        return frame

    def export(self, path: str | os.PathLike[str], *, selected: bool = False) -> Path:
        """Write the profiles to a file; its suffix says how: .csv, .xlsx, .parquet, .jsonl, or .ids (ids alone).

        Beside a file that has no room for it, ``NAME.about.json`` says the source, the time and each column's dtype.

        Args:
            path: where to.
            selected: only the rows selected in the table; all by default.

        Raises:
            InvalidInput: there is nothing to write yet, no such form, or what writes it is not installed.
        """
        frame = self.selected_frame if selected else self.df
        if frame is None:
            raise InvalidInput("There is nothing to export yet; refresh first.")
        path = Path(path)
        path.write_bytes(exports.as_bytes(frame, path.suffix.lstrip(".")))
        if path.suffix in (".csv", ".jsonl", ".parquet"):
            path.with_suffix(".about.json").write_text(json.dumps(exports.about(frame), indent=2), "utf-8")
        return path

    def _show_rows(self, frame: pd.DataFrame, before: pd.DataFrame | None) -> None:
        """Send what differs from the rows that were sent last, and make `frame` the current reading."""
        table = columns.columns(frame, before)
        if not self.avatars:
            table.pop("profile_image_url", None)
        if self._viewed:
            self._post(columns.changed(self._sent, table) or columns.whole(table))
        self._sent = table
        self.df = frame

    def _post(self, packet: columns.Packet) -> None:
        self.send(packet.header, [packet.buffer])

    def _handlers(self) -> dict[str, Handler]:
        return {
            "ready": lambda _: self._ready(),
            "select": lambda message: self._select(message["rows"]),
            "export": lambda message: self._export(message["form"], message["rows"]),
        }

    def _ready(self) -> None:
        self._viewed = True  # before a browser asks, what is sent reaches nobody
        if self._sent:
            self._post(columns.whole(self._sent))

    def _rows(self, numbers: Any) -> pd.DataFrame:
        if self.df is None or not all(type(number) is int and 0 <= number < len(self.df) for number in numbers):
            raise InvalidInput("Those rows are not in the table any more; choose them again.")
        rows: pd.DataFrame = self.df.iloc[numbers].reset_index(drop=True)
        rows.attrs |= self.df.attrs
        return rows

    def _select(self, numbers: Any) -> None:
        self.selected = self._rows(numbers)["account"].tolist()

    def _export(self, form: Any, numbers: Any) -> None:
        content = exports.as_bytes(self._rows(numbers), form)
        # No name of an account in it: a stranger chose that.
        name = f"profiles-{datetime.now(UTC):%Y-%m-%d-%H%M}.{'txt' if form == 'ids' else form}"
        self.send({"kind": "file", "name": name, "media": exports.MEDIA[form]}, [content])

    def _plain(self) -> str:
        return static.as_text(self.df, self._say())

    def _html(self) -> str:
        return static.as_html(self.df, self._say())

    def _say(self) -> Say:
        return speaker("profiles", self.lang)
