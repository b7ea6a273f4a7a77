"""ProfilesWidget: the accounts a person follows, as a table that refreshes without holding up the kernel."""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import traitlets

from smapy_nb import accounts as typed
from smapy_nb import connectors
from smapy_nb.errors import InvalidInput, MissingFieldWarning
from smapy_nb.keychain.keychain import KeyChain
from smapy_nb.widgets import assets, editor, static
from smapy_nb.widgets.base import Handler
from smapy_nb.widgets.failure import Failure, failure_of
from smapy_nb.widgets.job import Every, Job, Jobs
from smapy_nb.widgets.past import PastWidget
from smapy_nb.widgets.priced import PricedWidget

if TYPE_CHECKING:
    import pandas as pd

    from smapy_nb.connectors.base import Connector


TELL_EVERY = 0.1  # seconds


class ProfilesWidget(PricedWidget, PastWidget):
    """A table of accounts, one row for each account asked for, with a Refresh that leaves the kernel free.

    Args:
        accounts: what `TwitterConnector` takes: dict (name → handle), list, tuple, set or text.
        token: the keys to ask with; or
        keychain: the `KeyChain` to take them from at each refresh; or
        every: refresh by itself, as ``'15min'`` (what pandas.Timedelta reads, a minute or more), until a refresh
            fails or the widget is closed. It obeys the budget and the rate-limit windows.
        avatars: offer a column of pictures; the browser fetches each from X, which so learns who is looking.
        lang: language of the widget, ``'en'`` or ``'ru'``; the browser's by default.
        connector: a `Connector` that is asked instead of a new one; its own accounts where `accounts` is None.

    Attributes:
        df: the last reading as `Connector.frame()` gives it, None before the first. Observable; observers are
            called on the thread that read it.
        selected: names of the accounts selected in the table. Observable.
        busy: whether a refresh is running. Observable.
        error: why the last refresh failed, in a sentence; empty where it did not. Observable.

    Raises:
        InvalidAccounts: `accounts` is of a kind that holds no accounts.
        InvalidInput: more than one of token, keychain and connector was given, or `every` is no such time.
    """

    _every: Every | None = None
    _code = assets.message(
        "profiles", "dom rows order columns grid card growth menus errors profiles", "common profiles"
    )

    busy = traitlets.Bool(False).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    details = traitlets.Dict(help="Of the error: see `Failure`; and accounts read, of how many.").tag(sync=True)
    done = traitlets.Int(0, help="Accounts answered for in this refresh.").tag(sync=True)
    total = traitlets.Int(0, help="Accounts asked for.").tag(sync=True)
    waiting_until = traitlets.Float(None, allow_none=True, help="Milliseconds since 1970.").tag(sync=True)
    simulated = traitlets.Bool(False, help="Whether a sandbox answered.").tag(sync=True)
    summary = traitlets.Dict(help="Of the last reading: when, and how many of each outcome.").tag(sync=True)
    every = traitlets.Float(None, allow_none=True, help="Seconds from one refresh by itself to the next.").tag(
        sync=True
    )

    def __init__(
        self,
        accounts: object = None,
        token: Mapping[str, str] | None = None,
        keychain: KeyChain | None = None,
        connector: Connector | None = None,
        *,
        every: object = None,
        avatars: bool = False,
        lang: str = "",
    ) -> None:
        if sum(one is not None for one in (token, keychain, connector)) > 1:
            raise InvalidInput("Give one of token, keychain and connector; they say the same thing in three ways.")
        seconds = None if every is None else editor.seconds(every)
        self._jobs = Jobs()
        self._keychain = keychain
        self._token: Mapping[str, str] | None = None
        self._told = 0.0
        self._connector = connectors.of("tw")((), token) if connector is None else connector
        if accounts is not None or connector is None:
            self._connector.accounts = () if accounts is None else accounts
        super().__init__(total=len(self._connector.accounts), avatars=avatars, lang=lang, every=seconds)
        self._every = None if seconds is None else Every(seconds, self._again)

    @property
    def accounts(self) -> dict[str, str | int]:
        """The accounts asked for: name → handle; may be assigned what the widget takes. Stops a refresh."""
        return self._connector.accounts

    @accounts.setter
    def accounts(self, accounts: object) -> None:
        typed.parse(accounts)  # refuse before a running refresh is stopped
        self.cancel()
        self._connector.accounts = accounts
        self.total = len(self._connector.accounts)
        self._price()

    def refresh(self, wait: bool = False) -> None:
        """Ask the network for all accounts; returns at once, and what comes shows in the table and in `df`.

        While a refresh runs, another one is not started.

        Args:
            wait: return when it is over; for scripts and for notebooks that are run as a whole.
        """
        with self._jobs.lock:
            job = self._jobs.latest if self.busy else None
            if job is None:
                self._begin()
                job = self._jobs.start(self._work)
        if wait:
            try:
                job.over.result()
            except KeyboardInterrupt:
                self.cancel()
                raise

    async def refresh_done(self) -> None:
        """Wait until the running refresh is over; returns at once where none is running."""
        job = self._jobs.latest
        if job is not None:
            await asyncio.wrap_future(job.over)

    def cancel(self) -> None:
        """Stop a refresh; the table stays as it was. Does nothing where none is running.

        What had come is not lost: the next refresh asks only for the rest.
        """
        with self._jobs.lock:
            if self._jobs.drop():
                self._connector.cancel()
                with self.hold_sync():
                    self.busy, self.waiting_until = False, None
                    self.summary = {**self.summary, "cancelled": True}

    def close(self) -> None:
        """Close the widget and stop its refresh."""
        if hasattr(self, "_jobs"):  # not where the widget was refused before it was made
            self.cancel()
        if self._every is not None:
            self._every.stop()
        super().close()

    def _again(self) -> bool:
        self.refresh(wait=True)
        if self.error:
            self.every = 0.0  # no more, which is not the same as never
        return not self.error

    def _begin(self) -> None:
        with self.hold_sync():
            self.error, self.details, self.done, self.busy = "", {}, 0, True
            self.total = len(self._connector.accounts)
            self.summary = {**self.summary, "cancelled": False}

    def _work(self, job: Job) -> None:
        frame, failure, before = None, None, self.df
        try:
            frame = self._read(job)
        except Exception as problem:
            frame, failure = getattr(problem, "frame", None), failure_of(problem)
        if frame is not None and failure is None and (warning := frame.attrs.get("warning")):
            failure = Failure(warning, failure_of(MissingFieldWarning()).details)
        with self._jobs.lock:
            if self._jobs.counts(job):
                with self.hold_sync():
                    if frame is not None:
                        self._take(frame)
                    if failure is not None:
                        read = 0 if frame is None else int((frame["outcome"] != "not_asked").sum())
                        self._refused(Failure(failure.sentence, failure.details | {"read": [read, self.total]}))
                    self.busy, self.waiting_until = False, None
                self._update_static()
                self._price()
        if frame is not None and self._jobs.counts(job):
            self._set_beside(self._jobs, job, frame, before)

    def _read(self, job: Job) -> pd.DataFrame:
        self._take_connector()
        return self._connector.frame(refresh=True, on_progress=lambda *at: self._progress(job, *at))

    def _take_connector(self) -> None:
        if self._keychain is not None and self._keychain.get("tw") != self._token:
            self._token = self._keychain.get("tw")
            self._connector = type(self._connector)(self._connector.accounts, self._token, budget=self._given)

    def _progress(self, job: Job, done: int, total: int, waiting_until: datetime | None) -> None:
        until = waiting_until.timestamp() * 1000 if waiting_until else None
        now = time.monotonic()
        if until == self.waiting_until and now - self._told < TELL_EVERY:
            return
        self._told = now
        with self._jobs.lock, self.hold_sync():
            if self._jobs.counts(job):
                self.done, self.total, self.waiting_until = done, total, until

    def _take(self, frame: pd.DataFrame) -> None:
        self.simulated = str(frame.attrs.get("source", "")).startswith("sandbox")
        outcomes = {str(name): int(number) for name, number in frame["outcome"].value_counts().items()}
        self.summary = {"read_at": datetime.now(UTC).timestamp() * 1000, "outcomes": outcomes, "cancelled": False}
        self.done = len(frame)
        self._show_rows(frame, self.df)

    def _handlers(self) -> dict[str, Handler]:
        return super()._handlers() | {
            "hello": lambda _: self._pricing.latest or self._price(),  # the price may be another by now
            "refresh": lambda _: self.refresh(),
            "cancel": lambda _: self.cancel(),
            "edit": lambda _: self.send({"kind": "accounts", "text": editor.as_text(self.accounts), "problems": []}),
            "accounts": lambda message: self._edited(message["text"]),
        }

    def _edited(self, text: Any) -> None:
        accounts, problems = editor.from_text(str(text))
        self.accounts = accounts
        self.send({"kind": "accounts", "problems": problems})

    def _refused(self, failure: Failure) -> None:
        with self.hold_sync():
            self.error, self.details = failure.sentence, failure.details

    def _plain(self) -> str:
        if self.df is None:
            return self._say()("unread", n=self.total)
        return super()._plain()

    def _html(self) -> str:
        if self.df is not None:
            return super()._html()
        names = ", ".join(html.escape(name) for name in list(self.accounts)[: static.FIRST])
        return f"<p>{html.escape(self._say()('unread', n=self.total))}: {names}</p>"
