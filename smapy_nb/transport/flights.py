"""Requests on their way: by threads to a server that is far, from the caller's own thread to one that is near.

To a near server the next request leaves before the answer to the last one is read, so that it travels meanwhile:
what a second thread would do, and it costs more than the waiting.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from smapy_nb.errors import TimedOut
from smapy_nb.transport.adapter import Call, Came, Sent
from smapy_nb.transport.crew import Crew
from smapy_nb.transport.distance import Distance
from smapy_nb.transport.pacing import Window
from smapy_nb.transport.talk import Lane, Request

LULL = 0.0005  # seconds without an arrival after which a burst of answers from a far server is over
SHORTLY = 0.5  # seconds that a near server may take before it is asked on a thread after all


@dataclass(slots=True, eq=False)
class Flight:
    """One request on its way.

    Attributes:
        request, lane: what goes, and by which way.
        silence: seconds that the server may take, where they are not those of the pace.
        call: what is sent; signed already.
        left_at: when (monotonic) it left; 0.0 while it waits for a thread.
        took: seconds until its answer was there.
        late: it was given up, and what comes of it is not wanted.
    """

    request: Request
    lane: Lane
    silence: float | None = None
    call: Call | None = None
    left_at: float = 0.0
    took: float = 0.0
    late: bool = False

    @property
    def window(self) -> Window:
        """The rate-limit window that it counts in."""
        return self.lane.window(self.request.path)


class Flights:
    """All requests that are on their way. A context manager: threads end with it.

    Args:
        params: returns the names and values of a request's query.
        distance: how far the server is.
    """

    def __init__(self, params: Callable[[Request], Sequence[tuple[str, str]]], distance: Distance) -> None:
        self._params, self._distance = params, distance
        self._crew: Crew[Flight, Came] = Crew(self._fetch)
        self._all: set[Flight] = set()
        self._here: deque[tuple[Flight, Sent]] = deque()
        self._alone = False  # no threads can be started

    def __len__(self) -> int:
        return len(self._all)

    def room(self) -> int:
        """Return how many more may leave now."""
        threads, spare = (1, 0) if self._alone else self._distance.room()
        return threads + spare - len(self._all)

    def send(self, request: Request, lane: Lane) -> None:
        """Let a request leave."""
        near = self._distance.near and not self._alone
        flight = Flight(request, lane, SHORTLY if near else None)
        flight.window.flying += 1
        flight.call = call = self._prepare(flight)
        self._all.add(flight)
        if not near and not self._alone:
            self._alone = not self._crew.give(flight, self._distance.room()[0])
        if near or self._alone:
            began = time.monotonic()
            self._here.append((flight, lane.session.wire.begin(call)))
            flight.took = time.monotonic() - began

    def take(self, seconds: float) -> tuple[Flight, Came] | None:
        """Return one whose answer, or failure, is there; None after so many seconds, or where `wake` was called."""
        if self._here:
            return self.come() or self._finished(*self._here.popleft())
        done = self._crew.take(seconds)
        return self._landed(*done) if done else None

    def come(self) -> tuple[Flight, Came] | None:
        """Return one whose answer is there already, without waiting, or None."""
        for done in self._crew.come():
            if landed := self._landed(*done):
                return landed
        return None

    def land(self) -> Iterable[tuple[Flight, Came]]:
        """Wait for what a near server has been asked for: its answer may have been paid for."""
        while self._here:
            yield self._finished(*self._here.popleft())

    @property
    def lull(self) -> float:
        """Seconds to wait for a further answer before the last ones are read.

        Python's threads have one lock between them: reading would hold up those that have an answer to fetch and then
        a request to send, and a server that is far can't be asked too early.
        """
        return LULL if self._crew.behind else 0.0

    def wake(self) -> None:
        """Let a waiting `take` return. May be called from any thread."""
        self._crew.wake()

    def ready(self, threads: int) -> None:
        """Start threads while there is nothing else to do."""
        self._crew.ready(threads)

    def recall(self) -> list[Request]:
        """Take back what has not left yet, and return it, the last one first."""
        back = self._crew.recall()
        for flight, sent in list(self._here):
            if sent.connection is None and sent.failure is None:
                self._here.remove((flight, sent))
                back.append(flight)
        for flight in back:
            self._all.remove(flight)
            flight.window.recall()
        return [flight.request for flight in reversed(back)]

    def give_up(self, seconds: float) -> Iterable[tuple[Flight, Came]]:
        """Return those that left longer ago; their threads are still waiting, and what they bring is not wanted."""
        latest = time.monotonic() - seconds
        for flight in [one for one in self._all if one.left_at and one.left_at < latest]:
            server = flight.lane.session.server
            self._forget(flight)
            flight.late = True
            failure = TimedOut(f"{server} did not finish its answer in time; check the network and try again.")
            yield flight, Came(failure=failure)

    def _prepare(self, flight: Flight) -> Call:
        request, session = flight.request, flight.lane.session
        return session.prepare("GET", request.path, self._params(request), silence=flight.silence)

    def _fetch(self, flight: Flight) -> Came:
        """Send a request and wait for its answer; called on the crew's threads."""
        flight.left_at = time.monotonic()
        came = flight.lane.session.send(flight.call or self._prepare(flight))
        flight.took = time.monotonic() - flight.left_at
        return self._again(flight, came)

    def _finished(self, flight: Flight, sent: Sent) -> tuple[Flight, Came]:
        began = time.monotonic()
        came = flight.lane.session.wire.finish(sent)
        flight.took += time.monotonic() - began
        self._forget(flight)
        return flight, self._again(flight, came)

    def _again(self, flight: Flight, came: Came) -> Came:
        flight.call = None
        session = flight.lane.session
        return session.send(self._prepare(flight)) if session.signed_late(came) else came

    def _landed(self, flight: Flight, came: Came) -> tuple[Flight, Came] | None:
        if flight.late:
            return None
        self._forget(flight)
        return flight, came

    def _forget(self, flight: Flight) -> None:
        self._all.remove(flight)
        flight.window.flying -= 1

    def __enter__(self) -> Self:
        self._crew.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._crew.__exit__(kind, error, trace)
        for flight, sent in self._here:
            flight.lane.session.wire.give_up(sent)
