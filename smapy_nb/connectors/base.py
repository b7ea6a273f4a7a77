"""Connector: what all networks' connectors share, and the order in which a look-up happens."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from smapy_nb import accounts as typed
from smapy_nb.connectors.answered import Gathered
from smapy_nb.connectors.check import Check
from smapy_nb.connectors.interrupt import Interrupt
from smapy_nb.connectors.means import Means
from smapy_nb.connectors.progress import OnProgress, Progress
from smapy_nb.connectors.record import Record
from smapy_nb.connectors.remembers import Remembers
from smapy_nb.connectors.run import Network, Run
from smapy_nb.errors import Interrupted, InvalidInput, MissingFieldWarning, NoToken, SmapyError, Stopped
from smapy_nb.table import wanted_columns
from smapy_nb.token import Token, optional_token
from smapy_nb.transport.pacing import Pace

if TYPE_CHECKING:
    import pandas as pd

    from smapy_nb.accounts import Key

KEPT = 3600.0  # seconds for which what an unfinished run has gathered is taken over by the next one


class Connector(Network, Remembers, ABC):
    """Looks accounts up on one network.

    Args:
        accounts: dict (name → account), list, tuple, set or text; see `smapy_nb.accounts.parse`.
        token: a `Token` or the dict that one is made from.
        base_url: any server that speaks the network's API; by default the network's own, or the sandbox
            where `sandbox.use()` has been called.
        archive: where readings are kept and taken from: an `Archive`, its address, None for the usual one
            (``SMAPY_NB_ARCHIVE``, or ``.smapy_nb/archive.sqlite`` beside the notebook), False for none.
        budget: a `Budget`, an amount of USD a day, None for the usual one (1 USD a day of real money), False for
            none.
        prices: USD for each profile, where the price list that comes with smapy_nb is not yours.
        pace: timeouts, tries and side-by-side requests, where the usual ones do not fit.

    Raises:
        InvalidAccounts, InvalidToken, InvalidInput: what was given can't be used.
    """

    network: str

    def __init__(
        self,
        accounts: object = (),
        token: Mapping[str, str] | None = None,
        *,
        base_url: str | None = None,
        archive: object = None,
        budget: object = None,
        prices: object = None,
        pace: Pace | None = None,
    ) -> None:
        held, token = optional_token(self.network, token), None  # a verbose traceback shows what a frame's names hold
        if isinstance(held, InvalidInput):
            raise held
        self._token = held
        self.accounts = accounts
        self._base_url = base_url
        self._means = Means(self.network, base_url, archive, budget, prices)
        self._pace = pace or Pace()
        self._runs: set[Run] = set()
        self._unfinished: tuple[Run, float] | None = None
        self._lock = threading.Lock()

    @property
    def accounts(self) -> dict[str, str | int]:
        """The accounts asked for: name → handle, or numeric id, or what was typed where it can't be either."""
        asked = self._asked
        return {
            name: requested if key is None else key if isinstance(key, int) else typed.shown(key)
            for name, requested, key in zip(asked.names, asked.requested, asked.keys, strict=True)
        }

    @accounts.setter
    def accounts(self, accounts: object) -> None:
        self._asked = typed.parse(accounts)

    def profiles(
        self, *, max_age: object = None, refresh: bool = False, on_progress: OnProgress | None = None
    ) -> dict[str, dict[str, Any] | None]:
        """Look all accounts up: name → {followers, id, link, name, nickname}, or None for a missing account.

        Args and errors as in `frame`.
        """
        return self._gather(on_progress, max_age, refresh).profiles()

    def frame(
        self,
        columns: Iterable[str] | None = None,
        *,
        max_age: object = None,
        refresh: bool = False,
        on_progress: OnProgress | None = None,
    ) -> pd.DataFrame:
        """Look all accounts up: a DataFrame with one row an account asked for, in the order asked.

        Columns and dtypes: `smapy_nb.profiles`. `frame.attrs['source']` says who answered: ``'X'`` or
        ``'sandbox (simulated)'``. What the archive holds and is young enough is not asked for again: such rows say
        so in ``from_archive``, and since when in ``read_at``. An account whose outcome is ``failed`` is asked for
        again by the next call, and only such ones are. A count that no account has any more, although the network
        promises it, is told in `frame.attrs['warning']`, and on the main thread as an `errors.MissingFieldWarning`.

        Args:
            columns: those wanted, in that order; all by default.
            max_age: how old a reading may be: a timedelta, or seconds; an hour by default.
            refresh: True asks for all, whatever the archive holds. On the same UTC day that is free.
            on_progress: called with (done, total, waiting_until): distinct accounts, and when a rate-limit window
                opens again (UTC), or None. Without it a bar shows where the look-up takes long.

        Raises:
            NoToken: there is no token to ask with.
            OverBudget: what has to be asked for costs more than the budget has left; nothing was sent.
            RequestFailed: the network gave no usable answer to anything; see `smapy_nb.errors`.
            Interrupted: the look-up stopped before its end; its `frame` holds what came, and the next call asks
                only for the rest.
            ValueError: `columns` names one that does not exist.
        """
        wanted = wanted_columns(columns)
        return self._gather(on_progress, max_age, refresh).frame(wanted)

    async def aframe(
        self,
        columns: Iterable[str] | None = None,
        *,
        max_age: object = None,
        refresh: bool = False,
        on_progress: OnProgress | None = None,
    ) -> pd.DataFrame:
        """Like `frame`, and other tasks go on meanwhile; `on_progress` is called on another thread.

        Cancelling the task cancels the look-up.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[pd.DataFrame] = loop.create_future()

        def settle(frame: pd.DataFrame | None, error: BaseException | None) -> None:
            if done.done():
                return
            if error is not None:
                done.set_exception(error)
            elif frame is not None:
                done.set_result(frame)

        def work() -> None:
            frame, error = None, None
            try:
                frame = self.frame(columns, max_age=max_age, refresh=refresh, on_progress=on_progress)
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop has ended before the look-up did
                loop.call_soon_threadsafe(settle, frame, error)

        try:
            # A daemon of its own, not the loop's pool: a program that ends would wait for that.
            threading.Thread(target=work, name="smapy_nb aframe", daemon=True).start()
        except RuntimeError:  # no threads here
            work()
        try:
            return await done
        except asyncio.CancelledError:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Stop the look-ups that are running: they raise `Interrupted`. May be called from any thread."""
        with self._lock:
            for run in self._runs:
                run.cancel()

    @abstractmethod
    def check(self, *, again: bool = False) -> Check:
        """Ask the network whether the token works. Raises nothing: trouble on the way is an outcome too.

        Args:
            again: asks also where the network has said yes to this connector before, which may be charged for.
        """

    def check_token(self) -> bool:
        """Ask the network whether the token works: True or False; `check()` also says why. A yes is remembered."""
        return self.check().ok is True

    def _gather(self, on_progress: OnProgress | None, max_age: object, refresh: bool) -> Gathered:
        """Look all accounts up.

        The order of operations:

        1. what was typed is checked already; what can't be asked for has an outcome of its own
        2. each distinct account is wanted once, but for what an unfinished run has gathered already
        3. the record says which of them need not be asked for, and is told of each answer and failure
        4. the rest is asked for in batches, side by side (`smapy_nb.transport.dispatch`)
        5. each account asked for gets its row: found, or the reason why not (`Gathered`)
        """
        gathered = Gathered(self._asked, self._left_over())
        with self._record(gathered.unknown(), max_age, refresh) as record, Progress(on_progress) as progress:
            run = Run(self, gathered, record, progress)
            with self._lock:
                self._runs.add(run)
            interrupt = Interrupt(run.cancel)
            try:
                with interrupt:
                    run.go()
            except KeyboardInterrupt:  # a second one, or where the first can't be taken gently
                interrupt.came = True
            finally:
                with self._lock:
                    self._runs.discard(run)
        self._unfinished = (run, time.monotonic()) if gathered.unknown() else None
        if failure := self._ending(run, interrupt.came):
            raise failure from (run.failure if isinstance(failure, Interrupted) else None)
        if gathered.warning and threading.current_thread() is threading.main_thread():
            warnings.warn(gathered.warning, MissingFieldWarning, stacklevel=3)
        return gathered

    def _record(self, keys: list[Key], max_age: object, refresh: bool) -> Record:
        """Return what remembers this run."""
        if self._means.off:
            return Record(keys)
        from smapy_nb.connectors.kept import Kept  # SQLAlchemy costs a sixth of a second

        terms = self._means.terms(self._token, max_age, refresh)
        return Kept(keys, self._means.archive, self.network, terms)

    def _left_over(self) -> Gathered | None:
        """Return what an unfinished run has gathered, with what has come since."""
        if self._unfinished is None or time.monotonic() - self._unfinished[1] > KEPT:
            return None
        run = self._unfinished[0]
        for answered in run.late():
            run.gathered.take(answered)
        return run.gathered

    def _ending(self, run: Run, stopped: bool) -> SmapyError | None:
        """Return what a run that did not come to its end raises, or None."""
        remaining = len(run.gathered.unknown())
        if not remaining:
            return None
        if not (stopped or run.cancelled or run.final):
            # Some failed: they have rows that say so, unless nothing came at all.
            return None if run.gathered.answered else run.failure
        if run.final and not run.gathered.answered:
            return run.failure
        why = "The look-up was stopped." if stopped or run.cancelled else str(run.failure)
        return (Stopped if stopped else Interrupted)(
            f"{why} {run.gathered.answered} of {len(run.gathered.keys)} accounts were read and are kept in this "
            f"error's .frame; {remaining} remain: the next call asks only for them.",
            frame=run.gathered.frame(),
            remaining=remaining,
        )

    def _needed_token(self) -> Token:
        if self._token is None:
            raise NoToken(
                "There is no token to ask with: give token=k.get('tw') after k.assign('tw', …), "
                "or use sandbox.use() to work without keys."
            )
        return self._token

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self._asked)} accounts)"
