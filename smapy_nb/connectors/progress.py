"""How far a look-up is: told to whoever asked to be told, else shown as a bar where it takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

OnProgress = Callable[[int, int, datetime | None], object]

PATIENCE = 2.0  # seconds that pass without a bar


class Progress:
    """Tells how far a run is.

    Args:
        tell: called with (done, total, waiting_until); None shows a bar (tqdm's: text in a terminal, a widget in a
            notebook) once the run has taken two seconds, if it runs on the main thread.
    """

    def __init__(self, tell: OnProgress | None = None) -> None:
        self._tell = tell
        self._show = tell is None and threading.current_thread() is threading.main_thread()
        self._began = time.monotonic()
        self._bar: Any = None
        self.done = self.total = 0

    def at(self, done: int, total: int) -> None:
        """So many accounts are answered for."""
        self.done, self.total = done, total
        self._say(None)

    def wait(self, seconds: float) -> None:
        """Nothing will happen for so many seconds."""
        if seconds >= 1:
            self._say(datetime.now(UTC) + timedelta(seconds=seconds), seconds)

    def _say(self, until: datetime | None, seconds: float = 0.0) -> None:
        if self._tell is not None:
            self._tell(self.done, self.total, until)
        elif self._show and (self._bar is not None or seconds or time.monotonic() - self._began > PATIENCE):
            if self._bar is None:
                from tqdm.auto import tqdm

                self._bar = tqdm(total=self.total, unit=" accounts", disable=None)  # None: not where stderr is a file
            self._bar.total = self.total
            left = f"window opens in {int(seconds) // 60}:{int(seconds) % 60:02d}" if seconds else ""
            self._bar.set_postfix_str(left, refresh=False)
            self._bar.update(self.done - self._bar.n)
            if seconds:
                self._bar.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
