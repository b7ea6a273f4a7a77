"""Many requests, side by side, as fast as the server and its rate-limit windows let them through.

Everything is decided and read by one thread, the caller's; the crew's threads only send requests and fetch answers.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from smapy_nb.errors import (
    BadAnswer,
    Forbidden,
    OutOfCredits,
    RateLimited,
    RequestFailed,
    SmapyError,
    TimedOut,
    Unauthorized,
    UsageCapped,
)
from smapy_nb.transport.adapter import Came
from smapy_nb.transport.distance import Distance
from smapy_nb.transport.flights import Flight, Flights
from smapy_nb.transport.pacing import MARGIN, PASSING, Window
from smapy_nb.transport.session import Answer
from smapy_nb.transport.talk import Lane, Request, Talk

R = TypeVar("R")

# What no further request would change: keys, rights and money.
FINAL = (Unauthorized, Forbidden, OutOfCredits, UsageCapped)
IN_A_ROW = 3  # requests that fail one after the other, each after all its tries, before the run is given up
TICK = 1.0  # seconds between two words on how long there is to wait


class Dispatch(Generic[R]):
    """Sends requests and yields what came of each, in the order of coming.

    Args:
        lanes: ways to ask, the preferred one first.
        requests: what is to be sent.
        talk: how requests are put and answers read.
        stop: set where the run is no longer wanted.

    Attributes:
        final: the failure that ended the run before its time, or None.
    """

    def __init__(
        self, lanes: Sequence[Lane], requests: Iterable[Request], talk: Talk[R], stop: threading.Event
    ) -> None:
        self._lanes, self._talk, self._stop = list(lanes), talk, stop
        self._pace = lanes[0].session.pace
        self._clock = self._pace.clock
        self._todo: dict[str, deque[Request]] = {}
        for request in requests:
            self._todo.setdefault(request.path, deque()).append(request)
        self._again: list[tuple[float, int, Request]] = []  # (when it is due, to break ties, what)
        self._distance = Distance(self._pace.most)
        self._flights = Flights(talk.params, self._distance)
        self._unread: deque[tuple[Flight, Came]] = deque()
        self._burst = False  # whether answers are coming one upon the other
        self._failed_in_a_row = 0  # requests, after all their tries
        self._troubled = 0  # tries that failed since the last success
        self._unexplained, self._paused_until = 0, -math.inf  # 429s that did not say until when
        self.final: SmapyError | None = None

    def wake(self) -> None:
        """Have the run look at `stop` now. May be called from any thread."""
        self._flights.wake()

    def __iter__(self) -> Iterator[tuple[Request, R | RequestFailed]]:
        """Yield each request with what was read of its answer, or with why there is none.

        Ends when nothing is left, when `stop` is set, or after `final` was set: then what is on its way is waited
        for, because it may have been paid for.
        """
        with self._flights as flights:
            while not self._stop.is_set():
                self._fetch()
                opens_at = math.inf if self.final else self._launch()
                if self.final:
                    self._recall()
                if self._unread:
                    yield from self._landed(*self._unread.popleft())
                elif flights:
                    if came := flights.take(self._patience(opens_at)):
                        self._arrived(*came)
                    else:
                        self._overdue()
                elif opens_at == math.inf:
                    return
                else:
                    self._wait_until(opens_at)
            self._recall()
            for came in flights.land():
                self._arrived(*came)
        yield from self.rest()

    def rest(self) -> Iterator[tuple[Request, R | RequestFailed]]:
        """Yield what has come since the run ended: it was asked for, and may have been paid for."""
        while came := self._flights.come():
            self._arrived(*came)
        while self._unread:
            yield from self._landed(*self._unread.popleft())

    def _fetch(self) -> None:
        """Take what has come, and what comes in a burst with it, before anything of it is read."""
        while self._unread and len(self._unread) < self._pace.most:
            lull = self._flights.lull if self._burst else 0.0
            came = self._flights.take(lull) if lull else self._flights.come()
            if came is None:
                self._burst = False
                return
            self._arrived(*came)

    def _launch(self) -> float:
        """Send what may leave now; return when (by the clock) the next may leave, inf where none is left."""
        now = self._clock.now()
        while self._again and self._again[0][0] <= now:
            request = heapq.heappop(self._again)[2]
            self._todo[request.path].appendleft(request)
        opens_at = self._again[0][0] if self._again else math.inf
        # A server in trouble is asked again for what it failed at before it is asked for more.
        held = self._troubled >= IN_A_ROW and bool(self._again or self._flights)
        room = self._flights.room()
        for path, todo in self._todo.items():
            while todo and room > 0 and (todo[0].tries or not held) and (lane := self._lane(path, now)):
                request = todo.popleft()
                if request.tries or self._talk.sending(request):
                    room -= 1
                    self._flights.send(request, lane)
            if todo and (todo[0].tries or not held):
                opens_at = min(opens_at, *(max(lane.window(path).opens_at, now) for lane in self._lanes))
        return opens_at

    def _recall(self) -> None:
        """Take back what has not left yet: the server will not have it now."""
        for request in self._flights.recall():
            self._talk.refused(request)
            self._todo[request.path].appendleft(request)

    def _lane(self, path: str, now: float) -> Lane | None:
        best, most = None, 0
        for lane in self._lanes:
            if (free := lane.window(path).free(now, self._distance.blindly)) > most:
                best, most = lane, free
        return best

    def _patience(self, opens_at: float) -> float:
        """Return how many seconds to wait for an answer before there is something else to do."""
        if (boldly := self._distance.patience()) is not None:
            return boldly
        left = opens_at - self._clock.now()
        return left if 0 < left < TICK else TICK

    def _overdue(self) -> None:
        if self._distance.be_bold():  # it is far: threads start while there is nothing else to do
            self._flights.ready(min(self._pace.most, sum(map(len, self._todo.values()))))
        for late in self._flights.give_up(self._pace.connect + self._pace.whole):
            self._arrived(*late)

    def _arrived(self, flight: Flight, came: Came) -> None:
        """Note that an answer is here; it will be read when there is time."""
        flight.window.hear(came.headers, self._clock.now())
        if came.status or flight.silence:
            self._distance.heard(flight.took)
        self._burst = True
        if flight.silence and isinstance(came.failure, TimedOut):  # not so near after all
            self._todo[flight.request.path].appendleft(flight.request)
        elif came.status == 200:
            self._unread.append((flight, came))
        else:  # what went wrong is not put off
            self._unread.appendleft((flight, came))
            self._burst = False

    def _landed(self, flight: Flight, came: Came) -> Iterator[tuple[Request, R | RequestFailed]]:
        request, window, now = flight.request, flight.window, self._clock.now()
        answer, read = self._read(flight, came)
        failure = answer.failure
        if failure is not None and answer.body:
            request.torn = answer
        if isinstance(failure, (*PASSING, RateLimited)):
            self._troubled += not isinstance(failure, RateLimited)
            self._recall()
        if read is not None:
            self._failed_in_a_row = self._unexplained = self._troubled = 0
            yield request, read
        elif isinstance(failure, RateLimited):
            self._refused(failure, window, now)
            self._talk.refused(request)
            self._todo[request.path].appendleft(request)
        elif isinstance(failure, (Unauthorized, Forbidden)) and len(self._lanes) > 1:
            self._lanes = [lane for lane in self._lanes if lane is not flight.lane] or self._lanes
            self._todo[request.path].appendleft(request)
        elif isinstance(failure, FINAL):
            self.final = self.final or failure
            yield request, failure
        elif isinstance(failure, PASSING) and request.tries + 1 < self._pace.tries:
            request.tries += 1
            heapq.heappush(self._again, (now + self._pace.pause(request.tries), id(request), request))
        else:
            failure = failure or BadAnswer("The answer can't be read; try again later.")
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= IN_A_ROW:
                self.final = self.final or failure
            if request.torn is not None:
                yield self._talk.torn(request, request.torn)
            yield request, failure

    def _read(self, flight: Flight, came: Came) -> tuple[Answer, R | None]:
        answer = flight.lane.session.hear(came)
        if answer.failure is not None:
            return answer, None
        try:
            return answer, self._talk.read(flight.request, answer)
        except BadAnswer as failure:
            return Answer(failure=failure, headers=answer.headers), None

    def _refused(self, failure: RateLimited, window: Window, now: float) -> None:
        """Wait for the reset where the server tells one; else a little, and at the third time end the run."""
        if failure.reset_at is not None and now + MARGIN < window.opens_at < math.inf:
            window.shut(window.opens_at)
            return
        if now >= self._paused_until:  # not one that left together with another one
            self._unexplained += 1
            self._paused_until = now + 4 * self._pace.pause(self._unexplained)
        window.shut(self._paused_until)
        if self._unexplained >= self._pace.tries:
            self.final = self.final or failure

    def _wait_until(self, moment: float) -> None:
        while (left := moment - self._clock.now()) > 0 and not self._stop.is_set():
            self._talk.waiting(left)
            self._clock.sleep(min(TICK, left), self._stop)
