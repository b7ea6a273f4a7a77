"""Threads that do one thing each at a time, for as long as one run lasts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Crew(Generic[T, R]):
    """Does `work` on what it is given, on threads of its own.

    The threads are daemons: a kernel that is told to stop need not wait for an answer that is on its way.
    Each starts when there is something to do and nobody free, and ends with the crew.

    Args:
        work: called with what `give` was given; what it returns, `take` returns. It raises nothing.
    """

    def __init__(self, work: Callable[[T], R]) -> None:
        self._work = work
        self._todo: SimpleQueue[T | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[T, R] | None] = SimpleQueue()
        self._threads = 0
        self._given = 0

    def give(self, one: T, threads: int) -> bool:
        """Have `one` done; False where no thread can be started.

        Args:
            one: what to do; where all threads are busy it waits its turn, so that whichever is free first need not
                wait for the one that gives.
            threads: how many there may be.
        """
        if not self.ready(min(self._given + 1, threads)):
            return False
        self._given += 1
        self._todo.put(one)
        return True

    def ready(self, threads: int) -> bool:
        """Have so many threads, where that is possible, and tell whether there is one: to start one takes its time."""
        while self._threads < threads:
            try:
                threading.Thread(target=self._serve, name="smapy_nb request", daemon=True).start()
                self._threads += 1
            except RuntimeError:  # a browser's Python has no threads; a machine may have no more of them
                break
        return self._threads > 0

    def take(self, seconds: float) -> tuple[T, R] | None:
        """Return one that is done and what came of it; None after so many seconds, or where `wake` was called."""
        try:
            done = self._done.get(timeout=seconds) if seconds > 0 else self._done.get_nowait()
        except Empty:
            return None
        if done is not None:
            self._given -= 1
        return done

    def come(self) -> Iterator[tuple[T, R]]:
        """Yield all that are done already, without waiting."""
        while not self._done.empty():
            if (done := self.take(0)) is not None:
                yield done

    def recall(self) -> list[T]:
        """Return what nobody has begun, which then will not be done."""
        waiting: list[T] = []
        with contextlib.suppress(Empty):
            while (one := self._todo.get_nowait()) is not None:
                waiting.append(one)
        self._given -= len(waiting)
        return waiting

    @property
    def behind(self) -> bool:
        """Whether something waits for a thread."""
        return not self._todo.empty()

    def wake(self) -> None:
        """Let a waiting `take` return. May be called from any thread."""
        self._done.put(None)

    def _serve(self) -> None:
        while (one := self._todo.get()) is not None:
            self._done.put((one, self._work(one)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _ in range(self._threads):
            self._todo.put(None)
