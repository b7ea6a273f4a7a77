"""Work beside the kernel: one job at a time that counts, on a daemon thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from smapy_nb.errors import InvalidInput


class Job:
    """One piece of work.

    Attributes:
        number: later jobs have higher ones.
        stop: set where the job is no longer wanted; the work looks at it and ends early.
        over: done when the work has ended or is no longer wanted; its result is None.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.stop = threading.Event()
        self.over: Future[None] = Future()


class Every:
    """Does something again and again on a daemon thread, until it is stopped.

    Args:
        seconds: between the end of one and the beginning of the next.
        work: what is done; returns False to end it.

    Raises:
        InvalidInput: no thread can be started (a browser's Python).
    """

    def __init__(self, seconds: float, work: Callable[[], bool]) -> None:
        self._stop = threading.Event()

        def run() -> None:
            while not self._stop.wait(seconds) and work():
                pass

        try:
            threading.Thread(target=run, name="smapy_nb every", daemon=True).start()
        except RuntimeError:
            raise InvalidInput("every= needs threads, and none can be started here; press Refresh instead.") from None

    def stop(self) -> None:
        """Do it no more."""
        self._stop.set()


class Jobs:
    """Starts jobs; a new one makes the one before it late, and what a late job brings is not wanted.

    A daemon thread, not a pool: a kernel that is told to stop waits for a pool's threads, and a request on its
    way can't be called back.
    """

    def __init__(self) -> None:
        self._number = 0
        self._job: Job | None = None
        # Held while a result is taken over, so that no cancel falls between the question and the taking.
        self.lock = threading.RLock()

    @property
    def latest(self) -> Job | None:
        """The job that counts, or None."""
        return self._job

    def counts(self, job: Job) -> bool:
        """Whether what `job` brings is still wanted."""
        return self._job is job and not job.stop.is_set()

    def start(self, work: Callable[[Job], None]) -> Job:
        """Run `work(job)` on a thread; in place where no thread can be started (a browser's Python)."""
        with self.lock:
            self.drop()
            self._number += 1
            job = self._job = Job(self._number)

        def run() -> None:
            try:
                work(job)
            finally:
                with self.lock:
                    if self._job is job:
                        self._job = None
                    self._end(job)

        try:
            threading.Thread(target=run, name=f"smapy_nb job {job.number}", daemon=True).start()
        except RuntimeError:
            run()
        return job

    def drop(self) -> bool:
        """Make the job that counts a late one; True where there was one."""
        with self.lock:
            job, self._job = self._job, None
            if job is None:
                return False
            job.stop.set()
            self._end(job)
            return True

    def _end(self, job: Job) -> None:
        if not job.over.done():
            job.over.set_result(None)
