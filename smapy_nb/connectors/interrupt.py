"""Ctrl-C and the notebook's stop button, taken at a moment when nothing is half done."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self


class Interrupt:
    """While it is entered, an interrupt calls `stop`, and a second one interrupts as ever.

    A `KeyboardInterrupt` that strikes inside a database's or a connection's code leaves that in a state nobody knows.
    On other threads than the main one, which interrupts do not reach, it does nothing.

    Args:
        stop: called on another thread; what is running then ends by itself.

    Attributes:
        came: whether there was an interrupt.
    """

    def __init__(self, stop: Callable[[], object]) -> None:
        self._stop = stop
        self._before: Any = None
        self.came = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            if callable(self._before):
                signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if callable(self._before):
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True
        try:
            # Not from here: what this thread is in the middle of may hold the very lock that stopping takes.
            _thread.start_new_thread(self._stop, ())
        except RuntimeError:  # no threads here, and so no lock held
            raise KeyboardInterrupt from None
