"""Archive: every reading kept, and what it cost."""

from __future__ import annotations

import getpass
import os
import threading
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from smapy_nb import accounts
from smapy_nb.archive import export, forgetting, history, migrations, places, pricing
from smapy_nb.archive.budget import Quote
from smapy_nb.archive.readings import key_of
from smapy_nb.archive.run import Run
from smapy_nb.archive.schema import spaces
from smapy_nb.archive.store import Store
from smapy_nb.archive.terms import Terms
from smapy_nb.archive.windows import SharedWindow
from smapy_nb.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

_open: dict[tuple[str, bool], Archive] = {}
_opening = threading.Lock()


class Archive:
    """Every reading of every account, and the ledger of what they cost.

    >>> t = TwitterConnector(..., archive=Archive('postgresql+psycopg://hub/smapy'))  # doctest: +SKIP

    Args:
        url: a PostgreSQL URL (needs the extra ``smapy-nb[postgres]``), which a class can share; or a file's path
            or SQLite URL; or None for the environment's ``SMAPY_NB_ARCHIVE``, else ``.smapy_nb/archive.sqlite`` in
            the notebook's folder.

    Raises:
        InvalidInput: no such kind of address.
        ArchiveUnreachable: the server gives no answer.
        ArchiveTooNew: a newer version of smapy_nb wrote it.

    Warns:
        ArchiveWarning: nothing can be written there, so memory is used; or a damaged file was set aside.
    """

    def __init__(self, url: object = None) -> None:
        self._begin(places.open_store(places.address(url)), keeps=True)

    def _begin(self, store: Store, keeps: bool) -> None:
        self._store, self._keeps = store, keeps
        self._salt = migrations.bring_forward(store)
        self._spaces: dict[tuple[str, bool], int] = {}

    @classmethod
    def of(cls, given: object = None) -> Archive:
        """Return the archive that a user means: an `Archive`, an address, None for the usual one, False for none.

        The same address gives the same archive. Even without an archive the money of this kernel is counted, in
        memory, so that a budget holds.
        """
        if isinstance(given, Archive):
            return given
        keeps = given is not False
        url = places.address(given) if keeps else sa.make_url("sqlite://")
        with _opening:
            name = (url.render_as_string(hide_password=False), keeps)
            if name not in _open:
                archive = cls.__new__(cls)
                archive._begin(places.open_store(url), keeps)
                _open[name] = archive
            return _open[name]

    @property
    def place(self) -> str:
        """Where readings are kept: a file, a server's address without its password, or ``'in memory'``."""
        return self._store.shown if self._keeps else "nowhere"

    @property
    def shared(self) -> bool:
        """Whether other kernels may use it: it is in a file or on a server."""
        return not self._store.in_memory

    def fingerprint(self, app_key: str) -> str:
        """Return the name under which an app's money is counted here.

        It is keyed with this archive's own salt: the key can't be found from it, and the same app has another
        name in another archive.
        """
        return blake2b(app_key.encode(), key=bytes.fromhex(self._salt), digest_size=8).hexdigest()

    def open_run(self, network: str, keys: Iterable[str], terms: Terms) -> Run:
        """Begin a look-up of `keys` (see `readings.key_of`); use it as a context manager."""
        return Run(self._store, lambda simulated: self._space(network, simulated), keys, terms, self._keeps)

    def quote(self, network: str, keys: Iterable[str], terms: Terms, batch: int = 100, pool: str = "") -> Quote:
        """Price a look-up of `keys` before anything is sent: `batch` accounts a request, in the window `pool`."""
        space = self._space(network, terms.simulated)
        left = SharedWindow(self._store, space, terms, pool).left()
        return pricing.quote(self._store, space, keys, terms, batch, left, self._keeps)

    def window(self, network: str, terms: Terms, pool: str) -> SharedWindow:
        """Return a rate-limit window of an app, as all who use that app on this archive know it."""
        return SharedWindow(self._store, self._space(network, terms.simulated), terms, pool)

    def history(self, network: str, names: Mapping[str, str], *, simulated: bool = False) -> pd.DataFrame:
        """Return every reading of some accounts, by account and time: one row each.

        Columns: account (what it is called; string), read_at (datetime64, UTC), outcome (string), and the counts
        followers, following, posts, listed, likes and media (Int64; <NA> while the account was missing).

        Args:
            network: two-letter code.
            names: what to call each account → its key; see `readings.key_of`. Two names of one account are one.
            simulated: readings from a sandbox.
        """
        return history.history(self._store, self._space(network, simulated), names)

    def last_followers(
        self, network: str, names: Mapping[str, str], before: datetime | None = None, *, simulated: bool = False
    ) -> dict[str, int]:
        """Return the followers of each account at its newest reading before a time: name → followers.

        Accounts of which none are known are left out. Fast for many accounts.
        """
        return history.last_followers(self._store, self._space(network, simulated), names, before)

    def recent_followers(
        self,
        network: str,
        names: Mapping[str, str],
        until: datetime | None = None,
        *,
        most: int = 30,
        simulated: bool = False,
    ) -> dict[str, list[tuple[datetime, int]]]:
        """Return the last `most` readings up to a time of some few accounts: name → (when, followers), oldest first.

        Accounts that the archive does not know are left out.
        """
        return history.recent_followers(self._store, self._space(network, simulated), names, until, most)

    def changes(
        self,
        network: str,
        names: Mapping[str, str],
        since: datetime | None = None,
        *,
        until: datetime | None = None,
        simulated: bool = False,
    ) -> pd.DataFrame:
        """Return what changed in some accounts: one row a change, by time.

        Columns: account, read_at (when it was first seen), what (followers, name, handle, bio, verified,
        protected, gone or back), before, after, and difference (Int64, of followers).

        Args:
            network: two-letter code.
            names: what to call each account → its key.
            since: changes after this time (UTC); None compares each account's last two readings.
            until: only readings up to this time count; None for all.
            simulated: readings from a sandbox.
        """
        return history.changes(self._store, self._space(network, simulated), names, since, until)

    def spending(self, network: str = "tw", app: str | None = None) -> pd.DataFrame:
        """Return what was spent: a row for each UTC day, app, person and kind of money.

        Columns: day (datetime64), app (its fingerprint here), person, simulated (True: a sandbox, nobody paid),
        profiles (paid for), usd (float64; each is exact to the cent and below, sums of many may not be).
        """
        return history.spending(self._store, network, app)

    def forget(self, account: str | int, network: str = "tw") -> int:
        """Remove every trace of an account, and return how many readings of it there were.

        X's policy asks for it within 24 hours when an account is deleted or its owner asks. Exports made with
        `export_ids` and `to_parquet` are changed too, where they still lie where they were written; a DataFrame
        or a copy elsewhere is yours to delete. What the account cost stays counted, without its name.

        Raises:
            InvalidInput: it can't be an account.
            ArchiveError: an export can't be changed; the sentence names it.
        """
        (asked,) = accounts.parse([account])
        if asked.key is None:
            raise InvalidInput(asked.problem or "This can't be an account.")
        return forgetting.forget(self._store, network, key_of(asked.key))

    def export_ids(self, path: str | Path, network: str = "tw") -> int:
        """Write the ids of all accounts read so far to a text file, one a line, and return how many.

        X lets ids be passed on, profiles not: this is how a data set is shared. Whoever gets the file reads it
        with ``TwitterConnector(accounts=Path('ids.txt').read_text())``.
        """
        return export.ids(self._store, Path(path).absolute(), network)

    def to_parquet(self, folder: str | Path) -> int:
        """Write all readings as a Parquet data set, and return how many there are. Needs ``smapy-nb[parquet]``.

        Hive-partitioned by network and month, ``network=tw/month=2026-11/part-0.parquet``; what a sandbox
        answered is in ``network=tw-simulated``. pandas, DuckDB, Dask and Spark read the folder as it is. Columns:
        id (int64), read_at (UTC), outcome, reason, and the fields of `smapy_nb.profiles`; `other` as JSON text.

        A folder that this archive wrote before is written anew.

        Raises:
            InvalidInput: the folder holds other files, or pyarrow is not installed.
        """
        return export.parquet(self._store, Path(folder).absolute())

    def close(self) -> None:
        """Close the connections to the database. The archive can still be used: it opens them again."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _space(self, network: str, simulated: bool) -> int:
        """Return the number of the space of a network's real or simulated readings, made when first needed."""
        if (network, simulated) not in self._spaces:
            here = sa.select(spaces.c.space).where(spaces.c.network == network, spaces.c.simulated == simulated)

            def work(conn: sa.Connection) -> int:
                if (known := conn.scalar(here)) is None:
                    last = conn.scalar(sa.select(sa.func.max(spaces.c.space))) or 0
                    conn.execute(sa.insert(spaces).values(space=last + 1, network=network, simulated=simulated))
                    known = last + 1
                return int(known)

            known = self._store.read(lambda conn: conn.scalar(here))
            self._spaces[network, simulated] = int(known) if known is not None else self._store.write(work)
        return self._spaces[network, simulated]

    def __repr__(self) -> str:
        return f"Archive({self.place})"


def person() -> str:
    """Return who is at the keyboard: the hub's user, or the computer's; "" where nobody says."""
    if hub := os.environ.get("JUPYTERHUB_USER"):
        return hub
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
