"""Sandbox: a simulated X API that can be asked over HTTP, or inside the process."""

from __future__ import annotations

import secrets
import sys
import weakref
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Self

from smapy_nb.sandbox import faults, saved, scenarios
from smapy_nb.sandbox.app import Application
from smapy_nb.sandbox.clock import DAY, Clock
from smapy_nb.sandbox.dialects import DIALECTS, Dialect
from smapy_nb.sandbox.faults import Faults
from smapy_nb.sandbox.identities import Identities, Identity
from smapy_nb.sandbox.ledger import Ledger
from smapy_nb.sandbox.people import table
from smapy_nb.sandbox.people.network import Network, bundled
from smapy_nb.sandbox.server import CannotServe, Server
from smapy_nb.sandbox.state import OWNER, State
from smapy_nb.sandbox.windows import Windows

LOOPBACK = ("127.0.0.1", "localhost", "::1")

_numbers = count(1)
_running: weakref.WeakValueDictionary[str, Sandbox] = weakref.WeakValueDictionary()


class Sandbox:
    """A simulated X API with invented people. Nothing in it comes from X, and every answer says so.

    Used as a context manager, or started with `start` and ended with `stop`::

        with sandbox.Sandbox() as x:
            TwitterConnector(['ria_novosti'], token=x.token, base_url=x.url).profiles()

    Args:
        seed: what the crowd, the growth and the keys come from; the same seed gives the same on every machine.
        limits: route → requests in a rate-limit window, in place of the published ones (`windows.PUBLISHED`).
        credits_usd: what each identity has to spend, in dollars.
        dialect: ``'tweet'`` or ``'post'``: which names an answer has where the request does not tell.
        scenario: name or .toml file of a scenario (`scenarios.names()`), which is set over the other options.
        start: the first simulated moment; now, where left out.
        day: days that have passed already when the sandbox starts.
        host: address to listen on; other machines reach it only when this is another than loopback. Then
            changes from the local page need the code that `page` holds.
        port: 0 takes a free one.
        in_process: answer inside the process, through `adapter.Adapter`, and open no socket. So it is
            anyway where no thread can start (Pyodide).

        people: CSV file of an invented network in place of the sandbox's own (`people.table.COLUMNS`).

    Raises:
        ValueError: an option that can't be; the sentence says what to give.
        OSError: a file can't be opened.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        limits: Mapping[str, int | tuple[int, int]] | None = None,
        credits_usd: float | Decimal = 100,
        dialect: Dialect = "tweet",
        scenario: str | Path | None = None,
        start: datetime | None = None,
        day: int = 0,
        host: str = "127.0.0.1",
        port: int = 0,
        in_process: bool = False,
        people: str | Path | None = None,
    ) -> None:
        if dialect not in DIALECTS:
            raise ValueError(f"There is no dialect {dialect!r}; use one of {', '.join(DIALECTS)}.")
        self._everybody = table.read(people) if people is not None else bundled(seed)
        begin = partial(self._begin, seed, limits, credits_usd, dialect, start, day, scenario)
        self.state = begin()
        self.state.fresh = begin
        if host not in LOOPBACK:
            self.state.code = secrets.token_urlsafe(9)
        self.app = Application(self.state)
        self._host, self._port, self._wants_no_socket = host, port, in_process
        self._server: Server | None = None
        self._url = ""

    def _begin(
        self,
        seed: int,
        limits: Mapping[str, int | tuple[int, int]] | None,
        credits_usd: float | Decimal,
        dialect: Dialect,
        start: datetime | None,
        day: int,
        scenario: str | Path | None,
    ) -> State:
        clock = Clock(start)
        clock.advance(seconds=day * DAY.total_seconds())
        state = State(
            clock=clock,
            network=Network(self._everybody, seed),
            identities=Identities(seed),
            windows=Windows(limits),
            ledger=Ledger(Decimal(str(credits_usd))),
            dialect=dialect,
            faults=Faults(seed),
        )
        if scenario is not None:
            state.play(scenarios.find(scenario))
        state.identity(OWNER)
        return state

    # Serving ------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start serving; does nothing where it serves already."""
        if not self._url:
            self._url = self._inside() if self._wants_no_socket or sys.platform == "emscripten" else self._serve()
            _running[self._url] = self
        return self

    def stop(self) -> None:
        """Stop serving and free the address; the state stays."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        _running.pop(self._url, None)
        self._url = ""

    def _serve(self) -> str:
        try:
            self._server = Server(self.app, self._host, self._port)
        except CannotServe:
            return self._inside()
        shown = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{shown}:{self._server.port}"

    def _inside(self) -> str:
        return f"http://{next(_numbers)}.sandbox.invalid"

    def wait(self) -> None:
        """Serve until stopped from elsewhere, or interrupted."""
        if self._server is not None:
            self._server.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Sandbox({self._url or 'stopped'}, simulated)"

    # What it offers -----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where it answers, as ``base_url`` and ``SMAPY_NB_X_API`` take it; empty while stopped."""
        return self._url

    @property
    def page(self) -> str:
        """The address of the local page; where others can reach the sandbox, with the code that changes need."""
        return f"{self._url}/#{self.state.code}" if self.state.code else f"{self._url}/"

    @property
    def token(self) -> dict[str, str]:
        """The four keys of the default identity, as `KeyChain.assign('tw', …)` takes them."""
        return dict(self.state.identity(OWNER).token)

    @property
    def bearer_token(self) -> str:
        """The app-only token of the default identity."""
        return self.state.identity(OWNER).bearer_token

    @property
    def clock(self) -> Clock:
        """The simulated clock; ``clock.advance(days=1)`` lets people grow and windows open."""
        return self.state.clock

    @property
    def people(self) -> list[str]:
        """Handles that answer with a profile today, the documented example first."""
        with self.state.lock:
            return [person.handle for person in self.state.today.by_handle.values() if person.status == "active"]

    @property
    def booked_usd(self) -> Decimal:
        """What all reads cost so far, in dollars, exactly."""
        with self.state.lock:
            return self.state.ledger.total()

    def play(self, scenario: str | Path | None) -> str:
        """Begin a scenario, by its name or .toml file, and return its one-line lesson; None ends it.

        Raises:
            ValueError: no such scenario, or one that can't be; the sentence says why.
        """
        found = None if scenario is None else scenarios.find(scenario)
        self.state.play(found)
        return found.lesson if found else ""

    @property
    def lesson(self) -> str:
        """What the scenario teaches, in one line; empty without one."""
        return self.state.scenario.lesson if self.state.scenario else ""

    def fault(self, kind: str, **settings: Any) -> None:
        """Turn on one fault beside those that are on: `faults.KINDS`, with the settings of `faults.Fault`.

        Raises:
            ValueError: no such kind or setting.
        """
        made = faults.fault(kind, **settings)
        with self.state.lock:
            self.state.faults.add(made, self.clock.now())

    def heal(self) -> None:
        """Turn all faults off."""
        with self.state.lock:
            self.state.faults.clear()

    def save(self, path: str | Path) -> None:
        """Write down what happened here, to go on another day; no key is in the file."""
        saved.save(self.state, path)

    def load(self, path: str | Path) -> None:
        """Go on from a file that `save` wrote; the simulated time goes on from when it was written.

        Raises:
            ValueError: the file is none of those; nothing is changed.
            OSError: the file can't be opened.
        """
        saved.load(self.state, path)

    def reset(self) -> None:
        """Begin anew, as this sandbox began: the first day, full credits, closed windows, no student's identity."""
        self.state.begin_anew()

    def identity(self, name: str) -> Identity:
        """Return keys, a rate-limit window and credits of one's own for a student; `name` becomes a handle.

        Raises:
            ValueError: `name` is no handle.
        """
        return self.state.identity(name)


def time_at(url: str) -> datetime | None:
    """Return the simulated time (UTC) of the sandbox of this process that answers at `url`; None for any other."""
    box = _running.get(url)
    return None if box is None else box.clock.now()


def in_process(host: str) -> Application | None:
    """Return the application that answers for `host` inside this process."""
    box = _running.get(f"http://{host}")
    return None if box is None else box.app
