"""Run: one look-up, from the accounts still to ask for to what came of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from smapy_nb.accounts import Key
from smapy_nb.connectors.answered import Answered, Gathered, moved, taken
from smapy_nb.connectors.progress import Progress
from smapy_nb.connectors.record import Record
from smapy_nb.errors import BadAnswer, OverBudget, ServerFailed, SmapyError, TimedOut, Unreachable
from smapy_nb.transport.dispatch import FINAL, Dispatch
from smapy_nb.transport.session import Answer
from smapy_nb.transport.talk import Lane, Request, Talk

MAYBE_CHARGED = (Unreachable, TimedOut, ServerFailed, BadAnswer)  # the answer may have been lost on its way


class Network:
    """How one network is talked to: what its connector gives to a run."""

    def lanes(self, sessions: ExitStack) -> list[Lane]:
        """Return the ways to ask, the preferred one first; their sessions are closed with `sessions`."""
        raise NotImplementedError

    def requests(self, keys: Sequence[Key]) -> Iterable[Request]:
        """Return the requests that ask for all of `keys`."""
        raise NotImplementedError

    def params(self, request: Request) -> Sequence[tuple[str, str]]:
        """Return the names and values of a request's query."""
        raise NotImplementedError

    def read(self, request: Request, answer: Answer) -> Answered:
        """Return what an answer says of each account it was asked for."""
        raise NotImplementedError


class Run(Talk[Answered]):
    """One look-up. May be stopped from any thread."""

    def __init__(self, network: Network, gathered: Gathered, record: Record, progress: Progress) -> None:
        self.gathered = gathered
        self._network, self._record, self._progress = network, record, progress
        self._stop = threading.Event()
        self._dispatch: Dispatch[Answered] | None = None
        self.failure: SmapyError | None = None
        self._record_used = False
        self._was: dict[Key, Key] = {}  # id → the handle that it had when it was last read
        self.final = False

    def cancel(self) -> None:
        """Stop at once. What is on its way is taken in by the next run, if it comes."""
        self._stop.set()
        if self._dispatch is not None:
            self._dispatch.wake()

    @property
    def cancelled(self) -> bool:
        """Whether the run was told to stop."""
        return self._stop.is_set()

    def go(self) -> None:
        """Ask for everything, and gather it. Returns when nothing is left, or the run had to stop."""
        self._tell()
        with ExitStack() as sessions:
            lanes: list[Lane] = []
            while not self.cancelled and not self.final and (wanted := self._wanted()):
                self._serve()
                lanes = lanes or self._network.lanes(sessions)
                self._ask(lanes, wanted)
            self._serve()

    def _wanted(self) -> list[Key]:
        try:
            return self._record.take(self._stop)
        except OverBudget as error:
            if self._record_used:  # what came so far is not lost for what the rest would cost
                self.failure, self.final = error, True
                return []
            raise

    def late(self) -> Iterator[Answered]:
        """Yield what has come since the run ended."""
        for _, came in self._dispatch.rest() if self._dispatch else ():
            if isinstance(came, Answered):
                self._follow(came)
                self._record.keep(came)
                yield came

    def _ask(self, lanes: list[Lane], wanted: Sequence[Key]) -> None:
        self._record_used = True
        self._send(lanes, wanted)
        if self._was and not (self.cancelled or self.final):  # what was called so is asked for by its id
            self._send(lanes, list(self._was))

    def _send(self, lanes: list[Lane], keys: Sequence[Key]) -> None:
        self._dispatch = Dispatch(lanes, self._network.requests(keys), self, self._stop)
        for request, came in self._dispatch:
            if isinstance(came, Answered):
                self._keep(came)
            else:
                self.failure = came
                asked = self._asked(request.keys)
                self._record.failed(asked, charged=isinstance(came, MAYBE_CHARGED))
                if not isinstance(came, FINAL):
                    self.gathered.fail(asked, str(came))
            self._tell()
        if self._dispatch.final is not None:
            self.failure, self.final = self._dispatch.final, True

    def _keep(self, came: Answered) -> None:
        self._follow(came)
        self._record.keep(came)
        self.gathered.take(came)

    def _follow(self, came: Answered) -> None:
        """Follow accounts by their ids: one that was read under this handle before may have another one now."""
        if self._was and self._was.keys() & {*came.found, *came.missing}:
            came.found, came.followed = self._asked(came.found), True
            came.missing = {self._was.get(key, key): why for key, why in came.missing.items()}
            return
        gone = [key for key, why in came.missing.items() if why[0] == "not_found" and isinstance(key, str)]
        if gone:
            ids = {key: number for key, number in self._record.ids_of(gone).items() if not self.gathered.asks(number)}
            self._was |= {number: key for key, number in ids.items()}
            came.missing = {key: why for key, why in came.missing.items() if key not in ids}
        if not came.found:
            return
        if isinstance(came.found[0], int):
            before = self._record.handles_of(came.found)
            now = zip(came.found, came.columns["handle"], strict=True)
            self.gathered.say(
                {key: moved(one) for key, one in now if before.get(key) and one.lower() not in before[key]}
            )
        elif had := self._record.ids_of(came.found):
            has = zip(came.found, came.columns["id"], strict=True)
            self.gathered.say({key: taken(had[key]) for key, number in has if had.get(key, number) != number})

    def _asked(self, keys: Sequence[Key]) -> Sequence[Key]:
        """Return accounts as they were asked for by the user."""
        return [self._was.get(key, key) for key in keys] if self._was else keys

    def _serve(self) -> None:
        for answered in self._record.served():
            self.gathered.take(answered)
        self._tell()

    def _tell(self) -> None:
        self._progress.at(self.gathered.answered, len(self.gathered.keys))

    # What the dispatch asks

    def params(self, request: Request) -> Sequence[tuple[str, str]]:
        """See `Network.params`."""
        return self._network.params(request)

    def read(self, request: Request, answer: Answer) -> Answered:
        """See `Network.read`."""
        return self._network.read(request, answer)

    def torn(self, request: Request, answer: Answer) -> tuple[Request, Answered]:
        """Let the accounts that came whole be answered for: they may have been paid for."""
        answered = self._network.read(request, answer)
        here = set(answered.found)
        part = Request(request.path, [key for key in request.keys if key in here])
        request.keys = [key for key in request.keys if key not in here]
        answered.missing = {}
        return part, answered

    def sending(self, request: Request) -> bool:
        """Let the record take accounts away that need not be asked for any more."""
        if self._dispatch is not None and self._dispatch.final is not None:
            return False
        try:
            still = self._record.sending(self._asked(request.keys))
            request.keys = [key for key in request.keys if self._was.get(key, key) in still] if self._was else still
        except OverBudget as error:
            if self._dispatch is not None:
                self._dispatch.final = self._dispatch.final or error
            return False
        return bool(request.keys)

    def refused(self, request: Request) -> None:
        """Let the record know that this request cost nothing, unless an earlier try of it may have."""
        if not request.tries:
            self._record.unsent(self._asked(request.keys))

    def waiting(self, seconds: float) -> None:
        """Say so."""
        self._progress.wait(seconds)
