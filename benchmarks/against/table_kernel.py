"""What benchmarks/table.py runs in the notebook's kernel: the frames, our widget and each peer as its users use it."""

from __future__ import annotations

import gc
import io
import resource
import threading
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from smapy_nb import ProfilesWidget, TwitterConnector

BIOS = (
    "Reporter. Coffee, trains, maps. Opinions are borrowed.",
    "Официальный аккаунт. Новости, фото и видео круглосуточно 🗞️",
    "Astronomer at the Institute for Things Far Away ✨ she/her. Dust, mostly. Newsletter below ⬇️",
    "",
    "We fix bicycles and, on Tuesdays, clocks. In the old harbour, second door on the left after the crane.",
)
SIXTH = 5  # the sixth row is the last that each of these widgets shows in the height it takes by default
SEARCHED = ("account", "requested", "handle", "name", "description", "id")


def frame(rows: int) -> pd.DataFrame:
    """Profiles as `frame()` gives them, in twelve columns; the first and the sixth have the word first in the name."""
    rng = np.random.default_rng(1)
    numbers = range(rows)
    text = "string"
    table = pd.DataFrame({
        "account": pd.Series([f"Person {one:06d}" for one in numbers], dtype=text),
        "name": pd.Series([f"Ольга {one}" if one % 3 else f"Person of {one}" for one in numbers], dtype=text),
        "followers": pd.Series(rng.lognormal(6, 3, rows).astype("int64"), dtype="Int64"),
        "handle": pd.Series([f"person_{one:x}" for one in numbers], dtype=text),
        "outcome": pd.Series(rng.choice(["ok", "ok", "ok", "protected"], rows), dtype=text),
        "reason": pd.Series([pd.NA] * rows, dtype=text),
        "following": pd.Series(rng.integers(0, 5000, rows), dtype="Int64"),
        "posts": pd.Series(rng.lognormal(5, 3, rows).astype("int64"), dtype="Int64"),
        "id": pd.Series(rng.integers(1, 2**62, rows), dtype="Int64"),
        "created_at": pd.Series(pd.to_datetime(rng.integers(1_200_000_000, 1_700_000_000, rows), unit="s", utc=True)),
        "requested": pd.Series([f"person_{one:x}" for one in numbers], dtype=text),
        "description": pd.Series([BIOS[one % 5] for one in numbers], dtype=text),
    })  # fmt: skip
    for row in (0, SIXTH):
        table.loc[row, "name"] = f"first {row}!"
    return table


def changed(table: pd.DataFrame, word: str) -> pd.DataFrame:
    """The same with 1% of the rows changed; the first and the sixth, which are in view, have `word` in the name."""
    later = table.copy()
    rows = np.random.default_rng(2).choice(len(table), max(2, len(table) // 100), replace=False)
    later.loc[rows, "followers"] += 7
    for row in (0, SIXTH):
        later.loc[row, "name"] = f"{word} {row}!"
    return later.take(range(len(later)))  # a reading shares no memory with the one before


class Ready(TwitterConnector):
    """A connector whose network has answered already: what is left is the widget's own time."""

    reading: pd.DataFrame

    def frame(self, *_args: Any, **_kwargs: Any) -> pd.DataFrame:
        """Return the reading."""
        return self.reading


# Imported beforehand: that takes as long for three rows as for all, and is no part of what is measured.
MODULES = {
    "smapy_nb": "smapy_nb",
    "ipydatagrid": "ipydatagrid",
    "itables": "itables.widget",
    "perspective": "perspective.widget",
}


class Shown:
    """One widget, made of a frame and refreshed with another."""

    def __init__(self, peer: str, table: pd.DataFrame) -> None:
        self._peer, self._module = peer, import_module(MODULES[peer])
        self._connector = Ready(table["account"].tolist()) if peer == "smapy_nb" else None
        gc.collect()
        self._before = resident()

    def show(self, table: pd.DataFrame, wait: bool = False) -> Any:
        """Return the widget."""
        self.widget: Any
        if self._connector is not None:
            self._connector.reading = table
            self.widget = ProfilesWidget(connector=self._connector)
            self.widget.refresh(wait=wait)
        elif self._peer == "ipydatagrid":
            self.widget = self._module.DataGrid(table)
        elif self._peer == "itables":
            self.widget = self._module.ITable(table, maxBytes=0)
        else:
            self.widget = self._module.PerspectiveWidget(table, plugin="Datagrid")
        return self.widget

    def refresh(self, later: pd.DataFrame) -> None:
        """Hand the widget another frame, the way its documentation says."""
        if self._connector is not None:
            self._connector.reading = later
            self.widget.refresh()
        elif self._peer == "ipydatagrid":
            self.widget.data = later
        elif self._peer == "itables":
            self.widget.update(later)
        else:
            # `load` leaves the old rows in view, and `replace` takes no DataFrame in the version measured (5.6).
            out = io.BytesIO()
            arrow = pa.Table.from_pandas(later, preserve_index=False)
            with pa.ipc.new_stream(out, arrow.schema) as stream:
                stream.write_table(arrow)
            self.widget.table.replace(out.getvalue())

    def memory(self) -> int:
        """Bytes that the kernel holds more than before the widget was made."""
        gc.collect()
        return resident() - self._before


def counts(table: pd.DataFrame, needles: Sequence[str]) -> list[int]:
    """How many rows each needle is found in: what the search must show, counted apart from it."""
    texts = table[list(SEARCHED)].astype("string").fillna("")
    hay = texts["account"].str.cat(texts.drop(columns="account"), sep="\n").str.lower()
    return [int(hay.str.contains(needle, regex=False).sum()) for needle in needles]


def real(url: str, accounts: int) -> ProfilesWidget:
    """A widget whose connector asks a server, keeps its readings in an archive and has no budget."""
    handles = [f"someone_{number}" for number in range(accounts)]
    connector = TwitterConnector(handles, {"bearer_token": "A" * 90}, base_url=url, budget=False)
    return ProfilesWidget(connector=connector)


class Watch:
    """When the last thread that asks for accounts is gone, in milliseconds since 1970; 0 while there is one."""

    def __init__(self) -> None:
        self.gone = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while any(one.name.startswith(("smapy_nb job", "smapy_nb request")) for one in threading.enumerate()):
            time.sleep(0.002)
        self.gone = time.time() * 1000


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
